//! The offset of a user's frames from other people's, with and without labels.
//!
//! Unlabeled clips count with the probabilities that the generic head gives their classes, and the
//! head is asked again with the offset found so far: expectation-maximization (Dempster, Laird &
//! Rubin, Journal of the Royal Statistical Society B 39, 1977) of the model of
//! [`ClassStatistics`], with the head in place of the model's densities. Nothing is trained.

use crate::error::Result;
use crate::head::{Clip, Head};
use crate::train::fit::Sample;
use crate::train::statistics::ClassStatistics;

/// Rounds of expectation and maximization; more change nothing (KDEF, JAFFE).
const ROUNDS: usize = 3;

/// Divisor of the head's logits: the offset that is to be found makes the head surer than it should
/// be.
const TEMPERATURE: f32 = 2.0;

/// Returns the offset of the user of `samples` and `unlabeled` clips; `head` is the generic head.
/// `None` if no clip's class is known to the statistics.
///
/// # Errors
/// `InvalidOption` if a clip does not fit the head.
pub(super) fn offset(
    statistics: &ClassStatistics,
    head: &Head,
    samples: &[Sample<'_>],
    unlabeled: &[&Clip],
) -> Result<Option<Vec<f32>>> {
    let mut offset = statistics.offset(samples.iter().copied());
    if unlabeled.is_empty() {
        return Ok(offset);
    }
    let soft = head.softened(TEMPERATURE)?;
    let one_hot = |class: usize| (0..head.labels().len()).map(|of| f32::from(u8::from(of == class))).collect();
    let labels: Vec<Vec<f32>> = samples.iter().map(|(_, class)| one_hot(*class)).collect();
    let clips: Vec<&Clip> = samples.iter().map(|(clip, _)| *clip).chain(unlabeled.iter().copied()).collect();
    for _ in 0..ROUNDS {
        let referee = match &offset {
            Some(offset) => soft.centered(offset.clone())?,
            None => soft.clone(),
        };
        let guesses: Vec<Vec<f32>> =
            unlabeled.iter().map(|clip| Ok(referee.predict(clip)?.probabilities)).collect::<Result<_>>()?;
        let classes = labels.iter().chain(&guesses).map(Vec::as_slice);
        offset = statistics.offset_of_mixed(clips.iter().copied().zip(classes));
    }
    Ok(offset)
}
