//! Classifiers over the frame vectors of a clip: logistic regression and three attention heads.
//!
//! A [`Head`] is a formula ([`Body`]) with one flat list of parameters. Every formula provides its
//! forward pass and its analytic gradient, so training, storage and the gradient check are written
//! once. X is T x D: T frames of D values.

mod codec;
mod formula;
#[cfg(feature = "import")]
pub mod import;
mod known_classes;
mod logistic;
mod relation_attention;
mod scale;
mod self_attention;
mod single_attention;
mod window;

pub use logistic::Pooling;
pub use scale::Scale;
pub use window::Window;

use std::borrow::Cow;

use formula::Forward;
pub(crate) use formula::{Block, Formula};
pub(crate) use known_classes::layer_for;

use crate::check::{POSITIVE, within};
use crate::error::{Error, Result, fail};
use crate::labels::{self, NEUTRAL};
use mien_nn::LinearLayer;
use mien_nn::math::{add_scaled, argmax, softmax};
use ndarray::ArrayView2;

/// Keeps the loss of a confident wrong answer finite.
pub(crate) const MIN_PROBABILITY: f32 = 1e-6;

/// Negative logarithm of the probability assigned to the true class.
pub fn loss_of(probability: f32) -> f32 {
    -libm::logf(probability.max(MIN_PROBABILITY))
}

/// Maximum number of values of a frame. With [`MAX_CLASSES`] and at most 4096 hidden units no head
/// has more than 2^31 parameters, so the count fits into 32 bits on every device.
pub const LARGEST_DIMENSION: usize = 100_000;

/// Maximum number of classes of a head.
pub const MAX_CLASSES: usize = 4096;

/// The frame vectors of a clip: T x D, row-major, T at least 1. A picture is a clip of one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    values: Vec<f32>,
    dimension: usize,
}

impl Clip {
    /// Creates a clip of the given frame vectors.
    ///
    /// # Errors
    /// `NotEnoughSamples` without frames, `InvalidOption` if the vectors' lengths differ or are
    /// zero.
    pub fn from_frames<V: AsRef<[f32]>>(frames: &[V]) -> Result<Self> {
        let Some(first) = frames.first() else { fail!(NotEnoughSamples, "a clip without frames") };
        let dimension = first.as_ref().len();
        let mut values = Vec::with_capacity(dimension * frames.len());
        for frame in frames {
            let frame = frame.as_ref();
            if frame.len() != dimension || dimension == 0 {
                fail!(InvalidOption, "a clip's frames have {dimension} and {} values", frame.len());
            }
            values.extend_from_slice(frame);
        }
        Ok(Self { values, dimension })
    }

    /// Returns D, the number of values of each frame.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns T, the number of frames.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimension
    }

    /// Always false: a clip has at least one frame.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Returns the frame vectors in order.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimension)
    }

    /// Returns the frame vectors as a matrix: T x D.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((self.len(), self.dimension), &self.values).expect("a clip has T x D values")
    }

    /// Returns the mean frame: D values.
    pub(crate) fn mean(&self) -> Vec<f32> {
        Pooling::Mean.describe(self)
    }

    /// Returns the clip with `center` (D values) subtracted from each frame.
    fn less(&self, center: &[f32]) -> Self {
        let mut clip = self.clone();
        for frame in clip.values.chunks_exact_mut(self.dimension) {
            add_scaled(frame, -1.0, center);
        }
        clip
    }

    /// Multiplies the rows by `factors` (D values); a row may hold D values several times.
    pub(crate) fn scale(&mut self, factors: &[f32]) {
        scale_rows(&mut self.values, factors);
    }

    /// Returns the values in blocks of `frames` frames; the last block may be shorter.
    pub(crate) fn blocks(&self, frames: usize) -> impl Iterator<Item = &[f32]> {
        self.values.chunks(frames * self.dimension)
    }
}

impl TryFrom<ArrayView2<'_, f32>> for Clip {
    type Error = Error;

    /// Copies a matrix of frames x values, in any memory layout.
    ///
    /// # Errors
    /// `NotEnoughSamples` without frames, `InvalidOption` if they have no values.
    fn try_from(frames: ArrayView2<'_, f32>) -> Result<Self> {
        match frames.dim() {
            (0, _) => fail!(NotEnoughSamples, "a clip without frames"),
            (_, 0) => fail!(InvalidOption, "a clip's frames have 0 values"),
            (_, dimension) => Ok(Self { values: frames.iter().copied().collect(), dimension }),
        }
    }
}

