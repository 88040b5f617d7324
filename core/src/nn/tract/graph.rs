//! From an ONNX file to a [`Graph`], for networks of the few operators that [`Graph`] knows.

use tract_onnx::data_resolver;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use tract_onnx::tensor::load_tensor;

use super::{load_error, parse};
use crate::error::{Result, fail};
use crate::nn::graph::{Graph, Kernel, Node, Op};

/// Reads the ONNX file in `bytes` for an input of `shape` (planes, rows, columns), to give the
/// tensors named in `outputs`; nodes that none of them needs are left out.
///
/// # Errors
/// `ModelLoad`, saying which operator or attribute is not known.
pub(crate) fn read(bytes: &[u8], shape: [usize; 3], outputs: &[&str]) -> Result<Graph> {
    let proto = parse(bytes)?;
    let Some(graph) = &proto.graph else { fail!(ModelLoad, "the file holds no graph") };
    let reader = Reader { graph };
    let wanted = needed(graph, outputs);
    let mut nodes = Vec::new();
    for (index, node) in graph.node.iter().enumerate() {
        if wanted[index]
            && let Some(node) = reader.node(node)?
        {
            nodes.push(node);
        }
    }
    let named: Vec<_> = graph.input.iter().filter(|input| reader.initializer(&input.name).is_none()).collect();
    let [input] = named[..] else {
        fail!(ModelLoad, "the network has {} inputs; one picture is expected", named.len())
    };
    let outputs = outputs.iter().map(|&name| name.to_owned()).collect();
    Ok(Graph { input: input.name.clone(), shape, nodes, outputs })
}

/// Which nodes make the `outputs`, themselves or for others.
fn needed(graph: &GraphProto, outputs: &[&str]) -> Vec<bool> {
    let mut names: Vec<&str> = outputs.to_vec();
    let mut wanted = vec![false; graph.node.len()];
    for (node, wanted) in graph.node.iter().zip(&mut wanted).rev() {
        if node.output.iter().any(|output| names.contains(&output.as_str())) {
            *wanted = true;
            names.extend(node.input.iter().map(String::as_str));
        }
    }
    wanted
}

/// A tensor that is known while reading.
struct Constant {
    dims: Vec<usize>,
    values: Vec<f32>,
}

/// Constants are read where they are needed and not kept: the file holds most as bytes.
struct Reader<'a> {
    graph: &'a GraphProto,
}

