//! Evaluation: data sets, protocols, metrics, and their reports and plots.

#![forbid(unsafe_code)]

pub mod corrections;
pub mod datasets;
pub mod degrade;
pub mod drawing;
pub mod end_to_end;
pub mod identity;
pub mod metrics;
pub mod plots;
pub mod protocol;
pub mod pseudo_clips;
pub mod ravdess;
pub mod report;
pub mod score;
pub mod sequences;
pub mod strangers;
pub mod table;
pub mod text;
pub mod whose;
