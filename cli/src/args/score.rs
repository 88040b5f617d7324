//! `mien score`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(ClapArgs)]
pub struct ScoreArgs {
    /// Labeled pictures and clips: a folder with an index.csv (path,subject,emotion), or with a folder per person and
    /// in it one per emotion; with --user also a folder per emotion
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Score this person only; in a folder per emotion, the person whom they show
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Write a table with a line per picture or clip; - is standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
