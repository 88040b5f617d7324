//! The small steps between convolutions.

use super::lanes::Lanes;
use super::map::{Clamp, Map};
use super::number::{Arithmetic, Number, Work};

/// Takes the maximum of each window of these rows and columns: 1 x 2, 2 x 1 or 2 x 2.
pub(super) fn max_pool<N: Number>(
    input: &[Lanes<N>],
    from: Map,
    window: (usize, usize),
    out: &mut [Lanes<N>],
    to: Map,
) {
    N::compute(MaxPool { input, from, window, out, to });
}

struct MaxPool<'a, N> {
    input: &'a [Lanes<N>],
    from: Map,
    window: (usize, usize),
    out: &'a mut [Lanes<N>],
    to: Map,
}

impl<N: Number> Work<N> for MaxPool<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(self, by: A) {
        match self.window {
            (1, _) => self.largest::<A, 1, 2>(by),
            (_, 1) => self.largest::<A, 2, 1>(by),
            _ => self.largest::<A, 2, 2>(by),
        }
    }
}

impl<N: Number> MaxPool<'_, N> {
    /// Takes the maximum of each `ROWS` x `COLUMNS` pixels.
    #[inline(always)]
    fn largest<A: Arithmetic<Number = N>, const ROWS: usize, const COLUMNS: usize>(self, by: A) {
        let Self { input, from, out, to, .. } = self;
        for (input, out) in input.chunks(from.plane).zip(out.chunks_mut(to.plane)) {
            for row in 0..to.rows {
                let lines: [&[[Lanes<N>; COLUMNS]]; ROWS] = std::array::from_fn(|line| {
                    input[(ROWS * row + line) * from.columns..][..from.columns].as_chunks().0
                });
                for (column, out) in out[row * to.columns..][..to.columns].iter_mut().enumerate() {
                    let mut all = by.load(&lines[0][column][0]);
                    for line in lines {
                        for pixel in &line[column] {
                            all = by.max(all, by.load(pixel));
                        }
                    }
                    *out = by.store(all);
                }
            }
        }
    }
}

/// Repeats each pixel of `small` as 2 x 2 pixels and adds `large`, a map shaped like `out`.
pub(super) fn add_enlarged<N: Number>(small: &[Lanes<N>], of: Map, large: &[Lanes<N>], out: &mut [Lanes<N>], to: Map) {
    N::compute(AddEnlarged { small, of, large, out, to });
}

struct AddEnlarged<'a, N> {
    small: &'a [Lanes<N>],
    of: Map,
    large: &'a [Lanes<N>],
    out: &'a mut [Lanes<N>],
    to: Map,
}

impl<N: Number> Work<N> for AddEnlarged<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(self, by: A) {
        let Self { small, of, large, out, to } = self;
        for plane in 0..to.planes {
            for row in 0..to.rows {
                let small = &small[plane * of.plane + row / 2 * of.columns..][..of.columns];
                let large = &large[plane * to.plane + row * to.columns..][..to.columns];
                let out = &mut out[plane * to.plane + row * to.columns..][..to.columns];
                let pairs = out.as_chunks_mut::<2>().0.iter_mut().zip(large.as_chunks::<2>().0);
                for ((out, large), small) in pairs.zip(small) {
                    let small = by.load(small);
                    out[0] = by.store(by.add(small, by.load(&large[0])));
                    out[1] = by.store(by.add(small, by.load(&large[1])));
                }
            }
        }
    }
}

/// Computes the mean of all pixels.
pub(super) fn mean<N: Number>(input: &[Lanes<N>], from: Map, seen: Clamp<N>, out: &mut [Lanes<N>], to: Map) {
    N::compute(Mean { input, from, seen, out, to });
}

struct Mean<'a, N> {
    input: &'a [Lanes<N>],
    from: Map,
    seen: Clamp<N>,
    out: &'a mut [Lanes<N>],
    to: Map,
}

impl<N: Number> Work<N> for Mean<'_, N> {
    #[inline(always)]
    fn run<A: Arithmetic<Number = N>>(self, by: A) {
        let Self { input, from, seen, out, to } = self;
        let share = by.splat(N::of(1.0 / from.pixels() as f32));
        for plane in 0..from.planes {
            let mut sum = by.splat(N::ZERO);
            for pixel in &input[plane * from.plane..][..from.pixels()] {
                sum = by.add(sum, seen.keep(by, by.load(pixel)));
            }
            out[plane * to.plane] = by.store(by.mul(sum, share));
        }
    }
}
