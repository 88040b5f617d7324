//! Corrections: what a user says a shown emotion really was.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::Engine;
use crate::error::{Result, fail};
use crate::head::{Clip, Head};
use crate::labels;
use crate::recognition::gallery::Calibration;
use crate::recognition::whose::{Whose, whose};
use crate::train::adapt::Refusal;
use crate::train::correct::{Corrector, Example};
use crate::train::generic::GenericHead;
use crate::users::corrections::StoredCorrection;
use crate::users::profile::{AdaptedHead, Profile};

/// The last analyzed frames of a user, and what the user says about them.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The frame vectors ([`Features::head_input`](crate::features::Features::head_input)).
    pub frames: Vec<Vec<f32>>,
    /// The identity embedding of each frame ([`Features::identity`](crate::features::Features::identity)).
    pub faces: Vec<Vec<f32>>,
    /// The emotion, in any spelling that [`labels::canonical`] knows.
    pub label: String,
    /// The label that was shown and is wrong; `None` if the user confirms the answer.
    pub contradicted: Option<String>,
}

/// Why a correction was not learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionRefusal {
    /// No such track is in sight.
    NoTrack,
    /// The identity of the face is not settled.
    IdentityOpen,
    /// The face is nobody who is enrolled: there is no head to teach.
    UnknownFace,
    /// No answer was shown yet, or none since the last correction.
    NothingShown,
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
    /// correction is stored with the user. Returns its number, or why nothing was learned.
    ///
    /// Every frame is compared with the user's embeddings; those that resemble the user too little
    /// are left out, and if most do, nothing is learned.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` for a label that the user's head lacks, or frames that do not
    /// fit it; `NotEnoughSamples` without frames; `Storage` if the store cannot be written.
    pub fn correct(
        &self,
        name: &str,
        moment: &Moment,
        now_ms: u64,
    ) -> Result<std::result::Result<u32, CorrectionRefusal>> {
        let Some((head, _)) = self.head_for(Some(name))? else {
            fail!(InvalidOption, "the model pack has no class logits to start a head from");
        };
        let known = |label: &str| match labels::index_of(head.labels(), label) {
            Some(class) => Ok(head.labels()[class].as_str()),
            None => {
                let known = head.labels().join(", ");
                fail!(InvalidOption, "the emotion is none of {known}"; "the emotion {label:?} is none of {known}")
            }
        };
        let label = known(&moment.label)?;
        let contradicted = moment.contradicted.as_deref().map(known).transpose()?.filter(|shown| *shown != label);
        let Some(frames) = self.own_frames(name, moment)? else { return Ok(Err(CorrectionRefusal::SomebodyElse)) };
        let clip = Clip::from_frames(&frames)?;
        if clip.dimension() != head.dimension() {
            fail!(InvalidOption, "a frame has {} values; the head takes {}", clip.dimension(), head.dimension());
        }
        let correction = StoredCorrection::new(&clip, label, contradicted, now_ms);
        let change = self.change_users()?;
        let add = |profile: &mut Profile| profile.add_correction(correction, &self.inner.networks);
        let (profile, number) = change.store.update(name, add)?;
        let head = self.inner.start().head_of(&profile)?;
        change.people().set_head(name, head);
        log::info!("a user's head was corrected");
        Ok(Ok(number))
    }

    /// Returns the user's frames: those that resemble the user by themselves, if they are most and
    /// show the user together ([`whose`]); else `None`.
    fn own_frames<'a>(&self, name: &str, moment: &'a Moment) -> Result<Option<Vec<&'a [f32]>>> {
        let calibration = self.calibration()?;
        let min = min_similarity(&calibration);
        let people = self.people()?;
        let resembles = |face: &[f32]| people.gallery.verify(name, face).is_some_and(|it| it.similarity >= min);
        let pairs = moment.frames.iter().zip(&moment.faces).filter(|(_, face)| resembles(face));
        let (frames, faces): (Vec<&[f32]>, Vec<Vec<f32>>) =
            pairs.map(|(frame, face)| (frame.as_slice(), face.clone())).unzip();
        drop(people);
        if 2 * frames.len() <= moment.frames.len() {
            return Ok(None);
        }
        let user = self.export(name)?.embeddings();
        let judged = whose(&calibration, &user, &[&faces])?;
        Ok((judged == [Whose::User]).then_some(frames))
    }

    /// Takes back a correction of user `name`: the head is the one that it would be without it.
    /// Returns false if it is no longer stored.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` if the store cannot be written.
    pub fn undo_correction(&self, name: &str, number: u32) -> Result<bool> {
        let change = self.change_users()?;
        let (profile, removed) = change.store.update(name, |profile| Ok(profile.remove_correction(number)))?;
        let head = self.inner.start().head_of(&profile)?;
        change.people().set_head(name, head);
        Ok(removed)
    }

    /// Fits the head of user `name` in full to the stored corrections and stores it as a new
    /// generation if the gate accepts it; `now_ms` is the time in milliseconds since 1970. If the
    /// gate refuses it, the head from before the corrections answers until the next one. Takes
    /// seconds at most: call it off the thread of the user interface, such as at the end of a
    /// session. `progress` receives the number of fits done and of all.
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
        let generation = match &relearned.head {
            Some(head) => Some(AdaptedHead {
                number: 0,
                bytes: head.encode()?,
                networks: self.inner.networks.clone(),
                adapted_at_ms: now_ms,
                clips: lesson.clips.len() as u32,
                estimated_loss: relearned.loss_estimated,
                evidence: Vec::new(),
            }),
            None => None,
        };
        let change = self.change_users()?;
        let (profile, generation) = change.store.update(name, |profile| match (generation, relearned.refusal) {
            (Some(generation), _) => profile.push_relearned(generation, &lesson.numbers).map(Some),
            (None, Some(Refusal::NotBetter)) => {
                profile.refuse_corrections(&lesson.numbers);
                Ok(None)
            }
            (None, _) => Ok(None),
        })?;
        let head = self.inner.start().head_of(&profile)?;
        change.people().set_head(name, head);
        log::info!("a head was learned from {} corrections", lesson.clips.len());
        Ok(CorrectionReport {
            accepted: generation.is_some(),
            refusal: relearned.refusal,
            corrections: lesson.clips.len(),
            generation,
            loss_before: relearned.loss_before,
            loss_estimated: relearned.loss_estimated,
        })
    }
}

