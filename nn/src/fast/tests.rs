//! Whole networks of random shapes against plain loops.

use std::collections::HashMap;

use proptest::prelude::*;

use super::number::Number;
use super::{FastNetwork, PlainHalf};
use crate::Network;
use crate::error::ErrorKind;
use crate::graph::{Dense, Graph, Kernel, Node, Op};
use crate::math::SplitMix64;

/// A tensor as the graph defines it: channels x rows x columns.
#[derive(Clone)]
struct Tensor {
    shape: [usize; 3],
    values: Vec<f32>,
    channels_last: bool,
}

impl Tensor {
    fn at(&self, channel: usize, row: usize, column: usize) -> f32 {
        let [_, rows, columns] = self.shape;
        self.values[(channel * rows + row) * columns + column]
    }

    fn of(shape: [usize; 3], value: impl Fn(usize, usize, usize) -> f32) -> Self {
        let [channels, rows, columns] = shape;
        let mut values = Vec::new();
        for channel in 0..channels {
            for row in 0..rows {
                values.extend((0..columns).map(|column| value(channel, row, column)));
            }
        }
        Self { shape, values, channels_last: false }
    }

    fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        Self { values: self.values.iter().map(|&value| change(value)).collect(), ..self.clone() }
    }
}

fn convolve(kernel: &Kernel, input: &Tensor) -> Tensor {
    let [_, rows, columns] = input.shape;
    let [outputs, inputs, height, width] = kernel.shape;
    let (to_rows, to_columns) = kernel.output_size(rows, columns).unwrap();
    Tensor::of([outputs, to_rows, to_columns], |output, row, column| {
        let group = output / (outputs / kernel.groups);
        let mut sum = f64::from(kernel.bias[output]);
        for channel in 0..inputs {
            for y in 0..height {
                for x in 0..width {
                    let (at_row, at_column) = (row * kernel.stride + y, column * kernel.stride + x);
                    let inside = at_row >= kernel.before.0 && at_column >= kernel.before.1;
                    let (at_row, at_column) =
                        (at_row.wrapping_sub(kernel.before.0), at_column.wrapping_sub(kernel.before.1));
                    if inside && at_row < rows && at_column < columns {
                        let weight = kernel.weights[((output * inputs + channel) * height + y) * width + x];
                        sum += f64::from(weight) * f64::from(input.at(group * inputs + channel, at_row, at_column));
                    }
                }
            }
        }
        sum as f32
    })
}

/// The values that the bytes of `tensor` stand for, if it has a range.
fn rounded(graph: &Graph, name: &str, tensor: Tensor) -> Tensor {
    match graph.ranges.get(name) {
        Some(&range) => {
            let steps = |value: f32| f32::from(range.byte(value)) - f32::from(range.zero);
            tensor.map(|value| steps(value) * range.scale)
        }
        None => tensor,
    }
}

/// Computes the graph's outputs by plain loops; tensors with a range are rounded to its bytes.
pub(super) fn plain(graph: &Graph, picture: &[f32]) -> Vec<Vec<f32>> {
    let mut tensors = HashMap::new();
    let tensor = Tensor { shape: graph.shape, values: picture.to_vec(), channels_last: false };
    tensors.insert(graph.input.clone(), rounded(graph, &graph.input, tensor));
    for Node { op, inputs, output } in &graph.nodes {
        let input = &tensors[&inputs[0]];
        let [channels, rows, columns] = input.shape;
        let made = match op {
            Op::Convolution(kernel) => convolve(kernel, input),
            Op::Clamp { min, max } => input.map(|value| value.max(*min).min(*max)),
            Op::Add => {
                let other = &tensors[&inputs[1]];
                Tensor::of(input.shape, |c, y, x| input.at(c, y, x) + other.at(c, y, x))
            }
            Op::LeakyRelu { slope } => input.map(|value| if value < 0.0 { slope * value } else { value }),
            Op::MaxPool { window: (height, width) } => {
                Tensor::of([channels, rows / height, columns / width], |c, y, x| {
                    let pixels = (0..height * width).map(|at| (height * y + at / width, width * x + at % width));
                    pixels.map(|(y, x)| input.at(c, y, x)).fold(f32::NEG_INFINITY, f32::max)
                })
            }
            Op::Enlarge => Tensor::of([channels, 2 * rows, 2 * columns], |c, y, x| input.at(c, y / 2, x / 2)),
            Op::Mean => Tensor::of([channels, 1, 1], |c, _, _| {
                let pixels = rows * columns;
                input.values[c * pixels..][..pixels].iter().sum::<f32>() / pixels as f32
            }),
            Op::Dense(Dense { weights, bias, .. }) => {
                let inputs = input.values.len();
                Tensor::of([bias.len(), 1, 1], |c, _, _| {
                    bias[c] + weights[c * inputs..][..inputs].iter().zip(&input.values).map(|(a, b)| a * b).sum::<f32>()
                })
            }
            Op::Sigmoid => input.map(|value| 1.0 / (1.0 + (-value).exp())),
            Op::ChannelsLast => Tensor { channels_last: true, ..input.clone() },
            Op::Reshape => input.clone(),
            Op::Part { start, channels } => Tensor::of([*channels, rows, columns], |c, y, x| input.at(start + c, y, x)),
        };
        tensors.insert(output.clone(), rounded(graph, output, made));
    }
    let flat = |tensor: &Tensor| {
        let [channels, rows, columns] = tensor.shape;
        if !tensor.channels_last {
            return tensor.values.clone();
        }
        let pixels = (0..rows * columns).flat_map(|pixel| (0..channels).map(move |c| (c, pixel)));
        pixels.map(|(c, pixel)| tensor.at(c, pixel / columns, pixel % columns)).collect()
    };
    graph.outputs.iter().map(|output| flat(&tensors[output])).collect()
}

