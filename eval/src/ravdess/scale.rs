//! The scale of features that have no network to give them one.

/// Largest distance to the mean that is kept, in standard deviations.
const MAX_DEVIATIONS: f64 = 5.0;

/// Mean and factor of each value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scale {
    values: Vec<(f64, f64)>,
}

impl Scale {
    /// Brings the values of `vector` to the scale. Farther values than 5 deviations count as 5.
    pub fn apply(&self, vector: &mut [f32]) {
        for (value, (mean, factor)) in vector.iter_mut().zip(&self.values) {
            let scaled = (f64::from(*value) - mean) * factor;
            *value = scaled.clamp(-MAX_DEVIATIONS, MAX_DEVIATIONS) as f32;
        }
    }
}

/// Brings every value of `vectors`, all of one length, to a mean of 0 and a standard deviation of 1 over the set: values
/// mix shares, decibels and angles. Farther values count as 5 deviations from the mean; values that never vary
/// are 0. Labels are not used. Returns the scale, for other vectors.
pub fn standardize(vectors: &mut [&mut [f32]]) -> Scale {
    let count = vectors.len() as f64;
    let length = vectors.first().map_or(0, |vector| vector.len());
    let of_value = |value: usize| {
        let all = || vectors.iter().map(|vector| f64::from(vector[value]));
        let mean = all().sum::<f64>() / count;
        let deviation = (all().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
        (mean, if deviation > 1e-9 * mean.abs() { 1.0 / deviation } else { 0.0 })
    };
    let scale = Scale { values: (0..length).map(of_value).collect() };
    vectors.iter_mut().for_each(|vector| scale.apply(vector));
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_mean_0_and_deviation_1_within_5() {
        let mut vectors: Vec<Vec<f32>> =
            (0..100).map(|at| vec![at as f32, 7.0, f32::from(u8::from(at == 3))]).collect();
        let scale = standardize(&mut vectors.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
        let mut other = vec![49.5, 8.0, 0.01];
        scale.apply(&mut other);
        assert!(other.iter().all(|value| value.abs() < 1e-5), "{other:?}");
        let of = |value: usize| vectors.iter().map(move |vector| f64::from(vector[value]));
        assert!(of(0).sum::<f64>().abs() < 1e-5);
        assert!((of(0).map(|x| x * x).sum::<f64>() / 100.0 - 1.0).abs() < 1e-5);
        assert!(of(1).all(|x| x == 0.0), "a value that never varies");
        assert_eq!(of(2).fold(0.0, f64::max), 5.0, "one in a hundred is ten deviations away");
    }

    #[test]
    fn nothing_is_scaled_without_vectors() {
        standardize(&mut []);
    }
}
