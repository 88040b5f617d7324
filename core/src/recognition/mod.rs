//! Whose face it is: the gallery of enrolled users and the calibration of its scores.

pub mod calibration;
pub mod gallery;
