//! Recovery of the intact data of a damaged store.
//!
//! Every value is sealed for its row, so each can be judged alone. A file with an intact structure
//! is read normally, row by row. In any other file, each page that looks like one of redb's leaves
//! is searched for pieces of values, whatever else is damaged; of several versions of a row the
//! newest one that opens is used. Free pages keep old rows until they are reused, so a searched
//! file may yield data that was removed since the last [`super::Store::erase_free_space`], deletion
//! or change of the key. Deleted users never reappear, because a deletion writes a new file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::database::{Database, EPOCH, Reading};
use super::digest::Digest;
use super::opening::{file_error, open_file, remove_mark, replace, settle, view_of, write_fresh};
use super::overlay::{Overlay, PAGE};
use super::rows::{self, Kind, place, slot_of};
use super::trust::MARK;
use super::values;
use super::{DAMAGED, FILE, SCHEMA};
use crate::error::{ErrorKind, Result, fail};
use crate::users::crypto::{PLACE, Record, Sealing, Stamp, StoreKey};
use crate::users::files::{Files, StoreFile, error_at};
use crate::users::profile::Profile;
use crate::users::recording;

/// The outcome of a salvage.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SalvageReport {
    /// Recovered users, by name.
    pub users: Vec<SalvagedUser>,
    /// Number of users with recovered values but no profile: they are lost.
    pub lost_users: usize,
    /// Number of recovered settings: options and the calibration.
    pub settings: usize,
    /// Number of values that were found but cannot be opened, or only in an older version, which
    /// was used.
    pub damaged_values: usize,
    /// Number of stored values that were not recovered unchanged, 1 if the number is unknown;
    /// `None` if it cannot be told.
    pub missing_values: Option<u64>,
    /// Whether the file was searched page by page because its structure is damaged. Data removed
    /// since the last erasure may then be back.
    pub searched: bool,
    /// Name of the kept damaged file in the store's folder; `None` if the store was sound and
    /// nothing was changed. Delete the file when it is no longer needed: it holds personal data.
    pub kept_as: Option<String>,
}

impl SalvageReport {
    /// Whether everything was recovered, as far as that can be told.
    pub fn is_complete(&self) -> bool {
        self.kept_as.is_none() || (self.lost_users == 0 && self.damaged_values == 0 && self.missing_values == Some(0))
    }
}

/// A recovered user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SalvagedUser {
    /// The name.
    pub name: String,
    /// Number of recovered values of timelines and recordings.
    pub timeline_values: usize,
    /// Number of damaged values of timelines and recordings.
    pub damaged_timeline_values: usize,
}

impl std::fmt::Debug for SalvagedUser {
    /// Shows counts only: the name is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SalvagedUser({} values, {} damaged)", self.timeline_values, self.damaged_timeline_values)
    }
}

/// The rows found in a store.
struct Found {
    sealing: Sealing,
    /// Rows that open.
    rows: BTreeMap<Vec<u8>, Record>,
    /// Rows that do not open.
    damaged: BTreeSet<Vec<u8>>,
    missing: Option<u64>,
    searched: bool,
}

/// Recovers the intact data.
///
/// # Errors
/// As in [`super::Store::salvage`].
pub(super) fn salvage(files: &Arc<dyn Files>, key: Option<&StoreKey>) -> Result<SalvageReport> {
    let there = |name: &str| files.exists(name).map_err(|error| file_error(files.as_ref(), error));
    // An earlier attempt may have been interrupted between two renames.
    let source = if there(FILE)? { FILE } else { DAMAGED };
    if !there(source)? {
        let folder = files.path("");
        fail!(InvalidOption, "there is no store in the folder"; "there is no store in {}", folder.display());
    }
    if source == FILE
        && !there(MARK)?
        && let Some(report) = sound(files, key)?
    {
        return Ok(report);
    }
    let file: Arc<dyn StoreFile> = files.open(source).map(Arc::from).map_err(|e| file_error(files.as_ref(), e))?;
    // The lock is held until the recovered file has replaced the store.
    if !file.try_lock().map_err(|error| file_error(files.as_ref(), error))? {
        let say = |name: &str| format!("{name} is in use by another process or session");
        return Err(error_at(ErrorKind::Storage, &files.path(source), say));
    }
    let place = files.path(source);
    let found = find(&file, &place, key)?;
    let kept = if source == DAMAGED { DAMAGED.to_owned() } else { free_name(files.as_ref())? };
    let report = report(&found, Some(kept.clone()));
    let owners = owners_of(&found.rows);
    let listed = recorded_slots_of(&found.rows);
    let sealing = found.sealing.renewed()?;
    let (_fresh, trust) = write_fresh(files, &sealing, |rows| {
        for (row, record) in found.rows.iter().filter(|(row, _)| belongs(row, &owners)) {
            if is_stray_clip(row, record, &listed) {
                continue;
            }
            values::put(&sealing, rows, &row[..PLACE], &record.name, &record.value)?;
        }
        Ok(())
    })?;
    if source == FILE {
        files.rename(FILE, &kept).map_err(|error| file_error(files.as_ref(), error))?;
    }
    replace(files.as_ref(), &trust)?;
    settle(files.as_ref(), &trust)?;
    remove_mark(files.as_ref())?;
    log::info!("a damaged store was salvaged");
    Ok(report)
}

