//! Adaptation of a user's head: footage, progress, cancellation.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use mien_core::Frame;
use mien_core::engine::{FaceResult, Footage as CoreFootage, LabeledClip, SpokenClip, UnlabeledClip};
use mien_core::head::Clip;
use mien_core::speech::AudioChunk;
use mien_core::stream::SpokenTake;
use mien_core::users::recording::{MAX_CLIPS, MAX_FRAMES};

use crate::audio::AudioLayout;
use crate::engine::{Engine, portrait};
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::handles::{Answer, FrameTarget, Handle};
use crate::held::{Guard, Held};
use crate::kept::{Kept, Take};
use crate::options::AdaptOptions;
use crate::picture::Picture;
use crate::results::{AdaptReport, Adapted, ClipSpeech, ClipStep, ClipSummary, CorrectionReport};

/// Clips for `adapt`: up to 1000 clips of up to 600 frames. They hold the outputs of the networks and numbers that
/// describe the speech, in memory or in the store, never pictures or sound.
#[derive(uniffi::Object)]
pub struct Footage {
    engine: mien_core::Engine,
    takes: Arc<Held<Takes>>,
    /// Whether the clips are in the store.
    is_kept: bool,
    handle: Handle,
}

#[derive(Default)]
struct Takes {
    /// Finished clips in memory.
    done: Vec<Take>,
    /// The finished clips in the store, if they are kept there.
    kept: Option<Kept>,
    /// The clip that frames and sound are added to.
    open: Option<(Take, SpokenTake)>,
    /// Names of removed clips: reports may still speak of them.
    removed: HashSet<String>,
    /// The highest number of the names of each label; `None` for unlabeled clips.
    numbered: HashMap<Option<String>, usize>,
}

/// Cancels an adaptation from another thread.
#[derive(uniffi::Object, Default)]
pub struct Cancel {
    wanted: AtomicBool,
}

#[uniffi::export]
impl Cancel {
    /// Creates a request that is not yet made.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Requests the cancellation. Requesting again does nothing.
    pub fn cancel(&self) {
        self.wanted.store(true, Ordering::Release);
    }

    /// Whether the cancellation was requested.
    pub fn is_cancelled(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }
}

/// Receives the progress of an adaptation, on the thread that adapts.
#[uniffi::export(with_foreign)]
pub trait TrainingProgress: Send + Sync {
    /// Called after each epoch: `epoch` of `epochs` are done, and `loss` is the mean loss of the last one.
    fn at(&self, epoch: u32, epochs: u32, loss: f32);
}

impl Footage {
    /// Creates footage of the engine, in memory or, with `kept`, in its store.
    ///
    /// Errors: `Closed`.
    pub(crate) fn new(engine: &mien_core::Engine, kept: Option<Kept>) -> Result<Arc<Self>> {
        let is_kept = kept.is_some();
        let takes = Held::new(engine, Takes { kept, ..Takes::default() })?;
        let engine = engine.clone();
        Ok(Arc::new_cyclic(|footage: &Weak<Self>| Self {
            engine,
            takes,
            is_kept,
            handle: Handle::new(footage.clone()),
        }))
    }

    fn lock(&self) -> Guard<'_, Takes> {
        self.takes.lock()
    }

    /// Returns the clips if the engine they belong to is open.
    fn takes(&self) -> Result<Guard<'_, Takes>> {
        if self.engine.is_closed() {
            fail!(Closed, "the engine of the clips is closed");
        }
        Ok(self.lock())
    }

    fn take(&self, frame: &Frame<'_>) -> Result<ClipStep> {
        if self.takes()?.open.is_none() {
            return no_clip();
        }
        let Some((seen, FaceResult { features, .. })) = portrait(&self.engine, frame)? else {
            return Ok(ClipStep::NoFace);
        };
        let mut takes = self.takes()?;
        let Some((take, spoken)) = takes.open.as_mut() else { return no_clip() };
        if take.frames.len() == MAX_FRAMES {
            fail!(InvalidOption, "the maximum is {MAX_FRAMES} frames per clip");
        }
        spoken.see(&seen);
        take.frames.push(features.head_input());
        take.faces.push(features.identity);
        Ok(ClipStep::Taken { frames: take.frames.len() as u32 })
    }
}

/// What core learns from.
#[derive(Default)]
struct Material {
    clips: Vec<LabeledClip>,
    unlabeled: Vec<UnlabeledClip>,
    speech: Vec<SpokenClip>,
    /// The names of all clips, in order.
    names: Vec<String>,
}

