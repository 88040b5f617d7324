//! Products of small matrices, compiled for the widest instructions of the processor.
//!
//! Every sum has a fixed order that depends on the shapes alone, and products are never fused with
//! sums, so the results have the same bits on every processor. Matrices are row-major. Only the
//! modules with kernels use `fearless_simd`: it selects the instruction set and provides vectors of
//! eight lanes.

use std::array::from_fn;
use std::mem::take;
use std::ops::Add;

use fearless_simd::{Level, Simd, SimdBase, SimdFrom, dispatch, f32x8};

/// Lanes of a vector of sums.
pub const LANES: usize = 8;

/// Frames and columns whose products are summed together: their sums fill the registers.
const FRAMES: usize = 4;
const COLUMNS: usize = 2;

/// Frames processed together if there is a single column.
const FRAMES_OF_ONE: usize = 8;

/// Maximum values and rows of a block of sums that stays in the nearest cache.
const TILE: usize = 4096;
const TILE_ROWS: usize = 32;

/// The minimum number of frames for which copying sums into a tile and back pays off.
const TILE_FRAMES: usize = 8;

#[inline(always)]
fn total([a, b, c, d, e, f, g, h]: [f32; LANES]) -> f32 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Runs `work` compiled for the processor's instruction set. `work` and everything it calls must be
/// `#[inline(always)]`.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    dispatch!(Level::new(), simd => simd.vectorize(work))
}

/// Returns the inner product of `a` and `b`, which have the same length.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut rest = 0.0;
    for (a, b) in last_a.iter().zip(last_b) {
        rest += a * b;
    }
    total(sums) + rest
}

/// `out[t][k] = frames[t] . columns[k]`: frames are T x length, columns K x length, out T x K. Each
/// product has the same bits as [`dot`].
pub fn products(length: usize, frames: &[f32], columns: &[f32], out: &mut [f32]) {
    let count = columns.len() / length;
    debug_assert_eq!(out.len(), frames.len() / length * count);
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || {
            if count == 1 {
                products_by::<_, FRAMES_OF_ONE>(simd, length, frames, columns, out);
            } else {
                products_by::<_, FRAMES>(simd, length, frames, columns, out);
            }
        },
    ));
}

/// Computes [`products`] with `R` frames at a time.
#[inline(always)]
fn products_by<S: Simd, const R: usize>(simd: S, length: usize, frames: &[f32], columns: &[f32], out: &mut [f32]) {
    let count = columns.len() / length;
    let whole = frames.len() / length / R * R;
    let (frames, last_frames) = frames.split_at(whole * length);
    let (out, last_out) = out.split_at_mut(whole * count);
    for (frames, out) in frames.chunks_exact(R * length).zip(out.chunks_exact_mut(R * count)) {
        products_of_frames::<S, R>(simd, length, frames, columns, out);
    }
    for (frame, out) in last_frames.chunks_exact(length).zip(last_out.chunks_exact_mut(count)) {
        products_of_frames::<S, 1>(simd, length, frame, columns, out);
    }
}

/// Computes [`products`] of exactly `R` frames.
#[inline(always)]
fn products_of_frames<S: Simd, const R: usize>(
    simd: S,
    length: usize,
    frames: &[f32],
    columns: &[f32],
    out: &mut [f32],
) {
    let count = columns.len() / length;
    let rows = rows_from::<R>(frames, length, 0, length);
    let whole = count / COLUMNS * COLUMNS;
    for k in (0..whole).step_by(COLUMNS) {
        let sums = dot_block::<S, R, COLUMNS>(simd, rows, rows_from(columns, length, k * length, length));
        for r in 0..R {
            out[r * count + k..][..COLUMNS].copy_from_slice(&sums[r]);
        }
    }
    for k in whole..count {
        let sums = dot_block::<S, R, 1>(simd, rows, [&columns[k * length..][..length]]);
        for r in 0..R {
            out[r * count + k] = sums[r][0];
        }
    }
}

/// Returns the inner products of all `rows` with all `columns`, which have the same length.
#[inline(always)]
fn dot_block<S: Simd, const R: usize, const C: usize>(
    simd: S,
    rows: [&[f32]; R],
    columns: [&[f32]; C],
) -> [[f32; C]; R] {
    let length = rows[0].len();
    let full = length / LANES;
    let row_lanes = lanes_of(rows, full);
    let column_lanes = lanes_of(columns, full);
    let mut sums = [[f32x8::splat(simd, 0.0); C]; R];
    for i in 0..full {
        let mut column = [f32x8::splat(simd, 0.0); C];
        each!(c < C, { column[c] = f32x8::simd_from(simd, column_lanes[c][i]) });
        each!(r < R, {
            let row = f32x8::simd_from(simd, row_lanes[r][i]);
            each!(c < C, { sums[r][c] += row * column[c] });
        });
    }
    let mut products = [[0.0; C]; R];
    each!(r < R, {
        each!(c < C, {
            let mut rest = 0.0;
            for i in full * LANES..length {
                rest += rows[r][i] * columns[c][i];
            }
            products[r][c] = total(sums[r][c].into()) + rest;
        });
    });
    products
}

