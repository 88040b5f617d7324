//! `mien heads`: weights of other programs become a head file that the command can use.

use std::ffi::OsStr;
use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::{Sandbox, fixture, refusal};

/// A `.safetensors` file of f32 tensors, written by hand according to its format.
pub fn safetensors(tensors: &[(&str, &[usize], Vec<f32>)], labels: Option<&str>) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, values) in tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()] });
        header.insert((*name).to_owned(), entry);
    }
    if let Some(labels) = labels {
        header.insert("__metadata__".to_owned(), json!({ "labels": labels }));
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

fn import<S: AsRef<OsStr>>(sandbox: &Sandbox, file: S, more: &[&str]) -> Output {
    let out = sandbox.path("new.head");
    let mut command = sandbox.command();
    command.args(["heads", "import"]).arg(file).arg("--out").arg(out).args(more).output().unwrap()
}

fn imported<S: AsRef<OsStr>>(sandbox: &Sandbox, file: S, more: &[&str]) -> String {
    let output = import(sandbox, file, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_imported_head_names_the_emotions() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("trained.safetensors");
    // With zero weights only the bias answers, always the same.
    let bias: Vec<f32> = [0.5f32, 0.25, 0.25].iter().map(|p| p.ln()).collect();
    let tensors = [("fc.weight", &[3, 4 * 1280][..], vec![0.0; 3 * 4 * 1280]), ("fc.bias", &[3], bias)];
    fs::write(&file, safetensors(&tensors, Some("Happiness,sad,calm"))).unwrap();
    let report: Value = serde_json::from_str(&imported(&sandbox, &file, &["--head", "logistic", "--json"])).unwrap();
    assert_eq!(report["labels"], json!(["happy", "sad", "calm"]));
    assert_eq!(report["sizes"], json!({ "pooling": "statistics" }));
    assert_eq!(report["tensors"], json!({ "weight": "fc.weight", "bias": "fc.bias" }));
    assert_eq!((&report["dimension"], &report["fits"]), (&json!(1280), &json!(true)));

    let (head, picture) = (sandbox.path("new.head"), fixture("pictures/obama.jpg"));
    assert_eq!(report["bytes"], fs::metadata(&head).unwrap().len());
    let arguments =
        ["--generic".as_ref(), head.as_os_str(), "analyze".as_ref(), picture.as_os_str(), "--json".as_ref()];
    let analyzed = sandbox.json(arguments);
    let emotion = &analyzed["inputs"][0]["results"][0]["faces"][0]["emotion"];
    let happy = emotion["probabilities"]["happy"].as_f64().unwrap();
    assert!((happy - 0.5).abs() < 1e-3, "{emotion}");

    let shown = sandbox.json(["heads".as_ref(), "show".as_ref(), head.as_os_str(), "--json".as_ref()]);
    for key in ["head", "labels", "dimension", "sizes", "parameters", "bytes", "file"] {
        assert_eq!(shown[key], report[key], "{key}");
    }
    let said = sandbox.ok(["heads".as_ref(), "show".as_ref(), head.as_os_str()]);
    assert!(said.contains("logistic (pooling statistics), 1280 values per frame, 3 classes"), "{said}");
    assert!(said.contains("labels: happy, sad, calm") && said.contains("15363 parameters"), "{said}");
}

#[test]
fn names_that_keras_counted_are_given() {
    let sandbox = Sandbox::new();
    let file = fixture("heads/single-attention.npz");
    let plain = ["--head", "single-attention", "--labels", "neutral,happy,sad"];
    refusal(&import(&sandbox, &file, &plain), "no tensor is \"attention.weight\"; the file has \"dense/bias:0\" [1]");
    assert!(!sandbox.path("new.head").exists());
    let maps =
        ["attention.weight=dense", "hidden.weight=dense_1", "output.weight=dense_2"].map(|m| format!("{m}/kernel:0"));
    let given: Vec<&str> = maps.iter().flat_map(|map| ["--map", map.as_str()]).collect();
    let said = imported(&sandbox, &file, &[&plain[..], &given].concat());
    assert!(said.contains("single-attention (hidden 4), 6 values per frame, 3 classes"), "{said}");
    assert!(said.contains("  hidden.bias        \"dense_1/bias:0\""), "{said}");
    // The frames of the fixture have 6 values: the head is written and reported as unusable with these networks.
    assert!(said.contains("the head takes 6 values per frame, but the current networks produce 1280"), "{said}");
    let (head, picture) = (sandbox.path("new.head"), fixture("pictures/obama.jpg"));
    sandbox.refused(
        ["--generic".as_ref(), head.as_os_str(), "analyze".as_ref(), picture.as_os_str()],
        "the generic head takes frames of 6 values; the networks give 1280",
    );
}

#[test]
fn every_kind_is_imported_from_both_formats() {
    let sandbox = Sandbox::new();
    for (file, head, more) in [
        ("logistic.npz", "logistic", ["--pooling", "statistics"]),
        ("logistic.safetensors", "logistic", ["--dimension", "6"]),
        ("relation-attention.npz", "relation-attention", ["--statistic", "maximum"]),
        ("relation-attention.safetensors", "relation-attention", ["--statistic", "maximum"]),
        ("self-attention.npz", "self-attention", ["--statistic", "deviation"]),
        ("self-attention.safetensors", "self-attention", ["--statistic", "deviation"]),
    ] {
        let path = fixture(&format!("heads/{file}"));
        let options = ["--head", head, "--labels", "neutral,happy,sad", more[0], more[1], "--json"];
        let report: Value = serde_json::from_str(&imported(&sandbox, &path, &options)).unwrap();
        assert_eq!((&report["head"], &report["dimension"]), (&json!(head), &json!(6)), "{file}");
        assert_eq!(report["unused"], json!([]), "{file}");
    }
}

#[test]
fn what_cannot_be_imported_is_refused_and_leaves_the_old_head() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("small.safetensors");
    let refused = |bytes: &[u8], more: &[&str], message: &str| {
        fs::write(&file, bytes).unwrap();
        let output = import(&sandbox, &file, &[&["--head", "logistic"], more].concat());
        refusal(&output, message);
    };
    fs::write(sandbox.path("new.head"), "older").unwrap();
    let good = safetensors(&[("weight", &[2, 3], vec![0.5; 6])], None);
    refused(&good, &[], "does not name its 2 classes");
    refused(&good, &["--labels", "a,b,c"], "the weights have 2 classes, the labels name 3");
    refused(&good, &["--labels", "a,b", "--dimension", "4"], "frames were said to have 4");
    refused(&good, &["--labels", "a,b", "--map", "output.weight=weight"], "is not a tensor of logistic: weight, bias");
    refused(
        &good,
        &["--labels", "a,b", "--map", "weight=gone"],
        "no tensor is called \"gone\"; the file has \"weight\" [2, 3]",
    );
    refused(&good, &["--labels", "a,b", "--statistic", "mean"], "belongs to the heads with attention");
    refused(&good[..good.len() - 1], &["--labels", "a,b"], "small.safetensors: the file is damaged");
    refused(b"PK\x03\x04", &[], "small.safetensors: the archive is damaged");
    refused(b"text", &[], "small.safetensors: neither an .npz nor a .safetensors file");
    let huge = safetensors(&[("weight", &[2, 3], vec![1e6; 6])], None);
    refused(&huge, &["--labels", "a,b"], "the weight 1000000 does not fit into 16 bits");
    refusal(&import(&sandbox, "gone.npz", &["--head", "logistic"]), "gone.npz: No such file");
    assert_eq!(fs::read_to_string(sandbox.path("new.head")).unwrap(), "older");

    let folder = sandbox.folder.path().as_os_str();
    let arguments = ["heads".as_ref(), "import".as_ref(), file.as_os_str(), "--head".as_ref(), "logistic".as_ref()];
    sandbox.refused(arguments.into_iter().chain(["--out".as_ref(), folder]), "is a folder");
    sandbox.refused(["heads".as_ref(), "show".as_ref(), file.as_os_str()], "not a head of Mien");
    for wrong in [["--map", "weight"], ["--pooling", "median"], ["--statistic", "minimum"]] {
        let output = import(&sandbox, &file, &[&["--head", "logistic"], &wrong[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
