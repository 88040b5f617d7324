//! Integrity check of a large file, in the background.
//!
//! Reading 300 MB takes a second or more on a phone, and recognition cannot wait for it. Settings
//! and profiles, which have a digest of their own, are therefore checked when a store is opened.
//! Everything else is checked by a thread; reading users' numbered values and writing wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use super::database::{Database, Readable, Reading, Rows};
use super::digest::Digest;
use super::overlay::Overlay;
use super::rows::{self, Kind, damaged};
use super::trust::Trust;
use crate::error::{Error, ErrorKind, Result};
use crate::users::crypto::{Sealing, Stamp};
use crate::users::files::{StoreFile, failure};

/// The outcome of a check; every caller that waits gets the error.
type Outcome = std::result::Result<(), (ErrorKind, String)>;

/// A check that is running or has ended.
#[derive(Default)]
struct Progress {
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
}

impl Progress {
    fn outcome(&self) -> MutexGuard<'_, Option<Outcome>> {
        self.outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn end(&self, outcome: Result<()>) {
        *self.outcome() = Some(outcome.map_err(|error| (error.kind(), error.to_string())));
        self.done.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let running = |outcome: &mut Option<Outcome>| outcome.is_none();
        let waited = self.done.wait_while(self.outcome(), running);
        let outcome = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        match outcome.as_ref() {
            Some(Err((kind, message))) => Err(Error::new(*kind, message.clone())),
            _ => Ok(()),
        }
    }
}

/// The check of an open file; dropping it cancels the check.
pub(super) struct Check {
    progress: Arc<Progress>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Waits for a check without owning it.
pub(super) struct Waiting(Arc<Progress>);

impl Waiting {
    /// Returns when the check has ended.
    ///
    /// # Errors
    /// `ProfileCorrupt` if it found damage, `Storage` if the file could not be read.
    pub fn wait(self) -> Result<()> {
        self.0.wait()
    }
}

impl Check {
    /// Starts checking an open, locked file that does not change until the check has ended. Damage
    /// freezes `trust`.
    pub fn begin(file: Arc<dyn StoreFile>, path: PathBuf, sealing: Arc<Sealing>, trust: Arc<Trust>) -> Self {
        let (progress, stop) = (Arc::new(Progress::default()), Arc::new(AtomicBool::new(false)));
        let work = || {
            let (file, path, sealing) = (file.clone(), path.clone(), sealing.clone());
            let (progress, stop, trust) = (progress.clone(), stop.clone(), trust.clone());
            move || {
                // The outcome is published even after a panic, so that nobody waits forever.
                let read = catch_unwind(AssertUnwindSafe(|| read_through(file, &path, &sealing, stop)));
                progress.end(read.unwrap_or_else(|_| Err(damaged())).inspect_err(|_| trust.freeze()));
            }
        };
        let spawned = std::thread::Builder::new().name("mien-store-check".to_owned()).spawn(work());
        // If no thread can be started, the check runs here.
        let thread = spawned.map_err(|_| work()()).ok();
        Self { progress, stop, thread }
    }

    /// Returns a handle to wait for the end.
    pub fn waiting(&self) -> Waiting {
        Waiting(self.progress.clone())
    }

    /// Whether the check has ended without finding damage.
    pub fn has_passed(&self) -> bool {
        matches!(*self.progress.outcome(), Some(Ok(())))
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::warn!("a store's check ended in a panic");
        }
    }
}

fn read_through(file: Arc<dyn StoreFile>, path: &Path, sealing: &Sealing, stop: Arc<AtomicBool>) -> Result<()> {
    let overlay = Overlay::beside(file, stop).map_err(|error| failure(path, error))?;
    let database = Database::view(Arc::new(overlay), path, Reading::Whole)?;
    check_all(sealing, &database.read()?)
}

/// Checks that the rows are exactly those that were stored.
///
/// # Errors
/// `ProfileCorrupt` if they are not; `Storage` if they cannot be read.
pub(super) fn check_all<T: Readable>(sealing: &Sealing, rows: &Rows<'_, T>) -> Result<()> {
    let stored = rows.digest(sealing)?;
    let mut found = Digest::empty_at(&stored);
    rows.each(&[], |row, sealed| count(sealing, rows, &mut found, row, &sealed))?;
    stored.check_people(&found)?;
    stored.check_slots(&found)
}

/// Checks that settings and profiles are exactly those that were stored, and calls `work` with
/// each.
///
/// # Errors
/// As in [`check_all`]; errors of `work`.
pub(super) fn check_people<T: Readable>(
    sealing: &Sealing,
    rows: &Rows<'_, T>,
    mut work: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<()> {
    let stored = rows.digest(sealing)?;
    let mut found = Digest::empty_at(&stored);
    for kind in [Kind::Setting, Kind::Profile] {
        rows.each(&[kind as u8], |row, sealed| {
            count(sealing, rows, &mut found, row, &sealed)?;
            work(row, &sealed)
        })?;
    }
    stored.check_people(&found)
}

/// Adds a row to the digest; the row must also be found by its key.
fn count<T: Readable>(
    sealing: &Sealing,
    rows: &Rows<'_, T>,
    found: &mut Digest,
    row: &[u8],
    sealed: &[u8],
) -> Result<()> {
    if !rows::is_own(row) && rows.get(row)?.as_deref() != Some(sealed) {
        return Err(damaged());
    }
    found.change(sealing, row, None, Some(Stamp::of(sealed)));
    Ok(())
}