/// Multiplies the values by `factors`, repeated as often as needed.
pub(crate) fn scale_rows(values: &mut [f32], factors: &[f32]) {
    for row in values.chunks_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
    }
}

/// A statistic of the whole clip that can be appended to each frame's vector (2 D values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClipStatistic {
    /// The mean over frames.
    Mean,
    /// The population's standard deviation over frames.
    Deviation,
    /// The maximum over frames.
    Maximum,
}

impl ClipStatistic {
    /// Computes the statistic of `clip`: D values.
    fn of(self, clip: &Clip) -> Vec<f32> {
        let d = clip.dimension;
        let all = Pooling::Statistics.describe(clip);
        let start = match self {
            Self::Mean => 0,
            Self::Deviation => d,
            Self::Maximum => 3 * d,
        };
        all[start..][..d].to_vec()
    }

    /// Returns `clip` with this statistic appended to each frame.
    fn extend(self, clip: &Clip) -> Clip {
        let part = self.of(clip);
        let values = clip.frames().flat_map(|frame| frame.iter().chain(&part)).copied().collect();
        Clip { values, dimension: 2 * clip.dimension }
    }
}

/// The kinds of heads, by the names in the command and in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeadKind {
    /// Logistic regression over a pooled clip.
    Logistic,
    /// One attention weight per frame.
    SingleAttention,
    /// Frame attention, then relation of each frame to the clip's first summary.
    RelationAttention,
    /// Frames attend to frames.
    SelfAttention,
}

impl HeadKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Logistic, Self::SingleAttention, Self::RelationAttention, Self::SelfAttention];

    /// Returns the kind's name: `logistic`, `single-attention`, `relation-attention`,
    /// `self-attention`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::SingleAttention => "single-attention",
            Self::RelationAttention => "relation-attention",
            Self::SelfAttention => "self-attention",
        }
    }

    /// Returns the kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the formula with its default sizes: a head over 1280 values and 7 classes takes less
    /// than 100 KB in f16.
    pub fn body(self) -> Body {
        match self {
            Self::Logistic => Body::Logistic { pooling: Pooling::Mean },
            Self::SingleAttention => Body::SingleAttention { hidden: 32, statistic: None },
            Self::RelationAttention => Body::RelationAttention { statistic: None },
            Self::SelfAttention => Body::SelfAttention { width: 16, statistic: None },
        }
    }
}

/// A head's formula and its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Body {
    /// `softmax(W d + b)` over the descriptor d of `pooling`.
    Logistic {
        /// How frames are pooled.
        pooling: Pooling,
    },
    /// `a = softmax_t(X w + b)`, `c = X' a`, `softmax(W2 relu(W1 c + b1) + b2)`.
    SingleAttention {
        /// Hidden units; at least twice the number of classes in a fresh head.
        hidden: usize,
        /// Statistic appended to each frame.
        statistic: Option<ClipStatistic>,
    },
    /// Meng et al., Frame Attention Networks, ICIP 2019: `a_t = sigmoid(x_t.q0)`,
    /// `f' = sum a x / sum a`, `r_t = sigmoid([x_t; f'].q1)`,
    /// `f = sum a r [x; f'] / sum a r`, `softmax(W f + b)`.
    RelationAttention {
        /// Statistic appended to each frame.
        statistic: Option<ClipStatistic>,
    },
    /// `Q = X Wq`, `V = X Wv`, `A = softmax(Q V') V` (unscaled, key = value), pooled by single
    /// attention, `softmax(W c + b)`.
    SelfAttention {
        /// Columns of Wq and Wv; at least the number of classes in a fresh head.
        width: usize,
        /// Statistic appended to each frame.
        statistic: Option<ClipStatistic>,
    },
}

