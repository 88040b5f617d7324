//! Options of every command.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::process::failure::{Failure, Outcome};

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

impl Shared {
    /// The folder of users and added networks.
    pub fn store_folder(&self) -> Outcome<PathBuf> {
        if let Some(folder) = &self.user_store {
            return Ok(folder.clone());
        }
        match directories::ProjectDirs::from("", "", "mien") {
            Some(folders) => Ok(folders.data_dir().to_path_buf()),
            None => Err(Failure::new("no home folder is known: give --user-store DIR")),
        }
    }

    /// The folder of the added pack `name`.
    pub fn pack_folder(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.store_folder()?.join("models").join(name))
    }
}
