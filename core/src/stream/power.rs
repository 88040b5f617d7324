//! Power budgets: how much a live session works, and the sequential decisions that save work.
//!
//! An analysis is decided in steps, the cheapest first (three-way decisions as in Savchenko, "Fast inference in
//! sequential decisions", ICML 2023): the expression network runs on the new frame, and the head answers from its
//! features and the last features of the identity network. The answer is accepted if those features are recent enough for
//! its margin and the leading label is the one that led when they were computed; otherwise the identity network runs too.
//! While answers agree, the next analysis comes later; a smaller margin is looked at again in the next frame, and another
//! leading label in the next few.

use mien_nn::math::argmax;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::features::Features;
use crate::head::{Clip, Head};

/// How much energy a live session may use; an application sets it from the device's thermal state and battery. Tracks,
/// identities and windows survive a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerBudget {
    /// All that the options allow: each analysis runs both networks.
    #[default]
    Full,
    /// About half of the CPU time of `Full`: at most 10 frames per second are processed, the identity network runs when the answer
    /// changes or is in doubt and at least every 2 s, a settled face is analyzed 5 times per second, and the detector runs a third
    /// as often.
    Balanced,
    /// At most 5 frames per second are processed, a settled face is analyzed at most 2 times per second, and one settled face per
    /// frame. Labels then change later.
    Saver,
    /// At most 3 frames per second are processed, and a settled face is analyzed at most once per second, at least every 2 s.
    Critical,
}

impl PowerBudget {
    /// All budgets, from the one with the most work to the one with the least.
    pub const ALL: [Self; 4] = [Self::Full, Self::Balanced, Self::Saver, Self::Critical];

    /// Returns the name in snake case, for scripts and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Balanced => "balanced",
            Self::Saver => "saver",
            Self::Critical => "critical",
        }
    }

    /// Returns the limits of the work.
    pub(super) fn effort(self) -> Effort {
        match self {
            Self::Full => Effort {
                max_fps: f32::INFINITY,
                analyze_fps: f32::INFINITY,
                max_analyses: usize::MAX,
                settled_us: 0,
                burst: Burst { analyses: 0, rest_us: 0 },
                reuse: None,
                rarer_detection: 1,
            },
            Self::Balanced => Effort {
                max_fps: 10.0,
                analyze_fps: f32::INFINITY,
                max_analyses: usize::MAX,
                settled_us: 200_000,
                burst: Burst { analyses: 8, rest_us: 600_000 },
                reuse: Some(Reuse { sure_us: 2_000_000, unsure_us: 1_000_000 }),
                rarer_detection: 3,
            },
            Self::Saver => Effort {
                max_fps: 5.0,
                analyze_fps: 2.0,
                max_analyses: 1,
                settled_us: 500_000,
                burst: Burst { analyses: 4, rest_us: 1_000_000 },
                reuse: Some(Reuse { sure_us: 3_000_000, unsure_us: 1_500_000 }),
                rarer_detection: 3,
            },
            Self::Critical => Effort {
                max_fps: 3.0,
                analyze_fps: 1.0,
                max_analyses: 1,
                settled_us: 2_000_000,
                burst: Burst { analyses: 4, rest_us: 1_000_000 },
                reuse: Some(Reuse { sure_us: 4_000_000, unsure_us: 2_000_000 }),
                rarer_detection: 3,
            },
        }
    }
}

/// The limits of the work at a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effort {
    /// Maximum number of frames processed per second.
    pub max_fps: f32,
    /// Maximum number of analyses of each face per second.
    pub analyze_fps: f32,
    /// Maximum number of settled faces analyzed in one frame.
    pub max_analyses: usize,
    /// The longest interval between two analyses of a face, which is reached while its answers agree, microseconds.
    pub settled_us: u64,
    /// The analyses after another label leads.
    pub burst: Burst,
    /// How long features of the identity network are used again; `None`: each analysis computes them.
    pub reuse: Option<Reuse>,
    /// The detector runs this many times less often while no face is in doubt.
    pub rarer_detection: u32,
}

/// Analyses in consecutive frames after another label leads, so that the window is filled with it soon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Burst {
    /// Their number.
    pub analyses: u32,
    /// The minimum time from one burst to the next, microseconds: an answer that flickers must not cost more.
    pub rest_us: u64,
}

/// The maximum age of features of the identity network that are used again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reuse {
    /// For an answer that is sure, microseconds.
    pub sure_us: u64,
    /// For an answer with a small margin, microseconds.
    pub unsure_us: u64,
}

/// The lead over the second label, in probability, from which on the answer to a single frame is sure.
const SURE_MARGIN: f32 = 0.3;

/// The answer of a head to a single frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glance {
    /// The leading label.
    leader: String,
    /// Its lead over the second label, 0 to 1.
    margin: f32,
}

impl Glance {
    /// Answers for one frame's vector.
    pub fn new(head: &Head, vector: &[f32]) -> Result<Self> {
        Ok(Self::of(head.labels(), &head.predict(&Clip::from_frames(&[vector])?)?.probabilities))
    }

