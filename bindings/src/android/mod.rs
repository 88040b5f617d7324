//! Android's way for frames: jni entry points over direct buffers and bitmaps.
//!
//! The generated Kotlin goes through JNA, which costs some 60 microseconds a call; a camera's
//! frames come here instead. Kotlin's `FrameBridge` declares these functions. They compile on any
//! system with a Java VM, so that tests on a computer go the same way.
//!
//! Objects are named by their `frame_handle`; what comes back is written into a direct buffer of
//! the caller, laid out as [`layout`] says.

#[cfg(target_os = "android")]
mod bitmap;
pub mod entry;
pub mod layout;

pub use entry::{PlaneArguments, Request, hand};
