//! Why speech has no part in an answer.

use mien_core::stream::SpeechRefusal;
use mien_core::timeline::UNUSED;

use super::Unheard;

/// Why speech has no part in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unused {
    /// The sound is not good enough, or the speech is too short.
    Doubtful,
    /// Several faces are seen.
    SeveralFaces,
    /// Nobody is seen.
    NoFace,
    /// The mouth of the only face is still.
    MouthStill,
    /// No head reads the speech.
    NoHead,
}

impl Unused {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::Doubtful, Self::SeveralFaces, Self::NoFace, Self::MouthStill, Self::NoHead];

    /// Returns the reason in two words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doubtful => "poor sound",
            Self::SeveralFaces => "several faces",
            Self::NoFace => "nobody seen",
            Self::MouthStill => "mouth still",
            Self::NoHead => "no head",
        }
    }

    /// Returns the label of the reason in timelines.
    pub fn label(self) -> String {
        format!("{UNUSED}{}", self.name())
    }

    /// Returns the reason of a label in timelines.
    pub fn of_label(label: &str) -> Option<Self> {
        let reason = label.strip_prefix(UNUSED)?;
        Self::ALL.into_iter().find(|unused| unused.name() == reason)
    }

    /// Returns the reason of a session.
    pub fn of_refusal(refusal: SpeechRefusal) -> Self {
        match refusal {
            SpeechRefusal::Doubtful => Self::Doubtful,
            SpeechRefusal::NoFace => Self::NoFace,
            SpeechRefusal::SeveralFaces => Self::SeveralFaces,
            SpeechRefusal::MouthStill => Self::MouthStill,
        }
    }

    /// Returns the reason for a stretch of speech of a file with good sound.
    pub fn of_unheard(why: Unheard) -> Self {
        match why {
            Unheard::SeveralFaces => Self::SeveralFaces,
            Unheard::NoFace => Self::NoFace,
            Unheard::NoHead | Unheard::OtherLabels => Self::NoHead,
            Unheard::NoSound
            | Unheard::Undecodable
            | Unheard::NoSpeech
            | Unheard::Long
            | Unheard::Left
            | Unheard::NoLabel
            | Unheard::Doubtful(_) => Self::Doubtful,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_timelines_are_read_again() {
        for unused in Unused::ALL {
            assert_eq!(Unused::of_label(&unused.label()), Some(unused));
        }
        assert_eq!(Unused::of_label("happy"), None);
    }
}
