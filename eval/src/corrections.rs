//! The protocol of `mien eval corrections`: how accuracy grows as a user corrects wrong answers.
//!
//! For each user and session: the user's other sessions are shown clip by clip in a seeded order to
//! the generic head, which never saw the user. The user corrects each wrong answer, and may confirm
//! right ones; a part of what the user says is a random wrong label instead. After each clip the head answers the session that was
//! left out, from which nothing is learned.

use std::collections::BTreeMap;
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
    /// Seed of the order of the clips and of the wrong labels.
    pub seed: u64,
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

/// What a single correction does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LineScores {
    /// A user corrects one wrong answer.
    pub right: LineScore,
    /// A user gives one answer, right or wrong, a random wrong label.
    pub wrong: LineScore,
}

/// The head after one correction, over all users, sessions and clips that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct LineScore {
    /// Number of corrections tried, each alone.
    pub lines: usize,
    /// Share of them after which the head answers the corrected clip as the user said.
    pub taken: f64,
    /// Accuracy on the sessions left out without the correction.
    pub before: f64,
    /// The same with it.
    pub after: f64,
    /// Share of the corrections after which fewer clips of the session left out are right.
    pub harmed: f64,
    /// Share of them after which more are right.
    pub helped: f64,
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

/// Labeled clips and, for each person in them, a generic head that never saw the person.
pub struct Study<'a> {
    clips: &'a [Labeled],
    generic: BTreeMap<String, GenericHead>,
}

impl<'a> Study<'a> {
    /// Trains the generic heads; each starts at `fresh`.
    ///
    /// # Errors
    /// As in [`crate::protocol::adaptation`].
    pub fn new(
        clips: &'a [Labeled],
        fresh: &Head,
        options: &ProtocolOptions,
        progress: impl Fn(Step) -> ControlFlow<()> + Sync,
    ) -> Result<Self> {
        Ok(Self { clips, generic: generic_of(clips, fresh, options, &progress)? })
    }

    /// Shows each user's other sessions clip by clip and measures accuracy as the user speaks.
    ///
    /// # Errors
    /// `InvalidOption` for a share out of range; errors of learning.
    pub fn streams(&self, options: &CorrectionOptions) -> Result<CorrectionScores> {
        within("the share of wrong corrections", options.wrong, 0.0..=1.0)?;
        let courses = self.each(options, Viewer::watch)?;
        Ok(scores(courses.into_iter().filter(|course| course.after.len() > 1).collect()))
    }

    /// Measures what single corrections do, right ones and wrong ones.
    ///
    /// # Errors
    /// Errors of learning.
    pub fn lines(&self, options: &CorrectionOptions) -> Result<LineScores> {
        let (right, wrong): (Vec<_>, Vec<_>) = self.each(options, Viewer::say_one)?.into_iter().unzip();
        Ok(LineScores { right: line_score(&right.concat()), wrong: line_score(&wrong.concat()) })
    }

    /// Calls `work` for each session of each user with the clips of the user's other sessions.
    fn each<T: Send>(
        &'a self,
        options: &'a CorrectionOptions,
        work: impl Fn(Viewer<'a>, Vec<&'a Labeled>) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let of_session = |(index, &(subject, session)): (usize, &(&str, &str))| {
            let own = self.clips.iter().filter(|clip| clip.subject == subject);
            let (tested, shown): (Vec<_>, Vec<_>) = own.partition(|clip| clip.session == session);
            let rng = SplitMix64::new(options.seed.wrapping_add(index as u64));
            work(Viewer { generic: &self.generic[subject], tested, options, rng }, shown)
        };
        sessions_of(self.clips).par_iter().enumerate().map(of_session).collect()
    }
}

/// A correction that was tried alone: clips right before and after, of how many, and whether the head
/// answers as the user said.
#[derive(Clone, Copy)]
struct Line {
    tested: usize,
    before: usize,
    after: usize,
    taken: bool,
}

fn line_score(lines: &[Line]) -> LineScore {
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let of_lines = |what: fn(&Line) -> bool| share(lines.iter().filter(|line| what(line)).count(), lines.len());
    let sum = |of: fn(&Line) -> usize| lines.iter().map(of).sum::<usize>();
    let tested = sum(|line| line.tested);
    LineScore {
        lines: lines.len(),
        taken: of_lines(|line| line.taken),
        before: share(sum(|line| line.before), tested),
        after: share(sum(|line| line.after), tested),
        harmed: of_lines(|line| line.after < line.before),
        helped: of_lines(|line| line.after > line.before),
    }
}

/// Returns the sessions of all users, in order.
fn sessions_of(clips: &[Labeled]) -> Vec<(&str, &str)> {
    let mut sessions: Vec<(&str, &str)> =
        clips.iter().map(|clip| (clip.subject.as_str(), clip.session.as_str())).collect();
    sessions.sort_unstable();
    sessions.dedup();
    sessions
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
                head = corrector.step(&said)?.map_or_else(|| self.generic.calibrated(), Ok)?;
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

    /// Tries each correction of a wrong answer alone, and a random wrong label for each answer.
    fn say_one(mut self, shown: Vec<&'a Labeled>) -> Result<(Vec<Line>, Vec<Line>)> {
        let base = self.generic.calibrated()?;
        let (classes, before) = (base.labels().len(), self.right(&base)?);
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        for clip in shown {
            let answer = base.classify(&clip.clip)?;
            if answer != clip.class {
                right.push(self.line(clip, clip.class, answer, before)?);
            }
            let others: Vec<usize> = (0..classes).filter(|&class| class != clip.class && class != answer).collect();
            let slip = others[self.rng.below(others.len())];
            wrong.push(self.line(clip, slip, answer, before)?);
        }
        Ok((right, wrong))
    }

    fn line(&self, clip: &Labeled, class: usize, answer: usize, before: usize) -> Result<Line> {
        let corrector = Corrector { generic: self.generic, own: None, expression: self.options.expression };
        let head = corrector.step(&[Example { clip: &clip.clip, class, contradicted: Some(answer) }])?;
        let head = head.map_or_else(|| self.generic.calibrated(), Ok)?;
        let (tested, taken) = (self.tested.len(), head.classify(&clip.clip)? == class);
        Ok(Line { tested, before, after: self.right(&head)?, taken })
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
