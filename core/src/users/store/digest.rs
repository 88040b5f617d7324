//! The digest of a store's rows: their number and a sum over them, sealed with every change.
//!
//! Each value is sealed for its row, so no value can be forged; but a row could be missing,
//! duplicated, or replaced by an older version. Each row with its value therefore maps to a 256-bit
//! number ([`Sealing::term`]); adding a row adds its number to the sum, removing a row subtracts it
//! (an additive multiset hash, AdHash: Bellare and Micciancio, EUROCRYPT 1997). The sums are sealed
//! in a row of their own together with the transaction number, so a file that does not hold exactly
//! the rows of one moment is reported as damaged. An older copy of the *whole* file is valid in
//! itself: nothing inside a file can tell that a newer one existed.

use serde::{Deserialize, Serialize};

use super::rows::{self, Kind, NOBODY, place};
use crate::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::users::crypto::{PLACE, Record, Sealing, Stamp};

const MAGIC: &[u8; 4] = b"MDIG";
const VERSION: u16 = 1;

/// Number and sum of some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Sum {
    rows: u64,
    /// 256 bits, lowest word first.
    words: [u64; 4],
}

impl Sum {
    fn add(&mut self, term: [u8; 32]) {
        self.rows = self.rows.wrapping_add(1);
        let mut carry = false;
        for (own, term) in self.words.iter_mut().zip(words(term)) {
            let (sum, first) = own.overflowing_add(term);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*own, carry) = (sum, first || second);
        }
    }

    fn subtract(&mut self, term: [u8; 32]) {
        self.rows = self.rows.wrapping_sub(1);
        let mut borrow = false;
        for (own, term) in self.words.iter_mut().zip(words(term)) {
            let (rest, first) = own.overflowing_sub(term);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            (*own, borrow) = (rest, first || second);
        }
    }
}

fn words(term: [u8; 32]) -> [u64; 4] {
    std::array::from_fn(|index| {
        let mut word = [0; 8];
        word.copy_from_slice(&term[8 * index..8 * index + 8]);
        u64::from_le_bytes(word)
    })
}

/// The digest of a store's rows after one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Digest {
    /// The number of the transaction, from 1 in each file.
    pub epoch: u64,
    /// Settings and profiles.
    people: Sum,
    /// Users' numbered values.
    slots: Sum,
}

impl Digest {
    /// Returns the key of the digest's row.
    pub fn row() -> [u8; PLACE] {
        place(Kind::Digest, NOBODY)
    }

    /// Updates the digest for a change of the row's value from `old` to `new`.
    pub fn change(&mut self, sealing: &Sealing, row: &[u8], old: Option<Stamp>, new: Option<Stamp>) {
        if rows::is_own(row) || old == new {
            return;
        }
        let sum = if row[0] == Kind::Slot as u8 { &mut self.slots } else { &mut self.people };
        if let Some(old) = old {
            sum.subtract(sealing.term(row, old));
        }
        if let Some(new) = new {
            sum.add(sealing.term(row, new));
        }
    }

    /// Returns the digest of no rows, with the transaction number of `other`.
    pub fn empty_at(other: &Self) -> Self {
        Self { epoch: other.epoch, ..Self::default() }
    }

    /// Seals the digest for storage.
    ///
    /// # Errors
    /// `Internal` if the system has no random numbers.
    pub fn sealed(&self, sealing: &Sealing) -> Result<Vec<u8>> {
        sealing.seal(&Self::row(), b"digest", &codec::seal(MAGIC, VERSION, self))
    }

    /// Decodes the digest of its row.
    ///
    /// # Errors
    /// `ProfileCorrupt` if it is damaged.
    pub fn of_record(record: &Record) -> Result<Self> {
        codec::open(MAGIC, VERSION..=VERSION, &record.value, "store's digest")?.read()
    }

    /// Returns how many stored rows are missing in `found`; at least 1 if the rows differ.
    pub fn missing_in(&self, found: &Self) -> u64 {
        let rows = |digest: &Self| digest.people.rows.wrapping_add(digest.slots.rows);
        let others = u64::from(self.check_people(found).is_err() || self.check_slots(found).is_err());
        rows(self).saturating_sub(rows(found)).max(others)
    }

    /// Checks that settings and profiles are exactly those that were stored.
    ///
    /// # Errors
    /// `ProfileCorrupt` if they are not.
    pub fn check_people(&self, found: &Self) -> Result<()> {
        if self.people == found.people { Ok(()) } else { Err(others()) }
    }

    /// Checks that users' numbered values are exactly those that were stored.
    ///
    /// # Errors
    /// `ProfileCorrupt` if they are not.
    pub fn check_slots(&self, found: &Self) -> Result<()> {
        if self.slots == found.slots { Ok(()) } else { Err(others()) }
    }
}

fn others() -> Error {
    let message = "the store is damaged: rows are missing, held twice or from another time";
    Error::new(ErrorKind::ProfileCorrupt, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_row_counts_and_in_any_order() {
        let stamp = |byte: u8| Some(Stamp::of(&[byte; 20]));
        let (slot, profile) = (place(Kind::Slot, 7), place(Kind::Profile, 7));
        for sealing in [Sealing::Plain, Sealing::fresh(Some(&crate::users::crypto::StoreKey::new([1; 32]))).unwrap()] {
            let (mut one, mut other) = (Digest::default(), Digest::default());
            one.change(&sealing, &slot, None, stamp(1));
            one.change(&sealing, &profile, None, stamp(2));
            other.change(&sealing, &profile, None, stamp(3));
            other.change(&sealing, &slot, None, stamp(1));
            assert!(one != other && one.check_slots(&other).is_ok() && one.check_people(&other).is_err());
            other.change(&sealing, &profile, stamp(3), stamp(2));
            assert_eq!(one, other);
            other.change(&sealing, &slot, None, stamp(1));
            assert!(one.check_slots(&other).is_err(), "held twice");
            one.change(&sealing, &slot, stamp(1), None);
            one.change(&sealing, &profile, stamp(2), None);
            assert_eq!(one, Digest::default());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_added_can_be_taken_away(terms in proptest::collection::vec(any::<[u8; 32]>(), 0..20)) {
            let mut sum = Sum::default();
            terms.iter().for_each(|&term| sum.add(term));
            prop_assert_eq!(sum.rows, terms.len() as u64);
            terms.iter().rev().for_each(|&term| sum.subtract(term));
            prop_assert_eq!(sum, Sum::default());
        }
    }
}
