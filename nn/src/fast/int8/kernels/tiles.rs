//! Splits a product into tiles whose sums fit the registers.
#![allow(unsafe_code)]

use crate::fast::int8::product::{PANEL, Panel, Product, Walk};
use crate::fast::int8::rescale::Rescale;

/// Bytes of pixels that stay in a near cache while all panels of weights pass.
pub(super) const NEAR: usize = 16 * 1024;

/// Multiplication of a few pixels by a panel with one instruction set.
pub(super) trait Multiply {
    /// The number of pixels whose sums fill the registers, at most 8.
    const PIXELS: usize;

    /// Converts the sums of a panel to bytes.
    type Finish: Copy;

    /// Prepares the conversion of sums to bytes for the panel whose first output is `first`.
    ///
    /// # Safety
    /// The processor supports the instruction set.
    unsafe fn finish(rescale: &Rescale, first: usize) -> Self::Finish;

    /// Multiplies `count * M` consecutive pixels, `M` (at most [`Multiply::PIXELS`]) at a time.
    ///
    /// # Safety
    /// The processor supports the instruction set.
    unsafe fn run<const M: usize>(tile: Tile<'_, Self::Finish>, count: usize, input: &[u8], output: &mut [u8]);
}

/// Some pixels and a panel.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a, Finish> {
    pub panel: &'a Panel,
    pub finish: Finish,
    /// The number of inputs per pixel.
    pub inputs: usize,
    /// Bytes from one pixel to the next.
    pub pixel: usize,
    pub out_pixel: usize,
}

/// Multiplies the pixels of `walk`.
///
/// # Safety
/// The processor supports the instruction set.
pub(super) unsafe fn product<K: Multiply>(product: &Product, input: &[u8], output: &mut [u8], walk: Walk) {
    let near = (NEAR / (walk.columns * walk.input_pixel).max(1)).clamp(1, walk.rows.max(1));
    for first in (0..walk.rows).step_by(near) {
        for (index, panel) in product.panels.iter().enumerate() {
            // SAFETY: guaranteed by the caller.
            let finish = unsafe { K::finish(&product.rescale, index * PANEL) };
            let (pixel, out_pixel) = (walk.input_pixel, walk.output_pixel);
            let tile = Tile { panel, finish, inputs: product.inputs, pixel, out_pixel };
            for row in first..(first + near).min(walk.rows) {
                let input = &input[row * walk.input_row..];
                let output = &mut output[row * walk.output_row + index * PANEL..];
                // SAFETY: guaranteed by the caller.
                unsafe { line::<K>(tile, input, output, walk.columns) };
            }
        }
    }
}

/// Multiplies a row of pixels, in tiles of nearly equal size.
///
/// # Safety
/// The processor supports the instruction set.
unsafe fn line<K: Multiply>(tile: Tile<'_, K::Finish>, input: &[u8], output: &mut [u8], columns: usize) {
    let mut done = 0;
    for (size, count) in shares(columns, K::PIXELS, 1) {
        if size * count == 0 {
            continue;
        }
        // SAFETY: guaranteed by the caller.
        unsafe { run::<K>(tile, size, count, &input[done * tile.pixel..], &mut output[done * tile.out_pixel..]) };
        done += size * count;
    }
}

/// Splits `pixels` into tiles of nearly equal size, at most `most`: sizes, each with the number of tiles. All but the
/// last tile have a multiple of `together` pixels, which divides `most`.
pub(super) fn shares(pixels: usize, most: usize, together: usize) -> [(usize, usize); 3] {
    let units = pixels.div_ceil(together);
    let tiles = units.div_ceil(most / together).max(1);
    let (size, larger) = (units / tiles * together, units % tiles);
    let smaller = tiles - larger;
    let missing = units * together - pixels;
    let whole = if missing > 0 { smaller - 1 } else { smaller };
    [(size + together, larger), (size, whole), (size.saturating_sub(missing), smaller - whole)]
}

/// Multiplies `count * size` consecutive pixels, `size` (at most [`Multiply::PIXELS`]) at a time.
///
/// # Safety
/// The processor supports the instruction set.
unsafe fn run<K: Multiply>(tile: Tile<'_, K::Finish>, size: usize, count: usize, input: &[u8], output: &mut [u8]) {
    // SAFETY: guaranteed by the caller.
    unsafe {
        match size.min(K::PIXELS) {
            0 => {}
            1 => K::run::<1>(tile, count, input, output),
            2 => K::run::<2>(tile, count, input, output),
            3 => K::run::<3>(tile, count, input, output),
            4 => K::run::<4>(tile, count, input, output),
            5 => K::run::<5>(tile, count, input, output),
            6 => K::run::<6>(tile, count, input, output),
            7 => K::run::<7>(tile, count, input, output),
            8 => K::run::<8>(tile, count, input, output),
            _ => unreachable!("tiles have at most 8 pixels"),
        }
    }
}