/// Builds graphs with random weights.
pub(super) struct Writer {
    pub rng: SplitMix64,
    pub graph: Graph,
}

impl Writer {
    pub fn new(seed: u64, rows: usize, columns: usize) -> Self {
        let graph = Graph {
            input: "picture".to_owned(),
            shape: [3, rows, columns],
            nodes: Vec::new(),
            outputs: Vec::new(),
            ranges: HashMap::new(),
        };
        Self { rng: SplitMix64::new(seed), graph }
    }

    pub fn values(&mut self, count: usize, range: f32) -> Vec<f32> {
        (0..count).map(|_| (self.rng.below(2001) as f32 / 1000.0 - 1.0) * range).collect()
    }

    pub fn add(&mut self, op: Op, inputs: &[&str]) -> String {
        let output = format!("t{}", self.graph.nodes.len());
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        self.graph.nodes.push(Node { op, inputs, output: output.clone() });
        output
    }

    pub fn convolution(
        &mut self,
        input: &str,
        shape: [usize; 4],
        groups: usize,
        stride: usize,
        before: (usize, usize),
    ) -> String {
        let seen: usize = shape[1..].iter().product();
        let weights = self.values(shape[0] * seen, 1.5 / (seen as f32).sqrt());
        let bias = self.values(shape[0], 0.5);
        let after = if shape[3] == 1 { (0, 0) } else { (1, 1) };
        let kernel = Kernel { weights, scales: Vec::new(), shape, bias, groups, stride, before, after };
        self.add(Op::Convolution(kernel), &[input])
    }

    pub fn first(&mut self, channels: usize, stride: usize, before: (usize, usize)) -> String {
        self.convolution("picture", [channels, 3, 3, 3], 1, stride, before)
    }

    pub fn depthwise(&mut self, input: &str, channels: usize, stride: usize, before: (usize, usize)) -> String {
        self.convolution(input, [channels, 1, 3, 3], channels, stride, before)
    }

    pub fn pointwise(&mut self, input: &str, inputs: usize, outputs: usize) -> String {
        self.convolution(input, [outputs, inputs, 1, 1], 1, 1, (0, 0))
    }

    /// Adds a convolution over a row or column of pixels, a leaky ReLU and a limit below; rows are padded.
    pub fn line(&mut self, input: &str, shape: [usize; 4], pads: (usize, usize)) -> String {
        let seen: usize = shape[1..].iter().product();
        let weights = self.values(shape[0] * seen, 1.5 / (seen as f32).sqrt());
        let bias = self.values(shape[0], 0.5);
        let (before, after) = ((0, pads.0), (0, pads.1));
        let kernel = Kernel { weights, scales: Vec::new(), shape, bias, groups: 1, stride: 1, before, after };
        let convolved = self.add(Op::Convolution(kernel), &[input]);
        let leaky = self.add(Op::LeakyRelu { slope: 0.2 }, &[&convolved]);
        self.add(Op::Clamp { min: -0.4, max: f32::INFINITY }, &[&leaky])
    }

    pub fn relu(&mut self, input: &str) -> String {
        self.add(Op::Clamp { min: 0.0, max: 6.0 }, &[input])
    }

