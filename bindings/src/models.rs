//! Model packs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use mien_core::models::{self as core, Manifest};

use crate::error::Result;

/// What a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ModelRole {
    /// Finds faces with five landmarks.
    Detector,
    /// Makes an embedding that tells people apart and helps with expression.
    Identity,
    /// Makes expression features and class logits.
    Expression,
    /// Optional: only tells people apart, in place of the identity network.
    Recognition,
}

/// One network of a pack.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ModelInfo {
    /// What it is for.
    pub role: ModelRole,
    /// Its file's name.
    pub file: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
    /// The license as its source states it.
    pub license: String,
}

/// The networks that an engine runs, every hash checked. It can be let go once the engine is made.
#[derive(uniffi::Object)]
pub struct ModelPack {
    pub(crate) inner: core::ModelPack,
}

#[uniffi::export]
impl ModelPack {
    /// The pack in the folder `path`: `manifest.json` and the files that it names.
    ///
    /// Errors: `ModelLoad` naming the file that is missing, damaged or inconsistent.
    #[uniffi::constructor]
    pub fn from_folder(path: String) -> Result<Arc<Self>> {
        Ok(Arc::new(Self { inner: core::ModelPack::from_folder(Path::new(&path))? }))
    }

    /// A pack from the bytes of its manifest and of each file that the manifest names
    /// (`manifest_files`).
    ///
    /// Errors: `ModelLoad` where the manifest cannot be read, a file is not given, or its hash is
    /// not the stated one.
    #[uniffi::constructor]
    pub fn from_parts(manifest: Vec<u8>, mut files: HashMap<String, Vec<u8>>) -> Result<Arc<Self>> {
        let inner = core::ModelPack::from_parts(&manifest, |name| {
            files.remove(name).ok_or_else(|| {
                mien_core::Error::new(mien_core::ErrorKind::ModelLoad, format!("the file {name} is not given"))
            })
        })?;
        Ok(Arc::new(Self { inner }))
    }

    /// This pack with the networks of `other` in place of its own where both have a role.
    pub fn overlaid(&self, other: Arc<Self>) -> Arc<Self> {
        Arc::new(Self { inner: self.inner.clone().overlaid(other.inner.clone()) })
    }

    /// The pack's name.
    pub fn name(&self) -> String {
        self.inner.manifest().name.clone()
    }

    /// Its networks.
    pub fn models(&self) -> Vec<ModelInfo> {
        let info = |entry: &core::ModelEntry| ModelInfo {
            role: match entry.role {
                core::Role::Detector => ModelRole::Detector,
                core::Role::Identity => ModelRole::Identity,
                core::Role::Expression => ModelRole::Expression,
                core::Role::Recognition => ModelRole::Recognition,
            },
            file: entry.file.clone(),
            bytes: entry.bytes,
            sha256: entry.sha256.clone(),
            license: entry.license.clone(),
        };
        self.inner.manifest().models.iter().map(info).collect()
    }
}

/// The files that a pack's manifest names.
///
/// Errors: `ModelLoad` where the manifest cannot be read.
#[uniffi::export]
pub fn manifest_files(manifest: Vec<u8>) -> Result<Vec<String>> {
    Ok(Manifest::parse(&manifest)?.models.into_iter().map(|entry| entry.file).collect())
}

impl std::fmt::Debug for ModelPack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelPack({:?})", self.name())
    }
}
