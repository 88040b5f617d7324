//! Metrics of classifiers and verifiers.

use mien_nn::math::SplitMix64;
use ndarray::{Array2, ArrayView1};

/// Share of correct answers; 0 without answers.
pub fn accuracy(truth: &[usize], answers: &[usize]) -> f64 {
    let right = truth.iter().zip(answers).filter(|(t, a)| t == a).count();
    right as f64 / truth.len().max(1) as f64
}

/// Unweighted average recall: the mean over the classes that occur of each class's accuracy.
pub fn unweighted_average_recall(truth: &[usize], answers: &[usize]) -> f64 {
    let classes = truth.iter().chain(answers).max().map_or(0, |max| max + 1);
    let counts = confusion_matrix(truth, answers, classes);
    let recall = |(class, row): (usize, ArrayView1<'_, usize>)| match row.sum() {
        0 => None,
        all => Some(row[class] as f64 / all as f64),
    };
    let recalls: Vec<f64> = counts.rows().into_iter().enumerate().filter_map(recall).collect();
    recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
}

/// Expected calibration error over 15 bins of equal width (Guo et al., ICML 2017): the mean
/// distance between confidence and accuracy, each bin weighted by its number of answers. Each item
/// is the confidence of an answer, 0 to 1, and whether it was correct.
pub fn expected_calibration_error(answers: &[(f32, bool)]) -> f64 {
    const BINS: usize = 15;
    let mut bins = [(0usize, 0.0f64, 0usize); BINS];
    for &(confidence, right) in answers {
        let bin = &mut bins[((confidence * BINS as f32) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += f64::from(confidence);
        bin.2 += usize::from(right);
    }
    bins.iter().map(|&(_, confidence, right)| (confidence - right as f64).abs()).sum::<f64>()
        / answers.len().max(1) as f64
}

/// Counts the answers per class: rows are the truth, columns the answers, both 0 to `classes` - 1.
///
/// # Panics
/// If a truth or an answer is not below `classes`.
pub fn confusion_matrix(truth: &[usize], answers: &[usize], classes: usize) -> Array2<usize> {
    let mut counts = Array2::zeros((classes, classes));
    for (&truth, &answer) in truth.iter().zip(answers) {
        counts[[truth, answer]] += 1;
    }
    counts
}

/// Returns Pearson's correlation of pairs of values; `None` for fewer than two, or if either side
/// does not vary.
pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (deviation_a, deviation_b) = (sample_deviation(a)?, sample_deviation(b)?);
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let products: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    (deviation_a > 0.0 && deviation_b > 0.0).then(|| products / (n - 1.0) / (deviation_a * deviation_b))
}

/// Sample standard deviation (divided by n - 1); `None` for fewer than two values.
pub fn sample_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// A value and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The value over all units.
    pub mean: f64,
    /// The lower bound: for [`bootstrap`], the 2.5 % quantile of the resampled values.
    pub low: f64,
    /// The upper bound: for [`bootstrap`], the 97.5 % quantile of the resampled values.
    pub high: f64,
}

