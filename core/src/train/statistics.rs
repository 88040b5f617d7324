//! Statistics of a generic head's training data, used in place of the data when a user's head is
//! trained.
//!
//! A clip is represented by its mean frame x (D values). The model has random effects: `x = mean of
//! the class + offset of the user + rest`, each with its variance in every dimension. In addition,
//! the [`DIRECTIONS`] strongest directions of the rest are kept.

use std::collections::BTreeMap;

use mien_nn::math::{SplitMix64, add_scaled, dot};
use mien_nn::simd::{accumulate, products};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut2, Axis, Zip};
use serde::{Deserialize, Serialize};

use crate::codec::Halves;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::head::Clip;

/// Maximum number of directions of the rest that are kept.
pub const DIRECTIONS: usize = 32;

/// Number of iterations for finding the directions.
const ROUNDS: usize = 12;

/// Maximum number of frames of a drawn clip.
const LONGEST_DRAWN: usize = 8;

/// Added to each value's variance, as a fraction of the mean variance, so that a nearly constant
/// value does not get an excessive weight.
const FLOOR: f32 = 0.05;

/// A user's clip, for [`ClassStatistics::of`].
#[derive(Debug, Clone, Copy)]
pub struct UserClip<'a> {
    /// The frame vectors.
    pub clip: &'a Clip,
    /// Index of its class among the labels.
    pub class: usize,
    /// The user it shows.
    pub user: &'a str,
}

/// Means of classes and standard deviations of users and clips, D values each.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassStatistics {
    /// The mean of each class's clips; `None` for a class without clips.
    means: Vec<Option<Vec<f32>>>,
    /// Standard deviation of clips around their user's offset.
    within: Vec<f32>,
    /// Standard deviation of the users' offsets.
    between: Vec<f32>,
    /// Principal directions of the rest in rows, each with its standard deviation as length.
    directions: Array2<f32>,
    /// Standard deviation of frames around their clip's mean.
    wander: Vec<f32>,
    /// Median number of frames of a clip, at most 8.
    frames: usize,
}

impl ClassStatistics {
    /// Computes the statistics of `clips` with classes below `classes`.
    ///
    /// # Errors
    /// `NotEnoughSamples` if no user has two clips; `InvalidOption` if a clip's class is not below
    /// `classes` or dimensions differ.
    pub fn of(clips: &[UserClip<'_>], classes: usize) -> Result<Self> {
        let Some(first) = clips.first() else { fail!(NotEnoughSamples, "no clips to take statistics of") };
        let dimension = first.clip.dimension();
        if let Some(odd) = clips.iter().find(|clip| clip.clip.dimension() != dimension || clip.class >= classes) {
            let (other, class) = (odd.clip.dimension(), odd.class);
            fail!(
                InvalidOption,
                "a clip has {other} values and class {class}; expected {dimension} values and a class below {classes}"
            );
        }
        let mut rests = Array2::<f32>::zeros((clips.len(), dimension));
        for (mut rest, clip) in rests.rows_mut().into_iter().zip(clips) {
            rest.assign(&ArrayView1::from(&clip.clip.mean()));
        }
        let of_class = |class| {
            let rows = rests.rows().into_iter().zip(clips);
            mean_of(rows.filter(|(_, clip)| clip.class == class).map(|(row, _)| row))
        };
        let means: Vec<Option<Array1<f32>>> = (0..classes).map(of_class).collect();
        for (mut rest, clip) in rests.rows_mut().into_iter().zip(clips) {
            if let Some(mean) = &means[clip.class] {
                rest -= mean;
            }
        }
        let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, clip) in clips.iter().enumerate() {
            users.entry(clip.user).or_default().push(index);
        }
        let free = clips.len() - users.len();
        if free == 0 {
            fail!(NotEnoughSamples, "no user has two clips, which the statistics of users need");
        }
        let mut offsets = Array1::<f32>::zeros(dimension);
        for own in users.values() {
            let Some(offset) = mean_of(own.iter().map(|&index| rests.row(index))) else { continue };
            add_squares(&mut offsets, offset.view());
            own.iter().for_each(|&index| rests.row_mut(index).zip_mut_with(&offset, |rest, value| *rest -= value));
        }
        let mut within = Array1::<f32>::zeros(dimension);
        for rest in rests.rows() {
            add_squares(&mut within, rest);
        }
        within /= free as f32;
        // The mean square of an estimated offset includes the rest's variance divided by the user's
        // number of clips.
        let (people, each) = (users.len() as f32, clips.len() as f32 / users.len() as f32);
        let between = offsets.iter().zip(&within).map(|(sum, within)| (sum / people - within / each).max(0.0).sqrt());
        let between = between.collect();
        let mut frames: Vec<usize> = clips.iter().map(|clip| clip.clip.len()).collect();
        frames.sort_unstable();
        Ok(Self {
            means: means.into_iter().map(|mean| mean.map(|mean| mean.to_vec())).collect(),
            between,
            directions: principal_directions(&rests, free),
            within: within.into_iter().map(f32::sqrt).collect(),
            wander: wander(clips, dimension),
            frames: frames[frames.len() / 2].min(LONGEST_DRAWN),
        })
    }

