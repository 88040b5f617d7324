//! An executor for small convolutional networks: MobileNets and their like.
//!
//! A [`Graph`](super::graph::Graph) becomes a list of fused steps. Maps lie plane by plane, a plane
//! being eight channels: so pixels that follow each other are adjacent for every kernel, and what a
//! kernel reads lies at distances that are known when it is compiled. Networks whose file gives the
//! ranges of all tensors run in bytes, see [`int8`].

mod convolution;
mod depthwise;
mod int8;
mod map;
mod memory;
mod plan;
mod pointwise;
mod run;
mod siblings;
mod small;

pub(crate) use int8::QuantizedNetwork;
pub(crate) use run::FastNetwork;

#[cfg(test)]
mod tests;
