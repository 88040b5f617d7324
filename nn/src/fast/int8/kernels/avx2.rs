//! Kernels for AVX2.
#![allow(unsafe_code)]

use std::arch::asm;
use std::arch::x86_64::*;
use std::array::from_fn;
use std::ops::Range;

use super::Kernels;
use super::tiles::{Multiply, Tile, product};
use crate::fast::int8::depthwise::{self, BLOCK, Depthwise, FIRST, PAIRS, Sums, Windows};
use crate::fast::int8::product::{PANEL, STEP};
use crate::fast::int8::rescale::Rescale;

pub(super) const KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (AVX2)",
    signed: false,
    // SAFETY: the table is offered only if AVX2 is detected.
    product: |weights, input, output, walk| unsafe { product::<Avx2>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

/// The depthwise convolution, for tables that are offered only if AVX2 is detected.
pub(super) fn depthwise_here(weights: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    debug_assert!(std::arch::is_x86_feature_detected!("avx2"));
    // SAFETY: AVX2 was detected when the table was chosen.
    unsafe { depthwise(weights, input, output, windows) };
}

/// Vectors of eight outputs.
pub(super) const HALVES: usize = 2;

struct Avx2;

impl Multiply for Avx2 {
    // Their 16-bit sums, two vectors of weights, one of inputs and one of products fill the
    // registers.
    const PIXELS: usize = 6;

    type Finish = Finish;

    #[target_feature(enable = "avx2")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "avx2")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        let ranges = tile.panel.ranges();
        for first in (0..M * count).step_by(M) {
            let [eights, fours, twos, ones] = ranges.clone();
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            let mut sums = [tile.finish.bias; M];
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            groups::<M, 8>(tile, eights, input, &mut sums);
            groups::<M, 4>(tile, fours, input, &mut sums);
            groups::<M, 2>(tile, twos, input, &mut sums);
            groups::<M, 1>(tile, ones, input, &mut sums);
            tile.finish.store(sums, output, tile.out_pixel);
        }
    }
}

/// Adds the products of groups of `G` blocks. The pixels must lie within `input`.
#[target_feature(enable = "avx2")]
#[inline]
fn groups<const M: usize, const G: usize>(
    tile: Tile<'_, Finish>,
    blocks: Range<usize>,
    input: &[u8],
    sums: &mut [[__m256i; HALVES]; M],
) {
    let ones = _mm256_set1_epi16(1);
    let firsts = tile.panel.inputs[blocks.clone()].chunks_exact(G);
    let pixels: [*const u8; M] = from_fn(|m| input.as_ptr().wrapping_add(m * tile.pixel));
    let mut wide = *sums;
    for (firsts, blocks) in firsts.zip(tile.panel.blocks[blocks].chunks_exact(G)) {
        let mut narrow = [[_mm256_setzero_si256(); HALVES]; M];
        each!(g < G, {
            let (first, weights) = (firsts[g] as usize, halves(&blocks[g].0));
            each!(m < M, {
                // SAFETY: each block begins at an input with `STEP` inputs left in its pixel, by
                // packing, and `run` has checked that the pixels lie within `input`.
                narrow[m] = unsafe { add_products(narrow[m], g == 0, pixels[m], first, weights) };
            });
        });
        each!(m < M, {
            each!(n < HALVES, {
                wide[m][n] = _mm256_add_epi32(wide[m][n], _mm256_madd_epi16(narrow[m][n], ones));
            }, 0 1);
        });
    }
    *sums = wide;
}

