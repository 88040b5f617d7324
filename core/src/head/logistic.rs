//! Logistic regression over a pooled clip: `softmax(W d + b)`.

use mien_nn::math::add_scaled;
use mien_nn::simd::{accumulate, vectorized};

use super::Clip;
use super::formula::{Block, Formula, Forward, affine, affine_backward, scale, weighted_sum};

/// How the frames of a clip are pooled to one descriptor `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over frames: D values. Used by pictures and fresh heads.
    Mean,
    /// `[mean; standard deviation; minimum; maximum]` over frames: 4 D values (the
    /// descriptor of Churaev & Savchenko's logistic regression).
    Statistics,
}

impl Pooling {
    /// Returns the length of a descriptor of frames with `dimension` values.
    pub fn descriptor_length(self, dimension: usize) -> usize {
        match self {
            Self::Mean => dimension,
            Self::Statistics => 4 * dimension,
        }
    }

    /// Computes the descriptor of `clip`; the standard deviation is the population's.
    pub fn describe(self, clip: &Clip) -> Vec<f32> {
        let (d, n) = (clip.dimension(), clip.len());
        let mut descriptor = vec![0.0; self.descriptor_length(d)];
        let (mean, rest) = descriptor.split_at_mut(d);
        accumulate(d, &clip.values, &vec![1.0; n], mean);
        mean.iter_mut().for_each(|sum| *sum /= n as f32);
        if self == Self::Statistics {
            let (deviation, extremes) = rest.split_at_mut(d);
            let (minimum, maximum) = extremes.split_at_mut(d);
            minimum.fill(f32::INFINITY);
            maximum.fill(f32::NEG_INFINITY);
            vectorized(
                #[inline(always)]
                || clip.frames().for_each(|frame| add_to_spread(frame, mean, deviation, minimum, maximum)),
            );
            deviation.iter_mut().for_each(|sum| *sum = (*sum / n as f32).sqrt());
        }
        descriptor
    }
}

/// Adds a frame to the sums of squared differences from `mean` and to the extremes; all slices have
/// the frame's length.
#[inline(always)]
fn add_to_spread(frame: &[f32], mean: &[f32], squares: &mut [f32], minimum: &mut [f32], maximum: &mut [f32]) {
    let sums = squares.iter_mut().zip(minimum).zip(maximum);
    for ((&value, mean), ((square, minimum), maximum)) in frame.iter().zip(mean).zip(sums) {
        let difference = value - mean;
        *square += difference * difference;
        *minimum = minimum.min(value);
        *maximum = maximum.max(value);
    }
}

/// Parameters: W (classes x inputs), b. The prepared clip is the descriptor.
pub(super) struct Logistic {
    pub inputs: usize,
    pub classes: usize,
}

impl Formula for Logistic {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::rows(self.classes * self.inputs), Block::bias(self.classes)]
    }

    fn fresh(&self, classifier: &[(Vec<f32>, f32)], _: Option<usize>) -> Vec<f32> {
        let mut parameters = vec![0.0; self.classes * self.inputs];
        for (row, (weights, _)) in parameters.chunks_exact_mut(self.inputs).zip(classifier) {
            row[..weights.len()].copy_from_slice(weights);
        }
        parameters.extend(classifier.iter().map(|(_, bias)| bias));
        parameters
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        scale(parameters, 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let (weights, bias) = parameters.split_at(self.classes * self.inputs);
        Forward { logits: affine(weights, bias, &clip.values), attention: None, tape: Vec::new() }
    }

    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]> {
        vec![&parameters[..self.classes * self.inputs]]
    }

    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward {
        let frames = products.len() / self.classes;
        let mut logits = weighted_sum(self.classes, products, &vec![1.0; frames]);
        scale(&mut logits, 1.0 / frames as f32);
        add_scaled(&mut logits, 1.0, &parameters[self.classes * self.inputs..]);
        Forward { logits, attention: None, tape: Vec::new() }
    }

    fn backward(&self, _: &[f32], clip: &Clip, _: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let (weights, bias) = gradient.split_at_mut(self.classes * self.inputs);
        affine_backward(&clip.values, logits, weights, bias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_mean_deviation_minimum_and_maximum() {
        let clip = Clip::from_frames(&[[1.0, 5.0], [3.0, 5.0]]).unwrap();
        assert_eq!(Pooling::Statistics.describe(&clip), [2.0, 5.0, 1.0, 0.0, 1.0, 5.0, 3.0, 5.0]);
        assert_eq!(Pooling::Mean.describe(&clip), [2.0, 5.0]);
        let single = Clip::from_frames(&[[1.0, 5.0]]).unwrap();
        assert_eq!(Pooling::Statistics.describe(&single), [1.0, 5.0, 0.0, 0.0, 1.0, 5.0, 1.0, 5.0]);
    }
}
