//! A second opinion on doubtful labels: what the user's other clips say of them.
//!
//! A generic head that misreads how a person shows an emotion doubts honest labels. Heads that are trained on the
//! person's *other* clips know better, and they do not know the labels in question: it is confident learning with
//! cross-validation (Northcutt, Jiang & Chuang, JAIR 70, 2021). The joined decision of all streams' heads drops
//!
//! - an exchange of two labels, if heads trained on the clips of all other labels find it no more likely than
//!   `EXCHANGE_ODDS` either. These labels must have two clips each on the average, else they cannot overrule anybody.
//!   An exchange that stays, but is not sure, costs the clips of its two labels and no others, if the others are many;
//! - a doubt about a single clip, if heads trained on the clips beyond doubt do not prefer what it looks like by
//!   `CLIP_ODDS`. The label must have other clips.

use std::ops::ControlFlow;

use super::doubts::{CLIP_ODDS, Doubt, Doubts, EXCHANGE_ODDS, Examined, Referee, View, exchange_odds};
use super::report::Mode;
use super::teacher::{Start, Teacher};
use super::{AdaptOptions, StreamClips, TrainingClip, mode_of};
use crate::error::Result;
use crate::fusion::{Fusion, Opinion};
use crate::head::Head;
use crate::train::fit::{Progress, Sample, class_counts, weighted};
use crate::train::held_out::logits_at;

/// Clips of each other label, on the average, that heads need to overrule an exchange.
const MIN_CLIPS: usize = 2;

/// Number of exchanges that can be dropped: labels that look wrong in more ways are asked about.
const MAX_DROPPED: usize = 2;

/// Examines labels, and drops the doubts that the user's other clips contradict.
pub(super) struct Examiner<'a, P> {
    pub streams: &'a [(StreamClips<'a>, &'a AdaptOptions)],
    /// The clips of all streams.
    pub clips: &'a [TrainingClip<'a>],
    pub fusion: &'a Fusion,
    pub progress: &'a mut P,
}