    fn of(labels: &[String], probabilities: &[f32]) -> Self {
        let best = argmax(probabilities);
        let others = probabilities.iter().enumerate().filter(|(index, _)| *index != best);
        let second = others.map(|(_, probability)| *probability).fold(0.0, f32::max);
        Self { leader: labels[best].clone(), margin: probabilities[best] - second }
    }

    fn is_sure(&self) -> bool {
        self.margin >= SURE_MARGIN
    }
}

/// What decides how much the next analysis of a face computes, and when it is due.
#[derive(Default)]
pub(super) struct Progress {
    /// The last features of the identity network, and when and with which answer they were computed.
    computed: Option<Computed>,
    last: Option<Glance>,
    /// The number of sure answers in sequence with the same leader, after the first.
    agreeing: u32,
    /// The number of analyses that are still due at once, and when the last such burst began.
    burst: u32,
    burst_us: Option<u64>,
}

/// What the identity network and the recognition network returned for a face.
pub(super) struct Computed {
    identity: Zeroizing<Vec<f32>>,
    appearance: Option<Zeroizing<Vec<f32>>>,
    at_us: u64,
    glance: Option<Glance>,
}

impl Computed {
    /// Completes features that have the expression alone.
    pub fn complete(&self, features: &mut Features) {
        features.identity = self.identity.to_vec();
        features.appearance = self.appearance.as_ref().map(|appearance| appearance.to_vec());
    }
}

impl Progress {
    /// Returns the features of the identity network to try the head with first, if they may be recent enough for a sure answer.
    pub fn candidate(&self, reuse: Reuse, now_us: u64) -> Option<&Computed> {
        let recent = |computed: &&Computed| now_us.saturating_sub(computed.at_us) < reuse.sure_us;
        self.computed.as_ref().filter(recent)
    }

    /// Whether the answer with the candidate's features is accepted; without a head, their age alone decides.
    pub fn accepts(&self, glance: Option<&Glance>, reuse: Reuse, now_us: u64) -> bool {
        let Some(computed) = &self.computed else { return false };
        let age_us = now_us.saturating_sub(computed.at_us);
        match (glance, &computed.glance) {
            (None, None) => age_us < reuse.sure_us,
            (Some(now), Some(then)) if now.leader == then.leader => {
                age_us < if now.is_sure() { reuse.sure_us } else { reuse.unsure_us }
            }
            _ => false,
        }
    }

    /// Notes features of an analysis in which the identity network ran, and the answer with them.
    pub fn computed(&mut self, features: &Features, glance: Option<Glance>, at_us: u64) {
        let identity = Zeroizing::new(features.identity.clone());
        let appearance = features.appearance.clone().map(Zeroizing::new);
        self.computed = Some(Computed { identity, appearance, at_us, glance });
    }

    /// Notes the answer of an analysis.
    pub fn answered(&mut self, glance: Option<Glance>, burst: Burst, now_us: u64) {
        let changes = matches!((&glance, &self.last), (Some(now), Some(last)) if now.leader != last.leader);
        let doubts = matches!((&glance, &self.last), (Some(now), Some(last)) if last.is_sure() && !now.is_sure());
        let rested = self.burst_us.is_none_or(|at_us| now_us.saturating_sub(at_us) >= burst.rest_us);
        self.burst = self.burst.saturating_sub(1);
        if changes && rested {
            (self.burst, self.burst_us) = (burst.analyses, Some(now_us));
        } else if doubts {
            self.burst = self.burst.max(1);
        }
        let agrees = match (&glance, &self.last) {
            (Some(now), Some(last)) => now.is_sure() && now.leader == last.leader,
            (None, None) => true,
            _ => false,
        };
        self.agreeing = if agrees { self.agreeing.saturating_add(1) } else { 0 };
        self.last = glance;
    }

