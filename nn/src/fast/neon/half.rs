//! Networks in f16, on processors that compute with eight of them at once (ARMv8.2).
#![expect(
    inline_always_mismatching_target_features,
    reason = "all are inlined into `compute`, which has what the intrinsics need"
)]

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};

use half::f16;

use crate::fast::lanes::{LANES, Lanes, PANEL, Panel, TAPS};
use crate::fast::number::{Arithmetic, Number, Work, add_planes};

/// Vectors of the values of a line for [`Arithmetic::COLUMNS`] outputs, which are at most 17.
const VECTORS: usize = 3;

/// Whether this processor computes in f16.
pub(crate) fn computes_in_f16() -> bool {
    is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("fp16")
}

impl Number for f16 {
    const EXECUTOR: &'static str = "fused steps in f16";
    const ZERO: Self = Self::ZERO;
    const ZEROS: &[Lanes<Self>; 256] = &[[Self::ZERO; LANES]; 256];
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn of(value: f32) -> Self {
        Self::from_f32(value)
    }

    fn value(self) -> f32 {
        self.to_f32()
    }

    fn convert(values: &[f32], to: &mut [Self]) {
        assert!(values.len() == to.len() && computes_in_f16());
        // SAFETY: the processor has what the function uses.
        unsafe { convert(values, to) }
    }

    /// # Panics
    /// If the processor does not compute in f16.
    fn compute(work: impl Work<Self>) {
        assert!(computes_in_f16());
        // SAFETY: the processor has what the function uses.
        unsafe { compute(work) }
    }
}

#[target_feature(enable = "neon,fp16")]
fn compute(work: impl Work<f16>) {
    work.run(Halves(()));
}

#[target_feature(enable = "neon,fp16")]
fn convert(values: &[f32], to: &mut [f16]) {
    let ((values, last_values), (to, last_to)) = (values.as_chunks::<LANES>(), to.as_chunks_mut::<LANES>());
    for (values, to) in values.iter().zip(to) {
        // SAFETY: eight values are read.
        let (low, high) = unsafe { (vld1q_f32(values.as_ptr()), vld1q_f32(values[LANES / 2..].as_ptr())) };
        *to = Halves(()).store(vcvt_high_f16_f32(vcvt_f16_f32(low), high));
    }
    for (value, to) in last_values.iter().zip(last_to) {
        *to = f16::from_f32(*value);
    }
}

/// Vectors of eight f16. Only functions for such processors make it.
#[derive(Clone, Copy)]
struct Halves(());

/// Calls an intrinsic of [`compute`]'s instructions.
macro_rules! halves {
    ($call:expr) => {
        // SAFETY: `Halves` exists only where the processor has them.
        unsafe { $call }
    };
}

impl Arithmetic for Halves {
    type Number = f16;
    type Vector = float16x8_t;

    const PIXELS: usize = 8;
    const COLUMNS: usize = 8;
    const GROUP: usize = 8;

    #[inline(always)]
    fn load(self, lanes: &Lanes<f16>) -> float16x8_t {
        // SAFETY: eight numbers of 16 bits.
        halves!(vreinterpretq_f16_u16(vld1q_u16(lanes.as_ptr().cast())))
    }

    #[inline(always)]
    fn splat(self, value: f16) -> float16x8_t {
        halves!(vreinterpretq_f16_u16(vdupq_n_u16(value.to_bits())))
    }

    #[inline(always)]
    fn store(self, vector: float16x8_t) -> Lanes<f16> {
        let mut lanes = [f16::ZERO; LANES];
        // SAFETY: eight numbers of 16 bits.
        halves!(vst1q_u16(lanes.as_mut_ptr().cast(), vreinterpretq_u16_f16(vector)));
        lanes
    }

    #[inline(always)]
    fn add(self, a: float16x8_t, b: float16x8_t) -> float16x8_t {
        halves!(vaddq_f16(a, b))
    }

    #[inline(always)]
    fn mul(self, a: float16x8_t, b: float16x8_t) -> float16x8_t {
        halves!(vmulq_f16(a, b))
    }

