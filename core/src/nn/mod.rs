//! Neural networks behind one trait. [`tract`] is the only file that names tract.

mod tract;

use crate::error::{Result, fail};

pub(crate) use tract::linear_tail;
pub use tract::{LinearLayer, TractNetwork, inspect};

/// The tensors of an ONNX file by name and shape, as `mien models add` shows and checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The inputs; `None` stands for a free dimension.
    pub inputs: Vec<(String, Vec<Option<usize>>)>,
    /// The outputs' names.
    pub outputs: Vec<String>,
    /// The input of the last fully connected layer, where an output is made by one.
    pub before_last_layer: Option<String>,
}

/// A network with one picture as input and some vectors or maps as outputs, all f32.
pub trait Network: Send + Sync {
    /// The input's shape, NCHW with N = 1.
    fn input_shape(&self) -> [usize; 4];

    /// The number of values of each output, in the order in which they were asked for.
    fn output_lengths(&self) -> &[usize];

    /// Runs the network on `input` (NCHW, normalised) and returns the outputs in order,
    /// each flattened in row-major order.
    ///
    /// # Errors
    /// `Internal` where `input` has another length or the execution fails.
    fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>>;
}

/// Runs `network` and refuses outputs that are not finite, so that NaN never travels on.
///
/// # Errors
/// `Internal`, naming `role`, for a value that is NaN or infinite; else as [`Network::run`].
pub fn run_checked(network: &dyn Network, role: &str, input: &[f32]) -> Result<Vec<Vec<f32>>> {
    let outputs = network.run(input)?;
    for (index, output) in outputs.iter().enumerate() {
        if let Some(position) = output.iter().position(|value| !value.is_finite()) {
            fail!(Internal, "the {role} network gave {} at position {position} of output {index}", output[position]);
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    struct Broken(f32);

    impl Network for Broken {
        fn input_shape(&self) -> [usize; 4] {
            [1, 3, 1, 1]
        }
        fn output_lengths(&self) -> &[usize] {
            &[2]
        }
        fn run(&self, _: &[f32]) -> Result<Vec<Vec<f32>>> {
            Ok(vec![vec![0.0, self.0]])
        }
    }

    #[test]
    fn values_that_are_not_finite_are_errors() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = run_checked(&Broken(value), "identity", &[0.0; 3]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal);
            assert!(error.to_string().contains("the identity network gave"), "{error}");
        }
        assert!(run_checked(&Broken(1.0), "identity", &[0.0; 3]).is_ok());
    }
}
