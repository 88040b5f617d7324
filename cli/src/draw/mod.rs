//! Drawings: annotated pictures, contact sheets and plots.

mod annotate;
pub mod clip_plot;
pub mod drawing;
mod face;
mod files;
mod labels;
mod panel;
mod pattern;
mod people;
pub mod plot_width;
mod right_labels;
pub mod shares_plot;
mod sheet;
#[cfg(test)]
mod tests;
mod time_axis;
pub mod voice_panel;
