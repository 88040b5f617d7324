//! Vectors of f32. Every processor of this architecture has them.

use std::arch::aarch64::*;
use std::arch::asm;

use crate::fast::lanes::{LANES, Lanes, PANEL, Panel, TAPS};
use crate::fast::number::{Arithmetic, add_planes};

/// Eight f32, as two vectors of four.
#[derive(Clone, Copy)]
pub(in crate::fast) struct Singles;

impl Arithmetic for Singles {
    type Number = f32;
    type Vector = [float32x4_t; 2];

    const PIXELS: usize = 5;
    const COLUMNS: usize = 4;
    const GROUP: usize = 4;

    #[inline(always)]
    fn load(self, lanes: &Lanes<f32>) -> [float32x4_t; 2] {
        // SAFETY: eight values.
        unsafe { [vld1q_f32(lanes.as_ptr()), vld1q_f32(lanes[4..].as_ptr())] }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        [unsafe { vdupq_n_f32(value) }; 2]
    }

    #[inline(always)]
    fn store(self, [low, high]: [float32x4_t; 2]) -> Lanes<f32> {
        let mut lanes = [0.0; LANES];
        // SAFETY: eight values.
        unsafe {
            vst1q_f32(lanes.as_mut_ptr(), low);
            vst1q_f32(lanes[4..].as_mut_ptr(), high);
        }
        lanes
    }

