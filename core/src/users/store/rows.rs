//! Keys of a store's rows.

use crate::error::{Error, ErrorKind, Result};
use crate::users::crypto::{PLACE, Record, Sealing};

/// The kind of a row; its number starts the key.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A value of the application: an option or the calibration.
    Setting = 0,
    /// The profile of a user. The row's name is the user's name, which is not part of the key.
    Profile = 1,
    /// A numbered value of a user.
    Slot = 2,
    /// The digest of the rows, a single row; see [`super::digest`].
    Digest = 3,
    /// A copy of the key check, for [`super::salvage`]: the only row that is not sealed.
    Check = 4,
}

/// The owner of settings and of the store's own rows.
pub(super) const NOBODY: u64 = 0;

/// Returns kind and owner, the start of a row's key.
pub(super) fn place(kind: Kind, user: u64) -> [u8; PLACE] {
    let mut place = [kind as u8; PLACE];
    place[1..].copy_from_slice(&user.to_be_bytes());
    place
}

/// Returns the key of the row with this name at `place`.
pub(super) fn row(sealing: &Sealing, place: &[u8], name: &[u8]) -> Vec<u8> {
    if is_alone(place) {
        return place.to_vec();
    }
    [place, &sealing.hide(place, name)].concat()
}

/// Whether there is at most one row at `place`, so that its key needs no name.
fn is_alone(place: &[u8]) -> bool {
    [Kind::Profile, Kind::Digest, Kind::Check].iter().any(|&kind| kind as u8 == place[0])
}

/// Whether the row belongs to the user.
pub(super) fn is_of_user(row: &[u8], user: u64) -> bool {
    [Kind::Profile, Kind::Slot].iter().any(|&kind| kind as u8 == row[0]) && row[1..PLACE] == user.to_be_bytes()
}

/// Returns the number of the row's user.
pub(super) fn owner(row: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(row.get(1..PLACE)?.try_into().ok()?))
}

/// Whether the row is one of the store's own rows instead of stored data.
pub(super) fn is_own(row: &[u8]) -> bool {
    [Kind::Digest, Kind::Check].iter().any(|&kind| row.first() == Some(&(kind as u8)))
}

/// Opens the sealed value of a row.
pub(super) fn open(sealing: &Sealing, row: &[u8], sealed: &[u8]) -> Result<Record> {
    sealing.open(row, sealed).ok_or_else(damaged)
}

/// Returns the name of a user's numbered value.
pub(super) fn slot_name(table: u8, slot: u64) -> [u8; 9] {
    let mut name = [table; 9];
    name[1..].copy_from_slice(&slot.to_be_bytes());
    name
}

/// Parses a name from [`slot_name`].
pub(super) fn slot_of(name: &[u8]) -> Option<(u8, u64)> {
    let (table, slot) = name.split_first()?;
    Some((*table, u64::from_be_bytes(slot.try_into().ok()?)))
}

/// The error for a value that cannot be opened.
pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::ProfileCorrupt, "the store is damaged: a value cannot be opened")
}