impl Body {
    /// Prepares a clip for the formula: pooled to one row, extended, or unchanged.
    pub(crate) fn prepare<'a>(&self, clip: &'a Clip) -> Cow<'a, Clip> {
        match *self {
            Self::Logistic { pooling } => {
                let values = pooling.describe(clip);
                Cow::Owned(Clip { dimension: values.len(), values })
            }
            _ => match self.statistic() {
                Some(statistic) => Cow::Owned(statistic.extend(clip)),
                None => Cow::Borrowed(clip),
            },
        }
    }

    /// Returns the statistic appended to each frame, if the body has one.
    fn statistic(&self) -> Option<ClipStatistic> {
        match *self {
            Self::Logistic { .. } => None,
            Self::SingleAttention { statistic, .. }
            | Self::RelationAttention { statistic }
            | Self::SelfAttention { statistic, .. } => statistic,
        }
    }

    /// Whether the formula reads a summary of all frames in addition to the frames' values.
    fn has_summary(&self) -> bool {
        self.statistic().is_some() || *self == Self::Logistic { pooling: Pooling::Statistics }
    }

    /// Returns the values after a frame's own if [`Body::has_summary`]: the statistic, or the
    /// descriptor without its mean.
    fn summary(&self, clip: &Clip) -> Vec<f32> {
        match self.statistic() {
            Some(statistic) => statistic.of(clip),
            None => Pooling::Statistics.describe(clip).split_off(clip.dimension),
        }
    }

    /// Returns the number of values of a prepared clip's rows, for frames of `dimension` values.
    fn inputs(&self, dimension: usize) -> usize {
        match *self {
            Self::Logistic { pooling } => pooling.descriptor_length(dimension),
            _ if self.statistic().is_some() => 2 * dimension,
            _ => dimension,
        }
    }

    /// Returns the formula for frames of `dimension` values and `classes`.
    fn formula(&self, dimension: usize, classes: usize) -> Box<dyn Formula> {
        let inputs = self.inputs(dimension);
        match *self {
            Self::Logistic { .. } => Box::new(logistic::Logistic { inputs, classes }),
            Self::SingleAttention { hidden, .. } => {
                Box::new(single_attention::SingleAttention { inputs, hidden, classes })
            }
            Self::RelationAttention { .. } => Box::new(relation_attention::RelationAttention { inputs, classes }),
            Self::SelfAttention { width, .. } => Box::new(self_attention::SelfAttention { inputs, width, classes }),
        }
    }

    /// Checks the sizes.
    fn check(&self) -> Result<()> {
        match *self {
            Self::SingleAttention { hidden: size, .. } | Self::SelfAttention { width: size, .. }
                if !(1..=4096).contains(&size) =>
            {
                fail!(InvalidOption, "a hidden layer of {size} values; 1 to 4096 are possible")
            }
            _ => Ok(()),
        }
    }

    /// Checks that a fresh head of these sizes can produce the logits of `classes`; a head trained
    /// elsewhere may be smaller.
    fn check_fresh(&self, classes: usize) -> Result<()> {
        match *self {
            Self::SingleAttention { hidden, .. } if hidden < 2 * classes => {
                fail!(InvalidOption, "{hidden} hidden units for {classes} classes; {} to 4096 are needed", 2 * classes)
            }
            Self::SelfAttention { width, .. } if width < classes => {
                fail!(InvalidOption, "a width of {width} for {classes} classes; {classes} to 4096 is needed")
            }
            _ => self.check(),
        }
    }
}

/// A classifier over clips: labels, formula, parameters, and an optional center that is first
/// subtracted from each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    labels: Vec<String>,
    dimension: usize,
    body: Body,
    parameters: Vec<f32>,
    /// D values; `None` counts as zero.
    center: Option<Vec<f32>>,
}

/// Checks a head's labels and its number of values per frame.
fn check_sizes(labels: &[String], dimension: usize) -> Result<()> {
    if labels.len() > MAX_CLASSES {
        fail!(InvalidOption, "{} classes; 2 to {MAX_CLASSES} are possible", labels.len());
    }
    if !(1..=LARGEST_DIMENSION).contains(&dimension) {
        fail!(InvalidOption, "frames of {dimension} values; 1 to {LARGEST_DIMENSION} are possible");
    }
    labels::check(labels)
}

/// The output of a head for a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// One probability per class, in the order of the labels; they sum to 1.
    pub probabilities: Vec<f32>,
    /// The attention weight of each frame, summing to 1. `None` for heads without attention.
    pub attention: Option<Vec<f32>>,
}

impl Prediction {
    fn of(Forward { mut logits, attention, .. }: Forward) -> Self {
        softmax(&mut logits);
        Self { probabilities: logits, attention }
    }
}

