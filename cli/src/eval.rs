//! `mien eval`: figures on data sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::recognition::calibration::MARGIN;
use mien_core::{Engine, labels};
use mien_eval::datasets::{Dataset, Entry, INDEX};
use mien_eval::end_to_end::{EndToEndScores, adaptation_end_to_end};
use mien_eval::identity::{
    ENROLLED, IdentityScores, OpenSetScores, Portrait, VerificationFigures, identity as evaluate_identity,
};
use mien_eval::metrics::Verification;
use mien_eval::protocol::{AdaptationScores, Labeled, ProtocolOptions};
use rayon::prelude::*;
use serde_json::json;

use crate::args::{EvalAdaptationArgs, EvalIdentityArgs, Shared};
use crate::destination::Outputs;
use crate::eval_report::{Files, Measured, Report, figures, lines};
use crate::failure::{Failure, Naming, Outcome};
use crate::interrupt::check_interrupt;
use crate::output::{print_json, progress, say};
use crate::pseudo_clips::Growth;
use crate::session::{clip_faces, engine, engine_with_store, mean_embedding};
use crate::skipped::or_skip;

/// The clips of data sets that can be used, and what could not.
#[derive(Default)]
pub struct Collected {
    pub clips: Vec<Labeled>,
    pub no_face: usize,
    /// How many cannot be read and were left out.
    pub unreadable: usize,
    pub other_labels: BTreeMap<String, usize>,
}

/// Runs `mien eval adaptation`.
pub fn adaptation(shared: &Shared, args: &EvalAdaptationArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let fresh = engine.fresh_head(args.head)?;
    let dataset = Dataset::open(&args.data, &["emotion"])?;
    let others = open_all(&args.generic_data)?;
    let sets = || std::iter::once(&dataset).chain(&others);
    let folders = || std::iter::once(&args.data).chain(&args.generic_data);
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(folders(), sets()));
    let files = args.report.as_deref().map(|folder| Files::new(&mut outputs, folder)).transpose()?;
    let started = Instant::now();
    let growth = Growth::new(args.pseudo_clips, args.seed);
    let collected = collect(&engine, &dataset, fresh.labels(), &growth)?;
    let features = started.elapsed();
    let other_clips = collect_all(&engine, &others, fresh.labels(), &growth)?.clips;
    let bar = progress(0, "heads");
    let options = ProtocolOptions { seed: args.seed, fresh: args.fresh, ..ProtocolOptions::for_kind(args.head) };
    let others = (!others.is_empty()).then_some(other_clips.as_slice());
    let identification = engine.default_calibration();
    let (scores, end_to_end) =
        adaptation_end_to_end(&collected.clips, others, &fresh, &options, identification, |_| bar.inc(1))?;
    bar.finish_and_clear();
    check_interrupt()?;
    let mut report = json!({
        "dataset": dataset.name,
        "head": args.head.name(),
        "features": features_name(&engine),
        "generic_from": match args.generic_data.as_slice() {
            [] if args.fresh => json!("the network's own last layer"),
            [] => json!("leave subjects out"),
            folders => json!(folders.iter().map(|folder| folder.to_string_lossy()).collect::<Vec<_>>()),
        },
        "clips_from": growth.clips_from(),
        "pseudo_clips": growth.grown(),
        "no_face": collected.no_face,
        "unreadable": collected.unreadable,
        "other_labels": collected.other_labels,
        "end_to_end": end_to_end,
        "seed": args.seed,
        "seconds": {
            "features": features.as_secs_f64(),
            "train": scores.train.as_secs_f64(),
            "adapt_per_user": scores.adapt_per_user.as_secs_f64(),
        },
    });
    if let Some(report) = report.as_object_mut() {
        report.extend(figures(&scores));
    }
    if args.json {
        print_json(&report)?;
    } else {
        report_adaptation(&dataset.name, &collected, &growth, &scores)?;
        end_to_end.iter().flat_map(end_to_end_lines).try_for_each(say)?;
        say(format!(
            "seconds: features {:.1}, generic heads {:.1}, a user {:.3}",
            features.as_secs_f64(),
            scores.train.as_secs_f64(),
            scores.adapt_per_user.as_secs_f64()
        ))?;
        if args.fresh {
            say("the generic head is the network's own last layer, without statistics of other people")?;
        }
    }
    let Some(files) = &files else { return Ok(()) };
    let generic_from = match args.generic_data.as_slice() {
        [] if args.fresh => "the network's own last layer, as in an installation without a generic head".to_owned(),
        [] => format!("a head learned from the set's other people ({} folds, nobody on both sides)", options.folds),
        folders => {
            let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
            format!("a head learned from other data sets: {}", names.join(", "))
        }
    };
    let left_out = collected.other_labels.iter().map(|(label, count)| format!("{count} labeled {label:?}"));
    let mut facts = vec![
        ("Data set", dataset.name.clone()),
        ("Head", args.head.name().to_owned()),
        ("Features", features_name(&engine)),
        ("Clips made from", growth.clips_from()),
        ("Seed", args.seed.to_string()),
        ("Users", scores.users.to_string()),
        ("Clips", format!("{}, and {} without a face", scores.clips, collected.no_face)),
    ];
    if !collected.other_labels.is_empty() {
        facts.push(("Clips left out, no class of the head", left_out.collect::<Vec<_>>().join(", ")));
    }
    Report {
        facts,
        generic_from,
        people: "users",
        measured: vec![Measured {
            scores: &scores,
            title: format!("{}, {}", dataset.name, args.head.name()),
            mark: None,
            prefix: "",
            notes: Vec::new(),
        }],
        json: report,
    }
    .write(files)?;
    if args.json { Ok(()) } else { files.say() }
}

