//! Reading files of named tensors, whichever of the two formats they have.

use super::tensors::{MAX_FILE, TensorFile};
use super::{npz, safetensors};
use crate::error::{Result, fail};

/// Maximum length of a tensor's name in bytes.
const MAX_NAME: usize = 256;

/// Reads the tensors of an `.npz` or a `.safetensors` file; its first bytes tell which it is.
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
        fail!(ModelLoad, "a tensor's name has {} bytes; the maximum is {MAX_NAME}", tensor.name.len());
    }
    file.tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(file)
}
