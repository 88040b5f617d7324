//! Kernels for AArch64, with the dot product of ARMv8.2 and without.
//!
//! NEON multiplies signed bytes: [`Rescale::center`] is subtracted from the input's bytes.
#![allow(unsafe_code)]

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};
use std::ops::Range;

use super::Kernels;
use super::tiles::{Multiply, Tile, product};
use crate::fast::int8::depthwise::{self, BLOCK, Depthwise, FIRST, PAIRS, Sums, TAPS, Windows};
use crate::fast::int8::product::{self, PANEL, STEP};
use crate::fast::int8::rescale::Rescale;

/// The kernels that run on this processor, the fastest first.
pub(super) fn available() -> impl Iterator<Item = Kernels> {
    let dot = is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("dotprod");
    let plain = is_aarch64_feature_detected!("neon");
    [dot.then_some(DOT_KERNELS), plain.then_some(KERNELS)].into_iter().flatten()
}

const KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON)",
    // SAFETY: the table is offered only if NEON is detected.
    product: |weights, input, output, walk| unsafe { product::<Neon>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

const DOT_KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON dot product)",
    // SAFETY: the table is offered only if NEON and its dot product are detected.
    product: |weights, input, output, walk| unsafe { product::<Dot>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

/// Vectors of four outputs of a panel.
pub(super) const QUARTERS: usize = PANEL / 4;

/// Without the dot product: products are summed in 16 bits as far as [`product::GROUPS`] allow.
struct Neon;

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
            tile.finish.store(sums, output, tile.out_pixel);
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
    sums: &mut [[int32x4_t; QUARTERS]; M],
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
                let value = vsubq_s8(value, tile.finish.center);
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

/// Adds the products of the low and of the high eight bytes to 16-bit lanes. Inline assembly fixes
/// the order: if the compiler reordered the sums, they would need more registers than exist.
#[target_feature(enable = "neon")]
#[inline]
fn add_products(sums: [int16x8_t; 2], a: int8x16_t, b: int8x16_t) -> [int16x8_t; 2] {
    let [mut low, mut high] = sums;
    // SAFETY: operates on registers only, with a feature that the function enables.
    unsafe {
        asm!("smlal {low:v}.8h, {a:v}.8b, {b:v}.8b", "smlal2 {high:v}.8h, {a:v}.16b, {b:v}.16b",
            low = inout(vreg) low, high = inout(vreg) high, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags));
    }
    [low, high]
}

/// Multiplies the low and the high eight bytes.
#[target_feature(enable = "neon")]
#[inline]
fn products(a: int8x16_t, b: int8x16_t) -> [int16x8_t; 2] {
    let (low, high): (int16x8_t, int16x8_t);
    // SAFETY: operates on registers only, with a feature that the function enables.
    unsafe {
        asm!("smull {low:v}.8h, {a:v}.8b, {b:v}.8b", "smull2 {high:v}.8h, {a:v}.16b, {b:v}.16b",
            low = out(vreg) low, high = lateout(vreg) high, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags));
    }
    [low, high]
}

/// With the dot product: all sums have 32 bits.
struct Dot;

impl Multiply for Dot {
    // Each needs four vectors of sums and one of inputs; two are left for weights.
    const PIXELS: usize = 6;

    type Finish = Finish;