/// Refuses a head from a file where the generic head is part of what is measured.
pub fn refuse_generic(shared: &Shared) -> Outcome {
    match &shared.generic {
        Some(file) => Err(Failure::new(format!(
            "--generic {}: an evaluation learns its generic head from people other than those tested, whom a head \
             from a file may have seen; leave --generic out",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// The parts of the vectors that heads take.
pub fn features_name(engine: &Engine) -> String {
    let (all, identity) = (engine.extractor().head_dimension(), engine.extractor().appearance_dimension());
    format!("expression {} + identity {identity}", all - identity)
}

/// Opens labeled data sets, so that a missing one is known before any is looked at.
pub fn open_all(folders: &[PathBuf]) -> Outcome<Vec<Dataset>> {
    Ok(folders.iter().map(|folder| Dataset::open(folder, &["emotion"])).collect::<Result<_, _>>()?)
}

/// The files that are read of `datasets`, which lie in `folders`.
pub fn files_of_sets<'a>(
    folders: impl IntoIterator<Item = &'a PathBuf>,
    datasets: impl IntoIterator<Item = &'a Dataset>,
) -> Vec<PathBuf> {
    let indexes = folders.into_iter().map(|folder| folder.join(INDEX));
    indexes.chain(datasets.into_iter().flat_map(|set| set.entries.iter().map(|entry| entry.path.clone()))).collect()
}

/// The clips of all `datasets` together.
pub fn collect_all(engine: &Engine, datasets: &[Dataset], known: &[String], growth: &Growth) -> Outcome<Collected> {
    let mut all = Collected::default();
    for dataset in datasets {
        let mut one = collect(engine, dataset, known, growth)?;
        // Sets may give the same name to different people.
        one.clips.iter_mut().for_each(|clip| clip.subject = format!("{}/{}", dataset.name, clip.subject));
        all.clips.extend(one.clips);
        all.no_face += one.no_face;
        all.unreadable += one.unreadable;
        for (label, count) in one.other_labels {
            *all.other_labels.entry(label).or_default() += count;
        }
    }
    Ok(all)
}

/// Extracts the clips of `dataset`, several at a time.
fn collect(engine: &Engine, dataset: &Dataset, known: &[String], growth: &Growth) -> Outcome<Collected> {
    let bar = progress(dataset.entries.len(), "clips");
    let several = dataset.entries.len() > 1;
    let looked: Vec<Looked> = dataset
        .entries
        .par_iter()
        .map(|entry| {
            check_interrupt()?;
            let clip = match labels::index_of(known, &entry.emotion) {
                Some(class) => Looked::of(or_skip(labeled(engine, entry, class, growth), several)?),
                None => Looked::OtherLabel,
            };
            bar.inc(1);
            Ok(clip)
        })
        .collect::<Outcome<_>>()?;
    bar.finish_and_clear();
    let mut collected = Collected::default();
    for (entry, clip) in dataset.entries.iter().zip(looked) {
        match clip {
            Looked::Clip(clip) => collected.clips.push(*clip),
            Looked::NoFace => collected.no_face += 1,
            Looked::Unreadable => collected.unreadable += 1,
            Looked::OtherLabel => *collected.other_labels.entry(entry.emotion.clone()).or_default() += 1,
        }
    }
    if collected.clips.is_empty() {
        return Err(Failure::new(format!("{}: no clip shows a face with a known emotion", dataset.name)));
    }
    Ok(collected)
}

/// What became of an entry.
enum Looked {
    Clip(Box<Labeled>),
    NoFace,
    Unreadable,
    OtherLabel,
}

impl Looked {
    /// Of an entry that was left out, or in which a face was looked for.
    fn of(found: Option<Option<Labeled>>) -> Self {
        match found {
            Some(Some(clip)) => Self::Clip(Box::new(clip)),
            Some(None) => Self::NoFace,
            None => Self::Unreadable,
        }
    }
}

fn labeled(engine: &Engine, entry: &Entry, class: usize, growth: &Growth) -> Outcome<Option<Labeled>> {
    let faces = growth.clip_faces(engine, &entry.path)?;
    if faces.is_empty() {
        return Ok(None);
    }
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
        class,
        zero_shot: mean_logits(&faces)
            .and_then(|logits| engine.calibrated(&logits).into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))),
        subject: entry.subject.clone(),
        session: entry.session.clone(),
        embedding: mean_embedding(&faces),
    }))
}

