//! The interface of every head formula: parameters, forward pass and gradient.

use mien_nn::math::{SplitMix64, add_scaled};
use mien_nn::simd::{accumulate, products};

use super::Clip;

/// A block of a head's flat parameter list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Number of values.
    pub length: usize,
    /// Whether training pulls the block toward its start (L2-SP); biases are free.
    pub pulled: bool,
    /// Whether the block consists of whole rows over a prepared clip's values, one weight per
    /// value.
    pub over_inputs: bool,
}

impl Block {
    /// Rows over a prepared clip's values.
    pub fn rows(length: usize) -> Self {
        Self { length, pulled: true, over_inputs: true }
    }

    /// Weights of a layer after the first.
    pub fn weights(length: usize) -> Self {
        Self { length, pulled: true, over_inputs: false }
    }

    pub fn bias(length: usize) -> Self {
        Self { length, pulled: false, over_inputs: false }
    }
}

/// The result of a forward pass.
pub(crate) struct Forward {
    /// One value per class.
    pub logits: Vec<f32>,
    /// The weight of each frame, summing to 1, for heads with attention.
    pub attention: Option<Vec<f32>>,
    /// Intermediate values for the formula's backward pass.
    pub tape: Vec<Vec<f32>>,
}

/// The arithmetic of a head. Clips are prepared: pooled or extended as the head's
/// [`Body`](super::Body) says.
pub(crate) trait Formula {
    /// Returns the parameter blocks in order.
    fn blocks(&self) -> Vec<Block>;

    /// Returns parameters with the logits `weights . mean(X) + bias` for each class's weights (over
    /// the first values of a frame) and bias. Given the class `resting`, attention weighs the mean
    /// by the odds against it ([`odds_against`]).
    fn fresh(&self, classifier: &[(Vec<f32>, f32)], resting: Option<usize>) -> Vec<f32>;

    /// Divides the logits by `temperature`, in the first layer that they are proportional to, so
    /// that all layers keep a similar scale.
    fn soften(&self, parameters: &mut [f32], temperature: f32);

    /// Computes the logits of `clip`.
    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward;

    /// Returns the parameters that multiply frames: blocks of whole rows of inputs, P rows in all.
    /// The answer depends on a frame only through its inner products with these rows.
    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]>;

    /// Computes the logits of T frames from their inner products with the rows of the projections,
    /// T x P. The tape stays empty or is unusable.
    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward;

    /// Adds to `gradient` the gradient of the parameters, given the gradient of the logits.
    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]);
}

/// Number of frames that fit into the nearest cache together. Code that reads each frame of a clip
/// twice does so in blocks of this size.
pub(super) const NEAR_FRAMES: usize = 8;

/// Returns `W x + b` for row-major `weights`.
pub(super) fn affine(weights: &[f32], bias: &[f32], x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; bias.len()];
    products(x.len(), weights, x, &mut out);
    add_scaled(&mut out, 1.0, bias);
    out
}

/// Returns `X' a`: the sum of the rows of `values` (of `length` values each), weighted by
/// `weights`.
pub(super) fn weighted_sum(length: usize, values: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    accumulate(length, values, weights, &mut sum);
    sum
}

/// Adds the gradients of an [`affine`] layer's weights and bias to `weights` and `bias`, given the
/// gradient of its output.
pub(super) fn affine_backward(x: &[f32], output: &[f32], weights: &mut [f32], bias: &mut [f32]) {
    accumulate(x.len(), x, output, weights);
    add_scaled(bias, 1.0, output);
}

/// `values *= factor`.
pub(super) fn scale(values: &mut [f32], factor: f32) {
    values.iter_mut().for_each(|value| *value *= factor);
}

/// Returns what the odds of the other classes against `class` weigh: 1 / (C - 1) for each other
/// class's logit and -1 for its own. The sum is the log of the geometric mean of these odds.
pub(super) fn odds_against(class: usize, classes: usize) -> impl Iterator<Item = f32> {
    let other = 1.0 / (classes - 1) as f32;
    (0..classes).map(move |index| if index == class { -1.0 } else { other })
}

/// Returns the direction of `inputs` values in which a frame's log odds against `class` grow.
pub(super) fn direction_against(class: usize, classifier: &[(Vec<f32>, f32)], inputs: usize) -> Vec<f32> {
    let mut direction = vec![0.0; inputs];
    for ((weights, _), share) in classifier.iter().zip(odds_against(class, classifier.len())) {
        add_scaled(&mut direction[..weights.len()], share, weights);
    }
    direction
}

/// Small fixed values for units that do not contribute yet: uniform in +-`size`, always the same.
pub(super) fn quiet_values(count: usize, size: f32) -> impl Iterator<Item = f32> {
    let mut rng = SplitMix64::new(0x006d_6965_6e00);
    (0..count).map(move |_| size * (rng.below(2001) as f32 / 1000.0 - 1.0))
}
