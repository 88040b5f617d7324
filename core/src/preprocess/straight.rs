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

impl Line {
    /// The positions that `output` averages, and their weights, on a plane of `size` positions,
    /// `share` of which stand for a source pixel. A position may come several times.
    fn averaged(self, output: usize, size: usize, share: f32) -> impl Iterator<Item = (usize, f32)> {
        let step = 1.0 / self.subsamples as f32;
        (0..self.subsamples).flat_map(move |sub| {
            let at = self.slope * (output as f32 + (sub as f32 + 0.5) * step) + self.offset;
            let cover = coverage(at, self.bounds) * step;
            let ([first, second], part) = if cover > 0.0 { neighbours(at * share, size) } else { ([0; 2], 0.0) };
            [(first, cover * (1.0 - part)), (second, cover * part)].into_iter().filter(move |_| cover > 0.0)
        })
    }
}

impl Axis {
    /// The weights of [`Line::averaged`].
    fn new(line: Line, size: usize, share: f32) -> Self {
        let averaged = |output: usize| line.averaged(output, size, share);
        let (mut starts, mut taps) = (Vec::with_capacity(line.outputs), 1);
        for output in 0..line.outputs {
            let span = averaged(output).fold(None, |span: Option<(usize, usize)>, (at, _)| {
                Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))))
            });
            let (first, last) = span.unwrap_or((0, 0));
            taps = taps.max(last - first + 1);
            starts.push(first);
        }
        let mut weights = vec![0.0; taps * line.outputs];
        let mut totals = Vec::with_capacity(line.outputs);
        for (output, (start, weights)) in starts.iter_mut().zip(weights.chunks_exact_mut(taps)).enumerate() {
            *start = (*start).min(size - taps);
            averaged(output).for_each(|(at, weight)| weights[at - *start] += weight);
            totals.push(weights.iter().sum());
        }
        Self { starts, weights, taps, totals }
    }

    /// The source positions of `output` with their weights.
    fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.starts[output], &self.weights[output * self.taps..][..self.taps])
    }
}

/// The axes of a plane; planes of one size share them.
struct Axes {
    across: Axis,
    down: Axis,
}

impl Axes {
    fn new<const N: usize>(channels: &Channels<'_, N>, across: Line, down: Line) -> Self {
        let (width, height) = channels.size;
        Self { across: Axis::new(across, width, channels.share), down: Axis::new(down, height, channels.share) }
    }
}

/// A plane's channels along its axes, and room for a row of the source and one of the output.
struct Sheet<'a, const N: usize> {
    channels: Channels<'a, N>,
    axes: &'a Axes,
    sums: Vec<f32>,
    row: Vec<[f32; N]>,
}

impl<'a, const N: usize> Sheet<'a, N> {
    fn new(channels: Channels<'a, N>, axes: &'a Axes) -> Self {
        let sums = vec![0.0; (channels.size.0 - 1) * channels.plane.pixel_stride + N];
        Self { channels, axes, sums, row: vec![[0.0; N]; axes.across.starts.len()] }
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
        let Self { channels, axes, sums, .. } = self;
        let (start, weights) = axes.down.of(down);
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
        let Self { channels, axes: Axes { across: axis, .. }, sums, row } = self;
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
            let axes = Axes::new(&plane, across, down);
            let mut sheet = Sheet::new(plane, &axes);
            for y in 0..down.outputs {
                sheet.row(y).iter().enumerate().for_each(|(x, &rgb)| write(x, y, rgb));
            }
        }
        Picture::Gray { plane, range } => {
            let axes = Axes::new(&plane, across, down);
            let mut sheet = Sheet::new(plane, &axes);
            let [black, ..] = black(range);
            for y in 0..down.outputs {
                for (x, &[luma]) in sheet.row(y).iter().enumerate() {
                    let cover = axes.down.totals[y] * axes.across.totals[x];
                    write(x, y, grey_to_rgb(luma - cover * black, range));
                }
            }
        }
        Picture::Yuv { planes: [luma, blue, red], range } => {
            let (axes, chroma) = (Axes::new(&luma, across, down), Axes::new(&blue, across, down));
            let (mut luma, black) = (Sheet::new(luma, &axes), black(range));
            let (mut blue, mut red) = (Sheet::new(blue, &chroma), Sheet::new(red, &chroma));
            for y in 0..down.outputs {
                let lines = luma.row(y).iter().zip(blue.row(y)).zip(red.row(y));
                // Beyond the border is black, which is not zero here.
                for (x, ((&[luma], &[blue]), &[red])) in lines.enumerate() {
                    let cover = axes.down.totals[y] * axes.across.totals[x];
                    let yuv = [luma - cover * black[0], blue - cover * black[1], red - cover * black[2]];
                    write(x, y, yuv_to_rgb(yuv, range));
                }
            }
        }
    }
}
