//! The engine, and looking at still pictures.

use std::path::Path;
use std::sync::{Arc, Weak};

use mien_core::engine::FaceResult;
use mien_core::face::principal;
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

/// Finds faces, tells whose they are and what they show, and learns users.
///
/// Any call may come from any thread. Looking runs on any number of threads beside each other.
/// After `shut_down` every call gives `Closed`, and so do sessions, enrollments and footage of the
/// engine.
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
        Ok(FrameResult::new(self.core.process(frame)?, frame.upright_size()))
    }
}

impl FrameTarget for Engine {
    fn hand(&self, frame: &Frame<'_>, _timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Still(self.look(frame)?))
    }
}

/// Returns the principal face of `frame`, examined; `None` if there is no face.
pub(crate) fn portrait(core: &Core, frame: &Frame<'_>) -> Result<Option<FaceResult>> {
    let faces = core.detect(frame)?;
    Ok(principal(&faces, frame.upright_size()).map(|face| core.examine(frame, *face)).transpose()?)
}

#[uniffi::export]
impl Engine {
    /// An engine without a store: nobody is known, nothing is kept.
    ///
    /// Errors: `ModelLoad` where the pack does not fit, `InvalidOption` for an option out of range.
    #[uniffi::constructor]
    pub fn without_store(pack: Arc<ModelPack>, options: EngineOptions) -> Result<Arc<Self>> {
        Ok(Self::of(Core::new(&pack.inner, options.checked()?)?))
    }

    /// An engine that knows the users of the store in `folder`, which is made where it is
    /// missing, and keeps there what it learns, unencrypted.
    ///
    /// Errors: as of `without_store`; `Storage`, `ProfileCorrupt` or `ProfileVersion` where the
    /// store cannot be opened; `WrongKey` where it is encrypted.
    #[uniffi::constructor]
    pub fn with_store(
        pack: Arc<ModelPack>,
        options: EngineOptions,
        folder: String,
        limits: StoreLimits,
    ) -> Result<Arc<Self>> {
        Self::stored(&pack, options, &folder, None, limits)
    }

    /// As `with_store`, encrypted with `key`: 32 random bytes, of which the caller wipes its copy.
    ///
    /// Errors: as of `with_store`; `WrongKey` where the key is another or the store is not
    /// encrypted.
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

    /// As `with_encrypted_store`, but a store that is not encrypted is encrypted with `key` first: in
    /// a fresh file, which takes the old one's place, so that a crash leaves one of the two.
    ///
    /// Errors: as of `with_store`; `WrongKey` where the key is another.
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

    /// Everything about every face of a picture in memory. `second` and `third` are empty where
    /// the format has no such planes.
    ///
    /// Errors: `InvalidFrame` where the planes do not fit the layout, `Closed`, `Internal`.
    pub fn process(&self, first: &[u8], second: &[u8], third: &[u8], layout: FrameLayout) -> Result<FrameResult> {
        self.look(&layout.frame(first, second, third)?)
    }

    /// Everything about every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF
    /// orientation.
    ///
    /// Errors: `InvalidFrame` where the picture cannot be read, `Closed`, `Internal`.
    pub fn process_picture(&self, file: &[u8]) -> Result<FrameResult> {
        self.look(&Picture::decode(file)?.frame()?)
    }

    /// The classes of the expression network, in their order.
    pub fn labels(&self) -> Vec<String> {
        self.core.labels().to_vec()
    }

    /// SHA-256 of the networks that users' heads are learned with.
    pub fn networks(&self) -> String {
        self.core.networks().to_owned()
    }

    /// Closes the engine for all that was made of it: users and heads leave the memory and the
    /// store is free for another engine. Live sessions end at once. Calls that are running finish
    /// first, but for an adaptation, which soon ends with `Closed`. Again it does nothing.
    pub fn shut_down(&self) {
        self.core.close();
    }

    /// Whether `shut_down` was called.
    pub fn is_shut_down(&self) -> bool {
        self.core.is_closed()
    }

    /// Encrypts the store with another key of 32 random bytes: everything is sealed anew.
    ///
    /// Errors: `InvalidOption` for a key of another length, `Storage`, `Closed`.
    pub fn encrypt_store(&self, key: &[u8]) -> Result<()> {
        Ok(self.core.change_store_key(Some(&store_key(key)?))?)
    }

    /// Writes the store anew without encryption.
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn decrypt_store(&self) -> Result<()> {
        Ok(self.core.change_store_key(None)?)
    }

    /// Makes what was replaced (heads, settings) or forgotten gone from the store's file, for which the
    /// disk must have room for a copy. Looking goes on meanwhile.
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn erase_free_space(&self) -> Result<()> {
        Ok(self.core.erase_free_space()?)
    }

    /// How much the store may hold.
    ///
    /// Errors: `Storage` where there is none, `Closed`.
    pub fn store_limits(&self) -> Result<StoreLimits> {
        Ok(self.core.store_limits()?.into())
    }

    /// What the application stored under `name`; none where that is nothing.
    ///
    /// Errors: `Storage`, `ProfileCorrupt`, `Closed`.
    pub fn setting(&self, name: String) -> Result<Option<Vec<u8>>> {
        Ok(self.core.option(&name)?)
    }

    /// Stores a value of the application's own, 64 KiB at most, under a name of 64 bytes at most;
    /// none removes it.
    ///
    /// Errors: `InvalidOption` where one is too long, `Storage`, `Closed`.
    pub fn set_setting(&self, name: String, value: Option<Vec<u8>>) -> Result<()> {
        Ok(self.core.set_option(&name, value.as_deref())?)
    }

    /// The engine's number on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}