    /// Adds a MobileNet of one separable convolution; returns the names of its outputs, the means
    /// and the logits.
    pub fn mobile(
        &mut self,
        (channels, wider): (usize, usize),
        strides: (usize, usize),
        before: (usize, usize),
    ) -> [String; 2] {
        let first = self.first(channels, strides.0, before);
        let first = self.relu(&first);
        let seen = self.depthwise(&first, channels, strides.1, (1, 1));
        let seen = self.relu(&seen);
        let mixed = self.pointwise(&seen, channels, wider);
        let mixed = self.relu(&mixed);
        let mean = self.add(Op::Mean, &[&mixed]);
        let flat = self.add(Op::Reshape, &[&mean]);
        let (weights, bias) = (self.values(7 * wider, 1.0), self.values(7, 1.0));
        let logits = self.add(Op::Dense(Dense { weights, bias }), &[&flat]);
        [flat, logits]
    }

    /// Compares the executors with plain loops on a random picture, and those in f16 with each other.
    fn check(mut self, outputs: &[&str]) {
        self.graph.outputs = outputs.iter().map(|&output| output.to_owned()).collect();
        let picture = self.values(self.graph.shape.iter().product(), 1.0);
        let want = plain(&self.graph, &picture);
        near(&run_twice::<f32>(&self.graph, &picture), &want, 1e-4);
        let halves = run_twice::<PlainHalf>(&self.graph, &picture);
        near(&halves, &want, HALF_TOLERANCE);
        #[cfg(target_arch = "aarch64")]
        if crate::fast::computes_in_f16() {
            assert_eq!(run_twice::<half::f16>(&self.graph, &picture), halves);
        }
    }
}

/// Of f16, relative to values above 1: at most 7.5e-3 was seen.
const HALF_TOLERANCE: f32 = 1.5e-2;

/// Returns what the network gives, in two runs: the second one uses the memory of the first.
fn run_twice<N: Number>(graph: &Graph, picture: &[f32]) -> Vec<Vec<f32>> {
    let network = FastNetwork::<N>::new(graph.clone()).unwrap();
    let made = network.run(picture).unwrap();
    assert_eq!(network.run(picture).unwrap(), made);
    assert_eq!(network.output_lengths(), made.iter().map(Vec::len).collect::<Vec<_>>());
    made
}

fn near(got: &[Vec<f32>], want: &[Vec<f32>], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < tolerance * (1.0 + want.abs()), "{got} {want}");
        }
    }
}