/// The network's own logits, means over the frames.
pub fn mean_logits(faces: &[FaceResult]) -> Option<Vec<f32>> {
    let frames: Vec<&[f32]> = faces.iter().filter_map(|face| face.features.logits.as_deref()).collect();
    let classes = frames.first()?.len();
    let mean = |class: usize| frames.iter().map(|logits| logits[class]).sum::<f32>() / frames.len() as f32;
    Some((0..classes).map(mean).collect())
}

/// Says which labels no class of the head stands for.
pub fn say_left_out(collected: &Collected) -> Outcome {
    for (label, count) in &collected.other_labels {
        say(format!("{count} clips labeled {label:?} are left out: no class of the head"))?;
    }
    Ok(())
}

fn report_adaptation(name: &str, collected: &Collected, growth: &Growth, scores: &AdaptationScores) -> Outcome {
    say(format!("{name}: {} users, {} clips, {} without a face", scores.users, scores.clips, collected.no_face))?;
    say(format!("clips: {}", growth.clips_from()))?;
    say_left_out(collected)?;
    lines(scores, "users").into_iter().try_for_each(say)
}

fn end_to_end_lines(scores: &EndToEndScores) -> [String; 3] {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    [
        format!(
            "end to end, {} users enrolled, default threshold: accuracy {} with the head that identification picks, {} \
             with the user's known",
            scores.users,
            percent(scores.identified_accuracy),
            percent(scores.oracle_accuracy),
        ),
        format!(
            "  clips given to their user {}, to another {}, to nobody {}",
            percent(scores.identified_rate),
            percent(scores.wrong_user_rate),
            percent(scores.missed_user_rate),
        ),
        format!("  strangers given the generic head {}", percent(scores.strangers_generic_rate)),
    ]
}

