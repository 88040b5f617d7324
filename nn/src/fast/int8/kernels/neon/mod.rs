//! Kernels for AArch64: plain NEON, the dot product of ARMv8.2, and products of matrices (i8mm).
//!
//! They multiply signed bytes, so maps are stored as bytes less their [`center`](crate::fast::int8::rescale::center).
#![allow(unsafe_code)]

mod depthwise;
mod dots;
mod matrices;
mod packed;
mod product;

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};

use super::Kernels;
use super::tiles::product;
use crate::fast::int8::processor::multiplies_matrices;
use crate::fast::int8::product::PANEL;
use crate::fast::int8::rescale::{Form, Rescale};

/// The kernels that run on this processor, the fastest first.
pub(super) fn available() -> impl Iterator<Item = Kernels> {
    let plain = is_aarch64_feature_detected!("neon");
    let dots = plain && is_aarch64_feature_detected!("dotprod");
    let matrices = dots && multiplies_matrices();
    [matrices.then_some(MATRIX_KERNELS), dots.then_some(DOT_KERNELS), plain.then_some(KERNELS)].into_iter().flatten()
}

const KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON)",
    signed: true,
    // SAFETY: the table is offered only if NEON is detected.
    product: |weights, input, output, walk| unsafe { product::<product::Neon>(weights, input, output, walk) },
    // SAFETY: as above.
    depthwise: |weights, input, output, windows| unsafe { depthwise::by_products(weights, input, output, windows) },
};

const DOT_KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON dot product)",
    signed: true,
    // SAFETY: the table is offered only if NEON and its dot product are detected.
    product: |weights, input, output, walk| unsafe { packed::product::<dots::Dot>(weights, input, output, walk) },
    // SAFETY: as above.
    depthwise: |weights, input, output, windows| unsafe { depthwise::by_dots(weights, input, output, windows) },
};

const MATRIX_KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (NEON matrix product)",
    // SAFETY: the table is offered only if NEON, its dot product and its products of matrices are detected.
    product: |weights, input, output, walk| unsafe {
        packed::product::<matrices::Matrix>(weights, input, output, walk)
    },
    ..DOT_KERNELS
};

/// Vectors of four outputs of a panel.
const QUARTERS: usize = PANEL / 4;

/// Sums of the outputs of a panel.
type Sums = [int32x4_t; QUARTERS];

/// Converts the sums of 16 outputs to bytes.
#[derive(Clone, Copy)]
struct Finish {
    bias: Sums,
    factor: [float32x4_t; QUARTERS],
    limits: Limits,
}

impl Finish {
    #[target_feature(enable = "neon")]
    fn new(rescale: &Rescale, first: usize) -> Self {
        let (bias, factor) = (&rescale.signed.bias[first..][..PANEL], &rescale.factor[first..][..PANEL]);
        // SAFETY: both have 16 values.
        let (bias, factor) = unsafe { (four_vectors(bias.as_ptr()), vld1q_f32_x4(factor.as_ptr())) };
        let factor = [factor.0, factor.1, factor.2, factor.3];
        Self { bias, factor, limits: Limits::new(rescale) }
    }

    /// Converts 16 sums that include the bias; `F` is the form of the limits, see [`by_form`].
    #[target_feature(enable = "neon")]
    #[inline]
    fn bytes<F: Bytes>(&self, sums: Sums) -> uint8x16_t {
        let whole = |quarter: usize| vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums[quarter]), self.factor[quarter]));
        F::of([whole(0), whole(1), whole(2), whole(3)], &self.limits.steps)
    }
}

/// The same sums `M` times, each read again: the compiler would rather copy registers, which takes more instructions.
#[inline(always)]
fn repeated<const M: usize>(sums: &Sums) -> [Sums; M] {
    let mut from = std::ptr::from_ref(sums);
    let mut repeated = [*sums; M];
    each!(m < M, {
        // SAFETY: no instruction, and a pointer to the same sums.
        unsafe {
            asm!("/* {from} */", from = inout(reg) from, options(readonly, nostack, preserves_flags));
            repeated[m] = from.read();
        }
    });
    repeated
}

