//! `mien eval sequences`: attention over time against the mean.

use mien_core::head::{Head, HeadKind};
use mien_eval::metrics::Interval;
use mien_eval::pseudo_clips::Growth;
use mien_eval::sequences::{SEEN, SequenceOptions, SequenceScores, WayScores, sequences};
use serde_json::json;

use super::generic::refuse_generic;
use super::heads::{Heads, on_threads};
use crate::args::{EvalSequencesArgs, Shared};
use crate::commands::labeled::{Collected, collect, join, open_all, say_left_out};
use crate::process::failure::Outcome;
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::percent;

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalSequencesArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let fresh = HeadKind::ALL.into_iter().map(|kind| engine.fresh_head(kind)).collect::<Result<Vec<Head>, _>>()?;
    let sets = open_all(std::iter::once(&args.data).chain(&args.generic_data))?;
    let names: Vec<_> = sets.iter().collect();
    let growth = Growth::new(None, args.seed);
    let mut collected = collect(&engine, &names, fresh[0].labels(), &growth, shared.jobs())?;
    let others = join(&names[1..], collected.split_off(1));
    let own = collected.remove(0);
    let options = SequenceOptions { seed: args.seed, pull: args.pull, temperature: engine.temperature() };
    let stills = (!args.generic_data.is_empty()).then_some(others.clips.as_slice());
    let progress = Heads::default();
    let evaluate = || sequences(&own.clips, stills, &fresh, &options, |step| progress.observe(step));
    let scores = on_threads(shared.jobs(), evaluate)??;
    drop(progress);
    if args.json {
        let report = json!({
            "dataset": names[0].name,
            "trained_on": trained_on(args),
            "seen": SEEN,
            "no_face": own.no_face,
            "unreadable": own.unreadable,
            "other_labels": own.other_labels,
            "scores": scores,
        });
        return print_json(&report);
    }
    print(&names[0].name, args, &own, &scores)
}

fn trained_on(args: &EvalSequencesArgs) -> String {
    let folders: Vec<_> = args.generic_data.iter().map(|folder| folder.display().to_string()).collect();
    match folders.as_slice() {
        [] => "the sequences of the other people".to_owned(),
        folders => format!("sequences grown from stills of {}", folders.join(", ")),
    }
}

fn print(name: &str, args: &EvalSequencesArgs, own: &Collected, scores: &SequenceScores) -> Outcome {
    say_left_out(own)?;
    let SequenceScores { people, sequences, frames, .. } = scores;
    say(format!("{name}: {sequences} sequences of {people} people, {frames:.1} frames in the mean"))?;
    say("the network without training")?;
    scores.network.iter().try_for_each(print_way)?;
    say(format!("heads trained on {}", trained_on(args)))?;
    scores.trained.iter().try_for_each(print_way)?;
    let seen: Vec<_> = SEEN.iter().map(|seen| percent(*seen)).collect();
    say(format!(
        "streams: accuracy after {} of the frames; frames until the answer is right for good",
        seen.join(", ")
    ))?;
    for way in &scores.trained {
        for stream in &way.streams {
            let accuracy: Vec<_> = stream.accuracy.iter().map(|share| format!("{:5.1}", 100.0 * share)).collect();
            let delay = stream.delay.map_or_else(String::new, |frames| format!("{frames:.1} frames"));
            say(format!("  {:<20} window {:>2}: {} %; {delay}", way.way, stream.window, accuracy.join(" ")))?;
        }
    }
    Ok(())
}

fn print_way(way: &WayScores) -> Outcome {
    let accuracy = match way.accuracy {
        Some(Interval { mean, low, high }) => {
            format!("{} ({:.1} to {:.1})", percent(mean), 100.0 * low, 100.0 * high)
        }
        None => String::new(),
    };
    let gain = match way.gain {
        Some(Interval { mean, low, high }) => {
            format!(", over the mean {:+.1} ({:+.1} to {:+.1}) points", 100.0 * mean, 100.0 * low, 100.0 * high)
        }
        None => String::new(),
    };
    let attention = way
        .last_third
        .map_or_else(String::new, |share| format!(", {} of the attention on the last third", percent(share)));
    say(format!("  {:<24} {accuracy}{gain}{attention}", way.way))
}
