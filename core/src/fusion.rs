//! One decision from the heads of several modalities.
//!
//! For the probabilities `p_s` that the head of stream s gives the classes, the joined ones are
//! `softmax(sum_s w_s ln p_s)`: logarithmic pooling (Genest & Zidek, "Combining probability
//! distributions", Statistical Science 1, 1986). The weights do two things at once. They calibrate each
//! stream, since a weight is the inverse of a temperature (Guo et al., "On calibration of modern neural
//! networks", ICML 2017, after Platt, 1999), and they say how much a stream is worth beside the others.
//!
//! A head that was never taught a class says nothing of it: that class must not lose because others won. Such a stream
//! decides between the classes that it was taught, and leaves to the other streams how probable these are together. With
//! `q` for what the streams say that were taught all classes, its factor for class c is `p_s(c)^w_s / m_s`, where `m_s` is
//! the mean of `p_s^w_s` over its classes, weighted by `q`, and 1 for the other classes: the mean likelihood stands in for
//! one that nobody knows.
//!
//! The weights are those with the highest likelihood on answers that heads gave *other people's* clips.
//! Heads of users are surer than generic ones, so each stream has a weight for either.

use std::collections::{BTreeMap, BTreeSet};

use crate::cholesky::Triangle;
use crate::error::{Result, fail};
use crate::head::{MIN_PROBABILITY, Prediction};
use crate::modality::Modality;

/// Pull of the logarithm of each weight toward 0, which is a weight of 1, against the sum of the clips' losses: few clips,
/// or streams that are always right, do not drive a weight far away.
const PULL: f64 = 4.0;

/// Maximum number of Newton steps; ten suffice.
const STEPS: usize = 50;

/// Size of a step from which on the weights count as found.
const SETTLED: f64 = 1e-9;

/// The weights of a stream, above 0.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Weights {
    /// That of its generic head.
    pub generic: f32,
    /// That of heads adapted to a user.
    pub adapted: f32,
}

impl Default for Weights {
    /// 1, as if the streams were independent and calibrated.
    fn default() -> Self {
        Self { generic: 1.0, adapted: 1.0 }
    }
}

/// What the head of one stream says of a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion<'a> {
    /// What it reads.
    pub modality: Modality,
    /// Whether the head is adapted to the user, not the generic one.
    pub adapted: bool,
    /// The probabilities of the classes, in the same order for all streams.
    pub probabilities: &'a [f32],
    /// Whether the head was taught each class ([`Head::taught`](crate::head::Head::taught)); `None`: all of them.
    pub taught: Option<&'a [bool]>,
}

impl Opinion<'_> {
    fn is_taught_all(&self) -> bool {
        self.taught.is_none_or(|taught| taught.iter().all(|taught| *taught))
    }
}

/// What the head of one modality says of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// What it reads.
    pub modality: Modality,
    /// Its answer.
    pub prediction: Prediction,
    /// Whether it is the user's own head.
    pub own: bool,
    /// As in [`Opinion::taught`].
    pub taught: Option<Vec<bool>>,
}

impl Said {
    fn opinion(&self) -> Opinion<'_> {
        Opinion {
            modality: self.modality,
            adapted: self.own,
            probabilities: &self.prediction.probabilities,
            taught: self.taught.as_deref(),
        }
    }
}

/// What several heads say together.
pub(crate) struct JoinedSaid {
    /// The joined probabilities, and the attention of the first head that has some.
    pub prediction: Prediction,
    /// Whether one of the heads is the user's own.
    pub own: bool,
    pub modalities: Vec<Modality>,
}

/// Opinions about a clip whose class is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<'a> {
    /// One for each modality that the clip has.
    pub opinions: Vec<Opinion<'a>>,
    /// Index of the class among the probabilities.
    pub class: usize,
}

/// A joined decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The probabilities of the classes.
    pub probabilities: Vec<f32>,
    /// What took part, in the order of the opinions.
    pub modalities: Vec<Modality>,
}

