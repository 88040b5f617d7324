//! Options of every command.

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use clap::Args as ClapArgs;

use super::values::{detector_size, within};
use crate::process::failure::{Failure, Outcome};

/// The environment variable of `--user-store`.
pub const STORE_VARIABLE: &str = "MIEN_STORE";

/// Options of every command.
#[derive(ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub struct Shared {
    /// Folder of enrolled users and added networks [default: mien in the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = STORE_VARIABLE)]
    pub user_store: Option<PathBuf>,
    /// Key file of an encrypted user store: 32 bytes or 64 hexadecimal digits. A new store is encrypted with it
    /// [default: no encryption]
    #[arg(long, global = true, value_name = "FILE", env = "MIEN_STORE_KEY")]
    pub store_key: Option<PathBuf>,
    /// Use the networks in this folder [default: the built-in pack]
    #[arg(long, global = true, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Use the network that `mien models add` installed under this name
    #[arg(long, global = true, value_name = "NAME")]
    pub pack: Option<String>,
    /// Use this generic head, written by `mien train` or `mien heads import` [default: the network's own last layer]
    #[arg(long, global = true, value_name = "FILE")]
    pub generic: Option<PathBuf>,
    /// Use this generic head for speech, written by `mien train --stream speech` [default: none, so that speech answers
    /// only for users who adapted it]
    #[arg(long, global = true, value_name = "FILE")]
    pub generic_speech: Option<PathBuf>,
    /// Stop at the first input that cannot be read [default: skip it and continue]
    #[arg(long, global = true)]
    pub strict: bool,
    /// Min detection score of a face, 0 to 1
    #[arg(long, global = true, value_name = "SCORE", default_value_t = 0.6, value_parser = within(0.0f32..=1.0))]
    pub score: f32,
    /// Side of the detector's input, a multiple of 32 from 96 to 1280; a larger input finds smaller faces
    #[arg(long, global = true, value_name = "PIXELS", default_value_t = 320, value_parser = detector_size)]
    pub detector_size: usize,
    /// Number of threads for analyze, enroll, adapt, train, score and eval; the results do not depend on it
    /// [default: one per processor]
    #[arg(long, global = true, value_name = "N", value_parser = within(1usize..=256))]
    pub jobs: Option<usize>,
    /// Print only results, warnings and errors: no progress, no notes
    #[arg(long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print networks, number of users, kernels and the time of each step on standard error; no personal data
    #[arg(long, global = true)]
    pub verbose: bool,
    /// Read options from this TOML file; relative paths in it start at its folder [env: MIEN_CONFIG] [default:
    /// mien/config.toml in the user's configuration folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Shared {
    /// Returns the number of threads.
    pub fn jobs(&self) -> usize {
        self.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// Returns the folder of users and added networks.
    pub fn store_folder(&self) -> Outcome<PathBuf> {
        if let Some(folder) = &self.user_store {
            return Ok(folder.clone());
        }
        Self::default_store_folder().ok_or_else(|| Failure::new("no home folder is known: give --user-store DIR"))
    }

    /// Returns the folder of users and added networks if none is given; `None` if no home folder is known.
    pub fn default_store_folder() -> Option<PathBuf> {
        Some(directories::ProjectDirs::from("", "", "mien")?.data_dir().to_path_buf())
    }

    /// Returns the folder of all added packs.
    pub fn packs_folder(&self) -> Outcome<PathBuf> {
        Ok(self.store_folder()?.join("models"))
    }

    /// Returns the folder of the added pack `name`.
    pub fn pack_folder(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.packs_folder()?.join(name))
    }
}