pub(super) fn sides() -> impl Strategy<Value = (usize, usize)> {
    (1usize..24, 1usize..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_mobile_network_is_what_plain_loops_make(
        seed in any::<u64>(), (rows, columns) in sides(), channels in 1usize..40, wider in 1usize..40,
        strides in (1usize..=2, 1usize..=2), before in 0usize..=1,
    ) {
        let mut writer = Writer::new(seed, rows + 2, columns + 2);
        let [flat, logits] = writer.mobile((channels, wider), strides, (before, before));
        writer.check(&[&flat, &logits]);
    }

    #[test]
    fn sums_with_what_came_before_are_what_plain_loops_make(
        seed in any::<u64>(), (rows, columns) in sides(), channels in 1usize..40,
    ) {
        // As in the expression network: the unclamped sum is passed on, its clamped copy is
        // convolved.
        let mut writer = Writer::new(seed, rows + 2, columns + 2);
        let mut sum = writer.first(channels, 2, (0, 0));
        let mut seen = writer.relu(&sum);
        for _ in 0..3 {
            let convolved = writer.depthwise(&seen, channels, 1, (1, 1));
            let mixed = writer.pointwise(&convolved, channels, channels);
            sum = writer.add(Op::Add, &[&sum, &mixed]);
            seen = writer.relu(&sum);
        }
        let mixed = writer.pointwise(&sum, channels, channels);
        let own = writer.add(Op::Add, &[&mixed, &sum]);
        let mean = writer.add(Op::Mean, &[&seen]);
        writer.check(&[&mean, &own]);
    }

    #[test]
    fn a_detector_is_what_plain_loops_make(
        seed in any::<u64>(), (rows, columns) in (1usize..6, 1usize..6), channels in 1usize..20,
        narrow in prop::collection::vec(1usize..12, 1..5),
    ) {
        let mut writer = Writer::new(seed, 8 * rows, 8 * columns);
        let first = writer.first(channels, 2, (1, 1));
        let first = writer.relu(&first);
        let large = writer.add(Op::MaxPool { window: (2, 2) }, &[&first]);
        let mixed = writer.pointwise(&large, channels, channels);
        let seen = writer.depthwise(&mixed, channels, 1, (1, 1));
        let seen = writer.relu(&seen);
        let small = writer.add(Op::MaxPool { window: (2, 2) }, &[&seen]);
        let enlarged = writer.add(Op::Enlarge, &[&small]);
        let joined = writer.add(Op::Add, &[&seen, &enlarged]);
        let mut outputs = Vec::new();
        for (index, narrow) in narrow.into_iter().enumerate() {
            let mixed = writer.pointwise(&joined, channels, narrow);
            let seen = writer.depthwise(&mixed, narrow, 1, (1, 1));
            let last = writer.add(Op::ChannelsLast, &[&seen]);
            let flat = writer.add(Op::Reshape, &[&last]);
            outputs.push(if index % 2 == 0 { writer.add(Op::Sigmoid, &[&flat]) } else { flat });
        }
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        writer.check(&outputs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn convolutions_over_rows_and_columns_are_what_plain_loops_make(
        seed in any::<u64>(), (rows, columns) in sides(), channels in 1usize..40, wider in 1usize..40,
        length in 2usize..5, pads in (0usize..3, 0usize..3), window in prop::sample::select(vec![(1, 2), (2, 1), (2, 2)]),
    ) {
        // As in the speech embedding: a picture of one plane, then lines across and down in turn.
        let mut writer = Writer::new(seed, rows + length + 2, columns + length + 2);
        writer.graph.shape[0] = 1;
        let first = writer.convolution("picture", [channels, 1, 3, 3], 1, 1, (0, 1));
        let first = writer.relu(&first);
        let moved = writer.line(&first, [channels, channels, length, 1], (0, 0));
        let pooled = writer.add(Op::MaxPool { window }, &[&moved]);
        let pads = (pads.0, pads.1.max(length.saturating_sub(1 + pads.0)));
        let across = writer.line(&pooled, [wider, channels, 1, length], pads);
        writer.check(&[&pooled, &across]);
    }
}

#[test]
fn multiply_adds_are_counted() {
    let mut writer = Writer::new(3, 8, 8);
    let first = writer.first(4, 2, (1, 1));
    let seen = writer.depthwise(&first, 4, 1, (1, 1));
    let mixed = writer.pointwise(&seen, 4, 8);
    let pooled = writer.add(Op::MaxPool { window: (2, 2) }, &[&mixed]);
    let mean = writer.add(Op::Mean, &[&pooled]);
    writer.add(Op::Dense(Dense { weights: vec![0.0; 24], bias: vec![0.0; 3] }), &[&mean]);
    // 4 x 4 outputs of the convolutions: 27 products for each of 4 channels, 9 for each of 4, 4 for
    // each of 8.
    assert_eq!(writer.graph.multiply_adds(), Some(16 * (27 * 4 + 9 * 4 + 4 * 8) + 24));
    writer.graph.nodes.remove(0);
    assert_eq!(writer.graph.multiply_adds(), None);
}

#[test]
fn values_that_are_no_numbers_are_not_hidden() {
    let mut writer = Writer::new(1, 6, 6);
    let first = writer.first(8, 1, (1, 1));
    let first = writer.relu(&first);
    let seen = writer.depthwise(&first, 8, 1, (1, 1));
    let seen = writer.relu(&seen);
    let mean = writer.add(Op::Mean, &[&seen]);
    writer.graph.outputs = vec![mean];
    let network = FastNetwork::<f32>::new(writer.graph).unwrap();
    let mut picture = vec![0.5; 3 * 36];
    picture[20] = f32::NAN;
    assert!(network.run(&picture).unwrap()[0].iter().any(|value| value.is_nan()));
    assert_eq!(network.run(&picture[1..]).unwrap_err().kind(), ErrorKind::Execution);
}

#[test]
fn what_has_no_step_is_refused() {
    let refused = |write: &dyn Fn(&mut Writer) -> String| {
        let mut writer = Writer::new(2, 8, 8);
        let output = write(&mut writer);
        writer.graph.outputs = vec![output];
        let error = FastNetwork::<f32>::new(writer.graph).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::InvalidModel | ErrorKind::Unsupported), "{error}");
        error.to_string()
    };
    let message = refused(&|writer| {
        let first = writer.first(4, 2, (1, 1));
        writer.add(Op::Reshape, &[&first])
    });
    assert_eq!(message, "t1 flattens a map");
    let message = refused(&|writer| {
        let first = writer.first(4, 2, (1, 1));
        writer.pointwise(&first, 5, 4)
    });
    assert_eq!(message, "t1 takes 5 channels and gets 4");
    let message = refused(&|writer| writer.convolution("picture", [4, 3, 3, 3], 1, 3, (1, 1)));
    assert_eq!(message, "t0 is padded by 1 and has a stride of 3");
    let message = refused(&|writer| {
        let first = writer.first(4, 2, (1, 1));
        writer.convolution(&first, [4, 4, 3, 3], 1, 1, (1, 1))
    });
    assert_eq!(message, "t1 is not a supported kind of convolution");
    assert_eq!(refused(&|_| "nowhere".to_owned()), "no node makes nowhere");
}
