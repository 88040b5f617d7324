//! The corrections of a user, as the profile stores them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::codec::Halves;
use crate::error::{Result, fail};
use crate::head::{Clip, LARGEST_DIMENSION};
use crate::timeline::LATEST_MS;

/// Maximum number of stored corrections per user. Beyond it the oldest one of the most frequent
/// label is forgotten, so that a rare label keeps its own.
pub const CORRECTIONS_KEPT: usize = 32;

/// Maximum length of a label in bytes.
const LONGEST_LABEL: usize = 1000;

/// What becomes of a correction besides the generations that learned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It is applied on top of the active generation.
    New,
    /// The gate refused it; it counts again with the next correction.
    Refused,
    /// It answers through the generations that learned it only ([`LearnedFrom`]).
    Learned,
}

/// A correction or confirmation of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredCorrection {
    /// Counts up from 1 and is never reused within a profile; 0 until the profile assigns it.
    pub number: u32,
    /// The label that the user says.
    pub label: String,
    /// The label that was shown and is wrong; `None` if the user confirmed the answer.
    pub contradicted: Option<String>,
    /// When it was made, milliseconds since 1970, as the caller said.
    pub at_ms: u64,
    /// Number of analyzed frames that it covers.
    pub frames: u32,
    /// What becomes of it.
    pub standing: Standing,
    /// The mean frame vector as f16.
    mean: Halves,
    /// The vector of the speech that had a part in the answer, as f16.
    speech: Option<Halves>,
}

impl std::fmt::Debug for StoredCorrection {
    /// Shows the number only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredCorrection({})", self.number)
    }
}

impl StoredCorrection {
    /// Creates a correction of `clip`; only its mean frame is kept.
    pub fn new(clip: &Clip, label: &str, contradicted: Option<&str>, at_ms: u64) -> Self {
        Self {
            number: 0,
            label: label.to_owned(),
            contradicted: contradicted.map(str::to_owned),
            at_ms,
            frames: clip.len() as u32,
            standing: Standing::New,
            mean: Halves::of(&Zeroizing::new(clip.mean())),
            speech: None,
        }
    }

    /// Sets the vector of the speech that had a part in the answer, before it is scaled.
    #[must_use]
    pub fn with_speech(self, speech: Option<&[f32]>) -> Self {
        Self { speech: speech.map(Halves::of), ..self }
    }

    /// Returns the vector of the speech that had a part in the answer, within f16's precision.
    pub fn speech(&self) -> Option<Vec<f32>> {
        self.speech.as_ref().map(Halves::to_f32)
    }

    /// Whether speech had a part in the answer.
    pub(super) fn has_speech(&self) -> bool {
        self.speech.is_some()
    }

    pub(super) fn forget_speech(&mut self) {
        self.speech = None;
    }

    /// Returns the mean frame as a clip, within f16's precision.
    ///
    /// # Errors
    /// None for a checked correction.
    pub fn clip(&self) -> Result<Clip> {
        Clip::from_frames(&[Zeroizing::new(self.mean.to_f32()).as_slice()])
    }

    fn check(&self) -> Result<()> {
        let mean = self.mean.to_f32();
        if !(1..=LARGEST_DIMENSION).contains(&mean.len()) || !mean.iter().all(|value| value.is_finite()) {
            fail!(InvalidOption, "a correction of {} values, or one that is not finite", mean.len());
        }
        let speech = self.speech().unwrap_or_default();
        if speech.len() > LARGEST_DIMENSION || !speech.iter().all(|value| value.is_finite()) {
            fail!(InvalidOption, "a correction with speech of {} values, or one that is not finite", speech.len());
        }
        let contradicted = self.contradicted.as_deref().unwrap_or("-");
        let fits = |label: &str| (1..=LONGEST_LABEL).contains(&label.len());
        if !fits(&self.label) || !fits(contradicted) || self.at_ms > LATEST_MS || self.number == 0 || self.frames == 0 {
            fail!(InvalidOption, "a correction without a label, frames, a number or a possible time");
        }
        Ok(())
    }
}

/// The stored corrections, oldest first.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Corrections {
    /// The networks of the frame vectors, joined; those of other networks are forgotten.
    pub networks: String,
    /// The highest number given so far.
    last: u32,
    pub kept: Vec<StoredCorrection>,
}

/// What a generation that was learned from corrections was learned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedFrom {
    /// The generation that it started from; 0: the generic head.
    pub from: u32,
    /// The numbers of the corrections, ascending.
    pub corrections: Vec<u32>,
}

impl LearnedFrom {
    /// Checks what comes from a file; `generation` is the number of the generation.
    ///
    /// # Errors
    /// `InvalidOption` naming what is out of range.
    pub(super) fn check(&self, generation: u32) -> Result<()> {
        let counts_up = self.corrections.is_sorted_by(|before, after| before < after);
        let most = self.corrections.len() <= CORRECTIONS_KEPT;
        if !counts_up || !most || self.corrections.first() == Some(&0) || (generation > 0 && self.from >= generation) {
            fail!(InvalidOption, "a generation learned from corrections that cannot be, or from a later one");
        }
        Ok(())
    }
}

/// The corrections of a version 4 profile, which have no speech.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct CorrectionsVersion4 {
    pub networks: String,
    pub last: u32,
    pub kept: Vec<CorrectionVersion4>,
}

/// A correction of a version 4 profile.
#[derive(Serialize, Deserialize)]
pub(super) struct CorrectionVersion4 {
    number: u32,
    label: String,
    contradicted: Option<String>,
    at_ms: u64,
    frames: u32,
    standing: Standing,
    mean: Halves,
}

