//! Access to the values of rows: each is sealed for its row.

use super::database::{Readable, Rows, Writing};
use super::rows::{open, row};
use crate::error::Result;
use crate::users::crypto::Sealing;

/// Seals `value` and writes it to the row with this name at `place`.
pub(super) fn put(
    sealing: &Sealing,
    rows: &mut Writing<'_, '_>,
    place: &[u8],
    name: &[u8],
    value: &[u8],
) -> Result<()> {
    let row = row(sealing, place, name);
    let sealed = sealing.seal(&row, name, value)?;
    rows.put(&row, &sealed)
}

/// Returns the value of the row with this name at `place`.
pub(super) fn get<T: Readable>(
    sealing: &Sealing,
    rows: &Rows<'_, T>,
    place: &[u8],
    name: &[u8],
) -> Result<Option<Vec<u8>>> {
    let row = row(sealing, place, name);
    let Some(sealed) = rows.get(&row)? else { return Ok(None) };
    Ok(Some(open(sealing, &row, &sealed)?.value))
}
