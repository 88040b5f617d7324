//! Adaptation with identification: the system must identify the user and select the head.
//!
//! The clips of a session are tested while all users are enrolled with the embeddings of their
//! other sessions and have the heads adapted there. An identified clip is answered by that user's
//! head, whether the identification is right or wrong; any other clip by the generic head. Each
//! clip is also tested as a stranger's, with its user left out of the gallery.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use mien_core::Result;
use mien_core::head::Head;
use mien_core::recognition::gallery::{Calibration, Gallery, Identity};

use super::metrics::accuracy;
use super::protocol::{AdaptationScores, Evaluated, Labeled, ProtocolOptions, Step, evaluate};

/// Results of identification and heads together. Shares and accuracies are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct EndToEndScores {
    /// Maximum number of users enrolled at a time.
    pub users: usize,
    /// Number of clips tested, the same as for the adapted heads.
    pub clips: usize,
    /// Accuracy with the true user's head.
    pub oracle_accuracy: f64,
    /// Accuracy of the head selected by identification.
    pub identified_accuracy: f64,
    /// Share of the clips identified as their user.
    pub identified_rate: f64,
    /// Share of the clips identified as another user.
    pub wrong_user_rate: f64,
    /// Share of the clips not identified, which the generic head answers.
    pub missed_user_rate: f64,
    /// Share of the clips that correctly get the generic head when their user is not enrolled.
    pub strangers_generic_rate: f64,
}

/// Runs [`super::protocol::adaptation`], and the same end to end with identification by
/// `calibration`; the latter is `None` if no adapted head was tested.
///
/// # Errors
/// As in [`super::protocol::adaptation`]; `InvalidOption` for a calibration out of range.
pub fn adaptation_end_to_end(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    calibration: &Calibration,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<(AdaptationScores, Option<EndToEndScores>)> {
    let evaluated = evaluate(clips, others, fresh, options, progress)?;
    let end_to_end = end_to_end(clips, &evaluated, calibration)?;
    Ok((evaluated.scores, end_to_end))
}

fn end_to_end(
    clips: &[Labeled],
    evaluated: &Evaluated<'_>,
    calibration: &Calibration,
) -> Result<Option<EndToEndScores>> {
    let heads: BTreeMap<(&str, &str), &Head> =
        evaluated.tested.iter().map(|group| ((group.subject, group.session), &group.head)).collect();
    let mut galleries: BTreeMap<&str, Gallery> = BTreeMap::new();
    let (mut truth, mut oracle, mut identified) = (Vec::new(), Vec::new(), Vec::new());
    let (mut right, mut wrong, mut missed, mut generic) = (0, 0, 0, 0);
    for group in &evaluated.tested {
        let gallery = match galleries.entry(group.session) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                new.insert(gallery_beside(clips, group.session, calibration)?)
            }
        };
        for &(index, answer) in &group.answers {
            let clip = &clips[index];
            truth.push(clip.class);
            oracle.push(answer);
            let stranger = gallery.identify_without(&clip.subject, &clip.embedding);
            generic += usize::from(matches!(stranger, Identity::Unknown { .. }));
            identified.push(match gallery.identify(&clip.embedding) {
                Identity::User { name, .. } if name == clip.subject => {
                    right += 1;
                    answer
                }
                Identity::User { name, .. } => {
                    wrong += 1;
                    match heads.get(&(name.as_str(), group.session)) {
                        Some(head) => head.classify(&clip.clip)?,
                        None => evaluated.generic[index],
                    }
                }
                Identity::Unknown { .. } => {
                    missed += 1;
                    evaluated.generic[index]
                }
            });
        }
    }
    let share = |part: usize| part as f64 / truth.len() as f64;
    Ok((!truth.is_empty()).then(|| EndToEndScores {
        users: galleries.values().map(Gallery::users).max().unwrap_or(0),
        clips: truth.len(),
        oracle_accuracy: accuracy(&truth, &oracle),
        identified_accuracy: accuracy(&truth, &identified),
        identified_rate: share(right),
        wrong_user_rate: share(wrong),
        missed_user_rate: share(missed),
        strangers_generic_rate: share(generic),
    }))
}

/// Returns a gallery of everybody, enrolled with the clips of all sessions except `session`.
fn gallery_beside(clips: &[Labeled], session: &str, calibration: &Calibration) -> Result<Gallery> {
    let mut gallery = Gallery::new(calibration.clone())?;
    for clip in clips.iter().filter(|clip| clip.session != session) {
        gallery.add(&clip.subject, std::slice::from_ref(&clip.embedding));
    }
    Ok(gallery)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::{clips, fresh, options};

    fn scores(clips: &[Labeled]) -> EndToEndScores {
        let calibration = Calibration { threshold: 0.5, rise: 0.0, margin: 0.0, ..Calibration::default() };
        let (scores, end_to_end) =
            adaptation_end_to_end(clips, None, &fresh(), &options(), &calibration, |_| ControlFlow::Continue(()))
                .unwrap();
        let end_to_end = end_to_end.unwrap();
        assert_eq!(end_to_end.oracle_accuracy, scores.adapted.unwrap().accuracy);
        assert_eq!((end_to_end.users, end_to_end.clips), (6, scores.adapted_clips));
        end_to_end
    }

    #[test]
    fn an_identified_user_gets_the_own_head_and_a_stranger_the_generic_one() {
        let scores = scores(&clips(1));
        assert_eq!((scores.identified_rate, scores.strangers_generic_rate), (1.0, 1.0));
        assert_eq!(scores.identified_accuracy, scores.oracle_accuracy);
    }

    #[test]
    fn an_unidentified_user_gets_the_generic_head() {
        let mut clips = clips(1);
        // Every clip shows a different face.
        let dimension = clips.len();
        for (index, clip) in clips.iter_mut().enumerate() {
            clip.embedding = vec![0.0; dimension];
            clip.embedding[index] = 1.0;
        }
        let scores = scores(&clips);
        assert_eq!((scores.missed_user_rate, scores.strangers_generic_rate), (1.0, 1.0));
        assert!(scores.identified_accuracy < scores.oracle_accuracy, "{scores:?}");
    }

    #[test]
    fn a_confused_user_gets_another_users_head() {
        // The first two users swap faces in session B: each is given the other's head there.
        let mut clips = clips(1);
        let embeddings: Vec<_> = clips.iter().map(|clip| clip.embedding.clone()).collect();
        let own = clips.len() / 6;
        for (index, clip) in clips.iter_mut().enumerate().take(2 * own).filter(|(_, clip)| clip.session == "B") {
            clip.embedding.clone_from(&embeddings[(index + own) % (2 * own)]);
        }
        let scores = scores(&clips);
        assert_eq!((scores.wrong_user_rate, scores.identified_rate), (2.0 / 6.0, 4.0 / 6.0));
        assert!(scores.identified_accuracy < scores.oracle_accuracy, "{scores:?}");
        assert!((scores.strangers_generic_rate - 4.0 / 6.0).abs() < 1e-9, "{scores:?}");
    }
}
