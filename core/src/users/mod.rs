//! Users: who they are (gallery), what is kept of them (profile) and where (store).

pub mod gallery;
pub mod profile;
pub mod slots;
pub mod store;
