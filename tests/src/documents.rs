//! The Rust blocks of the documents, compiled as tests of this crate.

#[doc = include_str!("../../docs/guides/rust.md")]
mod rust_guide {}