/// Returns the report of a store that opens unchanged, with all rows present and readable; `None`
/// for any other.
fn sound(files: &Arc<dyn Files>, key: Option<&StoreKey>) -> Result<Option<SalvageReport>> {
    let view = open_file(files.as_ref()).and_then(|file| view_of(files.as_ref(), file));
    match view.and_then(|view| read_tree(&view, &files.path(FILE), key)) {
        Ok(found) if found.damaged.is_empty() && found.missing == Some(0) => Ok(Some(report(&found, None))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::ProfileCorrupt => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns an unused name for the damaged file.
fn free_name(files: &dyn Files) -> Result<String> {
    let names = std::iter::once(DAMAGED.to_owned()).chain((2..100).map(|number| format!("{DAMAGED}.{number}")));
    for name in names {
        if !files.exists(&name).map_err(|error| file_error(files, error))? {
            return Ok(name);
        }
    }
    fail!(Storage, "too many damaged stores are kept in the folder: delete those that are not needed")
}

fn find(file: &Arc<dyn StoreFile>, place: &Path, key: Option<&StoreKey>) -> Result<Found> {
    let overlay = Overlay::beside(file.clone(), Arc::default());
    let overlay = overlay.map_err(|error| crate::users::files::failure(place, error))?;
    let read = Database::view(Arc::new(overlay), place, Reading::Whole).and_then(|view| read_tree(&view, place, key));
    match read {
        Err(error) if error.kind() == ErrorKind::ProfileCorrupt => search(file.as_ref(), place, key),
        read => read,
    }
}

/// Reads a file with an intact structure.
fn read_tree(view: &Database, place: &Path, key: Option<&StoreKey>) -> Result<Found> {
    match view.schema()? {
        Some(SCHEMA) => {}
        None => return Err(error_at(ErrorKind::ProfileCorrupt, place, |name| format!("{name} is empty"))),
        Some(other) => {
            let say = |name: &str| format!("{name} has layout {other}; only layout {SCHEMA} can be salvaged");
            return Err(error_at(ErrorKind::ProfileVersion, place, say));
        }
    }
    let sealing = Sealing::of_file(key, view.check()?.as_deref(), place)?;
    let rows = view.read()?;
    let stored = rows.digest(&sealing).ok();
    let mut found = Found { sealing, rows: BTreeMap::new(), damaged: BTreeSet::new(), missing: None, searched: false };
    let mut digest = stored.as_ref().map_or_else(Digest::default, Digest::empty_at);
    rows.each(&[], |row, sealed| {
        if rows::is_own(row) {
            return Ok(());
        }
        match found.sealing.open(row, &sealed).filter(|_| row.len() >= PLACE) {
            Some(record) => {
                digest.change(&found.sealing, row, None, Some(Stamp::of(&sealed)));
                found.rows.insert(row.to_vec(), record);
            }
            None => drop(found.damaged.insert(row.to_vec())),
        }
        Ok(())
    })?;
    found.missing = stored.map(|stored| stored.missing_in(&digest));
    Ok(found)
}

/// Position of a piece of a value in a file.
struct Piece {
    number: u16,
    at: u64,
    length: usize,
}

/// The pieces of each version of each row.
type Versions = BTreeMap<(Vec<u8>, u32), Vec<Piece>>;

/// Searches each page for pieces of values.
fn search(file: &dyn StoreFile, place: &Path, key: Option<&StoreKey>) -> Result<Found> {
    let io_error = |error| crate::users::files::failure(place, error);
    let length = file.length().map_err(io_error)?;
    let (mut versions, mut checks) = (Versions::new(), Vec::new());
    let mut window = vec![0; WINDOW as usize];
    for page in 0..length.div_ceil(PAGE) {
        let at = page * PAGE;
        let window = &mut window[..(length - at).min(WINDOW) as usize];
        file.read(at, window).map_err(io_error)?;
        for (key, value) in leaf(window) {
            let (key, piece) = (&window[key], value);
            if key == b"key" {
                checks.push(window[piece].to_vec());
                continue;
            }
            let (Some((row, number)), Some((epoch, _))) =
                (key.split_last_chunk(), window[piece.clone()].split_first_chunk())
            else {
                continue;
            };
            if row.len() < PLACE || row[0] > Kind::Check as u8 {
                continue;
            }
            if row == rows::place(Kind::Check, rows::NOBODY) {
                checks.push(window[piece.start + EPOCH..piece.end].to_vec());
                continue;
            }
            let version = versions.entry((row.to_vec(), u32::from_le_bytes(*epoch))).or_default();
            let number = u16::from_be_bytes(*number);
            version.push(Piece { number, at: at + (piece.start + EPOCH) as u64, length: piece.len() - EPOCH });
        }
    }
    let sealing = sealing_of(key, &checks, place)?;
    let mut found = Found { sealing, rows: BTreeMap::new(), damaged: BTreeSet::new(), missing: None, searched: true };
    let mut stamps = BTreeMap::new();
    // Versions of a row come oldest first, so the last one decides.
    for ((row, _), pieces) in &versions {
        let sealed = joined(file, pieces).map_err(io_error)?.unwrap_or_default();
        match found.sealing.open(row, &sealed) {
            Some(record) => {
                found.damaged.remove(row);
                stamps.insert(row.clone(), Stamp::of(&sealed));
                found.rows.insert(row.clone(), record);
            }
            None => drop(found.damaged.insert(row.clone())),
        }
    }
    if let Some(digest) = found.rows.remove(&Digest::row()[..]) {
        found.missing = Digest::of_record(&digest).ok().map(|stored| {
            let mut there = Digest::empty_at(&stored);
            stamps.iter().for_each(|(row, &stamp)| there.change(&found.sealing, row, None, Some(stamp)));
            stored.missing_in(&there)
        });
    }
    found.damaged.remove(&Digest::row()[..]);
    Ok(found)
}

/// Maximum number of bytes of a leaf that are read: redb's size for a leaf of rows that fill a
/// page.
const WINDOW: u64 = 4 * PAGE;

/// Returns the ranges of keys and values in a page, if it is one of redb's leaves: a byte 1, an
/// unused byte, the number of rows (u16), the ends of the keys and of the values (u32 each), keys,
/// values.
fn leaf(page: &[u8]) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut entries = Vec::new();
    let (Some(1), Some(count)) = (page.first(), page.get(2..4)) else { return entries };
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    let end = |index: usize| {
        let at = 4 + 4 * index;
        let bytes = page.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok().filter(|&end| end <= page.len())
    };
    let (mut key, Some(mut value)) = (4 + 8 * count, count.checked_sub(1).and_then(end)) else { return entries };
    for index in 0..count {
        // After the first invalid row the rest is invalid too.
        let (Some(key_end), Some(value_end)) = (end(index), end(count + index)) else { break };
        if key_end < key || value_end < value {
            break;
        }
        entries.push((key..key_end, value..value_end));
        (key, value) = (key_end, value_end);
    }
    entries
}

/// Returns the file's sealing, from any of the key checks found.
fn sealing_of(key: Option<&StoreKey>, checks: &[Vec<u8>], place: &Path) -> Result<Sealing> {
    let mut refusal = None;
    for check in checks {
        match Sealing::of_file(key, Some(check), place) {
            Ok(sealing) => return Ok(sealing),
            Err(error) if error.kind() == ErrorKind::ProfileCorrupt => {}
            Err(error) => refusal = Some(error),
        }
    }
    // Without a key check no encrypted value can be read, so all count as damaged.
    refusal.map_or_else(|| Sealing::fresh(key), Err)
}

/// Joins the pieces of a value, duplicates of which are equal; `None` if one is missing.
fn joined(file: &dyn StoreFile, pieces: &[Piece]) -> std::io::Result<Option<Vec<u8>>> {
    let by_number: BTreeMap<u16, &Piece> = pieces.iter().map(|piece| (piece.number, piece)).collect();
    let mut value = Vec::new();
    for (expected, (&number, piece)) in by_number.iter().enumerate() {
        if expected != usize::from(number) {
            return Ok(None);
        }
        let start = value.len();
        value.resize(start + piece.length, 0);
        file.read(piece.at, &mut value[start..])?;
    }
    Ok(Some(value))
}

/// Returns the users with readable profiles.
fn owners_of(rows: &BTreeMap<Vec<u8>, Record>) -> BTreeMap<u64, String> {
    let profiles = rows.range(vec![Kind::Profile as u8]..vec![Kind::Slot as u8]);
    let mut owners = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (row, record) in profiles {
        let profile = Profile::from_bytes(&record.value).ok();
        if let (Some(user), Some(profile)) = (rows::owner(row), profile)
            && record.name == profile.name.as_bytes()
            && names.insert(profile.name.clone())
        {
            owners.insert(user, profile.name);
        }
    }
    owners
}

/// Whether a row is a setting or belongs to one of `owners`.
fn belongs(row: &[u8], owners: &BTreeMap<u64, String>) -> bool {
    row[0] == Kind::Setting as u8 || rows::owner(row).is_some_and(|user| owners.contains_key(&user))
}

/// Returns the slots of the recordings whose directories can be read: directories, and the clips that they list.
fn recorded_slots_of(rows: &BTreeMap<Vec<u8>, Record>) -> BTreeSet<(u64, u64)> {
    let mut listed = BTreeSet::new();
    for (row, record) in rows.iter().filter(|(row, _)| row[0] == Kind::Slot as u8) {
        if let Some(user) = rows::owner(row)
            && slot_of(&record.name) == Some((recording::TABLE, recording::DIRECTORY))
            && let Ok(slots) = recording::slots_of(&record.value)
        {
            listed.extend(slots.into_iter().map(|slot| (user, slot)));
        }
    }
    listed
}

/// Whether a row is a recorded clip that no directory lists: it would never expire.
fn is_stray_clip(row: &[u8], record: &Record, listed: &BTreeSet<(u64, u64)>) -> bool {
    if row[0] != Kind::Slot as u8 {
        return false;
    }
    match (slot_of(&record.name), rows::owner(row)) {
        (Some((recording::TABLE, slot)), Some(user)) => !listed.contains(&(user, slot)),
        _ => false,
    }
}

fn report(found: &Found, kept_as: Option<String>) -> SalvageReport {
    let owners = owners_of(&found.rows);
    let slots_of = |user: u64, row: &&Vec<u8>| row.starts_with(&place(Kind::Slot, user));
    let mut users: Vec<SalvagedUser> = owners
        .iter()
        .map(|(&user, name)| SalvagedUser {
            name: name.clone(),
            timeline_values: found.rows.keys().filter(|row| slots_of(user, row)).count(),
            damaged_timeline_values: found.damaged.iter().filter(|row| slots_of(user, row)).count(),
        })
        .collect();
    users.sort_by(|one, other| one.name.cmp(&other.name));
    let seen =
        found.rows.keys().chain(&found.damaged).filter(|row| row[0] != Kind::Setting as u8 && !rows::is_own(row));
    let everybody: BTreeSet<u64> = seen.filter_map(|row| rows::owner(row)).collect();
    SalvageReport {
        lost_users: everybody.iter().filter(|user| !owners.contains_key(user)).count(),
        users,
        settings: found.rows.keys().filter(|row| row[0] == Kind::Setting as u8).count(),
        damaged_values: found.damaged.len(),
        missing_values: found.missing,
        searched: found.searched,
        kept_as,
    }
}
