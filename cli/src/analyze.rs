//! `mien analyze`: faces and emotions of pictures, folders of frames and videos.

use std::path::{Path, PathBuf};

use mien_core::Emotion;
use mien_core::Engine;
use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::face::principal;
use mien_core::face::quality::{Quality, QualityIssue};
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use serde::Serialize;

use crate::annotate;
use crate::args::{AnalyzeArgs, Shared};
use crate::destination::{Destination, Outputs, Readers};
use crate::failure::{Failure, Naming, Outcome};
use crate::interrupt::check_interrupt;
use crate::media::{Kind, Media, Picture, kind_of};
use crate::output::{counter, lossy, print_json, progress, say};
use crate::plot::{Plot, Timeline};
use crate::skipped::{self, or_skip};
use crate::{recording, session};

/// What one input holds.
#[derive(Serialize)]
pub struct InputReport {
    /// The input as it was given.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Picture, folder or video.
    pub kind: Kind,
    /// Frames a second; 0 for a picture.
    pub fps: f64,
    /// Frames looked at.
    pub frames: usize,
    /// Frames with at least one face.
    pub frames_with_face: usize,
    /// Who the principal face (large and central) belongs to, over all frames.
    pub user: Option<String>,
    /// What the principal face shows over all frames, by mean pooling.
    pub emotion: Option<Emotion>,
    /// Each frame looked at.
    pub results: Vec<FrameReport>,
}

/// What one frame holds.
#[derive(Serialize)]
pub struct FrameReport {
    /// The frame's number in the input, from 0.
    pub index: usize,
    /// Seconds from the start.
    pub time_s: f64,
    /// Its faces, best detection first.
    pub faces: Vec<FaceReport>,
}

/// One face.
#[derive(Serialize)]
pub struct FaceReport {
    /// Left, top, width, height in pixels.
    #[serde(rename = "box")]
    pub bounds: [f32; 4],
    /// Eyes, nose tip, mouth corners.
    pub landmarks: [[f32; 2]; 5],
    /// The detector's score.
    pub score: f32,
    /// Whether this is the face that the frame is about.
    pub principal: bool,
    /// The user's name; null for an unknown person.
    pub user: Option<String>,
    /// Similarity to the most similar user.
    pub similarity: Option<f32>,
    /// Emotion by the user's head or the generic one.
    pub emotion: Option<Emotion>,
    /// Measurements.
    pub quality: Quality,
    /// Why the face is not a good one.
    pub issues: Vec<QualityIssue>,
}

