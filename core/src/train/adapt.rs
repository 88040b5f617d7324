//! Adapting a head to one user from a few labelled clips.

use std::ops::ControlFlow;

use super::fit::{FitOptions, Progress, Sample, fit};
use crate::error::Result;
use crate::head::Head;

/// What an adaptation did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptReport {
    /// Clips learnt from, for each label that occurred, in the head's order.
    pub clips: Vec<(String, usize)>,
    /// Labels of the head of which no clip was given; they are kept as they were.
    pub labels_without_clips: Vec<String>,
    /// Accuracy of the old head on the given clips, 0 to 1.
    pub accuracy_before: f32,
    /// Accuracy of the new head on the same clips, 0 to 1. It has learnt them: this says that
    /// learning worked, not how well the head does on new pictures.
    pub accuracy_learnt: f32,
    /// Accuracy of heads that each learnt all clips but one, on that one; `None` where a class
    /// has a single clip. The honest estimate.
    pub accuracy_held_out: Option<f32>,
}

/// Most clips for which the held-out estimate is made: it costs one fit a clip.
const MOST_HELD_OUT: usize = 64;

/// A network's own classifier is far too sure of itself to be moved by a few clips, so learning
/// starts at [`Head::softened`] logits. By this temperature where every class has clips (the
/// best of 1 to 32 on KDEF, `mien eval adaptation`) ...
pub const FRESH_TEMPERATURE: f32 = 16.0;
/// ... and by this where some have none, so that those classes can still be chosen.
pub const FRESH_TEMPERATURE_PARTIAL: f32 = 4.0;

/// Where learning `samples` starts, given a head that has learnt nothing yet.
///
/// # Errors
/// None for a valid head.
pub fn start_from_fresh(fresh: &Head, samples: &[Sample<'_>]) -> Result<Head> {
    let all = (0..fresh.labels().len()).all(|class| samples.iter().any(|(_, other)| *other == class));
    fresh.softened(if all { FRESH_TEMPERATURE } else { FRESH_TEMPERATURE_PARTIAL })
}

/// The head that `current` becomes by learning a user's `samples`, and what that did.
///
/// # Errors
/// As in [`fit`].
pub fn adapt(
    current: &Head,
    samples: &[Sample<'_>],
    options: &FitOptions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<(Head, AdaptReport)> {
    let head = fit(current, samples, options, &mut progress)?;
    let labels = current.labels();
    let count = |class: usize| samples.iter().filter(|(_, other)| *other == class).count();
    let counts: Vec<usize> = (0..labels.len()).map(count).collect();
    let mut report = AdaptReport {
        clips: Vec::new(),
        labels_without_clips: Vec::new(),
        accuracy_before: accuracy(current, samples)?,
        accuracy_learnt: accuracy(&head, samples)?,
        accuracy_held_out: None,
    };
    for (label, &count) in labels.iter().zip(&counts) {
        if count == 0 {
            report.labels_without_clips.push(label.clone());
        } else {
            report.clips.push((label.clone(), count));
        }
    }
    if samples.len() <= MOST_HELD_OUT && counts.iter().all(|&count| count != 1) {
        let mut right = 0;
        for (index, &(clip, class)) in samples.iter().enumerate() {
            let others: Vec<_> = [&samples[..index], &samples[index + 1..]].concat();
            let held_out = fit(current, &others, options, &mut progress)?;
            right += usize::from(held_out.classify(clip)? == class);
        }
        report.accuracy_held_out = Some(right as f32 / samples.len() as f32);
    }
    Ok((head, report))
}

fn accuracy(head: &Head, samples: &[Sample<'_>]) -> Result<f32> {
    let mut right = 0;
    for &(clip, class) in samples {
        right += usize::from(head.classify(clip)? == class);
    }
    Ok(right as f32 / samples.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{Clip, HeadKind};

    #[test]
    fn the_report_tells_what_was_learnt() {
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        let head = Head::fresh(labels, 2, HeadKind::Logistic.body(), None, 1.0).unwrap();
        let clips: Vec<Clip> =
            [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]].map(|f| Clip::from_frames(&[f]).unwrap()).to_vec();
        let samples: Vec<_> = clips.iter().zip([1, 1, 2, 2]).collect();
        let (adapted, report) =
            adapt(&head, &samples, &FitOptions::for_kind(HeadKind::Logistic), |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.clips, [("b".to_owned(), 2), ("c".to_owned(), 2)]);
        assert_eq!(report.labels_without_clips, ["a"]);
        assert_eq!((report.accuracy_before, report.accuracy_learnt), (0.0, 1.0));
        assert_eq!(report.accuracy_held_out, Some(1.0));
        assert_eq!(adapted.classify(&clips[3]).unwrap(), 2);
        // With a single clip of a class, no clip of it could be held out.
        let (_, report) =
            adapt(&head, &samples[1..], &FitOptions::for_kind(HeadKind::Logistic), |_| ControlFlow::Continue(()))
                .unwrap();
        assert_eq!(report.accuracy_held_out, None);
    }
}
