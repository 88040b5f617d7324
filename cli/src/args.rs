//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use mien_core::head::{ClipStatistic, HeadKind, Pooling};
use mien_core::recognition::gallery::NO_LOCK;
use mien_core::timeline::BucketWidth;
use mien_eval::ravdess::{Channel, Split};

/// Recognize facial emotion offline, and learn each user's own face.
#[derive(Parser)]
#[command(name = "mien", version, about, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub shared: Shared,
    /// Say more about what happens (no personal data)
    #[arg(long, global = true)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command knows.
#[derive(ClapArgs)]
pub struct Shared {
    /// Folder of users and added networks [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "MIEN_STORE")]
    pub user_store: Option<PathBuf>,
    /// The key of an encrypted user store: a file of 32 bytes or 64 hexadecimal digits; a new store is
    /// encrypted with it
    #[arg(long, global = true, value_name = "FILE", env = "MIEN_STORE_KEY")]
    pub store_key: Option<PathBuf>,
    /// Use the networks of this folder instead of the built-in pack
    #[arg(long, global = true, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Use a network added with `mien models add` under this name
    #[arg(long, global = true, value_name = "NAME")]
    pub pack: Option<String>,
    /// Use this generic head, made by `mien train` or `mien heads import`, instead of the network's own last layer
    #[arg(long, global = true, value_name = "FILE")]
    pub generic: Option<PathBuf>,
    /// Let the first input that cannot be read end the run, instead of going on without it
    #[arg(long, global = true)]
    pub strict: bool,
    /// Least detection score, 0 to 1
    #[arg(long, global = true, value_name = "SCORE", default_value_t = 0.6)]
    pub score: f32,
    /// Side of the detector's input: a multiple of 32; larger finds smaller faces
    #[arg(long, global = true, value_name = "PIXELS", default_value_t = 320)]
    pub detector_size: usize,
}

#[derive(Subcommand)]
pub enum Command {
    /// Find faces in pictures, folders of frames and videos, and name their emotions
    Analyze(AnalyzeArgs),
    /// Follow the faces of a video or camera, and print what happens as lines of JSON
    Watch(WatchArgs),
    /// Enroll a new user from pictures
    Enroll(EnrollArgs),
    /// List, roll back, delete, export and import users, and change the store's key
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// Teach a user's own head from labeled clips
    Adapt(AdaptArgs),
    /// Learn a generic head from labeled data
    Train(TrainArgs),
    /// Take over heads that Keras or PyTorch trained, and show what a head file holds
    Heads {
        #[command(subcommand)]
        command: HeadsCommand,
    },
    /// Show, plot, export and forget what a user showed over time
    Timeline(TimelineArgs),
    /// Measure on data sets
    Eval {
        #[command(subcommand)]
        command: EvalCommand,
    },
    /// Measure the time of each stage, or of training, on this machine
    Bench(BenchArgs),
    /// Show the main job on the bundled material
    Demo(DemoArgs),
    /// List, verify and add networks
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
}

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

#[derive(ClapArgs)]
pub struct TimelineArgs {
    /// The user's name
    pub name: String,
    /// The timeline of this medium instead of the one by wall time
    #[arg(long, value_name = "NAME")]
    pub media: Option<String>,
    /// From this time on: 2026-11-23, 2026-11-23T14:00 (at the timeline's distance to UTC),
    /// 2026-11-23T14:00:00Z, or milliseconds since 1970, or since the start of the medium
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// To before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// What to show: event, second, minute, hour or day [default: what suits the length]
    #[arg(long, value_name = "BUCKET", value_parser = bucket)]
    pub bucket: Option<Detail>,
    /// Write a table of it; - is standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the share of each emotion over time into this .png or .svg file; - is standard output, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub action: TimelineAction,
}