impl Head {
    /// Creates an untrained head for frames of `dimension` values (1 to [`LARGEST_DIMENSION`]).
    /// Given `classifier` (the network's own last layer over its unscaled features), its logits
    /// equal that layer's logits of the mean features; otherwise all classes are equally likely.
    ///
    /// The features are the first values of each frame, scaled by `feature_scale`. If the classifier
    /// knows the class [`NEUTRAL`], attention weighs frames by the classifier's odds against it, so
    /// that the expressive frames of a clip answer; otherwise it starts at zero, which is mean
    /// pooling. The answer to a single frame is the same. Hidden units that the answer does not need start at small
    /// fixed values with no weight in the answer.
    ///
    /// # Errors
    /// `InvalidOption` if labels, sizes or the classifier do not fit together.
    pub fn fresh(
        labels: Vec<String>,
        dimension: usize,
        body: Body,
        classifier: Option<&LinearLayer>,
        feature_scale: f32,
    ) -> Result<Self> {
        check_sizes(&labels, dimension)?;
        let classes = labels.len();
        body.check_fresh(classes)?;
        if let Some(layer) = classifier
            && (layer.bias.len() != classes || layer.inputs() > dimension || feature_scale <= 0.0)
        {
            fail!(
                InvalidOption,
                "a classifier of {} features and {} classes does not fit a head of {dimension} values and {classes} classes",
                layer.inputs(),
                layer.bias.len(),
            );
        }
        let rows = |class: usize| -> (&[f32], f32) {
            classifier.map_or((&[], 0.0), |layer| {
                let n = layer.inputs();
                (&layer.weights[class * n..][..n], layer.bias[class])
            })
        };
        let formula = body.formula(dimension, classes);
        let scaled = |class: usize| {
            let (weights, bias) = rows(class);
            (weights.iter().map(|weight| weight / feature_scale).collect::<Vec<_>>(), bias)
        };
        let resting = classifier.and_then(|_| labels::index_of(&labels, NEUTRAL));
        let parameters = formula.fresh(&(0..classes).map(scaled).collect::<Vec<_>>(), resting);
        Ok(Self { labels, dimension, body, parameters, center: None })
    }

    /// Creates a head from its parameters, in the order of its formula's blocks, for frames of
    /// `dimension` values (1 to [`LARGEST_DIMENSION`]) and 2 to [`MAX_CLASSES`] labels.
    ///
    /// # Errors
    /// `InvalidOption` if anything does not fit, is out of range or is not finite.
    pub fn from_parameters(labels: Vec<String>, dimension: usize, body: Body, parameters: Vec<f32>) -> Result<Self> {
        check_sizes(&labels, dimension)?;
        body.check()?;
        let head = Self { labels, dimension, body, parameters, center: None };
        let need: usize = head.formula().blocks().iter().map(|block| block.length).sum();
        if head.parameters.len() != need {
            fail!(InvalidOption, "{} parameters; the head needs {need}", head.parameters.len());
        }
        if !head.parameters.iter().all(|value| value.is_finite()) {
            fail!(InvalidOption, "a parameter of the head is not finite");
        }
        Ok(head)
    }

    /// Returns the head with softer probabilities: the logits are divided by `temperature`.
    ///
    /// # Errors
    /// `InvalidOption` if the temperature is not above 0.
    pub fn softened(&self, temperature: f32) -> Result<Self> {
        within("the temperature", temperature, POSITIVE)?;
        let mut soft = self.clone();
        self.formula().soften(&mut soft.parameters, temperature);
        Ok(soft)
    }

    /// Returns the head with parameters between this one and `other`: `(1 - share) * own + share *
    /// other`. For logistic regression this mixes the logits.
    ///
    /// # Errors
    /// `InvalidOption` if the heads differ in formula, size or labels, or if `share` is not in 0 to 1.
    pub fn blended(&self, other: &Self, share: f32) -> Result<Self> {
        within("the share", share, 0.0..=1.0)?;
        if (self.body, self.dimension, &self.labels) != (other.body, other.dimension, &other.labels) {
            fail!(InvalidOption, "the heads that are to be blended differ in formula, size or labels");
        }
        let mut blend = self.clone();
        for (own, other) in blend.parameters.iter_mut().zip(&other.parameters) {
            *own += share * (other - *own);
        }
        Ok(blend)
    }

    /// Returns the head for frames from which `center` is first subtracted: D values, the
    /// difference between one user's frames and other people's.
    ///
    /// # Errors
    /// `InvalidOption` if the center does not have D values or one is not finite.
    pub fn centered(&self, center: Vec<f32>) -> Result<Self> {
        if center.len() != self.dimension || !center.iter().all(|value| value.is_finite()) {
            fail!(InvalidOption, "a center of {} values; the head needs {} finite ones", center.len(), self.dimension);
        }
        Ok(Self { center: Some(center), ..self.clone() })
    }

    /// The center subtracted from each frame: D values; `None` if there is none.
    pub fn center(&self) -> Option<&[f32]> {
        self.center.as_deref()
    }

