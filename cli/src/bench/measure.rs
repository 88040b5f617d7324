//! Times and their quantiles.

use std::time::Duration;

/// Returns `duration` in milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    1000.0 * duration.as_secs_f64()
}

/// Returns the `q`-quantile of `values`: the element of nearest rank.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

/// Returns the median, the 10 % and the 90 % quantile of `values`.
pub fn spread(values: &[f64]) -> [f64; 3] {
    [0.5, 0.1, 0.9].map(|q| quantile(values, q))
}
