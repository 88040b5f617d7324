//! `mien analyze`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::values::timestamp;

#[derive(ClapArgs)]
pub struct AnalyzeArgs {
    /// Pictures, folders of frames, videos (through an installed ffmpeg)
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Write one line per face and frame; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub csv: Option<PathBuf>,
    /// Write pictures with boxes and bars, and for clips a contact sheet and a timeline, into
    /// this folder
    #[arg(long, value_name = "OUT")]
    pub annotate: Option<PathBuf>,
    /// Look at every n-th frame of clips
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Record the emotions of enrolled users in their timelines: by the time of the medium, which
    /// is called like the input's file, or from --start-time on
    #[arg(long)]
    pub timeline: bool,
    /// When the input begins: 2026-11-23T14:00:00Z, or milliseconds since 1970; --timeline records
    /// by wall time then
    #[arg(long, value_name = "TIME", requires = "timeline", value_parser = timestamp)]
    pub start_time: Option<u64>,
}
