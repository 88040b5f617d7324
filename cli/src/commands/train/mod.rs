//! `mien train`: trains a generic head on labeled data.

mod speech;

use mien_core::head::Head;
use mien_core::train::blend::{FOLDS, HeldOut, Stranger, train_blended};
use mien_core::train::fit::{self, FitOptions, Sample, fit, fit_validated};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::ClassStatistics;
use mien_core::{Engine, Modality, SplitMix64};
use mien_eval::metrics::{Interval, accuracy, bootstrap};
use mien_eval::protocol::{DRAWS, Labeled};
use mien_eval::pseudo_clips::Growth;
use serde_json::json;

use crate::args::{Shared, TrainArgs};
use crate::commands::labeled::{Collected, collect, files_of_sets, join, labels_of, open_all, say_left_out};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::exit;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::go_on;
use crate::process::terminal::{Progress, print_json, say};
use crate::session;
use crate::text::{counted, percent};

/// Returns the clips to learn from and the clips of other people to validate on; none without `--validation`, and if the
/// people of a fold are too few for it.
fn split<'a>(clips: &[&'a Labeled], args: &TrainArgs) -> (Vec<&'a Labeled>, Vec<&'a Labeled>) {
    let mut people = people_of(clips);
    SplitMix64::new(args.seed).shuffle(&mut people);
    let count = validated(args, people.len());
    let held_out = if (1..people.len()).contains(&count) { &people[..count] } else { &[] };
    clips.iter().partition(|clip| !held_out.contains(&clip.subject.as_str()))
}

/// Returns the number of people to validate on.
fn validated(args: &TrainArgs, people: usize) -> usize {
    (args.validation * people as f32).round() as usize
}

