//! Networks in bytes: u8 activations, i8 weights, 32-bit sums.
//!
//! A byte `b` of a tensor stands for `(b - zero) * scale`, with the scale and zero that the
//! network's file states for the tensor (ONNX's `QuantizeLinear`). Maps are stored pixel by pixel
//! (NHWC), with a border of zeros if a convolution reads beyond their edge. Weights have one scale
//! per output and at most 7 bits, so that the sum of two products fits 16 bits and no kernel ever
//! saturates a sum: all kernels compute the same bytes.

mod depthwise;
mod kernels;
mod map;
mod plan;
#[cfg(target_arch = "aarch64")]
mod processor;
mod product;
mod rescale;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::QuantizedNetwork;
