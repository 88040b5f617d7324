//! The numbers that a network computes in, and the vectors of the processor that compute with them.

use super::lanes::{LANES, Lanes, PANEL, Panel, TAPS};

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

    /// Outputs of a row whose sums for a panel fill the registers beside three taps' weights; 4 or 8.
    const COLUMNS: usize;

    /// Outputs of a row whose sums for a plane fill the registers beside the weights of nine taps; 4 or 8.
    const GROUP: usize;

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
    /// of `plane` lanes, in the order of the inputs, to the sums of `M` pixels, at most [`PIXELS`](Arithmetic::PIXELS),
    /// for the first `C` planes of a panel's outputs.
    ///
    /// # Panics
    /// If a plane does not have `M` pixels.
    #[inline(always)]
    fn add_planes<const M: usize, const C: usize>(
        self,
        weights: &[Panel<Self::Number>],
        pixels: &[Lanes<Self::Number>],
        plane: usize,
        sums: &mut [[Self::Vector; C]; M],
    ) {
        add_planes(self, weights, pixels, plane, sums);
    }
}

/// Computes [`Arithmetic::add_planes`] vector by vector.
#[inline(always)]
pub(super) fn add_planes<A: Arithmetic, const M: usize, const C: usize>(
    by: A,
    weights: &[Panel<A::Number>],
    pixels: &[Lanes<A::Number>],
    plane: usize,
    sums: &mut [[A::Vector; C]; M],
) {
    let mut at = 0;
    for panel in weights {
        let pixels = &pixels[at..][..M];
        at += plane;
        each!(lane < LANES, {
            let mut weights = [by.splat(A::Number::ZERO); C];
            each!(c < C, { weights[c] = by.load(&panel[lane][c]) }, 0 1);
            each!(m < M, {
                let value = by.splat(pixels[m][lane]);
                each!(c < C, { sums[m][c] = by.mul_add(value, weights[c], sums[m][c]) }, 0 1);
            });
        });
    }
}