impl Footage {
    /// Returns the finished clips, with speech of which nobody can tell whose it is if `unchecked_voices`.
    fn material(&self, user: &str, unchecked_voices: bool) -> Result<Material> {
        let takes = self.takes()?;
        let Some(kept) = &takes.kept else { return Material::of(&takes.done, unchecked_voices) };
        let kept = kept.of(user)?.to_owned();
        drop(takes);
        // From the store, so that nothing changes if the application was killed meanwhile.
        let clips = self.engine.recorded_clips(&kept)?;
        Material::of(&clips.into_iter().map(Take::from).collect::<Vec<_>>(), unchecked_voices)
    }
}

impl Material {
    fn of(takes: &[Take], unchecked_voices: bool) -> Result<Self> {
        let mut material = Self::default();
        for Take { name, label, confirmed, frames, faces, speech } in takes {
            material.names.push(name.clone());
            let (name, faces, confirmed) = (name.clone(), faces.clone(), *confirmed);
            let Some(label) = label.clone() else {
                material.unlabeled.push(UnlabeledClip { name, clip: Clip::from_frames(frames)?, faces });
                continue;
            };
            if let Some(speech) = speech
                && let Some(vector) = speech.vector(unchecked_voices)
            {
                let in_noise = speech.in_noise.as_ref().map(|vector| vector.to_vec());
                let (name, speech, label) = (name.clone(), vector.to_vec(), label.clone());
                material.speech.push(SpokenClip { name, speech, in_noise, label, confirmed });
            }
            // A clip that was recorded for its speech alone has none.
            if !frames.is_empty() {
                let clip = Clip::from_frames(frames)?;
                material.clips.push(LabeledClip { name, clip, faces, label, confirmed });
            }
        }
        Ok(material)
    }
}

impl Takes {
    /// Whether a clip has or had the name.
    fn knows(&self, name: &str) -> bool {
        self.removed.contains(name)
            || self.done.iter().any(|take| take.name == name)
            || self.kept.as_ref().is_some_and(|kept| kept.knows(name))
    }

    /// Returns the next free name of the kind "happy/3".
    fn free_name(&self, label: Option<&str>) -> String {
        let before = self.numbered.get(&label.map(str::to_owned)).copied().unwrap_or(0);
        let label = label.unwrap_or("unlabeled");
        let mut names = (before + 1..).map(|number| format!("{label}/{number}"));
        names.find(|name| !self.knows(name)).unwrap_or_default()
    }

    /// Keeps a finished clip. Its number is not given again, also after `clear`.
    fn keep(&mut self, take: Take) {
        let label = take.label.as_deref().unwrap_or("unlabeled");
        let number: Option<usize> = take.name.strip_prefix(label).and_then(|rest| rest.strip_prefix('/')?.parse().ok());
        if let Some(number) = number {
            let highest = self.numbered.entry(take.label.clone()).or_default();
            *highest = number.max(*highest);
        }
        self.done.push(take);
    }
}

impl FrameTarget for Footage {
    fn hand(&self, frame: &Frame<'_>, _timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Footage(self.take(frame)?))
    }

    fn hear(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        match self.takes()?.open.as_mut() {
            Some((_, spoken)) => Ok(spoken.submit_audio(chunk)?),
            None => no_clip(),
        }
    }
}

fn no_clip<T>() -> Result<T> {
    fail!(InvalidOption, "no clip is open")
}

#[uniffi::export]
impl Footage {
    /// Begins a clip of the emotion `label`, in any of its spellings; `None` begins an unlabeled clip. Reports
    /// call the clip `name`; by default the label and a number, such as "happy/3".
    ///
    /// Errors: `InvalidOption` for an emotion that the heads cannot learn, if another clip is open, has this name or
    /// had it before it was removed, or if the maximum number of clips is reached; `Closed`.
    pub fn begin_clip(&self, label: Option<String>, name: Option<String>) -> Result<()> {
        let mut takes = self.takes()?;
        if takes.open.is_some() {
            fail!(InvalidOption, "a clip is open: end it before you begin another");
        }
        if takes.done.len() == MAX_CLIPS {
            fail!(InvalidOption, "the maximum is {MAX_CLIPS} clips");
        }
        if let Some(kept) = &takes.kept {
            kept.recording.check_room()?;
        }
        if let Some(label) = &label {
            self.engine.check_label(label)?;
        }
        let name = match name {
            Some(name) if takes.knows(&name) => {
                fail!(InvalidOption, "another clip has or had this name"; "another clip is or was called {name:?}")
            }
            Some(name) => name,
            // The store finds a name when the clip is written.
            None if takes.kept.is_some() => String::new(),
            None => takes.free_name(label.as_deref()),
        };
        if let Some(kept) = &mut takes.kept {
            kept.unsaved = None;
        }
        let take = Take { name, label, confirmed: false, frames: Vec::new(), faces: Vec::new(), speech: None };
        takes.open = Some((take, SpokenTake::new(&self.engine)));
        Ok(())
    }

