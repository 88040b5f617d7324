//! What commands share: the model pack, the store, an engine, and looking at clips.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mien_core::embedding;
use mien_core::engine::FaceResult;
use mien_core::face::detect::DetectorOptions;
use mien_core::face::principal;
use mien_core::models::ModelPack;
use mien_core::stream::{LiveSession, StreamResult};
use mien_core::train::generic::GenericHead;
use mien_core::users::crypto::StoreKey;
use mien_core::users::store::{Store, StoreOptions};
use mien_core::{Engine, EngineOptions, ErrorKind};

use crate::args::Shared;
use crate::destination::{Readers, make_folder};
use crate::failure::{Failure, Naming, Outcome};
use crate::interrupt::check_interrupt;
use crate::media::{Media, Picture};
use crate::reading;

/// The folder of users and added networks.
pub fn store_folder(shared: &Shared) -> Outcome<PathBuf> {
    if let Some(folder) = &shared.user_store {
        return Ok(folder.clone());
    }
    match directories::ProjectDirs::from("", "", "mien") {
        Some(folders) => Ok(folders.data_dir().to_path_buf()),
        None => Err(Failure::new("no home folder is known: give --user-store DIR")),
    }
}

/// The folder of the added pack `name`.
pub fn pack_folder(shared: &Shared, name: &str) -> Outcome<PathBuf> {
    Ok(store_folder(shared)?.join("models").join(name))
}

/// The networks that the options ask for.
pub fn pack(shared: &Shared) -> Outcome<ModelPack> {
    let base = match &shared.models {
        Some(folder) => ModelPack::from_folder(folder)?,
        None => ModelPack::bundled()?,
    };
    match &shared.pack {
        Some(name) => {
            let folder = pack_folder(shared, name)?;
            if !folder.is_dir() {
                return Err(Failure::new(format!("no pack is called {name:?}: see `mien models list`")));
            }
            Ok(base.overlaid(ModelPack::from_folder(&folder)?))
        }
        None => Ok(base),
    }
}

/// An engine without users.
pub fn engine(shared: &Shared) -> Outcome<Engine> {
    Ok(Engine::new(&pack(shared)?, options(shared)?)?)
}

/// An engine with the users of the store, which is made where it is missing.
pub fn engine_with_store(shared: &Shared) -> Outcome<Engine> {
    let store = store(shared)?;
    Ok(Engine::with_store(&pack(shared)?, options(shared)?, store)?)
}

/// The store of users, which is made where it is missing: for its owner alone.
pub fn store(shared: &Shared) -> Outcome<Store> {
    let folder = store_folder(shared)?;
    if !folder.exists() {
        make_folder(&folder, Readers::Owner)?;
    }
    let opened = Store::open_with(&folder, &StoreOptions { key: store_key(shared)?, ..StoreOptions::default() });
    opened.map_err(|error| {
        let is_damaged = error.kind() == ErrorKind::ProfileCorrupt;
        let failure = Failure::from(error);
        if !is_damaged {
            return failure;
        }
        Failure::new(format!("{failure}; `mien users salvage` recovers what is intact"))
    })
}

/// The key of the store, if one was given.
pub fn store_key(shared: &Shared) -> Outcome<Option<StoreKey>> {
    shared.store_key.as_deref().map(read_key).transpose()
}

/// The key in the file `path`.
pub fn read_key(path: &Path) -> Outcome<StoreKey> {
    StoreKey::from_text_or_bytes(&read_small(path)?).naming(path)
}

/// The few bytes of a key or passphrase in the file `path`.
pub fn read_small(path: &Path) -> Outcome<Vec<u8>> {
    reading::read(path, 4096, "a key or passphrase")
}

/// An engine with the users of the store where there is one; looking makes none.
pub fn engine_with_store_if_any(shared: &Shared) -> Outcome<Engine> {
    if store_folder(shared)?.join(mien_core::users::store::FILE).exists() {
        engine_with_store(shared)
    } else {
        engine(shared)
    }
}

/// The engine options that the command line asks for.
pub fn options(shared: &Shared) -> Outcome<EngineOptions> {
    let detector = DetectorOptions { score: shared.score, size: shared.detector_size, ..DetectorOptions::default() };
    let generic = shared.generic.as_deref().map(read_generic).transpose()?;
    Ok(EngineOptions { detector, generic, ..EngineOptions::default() })
}

fn read_generic(path: &Path) -> Outcome<GenericHead> {
    GenericHead::decode(&read_head(path)?).naming(path)
}

/// The bytes of the head file `path`.
pub fn read_head(path: &Path) -> Outcome<Vec<u8>> {
    const MAX_BYTES: u64 = 1 << 30;
    reading::read(path, MAX_BYTES, "a head")
}

/// The time in milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Looks for the face that `picture` is about, and examines it; `None` where there is no face.
pub fn portrait(engine: &Engine, picture: &Picture) -> Outcome<Option<FaceResult>> {
    let frame = picture.frame()?;
    let faces = engine.detect(&frame)?;
    Ok(principal(&faces, frame.upright_size()).map(|face| engine.examine(&frame, *face)).transpose()?)
}

/// The mean identity embedding of `faces`, at length 1; empty of none.
pub fn mean_embedding(faces: &[FaceResult]) -> Vec<f32> {
    embedding::mean_embedding(faces.iter().map(|face| (face.features.identity.as_slice(), 1.0))).unwrap_or_default()
}

/// The principal face of each frame of the clip at `path` that shows one.
pub fn clip_faces(engine: &Engine, path: &Path) -> Outcome<Vec<FaceResult>> {
    clip_faces_every(engine, path, 1)
}

/// As [`clip_faces`], of every n-th frame, beginning with the first.
pub fn clip_faces_every(engine: &Engine, path: &Path, every: u32) -> Outcome<Vec<FaceResult>> {
    let mut media = Media::open(path)?;
    let mut faces = Vec::new();
    while let Some(picture) = media.next_picture()? {
        check_interrupt()?;
        if media.index().is_multiple_of(every as usize) {
            faces.extend(portrait(engine, &picture)?);
        }
    }
    Ok(faces)
}

/// How long a result of a live session is waited for at a time.
const PATIENCE: Duration = Duration::from_millis(100);

/// Waits until all frames of a live session are looked at, and hands their results to `take`.
pub fn finish_live(session: &LiveSession, mut take: impl FnMut(&StreamResult) -> Outcome) -> Outcome {
    while session.statistics().pending() > 0 {
        check_interrupt()?;
        if let Some(result) = session.recv(PATIENCE)? {
            take(&result)?;
        }
    }
    while let Some(result) = session.poll()? {
        take(&result)?;
    }
    Ok(())
}
