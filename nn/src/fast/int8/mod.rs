//! Networks in bytes: u8 activations, i8 weights, 32-bit sums.
//!
//! A byte `b` of a tensor stands for `(b - zero) * scale`, the scale and the zero being those that
//! the network's file gives for the tensor (ONNX's `QuantizeLinear`). Maps lie pixel by pixel (NHWC)
//! with a border of zeros where a convolution looks beyond their edge. Weights have a scale for each
//! output and at most 7 bits, so that the sum of two products takes 16 bits and no kernel ever cuts
//! a sum: all of them give the same bytes.

mod depthwise;
mod kernels;
mod map;
mod plan;
mod product;
mod rescale;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::QuantizedNetwork;
