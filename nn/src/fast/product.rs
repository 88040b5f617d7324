//! Products of a matrix of pixels with a matrix of weights: pointwise (1 x 1) convolutions, and those over a row or
//! column of pixels, which multiply several pixels at fixed distances.

use super::lanes::{LANES, Lanes, PANEL, Panel, Sums};
use super::map::Activation;
use super::number::{Arithmetic, Number, Work};

/// Lanes of pixels that stay in a near cache while all panels of weights pass.
const NEAR: usize = 3 * 1024;

/// A matrix of weights, inputs x outputs, with the bias and the activation.
pub(super) struct Product<N> {
    /// Planes of inputs and of outputs.
    inputs: usize,
    outputs: usize,
    /// Distances of the multiplied pixels to the first.
    taps: Vec<usize>,
    /// Panel by panel, in each tap by tap; an odd last plane of outputs is padded with zeros.
    weights: Vec<Panel<N>>,
    bias: Vec<Sums<N>>,
    activation: Activation<N>,
}

/// Pixels `first..` of planes at a distance of `plane` lanes.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, N> {
    pub lanes: &'a [Lanes<N>],
    pub plane: usize,
    pub first: usize,
}

/// The output memory and the values that are added before writing.
pub(super) struct Sink<'a, N> {
    pub added: Option<Source<'a, N>>,
    pub lanes: &'a mut [Lanes<N>],
    pub plane: usize,
    pub first: usize,
}

/// `value(index)` for the outputs of `panel`, zero for missing outputs.
fn of_panel<N: Number>(panel: usize, outputs: usize, value: impl Fn(usize) -> f32) -> Sums<N> {
    let mut lanes = [[N::ZERO; LANES]; PANEL];
    for (index, target) in lanes.as_flattened_mut().iter_mut().enumerate() {
        let output = panel * PANEL * LANES + index;
        if output < outputs {
            *target = N::of(value(output));
        }
    }
    lanes
}

/// Packs eight inputs, from `first` on, of a panel's output `rows`; missing inputs are zero.
fn panel_of<N: Number>(rows: &[f32], inputs: usize, first: usize) -> Panel<N> {
    let mut panel = [[[N::ZERO; LANES]; PANEL]; LANES];
    for (index, row) in rows.chunks(inputs).enumerate() {
        for (lane, &weight) in row[first..].iter().take(LANES).enumerate() {
            panel[lane][index / LANES][index % LANES] = N::of(weight);
        }
    }
    panel
}

/// Returns the size of nearly equal pieces of `count`, close to `wanted`. Avoids a small last
/// piece, for which all weights would be read again.
pub(super) fn even_share(count: usize, wanted: usize) -> usize {
    count.div_ceil(((count + wanted / 2) / wanted).max(1))
}

impl<N: Number> Product<N> {
    /// `weights` are outputs x inputs x `taps`, with one output per value of `bias` and at least one input; `taps` are
    /// the distances of the multiplied pixels to the first, `[0]` for a pointwise convolution.
    pub fn new(inputs: usize, taps: Vec<usize>, weights: &[f32], bias: &[f32], activation: Activation<N>) -> Self {
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
    pub fn run(&self, source: Source<'_, N>, count: usize, sink: Sink<'_, N>) {
        N::compute(Multiply { product: self, source, count, sink });
    }
}

/// A product of `count` pixels.
struct Multiply<'a, N> {
    product: &'a Product<N>,
    source: Source<'a, N>,
    count: usize,
    sink: Sink<'a, N>,
}

impl<N: Number> Work<N> for Multiply<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(mut self, by: A) {
        let Product { inputs, outputs, taps, weights, bias, activation } = self.product;
        let near = even_share(self.count, (NEAR / inputs).max(A::PIXELS));
        for start in (0..self.count).step_by(near) {
            let end = (start + near).min(self.count);
            let panels = weights.chunks_exact(inputs * taps.len());
            for (panel, (weights, bias)) in panels.zip(bias).enumerate() {
                let tile = Tile { weights, inputs: *inputs, taps, bias, activation: *activation, plane: panel * PANEL };
                if tile.plane + PANEL <= *outputs {
                    tile.run::<A, PANEL>(by, self.source, start, end, &mut self.sink);
                } else {
                    tile.run::<A, 1>(by, self.source, start, end, &mut self.sink);
                }
            }
        }
    }
}

