//! The first convolution of a network: 3 x 3 pixels over all planes of the input.

use super::lanes::{LANES, Lanes, PANEL, Sums, TAPS};
use super::map::{Clamp, Map};
use super::number::{Arithmetic, Number, Work};

/// A 3 x 3 convolution of a picture.
pub(super) struct Convolution<N> {
    /// The taps of each line, panel by panel.
    weights: Vec<[Sums<N>; TAPS]>,
    /// Picture lines that one output depends on.
    lines: usize,
    bias: Vec<Sums<N>>,
    outputs: usize,
    stride: usize,
    before: (usize, usize),
    clamp: Clamp<N>,
}

impl<N: Number> Convolution<N> {
    /// `weights` are outputs x planes x rows x columns. `before`: rows above and columns to the
    /// left of the picture that the first output covers.
    pub fn new(weights: &[f32], bias: &[f32], stride: usize, before: (usize, usize), clamp: Clamp<N>) -> Self {
        let panels = bias.len().div_ceil(PANEL * LANES);
        let lines = weights.len() / (bias.len() * TAPS);
        let lanes = |panel: usize, values: &[f32], each: usize, index: usize| -> Sums<N> {
            let output = |part: usize, lane: usize| (panel * PANEL + part) * LANES + lane;
            std::array::from_fn(|part| {
                std::array::from_fn(|lane| {
                    values.get(output(part, lane) * each + index).copied().map_or(N::ZERO, N::of)
                })
            })
        };
        let taps = |panel, line| std::array::from_fn(|tap| lanes(panel, weights, lines * TAPS, line * TAPS + tap));
        Self {
            weights: (0..panels)
                .flat_map(|panel| (0..lines).map(move |line| (panel, line)))
                .map(|(panel, line)| taps(panel, line))
                .collect(),
            lines,
            bias: (0..panels).map(|panel| lanes(panel, bias, 1, 0)).collect(),
            outputs: bias.len().div_ceil(LANES),
            stride,
            before,
            clamp,
        }
    }

    /// The number of values of a picture line with its padding, for `columns` outputs.
    fn line(&self, columns: usize) -> usize {
        (columns - 1) * self.stride + TAPS
    }

    /// The number of values of the scratch space of [`Convolution::run`], for `columns` outputs.
    pub fn scratch(&self, columns: usize) -> usize {
        self.lines * self.line(columns)
    }

    /// Convolves a `picture` with planes of `size` (rows, columns); `lines` is scratch space.
    pub fn run(&self, picture: &[f32], size: (usize, usize), lines: &mut [N], out: &mut [Lanes<N>], to: Map) {
        let length = self.line(to.columns);
        for row in 0..to.rows {
            for (index, line) in lines.chunks_exact_mut(length).take(self.lines).enumerate() {
                let plane = &picture[index / TAPS * size.0 * size.1..][..size.0 * size.1];
                let above = (row * self.stride + index % TAPS).checked_sub(self.before.0).filter(|&row| row < size.0);
                let Some(row) = above else {
                    line.fill(N::ZERO);
                    continue;
                };
                let end = length.min(self.before.1 + size.1);
                line[..self.before.1].fill(N::ZERO);
                N::convert(&plane[row * size.1..][..end - self.before.1], &mut line[self.before.1..end]);
                line[end..].fill(N::ZERO);
            }
            N::compute(Row { convolution: self, lines, length, out: &mut out[row * to.columns..], to });
        }
    }
}

/// A row of outputs, from `lines` of the picture of `length` values.
struct Row<'a, N> {
    convolution: &'a Convolution<N>,
    lines: &'a [N],
    length: usize,
    out: &'a mut [Lanes<N>],
    to: Map,
}

impl<N: Number> Work<N> for Row<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(self, by: A) {
        match self.convolution.stride {
            1 => self.tiles::<A, 1>(by),
            _ => self.tiles::<A, 2>(by),
        }
    }
}

impl<N: Number> Row<'_, N> {
    #[inline(always)]
    fn tiles<A: Arithmetic<Number = N>, const STEP: usize>(mut self, by: A) {
        let columns = self.to.columns;
        for panel in 0..self.convolution.bias.len() {
            let mut column = 0;
            if A::COLUMNS == 8 {
                column = self.groups::<A, STEP, 8>(by, panel, column);
            }
            column = self.groups::<A, STEP, 4>(by, panel, column);
            while column < columns {
                self.tile::<A, STEP, 1>(by, panel, column);
                column += 1;
            }
        }
    }

    /// Computes `M` outputs at a time from `column` on, all if there are so many; returns the first column that is left.
    #[inline(always)]
    fn groups<A: Arithmetic<Number = N>, const STEP: usize, const M: usize>(
        &mut self,
        by: A,
        panel: usize,
        mut column: usize,
    ) -> usize {
        let columns = self.to.columns;
        while column + M <= columns {
            self.tile::<A, STEP, M>(by, panel, column);
            column += M;
        }
        if column < columns && columns >= M {
            // Recomputing some outputs is faster than computing the rest one by one.
            self.tile::<A, STEP, M>(by, panel, columns - M);
            column = columns;
        }
        column
    }

    /// Computes `M` outputs from `column` on, of all planes of `panel`.
    #[inline(always)]
    fn tile<A: Arithmetic<Number = N>, const STEP: usize, const M: usize>(
        &mut self,
        by: A,
        panel: usize,
        column: usize,
    ) {
        let &Convolution { ref weights, lines, ref bias, outputs, clamp, .. } = self.convolution;
        let zero = by.splat(N::ZERO);
        let mut sums = [[zero; PANEL]; M];
        each!(c < PANEL, {
            let bias = by.load(&bias[panel][c]);
            each!(m < M, { sums[m][c] = bias });
        }, 0 1);
        for (line, taps) in self.lines.chunks_exact(self.length).zip(&weights[panel * lines..][..lines]) {
            let mut weights = [[zero; PANEL]; TAPS];
            each!(tap < TAPS, {
                each!(c < PANEL, { weights[tap][c] = by.load(&taps[tap][c]) }, 0 1);
            }, 0 1 2);
            by.add_line::<STEP, M>(&line[column * STEP..], &weights, &mut sums);
        }
        each!(c < PANEL, {
            let plane = panel * PANEL + c;
            if plane < outputs {
                let out = &mut self.out[plane * self.to.plane + column..][..M];
                each!(m < M, { out[m] = by.store(clamp.keep(by, sums[m][c])) });
            }
        }, 0 1);
    }
}
