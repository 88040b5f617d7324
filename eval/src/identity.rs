//! The protocols of `mien eval identity`: verification of pairs, verification against templates,
//! and open-set identification.
//!
//! People are split into halves. The calibration (the center of the embeddings, the threshold and
//! its rise with the number of users, see [`Calibration`]) is measured on one half and used on the
//! other, so no figure is measured on people who helped to set it. This is repeated for several
//! splits; figures are means over them, with their deviation.
//!
//! *Pairs*: for every two pictures, do they show the same person? *Templates*: each person is
//! enrolled with some pictures, and each other picture is compared with each person; this is
//! easier, and is what an application does. *Open set*: every second person of a half is enrolled,
//! the others are strangers, and then the other way round; a picture of an enrolled person must be
//! identified correctly, a stranger's must be unknown.

use mien_core::recognition::calibration::{Calibration, Figures, MARGIN};
use mien_core::recognition::gallery::{Gallery, Identity};
use mien_core::{Result, fail};
use mien_nn::math::{SplitMix64, dot};
use rayon::prelude::*;

use super::metrics::{Verification, sample_deviation, verification};

/// The embedding of a person's picture.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The person.
    pub person: String,
    /// The recording session; empty if there is one only.
    pub session: String,
    /// The embedding, of length 1.
    pub embedding: Vec<f32>,
}

/// Figures of one verification task.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct VerificationFigures {
    /// Means over the splits.
    pub mean: Verification,
    /// Sample standard deviation over the splits.
    pub deviation: Verification,
}

/// Results for pairs or templates, with and without the calibration's center.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct VerificationTask {
    /// After subtracting the center of the other half's embeddings.
    pub calibrated: VerificationFigures,
    /// With the plain cosine.
    pub plain: VerificationFigures,
}

/// Error rates of open-set identification. Rates are 0 to 1 and means over the splits, with their
/// sample standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct OpenSetScores {
    /// Share of the pictures of enrolled people that were identified as another user.
    pub wrong_user_rate: f64,
    /// Sample standard deviation of `wrong_user_rate`.
    pub wrong_user_deviation: f64,
    /// Share of the pictures of enrolled people that were identified as unknown.
    pub missed_user_rate: f64,
    /// Sample standard deviation of `missed_user_rate`.
    pub missed_user_deviation: f64,
    /// Share of the pictures of other people that were identified as a user.
    pub unknown_accepted_rate: f64,
    /// Sample standard deviation of `unknown_accepted_rate`.
    pub unknown_accepted_deviation: f64,
}

/// The results of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityScores {
    /// Number of people with a usable picture.
    pub people: usize,
    /// Number of splits into halves.
    pub splits: usize,
    /// Number of users enrolled at a time in the open set.
    pub users: usize,
    /// Verification of every two pictures.
    pub pairs: VerificationTask,
    /// Verification of single pictures against people enrolled with up to [`ENROLLED`] others.
    pub templates: VerificationTask,
    /// Open-set identification with the calibration of the other half.
    pub open_set: OpenSetScores,
    /// Open-set identification with the default calibration.
    pub default_open_set: OpenSetScores,
    /// The calibration measured on everybody, for use on other people.
    pub calibration: Calibration,
}

/// Share of strangers that thresholds are set to accept, for any number of users.
pub const STRANGERS_ACCEPTED: f64 = 0.0075;
/// Maximum number of pictures that a person is enrolled with; at least one is left for testing.
pub const ENROLLED: usize = 3;
/// Number of splits of the people into halves.
pub const SPLITS: usize = 10;

/// Number of parts of the people; two parts at a time are compared, with the center of the others.
const INNER_PARTS: usize = 5;
/// Number of draws of the enrolled pictures for measuring a threshold.
const DRAWS: usize = 2;
/// Share of the highest similarities of different people, of which the decay is measured.
const TAIL: f64 = 0.01;