    #[inline(always)]
    fn add(self, a: [float32x4_t; 2], b: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        unsafe { [vaddq_f32(a[0], b[0]), vaddq_f32(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: [float32x4_t; 2], b: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        unsafe { [vmulq_f32(a[0], b[0]), vmulq_f32(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul_add(self, a: [float32x4_t; 2], b: [float32x4_t; 2], sum: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        unsafe { [vfmaq_f32(sum[0], a[0], b[0]), vfmaq_f32(sum[1], a[1], b[1])] }
    }

    #[inline(always)]
    fn min(self, a: [float32x4_t; 2], b: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        unsafe { [vminq_f32(a[0], b[0]), vminq_f32(a[1], b[1])] }
    }

    #[inline(always)]
    fn max(self, a: [float32x4_t; 2], b: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: every processor has it.
        unsafe { [vmaxq_f32(a[0], b[0]), vmaxq_f32(a[1], b[1])] }
    }

    /// Whole panels by inline assembly: the compiler loads each input by itself.
    #[inline(always)]
    fn add_planes<const M: usize, const C: usize>(
        self,
        weights: &[Panel<f32>],
        pixels: &[Lanes<f32>],
        plane: usize,
        sums: &mut [[[float32x4_t; 2]; C]; M],
    ) {
        if C != PANEL {
            return add_planes(self, weights, pixels, plane, sums);
        }
        assert!(!weights.is_empty() && (weights.len() - 1) * plane + M <= pixels.len());
        // Half a plane at a time: four inputs of each pixel, from v4 on, and four times the weights of an input.
        macro_rules! input {
            ($lane:literal, $($values:literal $a:ident $b:ident $c:ident $d:ident),+) => {
                concat!(
                    "ld1 {{v0.4s, v1.4s, v2.4s, v3.4s}}, [{weights}], #64\n",
                    $("fmla {", stringify!($a), ":v}.4s, v0.4s, ", $values, ".s[", $lane, "]\n",)+
                    $("fmla {", stringify!($b), ":v}.4s, v1.4s, ", $values, ".s[", $lane, "]\n",)+
                    $("fmla {", stringify!($c), ":v}.4s, v2.4s, ", $values, ".s[", $lane, "]\n",)+
                    $("fmla {", stringify!($d), ":v}.4s, v3.4s, ", $values, ".s[", $lane, "]\n",)+
                )
            };
        }
        macro_rules! planes {
            ($($m:literal $first:literal $second:literal $values:literal $q:literal
                $a:ident $b:ident $c:ident $d:ident),+) => {{
                $(let ([mut $a, mut $b], [mut $c, mut $d]) = (sums[$m][0], sums[$m][1]);)+
                asm!(
                    "2:",
                    $(concat!("ldr ", $q, ", [{pixels}, #", $first, "]"),)+
                    input!("0", $($values $a $b $c $d),+),
                    input!("1", $($values $a $b $c $d),+),
                    input!("2", $($values $a $b $c $d),+),
                    input!("3", $($values $a $b $c $d),+),
                    $(concat!("ldr ", $q, ", [{pixels}, #", $second, "]"),)+
                    "subs {planes}, {planes}, #1",
                    "add {pixels}, {pixels}, {plane}",
                    input!("0", $($values $a $b $c $d),+),
                    input!("1", $($values $a $b $c $d),+),
                    input!("2", $($values $a $b $c $d),+),
                    input!("3", $($values $a $b $c $d),+),
                    "b.ne 2b",
                    $($a = inout(vreg) $a, $b = inout(vreg) $b, $c = inout(vreg) $c, $d = inout(vreg) $d,)+
                    weights = inout(reg) weights.as_ptr() => _, planes = inout(reg) weights.len() => _,
                    pixels = inout(reg) pixels.as_ptr() => _, plane = in(reg) plane * size_of::<Lanes<f32>>(),
                    out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                    out("v7") _, out("v8") _, options(readonly, nostack)
                );
                $(
                    sums[$m][0] = [$a, $b];
                    sums[$m][1] = [$c, $d];
                )+
            }};
        }
        // SAFETY: reads the weights and, by the assertion, pixels.
        unsafe {
            match M {
                1 => planes!(0 "0" "16" "v4" "q4" a b c d),
                2 => planes!(0 "0" "16" "v4" "q4" a b c d, 1 "32" "48" "v5" "q5" e f g h),
                3 => planes!(
                    0 "0" "16" "v4" "q4" a b c d, 1 "32" "48" "v5" "q5" e f g h, 2 "64" "80" "v6" "q6" i j k l
                ),
                4 => planes!(
                    0 "0" "16" "v4" "q4" a b c d, 1 "32" "48" "v5" "q5" e f g h, 2 "64" "80" "v6" "q6" i j k l,
                    3 "96" "112" "v7" "q7" m n o p
                ),
                5 => planes!(
                    0 "0" "16" "v4" "q4" a b c d, 1 "32" "48" "v5" "q5" e f g h, 2 "64" "80" "v6" "q6" i j k l,
                    3 "96" "112" "v7" "q7" m n o p, 4 "128" "144" "v8" "q8" q r s t
                ),
                _ => unreachable!("a tile has at most {} pixels", Self::PIXELS),
            }
        }
    }

    #[inline(always)]
    fn add_line<const STEP: usize, const M: usize>(
        self,
        line: &[f32],
        taps: &[[[float32x4_t; 2]; PANEL]; TAPS],
        sums: &mut [[[float32x4_t; 2]; PANEL]; M],
    ) {
        const HALF: usize = LANES / 2;
        // For at most nine values.
        const VECTORS: usize = 3;
        let line = &line[..(M - 1) * STEP + TAPS];
        // Four values at a time; the last four overlap those before.
        let last = line.len().saturating_sub(HALF);
        let mut values = [[0.0; HALF]; VECTORS];
        each!(v < VECTORS, {
            let from = &line[(v * HALF).min(last)..];
            let count = from.len().min(HALF);
            values[v][..count].copy_from_slice(&from[..count]);
        }, 0 1 2);
        // SAFETY: four values.
        let values = unsafe { values.each_ref().map(|four| vld1q_f32(four.as_ptr())) };
        each!(m < M, {
            each!(tap < TAPS, {
                let at = m * STEP + tap;
                let lane = at - (at / HALF * HALF).min(last);
                each!(c < PANEL, {
                    let ([low, high], value) = (&mut sums[m][c], values[at / HALF]);
                    *low = mul_add_lane(taps[tap][c][0], value, lane, *low);
                    *high = mul_add_lane(taps[tap][c][1], value, lane, *high);
                }, 0 1);
            }, 0 1 2);
        });
    }
}

/// `a * b[lane] + sum`.
#[inline(always)]
fn mul_add_lane(a: float32x4_t, b: float32x4_t, lane: usize, sum: float32x4_t) -> float32x4_t {
    // SAFETY: every processor has it.
    unsafe {
        match lane {
            0 => vfmaq_laneq_f32::<0>(sum, a, b),
            1 => vfmaq_laneq_f32::<1>(sum, a, b),
            2 => vfmaq_laneq_f32::<2>(sum, a, b),
            _ => vfmaq_laneq_f32::<3>(sum, a, b),
        }
    }
}
