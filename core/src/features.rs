//! Computes the feature vectors of a face in a frame, for heads and the gallery.

use std::panic::resume_unwind;
use std::thread;

use mien_nn::{Network, run_bytes_checked, run_checked};
use ndarray::Array3;

use crate::embedding::normalize;
use crate::error::Result;
use crate::face::Face;
use crate::face::align::crop_map;
use crate::frame::Frame;
use crate::models::{Crop, InputSpec, ModelPack, Role};
use crate::preprocess::{Map, sample_bytes_into, sample_into};

/// The features of one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Expression features (default pack: 256), a mean over several views of a still, multiplied by the pack's feature scale so that
    /// their norm is near 1.
    pub expression: Vec<f32>,
    /// The identity embedding (default pack: 1024), of length 1.
    pub identity: Vec<f32>,
    /// The identity network's features for heads, of length 1, if a recognition network computes
    /// [`Features::identity`]; `None` if both are the same.
    pub appearance: Option<Vec<f32>>,
    /// The expression network's own class logits, if it has them.
    pub logits: Option<Vec<f32>>,
}

impl Features {
    /// Returns the input of a head: the expression features, then the identity network's features.
    pub fn head_input(&self) -> Vec<f32> {
        let mut input = self.expression.clone();
        input.extend_from_slice(self.appearance.as_ref().unwrap_or(&self.identity));
        input
    }
}

/// A way to take the expression network's crop of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Whether the network sees the mirror image.
    pub flipped: bool,
    /// How far the crop is moved down the face, in sides of the crop.
    pub down: f32,
}

impl View {
    /// The crop itself, as the sensor saw it.
    pub const PLAIN: Self = Self { flipped: false, down: 0.0 };

    /// Returns the views of a crop at `heights` in both orientations, in pairs that differ in
    /// both: one pair already has nearly the mean of all.
    fn all(heights: &[f32]) -> Vec<Self> {
        let heights = if heights.is_empty() { &[0.0] } else { heights };
        let pair = |(&down, &other): (&f32, &f32)| [Self { flipped: false, down }, Self { flipped: true, down: other }];
        heights.iter().zip(heights.iter().rev()).flat_map(pair).collect()
    }

    /// Returns the map from an input of this view to one of the plain view, both of `size` pixels.
    fn map(self, size: (usize, usize)) -> Map {
        let (width, down) = (size.0 as f32, self.down * size.1 as f32);
        if self.flipped { Map([-1.0, 0.0, width, 0.0, 1.0, down]) } else { Map([1.0, 0.0, 0.0, 0.0, 1.0, down]) }
    }
}

/// Runs the identity and the expression network on faces.
pub struct FeatureExtractor {
    identity: FaceNetwork,
    recognition: Option<FaceNetwork>,
    expression: FaceNetwork,
    views: Vec<View>,
    logits_output: Option<usize>,
    feature_scale: f32,
    parallel: bool,
}

/// A network and its input preprocessing.
struct FaceNetwork {
    network: Box<dyn Network>,
    /// The index of the output of kind `features`.
    features: usize,
    input: InputSpec,
    crop: Crop,
    role: &'static str,
}

impl FaceNetwork {
    fn new(pack: &ModelPack, role: Role, name: &'static str) -> Result<Self> {
        let entry = pack.entry(role)?;
        let features = entry.outputs.iter().position(|output| output.kind == "features");
        let features = features.expect("the check of the manifest guarantees this output");
        let network = pack.network(role, None)?;
        Ok(Self { network, features, input: entry.input.clone(), crop: entry.crop, role: name })
    }

