//! `mien train`: a generic head from labeled data.

use std::ops::ControlFlow;

use mien_core::head::Head;
use mien_core::train::fit::{FitOptions, Progress, Sample, fit, fit_validated};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::ClassStatistics;
use mien_core::{SplitMix64, labels};
use mien_eval::metrics::accuracy;
use mien_eval::protocol::Labeled;
use serde_json::json;

use crate::args::{Shared, TrainArgs};
use crate::commands::labeled::{collect_all, files_of_sets, open_all, say_left_out};
use crate::outputs::{Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::interrupted;
use crate::process::terminal::{print_json, progress, say};
use crate::pseudo_clips::Growth;
use crate::session::engine;

/// The clips to learn from and those to validate on: of other people, where the options ask for
/// it.
fn split<'a>(clips: &[&'a Labeled], args: &TrainArgs) -> Outcome<(Vec<&'a Labeled>, Vec<&'a Labeled>)> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    SplitMix64::new(args.seed).shuffle(&mut people);
    let count = (args.validation * people.len() as f32).round() as usize;
    if args.validation > 0.0 && !(1..people.len()).contains(&count) {
        let (share, people) = (args.validation, people.len());
        return Err(Failure::new(format!(
            "a share of {share} of {people} people leaves nobody to validate on, or to learn from"
        )));
    }
    let held_out = &people[..count];
    Ok(clips.iter().partition(|clip| !held_out.contains(&clip.subject.as_str())))
}

fn samples<'a>(clips: &[&'a Labeled]) -> Vec<Sample<'a>> {
    clips.iter().map(|clip| clip.sample()).collect()
}

fn share_right(head: &Head, clips: &[&Labeled]) -> Outcome<f64> {
    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let answers = clips.iter().map(|clip| head.classify(&clip.clip)).collect::<Result<Vec<_>, _>>()?;
    Ok(accuracy(&truth, &answers))
}

/// Runs the command.
pub fn run(shared: &Shared, args: &TrainArgs) -> Outcome {
    let datasets = open_all(&args.data)?;
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(&args.data, &datasets));
    let out = outputs.file(&args.out, Readers::Umask)?;
    let engine = engine(shared)?;
    let labels: Vec<String> = match args.labels.as_slice() {
        [] => engine.fresh_head(args.head)?.labels().to_vec(),
        given => given.iter().map(|label| labels::canonical(label)).collect(),
    };
    let fresh = engine.fresh_head_for(args.head, &labels)?;
    let growth = Growth::new(args.pseudo_clips, args.seed);
    let collected = collect_all(&engine, &datasets, fresh.labels(), &growth)?;
    let clips: Vec<&Labeled> = collected.clips.iter().collect();
    let (learned, held_out) = split(&clips, args)?;
    let start = {
        let generic =
            if engine.knows_any(&labels) { GenericHead::fresh(fresh) } else { GenericHead::new(fresh, None)? };
        generic.start(&samples(&learned))?
    };
    let defaults = FitOptions::generic(args.head);
    let options = FitOptions {
        epochs: args.epochs.unwrap_or(defaults.epochs),
        batch: args.batch,
        smoothing: args.smoothing,
        seed: args.seed,
        ..defaults
    };
    let bar = progress(options.epochs, "epochs");
    let mut loss = 0.0;
    let observe = |progress: Progress| {
        bar.inc(1);
        loss = progress.loss;
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let (head, validated) = if held_out.is_empty() {
        (fit(&start, &samples(&learned), &options, observe)?, None)
    } else {
        let best = fit_validated(&start, &samples(&learned), &samples(&held_out), args.patience, &options, observe)?;
        let accuracy = share_right(&best.head, &held_out)?;
        (
            best.head,
            Some(json!({ "epoch": best.epoch, "loss": best.loss, "clips": held_out.len(), "accuracy": accuracy })),
        )
    };
    bar.finish_and_clear();
    let accuracy_learned = share_right(&head, &learned)?;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let (statistics, without) = match ClassStatistics::of(&of_users, labels.len()) {
        Ok(statistics) => (Some(statistics), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let generic = GenericHead::new(head, statistics)?.of_networks(engine.networks());
    let bytes = generic.encode()?;
    out.write(&bytes)?;
    let head = &generic.head;
    if args.json {
        return print_json(&json!({
            "head": args.head.name(), "labels": head.labels(), "file": args.out.to_string_lossy(), "bytes": bytes.len(),
            "clips_from": growth.clips_from(), "pseudo_clips": growth.grown(),
            "clips": clips.len(), "no_face": collected.no_face, "unreadable": collected.unreadable, "other_labels": collected.other_labels, "loss": loss,
            "accuracy_learned": accuracy_learned, "validation": validated, "class_statistics": without.is_none(),
        }));
    }
    say_left_out(&collected)?;
    say(format!("clips: {}", growth.clips_from()))?;
    say(format!(
        "wrote {out}: {} from {} clips ({} without a face), {} KiB; {:.1} % right on what it learned",
        args.head.name(),
        clips.len(),
        collected.no_face,
        bytes.len().div_ceil(1024),
        100.0 * accuracy_learned
    ))?;
    if let Some(validated) = validated {
        say(format!("stopped at the best epoch on people held out: {validated}"))?;
    }
    if let Some(why) = without {
        say(format!("without class statistics ({why}): users adapt without rehearsal and without a neutral baseline"))?;
    }
    say("the terms of the data decide whether the head may be shipped")
}