/// Adds the pairwise products of the four bytes at `at` of `pixel` to its 16-bit `sums`, or to
/// zeros if `first`.
///
/// Inline assembly fixes the order of the instructions: hoisted multiplications and sums
/// reassociated as a tree would need more registers than exist.
///
/// # Safety
/// Four bytes can be read at `at` of `pixel`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn add_products(
    sums: [__m256i; HALVES],
    first: bool,
    pixel: *const u8,
    at: usize,
    weights: [__m256i; HALVES],
) -> [__m256i; HALVES] {
    if cfg!(miri) {
        // Miri does not support inline assembly.
        // SAFETY: guaranteed by the caller.
        let value = _mm256_set1_epi32(unsafe { pixel.add(at).cast::<i32>().read_unaligned() });
        return from_fn(|n| _mm256_add_epi16(sums[n], _mm256_maddubs_epi16(value, weights[n])));
    }
    let [mut low, mut high] = sums;
    // SAFETY: only registers, and the bytes that the caller guarantees.
    unsafe {
        if first {
            asm!("vpbroadcastd {high}, dword ptr [{pixel} + {at}]",
                "vpmaddubsw {low}, {high}, {low_weights}",
                "vpmaddubsw {high}, {high}, {high_weights}",
                pixel = in(reg) pixel, at = in(reg) at,
                low_weights = in(ymm_reg) weights[0], high_weights = in(ymm_reg) weights[1],
                low = out(ymm_reg) low, high = out(ymm_reg) high,
                options(readonly, nostack, preserves_flags));
        } else {
            asm!("vpbroadcastd {value}, dword ptr [{pixel} + {at}]",
                "vpmaddubsw {products}, {value}, {low_weights}",
                "vpmaddubsw {value}, {value}, {high_weights}",
                "vpaddw {low}, {low}, {products}",
                "vpaddw {high}, {high}, {value}",
                pixel = in(reg) pixel, at = in(reg) at,
                low_weights = in(ymm_reg) weights[0], high_weights = in(ymm_reg) weights[1],
                low = inout(ymm_reg) low, high = inout(ymm_reg) high,
                value = out(ymm_reg) _, products = out(ymm_reg) _,
                options(readonly, nostack, preserves_flags));
        }
    }
    [low, high]
}

/// Broadcasts four bytes of `input` to each lane.
///
/// # Safety
/// `at + 4` is at most the input's length.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) unsafe fn broadcast(input: &[u8], at: usize) -> __m256i {
    debug_assert!(at + STEP <= input.len());
    // SAFETY: guaranteed by the caller.
    _mm256_set1_epi32(unsafe { input.as_ptr().add(at).cast::<i32>().read_unaligned() })
}

#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn halves(bytes: &[i8; 64]) -> [__m256i; HALVES] {
    // SAFETY: both lie within the 64 bytes.
    unsafe { [_mm256_loadu_si256(bytes.as_ptr().cast()), _mm256_loadu_si256(bytes.as_ptr().add(32).cast())] }
}

/// Converts the sums of a panel to bytes.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    pub bias: [__m256i; HALVES],
    factor: [__m256; HALVES],
    limits: Limits,
}

impl Finish {
    #[target_feature(enable = "avx2")]
    pub fn new(rescale: &Rescale, first: usize) -> Self {
        let (bias, factor) = (&rescale.bias[first..][..PANEL], &rescale.factor[first..][..PANEL]);
        // SAFETY: both have 16 values.
        let (bias, factor) = unsafe {
            (
                [_mm256_loadu_si256(bias.as_ptr().cast()), _mm256_loadu_si256(bias.as_ptr().add(8).cast())],
                [_mm256_loadu_ps(factor.as_ptr()), _mm256_loadu_ps(factor.as_ptr().add(8))],
            )
        };
        Self { bias, factor, limits: Limits::new(rescale) }
    }

    /// Writes the outputs of `M` pixels; the sums already include the bias.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn store<const M: usize>(self, sums: [[__m256i; HALVES]; M], output: &mut [u8], pixel: usize) {
        for first in (0..M).step_by(2) {
            let second = (first + 1).min(M - 1);
            let bytes = self.bytes(sums[first], sums[second]);
            for (m, bytes) in [(first, _mm256_castsi256_si128(bytes)), (second, _mm256_extracti128_si256::<1>(bytes))] {
                let out = &mut output[m * pixel..][..PANEL];
                // SAFETY: `out` has 16 bytes.
                unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), bytes) };
            }
        }
    }

    /// Returns the outputs of two pixels, one in each half; the sums already include the bias.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn bytes(self, first: [__m256i; HALVES], second: [__m256i; HALVES]) -> __m256i {
        let bytes = self.limits.bytes(
            [rounded(first[0], self.factor[0]), rounded(first[1], self.factor[1])],
            [rounded(second[0], self.factor[0]), rounded(second[1], self.factor[1])],
        );
        // Each half holds four outputs of the first pixel, then four of the second.
        _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
    }
}

/// The rescaling steps after the factor.
#[derive(Clone, Copy)]
struct Limits {
    zero: __m256i,
    min: __m256i,
    max: __m256i,
}

impl Limits {
    #[target_feature(enable = "avx2")]
    fn new(rescale: &Rescale) -> Self {
        Self {
            zero: _mm256_set1_epi16(i16::from(rescale.zero)),
            min: _mm256_set1_epi8(rescale.min as i8),
            max: _mm256_set1_epi8(rescale.max as i8),
        }
    }

