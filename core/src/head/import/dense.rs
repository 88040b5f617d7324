//! The weights of one layer, converted to one layout.

use super::names::{Assignment, Layer, Leaf, described};
use super::tensors::{Tensor, transposed};
use crate::error::{Result, fail};

/// A layer `W x + b`.
#[derive(Debug)]
pub(super) struct Dense {
    layer: &'static Layer,
    pub inputs: usize,
    pub outputs: usize,
    /// Outputs x inputs, row-major.
    weights: Vec<f32>,
    /// One value per output; empty if the formula has no bias.
    bias: Vec<f32>,
}

impl Dense {
    /// Reads the layer from its tensors.
    pub fn new(assigned: &Assignment<'_>) -> Result<Self> {
        let Assignment { layer, weight, input_first, bias } = assigned;
        let values = numbers(weight)?;
        let (outputs, inputs) = match *weight.shape.as_slice() {
            _ if layer.vector && is_vector(weight) => (1, values.len()),
            [inputs, outputs] if *input_first && !layer.vector => (outputs, inputs),
            [outputs, inputs] if !layer.vector => (outputs, inputs),
            _ => {
                let wanted = if layer.vector { "a vector" } else { "two sides" };
                fail!(ModelLoad, "the tensor {} has the wrong shape; {wanted} is expected", described(weight));
            }
        };
        let weights =
            if *input_first && !layer.vector { transposed(values, inputs, outputs)? } else { values.to_vec() };
        let bias = bias.map(numbers_of_vector).transpose()?;
        if let Some(bias) = bias.filter(|_| !layer.bias)
            && bias.iter().any(|value| *value != 0.0)
        {
            fail!(ModelLoad, "{} is not zero, but the formula has no such bias", layer.tensor(Leaf::Bias));
        }
        let bias = match bias {
            _ if !layer.bias => Vec::new(),
            Some(bias) if bias.len() == outputs => bias.to_vec(),
            Some(bias) => fail!(
                ModelLoad,
                "{} has {} values, {} gives {outputs}",
                layer.tensor(Leaf::Bias),
                bias.len(),
                layer.tensor(Leaf::Weight)
            ),
            None => vec![0.0; outputs],
        };
        Ok(Self { layer, inputs, outputs, weights, bias })
    }

    /// Checks that the layer takes `values` inputs; `what` names their origin in the error.
    pub fn takes(&self, values: usize, what: &str) -> Result<()> {
        if self.inputs != values {
            let name = self.layer.tensor(Leaf::Weight);
            fail!(ModelLoad, "{name} takes {} values, but {what} is {values}", self.inputs);
        }
        Ok(())
    }

    /// Returns the weights, then the bias.
    pub fn into_parameters(self) -> impl Iterator<Item = f32> {
        self.weights.into_iter().chain(self.bias)
    }
}

/// Whether at most one dimension is longer than 1.
fn is_vector(tensor: &Tensor) -> bool {
    tensor.shape.iter().filter(|side| **side != 1).count() <= 1
}

/// Returns the values of a tensor, which must all be finite.
fn numbers(tensor: &Tensor) -> Result<&[f32]> {
    match &tensor.values {
        Ok(values) if values.is_empty() => fail!(ModelLoad, "the tensor {} is empty", described(tensor)),
        Ok(values) if values.iter().all(|value| value.is_finite()) => Ok(values),
        Ok(_) => fail!(ModelLoad, "the tensor {} holds a value that is not finite", described(tensor)),
        Err(kind) => fail!(ModelLoad, "the tensor {} holds {kind}; floats are expected", described(tensor)),
    }
}

fn numbers_of_vector(tensor: &Tensor) -> Result<&[f32]> {
    if !is_vector(tensor) {
        fail!(ModelLoad, "the tensor {} has the wrong shape; a vector is expected", described(tensor));
    }
    numbers(tensor)
}
