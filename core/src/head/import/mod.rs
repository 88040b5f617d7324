//! Import of heads trained with Keras or PyTorch, from `.npz` and `.safetensors` files.
//!
//! A file holds named tensors of f16, bf16 (`.safetensors` only), f32 or f64. Each kind of head
//! takes these tensors; E is the number of values of a frame, C the number of classes:
//!
//! | kind | tensors (out, in) |
//! |---|---|
//! | logistic | `weight` (C, P), `bias` (C) |
//! | single-attention | `attention.weight` (E), `attention.bias` (1), `hidden.weight` (hidden, E), `hidden.bias` (hidden), `output.weight` (C, hidden), `output.bias` (C) |
//! | relation-attention | `frame.weight` or `q0` (E), `relation.weight` or `q1` (2 E: frame, summary), `output.weight` (C, 2 E), `output.bias` (C) |
//! | self-attention | `query.weight` (width, E), `value.weight` (width, E), `attention.weight` (width), `attention.bias` (1), `output.weight` (C, width), `output.bias` (C) |
//!
//! *Names.* A name may have any prefix (`module.`, `model/`), and a position or counter after the
//! layer's name (`output.0.weight`, `output_2/kernel:0`), if exactly one tensor then fits; `/` and
//! `.` are equivalent. For a logistic regression the file must have a single layer.
//! [`Options::names`] resolves the rest. A layer's bias is the one that shares its weight's prefix;
//! a missing bias is zero.
//!
//! *Layout.* A weight with `kernel` in its own name (or named `vars/0`) is (in, out) as in Keras,
//! any other (out, in) as in PyTorch. A name given as `output.kernel` means (in, out), too.
//!
//! *Frames.* P is D for the mean over frames, and 4 D for `[mean; standard deviation of the
//! population; minimum; maximum]`. E is D, or 2 D if a statistic of the clip is appended to each
//! frame's values: frame, then statistic. D is the length of a face's vector: expression (in the
//! pack's scale), then identity ([`crate::features::Features::head_input`]).
//!
//! The formulas are those of [`Body`]; a network with a different formula (a scaled attention, a
//! bias in a query) cannot be detected from its tensors' names and shapes alone.

mod dense;
mod file;
mod names;
mod npz;
mod safetensors;
mod tensors;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use self::dense::Dense;
use self::names::{Assignment, Leaf, Search, described};
use self::tensors::{MAX_FILE, TensorFile};
use super::{Body, ClipStatistic, Head, HeadKind, Pooling};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::labels;

/// Options of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The formula.
    pub kind: HeadKind,
    /// The classes, in the order of the output; empty to read them from the metadata of a
    /// `.safetensors` file (`labels`, separated by commas). Converted to the spelling of
    /// [`labels::canonical`].
    pub labels: Vec<String>,
    /// The required D; any other is refused.
    pub dimension: Option<usize>,
    /// D of the networks that the head is meant for; another D is accepted. It distinguishes the
    /// mean over frames from the statistics, which are four times as long.
    pub expected_dimension: Option<usize>,
    /// Pooling of a logistic regression. Default: the mean, or the statistics if D is known and
    /// fits them.
    pub pooling: Option<Pooling>,
    /// Statistic appended to each frame of a head with attention.
    pub statistic: Option<ClipStatistic>,
    /// Pairs of a canonical name and the tensor's name in the file.
    pub names: Vec<(String, String)>,
}

impl Options {
    /// Options that set only the kind.
    pub fn new(kind: HeadKind) -> Self {
        Self {
            kind,
            labels: Vec::new(),
            dimension: None,
            expected_dimension: None,
            pooling: None,
            statistic: None,
            names: Vec::new(),
        }
    }
}

/// An imported head and the tensors it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The head; its parameters are the file's (in memory: f32).
    pub head: Head,
    /// Each canonical name with its tensor in the file; `None` for a missing bias, which counts as
    /// zero.
    pub used: Vec<(String, Option<String>)>,
    /// The file's other tensors and their shapes.
    pub unused: Vec<String>,
}

/// Reads a head from the `.npz` or `.safetensors` file at `path`, at most 32 MiB.
///
/// # Errors
/// As in [`from_bytes`], with the path in the details; `ModelLoad` if the file cannot be read.
pub fn from_file(path: &Path, options: &Options) -> Result<Imported> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        Error::with_source(ErrorKind::ModelLoad, "the head's file cannot be read", error)
            .with_details(path.display().to_string())
    })?;
    from_bytes(&bytes, options).map_err(|error| error.about(path))
}

/// Reads a head from the bytes of an `.npz` or `.safetensors` file.
///
/// # Errors
/// `ModelLoad` if the file is damaged or too large, if a tensor is missing, or if names and shapes
/// are ambiguous or contradict each other; `InvalidOption` if they contradict the options.
pub fn from_bytes(bytes: &[u8], options: &Options) -> Result<Imported> {
    let file = file::read(bytes)?;
    let assigned = Search { kind: options.kind, tensors: &file.tensors, given: &options.names }.assign()?;
    let layers = assigned.iter().map(Dense::new).collect::<Result<Vec<_>>>()?;
    check_sizes(options.kind, &layers)?;
    let (body, dimension) = body(options, &layers)?;
    let labels = class_names(options, file.labels.as_deref(), layers.last().map_or(0, |layer| layer.outputs))?;
    let parameters = layers.into_iter().flat_map(Dense::into_parameters).collect();
    let head = Head::from_parameters(labels, dimension, body, parameters)?;
    Ok(Imported { head, used: used(&assigned), unused: unused(&file, &assigned) })
}

