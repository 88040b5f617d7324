//! Converts an ONNX file to a [`Graph`], for networks of the few operators that [`Graph`] supports.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::constant::{Constant, Kind};
use super::file::{File, attribute, input};
use super::linear::Linear;
use super::messages::{GraphProto, NodeProto};
use crate::error::{Result, fail};
use crate::graph::{Graph, Kernel, Node, Op, Range};

/// The maximum padding, stride or number of groups.
const LARGEST: usize = 4096;

/// Reads `graph` for an input of `shape` (planes, rows, columns) and the outputs named in
/// `outputs`; nodes that no output needs are left out.
///
/// # Errors
/// `InvalidModel`, naming the absent tensor, or the operator or attribute that is not supported.
pub(super) fn read(graph: &GraphProto, shape: [usize; 3], outputs: &[&str]) -> Result<Graph> {
    let file = File::new(graph);
    if let Some(absent) = outputs.iter().find(|name| file.maker(name).is_none()) {
        fail!(InvalidModel, "the network has no tensor {absent:?}");
    }
    let inputs = file.inputs();
    let [input] = inputs[..] else {
        fail!(InvalidModel, "the network has {} inputs; one picture is expected", inputs.len())
    };
    let mut reader = Reader { file: &file, ranges: HashMap::new() };
    let mut nodes = Vec::new();
    for (operator, node) in with_operators(&needed(graph, outputs))? {
        nodes.extend(reader.node(operator, node)?);
    }
    let outputs = outputs.iter().map(|name| file.unquantized(name).to_owned()).collect();
    Ok(Graph { input: input.name.clone(), shape, nodes, outputs, ranges: reader.ranges })
}

/// Returns the nodes that the `outputs` depend on, in the file's order.
fn needed<'a>(graph: &'a GraphProto, outputs: &[&'a str]) -> Vec<&'a NodeProto> {
    let mut names: HashSet<&str> = outputs.iter().copied().collect();
    let mut nodes = Vec::with_capacity(graph.node.len());
    for node in graph.node.iter().rev() {
        if node.output.iter().any(|output| names.contains(output.as_str())) {
            names.extend(node.input.iter().map(String::as_str));
            nodes.push(node);
        }
    }
    nodes.reverse();
    nodes
}

/// The supported operators.
enum Operator {
    Add,
    Clip,
    Conv,
    DequantizeLinear,
    Gemm,
    GlobalAveragePool,
    LeakyRelu,
    Max,
    MaxPool,
    Relu,
    Reshape,
    Resize,
    Sigmoid,
    Transpose,
    /// Read together with the nodes that use it.
    ReadWithUser,
}

impl Operator {
    /// Returns the operator with ONNX's `name`.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Add" => Self::Add,
            "Clip" => Self::Clip,
            "Conv" => Self::Conv,
            "DequantizeLinear" => Self::DequantizeLinear,
            "Gemm" => Self::Gemm,
            "GlobalAveragePool" => Self::GlobalAveragePool,
            "LeakyRelu" => Self::LeakyRelu,
            "Max" => Self::Max,
            "MaxPool" => Self::MaxPool,
            "Relu" => Self::Relu,
            "Flatten" | "Reshape" => Self::Reshape,
            "Resize" => Self::Resize,
            "Sigmoid" => Self::Sigmoid,
            "Transpose" => Self::Transpose,
            "Constant" | "QuantizeLinear" => Self::ReadWithUser,
            _ => return None,
        })
    }
}

/// Returns `nodes` with their operators.
///
/// # Errors
/// `Unsupported`, naming each operator that is not supported once.
fn with_operators<'a>(nodes: &[&'a NodeProto]) -> Result<Vec<(Operator, &'a NodeProto)>> {
    let mut unknown = BTreeSet::new();
    let mut found = Vec::with_capacity(nodes.len());
    for &node in nodes {
        match Operator::named(&node.op_type) {
            Some(operator) => found.push((operator, node)),
            None => drop(unknown.insert(node.op_type.as_str())),
        }
    }
    let names: Vec<&str> = unknown.into_iter().collect();
    match names.as_slice() {
        [] => Ok(found),
        [name] => fail!(Unsupported, "the operator {name} is not supported"),
        names => fail!(Unsupported, "the operators {} are not supported", names.join(", ")),
    }
}

struct Reader<'a> {
    file: &'a File<'a>,
    ranges: HashMap<String, Range>,
}

