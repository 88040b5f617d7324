//! What commands write: JSON, files, progress; and the interrupt key.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::failure::{Failure, Naming, Outcome};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C set a flag that the work looks at; a second one ends the process at once.
pub fn watch_for_interrupt() {
    let set = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
    if let Err(error) = set {
        log::warn!("interrupts are not caught: {error}");
    }
}

/// Whether Ctrl-C was pressed.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails where Ctrl-C was pressed; called between two steps of a long work.
pub fn check_interrupt() -> Outcome {
    if interrupted() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

/// Prints one JSON object on standard output.
pub fn print_json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints one line on standard output; a reader that went away is told by the error.
pub fn say(line: impl std::fmt::Display) -> Outcome {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// As [`say`], seen at once by a program that waits for the line.
pub fn answer(line: impl std::fmt::Display) -> Outcome {
    say(line)?;
    Ok(std::io::stdout().flush()?)
}

/// Writes `bytes` to `path` whole or not at all.
pub fn write_file(path: &Path, bytes: &[u8]) -> Outcome {
    stream_file(path, |out| out.write_all(bytes).naming(path))
}

/// Writes to `path` what `write` writes, whole or not at all: into a file beside it, then renamed.
pub fn stream_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).naming(path)?;
    let mut out = BufWriter::new(&mut file);
    write(&mut out)?;
    out.flush().naming(path)?;
    drop(out);
    file.as_file().sync_all().naming(path)?;
    check_interrupt()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).naming(path)?;
    }
    file.persist(path).naming(path)?;
    Ok(())
}

/// Makes `folder` and those above it.
pub fn make_folder(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).naming(folder)
}

/// A bar over `length` steps on standard error; invisible where that is no terminal.
pub fn progress(length: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what);
    styled(bar, "{msg} [{bar:30}] {pos}/{len} {eta}")
}

/// A counter without an end, for videos.
pub fn counter(what: &'static str) -> ProgressBar {
    styled(ProgressBar::no_length().with_message(what), "{msg} {pos} frames, {per_sec}")
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
