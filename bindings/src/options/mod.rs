//! Options; the functions `default_...` return the defaults of the core.

mod adapt;
mod engine;
mod enrollment;
mod stream;
mod timeline;

pub use adapt::*;
pub use engine::*;
pub use enrollment::*;
pub use stream::*;
pub use timeline::*;
