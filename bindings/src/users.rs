//! Who is enrolled, their heads, and how they are told apart.

use mien_core::Frame;
use mien_core::users::export::{Cost, Export};
use mien_core::users::profile::{AdaptedHead, Profile};

use crate::calibration::Calibration;
use crate::engine::{Engine, portrait};
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::picture::Picture;

/// A user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct User {
    /// The name.
    pub name: String,
    /// When the user was enrolled, milliseconds since 1970.
    pub enrolled_at_ms: u64,
    /// Pictures that the user is recognized by.
    pub embeddings: u32,
    /// The generations of the user's own head that are kept, oldest first.
    pub generations: Vec<Generation>,
    /// The number of the generation that answers; none where the generic head does.
    pub active_generation: Option<u32>,
}

/// A generation of a user's own head.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Generation {
    /// Counts up from 1.
    pub number: u32,
    /// When it was learned, milliseconds since 1970.
    pub adapted_at_ms: u64,
    /// Clips it was learned from.
    pub clips: u32,
    /// Mean negative log probability of a clip's emotion, each held out in turn; none where it
    /// was not estimated.
    pub estimated_loss: Option<f32>,
    /// Whether it was learned with the networks in use; others cannot answer.
    pub usable: bool,
}

/// What a comparison with one user gave: that a face resembles a user's, never that it is theirs.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Likeness {
    /// How alike, -1 to 1.
    pub similarity: f32,
    /// Whether the similarity reaches the threshold where only this one user is in question.
    pub resembles: bool,
}

impl Engine {
    fn user_of(&self, profile: &Profile) -> User {
        let generation = |head: &AdaptedHead| Generation {
            number: head.number,
            adapted_at_ms: head.adapted_at_ms,
            clips: head.clips,
            estimated_loss: head.estimated_loss,
            usable: head.networks == self.core.networks(),
        };
        User {
            name: profile.name.clone(),
            enrolled_at_ms: profile.enrolled_at_ms,
            embeddings: profile.embedding_count() as u32,
            generations: profile.generations().iter().map(generation).collect(),
            active_generation: profile.head().map(|head| head.number),
        }
    }
}

#[uniffi::export]
impl Engine {
    /// All users, by name.
    ///
    /// Errors: `Storage` where they cannot be read or there is no store, `Closed`.
    pub fn users(&self) -> Result<Vec<User>> {
        Ok(self.core.profiles()?.iter().map(|profile| self.user_of(profile)).collect())
    }

    /// The names of users who are not recognized because their profiles are damaged. They can be
    /// deleted.
    ///
    /// Errors: `Storage` where they cannot be read or there is no store, `Closed`.
    pub fn damaged_users(&self) -> Result<Vec<String>> {
        Ok(self.core.damaged_users()?)
    }

    /// The user of that name.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    pub fn user(&self, name: String) -> Result<User> {
        Ok(self.user_of(&self.core.export(&name)?))
    }

    /// Deletes a user with everything that is kept: embeddings, heads, timeline.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    pub fn delete_user(&self, name: String) -> Result<()> {
        Ok(self.core.delete(&name)?)
    }

    /// Lets another generation of the user's head answer: the one numbered `to` (0 is the generic
    /// head), or else the one before. Gives the number of the one that answers now, none for the
    /// generic head. No generation is lost: rolling forward is possible by number.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` where there is no such generation or nothing to
    /// roll back from; `Storage`, `Closed`.
    pub fn rollback(&self, name: String, to: Option<u32>) -> Result<Option<u32>> {
        Ok(self.core.rollback(&name, to)?)
    }

    /// Everything of a user, with the timeline or without, as a file that only `passphrase` opens.
    ///
    /// The passphrase needs 8 characters, counted after normalization to NFC.
    ///
    /// Errors: `UserNotFound`, `InvalidOption` for a shorter passphrase, `Storage`, `Closed`.
    pub fn export_user(&self, name: String, timeline: bool, passphrase: String) -> Result<Vec<u8>> {
        Ok(self.core.export_all(&name, timeline)?.encrypt(&passphrase, Cost::default())?)
    }

    /// Adds the user in a file of `export_user`, as this or another device made it, and gives the
    /// name.
    ///
    /// Errors: `WrongKey` where the passphrase is another; `ProfileCorrupt` or `ProfileVersion` for
    /// the file; `InvalidOption` where the name is taken or the networks were others; `Storage`
    /// where it is too large or cannot be written; `Closed`.
    pub fn import_user(&self, file: &[u8], passphrase: String) -> Result<String> {
        let max = self.core.store_limits()?.import_bytes;
        if file.len() as u64 > max {
            fail!(Storage, "the exported user has {} bytes; at most {max} are read", file.len());
        }
        let export = Export::decrypt(file, &passphrase)?;
        self.core.import_all(&export)?;
        Ok(export.profile.name)
    }

    /// How identity is decided at present.
    ///
    /// Errors: `Closed`.
    pub fn calibration(&self) -> Result<Calibration> {
        Ok((&self.core.calibration()?).into())
    }

    /// How identity is decided where nothing was measured.
    pub fn default_calibration(&self) -> Calibration {
        self.core.default_calibration().into()
    }

    /// Stores how identity is decided from now on, for the identity network in use.
    ///
    /// Errors: `InvalidOption` where it is out of range, `Storage`, `Closed`.
    pub fn calibrate(&self, calibration: Calibration) -> Result<()> {
        Ok(self.core.calibrate(calibration.checked()?)?)
    }

    /// Whether the face that a picture file is about resembles the user `name`, where nobody else is
    /// in question; none where the picture shows no face.
    ///
    /// Errors: `UserNotFound`, `InvalidFrame` where the picture cannot be read, `Closed`.
    pub fn verify_picture(&self, name: String, file: &[u8]) -> Result<Option<Likeness>> {
        self.likeness(&name, &Picture::decode(file)?.frame()?)
    }

    /// As `verify_picture`, of a picture in memory.
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
        let Some(face) = portrait(&self.core, frame)? else { return Ok(None) };
        let likeness = self.core.verify(name, &face.features.identity)?;
        Ok(Some(Likeness { similarity: likeness.similarity, resembles: likeness.resembles }))
    }
}
