//! Joins branches that are narrower than a plane of channels.

use super::lanes::LANES;
use crate::graph::{Graph, Kernel, Node, Op};

/// A pointwise convolution and the depthwise one that follows, as node indices.
#[derive(Clone, Copy)]
struct Branch {
    pointwise: usize,
    depthwise: usize,
}

/// Joins branches that read one tensor by a pointwise and then a depthwise convolution into a
/// single branch, and splits its output. Detectors end in several branches that are narrower than a
/// plane.
pub(super) fn joined(mut graph: Graph) -> Graph {
    let names: Vec<String> = graph.nodes.iter().map(|node| node.output.clone()).collect();
    for name in names {
        let branches: Vec<Branch> =
            readers(&graph, &name).into_iter().filter_map(|index| narrow_branch(&graph, index)).collect();
        if branches.len() > 1 {
            graph.nodes = join(graph.nodes, &name, &branches);
        }
    }
    graph
}

fn readers(graph: &Graph, name: &str) -> Vec<usize> {
    let reads = |index: &usize| graph.nodes[*index].inputs.iter().any(|input| input == name);
    (0..graph.nodes.len()).filter(reads).collect()
}

fn convolution(node: &Node) -> Option<&Kernel> {
    match &node.op {
        Op::Convolution(kernel) => Some(kernel),
        _ => None,
    }
}

/// Returns the branch that begins with the node `pointwise`, if there is one and it does not fill
/// its planes.
fn narrow_branch(graph: &Graph, pointwise: usize) -> Option<Branch> {
    let node = &graph.nodes[pointwise];
    let [depthwise] = readers(graph, &node.output)[..] else { return None };
    let (first, second) = (convolution(node)?, convolution(&graph.nodes[depthwise])?);
    let alike = second.is_depthwise() && second.stride == 1 && second.before == (1, 1) && second.after == (1, 1);
    let narrow = !first.outputs().is_multiple_of(LANES);
    (first.is_pointwise() && narrow && alike && !graph.outputs.contains(&node.output))
        .then_some(Branch { pointwise, depthwise })
}

/// Replaces `branches` of the tensor `name` by the joined branch, at the position of the first.
fn join(nodes: Vec<Node>, name: &str, branches: &[Branch]) -> Vec<Node> {
    let together =
        |pick: fn(&Branch) -> usize| beside(branches.iter().filter_map(|branch| convolution(&nodes[pick(branch)])));
    let (pointwise, depthwise) = (together(|branch| branch.pointwise), together(|branch| branch.depthwise));
    let (Some(pointwise), Some(mut depthwise)) = (pointwise, depthwise) else { return nodes };
    depthwise.groups = depthwise.outputs();
    let (between, after) = (format!("{name}, narrow branches"), format!("{name}, narrow branches convolved"));
    let mut joined = vec![
        Node { op: Op::Convolution(pointwise), inputs: vec![name.to_owned()], output: between.clone() },
        Node { op: Op::Convolution(depthwise), inputs: vec![between], output: after.clone() },
    ];
    let mut start = 0;
    for branch in branches {
        let node = &nodes[branch.depthwise];
        let channels = convolution(node).map_or(0, Kernel::outputs);
        let op = Op::Part { start, channels };
        joined.push(Node { op, inputs: vec![after.clone()], output: node.output.clone() });
        start += channels;
    }
    let gone: Vec<usize> = branches.iter().flat_map(|branch| [branch.pointwise, branch.depthwise]).collect();
    let first = gone.iter().copied().min();
    let mut rest = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        if Some(index) == first {
            rest.append(&mut joined);
        }
        if !gone.contains(&index) {
            rest.push(node);
        }
    }
    rest
}

/// Concatenates the kernels' outputs.
fn beside<'a>(kernels: impl Iterator<Item = &'a Kernel>) -> Option<Kernel> {
    kernels.cloned().reduce(|mut joined, kernel| {
        joined.weights.extend_from_slice(&kernel.weights);
        joined.bias.extend_from_slice(&kernel.bias);
        if joined.scales.is_empty() || kernel.scales.is_empty() {
            joined.scales.clear();
        } else {
            joined.scales.extend_from_slice(&kernel.scales);
        }
        joined.shape[0] += kernel.shape[0];
        joined
    })
}
