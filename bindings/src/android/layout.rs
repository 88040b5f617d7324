//! The layout of a result in a direct buffer.
//!
//! All numbers are little-endian and follow each other without padding. `f32` is IEEE 754;
//! `text` is a `u32` number of bytes and that many bytes of UTF-8; `optional` is a `u8`, 0 or 1, followed by the
//! value after 1; `list` is a `u32` count and that many values; enums are a `u8`, counted from 0 in the order of
//! their declaration in this crate.
//!
//! ```text
//! header       u16 version (6), u16 kind, u32 length of all bytes including the 8 of the header
//! kind 0       error: i32 code (`CoreError::code`), text message, optional text details
//! kind 1       still: u32 width, u32 height, list of faces, u32 turn in degrees:
//!                face, u8 principal, quality, list of u8 issues, identity, optional emotion, list of unsure
//! kind 2       stream: u64 timestamp_us, u32 width, u32 height, u8 detected, list of tracked faces, list of events,
//!                optional speech, optional error: i32 code, text message, optional text details
//!                tracked face: u64 track, face, optional identity, optional emotion, optional text label,
//!                  list of unsure, optional quality, optional u64 analyzed_us
//!                unsure: u8 (0 low confidence, 1 short window, 2 identity open, 3 quality: u8 issue)
//!                event: u8, u64 track, then by u8: 0 began, 1 lost, 2 ended, 3 identity settled: identity,
//!                  4 identity lost, 5 emotion changed: optional text user, optional text from, text to,
//!                  f32 probability
//!                speech: u64 start_us, u64 end_us, u8 ongoing, optional u64 speaker, optional u8 refusal,
//!                  list of u8 doubts
//! kind 3       submission: u8
//! kind 4       enrollment: u8 (0 accepted: u32 count, u32 target frames; 1 rejected: u8 reason, then by reason
//!                1 several faces: u32, 2 quality: list of u8 issues, 4 another user: text, f32,
//!                5 somebody else: f32; text message)
//! kind 5       footage: u8 (0 taken: u32 frames; 1 no face)
//! kind 6       nothing: no waiting result, or sound was taken
//!
//! face         f32 x, y, width, height; f32 x, y of left eye, right eye, nose, left and right corner of the mouth;
//!              f32 score
//! quality      f32 eye distance, yaw, pitch, roll, sharpness, brightness, contrast, clipped
//! identity     u8 (0 user: text name, f32 similarity; 1 unknown: optional f32 nearest, u8 reason)
//! emotion      text label, u8 adapted, list of u8 modalities, list of: text label, f32 probability,
//!              optional affect: f32 valence, f32 arousal
//! ```

use crate::error::CoreError;
use crate::handles::Answer;
use crate::results::{
    Affect, ClipStep, Emotion, EnrollmentStep, FaceBounds, FaceLandmarks, FaceResult, HeardSpeech, Identity, Quality,
    QualityIssue, Rejection, StreamEvent, StreamResult, TrackedFace, Unsure,
};

/// Version of the layout.
pub const VERSION: u16 = 6;

/// Length of the header, bytes.
pub const HEADER: usize = 8;

