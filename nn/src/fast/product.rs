//! Products of a matrix of pixels with a matrix of weights: pointwise (1 x 1) convolutions, and those over a row or
//! column of pixels, which multiply several pixels at fixed distances.

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, dispatch, f32x8};

use super::map::{Activation, LANES, Lanes, PANEL, Panel};
#[cfg(target_arch = "aarch64")]
use super::neon::{PIXELS, add_planes};

/// Pixels whose sums fill the registers.
#[cfg(not(target_arch = "aarch64"))]
const PIXELS: usize = 6;

/// Lanes of pixels that stay in a near cache while all panels of weights pass.
const NEAR: usize = 3 * 1024;

/// A matrix of weights, inputs x outputs, with the bias and the activation.
pub(super) struct Product {
    /// Planes of inputs and of outputs.
    inputs: usize,
    outputs: usize,
    /// Distances of the multiplied pixels to the first.
    taps: Vec<usize>,
    /// Panel by panel, in each tap by tap; an odd last plane of outputs is padded with zeros.
    weights: Vec<Panel>,
    bias: Vec<[Lanes; PANEL]>,
    activation: Activation,
}

/// Pixels `first..` of planes at a distance of `plane` lanes.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub lanes: &'a [Lanes],
    pub plane: usize,
    pub first: usize,
}

/// The output memory and the values that are added before writing.
pub(super) struct Sink<'a> {
    pub added: Option<Source<'a>>,
    pub lanes: &'a mut [Lanes],
    pub plane: usize,
    pub first: usize,
}

/// `value(index)` for the outputs of `panel`, zero for missing outputs.
fn of_panel(panel: usize, outputs: usize, value: impl Fn(usize) -> f32) -> [Lanes; PANEL] {
    let mut lanes = [[0.0; LANES]; PANEL];
    for (index, target) in lanes.as_flattened_mut().iter_mut().enumerate() {
        let output = panel * PANEL * LANES + index;
        if output < outputs {
            *target = value(output);
        }
    }
    lanes
}

/// Packs eight inputs, from `first` on, of a panel's output `rows`; missing inputs are zero.
fn panel_of(rows: &[f32], inputs: usize, first: usize) -> Panel {
    let mut panel = [[[0.0; LANES]; PANEL]; LANES];
    for (index, row) in rows.chunks(inputs).enumerate() {
        for (lane, &weight) in row[first..].iter().take(LANES).enumerate() {
            panel[lane][index / LANES][index % LANES] = weight;
        }
    }
    panel
}

/// Returns the size of nearly equal pieces of `count`, close to `wanted`. Avoids a small last
/// piece, for which all weights would be read again.
pub(super) fn even_share(count: usize, wanted: usize) -> usize {
    count.div_ceil(((count + wanted / 2) / wanted).max(1))
}

impl Product {
    /// `weights` are outputs x inputs x `taps`, with one output per value of `bias` and at least one input; `taps` are
    /// the distances of the multiplied pixels to the first, `[0]` for a pointwise convolution.
    pub fn new(inputs: usize, taps: Vec<usize>, weights: &[f32], bias: &[f32], activation: Activation) -> Self {
        let outputs = bias.len();
        let planes = inputs.div_ceil(LANES);
        let mut packed = Vec::new();
        for rows in weights.chunks(PANEL * LANES * inputs * taps.len()) {
            for tap in 0..taps.len() {
                let rows: Vec<f32> = rows.iter().skip(tap).step_by(taps.len()).copied().collect();
                packed.extend((0..planes).map(|plane| panel_of(&rows, inputs, plane * LANES)));
            }
        }
        let bias = (0..outputs.div_ceil(PANEL * LANES)).map(|panel| of_panel(panel, outputs, |output| bias[output]));
        let (bias, outputs) = (bias.collect(), outputs.div_ceil(LANES));
        Self { inputs: planes, outputs, taps, weights: packed, bias, activation }
    }

    /// Multiplies `count` pixels.
    pub fn run(&self, source: Source<'_>, count: usize, mut sink: Sink<'_>) {
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || self.run_with(simd, source, count, &mut sink),
        ));
    }

    #[inline(always)]
    fn run_with<S: Simd>(&self, simd: S, source: Source<'_>, count: usize, sink: &mut Sink<'_>) {
        let near = even_share(count, (NEAR / self.inputs).max(PIXELS));
        for start in (0..count).step_by(near) {
            let end = (start + near).min(count);
            let panels = self.weights.chunks_exact(self.inputs * self.taps.len());
            for (panel, (weights, bias)) in panels.zip(&self.bias).enumerate() {
                let Self { inputs, taps, activation, .. } = self;
                let tile = Tile { weights, inputs: *inputs, taps, bias, activation: *activation, plane: panel * PANEL };
                if tile.plane + PANEL <= self.outputs {
                    tile.run::<S, PANEL>(simd, source, start, end, sink);
                } else {
                    tile.run::<S, 1>(simd, source, start, end, sink);
                }
            }
        }
    }
}

