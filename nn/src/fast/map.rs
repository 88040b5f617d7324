//! Memory layout of a map: one plane after the other, each of eight channels.

use super::lanes::LANES;
use super::number::{Arithmetic, Number};

/// The shape of a map, rows x columns x channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    pub rows: usize,
    pub columns: usize,
    /// The number of planes; unused channels of the last plane are zero.
    pub planes: usize,
    /// The distance between planes, in lanes.
    pub plane: usize,
}

impl Map {
    pub fn new(rows: usize, columns: usize, channels: usize) -> Self {
        // An odd number of cache lines (two lanes each): planes at a power-of-two distance would
        // compete for the same few cache sets.
        let plane = (rows * columns).div_ceil(4) * 4 + 2;
        Self { rows, columns, planes: channels.div_ceil(LANES), plane }
    }

    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// The total number of lanes.
    pub fn len(&self) -> usize {
        self.planes * self.plane
    }
}

/// The range that values are clamped to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clamp<N> {
    min: N,
    max: N,
}

impl<N: Number> Clamp<N> {
    pub const NONE: Self = Self { min: N::NEG_INFINITY, max: N::INFINITY };

    pub fn new(min: f32, max: f32) -> Self {
        Self { min: N::of(min), max: N::of(max) }
    }

    /// Whether zero lies within the range.
    pub fn keeps_zero(self) -> bool {
        self.min <= N::ZERO && N::ZERO <= self.max
    }

    /// Clamps `value`. NaN stays NaN: the operand that may be NaN stands last, and x86's
    /// instructions return the last operand in that case.
    #[inline(always)]
    pub fn keep<A: Arithmetic<Number = N>>(self, by: A, value: A::Vector) -> A::Vector {
        by.min(by.splat(self.max), by.max(by.splat(self.min), value))
    }
}

/// What is applied to a sum before it is stored: a leaky ReLU, then a clamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Activation<N> {
    /// The factor of values below 0, from 0 to 1.
    pub slope: Option<N>,
    pub clamp: Clamp<N>,
}

impl<N: Number> Activation<N> {
    /// Applies it to `value`. NaN stays NaN.
    #[inline(always)]
    pub fn apply<A: Arithmetic<Number = N>>(self, by: A, value: A::Vector) -> A::Vector {
        let value = match self.slope {
            Some(slope) => by.max(by.mul(value, by.splat(slope)), value),
            None => value,
        };
        self.clamp.keep(by, value)
    }
}
