//! `mien train`: trains a generic head on labeled data.

use std::ops::ControlFlow;

use mien_core::head::Head;
use mien_core::train::fit::{self, FitOptions, Sample, fit, fit_validated};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::ClassStatistics;
use mien_core::{Engine, SplitMix64, labels};
use mien_eval::metrics::accuracy;
use mien_eval::protocol::Labeled;
use mien_eval::pseudo_clips::Growth;
use serde_json::json;

use crate::args::{Shared, TrainArgs};
use crate::commands::labeled::{Collected, collect, files_of_sets, join, open_all, say_left_out};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::interrupted;
use crate::process::terminal::{Progress, print_json, say};
use crate::session;
use crate::text::{counted, percent};

/// Returns the clips to learn from and the clips of other people to validate on; none without `--validation`.
fn split<'a>(clips: &[&'a Labeled], args: &TrainArgs) -> Outcome<(Vec<&'a Labeled>, Vec<&'a Labeled>)> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    SplitMix64::new(args.seed).shuffle(&mut people);
    let count = (args.validation * people.len() as f32).round() as usize;
    if args.validation > 0.0 && !(1..people.len()).contains(&count) {
        let (share, people) = (args.validation, people.len());
        return Err(Failure::new(format!(
            "--validation {share} of {people} people leaves nobody to validate on or to learn from"
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
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(&datasets));
    let out = outputs.file(&args.out, Readers::Umask)?;
    let engine = session::engine(shared)?;
    let labels: Vec<String> = match args.labels.as_slice() {
        [] => engine.fresh_head(args.head)?.labels().to_vec(),
        given => given.iter().map(|label| labels::canonical(label)).collect(),
    };
    let growth = Growth::new(args.pseudo_clips, args.seed);
    let sets: Vec<_> = datasets.iter().collect();
    let collected = join(&sets, collect(&engine, &sets, &labels, &growth, shared.jobs())?);
    let clips: Vec<&Labeled> = collected.clips.iter().collect();
    let trained = train(&engine, &labels, &clips, args)?;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let statistics = ClassStatistics::of(&of_users, labels.len());
    let no_statistics = statistics.as_ref().err().map(ToString::to_string);
    let generic = GenericHead::new(trained.head.clone(), statistics.ok())?.of_networks(engine.networks());
    let bytes = generic.encode()?;
    out.write(&bytes)?;
    let report = Report { args, growth: &growth, collected: &collected, trained, no_statistics, bytes: bytes.len() };
    if args.json { print_json(&report.json()) } else { report.print(&out) }
}

/// A trained head and its accuracy.
struct Trained {
    head: Head,
    /// Mean loss of the last epoch.
    loss: f32,
    /// Accuracy on the learned clips, 0 to 1.
    accuracy_learned: f64,
    validated: Option<Validated>,
}

/// The best epoch on the people held out.
struct Validated {
    epoch: usize,
    loss: f32,
    clips: usize,
    accuracy: f64,
}

/// Trains a head of `labels` on `clips` except those of the people held out.
fn train(engine: &Engine, labels: &[String], clips: &[&Labeled], args: &TrainArgs) -> Outcome<Trained> {
    let (learned, held_out) = split(clips, args)?;
    let fresh = engine.fresh_head_for(args.head, labels)?;
    let generic = if engine.knows_any(labels) {
        GenericHead::fresh(fresh, engine.temperature())
    } else {
        GenericHead::new(fresh, None)?
    };
    let start = generic.start(&samples(&learned))?;
    let options = options(args);
    let bar = Progress::new(options.epochs, "epochs");
    let mut loss = 0.0;
    let observe = |progress: fit::Progress| {
        bar.step();
        loss = progress.loss;
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let (head, validated) = if held_out.is_empty() {
        (fit(&start, &samples(&learned), &options, observe)?, None)
    } else {
        let best = fit_validated(&start, &samples(&learned), &samples(&held_out), args.patience, &options, observe)?;
        let accuracy = share_right(&best.head, &held_out)?;
        let validated = Validated { epoch: best.epoch, loss: best.loss, clips: held_out.len(), accuracy };
        (best.head, Some(validated))
    };
    drop(bar);
    let accuracy_learned = share_right(&head, &learned)?;
    Ok(Trained { head, loss, accuracy_learned, validated })
}

fn options(args: &TrainArgs) -> FitOptions {
    let defaults = FitOptions::generic(args.head);
    FitOptions {
        epochs: args.epochs.unwrap_or(defaults.epochs),
        batch: args.batch,
        smoothing: args.smoothing,
        seed: args.seed,
        ..defaults
    }
}

/// The report of a training run.
struct Report<'a> {
    args: &'a TrainArgs,
    growth: &'a Growth,
    collected: &'a Collected,
    trained: Trained,
    /// Why the head has no class statistics.
    no_statistics: Option<String>,
    bytes: usize,
}

impl Report<'_> {
    fn json(&self) -> serde_json::Value {
        let Self { args, growth, collected, trained, .. } = self;
        let validation = trained.validated.as_ref().map(
            |best| json!({ "epoch": best.epoch, "loss": best.loss, "clips": best.clips, "accuracy": best.accuracy }),
        );
        json!({
            "head": args.head.name(),
            "labels": trained.head.labels(),
            "file": args.out.to_string_lossy(),
            "bytes": self.bytes,
            "clips_from": growth.clips_from(),
            "pseudo_clips": growth.grown(),
            "clips": collected.clips.len(),
            "no_face": collected.no_face,
            "unreadable": collected.unreadable,
            "other_labels": collected.other_labels,
            "loss": trained.loss,
            "accuracy_learned": trained.accuracy_learned,
            "validation": validation,
            "class_statistics": self.no_statistics.is_none(),
        })
    }

    fn print(&self, out: &Destination) -> Outcome {
        let Self { args, growth, collected, trained, .. } = self;
        say_left_out(collected)?;
        say(format!("clips: {}", growth.clips_from()))?;
        say(format!(
            "wrote {out}: {} head from {} ({} without a face), {} KiB; accuracy on these clips {}",
            args.head.name(),
            counted(collected.clips.len(), "clips"),
            collected.no_face,
            self.bytes.div_ceil(1024),
            percent(trained.accuracy_learned)
        ))?;
        if let Some(Validated { epoch, loss, clips, accuracy }) = &trained.validated {
            say(format!(
                "best epoch on the people held out: {epoch}, mean loss {loss:.3}, accuracy {} on {}",
                percent(*accuracy),
                counted(*clips, "clips")
            ))?;
        }
        if let Some(why) = &self.no_statistics {
            say(format!("no class statistics ({why}): users adapt without rehearsal and without a neutral baseline"))?;
        }
        say("the license of the data decides whether you may distribute the head")
    }
}