/// The weights of all modalities. One without weights weighs 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fusion(BTreeMap<Modality, Weights>);

impl Fusion {
    /// Creates a fusion with these weights.
    ///
    /// # Errors
    /// `InvalidOption` if a weight is not finite and above 0.
    pub fn new(weights: impl IntoIterator<Item = (Modality, Weights)>) -> Result<Self> {
        let weights: BTreeMap<Modality, Weights> = weights.into_iter().collect();
        for (modality, Weights { generic, adapted }) in &weights {
            if ![generic, adapted].into_iter().all(|weight| weight.is_finite() && *weight > 0.0) {
                let name = modality.name();
                fail!(InvalidOption, "{name} has the weights {generic} and {adapted}; they must be above 0");
            }
        }
        Ok(Self(weights))
    }

    /// Returns the weights of a modality.
    pub fn weights(&self, modality: Modality) -> Weights {
        self.0.get(&modality).copied().unwrap_or_default()
    }

    /// Joins the opinions about a clip. A single one stays as it is, to the bit: a stream that is missing changes
    /// nothing.
    ///
    /// # Errors
    /// `InvalidOption` without opinions, for two of one modality, and if they differ in the number of classes, also of
    /// those taught.
    pub fn join(&self, opinions: &[Opinion<'_>]) -> Result<Joined> {
        let classes = check(opinions)?;
        let modalities = opinions.iter().map(|opinion| opinion.modality).collect();
        if let [only] = opinions {
            return Ok(Joined { probabilities: only.probabilities.to_vec(), modalities });
        }
        let mut logits = vec![0.0; classes];
        for opinion in opinions.iter().filter(|opinion| opinion.is_taught_all()) {
            logits.iter_mut().zip(self.weighted(opinion)).for_each(|(logit, log)| *logit += log);
        }
        let of_all = logits.clone();
        for opinion in opinions.iter().filter(|opinion| !opinion.is_taught_all()) {
            let taught = opinion.taught.unwrap_or_default();
            let taught = |class: &usize| taught[*class];
            let weighted: Vec<f64> = self.weighted(opinion).collect();
            let log_sum =
                |logit: &dyn Fn(usize) -> f64| softmax(&mut (0..classes).filter(taught).map(logit).collect::<Vec<_>>());
            let log_mean = log_sum(&|class| of_all[class] + weighted[class]) - log_sum(&|class| of_all[class]);
            (0..classes).filter(taught).for_each(|class| logits[class] += weighted[class] - log_mean);
        }
        softmax(&mut logits);
        Ok(Joined { probabilities: logits.into_iter().map(|p| p as f32).collect(), modalities })
    }

    /// Returns the logarithms of an opinion's probabilities, times its weight.
    fn weighted<'a>(&self, opinion: &Opinion<'a>) -> impl Iterator<Item = f64> + use<'a> {
        let Weights { generic, adapted } = self.weights(opinion.modality);
        let weight = f64::from(if opinion.adapted { adapted } else { generic });
        logs(opinion).map(move |log| weight * log)
    }

    /// Joins what heads with the same labels say.
    ///
    /// # Errors
    /// As in [`Fusion::join`].
    pub(crate) fn join_said(&self, said: &[Said]) -> Result<JoinedSaid> {
        let opinions: Vec<Opinion<'_>> = said.iter().map(Said::opinion).collect();
        let probabilities = self.join(&opinions)?.probabilities;
        let attention = said.iter().find_map(|said| said.prediction.attention.clone());
        Ok(JoinedSaid {
            prediction: Prediction { probabilities, attention },
            own: said.iter().any(|said| said.own),
            modalities: said.iter().map(|said| said.modality).collect(),
        })
    }

    /// Returns the weights with which `answers`, of people who are none of the later users, are the most likely, each
    /// weight pulled toward 1. Answers with one opinion say nothing of weights, nor do those with a head that was not
    /// taught all classes.
    ///
    /// The loss `-sum ln q(class) + PULL / 2 * sum (ln w)^2` is minimized by damped Gauss-Newton steps in `ln w`,
    /// which keeps weights positive. The same answers yield the same bits on every machine.
    ///
    /// # Errors
    /// As in [`Fusion::join`]; `InvalidOption` for a class out of range.
    pub fn fit(answers: &[Answered<'_>]) -> Result<Self> {
        let mut keys = BTreeSet::new();
        for Answered { opinions, class } in answers {
            let classes = check(opinions)?;
            if *class >= classes {
                fail!(InvalidOption, "class {class} of {classes}");
            }
            keys.extend(opinions.iter().map(|opinion| (opinion.modality, opinion.adapted)));
        }
        let keys: Vec<(Modality, bool)> = keys.into_iter().collect();
        let evidence = Evidence::of(answers, &keys);
        let found = evidence.fit(vec![0.0; keys.len()]);
        let mut weights: BTreeMap<Modality, Weights> = BTreeMap::new();
        for ((modality, adapted), log) in keys.into_iter().zip(found) {
            let of_modality = weights.entry(modality).or_default();
            *(if adapted { &mut of_modality.adapted } else { &mut of_modality.generic }) = libm::exp(log) as f32;
        }
        Self::new(weights)
    }
}

