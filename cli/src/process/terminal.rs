//! Output on the terminal: lines, JSON and progress.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::{Serialize, Serializer};

use crate::process::failure::Outcome;
use crate::text::printable;

/// Version of the JSON that the command prints; a change that breaks readers raises it.
const SCHEMA_VERSION: u32 = 1;

/// Whether standard output carries a file's content and nothing else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether only results, warnings and errors are printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Prints only results, warnings and errors from now on.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether only results, warnings and errors are printed.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Reserves standard output for a file's content; lines for people go to standard error from now on.
pub fn take() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Whether standard output is reserved for a file's content.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::Relaxed)
}

/// An object with the version of its layout as the first field.
#[derive(Serialize)]
pub struct Versioned<T> {
    schema_version: u32,
    #[serde(flatten)]
    value: T,
}

/// Adds the version to an object.
pub fn versioned<T>(value: T) -> Versioned<T> {
    Versioned { schema_version: SCHEMA_VERSION, value }
}

/// Returns an object, as [`print_json`] prints it, for a file.
pub fn with_version(value: &impl Serialize) -> Outcome<serde_json::Value> {
    Ok(serde_json::to_value(versioned(value))?)
}

/// Prints one JSON object on standard output, with `schema_version` first.
pub fn print_json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(&versioned(value))?;
    print_bytes(format!("{text}\n").as_bytes())
}

/// Prints one JSON object as a line on standard output, with `schema_version` first.
pub fn print_json_line(value: &impl Serialize) -> Outcome {
    print_bytes(format!("{}\n", serde_json::to_string(&versioned(value))?).as_bytes())
}

/// Returns standard output for one JSON object, into which `schema_version` is written as the first field.
pub fn json_output() -> impl Write {
    JsonOutput { out: std::io::stdout().lock(), begun: false }
}

/// A writer of one JSON object that adds the first field.
struct JsonOutput<W> {
    out: W,
    begun: bool,
}

impl<W: Write> Write for JsonOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match bytes.split_first() {
            Some((b'{', rest)) if !self.begun => {
                self.begun = true;
                write!(self.out, "{{\"schema_version\":{SCHEMA_VERSION},")?;
                self.out.write_all(rest)?;
                Ok(bytes.len())
            }
            _ => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Prints a whole text on standard output as it is.
pub fn print_bytes(text: &[u8]) -> Outcome {
    above_progress(|| {
        let mut out = std::io::stdout().lock();
        out.write_all(text)?;
        Ok(out.flush()?)
    })
}

/// Serializes `path` as a string; bytes that are not UTF-8 are replaced.
///
/// # Errors
/// Returns the errors of the serializer.
pub fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// Prints one line on standard output, or on standard error if standard output is reserved. Fails if the reader
/// closed its pipe.
pub fn say(line: impl fmt::Display) -> Outcome {
    let line = line.to_string();
    above_progress(|| {
        if is_taken() {
            return Ok(writeln!(std::io::stderr().lock(), "{}", printable(&line))?);
        }
        Ok(writeln!(std::io::stdout().lock(), "{}", printable(&line))?)
    })
}

/// Prints a line that is not a result, such as what was written where, unless the run is quiet; see [`say`].
pub fn note(line: impl fmt::Display) -> Outcome {
    if is_quiet() { Ok(()) } else { say(line) }
}

/// Prints a line that is not a result on standard error, unless the run is quiet.
pub fn tell(line: impl fmt::Display) -> Outcome {
    if is_quiet() { Ok(()) } else { warn(line) }
}

/// Prints one warning line on standard error.
pub fn warn(line: impl fmt::Display) -> Outcome {
    let line = line.to_string();
    above_progress(|| Ok(writeln!(std::io::stderr().lock(), "mien: {}", printable(&line))?))
}

/// Same as [`say`], flushed for a program that waits for the line.
pub fn answer(line: impl fmt::Display) -> Outcome {
    say(line)?;
    Ok(std::io::stdout().flush()?)
}

/// Progress of a run on standard error: steps done, steps in all, rate and time left. Lines that are printed meanwhile
/// stay above it. Nothing is shown without a terminal or if [`be_quiet`] was called.
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts the progress of `length` steps, which are named `what` in plural.
    pub fn new(length: usize, what: &'static str) -> Self {
        let bar = if is_quiet() { ProgressBar::hidden() } else { ProgressBar::no_length() };
        bar.set_length(length as u64);
        // The bar takes the width that the numbers leave.
        let template = "{pos}/{len} {msg} {wide_bar} {rate} per second, {eta} left";
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn fmt::Write| {
                // The trait has no way to return an error.
                let _ = write!(text, "{:.1}", state.per_sec());
            })),
            Err(_) => bar,
        };
        let bar = bar.with_message(what);
        *shown() = Some(bar.clone());
        Self(bar)
    }

    /// Adds `steps` to the length.
    pub fn extend(&self, steps: usize) {
        self.0.inc_length(steps as u64);
    }

    /// Corrects the length after a part of the run that was expected to have `expected` steps and had `actual` ones.
    pub fn settle(&self, expected: usize, actual: usize) {
        let length = self.0.length().unwrap_or_default() + actual as u64;
        self.0.set_length(length.saturating_sub(expected as u64).max(self.0.position()));
    }

    /// Counts one step; the length grows with it if it was too short.
    pub fn step(&self) {
        self.steps(1);
    }

    /// Counts `steps`; see [`Progress::step`].
    pub fn steps(&self, steps: usize) {
        let position = self.0.position() + steps as u64;
        if self.0.length().is_some_and(|length| length < position) {
            self.0.set_length(position);
        }
        self.0.inc(steps as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        *shown() = None;
    }
}

/// The progress that is on the terminal.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `print` while no progress is on the terminal.
pub fn above_progress<T>(print: impl FnOnce() -> T) -> T {
    let bar = shown().clone();
    match bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_field() {
        let object = serde_json::json!({ "a": 1, "z": [2] });
        assert_eq!(serde_json::to_string(&versioned(&object)).unwrap(), r#"{"schema_version":1,"a":1,"z":[2]}"#);
        let mut out = JsonOutput { out: Vec::new(), begun: false };
        out.write_all(b"{\"a\":{}").unwrap();
        out.write_all(b"}").unwrap();
        assert_eq!(String::from_utf8(out.out).unwrap(), r#"{"schema_version":1,"a":{}}"#);
    }
}