/// What to do with a user's timelines instead of showing one.
#[derive(ClapArgs)]
#[group(multiple = false, conflicts_with_all = ["bucket", "csv", "plot"])]
pub struct TimelineAction {
    /// List the user's timelines and how long what is kept
    #[arg(long)]
    pub list: bool,
    /// Forget what lies between --from and --to, one of which must be given, or a whole --media
    #[arg(long)]
    pub forget: bool,
    /// Keep events, minutes, hours, days or media for so many days: events=30,days=forever
    #[arg(long, value_name = "WHAT=DAYS", value_delimiter = ',', value_parser = keep)]
    pub keep: Vec<(String, Option<u32>)>,
    /// Record the events of a table that --bucket event --csv wrote, all or none
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
    /// Let days of wall time begin so many minutes before those of UTC, while nothing is recorded
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true)]
    pub offset: Option<i32>,
    /// Drop what is past its time now, by a clock that is believed (days on which it was not seen count later)
    #[arg(long)]
    pub prune: bool,
}

/// How fine a timeline is shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Detail {
    /// Each event.
    Event,
    /// Buckets of this width.
    Bucket(BucketWidth),
}

#[derive(ClapArgs)]
pub struct WatchArgs {
    /// A video (through an installed ffmpeg), a folder of frames, or - for YUV4MPEG2 on standard
    /// input, as ffmpeg's `-f yuv4mpegpipe -` writes it
    pub input: PathBuf,
    /// Look at so many frames a second at most [default: all; with --live 15]
    #[arg(long, value_name = "FPS", value_parser = frame_rate)]
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

#[derive(ClapArgs)]
pub struct EnrollArgs {
    /// The user's name
    pub name: String,
    /// Pictures, folders of frames or videos that show this person alone
    #[arg(required = true)]
    pub pictures: Vec<PathBuf>,
    /// Add to a user who is enrolled already
    #[arg(long)]
    pub more: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum UsersCommand {
    /// List the enrolled users and the generations of their heads
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let an earlier generation of a user's head answer
    Rollback {
        /// The user's name
        name: String,
        /// The generation's number; 0 for the generic head [default: the one before]
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
    /// Say whether the face on a picture resembles the user's
    #[command(after_help = NO_LOCK)]
    Verify {
        /// The user's name
        name: String,
        /// A picture of one person
        picture: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Delete a user with everything that was learned
    Delete {
        /// The user's name
        name: String,
    },
    /// Write everything of a user to one file, encrypted with a passphrase
    Export {
        /// The user's name
        name: String,
        /// The file to write; it must not exist; - is standard output
        file: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
        /// Leave the timeline out
        #[arg(long)]
        no_timeline: bool,
        /// Write the profile alone and do not encrypt it (personal data: keep it safe)
        #[arg(long, conflicts_with = "passphrase_file")]
        plain: bool,
    },
    /// Add a user from an exported file
    Import {
        /// A file that `users export` wrote, encrypted or not
        file: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
        /// Take a file that is not encrypted although MIEN_PASSPHRASE is set: nothing shows who wrote such a file
        #[arg(long, conflicts_with = "passphrase_file")]
        plain: bool,
    },
    /// Encrypt the store with another key (--store-key is the present one, where it has one)
    Rekey {
        /// The new key: a file of 32 bytes or 64 hexadecimal digits
        #[arg(long, value_name = "FILE", required_unless_present = "no_key")]
        new_key: Option<PathBuf>,
        /// Do not encrypt the store any more
        #[arg(long, conflicts_with = "new_key")]
        no_key: bool,
    },
    /// Recover what is intact of a damaged store; the damaged file is kept beside it
    Salvage {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove what was replaced or forgotten from the store's file
    EraseFreeSpace,
}

/// Where a passphrase comes from: a file, or the variable MIEN_PASSPHRASE.
#[derive(ClapArgs)]
pub struct Passphrase {
    /// The passphrase is the first line of this file [default: the variable MIEN_PASSPHRASE]; exporting needs 8
    /// characters or more
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub struct AdaptArgs {
    /// The user's name
    pub name: String,
    /// One folder per emotion, each holding clips: pictures, folders of frames, videos
    #[arg(long, value_name = "DIR")]
    pub clips: PathBuf,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Clips of this user without a known emotion, for --pseudo-labels
    #[arg(long, value_name = "DIR", requires = "pseudo_labels")]
    pub unlabeled: Option<PathBuf>,
    /// Learn those unlabeled clips of which the head is sure
    #[arg(long, requires = "unlabeled")]
    pub pseudo_labels: bool,
    /// Take the new head even where it does not beat the one that answers now
    #[arg(long)]
    pub no_gate: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct TrainArgs {
    /// Folders with index.csv (path,subject,emotion)
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The classes, in order [default: those of the network's logits]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Passes over the clips [default: 300]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Hold out this share of the people, 0 to 0.9, keep the head of the epoch that does best on
    /// them, and stop early
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub validation: f32,
    /// Epochs without a better one after which --validation stops
    #[arg(long, value_name = "EPOCHS", default_value_t = 30, value_parser = positive)]
    pub patience: usize,
    /// Clips a step; 0 for all
    #[arg(long, default_value_t = 0)]
    pub batch: usize,
    /// Share of the target spread over all classes, 0 to 0.9
    #[arg(long, default_value_t = 0.0)]
    pub smoothing: f32,
    /// Grow each single picture into a clip of N frames by small seeded changes of place, size,
    /// turn and light, every second frame flipped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Decides which clips share a batch, and how pictures are grown
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum HeadsCommand {
    /// Write a head file from the tensors of an .npz or .safetensors file
    Import(ImportArgs),
    /// Show the kind, the classes and the sizes of a head file
    Show {
        /// A file that `mien train` or `mien heads import` wrote
        file: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(ClapArgs)]
pub struct ImportArgs {
    /// The .npz or .safetensors file
    pub file: PathBuf,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", value_parser = head_kind)]
    pub head: HeadKind,
    /// The classes, in order [default: `labels` in the metadata of a .safetensors file]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// What of the clip stands behind each frame's values: mean, deviation or maximum (heads
    /// with attention)
    #[arg(long, value_name = "STATISTIC", value_parser = statistic)]
    pub statistic: Option<ClipStatistic>,
    /// How frames are pooled: mean or statistics (logistic) [default: what fits the networks]
    #[arg(long, value_name = "POOLING", value_parser = pooling)]
    pub pooling: Option<Pooling>,
    /// Refuse weights for frames of another number of values
    #[arg(long, value_name = "VALUES")]
    pub dimension: Option<usize>,
    /// Which tensor is which, where the file's names do not say: output.weight=dense_3/kernel:0
    #[arg(long, value_name = "NAME=TENSOR", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// The head file to write; - is standard output
    #[arg(long, value_name = "HEADFILE")]
    pub out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum EvalCommand {
    /// Generic and adapted accuracy on a data set
    Adaptation(EvalAdaptationArgs),
    /// Verification and open-set identification on a data set
    Identity(EvalIdentityArgs),
    /// Generic and adapted accuracy on RAVDESS as it is downloaded
    Ravdess(EvalRavdessArgs),
}

#[derive(ClapArgs)]
pub struct EvalAdaptationArgs {
    /// Folder with index.csv (path,subject,emotion,session)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Learn the generic head from these sets instead of by leaving subjects out of --data
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub generic_data: Vec<PathBuf>,
    /// Let users start at the network's own last layer, as in an installation without a generic
    /// head; the generic head is that layer then
    #[arg(long, conflicts_with = "generic_data")]
    pub fresh: bool,
    /// Grow each single picture into a clip of N frames by small seeded changes of place, size,
    /// turn and light, every second frame flipped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Decides which subject is in which fold, and how pictures are grown
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write report.md, report.json and plots into this folder, over an earlier report
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalIdentityArgs {
    /// Folder with index.csv (path,subject)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Decides who is in which half
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Keep the measured calibration in the user store, for identification from now on
    #[arg(long)]
    pub save: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalRavdessArgs {
    /// The data set's own folder: Actor_01 to Actor_24 at any depth, videos or folders of frames
    /// with names like 02-01-06-01-02-01-12
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// What an adapted head is tested on after it has learned the rest: one statement, one
    /// repetition, one intensity; or leaky, a random half, which is not a measure of quality
    #[arg(long, value_name = "SPLIT", value_parser = split)]
    pub split: Split,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// The videos to look at: audio-video, video-only or both (a recording that is there with
    /// and without sound counts once)
    #[arg(long, value_name = "CHANNEL", default_value = "both", value_parser = channel)]
    pub channel: Channel,
    /// Decides which actor is in which fold, and the leaky split
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Look at every n-th frame; the videos have 30 a second
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Write report.md, report.json and plots into this folder, over an earlier report
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub command: Option<BenchCommand>,
    /// A picture with a face
    #[arg(long, value_name = "FILE", default_value = "tests/fixtures/pictures/obama.jpg")]
    pub picture: PathBuf,
    /// Measured rounds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Measure the training of a head on made-up clips, without networks
    Training(BenchTrainingArgs),
    /// Measure recording and asking a user's timeline, on made-up events in a store of its own
    Timeline(BenchTimelineArgs),
    /// Let a stream of bundled clips run for hours of its own time, and measure its memory
    Stream(BenchStreamArgs),
    /// Measure the pack's networks, by our executor and by tract, on made-up inputs
    Networks(BenchNetworksArgs),
    /// Measure frames of a stream in which one face is followed and analyzed at every frame
    Frame(BenchFrameArgs),
}

#[derive(ClapArgs)]
pub struct BenchFrameArgs {
    /// NV21 frames, one after the other, which show one face
    pub frames: PathBuf,
    /// Pixels of a row
    #[arg(long, default_value_t = 640)]
    pub width: usize,
    /// Rows
    #[arg(long, default_value_t = 480)]
    pub height: usize,
    /// Detect faces at every n-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Measured rounds
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Answer requests on standard input, for scripts that measure another pipeline in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchNetworksArgs {
    /// Measured rounds, in each of which every network has a turn
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Pixels a side of the identity network's input, one or more
    #[arg(long, value_name = "SIDES", value_delimiter = ',', default_value = "160,224", value_parser = input_side)]
    pub size: Vec<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Measure each step of our executor instead, beside the most that the processor can do
    #[arg(long)]
    pub layers: bool,
    /// Answer requests on standard input, for scripts that measure other executors in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchTimelineArgs {
    /// Events, spread over --days
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    pub events: u64,
    /// Days over which the events lie
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub days: u64,
    /// Hours of each day in which the user is seen
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=24))]
    pub hours: u64,
    /// Events a batch; each batch is one durable transaction
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub batch: u64,
    /// Encrypt the store
    #[arg(long)]
    pub encrypted: bool,
    /// Times that each query is asked
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchStreamArgs {
    /// Minutes of stream time, the first tenth of which is for warming up
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub minutes: u32,
    /// Frames a second of stream time
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub fps: u32,
    /// How often a second each face goes through the networks, 0.1 to 60
    #[arg(long, value_name = "FPS", default_value_t = 1.0, value_parser = frame_rate)]
    pub analyze: f32,
    /// Detect faces at every n-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Use a live session, and hand frames in as fast as they can be read
    #[arg(long)]
    pub live: bool,
    /// The bundled material
    #[arg(long, value_name = "DIR", default_value = "tests/fixtures")]
    pub material: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchTrainingArgs {
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Clips
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clips: u32,
    /// Frames a clip
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub frames: u32,
    /// Values a frame
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub features: u32,
    /// Classes, which the clips have in turn
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub classes: u32,
    /// Passes over the clips
    #[arg(long, default_value_t = 20)]
    pub epochs: usize,
    /// Clips a step; 0 for all
    #[arg(long, default_value_t = 8)]
    pub batch: usize,
    /// Measured rounds, each the same training
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct DemoArgs {
    /// The bundled material
    #[arg(long, value_name = "DIR", default_value = "tests/fixtures")]
    pub material: PathBuf,
    /// The folder to write into; it is replaced where an earlier demo made it
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub out: PathBuf,
}

#[derive(Subcommand)]
pub enum ModelsCommand {
    /// List the networks of the pack in use and the added ones
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check every file's hash and that each network runs
    Verify,
    /// Install an ONNX file as the expression network of a new pack, or a folder with a pack of one
    /// network
    Add(AddArgs),
}

#[derive(ClapArgs)]
pub struct AddArgs {
    /// The ONNX file: one picture in; features, logits or both out. Or a folder with a manifest
    /// and its network, to which the other options but --name do not apply
    pub file: PathBuf,
    /// The pack's name [default: the file's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Side of the input in pixels; needed where the file leaves it open
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// The classes of the logits, in order [default: EmotiEffLib's order for 7 or 8 outputs]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Subtracted from red, green and blue, 0 to 255 [default: ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub mean: Vec<f32>,
    /// Divides the difference, 0 to 255 [default: ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub std: Vec<f32>,
    /// Side of the crop in longer sides of the detection box
    #[arg(long, default_value_t = 1.0)]
    pub crop: f32,
    /// The license, as its source states it
    #[arg(long, default_value = "not stated")]
    pub license: String,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=0.9).contains(&share) => Ok(share),
        _ => Err("a number from 0 to 0.9 is expected".to_owned()),
    }
}

fn frame_rate(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(rate) if (0.1..=240.0).contains(&rate) => Ok(rate),
        _ => Err("a number from 0.1 to 240 is expected".to_owned()),
    }
}

fn input_side(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(side) if (32..=2048).contains(&side) => Ok(side),
        _ => Err("a whole number from 32 to 2048 is expected".to_owned()),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("a whole number above 0 is expected".to_owned()),
    }
}

fn head_kind(name: &str) -> Result<HeadKind, String> {
    named(name, &HeadKind::ALL, HeadKind::name)
}

fn timestamp(text: &str) -> Result<u64, String> {
    crate::timeline::parse_time(text, None)
        .ok_or_else(|| "a time like 2026-11-23T14:00:00Z, or milliseconds since 1970, is expected".to_owned())
}

fn bucket(name: &str) -> Result<Detail, String> {
    if name == "event" {
        return Ok(Detail::Event);
    }
    match named(name, &BucketWidth::ALL, BucketWidth::name) {
        Ok(width) => Ok(Detail::Bucket(width)),
        Err(_) => Err("one of event, second, minute, hour, day is expected".to_owned()),
    }
}

fn keep(text: &str) -> Result<(String, Option<u32>), String> {
    let expected = || "events, minutes, hours, days or media, and =DAYS or =forever, are expected".to_owned();
    let (what, days) = text.split_once('=').ok_or_else(expected)?;
    if !["events", "minutes", "hours", "days", "media"].contains(&what) {
        return Err(expected());
    }
    match days {
        "forever" => Ok((what.to_owned(), None)),
        days => Ok((what.to_owned(), Some(days.parse().map_err(|_| expected())?))),
    }
}

fn split(name: &str) -> Result<Split, String> {
    named(name, &Split::ALL, Split::name)
}

fn channel(name: &str) -> Result<Channel, String> {
    named(name, &Channel::ALL, Channel::name)
}

/// The one of `all` that is called `name`.
fn named<T: Copy>(name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|&item| name_of(item) == name).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|&item| name_of(item)).collect();
        format!("one of {} is expected", known.join(", "))
    })
}

fn statistic(name: &str) -> Result<ClipStatistic, String> {
    match name {
        "mean" => Ok(ClipStatistic::Mean),
        "deviation" => Ok(ClipStatistic::Deviation),
        "maximum" => Ok(ClipStatistic::Maximum),
        _ => Err("one of mean, deviation, maximum is expected".to_owned()),
    }
}

fn pooling(name: &str) -> Result<Pooling, String> {
    match name {
        "mean" => Ok(Pooling::Mean),
        "statistics" => Ok(Pooling::Statistics),
        _ => Err("one of mean, statistics is expected".to_owned()),
    }
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, tensor)) => Ok((name.to_owned(), tensor.to_owned())),
        None => Err("NAME=TENSOR is expected".to_owned()),
    }
}
