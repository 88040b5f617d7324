//! `mien eval adaptation`: generic and adapted accuracy on a data set.

use std::time::Instant;

use mien_eval::datasets::Dataset;
use mien_eval::end_to_end::{EndToEndScores, adaptation_end_to_end};
use mien_eval::protocol::{AdaptationScores, ProtocolOptions};
use serde_json::json;

use super::generic::{features_name, refuse_generic};
use crate::args::{EvalAdaptationArgs, Shared};
use crate::commands::labeled::{Collected, collect, collect_all, files_of_sets, open_all, say_left_out};
use crate::eval_report::{Files, Measured, Report, figures, lines};
use crate::outputs::Outputs;
use crate::process::failure::Outcome;
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{print_json, progress, say};
use crate::pseudo_clips::Growth;
use crate::session::engine;

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalAdaptationArgs) -> Outcome {
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