/// A panel of weights, planes of inputs, and the first plane of the panel's outputs.
#[derive(Clone, Copy)]
struct Tile<'a> {
    weights: &'a [Panel],
    inputs: usize,
    taps: &'a [usize],
    bias: &'a [Lanes; PANEL],
    activation: Activation,
    plane: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn run<S: Simd, const C: usize>(self, simd: S, source: Source<'_>, start: usize, end: usize, sink: &mut Sink<'_>) {
        let mut pixel = start;
        // Tiles of nearly equal size: a tile of one pixel takes almost as long as a full one.
        for left in (1..=(end - start).div_ceil(PIXELS)).rev() {
            let size = (end - pixel).div_ceil(left);
            match size {
                1 => self.multiply::<S, 1, C>(simd, source, pixel, sink),
                2 => self.multiply::<S, 2, C>(simd, source, pixel, sink),
                3 => self.multiply::<S, 3, C>(simd, source, pixel, sink),
                4 => self.multiply::<S, 4, C>(simd, source, pixel, sink),
                5 => self.multiply::<S, 5, C>(simd, source, pixel, sink),
                _ => self.multiply::<S, PIXELS, C>(simd, source, pixel, sink),
            }
            pixel += size;
        }
    }

    /// Computes `M` pixels from `pixel` on.
    #[inline(always)]
    fn multiply<S: Simd, const M: usize, const C: usize>(
        self,
        simd: S,
        source: Source<'_>,
        pixel: usize,
        sink: &mut Sink<'_>,
    ) {
        let sums = self.sums::<S, M, C>(simd, source, pixel);
        self.write(simd, sums, pixel, sink);
    }

    /// The sums of `M` pixels, with the bias.
    #[inline(always)]
    fn sums<S: Simd, const M: usize, const C: usize>(
        self,
        simd: S,
        source: Source<'_>,
        pixel: usize,
    ) -> [[f32x8<S>; C]; M] {
        let mut sums = [[f32x8::splat(simd, 0.0); C]; M];
        #[cfg(target_arch = "aarch64")]
        if C == PANEL {
            let mut made = [[[0.0; LANES]; PANEL]; M];
            for (index, (tap, weights)) in self.taps.iter().zip(self.weights.chunks_exact(self.inputs)).enumerate() {
                let pixels = &source.lanes[source.first + pixel + tap..];
                add_planes(weights, pixels, source.plane, (index == 0).then_some(self.bias), &mut made);
            }
            each!(m < M, {
                each!(c < C, { sums[m][c] = f32x8::simd_from(simd, made[m][c]) }, 0 1);
            });
            return sums;
        }
        each!(c < C, {
            let bias = f32x8::simd_from(simd, self.bias[c]);
            each!(m < M, { sums[m][c] = bias });
        }, 0 1);
        for (tap, weights) in self.taps.iter().zip(self.weights.chunks_exact(self.inputs)) {
            let mut at = source.first + pixel + tap;
            for panel in weights {
                let pixels = &source.lanes[at..][..M];
                at += source.plane;
                each!(lane < LANES, {
                    let mut weights = [f32x8::splat(simd, 0.0); C];
                    each!(c < C, { weights[c] = f32x8::simd_from(simd, panel[lane][c]) }, 0 1);
                    each!(m < M, {
                        let value = f32x8::splat(simd, pixels[m][lane]);
                        each!(c < C, { sums[m][c] = value.mul_add(weights[c], sums[m][c]) }, 0 1);
                    });
                });
            }
        }
        sums
    }

    #[inline(always)]
    fn write<S: Simd, const M: usize, const C: usize>(
        self,
        simd: S,
        sums: [[f32x8<S>; C]; M],
        pixel: usize,
        sink: &mut Sink<'_>,
    ) {
        each!(c < C, {
            let plane = self.plane + c;
            let out = &mut sink.lanes[plane * sink.plane + sink.first + pixel..][..M];
            if let Some(added) = sink.added {
                let added = &added.lanes[plane * added.plane + added.first + pixel..][..M];
                each!(m < M, {
                    let sum = sums[m][c] + f32x8::simd_from(simd, added[m]);
                    out[m] = self.activation.apply(simd, sum).into();
                });
            } else {
                each!(m < M, { out[m] = self.activation.apply(simd, sums[m][c]).into() });
            }
        }, 0 1);
    }
}