/// Returns `width` values from each of `R` rows of `length`, starting at `start` in the first.
#[inline(always)]
fn rows_from<const R: usize>(values: &[f32], length: usize, start: usize, width: usize) -> [&[f32]; R] {
    let mut rows: [&[f32]; R] = [&[]; R];
    for (r, row) in rows.iter_mut().enumerate() {
        *row = &values[r * length + start..][..width];
    }
    rows
}

/// `out[k] += sum_t weights[t][k] frames[t]`: frames are T x length, weights T x K, out K x length.
pub fn accumulate(length: usize, frames: &[f32], weights: &[f32], out: &mut [f32]) {
    debug_assert_eq!(weights.len() * length * length, frames.len() * out.len());
    dispatch!(Level::new(), simd => simd.vectorize(
        #[inline(always)]
        || accumulate_blocks(simd, length, frames, weights, out),
    ));
}

/// Computes [`accumulate`] by blocks of rows of sums.
#[inline(always)]
fn accumulate_blocks<S: Simd>(simd: S, length: usize, frames: &[f32], weights: &[f32], out: &mut [f32]) {
    let count = out.len() / length;
    for (block, out) in out.chunks_mut(TILE_ROWS * length).enumerate() {
        let weights = Weights { values: weights, count, first: block * TILE_ROWS };
        if out.len() <= TILE || frames.len() < TILE_FRAMES * length {
            accumulate_rows(simd, Frames { values: frames, length, start: 0, width: length }, weights, out);
        } else {
            accumulate_tiles(simd, length, frames, weights, out);
        }
    }
}

/// Computes [`accumulate`] tile by tile. Rows at a power-of-two distance compete for the same few
/// cache sets, so wide rows of sums are copied to a tile.
#[inline(always)]
fn accumulate_tiles<S: Simd>(simd: S, length: usize, frames: &[f32], weights: Weights<'_>, out: &mut [f32]) {
    let mut tile = [0.0; TILE];
    let rows = out.len() / length;
    let max = TILE / rows / LANES * LANES;
    for start in (0..length).step_by(max) {
        let width = max.min(length - start);
        let tile = &mut tile[..rows * width];
        for (tile, out) in tile.chunks_exact_mut(width).zip(out.chunks_exact(length)) {
            tile.copy_from_slice(&out[start..][..width]);
        }
        accumulate_rows(simd, Frames { values: frames, length, start, width }, weights, tile);
        for (tile, out) in tile.chunks_exact(width).zip(out.chunks_exact_mut(length)) {
            out[start..][..width].copy_from_slice(tile);
        }
    }
}

/// The values `start..start + width` of each frame.
#[derive(Clone, Copy)]
struct Frames<'a> {
    values: &'a [f32],
    length: usize,
    start: usize,
    width: usize,
}

/// T x `count` weights, used from column `first` on.
#[derive(Clone, Copy)]
struct Weights<'a> {
    values: &'a [f32],
    count: usize,
    first: usize,
}

impl Weights<'_> {
    #[inline(always)]
    fn block<const R: usize, const C: usize>(self, frame: usize, column: usize) -> [[f32; C]; R] {
        let mut block = [[0.0; C]; R];
        for (r, row) in block.iter_mut().enumerate() {
            row.copy_from_slice(&self.values[(frame + r) * self.count + self.first + column..][..C]);
        }
        block
    }
}

/// Computes [`accumulate`] into rows of the frames' width.
#[inline(always)]
fn accumulate_rows<S: Simd>(simd: S, frames: Frames<'_>, weights: Weights<'_>, out: &mut [f32]) {
    let count = frames.values.len() / frames.length;
    let whole = count / FRAMES * FRAMES;
    for first in (0..whole).step_by(FRAMES) {
        accumulate_frames::<S, FRAMES>(simd, frames, first, weights, out);
    }
    for frame in whole..count {
        accumulate_frames::<S, 1>(simd, frames, frame, weights, out);
    }
}

/// Computes [`accumulate_rows`] for `R` frames from `first` on.
#[inline(always)]
fn accumulate_frames<S: Simd, const R: usize>(
    simd: S,
    frames: Frames<'_>,
    first: usize,
    weights: Weights<'_>,
    out: &mut [f32],
) {
    let rows = rows_from::<R>(frames.values, frames.length, first * frames.length + frames.start, frames.width);
    let mut pairs = out.chunks_exact_mut(COLUMNS * frames.width);
    let mut column = 0;
    for pair in &mut pairs {
        let (one, other) = pair.split_at_mut(frames.width);
        add_block(simd, rows, weights.block(first, column), [one, other]);
        column += COLUMNS;
    }
    let last = pairs.into_remainder();
    if !last.is_empty() {
        add_block(simd, rows, weights.block(first, column), [last]);
    }
}