/// Returns the number of classes of `opinions` that can be joined.
fn check(opinions: &[Opinion<'_>]) -> Result<usize> {
    let Some(first) = opinions.first() else { fail!(InvalidOption, "there is no modality to decide by") };
    let classes = first.probabilities.len();
    for (place, opinion) in opinions.iter().enumerate() {
        let taught = opinion.taught.map_or(classes, <[bool]>::len);
        if let Some(other) = [opinion.probabilities.len(), taught].into_iter().find(|other| *other != classes) {
            let (name, first) = (opinion.modality.name(), first.modality.name());
            fail!(InvalidOption, "{name} has {other} classes, {first} has {classes}");
        }
        if opinions[..place].iter().any(|other| other.modality == opinion.modality) {
            fail!(InvalidOption, "{} has two opinions of one clip", opinion.modality.name());
        }
    }
    Ok(classes)
}

fn logs<'a>(opinion: &Opinion<'a>) -> impl Iterator<Item = f64> + use<'a> {
    opinion.probabilities.iter().map(|p| libm::log(f64::from(p.max(MIN_PROBABILITY))))
}

/// Replaces logits by probabilities; returns the logarithm of the sum of their exponentials.
fn softmax(logits: &mut [f64]) -> f64 {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.iter_mut().for_each(|logit| *logit = libm::exp(*logit - max));
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|p| *p /= sum);
    max + libm::log(sum)
}

/// The logarithms of an opinion's probabilities, with the place of its weight.
type Placed = (usize, Vec<f64>);

/// Opinions about clips, each with its class.
struct Evidence {
    weights: usize,
    answers: Vec<(Vec<Placed>, usize)>,
}

/// The loss, its gradient, and a positive definite stand-in for its second derivatives (lower triangle), all in the
/// logarithms of the weights.
struct Slope {
    loss: f64,
    gradient: Vec<f64>,
    curvature: Vec<Vec<f64>>,
}

