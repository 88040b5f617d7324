//! Output on the terminal: lines, JSON and progress.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};

use crate::process::failure::Outcome;
use crate::text::printable;

/// Version of the JSON that the command prints; a change that breaks readers raises it.
pub const SCHEMA_VERSION: u32 = 1;

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
struct Versioned<T> {
    schema_version: u32,
    #[serde(flatten)]
    value: T,
}

fn versioned<T>(value: T) -> Versioned<T> {
    Versioned { schema_version: SCHEMA_VERSION, value }
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
    let mut out = std::io::stdout().lock();
    out.write_all(text)?;
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

/// Prints a line that is not a result, such as what was written where, unless the run is quiet; see [`say`].
pub fn note(line: impl std::fmt::Display) -> Outcome {
    if is_quiet() { Ok(()) } else { say(line) }
}

/// Prints a line that is not a result on standard error, unless the run is quiet.
pub fn tell(line: impl std::fmt::Display) -> Outcome {
    if is_quiet() { Ok(()) } else { warn(line) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_field() {
        let object = serde_json::json!({ "a": 1, "z": [2] });
        assert_eq!(serde_json::to_string(&versioned(&object)).unwrap(), r#"{"schema_version":1,"a":1,"z":[2]}"#);
        let mut out = JsonOutput { out: Vec::new(), begun: false };
        write!(out, "{{\"a\":{}", "{}").unwrap();
        write!(out, "}}").unwrap();
        assert_eq!(String::from_utf8(out.out).unwrap(), r#"{"schema_version":1,"a":{}}"#);
    }
}
