//! A disk in memory that records every change, fails on demand and loses power.
//!
//! A crash keeps everything that was synced. Of the rest it keeps any part, in sectors of 512
//! bytes, regardless of the order of writing; of created, renamed and removed names that were not
//! synced, the first few.
//!
//! After a failed sync, as on Linux, the data that it should have made durable can still be read
//! and later syncs succeed without it, but a crash, or the system when it needs memory
//! ([`Disk::evict`]), restores the old content.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use mien_core::SplitMix64;
use mien_core::users::files::{Files, StoreFile};

/// Unit that a disk writes completely or not at all, in bytes.
const SECTOR: usize = 512;

/// A change of the disk; files are numbered in the order of creation.
#[derive(Debug, Clone)]
pub enum Change {
    /// Bytes at an offset of a file.
    Write(usize, u64, Arc<[u8]>),
    /// A new length of a file.
    SetLength(usize, u64),
    /// All earlier changes of a file are durable.
    Sync(usize),
    /// A new file with a name.
    Create(String, usize),
    /// A rename.
    Rename(String, String),
    /// A removal.
    Remove(String),
    /// All earlier changes of names are durable.
    SyncNames,
    /// A sync of a file failed: its changes since the last sync never become durable.
    Forgotten(usize),
    /// A sync of names failed: their changes since the last sync never become durable.
    ForgottenNames,
}

/// Names and contents.
#[derive(Debug, Clone, Default)]
struct Content {
    names: BTreeMap<String, usize>,
    files: Vec<Vec<u8>>,
}

impl Content {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Write(file, offset, bytes) => self.write(*file, *offset as usize, bytes),
            Change::SetLength(file, length) => self.files[*file].resize(*length as usize, 0),
            Change::Create(name, file) => {
                self.names.insert(name.clone(), *file);
            }
            Change::Rename(from, to) => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            Change::Remove(name) => {
                self.names.remove(name);
            }
            Change::Sync(_) | Change::SyncNames | Change::Forgotten(_) | Change::ForgottenNames => {}
        }
    }

    fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        let content = &mut self.files[file];
        if content.len() < offset + bytes.len() {
            content.resize(offset + bytes.len(), 0);
        }
        content[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    /// Frees the memory of files without a name.
    fn forget_nameless(&mut self) {
        let named: BTreeSet<usize> = self.names.values().copied().collect();
        for (file, content) in self.files.iter_mut().enumerate() {
            if !named.contains(&file) {
                *content = Vec::new();
            }
        }
    }
}

/// An error that the disk returns on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The number of the change that fails, counted from setting the fault.
    pub at: usize,
    /// Whether all later changes fail too.
    pub lasting: bool,
    /// Whether the disk is full; otherwise it is broken.
    pub full: bool,
}

#[derive(Debug, Default)]
struct State {
    content: Content,
    locked: BTreeSet<usize>,
    log: Vec<Change>,
    /// Each file's content at its last successful sync.
    synced: BTreeMap<usize, Vec<u8>>,
    fault: Option<Fault>,
    since_fault: usize,
    faults_met: usize,
}

impl State {
    /// Applies a change, or fails as requested.
    fn change(&mut self, change: Change) -> io::Result<()> {
        let number = self.since_fault;
        self.since_fault += 1;
        if let Some(fault) = self.fault {
            // A full disk accepts changes that need no room.
            let needs_room = matches!(change, Change::Write(..) | Change::SetLength(..) | Change::Create(..));
            let due = number == fault.at || fault.lasting && number > fault.at;
            if due && (needs_room || !fault.full) {
                self.faults_met += 1;
                match change {
                    Change::Sync(file) => self.log.push(Change::Forgotten(file)),
                    Change::SyncNames => self.log.push(Change::ForgottenNames),
                    _ => {}
                }
                let kind = if fault.full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
                return Err(io::Error::new(kind, "asked for by the test"));
            }
        }
        self.content.apply(&change);
        if let Change::Sync(file) = change {
            self.synced.insert(file, self.content.files[file].clone());
        }
        self.log.push(change);
        Ok(())
    }
}

