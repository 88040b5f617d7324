//! The results of an input: as JSON, as text, and as a CSV table.

use std::path::PathBuf;

use mien_core::Emotion;
use mien_core::engine::FaceResult;
use mien_core::face::quality::{Quality, QualityIssue};
use serde::Serialize;

use crate::media::Kind;
use crate::process::terminal::lossy;
use crate::text::{counted, described};

/// The results of one input.
#[derive(Serialize)]
pub struct InputReport {
    /// The input as it was given.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Picture, folder or video.
    pub kind: Kind,
    /// Frames per second; 0 for a picture.
    pub fps: f64,
    /// Number of analyzed frames.
    pub frames: usize,
    /// Number of analyzed frames with at least one face.
    pub frames_with_face: usize,
    /// User whose face is the principal one (large and central) over all frames.
    pub user: Option<String>,
    /// Emotion of the principal face over all frames, by mean pooling.
    pub emotion: Option<Emotion>,
    /// The analyzed frames.
    pub results: Vec<FrameReport>,
}

/// The results of one frame.
#[derive(Serialize)]
pub struct FrameReport {
    /// Index of the frame in the input, from 0.
    pub index: usize,
    /// Seconds since the start of the input.
    pub time_s: f64,
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
            quality: face.quality,
            issues: face.issues.clone(),
        }
    }
}

/// Returns the report as lines for people.
pub fn summary(report: &InputReport) -> Vec<String> {
    let path = report.path.display();
    if report.kind != Kind::Picture {
        let seconds = report.results.last().map_or(0.0, |frame| frame.time_s);
        let who = report.user.as_deref().unwrap_or("unknown person");
        let what = match &report.emotion {
            Some(emotion) => format!("{who}, mostly {}", described(emotion)),
            None => "no face".to_owned(),
        };
        let (with, all) = (report.frames_with_face, report.frames);
        return vec![format!("{path}: {seconds:.1} s, a face in {with} of {}: {what}", counted(all, "frames"))];
    }
    let faces: Vec<&FaceReport> = report.results.iter().flat_map(|frame| &frame.faces).collect();
    if faces.is_empty() {
        return vec![format!("{path}: no face")];
    }
    faces
        .iter()
        .map(|face| {
            let who = face.user.as_deref().unwrap_or("unknown person");
            let what = face.emotion.as_ref().map_or("no head, so no emotion".to_owned(), described);
            let issues: String = face.issues.iter().map(|issue| format!("; {issue}")).collect();
            let [x, y, width, height] = face.bounds;
            format!("{path}: face at {x:.0},{y:.0} {width:.0}x{height:.0}: {who}, {what}{issues}")
        })
        .collect()
}

/// Returns a CSV table with a line per face and frame.
pub fn table(reports: &[InputReport]) -> Result<Vec<u8>, csv::Error> {
    let faces = || reports.iter().flat_map(|report| report.results.iter().flat_map(|frame| &frame.faces));
    let mut labels: Vec<&str> = Vec::new();
    for (label, _) in faces().filter_map(|face| face.emotion.as_ref()).flat_map(|emotion| &emotion.probabilities) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["path", "frame", "time_s", "x", "y", "width", "height", "score", "user", "emotion", "adapted"];
    writer.write_record(
        fixed.iter().map(|name| (*name).to_owned()).chain(labels.iter().map(|label| format!("p_{label}"))),
    )?;
    for report in reports {
        for frame in &report.results {
            for face in &frame.faces {
                let mut row =
                    vec![report.path.display().to_string(), frame.index.to_string(), format!("{:.3}", frame.time_s)];
                row.extend(face.bounds.map(|value| format!("{value:.1}")));
                row.push(format!("{:.4}", face.score));
                row.push(face.user.clone().unwrap_or_default());
                let emotion = face.emotion.as_ref();
                row.push(emotion.map(|emotion| emotion.label.clone()).unwrap_or_default());
                row.push(emotion.is_some_and(|emotion| emotion.adapted).to_string());
                for label in &labels {
                    let found = emotion.and_then(|e| e.probabilities.iter().find(|(other, _)| other == label));
                    row.push(found.map(|(_, p)| format!("{p:.4}")).unwrap_or_default());
                }
                writer.write_record(row)?;
            }
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}
