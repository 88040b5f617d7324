//! Sampling by maps that keep rows and columns separate.
//!
//! The weights of an output pixel are then a product of weights along its row and along its column,
//! both precomputed. For each output row, the source rows are summed first, in one pass over
//! adjacent bytes, then the columns.

use std::rc::Rc;

use mien_nn::simd::vectorized;

use super::picture::{Channels, Colors, Picture, Planes, coverage, neighbors};
use super::{Map, Places};
use crate::frame::Depth;

/// Whether each source coordinate depends on one output coordinate only.
pub(super) fn keeps_axes_apart(map: &Map) -> bool {
    let [a, b, _, d, e, _] = map.0;
    (b == 0.0 && d == 0.0) || (a == 0.0 && e == 0.0)
}

/// For each output position, the weights of adjacent source positions.
struct Axis {
    starts: Vec<usize>,
    /// `taps` weights per output, padded with zeros.
    weights: Vec<f32>,
    taps: usize,
    /// The sum of each output's weights: less than 1 at the border, 0 outside.
    totals: Vec<f32>,
}

/// Source coordinate = `slope` * output coordinate + `offset`.
#[derive(Clone, Copy)]
struct Line {
    slope: f32,
    offset: f32,
    outputs: usize,
    subsamples: usize,
    /// The number of source pixels; everything beyond is black.
    bounds: usize,
}

impl Line {
    /// Returns the positions that `output` averages and their weights, on a plane of `size`
    /// positions, `share` of them per source pixel. A position may occur several times.
    fn averaged(self, output: usize, size: usize, share: f32) -> impl Iterator<Item = (usize, f32)> {
        let step = 1.0 / self.subsamples as f32;
        (0..self.subsamples).flat_map(move |sub| {
            let at = self.slope * (output as f32 + (sub as f32 + 0.5) * step) + self.offset;
            let cover = coverage(at, self.bounds) * step;
            let ([first, second], part) = if cover > 0.0 { neighbors(at * share, size) } else { ([0; 2], 0.0) };
            [(first, cover * (1.0 - part)), (second, cover * part)].into_iter().filter(move |_| cover > 0.0)
        })
    }
}

impl Axis {
    /// Sums the weights of [`Line::averaged`] by position.
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

    /// Returns the first source position of `output`, and the weights from there on.
    fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.starts[output], &self.weights[output * self.taps..][..self.taps])
    }
}

/// The axes of a plane; planes of the same size share them.
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

impl<const N: usize> Channels<'_, N> {
    /// Returns the samples from one pixel to the next.
    fn step(&self) -> usize {
        self.plane.pixel_stride / self.depth.bytes()
    }
}

/// A plane's channels and axes, with scratch space for a source row and an output row.
struct Sheet<'a, const N: usize> {
    channels: Channels<'a, N>,
    axes: Rc<Axes>,
    sums: Vec<f32>,
    row: Vec<[f32; N]>,
}

impl<'a, const N: usize> Sheet<'a, N> {
    fn new(channels: Channels<'a, N>, axes: Rc<Axes>) -> Self {
        let sums = vec![0.0; (channels.size.0 - 1) * channels.step() + N];
        let row = vec![[0.0; N]; axes.across.starts.len()];
        Self { channels, axes, sums, row }
    }

