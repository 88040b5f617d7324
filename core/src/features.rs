//! From a face in a frame to the vectors that heads and the gallery work on.

use std::panic::resume_unwind;
use std::thread;

use crate::error::Result;
use crate::face::Face;
use crate::face::align::crop_map;
use crate::frame::Frame;
use crate::models::{Crop, InputSpec, ModelPack, Role};
use crate::nn::{Network, run_bytes_checked, run_checked};
use crate::preprocess::{Map, sample_bytes_into, sample_into};

/// What the networks see in one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Expression features (default pack: 256), as the network gives them, already scaled so
    /// that their norm is near 1.
    pub expression: Vec<f32>,
    /// The embedding that tells whose face it is (default pack: 1024), of length 1.
    pub identity: Vec<f32>,
    /// The identity network's features for heads, of length 1, where a network for recognition
    /// gives [`Features::identity`]; `None` where both are the same.
    pub appearance: Option<Vec<f32>>,
    /// The expression network's own class logits, where it has them.
    pub logits: Option<Vec<f32>>,
}

impl Features {
    /// The vector that a head takes: expression, then the identity network's features.
    pub fn head_input(&self) -> Vec<f32> {
        let mut input = self.expression.clone();
        input.extend_from_slice(self.appearance.as_ref().unwrap_or(&self.identity));
        input
    }
}

/// Runs the identity and the expression network on faces.
pub struct FeatureExtractor {
    identity: FaceNetwork,
    recognition: Option<FaceNetwork>,
    expression: FaceNetwork,
    logits_output: Option<usize>,
    feature_scale: f32,
    parallel: bool,
}

/// A network with the way a face gets into it.
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
        // The manifest's check has made sure that it is there.
        let features = entry.outputs.iter().position(|output| output.kind == "features").unwrap_or(0);
        let network = pack.network(role, None)?;
        Ok(Self { network, features, input: entry.input.clone(), crop: entry.crop, role: name })
    }

    fn input(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        let (map, size) = self.place(frame, face)?;
        let mut input = vec![0.0; 3 * size.0 * size.1];
        sample_into(frame, &map, size, &self.input.normalization(), &mut input);
        Ok(input)
    }

    /// Where the network's input lies in the frame, and its width and height.
    fn place(&self, frame: &Frame<'_>, face: &Face) -> Result<(Map, (usize, usize))> {
        let size = self.input.size();
        Ok((crop_map(&self.crop, face, frame.upright_size(), size)?, size))
    }

    fn run(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<Vec<f32>>> {
        if let Some(range) = self.network.byte_input() {
            let (map, size) = self.place(frame, face)?;
            let mut input = vec![0; 3 * size.0 * size.1];
            sample_bytes_into(frame, &map, size, &self.input.normalization(), range, &mut input);
            return run_bytes_checked(&*self.network, self.role, &input);
        }
        run_checked(&*self.network, self.role, &self.input(frame, face)?)
    }

    /// The number of the features' values.
    fn dimension(&self) -> usize {
        self.network.output_lengths()[self.features]
    }

    /// The features at length 1.
    fn embedding(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        let mut embedding = self.run(frame, face)?.swap_remove(self.features);
        normalize(&mut embedding);
        Ok(embedding)
    }
}

impl FeatureExtractor {
    /// The networks of `pack`, ready to run.
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
            logits_output: position("logits"),
            feature_scale: entry.outputs[expression.features].feature_scale.unwrap_or(1.0),
            expression,
            parallel: false,
        })
    }

    /// The extractor whose networks run beside each other on two threads, or one after the other.
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

    /// What [`Features::expression`] was multiplied by.
    pub fn feature_scale(&self) -> f32 {
        self.feature_scale
    }

    /// The features of `face` in `frame`.
    ///
    /// # Errors
    /// `Internal` if a network fails or gives values that are not finite.
    pub fn extract(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        let (expression, appearance) = if self.parallel {
            thread::scope(|scope| {
                let expression = scope.spawn(|| self.expression(frame, face));
                let appearance = self.identity.embedding(frame, face);
                (expression.join().unwrap_or_else(|panic| resume_unwind(panic)), appearance)
            })
        } else {
            (self.expression(frame, face), self.identity.embedding(frame, face))
        };
        let (expression, appearance) = (expression?, appearance?);
        Ok(match &self.recognition {
            None => Features { identity: appearance, ..expression },
            Some(network) => {
                Features { identity: network.embedding(frame, face)?, appearance: Some(appearance), ..expression }
            }
        })
    }

    /// The expression part of [`FeatureExtractor::extract`] alone; identity stays empty.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn expression(&self, frame: &Frame<'_>, face: &Face) -> Result<Features> {
        let mut outputs = self.expression.run(frame, face)?;
        let logits = self.logits_output.map(|index| std::mem::take(&mut outputs[index]));
        let mut expression = std::mem::take(&mut outputs[self.expression.features]);
        expression.iter_mut().for_each(|value| *value *= self.feature_scale);
        Ok(Features { expression, identity: Vec::new(), appearance: None, logits })
    }

    /// The embedding of `face` alone that tells whose it is, of length 1.
    ///
    /// # Errors
    /// As in [`FeatureExtractor::extract`].
    pub fn identity(&self, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        self.recognition.as_ref().unwrap_or(&self.identity).embedding(frame, face)
    }

    /// The input of the network of `role` for `face`, for golden tests and for looking at.
    ///
    /// # Errors
    /// `Internal` if the landmarks fall into one point.
    pub fn network_input(&self, role: Role, frame: &Frame<'_>, face: &Face) -> Result<Vec<f32>> {
        match role {
            Role::Identity => self.identity.input(frame, face),
            Role::Recognition => self.recognition.as_ref().unwrap_or(&self.identity).input(frame, face),
            Role::Expression | Role::Detector => self.expression.input(frame, face),
        }
    }
}

/// The mean of embeddings, each with its weight, at length 1; `None` of none.
pub fn mean_embedding<'a>(embeddings: impl IntoIterator<Item = (&'a [f32], f32)>) -> Option<Vec<f32>> {
    let mut mean: Option<Vec<f32>> = None;
    for (embedding, weight) in embeddings {
        let mean = mean.get_or_insert_with(|| vec![0.0; embedding.len()]);
        mean.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += weight * value);
    }
    if let Some(mean) = &mut mean {
        normalize(mean);
    }
    mean
}

/// Divides `vector` by its Euclidean length; a zero vector stays zero.
pub fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}
