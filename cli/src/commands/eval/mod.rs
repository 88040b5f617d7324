pub mod adaptation;
pub mod ravdess;