/// The minimum similarity of a frame to the user: lower than for identification, as in enrollment,
/// because the track's identity is settled and faces show emotions here.
fn min_similarity(calibration: &Calibration) -> f32 {
    calibration.threshold_for(1) - calibration.rise * std::f32::consts::LN_10
}

/// What users' heads start from.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub networks: &'a str,
    pub generic: Option<&'a GenericHead>,
    /// Number of a frame's leading values that are expression features.
    pub expression: usize,
}

impl Start<'_> {
    /// Returns the head that answers for a user: the active generation, or what the new corrections
    /// make of its base. `None`: the generic head.
    pub fn head_of(&self, profile: &Profile) -> Result<Option<Arc<Head>>> {
        let active = profile.head();
        let own = active.filter(|active| active.networks == self.networks);
        if active.is_some() && own.is_none() {
            log::warn!("a user's head was learned with other networks and is not used");
        }
        if profile.has_new_corrections() {
            let lesson = Lesson::of(*self, profile)?;
            if let (Some(generic), false) = (self.generic, lesson.clips.is_empty()) {
                return Ok(Some(Arc::new(lesson.corrector(generic, self.expression).step(&lesson.examples())?)));
            }
        }
        own.map(|own| Ok(Arc::new(Head::decode(&own.bytes)?))).transpose()
    }
}

/// The corrections in use of a user, ready to be learned.
struct Lesson {
    own: Option<Head>,
    numbers: Vec<u32>,
    clips: Vec<Said>,
}

/// A correction whose labels the base head has.
struct Said {
    clip: Clip,
    class: usize,
    contradicted: Option<usize>,
}

impl Lesson {
    fn of(start: Start<'_>, profile: &Profile) -> Result<Self> {
        let own = profile.base().filter(|base| base.networks == start.networks);
        let own = own.map(|base| Head::decode(&base.bytes)).transpose()?;
        let base = own.as_ref().or(start.generic.map(|generic| &generic.head));
        let labels = base.map(Head::labels).unwrap_or_default();
        let (mut numbers, mut clips) = (Vec::new(), Vec::new());
        for correction in profile.corrections_in_use(start.networks) {
            // A head adapted since then may lack the class.
            let Some(class) = labels::index_of(labels, &correction.label) else { continue };
            let contradicted = correction.contradicted.as_deref().and_then(|label| labels::index_of(labels, label));
            numbers.push(correction.number);
            clips.push(Said { clip: correction.clip()?, class, contradicted });
        }
        Ok(Self { own, numbers, clips })
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let said = self.clips.iter();
        said.map(|said| Example { clip: &said.clip, class: said.class, contradicted: said.contradicted }).collect()
    }

    fn corrector<'a>(&'a self, generic: &'a GenericHead, expression: usize) -> Corrector<'a> {
        Corrector { generic, own: self.own.as_ref(), expression }
    }
}