impl<P: FnMut(Progress) -> ControlFlow<()>> Examiner<'_, P> {
    /// # Errors
    /// `InvalidOption` if the clips do not fit the heads; otherwise as in [`fit`](crate::train::fit::fit).
    pub fn examine(mut self) -> Result<Examined> {
        let views: Vec<View<'_>> = self.streams.iter().map(|(of_stream, _)| of_stream.view()).collect();
        let mut referee = Referee::new(&views, self.clips, self.fusion)?;
        if !self.streams.iter().any(|(_, options)| options.gate) {
            return Ok(referee.examine());
        }
        let (mut dropped, mut exchanged) = (0, Vec::new());
        loop {
            let found = referee.examine();
            match &found.doubts {
                Doubts::Exchanged { classes, .. } if dropped < MAX_DROPPED => {
                    if !self.drops_exchange(*classes, found.examined)? {
                        match found.doubts.exchanged_alone(self.clips, &exchanged) {
                            Some(clips) => exchanged.extend(clips),
                            None => return Ok(found),
                        }
                    }
                    referee.drop_exchange(*classes);
                    dropped += 1;
                }
                Doubts::Single(doubts) => {
                    let mut kept = self.kept(doubts, &exchanged, found.examined)?;
                    kept.extend(exchanged);
                    kept.sort_unstable_by_key(|doubt| doubt.clip);
                    return Ok(Examined { doubts: Doubts::Single(kept), ..found });
                }
                _ => return Ok(found),
            }
        }
    }

    /// Whether the clips of all other labels contradict an exchange of two labels.
    fn drops_exchange(&mut self, classes: [usize; 2], reads_face: bool) -> Result<bool> {
        let of_both = |clip: &&TrainingClip<'_>| classes.contains(&clip.class);
        let mut others: Vec<usize> = self.clips.iter().filter(|clip| !of_both(clip)).map(|clip| clip.class).collect();
        let clips = others.len();
        others.sort_unstable();
        others.dedup();
        if others.is_empty() || clips < MIN_CLIPS * others.len() {
            return Ok(false);
        }
        let heads = self.heads_without(&|clip| classes.contains(&clip.class), reads_face)?;
        let mut logs = Vec::new();
        for clip in self.clips.iter().filter(of_both).filter(|clip| !clip.confirmed) {
            let Some(probabilities) = self.answer(&heads, clip)? else { return Ok(false) };
            logs.push((clip.class, logits_at(1.0, &probabilities)));
        }
        let logs: Vec<(usize, &Vec<f32>)> = logs.iter().map(|(class, logs)| (*class, logs)).collect();
        Ok(exchange_odds(&logs, classes).is_some_and(|odds| odds <= libm::logf(EXCHANGE_ODDS)))
    }

    /// Returns the doubts about single clips, other than those that are `exchanged`, that the clips beyond doubt do not
    /// contradict.
    fn kept(&mut self, doubts: &[Doubt], exchanged: &[Doubt], reads_face: bool) -> Result<Vec<Doubt>> {
        let (clips, streams) = (self.clips, self.streams.len());
        let is_exchanged = |doubt: &&Doubt| exchanged.iter().any(|other| other.clip == doubt.clip);
        let doubts: Vec<Doubt> = doubts.iter().filter(|doubt| !is_exchanged(doubt)).copied().collect();
        let is_doubtful = |clip: &TrainingClip<'_>| {
            doubts.iter().chain(exchanged).any(|doubt| are_one(streams, &clips[doubt.clip], clip))
        };
        let has_others =
            |doubt: &&Doubt| clips.iter().any(|clip| clip.class == clips[doubt.clip].class && !is_doubtful(clip));
        if !doubts.iter().any(|doubt| has_others(&doubt)) {
            return Ok(doubts);
        }
        let heads = self.heads_without(&is_doubtful, reads_face)?;
        let mut kept = Vec::new();
        for doubt in &doubts {
            let answer = if has_others(&doubt) { self.answer(&heads, &clips[doubt.clip])? } else { None };
            let own = |answer: &Vec<f32>| CLIP_ODDS * answer[clips[doubt.clip].class];
            if answer.is_none_or(|answer| answer[doubt.looks_like] > own(&answer)) {
                kept.push(*doubt);
            }
        }
        Ok(kept)
    }

    /// Trains the head of each stream on the clips that are not `left_out`; `None` if they show fewer than two emotions.
    fn heads_without(
        &mut self,
        left_out: &dyn Fn(&TrainingClip<'_>) -> bool,
        reads_face: bool,
    ) -> Result<Vec<Option<Head>>> {
        let mut heads = Vec::with_capacity(self.streams.len());
        for (StreamClips { generic, clips, unlabeled, .. }, options) in self.streams {
            let rest: Vec<TrainingClip<'_>> = clips.iter().filter(|clip| !left_out(clip)).copied().collect();
            let samples: Vec<Sample<'_>> = rest.iter().map(TrainingClip::sample).collect();
            if mode_of(&class_counts(&generic.head, &weighted(&samples))?) == Mode::Baseline {
                heads.push(None);
                continue;
            }
            let unmeasured = |at: Progress| (self.progress)(Progress { epoch: 0, ..at });
            let start = Start { generic, reads_face };
            let mut teacher = Teacher::new(start, Mode::Labeled, unlabeled, options, 0, unmeasured)?;
            heads.push(teacher.teach(&rest)?.heads.pop());
        }
        Ok(heads)
    }

    /// Returns the joined probabilities of the heads for a clip; `None` if no stream with a head has it.
    fn answer(&self, heads: &[Option<Head>], clip: &TrainingClip<'_>) -> Result<Option<Vec<f32>>> {
        let mut answers = Vec::new();
        for ((of_stream, _), head) in self.streams.iter().zip(heads) {
            let own = of_stream.clips.iter().find(|own| are_one(self.streams.len(), own, clip));
            if let (Some(head), Some(own)) = (head, own) {
                answers.push((of_stream.modality, head.predict(own.clip)?.probabilities, head.taught()));
            }
        }
        if answers.is_empty() {
            return Ok(None);
        }
        let opinion = |(modality, probabilities, taught)| {
            let (probabilities, taught): (&Vec<f32>, &Vec<bool>) = (probabilities, taught);
            Opinion { modality, adapted: true, probabilities, taught: Some(taught) }
        };
        let opinions: Vec<Opinion<'_>> =
            answers.iter().map(|(modality, of, taught)| opinion((*modality, of, taught))).collect();
        Ok(Some(self.fusion.join(&opinions)?.probabilities))
    }
}

/// Whether clips of any of so many streams are one clip: of several streams if they have one name, of a single one if
/// they are the same.
fn are_one(streams: usize, a: &TrainingClip<'_>, b: &TrainingClip<'_>) -> bool {
    if streams == 1 { std::ptr::eq(a.clip, b.clip) } else { a.name == b.name }
}