    /// The classes, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns D, the number of values per frame.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The kind of the formula.
    pub fn kind(&self) -> HeadKind {
        match self.body {
            Body::Logistic { .. } => HeadKind::Logistic,
            Body::SingleAttention { .. } => HeadKind::SingleAttention,
            Body::RelationAttention { .. } => HeadKind::RelationAttention,
            Body::SelfAttention { .. } => HeadKind::SelfAttention,
        }
    }

    /// The formula and its sizes.
    pub fn body(&self) -> Body {
        self.body
    }

    /// Returns whether the head was taught each class, in the order of the labels: whether the class's weights in the last
    /// layer, or its bias, are not all 0. They are in a head that starts without a classifier
    /// ([`Head::fresh`]), and training does not touch those of classes without clips. What is learned from corrections
    /// counts all classes as taught, and so do heads with self-attention, whose last layer never starts at 0.
    pub fn taught(&self) -> Vec<bool> {
        let classes = self.labels.len();
        let blocks = self.formula().blocks();
        let last = blocks.len().checked_sub(2).map_or(0, |place| blocks[place].length);
        let (weights, bias) = self.parameters[self.parameters.len() - classes - last..].split_at(last);
        let rows = weights.chunks_exact(last / classes).zip(bias);
        rows.map(|(row, bias)| *bias != 0.0 || row.iter().any(|weight| *weight != 0.0)).collect()
    }

    /// The parameters, block by block.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Classifies `clip`.
    ///
    /// # Errors
    /// `InvalidOption` if the clip's frames have another dimension.
    pub fn predict(&self, clip: &Clip) -> Result<Prediction> {
        if clip.dimension() != self.dimension {
            fail!(InvalidOption, "frames have {} values; the head takes {}", clip.dimension(), self.dimension);
        }
        Ok(Prediction::of(self.forward(&self.prepare(clip))))
    }

    /// Returns the index of the most probable class of `clip`.
    ///
    /// # Errors
    /// As in [`Head::predict`].
    pub fn classify(&self, clip: &Clip) -> Result<usize> {
        Ok(argmax(&self.predict(clip)?.probabilities))
    }

    /// Returns the negative logarithm of the probability that the head assigns to `class` for
    /// `clip`.
    ///
    /// # Errors
    /// As in [`Head::predict`]; `InvalidOption` if the class is not below the number of labels.
    pub fn loss(&self, clip: &Clip, class: usize) -> Result<f32> {
        match self.predict(clip)?.probabilities.get(class) {
            Some(&probability) => Ok(loss_of(probability)),
            None => fail!(InvalidOption, "class {class} does not exist; the head has {} classes", self.labels.len()),
        }
    }

