//! Offline emotion tracking: what a user showed and when, kept for years in the user's store.
//!
//! A user has one timeline by wall time and one for each medium that was looked at
//! ([`Clock`]). A timeline holds events ([`Event`]), compressed, and their tallies over each
//! minute, hour and day ([`Bucket`]), which are kept as events come in, so that a query over
//! years reads few values. Tallies are whole numbers: they are what a recount of the events
//! gives, bit for bit. After a while the fine detail goes and the coarse stays ([`Retention`]).
//!
//! Rules:
//! - The clock may be wrong. Of what was recorded under the right one nothing is lost or refused
//!   because of what a wrong one did ([`TimelineMut::prune`]).
//! - An event is known by its time: of one timeline no two have the same millisecond. A later
//!   one takes the place of the earlier, so recording a batch twice changes nothing.
//! - Events may come in any order; late ones are sorted in. Refused with `TimestampOrder` are
//!   those from before what [`Retention`] keeps, whose tallies could no longer be right.
//! - Each record, forget or prune is one transaction of the store.
//! - Days begin at midnight of a fixed distance to UTC, chosen while the timeline is empty
//!   ([`TimelineOptions::offset_minutes`]). The core has no time zones: where summer time is
//!   kept, days begin an hour late in summer.
//!
//! [`Timeline`] reads; [`TimelineMut`] writes. Both work on the values of one user, by
//! [`crate::users::store::Store::read_slots`] and `write_slots`.

mod directory;
mod event;
mod export;
mod foreign;
mod mending;
mod node;
mod options;
mod part;
mod place;
mod read;
mod sightings;
pub mod slots;
mod tally;
#[cfg(test)]
mod tests;
mod write;

pub use directory::{Clock, PRUNE_DELAY_MS};
pub use event::{Event, LONGEST_DURATION_MS, MAX_CLASSES};
pub use export::ExportFormat;
pub(crate) use foreign::check_foreign;
pub use options::{Retention, TimelineOptions};
pub use place::{LATEST_MS, LONGEST_SPAN_MS};
pub use read::{Summary, Timeline};
pub use sightings::{BELIEVED_STEP_MS, DOUBTED_DAYS};
pub use tally::{Bucket, BucketWidth, ClassTally, Tally};
pub use write::{Recorded, TimelineMut};