impl Reader<'_> {
    /// Returns the operation of `node`; `None` if it only makes a constant or a range.
    fn node(&mut self, operator: Operator, node: &NodeProto) -> Result<Option<Node>> {
        let [output] = node.output.as_slice() else { fail!(Unsupported, "{} has several outputs", node.op_type) };
        let op = match operator {
            Operator::ReadWithUser => return Ok(None),
            Operator::DequantizeLinear => {
                self.dequantize(node, output)?;
                return Ok(None);
            }
            Operator::Conv => Op::Convolution(self.kernel(node)?),
            Operator::Relu => Op::Clamp { min: 0.0, max: f32::INFINITY },
            Operator::Clip => Op::Clamp {
                min: self.limit(node, 1, "min", f32::NEG_INFINITY)?,
                max: self.limit(node, 2, "max", f32::INFINITY)?,
            },
            Operator::LeakyRelu => Op::LeakyRelu { slope: slope(node)? },
            Operator::Max => Op::Clamp { min: self.floor(node)?, max: f32::INFINITY },
            Operator::Add => Op::Add,
            Operator::MaxPool => Op::MaxPool { window: window(node)? },
            Operator::Resize => self.enlarge(node)?,
            Operator::GlobalAveragePool => Op::Mean,
            Operator::Reshape => Op::Reshape,
            Operator::Transpose => {
                expect_ints(node, "perm", &[0, 2, 3, 1])?;
                Op::ChannelsLast
            }
            Operator::Sigmoid => Op::Sigmoid,
            Operator::Gemm => self.dense(node)?,
        };
        let inputs = if matches!(op, Op::Add) { 2 } else { 1 };
        let Some(inputs) = node.input.get(..inputs) else { fail!(InvalidModel, "{output} lacks an input") };
        let inputs = inputs.iter().map(|name| self.file.unquantized(name).to_owned()).collect();
        Ok(Some(Node { op, inputs, output: output.clone() }))
    }

    /// Records the range of a tensor that is quantized and dequantized. Weights are read with the
    /// nodes that use them.
    fn dequantize(&mut self, node: &NodeProto, output: &str) -> Result<()> {
        let Some(quantize) = self.file.quantizer(node) else { return Ok(()) };
        let range = self.range(quantize)?;
        if self.range(node)? != range {
            fail!(Unsupported, "{output} is dequantized otherwise than it was quantized");
        }
        let before = self.file.unquantized(output);
        if *self.ranges.entry(before.to_owned()).or_insert(range) != range {
            fail!(Unsupported, "{before} is quantized in two ways");
        }
        Ok(())
    }

    /// Returns the range of a `QuantizeLinear` or `DequantizeLinear` of activations.
    fn range(&self, node: &NodeProto) -> Result<Range> {
        let scale = self.constant(node, 1)?.values;
        let zero = input(node, 2).map(|_| self.constant(node, 2)).transpose()?;
        let zero = match &zero {
            None => Some(0),
            Some(Constant { values, kind: Kind::U8, .. }) if values.len() == 1 => Some(values[0] as u8),
            Some(_) => None,
        };
        match (&scale[..], zero) {
            (&[scale], Some(zero)) if scale.is_finite() && scale > 0.0 => Ok(Range { scale, zero }),
            _ => fail!(Unsupported, "a {} of activations does not use u8 and a single scale", node.op_type),
        }
    }

    fn constant(&self, node: &NodeProto, index: usize) -> Result<Constant> {
        match self.file.constant(input(node, index).unwrap_or(""))? {
            Some(constant) => Ok(constant),
            None => fail!(Unsupported, "input {index} of a {} is not a constant", node.op_type),
        }
    }

    fn kernel(&self, node: &NodeProto) -> Result<Kernel> {
        let weights = self.constant(node, 1)?;
        let Ok(shape) = <[usize; 4]>::try_from(weights.dims.as_slice()) else {
            fail!(Unsupported, "a convolution's weights have {} dimensions", weights.dims.len());
        };
        let bias = match input(node, 2) {
            Some(_) => self.constant(node, 2)?.values,
            None => vec![0.0; shape[0]],
        };
        let pads = ints(node, "pads", &[0; 4]);
        let (stride, groups) = (ints(node, "strides", &[1, 1]), attribute(node, "group").map_or(1, |group| group.i));
        let (&[above, left, below, right], &[stride, across]) = (pads, stride) else {
            fail!(Unsupported, "a convolution's padding or stride is not that of a picture");
        };
        expect_ints(node, "dilations", &[1, 1])?;
        expect_ints(node, "kernel_shape", &[shape[2] as i64, shape[3] as i64])?;
        if attribute(node, "auto_pad").is_some_and(|pad| pad.s != "NOTSET") {
            fail!(Unsupported, "a convolution uses auto_pad");
        }
        let small = |value: i64| usize::try_from(value).ok().filter(|&value| value <= LARGEST);
        let (Some(stride), Some(groups), Some(above), Some(left), Some(below), Some(right)) = (
            small(stride).filter(|_| stride == across),
            small(groups),
            small(above),
            small(left),
            small(below),
            small(right),
        ) else {
            fail!(Unsupported, "a convolution's padding, stride or groups are out of range");
        };
        if stride == 0 || groups == 0 || bias.len() != shape[0] || shape.contains(&0) {
            fail!(InvalidModel, "a convolution is empty or its bias does not fit");
        }
        let scales = weights.scales_of(shape[0], 0);
        let weights = weights.values;
        Ok(Kernel { weights, scales, shape, bias, groups, stride, before: (above, left), after: (below, right) })
    }

    fn limit(&self, node: &NodeProto, index: usize, name: &str, default: f32) -> Result<f32> {
        if input(node, index).is_some() {
            return match self.constant(node, index)?.values[..] {
                [limit] => Ok(limit),
                _ => fail!(Unsupported, "a Clip has a limit that is not one value"),
            };
        }
        Ok(attribute(node, name).map_or(default, |limit| limit.f))
    }

    /// Returns the constant of a `Max` of a tensor and one value.
    fn floor(&self, node: &NodeProto) -> Result<f32> {
        match (node.input.len(), self.constant(node, 1)?.values.as_slice()) {
            (2, &[floor]) => Ok(floor),
            _ => fail!(Unsupported, "a Max is not of a tensor and one value"),
        }
    }

    /// Accepts a `Resize` that doubles rows and columns by repeating pixels.
    fn enlarge(&self, node: &NodeProto) -> Result<Op> {
        let text = |name: &str| attribute(node, name).map_or(&b""[..], |value| &value.s);
        let scales = self.constant(node, 2)?.values;
        let repeats = text("mode") == b"nearest" && text("coordinate_transformation_mode") == b"asymmetric";
        if scales[..] != [1.0, 1.0, 2.0, 2.0] || !repeats || text("nearest_mode") != b"floor" {
            fail!(Unsupported, "a Resize does not repeat each pixel twice");
        }
        Ok(Op::Enlarge)
    }

    fn dense(&self, node: &NodeProto) -> Result<Op> {
        let Some(linear) = Linear::product(node) else { fail!(Unsupported, "a Gemm scales or turns its input") };
        let bias = linear.bias.map(|_| self.constant(node, 2)).transpose()?;
        Ok(Op::Dense(linear.layer(self.constant(node, 1)?, bias)?))
    }
}