    /// Returns D, the number of values of a frame.
    pub fn dimension(&self) -> usize {
        self.within.len()
    }

    /// Returns the number of classes, with and without clips.
    pub fn classes(&self) -> usize {
        self.means.len()
    }

    /// Whether the data had clips of `class`.
    pub fn knows(&self, class: usize) -> bool {
        self.means.get(class).is_some_and(Option::is_some)
    }

    /// Estimates the offset of a user's frames from other people's of the same class: the mean over
    /// `clips` (with their classes) of the difference to the class mean, shrunk by
    /// `n b^2 / (n b^2 + w^2)` in each dimension, for n clips and the standard deviations b between users and w
    /// within one (the best linear prediction of a random effect). `None` if no clip's class is
    /// known.
    pub fn offset<'a>(&self, clips: impl IntoIterator<Item = (&'a Clip, usize)>) -> Option<Vec<f32>> {
        let beyond = |(clip, class): (&Clip, usize)| {
            let mut rest = Array1::from(clip.mean());
            rest -= &ArrayView1::from(self.means.get(class)?.as_ref()?);
            Some(rest)
        };
        self.shrunk(clips.into_iter().filter_map(beyond))
    }

    /// As [`ClassStatistics::offset`] for clips whose classes are known as probabilities only: the
    /// difference is taken to the class means in their proportions.
    pub(super) fn offset_of_mixed<'a>(
        &self,
        clips: impl IntoIterator<Item = (&'a Clip, &'a [f32])>,
    ) -> Option<Vec<f32>> {
        let beyond = |(clip, probabilities): (&Clip, &[f32])| {
            let known = || self.means.iter().zip(probabilities).filter_map(|(mean, p)| Some((mean.as_ref()?, *p)));
            let total: f32 = known().map(|(_, p)| p).sum();
            if total <= 0.0 {
                return None;
            }
            let mut rest = clip.mean();
            known().for_each(|(mean, p)| add_scaled(&mut rest, -p / total, mean));
            Some(Array1::from(rest))
        };
        self.shrunk(clips.into_iter().filter_map(beyond))
    }

    /// Returns the mean of differences of clips to their class, shrunk as in [`ClassStatistics::offset`].
    fn shrunk(&self, rests: impl Iterator<Item = Array1<f32>>) -> Option<Vec<f32>> {
        let rests: Vec<Array1<f32>> = rests.collect();
        let n = rests.len() as f32;
        let mut offset = mean_of(rests.iter().map(|rest| rest.view()))?;
        for ((value, between), within) in offset.iter_mut().zip(&self.between).zip(&self.within) {
            let (between, within) = (n * between * between, within * within);
            // A value that does not vary has no offset.
            *value *= if between > 0.0 { between / (between + within) } else { 0.0 };
        }
        Some(offset.to_vec())
    }

    /// Returns factors that scale each value to about the same variance within users, the mean of
    /// their variances: `sqrt((1 + FLOOR) m / (w^2 + FLOOR m))`, m the mean of `w^2`.
    pub(crate) fn scale(&self) -> Vec<f32> {
        let mean = dot(&self.within, &self.within) / self.within.len() as f32;
        if mean == 0.0 {
            return vec![1.0; self.within.len()];
        }
        self.within.iter().map(|within| ((1.0 + FLOOR) * mean / (within * within + FLOOR * mean)).sqrt()).collect()
    }

    /// Whether all lengths fit, all values are finite, and no deviation is negative.
    fn is_sound(&self) -> bool {
        let deviations = [&self.within, &self.between, &self.wander];
        let vectors = || self.means.iter().flatten().chain(deviations);
        vectors().all(|values| values.len() == self.dimension())
            && vectors().flatten().chain(&self.directions).all(|value| value.is_finite())
            && deviations.into_iter().flatten().all(|deviation| *deviation >= 0.0)
            && (1..=LONGEST_DRAWN).contains(&self.frames)
    }

    /// Draws a clip of `class` by a person without an offset; `None` for a class without clips.
    pub(crate) fn draw(&self, class: usize, rng: &mut SplitMix64) -> Option<Clip> {
        let mut mean = self.means.get(class)?.clone()?;
        let dimension = mean.len();
        let mut explained = vec![0.0f32; dimension];
        for direction in self.directions.rows() {
            let direction = values(direction);
            add_scaled(&mut mean, rng.normal(), direction);
            explained.iter_mut().zip(direction).for_each(|(sum, value)| *sum += value * value);
        }
        for ((value, within), explained) in mean.iter_mut().zip(&self.within).zip(&explained) {
            *value += (within * within - explained).max(0.0).sqrt() * rng.normal();
        }
        let mut frame = || -> Vec<f32> { mean.iter().zip(&self.wander).map(|(x, s)| x + s * rng.normal()).collect() };
        let frames = if self.frames == 1 { vec![mean] } else { (0..self.frames).map(|_| frame()).collect() };
        Some(Clip::from_frames(&frames).expect("all frames have D values"))
    }
}

