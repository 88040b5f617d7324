//! Small vector arithmetic with identical results on every machine.
//!
//! Sums have a fixed order of eight lanes and exponentials are made of sums and products, so
//! training and prediction return the same bits on every architecture for the same input.

pub use crate::simd::dot;
use crate::simd::{LANES, vectorized};

/// `y += factor * x`.
pub fn add_scaled(y: &mut [f32], factor: f32, x: &[f32]) {
    debug_assert_eq!(x.len(), y.len());
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// The exponential, to 2 units in the last place; 0 below -87, and finite above 88.
///
/// `2^n exp(r)` with r within half of ln 2 and Cephes' polynomial for `exp(r)`. Unlike a library
/// function it vectorizes to eight values at once.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LOWEST: f32 = -87.0;
    const HIGHEST: f32 = 88.0;
    // Adding this rounds to an integer, stored in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    // ln 2 in two parts; the product of n and the first part is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Comparisons instead of clamp, so that NaN stays NaN.
    let low = if x < LOWEST { LOWEST } else { x };
    let bounded = if low > HIGHEST { HIGHEST } else { low };
    let shifted = bounded * std::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = bounded - n * LN_2_HIGH - n * LN_2_LOW;
    let mut tail = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        tail = tail * r + coefficient;
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let value = (tail * (r * r) + r + 1.0) * power;
    if x < LOWEST { 0.0 } else { value }
}

/// `1 / (1 + exp(-x))`.
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `exp(z_i - max) / sum`, in place; returns the logarithm of the sum of exponentials.
#[inline(always)]
pub fn softmax(z: &mut [f32]) -> f32 {
    let max = fold(z, f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
    for value in z.iter_mut() {
        *value = exp(*value - max);
    }
    let sum = fold(z, 0.0, |a, b| a + b);
    for value in z.iter_mut() {
        *value /= sum;
    }
    max + libm::logf(sum)
}

/// Applies [`softmax`] to each row of `width` values.
pub fn softmax_rows(z: &mut [f32], width: usize) {
    vectorized(
        #[inline(always)]
        || {
            for row in z.chunks_exact_mut(width) {
                softmax(row);
            }
        },
    );
}

/// Joins all values by `join`: eight lanes in parallel, then the lanes and the remaining values in
/// order.
#[inline(always)]
fn fold(values: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [start; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = join(lanes[lane], chunk[lane]);
        }
    }
    lanes.iter().chain(rest).fold(start, |a, &b| join(a, b))
}

/// Returns the index of the largest value, the first one of equals; 0 for an empty slice.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = index;
        }
    }
    best
}

/// A deterministic pseudorandom number generator (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Returns a number from the standard normal distribution (Box & Muller, 1958).
    pub fn normal(&mut self) -> f32 {
        const PARTS: usize = 1 << 24;
        // Both have 24 bits, exact in f32; the first is never zero.
        let radius = (self.below(PARTS) + 1) as f32 / PARTS as f32;
        let turn = self.below(PARTS) as f32 / PARTS as f32;
        (-2.0 * libm::logf(radius)).sqrt() * libm::cosf(2.0 * std::f32::consts::PI * turn)
    }

    /// Shuffles `items` (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// The integer nearest to `value`, ties to even, for values within 2^22 of 0. Adding a float so
/// large that it has no fraction bits rounds, and the result is in the last bits: this vectorizes
/// on every processor.
#[inline(always)]
pub fn nearest(value: f32) -> i32 {
    const WHOLE: f32 = (3 << 22) as f32;
    (value + WHOLE).to_bits().wrapping_sub(WHOLE.to_bits()) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_equals_a_double_precision_sum_for_every_length() {
        let mut rng = SplitMix64::new(1);
        for length in 0..70 {
            let mut values = || (0..length).map(|_| rng.below(2001) as f32 / 1000.0 - 1.0).collect::<Vec<f32>>();
            let (a, b) = (values(), values());
            let want: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            // At most 70 terms below 1: the rounding error of a sum is below 70 * 2^-24.
            assert!((f64::from(dot(&a, &b)) - want).abs() < 1e-5);
        }
    }

    #[test]
    fn the_exponential_is_that_of_double_precision() {
        for step in -87_000..=88_000 {
            let x = step as f32 / 1000.0;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) - want).abs() <= 2.0 * f64::from(f32::EPSILON) * want, "{x}: {}", exp(x));
        }
        assert_eq!((exp(0.0), exp(-87.1), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::INFINITY) > 1e38 && exp(f32::NAN).is_nan());
    }

    #[test]
    fn softmax_is_stable_and_sums_to_one() {
        let mut z = [1000.0, 1001.0, 999.0];
        let log_sum = softmax(&mut z);
        assert!((z.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((log_sum - 1001.4076).abs() < 1e-3, "{log_sum}");
        assert_eq!(argmax(&z), 1);
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_distribution() {
        let mut rng = SplitMix64::new(2);
        let draws: Vec<f64> = (0..100_000).map(|_| f64::from(rng.normal())).collect();
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / 1e5;
        // Four standard errors: 0.013 for the mean, 0.018 for the variance, 0.13 for the fourth
        // moment.
        assert!(moment(1).abs() < 0.013 && (moment(2) - 1.0).abs() < 0.018 && (moment(4) - 3.0).abs() < 0.13);
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first values of SplitMix64 for seed 1234567, as printed by its reference
        // implementation.
        let mut rng = SplitMix64::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }
}
