//! `mien adapt`: a user's own head from labelled clips.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mien_core::Engine;
use mien_core::engine::LabelledClip;
use mien_core::head::{Clip, HeadKind};
use mien_core::train::adapt::AdaptReport;
use mien_core::train::fit::FitOptions;
use serde_json::json;

use crate::args::{AdaptArgs, Shared};
use crate::failure::{Failure, Outcome};
use crate::media::entries_of;
use crate::output::{interrupted, print_json, progress, say};
use crate::session::{clip_faces, engine_with_store, now_ms};

/// Runs the command.
pub fn run(shared: &Shared, args: &AdaptArgs) -> Outcome {
    let engine = engine_with_store(shared)?;
    engine.export(&args.name)?;
    let Learnt { report, skipped } = learn(&engine, &args.name, &args.clips, args.head)?;
    if args.json {
        return print_json(
            &json!({ "user": args.name, "head": args.head.name(), "skipped": skipped, "report": report }),
        );
    }
    for path in &skipped {
        say(format!("not used: {}: no face", path.display()))?;
    }
    for line in lines(&args.name, &report) {
        say(line)?;
    }
    Ok(())
}

/// What an adaptation did, and the clips that showed no face.
pub struct Learnt {
    pub report: AdaptReport,
    pub skipped: Vec<PathBuf>,
}

/// Teaches `user` a head of `kind` from the clips in `folder`, one folder per emotion.
pub fn learn(engine: &Engine, user: &str, folder: &Path, kind: HeadKind) -> Outcome<Learnt> {
    let listed = labelled_paths(folder)?;
    let bar = progress(listed.len(), "clips");
    let (mut clips, mut skipped) = (Vec::new(), Vec::new());
    for (label, path) in listed {
        let frames: Vec<_> = clip_faces(engine, &path)?.iter().map(|face| face.features.head_input()).collect();
        if frames.is_empty() {
            skipped.push(path);
        } else {
            clips.push(LabelledClip { clip: Clip::from_frames(&frames)?, label });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = engine.adapt(user, &clips, kind, &FitOptions::for_kind(kind), now_ms(), |_| {
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(Learnt { report, skipped })
}

/// The clips in `folder`, each with the name of the folder that it lies in.
pub fn labelled_paths(folder: &Path) -> Outcome<Vec<(String, PathBuf)>> {
    let mut listed = Vec::new();
    for emotion in entries_of(folder)?.into_iter().filter(|path| path.is_dir()) {
        let label = emotion.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        listed.extend(entries_of(&emotion)?.into_iter().map(|clip| (label.clone(), clip)));
    }
    if listed.is_empty() {
        return Err(Failure::new(format!(
            "{}: no clips: one folder per emotion is expected, each holding clips",
            folder.display()
        )));
    }
    Ok(listed)
}

/// The report for people.
pub fn lines(user: &str, report: &AdaptReport) -> Vec<String> {
    let clips: Vec<_> = report.clips.iter().map(|(label, count)| format!("{count} {label}")).collect();
    let mut lines = vec![
        format!("{user} has a head of their own, from {} clips", clips.join(" and ")),
        format!(
            "on these clips: {:.1} % right before, {:.1} % after learning them",
            100.0 * report.accuracy_before,
            100.0 * report.accuracy_learnt
        ),
    ];
    if let Some(held_out) = report.accuracy_held_out {
        lines.push(format!("on clips held out one at a time: {:.1} %", 100.0 * held_out));
    }
    if !report.labels_without_clips.is_empty() {
        lines.push(format!("no clips of {}: kept as in the generic head", report.labels_without_clips.join(", ")));
    }
    lines
}
