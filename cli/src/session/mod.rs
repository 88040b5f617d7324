//! What commands share: networks, the user store, the engine, faces and voices of clips.

mod clips;
mod engine;
mod live;
mod store;
mod unused;
mod voice;

pub use clips::{clip_faces, clip_faces_counted, clip_faces_every, mirrored_clip_faces, portrait, unsure};
pub use engine::{
    added_packs, engine, engine_with_new_store, engine_with_store, engine_with_store_if_any,
    engine_with_store_in_given, options, pack, read_head, speech_features,
};
pub use live::finish_live;
pub use store::{
    check_named_store, check_new_user, check_user, check_user_in, has_store, read_key, read_small, settle_created,
    store, store_key,
};
pub use unused::Unused;
pub use voice::{
    Heard, SpokenSegment, Unheard, Vectors, listen, listen_to_learn, tell_missing, vectors_in, vectors_of,
    vectors_of_film, whole_sound, without_voice,
};
