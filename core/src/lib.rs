//! Mien recognizes facial emotion on the device, offline, and learns each user's own face.
//!
//! This crate is the whole pipeline without bindings: frames in, faces with emotions out. It uses
//! no platform, no clock and no network: time is passed in, nothing leaves the device. Applications
//! hold an [`Engine`]:
//!
//! ```no_run
//! use mien_core::{Engine, EngineOptions, Frame, models::ModelPack};
//!
//! # fn main() -> mien_core::Result<()> {
//! let pack = ModelPack::from_folder("models".as_ref())?;
//! let engine = Engine::new(&pack, EngineOptions::default())?;
//! let (pixels, width, height) = (vec![0u8; 640 * 480 * 3], 640, 480);
//! let frame = Frame::rgb8(&pixels, width, height, 3 * width)?;
//! for face in engine.process(&frame)?.faces {
//!     show(face.face.bounds, face.emotion);
//! }
//! # Ok(())
//! # }
//! # fn show<B, E>(_bounds: B, _emotion: E) {}
//! ```
//!
//! The method follows Churaev & Savchenko, "Adaptation of a neural-network facial emotion
//! recognition model to end-user video". ARCHITECTURE.md shows how the parts fit together.

#![forbid(unsafe_code)]

pub mod affect;
pub mod check;
mod cholesky;
mod codec;
pub mod embedding;
mod emotion;
pub mod engine;
mod error;
pub mod face;
pub mod features;
pub mod frame;
pub mod fusion;
pub mod head;
pub mod labels;
pub mod modality;
pub mod models;
pub mod options;
pub mod preprocess;
pub mod recognition;
pub mod speech;
pub mod stream;
#[cfg(test)]
mod tampering;
pub mod timeline;
pub mod train;
pub mod users;

pub use affect::Affect;
pub use emotion::{ClipQuality, Emotion, Unsure};
pub use engine::{Engine, EngineOptions};
pub use error::{Error, ErrorKind, Result};
pub use frame::Frame;
pub use fusion::Fusion;
pub use mien_nn::SplitMix64;
pub use modality::Modality;
/// The crate of the matrices in this API.
pub use ndarray;