impl Evidence {
    fn of(answers: &[Answered<'_>], keys: &[(Modality, bool)]) -> Self {
        let tells = |opinions: &[Opinion<'_>]| opinions.len() > 1 && opinions.iter().all(Opinion::is_taught_all);
        let joined = answers.iter().filter(|answered| tells(&answered.opinions));
        let place = |opinion: &Opinion<'_>| keys.iter().position(|key| *key == (opinion.modality, opinion.adapted));
        let placed = |answered: &Answered<'_>| {
            let opinions = answered.opinions.iter();
            let placed = opinions.filter_map(|opinion| Some((place(opinion)?, logs(opinion).collect())));
            (placed.collect(), answered.class)
        };
        Self { weights: keys.len(), answers: joined.map(placed).collect() }
    }

    fn slope(&self, at: &[f64]) -> Slope {
        let weights: Vec<f64> = at.iter().map(|log| libm::exp(*log)).collect();
        let mut slope = Slope {
            loss: at.iter().map(|log| 0.5 * PULL * log * log).sum(),
            gradient: at.iter().map(|log| PULL * log).collect(),
            curvature: (0..self.weights).map(|row| (0..=row).map(|_| 0.0).collect()).collect(),
        };
        slope.curvature.iter_mut().filter_map(|row| row.last_mut()).for_each(|diagonal| *diagonal = PULL);
        for (opinions, class) in &self.answers {
            let mut shares = vec![0.0; opinions[0].1.len()];
            for (place, logs) in opinions {
                shares.iter_mut().zip(logs).for_each(|(logit, log)| *logit += weights[*place] * log);
            }
            let own = shares[*class];
            slope.loss += softmax(&mut shares) - own;
            let mean = |logs: &[f64]| -> f64 { shares.iter().zip(logs).map(|(share, log)| share * log).sum() };
            let means: Vec<f64> = opinions.iter().map(|(_, logs)| mean(logs)).collect();
            for ((a, of_a), mean_a) in opinions.iter().zip(&means) {
                slope.gradient[*a] += weights[*a] * (mean_a - of_a[*class]);
                for ((b, of_b), mean_b) in opinions.iter().zip(&means).filter(|((b, _), _)| b <= a) {
                    let products = shares.iter().zip(of_a).zip(of_b).map(|((share, x), y)| share * x * y);
                    slope.curvature[*a][*b] += weights[*a] * weights[*b] * (products.sum::<f64>() - mean_a * mean_b);
                }
            }
        }
        slope
    }

    /// Minimizes the loss from the logarithms `at` on.
    fn fit(&self, mut at: Vec<f64>) -> Vec<f64> {
        for _ in 0..STEPS {
            let Slope { loss, gradient, curvature } = self.slope(&at);
            let Some(step) = Triangle::of(curvature).map(|triangle| triangle.solve(&gradient)) else { break };
            let moved = |share: f64| -> Vec<f64> { at.iter().zip(&step).map(|(at, step)| at - share * step).collect() };
            let shares = std::iter::successors(Some(1.0), |share| Some(share / 2.0)).take(30);
            let Some(next) = shares.map(moved).find(|next| self.slope(next).loss <= loss) else { break };
            at = next;
            if step.iter().all(|step| step.abs() < SETTLED) {
                break;
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::Modality::{Face, Speech};
    use super::*;
    use crate::SplitMix64;
    use crate::error::ErrorKind;

    fn opinion(modality: Modality, adapted: bool, probabilities: &[f32]) -> Opinion<'_> {
        Opinion { modality, adapted, probabilities, taught: None }
    }

    /// Opinions of two streams about clips of three classes: `p ~ exp(sureness * (truth + noise))`.
    fn answers(count: usize, sureness: [f32; 2]) -> Vec<([Vec<f32>; 2], usize)> {
        let mut random = SplitMix64::new(8);
        let mut one = |at: usize| {
            let class = at % 3;
            let opinions = sureness.map(|sureness| {
                let mut logits: Vec<f64> = (0..3)
                    .map(|of| f64::from(sureness * (f32::from(u8::from(of == class)) + 0.7 * random.normal())))
                    .collect();
                softmax(&mut logits);
                logits.into_iter().map(|p| p as f32).collect()
            });
            (opinions, class)
        };
        (0..count).map(&mut one).collect()
    }

    fn answered(answers: &[([Vec<f32>; 2], usize)]) -> Vec<Answered<'_>> {
        let of = |answer| {
            let ([face, speech], class): &([Vec<f32>; 2], usize) = answer;
            Answered { opinions: vec![opinion(Face, false, face), opinion(Speech, true, speech)], class: *class }
        };
        answers.iter().map(of).collect()
    }

    #[test]
    fn logarithms_are_added_with_their_weights() {
        let weights = Weights { generic: 0.5, adapted: 2.0 };
        let fusion = Fusion::new([(Face, weights)]).unwrap();
        let joined = fusion.join(&[opinion(Face, true, &[0.2, 0.8]), opinion(Speech, false, &[0.6, 0.4])]).unwrap();
        // 0.2^2 * 0.6 : 0.8^2 * 0.4.
        assert!((joined.probabilities[0] - 0.024 / 0.28).abs() < 1e-6, "{joined:?}");
        assert_eq!(joined.modalities, [Face, Speech]);
        let generic = fusion.join(&[opinion(Face, false, &[0.2, 0.8]), opinion(Speech, false, &[0.6, 0.4])]).unwrap();
        let (a, b) = (0.2f32.sqrt() * 0.6, 0.8f32.sqrt() * 0.4);
        assert!((generic.probabilities[0] - a / (a + b)).abs() < 1e-6, "{generic:?}");
    }

    #[test]
    fn a_missing_stream_leaves_the_other_as_it_is() {
        let fusion = Fusion::new([(Speech, Weights { generic: 0.3, adapted: 0.4 })]).unwrap();
        let own = [0.123_456_7, 0.0, 0.876_543_3];
        let joined = fusion.join(&[opinion(Speech, true, &own)]).unwrap();
        assert_eq!((joined.probabilities.as_slice(), joined.modalities), (&own[..], vec![Speech]));
    }

    #[test]
    fn a_class_that_a_stream_was_never_taught_is_decided_by_the_others() {
        let fusion = Fusion::new([(Speech, Weights { generic: 1.0, adapted: 0.5 })]).unwrap();
        let (face, speech) = ([0.1, 0.3, 0.6], [0.9, 0.09, 0.01]);
        let join = |taught: Option<&[bool]>| {
            let speech = Opinion { taught, ..opinion(Speech, true, &speech) };
            fusion.join(&[opinion(Face, false, &face), speech]).unwrap().probabilities
        };
        assert!(join(None)[2] < 0.25, "a head that was taught it rules it out");
        assert_eq!(join(Some(&[true; 3])), join(None), "to the bit");
        let joined = join(Some(&[true, true, false]));
        assert!((joined[2] - 0.6).abs() < 1e-6, "{joined:?}");
        let ratio = 0.1 / 0.3 * (0.9f32 / 0.09).sqrt();
        assert!((joined[0] / joined[1] - ratio).abs() < 1e-5, "{joined:?}");
        for nothing in [[true, false, false], [false; 3]] {
            for (joined, face) in join(Some(&nothing)).into_iter().zip(face) {
                assert!((joined - face).abs() < 1e-6, "{nothing:?}");
            }
        }
        // The order of streams does not count, also if several know only a part.
        let mixed = [[true, true, false], [false, true, true]];
        let [a, b] = [(Face, &face, &mixed[0]), (Speech, &speech, &mixed[1])]
            .map(|(modality, of, taught)| Opinion { taught: Some(taught), ..opinion(modality, true, of) });
        let (ab, ba) = (fusion.join(&[a, b]).unwrap(), fusion.join(&[b, a]).unwrap());
        for (ab, ba) in ab.probabilities.into_iter().zip(ba.probabilities) {
            assert!((ab - ba).abs() < 1e-6);
        }
        let alone = Opinion { taught: Some(&mixed[0]), ..opinion(Speech, true, &speech) };
        assert_eq!(fusion.join(&[alone]).unwrap().probabilities, speech, "a missing stream changes nothing");
        let short = Opinion { taught: Some(&[true]), ..alone };
        assert_eq!(fusion.join(&[short]).unwrap_err().kind(), ErrorKind::InvalidOption);
        let answered = Answered { opinions: vec![opinion(Face, true, &face), alone], class: 0 };
        assert_eq!(Fusion::fit(&[answered]).unwrap().weights(Face), Weights::default());
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let answers = answers(30, [1.0, 4.0]);
        let evidence = Evidence::of(&answered(&answers), &[(Face, false), (Speech, true)]);
        let at = [0.3, -0.8];
        let Slope { gradient, curvature, .. } = evidence.slope(&at);
        for (place, own) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut at = at.to_vec();
                at[place] += by;
                evidence.slope(&at)
            };
            let difference = (moved(1e-5).loss - moved(-1e-5).loss) / 2e-5;
            assert!((own - difference).abs() < 1e-6 * own.abs().max(1.0), "{place}: {own} {difference}");
            // The second derivative in the logarithm has the gradient added, which steps leave out.
            let second = (moved(1e-5).gradient[place] - moved(-1e-5).gradient[place]) / 2e-5;
            let whole = curvature[place][place] + own - PULL * at[place];
            assert!((second - whole).abs() < 1e-5 * whole.abs(), "{place}: {second} {whole}");
        }
    }

