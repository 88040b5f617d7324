//! The engine and still pictures.

use std::path::Path;
use std::sync::{Arc, Weak};

use mien_core::engine::{FaceResult, Upright};
use mien_core::frame::Rotation;
use mien_core::users::crypto::StoreKey;
use mien_core::users::store::{Store, StoreOptions, StoreState, examine};
use mien_core::{Engine as Core, Frame};

use crate::error::Result;
use crate::frame::FrameLayout;
use crate::handles::{Answer, FrameTarget, Handle};
use crate::models::ModelPack;
use crate::options::{EngineOptions, StoreLimits};
use crate::picture::Picture;
use crate::results::FrameResult;
use crate::stores::store_key;

/// Detects faces, identifies users, recognizes emotions and learns users' faces, all on the device.
///
/// Any call may come from any thread; processing runs on several threads in parallel. After `shut_down` every
/// call returns `Closed`, and so do the sessions, enrollments and footage of the engine.
#[derive(uniffi::Object)]
pub struct Engine {
    pub(crate) core: Core,
    handle: Handle,
}

impl Engine {
    fn of(core: Core) -> Arc<Self> {
        Arc::new_cyclic(|engine: &Weak<Self>| Self { core, handle: Handle::new(engine.clone()) })
    }

    fn stored(
        pack: &ModelPack,
        options: EngineOptions,
        folder: &str,
        key: Option<StoreKey>,
        limits: StoreLimits,
    ) -> Result<Arc<Self>> {
        let options = options.checked()?;
        let store = Store::open_with(Path::new(folder), &StoreOptions { key, limits: limits.into() })?;
        Ok(Self::of(Core::with_store(&pack.inner, options, store)?))
    }

    fn look(&self, frame: &Frame<'_>) -> Result<FrameResult> {
        Ok(FrameResult::new(self.core.process(frame)?))
    }
}

impl FrameTarget for Engine {
    fn hand(&self, frame: &Frame<'_>, _timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Still(self.look(frame)?))
    }
}

/// Returns what is seen in `frame`, and its principal face, examined; `None` if there is no face.
pub(crate) fn portrait<'a>(core: &Core, frame: &Frame<'a>) -> Result<Option<(Upright<'a>, FaceResult)>> {
    let seen = core.turned(frame, Rotation::None)?;
    let Some(face) = seen.principal() else { return Ok(None) };
    let face = core.examine_upright(&seen, face)?;
    Ok(Some((seen, face)))
}

#[uniffi::export]
impl Engine {
    /// Creates an engine without a store: it knows no users and keeps no data.
    ///
    /// Errors: `ModelLoad` if the pack is unusable, `InvalidOption` for an option out of range.
    #[uniffi::constructor]
    pub fn without_store(pack: Arc<ModelPack>, options: EngineOptions) -> Result<Arc<Self>> {
        Ok(Self::of(Core::new(&pack.inner, options.checked()?)?))
    }

    /// Creates an engine with the unencrypted store in `folder`, which is created if missing.
    ///
    /// Errors: as in `without_store`; `Storage`, `ProfileCorrupt` or `ProfileVersion` if the store cannot be
    /// opened; `WrongKey` if it is encrypted.
    #[uniffi::constructor]
    pub fn with_store(
        pack: Arc<ModelPack>,
        options: EngineOptions,
        folder: String,
        limits: StoreLimits,
    ) -> Result<Arc<Self>> {
        Self::stored(&pack, options, &folder, None, limits)
    }

    /// Creates an engine with the store in `folder`, encrypted with `key`: 32 random bytes. The caller wipes
    /// its copy of the key.
    ///
    /// Errors: as in `with_store`; `WrongKey` if the key is wrong or the store is not encrypted.
    #[uniffi::constructor]
    pub fn with_encrypted_store(
        pack: Arc<ModelPack>,
        options: EngineOptions,
        folder: String,
        key: &[u8],
        limits: StoreLimits,
    ) -> Result<Arc<Self>> {
        Self::stored(&pack, options, &folder, Some(store_key(key)?), limits)
    }

