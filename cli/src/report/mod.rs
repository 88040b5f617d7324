//! The results of inputs: as text, as JSON and as a CSV table, written while they come.

mod json;
mod speech;
mod table;

use std::path::PathBuf;

use mien_core::{Emotion, Unsure};

use mien_core::engine::FaceResult;
use mien_core::face::quality::{Quality, QualityIssue};
use serde::Serialize;

use crate::media::Kind;
use crate::process::terminal::lossy;
use crate::text::{counted, described};

pub use json::{JsonLine, JsonList};
pub use speech::{SegmentReport, SpeechReport};
pub use table::Table;

/// What is known of an input before its first frame.
#[derive(Serialize)]
pub struct InputStart {
    /// The input as it was given.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Picture, folder, video or sound.
    pub kind: Kind,
    /// When it was taken, if its file says so: date and time by the camera's clock, with the offset from UTC if known.
    pub captured: Option<String>,
}

/// The results of one input, apart from its frames.
#[derive(Serialize)]
pub struct InputReport {
    /// What is known before the first frame.
    #[serde(skip)]
    pub input: InputStart,
    /// Mean number of frames per second; 0 for a picture.
    pub fps: f64,
    /// Number of analyzed frames.
    pub frames: usize,
    /// Number of analyzed frames with at least one face.
    pub frames_with_face: usize,
    /// User whose face is the principal one (large and central) over all frames.
    pub user: Option<String>,
    /// Emotion of the principal face over all frames, by mean pooling, and of the voice.
    pub emotion: Option<Emotion>,
    /// Why the emotion is unreliable; empty if it is reliable. A quality issue counts if at least half of the frames have
    /// it.
    pub unsure: Vec<Unsure>,
    /// What is missing of a clip that was not read to its end.
    pub shortfall: Option<String>,
    /// The speech of a video or of sound; `None` if nobody listened.
    pub speech: Option<SpeechReport>,
    /// Number of analyzed frames with several faces.
    #[serde(skip)]
    pub frames_with_several: usize,
    /// The frame of a picture, for the text.
    #[serde(skip)]
    pub picture: Option<FrameReport>,
    /// Time of the last analyzed frame in seconds, for the text.
    #[serde(skip)]
    pub seconds: f64,
}

impl InputReport {
    /// Creates the report of an input before its first frame.
    pub fn new(input: InputStart) -> Self {
        Self {
            input,
            fps: 0.0,
            frames: 0,
            frames_with_face: 0,
            user: None,
            emotion: None,
            unsure: Vec::new(),
            shortfall: None,
            speech: None,
            frames_with_several: 0,
            picture: None,
            seconds: 0.0,
        }
    }

    /// Counts a frame.
    pub fn count(&mut self, frame: FrameReport) {
        self.frames += 1;
        self.frames_with_face += usize::from(!frame.faces.is_empty());
        self.frames_with_several += usize::from(frame.faces.len() > 1 || frame.more_faces);
        self.seconds = frame.time_s;
        if self.input.kind == Kind::Picture {
            self.picture = Some(frame);
        }
    }
}

/// The results of one frame.
#[derive(Serialize)]
pub struct FrameReport {
    /// Index of the frame in the input, from 0.
    pub index: usize,
    /// Seconds since the start of the input.
    pub time_s: f64,
    /// The file of the frame: a member of a folder of frames, or the input.
    #[serde(serialize_with = "lossy")]
    pub file: PathBuf,
    /// The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if a picture lies on
    /// its side. Positions are those in the picture as it lies.
    pub turn: u32,
    /// Whether the picture has more faces than `--max-faces`.
    pub more_faces: bool,
    /// Faces, highest detection score first.
    pub faces: Vec<FaceReport>,
}

