//! A second opinion on doubtful clips: what the user's other clips say of them.
//!
//! A generic head that misreads how a person shows an emotion doubts honest clips. Heads that are trained on the
//! person's *other* clips know better, and they do not know the labels in question. A doubt is dropped if their joined
//! decision prefers the given label to what the clip looked like, as in confident learning with cross-validation
//! (Northcutt, Jiang & Chuang, JAIR 70, 2021). The label must have other clips, else they cannot know it.

use std::ops::ControlFlow;

use super::doubts::{self, Doubt, Doubts, Examined};
use super::report::Mode;
use super::teacher::{Start, Teacher};
use super::{AdaptOptions, StreamClips, TrainingClip, mode_of};
use crate::error::Result;
use crate::fusion::{Fusion, Opinion};
use crate::head::Head;
use crate::train::fit::{Progress, Sample, class_counts, weighted};

/// Drops the doubts about single clips that the user's other clips contradict. `all` are the clips of all `streams`.
///
/// # Errors
/// As in [`fit`](crate::train::fit::fit).
pub(super) fn reconsider(
    streams: &[(StreamClips<'_>, &AdaptOptions)],
    all: &[TrainingClip<'_>],
    fusion: &Fusion,
    examination: Examined,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Examined> {
    let Doubts::Single(doubts) = &examination.doubts else { return Ok(examination) };
    let is_doubtful = |name: &str| doubts.iter().any(|doubt| all[doubt.clip].name == name);
    let has_others =
        |doubt: &&Doubt| all.iter().any(|clip| clip.class == all[doubt.clip].class && !is_doubtful(clip.name));
    if !doubts.iter().any(|doubt| has_others(&doubt)) {
        return Ok(examination);
    }
    let mut heads: Vec<Option<Head>> = Vec::new();
    for (of_stream, options) in streams {
        heads.push(without_doubtful(of_stream, options, examination.examined, &is_doubtful, progress)?);
    }
    let mut kept = Vec::new();
    for doubt in doubts {
        if !has_others(&doubt) || !is_confirmed(doubt, streams, &heads, all, fusion)? {
            kept.push(*doubt);
        }
    }
    Ok(Examined { doubts: Doubts::Single(kept), ..examination })
}

/// Trains the head of a stream on the clips that are not doubtful; `None` if they show fewer than two emotions.
fn without_doubtful(
    of_stream: &StreamClips<'_>,
    options: &AdaptOptions,
    reads_face: bool,
    is_doubtful: &impl Fn(&str) -> bool,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Head>> {
    let StreamClips { generic, clips, unlabeled, .. } = *of_stream;
    let certain: Vec<Sample<'_>> =
        clips.iter().filter(|clip| !is_doubtful(clip.name)).map(TrainingClip::sample).collect();
    if certain.is_empty() || mode_of(&class_counts(&generic.head, &weighted(&certain))?) == Mode::Baseline {
        return Ok(None);
    }
    let unmeasured = |at: Progress| progress(Progress { epoch: 0, ..at });
    let mut teacher = Teacher::new(Start { generic, reads_face }, Mode::Labeled, unlabeled, options, 0, unmeasured)?;
    Ok(teacher.teach(&certain)?.heads.pop())
}

/// Whether `heads` prefer the label of a doubtful clip.
fn is_confirmed(
    doubt: &Doubt,
    streams: &[(StreamClips<'_>, &AdaptOptions)],
    heads: &[Option<Head>],
    all: &[TrainingClip<'_>],
    fusion: &Fusion,
) -> Result<bool> {
    let TrainingClip { name, class, .. } = all[doubt.clip];
    let mut answers = Vec::new();
    for ((of_stream, _), head) in streams.iter().zip(heads) {
        let clip = of_stream.clips.iter().find(|clip| clip.name == name);
        if let (Some(head), Some(clip)) = (head, clip) {
            answers.push((of_stream.stream, head.predict(clip.clip)?.probabilities));
        }
    }
    if answers.is_empty() {
        return Ok(false);
    }
    let opinions: Vec<Opinion<'_>> =
        answers.iter().map(|(stream, probabilities)| Opinion { stream, adapted: true, probabilities }).collect();
    let probabilities = fusion.join(&opinions)?.probabilities;
    Ok(probabilities[class] * super::teacher::xv("X_ODDSR").unwrap_or(doubts::CLIP_ODDS)
        > probabilities[doubt.looks_like])
}