fn people_of<'a>(clips: &[&'a Labeled]) -> Vec<&'a str> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn samples<'a>(clips: &[&'a Labeled]) -> Vec<Sample<'a>> {
    clips.iter().map(|clip| clip.sample()).collect()
}

fn share_right(head: &Head, clips: &[&Labeled]) -> mien_core::Result<f64> {
    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let answers = clips.iter().map(|clip| head.classify(&clip.clip)).collect::<Result<Vec<_>, _>>()?;
    Ok(accuracy(&truth, &answers))
}

/// Runs the command.
pub fn run(shared: &Shared, args: &TrainArgs) -> Outcome {
    if args.stream == Modality::Speech {
        return speech::run(shared, args);
    }
    let datasets = open_all(&args.data)?;
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(&datasets));
    let out = outputs.file(&args.out, Readers::Umask)?;
    let engine = session::engine(shared)?;
    let labels = labels_of(&engine, args.head, &args.labels)?;
    let growth = Growth::new(args.pseudo_clips, args.seed);
    let sets: Vec<_> = datasets.iter().collect();
    let collected = join(&sets, collect(&engine, &sets, &labels, &growth, shared.jobs())?);
    let clips: Vec<&Labeled> = collected.clips.iter().collect();
    let trained = train(&engine, &labels, &clips, args)?;
    if !args.force {
        trained.check(people_of(&clips).len())?;
    }
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
    /// The blend with the shipped head; the head as trained if it is forced.
    head: Head,
    /// Mean loss of the last epoch.
    loss: f32,
    /// Accuracy on the learned clips, 0 to 1.
    accuracy_learned: f64,
    validated: Option<Validated>,
    /// What people left out of the training show; `None` for a single person.
    strangers: Option<Strangers>,
}

impl Trained {
    /// Refuses a head that does not help strangers.
    fn check(&self, people: usize) -> Outcome {
        let why = match &self.strangers {
            None => "the clips show one person only, so nobody can be left out to measure whether the head helps \
                     strangers"
                .to_owned(),
            Some(strangers) if strangers.held_out.helps() => return Ok(()),
            Some(strangers) if strangers.held_out.share > 0.0 => format!(
                "{people} people are too few to prove that strangers are helped: {}, the blend of both for {}, and the \
                 95 % interval of what the blend gains includes nothing at all",
                strangers.compared(),
                percent(strangers.blended())
            ),
            Some(strangers) => format!(
                "{people} people are too few to help strangers: {}, so the shipped head is better for them",
                strangers.compared()
            ),
        };
        let failure = Failure::new(format!("{why}; add people, or write the head as trained with --force"));
        Err(failure.with_exit_code(exit::REFUSED))
    }
}

/// What people left out of the training show.
struct Strangers {
    held_out: HeldOut,
    /// Accuracy of the blend minus that of the shipped head, with its interval over people.
    gain: Option<Interval>,
}

impl Strangers {
    fn of(held_out: HeldOut, seed: u64) -> Self {
        let people = &held_out.people;
        let gain = |drawn: &[usize]| {
            let sum = |of: fn(&Stranger) -> usize| drawn.iter().map(|&index| of(&people[index])).sum::<usize>() as f64;
            (sum(|person| person.blended) - sum(|person| person.shipped)) / sum(|person| person.clips)
        };
        Self { gain: bootstrap(people.len(), DRAWS, seed, gain), held_out }
    }

    /// Returns the accuracy on all people's clips.
    fn accuracy(&self, right: fn(&Stranger) -> usize) -> f64 {
        let sum = |of: fn(&Stranger) -> usize| self.held_out.people.iter().map(of).sum::<usize>() as f64;
        sum(right) / sum(|person| person.clips)
    }

    fn shipped(&self) -> f64 {
        self.accuracy(|person| person.shipped)
    }

    fn trained(&self) -> f64 {
        self.accuracy(|person| person.trained)
    }

    fn blended(&self) -> f64 {
        self.accuracy(|person| person.blended)
    }

    fn compared(&self) -> String {
        format!(
            "on people left out, the shipped head is right for {}, the trained one for {}",
            percent(self.shipped()),
            percent(self.trained())
        )
    }

    fn json(&self) -> serde_json::Value {
        let HeldOut { folds, share, temperature, loss_gain: gain, loss_margin: margin, .. } = self.held_out;
        json!({
            "people": self.held_out.people.len(),
            "folds": folds,
            "share": share,
            "temperature": temperature,
            "accuracy_shipped": self.shipped(),
            "accuracy_trained": self.trained(),
            "accuracy_blended": self.blended(),
            "gain": self.gain,
            "loss_shipped": self.held_out.loss_shipped,
            "loss_trained": self.held_out.loss_trained,
            "loss_blended": self.held_out.loss_blended,
            "loss_gain": { "mean": gain, "low": gain - margin, "high": gain + margin },
        })
    }

    fn print(&self, forced: bool) -> Outcome {
        let people = self.held_out.people.len();
        say(format!("strangers ({people} people, {} folds): {}", self.held_out.folds, self.compared()))?;
        let share = percent(f64::from(self.held_out.share));
        let gain = match self.gain {
            Some(Interval { low, high, .. }) => {
                format!("; gain over the shipped head {:+.1} to {:+.1} points (95 %)", 100.0 * low, 100.0 * high)
            }
            None => String::new(),
        };
        say(format!("blend of both, {share} of the way to the trained head: {}{gain}", percent(self.blended())))?;
        if forced {
            say("forced: the head as trained is written, not the blend")?;
        } else if self.gain.is_some_and(|gain| gain.low <= 0.0) {
            say("note: the probabilities are proven to be better, more right answers are not; add people")?;
        }
        Ok(())
    }
}

/// The best epoch on the people held out.
struct Validated {
    epoch: usize,
    loss: f32,
    clips: usize,
    accuracy: f64,
}

/// Trains a head of `labels` on `clips` except those of the people held out, and blends it with the shipped head by what
/// people left out of the training show.
fn train(engine: &Engine, labels: &[String], clips: &[&Labeled], args: &TrainArgs) -> Outcome<Trained> {
    let people = people_of(clips).len();
    if args.validation > 0.0 && !(1..people).contains(&validated(args, people)) {
        let share = args.validation;
        return Err(Failure::new(format!(
            "--validation {share} of {people} people leaves nobody to validate on or to learn from"
        )));
    }
    let fresh = engine.fresh_head_for(args.head, labels)?;
    let shipped = if engine.knows_any(labels) {
        GenericHead::fresh(fresh, engine.temperature())
    } else {
        GenericHead::new(fresh, None)?
    };
    let options = options(args);
    let bar = Progress::new(options.epochs * (1 + if people < 2 { 0 } else { people.min(FOLDS) }), "epochs");
    // The first fit is the one on everybody.
    let mut first = None;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let blended = train_blended(&shipped, &of_users, FOLDS, args.seed, |start, learned| {
        let chosen: Vec<&Labeled> = learned.iter().map(|&index| clips[index]).collect();
        let fitted = fit_split(start, &chosen, args, &options, &bar)?;
        let head = fitted.head.clone();
        first.get_or_insert(fitted);
        Ok(head)
    })?;
    drop(bar);
    let Some(Fitted { loss, validated, .. }) = first else {
        return Err(Failure::new("all clips show one emotion; at least two are needed to learn"));
    };
    let head = if args.force { blended.trained } else { blended.head };
    let accuracy_learned = share_right(&head, &split(clips, args).0)?;
    let strangers = blended.held_out.map(|held_out| Strangers::of(held_out, args.seed));
    Ok(Trained { head, loss, accuracy_learned, validated, strangers })
}

/// A head as fitted.
struct Fitted {
    head: Head,
    /// Mean loss of the last epoch.
    loss: f32,
    validated: Option<Validated>,
}

/// Fits a head from `start` to `clips`, except those of the people to validate on.
fn fit_split(
    start: &Head,
    clips: &[&Labeled],
    args: &TrainArgs,
    options: &FitOptions,
    bar: &Progress,
) -> mien_core::Result<Fitted> {
    let (learned, held_out) = split(clips, args);
    let mut loss = 0.0;
    let observe = |progress: fit::Progress| {
        bar.step();
        loss = progress.loss;
        go_on()
    };
    if held_out.is_empty() {
        let head = fit(start, &samples(&learned), options, observe)?;
        return Ok(Fitted { head, loss, validated: None });
    }
    let best = fit_validated(start, &samples(&learned), &samples(&held_out), args.patience, options, observe)?;
    let accuracy = share_right(&best.head, &held_out)?;
    let validated = Validated { epoch: best.epoch, loss: best.loss, clips: held_out.len(), accuracy };
    Ok(Fitted { head: best.head, loss, validated: Some(validated) })
}

fn options(args: &TrainArgs) -> FitOptions {
    fitted_by(args, FitOptions::generic(args.head))
}

/// Returns `defaults` with the options that are given.
fn fitted_by(args: &TrainArgs, defaults: FitOptions) -> FitOptions {
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
            "stream": args.stream.name(),
            "head": args.head.name(),
            "labels": trained.head.labels(),
            "file": args.out.to_string_lossy(),
            "bytes": self.bytes,
            "clips_from": growth.clips_from(),
            "pseudo_clips": growth.grown(),
            "clips": collected.clips.len(),
            "no_face": collected.no_face,
            "no_voice": 0,
            "unreadable": collected.unreadable,
            "other_labels": collected.other_labels,
            "loss": trained.loss,
            "accuracy_learned": trained.accuracy_learned,
            "validation": validation,
            "strangers": trained.strangers.as_ref().map(Strangers::json),
            "forced": args.force,
            "class_statistics": self.no_statistics.is_none(),
        })
    }

    fn print(&self, out: &Destination) -> Outcome {
        let Self { args, growth, collected, trained, .. } = self;
        say_left_out(&collected.other_labels)?;
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
        match &trained.strangers {
            Some(strangers) => strangers.print(args.force)?,
            None => say("warning: one person only; whether strangers are helped is unknown")?,
        }
        if let Some(why) = &self.no_statistics {
            say(format!("no class statistics ({why}): users adapt without rehearsal and without a neutral baseline"))?;
        }
        say("the license of the data decides whether you may distribute the head")
    }
}