/// The results of one face.
#[derive(Serialize)]
pub struct FaceReport {
    /// Left, top, width and height in pixels.
    #[serde(rename = "box")]
    pub bounds: [f32; 4],
    /// Eyes, nose tip and mouth corners as x and y in pixels.
    pub landmarks: [[f32; 2]; 5],
    /// Detection score, 0 to 1.
    pub score: f32,
    /// Whether this is the principal face of the frame.
    pub principal: bool,
    /// Name of the user; null for an unknown person.
    pub user: Option<String>,
    /// Similarity to the most similar user; null without users.
    pub similarity: Option<f32>,
    /// Emotion according to the user's head or the generic one.
    pub emotion: Option<Emotion>,
    /// Why the emotion is unreliable; empty if it is reliable.
    pub unsure: Vec<Unsure>,
    /// Measured quality.
    pub quality: Quality,
    /// Quality issues.
    pub issues: Vec<QualityIssue>,
}

impl FaceReport {
    /// Creates the report of `face`; `principal` tells whether it is the principal one.
    pub fn new(face: &FaceResult, principal: bool) -> Self {
        let bounds = face.face.bounds;
        Self {
            bounds: [bounds.x, bounds.y, bounds.width, bounds.height],
            landmarks: face.face.landmarks,
            score: face.face.score,
            principal,
            user: face.identity.user().map(str::to_owned),
            similarity: face.identity.similarity(),
            emotion: face.emotion.clone(),
            unsure: face.unsure.clone(),
            quality: face.quality,
            issues: face.issues.clone(),
        }
    }
}

/// Returns the report of a clip as lines for people.
fn clip_summary(report: &InputReport) -> Vec<String> {
    let path = report.input.path.display();
    let (seconds, who) = (report.seconds, report.user.as_deref().unwrap_or("unknown person"));
    let what = match &report.emotion {
        Some(emotion) => {
            let by = speech::by(&emotion.modalities);
            format!("{who}, mostly {}{by}", described(emotion, &report.unsure))
        }
        None if report.frames_with_face > 0 => format!("{who}, no head, so no emotion"),
        None => "no face".to_owned(),
    };
    let (with, all) = (report.frames_with_face, report.frames);
    let line = format!("{path}: {seconds:.1} s, a face in {with} of {}: {what}", counted(all, "frames"));
    let speech = report.speech.as_ref().map(SpeechReport::lines).unwrap_or_default();
    [line].into_iter().chain(speech.into_iter().map(|line| format!("{path}: {line}"))).collect()
}

/// Returns the report as lines for people.
pub fn summary(report: &InputReport) -> Vec<String> {
    let path = report.input.path.display();
    if let (Kind::Sound, Some(speech)) = (report.input.kind, &report.speech) {
        let answer = report.emotion.as_ref().map(|emotion| described(emotion, &report.unsure));
        let lines = speech.alone(report.user.as_deref(), answer);
        return lines.into_iter().map(|line| format!("{path}: {line}")).collect();
    }
    let Some(picture) = &report.picture else { return clip_summary(report) };
    if picture.faces.is_empty() {
        return vec![format!("{path}: no face")];
    }
    let turn = match picture.turn {
        0 => String::new(),
        180 => "; the picture is upside down".to_owned(),
        turn => format!("; the picture lies on its side: turn it {turn} degrees clockwise"),
    };
    let line = |face: &FaceReport| {
        let who = face.user.as_deref().unwrap_or("unknown person");
        let what = match &face.emotion {
            Some(emotion) => described(emotion, &face.unsure),
            None => "no head, so no emotion".to_owned(),
        };
        let issues: String = face.issues.iter().map(|issue| format!("; {issue}")).collect();
        let [x, y, width, height] = face.bounds;
        format!("{path}: face at {x:.0},{y:.0} {width:.0}x{height:.0}: {who}, {what}{issues}{turn}")
    };
    let more = picture
        .more_faces
        .then(|| format!("{path}: more than {} faces; --max-faces N allows more", picture.faces.len()));
    picture.faces.iter().map(line).chain(more).collect()
}
