//! The interface of Mien for Kotlin and Swift: objects for things with a lifetime, records for values, one
//! closed set of errors.
//!
//! Applications do not call this interface but the hand-written Kotlin and Swift libraries. All functions are
//! synchronous, times are arguments, and the functions `default_...` return the defaults of options.
//!
//! A frame is passed as `&[u8]`, which borrows the memory of the caller for one call. Frames of Android use
//! [`android`] instead, which costs a hundredth of a call through the generated Kotlin.

#[cfg(not(target_vendor = "apple"))]
pub mod android;
mod audio;
mod calibration;
mod engine;
mod enrollment;
mod error;
mod frame;
mod handles;
mod held;
mod kept;
mod learning;
mod models;
mod options;
mod picture;
mod recordings;
mod results;
mod salvage;
mod stores;
mod stream;
mod timelines;
mod users;

pub use audio::{AudioLayout, SampleFormat};
pub use calibration::{Calibration, CalibrationFigures};
pub use engine::Engine;
pub use enrollment::Enrollment;
pub use error::{CoreError, ErrorCode, Result};
pub use frame::{FrameLayout, PixelFormat, YuvRange};
pub use learning::{Cancel, Footage, TrainingProgress};
pub use models::{ModelInfo, ModelPack, ModelRole, manifest_files};
pub use options::*;
pub use picture::{DecodedPicture, decode_picture};
pub use results::*;
pub use salvage::{SalvageReport, SalvagedUser, salvage_store};
pub use stores::{StoreState, lost_stores, set_store_aside, store_state, sync_folder};
pub use stream::{LiveListener, LiveSession, VideoSession};
pub use timelines::{Bucket, BucketWidth, ClassTally, ExportFormat, Recorded, Tally, TimelineEvent, TimelineSummary};
pub use users::{Generation, Likeness, User};

uniffi::setup_scaffolding!();

/// The version of the library, as `major.minor.patch`.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
