//! The user store and its key.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mien_core::users::crypto::StoreKey;
use mien_core::users::store::{FILE, Store, StoreOptions};
use mien_core::{Engine, ErrorKind};

use crate::args::{STORE_VARIABLE, Shared};
use crate::media::reading;
use crate::outputs::{Readers, make_folder};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::{tell, warn};
use crate::text::suggestion_or;

/// What creates a store.
const CREATORS: &str = "`mien enroll` and `mien users import` create a store";

/// Opens the user store, which must exist.
pub fn store(shared: &Shared) -> Outcome<Store> {
    check_given(shared)?;
    let folder = shared.store_folder()?;
    if !is_in(&folder) {
        return Err(Failure::new(format!("no user store in {}: {CREATORS}", folder.display())));
    }
    open(&folder, shared)
}

/// Opens the user store. A missing one is created in its folder, which must exist if it was given.
pub fn store_in_given(shared: &Shared) -> Outcome<Store> {
    check_given(shared)?;
    store_or_new(shared)
}

/// Opens the user store; a missing one is created with its folder, readable by its owner only.
pub fn store_or_new(shared: &Shared) -> Outcome<Store> {
    let folder = shared.store_folder()?;
    if !folder.exists() {
        make_folder(&folder, Readers::Owner)?;
        *created() = Some(folder.clone());
    }
    open(&folder, shared)
}

/// The folder that this run created.
static CREATED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn created() -> MutexGuard<'static, Option<PathBuf>> {
    CREATED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the run: says which store it created, or removes that store if the run failed and the store has no users.
pub fn settle_created(shared: &Shared, failed: bool) -> Outcome {
    let Some(folder) = created().take() else { return Ok(()) };
    let is_empty = || Ok::<_, Failure>(open(&folder, shared)?.profiles()?.is_empty());
    if failed && is_empty().unwrap_or(false) {
        // What cannot be removed is an empty store.
        return fs::remove_file(folder.join(FILE)).and_then(|()| fs::remove_dir(&folder)).naming(&folder);
    }
    tell(format!("created the user store {}", folder.display()))
}

/// Whether there is a user store; a folder that was given must exist.
pub fn has_store(shared: &Shared) -> Outcome<bool> {
    check_given(shared)?;
    Ok(is_in(&shared.store_folder()?))
}

/// Same as [`has_store`], for commands that work without users: if the environment names a folder that does not exist,
/// which every command of a session inherits, a note says that nobody is recognized.
pub fn has_optional_store(shared: &Shared) -> Outcome<bool> {
    match &shared.user_store {
        Some(folder) if !folder.is_dir() && env::var_os(STORE_VARIABLE).as_deref() == Some(folder.as_os_str()) => {
            warn(format!("{}: there is no such folder of users, so nobody is recognized", folder.display()))?;
            Ok(false)
        }
        _ => has_store(shared),
    }
}

/// Fails if an option names a folder of users that does not exist, for commands that do not use it or need it not.
pub fn check_named_store(shared: &Shared) -> Outcome {
    if env::var_os(STORE_VARIABLE).as_deref() == shared.user_store.as_deref().map(Path::as_os_str) {
        return Ok(());
    }
    check_given(shared)
}

/// Fails if the folder of the store was given and does not exist: the name may be mistyped.
fn check_given(shared: &Shared) -> Outcome {
    match &shared.user_store {
        Some(folder) if !folder.is_dir() => {
            let default = Shared::default_store_folder()
                .map_or_else(String::new, |folder| format!("; the default is {}", folder.display()));
            Err(Failure::new(format!("{}: there is no such folder of users{default}; {CREATORS}", folder.display())))
        }
        _ => Ok(()),
    }
}

/// Whether `folder` has a store, or what a salvage or a crash left of one.
fn is_in(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().as_encoded_bytes().starts_with(FILE.as_bytes()))
}

fn open(folder: &Path, shared: &Shared) -> Outcome<Store> {
    let opened = Store::open_with(folder, &StoreOptions { key: store_key(shared)?, ..StoreOptions::default() });
    opened.map_err(|error| {
        let is_damaged = error.kind() == ErrorKind::ProfileCorrupt;
        let failure = Failure::from(error);
        if !is_damaged {
            return failure;
        }
        Failure::new(format!("{failure}; recover the intact data with `mien users salvage`"))
    })
}

/// Returns the names of all users of `engine`, with damaged profiles or not.
fn names(engine: &Engine) -> Outcome<Vec<String>> {
    let sound = engine.profiles()?.into_iter().map(|profile| profile.name);
    Ok(sound.chain(engine.damaged_users()?).collect())
}

/// Fails if no user of `engine` is called `name`, with a similar name if there is one.
pub fn check_user(engine: &Engine, name: &str) -> Outcome {
    check_known(&names(engine)?, name)
}

/// Same as [`check_user`], without an engine.
pub fn check_user_in(store: &Store, name: &str) -> Outcome {
    let (sound, damaged) = store.sound_profiles()?;
    let names: Vec<_> = sound.into_iter().map(|profile| profile.name).chain(damaged).collect();
    check_known(&names, name)
}

fn check_known(names: &[String], name: &str) -> Outcome {
    if names.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "no user is called {name:?}{}",
        suggestion_or(name, names, "`mien users list` lists all")
    )))
}

/// Fails if a user of `engine` is called `name`; `hint` says what else was possibly meant.
pub fn check_new_user(engine: &Engine, name: &str, hint: &str) -> Outcome {
    if names(engine)?.iter().any(|known| known == name) {
        return Err(Failure::new(format!("a user called {name:?} exists already; {hint}")));
    }
    Ok(())
}

/// Returns the key of the store, if one was given.
pub fn store_key(shared: &Shared) -> Outcome<Option<StoreKey>> {
    shared.store_key.as_deref().map(read_key).transpose()
}

/// Reads the key in the file `path`.
pub fn read_key(path: &Path) -> Outcome<StoreKey> {
    StoreKey::from_text_or_bytes(&read_small(path)?).naming(path)
}

/// Reads the file `path` of a key or passphrase.
pub fn read_small(path: &Path) -> Outcome<Vec<u8>> {
    reading::read(path, 4096, "a key or passphrase")
}
