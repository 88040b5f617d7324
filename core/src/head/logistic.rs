//! Logistic regression over a pooled clip: `softmax(W d + b)`.

use super::Clip;
use crate::error::{Result, fail};
use crate::labels;
use crate::math::{dot, softmax};
use crate::nn::LinearLayer;

/// How a clip's frames become the one descriptor `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over frames: D values. What pictures and fresh heads use.
    Mean,
    /// `[mean; standard deviation; minimum; maximum]` over frames: 4 D values (the
    /// descriptor of Churaev & Savchenko's logistic regression).
    Statistics,
}

impl Pooling {
    /// The number of values of a descriptor of frames with `dimension` values.
    pub fn descriptor_length(self, dimension: usize) -> usize {
        match self {
            Self::Mean => dimension,
            Self::Statistics => 4 * dimension,
        }
    }

    /// The descriptor of `clip`; the standard deviation is that of the population.
    pub fn describe(self, clip: &Clip) -> Vec<f32> {
        let (d, n) = (clip.dimension(), clip.len() as f32);
        let mut descriptor = vec![0.0; self.descriptor_length(d)];
        for frame in clip.frames() {
            for (sum, value) in descriptor.iter_mut().zip(frame) {
                *sum += value;
            }
        }
        descriptor[..d].iter_mut().for_each(|sum| *sum /= n);
        if self == Self::Statistics {
            let (mean, rest) = descriptor.split_at_mut(d);
            let (deviation, extremes) = rest.split_at_mut(d);
            let (minimum, maximum) = extremes.split_at_mut(d);
            minimum.fill(f32::INFINITY);
            maximum.fill(f32::NEG_INFINITY);
            for frame in clip.frames() {
                for (i, &value) in frame.iter().enumerate() {
                    let difference = value - mean[i];
                    deviation[i] += difference * difference;
                    minimum[i] = minimum[i].min(value);
                    maximum[i] = maximum[i].max(value);
                }
            }
            deviation.iter_mut().for_each(|sum| *sum = (*sum / n).sqrt());
        }
        descriptor
    }
}

