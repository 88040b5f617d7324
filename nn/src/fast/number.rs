//! The numbers that a network computes in, and the vectors of the processor that compute with them.

#[cfg(not(target_arch = "aarch64"))]
use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, dispatch, f32x8};

use super::map::{LANES, Lanes, PANEL, Panel};

/// Taps of a line of a convolution of 3 x 3 pixels.
pub(super) const TAPS: usize = 3;

/// The format of the values of maps and weights.
pub(crate) trait Number: Copy + PartialOrd + Send + Sync + 'static {
    /// The executor's name for people.
    const EXECUTOR: &'static str;
    const ZERO: Self;
    /// A line above or below a map of at most this many columns.
    const ZEROS: &[Lanes<Self>; 256];
    const INFINITY: Self;
    const NEG_INFINITY: Self;

    /// The nearest number to `value`.
    fn of(value: f32) -> Self;

    fn value(self) -> f32;

    /// Converts `values` to the numbers `to`, which are as many.
    fn convert(values: &[f32], to: &mut [Self]);

    /// Does `work` in the widest vectors of this processor.
    fn compute(work: impl Work<Self>);
}

/// Work that is compiled for each kind of vectors.
pub(crate) trait Work<N> {
    /// Must be `#[inline(always)]`, and all that it calls.
    fn run<A: Arithmetic<Number = N>>(self, by: A);
}

/// Vectors of eight numbers.
pub(crate) trait Arithmetic: Copy {
    type Number: Number;
    type Vector: Copy;

    /// Pixels whose sums for the outputs of a panel fill the registers; 5 to 8.
    const PIXELS: usize;

    /// Outputs of a row whose sums for a plane fill the registers beside the weights of nine taps; 4 or 8.
    const GROUP: usize;

    /// Whether [`Arithmetic::add_planes`] is faster than vectors one by one.
    const ADDS_PLANES: bool;

    fn load(self, lanes: &Lanes<Self::Number>) -> Self::Vector;
    fn splat(self, value: Self::Number) -> Self::Vector;
    fn store(self, vector: Self::Vector) -> Lanes<Self::Number>;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a * b + sum`, rounded once if the processor can.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, sum: Self::Vector) -> Self::Vector;

    /// The smaller values. NaN where `b` is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// The larger values. NaN where `b` is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// Outputs of a row whose sums for a panel fill the registers beside three taps' weights; 4 or 8.
    const COLUMNS: usize;

    /// `sums[m] += sum of taps[tap] * line[m * STEP + tap]`: adds the products of a line of a picture to the sums of `M`
    /// outputs of a row, which are `STEP` values apart.
    #[inline(always)]
    fn add_line<const STEP: usize, const M: usize>(
        self,
        line: &[Self::Number],
        taps: &[[Self::Vector; PANEL]; TAPS],
        sums: &mut [[Self::Vector; PANEL]; M],
    ) {
        let line = &line[..(M - 1) * STEP + TAPS];
        each!(m < M, {
            each!(tap < TAPS, {
                let value = self.splat(line[m * STEP + tap]);
                each!(c < PANEL, { sums[m][c] = self.mul_add(value, taps[tap][c], sums[m][c]) }, 0 1);
            }, 0 1 2);
        });
    }

    /// `sums[m] += sum of weights[plane] . pixels[plane][m]`: adds the products of `weights.len()` planes, at a distance
    /// of `plane` lanes, in the order of the inputs, to the sums of `M` pixels, at most [`PIXELS`](Arithmetic::PIXELS).
    ///
    /// # Panics
    /// If there are no weights, or the last plane does not have `M` pixels.
    fn add_planes<const M: usize, const C: usize>(
        self,
        weights: &[Panel<Self::Number>],
        pixels: &[Lanes<Self::Number>],
        plane: usize,
        sums: &mut [[Self::Vector; C]; M],
    );
}

/// The sums of a panel's outputs of a pixel.
pub(crate) type Sums<N> = [Lanes<N>; PANEL];

impl Number for f32 {
    const EXECUTOR: &'static str = "fused steps";
    const ZERO: Self = 0.0;
    const ZEROS: &[Lanes<Self>; 256] = &[[0.0; LANES]; 256];
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn of(value: f32) -> Self {
        value
    }

    fn value(self) -> f32 {
        self
    }

    fn convert(values: &[f32], to: &mut [Self]) {
        to.copy_from_slice(values);
    }

    fn compute(work: impl Work<Self>) {
        #[cfg(target_arch = "aarch64")]
        work.run(super::neon::Singles);
        #[cfg(not(target_arch = "aarch64"))]
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || work.run(Singles(simd)),
        ));
    }
}

/// Vectors of f32, of a set of instructions.
#[cfg(not(target_arch = "aarch64"))]
#[derive(Clone, Copy)]
struct Singles<S>(S);

#[cfg(not(target_arch = "aarch64"))]
impl<S: Simd> Arithmetic for Singles<S> {
    type Number = f32;
    type Vector = f32x8<S>;

    const PIXELS: usize = 6;

    const COLUMNS: usize = 4;
    const GROUP: usize = 4;
    const ADDS_PLANES: bool = false;

    #[inline(always)]
    fn load(self, lanes: &Lanes<f32>) -> f32x8<S> {
        f32x8::simd_from(self.0, *lanes)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> f32x8<S> {
        f32x8::splat(self.0, value)
    }

    #[inline(always)]
    fn store(self, vector: f32x8<S>) -> Lanes<f32> {
        vector.into()
    }

    #[inline(always)]
    fn add(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a + b
    }

    #[inline(always)]
    fn mul(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a * b
    }

    #[inline(always)]
    fn mul_add(self, a: f32x8<S>, b: f32x8<S>, sum: f32x8<S>) -> f32x8<S> {
        a.mul_add(b, sum)
    }

    #[inline(always)]
    fn min(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a.min(b)
    }

    #[inline(always)]
    fn max(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a.max(b)
    }

    #[inline(always)]
    fn add_planes<const M: usize, const C: usize>(
        self,
        _: &[Panel<f32>],
        _: &[Lanes<f32>],
        _: usize,
        _: &mut [[f32x8<S>; C]; M],
    ) {
        unreachable!("vectors one by one are as fast");
    }
}
