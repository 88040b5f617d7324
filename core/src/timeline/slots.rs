//! Numbered values of a user; the timeline keeps its data in them.

use crate::error::Result;

/// Read access to a user's numbered values.
pub trait Slots {
    /// Returns the value in `slot` of `table`, if there is one.
    ///
    /// # Errors
    /// `Storage` if it cannot be read, `ProfileCorrupt` if it is damaged.
    fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>>;
}

/// Write access to a user's numbered values; all of it is one transaction.
pub trait SlotsMut: Slots {
    /// Writes `value` to `slot` of `table`.
    ///
    /// # Errors
    /// `Storage` if it cannot be written or the store's limits do not allow it.
    fn put(&mut self, table: u8, slot: u64, value: &[u8]) -> Result<()>;

    /// Removes the value in `slot` of `table`, if there is one.
    ///
    /// # Errors
    /// `Storage` if it cannot be written.
    fn remove(&mut self, table: u8, slot: u64) -> Result<()>;
}
