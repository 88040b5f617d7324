//! [`Network`] implemented with tract: runs any float ONNX file; int8 weights are dequantized at
//! load time. This module is the only one that names tract.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::GraphProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::DimLike;

use super::onnx::{Constant, bounds};
use super::{Network, check_length};
use crate::error::{Error, ErrorKind, Result, fail};

/// The maximum number of values of a tensor: 128 MiB of f32.
const MAX_VALUES: usize = 1 << 25;

/// The maximum number of values of all tensors of a run together: 1 GiB of f32, several times the
/// size of common face networks.
const MAX_VALUES_TOGETHER: usize = 1 << 28;

/// An ONNX network, optimized for one input shape.
pub struct TractNetwork {
    plan: Arc<TypedRunnableModel>,
    input_shape: [usize; 4],
    output_lengths: Vec<usize>,
}

impl TractNetwork {
    /// Loads the ONNX file in `bytes` for an input of `input_shape` (NCHW); a run returns the
    /// tensors named in `outputs`, which are graph outputs or any tensors inside.
    ///
    /// # Errors
    /// `InvalidModel` if the bytes are no ONNX file, a named tensor is absent, an operator is unknown,
    /// or the shapes do not fit.
    pub fn load(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str]) -> Result<Self> {
        guarded(|| {
            let model = graph(bytes, input_shape, outputs)?;
            check_sizes(&model)?;
            let model = model.into_optimized().map_err(load_error)?;
            let mut output_lengths = Vec::new();
            for (index, output) in outputs.iter().enumerate() {
                let shape = &model.output_fact(index).map_err(load_error)?.shape;
                match shape.volume().to_usize().map_err(load_error)? {
                    0 => fail!(InvalidModel, "the network's output {output:?} has no values"),
                    length => output_lengths.push(length),
                }
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
        let run_error = |error: TractError| Error::new(ErrorKind::Execution, format!("the network failed: {error:#}"));
        let tensor = Tensor::from_shape(&self.input_shape, input).map_err(run_error)?;
        let outputs = self.plan.run(tvec!(tensor.into())).map_err(run_error)?;
        outputs
            .iter()
            .map(|output| Ok(output.to_plain_array_view::<f32>().map_err(run_error)?.iter().copied().collect()))
            .collect()
    }
}

/// Returns the tensor `name` of the ONNX file in `bytes` if it does not depend on the input.
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file or have no such tensor.
pub(crate) fn constant(bytes: &[u8], input_shape: [usize; 4], name: &str) -> Result<Option<Constant>> {
    guarded(|| {
        let model = graph(bytes, input_shape, &[name])?;
        check_sizes(&model)?;
        let model = model.into_typed().map_err(load_error)?;
        let model = model.into_decluttered().map_err(load_error)?;
        let fact = model.output_fact(0).map_err(load_error)?;
        let Some(value) = &fact.konst else { return Ok(None) };
        let view = value.to_plain_array_view::<f32>().map_err(load_error)?;
        Ok(Some(Constant::computed(view.shape().to_vec(), view.iter().copied().collect())))
    })
}

/// Infers the shapes of `model` and rejects it before any tensor is allocated if a tensor is too
/// large or its size depends on the picture's content. Tract computes constant tensors as soon as
/// it sees them and allocates the memory for them; a failed allocation ends the process.
fn check_sizes(model: &InferenceModel) -> Result<()> {
    let mut model = model.clone();
    let mut order = model.eval_order().map_err(load_error)?;
    let others: Vec<usize> = (0..model.nodes().len()).filter(|id| !order.contains(id)).collect();
    order.extend(others);
    // Later nodes may determine facts of earlier ones.
    follow(&mut model, &order)?;
    match follow(&mut model, &order)? {
        None => Ok(()),
        Some(name) => fail!(InvalidModel, "the network does not state the size of {name:?}"),
    }
}

/// Infers the facts of all nodes in `order`; returns the name of a node of unknown shape, if there
/// is one.
fn follow(model: &mut InferenceModel, order: &[usize]) -> Result<Option<String>> {
    let mut left = MAX_VALUES_TOGETHER;
    let mut unknown = None;
    for &id in order {
        let mut operator = model.node(id).op.clone();
        let outlets = operator.observe_outlets(model, model.node(id)).map_err(load_error)?;
        let observed = outlets.iter().map(|outlet| model.outlet_fact(*outlet).cloned());
        let observed: Vec<InferenceFact> = observed.collect::<TractResult<_>>().map_err(load_error)?;
        let (inputs, outputs) = model.node_facts(id).map_err(load_error)?;
        let inputs: Vec<InferenceFact> = inputs.into_iter().cloned().collect();
        let outputs: Vec<InferenceFact> = outputs.into_iter().cloned().collect();
        let facts = || (inputs.iter().collect(), outputs.iter().collect(), observed.iter().collect());
        // First the shapes alone, then with values.
        let (given, made, seen) = facts();
        let (_, shapes, _) = operator.clone().infer_facts(given, made, seen).map_err(load_error)?;
        let sizes = shapes.iter().map(values_of).collect::<Result<Vec<_>>>()?;
        if operator.name() == "Range" {
            check_range(&inputs)?;
        } else if !inputs.is_empty() && inputs.iter().all(|input| input.value.is_concrete()) && sizes.contains(&None) {
            fail!(InvalidModel, "the network computes a constant of a size that it does not state");
        }
        if operator.name().contains("Conv") {
            check_patches(&inputs, &shapes)?;
        }
        let (given, made, seen) = facts();
        let (_, made, _) = operator.infer(given, made, seen).map_err(load_error)?;
        for (slot, fact) in made.into_iter().enumerate() {
            match values_of(&fact)? {
                Some(values) if values <= left => left -= values,
                Some(_) => fail!(InvalidModel, "the network's tensors are too large together"),
                None => unknown = Some(model.node(id).name.clone()),
            }
            model.set_outlet_fact(OutletId::new(id, slot), fact).map_err(load_error)?;
        }
    }
    Ok(unknown)
}

/// The length of a range follows from its values alone, and tract does not limit it.
fn check_range(inputs: &[InferenceFact]) -> Result<()> {
    let value = |input: &InferenceFact| input.value.concretize()?.cast_to_scalar::<f64>().ok();
    let values: Option<Vec<f64>> = inputs.iter().map(value).collect();
    match values.as_deref() {
        Some(&[from, to, by]) if ((to - from) / by).abs() <= MAX_VALUES as f64 => Ok(()),
        _ => fail!(InvalidModel, "the network has a range that is too long, or of a length that it does not state"),
    }
}

/// The number of values of a tensor of known shape, at most [`MAX_VALUES`].
fn values_of(fact: &InferenceFact) -> Result<Option<usize>> {
    let Some(sides) = fact.shape.concretize() else { return Ok(None) };
    let mut values = 1usize;
    for side in &sides {
        let Ok(side) = side.to_usize() else { return Ok(None) };
        values = values.checked_mul(side).filter(|values| *values <= MAX_VALUES).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("the network has a tensor of the shape {sides:?}, which is too large"),
            )
        })?;
    }
    Ok(Some(values))
}