    #[target_feature(enable = "neon")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "neon,dotprod")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        for first in (0..M * count).step_by(M) {
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            const LANES: usize = 16 / STEP;
            let mut sums = [tile.finish.bias; M];
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            let (steps, rest) = tile.panel.ordered.as_chunks::<LANES>();
            assert!(STEP * tile.panel.ordered.len() <= tile.inputs);
            for (index, blocks) in steps.iter().enumerate() {
                let mut values = [tile.finish.center; M];
                each!(m < M, {
                    // SAFETY: the assertions above guarantee inputs for all blocks and keep the
                    // pixel within `input`.
                    let value = unsafe { sixteen(input, m * tile.pixel + STEP * LANES * index) };
                    values[m] = vsubq_s8(value, tile.finish.center);
                }, 0 1 2 3 4 5);
                add_dots::<M, 0>(&mut sums, &blocks[0], &values);
                add_dots::<M, 1>(&mut sums, &blocks[1], &values);
                add_dots::<M, 2>(&mut sums, &blocks[2], &values);
                add_dots::<M, 3>(&mut sums, &blocks[3], &values);
            }
            for (index, block) in rest.iter().enumerate() {
                let mut values = [tile.finish.center; M];
                each!(m < M, {
                    // SAFETY: as above.
                    let value = unsafe { four(input, m * tile.pixel + STEP * (LANES * steps.len() + index)) };
                    values[m] = vsubq_s8(value, tile.finish.center);
                }, 0 1 2 3 4 5);
                add_dots::<M, 0>(&mut sums, block, &values);
            }
            tile.finish.store(sums, output, tile.out_pixel);
        }
    }
}

/// Adds the products of a block with the four bytes in `LANE` of each pixel's values.
#[target_feature(enable = "neon,dotprod")]
#[inline]
fn add_dots<const M: usize, const LANE: i32>(
    sums: &mut [[int32x4_t; QUARTERS]; M],
    block: &product::Block,
    values: &[int8x16_t; M],
) {
    each!(n < QUARTERS, {
        let weights = quarter(block, n);
        each!(m < M, {
            sums[m][n] = add_dot::<LANE>(sums[m][n], weights, values[m]);
        }, 0 1 2 3 4 5);
    }, 0 1 2 3);
}

/// `sums + weights . values[LANE]`, four bytes each; the intrinsic for this instruction is not
/// stable.
#[target_feature(enable = "neon,dotprod")]
#[inline]
fn add_dot<const LANE: i32>(sums: int32x4_t, weights: int8x16_t, values: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: operates on registers only, with a feature that the function enables.
    unsafe {
        asm!("sdot {sums:v}.4s, {weights:v}.16b, {values:v}.4b[{lane}]", sums = inout(vreg) sums,
            weights = in(vreg) weights, values = in(vreg) values, lane = const LANE,
            options(pure, nomem, nostack, preserves_flags));
    }
    sums
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

/// Loads sixteen bytes of `input`.
///
/// # Safety
/// `at + 16` is at most the input's length.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn sixteen(input: &[u8], at: usize) -> int8x16_t {
    debug_assert!(at + 16 <= input.len());
    // SAFETY: guaranteed by the caller.
    unsafe { vld1q_s8(input.as_ptr().add(at).cast()) }
}

/// The weights of the `n`th four outputs.
#[inline(always)]
fn quarter(block: &product::Block, n: usize) -> int8x16_t {
    let weights = &block.0[16 * n..][..16];
    // SAFETY: there are 16 bytes.
    unsafe { weights.as_ptr().cast::<int8x16_t>().read_unaligned() }
}

/// Converts the sums of a panel to bytes.
#[derive(Clone, Copy)]
struct Finish {
    center: int8x16_t,
    bias: [int32x4_t; QUARTERS],
    factor: [float32x4_t; QUARTERS],
    limits: Limits,
}

impl Finish {
    #[target_feature(enable = "neon")]
    fn new(rescale: &Rescale, first: usize) -> Self {
        let (bias, factor) = (&rescale.centered[first..][..PANEL], &rescale.factor[first..][..PANEL]);
        // SAFETY: both have 16 values.
        let (bias, factor) = unsafe { (whole_numbers(bias.as_ptr()), fractions(factor.as_ptr())) };
        Self { center: center(rescale), bias, factor, limits: Limits::new(rescale) }
    }

    /// Writes the outputs of `M` pixels; the sums already include the bias.
    #[target_feature(enable = "neon")]
    #[inline]
    fn store<const M: usize>(self, sums: [[int32x4_t; QUARTERS]; M], output: &mut [u8], pixel: usize) {
        assert!((M - 1) * pixel + PANEL <= output.len());
        for (m, sums) in sums.into_iter().enumerate() {
            let bytes = self.limits.bytes(sums, self.factor);
            // SAFETY: the assertion leaves 16 bytes there.
            unsafe { vst1q_u8(output.as_mut_ptr().add(m * pixel), bytes) };
        }
    }
}