/// Runs `mien eval identity`.
pub fn identity(shared: &Shared, args: &EvalIdentityArgs) -> Outcome {
    let engine = if args.save { engine_with_store(shared)? } else { engine(shared)? };
    let dataset = Dataset::open(&args.data, &[])?;
    let bar = progress(dataset.entries.len(), "pictures");
    let several = dataset.entries.len() > 1;
    let looked: Vec<Option<Option<Portrait>>> = dataset
        .entries
        .par_iter()
        .map(|entry| {
            check_interrupt()?;
            let found = or_skip(embedding(&engine, &entry.path), several)?;
            bar.inc(1);
            let portrait = |embedding| Portrait { person: entry.subject.clone(), embedding };
            Ok(found.map(|face| face.map(portrait)))
        })
        .collect::<Outcome<_>>()?;
    bar.finish_and_clear();
    let no_face = looked.iter().flatten().filter(|portrait| portrait.is_none()).count();
    let unreadable = looked.iter().filter(|portrait| portrait.is_none()).count();
    let portraits: Vec<_> = looked.into_iter().flatten().flatten().collect();
    let scores =
        evaluate_identity(&portraits, engine.default_calibration(), args.seed).naming(&PathBuf::from(&dataset.name))?;
    if args.save {
        engine.calibrate(scores.calibration.clone())?;
    }
    if args.json {
        return print_json(&identity_json(&dataset, [no_face, unreadable], &scores));
    }
    say(format!(
        "{}: {} people, {} pictures, {no_face} without a face; means over {} splits (± their standard deviation)",
        dataset.name,
        scores.people,
        dataset.entries.len(),
        scores.splits
    ))?;
    for (title, task) in [
        ("pairs: every two pictures".to_owned(), &scores.pairs),
        (format!("templates: one picture against people enrolled with {ENROLLED} others (easier)"), &scores.templates),
    ] {
        say(title)?;
        say(verification_line("calibrated", &task.calibrated))?;
        say(verification_line("plain cosine", &task.plain))?;
    }
    say(format!("open set: {} users enrolled with {ENROLLED} pictures each, as many strangers", scores.users))?;
    say(open_set_line("calibrated", &scores.open_set))?;
    say(open_set_line("default", &scores.default_open_set))?;
    let calibration = &scores.calibration;
    let default = engine.default_calibration();
    say(format!(
        "threshold for 1 / {} users: calibrated {:.3} / {:.3}, default {:.3} / {:.3}; lead over the second user {MARGIN}",
        scores.users,
        calibration.threshold_for(1),
        calibration.threshold_for(scores.users),
        default.threshold_for(1),
        default.threshold_for(scores.users),
    ))?;
    if args.save { say("the calibration is kept in the user store") } else { Ok(()) }
}

fn verification_line(what: &str, VerificationFigures { mean, deviation }: &VerificationFigures) -> String {
    format!(
        "  {what:<13} AUC {:.4}, EER {:.2} ± {:.2} %, TAR {:.3} ± {:.3} at FAR 1 %, {:.3} at FAR 0.1 %",
        mean.auc,
        100.0 * mean.eer,
        100.0 * deviation.eer,
        mean.tar_at_far_1e2,
        deviation.tar_at_far_1e2,
        mean.tar_at_far_1e3
    )
}

fn open_set_line(what: &str, scores: &OpenSetScores) -> String {
    format!(
        "  {what:<13} unknown accepted {:.2} ± {:.2} %, wrong user {:.2} ± {:.2} %, user missed {:.1} ± {:.1} %",
        100.0 * scores.unknown_accepted_rate,
        100.0 * scores.unknown_accepted_deviation,
        100.0 * scores.wrong_user_rate,
        100.0 * scores.wrong_user_deviation,
        100.0 * scores.missed_user_rate,
        100.0 * scores.missed_user_deviation,
    )
}

fn embedding(engine: &Engine, path: &Path) -> Outcome<Option<Vec<f32>>> {
    let faces = clip_faces(engine, path)?;
    Ok(faces.into_iter().next().map(|face| face.features.identity))
}

/// The figures at the top level are those of pairs and of the calibrated open set.
fn identity_json(dataset: &Dataset, [no_face, unreadable]: [usize; 2], scores: &IdentityScores) -> serde_json::Value {
    let Verification { auc, eer, tar_at_far_1e2, tar_at_far_1e3 } = scores.pairs.calibrated.mean;
    let calibration = &scores.calibration;
    json!({
        "dataset": dataset.name,
        "people": scores.people,
        "pictures": dataset.entries.len(),
        "no_face": no_face,
        "unreadable": unreadable,
        "auc": auc,
        "eer": eer,
        "tar_at_far_1e-2": tar_at_far_1e2,
        "tar_at_far_1e-3": tar_at_far_1e3,
        "threshold": calibration.threshold_for(scores.users),
        "threshold_of_one_user": calibration.threshold,
        "threshold_rise": calibration.rise,
        "margin": calibration.margin,
        "wrong_user_rate": scores.open_set.wrong_user_rate,
        "missed_user_rate": scores.open_set.missed_user_rate,
        "unknown_accepted_rate": scores.open_set.unknown_accepted_rate,
        "protocol": "pairs of pictures and open set; center and threshold measured on the other half of the people",
        "splits": scores.splits,
        "users": scores.users,
        "pictures_enrolled": ENROLLED,
        "pairs": scores.pairs,
        "templates": scores.templates,
        "open_set": scores.open_set,
        "default_open_set": scores.default_open_set,
    })
}
