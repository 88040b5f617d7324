//! `mien analyze`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::values::timestamp;

#[derive(ClapArgs)]
pub struct AnalyzeArgs {
    /// Pictures, folders of frames and videos; videos need an installed ffmpeg
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// Write a CSV table with a line per face and frame; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub csv: Option<PathBuf>,
    /// Draw into this folder: pictures with boxes and bars; for clips a contact sheet and a plot over time
    #[arg(long, value_name = "OUT")]
    pub annotate: Option<PathBuf>,
    /// Analyze every N-th frame of clips
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Record the emotions of enrolled users in their timelines: in a media timeline named after the input's file, or
    /// by wall time if --start-time is given
    #[arg(long)]
    pub timeline: bool,
    /// Wall time of the first frame: 2026-11-23T14:00:00Z, or milliseconds since 1970
    #[arg(long, value_name = "TIME", requires = "timeline", value_parser = timestamp)]
    pub start_time: Option<u64>,
}
