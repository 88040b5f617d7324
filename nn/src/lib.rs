//! Runs convolutional networks from ONNX files, behind the [`Network`] trait.
//!
//! [`load`] reads a file into a graph and fuses it into steps, in f32 or in int8. With the feature
//! `tract`, networks of other operators run through tract, which the module `tract` alone names.
//! This crate holds all SIMD and assembly of Mien: [`simd`] and [`math`] serve training and heads too.

#![deny(unsafe_code)]

#[macro_use]
mod each;

mod cost;
mod error;
mod fast;
mod graph;
pub mod math;
mod onnx;
pub mod simd;
#[cfg(feature = "tract")]
mod tract;

use bytes::Bytes;

pub use cost::StepCost;
pub use error::{Error, ErrorKind, Result};
pub use graph::Range;
pub use math::SplitMix64;
pub use onnx::inspect;
#[cfg(feature = "tract")]
pub use tract::TractNetwork;

use error::fail;
use fast::{FastNetwork, PlainHalf, QuantizedNetwork};

/// A fully connected layer: `weights` is row-major, one row of `inputs` values per class.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLayer {
    /// `outputs x inputs` values, row-major.
    pub weights: Vec<f32>,
    /// One value per output.
    pub bias: Vec<f32>,
}

impl LinearLayer {
    /// The number of inputs of each output.
    pub fn inputs(&self) -> usize {
        self.weights.len() / self.bias.len().max(1)
    }
}

/// The number format in which a network computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Bytes if the file states the ranges of all tensors (`QuantizeLinear`), f32 otherwise.
    #[default]
    Quantized,
    /// f16 if the processor computes in it (AArch64 from ARMv8.2 on), f32 otherwise; ranges are ignored. For networks
    /// whose results in f16 were compared: values beyond 65504 become infinite.
    Half,
    /// f32 throughout; ranges are ignored.
    Float,
}

/// Loads the ONNX file in `bytes` for an input of `input_shape` (NCHW); a run returns the tensors
/// named in `outputs`.
///
/// A convolutional network of the known operators, such as those of the default pack, runs as fused
/// steps; any other runs in tract if this build has it (feature `tract`).
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file, a named tensor is absent, an operator is unknown, or
/// the shapes do not fit.
pub fn load(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str], precision: Precision) -> Result<Box<dyn Network>> {
    load_shared(&Bytes::copy_from_slice(bytes), input_shape, outputs, precision)
}

/// Loads like [`load`], without copying the file's weights.
pub fn load_shared(
    bytes: &Bytes,
    input_shape: [usize; 4],
    outputs: &[&str],
    precision: Precision,
) -> Result<Box<dyn Network>> {
    let [_, planes, rows, columns] = input_shape;
    match onnx::read(bytes.clone(), [planes, rows, columns], outputs).and_then(|graph| fused(graph, precision)) {
        Ok(network) => Ok(network),
        #[cfg(feature = "tract")]
        Err(reason) => {
            log::debug!("a network runs by tract: {reason}");
            Ok(Box::new(TractNetwork::load(bytes, input_shape, outputs)?))
        }
        #[cfg(not(feature = "tract"))]
        Err(reason) if reason.kind() == ErrorKind::Unsupported => {
            fail!(Unsupported, "{reason} by this build; one with the feature `tract` may run the network")
        }
        #[cfg(not(feature = "tract"))]
        Err(reason) => Err(reason),
    }
}

/// Whether this processor computes in f16, as [`Precision::Half`] does.
pub fn computes_in_f16() -> bool {
    #[cfg(target_arch = "aarch64")]
    return fast::computes_in_f16();
    #[cfg(not(target_arch = "aarch64"))]
    false
}

fn fused(graph: graph::Graph, precision: Precision) -> Result<Box<dyn Network>> {
    if graph.sizes().is_none() {
        fail!(InvalidModel, "the network does not fit its input, or its maps are too large");
    }
    if precision == Precision::Quantized && !graph.ranges.is_empty() {
        match QuantizedNetwork::new(&graph) {
            Ok(network) => return Ok(Box::new(network)),
            Err(reason) => log::debug!("a quantized network runs in f32: {reason}"),
        }
    }
    #[cfg(target_arch = "aarch64")]
    if precision == Precision::Half && computes_in_f16() {
        return Ok(Box::new(FastNetwork::<half::f16>::new(graph)?));
    }
    Ok(Box::new(FastNetwork::<f32>::new(graph)?))
}

/// Loads like [`load`] with [`Precision::Half`] for any processor: the network computes number by number what vectors
/// of f16 must return to the bit, much slower. For tests.
///
/// # Errors
/// As [`load`], without tract.
#[doc(hidden)]
pub fn load_plain_half(bytes: &[u8], input_shape: [usize; 4], outputs: &[&str]) -> Result<Box<dyn Network>> {
    let [_, planes, rows, columns] = input_shape;
    let graph = onnx::read(Bytes::copy_from_slice(bytes), [planes, rows, columns], outputs)?;
    Ok(Box::new(FastNetwork::<PlainHalf>::new(graph)?))
}

/// Returns the number of multiply-adds of one run of the ONNX file in `bytes` for `outputs`.
///
/// # Errors
/// `Unsupported` if the file has an operator that [`graph::Graph`] does not support.
pub fn multiply_adds(bytes: &Bytes, input_shape: [usize; 4], outputs: &[&str]) -> Result<u64> {
    let [_, planes, rows, columns] = input_shape;
    match onnx::read(bytes.clone(), [planes, rows, columns], outputs)?.multiply_adds() {
        Some(count) => Ok(count),
        None => fail!(InvalidModel, "the network does not fit an input of {rows} x {columns}"),
    }
}

