//! Users, their heads and their identification.

use mien_core::users::export::{Cost, Export};
use mien_core::users::history::History;
use mien_core::users::profile::Profile;
use mien_core::{Frame, Modality as CoreModality};

use crate::calibration::Calibration;
use crate::engine::{Engine, portrait};
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::picture::Picture;
use crate::results::{Modality, WallTime};

/// An enrolled user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct User {
    /// The name.
    pub name: String,
    /// When the user was enrolled.
    pub enrolled_at_ms: WallTime,
    /// Number of embeddings by which the user is recognized.
    pub embeddings: u32,
    /// The stored generations of the user's own head for faces, oldest first.
    pub generations: Vec<Generation>,
    /// The number of the active generation; `None` if the generic head answers.
    pub active_generation: Option<u32>,
    /// The stored generations of the user's own head for speech, oldest first.
    pub speech_generations: Vec<Generation>,
    /// The number of the active one; `None` if the generic head for speech answers, if there is one.
    pub active_speech_generation: Option<u32>,
}

/// A generation of a user's own head.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Generation {
    /// Its number, counted from 1.
    pub number: u32,
    /// When it was adapted.
    pub adapted_at_ms: WallTime,
    /// Number of learned clips.
    pub clips: u32,
    /// Mean negative log probability of a clip's emotion, each clip held out in turn; `None` if it was not
    /// estimated.
    pub estimated_loss: Option<f32>,
    /// Whether it was learned with the networks (for speech: the features) in use; other generations cannot answer.
    pub usable: bool,
}

/// The result of comparing a face with one user: whether it resembles the user, never that it is the user.
///
/// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and
/// 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Likeness {
    /// The similarity, -1 to 1.
    pub similarity: f32,
    /// Whether the similarity reaches the threshold for a single user.
    pub resembles: bool,
}

impl Engine {
    fn user_of(&self, profile: &Profile) -> User {
        User {
            name: profile.name.clone(),
            enrolled_at_ms: profile.enrolled_at_ms,
            embeddings: profile.embedding_count() as u32,
            generations: generations(&profile.face, self.core.networks_of(CoreModality::Face)),
            active_generation: profile.face.head().map(|head| head.number),
            speech_generations: generations(&profile.speech, self.core.networks_of(CoreModality::Speech)),
            active_speech_generation: profile.speech.head().map(|head| head.number),
        }
    }
}

/// Returns the generations of a head; those learned with `networks` are usable.
fn generations(history: &History, networks: &str) -> Vec<Generation> {
    let generations = history.generations().iter();
    generations
        .map(|head| Generation {
            number: head.number,
            adapted_at_ms: head.adapted_at_ms,
            clips: head.clips,
            estimated_loss: head.estimated_loss,
            usable: head.networks == networks,
        })
        .collect()
}

#[uniffi::export]
impl Engine {
    /// Returns all users, by name.
    ///
    /// Errors: `Storage` if the store cannot be read or there is none, `Closed`.
    pub fn users(&self) -> Result<Vec<User>> {
        Ok(self.core.profiles()?.iter().map(|profile| self.user_of(profile)).collect())
    }

    /// Returns the names of users who are not recognized because their profiles are damaged. They can be
    /// deleted.
    ///
    /// Errors: `Storage` if the store cannot be read or there is none, `Closed`.
    pub fn damaged_users(&self) -> Result<Vec<String>> {
        Ok(self.core.damaged_users()?)
    }

    /// Returns the user of this name.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    pub fn user(&self, name: String) -> Result<User> {
        Ok(self.user_of(&self.core.export(&name)?))
    }

    /// Deletes a user with all data: embeddings, heads and timelines.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    pub fn delete_user(&self, name: String) -> Result<()> {
        Ok(self.core.delete(&name)?)
    }

    /// Activates another generation of the user's head for `modality`: the one numbered `to` (0 is the generic head),
    /// by default the previous one. Generations are never lost, so a later one can be activated again by its number.
    /// What corrections taught the modality beyond its generations is forgotten. Returns the number of the active
    /// generation, `None` for the generic head.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` if there is no such generation or no earlier one; `Storage`,
    /// `Closed`.
    pub fn rollback(&self, name: String, modality: Modality, to: Option<u32>) -> Result<Option<u32>> {
        Ok(self.core.rollback(&name, modality.into(), to)?)
    }

    /// Exports all data of a user, with or without timelines, as a file that only `passphrase` opens. The
    /// passphrase needs 8 characters, counted after normalization to NFC.
    ///
    /// Errors: `UserNotFound`, `InvalidOption` for a shorter passphrase, `Storage`, `Closed`.
    pub fn export_user(&self, name: String, timeline: bool, passphrase: String) -> Result<Vec<u8>> {
        Ok(self.core.export_all(&name, timeline)?.encrypt(&passphrase, Cost::default())?)
    }

    /// Adds the user of an exported file, of this or another device, and returns the name.
    ///
    /// Errors: `WrongKey` for a wrong passphrase; `ProfileCorrupt` or `ProfileVersion` for the file;
    /// `InvalidOption` if the name is taken or the networks were others; `Storage` if the file is too large
    /// or the store cannot be written; `Closed`.
    pub fn import_user(&self, file: &[u8], passphrase: String) -> Result<String> {
        let max = self.core.store_limits()?.import_bytes;
        if file.len() as u64 > max {
            fail!(Storage, "the exported user has {} bytes; the maximum is {max}", file.len());
        }
        let export = Export::decrypt(file, &passphrase)?;
        self.core.import_all(&export)?;
        Ok(export.profile.name)
    }

    /// The calibration in use.
    ///
    /// Errors: `Closed`.
    pub fn calibration(&self) -> Result<Calibration> {
        Ok((&self.core.calibration()?).into())
    }

    /// The default calibration of the identity network.
    pub fn default_calibration(&self) -> Calibration {
        self.core.default_calibration().into()
    }

    /// Stores the calibration to use from now on, for the identity network in use.
    ///
    /// Errors: `InvalidOption` if it is out of range, `Storage`, `Closed`.
    pub fn calibrate(&self, calibration: Calibration) -> Result<()> {
        Ok(self.core.calibrate(calibration.checked()?)?)
    }

    /// Compares the principal face of a picture file with the user `name` only; returns `None` if the picture
    /// shows no face.
    ///
    /// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW)
    /// and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.
    ///
    /// Errors: `UserNotFound`, `InvalidFrame` if the picture cannot be read, `Closed`.
    pub fn verify_picture(&self, name: String, file: &[u8]) -> Result<Option<Likeness>> {
        self.likeness(&name, &Picture::decode(file)?.frame()?)
    }

    /// Like `verify_picture`, for a picture in memory.
    ///
    /// Errors: `UserNotFound`, `InvalidFrame` if the planes do not fit the layout, `Closed`.
    pub fn verify(
        &self,
        name: String,
        first: &[u8],
        second: &[u8],
        third: &[u8],
        layout: FrameLayout,
    ) -> Result<Option<Likeness>> {
        self.likeness(&name, &layout.frame(first, second, third)?)
    }
}

impl Engine {
    fn likeness(&self, name: &str, frame: &Frame<'_>) -> Result<Option<Likeness>> {
        let Some((_, face)) = portrait(&self.core, frame)? else { return Ok(None) };
        let likeness = self.core.verify(name, &face.features.identity)?;
        Ok(Some(Likeness { similarity: likeness.similarity, resembles: likeness.resembles }))
    }
}
