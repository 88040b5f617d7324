//! Products with plain NEON: summed in 16 bits as far as [`GROUPS`] allow.

use std::arch::aarch64::*;
use std::ops::Range;

use super::{Finish, QUARTERS, Sums, add_products, by_form, products};
use crate::fast::int8::kernels::tiles::{Multiply, Tile};
use crate::fast::int8::product::{Block, GROUPS, PANEL, STEP};
use crate::fast::int8::rescale::Rescale;

const _: () = assert!(GROUPS[0] == 8, "`run` names every size of a group");

pub(super) struct Neon;

impl Multiply for Neon {
    // Each needs eight vectors of 16-bit sums and four of 32-bit ones.
    const PIXELS: usize = 2;

    type Finish = Finish;

    #[target_feature(enable = "neon")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "neon")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        for first in (0..M * count).step_by(M) {
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            let mut sums = [tile.finish.bias; M];
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            let [eights, fours, twos, ones] = tile.panel.ranges();
            groups::<M, 8>(tile, eights, input, &mut sums);
            groups::<M, 4>(tile, fours, input, &mut sums);
            groups::<M, 2>(tile, twos, input, &mut sums);
            groups::<M, 1>(tile, ones, input, &mut sums);
            by_form!(tile.finish.limits.form, F => for (m, sums) in sums.into_iter().enumerate() {
                let out = &mut output[m * tile.out_pixel..][..PANEL];
                // SAFETY: there are 16 bytes.
                unsafe { vst1q_u8(out.as_mut_ptr(), tile.finish.bytes::<F>(sums)) };
            });
        }
    }
}

/// Adds the products of groups of `G` blocks. The pixels must lie within `input`.
#[target_feature(enable = "neon")]
#[inline]
fn groups<const M: usize, const G: usize>(
    tile: Tile<'_, Finish>,
    blocks: Range<usize>,
    input: &[u8],
    sums: &mut [Sums; M],
) {
    let firsts = tile.panel.inputs[blocks.clone()].chunks_exact(G);
    let mut wide = *sums;
    for (firsts, blocks) in firsts.zip(tile.panel.blocks[blocks].chunks_exact(G)) {
        // For each four outputs, a vector of the first two and one of the last two: a lane per
        // input.
        let mut narrow = [[[vdupq_n_s16(0); 2]; QUARTERS]; M];
        each!(g < G, {
            each!(m < M, {
                // SAFETY: each block begins at an input with `STEP` inputs left in its pixel, by
                // packing, and `run` has checked that the pixels lie within `input`.
                let value = unsafe { four(input, m * tile.pixel + firsts[g] as usize) };
                each!(n < QUARTERS, {
                    let weights = quarter(&blocks[g], n);
                    narrow[m][n] = match g {
                        0 => products(value, weights),
                        _ => add_products(narrow[m][n], value, weights),
                    };
                }, 0 1 2 3);
            }, 0 1);
        });
        each!(m < M, {
            each!(n < QUARTERS, {
                // The sum of two lanes fits 16 bits as well: the groups are chosen for that.
                let pairs = vpaddq_s16(narrow[m][n][0], narrow[m][n][1]);
                wide[m][n] = vpadalq_s16(wide[m][n], pairs);
            }, 0 1 2 3);
        }, 0 1);
    }
    *sums = wide;
}

/// Broadcasts four bytes of `input` to each lane.
///
/// # Safety
/// `at + 4` is at most the input's length.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn four(input: &[u8], at: usize) -> int8x16_t {
    debug_assert!(at + STEP <= input.len());
    // SAFETY: guaranteed by the caller.
    let four = unsafe { input.as_ptr().add(at).cast::<i32>().read_unaligned() };
    vreinterpretq_s8_s32(vdupq_n_s32(four))
}

/// The weights of the `n`th four outputs.
#[inline(always)]
fn quarter(block: &Block, n: usize) -> int8x16_t {
    let weights = &block.0[16 * n..][..16];
    // SAFETY: there are 16 bytes.
    unsafe { weights.as_ptr().cast::<int8x16_t>().read_unaligned() }
}
