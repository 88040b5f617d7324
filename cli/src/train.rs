//! `mien train`: a generic head from labelled data.

use std::ops::ControlFlow;

use mien_core::eval::metrics::accuracy;
use mien_core::head::codec;
use mien_core::labels;
use mien_core::train::adapt::start_from_fresh;
use mien_core::train::fit::{FitOptions, fit};
use serde_json::json;

use crate::args::{Shared, TrainArgs};
use crate::eval::{collect_all, open_all, say_left_out};
use crate::failure::{Failure, Outcome};
use crate::output::{interrupted, print_json, progress, say, write_file};
use crate::pseudo_clips::Growth;
use crate::session;

/// Runs the command.
pub fn run(shared: &Shared, args: &TrainArgs) -> Outcome {
    if args.out.is_dir() {
        return Err(Failure::new(format!("{} is a folder", args.out.display())));
    }
    let engine = session::engine(shared)?;
    let labels: Vec<String> = match args.labels.as_slice() {
        [] => engine.fresh_head(args.head)?.labels().to_vec(),
        given => given.iter().map(|label| labels::canonical(label)).collect(),
    };
    let fresh = engine.fresh_head_for(args.head, &labels)?;
    let growth = Growth::new(args.pseudo_clips, args.seed);
    let collected = collect_all(&engine, &open_all(&args.data)?, fresh.labels(), &growth)?;
    let clips = &collected.clips;
    let samples: Vec<_> = clips.iter().map(|clip| (&clip.clip, clip.class)).collect();
    let start = if engine.knows_any(&labels) { start_from_fresh(&fresh, &samples)? } else { fresh };
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
    let head = fit(&start, &samples, &options, |progress| {
        bar.inc(1);
        loss = progress.loss;
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    bar.finish_and_clear();
    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let answers = clips.iter().map(|clip| head.classify(&clip.clip)).collect::<Result<Vec<_>, _>>()?;
    let learnt = accuracy(&truth, &answers);
    let bytes = codec::encode(&head)?;
    write_file(&args.out, &bytes)?;
    if args.json {
        return print_json(&json!({
            "head": args.head.name(), "labels": head.labels(), "file": args.out, "bytes": bytes.len(),
            "clips_from": growth.clips_from(), "pseudo_clips": growth.grown(),
            "clips": clips.len(), "no_face": collected.no_face, "other_labels": collected.other_labels, "loss": loss,
            "accuracy_learnt": learnt,
        }));
    }
    say_left_out(&collected)?;
    say(format!("clips: {}", growth.clips_from()))?;
    say(format!(
        "wrote {}: {} from {} clips ({} without a face), {} KiB; {:.1} % right on what it learnt",
        args.out.display(),
        args.head.name(),
        clips.len(),
        collected.no_face,
        bytes.len().div_ceil(1024),
        100.0 * learnt
    ))?;
    say("the terms of the data decide whether the head may be shipped")
}
