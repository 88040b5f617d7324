//! `mien eval sequences`: attention over time against the mean.

use mien_core::head::{Head, HeadKind};
use mien_core::stream::StreamOptions;
use mien_eval::datasets::Dataset;
use mien_eval::metrics::Interval;
use mien_eval::pseudo_clips::Growth;
use mien_eval::sequences::{
    AT_APEX, AT_REST, SequenceOptions, SequenceScores, Settling, StreamScores, WayScores, sequences,
};
use serde_json::json;

use super::generic::refuse_generic;
use super::heads::{Heads, on_threads};
use crate::args::{EvalSequencesArgs, Shared};
use crate::commands::labeled::{Collected, collect, join, open_all, say_left_out};
use crate::media::{Kind, kind_of};
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::{counted, percent};

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalSequencesArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let fresh = HeadKind::ALL.into_iter().map(|kind| engine.fresh_head(kind)).collect::<Result<Vec<Head>, _>>()?;
    let sets = open_all(std::iter::once(&args.data).chain(&args.generic_data))?;
    refuse_pictures(&sets[0])?;
    let names: Vec<_> = sets.iter().collect();
    let growth = Growth::new(None, args.seed);
    let mut collected = collect(&engine, &names, fresh[0].labels(), &growth, shared.jobs())?;
    let others = join(&names[1..], collected.split_off(1));
    let mut own = collected.remove(0);
    let clips = own.clips.len();
    own.clips.retain(|clip| clip.clip.len() > 1);
    let single_frames = clips - own.clips.len();
    let options = SequenceOptions {
        seed: args.seed,
        pull: args.pull,
        temperature: engine.temperature(),
        mean_start: args.mean_start,
    };
    let stills = (!args.generic_data.is_empty()).then_some(others.clips.as_slice());
    let progress = Heads::default();
    let evaluate = || sequences(&own.clips, stills, &fresh, &options, |step| progress.observe(step));
    let scores = on_threads(shared.jobs(), evaluate)??;
    drop(progress);
    if args.json {
        let report = json!({
            "dataset": names[0].name,
            "trained_on": trained_on(args),
            "attention_from": if args.mean_start { "the mean" } else { "the odds against neutral" },
            "single_frames": single_frames,
            "at_apex": AT_APEX,
            "at_rest": AT_REST,
            "no_face": own.no_face,
            "unreadable": own.unreadable,
            "other_labels": own.other_labels,
            "scores": scores,
        });
        return print_json(&report);
    }
    if single_frames > 0 {
        say(format!("{} with one frame left out: they are no sequences", counted(single_frames, "clips")))?;
    }
    print(&names[0].name, args, &own, &scores)
}

/// Fails if all clips are pictures, before any is analyzed.
fn refuse_pictures(set: &Dataset) -> Outcome {
    // What cannot be read is skipped later.
    if !set.entries.iter().all(|entry| matches!(kind_of(&entry.path), Ok(Kind::Picture))) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}: the data set holds pictures, not sequences; its clips must be folders of frames or videos, from a neutral \
         face to the apex of the emotion (pictures are what --generic-data takes)",
        set.name
    )))
}

fn trained_on(args: &EvalSequencesArgs) -> String {
    let folders: Vec<_> = args.generic_data.iter().map(|folder| folder.display().to_string()).collect();
    match folders.as_slice() {
        [] => "the sequences of the other people".to_owned(),
        folders => format!("sequences grown from stills of {}", folders.join(", ")),
    }
}

fn print(name: &str, args: &EvalSequencesArgs, own: &Collected, scores: &SequenceScores) -> Outcome {
    say_left_out(&own.other_labels)?;
    let SequenceScores { people, sequences, frames, .. } = scores;
    say(format!("{name}: {sequences} sequences of {people} people, {frames:.1} frames in the mean"))?;
    say("shipped heads")?;
    scores.network.iter().try_for_each(print_way)?;
    say(format!("heads trained on {}", trained_on(args)))?;
    scores.as_trained.iter().try_for_each(print_way)?;
    say("the same heads blended with the shipped ones")?;
    scores.trained.iter().try_for_each(print_way)?;
    print_streams(&scores.network, "shipped heads")?;
    print_streams(&scores.trained, "blended heads")
}

/// Prints what streams answer: all windows with the window's own answers, and the default window as it settles.
fn print_streams(ways: &[WayScores], heads: &str) -> Outcome {
    let default = StreamOptions::default().window_frames;
    let at = |at: &[String]| at.join(" ");
    say(format!(
        "streams of {heads}: accuracy {} analyses after the apex, which is held; analyses until the answer is right for \
         good; neutral answers {} analyses after the return",
        at(&AT_APEX.map(|at| at.to_string())),
        at(&AT_REST.map(|at| at.to_string()))
    ))?;
    for way in ways {
        let shown = |one: &&StreamScores| one.settling == Settling::None || one.window == default;
        for StreamScores { window, settling, accuracy, delay, neutral } in way.streams.iter().filter(shown) {
            let shares =
                |shares: &[f64]| shares.iter().map(|share| format!("{:5.1}", 100.0 * share)).collect::<String>();
            let settling = match settling {
                Settling::None => "",
                Settling::Smoothed => ", smoothed",
                Settling::Hysteresis => ", with hysteresis",
            };
            let delay = delay.map_or_else(String::new, |delay| format!("{delay:.1}"));
            let way = format!("{}, window {window}{settling}", way.way);
            say(format!("  {way:<46} {} %; {delay:>4}; {} %", shares(accuracy), shares(neutral)))?;
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
