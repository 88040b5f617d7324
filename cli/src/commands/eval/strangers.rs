//! `mien eval strangers`: whether generic heads of few people help strangers.

use mien_core::head::HeadKind;
use mien_core::train::generic::GenericHead;
use mien_eval::protocol::people_of;
use mien_eval::pseudo_clips::Growth;
use mien_eval::strangers::{Outcomes, StrangerOptions, StrangerScores, strangers};
use serde_json::json;

use super::generic::refuse_generic;
use super::heads::{Heads, on_threads};
use crate::args::{EvalStrangersArgs, Shared};
use crate::commands::labeled::{Collected, collect, open_all, say_left_out};
use crate::process::failure::Outcome;
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::{counted, percent};

/// Numbers of people that heads are trained on.
const PEOPLE: [usize; 4] = [2, 3, 5, 10];

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalStrangersArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let kinds = if args.head.is_empty() { HeadKind::ALL.to_vec() } else { args.head.clone() };
    let labels = engine.fresh_head(kinds[0])?.labels().to_vec();
    let sets = open_all([&args.data])?;
    let growth = Growth::new(None, args.seed);
    let collected = collect(&engine, &[&sets[0]], &labels, &growth, shared.jobs())?.remove(0);
    let people = people_of(&collected.clips).len();
    let given = if args.people.is_empty() {
        PEOPLE.into_iter().filter(|&count| count < people).collect()
    } else {
        args.people.clone()
    };
    let options = StrangerOptions { people: given, draws: args.draws, seed: args.seed };
    let progress = Heads::default();
    let mut heads = Vec::new();
    for kind in kinds {
        let shipped = GenericHead::fresh(engine.fresh_head(kind)?, engine.temperature());
        let evaluate = || strangers(&collected.clips, &shipped, &options, |step| progress.observe(step));
        heads.push((kind, on_threads(shared.jobs(), evaluate)??));
    }
    drop(progress);
    if args.json {
        let scores =
            |(kind, scores): &(HeadKind, Vec<StrangerScores>)| json!({ "head": kind.name(), "scores": scores });
        return print_json(&json!({
            "dataset": sets[0].name,
            "no_face": collected.no_face,
            "unreadable": collected.unreadable,
            "other_labels": collected.other_labels,
            "draws": args.draws,
            "seed": args.seed,
            "heads": heads.iter().map(scores).collect::<Vec<_>>(),
        }));
    }
    print(&sets[0].name, args, &collected, &heads)
}

fn print(
    name: &str,
    args: &EvalStrangersArgs,
    collected: &Collected,
    heads: &[(HeadKind, Vec<StrangerScores>)],
) -> Outcome {
    say_left_out(&collected.other_labels)?;
    let clips = counted(collected.clips.len(), "clips");
    say(format!(
        "{name}: {clips}; {} of each number of people, all others are strangers",
        counted(args.draws, "draws")
    ))?;
    for (kind, scores) in heads {
        say(kind.name())?;
        for StrangerScores { people, shipped, trained, blended, written, heads_written, .. } in scores {
            say(format!("  {people} people: shipped {}", percent(*shipped)))?;
            for (name, of) in [("as trained", trained), ("blended", blended), ("after mien train", written)] {
                let Outcomes { accuracy, hurt, worst } = of;
                let heads =
                    if name == "after mien train" { format!(", {heads_written} written") } else { String::new() };
                let worst = format!("{:+.1}", 100.0 * worst);
                say(format!(
                    "    {name:<17} {}{heads}, {hurt} hurt strangers (worst {worst} points)",
                    percent(*accuracy)
                ))?;
            }
        }
    }
    Ok(())
}
