//! Networks in f32.

#[cfg(not(target_arch = "aarch64"))]
use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, dispatch, f32x8};

use super::lanes::{LANES, Lanes};
#[cfg(target_arch = "aarch64")]
use super::neon::Singles;
#[cfg(not(target_arch = "aarch64"))]
use super::number::Arithmetic;
use super::number::{Number, Work};

impl Number for f32 {
    const EXECUTOR: &'static str = "fused steps";
    const ZERO: Self = 0.0;
    const ZEROS: &[Lanes<Self>; 256] = &[[0.0; LANES]; 256];
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn of(value: f32) -> Self {
        value
    }

    fn value(self) -> f32 {
        self
    }

    fn convert(values: &[f32], to: &mut [Self]) {
        to.copy_from_slice(values);
    }

    fn compute(work: impl Work<Self>) {
        #[cfg(target_arch = "aarch64")]
        work.run(Singles);
        #[cfg(not(target_arch = "aarch64"))]
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || work.run(Singles(simd)),
        ));
    }
}

/// Vectors of f32, of a set of instructions.
#[cfg(not(target_arch = "aarch64"))]
#[derive(Clone, Copy)]
struct Singles<S>(S);

#[cfg(not(target_arch = "aarch64"))]
impl<S: Simd> Arithmetic for Singles<S> {
    type Number = f32;
    type Vector = f32x8<S>;

    const PIXELS: usize = 6;
    const COLUMNS: usize = 4;
    const GROUP: usize = 4;

    #[inline(always)]
    fn load(self, lanes: &Lanes<f32>) -> f32x8<S> {
        f32x8::simd_from(self.0, *lanes)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> f32x8<S> {
        f32x8::splat(self.0, value)
    }

    #[inline(always)]
    fn store(self, vector: f32x8<S>) -> Lanes<f32> {
        vector.into()
    }

    #[inline(always)]
    fn add(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a + b
    }

    #[inline(always)]
    fn mul(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a * b
    }

    #[inline(always)]
    fn mul_add(self, a: f32x8<S>, b: f32x8<S>, sum: f32x8<S>) -> f32x8<S> {
        a.mul_add(b, sum)
    }

    #[inline(always)]
    fn min(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a.min(b)
    }

    #[inline(always)]
    fn max(self, a: f32x8<S>, b: f32x8<S>) -> f32x8<S> {
        a.max(b)
    }
}
