//! `mien timeline`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use mien_core::timeline::BucketWidth;

use super::values::named;

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