    /// Prepares a clip for the formula: centered, then pooled or extended.
    pub(crate) fn prepare<'a>(&self, clip: &'a Clip) -> Cow<'a, Clip> {
        match &self.center {
            Some(center) => Cow::Owned(self.body.prepare(&clip.less(center)).into_owned()),
            None => self.body.prepare(clip),
        }
    }

    pub(crate) fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// Computes the logits of a prepared clip and the values for the backward pass.
    fn forward(&self, prepared: &Clip) -> Forward {
        self.formula().forward(&self.parameters, prepared)
    }

    /// Returns the arithmetic of this head's body and sizes.
    pub(crate) fn formula(&self) -> Box<dyn Formula> {
        self.body.formula(self.dimension, self.labels.len())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use mien_nn::math::{SplitMix64, dot};
    use ndarray::{Array2, array};

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_clip_is_a_matrix_of_frames_and_values() {
        let clip = Clip::from_frames(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        assert_eq!(clip.view(), array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(Clip::try_from(clip.view()).unwrap(), clip);
        let columns = array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]];
        assert_eq!(Clip::try_from(columns.t()).unwrap(), clip, "the memory layout does not matter");
        for (shape, kind) in [((0, 3), ErrorKind::NotEnoughSamples), ((2, 0), ErrorKind::InvalidOption)] {
            assert_eq!(Clip::try_from(Array2::zeros(shape).view()).unwrap_err().kind(), kind);
        }
    }

    pub(crate) fn labels(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("class{i}")).collect()
    }

    pub(crate) fn random(rng: &mut SplitMix64) -> f32 {
        rng.below(2001) as f32 / 1000.0 - 1.0
    }

    fn random_clip(rng: &mut SplitMix64, frames: usize, dimension: usize) -> Clip {
        let rows: Vec<Vec<f32>> = (0..frames).map(|_| (0..dimension).map(|_| random(rng)).collect()).collect();
        Clip::from_frames(&rows).unwrap()
    }

    /// All formulas, with and without an appended statistic, at small sizes.
    pub(crate) fn bodies() -> Vec<Body> {
        let mut bodies =
            vec![Body::Logistic { pooling: Pooling::Mean }, Body::Logistic { pooling: Pooling::Statistics }];
        for statistic in [None, Some(ClipStatistic::Mean), Some(ClipStatistic::Deviation), Some(ClipStatistic::Maximum)]
        {
            bodies.push(Body::SingleAttention { hidden: 9, statistic });
            bodies.push(Body::RelationAttention { statistic });
            bodies.push(Body::SelfAttention { width: 5, statistic });
        }
        bodies
    }

    #[test]
    fn fresh_heads_of_every_kind_equal_the_classifier() {
        let mut rng = SplitMix64::new(2);
        let weights: Vec<f32> = (0..12).map(|_| random(&mut rng)).collect();
        let layer = LinearLayer { weights: weights.clone(), bias: vec![0.1, -0.2, 0.3] };
        for body in bodies() {
            let head = Head::fresh(labels(3), 6, body, Some(&layer), 0.05).unwrap();
            for frames in [1, 2, 7] {
                let clip = random_clip(&mut rng, frames, 6);
                let mean = Pooling::Mean.describe(&clip);
                let mut want: Vec<f32> = (0..3)
                    .map(|c| (0..4).map(|d| weights[4 * c + d] * mean[d] / 0.05).sum::<f32>() + layer.bias[c])
                    .collect();
                softmax(&mut want);
                for (got, want) in head.predict(&clip).unwrap().probabilities.iter().zip(want) {
                    assert!((got - want).abs() < 1e-4, "{body:?}");
                }
            }
            let blank = Head::fresh(labels(3), 6, body, None, 1.0).unwrap();
            for p in blank.predict(&random_clip(&mut rng, 3, 6)).unwrap().probabilities {
                assert!((p - 1.0 / 3.0).abs() < 1e-6, "{body:?}");
            }
        }
    }

    #[test]
    fn fresh_attention_turns_away_from_neutral_frames_by_the_classifiers_odds() {
        let names = [NEUTRAL, "happy", "sad"].map(str::to_owned).to_vec();
        let weights = vec![3.0, 0.5, 0.0, 0.0, -1.0, 4.0, 0.5, 0.0, 0.5, -1.0, 2.0, 0.5];
        let layer = LinearLayer { weights, bias: vec![0.0; 3] };
        let logits = |frame: &[f32]| -> Vec<f32> {
            (0..3).map(|class| dot(&layer.weights[4 * class..][..4], &frame[..4])).collect()
        };
        let frames = [
            [1.0, 0.0, 0.1, 0.0, 2.0],
            [0.9, 0.1, 0.0, 0.1, 0.0],
            [0.2, 1.0, 0.0, 0.0, 1.0],
            [0.6, 0.1, 0.1, 0.1, 1.0],
        ];
        let clip = Clip::from_frames(&frames).unwrap();
        let odds = |frame: &[f32]| (logits(frame)[1] + logits(frame)[2]) / 2.0 - logits(frame)[0];
        let mut want: Vec<f32> = clip.frames().map(odds).collect();
        let best = argmax(&want);
        softmax(&mut want);
        for kind in HeadKind::ALL.into_iter().filter(|kind| *kind != HeadKind::Logistic) {
            let head = Head::fresh(names.clone(), 5, kind.body(), Some(&layer), 1.0).unwrap();
            let attention = head.predict(&clip).unwrap().attention.unwrap();
            assert!(best == 2 && attention[best] > 0.5, "{kind:?}: {attention:?}, odds {want:?}");
            if kind == HeadKind::SingleAttention {
                assert!(attention.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-5), "{attention:?}");
            }
            // Softer probabilities keep the frames' weights.
            let soft = head.softened(16.0).unwrap().predict(&clip).unwrap().attention.unwrap();
            assert!(attention.iter().zip(&soft).all(|(a, b)| (a - b).abs() < 1e-4), "{kind:?}: {attention:?} {soft:?}");
            // One frame is answered as by the classifier.
            let frame = clip.frames().next().unwrap();
            let mut z = logits(frame);
            softmax(&mut z);
            let got = head.predict(&Clip::from_frames(&[frame]).unwrap()).unwrap().probabilities;
            assert!(got.iter().zip(z).all(|(got, want)| (got - want).abs() < 1e-5), "{kind:?}");
        }
    }

    #[test]
    fn every_gradient_equals_the_finite_difference() {
        let mut rng = SplitMix64::new(5);
        // Clips of less than one block of frames, and of several blocks.
        for (body, frames) in bodies().into_iter().flat_map(|body| [(body, 5), (body, 19)]) {
            let count: usize = Head::fresh(labels(3), 4, body, None, 1.0).unwrap().parameters.len();
            let parameters: Vec<f32> = (0..count).map(|_| 0.7 * random(&mut rng)).collect();
            let mut head = Head::from_parameters(labels(3), 4, body, parameters).unwrap();
            let clip = random_clip(&mut rng, frames, 4);
            let prepared = body.prepare(&clip).into_owned();
            let probe: Vec<f32> = (0..3).map(|_| random(&mut rng)).collect();
            let value = |head: &Head| -> f64 {
                head.forward(&prepared).logits.iter().zip(&probe).map(|(z, p)| f64::from(*z) * f64::from(*p)).sum()
            };
            let mut gradient = vec![0.0; count];
            let forward = head.forward(&prepared);
            head.formula().backward(&head.parameters, &prepared, &forward, &probe, &mut gradient);
            for (index, &analytic) in gradient.iter().enumerate() {
                // Central differences in f32: the step of 1/256 is exact, the error below 1e-3.
                let (h, kept) = (1.0 / 256.0, head.parameters[index]);
                head.parameters[index] = kept + h;
                let above = value(&head);
                head.parameters[index] = kept - h;
                let below = value(&head);
                head.parameters[index] = kept;
                let numeric = (above - below) / (2.0 * f64::from(h));
                let difference = (numeric - f64::from(analytic)).abs();
                assert!(
                    difference < 2e-3 * (1.0 + numeric.abs()),
                    "{body:?} parameter {index}: {numeric} {}",
                    analytic
                );
            }
        }
    }

    #[test]
    fn attention_weighs_frames() {
        let mut rng = SplitMix64::new(7);
        for kind in HeadKind::ALL {
            let head = Head::fresh(labels(3), 6, kind.body(), None, 1.0).unwrap();
            let attention = head.predict(&random_clip(&mut rng, 4, 6)).unwrap().attention;
            assert_eq!(attention.is_none(), kind == HeadKind::Logistic);
            for weight in attention.into_iter().flatten() {
                assert!((weight - 0.25).abs() < 1e-5, "a fresh head weighs frames alike: {kind:?}");
            }
        }
        // Single attention over the first value picks the frame in which it is large.
        let body = Body::SingleAttention { hidden: 6, statistic: None };
        let mut head = Head::fresh(labels(3), 2, body, None, 1.0).unwrap();
        head.parameters[0] = 50.0;
        let clip = Clip::from_frames(&[[0.0, 1.0], [1.0, 0.0], [0.0, 0.5]]).unwrap();
        assert!(head.predict(&clip).unwrap().attention.unwrap()[1] > 0.99);
    }

    #[test]
    fn a_center_is_taken_from_each_frame_first() {
        let mut rng = SplitMix64::new(12);
        for body in bodies() {
            let count = Head::fresh(labels(3), 4, body, None, 1.0).unwrap().parameters.len();
            let parameters = (0..count).map(|_| 0.7 * random(&mut rng)).collect();
            let head = Head::from_parameters(labels(3), 4, body, parameters).unwrap();
            let center: Vec<f32> = (0..4).map(|_| random(&mut rng)).collect();
            let clip = random_clip(&mut rng, 5, 4);
            let moved: Vec<Vec<f32>> =
                clip.frames().map(|frame| frame.iter().zip(&center).map(|(x, c)| x + c).collect()).collect();
            let moved = Clip::from_frames(&moved).unwrap();
            let centered = head.centered(center.clone()).unwrap();
            let (got, want) = (centered.predict(&moved).unwrap(), head.predict(&clip).unwrap());
            for (got, want) in got.probabilities.iter().zip(&want.probabilities) {
                assert!((got - want).abs() < 1e-5, "{body:?}");
            }
            assert_ne!(head.predict(&moved).unwrap(), want, "{body:?}");
            assert_eq!(centered.softened(2.0).unwrap().center(), Some(center.as_slice()));
        }
        let head = Head::fresh(labels(3), 4, bodies()[0], None, 1.0).unwrap();
        assert!(head.centered(vec![0.0; 3]).is_err() && head.centered(vec![f32::NAN; 4]).is_err());
    }

    #[test]
    fn softening_keeps_the_order_of_the_classes() {
        let layer = LinearLayer { weights: vec![4.0, -8.0, 1.0], bias: vec![0.0; 3] };
        let mut want = [1.0, -2.0, 0.25];
        softmax(&mut want);
        for kind in HeadKind::ALL {
            let head = Head::fresh(labels(3), 1, kind.body(), Some(&layer), 1.0).unwrap();
            let clip = Clip::from_frames(&[[1.0]]).unwrap();
            for (got, want) in head.softened(4.0).unwrap().predict(&clip).unwrap().probabilities.iter().zip(want) {
                assert!((got - want).abs() < 1e-6, "{kind:?}");
            }
            assert!(head.softened(0.0).is_err() && head.softened(f32::NAN).is_err());
        }
        let mut rng = SplitMix64::new(3);
        for body in bodies() {
            let count = Head::fresh(labels(3), 4, body, None, 1.0).unwrap().parameters.len();
            let parameters = (0..count).map(|_| 0.7 * random(&mut rng)).collect();
            let head = Head::from_parameters(labels(3), 4, body, parameters).unwrap();
            let clip = body.prepare(&random_clip(&mut rng, 5, 4)).into_owned();
            let soft = head.softened(4.0).unwrap().forward(&clip).logits;
            for (soft, logit) in soft.iter().zip(head.forward(&clip).logits) {
                assert!((soft - logit / 4.0).abs() < 1e-5, "{body:?}");
            }
        }
    }

    #[test]
    fn the_default_sizes_stay_below_100_kb() {
        for kind in HeadKind::ALL {
            let head = Head::fresh(labels(7), 1280, kind.body(), None, 1.0).unwrap();
            let head = head.centered(vec![-1.0; 1280]).unwrap();
            assert!(head.encode().unwrap().len() <= 100 * 1024, "{kind:?}");
            assert_eq!(HeadKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(HeadKind::from_name("dense"), None);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(Clip::from_frames::<[f32; 2]>(&[]).is_err());
        assert!(Clip::from_frames(&[vec![1.0], vec![1.0, 2.0]]).is_err());
        let mean = HeadKind::Logistic.body();
        let head = Head::fresh(labels(2), 3, mean, None, 1.0).unwrap();
        assert!(head.predict(&Clip::from_frames(&[[1.0, 2.0]]).unwrap()).is_err());
        let layer = LinearLayer { weights: vec![0.0; 8], bias: vec![0.0; 2] };
        assert!(Head::fresh(labels(2), 3, mean, Some(&layer), 1.0).is_err());
        assert!(Head::fresh(labels(3), 9, mean, Some(&layer), 1.0).is_err());
        assert!(Head::fresh(labels(3), 9, Body::SingleAttention { hidden: 5, statistic: None }, None, 1.0).is_err());
        assert!(Head::fresh(labels(3), 9, Body::SelfAttention { width: 2, statistic: None }, None, 1.0).is_err());
        assert!(Head::from_parameters(labels(2), 3, mean, vec![0.0; 7]).is_err());
        for dimension in [0, LARGEST_DIMENSION + 1, usize::MAX] {
            assert!(Head::fresh(labels(2), dimension, mean, None, 1.0).is_err(), "{dimension}");
            assert!(Head::from_parameters(labels(2), dimension, mean, vec![0.0; 2]).is_err(), "{dimension}");
        }
        assert!(Head::fresh(labels(MAX_CLASSES + 1), 1, mean, None, 1.0).is_err());
        assert!(Head::fresh(labels(MAX_CLASSES), 1, mean, None, 1.0).is_ok());
        assert!(Head::fresh(labels(2), LARGEST_DIMENSION, mean, None, 1.0).is_ok());
    }

    #[test]
    fn the_largest_head_can_be_counted_in_32_bits() {
        let statistic = Some(ClipStatistic::Mean);
        for body in [
            Body::Logistic { pooling: Pooling::Statistics },
            Body::SingleAttention { hidden: 4096, statistic },
            Body::RelationAttention { statistic },
            Body::SelfAttention { width: 4096, statistic },
        ] {
            let blocks = body.formula(LARGEST_DIMENSION, MAX_CLASSES).blocks();
            assert!(blocks.iter().map(|block| block.length as u64).sum::<u64>() < 1 << 31, "{body:?}");
        }
    }
}
