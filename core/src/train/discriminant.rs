//! Linear discriminant analysis (R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of
//! Eugenics 7, 1936): where training starts if no network has a last layer for the values.

use mien_nn::LinearLayer;

use super::fit::Sample;
use crate::cholesky::Triangle;

/// Share of the covariance that is replaced by the same variance in all directions (Ledoit & Wolf, 2004, with a fixed
/// share): there are hardly more clips than values.
const SHRINKAGE: f64 = 0.4;

/// Divisor of the logits: the analysis is far too sure on people it has not seen.
const TEMPERATURE: f64 = 6.0;

/// Returns the layer that tells the classes apart if all have the same covariance; each clip counts as its mean frame.
/// A class without clips has no weights. `None` if no class has two different clips.
pub fn discriminant(samples: &[Sample<'_>], classes: usize) -> Option<LinearLayer> {
    let vectors: Vec<Vec<f64>> =
        samples.iter().map(|(clip, _)| clip.mean().into_iter().map(f64::from).collect()).collect();
    let dimension = vectors.first()?.len();
    let means: Vec<Option<Vec<f64>>> = (0..classes)
        .map(|class| mean(samples.iter().zip(&vectors).filter(|(sample, _)| sample.1 == class).map(|(_, v)| v)))
        .collect();
    let rests = samples.iter().zip(&vectors).filter_map(|((_, class), vector)| {
        let mean = means.get(*class)?.as_ref()?;
        Some(vector.iter().zip(mean).map(|(value, mean)| value - mean).collect::<Vec<f64>>())
    });
    let factor = Triangle::of(shrunk_covariance(rests, dimension)?)?;
    let mut layer = LinearLayer { weights: vec![0.0; classes * dimension], bias: vec![0.0; classes] };
    for (class, mean) in means.iter().enumerate() {
        let Some(mean) = mean else { continue };
        let row = factor.solve(mean);
        let norm: f64 = row.iter().zip(mean).map(|(weight, mean)| weight * mean).sum();
        layer.bias[class] = (-0.5 * norm / TEMPERATURE) as f32;
        for (weight, value) in layer.weights[class * dimension..].iter_mut().zip(&row) {
            *weight = (value / TEMPERATURE) as f32;
        }
    }
    Some(layer)
}

fn mean<'a>(vectors: impl Iterator<Item = &'a Vec<f64>>) -> Option<Vec<f64>> {
    let (mut sum, mut count) = (Vec::new(), 0.0);
    for vector in vectors {
        sum.resize(vector.len(), 0.0);
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    sum.iter_mut().for_each(|sum| *sum /= count);
    (count > 0.0).then_some(sum)
}

/// Returns the lower triangle of the shrunk covariance of `rests`, by rows; `None` if they do not vary.
fn shrunk_covariance(rests: impl Iterator<Item = Vec<f64>>, dimension: usize) -> Option<Vec<Vec<f64>>> {
    let mut rows: Vec<Vec<f64>> = (1..=dimension).map(|length| vec![0.0; length]).collect();
    let mut count = 0.0;
    for rest in rests {
        for (row, value) in rows.iter_mut().zip(&rest) {
            row.iter_mut().zip(&rest).for_each(|(sum, other)| *sum += value * other);
        }
        count += 1.0;
    }
    let trace: f64 = rows.iter().filter_map(|row| row.last()).sum::<f64>() / count;
    for row in &mut rows {
        row.iter_mut().for_each(|sum| *sum *= (1.0 - SHRINKAGE) / count);
        if let Some(variance) = row.last_mut() {
            *variance += SHRINKAGE * trace / dimension as f64;
        }
    }
    (trace > 0.0).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;
    use crate::head::Clip;

    /// Clips of three classes that differ by 1 in a value of their own, among values that vary together.
    fn clips(each: usize) -> Vec<(Clip, usize)> {
        let mut random = SplitMix64::new(3);
        let clip = |at: usize| {
            let (class, common) = (at % 3, random.normal());
            let value = |place: usize, noise: f32| f32::from(u8::from(place == class)) + common + 0.1 * noise;
            let frame: Vec<f32> = (0..5).map(|place| value(place, random.normal())).collect();
            (Clip::from_frames(&[frame]).unwrap(), class)
        };
        (0..3 * each).map(clip).collect()
    }

    fn layer(clips: &[(Clip, usize)], classes: usize) -> Option<LinearLayer> {
        discriminant(&clips.iter().map(|(clip, class)| (clip, *class)).collect::<Vec<_>>(), classes)
    }

    #[test]
    fn classes_are_told_apart_by_what_does_not_vary_within_them() {
        let clips = clips(40);
        let layer = layer(&clips, 4).unwrap();
        let right = clips.iter().filter(|(clip, class)| {
            let frame = clip.mean();
            let logit = |of: &usize| -> f32 {
                let row = &layer.weights[of * 5..][..5];
                row.iter().zip(&frame).map(|(weight, value)| weight * value).sum::<f32>() + layer.bias[*of]
            };
            (0..3).max_by(|a, b| logit(a).total_cmp(&logit(b))) == Some(*class)
        });
        assert_eq!(right.count(), 120);
        assert!(layer.weights[15..].iter().all(|weight| *weight == 0.0) && layer.bias[3] == 0.0, "no clips of it");
    }

    #[test]
    fn clips_that_do_not_vary_have_no_layer() {
        let same: Vec<_> = (0..4).map(|class| (Clip::from_frames(&[[1.0, 2.0]]).unwrap(), class % 2)).collect();
        assert!(layer(&same, 2).is_none() && layer(&[], 2).is_none());
    }
}