/// A panel of weights, planes of inputs, and the first plane of the panel's outputs.
#[derive(Clone, Copy)]
struct Tile<'a, N> {
    weights: &'a [Panel<N>],
    inputs: usize,
    taps: &'a [usize],
    bias: &'a Sums<N>,
    activation: Activation<N>,
    plane: usize,
}

impl<N: Number> Tile<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>, const C: usize>(
        self,
        by: A,
        source: Source<'_, N>,
        start: usize,
        end: usize,
        sink: &mut Sink<'_, N>,
    ) {
        // Tiles of nearly equal size: a tile of one pixel takes almost as long as a full one.
        let tiles = (end - start).div_ceil(A::PIXELS);
        let (size, larger) = ((end - start) / tiles, (end - start) % tiles);
        let middle = start + larger * (size + 1);
        for (size, start, end) in [(size + 1, start, middle), (size, middle, end)] {
            if start < end {
                match size {
                    1 => self.tiles::<A, 1, C>(by, source, start, end, sink),
                    2 => self.tiles::<A, 2, C>(by, source, start, end, sink),
                    3 => self.tiles::<A, 3, C>(by, source, start, end, sink),
                    4 => self.tiles::<A, 4, C>(by, source, start, end, sink),
                    5 => self.tiles::<A, 5, C>(by, source, start, end, sink),
                    6 if A::PIXELS >= 6 => self.tiles::<A, 6, C>(by, source, start, end, sink),
                    7 if A::PIXELS >= 7 => self.tiles::<A, 7, C>(by, source, start, end, sink),
                    8 if A::PIXELS >= 8 => self.tiles::<A, 8, C>(by, source, start, end, sink),
                    _ => unreachable!("a tile has at most {} pixels", A::PIXELS),
                }
            }
        }
    }

    /// Computes the pixels from `start` to `end`, a multiple of `M`.
    #[inline(always)]
    fn tiles<A: Arithmetic<Number = N>, const M: usize, const C: usize>(
        self,
        by: A,
        source: Source<'_, N>,
        start: usize,
        end: usize,
        sink: &mut Sink<'_, N>,
    ) {
        for pixel in (start..end).step_by(M) {
            let sums = self.sums::<A, M, C>(by, source, pixel);
            self.write(by, sums, pixel, sink);
        }
    }

    /// The sums of `M` pixels, with the bias.
    #[inline(always)]
    fn sums<A: Arithmetic<Number = N>, const M: usize, const C: usize>(
        self,
        by: A,
        source: Source<'_, N>,
        pixel: usize,
    ) -> [[A::Vector; C]; M] {
        let mut sums = [[by.splat(N::ZERO); C]; M];
        each!(c < C, {
            let bias = by.load(&self.bias[c]);
            each!(m < M, { sums[m][c] = bias });
        }, 0 1);
        for (tap, weights) in self.taps.iter().zip(self.weights.chunks_exact(self.inputs)) {
            by.add_planes(weights, &source.lanes[source.first + pixel + tap..], source.plane, &mut sums);
        }
        sums
    }

    #[inline(always)]
    fn write<A: Arithmetic<Number = N>, const M: usize, const C: usize>(
        self,
        by: A,
        sums: [[A::Vector; C]; M],
        pixel: usize,
        sink: &mut Sink<'_, N>,
    ) {
        each!(c < C, {
            let plane = self.plane + c;
            let out = &mut sink.lanes[plane * sink.plane + sink.first + pixel..][..M];
            if let Some(added) = sink.added {
                let added = &added.lanes[plane * added.plane + added.first + pixel..][..M];
                each!(m < M, {
                    let sum = by.add(sums[m][c], by.load(&added[m]));
                    out[m] = by.store(self.activation.apply(by, sum));
                });
            } else {
                each!(m < M, { out[m] = by.store(self.activation.apply(by, sums[m][c])) });
            }
        }, 0 1);
    }
}
