//! Splits a product into tiles of packed pixels: whatever the rows of a map, all tiles are about full, and a kernel reads
//! its pixels one after the other.

use std::arch::aarch64::*;

use super::{Finish, Sums, by_form};
use crate::fast::int8::kernels::tiles::{NEAR, shares};
use crate::fast::int8::product::{Block, PANEL, Panel, Product, STEP, WIDE, Walk};

/// Blocks of weights of [`WIDE`] inputs.
pub(super) const BLOCKS: usize = WIDE / STEP;

/// Where the inputs of a pixel begin, and its outputs.
pub(super) type Pixel = (*const u8, *mut u8);

/// Multiplication of a few packed pixels by a panel with one instruction set.
pub(super) trait Multiply {
    /// The number of pixels whose sums fill the registers, at most 6.
    const PIXELS: usize;

    /// The number of pixels that are packed together, a divisor of [`Multiply::PIXELS`].
    const TOGETHER: usize;

    /// Packs the pixels of a tile: for each [`WIDE`] inputs, those of all pixels.
    ///
    /// # Safety
    /// At each pixel are `steps` times [`WIDE`] bytes; `to` has room for as many and for whole [`Multiply::TOGETHER`]s of
    /// pixels.
    unsafe fn pack(pixels: &[Pixel], steps: usize, to: *mut u8);

    /// The bias of the sums in registers.
    type Bias: Copy;

    /// Arranges the bias of a panel.
    ///
    /// # Safety
    /// The processor has NEON.
    unsafe fn bias(bias: Sums) -> Self::Bias;

    /// The weights that the instructions read.
    fn weights(panel: &Panel) -> &[Block];

    /// Multiplies the next `count` tiles of `M` pixels, at most [`Multiply::PIXELS`].
    ///
    /// # Safety
    /// The processor supports the instruction set, and there are as many packed pixels.
    unsafe fn run<const M: usize>(tiles: &mut Tiles<'_, Self::Bias>, count: usize);
}

/// Multiplies the pixels of `walk`.
///
/// # Safety
/// The processor supports the instruction set, and all pixels are within `input` and `output`.
///
/// # Panics
/// If rows of the input overlap.
#[target_feature(enable = "neon")]
pub(super) unsafe fn product<K: Multiply>(product: &Product, input: &[u8], output: &mut [u8], walk: Walk) {
    assert!(walk.rows < 2 || walk.columns * walk.input_pixel <= walk.input_row);
    let mut pixels: Vec<Pixel> = Vec::with_capacity(walk.rows * walk.columns);
    for row in 0..walk.rows {
        let from = input.as_ptr().wrapping_add(row * walk.input_row);
        let to = output.as_mut_ptr().wrapping_add(row * walk.output_row);
        let place =
            |column| (from.wrapping_add(column * walk.input_pixel), to.wrapping_add(column * walk.output_pixel));
        pixels.extend((0..walk.columns).map(place));
    }
    let wide = product.inputs.next_multiple_of(WIDE);
    if pixels.is_empty() || wide == 0 {
        return;
    }
    // Whole steps are read of every pixel. What is beyond the inputs of the last ones has no weight, but must be there.
    let end = input.as_ptr_range().end.addr();
    let short = pixels.iter().rev().take_while(|pixel| end - pixel.0.addr() < wide).count();
    let mut copies = vec![0; short * wide];
    for (copy, pixel) in copies.chunks_exact_mut(wide).zip(pixels.iter_mut().rev()) {
        // SAFETY: guaranteed by the caller.
        unsafe { pixel.0.copy_to_nonoverlapping(copy.as_mut_ptr(), product.inputs) };
        pixel.0 = copy.as_ptr();
    }
    let strips = pixels.len().div_ceil((NEAR / wide).max(K::PIXELS));
    let each = pixels.len().div_ceil(strips);
    let mut room: Vec<u8> = Vec::with_capacity(each.next_multiple_of(K::TOGETHER) * wide);
    for pixels in pixels.chunks(each) {
        let shares = shares(pixels.len(), K::PIXELS, K::TOGETHER);
        let mut left = pixels;
        let mut to = room.as_mut_ptr();
        for (size, count) in shares {
            for _ in 0..count {
                let (tile, others) = left.split_at(size);
                // SAFETY: guaranteed by the caller; `room` has room for all tiles, of which the last one alone is padded.
                unsafe { K::pack(tile, wide / WIDE, to) };
                (left, to) = (others, to.wrapping_add(size * wide));
            }
        }
        for (index, panel) in product.panels.iter().enumerate() {
            let finish = Finish::new(&product.rescale, index * PANEL);
            // SAFETY: guaranteed by the caller.
            let bias = unsafe { K::bias(finish.bias) };
            let (weights, first) = (K::weights(panel), index * PANEL);
            let mut tiles = Tiles { weights, bias, finish, first, wide, at: room.as_ptr(), pixels };
            for (size, count) in shares {
                // SAFETY: guaranteed by the caller; the tiles were packed in this order.
                unsafe {
                    match size {
                        _ if size * count == 0 => {}
                        1 => K::run::<1>(&mut tiles, count),
                        2 => K::run::<2>(&mut tiles, count),
                        3 => K::run::<3>(&mut tiles, count),
                        4 => K::run::<4>(&mut tiles, count),
                        5 => K::run::<5>(&mut tiles, count),
                        _ => K::run::<6>(&mut tiles, count),
                    }
                }
            }
        }
    }
}

/// The packed pixels that a panel has still to be multiplied with.
pub(super) struct Tiles<'a, Bias> {
    pub weights: &'a [Block],
    pub bias: Bias,
    finish: Finish,
    /// The first output of the panel.
    first: usize,
    /// The inputs of a packed pixel.
    wide: usize,
    at: *const u8,
    pixels: &'a [Pixel],
}

impl<Bias> Tiles<'_, Bias> {
    /// Calls `sums` with each of the next `count` tiles of `M` pixels, and writes their outputs.
    ///
    /// # Safety
    /// There are as many, and the outputs can be written.
    #[inline(always)]
    pub unsafe fn each<const M: usize>(&mut self, count: usize, sums: impl Fn(&Self, *const u8) -> [Sums; M]) {
        let (tiles, others) = self.pixels.split_at(M * count);
        // Copies: what is written could be a part of `self`, for all that the compiler knows.
        let (finish, first, tile_bytes, mut at) = (self.finish, self.first, M * self.wide, self.at);
        for tile in tiles.as_chunks::<M>().0 {
            let sums = sums(self, at);
            by_form!(finish.limits.form, F => {
                each!(m < M, {
                    // SAFETY: guaranteed by the caller.
                    unsafe { vst1q_u8(tile[m].1.add(first), finish.bytes::<F>(sums[m])) };
                });
            });
            at = at.wrapping_add(tile_bytes);
        }
        (self.pixels, self.at) = (others, at);
    }
}
