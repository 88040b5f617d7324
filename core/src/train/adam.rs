//! Adam (Kingma & Ba, ICLR 2015), Algorithm 1.

use mien_nn::simd::vectorized;

/// The optimizer state for one list of parameters.
#[derive(Debug, Clone)]
pub struct Adam {
    mean: Vec<f32>,
    variance: Vec<f32>,
    step: i32,
}

impl Adam {
    /// Decay of the mean of gradients.
    pub const BETA1: f32 = 0.9;
    /// Decay of the mean of squared gradients.
    pub const BETA2: f32 = 0.999;
    /// Keeps the division finite.
    pub const EPSILON: f32 = 1e-8;

    /// Creates a state for `parameters` values.
    pub fn new(parameters: usize) -> Self {
        Self { mean: vec![0.0; parameters], variance: vec![0.0; parameters], step: 0 }
    }

    /// Takes one step of size `rate` against `gradient`.
    ///
    /// # Panics
    /// If a length differs from the state's.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f32) {
        assert!(parameters.len() == self.mean.len() && gradient.len() == self.mean.len(), "lengths differ");
        self.step += 1;
        // The bias corrections of both means, as factors of the rate and of the root.
        let rate = rate / (1.0 - power(Self::BETA1, self.step));
        let root = (1.0 / (1.0 - power(Self::BETA2, self.step))).sqrt();
        vectorized(
            #[inline(always)]
            || {
                let moments = self.mean.iter_mut().zip(&mut self.variance);
                for ((parameter, &g), (mean, variance)) in parameters.iter_mut().zip(gradient).zip(moments) {
                    *mean = Self::BETA1 * *mean + (1.0 - Self::BETA1) * g;
                    *variance = Self::BETA2 * *variance + (1.0 - Self::BETA2) * g * g;
                    *parameter -= rate * *mean / (variance.sqrt() * root + Self::EPSILON);
                }
            },
        );
    }
}

/// Returns `base` to the power of `exponent`, in f64 by squaring, so that every machine agrees.
fn power(base: f32, exponent: i32) -> f32 {
    let (mut result, mut square, mut rest) = (1.0f64, f64::from(base), exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result *= square;
        }
        square *= square;
        rest >>= 1;
    }
    result as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_steps_are_those_of_the_paper() {
        // The first step has the size of the rate for any gradient; computed by hand.
        let mut adam = Adam::new(2);
        let mut parameters = [1.0, -1.0];
        adam.step(&mut parameters, &[0.5, -20.0], 0.1);
        assert!((parameters[0] - 0.9).abs() < 1e-6 && (parameters[1] + 0.9).abs() < 1e-6);
        // Second step with gradient 0: m = .045, v = .00024975, corrected .23684, .12494.
        adam.step(&mut parameters, &[0.0, 0.0], 0.1);
        let want = 0.9 - 0.1 * (0.045 / 0.19) / (2.497_5e-4f32 / 1.999e-3).sqrt();
        assert!((parameters[0] - want).abs() < 1e-5, "{} {want}", parameters[0]);
    }

    #[test]
    fn a_parabola_is_descended() {
        let mut adam = Adam::new(1);
        let mut x = [5.0];
        for _ in 0..500 {
            let gradient = [2.0 * (x[0] - 2.0)];
            adam.step(&mut x, &gradient, 0.05);
        }
        assert!((x[0] - 2.0).abs() < 0.01, "{x:?}");
    }
}