/// Wilson score interval (Wilson, JASA 1927) of the share of `right` among `all` independent
/// answers, 0 to 1; 0 to 1 without answers:
/// `(p + z^2/2n +- z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)` with `z` = 1.96.
pub fn wilson(right: usize, all: usize) -> Interval {
    /// The 97.5 % quantile of the normal law.
    const Z: f64 = 1.959_963_984_540_054;
    if all == 0 {
        return Interval { mean: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, p) = (all as f64, right as f64 / all as f64);
    let center = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let bound = |value: f64| (value / (1.0 + Z * Z / n)).clamp(0.0, 1.0);
    Interval { mean: p, low: bound(center - half), high: bound(center + half) }
}

/// Percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13) of `figure` over `units`
/// independent units: people, not clips, since a person's clips resemble each other. `figure` is
/// called `draws` times, each time with the indices of `units` units drawn with replacement. If
/// `figure` is the difference of two systems on the same units, the interval is a paired one.
/// Quantiles are interpolated linearly between the sorted values. The same seed yields the same
/// interval; `None` for fewer than two units or without draws.
pub fn bootstrap(units: usize, draws: usize, seed: u64, figure: impl Fn(&[usize]) -> f64) -> Option<Interval> {
    if units < 2 || draws == 0 {
        return None;
    }
    let mut rng = SplitMix64::new(seed);
    let mut drawn: Vec<usize> = (0..units).collect();
    let mean = figure(&drawn);
    let mut figures: Vec<f64> = (0..draws)
        .map(|_| {
            drawn.fill_with(|| rng.below(units));
            figure(&drawn)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    Some(Interval { mean, low: quantile(&figures, 0.025), high: quantile(&figures, 0.975) })
}

/// Returns the quantile `share` of the `sorted` values, interpolated linearly.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// How well scores separate genuine pairs (higher) from impostors.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Verification {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Equal error rate: the rate at which false accepts equal false rejects.
    pub eer: f64,
    /// True accept rate at a false accept rate of at most 1 %.
    #[serde(rename = "tar_at_far_1e-2")]
    pub tar_at_far_1e2: f64,
    /// True accept rate at a false accept rate of at most 0.1 %.
    #[serde(rename = "tar_at_far_1e-3")]
    pub tar_at_far_1e3: f64,
}

/// Computes the metrics of `genuine` and `impostor` scores; `None` if either is empty.
pub fn verification(genuine: &[f32], impostor: &[f32]) -> Option<Verification> {
    if genuine.is_empty() || impostor.is_empty() {
        return None;
    }
    let sorted = |scores: &[f32]| {
        let mut scores = scores.to_vec();
        scores.sort_by(f32::total_cmp);
        scores
    };
    let (genuine, impostor) = (sorted(genuine), sorted(impostor));
    let below = |scores: &[f32], threshold: f32| scores.partition_point(|score| *score < threshold);
    // AUC = P(genuine > impostor) + P(equal) / 2 (Mann-Whitney).
    let wins: f64 = genuine
        .iter()
        .map(|&score| {
            let lower = below(&impostor, score);
            let equal = impostor.partition_point(|other| *other <= score) - lower;
            lower as f64 + equal as f64 / 2.0
        })
        .sum();
    let far = |threshold: f32| (impostor.len() - below(&impostor, threshold)) as f64 / impostor.len() as f64;
    let frr = |threshold: f32| below(&genuine, threshold) as f64 / genuine.len() as f64;
    let (mut gap, mut eer) = (f64::INFINITY, 1.0);
    for &threshold in genuine.iter().chain(&impostor) {
        let (accepted, rejected) = (far(threshold), frr(threshold));
        if (accepted - rejected).abs() < gap {
            gap = (accepted - rejected).abs();
            eer = (accepted + rejected) / 2.0;
        }
    }
    let tar_at = |limit: f64| 1.0 - frr(threshold_at(&impostor, limit));
    Some(Verification {
        auc: wins / (genuine.len() as f64 * impostor.len() as f64),
        eer,
        tar_at_far_1e2: tar_at(0.01),
        tar_at_far_1e3: tar_at(0.001),
    })
}

/// Returns the lowest threshold that accepts at most a share of `far` of the impostor scores (a
/// score is accepted at or above the threshold).
pub fn threshold_at(impostor: &[f32], far: f64) -> f32 {
    let mut sorted = impostor.to_vec();
    sorted.sort_by(f32::total_cmp);
    let accepted = (far * sorted.len() as f64).floor() as usize;
    match sorted.len().checked_sub(accepted + 1) {
        Some(index) => sorted[index].next_up(),
        None => f32::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn recall_weighs_classes_and_accuracy_answers() {
        let (truth, answers) = ([0, 0, 0, 2], [0, 0, 1, 1]);
        assert_eq!(accuracy(&truth, &answers), 0.5);
        assert!((unweighted_average_recall(&truth, &answers) - (2.0 / 3.0 + 0.0) / 2.0).abs() < 1e-12);
        assert_eq!(accuracy(&[], &[]), 0.0);
    }

    #[test]
    fn calibration_error_is_the_gap_between_confidence_and_accuracy() {
        let answers = [(0.9, true), (0.9, false), (0.3, false), (0.3, true)];
        // Bins .9 and .3, each half correct: (|1.8 - 1| + |.6 - 1|) / 4.
        assert!((expected_calibration_error(&answers) - 0.3).abs() < 1e-6);
        assert_eq!(expected_calibration_error(&[(1.0, true)]), 0.0);
    }

    #[test]
    fn confusion_has_the_truth_in_rows() {
        let counts = confusion_matrix(&[0, 0, 0, 2], &[0, 1, 1, 0], 3);
        assert_eq!(counts, array![[1, 2, 0], [0, 0, 0], [1, 0, 0]]);
    }

    #[test]
    fn deviation_is_that_of_a_sample() {
        // Squares 1 + 0 + 1, divided by 2.
        assert_eq!(sample_deviation(&[0.0, 1.0, 2.0]), Some(1.0));
        assert_eq!((sample_deviation(&[1.0]), sample_deviation(&[])), (None, None));
    }

    #[test]
    fn quantiles_lie_between_two_values_in_proportion() {
        let sorted = [0.0, 10.0, 20.0, 30.0, 40.0];
        assert_eq!([0.0, 0.25, 0.3, 1.0].map(|share| quantile(&sorted, share)), [0.0, 10.0, 12.0, 40.0]);
    }

    #[test]
    fn wilson_intervals_are_those_of_scipy() {
        // scipy.stats.binomtest(right, all).proportion_ci(method="wilson")
        for (right, all, low, high) in [
            (8, 10, 0.4901624715, 0.9433178485),
            (0, 5, 0.0, 0.4344824648),
            (5, 5, 0.5655175352, 1.0),
            (81, 263, 0.2552885199, 0.3662095770),
        ] {
            let interval = wilson(right, all);
            assert_eq!(interval.mean, right as f64 / all as f64);
            assert!((interval.low - low).abs() < 1e-9 && (interval.high - high).abs() < 1e-9, "{interval:?}");
        }
        assert_eq!(wilson(0, 0), Interval { mean: 0.0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn bootstrap_of_small_sets_by_hand() {
        let mean = |values: &'static [f64]| {
            let of = move |drawn: &[usize]| drawn.iter().map(|&unit| values[unit]).sum::<f64>() / drawn.len() as f64;
            bootstrap(values.len(), 2000, 3, of).unwrap()
        };
        // The mean of two units is 0, 0.5 or 1 with probabilities 1/4, 1/2 and 1/4.
        assert_eq!(mean(&[0.0, 1.0]), Interval { mean: 0.5, low: 0.0, high: 1.0 });
        // Four units, one of them 1: 0 has probability 81/256, 3/4 or more 13/256, 1 only 1/256.
        assert_eq!(mean(&[0.0, 0.0, 1.0, 0.0]), Interval { mean: 0.25, low: 0.0, high: 0.75 });
        // Equal units yield an interval of width 0, and one unit yields none.
        assert_eq!(mean(&[0.5, 0.5, 0.5]), Interval { mean: 0.5, low: 0.5, high: 0.5 });
        assert!(bootstrap(1, 2000, 0, |_| 1.0).is_none() && bootstrap(5, 0, 0, |_| 1.0).is_none());
    }

    #[test]
    fn bootstrap_has_the_width_of_the_normal_law() {
        // A hundred units, half of them right: the standard deviation of the mean is 0.05.
        let share = |drawn: &[usize]| drawn.iter().filter(|&&unit| unit % 2 == 0).count() as f64 / 100.0;
        let interval = bootstrap(100, 2000, 1, share).unwrap();
        assert_eq!(interval.mean, 0.5);
        for (found, expected) in [(interval.low, 0.5 - 1.96 * 0.05), (interval.high, 0.5 + 1.96 * 0.05)] {
            assert!((found - expected).abs() < 0.015, "{interval:?}");
        }
        assert_eq!(bootstrap(100, 2000, 1, share), Some(interval));
    }

    #[test]
    fn verification_of_small_sets_by_hand() {
        let v = verification(&[0.9, 0.8, 0.4], &[0.1, 0.2, 0.5, 0.3]).unwrap();
        assert!((v.auc - 11.0 / 12.0).abs() < 1e-12);
        // At threshold .5: FAR 1/4, FRR 1/3; at .4: 1/4 and 0.
        assert!((v.eer - (0.25 + 1.0 / 3.0) / 2.0).abs() < 1e-12, "{v:?}");
        assert!((v.tar_at_far_1e2 - 2.0 / 3.0).abs() < 1e-12);
        let perfect = verification(&[0.9], &[0.1]).unwrap();
        assert_eq!((perfect.auc, perfect.eer, perfect.tar_at_far_1e3), (1.0, 0.0, 1.0));
        assert!(verification(&[], &[0.1]).is_none());
    }

    #[test]
    fn thresholds_keep_the_promised_rate() {
        let impostor: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        for far in [0.0, 0.001, 0.01, 0.5] {
            let threshold = threshold_at(&impostor, far);
            let accepted = impostor.iter().filter(|score| **score >= threshold).count();
            assert_eq!(accepted, (far * 1000.0) as usize);
        }
    }

    #[test]
    fn correlation_is_one_for_a_line_and_none_without_variation() {
        let close = |got: Option<f64>, want: f64| got.is_some_and(|got| (got - want).abs() < 1e-12);
        assert!(close(correlation(&[1.0, 2.0, 4.0], &[3.0, 5.0, 9.0]), 1.0));
        assert!(close(correlation(&[1.0, 2.0, 4.0], &[-1.0, -2.0, -4.0]), -1.0));
        // Covariance 0.5, both deviations 1.
        assert!(close(correlation(&[0.0, 1.0, 2.0], &[1.0, 0.0, 2.0]), 0.5));
        assert_eq!((correlation(&[1.0, 1.0], &[1.0, 2.0]), correlation(&[1.0], &[1.0])), (None, None));
    }
}