/// [`Rescale::center`] in each lane.
#[target_feature(enable = "neon")]
#[inline]
fn center(rescale: &Rescale) -> int8x16_t {
    vreinterpretq_s8_u8(vdupq_n_u8(rescale.center))
}

/// # Safety
/// There are 16 values at `from`.
#[target_feature(enable = "neon")]
#[inline]
pub(super) unsafe fn whole_numbers(from: *const i32) -> [int32x4_t; QUARTERS] {
    // SAFETY: guaranteed by the caller.
    unsafe { [vld1q_s32(from), vld1q_s32(from.add(4)), vld1q_s32(from.add(8)), vld1q_s32(from.add(12))] }
}

/// # Safety
/// There are 16 values at `from`.
#[target_feature(enable = "neon")]
#[inline]
pub(super) unsafe fn fractions(from: *const f32) -> [float32x4_t; QUARTERS] {
    // SAFETY: guaranteed by the caller.
    unsafe { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
}

/// The rescaling steps after the factor.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    zero: int16x8_t,
    min: uint8x16_t,
    max: uint8x16_t,
}

impl Limits {
    #[target_feature(enable = "neon")]
    pub(super) fn new(rescale: &Rescale) -> Self {
        Self { zero: vdupq_n_s16(i16::from(rescale.zero)), min: vdupq_n_u8(rescale.min), max: vdupq_n_u8(rescale.max) }
    }

    /// Converts 16 sums to bytes.
    #[target_feature(enable = "neon")]
    #[inline]
    pub(super) fn bytes(self, sums: [int32x4_t; QUARTERS], factor: [float32x4_t; QUARTERS]) -> uint8x16_t {
        let eight = |first: usize| {
            let low = vqmovn_s32(rounded(sums[first], factor[first]));
            vqaddq_s16(vqmovn_high_s32(low, rounded(sums[first + 1], factor[first + 1])), self.zero)
        };
        let bytes = vqmovun_high_s16(vqmovun_s16(eight(0)), eight(2));
        vminq_u8(vmaxq_u8(bytes, self.min), self.max)
    }
}

#[target_feature(enable = "neon")]
#[inline]
fn rounded(sums: int32x4_t, factor: float32x4_t) -> int32x4_t {
    vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums), factor))
}

pub(super) fn depthwise_here(depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    // SAFETY: NEON was detected when the table was chosen.
    let filter = |block, index| unsafe { Filter::new(block, &depthwise.rescale, index * BLOCK) };
    for (index, block) in depthwise.blocks.iter().enumerate() {
        let filter = filter(block, index);
        let (input, output) = (&input[index * BLOCK..], &mut output[index * BLOCK..]);
        // SAFETY: as above.
        unsafe {
            match block.sums {
                Sums::One => filter.run::<1>(input, output, windows),
                Sums::Two => filter.run::<2>(input, output, windows),
                Sums::Each => filter.run::<PAIRS>(input, output, windows),
            }
        }
    }
}

/// Taps of a pair.
const PAIR: usize = 2;

/// Vectors of 16 channels of a block.
const HALVES: usize = BLOCK / 16;

/// The weights of a block in registers.
#[derive(Clone, Copy)]
struct Filter {
    taps: [[int8x16_t; HALVES]; 2 * PAIRS],
    places: [u8; 2 * PAIRS],
    center: int8x16_t,
    bias: [[int32x4_t; QUARTERS]; HALVES],
    factor: [[float32x4_t; QUARTERS]; HALVES],
    limits: Limits,
}