    /// Converts 32 rounded sums to bytes, each half of the vectors by itself.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn bytes(self, low: [__m256i; 2], high: [__m256i; 2]) -> __m256i {
        let low = _mm256_adds_epi16(_mm256_packs_epi32(low[0], low[1]), self.zero);
        let high = _mm256_adds_epi16(_mm256_packs_epi32(high[0], high[1]), self.zero);
        _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(low, high), self.min), self.max)
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn rounded(sums: __m256i, factor: __m256) -> __m256i {
    _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), factor))
}

#[target_feature(enable = "avx2")]
fn depthwise(depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    for (index, block) in depthwise.blocks.iter().enumerate() {
        let filter = Filter::new(block, &depthwise.rescale, index * BLOCK);
        let (input, output) = (&input[index * BLOCK..], &mut output[index * BLOCK..]);
        match block.sums {
            Sums::One => filter.run::<1>(input, output, windows),
            Sums::Two => filter.run::<2>(input, output, windows),
            Sums::Each => filter.run::<PAIRS>(input, output, windows),
        }
    }
}

/// The weights of a block in registers. Each pair of taps is interleaved: one vector for the low
/// and one for the high eight channels of each half.
#[derive(Clone, Copy)]
struct Filter {
    pairs: [[__m256i; HALVES]; PAIRS],
    places: [u8; 2 * PAIRS],
    /// Each vector has four channels of each half.
    bias: [__m256i; QUARTERS],
    factor: [__m256; QUARTERS],
    limits: Limits,
}

/// Interleaves the bytes of `a` and `b`: the low and the high eight channels of each half.
#[target_feature(enable = "avx2")]
#[inline]
fn interleaved(a: __m256i, b: __m256i) -> [__m256i; HALVES] {
    [_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)]
}

/// The number of vectors of 32-bit sums of a block.
const QUARTERS: usize = 4;

impl Filter {
    #[target_feature(enable = "avx2")]
    fn new(block: &depthwise::Block, rescale: &Rescale, first: usize) -> Self {
        let load = |taps: &[i8; BLOCK]| {
            // SAFETY: there are 32 bytes.
            unsafe { _mm256_loadu_si256(taps.as_ptr().cast()) }
        };
        let pair = |index: usize| interleaved(load(&block.taps[2 * index]), load(&block.taps[2 * index + 1]));
        let (bias, factor) = (&rescale.bias[first..][..BLOCK], &rescale.factor[first..][..BLOCK]);
        // SAFETY: both have 32 values; 4 values from `at` and 4 from `at + 16` on are read.
        let four = |values: *const i32, at: usize| unsafe {
            let low = _mm256_castsi128_si256(_mm_loadu_si128(values.add(at).cast()));
            _mm256_inserti128_si256::<1>(low, _mm_loadu_si128(values.add(at + BLOCK / 2).cast()))
        };
        Self {
            pairs: from_fn(pair),
            places: block.places,
            bias: from_fn(|quarter| four(bias.as_ptr(), 4 * quarter)),
            factor: from_fn(|quarter| _mm256_castsi256_ps(four(factor.as_ptr().cast(), 4 * quarter))),
            limits: Limits::new(rescale),
        }
    }

    /// `SUMS`: the number of 16-bit sums into which the pairs are combined.
    #[target_feature(enable = "avx2")]
    fn run<const SUMS: usize>(self, input: &[u8], output: &mut [u8], windows: Windows) {
        let walk = windows.walk;
        let offsets = self.places.map(|place| windows.offset(place));
        for row in 0..walk.rows {
            let line = &input[row * walk.input_row..];
            let out = &mut output[row * walk.output_row..];
            let reach = walk.columns.saturating_sub(1);
            assert!(reach * walk.input_pixel + 2 * (windows.row + windows.pixel) + BLOCK <= line.len());
            assert!(reach * walk.output_pixel + BLOCK <= out.len());
            if SUMS == PAIRS && walk.input_pixel == windows.pixel {
                // SAFETY: the assertions above keep the last window and the last output in bounds.
                unsafe { self.slide(line.as_ptr(), out.as_mut_ptr(), windows) };
                continue;
            }
            for column in 0..walk.columns {
                // SAFETY: as above.
                unsafe {
                    let window = line.as_ptr().add(column * walk.input_pixel);
                    let bytes = self.bytes(self.sums::<SUMS>(window, &offsets));
                    _mm256_storeu_si256(out.as_mut_ptr().add(column * walk.output_pixel).cast(), bytes);
                }
            }
        }
    }

