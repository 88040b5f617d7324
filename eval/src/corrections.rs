//! The protocol of `mien eval corrections`: how accuracy grows as a user corrects wrong answers.
//!
//! For each user and session: the user's other sessions are shown clip by clip in a seeded order to
//! the generic head, which never saw the user. The user corrects each wrong answer, and may confirm
//! right ones; a part of what the user says is a random wrong label instead. After each clip the head answers the session that was
//! left out, from which nothing is learned.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mien_core::Result;
use mien_core::check::within;
use mien_core::head::Head;
use mien_core::train::correct::{Corrector, Example};
use mien_core::train::generic::GenericHead;
use mien_nn::math::SplitMix64;
use rayon::prelude::*;
use serde::Serialize;

use crate::protocol::{Labeled, ProtocolOptions, Step, generic_of};

/// Options of the evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectionOptions {
    /// How the generic heads are made.
    pub protocol: ProtocolOptions,
    /// Share of what the user says that is a random wrong label, 0 to 1.
    pub wrong: f32,
    /// Whether right answers are confirmed.
    pub confirm: bool,
    /// Whether the full fit with its gate follows each correction, instead of the step alone.
    pub full: bool,
    /// Number of leading values of a frame that are expression features.
    pub expression: usize,
}

/// The figures of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorrectionScores {
    /// Tested sessions, each of a user.
    pub sessions: usize,
    /// Tested clips.
    pub clips: usize,
    /// By the number of clips shown.
    pub shown: Vec<ShownPoint>,
    /// By the number of corrections.
    pub corrected: Vec<CorrectedPoint>,
    /// Mean time of a step or full fit, milliseconds.
    pub learn_ms: f64,
    /// Its maximum, milliseconds.
    pub max_learn_ms: f64,
}

/// Accuracy after a number of clips was shown to all users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShownPoint {
    /// The number of clips; fewer for a user who has fewer.
    pub clips: usize,
    /// Mean number of corrections by then.
    pub corrections: f64,
    /// Mean number of confirmations by then.
    pub confirmations: f64,
    /// Accuracy on the clips of the sessions left out.
    pub accuracy: f64,
    /// Sessions with fewer clips right than by the generic head.
    pub harmed: usize,
}

/// Accuracy of the users who needed at least a number of corrections.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CorrectedPoint {
    /// The number of corrections.
    pub corrections: usize,
    /// Sessions of which the stream needed so many.
    pub sessions: usize,
    /// Accuracy of the generic head on these sessions.
    pub generic: f64,
    /// Accuracy after exactly so many corrections.
    pub accuracy: f64,
}

/// The state after a clip of the stream.
#[derive(Clone, Copy)]
struct After {
    corrections: usize,
    confirmations: usize,
    right: usize,
}

/// What a user's stream showed.
struct Course {
    tested: usize,
    /// Before the first clip, then after each.
    after: Vec<After>,
    took: Vec<Duration>,
}

/// Runs the protocol on `clips`; every generic head starts at `fresh`.
///
/// # Errors
/// `InvalidOption` for a share out of range; otherwise as in [`crate::protocol::adaptation`].
pub fn corrections(
    clips: &[Labeled],
    fresh: &Head,
    options: &CorrectionOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<CorrectionScores> {
    within("the share of wrong corrections", options.wrong, 0.0..=1.0)?;
    let generic = generic_of(clips, fresh, &options.protocol, &progress)?;
    let mut sessions: Vec<(&str, &str)> =
        clips.iter().map(|clip| (clip.subject.as_str(), clip.session.as_str())).collect();
    sessions.sort_unstable();
    sessions.dedup();
    let courses: Vec<Course> = sessions
        .par_iter()
        .enumerate()
        .map(|(index, &(subject, session))| {
            let own = clips.iter().filter(|clip| clip.subject == subject);
            let (tested, shown): (Vec<_>, Vec<_>) = own.partition(|clip| clip.session == session);
            let seed = options.protocol.seed.wrapping_add(index as u64);
            Viewer { generic: &generic[subject], tested, options, rng: SplitMix64::new(seed) }.watch(shown)
        })
        .collect::<Result<_>>()?;
    Ok(scores(courses.into_iter().filter(|course| course.after.len() > 1).collect()))
}

/// A simulated user.
struct Viewer<'a> {
    generic: &'a GenericHead,
    tested: Vec<&'a Labeled>,
    options: &'a CorrectionOptions,
    rng: SplitMix64,
}