    /// Adds the principal face of a frame to the open clip.
    ///
    /// Errors: `InvalidOption` if no clip is open or it is too long, `InvalidFrame`, `Closed`, `Internal`.
    pub fn add(&self, first: &[u8], second: &[u8], third: &[u8], layout: FrameLayout) -> Result<ClipStep> {
        self.take(&layout.frame(first, second, third)?)
    }

    /// Like `add`, for a picture file.
    ///
    /// Errors: as in `add`.
    pub fn add_picture(&self, file: &[u8]) -> Result<ClipStep> {
        self.take(&Picture::decode(file)?.frame()?)
    }

    /// Adds sound to the open clip, from any thread, as it is recorded with the frames; `timestamp_us` is the time of
    /// its first sample. Of sound longer than 10 s, the last counts. Its voice is taken for that of the face, unless
    /// several faces are seen or the mouth is still: `ClipSummary::speech` says what comes of it. Speech of an unlabeled
    /// clip is not learned.
    ///
    /// Errors: `InvalidOption` if no clip is open, for a format out of range or an incomplete sample; `TimestampOrder`
    /// if the chunk begins more than 1 s before the end of the last one, and then counts as not added; `Closed`,
    /// `Internal`.
    pub fn add_audio(&self, samples: &[u8], layout: AudioLayout, timestamp_us: u64) -> Result<()> {
        layout.lend(samples, timestamp_us, |chunk| self.hear(chunk))
    }

    /// Ends the open clip and returns its number of frames; a clip with neither frames nor speech to learn is dropped.
    /// Speech without a face is learned only with `AdaptOptions::unchecked_voices`. Footage of a user writes the clip to
    /// the store; if that fails, another call tries again, until the next clip begins. `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// Errors: `InvalidOption` if no clip is open or the recording is full; `UserNotFound` and `Storage` for footage of a
    /// user; `Closed`, `Internal`.
    pub fn end_clip(&self, now_ms: u64) -> Result<u32> {
        let mut takes = self.takes()?;
        let unsaved = takes.kept.as_mut().and_then(|kept| kept.unsaved.take());
        let take = match (takes.open.take(), unsaved) {
            (Some((mut take, spoken)), _) => {
                take.speech = spoken.finish()?;
                if !take.can_teach() {
                    return Ok(0);
                }
                take
            }
            (None, Some(take)) => take,
            (None, None) => return no_clip(),
        };
        let frames = take.frames.len() as u32;
        match &mut takes.kept {
            Some(kept) => kept.save(&self.engine, take, now_ms)?,
            None => takes.keep(take),
        }
        Ok(frames)
    }

    /// The finished clips, in order; none after the engine was closed. Of those in the store, only clips of the networks in use.
    pub fn clips(&self) -> Vec<ClipSummary> {
        let takes = self.lock();
        if let Some(kept) = &takes.kept {
            return kept.summaries(&self.engine);
        }
        let summary = |take: &Take| ClipSummary {
            name: take.name.clone(),
            label: take.label.clone(),
            frames: take.frames.len() as u32,
            confirmed: take.confirmed,
            speech: take.speech.as_ref().map(ClipSpeech::from),
        };
        takes.done.iter().map(summary).collect()
    }

    /// Number of clips in the store that other networks recorded: they cannot be learned with those in use.
    pub fn unusable_clips(&self) -> u32 {
        self.lock().kept.as_ref().map_or(0, |kept| kept.unusable(&self.engine))
    }

    /// Says that the person was asked and means the label of the finished clip `name`: `adapt` learns it although
    /// it looks like another emotion.
    ///
    /// Errors: `InvalidOption` if there is no such clip; `UserNotFound` and `Storage` for footage of a user; `Closed`.
    pub fn confirm_clip(&self, name: String) -> Result<()> {
        let mut takes = self.takes()?;
        if let Some(kept) = &mut takes.kept {
            return kept.confirm(&self.engine, &name);
        }
        match takes.done.iter_mut().find(|take| take.name == name) {
            Some(take) => take.confirmed = true,
            None => fail!(InvalidOption, "there is no clip of this name"; "no clip is called {name:?}"),
        }
        Ok(())
    }

    /// Removes the finished clip with this index; the later ones move up. No other clip gets its name. A clip in the
    /// store is erased from its file.
    ///
    /// Errors: `InvalidOption` if there is no such clip; `UserNotFound` and `Storage` for footage of a user; `Closed`.
    pub fn remove_clip(&self, index: u32) -> Result<()> {
        let mut takes = self.takes()?;
        let removed = match &mut takes.kept {
            Some(kept) => kept.remove(&self.engine, index)?,
            None => {
                let count = takes.done.len();
                if index as usize >= count {
                    fail!(InvalidOption, "no clip has the index {index}: there are {count}");
                }
                takes.done.remove(index as usize).name
            }
        };
        takes.removed.insert(removed);
        Ok(())
    }

