//! Sampling by maps that keep rows and columns apart.
//!
//! What an output pixel averages is then a product of weights along its row and along its column.
//! They are worked out once for each; of each output row first the source rows are added up, which
//! is one pass over adjacent bytes, then the columns.

use super::{Channels, Map, Picture, black, coverage, grey_to_rgb, neighbours, yuv_to_rgb};
use crate::kernels::vectorised;

/// Whether each source coordinate follows one output coordinate alone.
pub(super) fn keeps_axes_apart(map: &Map) -> bool {
    let [a, b, _, d, e, _] = map.0;
    (b == 0.0 && d == 0.0) || (a == 0.0 && e == 0.0)
}

/// For each output position the weights of adjacent source positions.
struct Axis {
    starts: Vec<usize>,
    /// `taps` weights for each output, zeros behind.
    weights: Vec<f32>,
    taps: usize,
    /// The sum of each output's weights: less than 1 at the border, 0 outside.
    totals: Vec<f32>,
}

/// Source coordinate = `slope` output coordinate + `offset`.
#[derive(Clone, Copy)]
struct Line {
    slope: f32,
    offset: f32,
    outputs: usize,
    subsamples: usize,
    /// Source pixels; beyond them all is black.
    bounds: usize,
}

impl Axis {
    /// The weights over a plane of `size` positions, `share` of which stand for a source pixel.
    fn new(line: Line, size: usize, share: f32) -> Self {
        let step = 1.0 / line.subsamples as f32;
        let mut spans = Vec::with_capacity(line.outputs);
        let mut taps = 1;
        for output in 0..line.outputs {
            let mut span: Vec<(usize, f32)> = Vec::with_capacity(2 * line.subsamples);
            for sub in 0..line.subsamples {
                let at = line.slope * (output as f32 + (sub as f32 + 0.5) * step) + line.offset;
                let cover = coverage(at, line.bounds) * step;
                if cover > 0.0 {
                    let ([first, second], part) = neighbours(at * share, size);
                    span.extend([(first, cover * (1.0 - part)), (second, cover * part)]);
                }
            }
            let first = span.iter().map(|&(at, _)| at).min().unwrap_or(0);
            let last = span.iter().map(|&(at, _)| at).max().unwrap_or(0);
            taps = taps.max(last - first + 1);
            spans.push((first, span));
        }
        let taps = taps.min(size);
        let mut axis = Self { starts: Vec::new(), weights: vec![0.0; taps * line.outputs], taps, totals: Vec::new() };
        for ((first, span), weights) in spans.into_iter().zip(axis.weights.chunks_exact_mut(taps)) {
            let start = first.min(size - taps);
            for (at, weight) in span {
                weights[at - start] += weight;
            }
            axis.starts.push(start);
            axis.totals.push(weights.iter().sum());
        }
        axis
    }

    /// The source positions of `output` with their weights.
    fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.starts[output], &self.weights[output * self.taps..][..self.taps])
    }
}

/// A plane's channels along both axes, and room for a row of the source and one of the output.
struct Sheet<'a, const N: usize> {
    channels: Channels<'a, N>,
    across: Axis,
    down: Axis,
    sums: Vec<f32>,
    row: Vec<[f32; N]>,
}

impl<'a, const N: usize> Sheet<'a, N> {
    fn new(channels: Channels<'a, N>, across: Line, down: Line) -> Self {
        let (width, height) = channels.size;
        let sums = vec![0.0; (width - 1) * channels.plane.pixel_stride + N];
        let row = vec![[0.0; N]; across.outputs];
        let (across, down) = (Axis::new(across, width, channels.share), Axis::new(down, height, channels.share));
        Self { channels, across, down, sums, row }
    }

    /// The channels along the output row `down`.
    fn row(&mut self, down: usize) -> &[[f32; N]] {
        vectorised(
            #[inline(always)]
            || {
                self.add_rows(down);
                self.add_columns();
            },
        );
        &self.row
    }

    #[inline(always)]
    fn add_rows(&mut self, down: usize) {
        let Self { channels, down: axis, sums, .. } = self;
        let (start, weights) = axis.of(down);
        sums.fill(0.0);
        for (row, &weight) in weights.iter().enumerate() {
            if weight != 0.0 {
                let bytes = &channels.plane.data[(start + row) * channels.plane.row_stride..];
                for (sum, &byte) in sums.iter_mut().zip(bytes) {
                    *sum += weight * f32::from(byte);
                }
            }
        }
    }

    #[inline(always)]
    fn add_columns(&mut self) {
        let Self { channels, across: axis, sums, row, .. } = self;
        let stride = channels.plane.pixel_stride;
        let weights = axis.weights.chunks_exact(axis.taps);
        for ((out, &start), weights) in row.iter_mut().zip(&axis.starts).zip(weights) {
            let pixels = &sums[start * stride..];
            let mut mixed = [0.0; N];
            for (tap, &weight) in weights.iter().enumerate() {
                let pixel = &pixels[tap * stride..][..N];
                for i in 0..N {
                    mixed[i] += weight * pixel[i];
                }
            }
            for i in 0..N {
                out[i] = mixed[channels.offsets[i]];
            }
        }
    }
}

/// As `walk` in the module above, for a map that keeps rows and columns apart.
pub(super) fn sample(
    map: &Map,
    (width, height): (usize, usize),
    subsamples: usize,
    bounds: (usize, usize),
    picture: &Picture<'_>,
    mut write: impl FnMut(usize, [f32; 3]),
) {
    let [a, b, c, d, e, f] = map.0;
    let upright = b == 0.0 && d == 0.0;
    let line = |slope, offset, outputs, bounds| Line { slope, offset, outputs, subsamples, bounds };
    let (across, down) = if upright {
        (line(a, c, width, bounds.0), line(e, f, height, bounds.1))
    } else {
        (line(b, c, height, bounds.0), line(d, f, width, bounds.1))
    };
    let mut write = |x: usize, y: usize, rgb| write(if upright { y * width + x } else { x * width + y }, rgb);
    match *picture {
        Picture::Packed(plane) => {
            let mut sheet = Sheet::new(plane, across, down);
            for y in 0..down.outputs {
                sheet.row(y).iter().enumerate().for_each(|(x, &rgb)| write(x, y, rgb));
            }
        }
        Picture::Gray { plane, range } => {
            let mut sheet = Sheet::new(plane, across, down);
            let ([black, ..], totals) = (black(range), sheet.across.totals.clone());
            for y in 0..down.outputs {
                let row = sheet.down.totals[y];
                for (x, &[luma]) in sheet.row(y).iter().enumerate() {
                    write(x, y, grey_to_rgb(luma - row * totals[x] * black, range));
                }
            }
        }
        Picture::Yuv { planes, range } => {
            let mut sheets = planes.map(|plane| Sheet::new(plane, across, down));
            let (black, totals) = (black(range), sheets[0].across.totals.clone());
            for y in 0..down.outputs {
                let [luma, blue, red] = &mut sheets;
                let (row, lines) = (luma.down.totals[y], [luma.row(y), blue.row(y), red.row(y)]);
                // Beyond the border is black, which is not zero here.
                for x in 0..across.outputs {
                    let cover = row * totals[x];
                    let yuv = [0, 1, 2].map(|i| lines[i][x][0] - cover * black[i]);
                    write(x, y, yuv_to_rgb(yuv, range));
                }
            }
        }
    }
}