impl FaceReport {
    fn new(face: &FaceResult, principal: bool) -> Self {
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

/// Runs the command.
pub fn run(shared: &Shared, args: &AnalyzeArgs) -> Outcome {
    let mut outputs = Outputs::new(shared, args.json).reading(&args.inputs);
    let csv = args.csv.as_deref().map(|file| outputs.file(file, Readers::Owner)).transpose()?;
    let mut drawings = Vec::new();
    let several = args.inputs.len() > 1;
    for input in &args.inputs {
        let Some(kind) = or_skip(kind_of(input), several)? else { continue };
        let drawing = args.annotate.as_deref().map(|out| Drawing::new(&mut outputs, out, input, kind)).transpose()?;
        drawings.push((input, drawing));
    }
    let engine = session::engine_with_store_if_any(shared)?;
    let mut reports = Vec::new();
    for (input, drawing) in drawings {
        let Some(report) = or_skip(analyze(&engine, input, args.every as usize, drawing), several)? else { continue };
        if !args.json {
            for line in summary(&report) {
                say(line)?;
            }
        }
        reports.push(report);
    }
    if reports.is_empty() {
        return Err(Failure::new(format!("none of the {} inputs can be read", args.inputs.len())));
    }
    if let Some(file) = &csv {
        file.write(&table(&reports).map_err(|error| Failure::new(format!("{file}: {error}")))?)?;
        say(format!("wrote {file}"))?;
    }
    let recorded = if args.timeline { recording::record(&engine, args, &reports)? } else { Vec::new() };
    if args.json {
        let mut object = serde_json::json!({ "inputs": reports, "unreadable": skipped::list() });
        if args.timeline {
            object["timeline"] = serde_json::json!(recorded);
        }
        print_json(&object)?;
    } else {
        recorded.iter().try_for_each(say)?;
    }
    // The results are out; a script also learns by the exit code that a picture showed nobody.
    let faceless: Vec<_> = reports
        .iter()
        .filter(|report| report.kind == Kind::Picture && report.frames_with_face == 0)
        .map(|report| report.path.display().to_string())
        .collect();
    if faceless.is_empty() { Ok(()) } else { Err(Failure::new(format!("no face in {}", faceless.join(", ")))) }
}

/// Analyses one input, and draws what was found.
pub fn analyze(engine: &Engine, input: &Path, every: usize, mut drawing: Option<Drawing>) -> Outcome<InputReport> {
    let mut media = Media::open(input)?;
    let (kind, fps) = (media.kind, media.fps);
    let bar = match media.length {
        Some(length) => progress(length, "frames"),
        None => counter("video"),
    };
    let mut results = Vec::new();
    let mut vectors = ClipVectors::default();
    while let Some(picture) = media.next_picture()? {
        check_interrupt()?;
        let index = media.index();
        if index.is_multiple_of(every) {
            let frame = picture.frame()?;
            let result = engine.process(&frame).naming(input).map_err(Failure::of_input)?;
            let found: Vec<_> = result.faces.iter().map(|face| face.face).collect();
            let nearest = principal(&found, frame.upright_size());
            let main = result.faces.iter().find(|face| Some(&face.face) == nearest);
            if let Some(face) = main {
                vectors.push(face);
            }
            let time_s = if fps > 0.0 { index as f64 / fps } else { 0.0 };
            let faces = result.faces.iter().map(|face| FaceReport::new(face, Some(&face.face) == nearest)).collect();
            if let Some(drawing) = &mut drawing {
                drawing.add(&picture, &result.faces, main)?;
            }
            results.push(FrameReport { index, time_s, faces });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let (identity, emotion) = vectors.verdict(engine)?;
    let report = InputReport {
        path: input.to_path_buf(),
        kind,
        fps,
        frames: results.len(),
        frames_with_face: results.iter().filter(|frame| !frame.faces.is_empty()).count(),
        user: identity.as_ref().and_then(Identity::user).map(str::to_owned),
        emotion,
        results,
    };
    if let Some(drawing) = drawing {
        drawing.finish(&report)?;
    }
    Ok(report)
}

/// The principal face's vectors over a clip.
#[derive(Default)]
struct ClipVectors {
    frames: Vec<Vec<f32>>,
    identity: Vec<f32>,
}

impl ClipVectors {
    fn push(&mut self, face: &FaceResult) {
        self.frames.push(face.features.head_input());
        self.identity.resize(face.features.identity.len(), 0.0);
        for (sum, value) in self.identity.iter_mut().zip(&face.features.identity) {
            *sum += value;
        }
    }

    /// Whose clip it is (by the mean embedding) and what it shows (by mean pooling).
    fn verdict(mut self, engine: &Engine) -> Outcome<(Option<Identity>, Option<Emotion>)> {
        if self.frames.is_empty() {
            return Ok((None, None));
        }
        normalize(&mut self.identity);
        let identity = engine.identify(&self.identity);
        let emotion = engine.emotion(&Clip::from_frames(&self.frames)?, &identity)?;
        Ok((Some(identity), emotion))
    }
}

/// Frames of a clip that its contact sheet shows at most.
const MAX_ON_SHEET: usize = 24;

/// The drawings of one input.
pub struct Drawing {
    name: String,
    files: Files,
    /// Evenly spaced frames; whenever there are twice too many, every second one goes.
    kept: Vec<annotate::Tile>,
    seen: usize,
    spacing: usize,
}

/// Where the drawings of one input go.
enum Files {
    Picture(Destination),
    Clip { sheet: Destination, timeline: [Destination; 2] },
}

impl Drawing {
    /// The drawings of `input` in `folder`: under the input's name, or one beside it that no other output has.
    pub fn new(outputs: &mut Outputs, folder: &Path, input: &Path, kind: Kind) -> Outcome<Self> {
        let stem = input.file_stem().unwrap_or("input".as_ref());
        let endings: &[&str] = match kind {
            Kind::Picture => &[".png"],
            Kind::Folder | Kind::Video => &["-sheet.png", "-timeline.svg", "-timeline.png"],
        };
        let (name, files) = outputs.files_in(folder, stem, endings, Readers::Owner)?;
        let mut files = files.into_iter();
        let files = match (files.next(), files.next(), files.next()) {
            (Some(sheet), Some(svg), Some(png)) => Files::Clip { sheet, timeline: [svg, png] },
            (Some(picture), None, None) => Files::Picture(picture),
            _ => return Err(Failure::new(format!("{}: no name for its drawings", input.display()))),
        };
        Ok(Self { name: name.to_string_lossy().into_owned(), files, kept: Vec::new(), seen: 0, spacing: 1 })
    }

    fn add(&mut self, picture: &Picture, faces: &[FaceResult], main: Option<&FaceResult>) -> Outcome {
        if let Files::Picture(file) = &self.files {
            return annotate::save(file, &annotate::picture(picture, faces)?);
        }
        if self.seen.is_multiple_of(self.spacing) {
            self.kept.push(annotate::tile(picture, faces, main)?);
            if self.kept.len() >= 2 * MAX_ON_SHEET {
                let mut position = 0;
                self.kept.retain(|_| {
                    position += 1;
                    position % 2 == 1
                });
                self.spacing *= 2;
            }
        }
        self.seen += 1;
        Ok(())
    }

    fn finish(self, report: &InputReport) -> Outcome {
        let Files::Clip { sheet, timeline } = &self.files else { return Ok(()) };
        let shown = self.kept.len().min(MAX_ON_SHEET);
        let tiles: Vec<_> = (0..shown).map(|index| self.kept[index * self.kept.len() / shown].clone()).collect();
        annotate::save(sheet, &annotate::sheet(&tiles)?)?;
        Timeline::of(report, &self.name).save(timeline.each_ref())
    }
}

/// The report for people.
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
        return vec![format!("{path}: {seconds:.1} s, a face in {with} of {all} frames: {what}")];
    }
    let faces: Vec<&FaceReport> = report.results.iter().flat_map(|frame| &frame.faces).collect();
    if faces.is_empty() {
        return vec![format!("{path}: no face")];
    }
    faces
        .iter()
        .map(|face| {
            let who = face.user.as_deref().unwrap_or("unknown person");
            let what = face.emotion.as_ref().map_or("no generic head".to_owned(), described);
            let issues: String = face.issues.iter().map(|issue| format!("; {issue}")).collect();
            let [x, y, width, height] = face.bounds;
            format!("{path}: face at {x:.0},{y:.0} {width:.0}x{height:.0}: {who}, {what}{issues}")
        })
        .collect()
}

/// `happy 93 %`, and whether the user's own head said so.
pub fn described(emotion: &Emotion) -> String {
    answer(&emotion.label, emotion.confidence(), emotion.adapted)
}

/// A head's answer for people.
pub fn answer(label: &str, probability: f32, adapted: bool) -> String {
    let own = if adapted { " (own head)" } else { "" };
    format!("{label} {:.0} %{own}", 100.0 * probability)
}

/// One line per face and frame, as CSV.
fn table(reports: &[InputReport]) -> Result<Vec<u8>, csv::Error> {
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
