//! Depthwise convolutions of 3 x 3 pixels.

use std::ops::Range;

use fearless_simd::{Level, Simd, SimdFloat, SimdFrom, dispatch, f32x8};

use super::map::{Clamp, LANES, Lanes, Map};

const TAPS: usize = 3;

/// Outputs of a row whose sums are held in registers.
const GROUP: usize = 4;

/// A zero line above or below a map of at most this many columns.
static BESIDE: [Lanes; 256] = [[0.0; LANES]; 256];

/// A depthwise 3 x 3 convolution.
pub(super) struct Depthwise {
    /// The nine taps of each plane, row by row.
    weights: Vec<[Lanes; TAPS * TAPS]>,
    bias: Vec<Lanes>,
    form: Form,
}

/// Stride, padding and clamps of a [`Depthwise`].
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// Pixels from one output to the next, 1 or 2.
    pub stride: usize,
    /// Rows above and columns to the left of the map that the first output covers.
    pub before: (usize, usize),
    /// Applied to the values that are read.
    pub seen: Clamp,
    /// Applied to the values that are written.
    pub clamp: Clamp,
}

impl Depthwise {
    /// `weights` are channels x 9 taps.
    pub fn new(weights: &[f32], bias: &[f32], form: Form) -> Self {
        let planes = bias.len().div_ceil(LANES);
        let lanes = |plane: usize, values: &[f32], each: usize, part: usize| {
            std::array::from_fn(|lane| values.get((plane * LANES + lane) * each + part).copied().unwrap_or(0.0))
        };
        let taps = |plane| std::array::from_fn(|tap| lanes(plane, weights, TAPS * TAPS, tap));
        Self {
            weights: (0..planes).map(taps).collect(),
            bias: (0..planes).map(|plane| lanes(plane, bias, 1, 0)).collect(),
            form,
        }
    }

    /// Computes the output's `rows`; the map `to` begins with the first of them.
    pub fn run(&self, input: &[Lanes], from: Map, rows: Range<usize>, out: &mut [Lanes], to: Map) {
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || match (self.form.stride, self.form.seen == Clamp::NONE) {
                (1, true) => self.planes::<_, 1, false>(simd, input, from, rows, out, to),
                (1, false) => self.planes::<_, 1, true>(simd, input, from, rows, out, to),
                (_, true) => self.planes::<_, 2, false>(simd, input, from, rows, out, to),
                (_, false) => self.planes::<_, 2, true>(simd, input, from, rows, out, to),
            },
        ));
    }

    #[inline(always)]
    fn planes<S: Simd, const STEP: usize, const SEEN: bool>(
        &self,
        simd: S,
        input: &[Lanes],
        from: Map,
        rows: Range<usize>,
        out: &mut [Lanes],
        to: Map,
    ) {
        let inner = self.inner(from, to);
        for plane in 0..self.weights.len() {
            let filter = Filter::new(simd, &self.weights[plane], &self.bias[plane], self.form);
            let input = &input[plane * from.plane..][..from.pixels()];
            let out = &mut out[plane * to.plane..];
            for (index, row) in (rows.start..rows.end).enumerate() {
                let mut lines = [None; TAPS];
                each!(tap < TAPS, {
                    let line = row * STEP + tap;
                    if line >= self.form.before.0 && line < from.rows + self.form.before.0 {
                        lines[tap] = Some(&input[(line - self.form.before.0) * from.columns..][..from.columns]);
                    } else if !SEEN || self.form.seen.keeps_zero() {
                        lines[tap] = BESIDE.get(..from.columns);
                    }
                }, 0 1 2);
                let out = &mut out[index * to.columns..][..to.columns];
                filter.line::<STEP, SEEN>(simd, lines, inner.start, inner.end, out);
            }
        }
    }

    /// The output columns with all taps inside the map.
    fn inner(&self, from: Map, to: Map) -> Range<usize> {
        let before = self.form.before.1;
        let first = before.div_ceil(self.form.stride);
        let end = (from.columns + before).checked_sub(TAPS).map_or(0, |last| last / self.form.stride + 1);
        first..end.min(to.columns).max(first)
    }
}

/// The weights of a plane in registers.
#[derive(Clone, Copy)]
struct Filter<S: Simd> {
    taps: [f32x8<S>; TAPS * TAPS],
    bias: f32x8<S>,
    form: Form,
}

impl<S: Simd> Filter<S> {
    #[inline(always)]
    fn new(simd: S, weights: &[Lanes; TAPS * TAPS], bias: &Lanes, form: Form) -> Self {
        let bias = f32x8::simd_from(simd, *bias);
        let mut taps = [bias; TAPS * TAPS];
        for tap in 0..TAPS * TAPS {
            taps[tap] = f32x8::simd_from(simd, weights[tap]);
        }
        Self { taps, bias, form }
    }