/// `out[c] += sum_r weights[r][c] rows[r]`; rows and outs have the same length.
#[inline(always)]
fn add_block<S: Simd, const R: usize, const C: usize>(
    simd: S,
    rows: [&[f32]; R],
    weights: [[f32; C]; R],
    out: [&mut [f32]; C],
) {
    let full = rows[0].len() / LANES;
    let lanes = lanes_of(rows, full);
    let (out, rests) = split_lanes(out, full);
    for i in 0..full {
        let mut row = [f32x8::splat(simd, 0.0); R];
        each!(r < R, { row[r] = f32x8::simd_from(simd, lanes[r][i]) });
        each!(c < C, {
            let mut terms = row;
            each!(r < R, { terms[r] = f32x8::splat(simd, weights[r][c]) * row[r] });
            out[c][i] = add_terms(f32x8::simd_from(simd, out[c][i]), terms).into();
        });
    }
    each!(c < C, {
        for (i, sum) in rests[c].iter_mut().enumerate() {
            let mut terms = [0.0; R];
            each!(r < R, { terms[r] = weights[r][c] * rows[r][full * LANES + i] });
            *sum = add_terms(*sum, terms);
        }
    });
}

/// The first `full` lanes of each row. Uses a loop because the closures of `map` are not always
/// inlined.
#[inline(always)]
fn lanes_of<const R: usize>(rows: [&[f32]; R], full: usize) -> [&[[f32; LANES]]; R] {
    let mut lanes: [&[[f32; LANES]]; R] = [&[]; R];
    for r in 0..R {
        lanes[r] = &rows[r].as_chunks().0[..full];
    }
    lanes
}

/// Splits each slice into its first `full` lanes and the rest.
#[inline(always)]
fn split_lanes<const C: usize>(slices: [&mut [f32]; C], full: usize) -> ([&mut [[f32; LANES]]; C], [&mut [f32]; C]) {
    let (mut slices, mut lanes, mut rests) = (slices, from_fn(|_| Default::default()), from_fn(|_| Default::default()));
    for c in 0..C {
        let (whole, rest) = take(&mut slices[c]).as_chunks_mut::<LANES>();
        (lanes[c], rests[c]) = (&mut whole[..full], rest);
    }
    (lanes, rests)
}

/// Adds the terms to `sum` in pairs.
#[inline(always)]
fn add_terms<T: Copy + Add<Output = T>, const R: usize>(mut sum: T, terms: [T; R]) -> T {
    each!(r < R, {
        if r % 2 == 1 {
            sum = sum + (terms[r - 1] + terms[r]);
        } else if r + 1 == R {
            sum = sum + terms[r];
        }
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::SplitMix64;

    /// Numbers of frames, columns and values, with and without remainders of every block.
    const SHAPES: [(usize, usize, usize); 9] = [
        (1, 1, 1),
        (3, 2, 5),
        (8, 1, 8),
        (9, 1, 17),
        (4, 2, 64),
        (13, 5, 31),
        (21, 35, 9),
        (19, 33, 200),
        (9, 7, 1030),
    ];

    fn values(rng: &mut SplitMix64, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.below(2001) as f32 / 1000.0 - 1.0).collect()
    }

    #[test]
    fn products_have_the_bits_of_plain_code() {
        let mut rng = SplitMix64::new(4);
        for (count, columns, length) in SHAPES {
            let (x, w) = (values(&mut rng, count * length), values(&mut rng, columns * length));
            let mut out = vec![f32::NAN; count * columns];
            products(length, &x, &w, &mut out);
            for (index, got) in out.into_iter().enumerate() {
                let row = &x[index / columns * length..][..length];
                let column = &w[index % columns * length..][..length];
                let (mut lanes, mut rest) = ([0.0; LANES], 0.0);
                for (i, (a, b)) in row.iter().zip(column).enumerate() {
                    let sum = if i < length / LANES * LANES { &mut lanes[i % LANES] } else { &mut rest };
                    *sum += a * b;
                }
                let want = total(lanes) + rest;
                assert_eq!(got.to_bits(), want.to_bits(), "{count} {columns} {length}: {got} {want}");
                assert_eq!(dot(row, column).to_bits(), want.to_bits());
            }
        }
    }

    #[test]
    fn accumulated_sums_have_the_bits_of_plain_code() {
        let mut rng = SplitMix64::new(8);
        for (count, columns, length) in SHAPES {
            let (x, w) = (values(&mut rng, count * length), values(&mut rng, count * columns));
            let before = values(&mut rng, columns * length);
            let mut out = before.clone();
            accumulate(length, &x, &w, &mut out);
            for (index, got) in out.into_iter().enumerate() {
                let (column, i) = (index / length, index % length);
                let term = |t: usize| w[t * columns + column] * x[t * length + i];
                let whole = count / FRAMES * FRAMES;
                let pairs = (0..whole).step_by(2).map(|t| term(t) + term(t + 1));
                let want = pairs.chain((whole..count).map(term)).fold(before[index], |sum, next| sum + next);
                assert_eq!(got.to_bits(), want.to_bits(), "{count} {columns} {length}: {got} {want}");
            }
        }
    }
}
