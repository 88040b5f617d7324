//! Names of media in timelines: two files of the same name are two media.
//!
//! The first file of a name gets the name, another one `NAME (2)` and so on. Which file a name stands for is kept with
//! the user's timelines as a short hash of the file's content, so that a file that is analyzed again, even after it was
//! moved, replaces its own events.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mien_core::Engine;
use mien_core::timeline::slots::{Slots, SlotsMut};
use mien_core::timeline::{Clock, Timeline};
use sha2::{Digest, Sha256};

use crate::media::files_of;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::text::printable;

/// The table of a user's slots with the hashes; the timelines use the tables below 8.
const TABLE: u8 = 64;

/// Number of bytes that are hashed at the start and at the end of a file.
const PART: u64 = 1 << 16;

/// Max length of the name of a medium in bytes before its number; a timeline allows 255.
const MAX_NAME: usize = 240;

/// The clock of an input.
#[derive(Debug, Clone)]
pub enum InputClock {
    Wall,
    Medium(Medium),
}

/// A file, or a folder of frames, whose emotions are recorded by its own time.
#[derive(Debug, Clone)]
pub struct Medium {
    name: String,
    /// Hash of the content; zero for what can be read only once.
    content: u64,
}

impl InputClock {
    /// Returns the clock of the input `path`: wall time if its start is known, or its own time.
    pub fn of(path: &Path, start_ms: Option<u64>) -> Outcome<Self> {
        match (start_ms, path.file_name()) {
            (Some(_), _) => Ok(Self::Wall),
            (None, Some(name)) => {
                let name = printable(&name.to_string_lossy()).into_owned();
                let end = name.floor_char_boundary(MAX_NAME);
                Ok(Self::Medium(Medium { name: name[..end].to_owned(), content: content_of(path)? }))
            }
            (None, None) => Err(Failure::new(format!("{}: the input has no file name", path.display()))),
        }
    }

    /// Returns the clock in the timelines of `user`.
    pub fn in_timelines_of(&self, engine: &Engine, user: &str) -> Outcome<Clock> {
        let Self::Medium(medium) = self else { return Ok(Clock::Wall) };
        let (name, is_new) = engine.read_slots(user, |slots| medium.place(slots))?;
        if is_new {
            engine.write_slots(user, |slots| slots.put(TABLE, slot(&name), &medium.content.to_be_bytes()))?;
        }
        Ok(Clock::Media(name))
    }
}

impl Medium {
    /// Whether `name` is the medium's own name, or that with a number.
    fn may_be(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(&self.name) else { return false };
        let number = rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')'));
        rest.is_empty() || number.is_some_and(|number| number.parse::<u64>().is_ok())
    }

    /// Returns the name of the medium, and whether the name is not taken yet.
    fn place(&self, slots: &dyn Slots) -> mien_core::Result<(String, bool)> {
        // The name that the file had, even if the names before it are free again.
        for summary in Timeline::list(slots)? {
            if let Clock::Media(name) = summary.clock
                && self.may_be(&name)
                && slots.get(TABLE, slot(&name))?.is_some_and(|content| content == self.content.to_be_bytes())
            {
                return Ok((name, false));
            }
        }
        let mut name = self.name.clone();
        let mut number = 1;
        while slots.get(TABLE, slot(&name))?.is_some_and(|content| content != self.content.to_be_bytes()) {
            number += 1;
            name = format!("{} ({number})", self.name);
        }
        Ok((name, true))
    }
}

/// Forgets which file the medium `name` was.
pub fn forget(slots: &mut dyn SlotsMut, name: &str) -> mien_core::Result<()> {
    slots.remove(TABLE, slot(name))
}

/// Returns the slot of the medium `name`.
fn slot(name: &str) -> u64 {
    first_bytes(Sha256::new().chain_update(name))
}

fn first_bytes(hash: Sha256) -> u64 {
    hash.finalize().iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Hashes the length, the start and the end of each file that is read of the input `path`.
fn content_of(path: &Path) -> Outcome<u64> {
    let mut hash = Sha256::new();
    for file in files_of(path) {
        let Ok(metadata) = fs::metadata(&file) else { continue };
        if !metadata.is_file() {
            return Ok(0);
        }
        hash.update(metadata.len().to_be_bytes());
        let mut content = File::open(&file).naming(&file)?;
        for start in [0, metadata.len().saturating_sub(PART)] {
            let mut part = Vec::new();
            content.seek(SeekFrom::Start(start)).naming(&file)?;
            content.by_ref().take(PART).read_to_end(&mut part).naming(&file)?;
            hash.update(part);
        }
    }
    Ok(first_bytes(hash))
}