/// Evaluates `portraits`; `seed` decides the halves and which pictures are enrolled. `default` is
/// the calibration used if none was measured. `stop` is asked between parts of the work.
///
/// # Errors
/// `NotEnoughSamples` for fewer than four people or without two pictures of one person in each
/// half; `Cancelled` if `stop` returned true.
pub fn identity(
    portraits: &[Portrait],
    default: &Calibration,
    seed: u64,
    stop: impl Fn() -> bool + Sync,
) -> Result<IdentityScores> {
    let people = people_of(portraits);
    if people.len() < 4 {
        fail!(NotEnoughSamples, "{} people with a usable picture; at least four are needed", people.len());
    }
    let mut rng = SplitMix64::new(seed);
    let seeds: Vec<u64> = (0..SPLITS).map(|_| rng.next_u64()).collect();
    let splits: Vec<Split> =
        seeds.into_par_iter().map(|seed| split(&people, default, seed, &stop)).collect::<Result<_>>()?;
    let task = |calibrated: fn(&Split) -> Verification, plain: fn(&Split) -> Verification| VerificationTask {
        calibrated: over_splits(&splits, calibrated),
        plain: over_splits(&splits, plain),
    };
    let open_set = open_set_over_splits(&splits, |split| &split.open_set);
    let users = people.len().div_ceil(4);
    let mut calibration = calibrate(&people.iter().collect::<Vec<_>>(), &mut rng, &stop)?;
    calibration.figures = Some(Figures {
        users: users as u32,
        wrong_user_rate: open_set.wrong_user_rate as f32,
        missed_user_rate: open_set.missed_user_rate as f32,
        unknown_accepted_rate: open_set.unknown_accepted_rate as f32,
    });
    Ok(IdentityScores {
        people: people.len(),
        splits: SPLITS,
        users,
        pairs: task(|split| split.pairs.0, |split| split.pairs.1),
        templates: task(|split| split.templates.0, |split| split.templates.1),
        open_set,
        default_open_set: open_set_over_splits(&splits, |split| &split.default_open_set),
        calibration,
    })
}

/// A person's embeddings.
struct Person<'a> {
    name: &'a str,
    embeddings: Vec<&'a [f32]>,
}

/// Returns the people of `portraits`, by name.
fn people_of(portraits: &[Portrait]) -> Vec<Person<'_>> {
    let mut names: Vec<&str> = portraits.iter().map(|portrait| portrait.person.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let own = |name| portraits.iter().filter(move |p| p.person == name).map(|p| p.embedding.as_slice());
    names.into_iter().map(|name| Person { name, embeddings: own(name).collect() }).collect()
}

/// The results of one split into halves, both halves together.
struct Split {
    /// Calibrated and plain.
    pairs: (Verification, Verification),
    /// Calibrated and plain.
    templates: (Verification, Verification),
    open_set: OpenSet,
    default_open_set: OpenSet,
}

/// Fails if the evaluation was cancelled.
fn go_on(stop: &impl Fn() -> bool) -> Result<()> {
    if stop() {
        fail!(Cancelled, "the evaluation was cancelled");
    }
    Ok(())
}

