//! What commands share: networks, the user store, the engine, and faces of clips.

mod clips;
mod engine;
mod live;
mod store;

pub use clips::{clip_faces, clip_faces_every, portrait};
pub use engine::{engine, engine_with_store, engine_with_store_if_any, has_store, options, pack, read_head};
pub use live::finish_live;
pub use store::{read_key, read_small, store, store_key};
