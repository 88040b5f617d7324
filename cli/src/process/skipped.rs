//! Skipped inputs: if one of several inputs cannot be read, it is named on standard error and skipped, the run
//! continues, and its exit code tells. The same holds for inputs that are read only in part.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mien_core::Modality;

use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::interrupted;
use crate::process::terminal::warn;
use crate::text::counted;

static STRICT: AtomicBool = AtomicBool::new(false);
static LISTS: Mutex<Lists> = Mutex::new(Lists::new());

/// Makes the first input that cannot be read end the run.
pub fn be_strict() {
    STRICT.store(true, Ordering::Relaxed);
}

/// Whether the run may continue without the input that `failure` is about.
pub fn may_continue(failure: &Failure) -> bool {
    failure.is_of_input() && !STRICT.load(Ordering::Relaxed) && !interrupted()
}

/// Returns the result of one input, or `None` if the input cannot be read and was skipped because it is one of
/// `several`. All other failures are returned.
pub fn or_skip<T>(outcome: Outcome<T>, several: bool) -> Outcome<Option<T>> {
    match outcome {
        Err(failure) if several && may_continue(&failure) => {
            warn(format!("skipped: {failure}"))?;
            lists().unreadable.push(failure.to_string());
            Ok(None)
        }
        outcome => outcome.map(Some),
    }
}

/// Warns of the input `path` if something of it is missing; its results so far are used. With `--strict` the run ends.
pub fn incomplete(path: &Path, shortfall: Option<&str>) -> Outcome {
    let Some(shortfall) = shortfall else { return Ok(()) };
    let what = format!("{}: {shortfall}", path.display());
    if STRICT.load(Ordering::Relaxed) {
        return Err(Failure::new(what));
    }
    warn(&what)?;
    lists().incomplete.push(what);
    Ok(())
}

/// Warns of `count` pictures in which no face was found, while others have one.
pub fn faceless(what: String, count: usize) -> Outcome {
    warn(what)?;
    lists().faceless += count;
    Ok(())
}

/// Counts `clips` clips that were not learned, while others were.
pub fn not_learned(clips: usize) {
    lists().not_learned += clips;
}

/// Names the head of a modality that was refused, while another one was learned.
pub fn refused_head(modality: Modality) {
    lists().refused.push(modality);
}

/// Counts `pictures` pictures of an enrollment that were not used, while others were.
pub fn not_used(pictures: usize) {
    lists().not_used += pictures;
}

/// Returns the skipped inputs with the reasons, sorted.
pub fn list() -> Vec<String> {
    let mut list = lists().unreadable.clone();
    list.sort();
    list
}

/// Returns what was not done, in words; `None` if everything was.
pub fn summary() -> Option<String> {
    let lists = lists();
    let parts = [
        (lists.unreadable.len(), "inputs", " that cannot be read"),
        (lists.incomplete.len(), "incomplete inputs", ""),
        (lists.faceless, "pictures", " without a face"),
        (lists.not_learned, "clips", " not learned"),
        (lists.not_used, "pictures", " not used"),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let counts = parts.map(|(count, what, why)| format!("{}{why}", counted(count, what)));
    let refused = lists.refused.iter().map(|modality| format!("the head for {}, which was refused", modality.name()));
    let parts: Vec<_> = counts.chain(refused).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a run could not do.
struct Lists {
    unreadable: Vec<String>,
    incomplete: Vec<String>,
    faceless: usize,
    not_learned: usize,
    not_used: usize,
    refused: Vec<Modality>,
}

impl Lists {
    const fn new() -> Self {
        Self {
            unreadable: Vec::new(),
            incomplete: Vec::new(),
            faceless: 0,
            not_learned: 0,
            not_used: 0,
            refused: Vec::new(),
        }
    }
}

fn lists() -> MutexGuard<'static, Lists> {
    LISTS.lock().unwrap_or_else(PoisonError::into_inner)
}
