//! Accuracy on a person's own labeled clips: before adaptation (the generic head) and after (the
//! user's own head).

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::metrics::{Interval, confusion_matrix, unweighted_average_recall, wilson};
use crate::protocol::rows;

/// A head's answer to a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Index of the most probable class.
    pub class: usize,
    /// Whether the answer is unreliable; it counts by its class all the same.
    pub unsure: bool,
}

/// A labeled clip with the answers to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The person, as the data call them.
    pub person: String,
    /// Index of the labeled class.
    pub class: usize,
    /// The generic head's answer.
    pub before: Answer,
    /// The answer of the person's own head, if there is one.
    pub after: Option<Answer>,
    /// The answer of the head that identification picks.
    pub recognized: Answer,
    /// Whether the own head learned from this very clip; `None` if that is not known.
    pub learned: Option<bool>,
}

/// A share of right answers with its Wilson interval, as if clips were independent.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Accuracy {
    /// Number of right answers.
    pub right: usize,
    /// Number of answers.
    pub clips: usize,
    /// The share, 0 to 1, with its 95 % interval.
    pub accuracy: Interval,
}

impl Accuracy {
    fn of(clips: &[&Answered], answer: impl Fn(&Answered) -> Option<Answer>) -> Self {
        let right = clips.iter().filter(|clip| answer(clip).is_some_and(|answer| answer.class == clip.class)).count();
        Self { right, clips: clips.len(), accuracy: wilson(right, clips.len()) }
    }
}

/// The answers of one head.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct HeadFigures {
    /// Share of right answers.
    #[serde(flatten)]
    pub accuracy: Accuracy,
    /// Unweighted average recall: mean over classes of each one's share of right answers, 0 to 1.
    pub uar: f64,
    /// Number of unsure answers, right or wrong.
    pub unsure: usize,
    /// Counts of answers: rows are the labels, columns the answers.
    #[serde(serialize_with = "rows")]
    pub confusion: Array2<usize>,
}

impl HeadFigures {
    fn of(clips: &[&Answered], classes: usize, answer: impl Fn(&Answered) -> Option<Answer>) -> Self {
        let pairs = clips.iter().filter_map(|clip| Some((clip.class, answer(clip)?)));
        let (truth, answers): (Vec<usize>, Vec<Answer>) = pairs.unzip();
        let given: Vec<usize> = answers.iter().map(|answer| answer.class).collect();
        Self {
            accuracy: Accuracy::of(clips, answer),
            uar: unweighted_average_recall(&truth, &given),
            unsure: answers.iter().filter(|answer| answer.unsure).count(),
            confusion: confusion_matrix(&truth, &given, classes),
        }
    }

    /// Returns the wrong answers: label, answer and number, most frequent first.
    pub fn mistakes(&self) -> Vec<(usize, usize, usize)> {
        let wrong = self.confusion.indexed_iter().filter(|((label, answer), count)| label != answer && **count > 0);
        let mut wrong: Vec<_> = wrong.map(|((label, answer), count)| (label, answer, *count)).collect();
        wrong.sort_by_key(|&(label, answer, count)| (usize::MAX - count, label, answer));
        wrong
    }
}

/// Both heads on the clips of people who have an own head.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// The generic head.
    pub before: HeadFigures,
    /// The own heads.
    pub after: HeadFigures,
    /// Number of clips that only the own head answers rightly.
    pub gained: usize,
    /// Number of clips that only the generic head answers rightly.
    pub lost: usize,
    /// Number of these clips that the own heads learned from; `None` if that is not known of one of
    /// them.
    pub learned: Option<usize>,
    /// Both heads on the clips that are not known to have been learned from, if these are some but
    /// not all.
    pub not_learned: Option<[Accuracy; 2]>,
}

impl Comparison {
    fn of(clips: &[&Answered], classes: usize) -> Option<Self> {
        let own: Vec<&Answered> = clips.iter().copied().filter(|clip| clip.after.is_some()).collect();
        if own.is_empty() {
            return None;
        }
        let (before, after) = (|clip: &Answered| Some(clip.before), |clip: &Answered| clip.after);
        let right = |clip: &Answered| {
            [Some(clip.before), clip.after].map(|answer| answer.is_some_and(|answer| answer.class == clip.class))
        };
        let learned: Option<Vec<bool>> = own.iter().map(|clip| clip.learned).collect();
        let new: Vec<&Answered> = own.iter().copied().filter(|clip| clip.learned != Some(true)).collect();
        let is_part = !new.is_empty() && new.len() < own.len();
        Some(Self {
            before: HeadFigures::of(&own, classes, before),
            after: HeadFigures::of(&own, classes, after),
            gained: own.iter().filter(|clip| right(clip) == [false, true]).count(),
            lost: own.iter().filter(|clip| right(clip) == [true, false]).count(),
            learned: learned.map(|learned| learned.into_iter().filter(|learned| *learned).count()),
            not_learned: is_part.then(|| [Accuracy::of(&new, before), Accuracy::of(&new, after)]),
        })
    }
}

