//! Identification: the gallery of enrolled users, the calibration of its similarity scores, and whose
//! faces clips and pictures show.

pub mod calibration;
pub mod gallery;
pub mod whose;
