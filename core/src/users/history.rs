//! What a user's heads of one modality were and are: generations, and corrections on top of them.

use serde::{Deserialize, Serialize};

use super::corrections::{Corrections, LearnedFrom, Standing, StoredCorrection};
use crate::check::within;
use crate::error::{Result, fail};
use crate::head::{Head, Scale};
use crate::timeline::LATEST_MS;
use crate::train::adapt::Evidence;

/// Maximum number of stored generations of a user's head.
pub const GENERATIONS_KEPT: usize = 3;

/// Checks a time from outside.
pub(super) fn check_time(at_ms: u64) -> Result<()> {
    if at_ms > LATEST_MS {
        fail!(InvalidOption, "the time {at_ms} ms is past the year 9999");
    }
    Ok(())
}

/// A generation of a user's own head, and how it was trained.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptedHead {
    /// Counts up from 1 and is never reused within a profile; 0 until the profile assigns it.
    pub number: u32,
    /// The head, encoded by [`crate::head::Head::encode`].
    pub bytes: Vec<u8>,
    /// What computed its features: for faces, SHA-256 of the identity and the expression network, joined; for speech,
    /// [`SpeechFeatures::name`](crate::speech::SpeechFeatures::name).
    pub networks: String,
    /// How features are scaled before they reach the head; `None`: not at all.
    pub scale: Option<Scale>,
    /// When it was trained, milliseconds since 1970, as the caller said.
    pub adapted_at_ms: u64,
    /// Number of clips it was trained on.
    pub clips: u32,
    /// Mean negative log probability of a clip's emotion, with each clip held out in turn, 0 and
    /// up; `None` if it was not estimated.
    pub estimated_loss: Option<f32>,
    /// Each training clip's part of the estimate.
    pub evidence: Vec<Evidence>,
    /// What it was learned from, if that is corrections.
    pub learned_from: Option<LearnedFrom>,
}

/// The last generations of a user's head of one modality, which of them answers, and the corrections.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// Oldest first, that is, by number.
    pub(super) generations: Vec<AdaptedHead>,
    /// The number of the active generation; `None` if the generic head is active.
    pub(super) active: Option<u32>,
    pub(super) corrections: Corrections,
}

impl std::fmt::Debug for History {
    /// Shows counts only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({} generations, active {:?})", self.generations.len(), self.active)
    }
}

impl History {
    /// Returns the active generation; `None` if the generic head is active.
    pub fn head(&self) -> Option<&AdaptedHead> {
        self.generations.iter().find(|generation| Some(generation.number) == self.active)
    }

    /// Returns the stored generations, oldest first, at most [`GENERATIONS_KEPT`].
    pub fn generations(&self) -> &[AdaptedHead] {
        &self.generations
    }

    /// Adds a new generation, makes it active, and returns its number. If there are too many, the
    /// oldest one is removed that was not active and that no other one started from. The corrections
    /// in use go on top of it.
    ///
    /// # Errors
    /// `InvalidOption` if all of the 4,294,967,295 numbers are used up, or if a number of `head` is
    /// out of range. On error nothing changes.
    pub fn push_generation(&mut self, head: AdaptedHead) -> Result<u32> {
        head.check()?;
        let number = self.next_number()?;
        let learned = self.learned_by_active().to_vec();
        self.corrections.stand(&learned, &[Standing::Learned], Standing::New);
        self.push(head, number);
        Ok(number)
    }

    /// Adds a generation that was learned from corrections ([`AdaptedHead::learned_from`]), makes it active
    /// and returns its number. It takes the place of an active one that started from the same base.
    /// Returns `None`, and changes nothing, if the head was learned from another state than this one:
    /// another base, or corrections that are not in use any more.
    ///
    /// # Errors
    /// As in [`History::push_generation`].
    pub fn push_relearned(&mut self, head: AdaptedHead) -> Result<Option<u32>> {
        head.check()?;
        let Some(lesson) = head.learned_from.clone().filter(|lesson| self.still_holds(lesson, &head.networks)) else {
            return Ok(None);
        };
        let number = self.next_number()?;
        if let Some(active) = self.active.filter(|_| self.active.unwrap_or(0) != lesson.from) {
            self.generations.retain(|generation| generation.number != active);
            self.active = (lesson.from != 0).then_some(lesson.from);
        }
        self.push(head, number);
        self.corrections.stand(&lesson.corrections, &[Standing::New, Standing::Refused], Standing::Learned);
        Ok(Some(number))
    }

    /// Takes the new corrections of a lesson out of use until the next correction, because the gate
    /// refused the head that was learned from them. Those that the active generation has learned stay.
    /// Returns false, and changes nothing, if the lesson started from another state than this one.
    pub fn refuse_corrections(&mut self, lesson: &LearnedFrom, networks: &str) -> bool {
        let holds = self.still_holds(lesson, networks);
        if holds {
            self.corrections.stand(&lesson.corrections, &[Standing::New], Standing::Refused);
        }
        holds
    }

