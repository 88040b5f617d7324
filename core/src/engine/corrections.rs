//! Corrections: what a user says a shown emotion really was.

use std::ops::ControlFlow;

use zeroize::Zeroize;

use super::Engine;
use super::footage::class_of;
use super::people::Own;
use super::start::Lesson;
use crate::error::{Result, fail};
use crate::head::{Clip, Head};
use crate::recognition::gallery::Calibration;
use crate::recognition::whose::{Whose, whose};
use crate::speech::SpeechFeatures;
use crate::train::adapt::Refusal;
use crate::users::corrections::StoredCorrection;
use crate::users::history::AdaptedHead;
use crate::users::profile::Profile;

/// The last analyzed frames of a user, and what the user says about them. The vectors are overwritten
/// when they go.
#[derive(Clone)]
pub struct Moment {
    /// The frame vectors ([`Features::head_input`](crate::features::Features::head_input)).
    pub frames: Vec<Vec<f32>>,
    /// The identity embedding of each frame ([`Features::identity`](crate::features::Features::identity)).
    pub faces: Vec<Vec<f32>>,
    /// The vector of the speech that had a part in the answer
    /// ([`SpeechFeatures::describe`](crate::speech::SpeechFeatures::describe)); `None` if none had.
    pub speech: Option<Vec<f32>>,
    /// The emotion, in any spelling that [`labels::canonical`] knows.
    pub label: String,
    /// The label that was shown and is wrong; `None` if the user confirms the answer.
    pub contradicted: Option<String>,
}

impl std::fmt::Debug for Moment {
    /// Shows the number of frames only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Moment({} frames)", self.frames.len())
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        self.frames.zeroize();
        self.faces.zeroize();
        self.speech.zeroize();
    }
}

/// A correction that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// Its number.
    pub number: u32,
    /// What the user says, as the head calls it.
    pub label: String,
    /// The label that was shown and is wrong, as the head calls it; `None` if the answer was confirmed.
    pub contradicted: Option<String>,
    /// Whether the head now answers these frames as the user says. One correction alone does not
    /// overturn an answer that the head is sure of: it waits until others bear it out.
    pub taken: bool,
}

/// Why a correction was not learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionRefusal {
    /// There is no such track, or it has ended.
    NoTrack,
    /// The identity of the face is not settled.
    IdentityOpen,
    /// The face is nobody who is enrolled: there is no head to teach.
    UnknownFace,
    /// No answer was shown yet.
    NothingShown,
    /// The answer that the user speaks of is not shown any more, and its frames are gone.
    AnswerChanged,
    /// The frames resemble the user too little: they may show somebody else.
    SomebodyElse,
    /// There is no correction to undo.
    NothingToUndo,
}

/// The outcome of a full fit on the corrections of a user.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CorrectionReport {
    /// Whether the new head is accepted.
    pub accepted: bool,
    /// Why the new head was refused; `None` if it is accepted.
    pub refusal: Option<Refusal>,
    /// Whether the corrections that are not part of a generation go on answering through the short fit:
    /// if they are too few for the gate ([`MIN_CORRECTIONS`](crate::train::correct::MIN_CORRECTIONS)).
    /// Those that the gate refused do not, until the next correction.
    pub pending: bool,
    /// Number of corrections and confirmations that it learned.
    pub corrections: usize,
    /// The new generation; `None` if the head was refused.
    pub generation: Option<u32>,
    /// Mean loss of the head without the corrections, in the choice between the labels that the user
    /// did not contradict.
    pub loss_before: f32,
    /// The same of heads that did not learn the correction in question; `None` if there are too few.
    pub loss_estimated: Option<f32>,
}

