//! The whole path from a picture to faces, features and logits, compared with a second
//! implementation in OpenCV and ONNX Runtime: `reference/whole_picture.py`.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::collections::BTreeMap;

use image::RgbImage;
use mien_core::face::align::crop_map;
use mien_core::face::{Face, Rect};
use mien_core::features::{Features, View};
use mien_core::models::{Crop, ModelEntry, ModelPack, Role};
use mien_core::preprocess::Map;
use mien_core::{Engine, EngineOptions, Frame};
use mien_nn::Precision;
use mien_tests::{array, cosine, fixture, frame, json, largest_distance, pack, picture, relative_distance};
use ndarray::{ArrayD, Axis};
use serde::Deserialize;

const PICTURES: [&str; 3] = ["obama", "biden", "single_face"];

/// Names of distances and their limits: about twice the distance measured on x86-64.
type Limits<const N: usize> = [(&'static str, f32); N];

/// Position of a face. JPEG decoders differ, and if the frame shrinks to less than 2/3, the SDK
/// averages pixels that the reference's bilinear resizing skips: `single_face` is the worst.
const PLACE: Limits<3> = [
    ("edge of the box, in face sizes", 0.007),          // measured 0.0033
    ("coordinate of a landmark, in face sizes", 0.008), // measured 0.0036
    ("score", 0.001),                                   // measured 0.0003
];

/// From picture to features. In addition to the causes of the box's distances, the reference
/// measures from pixel centers and the SDK from pixel corners, so its crops are off by half a pixel
/// ([`ReferenceFace::as_the_sdk_measures`]): this accounts for nearly all of the identity's
/// distance and half of the others.
///
/// The probabilities of `biden` are balanced between sad and neutral, with every logit small, so
/// that the rounding of OpenCV's warpAffine alone moves them by 0.03; the other two pictures'
/// probabilities do not move at all.
const WHOLE_WAY: Limits<4> = [
    ("expression, 1 - cosine", 0.04), // measured 0.021, biden
    ("identity, 1 - cosine", 0.02),   // measured 0.0097, obama
    ("logit, of the largest", 0.3),   // measured 0.15, biden
    ("probability", 0.3),             // measured 0.14, biden
];

/// From the reference's own boxes and landmarks to features. The remaining causes are the JPEG
/// decoder, the reference's rounding of crops to bytes, and the averaging of pixels in the
/// expression crops of `biden` and `single_face`, which shrink by 1.6 and 1.9.
const SAME_FACE: Limits<4> = [
    ("expression, 1 - cosine", 0.005), // measured 0.0025, biden
    ("identity, 1 - cosine", 0.00015), // measured 0.00006, obama
    ("logit, of the largest", 0.08),   // measured 0.038, biden
    ("probability", 0.2),              // measured 0.11, biden
];

#[derive(Deserialize)]
struct Reference {
    picture: String,
    width: u32,
    height: u32,
    faces: Vec<ReferenceFace>,
}

#[derive(Deserialize)]
struct ReferenceFace {
    score: f32,
    /// Left, top, width, height.
    #[serde(rename = "box")]
    bounds: [f32; 4],
    landmarks: [[f32; 2]; 5],
    logits: BTreeMap<String, f32>,
}

/// A picture and the reference's results for it.
struct Golden {
    name: &'static str,
    picture: RgbImage,
    faces: Vec<ReferenceFace>,
    /// The expression network's features, one row per face.
    features: ArrayD<f32>,
    /// The identity network's features, one row per face.
    descriptors: ArrayD<f32>,
}

impl Golden {
    fn read(name: &'static str) -> Self {
        let reference: Reference = json(&format!("golden/whole_{name}.json"));
        let picture = picture(&fixture(&format!("pictures/{}", reference.picture)));
        assert_eq!(picture.dimensions(), (reference.width, reference.height), "{name}");
        assert!(!reference.faces.is_empty(), "{name}");
        let features = array(&format!("golden/whole_{name}_features.npy"));
        let descriptors = array(&format!("golden/whole_{name}_descriptor.npy"));
        Self { name, picture, faces: reference.faces, features, descriptors }
    }

    /// Returns the distances limited by [`WHOLE_WAY`] and [`SAME_FACE`] for the face `index`.
    fn distances(&self, index: usize, found: &Features, engine: &Engine) -> [f32; 4] {
        let labels = engine.labels();
        let row = |rows: &ArrayD<f32>| rows.index_axis(Axis(0), index).iter().copied().collect::<Vec<_>>();
        let logits = labels.iter().map(|label| self.faces[index].logits[label]).collect();
        let reference = Features {
            expression: row(&self.features),
            identity: row(&self.descriptors),
            appearance: None,
            logits: Some(logits),
        };
        let [found_logits, logits] = [found, &reference].map(|features| features.logits.as_deref().expect("logits"));
        assert_eq!(labels[argmax(found_logits)], labels[argmax(logits)], "{}, face {index}", self.name);
        let [probabilities, expected] = [found_logits, logits].map(|logits| engine.calibrated(logits));
        [
            1.0 - cosine(&found.expression, &reference.expression),
            1.0 - cosine(&found.identity, &reference.identity),
            relative_distance(found_logits, logits),
            largest_distance(&probabilities, &expected),
        ]
    }
}

impl ReferenceFace {
    fn face(&self) -> Face {
        let [x, y, width, height] = self.bounds;
        Face { bounds: Rect { x, y, width, height }, landmarks: self.landmarks, score: self.score }
    }

    /// Returns the face for which the SDK's crop shows the same as the reference's crop of this
    /// face.
    ///
    /// The SDK measures from a pixel's corner, in frames and crops: the first center is at 0.5. The
    /// reference measures from its center. It therefore sees each position `0.5` further on in the
    /// picture, and the target in the crop is off by `gap`: half a pixel if a box's center becomes
    /// the crop's, otherwise half a pixel of the five-point template after zooming.
    fn as_the_sdk_measures(&self, entry: &ModelEntry, frame: &Frame<'_>) -> Face {
        let (mut face, size) = (self.face(), entry.input.size());
        let gap = match entry.crop {
            Crop::FivePoint { zoom, .. } => 0.5 * (zoom * size.0 as f32 / 112.0 - 1.0),
            Crop::Box { .. } | Crop::Letterbox => -0.5,
        };
        let Map([a, b, _, d, e, _]) = crop_map(&entry.crop, &face, frame.upright_size(), size).unwrap();
        let (right, down) = (0.5 + (a + b) * gap, 0.5 + (d + e) * gap);
        face.bounds.x += right;
        face.bounds.y += down;
        face.landmarks = face.landmarks.map(|[x, y]| [x + right, y + down]);
        face
    }
}

/// Returns the distances limited by [`PLACE`].
fn place_distances(found: &Face, reference: &Face) -> [f32; 3] {
    let edges = |r: Rect| [r.x, r.y, r.x + r.width, r.y + r.height];
    let side = reference.bounds.width.max(reference.bounds.height);
    [
        largest_distance(&edges(found.bounds), &edges(reference.bounds)) / side,
        largest_distance(found.landmarks.as_flattened(), reference.landmarks.as_flattened()) / side,
        (found.score - reference.score).abs(),
    ]
}

fn argmax(values: &[f32]) -> usize {
    (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).expect("some values")
}

fn check<const N: usize>(subject: &str, distances: [f32; N], limits: &Limits<N>) {
    for (distance, (what, limit)) in distances.into_iter().zip(limits) {
        println!("{subject}: {what}: {distance:.2e}");
        assert!(distance <= *limit, "{subject}: {what}: {distance} is more than {limit}");
    }
}

/// The pack with networks in f32, as the reference runs them: this file measures the path of a
/// picture; `golden_networks.rs` measures the effect of bytes.
fn in_f32() -> ModelPack {
    pack().with_precision(Precision::Float)
}

#[test]
fn pictures_give_what_the_reference_gives() {
    let engine = Engine::new(&in_f32(), EngineOptions::default()).unwrap();
    for golden in PICTURES.map(Golden::read) {
        let (name, frame) = (golden.name, frame(&golden.picture));
        let faces = engine.process(&frame).unwrap().faces;
        assert_eq!(faces.len(), golden.faces.len(), "{name}");
        let detected = engine.detect(&frame).unwrap();
        assert_eq!(detected, faces.iter().map(|found| found.face).collect::<Vec<_>>(), "{name}");
        for (index, (found, reference)) in faces.iter().zip(&golden.faces).enumerate() {
            check(name, place_distances(&found.face, &reference.face()), &PLACE);
            // The reference has one crop, as the sensor saw it; a still averages over several.
            let plain = engine.extractor().expression(&frame, &found.face, View::PLAIN).unwrap();
            let features = Features { identity: found.features.identity.clone(), ..plain };
            check(name, golden.distances(index, &features, &engine), &WHOLE_WAY);
        }
    }
}

#[test]
fn the_references_faces_give_its_features() {
    let pack = in_f32();
    let engine = Engine::new(&pack, EngineOptions::default()).unwrap();
    for golden in PICTURES.map(Golden::read) {
        let frame = frame(&golden.picture);
        for (index, reference) in golden.faces.iter().enumerate() {
            let face = |role| reference.as_the_sdk_measures(pack.entry(role).unwrap(), &frame);
            let expression = engine.extractor().expression(&frame, &face(Role::Expression), View::PLAIN).unwrap();
            let identity = engine.extractor().identity(&frame, &face(Role::Identity)).unwrap();
            check(golden.name, golden.distances(index, &Features { identity, ..expression }, &engine), &SAME_FACE);
        }
    }
}