    /// Like `with_encrypted_store`, but first encrypts an unencrypted store with `key`. The new file replaces
    /// the old one, so that a crash leaves one of the two.
    ///
    /// Errors: as in `with_store`; `WrongKey` if the key is wrong.
    #[uniffi::constructor]
    pub fn with_encrypted_store_or_plain(
        pack: Arc<ModelPack>,
        options: EngineOptions,
        folder: String,
        key: &[u8],
        limits: StoreLimits,
    ) -> Result<Arc<Self>> {
        let key = store_key(key)?;
        if examine(Path::new(&folder), Some(&key))? == StoreState::Unencrypted {
            Store::open(Path::new(&folder))?.change_key(Some(&key))?;
        }
        Self::stored(&pack, options, &folder, Some(key), limits)
    }

    /// Analyzes every face of a picture in memory.
    ///
    /// `second` and `third` are empty if the format has no such planes.
    ///
    /// Errors: `InvalidFrame` if the planes do not fit the layout, `Closed`, `Internal`.
    pub fn process(&self, first: &[u8], second: &[u8], third: &[u8], layout: FrameLayout) -> Result<FrameResult> {
        self.look(&layout.frame(first, second, third)?)
    }

    /// Analyzes every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation.
    ///
    /// Errors: `InvalidFrame` if the picture cannot be read, `Closed`, `Internal`.
    pub fn process_picture(&self, file: &[u8]) -> Result<FrameResult> {
        self.look(&Picture::decode(file)?.frame()?)
    }

    /// The classes of the expression network, in their order.
    pub fn labels(&self) -> Vec<String> {
        self.core.labels().to_vec()
    }

    /// SHA-256 of the networks that users' heads are learned with; heads of other networks cannot answer.
    pub fn networks(&self) -> String {
        self.core.networks().to_owned()
    }

    /// Closes the engine and everything made from it: users and heads leave the memory, and the store is free
    /// for another engine. Live sessions end at once. Running calls finish first, except an adaptation, which
    /// soon ends with `Closed` and keeps the old head. Closing again does nothing.
    pub fn shut_down(&self) {
        self.core.close();
    }

    /// Begins what `shut_down` does, and returns at once: later calls return `Closed`, and live sessions end. The store
    /// stays open until `shut_down`, which may wait for running calls.
    pub fn begin_shut_down(&self) {
        self.core.begin_close();
    }

    /// Whether `shut_down` or `begin_shut_down` was called.
    pub fn is_shut_down(&self) -> bool {
        self.core.is_closed()
    }

    /// Encrypts the whole store again with another key of 32 random bytes.
    ///
    /// Errors: `InvalidOption` for a key of another length, `Storage`, `Closed`.
    pub fn encrypt_store(&self, key: &[u8]) -> Result<()> {
        Ok(self.core.change_store_key(Some(&store_key(key)?))?)
    }

    /// Rewrites the store without encryption.
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn decrypt_store(&self) -> Result<()> {
        Ok(self.core.change_store_key(None)?)
    }

    /// Erases replaced and forgotten data (heads, settings) from the file of the store. The disk must have
    /// room for a copy of the file. Processing continues meanwhile.
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn erase_free_space(&self) -> Result<()> {
        Ok(self.core.erase_free_space()?)
    }

    /// The maximum sizes of the store.
    ///
    /// Errors: `Storage` if there is no store, `Closed`.
    pub fn store_limits(&self) -> Result<StoreLimits> {
        Ok(self.core.store_limits()?.into())
    }

    /// Returns the value that the application stored under `name`, or `None`.
    ///
    /// Errors: `Storage`, `ProfileCorrupt`, `Closed`.
    pub fn setting(&self, name: String) -> Result<Option<Vec<u8>>> {
        Ok(self.core.option(&name)?)
    }

    /// Stores a value of the application, up to 64 KiB, under a name of up to 64 bytes; `None` removes it.
    ///
    /// Errors: `InvalidOption` if the name or the value is too long, `Storage`, `Closed`.
    pub fn set_setting(&self, name: String, value: Option<Vec<u8>>) -> Result<()> {
        Ok(self.core.set_option(&name, value.as_deref())?)
    }

    /// The number of the engine on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}
