//! Users: who they are (gallery, calibration), how they come in (enrollment), what is kept of them
//! (profile) and where (store).

pub mod crypto;
pub mod export;
pub mod files;
pub mod profile;
pub mod store;