/// Loads 16 values.
///
/// # Safety
/// They can be read at `from`.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn four_vectors(from: *const i32) -> Sums {
    // SAFETY: guaranteed by the caller.
    let int32x4x4_t(a, b, c, d) = unsafe { vld1q_s32_x4(from) };
    [a, b, c, d]
}

/// The rescaling steps after the factor.
#[derive(Clone, Copy)]
struct Limits {
    form: Form,
    steps: Steps,
}

/// The operands of [`Other`], in the order in which assembly loads them.
#[derive(Clone, Copy)]
#[repr(C)]
struct Steps {
    zero: int16x8_t,
    min: uint8x16_t,
    max: uint8x16_t,
    center: uint8x16_t,
}

impl Limits {
    #[target_feature(enable = "neon")]
    fn new(rescale: &Rescale) -> Self {
        let steps = Steps {
            zero: vdupq_n_s16(i16::from(rescale.zero)),
            min: vdupq_n_u8(rescale.min),
            max: vdupq_n_u8(rescale.max),
            center: vdupq_n_u8(rescale.signed.center),
        };
        Self { form: rescale.signed.form, steps }
    }
}

/// The last steps of a [`Form`].
trait Bytes {
    const FORM: Form;

    /// Converts 16 rounded sums to centered bytes.
    fn of(sums: Sums, steps: &Steps) -> uint8x16_t;
}

struct Whole;
struct Half;
struct Other;

impl Bytes for Whole {
    const FORM: Form = Form::Whole;

    #[inline(always)]
    fn of([a, b, c, d]: Sums, _: &Steps) -> uint8x16_t {
        // SAFETY: whoever has sums has NEON.
        unsafe { veorq_u8(vqmovun_high_s16(vqmovun_s16(low(a, b)), low(c, d)), vdupq_n_u8(128)) }
    }
}

impl Bytes for Half {
    const FORM: Form = Form::Half;

    #[inline(always)]
    fn of([a, b, c, d]: Sums, _: &Steps) -> uint8x16_t {
        // SAFETY: as above.
        unsafe {
            let bytes = vqmovn_high_s16(vqmovn_s16(low(a, b)), low(c, d));
            vreinterpretq_u8_s8(vmaxq_s8(bytes, vdupq_n_s8(0)))
        }
    }
}

impl Bytes for Other {
    const FORM: Form = Form::Other;

    #[inline(always)]
    fn of([a, b, c, d]: Sums, steps: &Steps) -> uint8x16_t {
        // SAFETY: as above.
        unsafe {
            let low = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), steps.zero);
            let high = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(c), d), steps.zero);
            let bytes = vqmovun_high_s16(vqmovun_s16(low), high);
            veorq_u8(vminq_u8(vmaxq_u8(bytes, steps.min), steps.max), steps.center)
        }
    }
}

/// Runs `$work` with the type `$F` for a [`Form`], so that no step is chosen anew for each vector.
macro_rules! by_form {
    ($form:expr, $F:ident => $work:expr) => {
        match $form {
            $crate::fast::int8::rescale::Form::Whole => {
                type $F = $crate::fast::int8::kernels::neon::Whole;
                $work
            }
            $crate::fast::int8::rescale::Form::Half => {
                type $F = $crate::fast::int8::kernels::neon::Half;
                $work
            }
            $crate::fast::int8::rescale::Form::Other => {
                type $F = $crate::fast::int8::kernels::neon::Other;
                $work
            }
        }
    };
}
use by_form;

/// The low 16 bits of sums.
#[target_feature(enable = "neon")]
#[inline]
fn low(a: int32x4_t, b: int32x4_t) -> int16x8_t {
    vuzp1q_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b))
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
