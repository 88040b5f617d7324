//! What adaptation and corrections share in judging a head by clips that it did not learn.

use mien_nn::math::softmax;

use crate::head::MIN_PROBABILITY;

/// Weight of what is held out in the estimate for a class's only clip; the rest is what the head
/// trained on it says.
pub(super) const HELD_OUT_SHARE: f32 = 0.4;

/// Candidate temperatures; a head is scored at its best one, so that overconfidence alone (typical of
/// a network's own classifier and of heads trained on wrong labels) decides nothing.
pub(super) const TEMPERATURES: [f32; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

/// Returns the logits of `probabilities` divided by `temperature`; each probability counts as at least
/// a millionth.
pub(super) fn logits_at(temperature: f32, probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|p| libm::logf(p.max(MIN_PROBABILITY)) / temperature).collect()
}

/// Returns the negative logarithm of the probability of `class`.
pub(super) fn loss_of_logits(mut logits: Vec<f32>, class: usize) -> f32 {
    let own = logits[class];
    softmax(&mut logits) - own
}

/// Returns the indices held out in each of `folds` parts, and the others, both in the order of the
/// `classes` of the clips: neighbors in it are held out in different parts, so each part has some of
/// every class.
pub(super) fn parts(classes: &[usize], folds: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&index| classes[index]);
    let part = |fold: usize| {
        let (out, rest): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|(place, _)| place % folds == fold);
        let indices = |of: Vec<(usize, &usize)>| of.into_iter().map(|(_, &index)| index).collect();
        (indices(out), indices(rest))
    };
    (0..folds).map(part).collect()
}
