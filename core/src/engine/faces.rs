//! Checks that the clips of an adaptation show the user.

use super::Engine;
use super::footage::{Footage, LabeledClip, UnlabeledClip};
use crate::error::{Result, fail};
use crate::recognition::whose::{Whose, mostly_others, whose};
use crate::train::adapt::{AdaptReport, LeftOut, Refusal, WhyLeftOut, mode_of};
use crate::users::profile::Profile;

/// The clips of the user, and those that show somebody else.
pub(super) struct Checked<'a> {
    pub clips: Vec<&'a LabeledClip>,
    pub unlabeled: Vec<&'a UnlabeledClip>,
    pub left_out: Vec<LeftOut>,
    /// Whether most labeled clips show somebody else (without any, most unlabeled ones), so that nothing is
    /// learned.
    pub mostly_others: bool,
}

impl Engine {
    /// Compares all frames of all clips with the embeddings of `profile`, the clips together.
    ///
    /// # Errors
    /// `InvalidOption` if the user has no embeddings of the identity network in use and `unchecked`
    /// is not set, if it is set although the user has some, or if a clip has not one embedding per
    /// frame.
    pub(super) fn check_faces<'a>(
        &self,
        profile: &Profile,
        Footage { clips, unlabeled, .. }: Footage<'a>,
        unchecked: bool,
    ) -> Result<Checked<'a>> {
        let known = profile.identity_network == self.inner.identity_network;
        match (known, unchecked) {
            (false, false) => fail!(
                InvalidOption,
                "the user has no embeddings of the identity network in use, so nobody can tell whose face the clips show: \
                 enroll the user again with this network, or adapt with unchecked faces"
            ),
            (true, true) => fail!(
                InvalidOption,
                "faces are always checked for a user with embeddings of the identity network in use; unchecked faces are \
                 for the others"
            ),
            (false, true) => {
                let (clips, unlabeled) = (clips.iter().collect(), unlabeled.iter().collect());
                return Ok(Checked { clips, unlabeled, left_out: Vec::new(), mostly_others: false });
            }
            (true, false) => {}
        }
        let labeled = clips.iter().map(|clip| (&clip.name, clip.clip.len(), clip.faces.as_slice()));
        let others = unlabeled.iter().map(|clip| (&clip.name, clip.clip.len(), clip.faces.as_slice()));
        let mut faces = Vec::new();
        for (name, frames, embeddings) in labeled.chain(others) {
            if embeddings.len() != frames {
                let count = embeddings.len();
                fail!(
                    InvalidOption,
                    "a clip of {frames} frames has {count} embeddings of faces; it needs one per frame";
                    "the clip {name:?} of {frames} frames has {count} embeddings of faces; it needs one per frame"
                );
            }
            faces.push(embeddings);
        }
        let judged = whose(&self.calibration()?, &profile.embeddings(), &faces)?;
        let (of_labeled, of_unlabeled) = judged.split_at(clips.len());
        let mostly_others = mostly_others(if clips.is_empty() { of_unlabeled } else { of_labeled });
        let mut checked = Checked { clips: Vec::new(), unlabeled: Vec::new(), left_out: Vec::new(), mostly_others };
        for (clip, whose) in clips.iter().zip(of_labeled) {
            match reason(*whose) {
                None => checked.clips.push(clip),
                Some(why) => checked.leave_out(&clip.name, Some(&clip.label), why),
            }
        }
        for (clip, whose) in unlabeled.iter().zip(of_unlabeled) {
            match reason(*whose) {
                None => checked.unlabeled.push(clip),
                Some(why) => checked.leave_out(&clip.name, None, why),
            }
        }
        Ok(checked)
    }
}

/// Returns why a clip is left out; `None` for a clip of the user.
fn reason(whose: Whose) -> Option<WhyLeftOut> {
    match whose {
        Whose::User => None,
        Whose::SomebodyElse { similarity } => Some(WhyLeftOut::SomebodyElse { similarity }),
        Whose::SeveralPeople => Some(WhyLeftOut::SeveralPeople),
    }
}

impl Checked<'_> {
    fn leave_out(&mut self, name: &str, label: Option<&str>, why: WhyLeftOut) {
        self.left_out.push(LeftOut { clip: name.to_owned(), label: label.map(str::to_owned), why });
    }

    /// Returns the report of an adaptation to clips of the classes `given` that learned nothing because of the
    /// faces.
    pub fn refused(self, labels: &[String], given: &[usize]) -> AdaptReport {
        of_others(labels, given, self.left_out, self.unlabeled.len())
    }
}

/// Returns the report of an adaptation to clips of the classes `given`, besides `unlabeled` ones, that learned nothing
/// because clips were left out.
pub(super) fn of_others(labels: &[String], given: &[usize], left_out: Vec<LeftOut>, unlabeled: usize) -> AdaptReport {
    let others = left_out.iter().filter(|left_out| given.is_empty() || left_out.label.is_some()).count();
    let all = if given.is_empty() { others + unlabeled } else { given.len() };
    let reason = format!("{others} of {all} clips show somebody else than the user, or several people");
    refused(labels, given, left_out, Refusal::SomebodyElse, reason)
}

/// Returns the report of an adaptation to clips of the classes `given` that learned nothing.
pub(super) fn refused(
    labels: &[String],
    given: &[usize],
    left_out: Vec<LeftOut>,
    refusal: Refusal,
    reason: String,
) -> AdaptReport {
    log::info!("an adaptation was refused because of the clips' faces or number");
    let counts: Vec<usize> =
        (0..labels.len()).map(|class| given.iter().filter(|given| **given == class).count()).collect();
    AdaptReport { refusal: Some(refusal), reason, left_out, ..AdaptReport::new(mode_of(&counts), labels, &counts) }
}
