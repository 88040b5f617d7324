//! An executor for small convolutional networks such as MobileNets.
//!
//! A [`Graph`](super::graph::Graph) becomes a list of fused steps. Maps are stored plane by plane,
//! each plane holding eight channels: consecutive pixels are adjacent for every kernel, and the
//! strides that a kernel reads with are compile-time constants. Networks with ranges for all
//! tensors run in bytes, see [`int8`].

mod convolution;
mod depthwise;
mod int8;
mod lanes;
mod map;
mod memory;
#[cfg(target_arch = "aarch64")]
mod neon;
mod number;
mod plain_half;
mod plan;
mod product;
mod run;
mod siblings;
mod single;
mod small;

pub(crate) use int8::QuantizedNetwork;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::computes_in_f16;
pub(crate) use plain_half::PlainHalf;
pub(crate) use run::FastNetwork;

#[cfg(test)]
mod tests;
