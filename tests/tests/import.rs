//! Heads from files written by numpy and safetensors, compared with numpy's arithmetic:
//! `fixtures/heads`, written and explained by `reference/import_heads.py`.

use mien_core::head::import::{Options, from_file};
use mien_core::head::{Clip, ClipStatistic, Head, HeadKind, Pooling};
use mien_tests::{fixture, json, largest_distance};
use serde::Deserialize;

/// f32 here, f64 in numpy; 6e-8 was measured.
const TOLERANCE: f32 = 2e-6;

#[derive(Deserialize)]
struct Expected {
    labels: Vec<String>,
    clip: Vec<Vec<f32>>,
    heads: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    kind: String,
    pooling: Option<Pooling>,
    statistic: Option<ClipStatistic>,
    names: Vec<(String, String)>,
    probabilities: Vec<f32>,
}

impl Case {
    /// The options; a `.safetensors` file names its classes itself.
    fn options(&self, labels: &[String]) -> Options {
        Options {
            labels: if self.file.ends_with(".npz") { labels.to_vec() } else { Vec::new() },
            dimension: Some(6),
            pooling: self.pooling,
            statistic: self.statistic,
            names: self.names.clone(),
            ..Options::new(HeadKind::from_name(&self.kind).expect("a known kind"))
        }
    }
}

#[test]
fn imported_heads_answer_as_numpy() {
    let expected: Expected = json("heads/expected.json");
    let clip = Clip::from_frames(&expected.clip).unwrap();
    assert_eq!(expected.heads.len(), 2 * HeadKind::ALL.len());
    for case in &expected.heads {
        let path = fixture(&format!("heads/{}", case.file));
        let imported = from_file(&path, &case.options(&expected.labels)).unwrap();
        assert!(imported.unused.is_empty(), "{}: {:?}", case.file, imported.unused);
        assert_eq!(imported.head.labels(), expected.labels, "{}", case.file);
        let answer = imported.head.predict(&clip).unwrap();
        let distance = largest_distance(&answer.probabilities, &case.probabilities);
        assert!(distance < TOLERANCE, "{}: {distance}", case.file);
        // f16 represents these weights exactly: the head file loses nothing.
        let kept = Head::decode(&imported.head.encode().unwrap()).unwrap();
        assert_eq!(kept, imported.head, "{}", case.file);
    }
}
