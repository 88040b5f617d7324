//! Estimates of a head's accuracy on pictures that nobody has taken yet.
//!
//! A clip's *margin* is the log odds of its class against the best other one. Heads trained on the
//! other clips give the held-out margin. For the only clip of a class they never saw the class of
//! this user, which is worse than what the new head will meet; there the margin is
//! [`HELD_OUT_SHARE`] of the held-out one plus the rest of the learned one, as in the .632 estimate
//! (Efron, JASA 78, 1983). The logistic function of the margin is the chance that a new clip of the
//! class is right, and the mean over the clips is drawn toward [`TYPICAL`] with the weight of
//! [`PRIOR_CLIPS`] clips (empirical Bayes).
//!
//! `mien eval adaptation` prints the error against the measured accuracy.

use crate::head::MIN_PROBABILITY;
use crate::train::held_out::HELD_OUT_SHARE;

/// Accuracy of adapted heads in general, and the number of clips that this knowledge counts for.
const TYPICAL: f32 = 0.95;
const PRIOR_CLIPS: f32 = 4.0;

/// The same for generic heads, whose answers are held out as they are.
const TYPICAL_GENERIC: f32 = 0.8;
const PRIOR_CLIPS_GENERIC: f32 = 1.0;

/// Steepness for margins that are held out entirely: right or wrong with a narrow transition.
const STEEP: f32 = 4.0;

/// Share of the errors of the generic head that adapted heads avoid, from KDEF and JAFFE.
const AVOIDED: f32 = 0.7;

/// Returns the log odds of `class` against the best other class.
fn margin(probabilities: &[f32], class: usize) -> f32 {
    let log = |p: f32| libm::logf(p.max(MIN_PROBABILITY));
    let others = probabilities.iter().enumerate().filter(|(other, _)| *other != class);
    log(probabilities[class]) - log(others.map(|(_, p)| *p).fold(0.0, f32::max))
}

fn logistic(value: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-value))
}

/// Returns the chance that the new head is right about a new clip like this one, of which heads
/// that had not seen it said `held_out` and the new head says `learned`; `only` if its class has no
/// other clip.
pub(super) fn chance(held_out: &[f32], learned: &[f32], class: usize, only: bool) -> f32 {
    let held_out = margin(held_out, class);
    if only {
        return logistic(HELD_OUT_SHARE * held_out + (1.0 - HELD_OUT_SHARE) * margin(learned, class));
    }
    logistic(STEEP * held_out)
}

/// Returns the accuracy of an adapted head to expect by the chances of its clips.
pub(super) fn accuracy(chances: &[f32]) -> f32 {
    drawn_toward(TYPICAL, PRIOR_CLIPS, chances)
}

/// Returns the accuracy of a head that was not trained on the clips, by whether it is right on each
/// (1 or 0).
pub(super) fn accuracy_before(right: &[f32]) -> f32 {
    drawn_toward(TYPICAL_GENERIC, PRIOR_CLIPS_GENERIC, right)
}

/// Returns the gain to expect if nothing can be held out, by the accuracy before.
pub(super) fn expected_gain(before: f32) -> f32 {
    AVOIDED * (1.0 - before)
}

fn drawn_toward(typical: f32, clips: f32, values: &[f32]) -> f32 {
    (values.iter().sum::<f32>() + clips * typical) / (values.len() as f32 + clips)
}
