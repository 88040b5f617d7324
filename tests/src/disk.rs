//! A disk in memory that remembers every change, fails on demand and loses power.
//!
//! What a crash leaves: all that was synced; of the rest, any part, in sectors of 512 bytes, whatever
//! the order it was written in; of made, renamed and removed names that were not synced, the
//! first few.
//!
//! What a failed sync leaves, as on Linux: what it should have made durable can still be read, later syncs
//! succeed without it, and a crash, or the system when it needs memory ([`Disk::evict`]), brings back
//! what was there before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use mien_core::SplitMix64;
use mien_core::users::files::{Files, StoreFile};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A change of the disk; files go by the order in which they were made.
#[derive(Debug, Clone)]
pub enum Change {
    /// Bytes at an offset of a file.
    Write(usize, u64, Arc<[u8]>),
    /// Another length of a file.
    SetLength(usize, u64),
    /// All changes of a file before are there for good.
    Sync(usize),
    /// A new file under a name.
    Create(String, usize),
    /// Another name.
    Rename(String, String),
    /// A name less.
    Remove(String),
    /// All changes of names before are there for good.
    SyncNames,
    /// A sync of a file failed: its changes since the last one will never be there for good.
    Forgotten(usize),
    /// A sync of names failed: their changes since the last one will never be there for good.
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

    /// Frees the memory of files that have no name any more.
    fn forget_nameless(&mut self) {
        let named: BTreeSet<usize> = self.names.values().copied().collect();
        for (file, content) in self.files.iter_mut().enumerate() {
            if !named.contains(&file) {
                *content = Vec::new();
            }
        }
    }
}

/// An error that a disk gives on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The number of the change that fails, counted from when the fault was set.
    pub at: usize,
    /// Whether all changes after it fail too.
    pub lasting: bool,
    /// Whether the disk is full; else it is broken.
    pub full: bool,
}

#[derive(Debug, Default)]
struct State {
    content: Content,
    locked: BTreeSet<usize>,
    log: Vec<Change>,
    /// Each file as the last sync that succeeded found it.
    synced: BTreeMap<usize, Vec<u8>>,
    fault: Option<Fault>,
    since_fault: usize,
    faults_met: usize,
}

impl State {
    /// Makes a change, or fails as was asked for.
    fn change(&mut self, change: Change) -> io::Result<()> {
        let number = self.since_fault;
        self.since_fault += 1;
        if let Some(fault) = self.fault {
            // A full disk takes what needs no room.
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

/// A folder on a disk in memory; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    /// A disk with one file, there for good.
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

    /// Another disk with the same files, open nowhere, as they are read here.
    pub fn copy(&self) -> Self {
        Self::of(self.state().content.clone())
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
        self.state().content.names.keys().cloned().collect()
    }

    /// The bytes of the file `name`.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.content.files[*state.content.names.get(name)?].clone())
    }

    /// All changes so far.
    pub fn log(&self) -> Vec<Change> {
        self.state().log.clone()
    }

    /// The number of changes so far.
    pub fn changes(&self) -> usize {
        self.state().log.len()
    }

    /// Fails from now on as `fault` says; `None` for a sound disk.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.since_fault, state.faults_met) = (fault, 0, 0);
    }

    /// Whether a sync failed.
    pub fn has_forgotten(&self) -> bool {
        self.state().log.iter().any(|change| matches!(change, Change::Forgotten(_) | Change::ForgottenNames))
    }

    /// The system needs memory: of files whose sync failed, a part of the pages (all of them where `rng` is
    /// `None`) is read from the disk again, where it is as it was before.
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

    /// The process that has files open is killed: its locks go.
    pub fn kill(&self) {
        self.state().locked.clear();
    }

    /// How many changes failed since the fault was set.
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
    /// Whether this opening holds the file's lock.
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

/// How much of what was not synced a crash keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// A random part, with writes torn in the middle.
    Part,
}

/// The power fails: goes through a log and tells what a crash after each change would leave.
#[derive(Debug, Default)]
pub struct PowerCut {
    durable: Content,
    unsynced: BTreeMap<usize, Vec<Change>>,
    unsynced_names: Vec<Change>,
}

impl PowerCut {
    /// Before the first change of a disk that held what `disk` holds for good.
    pub fn of(disk: &Disk) -> Self {
        Self { durable: disk.state().content.clone(), ..Self::default() }
    }

    /// Goes past one more change.
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

    /// The disk after a crash here.
    pub fn crash(&self, keep: Keep, rng: &mut SplitMix64) -> Disk {
        let mut content = self.durable.clone();
        let names = match keep {
            Keep::Nothing => 0,
            Keep::Everything => self.unsynced_names.len(),
            Keep::Part => rng.below(self.unsynced_names.len() + 1),
        };
        self.unsynced_names[..names].iter().for_each(|change| content.apply(change));
        // One of eight, four of eight or seven of eight changes stay.
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
