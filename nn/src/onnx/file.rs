//! An ONNX file with its tensors and nodes indexed by name.

use std::collections::HashMap;

use bytes::Buf;
use prost::Message;

use super::constant::Constant;
use super::messages::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use crate::error::{Error, ErrorKind, Result, fail};

/// Parses the ONNX file in `bytes` and returns its graph.
///
/// # Errors
/// `InvalidModel` if the bytes are no ONNX file.
pub(super) fn parse(bytes: impl Buf) -> Result<GraphProto> {
    let model = ModelProto::decode(bytes)
        .map_err(|error| Error::new(ErrorKind::InvalidModel, format!("not a network that can be loaded: {error}")))?;
    match model.graph {
        Some(graph) => Ok(graph),
        None => fail!(InvalidModel, "not a network that can be loaded: the file holds no graph"),
    }
}

/// A graph; constants are read on demand and not kept, as the file mostly holds them as bytes.
pub(super) struct File<'a> {
    pub graph: &'a GraphProto,
    initializers: HashMap<&'a str, &'a TensorProto>,
    makers: HashMap<&'a str, &'a NodeProto>,
}

impl<'a> File<'a> {
    pub fn new(graph: &'a GraphProto) -> Self {
        let initializers = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        let outputs = |node: &'a NodeProto| node.output.iter().map(move |output| (output.as_str(), node));
        Self { graph, initializers, makers: graph.node.iter().flat_map(outputs).collect() }
    }

    /// The inputs without a value in the file.
    pub fn inputs(&self) -> Vec<&'a ValueInfoProto> {
        self.graph.input.iter().filter(|input| !self.initializers.contains_key(input.name.as_str())).collect()
    }

    /// Returns the node that makes the tensor `name`.
    pub fn maker(&self, name: &str) -> Option<&'a NodeProto> {
        self.makers.get(name).copied()
    }

    /// Returns the `QuantizeLinear` before a `DequantizeLinear`.
    pub fn quantizer(&self, dequantize: &NodeProto) -> Option<&'a NodeProto> {
        self.maker(input(dequantize, 0)?).filter(|maker| maker.op_type == "QuantizeLinear")
    }

    /// Returns the name of the tensor before it was quantized and dequantized to `name`, or `name`
    /// if it was not.
    pub fn unquantized<'b>(&'b self, name: &'b str) -> &'b str {
        let before = || {
            let dequantize = self.maker(name).filter(|maker| maker.op_type == "DequantizeLinear")?;
            input(self.quantizer(dequantize)?, 0)
        };
        before().unwrap_or(name)
    }

    /// Returns the tensor `name` if the file states its values, plain or quantized; `None` if it is
    /// computed or absent.
    ///
    /// # Errors
    /// `InvalidModel` if the values are inconsistent.
    pub fn constant(&self, name: &str) -> Result<Option<Constant>> {
        if let Some(stored) = self.stored(name)? {
            return Ok(Some(stored));
        }
        match self.maker(name) {
            Some(maker) if maker.op_type == "DequantizeLinear" => self.dequantized(maker),
            _ => Ok(None),
        }
    }

    /// Returns the tensor like [`File::constant`], but only if it is not quantized.
    pub fn stored(&self, name: &str) -> Result<Option<Constant>> {
        let constant = || self.maker(name).filter(|maker| maker.op_type == "Constant");
        let value = || attribute(constant()?, "value").and_then(|value| value.t.as_ref());
        self.initializers.get(name).copied().or_else(value).map(Constant::read).transpose()
    }

    /// Returns the output of a `DequantizeLinear` if all its inputs are stored.
    fn dequantized(&self, node: &NodeProto) -> Result<Option<Constant>> {
        let stored = |index| input(node, index).map_or(Ok(None), |name| self.stored(name));
        let (Some(value), Some(scale)) = (stored(0)?, stored(1)?) else { return Ok(None) };
        let zero = stored(2)?;
        if zero.is_none() && input(node, 2).is_some() {
            return Ok(None);
        }
        let axis = attribute(node, "axis").map_or(1, |axis| axis.i);
        value.dequantized(scale, zero.as_ref(), axis).map(Some)
    }
}

/// Returns the name of an input of `node`, if it has that input.
pub(super) fn input(node: &NodeProto, index: usize) -> Option<&str> {
    node.input.get(index).map(String::as_str).filter(|name| !name.is_empty())
}

pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}