fn split(people: &[Person<'_>], default: &Calibration, seed: u64, stop: &impl Fn() -> bool) -> Result<Split> {
    let mut rng = SplitMix64::new(seed);
    let mut shuffled: Vec<&Person<'_>> = people.iter().collect();
    rng.shuffle(&mut shuffled);
    let (first, second) = shuffled.split_at(people.len() / 2);
    let plain = Calibration { center: Vec::new(), ..default.clone() };
    let mut scores: [Scores; 4] = Default::default();
    let (mut open_set, mut default_open_set) = (OpenSet::default(), OpenSet::default());
    for (half, other) in [(first, second), (second, first)] {
        let calibration = calibrate(other, &mut rng, stop)?;
        let draw = Draw::new(half, &mut rng);
        for (scores, found) in scores.iter_mut().zip([
            pair_scores(half, &calibration),
            pair_scores(half, &plain),
            draw.scores(&calibration)?,
            draw.scores(&plain)?,
        ]) {
            scores.extend(found);
        }
        go_on(stop)?;
        let (enrolled, strangers) = half.split_at(half.len() / 2);
        for (enrolled, strangers) in [(enrolled, strangers), (strangers, enrolled)] {
            go_on(stop)?;
            let draw = Draw::new(enrolled, &mut rng);
            open_set.probe(&draw, strangers, &calibration)?;
            default_open_set.probe(&draw, strangers, default)?;
        }
    }
    let [pairs, plain_pairs, templates, plain_templates] = scores.each_ref().map(Scores::figures);
    Ok(Split { pairs: (pairs?, plain_pairs?), templates: (templates?, plain_templates?), open_set, default_open_set })
}

/// Similarities of pictures of the same person, and of different people.
#[derive(Default)]
struct Scores {
    same: Vec<f32>,
    different: Vec<f32>,
}

impl Scores {
    fn push(&mut self, same: bool, similarity: f32) {
        if same { self.same.push(similarity) } else { self.different.push(similarity) }
    }

    fn extend(&mut self, other: Self) {
        self.same.extend(other.same);
        self.different.extend(other.different);
    }

    fn figures(&self) -> Result<Verification> {
        match verification(&self.same, &self.different) {
            Some(figures) => Ok(figures),
            None => fail!(NotEnoughSamples, "there are no two pictures of one person, or only of one person"),
        }
    }
}

/// Returns the cosines of all pairs of pictures.
fn pair_scores(people: &[&Person<'_>], calibration: &Calibration) -> Scores {
    let centered = |person: &&Person<'_>| -> Vec<Vec<f32>> {
        person.embeddings.iter().map(|embedding| calibration.centered(embedding)).collect()
    };
    let pictures: Vec<(usize, Vec<f32>)> = people
        .iter()
        .enumerate()
        .flat_map(|(index, person)| centered(person).into_iter().map(move |picture| (index, picture)))
        .collect();
    let mut scores = Scores::default();
    for (index, (person, picture)) in pictures.iter().enumerate() {
        for (other, embedding) in &pictures[..index] {
            scores.push(other == person, dot(embedding, picture));
        }
    }
    scores
}

/// People with the pictures drawn for enrollment, and the rest.
struct Draw<'a> {
    people: Vec<Enrolled<'a>>,
}

struct Enrolled<'a> {
    name: &'a str,
    embeddings: Vec<Vec<f32>>,
    probes: Vec<&'a [f32]>,
}

impl<'a> Draw<'a> {
    /// Draws [`ENROLLED`] pictures of each person, or fewer so that one is left; none of people
    /// with one picture.
    fn new(people: &[&Person<'a>], rng: &mut SplitMix64) -> Self {
        let mut draw = |person: &&Person<'a>| {
            let mut pictures = person.embeddings.clone();
            rng.shuffle(&mut pictures);
            let probes = pictures.split_off(ENROLLED.min(pictures.len() - 1));
            let embeddings = pictures.into_iter().map(<[f32]>::to_vec).collect();
            Enrolled { name: person.name, embeddings, probes }
        };
        Self { people: people.iter().map(&mut draw).collect() }
    }

    fn gallery(&self, calibration: &Calibration) -> Result<Gallery> {
        let mut gallery = Gallery::new(calibration.clone())?;
        for person in &self.people {
            gallery.add(person.name, &person.embeddings);
        }
        Ok(gallery)
    }

    /// Returns the similarities of all remaining pictures to all people.
    fn scores(&self, calibration: &Calibration) -> Result<Scores> {
        let gallery = self.gallery(calibration)?;
        let mut scores = Scores::default();
        for person in &self.people {
            for (name, similarity) in person.probes.iter().flat_map(|probe| gallery.search(probe)) {
                scores.push(name == person.name, similarity);
            }
        }
        Ok(scores)
    }
}