/// The figures of one person or of all.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figures {
    /// The generic head on all clips.
    pub before: HeadFigures,
    /// The head that identification picks for each clip.
    pub recognized: HeadFigures,
    /// Both heads on the clips of people with an own head; `None` if there are none.
    pub own: Option<Comparison>,
}

impl Figures {
    fn of(clips: &[&Answered], classes: usize) -> Self {
        Self {
            before: HeadFigures::of(clips, classes, |clip| Some(clip.before)),
            recognized: HeadFigures::of(clips, classes, |clip| Some(clip.recognized)),
            own: Comparison::of(clips, classes),
        }
    }
}

/// The figures of all clips, and of each person by name.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct OwnScores {
    /// Everybody.
    pub all: Figures,
    /// Each person.
    pub people: BTreeMap<String, Figures>,
}

/// Computes the figures of answers with `classes` classes.
///
/// # Panics
/// If a class is not below `classes`.
pub fn own_scores(clips: &[Answered], classes: usize) -> OwnScores {
    let mut people: BTreeMap<String, Vec<&Answered>> = BTreeMap::new();
    for clip in clips {
        people.entry(clip.person.clone()).or_default().push(clip);
    }
    OwnScores {
        all: Figures::of(&clips.iter().collect::<Vec<_>>(), classes),
        people: people.into_iter().map(|(name, clips)| (name, Figures::of(&clips, classes))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn answer(class: usize) -> Answer {
        Answer { class, unsure: class == 2 }
    }

    fn clip(person: &str, class: usize, before: usize, after: Option<usize>, learned: Option<bool>) -> Answered {
        let recognized = answer(after.unwrap_or(before));
        Answered {
            person: person.to_owned(),
            class,
            before: answer(before),
            after: after.map(answer),
            recognized,
            learned,
        }
    }

    #[test]
    fn both_heads_are_counted_on_the_same_clips() {
        let clips = [
            clip("ann", 0, 1, Some(0), Some(true)),
            clip("ann", 0, 0, Some(0), Some(false)),
            clip("ann", 1, 1, Some(2), Some(false)),
            clip("ann", 2, 1, Some(2), Some(false)),
            clip("bob", 2, 2, None, None),
        ];
        let scores = own_scores(&clips, 3);
        let ann = &scores.people["ann"];
        let own = ann.own.as_ref().unwrap();
        assert_eq!((own.before.accuracy.right, own.after.accuracy.right, own.after.accuracy.clips), (2, 3, 4));
        assert_eq!((own.gained, own.lost, own.learned), (2, 1, Some(1)));
        assert_eq!(own.not_learned.map(|pair| pair.map(|of| (of.right, of.clips))), Some([(2, 3), (2, 3)]));
        assert_eq!(own.after.confusion, array![[2, 0, 0], [0, 0, 1], [0, 0, 1]]);
        assert_eq!((own.after.unsure, own.after.uar), (2, 2.0 / 3.0));
        assert_eq!(own.before.mistakes(), [(0, 1, 1), (2, 1, 1)]);
        let bob = &scores.people["bob"];
        assert!(bob.own.is_none() && bob.before.accuracy.right == 1 && bob.before.unsure == 1);
        // Everybody's own heads are compared without those who have none.
        assert_eq!(scores.all.own.as_ref(), Some(own));
        assert_eq!((scores.all.before.accuracy.right, scores.all.recognized.accuracy.right), (3, 4));
    }

    #[test]
    fn what_is_unknown_about_learning_stays_unknown() {
        let learned = |learned: [Option<bool>; 2]| {
            let clips = learned.map(|learned| clip("ann", 0, 0, Some(0), learned));
            let own = own_scores(&clips, 3).all.own.unwrap();
            (own.learned, own.not_learned.is_some())
        };
        assert_eq!(learned([Some(true), Some(true)]), (Some(2), false), "nothing is left to measure on");
        assert_eq!(learned([Some(false), Some(false)]), (Some(0), false));
        assert_eq!(learned([Some(true), Some(false)]), (Some(1), true));
        assert_eq!(learned([None, None]), (None, false));
    }

    #[test]
    fn frequent_mistakes_come_first() {
        let mut clips = vec![clip("ann", 1, 0, None, None)];
        clips.extend(vec![clip("ann", 0, 2, None, None); 2]);
        assert_eq!(own_scores(&clips, 3).all.before.mistakes(), [(0, 2, 2), (1, 0, 1)]);
    }
}
