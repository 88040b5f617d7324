//! [`Network`] by tract: runs any float ONNX file, int8 weights dequantised while loading.
//! This module is the only one that names tract.

mod graph;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::{ModelProto, NodeProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{DimLike, Factoid};

use super::graph::Graph;
use super::{LinearLayer, Network, Signature};
use crate::error::{Error, ErrorKind, Result, fail};

/// An ONNX network, optimised for one input shape.
pub struct TractNetwork {
    plan: Arc<TypedRunnableModel>,
    input_shape: [usize; 4],
    output_lengths: Vec<usize>,
}

impl TractNetwork {
    /// Loads the ONNX file in `bytes` for an input of `input_shape` (NCHW), to give the tensors
    /// named in `outputs`: graph outputs or any tensor inside.
    ///
    /// # Errors
    /// `ModelLoad` where the bytes are no ONNX file, a named tensor is absent, an operator is
    /// unknown, or the shapes do not fit.
    pub fn load(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str]) -> Result<Self> {
        guarded(|| {
            let model = graph(bytes, Some(input_shape), outputs)?.into_optimized().map_err(load_error)?;
            let mut output_lengths = Vec::new();
            for index in 0..outputs.len() {
                let shape = &model.output_fact(index).map_err(load_error)?.shape;
                let length = shape.volume().to_usize().map_err(load_error)?;
                output_lengths.push(length);
            }
            let plan = model.into_runnable().map_err(load_error)?;
            Ok(Self { plan, input_shape, output_lengths })
        })
    }
}

impl Network for TractNetwork {
    fn input_shape(&self) -> [usize; 4] {
        self.input_shape
    }

    fn output_lengths(&self) -> &[usize] {
        &self.output_lengths
    }

    fn executor(&self) -> &'static str {
        "tract"
    }

    fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>> {
        let expected: usize = self.input_shape.iter().product();
        if input.len() != expected {
            fail!(Internal, "the network takes {expected} values and got {}", input.len());
        }
        let run_error = |error: TractError| Error::new(ErrorKind::Internal, format!("the network failed: {error:#}"));
        let tensor = Tensor::from_shape(&self.input_shape, input).map_err(run_error)?;
        let outputs = self.plan.run(tvec!(tensor.into())).map_err(run_error)?;
        outputs
            .iter()
            .map(|output| Ok(output.to_plain_array_view::<f32>().map_err(run_error)?.iter().copied().collect()))
            .collect()
    }
}

/// The ONNX file in `bytes` as a [`Graph`], see [`graph::read`].
///
/// # Errors
/// `ModelLoad` where it is no ONNX file or has an operator that the graph has not.
pub(crate) fn read(bytes: &[u8], shape: [usize; 3], outputs: &[&str]) -> Result<Graph> {
    guarded(|| graph::read(bytes, shape, outputs))
}

/// The inputs and outputs of the ONNX file in `bytes`.
///
/// # Errors
/// `ModelLoad` where the bytes are no ONNX file.
pub fn inspect(bytes: &[u8]) -> Result<Signature> {
    guarded(|| {
        let proto = parse(bytes)?;
        let graph = proto.graph.as_ref().ok_or_else(|| load_error("the file holds no graph"))?;
        let model = onnx().parse(&proto, None).map_err(load_error)?.model;
        let mut inputs = Vec::new();
        for outlet in model.input_outlets().map_err(load_error)? {
            let shape = model.outlet_fact(*outlet).map_err(load_error)?.shape.clone();
            let dims = shape.dims().map(|dim| dim.concretize().and_then(|dim| dim.to_usize().ok())).collect();
            inputs.push((model.node(outlet.node).name.clone(), dims));
        }
        let outputs: Vec<_> = graph.output.iter().map(|output| output.name.clone()).collect();
        let last = outputs.iter().find_map(|name| linear_nodes(&proto, name));
        Ok(Signature { inputs, outputs, before_last_layer: last.map(|last| last.input) })
    })
}

