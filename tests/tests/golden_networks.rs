//! The pack's networks against ONNX Runtime on the same inputs, run by our executors and, with the
//! feature `tract`, by tract: `fixtures/golden`, written and explained by `reference/networks.py`.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::collections::BTreeMap;

use mien_core::models::{ModelEntry, ModelPack, Role};
use mien_nn::{Network, Precision};
use mien_tests::{array, cosine, json, largest_distance, pack, relative_distance};
use serde::Deserialize;

/// Relative to the output's range. Both run in f32 and add in different orders: 2e-6 was measured
/// on x86-64, and other processors add in other orders again.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    models: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    file: String,
    sha256: String,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    /// Bytes, height x width x channels in the network's own order.
    input: String,
    /// File by name of the output, computed in f32 throughout.
    outputs: BTreeMap<String, String>,
    /// The same with activations in bytes, for a network whose file declares it.
    #[serde(default)]
    quantized: BTreeMap<String, String>,
}

/// Returns the bytes of `input`, normalized for the network of `entry`.
fn normalized(entry: &ModelEntry, input: &str) -> Vec<f32> {
    let pixels = array::<u8>(&format!("golden/{input}"));
    let normalization = entry.input.normalization();
    let (width, height) = entry.input.size();
    assert_eq!(pixels.shape(), [height, width, 3], "{input}");
    let planes = pixels.permuted_axes(vec![2, 0, 1]);
    planes
        .indexed_iter()
        .map(|(at, &value)| (f32::from(value) - normalization.mean[at[0]]) * normalization.scale[at[0]])
        .collect()
}

/// max |a - b| relative to the output's range: its largest value, or 1 for the detector's
/// probabilities. tract's sigmoid is 5e-7 off, which would be a large part of a map in which every
/// cell is certain to hold no face.
fn distance(kind: &str, output: &[f32], reference: &[f32]) -> f32 {
    if kind.starts_with("cls_") || kind.starts_with("obj_") {
        largest_distance(output, reference)
    } else {
        relative_distance(output, reference)
    }
}

/// The network of `role` by each executor that this build has.
fn networks(pack: &ModelPack, role: Role) -> Vec<Box<dyn Network>> {
    let ours = pack.network(role, None).unwrap();
    #[cfg(feature = "tract")]
    return vec![ours, Box::new(pack.reference_network(role, None).unwrap())];
    #[cfg(not(feature = "tract"))]
    vec![ours]
}

#[test]
fn networks_give_what_onnx_runtime_gives() {
    let pack = pack().with_precision(Precision::Float);
    let golden: Golden = json("golden/golden.json");
    let mut failures = Vec::new();
    for entry in &pack.manifest().models {
        let Some(measured) = golden.models.iter().find(|measured| measured.file == entry.file) else {
            panic!("{} has no golden vectors", entry.file);
        };
        assert_eq!(measured.sha256, entry.sha256, "{}: the golden vectors are those of another file", entry.file);
        assert!(measured.cases.len() >= 2, "{}: noise and a face", entry.file);
        let networks = networks(&pack, entry.role);
        assert_eq!(networks[0].executor(), "fused steps", "{}", entry.file);
        for ((name, case), network) in measured.cases.iter().flat_map(|case| networks.iter().map(move |n| (case, n))) {
            let outputs = network.run(&normalized(entry, &case.input)).unwrap();
            assert_eq!(outputs.len(), case.outputs.len(), "{}", entry.file);
            for (spec, output) in entry.outputs.iter().zip(&outputs) {
                let reference = array::<f32>(&format!("golden/{}", case.outputs[&spec.name]));
                assert_eq!(reference.shape(), spec.shape, "{}: {}", entry.file, spec.name);
                let distance = distance(&spec.kind, output, reference.as_slice().unwrap());
                let line = format!("{} by {}, {name}, {}: {distance:.1e}", entry.file, network.executor(), spec.name);
                println!("{line}");
                if distance > TOLERANCE {
                    failures.push(line);
                }
            }
        }
    }
    assert!(failures.is_empty(), "above {TOLERANCE}:\n{}", failures.join("\n"));
}

/// Of the outputs' vectors. The golden vectors emulate the bytes in f32, where ties and last bits
/// of a layer round differently, and channels of small values amplify that: 0.9995 was measured.
const MIN_COSINE: f32 = 0.999;

#[test]
fn quantized_networks_give_nearly_what_onnx_runtime_gives_and_the_same_in_every_run() {
    let pack = pack();
    let golden: Golden = json("golden/golden.json");
    let mut compared = 0;
    for entry in &pack.manifest().models {
        let measured = golden.models.iter().find(|measured| measured.file == entry.file).unwrap();
        for (name, case) in &measured.cases {
            let network = pack.network(entry.role, None).unwrap();
            let input = normalized(entry, &case.input);
            assert_eq!(
                network.executor().starts_with("fused steps in int8"),
                !case.quantized.is_empty(),
                "{}",
                entry.file
            );
            if case.quantized.is_empty() {
                continue;
            }
            let outputs = network.run(&input).unwrap();
            assert_eq!(outputs, network.run(&input).unwrap(), "{}", entry.file);
            for (spec, output) in entry.outputs.iter().zip(&outputs) {
                let reference = array::<f32>(&format!("golden/{}", case.quantized[&spec.name]));
                let cosine = cosine(output, reference.as_slice().unwrap());
                println!("{} in bytes, {name}, {}: cosine {cosine:.5}", entry.file, spec.name);
                assert!(cosine >= MIN_COSINE, "{}, {name}: {cosine}", entry.file);
                compared += 1;
            }
        }
    }
    assert!(compared >= 2, "no quantized network was compared");
}
