//! Fitting a head of each kind: 30 clips of 100 frames of 1024 values, 7 classes, 20 epochs in
//! batches of 8, on one thread. `cargo bench -p mien-core --bench training`

use std::ops::ControlFlow;

use mien_core::head::{Clip, Head, HeadKind};
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_nn::LinearLayer;

const CLIPS: usize = 30;
const FRAMES: usize = 100;
const DIMENSION: usize = 1024;
const CLASSES: usize = 7;

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// Returns numbers in +-1 that depend on `state` alone (SplitMix64).
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
}

fn values(state: &mut u64, count: usize) -> Vec<f32> {
    (0..count).map(|_| random(state)).collect()
}

fn clips(state: &mut u64) -> Vec<Clip> {
    let mut clip = || {
        let frames: Vec<_> = (0..FRAMES).map(|_| values(state, DIMENSION)).collect();
        Clip::from_frames(&frames).expect("frames of one length")
    };
    (0..CLIPS).map(|_| clip()).collect()
}

/// A head from a random classifier, so that every part of the formula is exercised.
fn start(state: &mut u64, kind: HeadKind) -> Head {
    let labels = (0..CLASSES).map(|class| format!("class{class}")).collect();
    let layer = LinearLayer { weights: values(state, CLASSES * DIMENSION), bias: values(state, CLASSES) };
    Head::fresh(labels, DIMENSION, kind.body(), Some(&layer), 1.0).expect("a head of default sizes")
}

#[divan::bench(args = HeadKind::ALL.map(HeadKind::name))]
fn training(bencher: divan::Bencher<'_, '_>, kind: &str) {
    let kind = HeadKind::from_name(kind).expect("a head's name");
    let mut state = 1;
    let clips = clips(&mut state);
    let start = start(&mut state, kind);
    let samples: Vec<Sample<'_>> = clips.iter().enumerate().map(|(index, clip)| (clip, index % CLASSES)).collect();
    let options = FitOptions { epochs: 20, batch: 8, ..FitOptions::for_kind(kind) };
    bencher.bench_local(|| fit(&start, &samples, &options, |_| ControlFlow::Continue(())).expect("finite data"));
}
