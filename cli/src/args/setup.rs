//! `mien labels`, `mien completions`, `mien man` and `mien config`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use clap_complete::Shell;

#[derive(ClapArgs)]
pub struct LabelsArgs {
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

#[derive(ClapArgs)]
pub struct ManArgs {
    /// Folder for a page per command, created if it is missing [default: the main page, to standard output]
    pub folder: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Print the values of all settings, and where each comes from
    Show {
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Print the path of the configuration file, which may be missing
    Path {
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
}
