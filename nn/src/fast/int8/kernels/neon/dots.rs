//! Products with the dot product of ARMv8.2: all sums have 32 bits.

use std::arch::aarch64::*;
use std::arch::asm;

use super::packed::{BLOCKS, Multiply, Pixel, Tiles};
use super::{Sums, repeated};
use crate::fast::int8::product::{Block, PANEL, Panel, STEP, WIDE};

pub(super) struct Dot;

impl Multiply for Dot {
    // Each needs four vectors of sums and one of inputs; a block of weights needs four.
    const PIXELS: usize = 5;
    const TOGETHER: usize = 1;

    unsafe fn pack(pixels: &[Pixel], steps: usize, to: *mut u8) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            match *pixels {
                [a] => pack([a], steps, to),
                [a, b] => pack([a, b], steps, to),
                [a, b, c] => pack([a, b, c], steps, to),
                [a, b, c, d] => pack([a, b, c, d], steps, to),
                [a, b, c, d, e] => pack([a, b, c, d, e], steps, to),
                _ => unreachable!("a tile has at most {} pixels", Self::PIXELS),
            }
        }
    }

    type Bias = Sums;

    #[inline]
    unsafe fn bias(bias: Sums) -> Sums {
        bias
    }

    #[inline]
    fn weights(panel: &Panel) -> &[Block] {
        &panel.ordered
    }

    #[target_feature(enable = "neon,dotprod")]
    unsafe fn run<const M: usize>(tiles: &mut Tiles<'_, Sums>, count: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe { tiles.each::<M>(count, |tiles, pixels| sums::<M>(tiles.weights, &tiles.bias, pixels)) };
    }
}

/// Packs the pixels side by side.
///
/// # Safety
/// As for [`Multiply::pack`].
unsafe fn pack<const M: usize>(pixels: [Pixel; M], steps: usize, to: *mut u8) {
    for step in 0..steps {
        let (from, to) = (step * WIDE, to.wrapping_add(step * M * WIDE));
        each!(m < M, {
            // SAFETY: guaranteed by the caller.
            unsafe { vst1q_u8(to.wrapping_add(m * WIDE), vld1q_u8(pixels[m].0.wrapping_add(from))) };
        }, 0 1 2 3 4);
    }
}

/// The sums of `M` packed pixels, with the bias.
///
/// Inline assembly, because the intrinsic for `sdot` is not stable, and the compiler would load values and weights in more
/// instructions.
///
/// # Safety
/// At `pixels` are inputs for all `weights`, and there are some.
#[target_feature(enable = "neon,dotprod")]
#[inline]
unsafe fn sums<const M: usize>(weights: &[Block], bias: &Sums, pixels: *const u8) -> [Sums; M] {
    const { assert!(size_of::<Block>() == PANEL * STEP) };
    let mut sums = repeated::<M>(bias);
    // The products of a block of weights with four inputs of each pixel.
    macro_rules! block {
        ($lane:literal, $($values:literal $a:ident $b:ident $c:ident $d:ident),+) => {
            concat!(
                "ld1 {{v0.16b, v1.16b, v2.16b, v3.16b}}, [{weights}], #64\n",
                $("sdot {", stringify!($a), ":v}.4s, v0.16b, ", $values, ".4b[", $lane, "]\n",)+
                $("sdot {", stringify!($b), ":v}.4s, v1.16b, ", $values, ".4b[", $lane, "]\n",)+
                $("sdot {", stringify!($c), ":v}.4s, v2.16b, ", $values, ".4b[", $lane, "]\n",)+
                $("sdot {", stringify!($d), ":v}.4s, v3.16b, ", $values, ".4b[", $lane, "]\n",)+
            )
        };
    }
    // The values of 16 inputs of the pixels, from v4 on, and four blocks of weights.
    macro_rules! step {
        ([$($load:literal)+] $($values:literal $a:ident $b:ident $c:ident $d:ident),+) => {
            concat!(
                $($load, "\n",)+
                block!("0", $($values $a $b $c $d),+),
                block!("1", $($values $a $b $c $d),+),
                block!("2", $($values $a $b $c $d),+),
                block!("3", $($values $a $b $c $d),+),
            )
        };
    }
    macro_rules! steps {
        ($($load:literal)+; $($m:literal $values:literal $a:ident $b:ident $c:ident $d:ident),+) => {
            asm!(
                // Two at a time; an odd number begins with the second.
                "tbnz {steps}, #0, 3f",
                "2:",
                step!([$($load)+] $($values $a $b $c $d),+),
                "3:",
                "subs {steps}, {steps}, #2",
                step!([$($load)+] $($values $a $b $c $d),+),
                "b.gt 2b",
                $(
                    $a = inout(vreg) sums[$m][0], $b = inout(vreg) sums[$m][1],
                    $c = inout(vreg) sums[$m][2], $d = inout(vreg) sums[$m][3],
                )+
                weights = inout(reg) weights.as_ptr() => _, pixels = inout(reg) pixels => _,
                steps = inout(reg) weights.len() / BLOCKS => _,
                out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                out("v7") _, out("v8") _, options(readonly, nostack)
            )
        };
    }
    // SAFETY: reads the pixels and the blocks that the caller guarantees.
    unsafe {
        match M {
            1 => steps!("ldr q4, [{pixels}], #16"; 0 "v4" a b c d),
            2 => steps!("ld1 {{v4.16b, v5.16b}}, [{pixels}], #32"; 0 "v4" a b c d, 1 "v5" e f g h),
            3 => steps!(
                "ld1 {{v4.16b, v5.16b, v6.16b}}, [{pixels}], #48";
                0 "v4" a b c d, 1 "v5" e f g h, 2 "v6" i j k l
            ),
            4 => steps!(
                "ld1 {{v4.16b, v5.16b, v6.16b, v7.16b}}, [{pixels}], #64";
                0 "v4" a b c d, 1 "v5" e f g h, 2 "v6" i j k l, 3 "v7" m n o p
            ),
            5 => steps!(
                "ld1 {{v4.16b, v5.16b, v6.16b, v7.16b}}, [{pixels}], #64" "ldr q8, [{pixels}], #16";
                0 "v4" a b c d, 1 "v5" e f g h, 2 "v6" i j k l, 3 "v7" m n o p, 4 "v8" q r s t
            ),
            _ => unreachable!("a tile has at most 5 pixels"),
        }
    }
    sums
}
