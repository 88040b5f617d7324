//! `mien enroll` and `mien users`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mien_core::recognition::gallery::NO_LOCK;

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
