//! `mien adapt`: a user's own head from labeled clips.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mien_core::Engine;
use mien_core::engine::{Footage, LabeledClip, UnlabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::labels::index_of;
use mien_core::train::adapt::{AdaptOptions, AdaptReport, LeftOut, Mode, PseudoLabels, WhyLeftOut};
use serde_json::json;

use crate::args::{AdaptArgs, Shared};
use crate::commands::labeled::{clips_in, name_of};
use crate::media::entries_of;
use crate::process::exit;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, interrupted};
use crate::process::parallel::in_order;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{Progress, print_json, say};
use crate::session::{check_user, clip_faces, engine_with_store};
use crate::text::{counted, listed, percent, suggestion, whole_percent};
use crate::time::now_ms;

/// Runs the command.
pub fn run(shared: &Shared, args: &AdaptArgs) -> Outcome {
    let engine = engine_with_store(shared)?;
    check_user(&engine, &args.name)?;
    let options = AdaptOptions {
        gate: !args.no_gate,
        pseudo_labels: args.pseudo_labels.then(PseudoLabels::default),
        unchecked_faces: args.unchecked_faces,
        ..AdaptOptions::default()
    };
    let lessons = Lessons { clips: &args.clips, unlabeled: args.unlabeled.as_deref(), confirmed: &args.confirm_label };
    let Learned { report, skipped } = learn(&engine, &args.name, args.head, &lessons, &options, shared.jobs())?;
    if args.json {
        let skipped: Vec<_> = skipped.iter().map(|path| path.to_string_lossy()).collect();
        print_json(&json!({
            "user": args.name, "head": args.head.name(), "skipped": skipped, "unreadable": skipped::list(), "report": report,
        }))?;
    } else {
        for path in &skipped {
            say(format!("not used: {}: no face", path.display()))?;
        }
        lines(&args.name, &report).into_iter().try_for_each(say)?;
    }
    if report.refusal.is_some() {
        let why = format!("refused: {} keeps the previous head: {}", args.name, report.reason);
        return Err(Failure::new(why).with_exit_code(exit::REFUSED));
    }
    skipped::not_learned(report.left_out.len());
    Ok(())
}

/// What a head is learned from.
pub struct Lessons<'a> {
    /// A folder with one folder of clips per emotion.
    pub clips: &'a Path,
    /// A folder of clips without labels.
    pub unlabeled: Option<&'a Path>,
    /// Names of the clips whose labels the person confirmed.
    pub confirmed: &'a [String],
}

/// The result of an adaptation, and the clips without a face.
pub struct Learned {
    pub report: AdaptReport,
    pub skipped: Vec<PathBuf>,
}

