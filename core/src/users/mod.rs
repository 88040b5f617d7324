//! Users: who they are (gallery), what is kept of them (profile) and where (store).

pub mod crypto;
pub mod export;
pub mod files;
pub mod gallery;
pub mod profile;
pub mod slots;
pub mod store;
