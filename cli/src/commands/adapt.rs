//! `mien adapt`: a user's own head from labeled clips.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mien_core::Engine;
use mien_core::engine::{Footage, LabeledClip, UnlabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::labels::index_of;
use mien_core::train::adapt::{AdaptOptions, AdaptReport, Mode, PseudoLabels};
use serde_json::json;

use crate::args::{AdaptArgs, Shared};
use crate::commands::labeled::{clips_in, name_of};
use crate::media::entries_of;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, interrupted};
use crate::process::parallel::in_order;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{Progress, print_json, say};
use crate::session::{check_user, clip_faces, engine_with_store};
use crate::text::{counted, percent, suggestion};
use crate::time::now_ms;

/// Runs the command.
pub fn run(shared: &Shared, args: &AdaptArgs) -> Outcome {
    let engine = engine_with_store(shared)?;
    check_user(&engine, &args.name)?;
    let options = AdaptOptions {
        gate: !args.no_gate,
        pseudo_labels: args.pseudo_labels.then(PseudoLabels::default),
        ..AdaptOptions::default()
    };
    let Learned { report, skipped } =
        learn(&engine, &args.name, args.head, &args.clips, args.unlabeled.as_deref(), &options, shared.jobs())?;
    if args.json {
        let skipped: Vec<_> = skipped.iter().map(|path| path.to_string_lossy()).collect();
        return print_json(&json!({
            "user": args.name, "head": args.head.name(), "skipped": skipped, "unreadable": skipped::list(), "report": report,
        }));
    }
    for path in &skipped {
        say(format!("not used: {}: no face", path.display()))?;
    }
    for line in lines(&args.name, &report) {
        say(line)?;
    }
    Ok(())
}

/// The result of an adaptation, and the clips without a face.
pub struct Learned {
    pub report: AdaptReport,
    pub skipped: Vec<PathBuf>,
}

/// Adapts a head of `kind` for `user` to the clips in `folder`, which has one folder per emotion, and to the clips in
/// `unlabeled`.
pub fn learn(
    engine: &Engine,
    user: &str,
    kind: HeadKind,
    folder: &Path,
    unlabeled: Option<&Path>,
    options: &AdaptOptions,
    jobs: usize,
) -> Outcome<Learned> {
    let labeled = labeled_paths(folder)?;
    check_labels(engine, &labeled)?;
    let mut listed: Vec<_> = labeled.into_iter().map(|(label, path)| (Some(label), path)).collect();
    for path in unlabeled.map(clips_in).transpose()?.unwrap_or_default().0 {
        listed.push((None, path));
    }
    let several = listed.len() > 1;
    let bar = Progress::new(listed.len(), "clips");
    let (mut clips, mut unlabeled, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let look = |(label, path): (Option<String>, PathBuf)| {
        let faces = check_interrupt().and_then(|()| clip_faces(engine, &path));
        (label, path, faces)
    };
    in_order(jobs, listed.into_iter(), look, |(label, path, faces)| {
        bar.step();
        let Some(faces) = or_skip(faces, several)? else { return Ok(()) };
        let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
        if frames.is_empty() {
            skipped.push(path);
            return Ok(());
        }
        let clip = Clip::from_frames(&frames)?;
        let faces = faces.into_iter().map(|face| face.features.identity).collect();
        let name = clip_name(&path);
        match label {
            Some(label) => clips.push(LabeledClip { name, clip, faces, label, confirmed: false }),
            None => unlabeled.push(UnlabeledClip { name, clip, faces }),
        }
        Ok(())
    })?;
    drop(bar);
    let footage = Footage { clips: &clips, unlabeled: &unlabeled };
    let report = engine.adapt(user, kind, footage, options, now_ms(), |_| {
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(Learned { report, skipped })
}

/// Returns the name of a clip: its folder and file, such as "happy/3.png".
fn clip_name(path: &Path) -> String {
    let parts = path.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
}

/// Fails before any clip is analyzed if no head knows an emotion, with a similar name if there is one.
fn check_labels(engine: &Engine, labeled: &[(String, PathBuf)]) -> Outcome {
    let known = engine.emotion_labels()?;
    match labeled.iter().find(|(label, _)| index_of(&known, label).is_none()) {
        Some((label, _)) if !known.is_empty() => {
            let hint = suggestion(label, known.iter().map(String::as_str));
            Err(Failure::new(format!("the emotion {label:?} is none of {}{hint}", known.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Returns the clips in the folders of `folder`, each with the name of its folder as the label.
pub fn labeled_paths(folder: &Path) -> Outcome<Vec<(String, PathBuf)>> {
    let mut listed = Vec::new();
    for emotion in entries_of(folder)?.into_iter().filter(|path| path.is_dir()) {
        let label = name_of(&emotion);
        listed.extend(clips_in(&emotion)?.0.into_iter().map(|clip| (label.clone(), clip)));
    }
    if listed.is_empty() {
        return Err(Failure::new(format!(
            "{}: no clips: expected one folder per emotion, each with clips",
            folder.display()
        )));
    }
    Ok(listed)
}

/// Returns the report as lines for people.
pub fn lines(user: &str, report: &AdaptReport) -> Vec<String> {
    let clips: Vec<_> = report.clips.iter().map(|(label, count)| format!("{label} ({count})")).collect();
    let (clips, why) = (clips.join(", "), &report.reason);
    let percent = |share: f32| percent(f64::from(share));
    let mut lines = vec![match (report.accepted, report.mode) {
        (true, Mode::Labeled) => format!("{user} has a new head of their own, from clips of {clips}: {why}"),
        (true, Mode::NeutralBaseline) => format!("{user} has a neutral baseline, from clips of {clips}: {why}"),
        (false, _) => {
            format!("{user} keeps the previous head; the new one, from clips of {clips}, was refused: {why}")
        }
    }];
    if let (Some(before), Some(after)) = (report.accuracy_before, report.accuracy_after) {
        lines.push(format!("estimated accuracy on new pictures: {} before, {} after", percent(before), percent(after)));
    }
    if report.pseudo_labeled > 0 {
        lines.push(format!("also learned from {}", counted(report.pseudo_labeled, "unlabeled clips")));
    }
    if !report.labels_without_clips.is_empty() && report.mode == Mode::Labeled {
        let kept = if report.rehearsed { "rehearsed from the generic data" } else { "kept as in the generic head" };
        lines.push(format!("no clips of {}: {kept}", report.labels_without_clips.join(", ")));
    }
    lines
}
