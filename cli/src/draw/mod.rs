pub mod annotate;
pub mod plot;
pub mod timeline_plot;
