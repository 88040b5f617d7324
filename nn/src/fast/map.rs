//! Where a map lies in memory: one plane after the other, each of eight channels.

use fearless_simd::{Simd, SimdBase, f32x8};

/// Channels of a plane, which are worked on at once.
pub(super) const LANES: usize = 8;

/// Eight channels of a pixel.
pub(super) type Lanes = [f32; LANES];

/// The shape of a map, rows x columns x channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    pub rows: usize,
    pub columns: usize,
    /// Planes; channels that fill up the last are zero.
    pub planes: usize,
    /// Lanes from one plane to the next.
    pub plane: usize,
}

impl Map {
    pub fn new(rows: usize, columns: usize, channels: usize) -> Self {
        // An odd number of cache lines (two lanes each): planes that lie a power of two apart
        // would fall into the same few lines of a cache.
        let plane = (rows * columns).div_ceil(4) * 4 + 2;
        Self { rows, columns, planes: channels.div_ceil(LANES), plane }
    }

    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Lanes in all.
    pub fn len(&self) -> usize {
        self.planes * self.plane
    }
}

/// The range that values are kept within.
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

    /// `value` within the range. A value that is no number stays none: the operand that may be
    /// one stands last, which x86's instructions return then.
    #[inline(always)]
    pub fn keep<S: Simd>(self, simd: S, value: f32x8<S>) -> f32x8<S> {
        let min = f32x8::splat(simd, self.min);
        f32x8::splat(simd, self.max).min(min.max(value))
    }
}
