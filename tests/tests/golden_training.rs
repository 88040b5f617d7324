//! Training compared with PyTorch on the same problems: `fixtures/training`, written and explained
//! by `reference/training.py`.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::ops::ControlFlow;

use mien_core::head::{Body, Clip, Head};
use mien_core::train::fit::{FitOptions, fit};
use mien_tests::{array, json, largest_distance};
use serde::Deserialize;

/// Of a loss and a probability. The reference trains in f64; 80 steps in f32 were measured to be at
/// most 2e-5 off.
const TOLERANCE: f32 = 1e-3;

#[derive(Deserialize)]
struct Golden {
    /// Number of classes.
    labels: usize,
    /// Number of frames of each training clip.
    learn: Vec<usize>,
    /// Number of frames of each held-out clip.
    held_out: Vec<usize>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    body: Body,
    options: Options,
    /// The class of each training clip.
    classes: Vec<usize>,
    /// PyTorch's mean loss in each epoch.
    loss: Vec<f32>,
}

#[derive(Deserialize)]
struct Options {
    epochs: usize,
    batch: usize,
    rate: f32,
    pull: f32,
    balanced: bool,
    smoothing: f32,
    seed: u64,
}

impl Case {
    /// Reads the `part` of the case's arrays: rows of values.
    fn rows(&self, part: &str) -> Vec<Vec<f32>> {
        let values = array::<f32>(&format!("training/{}_{part}.npy", self.name));
        let width = *values.shape().last().expect("an array has a shape");
        values.iter().copied().collect::<Vec<_>>().chunks_exact(width).map(<[f32]>::to_vec).collect()
    }

    /// Reads the head with the parameters of `part`.
    fn head(&self, part: &str, labels: usize, dimension: usize) -> Head {
        let labels = (0..labels).map(|class| format!("class {class}")).collect();
        Head::from_parameters(labels, dimension, self.body, self.rows(part).concat()).unwrap()
    }

    #[allow(clippy::needless_update, reason = "an option that is added later keeps its default here")]
    fn fit_options(&self, start: &Head) -> FitOptions {
        let Options { epochs, batch, rate, pull, balanced, smoothing, seed } = self.options;
        FitOptions { epochs, batch, rate, pull, balanced, smoothing, seed, ..FitOptions::for_kind(start.kind()) }
    }
}

/// Reads the clips of one file of frames.
fn clips(part: &str, lengths: &[usize]) -> Vec<Clip> {
    let frames = array::<f32>(&format!("training/{part}.npy"));
    let mut frames = frames.outer_iter().map(|frame| frame.iter().copied().collect::<Vec<f32>>());
    let clips = lengths.iter().map(|&length| frames.by_ref().take(length).collect::<Vec<_>>());
    let clips = clips.map(|clip| Clip::from_frames(&clip).unwrap()).collect();
    assert!(frames.next().is_none(), "{part}: frames beyond the clips");
    clips
}

/// Trains from the case's start; returns the head and the loss of each epoch.
fn learn(case: &Case, start: &Head, clips: &[Clip]) -> (Head, Vec<f32>) {
    let samples: Vec<_> = clips.iter().zip(case.classes.iter().copied()).collect();
    let mut losses = Vec::new();
    let head = fit(start, &samples, &case.fit_options(start), |progress| {
        losses.push(progress.loss);
        ControlFlow::Continue(())
    });
    (head.unwrap(), losses)
}

/// Returns the largest distance between the probabilities of `head` and PyTorch's; checks that the
/// classes agree.
fn distance_of_answers(case: &Case, head: &Head, held_out: &[Clip]) -> f32 {
    let reference = case.rows("probabilities");
    assert_eq!(reference.len(), held_out.len(), "{}", case.name);
    let distances = held_out.iter().zip(&reference).enumerate().map(|(index, (clip, reference))| {
        let probabilities = head.predict(clip).unwrap().probabilities;
        let class = (0..reference.len()).max_by(|&a, &b| reference[a].total_cmp(&reference[b]));
        assert_eq!(Some(head.classify(clip).unwrap()), class, "{}, held-out clip {index}", case.name);
        largest_distance(&probabilities, reference)
    });
    distances.fold(0.0, f32::max)
}

#[test]
fn heads_answer_as_pytorch_answers() {
    let golden: Golden = json("training/training.json");
    let held_out = clips("held_out", &golden.held_out);
    for case in &golden.cases {
        let head = case.head("end", golden.labels, held_out[0].dimension());
        let distance = distance_of_answers(case, &head, &held_out);
        println!("{}: probabilities {distance:.1e}", case.name);
        assert!(distance <= 1e-5, "{}: {distance}", case.name);
    }
}

#[test]
fn training_goes_as_in_pytorch() {
    let golden: Golden = json("training/training.json");
    let (clips_learned, held_out) = (clips("learn", &golden.learn), clips("held_out", &golden.held_out));
    for case in &golden.cases {
        let start = case.head("start", golden.labels, clips_learned[0].dimension());
        let (head, losses) = learn(case, &start, &clips_learned);
        let loss = largest_distance(&losses, &case.loss);
        let weights = largest_distance(head.parameters(), &case.rows("end").concat());
        let answers = distance_of_answers(case, &head, &held_out);
        println!("{}: loss {loss:.1e}, parameters {weights:.1e}, probabilities {answers:.1e}", case.name);
        assert!(case.loss.last() < Some(&(0.7 * case.loss[0])), "{}: something is learned", case.name);
        assert!(loss <= TOLERANCE && answers <= TOLERANCE, "{}: loss {loss}, probabilities {answers}", case.name);
    }
}