/// Measures center and threshold on `people`. The similarities of different people are computed
/// with the center of others, because a center fits the people that it was measured on too well.
fn calibrate(people: &[&Person<'_>], rng: &mut SplitMix64, stop: &impl Fn() -> bool) -> Result<Calibration> {
    let mut people = people.to_vec();
    rng.shuffle(&mut people);
    let mut different = Vec::new();
    for (tried, others) in inner_choices(&people) {
        let calibration = Calibration { center: center_of(&others), ..Calibration::default() };
        for _ in 0..DRAWS {
            go_on(stop)?;
            different.extend(Draw::new(&tried, rng).scores(&calibration)?.different);
        }
    }
    if different.is_empty() {
        // Nobody has two pictures, so pairs are used.
        different =
            pair_scores(&people, &Calibration { center: center_of(&people), ..Calibration::default() }).different;
    }
    let Some(tail) = Tail::of(&mut different) else {
        fail!(NotEnoughSamples, "no two people to calibrate with");
    };
    let pictures: usize = people.iter().map(|person| person.embeddings.len()).sum();
    Ok(Calibration {
        center: center_of(&people),
        threshold: tail.exceeded_by(STRANGERS_ACCEPTED).clamp(-1.0, 1.0),
        rise: tail.decay.clamp(0.0, 1.0),
        margin: MARGIN,
        network: String::new(),
        evidence: format!(
            "{pictures} pictures of {} people; {STRANGERS_ACCEPTED} of strangers accepted, by the tail of {} \
             similarities of different people",
            people.len(),
            different.len(),
        ),
        figures: None,
    })
}

/// Returns choices of people to compare, each with the other people for the center: every two of
/// [`INNER_PARTS`] parts, so that everybody is compared with everybody. If there are fewer people,
/// they are compared with their own center.
fn inner_choices<'a, 'b>(people: &[&'b Person<'a>]) -> Vec<(Vec<&'b Person<'a>>, Vec<&'b Person<'a>>)> {
    if people.len() < INNER_PARTS {
        return vec![(people.to_vec(), people.to_vec())];
    }
    let mut choices = Vec::new();
    for second in 1..INNER_PARTS {
        for first in 0..second {
            let chosen = |index: usize| [first, second].contains(&(index % INNER_PARTS));
            let (tried, others): (Vec<_>, Vec<_>) = people.iter().enumerate().partition(|(index, _)| chosen(*index));
            let unnumbered = |numbered: Vec<(usize, &&'b Person<'a>)>| numbered.into_iter().map(|(_, p)| *p).collect();
            choices.push((unnumbered(tried), unnumbered(others)));
        }
    }
    choices
}

/// Returns the mean embedding with equal weight per person.
fn center_of(people: &[&Person<'_>]) -> Vec<f32> {
    let length = people.first().map_or(0, |person| person.embeddings[0].len());
    let mut center = vec![0.0f64; length];
    for person in people {
        let weight = 1.0 / (people.len() * person.embeddings.len()) as f64;
        for embedding in &person.embeddings {
            center.iter_mut().zip(*embedding).for_each(|(sum, &value)| *sum += weight * f64::from(value));
        }
    }
    center.into_iter().map(|value| value as f32).collect()
}

/// The tail of a distribution, modeled as an exponential: the values above `start`, a share of at
/// least [`TAIL`], exceed it by `decay` on average (peaks over threshold, with shape 0 of the
/// generalized Pareto distribution). It estimates rare shares from more samples than the few beyond
/// them.
struct Tail {
    start: f32,
    decay: f32,
    share: f64,
}

impl Tail {
    /// `None` without samples.
    fn of(samples: &mut [f32]) -> Option<Self> {
        samples.sort_by(f32::total_cmp);
        let above = ((TAIL * samples.len() as f64).ceil() as usize).max(5).min(samples.len() / 2).max(1);
        let (below, top) = samples.split_at_checked(samples.len().checked_sub(above)?)?;
        let start = below.last().or(top.first()).copied()?;
        let decay = top.iter().map(|sample| sample - start).sum::<f32>() / above as f32;
        Some(Self { start, decay, share: above as f64 / samples.len() as f64 })
    }

    /// Returns the value that the given share of samples exceeds.
    fn exceeded_by(&self, share: f64) -> f32 {
        self.start + self.decay * libm::log(self.share / share) as f32
    }
}

/// Numbers of pictures and of wrong answers.
#[derive(Default)]
struct OpenSet {
    known: usize,
    wrong: usize,
    missed: usize,
    unknown: usize,
    accepted: usize,
}

impl OpenSet {
    fn probe(&mut self, draw: &Draw<'_>, strangers: &[&Person<'_>], calibration: &Calibration) -> Result<()> {
        let gallery = draw.gallery(calibration)?;
        for person in draw.people.iter().filter(|person| !person.embeddings.is_empty()) {
            for probe in &person.probes {
                self.known += 1;
                match gallery.identify(probe) {
                    Identity::User { name, .. } if name == person.name => {}
                    Identity::User { .. } => self.wrong += 1,
                    Identity::Unknown { .. } => self.missed += 1,
                }
            }
        }
        for probe in strangers.iter().flat_map(|person| &person.embeddings) {
            self.unknown += 1;
            self.accepted += usize::from(matches!(gallery.identify(probe), Identity::User { .. }));
        }
        Ok(())
    }
}

/// Returns the mean of `figure` over the splits and its sample deviation.
fn spread<T>(splits: &[T], figure: impl Fn(&T) -> f64) -> (f64, f64) {
    let values: Vec<f64> = splits.iter().map(figure).collect();
    (values.iter().sum::<f64>() / values.len() as f64, sample_deviation(&values).unwrap_or(0.0))
}

fn over_splits(splits: &[Split], of: fn(&Split) -> Verification) -> VerificationFigures {
    let figure = |figure: fn(&Verification) -> f64| spread(splits, |split| figure(&of(split)));
    let (auc, eer) = (figure(|v| v.auc), figure(|v| v.eer));
    let (tar_at_far_1e2, tar_at_far_1e3) = (figure(|v| v.tar_at_far_1e2), figure(|v| v.tar_at_far_1e3));
    let pick = |part: fn((f64, f64)) -> f64| Verification {
        auc: part(auc),
        eer: part(eer),
        tar_at_far_1e2: part(tar_at_far_1e2),
        tar_at_far_1e3: part(tar_at_far_1e3),
    };
    VerificationFigures { mean: pick(|(mean, _)| mean), deviation: pick(|(_, deviation)| deviation) }
}

fn open_set_over_splits(splits: &[Split], of: fn(&Split) -> &OpenSet) -> OpenSetScores {
    let share = |part: fn(&OpenSet) -> (usize, usize)| {
        spread(splits, |split| {
            let (part, whole) = part(of(split));
            part as f64 / whole.max(1) as f64
        })
    };
    let (wrong_user_rate, wrong_user_deviation) = share(|open| (open.wrong, open.known));
    let (missed_user_rate, missed_user_deviation) = share(|open| (open.missed, open.known));
    let (unknown_accepted_rate, unknown_accepted_deviation) = share(|open| (open.accepted, open.unknown));
    OpenSetScores {
        wrong_user_rate,
        wrong_user_deviation,
        missed_user_rate,
        missed_user_deviation,
        unknown_accepted_rate,
        unknown_accepted_deviation,
    }
}

#[cfg(test)]
mod tests {
    use mien_core::embedding::normalize;

    use super::*;

    /// People, each a random direction plus a common part, with noise.
    fn portraits(people: usize, noise: f32) -> Vec<Portrait> {
        let mut rng = SplitMix64::new(8);
        let mut random = move || rng.below(2001) as f32 / 1000.0 - 1.0;
        let mut portraits = Vec::new();
        for person in 0..people {
            let own: Vec<f32> = (0..64).map(|_| random()).collect();
            for _ in 0..4 {
                let mut embedding: Vec<f32> = own.iter().map(|own| 2.0 + own + noise * random()).collect();
                normalize(&mut embedding);
                portraits.push(Portrait { person: format!("p{person}"), session: String::new(), embedding });
            }
        }
        portraits
    }

    fn evaluate(people: usize, noise: f32) -> IdentityScores {
        identity(&portraits(people, noise), &Calibration::default(), 0, || false).unwrap()
    }

    #[test]
    fn clear_people_are_told_apart_and_strangers_refused() {
        let scores = evaluate(100, 0.5);
        assert_eq!((scores.people, scores.users), (100, 25));
        let pairs = scores.pairs.calibrated.mean;
        assert!(pairs.auc > 0.999 && pairs.eer < 0.01, "{pairs:?}");
        let open = scores.open_set;
        assert!(open.wrong_user_rate == 0.0 && open.missed_user_rate < 0.05, "{open:?}");
        assert!(open.unknown_accepted_rate <= 2.0 * STRANGERS_ACCEPTED, "{open:?}");
        assert_eq!(scores.calibration.center.len(), 64);
        let figures = scores.calibration.figures.unwrap();
        assert_eq!(figures.users, 25);
        assert!((f64::from(figures.missed_user_rate) - open.missed_user_rate).abs() < 1e-6);
    }

    #[test]
    fn noise_costs_accuracy_and_templates_are_easier_than_pairs() {
        let scores = evaluate(60, 2.0);
        let (pairs, templates) = (scores.pairs.calibrated.mean, scores.templates.calibrated.mean);
        assert!(pairs.auc < 0.99 && pairs.eer > 0.05, "{pairs:?}");
        assert!(templates.eer < pairs.eer && templates.tar_at_far_1e2 > pairs.tar_at_far_1e2, "{templates:?}");
        assert!(scores.pairs.calibrated.deviation.eer > 0.0);
        assert!(scores.open_set.unknown_accepted_rate < 0.03, "{:?}", scores.open_set);
    }

    #[test]
    fn one_seed_gives_one_result() {
        let scores = |seed| identity(&portraits(20, 1.0), &Calibration::default(), seed, || false).unwrap();
        assert_eq!(scores(3), scores(3));
        assert_ne!(scores(3).open_set, scores(4).open_set);
    }

    #[test]
    fn too_few_people_or_pictures_are_refused() {
        let refusal =
            |portraits: &[Portrait]| identity(portraits, &Calibration::default(), 0, || false).unwrap_err().to_string();
        assert!(refusal(&portraits(3, 0.2)).contains("3 people"));
        let single: Vec<_> = portraits(8, 0.2).into_iter().step_by(4).collect();
        assert!(refusal(&single).contains("two pictures"));
    }

    #[test]
    fn an_evaluation_can_be_cancelled_at_every_part() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let portraits = portraits(8, 0.2);
        let asked = AtomicUsize::new(0);
        let all = |_: usize| false;
        let run = |stop: &(dyn Fn(usize) -> bool + Sync)| {
            asked.store(0, Ordering::Relaxed);
            identity(&portraits, &Calibration::default(), 0, || stop(asked.fetch_add(1, Ordering::Relaxed)))
        };
        run(&all).unwrap();
        let parts = asked.load(Ordering::Relaxed);
        assert!(parts > 10 * SPLITS, "{parts}");
        for part in [0, parts / 2, parts - 1] {
            let cancelled = run(&|number| number >= part).unwrap_err();
            assert_eq!(cancelled.kind(), mien_core::ErrorKind::Cancelled);
        }
    }

    #[test]
    fn the_tail_of_an_exponential_distribution_is_found() {
        // Quantiles of an exponential distribution with mean 0.1.
        let n = 20_000;
        let mut samples: Vec<f32> = (0..n).map(|i| -0.1 * (1.0 - (i as f32 + 0.5) / n as f32).ln()).collect();
        let tail = Tail::of(&mut samples).unwrap();
        assert!((tail.decay - 0.1).abs() < 0.002, "{}", tail.decay);
        assert!((tail.exceeded_by(1e-4) - 0.1 * 1e4f32.ln()).abs() < 0.01);
        assert!(Tail::of(&mut []).is_none());
    }
}