/// Checks that each layer takes the outputs of the layers before it.
fn check_sizes(kind: HeadKind, layers: &[Dense]) -> Result<()> {
    match (kind, layers) {
        (HeadKind::Logistic, [_]) => Ok(()),
        (HeadKind::SingleAttention, [attention, hidden, output]) => {
            hidden.takes(attention.inputs, "the length of attention.weight")?;
            output.takes(hidden.outputs, "what hidden.weight gives")
        }
        (HeadKind::RelationAttention, [frame, relation, output]) => {
            relation.takes(2 * frame.inputs, "twice the length of frame.weight")?;
            output.takes(2 * frame.inputs, "twice the length of frame.weight")
        }
        (HeadKind::SelfAttention, [query, value, attention, output]) => {
            value.takes(query.inputs, "what query.weight takes")?;
            if value.outputs != query.outputs {
                fail!(ModelLoad, "value.weight gives {} values, query.weight {}", value.outputs, query.outputs);
            }
            attention.takes(value.outputs, "what value.weight gives")?;
            output.takes(value.outputs, "what value.weight gives")
        }
        _ => fail!(Internal, "{} layers of {}", layers.len(), kind.name()),
    }
}

/// Returns the formula with its sizes, and D.
fn body(options: &Options, layers: &[Dense]) -> Result<(Body, usize)> {
    let inputs = layers[0].inputs;
    let known = options.dimension.or(options.expected_dimension);
    let is_known_times = |factor: usize| known.and_then(|known| known.checked_mul(factor)) == Some(inputs);
    if options.kind == HeadKind::Logistic {
        if options.statistic.is_some() {
            fail!(InvalidOption, "a logistic head has a pooling; a statistic belongs to the heads with attention");
        }
        let fitting = if is_known_times(4) { Pooling::Statistics } else { Pooling::Mean };
        let pooling = options.pooling.unwrap_or(fitting);
        let dimension = frame_values(options, inputs, pooling.descriptor_length(1))?;
        return Ok((Body::Logistic { pooling }, dimension));
    }
    if options.pooling.is_some() {
        fail!(InvalidOption, "a pooling belongs to the logistic head; {} has a statistic", options.kind.name());
    }
    let statistic = options.statistic;
    if statistic.is_none() && is_known_times(2) {
        fail!(
            InvalidOption,
            "the weights take {inputs} values, twice those of a frame: say which statistic (mean, deviation, maximum)"
        );
    }
    let dimension = frame_values(options, inputs, if statistic.is_some() { 2 } else { 1 })?;
    let body = match options.kind {
        HeadKind::SingleAttention => Body::SingleAttention { hidden: layers[1].outputs, statistic },
        HeadKind::SelfAttention => Body::SelfAttention { width: layers[0].outputs, statistic },
        HeadKind::RelationAttention | HeadKind::Logistic => Body::RelationAttention { statistic },
    };
    Ok((body, dimension))
}

/// Returns D, given that the weights take `inputs` values, `parts` times D.
fn frame_values(options: &Options, inputs: usize, parts: usize) -> Result<usize> {
    let dimension = inputs / parts;
    if dimension * parts != inputs {
        fail!(InvalidOption, "the weights take {inputs} values, which is not {parts} times those of a frame");
    }
    if let Some(asked) = options.dimension.filter(|asked| *asked != dimension) {
        fail!(
            InvalidOption,
            "the weights take {inputs} values, {dimension} of a frame; frames were said to have {asked}"
        );
    }
    Ok(dimension)
}

/// Returns the names of the head's `classes`, from the options or the file's metadata.
fn class_names(options: &Options, of_file: Option<&str>, classes: usize) -> Result<Vec<String>> {
    let names: Vec<String> = match of_file {
        _ if !options.labels.is_empty() => options.labels.iter().map(|name| labels::canonical(name)).collect(),
        Some(names) => names.split(',').map(labels::canonical).collect(),
        None => fail!(InvalidOption, "the file does not name its {classes} classes: give their labels in order"),
    };
    if names.len() != classes {
        let (count, names) = (names.len(), names.join(", "));
        fail!(
            InvalidOption,
            "the weights have {classes} classes, the labels name {count}";
            "the weights have {classes} classes, the labels name {count}: {names}"
        );
    }
    labels::check(&names)?;
    Ok(names)
}

fn used(assigned: &[Assignment<'_>]) -> Vec<(String, Option<String>)> {
    let tensors = |found: &Assignment<'_>| {
        let bias = (found.layer.tensor(Leaf::Bias), found.bias.map(|bias| bias.name.clone()));
        let weight = (found.layer.tensor(Leaf::Weight), Some(found.weight.name.clone()));
        std::iter::once(weight).chain(found.layer.bias.then_some(bias))
    };
    assigned.iter().flat_map(tensors).collect()
}

fn unused(file: &TensorFile, assigned: &[Assignment<'_>]) -> Vec<String> {
    let used: Vec<&str> =
        assigned.iter().flat_map(|found| [Some(found.weight), found.bias]).flatten().map(|t| t.name.as_str()).collect();
    let others = file.tensors.iter().filter(|tensor| !used.contains(&tensor.name.as_str()));
    others.map(described).collect()
}

#[cfg(test)]
mod tests;
