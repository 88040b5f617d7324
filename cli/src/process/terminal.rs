//! Output on the terminal: lines, JSON and progress.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};

use crate::process::failure::{Failure, Outcome};
use crate::text::printable;

/// Whether standard output carries a file's content and nothing else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Reserves standard output for a file's content; lines for people go to standard error from now on.
pub fn take() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Whether standard output is reserved for a file's content.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::Relaxed)
}

/// Prints one JSON object on standard output.
pub fn print_json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Serializes `path` as a string; bytes that are not UTF-8 are replaced.
///
/// # Errors Returns the errors of the serializer.
pub fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// Prints one line on standard output, or on standard error if standard output is reserved. Fails if the reader
/// closed its pipe.
pub fn say(line: impl std::fmt::Display) -> Outcome {
    if is_taken() {
        return Ok(writeln!(std::io::stderr().lock(), "{}", printable(&line.to_string()))?);
    }
    Ok(writeln!(std::io::stdout().lock(), "{}", printable(&line.to_string()))?)
}

/// Prints one warning line on standard error.
pub fn warn(line: impl std::fmt::Display) -> Outcome {
    Ok(writeln!(std::io::stderr().lock(), "mien: {}", printable(&line.to_string()))?)
}

/// Same as [`say`], flushed for a program that waits for the line.
pub fn answer(line: impl std::fmt::Display) -> Outcome {
    say(line)?;
    Ok(std::io::stdout().flush()?)
}

/// Creates a progress bar of `length` steps on standard error; invisible if that is not a terminal.
pub fn progress(length: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what);
    styled(bar, "{msg} [{bar:30}] {pos}/{len} {eta}")
}

/// Creates a frame counter for videos, whose length is unknown.
pub fn counter(what: &'static str) -> ProgressBar {
    styled(ProgressBar::no_length().with_message(what), "{msg} {pos} frames, {per_sec}")
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
