//! [`Network`] by tract: runs any float ONNX file, int8 weights dequantised while loading.
//! This module is the only one that names tract.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::GraphProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;

use super::onnx::Constant;
use super::{Network, check_length};
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
            let model = graph(bytes, input_shape, outputs)?.into_optimized().map_err(load_error)?;
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
        check_length(self.input_shape, input.len(), "values")?;
        let run_error = |error: TractError| Error::new(ErrorKind::Internal, format!("the network failed: {error:#}"));
        let tensor = Tensor::from_shape(&self.input_shape, input).map_err(run_error)?;
        let outputs = self.plan.run(tvec!(tensor.into())).map_err(run_error)?;
        outputs
            .iter()
            .map(|output| Ok(output.to_plain_array_view::<f32>().map_err(run_error)?.iter().copied().collect()))
            .collect()
    }
}

/// The tensor `name` of the ONNX file in `bytes`, where it does not depend on the input.
///
/// # Errors
/// `ModelLoad` where the bytes are no ONNX file or have no such tensor.
pub(crate) fn constant(bytes: &[u8], input_shape: [usize; 4], name: &str) -> Result<Option<Constant>> {
    guarded(|| {
        let model = graph(bytes, input_shape, &[name])?.into_typed().map_err(load_error)?;
        let model = model.into_decluttered().map_err(load_error)?;
        let fact = model.output_fact(0).map_err(load_error)?;
        let Some(value) = &fact.konst else { return Ok(None) };
        let view = value.to_plain_array_view::<f32>().map_err(load_error)?;
        Ok(Some(Constant::computed(view.shape().to_vec(), view.iter().copied().collect())))
    })
}

fn graph(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str]) -> Result<InferenceModel> {
    let mut proto = onnx().proto_model_for_read(&mut &bytes[..]).map_err(load_error)?;
    let mut exact = HashMap::new();
    if let Some(graph) = proto.graph.as_mut() {
        // Shapes written for another input size must not bind.
        graph.value_info.clear();
        exact = without_ranges(graph);
    }
    let parsed = onnx().parse(&proto, None).map_err(load_error)?;
    let mut model = parsed.model;
    let inputs = model.input_outlets().map_err(load_error)?.len();
    if inputs != 1 {
        fail!(ModelLoad, "the network has {inputs} inputs; one picture is expected");
    }
    model.set_input_fact(0, f32::fact(input_shape).into()).map_err(load_error)?;
    let mut outlets = Vec::new();
    for &name in outputs {
        let Some(outlet) = parsed.outlets_by_name.get(exact.get(name).map_or(name, String::as_str)) else {
            fail!(ModelLoad, "the network has no tensor {name:?}");
        };
        outlets.push(*outlet);
    }
    model.select_output_outlets(&outlets).map_err(load_error)?;
    Ok(model)
}

/// Lets activations that are quantised and dequantised stand for themselves, and returns which
/// tensor each of the dropped ones was.
fn without_ranges(graph: &mut GraphProto) -> HashMap<String, String> {
    let mut exact: HashMap<String, String> = HashMap::new();
    let computed: HashSet<String> = graph
        .node
        .iter()
        .flat_map(|node| &node.output)
        .chain(graph.input.iter().map(|input| &input.name))
        .cloned()
        .collect();
    graph.node.retain_mut(|node| {
        let Some(read) = node.input.first() else { return true };
        let source = exact.get(read).unwrap_or(read).clone();
        let ends = match node.op_type.as_str() {
            "QuantizeLinear" => computed.contains(&source),
            "DequantizeLinear" => exact.contains_key(read),
            _ => false,
        };
        if ends {
            exact.extend(node.output.iter().map(|output| (output.clone(), source.clone())));
        } else {
            node.input.iter_mut().for_each(|input| {
                if let Some(source) = exact.get(input) {
                    input.clone_from(source);
                }
            });
        }
        !ends
    });
    exact
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
