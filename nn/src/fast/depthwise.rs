//! Depthwise convolutions of 3 x 3 pixels.

use std::ops::Range;

use super::lanes::{LANES, Lanes, TAPS};
use super::map::{Clamp, Map};
use super::number::{Arithmetic, Number, Work};

/// A depthwise 3 x 3 convolution.
pub(super) struct Depthwise<N> {
    /// The nine taps of each plane, row by row.
    weights: Vec<[Lanes<N>; TAPS * TAPS]>,
    bias: Vec<Lanes<N>>,
    form: Form<N>,
}

/// Stride, padding and clamps of a [`Depthwise`].
#[derive(Clone, Copy)]
pub(super) struct Form<N> {
    /// Pixels from one output to the next, 1 or 2.
    pub stride: usize,
    /// Rows above and columns to the left of the map that the first output covers.
    pub before: (usize, usize),
    /// Applied to the values that are read.
    pub seen: Clamp<N>,
    /// Applied to the values that are written.
    pub clamp: Clamp<N>,
}

impl<N: Number> Depthwise<N> {
    /// `weights` are channels x 9 taps.
    pub fn new(weights: &[f32], bias: &[f32], form: Form<N>) -> Self {
        let planes = bias.len().div_ceil(LANES);
        let lanes = |plane: usize, values: &[f32], each: usize, part: usize| {
            std::array::from_fn(|lane| values.get((plane * LANES + lane) * each + part).copied().map_or(N::ZERO, N::of))
        };
        let taps = |plane| std::array::from_fn(|tap| lanes(plane, weights, TAPS * TAPS, tap));
        Self {
            weights: (0..planes).map(taps).collect(),
            bias: (0..planes).map(|plane| lanes(plane, bias, 1, 0)).collect(),
            form,
        }
    }

    /// Computes the output's `rows`; the map `to` begins with the first of them.
    pub fn run(&self, input: &[Lanes<N>], from: Map, rows: Range<usize>, out: &mut [Lanes<N>], to: Map) {
        N::compute(Rows { depthwise: self, input, from, rows, out, to });
    }

    /// The output columns with all taps inside the map.
    fn inner(&self, from: Map, to: Map) -> Range<usize> {
        let before = self.form.before.1;
        let first = before.div_ceil(self.form.stride);
        let end = (from.columns + before).checked_sub(TAPS).map_or(0, |last| last / self.form.stride + 1);
        first..end.min(to.columns).max(first)
    }
}

/// Rows of outputs.
struct Rows<'a, N> {
    depthwise: &'a Depthwise<N>,
    input: &'a [Lanes<N>],
    from: Map,
    rows: Range<usize>,
    out: &'a mut [Lanes<N>],
    to: Map,
}

impl<N: Number> Work<N> for Rows<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(self, by: A) {
        let form = self.depthwise.form;
        match (form.stride, form.seen == Clamp::NONE) {
            (1, true) => self.planes::<A, 1, false>(by),
            (1, false) => self.planes::<A, 1, true>(by),
            (_, true) => self.planes::<A, 2, false>(by),
            (_, false) => self.planes::<A, 2, true>(by),
        }
    }
}

impl<N: Number> Rows<'_, N> {
    #[inline(always)]
    fn planes<A: Arithmetic<Number = N>, const STEP: usize, const SEEN: bool>(self, by: A) {
        let Self { depthwise: Depthwise { weights, bias, form }, input, from, rows, out, to } = self;
        let inner = self.depthwise.inner(from, to);
        for plane in 0..weights.len() {
            let filter = Filter::new(by, &weights[plane], &bias[plane], *form);
            let input = &input[plane * from.plane..][..from.pixels()];
            let out = &mut out[plane * to.plane..];
            for (index, row) in (rows.start..rows.end).enumerate() {
                let mut lines = [None; TAPS];
                each!(tap < TAPS, {
                    let line = row * STEP + tap;
                    if line >= form.before.0 && line < from.rows + form.before.0 {
                        lines[tap] = Some(&input[(line - form.before.0) * from.columns..][..from.columns]);
                    } else if !SEEN || form.seen.keeps_zero() {
                        lines[tap] = N::ZEROS.get(..from.columns);
                    }
                }, 0 1 2);
                let out = &mut out[index * to.columns..][..to.columns];
                filter.line::<STEP, SEEN>(lines, inner.start, inner.end, out);
            }
        }
    }
}

/// The weights of a plane in registers.
#[derive(Clone, Copy)]
struct Filter<A: Arithmetic> {
    by: A,
    taps: [A::Vector; TAPS * TAPS],
    bias: A::Vector,
    form: Form<A::Number>,
}

impl<A: Arithmetic> Filter<A> {
    #[inline(always)]
    fn new(by: A, weights: &[Lanes<A::Number>; TAPS * TAPS], bias: &Lanes<A::Number>, form: Form<A::Number>) -> Self {
        let bias = by.load(bias);
        let mut taps = [bias; TAPS * TAPS];
        for tap in 0..TAPS * TAPS {
            taps[tap] = by.load(&weights[tap]);
        }
        Self { by, taps, bias, form }
    }