    /// Computes a row of windows at a distance of one pixel, with a sum for each pair of taps: two
    /// columns of a window are reused for the next one.
    ///
    /// # Safety
    /// The windows and the outputs of `walk` can be read and written from `window` and `out` on.
    #[target_feature(enable = "avx2")]
    unsafe fn slide(&self, mut window: *const u8, mut out: *mut u8, windows: Windows) {
        let Windows { walk, pixel, row } = windows;
        // SAFETY: guaranteed by the caller.
        let load = |at: *const u8| unsafe { _mm256_loadu_si256(at.cast()) };
        let upper = |at: *const u8| interleaved(load(at), load(at.wrapping_add(row)));
        let lower = |at: *const u8| load(at.wrapping_add(2 * row));
        let nothing = _mm256_setzero_si256();
        let (mut first, mut second) = (upper(window), upper(window.wrapping_add(pixel)));
        let (mut left, mut middle) = (lower(window), lower(window.wrapping_add(pixel)));
        for _ in 0..walk.columns {
            let next = window.wrapping_add(2 * pixel);
            let (third, right) = (upper(next), lower(next));
            let taps = [first, second, third, interleaved(left, middle), interleaved(right, nothing)];
            let products =
                from_fn(|pair| from_fn(|half| _mm256_maddubs_epi16(taps[pair][half], self.pairs[pair][half])));
            let bytes = self.bytes(self.widened::<PAIRS>(&products));
            // SAFETY: guaranteed by the caller.
            unsafe { _mm256_storeu_si256(out.cast(), bytes) };
            (first, second, left, middle) = (second, third, middle, right);
            (window, out) = (window.wrapping_add(pixel), out.wrapping_add(walk.output_pixel));
        }
    }

    /// # Safety
    /// 32 bytes can be read at each of `offsets` from `window` on.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn sums<const SUMS: usize>(&self, window: *const u8, offsets: &[usize; 2 * PAIRS]) -> [__m256i; QUARTERS] {
        // Unused sums stay zero.
        let mut narrow = [[_mm256_setzero_si256(); HALVES]; PAIRS];
        each!(pair < PAIRS, {
            // SAFETY: guaranteed by the caller.
            let [a, b] = [2 * pair, 2 * pair + 1].map(|at| unsafe { _mm256_loadu_si256(window.add(offsets[at]).cast()) });
            let taps = interleaved(a, b);
            let sum = match SUMS {
                1 => 0,
                2 => usize::from(pair >= FIRST),
                _ => pair,
            };
            each!(half < HALVES, {
                let products = _mm256_maddubs_epi16(taps[half], self.pairs[pair][half]);
                let first = sum == pair || (SUMS == 2 && pair == FIRST);
                narrow[sum][half] = if first { products } else { _mm256_add_epi16(narrow[sum][half], products) };
            }, 0 1);
        }, 0 1 2 3 4);
        self.widened::<SUMS>(&narrow)
    }

    /// Adds the first `SUMS` of `narrow` to the bias; the others are zero.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn widened<const SUMS: usize>(&self, narrow: &[[__m256i; HALVES]; PAIRS]) -> [__m256i; QUARTERS] {
        let mut wide = self.bias;
        let (ones, nothing) = (_mm256_set1_epi16(1), _mm256_setzero_si256());
        each!(step < PAIRS, {
            if step % 2 == 0 && step < SUMS {
                each!(half < HALVES, {
                    let (low, high) = (narrow[step][half], narrow.get(step + 1).map_or(nothing, |next| next[half]));
                    let pairs = [_mm256_unpacklo_epi16(low, high), _mm256_unpackhi_epi16(low, high)];
                    each!(part < HALVES, {
                        let quarter = HALVES * half + part;
                        wide[quarter] = _mm256_add_epi32(wide[quarter], _mm256_madd_epi16(pairs[part], ones));
                    }, 0 1);
                }, 0 1);
            }
        }, 0 1 2 3 4);
        wide
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn bytes(&self, sums: [__m256i; QUARTERS]) -> __m256i {
        let [a, b, c, d] = from_fn(|quarter| rounded(sums[quarter], self.factor[quarter]));
        self.limits.bytes([a, b], [c, d])
    }
}
