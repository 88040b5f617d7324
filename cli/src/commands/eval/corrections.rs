//! `mien eval corrections`: accuracy against the number of corrections.

use std::path::Path;

use mien_eval::corrections::{CorrectionOptions, CorrectionScores, LineScore, LineScores, Study};
use mien_eval::datasets::Dataset;
use mien_eval::protocol::ProtocolOptions;
use mien_eval::pseudo_clips::Growth;
use serde_json::{Value, json};

use super::generic::{features_name, refuse_generic};
use super::heads::{Heads, on_threads};
use crate::args::{EvalCorrectionsArgs, Shared};
use crate::commands::labeled::{Collected, collect, open_all, say_left_out};
use crate::process::failure::{Naming, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::{counted, percent};

/// A way to correct: whether right answers are confirmed, whether the full fit follows, and whether
/// some labels are wrong.
#[derive(Clone, Copy)]
struct Way {
    confirm: bool,
    full: bool,
    wrong: bool,
}

impl Way {
    const ALL: [Self; 8] = {
        const fn way(index: usize) -> Way {
            Way { wrong: index & 4 != 0, confirm: index & 2 != 0, full: index & 1 != 0 }
        }
        [way(0), way(1), way(2), way(3), way(4), way(5), way(6), way(7)]
    };
}

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalCorrectionsArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let fresh = engine.fresh_head(args.head)?;
    let sets = open_all(std::iter::once(&args.data))?;
    let sets: Vec<&Dataset> = sets.iter().collect();
    let collected = collect(&engine, &sets, fresh.labels(), &Growth::new(None, args.seed), shared.jobs())?.remove(0);
    let protocol = ProtocolOptions { seed: args.seed, fresh: args.fresh, ..ProtocolOptions::for_kind(args.head) };
    let extractor = engine.extractor();
    let options = CorrectionOptions {
        seed: args.seed,
        wrong: 0.0,
        confirm: false,
        full: false,
        expression: extractor.head_dimension() - extractor.appearance_dimension(),
    };
    let heads = Heads::default();
    let set = Path::new(&sets[0].name);
    let study = || Study::new(&collected.clips, &fresh, &protocol, |step| heads.observe(step));
    let study = on_threads(shared.jobs(), study)?.naming(set)?;
    drop(heads);
    let single = on_threads(shared.jobs(), || study.lines(&options))?.naming(set)?;
    let mut measured = Vec::new();
    for way in Way::ALL {
        let wrong = if way.wrong { args.wrong } else { 0.0 };
        let options = CorrectionOptions { wrong, confirm: way.confirm, full: way.full, ..options.clone() };
        measured.push((way, on_threads(shared.jobs(), || study.streams(&options))?.naming(set)?));
    }
    if args.json {
        return print_json(&report(args, sets[0], &features_name(&engine), &single, &measured));
    }
    print(args, sets[0], &collected, &single, &measured)
}

fn report(
    args: &EvalCorrectionsArgs,
    set: &Dataset,
    features: &str,
    single: &LineScores,
    measured: &[(Way, CorrectionScores)],
) -> Value {
    let ways: Vec<Value> = measured
        .iter()
        .map(|(way, scores)| {
            let wrong = if way.wrong { args.wrong } else { 0.0 };
            json!({ "wrong": wrong, "confirm": way.confirm, "full": way.full, "scores": scores })
        })
        .collect();
    json!({
        "dataset": set.name, "head": args.head.name(), "features": features,
        "generic_from": if args.fresh { "the network's own last layer" } else { "leave subjects out" },
        "seed": args.seed, "single": single, "ways": ways,
    })
}

fn print(
    args: &EvalCorrectionsArgs,
    set: &Dataset,
    collected: &Collected,
    single: &LineScores,
    measured: &[(Way, CorrectionScores)],
) -> Outcome {
    let sessions = measured.first().map_or(0, |(_, scores)| scores.sessions);
    say(format!(
        "{}: {}, {} left out in turn",
        set.name,
        counted(collected.clips.len(), "clips"),
        counted(sessions, "sessions")
    ))?;
    say_left_out(&collected.other_labels)?;
    say_single("one wrong answer corrected", &single.right)?;
    say_single("one answer called something that it is not", &single.wrong)?;
    for (way, scores) in measured {
        let who = if way.confirm { "wrong answers corrected, right ones confirmed" } else { "wrong answers corrected" };
        let how = if way.full { "full fit" } else { "step" };
        let slips = if way.wrong {
            format!(", {} of the labels random", percent(f64::from(args.wrong)))
        } else {
            String::new()
        };
        say(format!("{how}, {who}{slips}: {:.1} ms each, {:.1} ms at most", scores.learn_ms, scores.max_learn_ms))?;
        for point in &scores.shown {
            say(format!(
                "  after {:>2} clips: {:.2} corrections, {:.2} confirmations, accuracy {}, {} harmed",
                point.clips,
                point.corrections,
                point.confirmations,
                percent(point.accuracy),
                counted(point.harmed, "sessions"),
            ))?;
        }
        for point in &scores.corrected {
            say(format!(
                "  with {:>2} corrections or more ({}): accuracy {}, {} without",
                point.corrections,
                counted(point.sessions, "sessions"),
                percent(point.accuracy),
                percent(point.generic),
            ))?;
        }
    }
    Ok(())
}

fn say_single(what: &str, score: &LineScore) -> Outcome {
    say(format!(
        "{what} ({}, each alone): taken {}, accuracy {} -> {}, better after {}, worse after {}",
        counted(score.lines, "times"),
        percent(score.taken),
        percent(score.before),
        percent(score.after),
        percent(score.helped),
        percent(score.harmed),
    ))
}