    /// Computes a row of outputs; all taps of the columns `start..end` lie within their lines.
    #[inline(always)]
    fn line<const STEP: usize, const SEEN: bool>(
        self,
        lines: [Option<&[Lanes<A::Number>]>; TAPS],
        start: usize,
        end: usize,
        out: &mut [Lanes<A::Number>],
    ) {
        let before = self.form.before.1;
        let (mut column, mut inner_end) = (start, start);
        if let [Some(above), Some(middle), Some(below)] = lines {
            let lines = [above, middle, below];
            if A::GROUP == 8 {
                column = self.groups::<STEP, SEEN, 8>(lines, column, end, out);
            }
            column = self.groups::<STEP, SEEN, 4>(lines, column, end, out);
            while column < end {
                let [one] = self.inside::<STEP, SEEN, 1>(lines, column * STEP - before);
                out[column] = one;
                column += 1;
            }
            inner_end = end;
        }
        for column in (0..start).chain(inner_end..out.len()) {
            out[column] = match lines {
                [Some(above), Some(middle), Some(below)] if !SEEN || self.form.seen.keeps_zero() => {
                    self.beside::<STEP, SEEN>([above, middle, below], column)
                }
                _ => self.checked::<STEP, SEEN>(lines, column),
            };
        }
    }

    /// Computes `N` outputs at a time from `column` to `end`, all if there are so many; returns the first column that is
    /// left. All taps lie within the lines.
    #[inline(always)]
    fn groups<const STEP: usize, const SEEN: bool, const N: usize>(
        self,
        lines: [&[Lanes<A::Number>]; TAPS],
        start: usize,
        end: usize,
        out: &mut [Lanes<A::Number>],
    ) -> usize {
        let (before, mut column) = (self.form.before.1, start);
        while column + N <= end {
            let group = self.inside::<STEP, SEEN, N>(lines, column * STEP - before);
            out[column..][..N].copy_from_slice(&group);
            column += N;
        }
        if column < end && start + N <= end {
            // Recomputing some outputs is faster than computing the rest one by one.
            let group = self.inside::<STEP, SEEN, N>(lines, (end - N) * STEP - before);
            out[end - N..][..N].copy_from_slice(&group);
            column = end;
        }
        column
    }

    #[inline(always)]
    fn see<const SEEN: bool>(self, lanes: Lanes<A::Number>) -> A::Vector {
        let value = self.by.load(&lanes);
        if SEEN { self.form.seen.keep(self.by, value) } else { value }
    }

    #[inline(always)]
    fn done(self, sum: A::Vector) -> Lanes<A::Number> {
        self.by.store(self.form.clamp.keep(self.by, sum))
    }

    /// Computes `N` outputs with all taps within the lines, from column `at` of the lines on.
    #[inline(always)]
    fn inside<const STEP: usize, const SEEN: bool, const N: usize>(
        self,
        lines: [&[Lanes<A::Number>]; TAPS],
        at: usize,
    ) -> [Lanes<A::Number>; N] {
        let mut sums = [self.bias; N];
        each!(row < TAPS, {
            let line = &lines[row][at..][..(N - 1) * STEP + TAPS];
            each!(n < N, {
                each!(tap < TAPS, {
                    let value = self.see::<SEEN>(line[n * STEP + tap]);
                    sums[n] = self.by.mul_add(value, self.taps[TAPS * row + tap], sums[n]);
                }, 0 1 2);
            });
        }, 0 1 2);
        let mut out = [[A::Number::ZERO; LANES]; N];
        each!(n < N, { out[n] = self.done(sums[n]) });
        out
    }

    /// Computes an output with some taps of each line outside the map, where all values are zero.
    #[inline(always)]
    fn beside<const STEP: usize, const SEEN: bool>(
        self,
        lines: [&[Lanes<A::Number>]; TAPS],
        column: usize,
    ) -> Lanes<A::Number> {
        let mut seen = [[[A::Number::ZERO; LANES]; TAPS]; TAPS];
        each!(tap < TAPS, {
            let at = (column * STEP + tap).wrapping_sub(self.form.before.1);
            if at < lines[0].len() {
                each!(row < TAPS, { seen[row][tap] = lines[row][at] }, 0 1 2);
            }
        }, 0 1 2);
        let [one] = self.inside::<STEP, SEEN, 1>(seen.each_ref().map(|line| line.as_slice()), 0);
        one
    }

    /// Computes an output with taps that may lie outside the map, where all values are zero.
    #[inline(always)]
    fn checked<const STEP: usize, const SEEN: bool>(
        self,
        lines: [Option<&[Lanes<A::Number>]>; TAPS],
        column: usize,
    ) -> Lanes<A::Number> {
        let mut sum = self.bias;
        each!(row < TAPS, {
            if let Some(line) = lines[row] {
                each!(tap < TAPS, {
                    let at = (column * STEP + tap).wrapping_sub(self.form.before.1);
                    if at < line.len() {
                        sum = self.by.mul_add(self.see::<SEEN>(line[at]), self.taps[TAPS * row + tap], sum);
                    }
                }, 0 1 2);
            }
        }, 0 1 2);
        self.done(sum)
    }
}