    #[inline(always)]
    fn mul_add(self, a: float16x8_t, b: float16x8_t, sum: float16x8_t) -> float16x8_t {
        halves!(vfmaq_f16(sum, a, b))
    }

    #[inline(always)]
    fn min(self, a: float16x8_t, b: float16x8_t) -> float16x8_t {
        halves!(vminq_f16(a, b))
    }

    #[inline(always)]
    fn max(self, a: float16x8_t, b: float16x8_t) -> float16x8_t {
        halves!(vmaxq_f16(a, b))
    }

    #[inline(always)]
    fn add_line<const STEP: usize, const M: usize>(
        self,
        line: &[f16],
        taps: &[[float16x8_t; PANEL]; TAPS],
        sums: &mut [[float16x8_t; PANEL]; M],
    ) {
        let line = &line[..(M - 1) * STEP + TAPS];
        // Eight values at a time; the last eight overlap those before.
        let last = line.len().saturating_sub(LANES);
        let mut values = [self.splat(f16::ZERO); VECTORS];
        each!(v < VECTORS, {
            let mut eight = [f16::ZERO; LANES];
            let from = &line[(v * LANES).min(last)..];
            let count = from.len().min(LANES);
            eight[..count].copy_from_slice(&from[..count]);
            values[v] = self.load(&eight);
        }, 0 1 2);
        each!(m < M, {
            each!(tap < TAPS, {
                let at = m * STEP + tap;
                let start = (at / LANES * LANES).min(last);
                each!(c < PANEL, {
                    sums[m][c] = self.mul_add_lane(taps[tap][c], values[at / LANES], at - start, sums[m][c]);
                }, 0 1);
            }, 0 1 2);
        });
    }

    #[inline(always)]
    fn add_planes<const M: usize, const C: usize>(
        self,
        weights: &[Panel<f16>],
        pixels: &[Lanes<f16>],
        plane: usize,
        sums: &mut [[float16x8_t; C]; M],
    ) {
        if C == PANEL {
            halves!(add_panels(weights, pixels, plane, sums));
        } else {
            add_planes(self, weights, pixels, plane, sums);
        }
    }
}

impl Halves {
    /// `a * b[lane] + sum`.
    #[inline(always)]
    fn mul_add_lane(self, a: float16x8_t, b: float16x8_t, lane: usize, sum: float16x8_t) -> float16x8_t {
        match lane {
            0 => halves!(vfmaq_laneq_f16::<0>(sum, a, b)),
            1 => halves!(vfmaq_laneq_f16::<1>(sum, a, b)),
            2 => halves!(vfmaq_laneq_f16::<2>(sum, a, b)),
            3 => halves!(vfmaq_laneq_f16::<3>(sum, a, b)),
            4 => halves!(vfmaq_laneq_f16::<4>(sum, a, b)),
            5 => halves!(vfmaq_laneq_f16::<5>(sum, a, b)),
            6 => halves!(vfmaq_laneq_f16::<6>(sum, a, b)),
            _ => halves!(vfmaq_laneq_f16::<7>(sum, a, b)),
        }
    }
}

