//! Depthwise convolutions of 3 x 3 pixels in bytes, packed for all kernels.

use super::rescale::{Bounds, Output, Rescale};
use crate::error::{Result, fail};
use crate::graph::Range;

/// Channels that are processed together.
pub(super) const BLOCK: usize = 32;

pub(super) const TAPS: usize = 9;

/// Pairs of taps, summed first; the last pair has one tap and a zero.
pub(super) const PAIRS: usize = TAPS.div_ceil(2);

/// The taps in pairs, as indices into the window, row by row: first the upper two rows of each
/// column, so that the bytes read for one window serve the next ones too, then the last row; the
/// last pair has one tap.
pub(super) const ORDER: [usize; TAPS] = [0, 3, 1, 4, 2, 5, 6, 7, 8];

/// Pairs in the first of two sums.
pub(super) const FIRST: usize = 3;

/// How pairs of products are grouped into 16-bit sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sums {
    /// All pairs in one sum.
    One,
    /// The first [`FIRST`] pairs in one sum, the others in a second.
    Two,
    /// A sum for each pair.
    Each,
}

/// The weights of [`BLOCK`] channels.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The taps, in summation order.
    pub taps: [[i8; BLOCK]; 2 * PAIRS],
    /// The window position of each tap, row by row; arbitrary for the last one, a zero.
    pub places: [u8; 2 * PAIRS],
    pub sums: Sums,
}

/// A depthwise 3 x 3 convolution with its rescaling.
#[derive(Debug, Clone)]
pub(super) struct Depthwise {
    pub blocks: Vec<Block>,
    pub rescale: Rescale,
}

/// Memory layout of the windows of a [`Depthwise`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    /// The first pixel of each window, and the output pixels.
    pub walk: super::product::Walk,
    /// Bytes from a pixel of a window to the next one and to the one below.
    pub pixel: usize,
    pub row: usize,
}

impl Windows {
    /// Returns the offset from the first pixel of a window to the pixel at `place`, counted row by
    /// row.
    pub fn offset(&self, place: u8) -> usize {
        usize::from(place / 3) * self.row + usize::from(place % 3) * self.pixel
    }
}

impl Depthwise {
    /// `codes` are channels x 9, with a scale and a bias per channel. The input's bytes are at most
    /// `max`.
    ///
    /// # Errors
    /// `InvalidModel` if the products of two adjacent weights do not fit 16 bits, or a sum could
    /// overflow.
    pub fn new(
        codes: &[i8],
        scales: &[f32],
        bias: &[f32],
        (from, max): (Range, u8),
        to: Range,
        bounds: Bounds,
    ) -> Result<Self> {
        let channels = bias.len();
        let rows = codes.chunks_exact(TAPS).zip(scales).zip(bias);
        let rows = rows.map(|((codes, &scale), &bias)| Output { codes, scale, bias });
        let rescale = Rescale::new(rows, channels.next_multiple_of(BLOCK), (from, max), to, bounds)?;
        let code = |channel: usize, tap: usize| codes.get(channel * TAPS + tap).copied().unwrap_or(0);
        let blocks = (0..channels.div_ceil(BLOCK))
            .map(|block| Block::new(max, |lane, tap| code(block * BLOCK + lane, tap)))
            .collect::<Result<_>>()?;
        Ok(Self { blocks, rescale })
    }
}

impl Block {
    fn new(max: u8, code: impl Fn(usize, usize) -> i8) -> Result<Self> {
        let taps_of = |pair: usize| ORDER.iter().skip(2 * pair).take(2).copied();
        let fits = |pairs: &[usize]| {
            (0..BLOCK).all(|lane| {
                let codes = || pairs.iter().flat_map(|&pair| taps_of(pair)).map(|tap| i32::from(code(lane, tap)));
                let above: i32 = codes().map(|code| code.max(0) * i32::from(max)).sum();
                let below: i32 = codes().map(|code| code.min(0) * i32::from(max)).sum();
                above <= i32::from(i16::MAX) && below >= -i32::from(i16::MAX)
            })
        };
        if !(0..PAIRS).all(|pair| fits(&[pair])) {
            fail!(InvalidModel, "the weights of a quantized layer need more than 7 bits");
        }
        let all: Vec<usize> = (0..PAIRS).collect();
        let (order, sums) = if fits(&all) {
            (all, Sums::One)
        } else if let Some(order) = halves().find(|order| fits(&order[..FIRST]) && fits(&order[FIRST..])) {
            (order, Sums::Two)
        } else {
            (all, Sums::Each)
        };
        let place = |at: usize| ORDER.get(2 * order[at / 2] + at % 2).copied();
        let tap = |lane: usize, place: Option<usize>| place.map_or(0, |place| code(lane, place));
        Ok(Self {
            taps: std::array::from_fn(|at| std::array::from_fn(|lane| tap(lane, place(at)))),
            places: std::array::from_fn(|at| place(at).unwrap_or(TAPS - 1) as u8),
            sums,
        })
    }
}

/// All ways to choose the first [`FIRST`] pairs, each as an order of all pairs.
fn halves() -> impl Iterator<Item = Vec<usize>> {
    (0..1usize << PAIRS).filter(|chosen| chosen.count_ones() as usize == FIRST).map(|chosen| {
        let (first, second): (Vec<_>, Vec<_>) = (0..PAIRS).partition(|pair| chosen >> pair & 1 == 1);
        [first, second].concat()
    })
}
