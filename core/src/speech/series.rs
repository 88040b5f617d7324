//! Statistics of one value over time. None of the series is empty.

/// Frames to each side over which changes are measured.
const REACH: usize = 2;

/// Returns the mean.
pub fn mean(series: &[f64]) -> f64 {
    series.iter().sum::<f64>() / series.len() as f64
}

/// Returns the mean of the magnitudes.
pub fn mean_size(series: &[f64]) -> f64 {
    series.iter().map(|value| value.abs()).sum::<f64>() / series.len() as f64
}

/// Returns the standard deviation of the population.
pub fn deviation(series: &[f64]) -> f64 {
    let middle = mean(series);
    let squares = series.iter().map(|value| (value - middle) * (value - middle));
    libm::sqrt(squares.sum::<f64>() / series.len() as f64)
}

/// Returns a percentile, 0 to 100, by linear interpolation.
pub fn percentile(series: &[f64], percent: f64) -> f64 {
    let mut sorted = series.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = percent / 100.0 * (sorted.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Returns the slope of the line of least squares per half of the length.
pub fn slope(series: &[f64]) -> f64 {
    if series.len() < 2 {
        return 0.0;
    }
    let time = |at: usize| 2.0 * at as f64 / (series.len() - 1) as f64 - 1.0;
    let squares: f64 = (0..series.len()).map(|at| time(at) * time(at)).sum();
    series.iter().enumerate().map(|(at, value)| time(at) * value).sum::<f64>() / squares
}

/// Returns the change per step at each place: the slope of the line of least squares over the places around it, with
/// the first and last value repeated.
pub fn change(series: &[f64]) -> Vec<f64> {
    let last = series.len() - 1;
    let squares: usize = (1..=REACH).map(|step| 2 * step * step).sum();
    let at = |at: usize| {
        let steps =
            (1..=REACH).map(|step| step as f64 * (series[(at + step).min(last)] - series[at.saturating_sub(step)]));
        steps.sum::<f64>() / squares as f64
    };
    (0..series.len()).map(at).collect()
}
