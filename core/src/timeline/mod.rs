//! Offline emotion tracking: what a user showed and when, kept for years in the user's store.
//!
//! A user has one timeline for wall time and one for each analyzed medium ([`Clock`]), and beside each what the voice
//! alone said. A timeline
//! holds events ([`Event`]), compressed, and their tallies per minute, hour and day ([`Bucket`]).
//! Tallies are updated as events are recorded, so a query over years reads few values. Tallies are
//! integers and equal a recount of the events exactly. Fine detail expires earlier than coarse
//! detail ([`Retention`]).
//!
//! Rules:
//! - The clock may be wrong. Nothing recorded under a correct clock is lost or refused because of a
//!   wrong one ([`TimelineMut::prune`]).
//! - An event is identified by its time: no two events of a timeline have the same millisecond. A
//!   later event replaces an earlier one at the same time, so recording a batch twice changes
//!   nothing.
//! - Events may be recorded in any order. Events from before what [`Retention`] keeps are refused
//!   with `TimestampOrder`, because their tallies could no longer be right.
//! - Each record, forget or prune is one transaction of the store.
//! - Days begin at midnight of a fixed offset from UTC, chosen while the timeline is empty
//!   ([`TimelineOptions::offset_minutes`]). The core has no time zones: with daylight saving time,
//!   days begin an hour late in summer.
//!
//! [`Timeline`] reads; [`TimelineMut`] writes. Both operate on the values of one user, through
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
mod writer;

pub use directory::{Clock, PRUNE_DELAY_MS};
pub use event::{Event, LONGEST_DURATION_MS, MAX_CLASSES, UNUSED};
pub use export::ExportFormat;
pub(crate) use foreign::check_foreign;
pub use options::{Retention, TimelineOptions};
pub use place::{LATEST_MS, LONGEST_SPAN_MS};
pub use read::{Summary, Timeline};
pub use sightings::{BELIEVED_STEP_MS, DOUBTED_DAYS};
pub use tally::{Bucket, BucketWidth, ClassTally, Tally};
pub use write::TimelineMut;
pub use writer::Recorded;
