//! Records that calls return.

mod adapt;
mod correction;
mod emotion;
mod enrollment;
mod face;
mod footage;
mod identity;
mod quality;
mod speech;
mod still;
mod stream;

/// The name of an emotion.
pub type Label = String;
/// A time on the clock of a stream, or a length, microseconds.
pub type Micros = u64;
/// A length, milliseconds.
pub type Millis = u64;
/// A time by the clock on the wall, milliseconds since 1970.
pub type WallTime = u64;
/// A time on the clock of a timeline, milliseconds.
pub type TimelineTime = u64;

pub use adapt::*;
pub use correction::*;
pub use emotion::*;
pub use enrollment::*;
pub use face::*;
pub use footage::*;
pub use identity::*;
pub use quality::*;
pub use speech::*;
pub use still::*;
pub use stream::*;
