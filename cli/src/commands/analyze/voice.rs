//! The part of the voice in the answer for an input.

use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::speech::SpeechDoubt;
use mien_core::{Emotion, Engine, Modality};

use crate::process::failure::Outcome;
use crate::report::{SegmentReport, SpeechReport};
use crate::session::{Heard, SpokenSegment, Unheard};

/// The voice of an input.
pub struct Voice {
    /// What is heard, or why nothing is.
    pub heard: Result<Heard, Unheard>,
    /// Whether several faces are seen, so that nobody can tell whose voice it is.
    pub of_several: bool,
}

/// Returns the emotion of `identity` by the face in `clip` and the voice, as far as heads read them, and what is said of
/// the voice.
pub fn joined(
    engine: &Engine,
    clip: Option<&Clip>,
    identity: &Identity,
    voice: Option<Voice>,
) -> Outcome<(Option<Emotion>, Option<SpeechReport>)> {
    let Some(Voice { heard, of_several }) = voice else { return Ok((engine.emotion_of(clip, None, identity)?, None)) };
    let Heard { seconds, segments, clip: vector, .. } = match heard {
        Ok(heard) => heard,
        Err(why) => {
            let report = SpeechReport { seconds: 0.0, segments: Vec::new(), emotion: None, not_used: Some(why) };
            return Ok((engine.emotion_of(clip, None, identity)?, Some(report)));
        }
    };
    let by_voice = |vector: Option<&[f32]>| match vector {
        Some(vector) if !of_several => engine.emotion_of(None, Some(vector), identity),
        _ => Ok(None),
    };
    let vector = if of_several { vector.and(Err(Unheard::SeveralFaces)) } else { vector };
    let spoken = by_voice(vector.as_deref().ok())?;
    let emotion = engine.emotion_of(clip, vector.as_deref().ok(), identity)?;
    let took_part = emotion.as_ref().is_some_and(|emotion| emotion.modalities.contains(&Modality::Speech));
    let not_used = match vector {
        Err(why) => Some(why),
        Ok(_) if took_part => None,
        Ok(_) => Some(if spoken.is_some() { Unheard::OtherLabels } else { Unheard::NoHead }),
    };
    let segment = |SpokenSegment { segment, doubts, vector }: SpokenSegment| {
        Ok(SegmentReport {
            begin_s: segment.start_us as f64 / 1e6,
            end_s: segment.end_us as f64 / 1e6,
            doubts: doubts.into_iter().map(SpeechDoubt::name).collect(),
            emotion: by_voice(vector.as_deref())?,
        })
    };
    let segments = segments.into_iter().map(segment).collect::<Outcome<_>>()?;
    Ok((emotion, Some(SpeechReport { seconds, segments, emotion: spoken, not_used })))
}