    fn input(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<Vec<f32>> {
        // Pixels as the sensor saw them, whatever positions are given in.
        let (frame, face) = face.unmirrored(frame);
        let (map, size) = self.place(&frame, &face, view)?;
        let mut input = vec![0.0; 3 * size.0 * size.1];
        sample_into(&frame, &map, size, &self.input.normalization(), &mut input);
        Ok(input)
    }

    /// Returns the map from the network's input to the frame, and the input's width and height.
    fn place(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<(Map, (usize, usize))> {
        let size = self.input.size();
        let map = crop_map(&self.crop, face, frame.upright_size(), size)?;
        Ok((if view == View::PLAIN { map } else { view.map(size).then(&map) }, size))
    }

    fn run(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<Vec<Vec<f32>>> {
        if let Some(range) = self.network.byte_input() {
            let (frame, face) = face.unmirrored(frame);
            let (map, size) = self.place(&frame, &face, view)?;
            let mut input = vec![0; 3 * size.0 * size.1];
            sample_bytes_into(&frame, &map, size, &self.input.normalization(), range, &mut input);
            return Ok(run_bytes_checked(&*self.network, self.role, &input)?);
        }
        Ok(run_checked(&*self.network, self.role, &self.input(frame, face, view)?)?)
    }

    /// The number of features.
    fn dimension(&self) -> usize {
        self.network.output_lengths()[self.features]
    }

    /// Returns the features scaled to length 1.
    fn embedding(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        let mut embedding = self.run(frame, face, View::PLAIN)?.swap_remove(self.features);
        normalize(&mut embedding);
        Ok(embedding)
    }
}

impl FeatureExtractor {
    /// Loads the networks of `pack`.
    ///
    /// # Errors
    /// `ModelLoad` if the pack lacks a role or a file does not fit its entry.
    pub fn new(pack: &ModelPack) -> Result<Self> {
        let entry = pack.entry(Role::Expression)?;
        let position = |kind: &str| entry.outputs.iter().position(|output| output.kind == kind);
        let expression = FaceNetwork::new(pack, Role::Expression, "expression")?;
        let recognition = pack.entry(Role::Recognition).is_ok();
        let recognition = recognition.then(|| FaceNetwork::new(pack, Role::Recognition, "recognition")).transpose()?;
        Ok(Self {
            identity: FaceNetwork::new(pack, Role::Identity, "identity")?,
            recognition,
            views: View::all(&entry.heights),
            logits_output: position("logits"),
            feature_scale: entry.outputs[expression.features].feature_scale.unwrap_or(1.0),
            expression,
            parallel: false,
        })
    }

    /// Sets whether the identity and the expression network run in parallel on two threads.
    #[must_use]
    pub fn in_parallel(self, parallel: bool) -> Self {
        Self { parallel, ..self }
    }

    /// The number of values of [`Features::head_input`].
    pub fn head_dimension(&self) -> usize {
        self.expression.dimension() + self.appearance_dimension()
    }

    /// The number of values of the identity network's part in [`Features::head_input`].
    pub fn appearance_dimension(&self) -> usize {
        self.identity.dimension()
    }

    /// The number of values of [`Features::identity`].
    pub fn identity_dimension(&self) -> usize {
        self.recognition.as_ref().unwrap_or(&self.identity).dimension()
    }

    /// The factor by which [`Features::expression`] was multiplied.
    pub fn feature_scale(&self) -> f32 {
        self.feature_scale
    }

    /// The views of a face over which a still's expression is averaged: all heights of the pack's
    /// crop in both orientations. An analysis of a stream takes one of them, in turn.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Computes the features of `face` in `frame`. The expression features and logits are means over
    /// [`FeatureExtractor::views`], so they hardly depend on whether the picture shows the person or
    /// the mirror image; the identity network sees the face as the sensor saw it.
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite.
    pub fn extract(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        let (expression, appearance) = if self.parallel {
            thread::scope(|scope| {
                let expression = scope.spawn(|| self.mean_expression(frame, face));
                let appearance = self.identity.embedding(frame, face);
                (expression.join().unwrap_or_else(|panic| resume_unwind(panic)), appearance)
            })
        } else {
            (self.mean_expression(frame, face), self.identity.embedding(frame, face))
        };
        let (expression, appearance) = (expression?, appearance?);
        Ok(match &self.recognition {
            None => Features { identity: appearance, ..expression },
            Some(network) => {
                Features { identity: network.embedding(frame, face)?, appearance: Some(appearance), ..expression }
            }
        })
    }

    /// Computes the mean of the expression over all views.
    fn mean_expression(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        let (first, rest) = self.views.split_first().expect("there are at least two views");
        let mut mean = self.expression(frame, face, *first)?;
        let add = |sum: &mut [f32], values: &[f32]| sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        for view in rest {
            let next = self.expression(frame, face, *view)?;
            add(&mut mean.expression, &next.expression);
            add(mean.logits.as_deref_mut().unwrap_or_default(), next.logits.as_deref().unwrap_or_default());
        }
        let share = 1.0 / self.views.len() as f32;
        mean.expression.iter_mut().chain(mean.logits.iter_mut().flatten()).for_each(|value| *value *= share);
        Ok(mean)
    }

    /// Computes only the expression part of the features, from one view; `identity` stays empty.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn expression(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<Features> {
        let mut outputs = self.expression.run(frame, face, view)?;
        let logits = self.logits_output.map(|index| std::mem::take(&mut outputs[index]));
        let mut expression = std::mem::take(&mut outputs[self.expression.features]);
        expression.iter_mut().for_each(|value| *value *= self.feature_scale);
        Ok(Features { expression, identity: Vec::new(), appearance: None, logits })
    }

    /// Computes only the identity embedding of `face`, of length 1.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn identity(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        self.recognition.as_ref().unwrap_or(&self.identity).embedding(frame, face)
    }

    /// Computes only the identity network's features for heads, of length 1, if a recognition network computes
    /// [`Features::identity`]; `None` if both are the same.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn appearance(&self, frame: &Frame<'_>, face: &Face) -> Result<Option<Vec<f32>>> {
        self.recognition.as_ref().map(|_| self.identity.embedding(frame, face)).transpose()
    }

    /// Returns the input of the network of `role` for `face`, for golden tests and inspection:
    /// 3 x rows x columns.
    ///
    /// # Errors
    /// `Internal` if the landmarks coincide.
    pub fn network_input(&self, role: Role, frame: &Frame<'_>, face: &Face) -> Result<Array3<f32>> {
        let network = match role {
            Role::Identity => &self.identity,
            Role::Recognition => self.recognition.as_ref().unwrap_or(&self.identity),
            Role::Expression | Role::Detector => &self.expression,
        };
        let (columns, rows) = network.input.size();
        let planes = network.input(frame, face, View::PLAIN)?;
        Ok(Array3::from_shape_vec((3, rows, columns), planes).expect("an input has three planes"))
    }
}
