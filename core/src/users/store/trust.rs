//! Trust in the store's file after syncs.
//!
//! When a sync fails, Linux marks the pages that it could not write as clean: they can still be
//! read, later syncs report success, and a power cut restores the old content (Rebello et al., "Can
//! Applications Recover from fsync Failures?", USENIX ATC 2020; PostgreSQL therefore stops the
//! server since 2019). After a failed sync, nothing in the file counts as stored until all rows are
//! in a new, synced file. A mark beside the file tells this to a process that opens the store
//! later. The mark itself needs no sync: after a power cut, reads of the file return what is on
//! disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::users::files::Files;

/// Name of the mark beside a store's file after a failed sync.
pub(super) const MARK: &str = "users.mien.unsynced";

/// Trust in one file.
pub(super) struct Trust {
    files: Arc<dyn Files>,
    /// Whether the file is the store's, and not one that is being written to replace it.
    is_store: AtomicBool,
    lost: AtomicBool,
    marked: AtomicBool,
    frozen: AtomicBool,
}

impl Trust {
    /// Creates trust in the store's file, or in one that is being written.
    pub fn new(files: Arc<dyn Files>, is_store: bool) -> Arc<Self> {
        let is_store = AtomicBool::new(is_store);
        Arc::new(Self {
            files,
            is_store,
            lost: AtomicBool::default(),
            marked: AtomicBool::default(),
            frozen: AtomicBool::default(),
        })
    }

    /// Records that the file has replaced the store's.
    pub fn becomes_store(&self) {
        self.is_store.store(true, Ordering::Release);
    }

    /// Records that a sync of the file or of its folder failed.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.mark();
    }

    /// Records that damage was found, or that the check did not finish: further writes could
    /// destroy intact data.
    pub fn freeze(&self) {
        self.frozen.store(true, Ordering::Release);
    }

    /// Returns why the file must not be written any more.
    pub fn refusal(&self) -> Option<&'static str> {
        match (self.is_lost(), self.frozen.load(Ordering::Acquire)) {
            (true, _) => Some("an earlier sync failed"),
            (_, true) => Some("it is damaged or was not checked"),
            _ => None,
        }
    }

    /// Whether a sync failed.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Creates the mark if it is due and could not be created before.
    pub fn mark(&self) {
        let due = self.is_lost() && self.is_store.load(Ordering::Acquire) && !self.marked.load(Ordering::Acquire);
        if due && (self.files.create(MARK).is_ok() || self.files.exists(MARK).unwrap_or(false)) {
            self.marked.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trust(lost {})", self.is_lost())
    }
}