    /// Computes the channels of the output row `down`.
    #[inline(always)]
    fn row(&mut self, down: usize) -> &[[f32; N]] {
        self.add_rows(down);
        self.add_columns();
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
                match channels.depth {
                    Depth::Eight => {
                        for (sum, &byte) in sums.iter_mut().zip(bytes) {
                            *sum += weight * f32::from(byte);
                        }
                    }
                    Depth::Ten => {
                        let weight = weight / 256.0;
                        for (sum, &pair) in sums.iter_mut().zip(bytes.as_chunks().0) {
                            *sum += weight * f32::from(u16::from_le_bytes(pair));
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn add_columns(&mut self) {
        let axes = Rc::clone(&self.axes);
        let axis = &axes.across;
        // Constant numbers of weights compile to straight-line code.
        match axis.taps {
            1 => self.mix_columns(axis, axis.weights.as_chunks::<1>().0),
            2 => self.mix_columns(axis, axis.weights.as_chunks::<2>().0),
            3 => self.mix_columns(axis, axis.weights.as_chunks::<3>().0),
            4 => self.mix_columns(axis, axis.weights.as_chunks::<4>().0),
            taps => self.mix_columns(axis, axis.weights.chunks_exact(taps)),
        }
    }

    /// Sets each output of the row to the weighted sum of its pixels.
    #[inline(always)]
    fn mix_columns<W: AsRef<[f32]>>(&mut self, axis: &Axis, weights: impl IntoIterator<Item = W>) {
        let Self { channels, sums, row, .. } = self;
        let stride = channels.step();
        for ((out, &start), weights) in row.iter_mut().zip(&axis.starts).zip(weights) {
            let weights = weights.as_ref();
            let pixels = &sums[start * stride..][..(weights.len() - 1) * stride + N];
            let mut mixed = [0.0; N];
            for (tap, &weight) in weights.iter().enumerate() {
                let pixel = &pixels[tap * stride..][..N];
                for i in 0..N {
                    mixed[i] += weight * pixel[i];
                }
            }
            *out = channels.offsets.map(|offset| mixed[offset]);
        }
    }
}

/// The planes of a picture with their axes.
enum Sheets<'a> {
    Packed(Sheet<'a, 3>),
    Apart(Vec<Sheet<'a, 1>>),
}

impl<'a> Sheets<'a> {
    fn new(planes: Planes<'a>, across: Line, down: Line) -> Self {
        match planes {
            Planes::Packed(plane) => {
                let axes = Rc::new(Axes::new(&plane, across, down));
                Self::Packed(Sheet::new(plane, axes))
            }
            Planes::Apart(planes) => {
                let mut sheets: Vec<Sheet<'_, 1>> = Vec::with_capacity(planes.len());
                for plane in planes {
                    let alike = sheets.iter().find(|sheet| sheet.channels.share == plane.share);
                    let axes =
                        alike.map_or_else(|| Rc::new(Axes::new(&plane, across, down)), |sheet| sheet.axes.clone());
                    sheets.push(Sheet::new(plane, axes));
                }
                Self::Apart(sheets)
            }
        }
    }
}

/// Samples a picture along its rows, which may be rows or columns of the output.
pub(super) struct Sampler<'a> {
    sheets: Sheets<'a>,
    colors: Colors,
    /// Whether the picture's rows are the output's rows.
    upright: bool,
    size: (usize, usize),
    rgb: [Vec<f32>; 3],
}

impl<'a> Sampler<'a> {
    /// Prepares an output of `size` (width, height); each pixel is the mean of `subsamples` x
    /// `subsamples`.
    pub fn new(map: &Map, size: (usize, usize), subsamples: usize, picture: Picture<'a>) -> Self {
        let Picture { planes, colors, bounds } = picture;
        let [a, b, c, d, e, f] = map.0;
        let upright = b == 0.0 && d == 0.0;
        let line = |slope, offset, outputs, bounds| Line { slope, offset, outputs, subsamples, bounds };
        let (across, down) = if upright {
            (line(a, c, size.0, bounds.0), line(e, f, size.1, bounds.1))
        } else {
            (line(b, c, size.1, bounds.0), line(d, f, size.0, bounds.1))
        };
        let rgb = [(); 3].map(|()| vec![0.0; across.outputs]);
        Self { sheets: Sheets::new(planes, across, down), colors, upright, size, rgb }
    }

    /// The number of lines of the output: its rows, or its columns.
    pub fn lines(&self) -> usize {
        if self.upright { self.size.1 } else { self.size.0 }
    }

    /// The output pixels of the line `index`.
    pub fn places(&self, index: usize) -> Places {
        if self.upright {
            Places { first: index * self.size.0, step: 1 }
        } else {
            Places { first: index, step: self.size.0 }
        }
    }

    /// Computes red, green and blue of the line `index`.
    pub fn line(&mut self, index: usize) -> [&[f32]; 3] {
        let Self { sheets, colors, rgb, .. } = self;
        vectorized(
            #[inline(always)]
            || {
                match sheets {
                    Sheets::Packed(sheet) => {
                        let [red, green, blue] = rgb;
                        let out = red.iter_mut().zip(green).zip(blue);
                        for (((red, green), blue), pixel) in out.zip(sheet.row(index)) {
                            [*red, *green, *blue] = *pixel;
                        }
                    }
                    Sheets::Apart(sheets) => {
                        for ((sheet, black), out) in sheets.iter_mut().zip(colors.black()).zip(rgb.iter_mut()) {
                            sheet.row(index);
                            // The area beyond the border is black, and black is not zero here.
                            let black = sheet.axes.down.totals[index] * black;
                            let covers = &sheet.axes.across.totals;
                            for ((out, &[value]), cover) in out.iter_mut().zip(&sheet.row).zip(covers) {
                                *out = value - cover * black;
                            }
                        }
                    }
                }
                colors.to_rgb(rgb.each_mut().map(Vec::as_mut_slice));
            },
        );
        self.rgb.each_ref().map(Vec::as_slice)
    }
}
