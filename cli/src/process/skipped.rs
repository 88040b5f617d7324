//! Inputs that cannot be read beside others that can: each is named on standard error and left out, the rest is done,
//! and the exit code says so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::process::failure::Outcome;
use crate::process::interrupt::interrupted;
use crate::process::terminal::warn;

/// The exit code of a run that did its work without some of its inputs.
pub const EXIT_CODE: u8 = 3;

static STRICT: AtomicBool = AtomicBool::new(false);
static SKIPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Lets the first input that cannot be read end the run.
pub fn be_strict() {
    STRICT.store(true, Ordering::Relaxed);
}

/// What one input gave: `None` if it cannot be read and was left out, since it is one of `several`. Every other failure
/// stays one.
pub fn or_skip<T>(outcome: Outcome<T>, several: bool) -> Outcome<Option<T>> {
    match outcome {
        Err(failure) if several && failure.is_of_input() && !STRICT.load(Ordering::Relaxed) && !interrupted() => {
            warn(format!("skipped: {failure}"))?;
            skipped().push(failure.to_string());
            Ok(None)
        }
        outcome => outcome.map(Some),
    }
}

/// What was left out and why, sorted.
pub fn list() -> Vec<String> {
    let mut list = skipped().clone();
    list.sort();
    list
}

fn skipped() -> MutexGuard<'static, Vec<String>> {
    SKIPPED.lock().unwrap_or_else(PoisonError::into_inner)
}
