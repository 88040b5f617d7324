//! Folds of subjects, and the groups that are adapted and tested.

use std::collections::BTreeMap;

use mien_core::check::within;
use mien_core::{Result, fail};
use mien_nn::math::SplitMix64;

use super::{Labeled, ProtocolOptions};

/// The fold of each subject by name.
pub(super) type Folds = BTreeMap<String, usize>;

/// Returns the fold of each subject: subjects are sorted by name, then shuffled by the seed.
pub(super) fn subject_folds(clips: &[Labeled], options: &ProtocolOptions) -> Result<Folds> {
    let mut subjects: Vec<String> = clips.iter().map(|clip| clip.subject.clone()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    within("folds", options.folds, 2..)?;
    if subjects.len() < options.folds {
        fail!(NotEnoughSamples, "{} subjects for {} folds", subjects.len(), options.folds);
    }
    SplitMix64::new(options.seed).shuffle(&mut subjects);
    Ok(subjects.into_iter().enumerate().map(|(index, subject)| (subject, index % options.folds)).collect())
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