/// A logistic regression head.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    pub(crate) labels: Vec<String>,
    pub(crate) dimension: usize,
    pub(crate) pooling: Pooling,
    /// Classes x descriptor, row-major.
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Logistic {
    /// A head that has learnt nothing: where `classifier` (the network's own last layer over
    /// its unscaled features) is given, it answers exactly with that layer's logits of the
    /// mean features; else with equal probabilities.
    ///
    /// The features are the first values of each frame, scaled by `feature_scale`; all other
    /// weights are zero.
    ///
    /// # Errors
    /// `InvalidOption` where the labels are bad or the classifier does not fit them.
    pub fn fresh(
        labels: Vec<String>,
        dimension: usize,
        pooling: Pooling,
        classifier: Option<&LinearLayer>,
        feature_scale: f32,
    ) -> Result<Self> {
        labels::check(&labels)?;
        let length = pooling.descriptor_length(dimension);
        let mut head = Self {
            weights: vec![0.0; labels.len() * length],
            bias: vec![0.0; labels.len()],
            labels,
            dimension,
            pooling,
        };
        if let Some(layer) = classifier {
            let inputs = layer.inputs();
            if layer.bias.len() != head.labels.len() || inputs > dimension || feature_scale <= 0.0 {
                fail!(
                    InvalidOption,
                    "a classifier of {inputs} features and {} classes does not fit a head of {dimension} values and {} classes",
                    layer.bias.len(),
                    head.labels.len(),
                );
            }
            head.bias.clone_from(&layer.bias);
            for (row, from) in head.weights.chunks_exact_mut(length).zip(layer.weights.chunks_exact(inputs)) {
                for (to, from) in row.iter_mut().zip(from) {
                    *to = from / feature_scale;
                }
            }
        }
        Ok(head)
    }

    /// The same answers with softer probabilities: the logits are divided by `temperature`.
    ///
    /// # Errors
    /// `InvalidOption` where the temperature is not above 0.
    pub fn softened(&self, temperature: f32) -> Result<Self> {
        if !(temperature.is_finite() && temperature > 0.0) {
            fail!(InvalidOption, "the temperature is {temperature}; it must be above 0");
        }
        let mut soft = self.clone();
        soft.weights.iter_mut().chain(&mut soft.bias).for_each(|value| *value /= temperature);
        Ok(soft)
    }

    /// The classes, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// D: the number of values a frame must have.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How frames are pooled.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// The class probabilities of `clip`, in the order of the labels.
    ///
    /// # Errors
    /// `InvalidOption` where the clip's frames have another dimension.
    pub fn probabilities(&self, clip: &Clip) -> Result<Vec<f32>> {
        if clip.dimension() != self.dimension {
            fail!(InvalidOption, "frames have {} values; the head takes {}", clip.dimension(), self.dimension);
        }
        let mut values = self.logits(&self.pooling.describe(clip));
        softmax(&mut values);
        Ok(values)
    }

    /// `W d + b` for a descriptor `d`.
    pub(crate) fn logits(&self, descriptor: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(descriptor.len());
        rows.zip(&self.bias).map(|(row, bias)| dot(row, descriptor) + bias).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("class{i}")).collect()
    }

    #[test]
    fn a_fresh_head_equals_the_classifier() {
        let layer = LinearLayer { weights: vec![1.0, -2.0, 0.5, 3.0, 0.0, 1.0], bias: vec![0.1, -0.2, 0.3] };
        let head = Logistic::fresh(labels(3), 4, Pooling::Mean, Some(&layer), 0.05).unwrap();
        let clip = Clip::from_frames(&[[0.05, 0.1, 7.0, 8.0], [0.15, 0.0, -3.0, 2.0]]).unwrap();
        // Unscaled mean features are (2, 1).
        let mut want = [2.0 - 2.0 + 0.1, 1.0 + 3.0 - 0.2, 1.0 + 0.3];
        softmax(&mut want);
        for (got, want) in head.probabilities(&clip).unwrap().iter().zip(want) {
            assert!((got - want).abs() < 1e-5);
        }
        let blank = Logistic::fresh(labels(4), 4, Pooling::Statistics, None, 1.0).unwrap();
        assert_eq!(blank.probabilities(&clip).unwrap(), [0.25; 4]);
    }

    #[test]
    fn softening_keeps_the_order_of_the_classes() {
        let layer = LinearLayer { weights: vec![4.0, -8.0, 1.0], bias: vec![0.0; 3] };
        let head = Logistic::fresh(labels(3), 1, Pooling::Mean, Some(&layer), 1.0).unwrap();
        let clip = Clip::from_frames(&[[1.0]]).unwrap();
        let mut want = [1.0, -2.0, 0.25];
        softmax(&mut want);
        assert_eq!(head.softened(4.0).unwrap().probabilities(&clip).unwrap(), want);
        assert!(head.softened(0.0).is_err() && head.softened(f32::NAN).is_err());
    }

    #[test]
    fn statistics_are_mean_deviation_minimum_and_maximum() {
        let clip = Clip::from_frames(&[[1.0, 5.0], [3.0, 5.0]]).unwrap();
        assert_eq!(Pooling::Statistics.describe(&clip), [2.0, 5.0, 1.0, 0.0, 1.0, 5.0, 3.0, 5.0]);
        assert_eq!(Pooling::Mean.describe(&clip), [2.0, 5.0]);
        let single = Clip::from_frames(&[[1.0, 5.0]]).unwrap();
        assert_eq!(Pooling::Statistics.describe(&single), [1.0, 5.0, 0.0, 0.0, 1.0, 5.0, 1.0, 5.0]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(Clip::from_frames::<[f32; 2]>(&[]).is_err());
        assert!(Clip::from_frames(&[vec![1.0], vec![1.0, 2.0]]).is_err());
        let head = Logistic::fresh(labels(2), 3, Pooling::Mean, None, 1.0).unwrap();
        assert!(head.probabilities(&Clip::from_frames(&[[1.0, 2.0]]).unwrap()).is_err());
        let layer = LinearLayer { weights: vec![0.0; 8], bias: vec![0.0; 2] };
        assert!(Logistic::fresh(labels(2), 3, Pooling::Mean, Some(&layer), 1.0).is_err());
        assert!(Logistic::fresh(labels(3), 9, Pooling::Mean, Some(&layer), 1.0).is_err());
    }
}