impl Engine {
    /// Corrects or confirms the answer of the last frames of user `name`; `now_ms` is the time in
    /// milliseconds since 1970. The user's head learns it at once, in milliseconds, and the
    /// correction is stored with the user, in place of the one numbered `replaced` if there is one.
    /// Returns what was stored, or why nothing was learned.
    ///
    /// Every frame is compared with the user's embeddings; those that resemble the user too little
    /// are left out, and if most do, nothing is learned. A single correction moves the head a little;
    /// one that the head finds improbable waits until others bear it out ([`Corrected::taken`]).
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` for a label that the user's head lacks, frames that do not
    /// fit it, not one embedding per frame, a user who was enrolled with another identity network, or a
    /// replaced correction that cannot be taken back; `NotEnoughSamples` without frames;
    /// `TrainingDiverged`; `Storage` if the store cannot be written. On error nothing is stored.
    pub fn correct(
        &self,
        name: &str,
        moment: &Moment,
        replaced: Option<u32>,
        now_ms: u64,
    ) -> Result<std::result::Result<Corrected, CorrectionRefusal>> {
        let profile = self.export(name)?;
        self.check_networks(&profile)?;
        let Some((head, _)) = self.head_for(Some(name))? else {
            fail!(InvalidOption, "the model pack has no class logits to start a head from");
        };
        let label = known_label(&head, &moment.label)?;
        let contradicted = moment.contradicted.as_deref().map(|shown| known_label(&head, shown)).transpose()?;
        let contradicted = contradicted.filter(|shown| *shown != label);
        if moment.frames.is_empty() {
            fail!(NotEnoughSamples, "there is no frame to correct");
        }
        if moment.frames.len() != moment.faces.len() {
            let (frames, faces) = (moment.frames.len(), moment.faces.len());
            fail!(InvalidOption, "{frames} frames with {faces} embeddings of faces; one per frame is needed");
        }
        let Some(frames) = self.own_frames(&profile, moment)? else {
            return Ok(Err(CorrectionRefusal::SomebodyElse));
        };
        let clip = Clip::from_frames(&frames)?;
        if clip.dimension() != head.dimension() {
            fail!(InvalidOption, "a frame has {} values; the head takes {}", clip.dimension(), head.dimension());
        }
        let correction = StoredCorrection::new(&clip, label, contradicted, now_ms);
        let correction = correction.with_speech(checked_speech(moment, self.speech_features())?);
        let change = self.change_users()?;
        // Fitted before anything is stored, so that what cannot be learned is not kept.
        let (_, (number, own)) = change.store.update(name, |profile| {
            let number = profile.face.add_correction(correction, replaced, &self.inner.networks)?;
            let face = self.inner.start().corrected(profile)?;
            Ok((number, Own { face, speech: self.inner.start().voice_of(profile)? }))
        })?;
        let answering = match (&own.face, &self.inner.generic_head) {
            (Some(head), _) | (None, Some(head)) => head,
            (None, None) => fail!(InvalidOption, "the model pack has no class logits to start a head from"),
        };
        let taken = answering.labels()[answering.classify(&clip)?] == label;
        let contradicted = contradicted.map(str::to_owned);
        let corrected = Corrected { number, label: label.to_owned(), contradicted, taken };
        change.people().set_heads(name, own);
        log::info!("a user's head was corrected");
        Ok(Ok(corrected))
    }

    /// Returns the user's frames: those that resemble the user by themselves, if they are most and
    /// show the user together ([`whose`]); else `None`.
    fn own_frames<'a>(&self, profile: &Profile, moment: &'a Moment) -> Result<Option<Vec<&'a [f32]>>> {
        let calibration = self.calibration()?;
        let min = min_similarity(&calibration);
        let people = self.people()?;
        let likeness = |face: &[f32]| people.gallery.verify(&profile.name, face);
        let resembles = |face: &[f32]| likeness(face).is_some_and(|likeness| likeness.similarity >= min);
        let pairs = moment.frames.iter().zip(&moment.faces).filter(|(_, face)| resembles(face));
        let (frames, faces): (Vec<&[f32]>, Vec<Vec<f32>>) =
            pairs.map(|(frame, face)| (frame.as_slice(), face.clone())).unzip();
        drop(people);
        if 2 * frames.len() <= moment.frames.len() {
            return Ok(None);
        }
        let judged = whose(&calibration, &profile.embeddings(), &[&faces])?;
        Ok((judged == [Whose::User]).then_some(frames))
    }

    /// Takes back a correction of user `name`: the head is the one that it would be without it.
    /// Returns false if it is no longer stored.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` as in
    /// [`History::remove_correction`](crate::users::history::History::remove_correction); `Storage` if the store
    /// cannot be written.
    pub fn undo_correction(&self, name: &str, number: u32) -> Result<bool> {
        let change = self.change_users()?;
        let (profile, removed) = change.store.update(name, |profile| profile.face.remove_correction(number))?;
        change.people().set_heads(name, Own::of(self.inner.start(), &profile)?);
        Ok(removed)
    }

    /// Takes back the newest correction in use of user `name`, whichever session made it. Returns it;
    /// `None` if there is none.
    ///
    /// # Errors
    /// As in [`Engine::undo_correction`].
    pub fn undo_last_correction(&self, name: &str) -> Result<Option<StoredCorrection>> {
        let change = self.change_users()?;
        let (profile, undone) = change.store.update(name, |profile| {
            let newest = profile.face.newest_correction().cloned();
            newest.as_ref().map(|newest| profile.face.remove_correction(newest.number)).transpose()?;
            Ok(newest)
        })?;
        change.people().set_heads(name, Own::of(self.inner.start(), &profile)?);
        Ok(undone)
    }

