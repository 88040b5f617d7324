//! `mien timeline`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use mien_core::Modality;
use mien_core::timeline::BucketWidth;

use super::values::{named, stream};

#[derive(ClapArgs)]
pub struct TimelineArgs {
    /// The user's name
    pub name: String,
    /// Use the timeline of this medium [default: the timeline by wall time]
    #[arg(long, value_name = "NAME")]
    pub media: Option<String>,
    /// What is shown or imported: face, the answers, which are joined with the voice where it has a part; or speech, what the
    /// voice alone said, and why it was not used. A plot has both
    #[arg(long, default_value = "face", value_parser = stream)]
    pub stream: Modality,
    /// Start of the range: 2026-11-23 or 2026-11-23T14:00 (at the timeline's UTC offset), 2026-11-23T14:00:00Z, or
    /// milliseconds since 1970; with --media, milliseconds since the start of the medium [default: the first event]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// End of the range, exclusive, in the same forms [default: after the last event]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Resolution: event, second, minute, hour or day [default: chosen by the length of the range]
    #[arg(long, value_name = "BUCKET", value_parser = bucket)]
    pub bucket: Option<Detail>,
    /// Write a CSV table; - is standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the share of each emotion over time, and below it what the voice said, into this .png or .svg file; - is standard output, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Draw this user's timeline too, in a band of its own; may be given several times
    #[arg(long, value_name = "NAME", requires = "plot")]
    pub with: Vec<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub action: TimelineAction,
}

/// An action on a user's timelines, instead of showing one.
#[derive(ClapArgs)]
#[group(multiple = false, conflicts_with_all = ["bucket", "csv", "plot"])]
pub struct TimelineAction {
    /// List the user's timelines and their retention
    #[arg(long)]
    pub list: bool,
    /// Delete the range from --from to --to, one of which is required, or a whole --media timeline
    #[arg(long)]
    pub forget: bool,
    /// Set the retention of events, minutes, hours, days or media in days: events=30,days=forever
    #[arg(long, value_name = "WHAT=DAYS", value_delimiter = ',', value_parser = keep)]
    pub keep: Vec<(String, Option<u32>)>,
    /// Record all events of a table written by --bucket event --csv, or none
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
    /// Set the UTC offset of the wall-time timeline's days, in minutes; only while nothing is recorded [default: 0]
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true)]
    pub offset: Option<i32>,
    /// Delete what is past its retention now instead of at the next recording; days on which the clock was not seen
    /// count later
    #[arg(long)]
    pub prune: bool,
}

/// The resolution at which a timeline is shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Detail {
    /// Each event.
    Event,
    /// Buckets of this width.
    Bucket(BucketWidth),
}

fn bucket(name: &str) -> Result<Detail, String> {
    if name == "event" {
        return Ok(Detail::Event);
    }
    match named(name, &BucketWidth::ALL, BucketWidth::name) {
        Ok(width) => Ok(Detail::Bucket(width)),
        Err(_) => Err("expected one of event, second, minute, hour, day".to_owned()),
    }
}

fn keep(text: &str) -> Result<(String, Option<u32>), String> {
    let expected = || "expected events, minutes, hours, days or media, and =DAYS or =forever".to_owned();
    let (what, days) = text.split_once('=').ok_or_else(expected)?;
    if !["events", "minutes", "hours", "days", "media"].contains(&what) {
        return Err(expected());
    }
    match days {
        "forever" => Ok((what.to_owned(), None)),
        days => Ok((what.to_owned(), Some(days.parse().map_err(|_| expected())?))),
    }
}
