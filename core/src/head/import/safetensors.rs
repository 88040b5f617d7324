//! `.safetensors`: a JSON header of names, types and shapes, then the values.

use std::fmt::Display;

use safetensors::{Dtype, SafeTensors};

use super::tensors::{MAX_TENSORS, Number, Tensor, TensorFile};
use crate::error::{Error, ErrorKind, Result, fail};

/// Maximum size of the JSON header: 1 MiB.
const MAX_HEADER: u64 = 1 << 20;

/// Reads the tensors of the file `bytes`, and the `labels` of its metadata.
pub(super) fn read(bytes: &[u8]) -> Result<TensorFile> {
    let header = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    if header > MAX_HEADER {
        fail!(ModelLoad, "the header has {header} bytes; the maximum is {MAX_HEADER}");
    }
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let labels = metadata.metadata().as_ref().and_then(|entries| entries.get("labels")).cloned();
    let views = SafeTensors::deserialize(bytes).map_err(damaged)?;
    if views.len() > MAX_TENSORS {
        fail!(ModelLoad, "the file has {} tensors; the maximum is {MAX_TENSORS}", views.len());
    }
    let tensors = views.iter().map(|(name, view)| Tensor {
        name: name.to_owned(),
        shape: view.shape().to_vec(),
        values: number(view.dtype()).map(|number| number.decode(view.data())),
    });
    Ok(TensorFile { tensors: tensors.collect(), labels })
}

fn damaged(error: impl Display) -> Error {
    // A parser's message quotes the file's content.
    Error::new(ErrorKind::ModelLoad, "the file is damaged").with_details(format!("the file is damaged: {error}"))
}

/// Returns the type, or its name if it is not supported.
fn number(kind: Dtype) -> Result<Number, String> {
    match kind {
        Dtype::F16 => Ok(Number::F16),
        Dtype::BF16 => Ok(Number::Bf16),
        Dtype::F32 => Ok(Number::F32),
        Dtype::F64 => Ok(Number::F64),
        other => Err(other.to_string()),
    }
}