/// Tract may compute a convolution with a matrix that holds the window of every output.
fn check_patches(inputs: &[InferenceFact], outputs: &[InferenceFact]) -> Result<()> {
    let (Some(weights), Some(out)) = (inputs.get(1), outputs.first()) else { return Ok(()) };
    let side = |fact: &InferenceFact, axis: usize| fact.shape.concretize()?.get(axis)?.to_usize().ok();
    let (Some(seen), Some(values)) = (values_of(weights)?, values_of(out)?) else { return Ok(()) };
    let channels = side(out, 1).unwrap_or(1).max(1);
    let seen = seen / side(weights, 0).unwrap_or(1).max(1);
    if seen.saturating_mul(values / channels) > MAX_VALUES_TOGETHER {
        fail!(InvalidModel, "a convolution of the network is too large: {seen} inputs for each of {values} outputs");
    }
    Ok(())
}

fn graph(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str]) -> Result<InferenceModel> {
    bounds::check(bytes)?;
    let mut proto = onnx().proto_model_for_read(&mut &bytes[..]).map_err(load_error)?;
    let mut exact = HashMap::new();
    if let Some(graph) = proto.graph.as_mut() {
        // Shapes written for another input size must not constrain this one.
        graph.value_info.clear();
        exact = without_ranges(graph);
    }
    let parsed = onnx().parse(&proto, None).map_err(load_error)?;
    let mut model = parsed.model;
    let inputs = model.input_outlets().map_err(load_error)?.len();
    if inputs != 1 {
        fail!(InvalidModel, "the network has {inputs} inputs; one picture is expected");
    }
    model.set_input_fact(0, f32::fact(input_shape).into()).map_err(load_error)?;
    let mut outlets = Vec::new();
    for &name in outputs {
        let Some(outlet) = parsed.outlets_by_name.get(exact.get(name).map_or(name, String::as_str)) else {
            fail!(InvalidModel, "the network has no tensor {name:?}");
        };
        outlets.push(*outlet);
    }
    model.select_output_outlets(&outlets).map_err(load_error)?;
    Ok(model)
}

/// Removes the quantization and dequantization of activations, and returns the original tensor's
/// name for each removed one.
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
    Error::new(ErrorKind::InvalidModel, format!("not a network that can be loaded: {error:#}"))
}

/// A file from outside may make the parser panic; that is reported as an error of the file.
fn guarded<T>(load: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::InvalidModel, "not a network that can be loaded: its graph is inconsistent"))
    })
}
