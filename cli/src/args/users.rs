//! `mien enroll` and `mien users`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mien_core::Modality;
use mien_core::recognition::gallery::NO_LOCK;

use super::values::stream;

#[derive(ClapArgs)]
pub struct EnrollArgs {
    /// The user's name
    pub name: String,
    /// Pictures, folders of frames or videos that show only this person
    #[arg(required = true)]
    pub pictures: Vec<PathBuf>,
    /// Add pictures to a user who is already enrolled
    #[arg(long)]
    pub more: bool,
    /// Use pictures that look like somebody else too, because all show this person, as in strong expressions. Pictures
    /// that resemble another user are never used
    #[arg(long)]
    pub same_person: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum UsersCommand {
    /// List the enrolled users and the generations of their heads
    List {
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Activate an earlier generation of a user's head
    Rollback {
        /// The user's name
        name: String,
        /// Which of the user's heads: face or speech
        #[arg(long, value_name = "STREAM", default_value = "face", value_parser = stream)]
        stream: Modality,
        /// Number of the generation; 0 for the generic head [default: the previous one]
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
    /// Take back a user's newest correction (of `mien watch --correct`)
    Undo {
        /// The user's name
        name: String,
    },
    /// Compare the face in a picture with a user's
    #[command(after_help = NO_LOCK)]
    Verify {
        /// The user's name
        name: String,
        /// A picture of one person
        picture: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Rename a user; embeddings, heads and timelines stay
    Rename {
        /// The user's name
        name: String,
        /// The new name, which no user may have
        new: String,
    },
    /// Delete a user and everything learned or recorded about them
    Delete {
        /// The user's name
        name: String,
    },
    /// Export a user to one file, encrypted with a passphrase
    Export {
        /// The user's name
        name: String,
        /// File to write, which must not exist; - is standard output
        file: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
        /// Do not export the timelines
        #[arg(long)]
        no_timeline: bool,
        /// Export only the profile, unencrypted; the file holds personal data
        #[arg(long, conflicts_with = "passphrase_file")]
        plain: bool,
    },
    /// Import a user from an exported file
    Import {
        /// A file written by `mien users export`, encrypted or not
        file: PathBuf,
        /// Import the user under this name [default: the name in the file]
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        passphrase: Passphrase,
        /// Accept an unencrypted file although MIEN_PASSPHRASE is set; nothing proves who wrote such a file
        #[arg(long, conflicts_with = "passphrase_file")]
        plain: bool,
    },
    /// Change the key of the store; --store-key is the current key, if it has one
    Rekey {
        /// File of the new key: 32 bytes or 64 hexadecimal digits
        #[arg(long, value_name = "FILE", required_unless_present = "no_key")]
        new_key: Option<PathBuf>,
        /// Decrypt the store
        #[arg(long, conflicts_with = "new_key")]
        no_key: bool,
    },
    /// Recover the intact data of a damaged store; the damaged file is kept beside it
    Salvage {
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Erase replaced and deleted data from the store's file
    EraseFreeSpace,
}

impl UsersCommand {
    /// Returns the name of the user, who must exist.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Rollback { name, .. }
            | Self::Undo { name }
            | Self::Verify { name, .. }
            | Self::Rename { name, .. }
            | Self::Delete { name }
            | Self::Export { name, .. } => Some(name),
            Self::List { .. }
            | Self::Import { .. }
            | Self::Rekey { .. }
            | Self::Salvage { .. }
            | Self::EraseFreeSpace => None,
        }
    }
}

/// The source of a passphrase: a file or the variable MIEN_PASSPHRASE.
#[derive(ClapArgs)]
pub struct Passphrase {
    /// File whose first line is the passphrase; at least 8 characters to export [default: the variable
    /// MIEN_PASSPHRASE]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}
