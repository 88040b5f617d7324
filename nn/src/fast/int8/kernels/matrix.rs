//! Kernels for AArch64 with products of matrices (the feature i8mm: phones since about 2021).
//!
//! An instruction multiplies two pixels by two outputs over eight inputs: unsigned bytes by signed ones, so that nothing is
//! subtracted from the input.
#![allow(unsafe_code)]

use std::arch::aarch64::*;
use std::arch::asm;

use super::Kernels;
use super::neon::{Limits, QUARTERS, depthwise_here, fractions, whole_numbers};
use super::tiles::{Multiply, Tile, product};
use crate::fast::int8::processor::multiplies_matrices;
use crate::fast::int8::product::{Block, PANEL, STEP};
use crate::fast::int8::rescale::Rescale;

/// The kernels, if the processor has products of matrices.
pub(super) fn available() -> Option<Kernels> {
    multiplies_matrices().then_some(KERNELS)
}

const KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON matrix product)",
    // SAFETY: the table is offered only if NEON and its products of matrices are detected.
    product: |weights, input, output, walk| unsafe { product::<Matrix>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

/// Inputs that an instruction multiplies.
const WIDE: usize = 2 * STEP;

/// Pairs of pixels of the largest tile.
const PAIRS: usize = 3;

/// Pairs of outputs of a panel.
const COLUMNS: usize = PANEL / 2;

/// The sums of pairs of pixels and pairs of outputs: for the first pixel both outputs, then for the second.
type Sums = [[int32x4_t; COLUMNS]; PAIRS];

struct Matrix;

impl Multiply for Matrix {
    // Their sums need 24 vectors, the pixels three and the weights at least one.
    const PIXELS: usize = 2 * PAIRS;
    const TOGETHER: usize = 2;

    type Finish = Finish;

    #[target_feature(enable = "neon")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "neon,i8mm")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        let pairs = const { M.div_ceil(2) };
        for first in (0..M * count).step_by(M) {
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            assert!(tile.panel.pairs.len() == tile.inputs.div_ceil(WIDE));
            let mut sums = [tile.finish.bias; PAIRS];
            // A pixel without a partner is its own.
            let places: [[usize; 2]; PAIRS] =
                std::array::from_fn(|pair| [2 * pair, 2 * pair + 1].map(|m| m.min(M - 1) * tile.pixel));
            let whole = tile.inputs / WIDE;
            for (index, weights) in tile.panel.pairs[..whole].iter().enumerate() {
                let mut values = [vdupq_n_u8(0); PAIRS];
                each!(pair < pairs, {
                    // SAFETY: eight inputs are left in each pixel, which the assertion keeps within `input`.
                    values[pair] = unsafe { halves(input, places[pair].map(|place| place + WIDE * index)) };
                }, 0 1 2);
                add::<M>(&mut sums, weights, &values);
            }
            if let Some(weights) = tile.panel.pairs.get(whole) {
                // Four inputs, and zeros.
                let values = places.map(|pair| {
                    vreinterpretq_u8_u64(vcombine_u64(
                        four(input, pair[0] + WIDE * whole),
                        four(input, pair[1] + WIDE * whole),
                    ))
                });
                add::<M>(&mut sums, weights, &values);
            }
            tile.finish.store::<M>(&sums, output, tile.out_pixel);
        }
    }
}

/// Loads eight bytes of `input` at each of the places.
///
/// # Safety
/// There are eight bytes at each.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn halves(input: &[u8], [one, other]: [usize; 2]) -> uint8x16_t {
    // SAFETY: guaranteed by the caller.
    unsafe {
        let [one, other] = [one, other].map(|at| input.as_ptr().add(at).cast::<u64>().read_unaligned());
        vreinterpretq_u8_u64(vsetq_lane_u64::<1>(other, vcombine_u64(vcreate_u64(one), vcreate_u64(0))))
    }
}

/// Four bytes of `input`, and zeros.
#[target_feature(enable = "neon")]
#[inline]
fn four(input: &[u8], at: usize) -> uint64x1_t {
    let four = input[at..].first_chunk::<STEP>().expect("inputs come in fours");
    vcreate_u64(u64::from(u32::from_le_bytes(*four)))
}

/// Adds the products of eight inputs of the pixels of a tile.
#[target_feature(enable = "neon,i8mm")]
#[inline]
fn add<const M: usize>(sums: &mut Sums, weights: &[Block; 2], values: &[uint8x16_t; PAIRS]) {
    let pairs = const { M.div_ceil(2) };
    each!(column < COLUMNS, {
        // SAFETY: each block has four vectors.
        let weights = unsafe { vld1q_s8(weights[column / 4].0.as_ptr().add(16 * (column % 4))) };
        each!(pair < pairs, {
            sums[pair][column] = add_products(sums[pair][column], values[pair], weights);
        }, 0 1 2);
    }, 0 1 2 3 4 5 6 7);
}

/// `sums + values x weights`: two rows of eight unsigned bytes by two columns of eight signed ones. The intrinsic for this
/// instruction is not stable.
#[target_feature(enable = "neon,i8mm")]
#[inline]
fn add_products(sums: int32x4_t, values: uint8x16_t, weights: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: operates on registers only, with a feature that the function enables.
    unsafe {
        asm!("usmmla {sums:v}.4s, {values:v}.16b, {weights:v}.16b", sums = inout(vreg) sums,
            values = in(vreg) values, weights = in(vreg) weights, options(pure, nomem, nostack, preserves_flags));
    }
    sums
}

/// Converts the sums of a panel to bytes.
#[derive(Clone, Copy)]
struct Finish {
    /// The bias of each two outputs, twice.
    bias: [int32x4_t; COLUMNS],
    factor: [float32x4_t; QUARTERS],
    limits: Limits,
}

impl Finish {
    #[target_feature(enable = "neon")]
    fn new(rescale: &Rescale, first: usize) -> Self {
        let (bias, factor) = (&rescale.bias[first..][..PANEL], &rescale.factor[first..][..PANEL]);
        // SAFETY: both have 16 values.
        let (bias, factor) = unsafe { (whole_numbers(bias.as_ptr()), fractions(factor.as_ptr())) };
        let twice = std::array::from_fn(|column| {
            let four = vreinterpretq_s64_s32(bias[column / 2]);
            vreinterpretq_s32_s64(if column % 2 == 0 { vzip1q_s64(four, four) } else { vzip2q_s64(four, four) })
        });
        Self { bias: twice, factor, limits: Limits::new(rescale) }
    }

    /// Writes the outputs of `M` pixels; the sums already include the bias.
    #[target_feature(enable = "neon")]
    #[inline]
    fn store<const M: usize>(self, sums: &Sums, output: &mut [u8], pixel: usize) {
        assert!((M - 1) * pixel + PANEL <= output.len());
        each!(m < M, {
            let columns = &sums[m / 2];
            let quarters = std::array::from_fn(|quarter| {
                let (one, other) =
                    (vreinterpretq_s64_s32(columns[2 * quarter]), vreinterpretq_s64_s32(columns[2 * quarter + 1]));
                vreinterpretq_s32_s64(if m % 2 == 0 { vzip1q_s64(one, other) } else { vzip2q_s64(one, other) })
            });
            let bytes = self.limits.bytes(quarters, self.factor);
            // SAFETY: the assertion leaves 16 bytes there.
            unsafe { vst1q_u8(output.as_mut_ptr().add(m * pixel), bytes) };
        }, 0 1 2 3 4 5);
    }
}