    /// Fits the head of user `name` in full to the stored corrections and stores it as a new
    /// generation if the gate accepts it; `now_ms` is the time in milliseconds since 1970. What the gate
    /// refuses does not answer until the next correction; what is too little for it goes on answering
    /// through the short fit ([`CorrectionReport::pending`]). If the user's head or corrections change
    /// meanwhile, the fit is repeated. Takes seconds at most: call it off the thread of the user
    /// interface, such as at the end of a session. `progress` receives the number of fits done and of
    /// all.
    ///
    /// # Errors
    /// `UserNotFound`; `NotEnoughSamples` without corrections; `Cancelled` if `progress` breaks;
    /// `Storage` if the store cannot be written.
    pub fn relearn(
        &self,
        name: &str,
        now_ms: u64,
        mut progress: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<CorrectionReport> {
        loop {
            if let Some(report) = self.relearn_once(name, now_ms, &mut progress)? {
                return Ok(report);
            }
            log::info!("a user's head changed while corrections were learned: they are learned again");
        }
    }

    /// Does it once; `None`, and nothing is changed, if what it started from was changed meanwhile.
    fn relearn_once(
        &self,
        name: &str,
        now_ms: u64,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Option<CorrectionReport>> {
        let profile = self.export(name)?;
        let start = self.inner.start();
        let lesson = Lesson::of(start, &profile)?;
        let Some(generic) = start.generic else {
            fail!(InvalidOption, "the model pack has no class logits to start a head from");
        };
        let progress = |done, all| if self.is_closed() { ControlFlow::Break(()) } else { progress(done, all) };
        let relearned = lesson.corrector(generic, start.expression).learn(&lesson.examples(), progress);
        self.check_open()?;
        let relearned = relearned?;
        let count = lesson.clips.len();
        let generation = |head| self.generation(head, relearned.loss_estimated, &lesson, now_ms);
        let head = relearned.head.as_ref().map(generation).transpose()?;
        let pending = relearned.refusal == Some(Refusal::TooFewClips);
        let change = self.change_users()?;
        let (profile, done) = change.store.update(name, |profile| match head {
            Some(head) => Ok(profile.face.push_relearned(head)?.map(Some)),
            None if pending => Ok(Some(None)),
            None => Ok(profile.face.refuse_corrections(&lesson.learned_from, start.networks).then_some(None)),
        })?;
        let Some(generation) = done else { return Ok(None) };
        change.people().set_heads(name, Own::of(self.inner.start(), &profile)?);
        log::info!("{count} corrections were judged");
        Ok(Some(CorrectionReport {
            accepted: generation.is_some(),
            refusal: relearned.refusal,
            pending,
            corrections: count,
            generation,
            loss_before: relearned.loss_before,
            loss_estimated: relearned.loss_estimated,
        }))
    }

    fn generation(
        &self,
        head: &Head,
        estimated_loss: Option<f32>,
        lesson: &Lesson,
        now_ms: u64,
    ) -> Result<AdaptedHead> {
        Ok(AdaptedHead {
            number: 0,
            bytes: head.encode()?,
            networks: self.inner.networks.clone(),
            scale: None,
            adapted_at_ms: now_ms,
            clips: lesson.clips.len() as u32,
            estimated_loss,
            evidence: Vec::new(),
            learned_from: Some(lesson.learned_from.clone()),
        })
    }
}

/// Returns a label as the head calls it.
pub(crate) fn known_label<'a>(head: &'a Head, label: &str) -> Result<&'a str> {
    let labels = head.labels();
    Ok(labels[class_of(labels, label, "the emotion")?].as_str())
}

/// The minimum similarity of a frame to the user: lower than for identification, because the track's
/// identity is settled and faces show emotions here.
fn min_similarity(calibration: &Calibration) -> f32 {
    calibration.threshold_for(1) - calibration.rise * std::f32::consts::LN_10
}

/// Returns the speech of a moment if it is a vector of these `features`.
fn checked_speech<'a>(moment: &'a Moment, features: &SpeechFeatures) -> Result<Option<&'a [f32]>> {
    let Some(speech) = &moment.speech else { return Ok(None) };
    if !features.fits(speech) {
        let values = features.values();
        fail!(InvalidOption, "speech of {} values; {values} finite ones are needed", speech.len());
    }
    Ok(Some(speech))
}
