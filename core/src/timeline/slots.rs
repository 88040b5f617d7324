//! Numbered values of a user, as the timeline keeps them in the store.

use crate::error::Result;

/// What a timeline asks of a store to read.
pub trait Slots {
    /// The value in `slot` of `table`, where there is one.
    ///
    /// # Errors
    /// `Storage` where it cannot be read, `ProfileCorrupt` where it is damaged.
    fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>>;
}

/// What a timeline asks of a store to write; all of it is one transaction.
pub trait SlotsMut: Slots {
    /// Puts `value` into `slot` of `table`.
    ///
    /// # Errors
    /// `Storage` where it cannot be written or the store's limits do not allow it.
    fn put(&mut self, table: u8, slot: u64, value: &[u8]) -> Result<()>;

    /// Takes away what is in `slot` of `table`; nothing where there is nothing.
    ///
    /// # Errors
    /// `Storage` where it cannot be written.
    fn remove(&mut self, table: u8, slot: u64) -> Result<()>;
}