/// Returns the mean of vectors; `None` without any.
fn mean_of<'a>(vectors: impl IntoIterator<Item = ArrayView1<'a, f32>>) -> Option<Array1<f32>> {
    let mut vectors = vectors.into_iter();
    let mut sum = vectors.next()?.to_owned();
    let mut count = 1.0;
    for vector in vectors {
        sum += &vector;
        count += 1.0;
    }
    sum /= count;
    Some(sum)
}

/// Adds the square of each value.
fn add_squares(sums: &mut Array1<f32>, vector: ArrayView1<'_, f32>) {
    sums.zip_mut_with(&vector, |sum, value| *sum += value * value);
}

/// Returns a row as the kernels take it.
fn values(row: ArrayView1<'_, f32>) -> &[f32] {
    row.to_slice().expect("rows are contiguous")
}

/// Returns the standard deviation of frames around the mean of their clip, over all clips.
fn wander(clips: &[UserClip<'_>], dimension: usize) -> Vec<f32> {
    let (mut sums, mut free) = (Array1::<f32>::zeros(dimension), 0);
    for clip in clips.iter().filter(|clip| clip.clip.len() > 1) {
        let mean = Array1::from(clip.clip.mean());
        for frame in clip.clip.view().rows() {
            Zip::from(&mut sums).and(&frame).and(&mean).for_each(|sum, value, mean| {
                *sum += (value - mean) * (value - mean);
            });
        }
        free += clip.clip.len() - 1;
    }
    sums.into_iter().map(|sum| (sum / free.max(1) as f32).sqrt()).collect()
}

/// Computes the principal directions of `rows` with `free` degrees of freedom, by block power
/// iteration (orthogonal iteration: Golub & Van Loan, Matrix Computations, section 8.2).
fn principal_directions(rows: &Array2<f32>, free: usize) -> Array2<f32> {
    let dimension = rows.ncols();
    let count = DIRECTIONS.min(free).min(dimension);
    let mut rng = SplitMix64::new(0x6d69_656e);
    let mut basis = Array2::from_shape_simple_fn((count, dimension), || rng.normal());
    let mut shares = vec![0.0; count];
    for _ in 0..ROUNDS {
        orthonormalize(basis.view_mut());
        let mut next = Array2::zeros(basis.dim());
        for row in rows.rows() {
            products(dimension, all_values(&basis), values(row), &mut shares);
            accumulate(dimension, values(row), &shares, next.as_slice_mut().expect("a matrix is contiguous"));
        }
        basis = next;
    }
    orthonormalize(basis.view_mut());
    let mut squares = Array1::zeros(count);
    for row in rows.rows() {
        products(dimension, all_values(&basis), values(row), &mut shares);
        add_squares(&mut squares, ArrayView1::from(&shares));
    }
    for (mut direction, square) in basis.rows_mut().into_iter().zip(squares) {
        direction *= (square / free as f32).sqrt();
    }
    basis
}

/// Returns all rows, one after another, as the kernels take them.
fn all_values(rows: &Array2<f32>) -> &[f32] {
    rows.as_slice().expect("a matrix is contiguous")
}

/// Makes the rows of `basis` orthogonal and of length 1 (Gram-Schmidt, twice against rounding
/// errors); a row in the span of the earlier ones becomes zero.
fn orthonormalize(mut basis: ArrayViewMut2<'_, f32>) {
    for index in 0..basis.nrows() {
        let (before, mut rest) = basis.view_mut().split_at(Axis(0), index);
        let mut row = rest.row_mut(0);
        let row = row.as_slice_mut().expect("rows are contiguous");
        let length = dot(row, row).sqrt();
        for _ in 0..2 {
            for earlier in before.rows() {
                let earlier = earlier.to_slice().expect("rows are contiguous");
                add_scaled(row, -dot(row, earlier), earlier);
            }
        }
        let left = dot(row, row).sqrt();
        let factor = if left > 1e-5 * length { 1.0 / left } else { 0.0 };
        row.iter_mut().for_each(|value| *value *= factor);
    }
}

/// The statistics in stored form: values as f16.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    means: Vec<Option<Halves>>,
    within: Halves,
    between: Halves,
    directions: Halves,
    wander: Halves,
    frames: usize,
}

