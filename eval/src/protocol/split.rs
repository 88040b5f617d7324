//! Folds of subjects, and the groups that are adapted and tested.

use std::collections::{BTreeMap, BTreeSet};

use mien_core::check::within;
use mien_core::{Result, fail};
use mien_nn::math::SplitMix64;

use super::{Labeled, ProtocolOptions};

/// The folds of subjects.
pub(super) struct Folds {
    /// The fold of each subject by name.
    pub(super) of: BTreeMap<String, usize>,
    /// Number of folds: a subject each if there are few.
    pub(super) count: usize,
}

impl Folds {
    /// Divides the subjects: they are sorted by name, then shuffled by the seed. All are in one fold
    /// if the generic head does not learn from them.
    ///
    /// # Errors
    /// `InvalidOption` for fewer than two folds; `NotEnoughSamples` if the only subject is to be left
    /// out.
    pub(super) fn new(clips: &[Labeled], options: &ProtocolOptions, leave_out: bool) -> Result<Self> {
        within("folds", options.folds, 2..)?;
        let mut subjects: Vec<String> = clips.iter().map(|clip| clip.subject.clone()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        if leave_out && subjects.len() < 2 {
            fail!(
                NotEnoughSamples,
                "all clips are of one person: the generic head is learned from other people; add clips of a second \
                 person, or name other data sets for it"
            );
        }
        SplitMix64::new(options.seed).shuffle(&mut subjects);
        let count = if leave_out { options.folds.min(subjects.len()) } else { 1 };
        Ok(Self {
            of: subjects.into_iter().enumerate().map(|(index, subject)| (subject, index % count)).collect(),
            count,
        })
    }
}

/// Why a user could not be adapted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAdaptation {
    /// All of the user's clips are of one session.
    OneSession,
    /// No session leaves clips of two emotions in the others.
    OneEmotion,
}

/// Returns the users of whom no session can be tested, by name.
pub(super) fn not_adapted(clips: &[Labeled], groups: &[Group<'_>]) -> BTreeMap<String, NoAdaptation> {
    let mut sessions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for clip in clips {
        sessions.entry(&clip.subject).or_default().insert(&clip.session);
    }
    groups.iter().for_each(|group| drop(sessions.remove(group.subject)));
    let why = |sessions: BTreeSet<&str>| match sessions.len() {
        1 => NoAdaptation::OneSession,
        _ => NoAdaptation::OneEmotion,
    };
    sessions.into_iter().map(|(subject, sessions)| (subject.to_owned(), why(sessions))).collect()
}

/// A session of a user and the clips to learn from, as indices.
pub(super) struct Group<'a> {
    pub(super) subject: &'a str,
    pub(super) session: &'a str,
    /// The session's clips.
    pub(super) tested: Vec<usize>,
    /// The clips of the user's other sessions.
    pub(super) learned: Vec<usize>,
    /// The clips to learn from in a seeded order, in which the curve takes them.
    shuffled: Vec<usize>,
}

/// Returns the users' sessions that leave clips of two classes to learn from, sorted by name.
pub(super) fn learnable_groups(clips: &[Labeled], seed: u64) -> Vec<Group<'_>> {
    groups(clips, seed).into_iter().filter(|group| group.can_be_learned(clips)).collect()
}

/// Returns all users' sessions, sorted by name. `seed` decides the order in which the curve takes
/// clips.
fn groups(clips: &[Labeled], seed: u64) -> Vec<Group<'_>> {
    let mut rng = SplitMix64::new(seed);
    let mut names: Vec<_> = clips.iter().map(|clip| (clip.subject.as_str(), clip.session.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let group = |(subject, session)| {
        let own = (0..clips.len()).filter(|&index| clips[index].subject == subject);
        let (tested, learned): (Vec<_>, Vec<_>) = own.partition(|&index| clips[index].session == session);
        let mut shuffled = learned.clone();
        rng.shuffle(&mut shuffled);
        Group { subject, session, tested, learned, shuffled }
    };
    names.into_iter().map(group).collect()
}

impl Group<'_> {
    /// Whether there are clips of two classes to learn from.
    fn can_be_learned(&self, clips: &[Labeled]) -> bool {
        self.learned.iter().any(|&index| clips[index].class != clips[self.learned[0]].class)
    }

    /// Returns a half of the clips to learn from in the seeded order, and the others; `None` if the
    /// half shows one class only.
    pub(super) fn halves(&self, clips: &[Labeled]) -> Option<(Vec<usize>, Vec<usize>)> {
        let (half, rest) = self.shuffled.split_at(self.shuffled.len().div_ceil(2));
        let several = half.iter().any(|&index| clips[index].class != clips[half[0]].class);
        several.then(|| (half.to_vec(), rest.to_vec()))
    }

    /// Returns at most `max` clips of each class, in the data set's order. A higher `max` adds
    /// clips to the same ones. `None` if no class has `max` clips.
    pub(super) fn cut_down(&self, clips: &[Labeled], max: usize) -> Option<Vec<usize>> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut chosen = self.shuffled.clone();
        chosen.retain(|&index| {
            let count = counts.entry(clips[index].class).or_default();
            *count += 1;
            *count <= max
        });
        chosen.sort_unstable();
        counts.values().any(|&count| count >= max).then_some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::clips;

    #[test]
    fn halves_are_disjoint_and_together_everything() {
        let clips = clips(2);
        let groups = groups(&clips, 3);
        let (half, rest) = groups[0].halves(&clips).unwrap();
        let mut both = [half.clone(), rest.clone()].concat();
        both.sort_unstable();
        assert_eq!((half.len(), rest.len(), both), (3, 3, groups[0].learned.clone()));
        let mut one_class = clips.clone();
        one_class.iter_mut().for_each(|clip| clip.class = 0);
        assert_eq!(groups[0].halves(&one_class), None);
    }

    #[test]
    fn cut_down_clips_are_chosen_by_the_seed_and_nested() {
        let clips = clips(4);
        let cut = |seed: u64, max: usize| groups(&clips, seed)[0].cut_down(&clips, max);
        let (two, three) = (cut(1, 2).unwrap(), cut(1, 3).unwrap());
        for class in 0..3 {
            assert_eq!(two.iter().filter(|&&index| clips[index].class == class).count(), 2);
        }
        assert!(two.iter().all(|index| three.contains(index) && clips[*index].session == "B"), "{two:?} {three:?}");
        assert!((2..20).any(|seed| cut(seed, 2).unwrap() != two), "another seed chooses others");
        assert_eq!(cut(1, 4).unwrap(), groups(&clips, 1)[0].learned);
        assert_eq!(cut(1, 5), None);
    }
}