/// The fully connected layer that makes the output `name`, where one does, and the name of the
/// tensor that it reads.
pub(crate) fn linear_tail(bytes: &[u8], input_shape: [usize; 4], name: &str) -> Result<Option<(String, LinearLayer)>> {
    guarded(|| {
        let proto = parse(bytes)?;
        let Some(nodes) = linear_nodes(&proto, name) else { return Ok(None) };
        let mut wanted = vec![nodes.weights.as_str()];
        wanted.extend(nodes.bias.as_deref());
        let model = graph(bytes, Some(input_shape), &wanted)?.into_typed().map_err(load_error)?;
        let model = model.into_decluttered().map_err(load_error)?;
        let constant = |index: usize| -> Result<Option<(Vec<usize>, Vec<f32>)>> {
            let fact = model.output_fact(index).map_err(load_error)?;
            let Some(konst) = &fact.konst else { return Ok(None) };
            let view = konst.to_plain_array_view::<f32>().map_err(load_error)?;
            Ok(Some((view.shape().to_vec(), view.iter().copied().collect())))
        };
        let Some((shape, weights)) = constant(0)? else { return Ok(None) };
        let &[rows, columns] = shape.as_slice() else { return Ok(None) };
        let (outputs, weights) = if nodes.transposed {
            (rows, weights)
        } else {
            let by_output = (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c));
            (columns, by_output.map(|index| weights[index]).collect())
        };
        let bias = match nodes.bias {
            Some(_) => match constant(1)? {
                Some((_, bias)) if bias.len() == outputs => bias,
                _ => return Ok(None),
            },
            None => vec![0.0; outputs],
        };
        Ok(Some((nodes.input, LinearLayer { weights, bias })))
    })
}

/// The tensors of a `Gemm`, or of a `MatMul` with or without an `Add`.
struct LinearNodes {
    input: String,
    weights: String,
    bias: Option<String>,
    /// Weights are `outputs x inputs`.
    transposed: bool,
}

fn linear_nodes(proto: &ModelProto, output: &str) -> Option<LinearNodes> {
    let nodes = &proto.graph.as_ref()?.node;
    let maker = |name: &str| nodes.iter().find(|node| node.output.iter().any(|output| output == name));
    let node = maker(output)?;
    let tensors = |node: &NodeProto, bias: Option<String>, transposed| {
        let [input, weights] = node.input.get(..2)? else { return None };
        Some(LinearNodes { input: input.clone(), weights: weights.clone(), bias, transposed })
    };
    match node.op_type.as_str() {
        "Gemm" => {
            let flag = |name: &str| node.attribute.iter().find(|a| a.name == name).map_or(0, |a| a.i);
            let factor = |name: &str| node.attribute.iter().find(|a| a.name == name).map_or(1.0, |a| a.f);
            if flag("transA") != 0 || factor("alpha") != 1.0 || factor("beta") != 1.0 {
                return None;
            }
            let bias = node.input.get(2).filter(|name| !name.is_empty()).cloned();
            tensors(node, bias, flag("transB") != 0)
        }
        "MatMul" => tensors(node, None, false),
        "Add" => {
            let [first, second] = node.input.get(..2)? else { return None };
            let (product, bias) = [(first, second), (second, first)]
                .into_iter()
                .find_map(|(a, b)| maker(a).filter(|node| node.op_type == "MatMul").map(|node| (node, b)))?;
            tensors(product, Some(bias.clone()), false)
        }
        _ => None,
    }
}

fn parse(bytes: &[u8]) -> Result<ModelProto> {
    onnx().proto_model_for_read(&mut &bytes[..]).map_err(load_error)
}

fn graph(bytes: &[u8], input_shape: Option<[usize; 4]>, outputs: &[&str]) -> Result<InferenceModel> {
    let mut proto = parse(bytes)?;
    if let Some(graph) = proto.graph.as_mut() {
        // Shapes written for another input size must not bind.
        graph.value_info.clear();
    }
    let parsed = onnx().parse(&proto, None).map_err(load_error)?;
    let mut model = parsed.model;
    if let Some(shape) = input_shape {
        let inputs = model.input_outlets().map_err(load_error)?.len();
        if inputs != 1 {
            fail!(ModelLoad, "the network has {inputs} inputs; one picture is expected");
        }
        model.set_input_fact(0, f32::fact(shape).into()).map_err(load_error)?;
    }
    let mut outlets = Vec::new();
    for &name in outputs {
        let Some(outlet) = parsed.outlets_by_name.get(name) else {
            fail!(ModelLoad, "the network has no tensor {name:?}");
        };
        outlets.push(*outlet);
    }
    model.select_output_outlets(&outlets).map_err(load_error)?;
    Ok(model)
}

fn load_error(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ModelLoad, format!("not a network that can be loaded: {error:#}"))
}

/// A file from outside may drive the parser into a panic; that is an error of the file.
fn guarded<T>(load: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::ModelLoad, "not a network that can be loaded: its graph is inconsistent"))
    })
}
