//! Users: recognition (gallery, calibration), enrollment, stored data (profile) and storage
//! (store).

pub mod calibration;
pub mod crypto;
pub mod enrollment;
pub mod export;
pub mod files;
pub mod gallery;
pub mod profile;
pub mod slots;
pub mod store;
