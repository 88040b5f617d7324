//! Model packs that are damaged, incomplete or not model packs: each is refused with an error that
//! names the file, and none ends the process.

use std::fs;
use std::path::Path;

use mien_core::models::{FORMAT, MANIFEST, ModelPack, Role, sha256_hex};
use mien_core::{Error, ErrorKind, Result};
use mien_nn::{Precision, inspect, load};
use mien_tests::models;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const FILES: [&str; 3] = ["yunet.onnx", "mobilenet.onnx", "expression.onnx"];
const EXPRESSION: &str = "expression.onnx";
const EXPRESSION_INPUT: [usize; 4] = [1, 3, 112, 112];
const EXPRESSION_OUTPUTS: [&str; 2] = ["features", "logits"];

/// A way to damage a file on disk.
type Damage = fn(&Path);

fn copy_of_the_pack() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES.iter().chain([&MANIFEST]) {
        fs::copy(models().join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn model(file: &str) -> Vec<u8> {
    fs::read(models().join(file)).unwrap()
}

fn manifest() -> Value {
    serde_json::from_slice(&model(MANIFEST)).unwrap()
}

/// The repository's pack with another manifest.
fn pack_of(manifest: &Value) -> Result<ModelPack> {
    ModelPack::from_parts(manifest.to_string().as_bytes(), |file| Ok(model(file)))
}

/// The repository's pack with `bytes` as its expression network and a matching manifest entry.
fn pack_with_expression(bytes: &[u8]) -> ModelPack {
    let mut manifest = manifest();
    let entry = manifest["models"].as_array_mut().unwrap().iter_mut().find(|entry| entry["file"] == EXPRESSION);
    let entry = entry.unwrap();
    entry["sha256"] = sha256_hex(bytes).into();
    entry["bytes"] = bytes.len().into();
    let read = |file: &str| Ok(if file == EXPRESSION { bytes.to_vec() } else { model(file) });
    ModelPack::from_parts(manifest.to_string().as_bytes(), read).unwrap()
}

fn refused<T>(result: Result<T>) -> Error {
    let Err(error) = result else { panic!("it was accepted") };
    assert_eq!(error.kind(), ErrorKind::ModelLoad, "{error}");
    error
}

#[test]
fn a_damaged_or_missing_file_is_refused_by_its_name() {
    let damages: [(&str, Damage); 4] = [
        ("one byte flipped", |path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("truncated", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("empty", |path| fs::write(path, []).unwrap()),
        ("missing", |path| fs::remove_file(path).unwrap()),
    ];
    for file in FILES {
        for (damage, apply) in damages {
            let folder = copy_of_the_pack();
            apply(&folder.path().join(file));
            let message = refused(ModelPack::from_folder(folder.path())).to_string();
            assert!(message.contains(file), "{damage}: {message}");
        }
    }
    assert!(ModelPack::from_folder(copy_of_the_pack().path()).is_ok());
}

#[test]
fn a_manifest_that_cannot_be_read_is_refused() {
    let folder = copy_of_the_pack();
    fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    assert!(refused(ModelPack::from_folder(folder.path())).to_string().contains(MANIFEST));
    for text in ["", "{", "[]", "{}", "{\"format\": 1}", "\u{0}"] {
        fs::write(folder.path().join(MANIFEST), text).unwrap();
        let message = refused(ModelPack::from_folder(folder.path())).to_string();
        assert!(message.contains("manifest"), "{message}");
    }
}

#[test]
fn an_unknown_manifest_format_is_refused() {
    for format in [0, FORMAT + 1, u32::MAX] {
        let mut manifest = manifest();
        manifest["format"] = format.into();
        let message = refused(pack_of(&manifest)).to_string();
        assert_eq!(message, format!("the model manifest has format {format}; this version reads format {FORMAT}"));
    }
}

#[test]
fn a_manifest_reaches_no_file_outside_its_folder() {
    for name in ["../yunet.onnx", "sub/yunet.onnx", "/yunet.onnx", "sub\\yunet.onnx", "..", ""] {
        let mut manifest = manifest();
        manifest["models"][0]["file"] = name.into();
        let read = |file: &str| panic!("{file:?} was asked for");
        let error = refused(ModelPack::from_parts(manifest.to_string().as_bytes(), read));
        assert!(error.details().unwrap().contains(&format!("{name:?}")), "{error}");
        assert!(error.to_string().contains("names a file with a path"), "{error}");
    }
}

#[test]
fn two_networks_of_one_role_are_refused() {
    let mut manifest = manifest();
    let again = manifest["models"][1].clone();
    manifest["models"].as_array_mut().unwrap().push(again);
    assert_eq!(refused(pack_of(&manifest)).to_string(), "the model manifest names two identity networks");
}

#[test]
fn an_entry_that_does_not_fit_its_network_is_refused_by_the_files_name() {
    let expression = manifest()["models"].as_array().unwrap().iter().position(|entry| entry["file"] == EXPRESSION);
    let expression = expression.unwrap();
    for (pointer, value) in [
        ("/input/shape", json!([1, 3, 112, 100_000])),
        ("/input/shape", json!([2, 3, 112, 112])),
        ("/input/layout", json!("NHWC")),
        ("/labels", json!(["neutral", "happy"])),
        ("/outputs/0/kind", json!("other")),
        ("/outputs/0/name", json!("absent")),
        ("/outputs/0/shape", json!([1, 255])),
        ("/outputs/0/shape", json!([1, 0])),
        ("/outputs/0/shape", json!([u64::MAX, u64::MAX])),
        ("/outputs/1/shape", json!([u64::MAX, 3])),
    ] {
        let mut manifest = manifest();
        *manifest["models"][expression].pointer_mut(pointer).unwrap() = value.clone();
        let error = refused(pack_of(&manifest).and_then(|pack| pack.network(Role::Expression, None)));
        assert!(error.to_string().contains(EXPRESSION), "{pointer} {value}: {error}");
    }
}

#[test]
fn a_pack_without_a_role_says_which() {
    let mut manifest = manifest();
    manifest["models"].as_array_mut().unwrap().remove(1);
    let pack = pack_of(&manifest).unwrap();
    let message = refused(pack.network(Role::Identity, None)).to_string();
    assert!(message.contains("no identity network"), "{message}");
}

/// Loads `bytes` in every way; a failure must be `ModelLoad`, and name the file when loaded through
/// a pack. Returns whether anything was accepted.
fn try_to_load(bytes: &[u8]) -> bool {
    let direct = load(bytes, EXPRESSION_INPUT, &EXPRESSION_OUTPUTS, Precision::default()).map(drop);
    #[cfg(feature = "tract")]
    let direct = direct.and(mien_nn::TractNetwork::load(bytes, EXPRESSION_INPUT, &EXPRESSION_OUTPUTS).map(drop));
    let signature = inspect(bytes).map(drop);
    let accepted = direct.is_ok() || signature.is_ok();
    let pack = pack_with_expression(bytes);
    let network = pack.network(Role::Expression, None).map(drop);
    let classifier = pack.expression_classifier().map(drop);
    for error in [&network, &classifier].into_iter().filter_map(|result| result.as_ref().err()) {
        assert!(error.to_string().contains(EXPRESSION), "{error}");
    }
    for error in [network, classifier].into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::ModelLoad, "{error}");
    }
    for error in [direct, signature].into_iter().filter_map(Result::err) {
        assert!(matches!(error.kind(), mien_nn::ErrorKind::InvalidModel | mien_nn::ErrorKind::Unsupported), "{error}");
    }
    accepted
}

#[test]
fn a_file_that_is_no_network_is_refused() {
    for bytes in [&b""[..], b"\0", b"{}", b"not a network", &[0xff; 64]] {
        assert!(!try_to_load(bytes), "{bytes:?}");
    }
    let whole = model(EXPRESSION);
    for length in [1, 7, whole.len() / 3, whole.len() - 1] {
        assert!(!try_to_load(&whole[..length]), "the first {length} bytes");
    }
}

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(few(64))]
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 16..400)) {
        prop_assert!(!try_to_load(&bytes));
    }
}

/// A position in the expression network's file: its graph comes first and is small, the weights are
/// most of it, the inputs and outputs come last.
fn place(length: usize) -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..12_000usize, 1 => 12_000..length, 1 => length - 400..length]
}

proptest! {
    // Loading a whole network takes a while.
    #![proptest_config(few(24))]
    #[test]
    fn a_network_with_flipped_bytes_loads_or_is_refused(
        flips in prop::collection::vec((place(model(EXPRESSION).len()), 1u8..), 1..4),
    ) {
        let mut bytes = model(EXPRESSION);
        for (at, mask) in flips {
            bytes[at] ^= mask;
        }
        try_to_load(&bytes);
    }
}