/// Adapts a head of `kind` for `user` to `lessons`.
pub fn learn(
    engine: &Engine,
    user: &str,
    kind: HeadKind,
    lessons: &Lessons<'_>,
    options: &AdaptOptions,
    jobs: usize,
) -> Outcome<Learned> {
    let labeled = labeled_paths(lessons.clips)?;
    check_labels(engine, &labeled)?;
    let names: Vec<String> = labeled.iter().map(|(_, path)| clip_name(path)).collect();
    let confirmed: Vec<&String> =
        lessons.confirmed.iter().map(|name| confirmed_clip(name, &names)).collect::<Outcome<_>>()?;
    let mut listed: Vec<_> = labeled.into_iter().map(|(label, path)| (Some(label), path)).collect();
    for path in lessons.unlabeled.map(clips_in).transpose()?.unwrap_or_default().0 {
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
            Some(label) => {
                let confirmed = confirmed.contains(&&name);
                clips.push(LabeledClip { name, clip, faces, label, confirmed });
            }
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

/// Returns the one of `names` that `given` names, with or without its extension.
fn confirmed_clip<'a>(given: &str, names: &'a [String]) -> Outcome<&'a String> {
    if let Some(exact) = names.iter().find(|name| *name == given) {
        return Ok(exact);
    }
    let short = |name: &&String| Path::new(name).with_extension("") == Path::new(given);
    let found: Vec<&String> = names.iter().filter(short).collect();
    let why = match found[..] {
        [one] => return Ok(one),
        [] => format!("no clip is called {given:?}{}", suggestion(given, names.iter().map(String::as_str))),
        _ => format!("{given:?} may be {}", listed(&found, " or ")),
    };
    Err(Failure::new(format!("--confirm-label: {why}")).with_exit_code(exit::USAGE))
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
    let from = if clips.is_empty() { String::new() } else { format!(", from clips of {clips},") };
    let percent = |share: f32| percent(f64::from(share));
    let mut lines = vec![match (report.accepted, report.mode) {
        (true, Mode::Labeled) => format!("{user} has a new head of their own, from clips of {clips}: {why}"),
        (true, Mode::Baseline) => format!("{user} has a baseline{from} {why}"),
        (false, _) => {
            format!("{user} keeps the previous head; the new one{from} was refused: {why}")
        }
    }];
    if let (Some(before), Some(after)) = (report.accuracy_before, report.accuracy_after) {
        lines.push(format!("estimated accuracy on new pictures: {} before, {} after", percent(before), percent(after)));
    }
    if let Some(gain) = report.expected_gain {
        lines.push(format!(
            "too few clips to estimate the accuracy; with so many clips, people gained {:.0} points on average",
            100.0 * gain
        ));
    }
    lines.extend(report.left_out.iter().map(|left_out| format!("not learned: {}", described(user, left_out))));
    if report.pseudo_labeled > 0 {
        lines.push(format!("also learned from {}", counted(report.pseudo_labeled, "unlabeled clips")));
    }
    if !report.labels_without_clips.is_empty() && report.mode == Mode::Labeled {
        let kept = if report.rehearsed { "rehearsed from the generic data" } else { "kept as in the generic head" };
        lines.push(format!("no clips of {}: {kept}", report.labels_without_clips.join(", ")));
    }
    lines
}

/// Says why a clip was not learned, and what a person can do about it.
fn described(user: &str, LeftOut { clip, why, .. }: &LeftOut) -> String {
    match why {
        WhyLeftOut::SomebodyElse { similarity } => {
            format!("{clip}: shows somebody else than {user} (similarity {similarity:.2})")
        }
        WhyLeftOut::SeveralPeople => format!("{clip}: shows several people"),
        WhyLeftOut::LooksLike { looks_like, probability } => {
            let name = if clip.contains(char::is_whitespace) { format!("\"{clip}\"") } else { clip.clone() };
            let probability = whole_percent(*probability);
            format!(
                "{clip}: looks like {looks_like} ({probability}); if the label is right, add --confirm-label {name}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_confirmed_by_its_name_with_or_without_the_extension() {
        let names = ["happy/1.png", "happy/2.png", "happy/2.jpg", "sad/take.1"].map(str::to_owned);
        let found = |given| confirmed_clip(given, &names).map(String::as_str).map_err(|failure| failure.to_string());
        assert_eq!(found("happy/1"), Ok("happy/1.png"));
        assert_eq!(found("happy/2.jpg"), Ok("happy/2.jpg"));
        assert_eq!(found("sad/take.1"), Ok("sad/take.1"));
        assert!(found("happy/2").unwrap_err().ends_with("may be happy/2.png or happy/2.jpg"));
        let unknown = confirmed_clip("hapy/1.png", &names).unwrap_err();
        assert!(unknown.to_string().ends_with("did you mean \"happy/1.png\"?"), "{unknown}");
        assert_eq!(unknown.exit_code(), exit::USAGE);
    }

    #[test]
    fn each_left_out_clip_is_named_with_its_reason() {
        let said = |clip: &str, why| described("Wanda", &LeftOut { clip: clip.to_owned(), label: None, why });
        let looks_like = |clip| said(clip, WhyLeftOut::LooksLike { looks_like: "sad".to_owned(), probability: 0.871 });
        assert_eq!(
            looks_like("happy/3.png"),
            "happy/3.png: looks like sad (87 %); if the label is right, add --confirm-label happy/3.png"
        );
        assert!(looks_like("happy/take 3.png").ends_with("--confirm-label \"happy/take 3.png\""));
        assert_eq!(
            said("sad/1", WhyLeftOut::SomebodyElse { similarity: 0.414 }),
            "sad/1: shows somebody else than Wanda (similarity 0.41)"
        );
        assert_eq!(said("sad/1", WhyLeftOut::SeveralPeople), "sad/1: shows several people");
    }
}