impl Filter {
    #[target_feature(enable = "neon")]
    fn new(block: &depthwise::Block, rescale: &Rescale, first: usize) -> Self {
        let (bias, factor) = (&rescale.centered[first..][..BLOCK], &rescale.factor[first..][..BLOCK]);
        // SAFETY: each tap has 32 bytes; bias and factor have 32 values.
        let (taps, bias, factor) = unsafe {
            (
                block.taps.each_ref().map(|taps| [vld1q_s8(taps.as_ptr()), vld1q_s8(taps.as_ptr().add(16))]),
                [whole_numbers(bias.as_ptr()), whole_numbers(bias.as_ptr().add(16))],
                [fractions(factor.as_ptr()), fractions(factor.as_ptr().add(16))],
            )
        };
        Self { taps, places: block.places, center: center(rescale), bias, factor, limits: Limits::new(rescale) }
    }

    /// `SUMS`: the number of 16-bit sums into which the pairs are combined.
    #[target_feature(enable = "neon")]
    fn run<const SUMS: usize>(self, input: &[u8], output: &mut [u8], windows: Windows) {
        let walk = windows.walk;
        let offsets = self.places.map(|place| windows.offset(place));
        for row in 0..walk.rows {
            let line = &input[row * walk.input_row..];
            let out = &mut output[row * walk.output_row..];
            let reach = walk.columns.saturating_sub(1);
            assert!(reach * walk.input_pixel + 2 * (windows.row + windows.pixel) + BLOCK <= line.len());
            assert!(reach * walk.output_pixel + BLOCK <= out.len());
            for column in 0..walk.columns {
                // SAFETY: the assertions above keep the last window and the last output in bounds.
                unsafe {
                    let window = line.as_ptr().add(column * walk.input_pixel);
                    let [low, high] = self.sums::<SUMS>(window, &offsets);
                    let out = out.as_mut_ptr().add(column * walk.output_pixel);
                    vst1q_u8(out, self.limits.bytes(low, self.factor[0]));
                    vst1q_u8(out.add(16), self.limits.bytes(high, self.factor[1]));
                }
            }
        }
    }

    /// # Safety
    /// 32 bytes can be read at each of `offsets` from `window` on.
    #[target_feature(enable = "neon")]
    #[inline]
    unsafe fn sums<const SUMS: usize>(
        &self,
        window: *const u8,
        offsets: &[usize; 2 * PAIRS],
    ) -> [[int32x4_t; QUARTERS]; HALVES] {
        let mut wide = self.bias;
        let mut narrow = [[vdupq_n_s16(0); 2]; HALVES];
        each!(pair < PAIRS, {
            let begins = pair == 0 || SUMS == PAIRS || (SUMS == 2 && pair == FIRST);
            each!(one < PAIR, {
                let (tap, first) = (PAIR * pair + one, begins && one == 0);
                // Except with reordered taps (two sums), the last tap is the zero beside the ninth.
                if tap < TAPS || SUMS == 2 {
                    each!(half < HALVES, {
                        // SAFETY: guaranteed by the caller.
                        let values = unsafe { vld1q_s8(window.add(offsets[tap] + 16 * half).cast()) };
                        let values = vsubq_s8(values, self.center);
                        let taps = self.taps[tap][half];
                        narrow[half] = if first { products(values, taps) } else { add_products(narrow[half], values, taps) };
                    }, 0 1);
                }
            }, 0 1);
            if pair + 1 == PAIRS || SUMS == PAIRS || (SUMS == 2 && pair + 1 == FIRST) {
                each!(half < HALVES, {
                    wide[half] = widened(wide[half], narrow[half]);
                }, 0 1);
            }
        }, 0 1 2 3 4);
        wide
    }
}

/// Adds 16-bit sums to 32-bit ones.
#[target_feature(enable = "neon")]
#[inline]
fn widened(wide: [int32x4_t; QUARTERS], narrow: [int16x8_t; 2]) -> [int32x4_t; QUARTERS] {
    let [low, high] = narrow;
    [
        vaddw_s16(wide[0], vget_low_s16(low)),
        vaddw_high_s16(wide[1], low),
        vaddw_s16(wide[2], vget_low_s16(high)),
        vaddw_high_s16(wide[3], high),
    ]
}