/// Writes one result.
pub(crate) struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Creates a writer that replaces the content of `bytes`.
    pub fn over(bytes: &'a mut Vec<u8>) -> Self {
        bytes.clear();
        Self { bytes }
    }

    /// Writes the answer to a frame.
    pub fn answer(mut self, answer: &Answer) {
        match answer {
            Answer::Still(result) => {
                self.begin(1);
                self.u32(result.width);
                self.u32(result.height);
                self.list(&result.faces, Self::still_face);
                self.u32(result.turn_degrees);
            }
            Answer::Video(result) => return self.stream(result),
            Answer::Live(submission) => {
                self.begin(3);
                self.u8(*submission as u8);
            }
            Answer::Enrollment(step) => {
                self.begin(4);
                self.enrollment(step);
            }
            Answer::Footage(step) => {
                self.begin(5);
                match step {
                    ClipStep::Taken { frames } => {
                        self.u8(0);
                        self.u32(*frames);
                    }
                    ClipStep::NoFace => self.u8(1),
                }
            }
        }
        self.end();
    }

    /// Writes the result of a stream.
    pub fn stream(mut self, result: &StreamResult) {
        self.begin(2);
        self.u64(result.timestamp_us);
        self.u32(result.width);
        self.u32(result.height);
        self.flag(result.detected);
        self.list(&result.faces, Self::tracked_face);
        self.list(&result.events, Self::event);
        self.optional(result.speech.as_ref(), Self::speech);
        self.optional(result.error.as_ref(), Self::failure);
        self.end();
    }

    /// Writes that no result waits, or that sound was taken.
    pub fn nothing(mut self) {
        self.begin(6);
        self.end();
    }

    /// Writes an error.
    pub fn error(mut self, error: &CoreError) {
        self.begin(0);
        self.failure(error);
        self.end();
    }

    fn failure(&mut self, error: &CoreError) {
        self.bytes.extend_from_slice(&error.code().to_le_bytes());
        self.text(error.message());
        self.optional(error.details(), Self::text);
    }

    fn begin(&mut self, kind: u16) {
        self.bytes.extend_from_slice(&VERSION.to_le_bytes());
        self.bytes.extend_from_slice(&kind.to_le_bytes());
        self.u32(0);
    }

    fn end(self) {
        let length = self.bytes.len() as u32;
        self.bytes[4..HEADER].copy_from_slice(&length.to_le_bytes());
    }

    fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    fn flag(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn f32(&mut self, value: f32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, mut write: impl FnMut(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.u32(values.len() as u32);
        for value in values {
            write(self, value);
        }
    }

    fn issue(&mut self, issue: &QualityIssue) {
        self.u8(*issue as u8);
    }

    fn face(&mut self, bounds: &FaceBounds, landmarks: &FaceLandmarks, score: f32) {
        let FaceLandmarks { left_eye, right_eye, nose, left_mouth, right_mouth } = landmarks;
        for value in [bounds.x, bounds.y, bounds.width, bounds.height] {
            self.f32(value);
        }
        for point in [left_eye, right_eye, nose, left_mouth, right_mouth] {
            self.f32(point.x);
            self.f32(point.y);
        }
        self.f32(score);
    }

    fn quality(&mut self, quality: &Quality) {
        let Quality { eye_distance, yaw, pitch, roll, sharpness, brightness, contrast, clipped } = *quality;
        for value in [eye_distance, yaw, pitch, roll, sharpness, brightness, contrast, clipped] {
            self.f32(value);
        }
    }

    fn identity(&mut self, identity: &Identity) {
        match identity {
            Identity::User { name, similarity } => {
                self.u8(0);
                self.text(name);
                self.f32(*similarity);
            }
            Identity::Unknown { nearest, reason } => {
                self.u8(1);
                self.optional(*nearest, Self::f32);
                self.u8(*reason as u8);
            }
        }
    }

    fn emotion(&mut self, emotion: &Emotion) {
        self.text(&emotion.label);
        self.flag(emotion.adapted);
        self.list(&emotion.modalities, |writer, modality| writer.u8(*modality as u8));
        self.list(&emotion.probabilities, |writer, pair| {
            writer.text(&pair.label);
            writer.f32(pair.probability);
        });
        self.optional(emotion.affect, Self::affect);
    }

    fn affect(&mut self, affect: Affect) {
        self.f32(affect.valence);
        self.f32(affect.arousal);
    }

    fn still_face(&mut self, result: &FaceResult) {
        self.face(&result.bounds, &result.landmarks, result.score);
        self.flag(result.principal);
        self.quality(&result.quality);
        self.list(&result.issues, Self::issue);
        self.identity(&result.identity);
        self.optional(result.emotion.as_ref(), Self::emotion);
        self.list(&result.unsure, Self::unsure);
    }

    fn unsure(&mut self, unsure: &Unsure) {
        match unsure {
            Unsure::LowConfidence => self.u8(0),
            Unsure::ShortWindow => self.u8(1),
            Unsure::IdentityOpen => self.u8(2),
            Unsure::Quality { issue } => {
                self.u8(3);
                self.issue(issue);
            }
        }
    }

    fn tracked_face(&mut self, tracked: &TrackedFace) {
        self.u64(tracked.track);
        self.face(&tracked.bounds, &tracked.landmarks, tracked.score);
        self.optional(tracked.identity.as_ref(), Self::identity);
        self.optional(tracked.emotion.as_ref(), Self::emotion);
        self.optional(tracked.label.as_deref(), Self::text);
        self.list(&tracked.unsure, Self::unsure);
        self.optional(tracked.quality.as_ref(), Self::quality);
        self.optional(tracked.analyzed_us, Self::u64);
    }

    fn event(&mut self, event: &StreamEvent) {
        let (number, track) = match event {
            StreamEvent::Began { track } => (0, track),
            StreamEvent::Lost { track } => (1, track),
            StreamEvent::Ended { track } => (2, track),
            StreamEvent::IdentitySettled { track, .. } => (3, track),
            StreamEvent::IdentityLost { track } => (4, track),
            StreamEvent::EmotionChanged { track, .. } => (5, track),
        };
        self.u8(number);
        self.u64(*track);
        match event {
            StreamEvent::IdentitySettled { identity, .. } => self.identity(identity),
            StreamEvent::EmotionChanged { user, from, to, probability, .. } => {
                self.optional(user.as_deref(), Self::text);
                self.optional(from.as_deref(), Self::text);
                self.text(to);
                self.f32(*probability);
            }
            _ => {}
        }
    }

    fn speech(&mut self, speech: &HeardSpeech) {
        self.u64(speech.start_us);
        self.u64(speech.end_us);
        self.flag(speech.ongoing);
        self.optional(speech.speaker, Self::u64);
        self.optional(speech.refusal, |writer, refusal| writer.u8(refusal as u8));
        self.list(&speech.doubts, |writer, doubt| writer.u8(*doubt as u8));
    }

    fn enrollment(&mut self, step: &EnrollmentStep) {
        match step {
            EnrollmentStep::Accepted { count, target_frames } => {
                self.u8(0);
                self.u32(*count);
                self.u32(*target_frames);
            }
            EnrollmentStep::Rejected { reason, message } => {
                self.u8(1);
                self.rejection(reason);
                self.text(message);
            }
        }
    }

    fn rejection(&mut self, rejection: &Rejection) {
        match rejection {
            Rejection::NoFace => self.u8(0),
            Rejection::SeveralFaces { count } => {
                self.u8(1);
                self.u32(*count);
            }
            Rejection::Quality { issues } => {
                self.u8(2);
                self.list(issues, Self::issue);
            }
            Rejection::TooSimilar => self.u8(3),
            Rejection::LooksLikeAnotherUser { name, similarity } => {
                self.u8(4);
                self.text(name);
                self.f32(*similarity);
            }
            Rejection::LooksLikeSomebodyElse { similarity } => {
                self.u8(5);
                self.f32(*similarity);
            }
            Rejection::Enough => self.u8(6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_version_kind_and_length() {
        let mut bytes = vec![9; 100];
        let error = CoreError::new(crate::ErrorCode::Closed, "over");
        Writer::over(&mut bytes).error(&error);
        let said = [&13i32.to_le_bytes()[..], &4u32.to_le_bytes(), b"over"].concat();
        assert_eq!(bytes, [&[6, 0, 0, 0, 21, 0, 0, 0][..], &said, &[0]].concat());
        Writer::over(&mut bytes).error(&error.with_details("Wanda"));
        assert_eq!(bytes, [&[6, 0, 0, 0, 30, 0, 0, 0][..], &said, &[1], &5u32.to_le_bytes(), b"Wanda"].concat());
        Writer::over(&mut bytes).nothing();
        assert_eq!(bytes, [6, 0, 6, 0, 8, 0, 0, 0]);
        Writer::over(&mut bytes).answer(&Answer::Live(crate::Submission::Unchanged));
        assert_eq!(bytes, [6, 0, 3, 0, 9, 0, 0, 0, 2]);
    }

    #[test]
    fn optional_values_and_lists_say_that_they_are_there() {
        let mut bytes = Vec::new();
        let identity = Identity::Unknown { nearest: None, reason: crate::UnknownReason::BelowThreshold };
        let event = StreamEvent::IdentitySettled { track: 7, identity };
        let speech = HeardSpeech {
            start_us: 1,
            end_us: 2,
            ongoing: true,
            speaker: None,
            refusal: Some(crate::SpeechRefusal::Doubtful),
            doubts: vec![crate::SpeechDoubt::Noisy, crate::SpeechDoubt::NoVoice],
        };
        let (faces, events) = (Vec::new(), vec![event]);
        let error = Some(CoreError::new(crate::ErrorCode::Internal, "broken"));
        let (timestamp_us, width, height, detected, speech) = (3, 640, 480, true, Some(speech));
        let result = StreamResult { timestamp_us, width, height, faces, events, detected, speech, error };
        Writer::over(&mut bytes).stream(&result);
        let expected = [
            &[6, 0, 2, 0, 88, 0, 0, 0][..],
            &3u64.to_le_bytes(),
            &640u32.to_le_bytes(),
            &480u32.to_le_bytes(),
            &[1],
            &0u32.to_le_bytes(),
            &1u32.to_le_bytes(),
            &[3],
            &7u64.to_le_bytes(),
            &[1, 0, 1],
            &[1],
            &1u64.to_le_bytes(),
            &2u64.to_le_bytes(),
            &[1, 0, 1, 0],
            &2u32.to_le_bytes(),
            &[2, 5],
            &[1],
            &14i32.to_le_bytes(),
            &6u32.to_le_bytes(),
            b"broken",
            &[0],
        ]
        .concat();
        assert_eq!(bytes, expected);
    }
}
