//! The networks that may run in f16 (`f16` in the manifest) against f32, on faces of the bundled pictures. Every machine
//! runs the plain f16 of the crate `nn`; vectors of f16 return the same bits, which the tests of `nn` check.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::fs;

use mien_core::features::View;
use mien_core::models::{ModelEntry, ModelPack, Role};
use mien_core::preprocess::{letterbox, sample_into};
use mien_core::{Engine, EngineOptions};
use mien_nn::{Network, Precision, computes_in_f16, load_plain_half};
use mien_tests::{cosine, fixture, frame, models, pack, picture};

const PICTURES: [&str; 4] = ["obama.jpg", "biden.jpg", "single_face.jpg", "multi_face.jpg"];

/// Between the landmarks of a face, in pixels of the detector's input.
const MAX_DISTANCE: f32 = 0.3;

/// Between the features of a face.
const MIN_COSINE: f32 = 0.9995;

fn in_f32() -> ModelPack {
    pack().with_precision(Precision::Float)
}

/// The network of `role` in f16 and in f32, for an input of the manifest's size.
fn networks(role: Role) -> (ModelEntry, [Box<dyn Network>; 2]) {
    let pack = in_f32();
    let entry = pack.entry(role).unwrap().clone();
    assert!(entry.f16, "{role}");
    let bytes = fs::read(models().join(&entry.file)).unwrap();
    let shape = [1, 3, entry.input.size().1, entry.input.size().0];
    let names: Vec<&str> = entry.outputs.iter().map(|output| output.name.as_str()).collect();
    let networks = [load_plain_half(&bytes, shape, &names).unwrap(), pack.network(role, None).unwrap()];
    assert_eq!(
        networks.each_ref().map(|network| network.executor()),
        ["fused steps in f16, one by one", "fused steps"]
    );
    (entry, networks)
}

#[test]
fn landmarks_in_f16_are_where_they_are_in_f32() {
    let (entry, networks) = networks(Role::Detector);
    let (width, height) = entry.input.size();
    let output = |kind: &str, stride: usize| {
        entry.outputs.iter().position(|output| output.kind == format!("{kind}_{stride}")).unwrap()
    };
    let (mut seen, mut farthest) = (0, 0.0f32);
    for name in PICTURES {
        let picture = picture(&fixture(&format!("pictures/{name}")));
        let frame = frame(&picture);
        let map = letterbox(frame.upright_size(), (width, height)).0;
        let mut input = vec![0.0; 3 * width * height];
        sample_into(&frame, &map, (width, height), &entry.input.normalization(), &mut input);
        let [half, single] = networks.each_ref().map(|network| network.run(&input).unwrap());
        for stride in [8, 16, 32] {
            let [cls, obj, kps] = ["cls", "obj", "kps"].map(|kind| output(kind, stride));
            for cell in 0..single[cls].len() {
                if (single[cls][cell] * single[obj][cell]).sqrt() >= 0.6 {
                    seen += 1;
                    for (a, b) in half[kps][10 * cell..].iter().zip(&single[kps][10 * cell..]).take(10) {
                        farthest = farthest.max((a - b).abs() * stride as f32);
                    }
                }
            }
        }
    }
    println!("{seen} cells with a face: landmarks at most {farthest:.3} pixels of the input apart");
    assert!(seen >= PICTURES.len() && farthest <= MAX_DISTANCE, "{seen} {farthest}");
}

#[test]
fn features_in_f16_are_those_in_f32() {
    let (entry, networks) = networks(Role::Expression);
    let features = entry.outputs.iter().position(|output| output.kind == "features").unwrap();
    let engine = Engine::new(&in_f32(), EngineOptions::default()).unwrap();
    let mut least = 1.0f32;
    for name in PICTURES {
        let picture = picture(&fixture(&format!("pictures/{name}")));
        let frame = frame(&picture);
        let faces = engine.detect(&frame).unwrap();
        assert!(!faces.is_empty(), "{name}");
        for face in faces {
            let input = engine.extractor().network_input(Role::Expression, &frame, &face).unwrap();
            let input: Vec<f32> = input.iter().copied().collect();
            let [half, single] = networks.each_ref().map(|network| network.run(&input).unwrap());
            least = least.min(cosine(&half[features], &single[features]));
        }
    }
    println!("least cosine {least:.6}");
    assert!(least >= MIN_COSINE, "{least}");
}

/// The whole way, on processors that compute in f16.
#[test]
fn faces_and_features_by_vectors_of_f16_are_those_in_f32() {
    if !computes_in_f16() {
        println!("skipped: this processor does not compute in f16");
        return;
    }
    assert_eq!(pack().network(Role::Detector, None).unwrap().executor(), "fused steps in f16");
    let [half, single] = [pack(), in_f32()].map(|pack| Engine::new(&pack, EngineOptions::default()).unwrap());
    for name in PICTURES {
        let picture = picture(&fixture(&format!("pictures/{name}")));
        let frame = frame(&picture);
        let [found, expected] = [&half, &single].map(|engine| engine.detect(&frame).unwrap());
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            let side = frame.upright_size().0.max(frame.upright_size().1) as f32;
            let apart = found.landmarks.as_flattened().iter().zip(expected.landmarks.as_flattened());
            let apart = apart.map(|(a, b)| (a - b).abs() * 320.0 / side).fold(0.0, f32::max);
            let features =
                [&half, &single].map(|engine| engine.extractor().expression(&frame, expected, View::PLAIN).unwrap());
            let cosine = cosine(&features[0].expression, &features[1].expression);
            println!("{name}: {apart:.3} pixels, cosine {cosine:.6}");
            assert!(apart <= MAX_DISTANCE && cosine >= MIN_COSINE, "{name}: {apart} {cosine}");
        }
    }
}