impl<'a> Viewer<'a> {
    fn watch(mut self, mut shown: Vec<&'a Labeled>) -> Result<Course> {
        self.rng.shuffle(&mut shown);
        let corrector = Corrector { generic: self.generic, own: None, expression: self.options.expression };
        let mut head = self.generic.calibrated()?;
        let mut said: Vec<Example<'a>> = Vec::new();
        let mut state = After { corrections: 0, confirmations: 0, right: self.right(&head)? };
        let (mut after, mut took) = (vec![state], Vec::new());
        for clip in shown {
            let answer = head.classify(&clip.clip)?;
            if let Some(example) = self.react(clip, answer, head.labels().len()) {
                match example.contradicted {
                    Some(_) => state.corrections += 1,
                    None => state.confirmations += 1,
                }
                said.push(example);
                let started = Instant::now();
                head = corrector.step(&said)?;
                if self.options.full {
                    let full = corrector.learn(&said, |_, _| ControlFlow::Continue(()))?;
                    head = match (full.head, full.loss_estimated) {
                        (Some(full), _) => full,
                        (None, Some(_)) => self.generic.calibrated()?,
                        (None, None) => head,
                    };
                }
                took.push(started.elapsed());
                state.right = self.right(&head)?;
            }
            after.push(state);
        }
        Ok(Course { tested: self.tested.len(), after, took })
    }

    /// Returns what the user says about an answer; `None` if nothing.
    fn react(&mut self, clip: &'a Labeled, answer: usize, classes: usize) -> Option<Example<'a>> {
        if answer == clip.class && !self.options.confirm {
            return None;
        }
        let slip = (self.rng.below(1_000_000) as f32) < 1e6 * self.options.wrong;
        let class = if slip { (clip.class + 1 + self.rng.below(classes - 1)) % classes } else { clip.class };
        Some(Example { clip: &clip.clip, class, contradicted: (class != answer).then_some(answer) })
    }

    fn right(&self, head: &Head) -> Result<usize> {
        let mut right = 0;
        for clip in &self.tested {
            right += usize::from(head.classify(&clip.clip)? == clip.class);
        }
        Ok(right)
    }
}

fn scores(courses: Vec<Course>) -> CorrectionScores {
    let clips: usize = courses.iter().map(|course| course.tested).sum();
    let longest = courses.iter().map(|course| course.after.len() - 1).max().unwrap_or(0);
    let most =
        courses.iter().filter_map(|course| course.after.last()).map(|after| after.corrections).max().unwrap_or(0);
    let took: Vec<f64> = courses.iter().flat_map(|course| &course.took).map(|took| 1e3 * took.as_secs_f64()).collect();
    CorrectionScores {
        sessions: courses.len(),
        clips,
        shown: counts(longest).map(|number| shown_point(&courses, clips, number)).collect(),
        corrected: counts(most).filter(|&number| number > 0).map(|number| corrected_point(&courses, number)).collect(),
        learn_ms: took.iter().sum::<f64>() / took.len().max(1) as f64,
        max_learn_ms: took.iter().copied().fold(0.0, f64::max),
    }
}

/// 0, 1, 2, 4, 7, 14, 28 ... and the last.
fn counts(last: usize) -> impl Iterator<Item = usize> {
    let first = [0, 1, 2, 4].into_iter().chain((0..20).map(|double| 7 << double));
    first.take_while(move |&count| count < last).chain([last])
}

fn shown_point(courses: &[Course], clips: usize, number: usize) -> ShownPoint {
    let at = |course: &Course| course.after[number.min(course.after.len() - 1)];
    let sum = |of: fn(After) -> usize| courses.iter().map(|course| of(at(course))).sum::<usize>() as f64;
    let each = courses.len().max(1) as f64;
    ShownPoint {
        clips: number,
        corrections: sum(|after| after.corrections) / each,
        confirmations: sum(|after| after.confirmations) / each,
        accuracy: sum(|after| after.right) / clips.max(1) as f64,
        harmed: courses.iter().filter(|course| at(course).right < course.after[0].right).count(),
    }
}

fn corrected_point(courses: &[Course], number: usize) -> CorrectedPoint {
    let reached = |course: &Course| course.after.iter().find(|after| after.corrections == number).copied();
    let (mut sessions, mut clips, mut generic, mut right) = (0, 0, 0, 0);
    for course in courses {
        let Some(after) = reached(course) else { continue };
        sessions += 1;
        clips += course.tested;
        generic += course.after[0].right;
        right += after.right;
    }
    let share = |right: usize| right as f64 / clips.max(1) as f64;
    CorrectedPoint { corrections: number, sessions, generic: share(generic), accuracy: share(right) }
}