    /// Removes all clips, including the open one, and those of other networks. Clips in the store are erased from its
    /// file. Their names may be given again, but, in memory, no clip is called so by default.
    ///
    /// Errors: for footage of a user `UserNotFound`, `Storage`, `Closed`; without a user none.
    pub fn clear(&self) -> Result<()> {
        // What is in the store can be erased by an open engine only.
        let mut takes = if self.is_kept { self.takes()? } else { self.lock() };
        if let Some(kept) = &mut takes.kept {
            kept.discard(&self.engine)?;
        }
        let (numbered, kept) = (std::mem::take(&mut takes.numbered), takes.kept.take());
        *takes = Takes { numbered, kept, ..Takes::default() };
        Ok(())
    }

    /// The number of the footage on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}

#[uniffi::export]
impl Engine {
    /// Creates empty footage in memory, to record clips of a user.
    ///
    /// Errors: `Closed`.
    pub fn footage(&self) -> Result<Arc<Footage>> {
        Footage::new(&self.core, None)
    }

    /// Adapts the heads of the user `name` with the finished clips of `footage`: one for faces, and one for speech if
    /// clips have speech to learn (`ClipSummary::speech`). A new head becomes a new
    /// generation, which answers from now on. The old head stays if anything fails, the work is cancelled, or
    /// the new head is refused (`AdaptReport::refusal`). Clips of somebody else than the user are never learned,
    /// and clips that look like another emotion only after `Footage::confirm_clip` (`AdaptReport::left_out`).
    /// Clips of one emotion, or unlabeled ones, make a baseline, which needs a generic head that was trained with
    /// statistics. `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` for a label that the head does not have, an option out of
    /// range or footage of another user; `NotEnoughSamples` without clips (if no baseline can be made, clips of one emotion are refused as too few),
    /// `TrainingDiverged`, `Cancelled`, `Storage`; `Closed`, also if the engine of the clips was closed.
    pub fn adapt(
        &self,
        name: String,
        footage: Arc<Footage>,
        options: AdaptOptions,
        now_ms: u64,
        cancel: Option<Arc<Cancel>>,
        progress: Option<Arc<dyn TrainingProgress>>,
    ) -> Result<Adapted> {
        let unchecked_voices = options.unchecked_voices;
        let Material { clips, unlabeled, speech, names } = footage.material(&name, unchecked_voices)?;
        let cancelled = || cancel.as_ref().is_some_and(|cancel| cancel.is_cancelled());
        if clips.is_empty() && unlabeled.is_empty() && !speech.is_empty() {
            fail!(NotEnoughSamples, "no clip has a face: speech is learned beside faces");
        }
        if cancelled() {
            fail!(Cancelled, "the adaptation was cancelled before it began");
        }
        let material = CoreFootage { clips: &clips, unlabeled: &unlabeled, speech: &speech, unchecked_voices };
        let adapted = self.core.adapt(&name, options.head.into(), material, &options.into(), now_ms, |at| {
            if let Some(progress) = &progress {
                progress.at(at.epoch as u32, at.epochs as u32, at.loss);
            }
            if cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if footage.is_kept {
            self.core.set_adaptation_due(&name, false)?;
        }
        let Some(face) = adapted.face else { fail!(Internal, "an adaptation to faces has no report") };
        let speech = adapted.speech.map(|report| AdaptReport::new(report, &names));
        Ok(Adapted { face: AdaptReport::new(face, &names), speech })
    }

    /// Fits the head of user `name` in full to the stored corrections; the new head becomes a generation, which
    /// answers from now on, if it is better on corrections that it did not learn. What is refused does not answer
    /// until the next correction; what is too little to judge goes on answering (`pending`). Takes up to seconds.
    /// `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `UserNotFound`; `NotEnoughSamples` without corrections; `Storage`, `Closed`.
    pub fn relearn(&self, name: String, now_ms: u64) -> Result<CorrectionReport> {
        Ok(self.core.relearn(&name, now_ms, |_, _| ControlFlow::Continue(()))?.into())
    }

    /// Takes back the newest correction in use of user `name`, whichever session made it. Returns its label; `None` if
    /// there is none.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` if the generation that learned it cannot be left; `Storage`, `Closed`.
    pub fn undo_correction(&self, name: String) -> Result<Option<String>> {
        Ok(self.core.undo_last_correction(&name)?.map(|undone| undone.label))
    }
}
