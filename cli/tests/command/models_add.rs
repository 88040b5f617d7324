//! `mien models add`: networks of users, represented by networks of the same shapes with random weights
//! (tests/reference/added_networks.py) with onnxruntime's answers beside them.

use std::fs;

use mien_core::models::{ModelPack, Role};
use serde_json::Value;

use crate::support::{Sandbox, fixture, refusal};

fn add(sandbox: &Sandbox, file: &str, more: &[&str]) -> std::process::Output {
    let path = fixture(&format!("networks/{file}.onnx"));
    sandbox.command().args(["models", "add"]).arg(path).args(more).output().unwrap()
}

/// The picture of `added_networks.py`, normalized as ImageNet networks take it.
fn picture(side: usize) -> Vec<f32> {
    let (mean, std) = ([0.485f32, 0.456, 0.406], [0.229f32, 0.224, 0.225]);
    let value = |c: usize, y: usize, x: usize| ((x * 7 + y * 13 + c * 29) % 256) as f32;
    let mut input = Vec::new();
    for c in 0..3 {
        for y in 0..side {
            input.extend((0..side).map(|x| (value(c, y, x) - 255.0 * mean[c]) / (255.0 * std[c])));
        }
    }
    input
}

#[test]
fn networks_of_the_known_shapes_are_installed_and_answer_as_onnxruntime() {
    let expected: Value = serde_json::from_slice(&fs::read(fixture("networks/expected.json")).unwrap()).unwrap();
    let sandbox = Sandbox::new();
    let large = [
        ("efficientnet_b0_8_classes", 224, 1280, Some(8)),
        ("efficientnet_b0_features", 224, 1280, None),
        ("efficientnet_b2_features", 260, 1408, None),
        ("mobilenet_7_classes", 224, 1024, Some(7)),
    ];
    let mut added = vec![("plain_7_classes", 64, 32, Some(7))];
    if cfg!(feature = "tract") {
        added.extend(large);
    } else {
        for (file, ..) in large {
            let output = add(&sandbox, file, &[]);
            for part in ["Mul, ", "are not supported by this build", "cargo install --path cli --features tract"] {
                refusal(&output, part);
            }
        }
    }
    for &(file, side, features, classes) in &added {
        let output = add(&sandbox, file, &[]);
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        let pack = ModelPack::from_folder(&sandbox.path("store/models").join(file)).unwrap();
        let entry = pack.entry(Role::Expression).unwrap();
        assert_eq!(entry.input.shape, [1, 3, side, side], "{file}");
        assert_eq!(entry.output("features").unwrap().shape, [1, features], "{file}");
        assert_eq!(entry.output("logits").map(|logits| logits.shape[1]), classes, "{file}");
        assert_eq!(entry.labels.len(), classes.unwrap_or(0));
        let answers = pack.network(Role::Expression, None).unwrap().run(&picture(side)).unwrap();
        let networks = expected["networks"].as_array().unwrap();
        let known = networks.iter().find(|network| network["file"] == format!("{file}.onnx")).unwrap();
        for (answer, want) in answers.iter().zip([&known["features"]["first"], &known["logits"]["all"]]) {
            let want = want.as_array().unwrap();
            let scale = answer.iter().fold(0.0f32, |max, value| max.max(value.abs()));
            for (got, want) in answer.iter().zip(want) {
                let want = want.as_f64().unwrap() as f32;
                assert!((got - want).abs() <= 1e-4 * scale, "{file}: {got} {want}");
            }
        }
    }
    let listed = sandbox.json(["models", "list", "--json"]);
    assert_eq!(listed["packs"].as_array().unwrap().len(), 1 + added.len());
    let said = sandbox.ok(["models", "verify"]);
    assert_eq!(said.lines().filter(|line| line.ends_with(" matches, network runs")).count(), 3 + added.len());
}

#[test]
fn an_added_network_names_emotions_and_learns() {
    let sandbox = Sandbox::new();
    assert!(add(&sandbox, "plain_7_classes", &["--name", "mine"]).status.success());
    let picture = fixture("pictures/obama.jpg");
    let report =
        sandbox.json(["analyze".as_ref(), "--pack".as_ref(), "mine".as_ref(), picture.as_os_str(), "--json".as_ref()]);
    let probabilities = &report["inputs"][0]["results"][0]["faces"][0]["emotion"]["probabilities"];
    let labels: Vec<_> = probabilities.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(labels.len(), 7);
    assert!(labels.contains(&"disgust"), "{labels:?}");
    sandbox.ok([
        "enroll".as_ref(),
        "Wanda".as_ref(),
        "--pack".as_ref(),
        "mine".as_ref(),
        fixture("adapt/woman/learn/happy/0300.jpg").as_os_str(),
    ]);
    let clips = fixture("adapt/woman/learn");
    sandbox.ok([
        "adapt".as_ref(),
        "Wanda".as_ref(),
        "--pack".as_ref(),
        "mine".as_ref(),
        "--clips".as_ref(),
        clips.as_os_str(),
    ]);
}

#[test]
fn a_network_for_speech_is_added_and_describes_speech() {
    let sandbox = Sandbox::new();
    let folder = fixture("speech_embedding/small");
    let said = sandbox.ok(["models", "add", folder.to_str().unwrap(), "--name", "voices"]);
    assert_eq!(said, "added voices: speech, 24 features; use it with --pack voices\n");
    assert!(sandbox.ok(["models", "list"]).contains("76 frames of 32 bands, every 8, 24 features"));
    assert!(sandbox.ok(["models", "verify"]).contains("voices: small.onnx sha256"));
    let list = sandbox.json(["models", "list", "--json"]);
    assert_eq!(list["packs"][1]["speech"]["output"]["values"], 24);
    let measured = sandbox.json("bench speech --seconds 1 --rounds 1 --json --pack voices".split(' '));
    assert_eq!(measured["describing"]["values"], 368 + 24);
    assert!(measured["describing"]["multiply_adds_per_second"].as_u64() > Some(0), "{measured}");
}

#[test]
fn what_cannot_be_a_pack_is_refused() {
    let sandbox = Sandbox::new();
    let refused = |file: &str, more: &[&str], message: &str| refusal(&add(&sandbox, file, more), message);
    refused("two_inputs", &[], "has 2 inputs; expected one picture");
    refused("gray_input", &[], "expected [1, 3, side, side]");
    refused("plain_7_classes", &["--size", "112"], "the input is 64 pixels wide, but --size is 112");
    refused("plain_7_classes", &["--labels", "a,b"], "7 logits, but --labels names 2");
    refused("plain_7_classes", &["--labels", "a,b,c,d,e,f,a"], "named twice");
    refused("plain_7_classes", &["--name", "a/b"], "is not a valid name for a pack");
    refused("plain_7_classes", &["--std", "1,0,1"], "--std must be above 0");
    if cfg!(feature = "tract") {
        refused("efficientnet_b0_features", &["--labels", "a,b"], "the file has no logits");
    }
    refused("gone", &[], "gone.onnx");
    let noise = sandbox.path("noise.onnx");
    fs::write(&noise, (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>()).unwrap();
    sandbox.refused(
        ["models".as_ref(), "add".as_ref(), noise.as_os_str()],
        "noise.onnx: not a network that can be loaded",
    );
    assert!(!sandbox.path("store/models").exists(), "nothing was installed");
    assert!(add(&sandbox, "plain_7_classes", &[]).status.success());
    refused("plain_7_classes", &[], "already exists");
}
