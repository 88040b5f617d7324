//! The frame path of Android: JNI entry points for direct buffers and bitmaps.
//!
//! The generated Kotlin calls through JNA, which costs about 60 microseconds a call; the frames of a camera
//! use this path instead. Kotlin's `FrameBridge` declares these functions. They compile on any system with a
//! Java VM, so that tests on a computer use the same path.
//!
//! Objects are named by their `frame_handle`. Results are written into a direct buffer of the caller, in the
//! layout of [`layout`].

#[cfg(target_os = "android")]
mod bitmap;
pub mod entry;
pub mod layout;
mod ready;

pub use entry::{PlaneArguments, Request, hand};
