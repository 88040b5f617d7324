//! The scale of features that no network gives one.

use serde::{Deserialize, Serialize};

use crate::error::{Result, fail};

/// Largest distance to the mean that is kept, in standard deviations.
const MAX_DEVIATIONS: f32 = 5.0;

/// Mean and standard deviation of each value of a vector. Scaled vectors have a mean of 0 and a standard deviation of 1:
/// values of speech mix shares, decibels and semitones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    means: Vec<f32>,
    /// What a value less its mean is multiplied by; 0 for values that never vary.
    factors: Vec<f32>,
}

impl Scale {
    /// Returns the scale of `vectors`, all of one length. Labels are not used.
    ///
    /// # Errors
    /// `NotEnoughSamples` without vectors; `InvalidOption` if their lengths differ or a value is not finite.
    pub fn of<V: AsRef<[f32]>>(vectors: &[V]) -> Result<Self> {
        let Some(first) = vectors.first() else { fail!(NotEnoughSamples, "a scale of no vectors") };
        let length = first.as_ref().len();
        for vector in vectors.iter().map(AsRef::as_ref) {
            if vector.len() != length {
                fail!(InvalidOption, "vectors of {length} and {} values have no common scale", vector.len());
            }
            if !vector.iter().all(|value| value.is_finite()) {
                fail!(InvalidOption, "a vector has a value that is not finite");
            }
        }
        let count = vectors.len() as f64;
        let (mut means, mut factors) = (Vec::with_capacity(length), Vec::with_capacity(length));
        for value in 0..length {
            let all = || vectors.iter().map(|vector| f64::from(vector.as_ref()[value]));
            let mean = all().sum::<f64>() / count;
            let deviation = (all().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
            means.push(mean as f32);
            factors.push(if deviation > 1e-6 * mean.abs().max(1e-6) { (1.0 / deviation) as f32 } else { 0.0 });
        }
        Ok(Self { means, factors })
    }

    /// Returns the number of values of a vector.
    pub fn len(&self) -> usize {
        self.means.len()
    }

    /// Whether vectors have no values.
    pub fn is_empty(&self) -> bool {
        self.means.is_empty()
    }

    /// Returns `vector` scaled. Values farther than 5 standard deviations from the mean count as that far, so that one
    /// odd value decides nothing alone.
    ///
    /// # Errors
    /// `InvalidOption` if the vector has another number of values.
    pub fn apply(&self, vector: &[f32]) -> Result<Vec<f32>> {
        if vector.len() != self.len() {
            fail!(InvalidOption, "a vector of {} values; the scale is one of {}", vector.len(), self.len());
        }
        let scaled = vector
            .iter()
            .zip(&self.means)
            .zip(&self.factors)
            .map(|((value, mean), factor)| ((value - mean) * factor).clamp(-MAX_DEVIATIONS, MAX_DEVIATIONS));
        Ok(scaled.collect())
    }

    /// Checks what comes from a file.
    ///
    /// # Errors
    /// `InvalidOption` if it has no values, or one that is not finite or out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let finite = self.means.iter().chain(&self.factors).all(|value| value.is_finite());
        let positive = self.factors.iter().all(|factor| *factor >= 0.0);
        if self.is_empty() || self.means.len() != self.factors.len() || !finite || !positive {
            fail!(InvalidOption, "a scale has a value that is out of range");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_mean_0_and_deviation_1_within_5() {
        let vectors: Vec<Vec<f32>> = (0..100).map(|at| vec![at as f32, 7.0, f32::from(u8::from(at == 3))]).collect();
        let scale = Scale::of(&vectors).unwrap();
        let scaled: Vec<Vec<f32>> = vectors.iter().map(|vector| scale.apply(vector).unwrap()).collect();
        let of = |value: usize| scaled.iter().map(move |vector| f64::from(vector[value]));
        assert!(of(0).sum::<f64>().abs() < 1e-4);
        assert!((of(0).map(|x| x * x).sum::<f64>() / 100.0 - 1.0).abs() < 1e-5);
        assert!(of(1).all(|x| x == 0.0), "a value that never varies");
        assert_eq!(of(2).fold(0.0, f64::max), 5.0, "one in a hundred is ten deviations away");
        assert_eq!(scale.apply(&[1e30, 1e30, -1e30]).unwrap(), [5.0, 0.0, -5.0]);
    }

    #[test]
    fn vectors_that_do_not_fit_are_refused() {
        assert!(Scale::of::<Vec<f32>>(&[]).is_err());
        assert!(Scale::of(&[vec![1.0], vec![1.0, 2.0]]).is_err() && Scale::of(&[vec![f32::NAN]]).is_err());
        let scale = Scale::of(&[[0.0, 1.0], [1.0, 3.0]]).unwrap();
        assert!(scale.apply(&[1.0]).is_err() && scale.check().is_ok());
        for spoil in [f32::NAN, f32::INFINITY, -1.0] {
            assert!(Scale { factors: vec![spoil, 1.0], ..scale.clone() }.check().is_err());
        }
        assert!(Scale { means: vec![0.0], ..scale }.check().is_err());
    }
}
