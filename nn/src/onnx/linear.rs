//! Fully connected layers, as ONNX files write them.

use super::constant::Constant;
use super::file::{File, attribute, input};
use super::messages::NodeProto;
use crate::error::{Result, fail};
use crate::graph::Dense;

/// The tensors of a fully connected layer.
pub(super) struct Linear<'a> {
    pub input: &'a str,
    pub weights: &'a str,
    pub bias: Option<&'a str>,
    /// Whether weights are `outputs x inputs` rather than `inputs x outputs`.
    by_output: bool,
}

impl<'a> Linear<'a> {
    /// Returns the layer that makes the tensor `name`, if there is one: a `Gemm`, or a `MatMul`
    /// with or without an `Add`.
    pub fn making(file: &File<'a>, name: &str) -> Option<Self> {
        let node = file.maker(file.unquantized(name))?;
        if node.op_type != "Add" {
            return Self::product(node);
        }
        let (first, second) = (input(node, 0)?, input(node, 1)?);
        [(first, second), (second, first)].into_iter().find_map(|(product, bias)| {
            let product = file.maker(product).filter(|maker| maker.op_type == "MatMul")?;
            Some(Self { bias: Some(bias), ..Self::product(product)? })
        })
    }

    /// Returns the layer of a `Gemm` or `MatMul`; `None` for a `Gemm` that scales its product or
    /// bias or transposes its input.
    pub fn product(node: &'a NodeProto) -> Option<Self> {
        let flag = |name: &str| attribute(node, name).is_some_and(|flag| flag.i != 0);
        let factor = |name: &str| attribute(node, name).map_or(1.0, |factor| factor.f);
        let (by_output, bias) = match node.op_type.as_str() {
            "Gemm" if !flag("transA") && factor("alpha") == 1.0 && factor("beta") == 1.0 => {
                (flag("transB"), input(node, 2))
            }
            "MatMul" => (false, None),
            _ => return None,
        };
        Some(Self { input: input(node, 0)?, weights: input(node, 1)?, bias, by_output })
    }

    /// Returns the layer with one row of weights per output, and with its bias or zeros.
    ///
    /// # Errors
    /// `InvalidModel` if the weights are no matrix or the bias does not fit them.
    pub fn layer(&self, weights: Constant, bias: Option<Constant>) -> Result<Dense> {
        let &[rows, columns] = weights.dims.as_slice() else {
            fail!(InvalidModel, "a fully connected layer's weights are no matrix");
        };
        let outputs = if self.by_output { rows } else { columns };
        let bias = bias.map_or_else(|| vec![0.0; outputs], |bias| bias.values);
        if bias.len() != outputs || outputs == 0 {
            fail!(InvalidModel, "a fully connected layer's bias does not fit its weights");
        }
        let weights = if self.by_output {
            weights.values
        } else {
            let by_output = (0..columns).flat_map(|column| weights.values.iter().skip(column).step_by(columns));
            by_output.copied().collect()
        };
        Ok(Dense { weights, bias })
    }
}
