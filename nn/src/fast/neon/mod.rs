//! Arithmetic of AArch64, in f32 and in f16.
#![allow(unsafe_code)]

mod half;
mod single;

pub(crate) use half::computes_in_f16;
pub(super) use single::Singles;