/// Returns the factor of a `LeakyRelu` below 0.
fn slope(node: &NodeProto) -> Result<f32> {
    let slope = attribute(node, "alpha").map_or(0.01, |alpha| alpha.f);
    if !(0.0..=1.0).contains(&slope) {
        fail!(Unsupported, "a LeakyRelu has a slope of {slope}; 0 to 1 is supported");
    }
    Ok(slope)
}

/// Returns the rows and columns of the windows of a `MaxPool`, which do not overlap.
fn window(node: &NodeProto) -> Result<(usize, usize)> {
    let window = match ints(node, "kernel_shape", &[]) {
        [1, 2] => (1, 2),
        [2, 1] => (2, 1),
        [2, 2] => (2, 2),
        other => fail!(Unsupported, "a MaxPool has windows of {other:?}; 1 x 2, 2 x 1 and 2 x 2 are supported"),
    };
    // Strides are 1 if the file states none.
    if ints(node, "strides", &[1, 1]) != ints(node, "kernel_shape", &[]) {
        fail!(Unsupported, "the windows of a MaxPool overlap or leave pixels out");
    }
    expect_none(node, "pads")?;
    Ok(window)
}

fn ints<'a>(node: &'a NodeProto, name: &str, default: &'a [i64]) -> &'a [i64] {
    attribute(node, name).map_or(default, |attribute| &attribute.ints)
}

fn expect_ints(node: &NodeProto, name: &str, expected: &[i64]) -> Result<()> {
    let found = ints(node, name, expected);
    if found != expected {
        fail!(Unsupported, "a {} has {name} {found:?}; only {expected:?} is supported", node.op_type);
    }
    Ok(())
}

fn expect_none(node: &NodeProto, name: &str) -> Result<()> {
    match ints(node, name, &[]).iter().any(|&value| value != 0) {
        true => fail!(Unsupported, "a {} has {name}", node.op_type),
        false => Ok(()),
    }
}
