//! Memory layout of a map: one plane after the other, each of eight channels.

use fearless_simd::{Simd, SimdBase, f32x8};

/// Channels of a plane, processed together.
pub(super) const LANES: usize = 8;

/// Eight channels of a pixel.
pub(super) type Lanes = [f32; LANES];

/// Planes of outputs of a panel: their sums are in registers at once.
pub(super) const PANEL: usize = 2;

/// The weights of eight inputs for the outputs of a panel.
pub(super) type Panel = [[Lanes; PANEL]; LANES];

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
pub(super) struct Clamp {
    pub min: f32,
    pub max: f32,
}

impl Clamp {
    pub const NONE: Self = Self { min: f32::NEG_INFINITY, max: f32::INFINITY };

    /// Whether zero lies within the range.
    pub fn keeps_zero(self) -> bool {
        self.min <= 0.0 && 0.0 <= self.max
    }

    /// Clamps `value`. NaN stays NaN: the operand that may be NaN stands last, and x86's
    /// instructions return the last operand in that case.
    #[inline(always)]
    pub fn keep<S: Simd>(self, simd: S, value: f32x8<S>) -> f32x8<S> {
        let min = f32x8::splat(simd, self.min);
        f32x8::splat(simd, self.max).min(min.max(value))
    }
}

/// What is applied to a sum before it is stored: a leaky ReLU, then a clamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Activation {
    /// The factor of values below 0, from 0 to 1.
    pub slope: Option<f32>,
    pub clamp: Clamp,
}

impl Activation {
    /// Applies it to `value`. NaN stays NaN.
    #[inline(always)]
    pub fn apply<S: Simd>(self, simd: S, value: f32x8<S>) -> f32x8<S> {
        let value = match self.slope {
            Some(slope) => (value * f32x8::splat(simd, slope)).max(value),
            None => value,
        };
        self.clamp.keep(simd, value)
    }
}