impl From<&ClassStatistics> for Stored {
    fn from(statistics: &ClassStatistics) -> Self {
        Self {
            means: statistics.means.iter().map(|mean| mean.as_deref().map(Halves::of)).collect(),
            within: Halves::of(&statistics.within),
            between: Halves::of(&statistics.between),
            directions: Halves::of(all_values(&statistics.directions)),
            wander: Halves::of(&statistics.wander),
            frames: statistics.frames,
        }
    }
}

impl TryFrom<Stored> for ClassStatistics {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let misfit = || Error::new(ErrorKind::ProfileCorrupt, "the class statistics do not fit each other");
        let (within, directions) = (stored.within.to_f32(), stored.directions.to_f32());
        let d = within.len();
        let count = directions.len().checked_div(d).ok_or_else(misfit)?;
        let statistics = Self {
            means: stored.means.into_iter().map(|mean| mean.as_ref().map(Halves::to_f32)).collect(),
            within,
            between: stored.between.to_f32(),
            directions: Array2::from_shape_vec((count, d), directions).map_err(|_| misfit())?,
            wander: stored.wander.to_f32(),
            frames: stored.frames,
        };
        if statistics.is_sound() { Ok(statistics) } else { Err(misfit()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clips of users with known standard deviations of offsets and rests: 2 and 1 in the first
    /// value, 0 and 3 in the second; the third value follows the second.
    fn made_up(users: usize, each: usize) -> (Vec<Clip>, Vec<(usize, String)>) {
        let mut rng = SplitMix64::new(8);
        let (mut clips, mut of) = (Vec::new(), Vec::new());
        for user in 0..users {
            let offset = 2.0 * rng.normal();
            for index in 0..each {
                let class = index % 2;
                let second = 3.0 * rng.normal();
                let frame = [10.0 * class as f32 + offset + rng.normal(), second, 0.5 * second];
                clips.push(Clip::from_frames(&[frame]).unwrap());
                of.push((class, format!("user {user}")));
            }
        }
        (clips, of)
    }

    fn statistics(clips: &[Clip], of: &[(usize, String)]) -> ClassStatistics {
        let clips: Vec<_> =
            clips.iter().zip(of).map(|(clip, (class, user))| UserClip { clip, class: *class, user }).collect();
        ClassStatistics::of(&clips, 3).unwrap()
    }

    #[test]
    fn means_and_variances_are_those_of_the_model() {
        let (clips, of) = made_up(300, 8);
        let found = statistics(&clips, &of);
        assert_eq!((found.dimension(), found.classes(), found.frames), (3, 3, 1));
        assert!(found.knows(0) && found.knows(1) && !found.knows(2) && !found.knows(3));
        let means: Vec<f32> = found.means.iter().flatten().map(|mean| mean[0]).collect();
        assert!((means[0]).abs() < 0.4 && (means[1] - 10.0).abs() < 0.4, "{means:?}");
        for (got, want) in found.within.iter().zip([1.0, 3.0, 1.5]) {
            assert!((got / want - 1.0).abs() < 0.05, "{:?}", found.within);
        }
        assert!((found.between[0] - 2.0).abs() < 0.2 && found.between[1] < 0.5, "{:?}", found.between);
        // The strongest direction is (0, 2, 1) / sqrt 5 with the variance 9 + 2.25.
        let direction = values(found.directions.row(0));
        assert!((dot(direction, direction) - 11.25).abs() < 0.6, "{direction:?}");
        assert!((direction[1] / direction[2] - 2.0).abs() < 0.05 && direction[0].abs() < 0.2, "{direction:?}");
    }

    #[test]
    fn an_offset_is_drawn_toward_zero_by_how_little_is_known() {
        let (clips, of) = made_up(300, 8);
        let found = statistics(&clips, &of);
        let clip = Clip::from_frames(&[[14.0, 0.0, 0.0]]).unwrap();
        let beyond = 14.0 - found.means[1].as_ref().unwrap()[0];
        let one = found.offset([(&clip, 1)]).unwrap()[0];
        let nine = found.offset(vec![(&clip, 1); 9]).unwrap()[0];
        // b = 2, w = 1: 4 / 5 of it with one clip, 36 / 37 with nine.
        assert!((one / beyond - 0.8).abs() < 0.03 && (nine / beyond - 36.0 / 37.0).abs() < 0.01, "{one} {nine}");
        assert_eq!(found.offset([(&clip, 2)]), None);
        assert_eq!(found.offset([]), None);
    }

    #[test]
    fn an_offset_of_mixed_classes_is_taken_to_the_mixed_mean() {
        let (clips, of) = made_up(300, 8);
        let found = statistics(&clips, &of);
        let clip = Clip::from_frames(&[[14.0, 0.0, 0.0]]).unwrap();
        let sure = found.offset_of_mixed([(&clip, [0.0, 1.0, 0.0].as_slice())]);
        assert_eq!(sure, found.offset([(&clip, 1)]));
        let half = found.offset_of_mixed([(&clip, [0.5, 0.5, 0.0].as_slice())]).unwrap()[0];
        let ends = [0, 1].map(|class| found.offset([(&clip, class)]).unwrap()[0]);
        assert!((half - (ends[0] + ends[1]) / 2.0).abs() < 1e-4, "{half} {ends:?}");
        // The mean of the third class is unknown: only the rest counts.
        let rest = found.offset_of_mixed([(&clip, [0.0, 0.25, 0.75].as_slice())]);
        assert_eq!(rest, sure);
        assert_eq!(found.offset_of_mixed([(&clip, [0.0, 0.0, 1.0].as_slice())]), None);
    }

    #[test]
    fn drawn_clips_look_like_the_data() {
        let (clips, of) = made_up(100, 8);
        let found = statistics(&clips, &of);
        let mut rng = SplitMix64::new(1);
        let draws: Vec<Array1<f32>> = (0..4000).map(|_| found.draw(1, &mut rng).unwrap().mean().into()).collect();
        let mean = mean_of(draws.iter().map(|draw| draw.view())).unwrap();
        assert!((mean[0] - found.means[1].as_ref().unwrap()[0]).abs() < 0.1, "{mean:?}");
        let moment =
            |i: usize, j: usize| draws.iter().map(|x| (x[i] - mean[i]) * (x[j] - mean[j])).sum::<f32>() / 4000.0;
        let (within, tie) = (&found.within, found.directions.rows().into_iter().map(|v| v[1] * v[2]).sum::<f32>());
        for (i, within) in within.iter().enumerate() {
            assert!((moment(i, i).sqrt() / within - 1.0).abs() < 0.06, "{i}");
        }
        assert!((moment(1, 2) / tie - 1.0).abs() < 0.1 && moment(0, 1).abs() < 0.3);
        assert!(found.draw(2, &mut rng).is_none());
    }

    #[test]
    fn drawn_clips_have_frames_where_the_data_had() {
        let mut rng = SplitMix64::new(3);
        let clips: Vec<Clip> = (0..60)
            .map(|_| Clip::from_frames(&(0..20).map(|_| [0.5 * rng.normal()]).collect::<Vec<_>>()).unwrap())
            .collect();
        let clips: Vec<_> = clips.iter().map(|clip| UserClip { clip, class: 0, user: "one" }).collect();
        let found = ClassStatistics::of(&clips, 1).unwrap();
        assert!((found.wander[0] - 0.5).abs() < 0.05, "{:?}", found.wander);
        assert_eq!(found.draw(0, &mut rng).unwrap().len(), LONGEST_DRAWN);
    }

    #[test]
    fn impossible_input_is_refused() {
        let clip = Clip::from_frames(&[[1.0]]).unwrap();
        let of = |class, user| UserClip { clip: &clip, class, user };
        let kind = |clips: &[UserClip<'_>]| ClassStatistics::of(clips, 1).unwrap_err().kind();
        assert_eq!(kind(&[]), ErrorKind::NotEnoughSamples);
        assert_eq!(kind(&[of(0, "a"), of(0, "b")]), ErrorKind::NotEnoughSamples);
        assert_eq!(kind(&[of(0, "a"), of(1, "a")]), ErrorKind::InvalidOption);
    }
}
