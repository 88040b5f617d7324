//! What every head's formula gives: its parameters, its forward pass and its gradient.

use mien_nn::math::{SplitMix64, add_scaled};
use mien_nn::simd::{accumulate, products};

use super::Clip;

/// A part of a head's flat list of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Number of values.
    pub length: usize,
    /// Whether the block is pulled toward its start in training; biases are free.
    pub pulled: bool,
    /// Whether the block is whole rows over a prepared clip's values, one weight a value.
    pub over_inputs: bool,
}

impl Block {
    /// Rows over a prepared clip's values.
    pub fn rows(length: usize) -> Self {
        Self { length, pulled: true, over_inputs: true }
    }

    /// Weights of a layer behind the first.
    pub fn weights(length: usize) -> Self {
        Self { length, pulled: true, over_inputs: false }
    }

    pub fn bias(length: usize) -> Self {
        Self { length, pulled: false, over_inputs: false }
    }
}

/// A forward pass.
pub(crate) struct Forward {
    /// One value a class.
    pub logits: Vec<f32>,
    /// The weight of each frame, summing to 1, for heads with attention.
    pub attention: Option<Vec<f32>>,
    /// What the formula's own backward pass wants to see again.
    pub tape: Vec<Vec<f32>>,
}

/// The arithmetic of a head. Clips are prepared: pooled or extended as the head's body says.
pub(crate) trait Formula {
    /// The parameters' parts, in order.
    fn blocks(&self) -> Vec<Block>;

    /// Parameters whose logits are `weights . mean(X) + bias` for each class's given weights
    /// (over the first values of a frame) and bias.
    fn fresh(&self, classifier: &[(Vec<f32>, f32)]) -> Vec<f32>;

    /// Divides the logits by `temperature`, by the first layer that they are proportional to, so
    /// that all layers keep a like size.
    fn soften(&self, parameters: &mut [f32], temperature: f32);

    /// The logits of `clip`.
    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward;

    /// The parameters by which frames are multiplied: blocks of whole rows of inputs, P rows in
    /// all. A frame counts in the answer by its inner products with these rows only.
    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]>;

    /// The logits of T frames, given their inner products with the rows of the projections:
    /// T x P. The tape is of no use.
    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward;

    /// Adds to `gradient` the gradient of the parameters, given that of the logits.
    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]);
}

/// Frames that lie in the nearest cache together: what reads each of a clip's frames twice does
/// so block by block.
pub(super) const NEAR_FRAMES: usize = 8;

/// `W x + b` for row-major `weights`.
pub(super) fn affine(weights: &[f32], bias: &[f32], x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; bias.len()];
    products(x.len(), weights, x, &mut out);
    add_scaled(&mut out, 1.0, bias);
    out
}

/// `X' a` for `values` of rows of `length` and a weight a row.
pub(super) fn weighted_sum(length: usize, values: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    accumulate(length, values, weights, &mut sum);
    sum
}

/// The gradients of an [`affine`] layer's weights and bias are added to `weights` and `bias`,
/// given that of its output.
pub(super) fn affine_backward(x: &[f32], output: &[f32], weights: &mut [f32], bias: &mut [f32]) {
    accumulate(x.len(), x, output, weights);
    add_scaled(bias, 1.0, output);
}

/// `values *= factor`.
pub(super) fn scale(values: &mut [f32], factor: f32) {
    values.iter_mut().for_each(|value| *value *= factor);
}

/// Small fixed numbers for units that have no say yet: uniform in +-`size`, the same always.
pub(super) fn quiet_values(count: usize, size: f32) -> impl Iterator<Item = f32> {
    let mut rng = SplitMix64::new(0x006d_6965_6e00);
    (0..count).map(move |_| size * (rng.below(2001) as f32 / 1000.0 - 1.0))
}
