//! Named tensors of a file, and the limits that are checked before memory is allocated for them.

use half::{bf16, f16};
use ndarray::ArrayView2;

use crate::error::{Result, fail};

/// Maximum size of a file: 32 MiB, enough for an expression network with its head.
pub(super) const MAX_FILE: usize = 32 << 20;

/// Maximum number of bytes of all unpacked tensors of a file: 64 MiB.
pub(super) const MAX_UNPACKED: usize = 2 * MAX_FILE;

/// Maximum number of tensors of a file.
pub(super) const MAX_TENSORS: usize = 4096;

/// A tensor and its name in the file.
pub(super) struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    /// Values in C order; for types other than f16, bf16, f32 and f64, the type's name.
    pub values: Result<Vec<f32>, String>,
}

/// The content of a file.
pub(super) struct TensorFile {
    /// Sorted by name.
    pub tensors: Vec<Tensor>,
    /// The entry `labels` of the file's metadata.
    pub labels: Option<String>,
}

/// The supported number types, all little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    Bf16,
    F32,
    F64,
}

impl Number {
    /// Returns the number of bytes of one value.
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Decodes the values in `bytes`; an incomplete value at the end is ignored.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            Self::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Self::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        }
    }
}

/// Transposes `values`, a row-major `rows` x `columns` matrix.
///
/// # Errors
/// `ModelLoad` if the number of values does not fit.
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Result<Vec<f32>> {
    match ArrayView2::from_shape((rows, columns), values) {
        Ok(matrix) => Ok(matrix.t().iter().copied().collect()),
        Err(_) => fail!(ModelLoad, "{} values do not fit the shape [{rows}, {columns}]", values.len()),
    }
}
