//! The part of the voice in the answer for an input.

use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::speech::SpeechDoubt;
use mien_core::{Emotion, Engine, Modality};
use mien_eval::drawing::isolated;

use crate::draw::clip_plot::ClipVoice;
use crate::draw::voice_panel::{Stretch, VoiceBand};
use crate::media::Kind;
use crate::process::failure::Outcome;
use crate::report::{InputReport, SegmentReport, SpeechReport};
use crate::session::{Heard, SpokenSegment, Unheard};
use crate::text::{counted, percent};

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

/// Returns what is drawn of the voice of an input; `None` if nobody speaks in pictures.
pub fn heard_in(report: &InputReport) -> Option<ClipVoice> {
    let is_alone = report.input.kind == Kind::Sound;
    let speech = report.speech.as_ref().filter(|speech| is_alone || !speech.segments.is_empty())?;
    let stretches = speech.segments.iter().map(|segment| {
        let shares = match &segment.emotion {
            Some(emotion) => {
                emotion.probabilities.iter().map(|(label, share)| (label.clone(), f64::from(*share))).collect()
            }
            None => vec![(speech.unused(segment).label(), 1.0)],
        };
        let span_ms = [segment.begin_s, segment.end_s].map(|at_s| (1000.0 * at_s).round() as u64);
        Stretch { span_ms: span_ms.into(), weight: segment.length_s(), shares }
    });
    let band = VoiceBand::new(stretches.collect());
    Some(ClipVoice { heading: heading(report, speech), band, seconds: speech.seconds, is_alone })
}

/// Says whose voice is heard, and what it and both together answer for the whole clip.
fn heading(report: &InputReport, speech: &SpeechReport) -> String {
    if speech.segments.is_empty() {
        return "nobody speaks".to_owned();
    }
    let seconds: f64 = speech.segments.iter().map(SegmentReport::length_s).sum();
    let segments = counted(speech.segments.len(), "segments");
    let whose = report.user.as_ref().map_or_else(String::new, |user| format!(", taken for that of {}", isolated(user)));
    let answer = |emotion: &Emotion| format!("{} {}", emotion.label, percent(f64::from(emotion.confidence())));
    let voice =
        speech.emotion.as_ref().map_or_else(String::new, |emotion| format!("; voice alone: {}", answer(emotion)));
    let joined = report.emotion.as_ref().filter(|emotion| emotion.modalities.len() > 1);
    let joined = joined.map_or_else(String::new, |emotion| format!("; joined with the face: {}", answer(emotion)));
    let not_used = speech.not_used.map_or_else(String::new, |why| format!("; not used for the whole clip: {why}"));
    format!("{seconds:.1} s of speech in {segments}{whose}{voice}{joined}{not_used}")
}
