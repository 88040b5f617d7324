//! The small steps between convolutions.

use fearless_simd::{Level, Simd, SimdBase, SimdFrom, dispatch, f32x8};

use super::map::{Clamp, Lanes, Map};

/// Takes the maximum of each window of these rows and columns: 1 x 2, 2 x 1 or 2 x 2.
pub(super) fn max_pool(input: &[Lanes], from: Map, window: (usize, usize), out: &mut [Lanes], to: Map) {
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || match window {
            (1, _) => largest::<_, 1, 2>(simd, input, from, out, to),
            (_, 1) => largest::<_, 2, 1>(simd, input, from, out, to),
            _ => largest::<_, 2, 2>(simd, input, from, out, to),
        },
    ));
}

/// Takes the maximum of each `ROWS` x `COLUMNS` pixels.
#[inline(always)]
fn largest<S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    input: &[Lanes],
    from: Map,
    out: &mut [Lanes],
    to: Map,
) {
    for (input, out) in input.chunks(from.plane).zip(out.chunks_mut(to.plane)) {
        for row in 0..to.rows {
            let lines: [&[[Lanes; COLUMNS]]; ROWS] =
                std::array::from_fn(|line| input[(ROWS * row + line) * from.columns..][..from.columns].as_chunks().0);
            for (column, out) in out[row * to.columns..][..to.columns].iter_mut().enumerate() {
                let mut all = f32x8::simd_from(simd, lines[0][column][0]);
                for line in lines {
                    for pixel in &line[column] {
                        all = all.max(f32x8::simd_from(simd, *pixel));
                    }
                }
                *out = all.into();
            }
        }
    }
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