/// Returns the fully connected layer that computes the output `name`, if there is one, and the name
/// of the layer's input tensor. Only tract finds a layer if the file computes its weights.
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file or the layer is inconsistent.
#[cfg_attr(not(feature = "tract"), expect(unused_variables, reason = "tract takes a shape"))]
pub fn linear_tail(bytes: &Bytes, input_shape: [usize; 4], name: &str) -> Result<Option<(String, LinearLayer)>> {
    onnx::linear_tail(bytes.clone(), name, |tensor| {
        #[cfg(feature = "tract")]
        return tract::constant(bytes, input_shape, tensor);
        #[cfg(not(feature = "tract"))]
        return Ok(None);
    })
}

/// The tensors of an ONNX file by name and shape, as `mien models add` shows and checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The inputs; `None` is a free dimension.
    pub inputs: Vec<(String, Vec<Option<usize>>)>,
    /// The names of the outputs.
    pub outputs: Vec<String>,
    /// The input of the last fully connected layer, if such a layer computes an output.
    pub before_last_layer: Option<String>,
}

/// A network with one picture as input and some vectors or maps as outputs, all f32.
pub trait Network: Send + Sync {
    /// The input's shape, NCHW with N = 1.
    fn input_shape(&self) -> [usize; 4];

    /// The number of values of each output, in the order of `outputs` at load time.
    fn output_lengths(&self) -> &[usize];

    /// The executor's name for people: `fused steps`, `fused steps in int8 (KERNELS)` or `tract`.
    fn executor(&self) -> &'static str;

    /// Runs the network on `input` (NCHW, normalized) and returns the outputs in order,
    /// each flattened in row-major order.
    ///
    /// # Errors
    /// `Execution` if `input` has another length or the execution fails.
    fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>>;

    /// The range of the input bytes if the network computes in bytes: each byte stands for
    /// `(byte - zero) * scale`, a value of `run`'s input.
    fn byte_input(&self) -> Option<Range> {
        None
    }

    /// Runs the network like [`Network::run`] on a picture in the bytes of [`Network::byte_input`],
    /// pixel by pixel (NHWC).
    ///
    /// # Errors
    /// `Execution` if `input` has another length or the network takes no bytes.
    fn run_bytes(&self, _input: &[u8]) -> Result<Vec<Vec<f32>>> {
        fail!(Execution, "the network takes no bytes")
    }

    /// The steps of a run, in order; empty if they are not known, as with tract.
    fn steps(&self) -> Vec<StepCost> {
        Vec::new()
    }

    /// Runs the network like [`Network::run`] and calls `done` after each of [`Network::steps`], so
    /// that a caller can time each step.
    ///
    /// # Errors
    /// As [`Network::run`].
    #[expect(unused_variables, reason = "no step is known")]
    fn run_in_steps(&self, input: &[f32], done: &mut dyn FnMut()) -> Result<Vec<Vec<f32>>> {
        self.run(input)
    }
}

/// # Errors
/// `Execution` if an input of `found` values, called `what`, does not fit `shape`.
fn check_length(shape: [usize; 4], found: usize, what: &str) -> Result<()> {
    let expected: usize = shape.iter().product();
    if found != expected {
        fail!(Execution, "the network takes {expected} {what} and got {found}");
    }
    Ok(())
}

/// Runs `network` and rejects outputs that are not finite, so that NaN never propagates.
///
/// # Errors
/// `Execution`, naming `role`, for a value that is NaN or infinite; otherwise as [`Network::run`].
pub fn run_checked(network: &dyn Network, role: &str, input: &[f32]) -> Result<Vec<Vec<f32>>> {
    finite(network.run(input)?, role)
}

/// Runs the network like [`run_checked`] on a picture in bytes.
///
/// # Errors
/// As [`run_checked`] and [`Network::run_bytes`].
pub fn run_bytes_checked(network: &dyn Network, role: &str, input: &[u8]) -> Result<Vec<Vec<f32>>> {
    finite(network.run_bytes(input)?, role)
}

fn finite(outputs: Vec<Vec<f32>>, role: &str) -> Result<Vec<Vec<f32>>> {
    for (index, output) in outputs.iter().enumerate() {
        if let Some(position) = output.iter().position(|value| !value.is_finite()) {
            fail!(Execution, "the {role} network gave {} at position {position} of output {index}", output[position]);
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(f32);

    impl Network for Broken {
        fn input_shape(&self) -> [usize; 4] {
            [1, 3, 1, 1]
        }
        fn output_lengths(&self) -> &[usize] {
            &[2]
        }
        fn executor(&self) -> &'static str {
            "test"
        }
        fn run(&self, _: &[f32]) -> Result<Vec<Vec<f32>>> {
            Ok(vec![vec![0.0, self.0]])
        }
    }

    #[test]
    fn values_that_are_not_finite_are_errors() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = run_checked(&Broken(value), "identity", &[0.0; 3]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Execution);
            assert!(error.to_string().contains("the identity network gave"), "{error}");
        }
        assert!(run_checked(&Broken(1.0), "identity", &[0.0; 3]).is_ok());
    }
}
