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
    /// Expression features (default pack: 256), multiplied by the pack's feature scale so that
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

/// Which way round a network sees a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As the sensor saw it.
    AsSeen,
    /// Its mirror image.
    Flipped,
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
        let map = match view {
            View::AsSeen => map,
            View::Flipped => Map([-1.0, 0.0, size.0 as f32, 0.0, 1.0, 0.0]).then(&map),
        };
        Ok((map, size))
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
    fn embedding(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<Vec<f32>> {
        let mut embedding = self.run(frame, face, view)?.swap_remove(self.features);
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

    /// Computes the features of `face` in `frame`.
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite.
    pub fn extract(&self, frame: &Frame<'_>, face: &Face, view: View) -> Result<Features> {
        let (expression, appearance) = if self.parallel {
            thread::scope(|scope| {
                let expression = scope.spawn(|| self.expression(frame, face, view));
                let appearance = self.identity.embedding(frame, face, view);
                (expression.join().unwrap_or_else(|panic| resume_unwind(panic)), appearance)
            })
        } else {
            (self.expression(frame, face, view), self.identity.embedding(frame, face, view))
        };
        let (expression, appearance) = (expression?, appearance?);
        Ok(match &self.recognition {
            None => Features { identity: appearance, ..expression },
            Some(network) => {
                Features { identity: network.embedding(frame, face, view)?, appearance: Some(appearance), ..expression }
            }
        })
    }

    /// Computes only the expression part of [`FeatureExtractor::extract`]; `identity` stays empty.
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
        self.recognition.as_ref().unwrap_or(&self.identity).embedding(frame, face, View::AsSeen)
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
        let planes = network.input(frame, face, View::AsSeen)?;
        Ok(Array3::from_shape_vec((3, rows, columns), planes).expect("an input has three planes"))
    }
}
