//! `mien watch`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::values::{timestamp, within};

#[derive(ClapArgs)]
pub struct WatchArgs {
    /// A video (needs an installed ffmpeg), a folder of frames, or - for YUV4MPEG2 on standard input, as ffmpeg's `-f
    /// yuv4mpegpipe -` writes it
    pub input: PathBuf,
    /// Max frames analyzed per second, 0.1 to 240 [default: all; 15 with --live]
    #[arg(long, value_name = "FPS", value_parser = within(0.1f32..=240.0))]
    pub fps: Option<f32>,
    /// Drop frames that arrive faster than they can be analyzed; a file is played at its own frame rate
    #[arg(long)]
    pub live: bool,
    /// Max faces tracked at once, 1 to 32
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub max_faces: u8,
    /// Detect faces in every N-th frame and track them in between
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Print events only, not a line for each frame
    #[arg(long)]
    pub events: bool,
    /// Leave the sound of a video
    #[arg(long)]
    pub no_speech: bool,
    /// Learn from corrections typed on standard input while watching: sad, 2 sad (track 2), ok (the answer is right),
    /// undo; with @12.5 in front, at that second of the video
    #[arg(long)]
    pub correct: bool,
    /// Record the emotions of enrolled users in their timelines: in a media timeline named after the input's file, or
    /// by wall time if --start-time is given or the input is -
    #[arg(long)]
    pub timeline: bool,
    /// Wall time of the first frame: 2026-11-23T14:00:00Z, or milliseconds since 1970 [default for -: now]
    #[arg(long, value_name = "TIME", requires = "timeline", value_parser = timestamp)]
    pub start_time: Option<u64>,
}
