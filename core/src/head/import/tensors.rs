//! Files of named tensors, with every size bounded before memory is taken for it.

use half::{bf16, f16};

use super::{npz, safetensors};
use crate::error::{Result, fail};

/// The largest file that is read: 32 MiB, enough for an expression network with its head.
pub(super) const MAX_FILE: usize = 32 << 20;

/// The most bytes that all tensors of a file may unpack to: 64 MiB.
pub(super) const MAX_UNPACKED: usize = 2 * MAX_FILE;

/// The most tensors of a file.
pub(super) const MAX_TENSORS: usize = 4096;

/// The longest name of a tensor in bytes.
const MAX_NAME: usize = 256;

/// A tensor by its name in the file.
pub(super) struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    /// In C order; where the type is none of f16, bf16, f32 and f64, the type's name.
    pub values: Result<Vec<f32>, String>,
}

/// What a file holds.
pub(super) struct TensorFile {
    /// By name.
    pub tensors: Vec<Tensor>,
    /// The entry `labels` of the file's metadata.
    pub labels: Option<String>,
}

/// The tensors of an `.npz` or a `.safetensors` file, told apart by their first bytes.
pub(super) fn read(bytes: &[u8]) -> Result<TensorFile> {
    if bytes.len() > MAX_FILE {
        fail!(ModelLoad, "the file is larger than {MAX_FILE} bytes: save the head's tensors alone");
    }
    let mut file = if bytes.starts_with(b"PK\x03\x04") {
        TensorFile { tensors: npz::read(bytes)?, labels: None }
    } else if bytes.get(8) == Some(&b'{') {
        safetensors::read(bytes)?
    } else {
        fail!(ModelLoad, "neither an .npz nor a .safetensors file");
    };
    if let Some(tensor) = file.tensors.iter().find(|tensor| tensor.name.len() > MAX_NAME) {
        fail!(ModelLoad, "a tensor's name has {} bytes; {MAX_NAME} are the most", tensor.name.len());
    }
    file.tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(file)
}

/// The types of numbers that are read, all little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    Bf16,
    F32,
    F64,
}

impl Number {
    /// The bytes of one value.
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The values in `bytes`; a rest that is no whole value is left out.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            Self::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Self::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        }
    }
}

/// The transposed of `values`, which are `rows` x `columns`, row-major.
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
