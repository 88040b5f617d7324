//! Model packs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use mien_core::models::{self as core, Manifest};

use crate::error::Result;

/// The purpose of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ModelRole {
    /// Finds faces with five landmarks.
    Detector,
    /// Computes an embedding that tells people apart and helps to recognize expressions.
    Identity,
    /// Computes expression features and class logits.
    Expression,
    /// Optional: only tells people apart, in place of the identity network.
    Recognition,
}

/// One network of a model pack.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ModelInfo {
    /// Its purpose.
    pub role: ModelRole,
    /// The name of its file.
    pub file: String,
    /// The size of the file, bytes.
    pub bytes: u64,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
    /// The license that its source states.
    pub license: String,
}

/// The networks of an engine. Every file is checked against the size and SHA-256 that `manifest.json` states.
///
/// It can be released once the engine is created.
#[derive(uniffi::Object)]
pub struct ModelPack {
    pub(crate) inner: core::ModelPack,
}

#[uniffi::export]
impl ModelPack {
    /// Reads the pack in the folder `path`: `manifest.json` and the files that it names.
    ///
    /// Errors: `ModelLoad` naming the file that is missing, damaged or inconsistent.
    #[uniffi::constructor]
    pub fn from_folder(path: String) -> Result<Arc<Self>> {
        Ok(Arc::new(Self { inner: core::ModelPack::from_folder(Path::new(&path))? }))
    }

    /// Reads a pack from the bytes of its manifest and of each file that the manifest names.
    ///
    /// `manifest_files` lists those files.
    ///
    /// Errors: `ModelLoad` if the manifest cannot be read, a file is missing, or its hash is not the stated
    /// one.
    #[uniffi::constructor]
    pub fn from_parts(manifest: Vec<u8>, mut files: HashMap<String, Vec<u8>>) -> Result<Arc<Self>> {
        let inner = core::ModelPack::from_parts(&manifest, |name| {
            files.remove(name).ok_or_else(|| {
                mien_core::Error::new(mien_core::ErrorKind::ModelLoad, format!("the file {name} is not given"))
            })
        })?;
        Ok(Arc::new(Self { inner }))
    }

    /// Returns this pack with the networks of `other` in place of its own for every role that both have.
    pub fn overlaid(&self, other: Arc<Self>) -> Arc<Self> {
        Arc::new(Self { inner: self.inner.clone().overlaid(other.inner.clone()) })
    }

    /// The name of the pack.
    pub fn name(&self) -> String {
        self.inner.manifest().name.clone()
    }

    /// The networks of the pack for faces.
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

/// Returns the names of the files that a manifest names.
///
/// Errors: `ModelLoad` if the manifest cannot be read.
#[uniffi::export]
pub fn manifest_files(manifest: Vec<u8>) -> Result<Vec<String>> {
    Ok(Manifest::parse(&manifest)?.files().map(str::to_owned).collect())
}

impl std::fmt::Debug for ModelPack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelPack({:?})", self.name())
    }
}
