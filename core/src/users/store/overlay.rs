//! A read-only file; writes to it stay in memory.
//!
//! redb writes when it opens a file (a repair, a flag). A file that cannot be trusted, or that
//! another reader has open, is read through this.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::users::files::StoreFile;

/// A file with changes kept in memory, by pages.
#[derive(Debug)]
pub(super) struct Overlay {
    file: Arc<dyn StoreFile>,
    /// Whether the creator of the overlay has already locked the file.
    is_locked: bool,
    /// Once it is set, every read fails.
    stop: Arc<AtomicBool>,
    changes: Mutex<Changes>,
}

/// Size of a piece in the file, in bytes.
pub const PAGE: u64 = 4096;

#[derive(Debug)]
struct Changes {
    length: u64,
    /// The number of bytes that are read from the file itself; zeros follow.
    base: u64,
    pages: BTreeMap<u64, Box<[u8]>>,
}

impl Overlay {
    /// Creates an overlay on a file that is opened for it alone.
    ///
    /// # Errors
    /// Errors of the system.
    pub fn new(file: Arc<dyn StoreFile>) -> io::Result<Self> {
        Self::with(file, false, Arc::default())
    }

    /// Creates an overlay on an open, locked file that does not change meanwhile; `stop` ends all
    /// reading.
    ///
    /// # Errors
    /// Errors of the system.
    pub fn beside(file: Arc<dyn StoreFile>, stop: Arc<AtomicBool>) -> io::Result<Self> {
        Self::with(file, true, stop)
    }

    fn with(file: Arc<dyn StoreFile>, is_locked: bool, stop: Arc<AtomicBool>) -> io::Result<Self> {
        let length = file.length()?;
        let changes = Mutex::new(Changes { length, base: length, pages: BTreeMap::new() });
        Ok(Self { file, is_locked, stop, changes })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Reads page `number` from the file, without changes; zeros follow its end.
    fn page(&self, number: u64, base: u64) -> io::Result<Box<[u8]>> {
        let mut page = vec![0; PAGE as usize].into_boxed_slice();
        let there = base.saturating_sub(number * PAGE).min(PAGE);
        if there > 0 {
            self.file.read(number * PAGE, &mut page[..there as usize])?;
        }
        Ok(page)
    }
}

/// Returns the parts of pages that `length` bytes at `offset` touch: the page's number, the start
/// within the page, and the range of the bytes.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let position = offset + at as u64;
        let within = (position % PAGE) as usize;
        let end = length.min(at + PAGE as usize - within);
        let part = (at < length).then_some((position / PAGE, within, at..end));
        at = end;
        part
    })
}

impl StoreFile for Overlay {
    fn length(&self) -> io::Result<u64> {
        Ok(self.changes().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("the store is being closed"));
        }
        let changes = self.changes();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > changes.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if changes.pages.is_empty() && changes.length == changes.base {
            drop(changes);
            return self.file.read(offset, out);
        }
        for (number, within, range) in parts(offset, out.len()) {
            let length = range.len();
            match changes.pages.get(&number) {
                Some(page) => out[range].copy_from_slice(&page[within..within + length]),
                None => out[range].copy_from_slice(&self.page(number, changes.base)?[within..within + length]),
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        for (number, within, range) in parts(offset, bytes.len()) {
            let mut page = match changes.pages.remove(&number) {
                Some(page) => page,
                None => self.page(number, changes.base)?,
            };
            page[within..within + range.len()].copy_from_slice(&bytes[range]);
            changes.pages.insert(number, page);
        }
        changes.length = changes.length.max(offset + bytes.len() as u64);
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut changes = self.changes();
        // Truncated bytes read as zeros if the file grows again.
        changes.base = changes.base.min(length);
        changes.pages.retain(|&number, _| number * PAGE < length);
        if let Some(page) = changes.pages.get_mut(&(length / PAGE)) {
            page[(length % PAGE) as usize..].fill(0);
        }
        changes.length = length;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        if self.is_locked { Ok(true) } else { self.file.try_lock() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file in memory that must not be changed.
    #[derive(Debug)]
    struct Fixed(Vec<u8>);

    impl StoreFile for Fixed {
        fn length(&self) -> io::Result<u64> {
            Ok(self.0.len() as u64)
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            let part = self.0.get(offset as usize..offset as usize + out.len());
            out.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        }

        fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
            unreachable!("the file is written")
        }

        fn set_length(&self, _: u64) -> io::Result<()> {
            unreachable!("the file is written")
        }

        fn sync(&self) -> io::Result<()> {
            unreachable!("the file is synced")
        }

        fn try_lock(&self) -> io::Result<bool> {
            Ok(true)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_overlay_reads_like_a_written_file(
            length in 0usize..20_000,
            steps in proptest::collection::vec((any::<bool>(), 0usize..30_000, 0usize..9_000, any::<u8>()), 0..12),
        ) {
            let mut plain: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let overlay = Overlay::new(Arc::new(Fixed(plain.clone()))).unwrap();
            for (cut, at, count, byte) in steps {
                if cut {
                    plain.resize(at, 0);
                    overlay.set_length(at as u64).unwrap();
                } else {
                    plain.resize(plain.len().max(at + count), 0);
                    plain[at..at + count].fill(byte);
                    overlay.write(at as u64, &vec![byte; count]).unwrap();
                }
                prop_assert_eq!(overlay.length().unwrap(), plain.len() as u64);
                let mut read = vec![0; plain.len()];
                overlay.read(0, &mut read).unwrap();
                prop_assert!(read == plain);
                let (from, to) = (plain.len() / 3, plain.len() / 2);
                overlay.read(from as u64, &mut read[from..to]).unwrap();
                prop_assert!(read == plain);
            }
            prop_assert!(overlay.read(plain.len() as u64, &mut [0]).is_err());
        }
    }

    #[test]
    fn a_stop_ends_reading() {
        let stop = Arc::new(AtomicBool::new(false));
        let overlay = Overlay::beside(Arc::new(Fixed(vec![1; 10])), stop.clone()).unwrap();
        overlay.read(0, &mut [0; 10]).unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(overlay.read(0, &mut [0; 10]).is_err());
    }
}
