//! Drawings: annotated pictures, contact sheets and plots.

pub mod annotate;
pub mod clip_plot;
pub mod drawing;
pub mod files;
pub mod timeline_plot;
