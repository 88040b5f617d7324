//! Names and sizes of a run's steps, for measurements.

use super::graph::{Graph, Kernel, Op};
use crate::error::{Result, fail};

/// A step of a run, which may fuse several layers of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCost {
    /// Its layers and the rows and columns of its output, for people:
    /// `depthwise 3x3 64 + 1x1 64 > 128, 40 x 40`.
    pub name: String,
    /// Multiply-adds in convolutions and fully connected layers.
    pub multiply_adds: u64,
}

/// The nodes that one step of a plan computes: `node` and the nodes fused with it.
pub(super) fn done_at_once(node: usize, before: &[bool], taken: &[bool]) -> Vec<usize> {
    let with_it = before.iter().zip(taken).enumerate().filter(|(_, (before, taken))| before != taken);
    std::iter::once(node).chain(with_it.map(|(index, _)| index)).collect()
}

/// The costs of the steps, each given as its nodes of `graph`.
///
/// # Errors
/// `InvalidModel` if a map of `graph` has no pixel.
pub(super) fn costs(graph: &Graph, steps: &[Vec<usize>]) -> Result<Vec<StepCost>> {
    let Some(sizes) = graph.sizes() else {
        fail!(InvalidModel, "a layer has no pixel left");
    };
    let cost = |nodes: &Vec<usize>| {
        let names: Vec<String> = nodes.iter().filter_map(|&node| layer(&graph.nodes[node].op)).collect();
        let (rows, columns) = nodes.last().map_or((1, 1), |&last| sizes[last]);
        StepCost {
            name: format!("{}, {rows} x {columns}", names.join(" + ")),
            multiply_adds: nodes.iter().map(|&node| graph.nodes[node].op.multiply_adds(sizes[node])).sum(),
        }
    };
    Ok(steps.iter().map(cost).collect())
}

/// The name of a layer for people; `None` if it is fused into its reader or its maker.
fn layer(op: &Op) -> Option<String> {
    match op {
        Op::Convolution(kernel) => Some(convolution(kernel)),
        Op::Dense(dense) => {
            let outputs = dense.bias.len();
            Some(format!("fully connected {} > {outputs}", dense.weights.len() / outputs.max(1)))
        }
        Op::Add => Some("sum".to_owned()),
        Op::MaxPool { window: (rows, columns) } => Some(format!("max-pool {rows}x{columns}")),
        Op::Enlarge => Some("enlarge".to_owned()),
        Op::Mean => Some("mean".to_owned()),
        Op::Clamp { .. } | Op::LeakyRelu { .. } | Op::Sigmoid | Op::ChannelsLast | Op::Reshape | Op::Part { .. } => {
            None
        }
    }
}

fn convolution(kernel: &Kernel) -> String {
    let [outputs, inputs, rows, columns] = kernel.shape;
    let step = if kernel.stride == 1 { String::new() } else { format!("/{}", kernel.stride) };
    if kernel.is_depthwise() {
        format!("depthwise {rows}x{columns}{step} {outputs}")
    } else {
        format!("{rows}x{columns}{step} {} > {outputs}", inputs * kernel.groups)
    }
}