    /// Whether the base is the one of the lesson, and all of its corrections are still in use.
    fn still_holds(&self, lesson: &LearnedFrom, networks: &str) -> bool {
        let in_use = self.corrections_in_use(networks);
        let is_in_use = |number: &u32| in_use.iter().any(|correction| correction.number == *number);
        self.base().map_or(0, |base| base.number) == lesson.from && lesson.corrections.iter().all(is_in_use)
    }

    /// The numbers of the corrections that the active generation has learned.
    fn learned_by_active(&self) -> &[u32] {
        self.head().and_then(|head| head.learned_from.as_ref()).map_or(&[], |lesson| &lesson.corrections)
    }

    fn next_number(&self) -> Result<u32> {
        // The newest generation is never removed without a newer one, so no number is reused.
        let newest = self.generations.last().map_or(0, |generation| generation.number);
        match newest.checked_add(1) {
            Some(number) => Ok(number),
            None => fail!(InvalidOption, "no generation follows {newest}"),
        }
    }

    fn push(&mut self, mut head: AdaptedHead, number: u32) {
        while self.generations.len() >= GENERATIONS_KEPT {
            let is_active = |of: u32| Some(of) == self.active;
            let lessons = || self.generations.iter().filter_map(|generation| generation.learned_from.as_ref());
            let is_base = |of: u32| lessons().any(|lesson| lesson.from == of);
            let numbers = || self.generations.iter().map(|generation| generation.number);
            let free = numbers().position(|of| !is_active(of) && !is_base(of));
            let goes = free.or_else(|| numbers().position(|of| !is_active(of))).unwrap_or(0);
            self.generations.remove(goes);
        }
        head.number = number;
        self.generations.push(head);
        self.active = Some(number);
    }

    /// Activates another generation, as in [`Profile::roll_back`](super::profile::Profile::roll_back), and forgets the
    /// corrections that no generation has learned.
    pub(super) fn roll_back(&mut self, to: Option<u32>) -> Result<Option<u32>> {
        self.activate(to, self.has_new_corrections())?;
        let lessons = self.generations.iter().filter_map(|generation| generation.learned_from.as_ref());
        let learned: Vec<u32> = lessons.flat_map(|lesson| lesson.corrections.iter().copied()).collect();
        self.corrections.kept.retain(|correction| learned.contains(&correction.number));
        self.corrections.stand(&learned, &[Standing::New, Standing::Refused], Standing::Learned);
        Ok(self.active)
    }

    /// Activates another generation; `corrected` says whether corrections are applied on top of the active one, which are
    /// something to roll back from.
    pub(super) fn activate(&mut self, to: Option<u32>, corrected: bool) -> Result<Option<u32>> {
        let numbers: Vec<u32> = self.generations.iter().map(|generation| generation.number).collect();
        let there_are = || match numbers.as_slice() {
            [] => "there are no generations".to_owned(),
            _ => format!(
                "there are the generations {}",
                numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
            ),
        };
        self.active = match (to, self.active) {
            (None | Some(0), None) if corrected => None,
            (None, None) => {
                fail!(InvalidOption, "nothing to roll back from: the generic head answers; {}", there_are())
            }
            (None, Some(active)) => numbers.iter().copied().filter(|&number| number < active).max(),
            (Some(_), _) if numbers.is_empty() => fail!(InvalidOption, "nothing to roll back from: {}", there_are()),
            (Some(0), _) => None,
            (Some(number), _) if numbers.contains(&number) => Some(number),
            (Some(number), _) => fail!(InvalidOption, "no generation has the number {number}; {}", there_are()),
        };
        Ok(self.active)
    }

    /// Returns the generation that corrections are applied to: the active one, or the one that it
    /// started from if it was learned from corrections. `None`: the generic head. A generation whose
    /// start is gone, or of whose corrections none is kept, is its own base: what it learned is
    /// nowhere else.
    pub fn base(&self) -> Option<&AdaptedHead> {
        let active = self.head()?;
        let Some(lesson) = &active.learned_from else { return Some(active) };
        let is_kept = |number: &u32| self.corrections.kept.iter().any(|correction| correction.number == *number);
        if !lesson.corrections.iter().any(is_kept) {
            return Some(active);
        }
        match lesson.from {
            0 => None,
            from => self.generations.iter().find(|generation| generation.number == from).or(Some(active)),
        }
    }

    /// Returns all stored corrections, oldest first, at most
    /// [`CORRECTIONS_KEPT`](super::corrections::CORRECTIONS_KEPT).
    pub fn corrections(&self) -> &[StoredCorrection] {
        &self.corrections.kept
    }

    /// Returns the corrections to learn from, oldest first: the new ones, those that the active
    /// generation has learned, and those that the gate refused, which newer ones may bear out. None
    /// if they were made with other networks.
    pub fn corrections_in_use(&self, networks: &str) -> Vec<&StoredCorrection> {
        let in_use = |correction: &&StoredCorrection| self.is_in_use(correction);
        let all = self.corrections.kept.iter().filter(in_use);
        if self.corrections.networks == networks { all.collect() } else { Vec::new() }
    }

