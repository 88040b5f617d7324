//! The first convolution of a network: 3 x 3 pixels over all planes of the input.

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, dispatch, f32x8};

use super::map::{Clamp, LANES, Lanes, Map, PANEL};

const TAPS: usize = 3;

/// Outputs of a row whose sums for the planes of a panel, with the weights of a line, fill the registers.
const COLUMNS: usize = 4;

/// A 3 x 3 convolution of a picture.
pub(super) struct Convolution {
    /// The taps of each line, panel by panel.
    weights: Vec<[[Lanes; PANEL]; TAPS]>,
    /// Picture lines that one output depends on.
    lines: usize,
    bias: Vec<[Lanes; PANEL]>,
    outputs: usize,
    stride: usize,
    before: (usize, usize),
    clamp: Clamp,
}

impl Convolution {
    /// `weights` are outputs x planes x rows x columns. `before`: rows above and columns to the
    /// left of the picture that the first output covers.
    pub fn new(weights: &[f32], bias: &[f32], stride: usize, before: (usize, usize), clamp: Clamp) -> Self {
        let panels = bias.len().div_ceil(PANEL * LANES);
        let lines = weights.len() / (bias.len() * TAPS);
        let lanes = |panel: usize, values: &[f32], each: usize, index: usize| -> [Lanes; PANEL] {
            let output = |part: usize, lane: usize| (panel * PANEL + part) * LANES + lane;
            std::array::from_fn(|part| {
                std::array::from_fn(|lane| values.get(output(part, lane) * each + index).copied().unwrap_or(0.0))
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
    pub fn run(&self, picture: &[f32], size: (usize, usize), lines: &mut [f32], out: &mut [Lanes], to: Map) {
        let length = self.line(to.columns);
        for row in 0..to.rows {
            for (index, line) in lines.chunks_exact_mut(length).take(self.lines).enumerate() {
                let plane = &picture[index / TAPS * size.0 * size.1..][..size.0 * size.1];
                let above = (row * self.stride + index % TAPS).checked_sub(self.before.0).filter(|&row| row < size.0);
                let Some(row) = above else {
                    line.fill(0.0);
                    continue;
                };
                let end = length.min(self.before.1 + size.1);
                line[..self.before.1].fill(0.0);
                line[self.before.1..end].copy_from_slice(&plane[row * size.1..][..end - self.before.1]);
                line[end..].fill(0.0);
            }
            dispatch!(Level::new(), simd => simd.vectorize(
                #[inline(always)]
                || match self.stride {
                    1 => self.row::<_, 1>(simd, lines, length, &mut out[row * to.columns..], to),
                    _ => self.row::<_, 2>(simd, lines, length, &mut out[row * to.columns..], to),
                },
            ));
        }
    }

    #[inline(always)]
    fn row<S: Simd, const STEP: usize>(&self, simd: S, lines: &[f32], length: usize, out: &mut [Lanes], to: Map) {
        for panel in 0..self.bias.len() {
            let mut column = 0;
            while column + COLUMNS <= to.columns {
                self.tile::<S, STEP, COLUMNS>(simd, panel, lines, length, column, out, to);
                column += COLUMNS;
            }
            if column < to.columns && to.columns >= COLUMNS {
                // Recomputing some outputs is faster than computing the rest one by one.
                self.tile::<S, STEP, COLUMNS>(simd, panel, lines, length, to.columns - COLUMNS, out, to);
                column = to.columns;
            }
            while column < to.columns {
                self.tile::<S, STEP, 1>(simd, panel, lines, length, column, out, to);
                column += 1;
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "lines of the picture and a row of the map")]
    fn tile<S: Simd, const STEP: usize, const M: usize>(
        &self,
        simd: S,
        panel: usize,
        lines: &[f32],
        length: usize,
        column: usize,
        out: &mut [Lanes],
        to: Map,
    ) {
        let mut sums = [[f32x8::splat(simd, 0.0); PANEL]; M];
        each!(c < PANEL, {
            let bias = f32x8::simd_from(simd, self.bias[panel][c]);
            each!(m < M, { sums[m][c] = bias });
        }, 0 1);
        for (line, taps) in lines.chunks_exact(length).zip(&self.weights[panel * self.lines..][..self.lines]) {
            let line = &line[column * STEP..][..(M - 1) * STEP + TAPS];
            let mut weights = [[f32x8::splat(simd, 0.0); PANEL]; TAPS];
            each!(tap < TAPS, {
                each!(c < PANEL, { weights[tap][c] = f32x8::simd_from(simd, taps[tap][c]) }, 0 1);
            }, 0 1 2);
            each!(m < M, {
                each!(tap < TAPS, {
                    let value = f32x8::splat(simd, line[m * STEP + tap]);
                    each!(c < PANEL, { sums[m][c] = value.mul_add(weights[tap][c], sums[m][c]) }, 0 1);
                }, 0 1 2);
            });
        }
        each!(c < PANEL, {
            let plane = panel * PANEL + c;
            if plane < self.outputs {
                let out = &mut out[plane * to.plane + column..][..M];
                each!(m < M, { out[m] = self.clamp.keep(simd, sums[m][c]).into() });
            }
        }, 0 1);
    }
}
