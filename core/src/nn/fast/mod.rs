//! An executor for small convolutional networks: MobileNets and their like.
//!
//! A [`Graph`](super::graph::Graph) becomes a list of fused steps. Maps lie plane by plane, a plane
//! being eight channels: so pixels that follow each other are adjacent for every kernel, and what a
//! kernel reads lies at distances that are known when it is compiled.

mod convolution;
mod depthwise;
mod map;
mod plan;
mod pointwise;
mod run;
mod siblings;
mod small;

pub(crate) use run::FastNetwork;

#[cfg(test)]
mod tests;
