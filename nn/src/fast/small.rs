//! The small steps between convolutions.

use fearless_simd::{Level, Simd, SimdBase, SimdFrom, dispatch, f32x8};

use super::map::{Clamp, Lanes, Map};

/// Takes the maximum of each 2 x 2 pixels.
pub(super) fn max_pool(input: &[Lanes], from: Map, out: &mut [Lanes], to: Map) {
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || {
            for (input, out) in input.chunks(from.plane).zip(out.chunks_mut(to.plane)) {
                for row in 0..to.rows {
                    let above = &input[2 * row * from.columns..][..from.columns];
                    let below = &input[(2 * row + 1) * from.columns..][..from.columns];
                    let out = &mut out[row * to.columns..][..to.columns];
                    for ((out, above), below) in out.iter_mut().zip(above.as_chunks::<2>().0).zip(below.as_chunks::<2>().0) {
                        let [a, b] = [f32x8::simd_from(simd, above[0]), f32x8::simd_from(simd, above[1])];
                        let [c, d] = [f32x8::simd_from(simd, below[0]), f32x8::simd_from(simd, below[1])];
                        *out = a.max(b).max(c.max(d)).into();
                    }
                }
            }
        },
    ));
}

/// Repeats each pixel of `small` as 2 x 2 pixels and adds `large`, a map shaped like `out`.
pub(super) fn add_enlarged(small: &[Lanes], of: Map, large: &[Lanes], out: &mut [Lanes], to: Map) {
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || {
            for plane in 0..to.planes {
                for row in 0..to.rows {
                    let small = &small[plane * of.plane + row / 2 * of.columns..][..of.columns];
                    let large = &large[plane * to.plane + row * to.columns..][..to.columns];
                    let out = &mut out[plane * to.plane + row * to.columns..][..to.columns];
                    for ((out, large), small) in out.as_chunks_mut::<2>().0.iter_mut().zip(large.as_chunks::<2>().0).zip(small) {
                        let small = f32x8::simd_from(simd, *small);
                        out[0] = (small + f32x8::simd_from(simd, large[0])).into();
                        out[1] = (small + f32x8::simd_from(simd, large[1])).into();
                    }
                }
            }
        },
    ));
}

/// Computes the mean of all pixels.
pub(super) fn mean(input: &[Lanes], from: Map, seen: Clamp, out: &mut [Lanes], to: Map) {
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || {
            let share = f32x8::splat(simd, 1.0 / from.pixels() as f32);
            for plane in 0..from.planes {
                let mut sum = f32x8::splat(simd, 0.0);
                for pixel in &input[plane * from.plane..][..from.pixels()] {
                    sum += seen.keep(simd, f32x8::simd_from(simd, *pixel));
                }
                out[plane * to.plane] = (sum * share).into();
            }
        },
    ));
}
