//! Rescaling of sums of products to bytes.

use crate::error::{Result, fail};
use crate::graph::Range;
use crate::math::nearest;

/// Larger sums are rejected when a network is loaded, so that no addition can overflow.
const MAX_SUM: f64 = (1u32 << 30) as f64;

/// Turns the sums of a layer into bytes: `round((sum + bias) * factor) + zero`, clamped to
/// `min..=max`. Rounding is to nearest, ties to even; sum and bias are added as integers; every
/// kernel uses the same roundings.
#[derive(Debug, Clone)]
pub(super) struct Rescale {
    /// One value per output; includes the contribution of the input's zero.
    pub bias: Vec<i32>,
    /// One value per output: input scale * weight scale / output scale.
    pub factor: Vec<f32>,
    pub zero: u8,
    pub min: u8,
    pub max: u8,
    /// What kernels that multiply signed bytes need.
    #[cfg_attr(not(target_arch = "aarch64"), allow(dead_code, reason = "other processors multiply u8 by i8"))]
    pub signed: Signed,
}

/// The rescaling of sums of signed bytes to signed bytes, see [`center`].
#[derive(Debug, Clone)]
#[cfg_attr(not(target_arch = "aarch64"), allow(dead_code, reason = "other processors multiply u8 by i8"))]
pub(super) struct Signed {
    /// [`Rescale::bias`] for sums of centered bytes.
    pub bias: Vec<i32>,
    /// The center of the output.
    pub center: u8,
    pub form: Form,
}

/// What is left to do after rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "aarch64"), allow(dead_code, reason = "other processors multiply u8 by i8"))]
pub(super) enum Form {
    /// Zero is 0, the output's bytes are `0..=255`, and every sum fits 16 bits.
    Whole,
    /// Zero is 0, the output's bytes are `0..=127`, and every sum fits 16 bits.
    Half,
    /// Everything.
    Other,
}

/// Subtracted from the bytes of a map, at most `max`, that is stored for kernels that multiply signed bytes. Every
/// byte less its center fits a signed byte; subtracting 128 from a byte changes its highest bit.
///
/// Sums of products that fit 16 bits still fit with centered bytes. Let `c` be the center, at most `max`; `p` the sum of
/// the positive weights and `-n` the sum of the negative ones. A sum was between `-n * max` and `p * max`; it is now
/// between `-(n * (max - c) + p * c)` and `p * (max - c) + n * c`, and neither exceeds the larger of `n * max` and
/// `p * max`.
pub(super) fn center(max: u8) -> u8 {
    max & 128
}

/// The range of a layer's output bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub min: u8,
    pub max: u8,
}

/// One output of a layer before packing: its codes, their scale and its bias.
pub(super) struct Output<'a> {
    pub codes: &'a [i8],
    pub scale: f32,
    pub bias: f32,
}

impl Rescale {
    /// Prepares `padded` outputs; padding outputs yield the output's zero. The input's bytes are at
    /// most `highest`.
    ///
    /// # Errors
    /// `InvalidModel` if a sum could leave the range in which it is exact.
    pub fn new<'a>(
        outputs: impl Iterator<Item = Output<'a>>,
        padded: usize,
        (from, highest): (Range, u8),
        to: Range,
        bounds: Bounds,
    ) -> Result<Self> {
        let (mut bias, mut factor) = (Vec::with_capacity(padded), Vec::with_capacity(padded));
        let mut signed_bias = Vec::with_capacity(padded);
        let mut narrow = true;
        for output in outputs {
            let step = if output.codes.iter().all(|&code| code == 0) {
                // The sum is 0 in any unit; this unit keeps the digits of the bias.
                f64::from(to.scale) / f64::from(1u32 << 16)
            } else {
                f64::from(from.scale) * f64::from(output.scale)
            };
            let [above, below] =
                [i64::max, i64::min].map(|of| output.codes.iter().map(|&code| of(i64::from(code), 0)).sum::<i64>());
            let codes = above + below;
            let offset = f64::from(output.bias) / step - f64::from(from.zero) * codes as f64;
            let max: f64 = output.codes.iter().map(|&code| 255.0 * f64::from(code).abs()).sum();
            let ratio = step / f64::from(to.scale);
            if !(offset.abs() + max <= MAX_SUM && (offset.abs() + max) * ratio <= MAX_SUM) {
                fail!(InvalidModel, "the sums of a quantized layer could overflow");
            }
            let reach = |sum: i64| (offset + (sum * i64::from(highest)) as f64).abs() * ratio;
            narrow &= reach(above).max(reach(below)) < f64::from(i16::MAX);
            bias.push(offset.round_ties_even() as i32);
            signed_bias.push(offset.round_ties_even() as i32 + i32::from(center(highest)) * codes as i32);
            factor.push(ratio as f32);
        }
        bias.resize(padded, 0);
        factor.resize(padded, 0.0);
        signed_bias.resize(padded, 0);
        let form = match (to.zero, bounds.min, bounds.max) {
            (0, 0, u8::MAX) if narrow => Form::Whole,
            (0, 0, 127) if narrow => Form::Half,
            _ => Form::Other,
        };
        let signed = Signed { bias: signed_bias, center: center(bounds.max), form };
        Ok(Self { bias, factor, zero: to.zero, min: bounds.min, max: bounds.max, signed })
    }

    /// Returns the byte for `sum` at `output`.
    pub fn byte(&self, output: usize, sum: i32) -> u8 {
        let scaled = (sum + self.bias[output]) as f32 * self.factor[output];
        let small = nearest(scaled.clamp(f32::from(i16::MIN), f32::from(i16::MAX))) as i16;
        let shifted = small.saturating_add(i16::from(self.zero)).clamp(0, 255) as u8;
        shifted.max(self.min).min(self.max)
    }
}
