//! Whole networks in bytes, of random shapes, against plain loops.

use std::collections::HashMap;

use proptest::prelude::*;

use super::QuantizedNetwork;
use super::kernels::Kernels;
use crate::Network;
use crate::error::ErrorKind;
use crate::fast::tests::{Writer, plain, sides};
use crate::graph::{Graph, Kernel, Op, Range};

/// Rounds the weights of convolutions to 7 bits.
fn round_weights(graph: &mut Graph) {
    for kernel in kernels(graph) {
        let each = kernel.weights.len() / kernel.outputs();
        for weights in kernel.weights.chunks_exact_mut(each) {
            let scale = weights.iter().fold(1e-6_f32, |max, weight| max.max(weight.abs())) / 63.0;
            weights.iter_mut().for_each(|weight| *weight = (*weight / scale).round() * scale);
            kernel.scales.push(scale);
        }
    }
}

fn kernels(graph: &mut Graph) -> impl Iterator<Item = &mut Kernel> {
    graph.nodes.iter_mut().filter_map(|node| match &mut node.op {
        Op::Convolution(kernel) => Some(kernel),
        _ => None,
    })
}

/// The maps of the graph: the outputs of its clamps.
fn maps(graph: &Graph) -> Vec<String> {
    let clamped = graph.nodes.iter().filter(|node| matches!(node.op, Op::Clamp { .. }));
    clamped.map(|node| node.output.clone()).collect()
}

/// Assigns ranges that hold their values to the picture and to all maps.
fn give_ranges(graph: &mut Graph, picture: &[f32]) {
    let maps = maps(graph);
    let values = plain(&Graph { outputs: maps.clone(), ..graph.clone() }, picture);
    graph.ranges.insert(graph.input.clone(), Range { scale: 2.0 / 255.0, zero: 128 });
    for (name, values) in maps.into_iter().zip(values) {
        let max = values.iter().fold(0.1_f32, |max, &value| max.max(value));
        graph.ranges.insert(name, Range { scale: max / 255.0, zero: 0 });
    }
}

/// The maximum error of the means against the network without ranges. The error of each map is the
/// error of the previous map times the convolution's weights, plus the map's own rounding.
fn bound(graph: &mut Graph) -> f32 {
    let scales: Vec<f32> = maps(graph).iter().map(|map| graph.ranges[map].scale).collect();
    let off = graph.ranges[&graph.input].scale / 2.0;
    kernels(graph).zip(scales).fold(off, |off, (kernel, scale)| {
        let each = kernel.weights.len() / kernel.outputs();
        let sums = kernel.weights.chunks_exact(each).map(|row| row.iter().map(|weight| weight.abs()).sum());
        1.01 * (off * sums.fold(0.0, f32::max) + scale)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_network_in_bytes_is_what_plain_loops_make(
        seed in any::<u64>(), (rows, columns) in sides(), (channels, wider) in (1usize..70, 1usize..70),
        strides in (1usize..=2, 1usize..=2), before in (0usize..=1, 0usize..=1),
    ) {
        let mut writer = Writer::new(seed, rows + 2, columns + 2);
        let outputs = writer.mobile((channels, wider), strides, before);
        writer.graph.outputs = outputs.to_vec();
        let picture = writer.values(writer.graph.shape.iter().product(), 0.99);
        let mut graph = writer.graph;
        round_weights(&mut graph);
        let real = plain(&graph, &picture);
        give_ranges(&mut graph, &picture);
        let stepwise = plain(&graph, &picture);
        let last = maps(&graph).pop().unwrap();
        let (step, bound) = (graph.ranges[&last].scale, bound(&mut graph));
        let mut first: Option<Vec<Vec<f32>>> = None;
        for kernels in Kernels::available() {
            let network = QuantizedNetwork::with_kernels(&graph, kernels).unwrap();
            prop_assert_eq!(network.output_lengths(), [wider, 7]);
            // Twice: the second run reuses the memory of the first.
            for _ in 0..2 {
                let made = network.run(&picture).unwrap();
                for (mean, (real, stepwise)) in made[0].iter().zip(real[0].iter().zip(&stepwise[0])) {
                    // A value between two bytes may be rounded to either, here and in the maps
                    // computed from it.
                    prop_assert!((mean - stepwise).abs() <= 2.0 * step, "{mean}, not {stepwise}");
                    prop_assert!((mean - real).abs() <= bound, "{mean}, not {real} within {bound}");
                }
                prop_assert_eq!(first.get_or_insert_with(|| made.clone()), &made);
            }
        }
    }
}

#[test]
fn networks_that_are_not_quantized_are_refused() {
    let refused = |change: &dyn Fn(&mut Graph)| {
        let mut writer = Writer::new(2, 8, 8);
        writer.graph.outputs = writer.mobile((4, 8), (1, 1), (1, 1)).to_vec();
        let picture = vec![0.5; 3 * 64];
        let mut graph = writer.graph;
        round_weights(&mut graph);
        give_ranges(&mut graph, &picture);
        assert!(QuantizedNetwork::new(&graph).is_ok());
        change(&mut graph);
        let error = QuantizedNetwork::new(&graph).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        error.to_string()
    };
    let message = refused(&|graph| graph.ranges = HashMap::new());
    assert_eq!(message, "the picture has no range: the network is not quantized");
    let message = refused(&|graph| graph.ranges.retain(|name, _| name != "t3"));
    assert_eq!(message, "t3 has no range");
    let message = refused(&|graph| {
        let clamps = graph.nodes.iter_mut().filter_map(|node| match &mut node.op {
            Op::Clamp { min, max } => Some((min, max)),
            _ => None,
        });
        clamps.for_each(|(min, max)| (*min, *max) = (-2.0, -1.0));
        graph.ranges.values_mut().for_each(|range| range.zero = 128);
    });
    assert_eq!(message, "t1 has no value as large as zero");
    let message = refused(&|graph| kernels(graph).for_each(|kernel| kernel.scales.clear()));
    assert_eq!(message, "the weights of a layer are not quantized");
    let message = refused(&|graph| {
        for kernel in kernels(graph) {
            let scale = kernel.scales[0];
            kernel.weights.fill(127.0 * scale);
            kernel.scales.fill(scale);
        }
    });
    assert_eq!(message, "the weights of a quantized layer need more than 7 bits");
}
