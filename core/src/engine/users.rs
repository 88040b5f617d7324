//! Who is enrolled, and how users are told apart.

use super::Engine;
use crate::engine::enrollment::{Enrollment, EnrollmentOptions};
use crate::error::{Result, fail};
use crate::recognition::gallery::{Calibration, Gallery, Likeness};
use crate::users::export::Export;
use crate::users::profile::{Profile, check_name};

impl Engine {
    /// All profiles, by name, but those of [`Engine::damaged_users`].
    ///
    /// # Errors
    /// `Storage` where the store cannot be read.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        Ok(self.store()?.sound_profiles()?.0)
    }

    /// The names of users who are not recognized because their profiles are damaged. They can be
    /// deleted.
    ///
    /// # Errors
    /// `Storage` where the store cannot be read.
    pub fn damaged_users(&self) -> Result<Vec<String>> {
        Ok(self.store()?.sound_profiles()?.1)
    }

    /// Enrolls a new user with the embeddings of at least one picture; `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name or an embedding that is not finite or not of length 1
    /// ([`crate::users::profile::check_embedding`]), `NotEnoughSamples` without embeddings, `Storage`
    /// where the store cannot be written.
    pub fn enroll(&self, name: &str, embeddings: &[Vec<f32>], now_ms: u64) -> Result<()> {
        let profile = Profile::new(name, embeddings, &self.inner.identity_network, now_ms)?;
        let change = self.change_users()?;
        change.store.add(&profile)?;
        log::info!("a user was enrolled with {} embeddings", embeddings.len());
        change.people().admit(&profile, &self.inner.identity_network, &self.inner.networks)
    }

    /// Begins to enroll a new user from frames, each answered with what is wrong with it.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name or an option out of range; `Storage` where the
    /// store cannot be read.
    pub fn enrollment(&self, name: &str, options: EnrollmentOptions) -> Result<Enrollment> {
        check_name(name)?;
        if self.profiles()?.iter().any(|profile| profile.name == name) {
            fail!(InvalidOption, "a user of this name exists already"; "a user called {name:?} exists already");
        }
        Enrollment::new(self.clone(), name, None, options)
    }

    /// Begins to add frames to a user who is enrolled already.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or an option is out of range; `Storage` where the store cannot be read.
    pub fn enrollment_of(&self, name: &str, options: EnrollmentOptions) -> Result<Enrollment> {
        let profile = self.export(name)?;
        self.check_networks(&profile)?;
        Enrollment::new(self.clone(), name, Some(profile.embeddings()), options)
    }

    /// Adds embeddings to a user who is enrolled already, as [`Profile::add_embeddings`] does.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or an embedding has another number of values, is not finite or not of length 1; `Storage` where
    /// the store cannot be written.
    pub fn add_embeddings(&self, name: &str, embeddings: &[Vec<f32>]) -> Result<()> {
        let change = self.change_users()?;
        let (profile, ()) = change.store.update(name, |profile| {
            self.check_networks(profile)?;
            profile.add_embeddings(embeddings)
        })?;
        log::info!("{} embeddings were added to a user", embeddings.len());
        let mut people = change.people();
        people.gallery.remove(name);
        people.gallery.add(name, &profile.embeddings());
        Ok(())
    }

    /// Whether the embedding (of length 1) resembles the user `name`, where nobody else is in
    /// question.
    ///
    /// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22
    /// % (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.
    ///
    /// # Errors
    /// `UserNotFound` where no such user is known, or enrolled with the identity network in use.
    pub fn verify(&self, name: &str, embedding: &[f32]) -> Result<Likeness> {
        match self.people()?.gallery.verify(name, embedding) {
            Some(likeness) => Ok(likeness),
            None => fail!(
                UserNotFound,
                "no user of this name is enrolled with the networks in use";
                "no user called {name:?} is enrolled with the networks in use"
            ),
        }
    }

    /// Deletes a user with everything that is kept: embeddings, heads, timeline. Looking goes on
    /// meanwhile, and knows the user until this is done.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be written.
    pub fn delete(&self, name: &str) -> Result<()> {
        let change = self.change_users()?;
        change.store.delete(name)?;
        let mut people = change.people();
        people.gallery.remove(name);
        people.heads.remove(name);
        log::info!("a user was deleted");
        Ok(())
    }

    /// The profile of a user, for export.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be read.
    pub fn export(&self, name: &str) -> Result<Profile> {
        self.store()?.profile(name)
    }

    /// Adds a user from another device.
    ///
    /// # Errors
    /// `InvalidOption` where the name is taken or the profile was made with other networks;
    /// `ProfileCorrupt` where a number of it is out of range; `Storage` where the store cannot be
    /// written.
    pub fn import(&self, profile: &Profile) -> Result<()> {
        self.check_networks(profile)?;
        profile.check()?;
        let change = self.change_users()?;
        change.store.add(profile)?;
        change.people().admit(profile, &self.inner.identity_network, &self.inner.networks)
    }

    /// Everything of a user, with the timeline or without, to take to another device.
    ///
    /// # Errors
    /// As [`Engine::export`].
    pub fn export_all(&self, name: &str, timeline: bool) -> Result<Export> {
        self.store()?.export(name, timeline)
    }

    /// Adds a user from another device with everything that was exported.
    ///
    /// # Errors
    /// As [`Engine::import`].
    pub fn import_all(&self, export: &Export) -> Result<()> {
        let profile = &export.profile;
        self.check_networks(profile)?;
        let change = self.change_users()?;
        change.store.import(export)?;
        change.people().admit(profile, &self.inner.identity_network, &self.inner.networks)
    }

    fn check_networks(&self, profile: &Profile) -> Result<()> {
        if profile.identity_network != self.inner.identity_network {
            fail!(
                InvalidOption,
                "the profile was made with another identity network; enroll the user again";
                "the profile was made with another identity network; enroll {:?} again", profile.name
            );
        }
        Ok(())
    }

    /// How embeddings are compared at present.
    ///
    /// # Errors
    /// `Closed` after [`Engine::close`].
    pub fn calibration(&self) -> Result<Calibration> {
        Ok(self.people()?.gallery.calibration().clone())
    }

    /// How identity is decided where nothing was measured, by the identity network.
    pub fn default_calibration(&self) -> &Calibration {
        &self.inner.default_calibration
    }

    /// Stores how identity is decided from now on, with the identity network in use as the one
    /// that it holds for.
    ///
    /// # Errors
    /// `InvalidOption` where it is out of range, `Storage` where it cannot be written.
    pub fn calibrate(&self, mut calibration: Calibration) -> Result<()> {
        calibration.network.clone_from(&self.inner.identity_network);
        let change = self.change_users()?;
        let mut gallery = Gallery::new(calibration)?;
        change.store.set_calibration(gallery.calibration())?;
        for profile in change.store.sound_profiles()?.0 {
            if profile.identity_network == self.inner.identity_network {
                gallery.add(&profile.name, &profile.embeddings());
            }
        }
        change.people().gallery = gallery;
        Ok(())
    }
}
