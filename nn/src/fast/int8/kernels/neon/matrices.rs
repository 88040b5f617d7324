//! Products with the products of matrices of ARMv8.6 (the feature i8mm: phones since about 2021).
//!
//! An instruction multiplies two pixels by two outputs over eight inputs.

use std::arch::aarch64::*;
use std::arch::asm;

use super::packed::{BLOCKS, Multiply, Pixel, Tiles};
use super::{QUARTERS, Sums};
use crate::fast::int8::product::{Block, PANEL, Panel, STEP, WIDE};

pub(super) struct Matrix;

/// Pairs of pixels of the largest tile.
const PAIRS: usize = 3;

/// The sums of a pair of pixels with the pairs of outputs: for the first pixel both outputs, then for the second.
type PairSums = [int32x4_t; PANEL / 2];

impl Multiply for Matrix {
    // The sums of a pair of pixels need eight vectors, its inputs one; a block of weights needs four.
    const PIXELS: usize = 2 * PAIRS;
    const TOGETHER: usize = 2;

    /// In eight bytes of one pixel and eight of the other one, pair by pair. A pixel without a partner is its own.
    unsafe fn pack(pixels: &[Pixel], steps: usize, to: *mut u8) {
        let row = pixels.len().div_ceil(2) * WIDE;
        for (index, pair) in pixels.chunks(2).enumerate() {
            let (mut one, mut other, mut to) = (pair[0].0, pair[pair.len() - 1].0, to.wrapping_add(index * WIDE));
            for _ in 0..steps {
                // SAFETY: guaranteed by the caller.
                unsafe {
                    let (first, second) = (vld1q_u64(one.cast()), vld1q_u64(other.cast()));
                    vst1q_u8(to, vreinterpretq_u8_u64(vzip1q_u64(first, second)));
                    vst1q_u8(to.add(row), vreinterpretq_u8_u64(vzip2q_u64(first, second)));
                }
                (one, other) = (one.wrapping_add(WIDE), other.wrapping_add(WIDE));
                to = to.wrapping_add(2 * row);
            }
        }
    }

    /// The bias of each two outputs, twice.
    type Bias = PairSums;

    #[target_feature(enable = "neon")]
    #[inline]
    unsafe fn bias(bias: Sums) -> PairSums {
        std::array::from_fn(|column| {
            let four = vreinterpretq_s64_s32(bias[column / 2]);
            vreinterpretq_s32_s64(if column % 2 == 0 { vzip1q_s64(four, four) } else { vzip2q_s64(four, four) })
        })
    }

    #[inline]
    fn weights(panel: &Panel) -> &[Block] {
        &panel.paired
    }

    #[target_feature(enable = "neon,i8mm")]
    unsafe fn run<const M: usize>(tiles: &mut Tiles<'_, PairSums>, count: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe { tiles.each::<M>(count, |tiles, pixels| sums::<M>(tiles.weights, &tiles.bias, pixels)) };
    }
}

/// The sums of `M` packed pixels, with the bias. Inline assembly as in `dots`.
///
/// # Safety
/// At `pixels` are inputs for all `weights`, and there are some.
#[target_feature(enable = "neon,i8mm")]
#[inline]
unsafe fn sums<const M: usize>(weights: &[Block], bias: &PairSums, pixels: *const u8) -> [Sums; M] {
    const { assert!(size_of::<Block>() == PANEL * STEP) };
    let mut pairs = [*bias; PAIRS];
    // The bias; for each eight inputs, the values of the pairs, from v4 on, and two blocks of weights.
    macro_rules! steps {
        ($load:literal; $($pair:literal $values:literal $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident),+) => {
            steps!(@ [$(
                concat!("ldp {", stringify!($a), ":q}, {", stringify!($b), ":q}, [{bias}]"),
                concat!("ldp {", stringify!($c), ":q}, {", stringify!($d), ":q}, [{bias}, #32]"),
                concat!("ldp {", stringify!($e), ":q}, {", stringify!($f), ":q}, [{bias}, #64]"),
                concat!("ldp {", stringify!($g), ":q}, {", stringify!($h), ":q}, [{bias}, #96]"),
            )+] [
                $load,
                "ld1 {{v0.16b, v1.16b, v2.16b, v3.16b}}, [{weights}], #64",
                $(concat!("smmla {", stringify!($a), ":v}.4s, ", $values, ".16b, v0.16b"),)+
                $(concat!("smmla {", stringify!($b), ":v}.4s, ", $values, ".16b, v1.16b"),)+
                $(concat!("smmla {", stringify!($c), ":v}.4s, ", $values, ".16b, v2.16b"),)+
                $(concat!("smmla {", stringify!($d), ":v}.4s, ", $values, ".16b, v3.16b"),)+
                "ld1 {{v0.16b, v1.16b, v2.16b, v3.16b}}, [{weights}], #64",
                $(concat!("smmla {", stringify!($e), ":v}.4s, ", $values, ".16b, v0.16b"),)+
                $(concat!("smmla {", stringify!($f), ":v}.4s, ", $values, ".16b, v1.16b"),)+
                $(concat!("smmla {", stringify!($g), ":v}.4s, ", $values, ".16b, v2.16b"),)+
                $(concat!("smmla {", stringify!($h), ":v}.4s, ", $values, ".16b, v3.16b"),)+
            ] [$(
                $a = out(vreg) pairs[$pair][0], $b = out(vreg) pairs[$pair][1],
                $c = out(vreg) pairs[$pair][2], $d = out(vreg) pairs[$pair][3],
                $e = out(vreg) pairs[$pair][4], $f = out(vreg) pairs[$pair][5],
                $g = out(vreg) pairs[$pair][6], $h = out(vreg) pairs[$pair][7],
            )+])
        };
        (@ [$($bias:tt)+] [$($eight:tt)+] [$($sums:tt)+]) => {
            asm!(
                $($bias)+
                "2:",
                "subs {steps}, {steps}, #1",
                $($eight)+
                $($eight)+
                "b.ne 2b",
                $($sums)+
                weights = inout(reg) weights.as_ptr() => _, pixels = inout(reg) pixels => _,
                bias = in(reg) bias,
                steps = inout(reg) weights.len() / BLOCKS => _,
                out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                options(readonly, nostack)
            )
        };
    }
    // SAFETY: reads the pixels and the blocks that the caller guarantees.
    unsafe {
        match M.div_ceil(2) {
            1 => steps!("ldr q4, [{pixels}], #16"; 0 "v4" a b c d e f g h),
            2 => steps!(
                "ld1 {{v4.16b, v5.16b}}, [{pixels}], #32";
                0 "v4" a b c d e f g h, 1 "v5" i j k l m n o p
            ),
            _ => steps!(
                "ld1 {{v4.16b, v5.16b, v6.16b}}, [{pixels}], #48";
                0 "v4" a b c d e f g h, 1 "v5" i j k l m n o p, 2 "v6" q r s t u v w x
            ),
        }
    }
    let mut sums = [[pairs[0][0]; QUARTERS]; M];
    each!(m < M, {
        each!(quarter < QUARTERS, {
            let [one, other] = [0, 1].map(|column| vreinterpretq_s64_s32(pairs[m / 2][2 * quarter + column]));
            let four = if m % 2 == 0 { vzip1q_s64(one, other) } else { vzip2q_s64(one, other) };
            sums[m][quarter] = vreinterpretq_s32_s64(four);
        }, 0 1 2 3);
    }, 0 1 2 3 4 5);
    sums
}
