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