    /// Whether corrections move the user's head for speech.
    pub(super) fn corrects_speech(&self) -> bool {
        let moves = |correction: &StoredCorrection| correction.standing != Standing::Refused && correction.has_speech();
        self.corrections.kept.iter().any(|correction| self.is_in_use(correction) && moves(correction))
    }

    /// Forgets the speech of all corrections.
    pub(super) fn forget_speech(&mut self) {
        self.corrections.kept.iter_mut().for_each(StoredCorrection::forget_speech);
    }

    fn is_in_use(&self, correction: &StoredCorrection) -> bool {
        correction.standing != Standing::Learned || self.has_learned(correction.number)
    }

    /// Whether the active generation has learned the correction of this number.
    pub fn has_learned(&self, number: u32) -> bool {
        self.learned_by_active().contains(&number)
    }

    /// Whether there are corrections that are applied on top of the active generation.
    pub fn has_new_corrections(&self) -> bool {
        self.corrections.kept.iter().any(|correction| correction.standing == Standing::New)
    }

    /// Adds a correction of frames of `networks`, in place of the one numbered `replaced` if that is
    /// kept, and returns its number. Corrections made with other networks are forgotten; of too many,
    /// the oldest of the most frequent label.
    ///
    /// # Errors
    /// `InvalidOption` if the frame vector is not finite in f16 or has another length than the
    /// stored ones, the label is empty, the time is past the year 9999, or `replaced` cannot be taken
    /// back. On error nothing changes.
    pub fn add_correction(
        &mut self,
        correction: StoredCorrection,
        replaced: Option<u32>,
        networks: &str,
    ) -> Result<u32> {
        let mut changed = self.clone();
        if let Some(replaced) = replaced {
            changed.remove_correction(replaced)?;
        }
        let number = changed.corrections.add(correction, networks)?;
        *self = changed;
        Ok(number)
    }

    /// Removes a correction; returns false if it is not stored. If the active generation has learned
    /// it, the one that it started from answers again, with the other corrections on top.
    ///
    /// # Errors
    /// `InvalidOption` if the active generation has learned it and its start is gone: only a rollback
    /// takes that back.
    pub fn remove_correction(&mut self, number: u32) -> Result<bool> {
        let Some(index) = self.corrections.kept.iter().position(|correction| correction.number == number) else {
            return Ok(false);
        };
        if self.has_learned(number) {
            let base = self.base().map(|base| base.number);
            if base == self.active {
                fail!(
                    InvalidOption,
                    "the correction is part of a generation whose start is gone: roll back to another generation"
                );
            }
            let learned = self.learned_by_active().to_vec();
            self.corrections.stand(&learned, &[Standing::Learned], Standing::New);
            self.active = base;
        }
        self.corrections.kept.remove(index);
        Ok(true)
    }

    /// Returns the newest correction in use, of any networks.
    pub fn newest_correction(&self) -> Option<&StoredCorrection> {
        self.corrections.kept.iter().rev().find(|correction| self.is_in_use(correction))
    }

    /// Checks every number, as required for a profile from another device.
    ///
    /// # Errors
    /// `InvalidOption` naming what is out of range.
    pub(super) fn check(&self) -> Result<()> {
        self.generations.iter().try_for_each(AdaptedHead::check)?;
        self.corrections.check()
    }

    /// Checks what comes from a file, with the heads.
    ///
    /// # Errors
    /// `InvalidOption` for a number out of range, `ProfileCorrupt` for parts that contradict each other.
    pub(super) fn check_read(&self) -> Result<()> {
        let numbers: Vec<u32> = self.generations.iter().map(|generation| generation.number).collect();
        if !numbers.is_sorted_by(|before, after| before < after) || numbers.first() == Some(&0) {
            fail!(ProfileCorrupt, "the profile's generations do not count up from 1");
        }
        if self.active.is_some_and(|active| !numbers.contains(&active)) {
            fail!(ProfileCorrupt, "the generation that should answer is not in the profile");
        }
        if self.generations.len() > GENERATIONS_KEPT {
            fail!(ProfileCorrupt, "the profile has {} generations", self.generations.len());
        }
        self.check()?;
        self.generations.iter().try_for_each(AdaptedHead::check_head)
    }
}

impl AdaptedHead {
    /// Checks the numbers stored with the head.
    fn check(&self) -> Result<()> {
        check_time(self.adapted_at_ms)?;
        self.scale.as_ref().map_or(Ok(()), Scale::check)?;
        self.learned_from.as_ref().map_or(Ok(()), |lesson| lesson.check(self.number))?;
        let mut losses = self.estimated_loss.iter().chain(self.evidence.iter().map(|evidence| &evidence.loss));
        losses.try_for_each(|&loss| within("an estimated loss", loss, 0.0..))
    }
    /// Checks that the head can be read and its scale fits.
    fn check_head(&self) -> Result<()> {
        let head = Head::decode(&self.bytes)?;
        if self.scale.as_ref().is_some_and(|scale| scale.len() != head.dimension()) {
            fail!(ProfileCorrupt, "a scale does not fit its head");
        }
        Ok(())
    }
}