impl Reader<'_> {
    fn initializer(&self, name: &str) -> Option<&TensorProto> {
        self.graph.initializer.iter().find(|tensor| tensor.name == name)
    }

    /// The operation of `node`; none where it only makes a constant.
    fn node(&self, node: &NodeProto) -> Result<Option<Node>> {
        let [output] = node.output.as_slice() else { fail!(ModelLoad, "{} has several outputs", node.op_type) };
        let op = match node.op_type.as_str() {
            "Constant" | "DequantizeLinear" => return Ok(None),
            "Conv" => Op::Convolution(self.kernel(node)?),
            "Relu" => Op::Clamp { least: 0.0, most: f32::INFINITY },
            "Clip" => Op::Clamp {
                least: self.limit(node, 1, "min", f32::NEG_INFINITY)?,
                most: self.limit(node, 2, "max", f32::INFINITY)?,
            },
            "Add" => Op::Add,
            "MaxPool" => {
                expect_ints(node, "kernel_shape", &[2, 2])?;
                expect_ints(node, "strides", &[2, 2])?;
                expect_none(node, "pads")?;
                Op::MaxPool
            }
            "Resize" => self.enlarge(node)?,
            "GlobalAveragePool" => Op::Mean,
            "Flatten" | "Reshape" => Op::Reshape,
            "Transpose" => {
                expect_ints(node, "perm", &[0, 2, 3, 1])?;
                Op::ChannelsLast
            }
            "Sigmoid" => Op::Sigmoid,
            "Gemm" => self.dense(node)?,
            other => fail!(ModelLoad, "the operator {other} is not known"),
        };
        let inputs = if matches!(op, Op::Add) { 2 } else { 1 };
        let Some(inputs) = node.input.get(..inputs) else { fail!(ModelLoad, "{output} lacks an input") };
        Ok(Some(Node { op, inputs: inputs.to_vec(), output: output.clone() }))
    }

    fn constant(&self, node: &NodeProto, index: usize) -> Result<Constant> {
        let name = node.input.get(index).map_or("", String::as_str);
        if let Some(tensor) = self.initializer(name) {
            return read_tensor(tensor);
        }
        match self.graph.node.iter().find(|maker| maker.output.iter().any(|output| output == name)) {
            Some(maker) if maker.op_type == "DequantizeLinear" => self.dequantised(maker),
            Some(maker) if maker.op_type == "Constant" => {
                match attribute(maker, "value").and_then(|value| value.t.as_ref()) {
                    Some(tensor) => read_tensor(tensor),
                    None => fail!(ModelLoad, "the constant {name} has no value"),
                }
            }
            _ => fail!(ModelLoad, "input {index} of a {} is not a constant", node.op_type),
        }
    }

    fn has(&self, node: &NodeProto, index: usize) -> bool {
        node.input.get(index).is_some_and(|name| !name.is_empty())
    }

    /// An input that the file itself holds.
    fn stored(&self, node: &NodeProto, index: usize) -> Result<Constant> {
        match node.input.get(index).and_then(|name| self.initializer(name)) {
            Some(tensor) => read_tensor(tensor),
            None => fail!(ModelLoad, "input {index} of a {} is not stored", node.op_type),
        }
    }

    /// `(value - zero) * scale`, the scale one value or one for each index of the axis.
    fn dequantised(&self, node: &NodeProto) -> Result<Constant> {
        let (mut value, scale) = (self.stored(node, 0)?, self.stored(node, 1)?);
        let axis = attribute(node, "axis").map_or(1, |axis| axis.i);
        let zero = if self.has(node, 2) { Some(self.stored(node, 2)?) } else { None };
        let axis = usize::try_from(axis).unwrap_or(usize::MAX);
        let per_axis = scale.values.len() > 1;
        let steps: usize = value.dims.get(axis + 1..).map_or(1, |dims| dims.iter().product());
        let along = value.dims.get(axis).copied().unwrap_or(1);
        if scale.values.is_empty()
            || (per_axis && along != scale.values.len())
            || zero.as_ref().is_some_and(|zero| zero.values.len() != scale.values.len())
        {
            fail!(ModelLoad, "the scales of a DequantizeLinear do not fit its values");
        }
        for (index, value) in value.values.iter_mut().enumerate() {
            let place = if per_axis { index / steps % along } else { 0 };
            *value = (*value - zero.as_ref().map_or(0.0, |zero| zero.values[place])) * scale.values[place];
        }
        Ok(value)
    }

    fn kernel(&self, node: &NodeProto) -> Result<Kernel> {
        let weights = self.constant(node, 1)?;
        let Ok(shape) = <[usize; 4]>::try_from(weights.dims.as_slice()) else {
            fail!(ModelLoad, "a convolution's weights have {} dimensions", weights.dims.len());
        };
        let bias = if self.has(node, 2) { self.constant(node, 2)?.values } else { vec![0.0; shape[0]] };
        let pads = ints(node, "pads", &[0; 4]);
        let (stride, groups) = (ints(node, "strides", &[1, 1]), attribute(node, "group").map_or(1, |group| group.i));
        let (&[above, left, below, right], &[stride, across]) = (pads.as_slice(), stride.as_slice()) else {
            fail!(ModelLoad, "a convolution's padding or stride is not that of a picture");
        };
        expect_ints(node, "dilations", &[1, 1])?;
        if attribute(node, "auto_pad").is_some_and(|pad| pad.s != b"NOTSET") {
            fail!(ModelLoad, "a convolution is padded by a rule");
        }
        let small = |value: i64| usize::try_from(value).ok().filter(|&value| value <= 4096);
        let (Some(stride), Some(groups), Some(above), Some(left), Some(below), Some(right)) = (
            small(stride).filter(|_| stride == across),
            small(groups),
            small(above),
            small(left),
            small(below),
            small(right),
        ) else {
            fail!(ModelLoad, "a convolution's padding, stride or groups are out of range");
        };
        if stride == 0 || groups == 0 || bias.len() != shape[0] || shape.contains(&0) {
            fail!(ModelLoad, "a convolution is empty or its bias does not fit");
        }
        let weights = weights.values;
        Ok(Kernel { weights, shape, bias, groups, stride, before: (above, left), after: (below, right) })
    }

    fn limit(&self, node: &NodeProto, index: usize, name: &str, default: f32) -> Result<f32> {
        if self.has(node, index) {
            return match self.constant(node, index)?.values[..] {
                [limit] => Ok(limit),
                _ => fail!(ModelLoad, "a Clip has a limit that is not one value"),
            };
        }
        Ok(attribute(node, name).map_or(default, |limit| limit.f))
    }

    /// A `Resize` that doubles rows and columns by repeating pixels.
    fn enlarge(&self, node: &NodeProto) -> Result<Op> {
        let text = |name: &str| attribute(node, name).map_or(&b""[..], |value| &value.s);
        let scales = self.constant(node, 2)?.values;
        let repeats = text("mode") == b"nearest" && text("coordinate_transformation_mode") == b"asymmetric";
        if scales[..] != [1.0, 1.0, 2.0, 2.0] || !repeats || text("nearest_mode") != b"floor" {
            fail!(ModelLoad, "a Resize does not repeat each pixel twice");
        }
        Ok(Op::Enlarge)
    }

    fn dense(&self, node: &NodeProto) -> Result<Op> {
        let weights = self.constant(node, 1)?;
        let flag = |name: &str| attribute(node, name).map_or(0, |flag| flag.i);
        let factor = |name: &str| attribute(node, name).map_or(1.0, |factor| factor.f);
        let &[rows, columns] = weights.dims.as_slice() else { fail!(ModelLoad, "a Gemm's weights are no matrix") };
        if flag("transA") != 0 || factor("alpha") != 1.0 || factor("beta") != 1.0 {
            fail!(ModelLoad, "a Gemm scales or turns its input");
        }
        let values = weights.values;
        let (outputs, weights) = if flag("transB") != 0 {
            (rows, values)
        } else {
            let by_output = (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c));
            (columns, by_output.map(|index| values[index]).collect())
        };
        let bias = if self.has(node, 2) { self.constant(node, 2)?.values } else { vec![0.0; outputs] };
        if bias.len() != outputs || outputs == 0 {
            fail!(ModelLoad, "a Gemm's bias does not fit its weights");
        }
        Ok(Op::Dense { weights, bias })
    }
}

fn read_tensor(tensor: &TensorProto) -> Result<Constant> {
    let tensor = load_tensor(&*data_resolver::default(), tensor, None).map_err(load_error)?;
    let dims = tensor.shape().to_vec();
    let values = tensor.cast_to::<f32>().map_err(load_error)?;
    let values = values.to_plain_array_view::<f32>().map_err(load_error)?.iter().copied().collect();
    Ok(Constant { dims, values })
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

fn ints(node: &NodeProto, name: &str, default: &[i64]) -> Vec<i64> {
    attribute(node, name).map_or(default, |attribute| &attribute.ints).to_vec()
}

fn expect_ints(node: &NodeProto, name: &str, expected: &[i64]) -> Result<()> {
    let found = ints(node, name, expected);
    if found != expected {
        fail!(ModelLoad, "a {} has {name} {found:?}; {expected:?} is known", node.op_type);
    }
    Ok(())
}

fn expect_none(node: &NodeProto, name: &str) -> Result<()> {
    match ints(node, name, &[]).iter().any(|&value| value != 0) {
        true => fail!(ModelLoad, "a {} has {name}", node.op_type),
        false => Ok(()),
    }
}
