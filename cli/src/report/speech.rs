//! What is heard in an input.

use mien_core::{Emotion, Modality};
use serde::Serialize;

use crate::session::{Unheard, Unused};
use crate::text::{counted, described};

/// Max number of segments that the text lists.
const MAX_LISTED: usize = 20;

/// The speech of an input.
#[derive(Serialize)]
pub struct SpeechReport {
    /// Length of the sound in seconds.
    pub seconds: f64,
    /// The stretches of speech, in order.
    pub segments: Vec<SegmentReport>,
    /// Emotion of the speech alone over the whole clip.
    pub emotion: Option<Emotion>,
    /// Why speech has no part in the answer; `None` if it has.
    pub not_used: Option<Unheard>,
}

/// A stretch of speech.
#[derive(Serialize)]
pub struct SegmentReport {
    pub begin_s: f64,
    pub end_s: f64,
    /// Why its quality is doubtful.
    pub doubts: Vec<&'static str>,
    /// Emotion by speech.
    pub emotion: Option<Emotion>,
}

/// Says of an answer that speech has a part in it.
pub fn by(modalities: &[Modality]) -> &'static str {
    match modalities {
        [Modality::Face] => "",
        [Modality::Speech] => ", by speech",
        _ => ", by face and speech",
    }
}

impl SpeechReport {
    /// Returns why a segment without an emotion has none.
    pub fn unused(&self, segment: &SegmentReport) -> Unused {
        match self.not_used {
            _ if !segment.doubts.is_empty() => Unused::Doubtful,
            Some(why) => Unused::of_unheard(why),
            None => Unused::NoHead,
        }
    }

    /// Returns what is said of the speech of a clip that shows pictures too.
    pub fn lines(&self) -> Vec<String> {
        let (count, seconds) = (self.segments.len(), self.segments.iter().map(SegmentReport::length_s).sum::<f64>());
        if self.segments.is_empty() {
            return Vec::new();
        }
        let segments = self.segments.iter().map(SegmentReport::line);
        match self.not_used {
            Some(why) if self.segments.iter().all(|segment| segment.emotion.is_none()) => {
                vec![format!("{seconds:.1} s of speech in {}, not used: {why}", counted(count, "segments"))]
            }
            Some(why) => {
                [format!("speech has no part in the answer: {why}")].into_iter().chain(cut(segments)).collect()
            }
            None => cut(segments),
        }
    }

    /// Returns what is said of sound alone; `answer` is that for the whole sound.
    pub fn alone(&self, user: Option<&str>, answer: Option<String>) -> Vec<String> {
        let who = user.map_or_else(String::new, |user| format!("{user}, "));
        let what = match (answer, self.not_used) {
            (Some(answer), _) => format!("{who}{answer}, by speech"),
            (None, Some(why @ Unheard::NoHead)) if user.is_none() => {
                format!("no emotion: {why}; --user NAME says whose voice it is")
            }
            (None, Some(why)) => format!("no emotion: {why}"),
            (None, None) => "no emotion".to_owned(),
        };
        let whole = format!("{:.1} s of sound: {what}", self.seconds);
        [whole].into_iter().chain(cut(self.segments.iter().map(SegmentReport::line))).collect()
    }
}

/// Keeps the first of many lines.
fn cut(lines: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MAX_LISTED);
    let rest = (more > 0).then(|| format!("and {more} more segments of speech, which --json lists"));
    lines.take(MAX_LISTED).chain(rest).collect()
}

impl SegmentReport {
    /// Returns the length in seconds.
    pub fn length_s(&self) -> f64 {
        self.end_s - self.begin_s
    }

    fn line(&self) -> String {
        let doubts: String = self.doubts.iter().map(|doubt| format!(", {doubt}")).collect();
        let what = self.emotion.as_ref().map_or_else(String::new, |emotion| format!(": {}", described(emotion, &[])));
        format!("speech {:.1} to {:.1} s{what}{doubts}", self.begin_s, self.end_s)
    }
}
