//! Whether the system can be believed about the store's file.
//!
//! When a sync fails, Linux marks the pages that it could not write as clean: they can still be read,
//! later syncs say that all is well, and a power cut brings back what was there before (Rebello et
//! al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020; PostgreSQL stops the server
//! for it since 2019). So after a failed sync nothing in the file counts as kept until all rows are in
//! a fresh, synced file. A mark beside the file tells the same to a process that opens the store later:
//! it needs no sync itself, because after a power cut the file tells the truth again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::users::files::Files;

/// The mark beside a store's file whose last sync failed.
pub(super) const MARK: &str = "users.mien.unsynced";

/// Trust in one file.
pub(super) struct Trust {
    files: Arc<dyn Files>,
    /// Whether it is the store's file, and not one that is being written to take its place.
    is_store: AtomicBool,
    lost: AtomicBool,
    marked: AtomicBool,
    frozen: AtomicBool,
}

impl Trust {
    /// In a file that is being written, or that is the store's.
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

    /// The file took the store's place.
    pub fn becomes_store(&self) {
        self.is_store.store(true, Ordering::Release);
    }

    /// A sync of the file or of its folder failed.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.mark();
    }

    /// Damage was found, or was not looked for to the end: what is written next could destroy what is
    /// intact.
    pub fn freeze(&self) {
        self.frozen.store(true, Ordering::Release);
    }

    /// Why nothing more may be written to the file.
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

    /// Leaves the mark where it is due and could not be left before.
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
