//! What Kotlin and Swift see of Mien: objects for things with a life, records for values, one
//! closed set of errors.
//!
//! This interface is not the API of an application: the hand-written Kotlin and Swift libraries
//! are. Here everything is synchronous, times are passed in, and options have no defaults but
//! those that the functions `default_...` give.
//!
//! A frame goes through `&[u8]`, which borrows the caller's memory for one call. Android's frames
//! come by [`android`] instead, which costs a hundredth of a call through the generated Kotlin.

#[cfg(not(target_vendor = "apple"))]
pub mod android;
mod calibration;
mod engine;
mod enrollment;
mod error;
mod frame;
mod handles;
mod learning;
mod models;
mod options;
mod picture;
mod results;
mod salvage;
mod stores;
mod stream;
mod timelines;
mod users;

pub use calibration::{Calibration, Figures};
pub use engine::Engine;
pub use enrollment::Enrollment;
pub use error::{CoreError, FailureKind, Result};
pub use frame::{FrameLayout, PixelFormat, YuvRange};
pub use learning::{Cancel, Footage, TrainingProgress};
pub use models::{ModelInfo, ModelPack, ModelRole, manifest_files};
pub use options::*;
pub use results::*;
pub use salvage::{SalvageReport, SalvagedUser, salvage_store};
pub use stores::{StoreState, lost_stores, set_store_aside, store_state, sync_folder};
pub use stream::{LiveSession, VideoSession};
pub use timelines::{
    Bucket, BucketWidth, ClassTally, Clock, ExportFormat, Recorded, Tally, TimelineEvent, TimelineSummary,
};
pub use users::{Generation, Likeness, User};

uniffi::setup_scaffolding!();

/// The library's version, as `major.minor.patch`.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
