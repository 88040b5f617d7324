//! Enrolled users, and the calibration that tells them apart.

use super::Engine;
use super::people::{Own, UserChange};
use crate::engine::enrollment::{Enrollment, EnrollmentOptions, numbered};
use crate::error::{Result, fail};
use crate::recognition::gallery::{Calibration, Gallery, Likeness};
use crate::recognition::whose::{ANCHORS, more_of, people};
use crate::users::export::Export;
use crate::users::profile::{Profile, check_name};

impl Engine {
    /// Returns all profiles, by name, except those of [`Engine::damaged_users`].
    ///
    /// # Errors
    /// `Storage` if the store cannot be read.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        Ok(self.store()?.sound_profiles()?.0)
    }

    /// Returns the names of users who are not recognized because their profiles are damaged. They
    /// can be deleted.
    ///
    /// # Errors
    /// `Storage` if the store cannot be read.
    pub fn damaged_users(&self) -> Result<Vec<String>> {
        Ok(self.store()?.sound_profiles()?.1)
    }

    /// Enrolls a new user with the embeddings of one or more pictures, if all show one person
    /// ([`people`]); `now_ms` is the time in milliseconds since 1970.
    ///
    /// # Errors
    /// `InvalidOption` for an invalid or taken name, or an embedding that is not finite or not of
    /// length 1 ([`crate::users::profile::check_embedding`]); `NotEnoughSamples` without
    /// embeddings; `SeveralPeople` with the numbers of the embeddings of each person from 1; `Storage` if
    /// the store cannot be written.
    pub fn enroll(&self, name: &str, embeddings: &[Vec<f32>], now_ms: u64) -> Result<()> {
        let profile = Profile::new(name, embeddings, &self.inner.identity_network, now_ms)?;
        self.check_open()?;
        let groups = people(&self.calibration()?, embeddings)?;
        if groups.len() > 1 {
            fail!(SeveralPeople, "the embeddings show several people; these belong together: {}", numbered(&groups));
        }
        self.enroll_as(&profile, &[])
    }

    /// Enrolls a new user with embeddings of an [`Enrollment`], which were compared with each other. Users
    /// who came meanwhile are compared with them here.
    pub(super) fn enroll_compared(&self, name: &str, embeddings: &[Vec<f32>], now_ms: u64) -> Result<()> {
        let profile = Profile::new(name, embeddings, &self.inner.identity_network, now_ms)?;
        self.enroll_as(&profile, embeddings)
    }

    /// Stores a new user if none of `unlike` resembles another one.
    fn enroll_as(&self, profile: &Profile, unlike: &[Vec<f32>]) -> Result<()> {
        let change = self.change_users()?;
        self.check_others(&profile.name, unlike)?;
        change.store.add(profile)?;
        log::info!("a user was enrolled with {} embeddings", profile.embedding_count());
        change.people().admit(profile, &self.inner.identity_network, Own::default());
        Ok(())
    }

    /// Fails if one of `embeddings` resembles another user than `name`. Users must not change meanwhile.
    fn check_others(&self, name: &str, embeddings: &[Vec<f32>]) -> Result<()> {
        let mut others = embeddings.iter().enumerate();
        let found = others.find_map(|(index, embedding)| Some((index + 1, self.another(name, embedding)?.0)));
        if let Some((number, other)) = found {
            fail!(
                SeveralPeople,
                "frame {number} of the accepted ones looks like another user, who was enrolled meanwhile";
                "frame {number} of the accepted ones looks like {other:?}, who was enrolled meanwhile"
            );
        }
        Ok(())
    }

    /// Starts the enrollment of a new user from frames; each frame is accepted or rejected with a
    /// reason.
    ///
    /// # Errors
    /// `InvalidOption` for an invalid or taken name or an option out of range; `Storage` if the
    /// store cannot be read.
    pub fn enrollment(&self, name: &str, options: EnrollmentOptions) -> Result<Enrollment> {
        check_name(name)?;
        if self.profiles()?.iter().any(|profile| profile.name == name) {
            fail!(InvalidOption, "a user of this name exists already"; "a user called {name:?} exists already");
        }
        Enrollment::new(self.clone(), name, None, options)
    }

    /// Starts an enrollment that adds frames to an existing user.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` if the user was enrolled with another identity network or an
    /// option is out of range; `Storage` if the store cannot be read.
    pub fn enrollment_of(&self, name: &str, options: EnrollmentOptions) -> Result<Enrollment> {
        let profile = self.export(name)?;
        self.check_networks(&profile)?;
        Enrollment::new(self.clone(), name, Some(profile.embeddings()), options)
    }

    /// Adds embeddings to an existing user, as in [`Profile::add_embeddings`], if all are the user's
    /// ([`more_of`]).
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` if the user was enrolled with another identity network, or
    /// an embedding has another number of values, is not finite or not of length 1;
    /// `SeveralPeople` if an embedding is somebody else's; `Storage` if the store cannot be written.
    pub fn add_embeddings(&self, name: &str, embeddings: &[Vec<f32>]) -> Result<()> {
        let calibration = self.calibration()?;
        let change = self.change_users()?;
        self.add_if(&change, name, embeddings, |current| all_of_user(&calibration, current, embeddings))
    }

    /// Same as [`Engine::add_embeddings`], for embeddings of an [`Enrollment`] that began when the user had
    /// the embeddings `known`. If these are the user's still, `embeddings` were compared with them; else
    /// they are compared again, or if the person confirmed them (`same_person`) the user must at least be
    /// the same.
    pub(super) fn add_compared(
        &self,
        name: &str,
        embeddings: &[Vec<f32>],
        known: &[Vec<f32>],
        same_person: bool,
    ) -> Result<()> {
        let calibration = self.calibration()?;
        let change = self.change_users()?;
        self.check_others(name, embeddings)?;
        self.add_if(&change, name, embeddings, |current| {
            let anchors = &known[..known.len().min(ANCHORS)];
            let is_same_user = current.starts_with(anchors);
            match (current == known, same_person) {
                (true, _) => Ok(()),
                (false, false) => all_of_user(&calibration, current, embeddings),
                (false, true) if is_same_user => Ok(()),
                (false, true) => fail!(SeveralPeople, "the user was enrolled anew meanwhile; begin again"),
            }
        })
    }

    /// Adds embeddings if `check` accepts them beside those that the user has now.
    fn add_if(
        &self,
        change: &UserChange<'_>,
        name: &str,
        embeddings: &[Vec<f32>],
        check: impl Fn(&[Vec<f32>]) -> Result<()>,
    ) -> Result<()> {
        let (profile, ()) = change.store.update(name, |profile| {
            self.check_networks(profile)?;
            let known = profile.embeddings();
            profile.add_embeddings(embeddings)?;
            check(&known)
        })?;
        log::info!("{} embeddings were added to a user", embeddings.len());
        let mut people = change.people();
        people.gallery.remove(name);
        people.gallery.add(name, &profile.embeddings());
        Ok(())
    }

    /// Compares an embedding (of length 1) with the user `name` only.
    ///
    /// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22
    /// % (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.
    ///
    /// # Errors
    /// `UserNotFound` if there is no such user, or none enrolled with the identity network in use.
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

    /// Renames the user `name` to `new`: embeddings, heads and timelines stay. The old name is erased
    /// from the store's file, so the disk must have room for a copy of it.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` if the new name is invalid or taken; `Storage` if the store
    /// cannot be written. If only the erasing fails, the user has the new name.
    pub fn rename(&self, name: &str, new: &str) -> Result<()> {
        let change = self.change_users()?;
        let profile = change.store.rename(name, new)?;
        let own = Own::of(self.inner.start(), &profile)?;
        {
            let mut people = change.people();
            people.remove(name);
            people.admit(&profile, &self.inner.identity_network, own);
        }
        log::info!("a user was renamed");
        change.store.erase_free_space()
    }

    /// Deletes a user with all data: embeddings, heads, timelines, recorded
    /// clips. Analysis continues meanwhile and
    /// recognizes the user until this is done.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` if the store cannot be written.
    pub fn delete(&self, name: &str) -> Result<()> {
        let change = self.change_users()?;
        change.store.delete(name)?;
        let mut people = change.people();
        people.remove(name);
        drop(people);
        self.tell_of_deletion(name);
        log::info!("a user was deleted");
        Ok(())
    }

    /// Returns the profile of a user, for export.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` if the store cannot be read.
    pub fn export(&self, name: &str) -> Result<Profile> {
        self.store()?.profile(name)
    }

    /// Adds a user from another device.
    ///
    /// # Errors
    /// `InvalidOption` if the name is taken or the profile was made with other networks;
    /// `ProfileCorrupt` if one of its numbers is out of range; `Storage` if the store cannot be
    /// written.
    pub fn import(&self, profile: &Profile) -> Result<()> {
        self.check_networks(profile)?;
        profile.check()?;
        let change = self.change_users()?;
        let own = Own::of(self.inner.start(), profile)?;
        change.store.add(profile)?;
        change.people().admit(profile, &self.inner.identity_network, own);
        Ok(())
    }

    /// Exports all data of a user, with or without timelines, for another device.
    ///
    /// # Errors
    /// As in [`Engine::export`].
    pub fn export_all(&self, name: &str, timeline: bool) -> Result<Export> {
        self.store()?.export(name, timeline)
    }

    /// Adds a user from another device with all exported data.
    ///
    /// # Errors
    /// As in [`Engine::import`].
    pub fn import_all(&self, export: &Export) -> Result<()> {
        let profile = &export.profile;
        self.check_networks(profile)?;
        let change = self.change_users()?;
        let own = Own::of(self.inner.start(), profile)?;
        change.store.import(export)?;
        change.people().admit(profile, &self.inner.identity_network, own);
        Ok(())
    }

    pub(super) fn check_networks(&self, profile: &Profile) -> Result<()> {
        if profile.identity_network != self.inner.identity_network {
            fail!(
                InvalidOption,
                "the profile was made with another identity network; enroll the user again";
                "the profile was made with another identity network; enroll {:?} again", profile.name
            );
        }
        Ok(())
    }

    /// Returns the identification calibration in use.
    ///
    /// # Errors
    /// `Closed` after [`Engine::close`].
    pub fn calibration(&self) -> Result<Calibration> {
        Ok(self.people()?.gallery.calibration().clone())
    }

    /// Returns the identity network's default calibration, used if nothing was measured.
    pub fn default_calibration(&self) -> &Calibration {
        &self.inner.default_calibration
    }

    /// Stores a new identification calibration and binds it to the identity network in use.
    ///
    /// # Errors
    /// `InvalidOption` if it is out of range, `Storage` if it cannot be written.
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

/// Fails if one of `embeddings` is not of the user who has the embeddings `known`.
fn all_of_user(calibration: &Calibration, known: &[Vec<f32>], embeddings: &[Vec<f32>]) -> Result<()> {
    let is_users = more_of(calibration, known, embeddings)?;
    if let Some(other) = is_users.iter().position(|is_users| !is_users) {
        fail!(SeveralPeople, "embedding {} is not the user's", other + 1);
    }
    Ok(())
}
