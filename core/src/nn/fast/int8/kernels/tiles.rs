//! Cutting a product into tiles whose sums fit the registers.
#![allow(unsafe_code)]

use crate::nn::fast::int8::product::{PANEL, Panel, Product, Walk};
use crate::nn::fast::int8::rescale::Rescale;

/// Bytes of pixels that stay in a near cache while all panels of weights pass.
const NEAR: usize = 16 * 1024;

/// How a kind of processor multiplies a few pixels by a panel.
pub(super) trait Multiply {
    /// Pixels whose sums fill the registers, at most 8.
    const PIXELS: usize;

    /// What turns the sums of a panel into bytes.
    type Finish: Copy;

    /// What turns the sums of the panel whose first output is `first` into bytes.
    ///
    /// # Safety
    /// The processor is of the kind.
    unsafe fn finish(rescale: &Rescale, first: usize) -> Self::Finish;

    /// Multiplies `M` pixels, at most [`Multiply::PIXELS`].
    ///
    /// # Safety
    /// The processor is of the kind.
    unsafe fn run<const M: usize>(tile: Tile<'_, Self::Finish>, input: &[u8], output: &mut [u8]);
}

/// Some pixels and a panel.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a, Finish> {
    pub panel: &'a Panel,
    pub finish: Finish,
    /// Inputs of a pixel.
    pub inputs: usize,
    /// Bytes from one pixel to the next.
    pub pixel: usize,
    pub out_pixel: usize,
}

/// Multiplies the pixels of `walk`.
///
/// # Safety
/// The processor is of the kind.
pub(super) unsafe fn product<K: Multiply>(product: &Product, input: &[u8], output: &mut [u8], walk: Walk) {
    let near = (NEAR / (walk.columns * walk.input_pixel).max(1)).clamp(1, walk.rows.max(1));
    for first in (0..walk.rows).step_by(near) {
        for (index, panel) in product.panels.iter().enumerate() {
            // SAFETY: the caller's promise.
            let finish = unsafe { K::finish(&product.rescale, index * PANEL) };
            let (pixel, out_pixel) = (walk.input_pixel, walk.output_pixel);
            let tile = Tile { panel, finish, inputs: product.inputs, pixel, out_pixel };
            for row in first..(first + near).min(walk.rows) {
                let input = &input[row * walk.input_row..];
                let output = &mut output[row * walk.output_row + index * PANEL..];
                // SAFETY: the caller's promise.
                unsafe { line::<K>(tile, input, output, walk.columns) };
            }
        }
    }
}

/// Multiplies a row of pixels, in tiles of about the same size.
///
/// # Safety
/// The processor is of the kind.
unsafe fn line<K: Multiply>(tile: Tile<'_, K::Finish>, input: &[u8], output: &mut [u8], columns: usize) {
    let mut column = 0;
    for left in (1..=columns.div_ceil(K::PIXELS)).rev() {
        let size = (columns - column).div_ceil(left);
        let (input, output) = (&input[column * tile.pixel..], &mut output[column * tile.out_pixel..]);
        // SAFETY: the caller's promise.
        unsafe {
            match size.min(K::PIXELS) {
                1 => K::run::<1>(tile, input, output),
                2 => K::run::<2>(tile, input, output),
                3 => K::run::<3>(tile, input, output),
                4 => K::run::<4>(tile, input, output),
                5 => K::run::<5>(tile, input, output),
                6 => K::run::<6>(tile, input, output),
                7 => K::run::<7>(tile, input, output),
                8 => K::run::<8>(tile, input, output),
                _ => unreachable!("tiles have 1 to 8 pixels"),
            }
        }
        column += size;
    }
}
