//! Users: recognition (gallery, calibration), enrollment, stored data (profile) and storage
//! (store).

pub mod corrections;
pub mod crypto;
pub mod export;
pub mod files;
pub mod history;
mod older;
pub mod profile;
pub mod recording;
pub mod store;