    /// Computes a row of outputs; all taps of the columns `start..end` lie within their lines.
    #[inline(always)]
    fn line<const STEP: usize, const SEEN: bool>(
        self,
        simd: S,
        lines: [Option<&[Lanes]>; TAPS],
        start: usize,
        end: usize,
        out: &mut [Lanes],
    ) {
        let before = self.form.before.1;
        let (mut column, mut inner_end) = (start, start);
        if let [Some(above), Some(middle), Some(below)] = lines {
            let lines = [above, middle, below];
            while column + GROUP <= end {
                let group = self.inside::<STEP, SEEN, GROUP>(simd, lines, column * STEP - before);
                out[column..][..GROUP].copy_from_slice(&group);
                column += GROUP;
            }
            if column < end && start + GROUP <= end {
                // Recomputing some outputs is faster than computing the rest one by one.
                let group = self.inside::<STEP, SEEN, GROUP>(simd, lines, (end - GROUP) * STEP - before);
                out[end - GROUP..][..GROUP].copy_from_slice(&group);
                column = end;
            }
            while column < end {
                let [one] = self.inside::<STEP, SEEN, 1>(simd, lines, column * STEP - before);
                out[column] = one;
                column += 1;
            }
            inner_end = end;
        }
        for column in (0..start).chain(inner_end..out.len()) {
            out[column] = match lines {
                [Some(above), Some(middle), Some(below)] if !SEEN || self.form.seen.keeps_zero() => {
                    self.beside::<STEP, SEEN>(simd, [above, middle, below], column)
                }
                _ => self.checked::<STEP, SEEN>(simd, lines, column),
            };
        }
    }

    #[inline(always)]
    fn see<const SEEN: bool>(self, simd: S, lanes: Lanes) -> f32x8<S> {
        let value = f32x8::simd_from(simd, lanes);
        if SEEN { self.form.seen.keep(simd, value) } else { value }
    }

    #[inline(always)]
    fn done(self, simd: S, sum: f32x8<S>) -> Lanes {
        self.form.clamp.keep(simd, sum).into()
    }

    /// Computes `N` outputs with all taps within the lines, from column `at` of the lines on.
    #[inline(always)]
    fn inside<const STEP: usize, const SEEN: bool, const N: usize>(
        self,
        simd: S,
        lines: [&[Lanes]; TAPS],
        at: usize,
    ) -> [Lanes; N] {
        let mut sums = [self.bias; N];
        each!(row < TAPS, {
            let line = &lines[row][at..][..(N - 1) * STEP + TAPS];
            each!(n < N, {
                each!(tap < TAPS, {
                    let value = self.see::<SEEN>(simd, line[n * STEP + tap]);
                    sums[n] = value.mul_add(self.taps[TAPS * row + tap], sums[n]);
                }, 0 1 2);
            }, 0 1 2 3);
        }, 0 1 2);
        let mut out = [[0.0; LANES]; N];
        each!(n < N, { out[n] = self.done(simd, sums[n]) }, 0 1 2 3);
        out
    }

    /// Computes an output with some taps of each line outside the map, where all values are zero.
    #[inline(always)]
    fn beside<const STEP: usize, const SEEN: bool>(self, simd: S, lines: [&[Lanes]; TAPS], column: usize) -> Lanes {
        let mut seen = [[[0.0; LANES]; TAPS]; TAPS];
        each!(tap < TAPS, {
            let at = (column * STEP + tap).wrapping_sub(self.form.before.1);
            if at < lines[0].len() {
                each!(row < TAPS, { seen[row][tap] = lines[row][at] }, 0 1 2);
            }
        }, 0 1 2);
        let [one] = self.inside::<STEP, SEEN, 1>(simd, seen.each_ref().map(|line| line.as_slice()), 0);
        one
    }

    /// Computes an output with taps that may lie outside the map, where all values are zero.
    #[inline(always)]
    fn checked<const STEP: usize, const SEEN: bool>(
        self,
        simd: S,
        lines: [Option<&[Lanes]>; TAPS],
        column: usize,
    ) -> Lanes {
        let mut sum = self.bias;
        each!(row < TAPS, {
            if let Some(line) = lines[row] {
                each!(tap < TAPS, {
                    let at = (column * STEP + tap).wrapping_sub(self.form.before.1);
                    if at < line.len() {
                        sum = self.see::<SEEN>(simd, line[at]).mul_add(self.taps[TAPS * row + tap], sum);
                    }
                }, 0 1 2);
            }
        }, 0 1 2);
        self.done(simd, sum)
    }
}
