//! Limits on the numbers in an ONNX file, for executors that allocate memory as the file says.

use bytes::Buf;

use super::file;
use super::messages::{AttributeProto, GraphProto, TensorProto};
use crate::error::{Result, fail};

/// The maximum number of operators of a network.
const MAX_NODES: usize = 20_000;
/// The maximum side of a kernel, stride or dilation.
const LARGEST_STEP: i64 = 512;
/// The maximum number of positions of a kernel.
const LARGEST_KERNEL: i64 = 1 << 16;
/// The maximum padding at one end.
const LARGEST_PADDING: i64 = 4096;
/// The `TensorProto.DataType` of tensors of 64-bit integers.
const I64: i32 = 7;
/// The number of integers at a tensor's start that may be sizes and are checked.
const MAX_SIZES: usize = 1024;
/// The maximum of any other number.
const LARGEST_COUNT: i64 = 1 << 24;

/// Checks that a small ONNX file cannot ask for a lot of memory or time: tensors hold as many
/// values as their shapes claim, attributes are in the range of real networks, and no node holds a
/// subgraph, which could run any number of times.
///
/// # Errors
/// `InvalidModel`, naming the number out of bounds, or if the bytes are no ONNX file.
pub(crate) fn check(bytes: impl Buf) -> Result<()> {
    let GraphProto { node, initializer, sparse_initializer, .. } = file::parse(bytes)?;
    if node.len() > MAX_NODES {
        fail!(InvalidModel, "the network has {} operators; the maximum is {MAX_NODES}", node.len());
    }
    if !sparse_initializer.is_empty() {
        fail!(InvalidModel, "the network has sparse tensors");
    }
    initializer.iter().try_for_each(check_tensor)?;
    for node in &node {
        for attribute in &node.attribute {
            check_attribute(attribute, &node.op_type)?;
        }
    }
    Ok(())
}

/// Checks that a tensor holds as many values as its shape claims.
fn check_tensor(tensor: &TensorProto) -> Result<()> {
    let count = tensor.dims.iter().try_fold(1usize, |count, &side| count.checked_mul(usize::try_from(side).ok()?));
    // 4-bit values share bytes; a complex value has two numbers.
    let lists = [tensor.float_data.len(), tensor.int32_data.len(), tensor.int64_data.len(), tensor.double_data.len()];
    let lists = lists.into_iter().chain([tensor.uint64_data.len(), tensor.string_data.len()]);
    let held = lists.chain([tensor.raw_data.len()]).max().unwrap_or(0).saturating_mul(2);
    if count.is_none_or(|count| count > held) {
        fail!(InvalidModel, "{} claims the shape {:?} and does not hold that many values", tensor.name, tensor.dims);
    }
    let raw = if tensor.data_type == I64 { tensor.raw_data.as_chunks().0 } else { &[] };
    let integers = raw.iter().map(|&bytes| i64::from_le_bytes(bytes)).chain(tensor.int64_data.iter().copied());
    if let Some(integer) = integers.take(MAX_SIZES).find(|&integer| !is_a_size(integer)) {
        fail!(InvalidModel, "{} holds {integer}, which is not a size", tensor.name);
    }
    Ok(())
}

/// Whether `value` may be a size: it fits 32 bits, or is an extreme value, as slices use for an
/// open end.
fn is_a_size(value: i64) -> bool {
    i32::try_from(value).is_ok() || !(i64::MIN + 8..=i64::MAX - 8).contains(&value)
}

fn check_attribute(attribute: &AttributeProto, operator: &str) -> Result<()> {
    let AttributeProto { name, ints, i, f, floats, .. } = attribute;
    if !attribute.g.is_empty() || !attribute.graphs.is_empty() || !attribute.sparse_tensor.is_empty() {
        fail!(InvalidModel, "a {operator} holds a graph or a sparse tensor");
    }
    attribute.t.iter().chain(&attribute.tensors).try_for_each(check_tensor)?;
    let range = match name.as_str() {
        "kernel_shape" | "strides" | "dilations" | "blocksize" | "kernel" => 1..=LARGEST_STEP,
        "pads" | "paddings" | "output_padding" | "size" | "border" => -LARGEST_PADDING..=LARGEST_PADDING,
        // The end of a slice may exceed the size; constants, types and seeds take no memory.
        "starts" | "ends" | "value_int" | "value_ints" | "seed" | "to" | "dtype" => i64::MIN..=i64::MAX,
        _ => -LARGEST_COUNT..=LARGEST_COUNT,
    };
    if let Some(number) = ints.iter().chain([i]).find(|number| !range.contains(number) && **number != 0) {
        fail!(InvalidModel, "a {operator} has {name} {number}, which is out of bounds");
    }
    let places = ints.iter().try_fold(1i64, |places, &side| places.checked_mul(side));
    if name == "kernel_shape" && places.is_none_or(|places| !(1..=LARGEST_KERNEL).contains(&places)) {
        fail!(InvalidModel, "a {operator} has the kernel {ints:?}, which is out of bounds");
    }
    let scales = floats.iter().chain([f]);
    if matches!(name.as_str(), "scales" | "scale" | "height_scale" | "width_scale")
        && let Some(scale) = scales.into_iter().find(|scale| !(scale.is_finite() && scale.abs() <= LARGEST_STEP as f32))
    {
        fail!(InvalidModel, "a {operator} has {name} {scale}, which is out of bounds");
    }
    Ok(())
}
