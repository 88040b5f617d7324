//! ONNX reader: the required messages, constants, and networks of the operators that [`Graph`]
//! supports. Files from outside may be damaged in any way; reading one then returns an error.

#[cfg(feature = "tract")]
pub(crate) mod bounds;
mod constant;
mod file;
mod linear;
mod messages;
mod reader;

use bytes::Buf;

use super::graph::{Dense, Graph};
use super::{LinearLayer, Signature};
use crate::error::Result;
pub(crate) use constant::Constant;
use file::File;
use linear::Linear;
use messages::ValueInfoProto;

/// Reads the ONNX file in `bytes` for an input of `shape` (planes, rows, columns) and the outputs
/// named in `outputs`. A tensor that is quantized to u8 and dequantized is replaced by the original
/// tensor, with its range recorded.
///
/// # Errors
/// `InvalidModel`, naming the absent tensor, or the operator or attribute that is not supported.
pub(crate) fn read(bytes: impl Buf, shape: [usize; 3], outputs: &[&str]) -> Result<Graph> {
    reader::read(&file::parse(bytes)?, shape, outputs)
}

/// Returns the inputs and outputs of the ONNX file in `bytes`.
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file.
pub fn inspect(bytes: &[u8]) -> Result<Signature> {
    let graph = file::parse(bytes)?;
    let file = File::new(&graph);
    let inputs = file.inputs().into_iter().map(|input| (input.name.clone(), dimensions(input))).collect();
    let outputs: Vec<_> = graph.output.iter().map(|output| output.name.clone()).collect();
    let last = outputs.iter().find_map(|name| Linear::making(&file, name));
    let before_last_layer = last.map(|last| file.unquantized(last.input).to_owned());
    Ok(Signature { inputs, outputs, before_last_layer })
}

fn dimensions(input: &ValueInfoProto) -> Vec<Option<usize>> {
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let sides = tensor.and_then(|tensor| tensor.shape.as_ref()).map_or(&[][..], |shape| &shape.dim);
    sides.iter().map(|side| side.dim_value.and_then(|side| usize::try_from(side).ok())).collect()
}

/// Returns the fully connected layer that makes the output `name`, if there is one, and the name of
/// the layer's input. `computed` returns the values of tensors that the file does not state.
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file or the layer is inconsistent; otherwise the errors of
/// `computed`.
pub(crate) fn linear_tail(
    bytes: impl Buf,
    name: &str,
    computed: impl Fn(&str) -> Result<Option<Constant>>,
) -> Result<Option<(String, LinearLayer)>> {
    let graph = file::parse(bytes)?;
    let file = File::new(&graph);
    let Some(linear) = Linear::making(&file, name) else { return Ok(None) };
    let value = |name: &str| match file.constant(name)? {
        None => computed(name),
        stored => Ok(stored),
    };
    let bias = linear.bias.map(value).transpose()?;
    let (Some(weights), None | Some(Some(_))) = (value(linear.weights)?, &bias) else { return Ok(None) };
    let Dense { weights, bias, .. } = linear.layer(weights, bias.flatten())?;
    Ok(Some((file.unquantized(linear.input).to_owned(), LinearLayer { weights, bias })))
}

#[cfg(test)]
mod tests;