impl From<CorrectionsVersion4> for Corrections {
    fn from(old: CorrectionsVersion4) -> Self {
        let correction = |old: CorrectionVersion4| {
            let CorrectionVersion4 { number, label, contradicted, at_ms, frames, standing, mean } = old;
            StoredCorrection { number, label, contradicted, at_ms, frames, standing, mean, speech: None }
        };
        Self { networks: old.networks, last: old.last, kept: old.kept.into_iter().map(correction).collect() }
    }
}

#[cfg(test)]
impl From<&Corrections> for CorrectionsVersion4 {
    fn from(new: &Corrections) -> Self {
        let correction = |new: &StoredCorrection| {
            let StoredCorrection { number, label, contradicted, at_ms, frames, standing, mean, .. } = new.clone();
            CorrectionVersion4 { number, label, contradicted, at_ms, frames, standing, mean }
        };
        Self { networks: new.networks.clone(), last: new.last, kept: new.kept.iter().map(correction).collect() }
    }
}

/// The corrections of a version 3 profile.
#[derive(Serialize, Deserialize)]
pub(super) struct CorrectionsVersion3 {
    pub networks: String,
    pub last: u32,
    pub kept: Vec<CorrectionVersion3>,
    /// The newest generation learned from corrections, and the one that it started from.
    pub relearned: Option<(u32, u32)>,
}

/// A correction of a version 3 profile.
#[derive(Serialize, Deserialize)]
pub(super) struct CorrectionVersion3 {
    pub number: u32,
    pub label: String,
    pub contradicted: Option<String>,
    pub at_ms: u64,
    pub frames: u32,
    /// The generation that learned it, 0 if the gate refused that; `None`: none yet.
    pub generation: Option<u32>,
    pub mean: Halves,
}

impl CorrectionsVersion3 {
    /// Returns what `generation` was learned from, if it was learned from corrections.
    pub fn learned_from(&self, generation: u32) -> Option<LearnedFrom> {
        let (_, from) = self.relearned.filter(|(relearned, _)| *relearned == generation)?;
        let learned = self.kept.iter().filter(|correction| correction.generation == Some(generation));
        Some(LearnedFrom { from, corrections: learned.map(|correction| correction.number).collect() })
    }
}

impl From<CorrectionsVersion3> for CorrectionsVersion4 {
    fn from(old: CorrectionsVersion3) -> Self {
        let correction = |old: CorrectionVersion3| CorrectionVersion4 {
            number: old.number,
            label: old.label,
            contradicted: old.contradicted,
            at_ms: old.at_ms,
            frames: old.frames,
            standing: match old.generation {
                None => Standing::New,
                Some(0) => Standing::Refused,
                Some(_) => Standing::Learned,
            },
            mean: old.mean,
        };
        Self { networks: old.networks, last: old.last, kept: old.kept.into_iter().map(correction).collect() }
    }
}

impl Corrections {
    /// Adds a correction and returns its number.
    ///
    /// # Errors
    /// `InvalidOption` if the frame vector is not finite in f16, another one's length differs, the
    /// label is empty, the time is past the year 9999, or no number is left.
    pub fn add(&mut self, mut correction: StoredCorrection, networks: &str) -> Result<u32> {
        let Some(number) = self.last.checked_add(1) else {
            fail!(InvalidOption, "no correction follows {}", self.last)
        };
        correction.number = number;
        correction.check()?;
        if self.networks != networks {
            self.kept.clear();
            networks.clone_into(&mut self.networks);
        }
        if let Some(other) = self.kept.first()
            && other.mean.to_f32().len() != correction.mean.to_f32().len()
        {
            fail!(InvalidOption, "the correction's frame vector has another number of values than the stored ones");
        }
        self.last = number;
        self.kept.push(correction);
        while self.kept.len() > CORRECTIONS_KEPT {
            self.kept.remove(self.most_dispensable());
        }
        Ok(number)
    }

    /// Gives the corrections of these numbers that stand as `before` the standing `after`.
    pub fn stand(&mut self, numbers: &[u32], before: &[Standing], after: Standing) {
        let of = |correction: &&mut StoredCorrection| {
            numbers.contains(&correction.number) && before.contains(&correction.standing)
        };
        self.kept.iter_mut().filter(of).for_each(|correction| correction.standing = after);
    }

    /// Returns the index of the oldest correction of the most frequent label.
    fn most_dispensable(&self) -> usize {
        let count = |label: &str| self.kept.iter().filter(|other| other.label == label).count();
        let max = self.kept.iter().map(|correction| count(&correction.label)).max().unwrap_or(0);
        self.kept.iter().position(|correction| count(&correction.label) == max).unwrap_or(0)
    }

    /// Checks what comes from a file.
    ///
    /// # Errors
    /// `InvalidOption` naming what is out of range.
    pub fn check(&self) -> Result<()> {
        if self.kept.len() > CORRECTIONS_KEPT {
            fail!(InvalidOption, "{} corrections; at most {CORRECTIONS_KEPT} are possible", self.kept.len());
        }
        self.kept.iter().try_for_each(StoredCorrection::check)?;
        let length = |correction: &StoredCorrection| correction.mean.to_f32().len();
        let counts_up = self.kept.is_sorted_by(|before, after| before.number < after.number);
        let within = self.kept.last().is_none_or(|newest| newest.number <= self.last);
        if !counts_up || !within || self.kept.windows(2).any(|pair| length(&pair[0]) != length(&pair[1])) {
            fail!(InvalidOption, "the corrections do not count up, or differ in their number of values");
        }
        Ok(())
    }
}