    #[test]
    fn a_stream_that_is_too_sure_weighs_less() {
        let answers = answers(600, [1.0, 4.0]);
        let fusion = Fusion::fit(&answered(&answers)).unwrap();
        let (face, speech) = (fusion.weights(Face), fusion.weights(Speech));
        let ratio = face.generic / speech.adapted;
        assert!((3.0..5.0).contains(&ratio), "four times as sure with the same knowledge: {fusion:?}");
        assert_eq!((face.adapted, speech.generic), (1.0, 1.0), "nothing is known of these");
        let evidence = Evidence::of(&answered(&answers), &[(Face, false), (Speech, true)]);
        let found = [face.generic, speech.adapted].map(|weight| libm::log(f64::from(weight)));
        assert!(evidence.slope(&found).gradient.iter().all(|slope| slope.abs() < 1e-3));
        assert_eq!(Fusion::fit(&answered(&answers)).unwrap(), fusion);
    }

    #[test]
    fn weights_stay_near_1_where_nothing_can_be_learned() {
        let right: Vec<_> = (0..300).map(|_| ([vec![0.9f32, 0.1], vec![0.7, 0.3]], 0)).collect();
        let wrong: Vec<_> = (0..300).map(|_| ([vec![0.9f32, 0.1], vec![0.0, 1.0]], 0)).collect();
        for (answers, least, most) in [(&right, 1.0, 8.0), (&wrong, 0.01, 8.0)] {
            let fusion = Fusion::fit(&answered(answers)).unwrap();
            let weights = [fusion.weights(Face).generic, fusion.weights(Speech).adapted];
            assert!(weights.iter().all(|weight| (least..most).contains(weight)), "{fusion:?}");
        }
        let one = [Answered { opinions: vec![opinion(Face, true, &[0.5, 0.5])], class: 1 }];
        assert_eq!(Fusion::fit(&one).unwrap().weights(Face), Weights::default());
        assert_eq!(Fusion::fit(&[]).unwrap(), Fusion::default());
    }

    #[test]
    fn what_cannot_be_joined_is_refused() {
        let fusion = Fusion::default();
        for opinions in [
            &[][..],
            &[opinion(Face, true, &[0.5, 0.5]), opinion(Speech, true, &[1.0])],
            &[opinion(Face, true, &[0.5, 0.5]), opinion(Face, false, &[0.5, 0.5])],
        ] {
            assert_eq!(fusion.join(opinions).unwrap_err().kind(), ErrorKind::InvalidOption);
            let answered = Answered { opinions: opinions.to_vec(), class: 0 };
            assert_eq!(Fusion::fit(&[answered]).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
        let beyond = Answered { opinions: vec![opinion(Face, true, &[0.5, 0.5])], class: 2 };
        assert_eq!(Fusion::fit(&[beyond]).unwrap_err().kind(), ErrorKind::InvalidOption);
        for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let weights = Weights { generic: 1.0, adapted: weight };
            assert!(Fusion::new([(Face, weights)]).is_err(), "{weight}");
        }
    }
}
