//! `mien watch`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::values::{timestamp, within};

#[derive(ClapArgs)]
pub struct WatchArgs {
    /// A video (through an installed ffmpeg), a folder of frames, or - for YUV4MPEG2 on standard
    /// input, as ffmpeg's `-f yuv4mpegpipe -` writes it
    pub input: PathBuf,
    /// Look at so many frames a second at most [default: all; with --live 15]
    #[arg(long, value_name = "FPS", value_parser = within(0.1f32..=240.0))]
    pub fps: Option<f32>,
    /// Drop frames that come faster than they can be looked at; a file comes at its own pace then
    #[arg(long)]
    pub live: bool,
    /// Follow so many faces at most, 1 to 32
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub max_faces: u8,
    /// Detect faces at every n-th frame, and follow them in between
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Print what changes only, not a line for each frame
    #[arg(long)]
    pub events: bool,
    /// Record the emotions of enrolled users in their timelines: by the time of the medium, which
    /// is called like the input's file, or by wall time from --start-time on; standard input
    /// always by wall time
    #[arg(long)]
    pub timeline: bool,
    /// When the input begins: 2026-11-23T14:00:00Z, or milliseconds since 1970; --timeline records
    /// by wall time then [default for -: now]
    #[arg(long, value_name = "TIME", requires = "timeline", value_parser = timestamp)]
    pub start_time: Option<u64>,
}
