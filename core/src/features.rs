//! From a face in a frame to the vectors that heads and the gallery work on.

use crate::error::Result;
use crate::face::Face;
use crate::face::align::crop_map;
use crate::frame::Frame;
use crate::models::{Crop, InputSpec, ModelEntry, ModelPack, Role};
use crate::nn::{Network, run_checked};
use crate::preprocess::sample_into;

/// What the networks see in one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Expression features (default pack: 256), as the network gives them, already scaled so
    /// that their norm is near 1.
    pub expression: Vec<f32>,
    /// The identity embedding (default pack: 1024), of length 1.
    pub identity: Vec<f32>,
    /// The expression network's own class logits, where it has them.
    pub logits: Option<Vec<f32>>,
}

impl Features {
    /// The vector that a head takes: expression, then identity.
    pub fn head_input(&self) -> Vec<f32> {
        let mut input = self.expression.clone();
        input.extend_from_slice(&self.identity);
        input
    }
}

/// Runs the identity and the expression network on faces.
pub struct FeatureExtractor {
    identity: FaceNetwork,
    expression: FaceNetwork,
    features_output: usize,
    identity_output: usize,
    logits_output: Option<usize>,
    feature_scale: f32,
}

/// A network with the way a face gets into it.
struct FaceNetwork {
    network: Box<dyn Network>,
    input: InputSpec,
    crop: Crop,
    role: &'static str,
}

impl FaceNetwork {
    fn new(pack: &ModelPack, role: Role, name: &'static str) -> Result<Self> {
        let entry = pack.entry(role)?;
        Ok(Self { network: pack.network(role, None)?, input: entry.input.clone(), crop: entry.crop, role: name })
    }

    fn input(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        let size = self.input.size();
        let map = crop_map(&self.crop, face, frame.upright_size(), size)?;
        let mut input = vec![0.0; 3 * size.0 * size.1];
        sample_into(frame, &map, size, &self.input.normalisation(), &mut input);
        Ok(input)
    }

    fn run(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<Vec<f32>>> {
        run_checked(&*self.network, self.role, &self.input(frame, face)?)
    }
}

impl FeatureExtractor {
    /// The networks of `pack`, ready to run.
    ///
    /// # Errors
    /// `ModelLoad` where the pack lacks a role or a file does not fit its entry.
    pub fn new(pack: &ModelPack) -> Result<Self> {
        let expression = pack.entry(Role::Expression)?;
        let position = |entry: &ModelEntry, kind: &str| entry.outputs.iter().position(|output| output.kind == kind);
        // The manifest's check has made sure that both have features.
        let features_output = position(expression, "features").unwrap_or(0);
        Ok(Self {
            identity_output: position(pack.entry(Role::Identity)?, "features").unwrap_or(0),
            identity: FaceNetwork::new(pack, Role::Identity, "identity")?,
            features_output,
            logits_output: position(expression, "logits"),
            feature_scale: expression.outputs[features_output].feature_scale.unwrap_or(1.0),
            expression: FaceNetwork::new(pack, Role::Expression, "expression")?,
        })
    }

    /// The number of values of [`Features::head_input`].
    pub fn head_dimension(&self) -> usize {
        self.expression.network.output_lengths()[self.features_output] + self.identity_dimension()
    }

    /// The number of values of [`Features::identity`].
    pub fn identity_dimension(&self) -> usize {
        self.identity.network.output_lengths()[self.identity_output]
    }

    /// What [`Features::expression`] was multiplied by.
    pub fn feature_scale(&self) -> f32 {
        self.feature_scale
    }

    /// The features of `face` in `frame`.
    ///
    /// # Errors
    /// `Internal` where a network fails or gives values that are not finite.
    pub fn extract(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        Ok(Features { identity: self.identity(frame, face)?, ..self.expression(frame, face)? })
    }

    /// The expression part of [`FeatureExtractor::extract`] alone; identity stays empty.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn expression(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        let mut outputs = self.expression.run(frame, face)?;
        let logits = self.logits_output.map(|index| std::mem::take(&mut outputs[index]));
        let mut expression = std::mem::take(&mut outputs[self.features_output]);
        expression.iter_mut().for_each(|value| *value *= self.feature_scale);
        Ok(Features { expression, identity: Vec::new(), logits })
    }

    /// The identity embedding of `face` alone, of length 1.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn identity(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        let mut embedding = self.identity.run(frame, face)?.swap_remove(self.identity_output);
        normalise(&mut embedding);
        Ok(embedding)
    }

    /// The input of the network of `role` for `face`, for golden tests and for looking at.
    ///
    /// # Errors
    /// `Internal` where the landmarks fall into one point.
    pub fn network_input(&self, role: Role, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        match role {
            Role::Identity => self.identity.input(frame, face),
            Role::Expression | Role::Detector => self.expression.input(frame, face),
        }
    }
}

/// Divides `vector` by its Euclidean length; a zero vector stays zero.
pub fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}