    /// Forgets everything: the face may be another one, or the budget has changed.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Returns the interval to the next analysis, microseconds: `shortest_us`, doubled with each answer that agrees with
    /// the one before, up to `settled_us`; 0 in a burst.
    pub fn interval_us(&self, shortest_us: f32, settled_us: f32) -> f32 {
        if self.burst > 0 && settled_us > 0.0 {
            return 0.0;
        }
        (shortest_us * 2f32.powi(self.agreeing.min(16) as i32)).min(settled_us).max(shortest_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REUSE: Reuse = Reuse { sure_us: 1000, unsure_us: 300 };
    const BURST: Burst = Burst { analyses: 4, rest_us: 1_000_000 };

    fn glance(leader: &str, margin: f32) -> Option<Glance> {
        Some(Glance { leader: leader.to_owned(), margin })
    }

    fn features() -> Features {
        Features { expression: vec![0.5], identity: vec![1.0], appearance: Some(vec![0.8, 0.6]), logits: None }
    }

    fn computed_at_0() -> Progress {
        let mut progress = Progress::default();
        progress.computed(&features(), glance("sad", 0.6), 0);
        progress
    }

    #[test]
    fn a_margin_is_the_lead_over_the_second_label() {
        let labels = ["happy", "sad", "fear"].map(str::to_owned);
        let near = |probabilities: &[f32], leader, margin: f32| {
            let got = Glance::of(&labels[..probabilities.len()], probabilities);
            got.leader == leader && (got.margin - margin).abs() < 1e-6
        };
        assert!(near(&[0.1, 0.6, 0.3], "sad", 0.3));
        assert!(near(&[0.5, 0.5], "happy", 0.0));
        assert!(near(&[1.0], "happy", 1.0), "a head of one label");
    }

    #[test]
    fn old_identity_features_serve_sure_answers_longest_and_a_new_leader_never() {
        let progress = computed_at_0();
        for (now, age_us, accepted) in [
            (glance("sad", 0.9), 999, true),
            (glance("sad", 0.9), 1000, false),
            (glance("sad", 0.1), 299, true),
            (glance("sad", 0.1), 300, false),
            (glance("happy", 0.9), 1, false),
            (None, 1, false),
        ] {
            assert_eq!(progress.accepts(now.as_ref(), REUSE, age_us), accepted, "{now:?} {age_us}");
        }
        assert!(progress.candidate(REUSE, 999).is_some() && progress.candidate(REUSE, 1000).is_none());
        assert!(!Progress::default().accepts(glance("sad", 0.9).as_ref(), REUSE, 0), "nothing was computed");
    }

    #[test]
    fn without_a_head_the_age_alone_decides() {
        let mut progress = Progress::default();
        progress.computed(&features(), None, 0);
        assert!(progress.accepts(None, REUSE, 999) && !progress.accepts(None, REUSE, 1000));
        assert!(!progress.accepts(glance("fear", 0.9).as_ref(), REUSE, 1), "a head came meanwhile");
    }

    #[test]
    fn the_interval_grows_with_agreement_and_any_doubt_ends_it() {
        let mut progress = Progress::default();
        let mut intervals = |margins: &[f32]| -> Vec<f32> {
            let interval = |margin: &f32| {
                progress.answered(glance("fear", *margin), BURST, 0);
                progress.interval_us(100.0, 350.0)
            };
            margins.iter().map(interval).collect()
        };
        assert_eq!(intervals(&[0.9, 0.9, 0.9, 0.9]), [100.0, 200.0, 350.0, 350.0]);
        assert_eq!(intervals(&[0.1, 0.1, 0.9, 0.9]), [0.0, 100.0, 200.0, 350.0], "a doubt is looked at again at once");
        assert_eq!(progress.interval_us(500.0, 350.0), 500.0, "never more often than the options say");
    }

    #[test]
    fn another_leader_is_analyzed_in_each_frame_but_a_flicker_is_not() {
        let mut progress = Progress::default();
        let mut at_once = |leader, now_us| {
            progress.answered(glance(leader, 0.9), BURST, now_us);
            progress.interval_us(100.0, 350.0) == 0.0
        };
        assert!(!at_once("fear", 0));
        let burst: Vec<bool> = (1..=6).map(|step| at_once("happy", 1000 * step)).collect();
        assert_eq!(burst, [true, true, true, true, false, false]);
        assert!(!at_once("fear", 900_000) && !at_once("happy", 950_000), "too soon after the last burst");
        assert!(at_once("fear", 1_001_000));
        assert_eq!(progress.interval_us(100.0, 0.0), 100.0, "the full budget knows no bursts");
    }

    #[test]
    fn each_budget_works_less_than_the_one_before() {
        let shortest = |effort: Effort| 1e6 / effort.analyze_fps.min(10.0);
        for pair in PowerBudget::ALL.windows(2) {
            let [more, less] = [pair[0].effort(), pair[1].effort()];
            assert!(more.max_fps >= less.max_fps && more.max_analyses >= less.max_analyses, "{pair:?}");
            assert!(shortest(more) <= shortest(less) && more.settled_us < less.settled_us, "{pair:?}");
            assert!(more.rarer_detection <= less.rarer_detection, "{pair:?}");
            let ages = |effort: Effort| effort.reuse.map_or((0, 0), |reuse| (reuse.sure_us, reuse.unsure_us));
            assert!(ages(more).0 < ages(less).0 && ages(more).1 < ages(less).1, "{pair:?}");
        }
        assert_eq!(PowerBudget::default().effort().reuse, None, "each analysis of Full runs both networks");
    }

    #[test]
    fn features_are_completed_by_what_the_head_and_the_gallery_read() {
        let mut new = Features { identity: Vec::new(), appearance: None, ..features() };
        computed_at_0().candidate(REUSE, 1).unwrap().complete(&mut new);
        assert_eq!(new, features());
    }

    #[test]
    fn a_restart_forgets_the_features() {
        let mut progress = computed_at_0();
        progress.restart();
        assert!(progress.candidate(REUSE, 1).is_none());
    }
}
