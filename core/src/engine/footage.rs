//! The clips that users' heads are learned from, and what comes of it.

use crate::error::{Result, fail};
use crate::head::Clip;
use crate::labels;
use crate::train::adapt::AdaptReport;

/// A clip and the emotion it shows.
#[derive(Clone, PartialEq)]
pub struct LabeledClip {
    /// The name of the clip in reports and confirmations, such as "happy/3".
    pub name: String,
    /// The frame vectors ([`Features::head_input`](crate::features::Features::head_input)).
    pub clip: Clip,
    /// The identity embedding of each frame ([`Features::identity`](crate::features::Features::identity)).
    pub faces: Vec<Vec<f32>>,
    /// The emotion, in any spelling that [`labels::canonical`] knows.
    pub label: String,
    /// Whether the person was asked and means this label.
    pub confirmed: bool,
}

/// A clip without a label.
#[derive(Clone, PartialEq)]
pub struct UnlabeledClip {
    /// As in [`LabeledClip::name`].
    pub name: String,
    /// As in [`LabeledClip::clip`].
    pub clip: Clip,
    /// As in [`LabeledClip::faces`].
    pub faces: Vec<Vec<f32>>,
}

/// Counts only: names, vectors and embeddings are personal.
impl std::fmt::Debug for LabeledClip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (frames, confirmed) = (self.clip.len(), self.confirmed);
        f.debug_struct("LabeledClip").field("frames", &frames).field("confirmed", &confirmed).finish_non_exhaustive()
    }
}

/// Counts only, as for [`LabeledClip`].
impl std::fmt::Debug for UnlabeledClip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnlabeledClip").field("frames", &self.clip.len()).finish_non_exhaustive()
    }
}

/// The speech of a clip and the emotion it shows.
#[derive(Clone, PartialEq)]
pub struct SpokenClip {
    /// As in [`LabeledClip::name`]: the sound of a film and its frames are one clip, of one name.
    pub name: String,
    /// The vector of the speech ([`SpeechFeatures::describe`](crate::speech::SpeechFeatures::describe)).
    pub speech: Vec<f32>,
    /// The vector of the same speech in noise ([`InNoise`](crate::speech::InNoise)), from which a head learns what other
    /// rooms sound like; `None` if there is none.
    pub in_noise: Option<Vec<f32>>,
    /// As in [`LabeledClip::label`].
    pub label: String,
    /// As in [`LabeledClip::confirmed`].
    pub confirmed: bool,
}

/// The confirmation only: the name and the vector are personal.
impl std::fmt::Debug for SpokenClip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpokenClip").field("confirmed", &self.confirmed).finish_non_exhaustive()
    }
}

/// The clips that a user's heads are learned from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Footage<'a> {
    /// Labeled clips.
    pub clips: &'a [LabeledClip],
    /// Unlabeled clips of the user: they improve the estimate of the user's offset if the generic head has
    /// statistics, and are trained on if [`AdaptOptions::pseudo_labels`] is set.
    pub unlabeled: &'a [UnlabeledClip],
    /// The speech of clips. The voice is taken for that of the face: speech of a labeled clip whose face is somebody
    /// else's is left out.
    pub speech: &'a [SpokenClip],
    /// Whether speech without a labeled clip of its name is the user's, as the application says: nobody can tell whose
    /// voice it is. Default false: such speech is an error.
    pub unchecked_voices: bool,
}

impl Footage<'_> {
    /// Whether there is no clip at all.
    pub fn is_empty(&self) -> bool {
        !self.has_faces() && self.speech.is_empty()
    }

    pub(super) fn has_faces(&self) -> bool {
        !(self.clips.is_empty() && self.unlabeled.is_empty())
    }
}

/// What an adaptation did to the heads of a user.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Adapted {
    /// The head for faces; `None` if no clip has frames.
    pub face: Option<AdaptReport>,
    /// The head for speech; `None` if no clip has speech, or if the clips were refused because of the faces.
    pub speech: Option<AdaptReport>,
}

/// What the label of a clip is called in an error.
pub(super) const CLIPS_EMOTION: &str = "a clip's emotion";

/// Returns the index of `label` among the `labels` of a head; an error without personal data calls the
/// label `what`.
pub(super) fn class_of(labels: &[String], label: &str, what: &str) -> Result<usize> {
    let Some(class) = labels::index_of(labels, label) else {
        let known = labels.join(", ");
        fail!(InvalidOption, "{what} is none of {known}"; "the emotion {label:?} is none of {known}");
    };
    Ok(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_clips_has_no_name_no_vector_and_no_embedding() {
        let clip = Clip::from_frames(&[vec![0.123_456_79; 4]]).unwrap();
        let (name, faces) = ("secret/1".to_owned(), vec![vec![0.234_567_9; 4]]);
        let unlabeled = UnlabeledClip { name: name.clone(), clip: clip.clone(), faces: faces.clone() };
        let labeled = [LabeledClip { name, clip, faces, label: "happy".to_owned(), confirmed: true }];
        let shown = format!("{unlabeled:?} {:?}", Footage { clips: &labeled, ..Footage::default() });
        assert!(shown.contains("frames: 1") && shown.contains("confirmed: true"), "{shown}");
        assert!(["secret", "happy", "0.12", "0.23"].iter().all(|personal| !shown.contains(personal)), "{shown}");
    }
}
