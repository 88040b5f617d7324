//! Users: who they are (gallery, calibration), how they come in (enrollment), what is kept of them
//! (profile) and where (store).

pub mod calibration;
pub mod crypto;
pub mod enrollment;
pub mod export;
pub mod files;
pub mod gallery;
pub mod profile;
pub mod slots;
pub mod store;