/// As [`Arithmetic::add_planes`] for whole panels, by inline assembly: the compiler loads each input by itself.
///
/// # Panics
/// If there are no weights.
#[target_feature(enable = "neon,fp16")]
#[inline]
fn add_panels<const M: usize, const C: usize>(
    weights: &[Panel<f16>],
    pixels: &[Lanes<f16>],
    plane: usize,
    sums: &mut [[float16x8_t; C]; M],
) {
    assert!(C == PANEL && !weights.is_empty() && (weights.len() - 1) * plane + M <= pixels.len());
    // Two inputs of each pixel, from v0 on, and twice the weights of an input.
    macro_rules! inputs {
        ($first:literal $second:literal, $($values:literal $a:ident $b:ident),+) => {
            concat!(
                "ld1 {{v8.8h, v9.8h, v10.8h, v11.8h}}, [{weights}], #64\n",
                $("fmla {", stringify!($a), ":v}.8h, v8.8h, ", $values, ".h[", $first, "]\n",)+
                $("fmla {", stringify!($b), ":v}.8h, v9.8h, ", $values, ".h[", $first, "]\n",)+
                $("fmla {", stringify!($a), ":v}.8h, v10.8h, ", $values, ".h[", $second, "]\n",)+
                $("fmla {", stringify!($b), ":v}.8h, v11.8h, ", $values, ".h[", $second, "]\n",)+
            )
        };
    }
    // `load` reads the pixels of a plane and goes on by `read` bytes.
    macro_rules! planes {
        ($read:literal, $load:expr, $($m:literal $values:literal $a:ident $b:ident),+) => {{
            $(let (mut $a, mut $b) = (vreinterpretq_u16_f16(sums[$m][0]), vreinterpretq_u16_f16(sums[$m][1]));)+
            asm!(
                "2:",
                $load,
                "subs {planes}, {planes}, #1",
                inputs!("0" "1", $($values $a $b),+),
                inputs!("2" "3", $($values $a $b),+),
                inputs!("4" "5", $($values $a $b),+),
                inputs!("6" "7", $($values $a $b),+),
                "b.ne 2b",
                $($a = inout(vreg) $a, $b = inout(vreg) $b,)+
                weights = inout(reg) weights.as_ptr() => _, planes = inout(reg) weights.len() => _,
                pixels = inout(reg) pixels.as_ptr() => _,
                plane = in(reg) (plane * size_of::<Lanes<f16>>()).wrapping_sub($read),
                out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                out("v7") _, out("v8") _, out("v9") _, out("v10") _, out("v11") _, options(readonly, nostack)
            );
            $(
                sums[$m][0] = vreinterpretq_f16_u16($a);
                sums[$m][1] = vreinterpretq_f16_u16($b);
            )+
        }};
    }
    // SAFETY: reads the weights and, by the assertion, pixels.
    unsafe {
        match M {
            1 => planes!(0, "ld1 {{v0.8h}}, [{pixels}], {plane}", 0 "v0" a b),
            2 => planes!(0, "ld1 {{v0.8h, v1.8h}}, [{pixels}], {plane}", 0 "v0" a b, 1 "v1" c d),
            3 => planes!(
                0, "ld1 {{v0.8h, v1.8h, v2.8h}}, [{pixels}], {plane}", 0 "v0" a b, 1 "v1" c d, 2 "v2" e f
            ),
            4 => planes!(
                0, "ld1 {{v0.8h, v1.8h, v2.8h, v3.8h}}, [{pixels}], {plane}",
                0 "v0" a b, 1 "v1" c d, 2 "v2" e f, 3 "v3" g h
            ),
            5 => planes!(
                64, "ld1 {{v0.8h, v1.8h, v2.8h, v3.8h}}, [{pixels}], #64\nld1 {{v4.8h}}, [{pixels}], {plane}",
                0 "v0" a b, 1 "v1" c d, 2 "v2" e f, 3 "v3" g h, 4 "v4" i j
            ),
            6 => planes!(
                64, "ld1 {{v0.8h, v1.8h, v2.8h, v3.8h}}, [{pixels}], #64\nld1 {{v4.8h, v5.8h}}, [{pixels}], {plane}",
                0 "v0" a b, 1 "v1" c d, 2 "v2" e f, 3 "v3" g h, 4 "v4" i j, 5 "v5" k l
            ),
            7 => planes!(
                64,
                "ld1 {{v0.8h, v1.8h, v2.8h, v3.8h}}, [{pixels}], #64\nld1 {{v4.8h, v5.8h, v6.8h}}, [{pixels}], {plane}",
                0 "v0" a b, 1 "v1" c d, 2 "v2" e f, 3 "v3" g h, 4 "v4" i j, 5 "v5" k l,
                6 "v6" m n
            ),
            8 => planes!(
                64,
                "ld1 {{v0.8h, v1.8h, v2.8h, v3.8h}}, [{pixels}], #64\n\
                 ld1 {{v4.8h, v5.8h, v6.8h, v7.8h}}, [{pixels}], {plane}",
                0 "v0" a b, 1 "v1" c d, 2 "v2" e f, 3 "v3" g h, 4 "v4" i j, 5 "v5" k l,
                6 "v6" m n, 7 "v7" o p
            ),
            _ => unreachable!("a tile has at most {} pixels", Halves::PIXELS),
        }
    }
}
