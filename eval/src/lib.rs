//! Evaluation: data sets, protocols and metrics.

#![forbid(unsafe_code)]

pub mod datasets;
pub mod end_to_end;
pub mod identity;
pub mod metrics;
pub mod protocol;
pub mod ravdess;
