//! The networks and the engine selected by the options.

use std::path::Path;

use mien_core::face::detect::DetectorOptions;
use mien_core::models::ModelPack;
use mien_core::train::generic::GenericHead;
use mien_core::users::store::FILE as STORE_FILE;
use mien_core::{Engine, EngineOptions};

use crate::args::Shared;
use crate::media::reading;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::session::store::store;

/// Returns the networks selected by the options.
pub fn pack(shared: &Shared) -> Outcome<ModelPack> {
    let base = match &shared.models {
        Some(folder) => ModelPack::from_folder(folder)?,
        None => ModelPack::bundled()?,
    };
    match &shared.pack {
        Some(name) => {
            let folder = shared.pack_folder(name)?;
            if !folder.is_dir() {
                return Err(Failure::new(format!("no pack is named {name:?}: see `mien models list`")));
            }
            Ok(base.overlaid(ModelPack::from_folder(&folder)?))
        }
        None => Ok(base),
    }
}

/// Returns an engine without users.
pub fn engine(shared: &Shared) -> Outcome<Engine> {
    Ok(Engine::new(&pack(shared)?, options(shared)?)?)
}

/// Returns an engine with the users of the store, which is created if it is missing.
pub fn engine_with_store(shared: &Shared) -> Outcome<Engine> {
    let store = store(shared)?;
    Ok(Engine::with_store(&pack(shared)?, options(shared)?, store)?)
}

/// Whether there is a store.
pub fn has_store(shared: &Shared) -> Outcome<bool> {
    Ok(shared.store_folder()?.join(STORE_FILE).exists())
}

/// Returns an engine with the users of the store if there is a store; none is created.
pub fn engine_with_store_if_any(shared: &Shared) -> Outcome<Engine> {
    if has_store(shared)? { engine_with_store(shared) } else { engine(shared) }
}

/// Returns the engine options of the command line.
pub fn options(shared: &Shared) -> Outcome<EngineOptions> {
    let detector = DetectorOptions { score: shared.score, size: shared.detector_size, ..DetectorOptions::default() };
    let generic = shared.generic.as_deref().map(read_generic).transpose()?;
    Ok(EngineOptions { detector, generic, ..EngineOptions::default() })
}

fn read_generic(path: &Path) -> Outcome<GenericHead> {
    GenericHead::decode(&read_head(path)?).naming(path)
}

/// Returns the bytes of the head file `path`.
pub fn read_head(path: &Path) -> Outcome<Vec<u8>> {
    const MAX_BYTES: u64 = 1 << 30;
    reading::read(path, MAX_BYTES, "a head")
}
