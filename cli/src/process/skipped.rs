//! Skipped inputs: if one of several inputs cannot be read, it is named on standard error and skipped, the run
//! continues, and its exit code tells.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::process::failure::Outcome;
use crate::process::interrupt::interrupted;
use crate::process::terminal::warn;

/// Exit code of a run that skipped inputs.
pub const EXIT_CODE: u8 = 3;

static STRICT: AtomicBool = AtomicBool::new(false);
static SKIPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Makes the first input that cannot be read end the run.
pub fn be_strict() {
    STRICT.store(true, Ordering::Relaxed);
}

/// Returns the result of one input, or `None` if the input cannot be read and was skipped because it is one of
/// `several`. All other failures are returned.
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

/// Returns the skipped inputs with the reasons, sorted.
pub fn list() -> Vec<String> {
    let mut list = skipped().clone();
    list.sort();
    list
}

fn skipped() -> MutexGuard<'static, Vec<String>> {
    SKIPPED.lock().unwrap_or_else(PoisonError::into_inner)
}
