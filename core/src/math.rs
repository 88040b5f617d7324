//! Small vector arithmetic with one result on every machine.
//!
//! Sums run in a fixed order of eight lanes and exponentials come from `libm`, so training and
//! prediction give the same bits on every architecture for the same input.

const LANES: usize = 8;

/// The inner product of `a` and `b`, which have one length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    let mut lanes = [0.0f32; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// `y += factor * x`.
pub(crate) fn add_scaled(y: &mut [f32], factor: f32, x: &[f32]) {
    debug_assert_eq!(x.len(), y.len());
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `exp(z_i - max) / sum`, in place; returns the logarithm of the sum of exponentials.
pub(crate) fn softmax(z: &mut [f32]) -> f32 {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in z.iter_mut() {
        *value = libm::expf(*value - max);
        sum += *value;
    }
    z.iter_mut().for_each(|value| *value /= sum);
    max + libm::logf(sum)
}

/// The index of the largest value, the first of equals; 0 for an empty slice.
pub(crate) fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = index;
        }
    }
    best
}

/// Numbers that look random but depend on the seed alone (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Shuffles `items` (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
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
            // At most 70 terms below 1: the rounding of a sum is below 70 * 2^-24.
            assert!((f64::from(dot(&a, &b)) - want).abs() < 1e-5);
        }
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
    fn the_generator_is_the_published_one() {
        // First values of SplitMix64 for seed 1234567, as its reference implementation prints.
        let mut rng = SplitMix64::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }
}
