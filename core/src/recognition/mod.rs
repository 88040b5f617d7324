//! Identification: the gallery of enrolled users, and the calibration of its similarity scores.

pub mod calibration;
pub mod gallery;
