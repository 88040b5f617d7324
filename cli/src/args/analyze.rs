//! `mien analyze`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use mien_core::face::detect::MAX_FACES;

use super::values::{timestamp, within};

/// Default of `--max-faces`.
pub const DEFAULT_MAX_FACES: usize = 100;

#[derive(ClapArgs)]
pub struct AnalyzeArgs {
    /// Pictures, videos and folders of them, and files of sound; videos and sound need an installed ffmpeg. A folder
    /// with a clip.json is one clip of frames
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// Print one JSON object per input, each on a line, as soon as the input is done
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
    /// Search the subfolders of folders too
    #[arg(long)]
    pub recursive: bool,
    /// Take each folder as one clip, with its pictures as frames
    #[arg(long, conflicts_with = "recursive")]
    pub frames: bool,
    /// Max number of faces in a picture, 1 to 1000; the ones with the best detection scores are analyzed
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_FACES, value_parser = within(1..=MAX_FACES))]
    pub max_faces: usize,
    /// Write a CSV table with a line per face and frame; - is standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw into this folder: pictures with boxes and bars; for clips a contact sheet and a plot over time
    #[arg(long, value_name = "OUT")]
    pub annotate: Option<PathBuf>,
    /// Analyze every N-th frame of clips
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Leave the sound of videos
    #[arg(long)]
    pub no_speech: bool,
    /// The enrolled user who speaks in files of sound, and in videos without a face
    #[arg(long, value_name = "NAME", conflicts_with = "no_speech")]
    pub user: Option<String>,
    /// Record the emotions of enrolled users in their timelines: in a media timeline named after the input's file, or
    /// by wall time if --start-time is given or a picture says when it was taken
    #[arg(long)]
    pub timeline: bool,
    /// Wall time of the first frame of a single input: 2026-11-23T14:00:00Z, or milliseconds since 1970
    #[arg(long, value_name = "TIME", requires = "timeline", value_parser = timestamp)]
    pub start_time: Option<u64>,
}
