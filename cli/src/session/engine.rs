//! The networks and the engine selected by the options.

use std::path::{Path, PathBuf};

use mien_core::face::detect::{DetectorOptions, MAX_FACES};
use mien_core::models::ModelPack;
use mien_core::speech::SpeechFeatures;
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions};

use crate::args::Shared;
use crate::media::{entries_of, reading};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::verbose::report_pack;
use crate::session::store::{has_optional_store, store, store_in_given, store_or_new};
use crate::text::{counted, suggestion_or};

/// Returns the networks selected by the options.
pub fn pack(shared: &Shared) -> Outcome<ModelPack> {
    let base = match &shared.models {
        Some(folder) => ModelPack::from_folder(folder)?,
        None => ModelPack::bundled()?,
    };
    let pack = match &shared.pack {
        Some(name) => {
            let folder = shared.pack_folder(name)?;
            if !folder.is_dir() {
                let known = added_packs(shared)?;
                let hint = suggestion_or(name, &known, "`mien models list` lists all");
                return Err(Failure::new(format!("no pack is named {name:?}{hint}")));
            }
            base.overlaid(ModelPack::from_folder(&folder)?)
        }
        None => base,
    };
    report_pack(&pack);
    Ok(pack)
}

/// Returns what the networks selected by the options make of speech.
pub fn speech_features(shared: &Shared) -> Outcome<SpeechFeatures> {
    Ok(SpeechFeatures::of_pack(&pack(shared)?)?)
}

/// Returns the names of the added packs, sorted.
pub fn added_packs(shared: &Shared) -> Outcome<Vec<String>> {
    let folder = shared.packs_folder()?;
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let named = |path: PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
    Ok(entries_of(&folder)?.into_iter().filter_map(named).collect())
}

/// Returns an engine without users.
pub fn engine(shared: &Shared) -> Outcome<Engine> {
    let engine = Engine::new(&pack(shared)?, options(shared)?)?;
    log::info!("networks are ready; no users");
    Ok(engine)
}

/// Returns an engine with the users of the store, which must exist.
pub fn engine_with_store(shared: &Shared) -> Outcome<Engine> {
    engine_with(shared, store(shared)?)
}

/// Returns an engine with the users of the store, which is created if it is missing.
pub fn engine_with_new_store(shared: &Shared) -> Outcome<Engine> {
    engine_with(shared, store_or_new(shared)?)
}

/// Returns an engine with the users of the store, which is created in its folder if it is missing; a folder that was
/// given must exist.
pub fn engine_with_store_in_given(shared: &Shared) -> Outcome<Engine> {
    engine_with(shared, store_in_given(shared)?)
}

/// Returns an engine with the users of the store if there is a store; none is created. A folder that was given must
/// exist.
pub fn engine_with_store_if_any(shared: &Shared) -> Outcome<Engine> {
    if has_optional_store(shared)? { engine_with_store(shared) } else { engine(shared) }
}

fn engine_with(shared: &Shared, store: Store) -> Outcome<Engine> {
    let engine = Engine::with_store(&pack(shared)?, options(shared)?, store)?;
    log::info!("networks are ready; {}", counted(engine.profiles()?.len(), "users"));
    Ok(engine)
}

/// Returns the engine options of the command line.
pub fn options(shared: &Shared) -> Outcome<EngineOptions> {
    let (score, size) = (shared.score, shared.detector_size);
    // Commands analyze fewer.
    let detector = DetectorOptions { score, size, max_faces: MAX_FACES, ..DetectorOptions::default() };
    let generic = shared.generic.as_deref().map(read_generic).transpose()?;
    let generic_speech = shared.generic_speech.as_deref().map(read_generic).transpose()?;
    Ok(EngineOptions { detector, generic, generic_speech, ..EngineOptions::default() })
}

fn read_generic(path: &Path) -> Outcome<GenericHead> {
    GenericHead::decode(&read_head(path)?).naming(path)
}

/// Returns the bytes of the head file `path`.
pub fn read_head(path: &Path) -> Outcome<Vec<u8>> {
    const MAX_BYTES: u64 = 1 << 30;
    reading::read(path, MAX_BYTES, "a head")
}
