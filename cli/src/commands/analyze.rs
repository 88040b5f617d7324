//! `mien analyze`: faces and emotions of pictures, folders of frames and videos.

use std::path::Path;

use mien_core::Emotion;
use mien_core::Engine;
use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::face::principal;
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;

use crate::args::{AnalyzeArgs, Shared};
use crate::commands::recording;
use crate::draw::drawing::Drawing;
use crate::media::{Kind, Media, kind_of};
use crate::outputs::{Outputs, Readers};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{counter, print_json, progress, say};
use crate::report::{FaceReport, FrameReport, InputReport, summary, table};
use crate::session;
use crate::text::counted;

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
        return Err(Failure::new(format!("none of {} can be read", counted(args.inputs.len(), "inputs"))));
    }
    if let Some(file) = &csv {
        file.write(&table(&reports).map_err(|error| Failure::new(format!("{file}: {error}")))?)?;
        say(format!("wrote {file}"))?;
    }
    let recorded =
        if args.timeline { recording::record(&engine, &reports, args.start_time, args.every)? } else { Vec::new() };
    if args.json {
        let mut object = serde_json::json!({ "inputs": reports, "unreadable": skipped::list() });
        if args.timeline {
            object["timeline"] = serde_json::json!(recorded);
        }
        print_json(&object)?;
    } else {
        recorded.iter().try_for_each(say)?;
    }
    // The results are printed; the exit code tells scripts that a picture has no face.
    let faceless: Vec<_> = reports
        .iter()
        .filter(|report| report.kind == Kind::Picture && report.frames_with_face == 0)
        .map(|report| report.path.display().to_string())
        .collect();
    if faceless.is_empty() { Ok(()) } else { Err(Failure::new(format!("no face in {}", faceless.join(", ")))) }
}

/// Analyzes every `every`-th frame of `input` and draws it into `drawing`.
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
            let frame = FrameReport { index, time_s, faces };
            if let Some(drawing) = &mut drawing {
                drawing.add(&picture, &frame)?;
            }
            results.push(frame);
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
        drawing.finish()?;
    }
    Ok(report)
}

/// Feature vectors of the principal face over a clip.
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

    /// Returns the identity by the mean embedding, and the emotion by mean pooling.
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