/// A folder on a disk in memory; clones share the disk.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    /// Creates a disk with one durable file.
    pub fn with_file(name: &str, content: &[u8]) -> Self {
        let content = Content { names: BTreeMap::from([(name.to_owned(), 0)]), files: vec![content.to_vec()] };
        Self::of(content)
    }

    fn of(content: Content) -> Self {
        let synced = content.files.iter().cloned().enumerate().collect();
        Self(Arc::new(Mutex::new(State { content, synced, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Returns another disk with the same files, as they are read here, none of them open.
    pub fn copy(&self) -> Self {
        Self::of(self.state().content.clone())
    }

    /// Returns the names of all files.
    pub fn names(&self) -> Vec<String> {
        self.state().content.names.keys().cloned().collect()
    }

    /// Returns the bytes of the file `name`.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.content.files[*state.content.names.get(name)?].clone())
    }

    /// Returns all changes so far.
    pub fn log(&self) -> Vec<Change> {
        self.state().log.clone()
    }

    /// Returns the number of changes so far.
    pub fn changes(&self) -> usize {
        self.state().log.len()
    }

    /// Sets a fault for the following changes; `None` for a sound disk.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.since_fault, state.faults_met) = (fault, 0, 0);
    }

    /// Whether a sync failed.
    pub fn has_forgotten(&self) -> bool {
        self.state().log.iter().any(|change| matches!(change, Change::Forgotten(_) | Change::ForgottenNames))
    }

    /// Simulates memory pressure: of files with a failed sync, some pages (all if `rng` is `None`)
    /// are read from the disk again, with their old content.
    pub fn evict(&self, mut rng: Option<&mut SplitMix64>) {
        let mut state = self.state();
        let forgotten: BTreeSet<usize> = state.log.iter().filter_map(forgotten_file).collect();
        for file in forgotten {
            let synced = state.synced.get(&file).cloned().unwrap_or_default();
            let content = &mut state.content.files[file];
            for (index, page) in content.chunks_mut(4096).enumerate() {
                if rng.as_mut().is_none_or(|rng| rng.below(2) == 0) {
                    let old = synced.get(index * 4096..).unwrap_or_default();
                    let there = old.len().min(page.len());
                    page[..there].copy_from_slice(&old[..there]);
                    page[there..].fill(0);
                }
            }
        }
    }

    /// Simulates that the process is killed: its locks are released.
    pub fn kill(&self) {
        self.state().locked.clear();
    }

    /// Returns how many changes failed since the fault was set.
    pub fn faults_met(&self) -> usize {
        self.state().faults_met
    }
}

fn forgotten_file(change: &Change) -> Option<usize> {
    if let Change::Forgotten(file) = change { Some(*file) } else { None }
}

impl Files for Disk {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("disk").join(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.state().content.names.contains_key(name))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn StoreFile>> {
        match self.state().content.names.get(name) {
            Some(&file) => Ok(Box::new(OpenFile { disk: self.clone(), file, locks: Mutex::new(false) })),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StoreFile>> {
        let file = {
            let mut state = self.state();
            if state.content.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let file = state.content.files.len();
            state.change(Change::Create(name.to_owned(), file))?;
            state.content.files.push(Vec::new());
            file
        };
        Ok(Box::new(OpenFile { disk: self.clone(), file, locks: Mutex::new(false) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let is_locked = |name: &str| state.content.names.get(name).is_none_or(|file| state.locked.contains(file));
        assert!(is_locked(from) && is_locked(to), "another process could come in between");
        state.change(Change::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        if !state.content.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(Change::Remove(name.to_owned()))
    }

    fn sync(&self) -> io::Result<()> {
        self.state().change(Change::SyncNames)
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    file: usize,
    /// Whether this handle holds the file's lock.
    locks: Mutex<bool>,
}

impl StoreFile for OpenFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().content.files[self.file].len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.disk.state();
        let content = &state.content.files[self.file];
        match content.get(offset as usize..offset as usize + out.len()) {
            Some(bytes) => out.copy_from_slice(bytes),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().change(Change::Write(self.file, offset, bytes.into()))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.disk.state().change(Change::SetLength(self.file, length))
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().change(Change::Sync(self.file))
    }

    fn try_lock(&self) -> io::Result<bool> {
        let gained = self.disk.state().locked.insert(self.file);
        let mut own = self.locks.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *own |= gained;
        Ok(gained)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if *self.locks.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            self.disk.state().locked.remove(&self.file);
        }
    }
}

/// How much unsynced data a crash keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// A random part, with torn writes.
    Part,
}

/// Power failure: replays a log and returns the disk that a crash after each change would leave.
#[derive(Debug, Default)]
pub struct PowerCut {
    durable: Content,
    unsynced: BTreeMap<usize, Vec<Change>>,
    unsynced_names: Vec<Change>,
}

impl PowerCut {
    /// Starts before the first change, at the current, durable content of `disk`.
    pub fn of(disk: &Disk) -> Self {
        Self { durable: disk.state().content.clone(), ..Self::default() }
    }

    /// Advances past one more change.
    pub fn pass(&mut self, change: &Change) {
        match change {
            Change::Write(file, ..) | Change::SetLength(file, _) => {
                self.unsynced.entry(*file).or_default().push(change.clone());
            }
            Change::Sync(file) => {
                let changes = self.unsynced.remove(file).unwrap_or_default();
                changes.iter().for_each(|change| self.durable.apply(change));
            }
            Change::Create(..) => {
                self.durable.files.push(Vec::new());
                self.unsynced_names.push(change.clone());
            }
            Change::Rename(..) | Change::Remove(_) => self.unsynced_names.push(change.clone()),
            Change::Forgotten(file) => drop(self.unsynced.remove(file)),
            Change::ForgottenNames => self.unsynced_names.clear(),
            Change::SyncNames => {
                self.unsynced_names.drain(..).for_each(|change| self.durable.apply(&change));
                self.durable.forget_nameless();
            }
        }
    }

    /// Returns the disk after a crash at this point.
    pub fn crash(&self, keep: Keep, rng: &mut SplitMix64) -> Disk {
        let mut content = self.durable.clone();
        let names = match keep {
            Keep::Nothing => 0,
            Keep::Everything => self.unsynced_names.len(),
            Keep::Part => rng.below(self.unsynced_names.len() + 1),
        };
        self.unsynced_names[..names].iter().for_each(|change| content.apply(change));
        // One, four or seven of eight changes are kept.
        let share = [1, 4, 7][rng.below(3)];
        let stays = |rng: &mut SplitMix64| match keep {
            Keep::Nothing => false,
            Keep::Everything => true,
            Keep::Part => rng.below(8) < share,
        };
        for change in self.unsynced.values().flatten() {
            let is_torn = keep == Keep::Part && rng.below(3) == 0;
            match change {
                Change::Write(file, offset, bytes) if is_torn => {
                    for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                        if stays(rng) {
                            content.write(*file, *offset as usize + index * SECTOR, sector);
                        }
                    }
                }
                _ if stays(rng) => content.apply(change),
                _ => {}
            }
        }
        content.forget_nameless();
        Disk::of(content)
    }
}
