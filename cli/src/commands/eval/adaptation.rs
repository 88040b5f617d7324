//! `mien eval adaptation`: generic and adapted accuracy on a data set.

use std::path::Path;
use std::time::{Duration, Instant};

use mien_core::Engine;
use mien_core::head::Head;
use mien_eval::datasets::Dataset;
use mien_eval::end_to_end::{EndToEndScores, adaptation_end_to_end};
use mien_eval::protocol::{AdaptationScores, FaultScores, ProtocolOptions, faults};
use mien_eval::pseudo_clips::Growth;
use mien_eval::report::{Measured, Report, fault_lines, figures, lines};
use serde_json::{Value, json};

use super::generic::{features_name, refuse_generic};
use super::heads::{Heads, on_threads};
use super::report_folder::ReportFolder;
use crate::args::{EvalAdaptationArgs, Shared};
use crate::commands::labeled::{Collected, collect, files_of_sets, join, open_all, say_left_out};
use crate::outputs::Outputs;
use crate::process::failure::{Naming, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::{counted, percent};

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalAdaptationArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let fresh = engine.fresh_head(args.head)?;
    let sets = open_all(std::iter::once(&args.data).chain(&args.generic_data))?;
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(&sets));
    let folder = args.report.as_deref().map(|folder| ReportFolder::new(&mut outputs, folder)).transpose()?;
    let evaluation = Evaluation::run(&engine, &fresh, &sets, args, shared.jobs())?;
    if args.json {
        print_json(&evaluation.json())?;
    } else {
        evaluation.print()?;
    }
    let Some(folder) = &folder else { return Ok(()) };
    folder.write(evaluation.report())?;
    if args.json { Ok(()) } else { folder.say() }
}

/// The measured figures and the options behind them.
struct Evaluation<'a> {
    args: &'a EvalAdaptationArgs,
    dataset: &'a Dataset,
    features: String,
    growth: Growth,
    collected: Collected,
    /// Time of feature extraction.
    extracting: Duration,
    scores: AdaptationScores,
    end_to_end: Option<EndToEndScores>,
    faults: Option<FaultScores>,
}

impl<'a> Evaluation<'a> {
    /// Evaluates the first of `sets`; the others are for the generic head.
    fn run(
        engine: &Engine,
        fresh: &Head,
        sets: &'a [Dataset],
        args: &'a EvalAdaptationArgs,
        jobs: usize,
    ) -> Outcome<Self> {
        let started = Instant::now();
        let growth = Growth::new(args.pseudo_clips, args.seed).mirrored(args.mirrored);
        let sets: Vec<&Dataset> = sets.iter().collect();
        let mut clips = collect(engine, &sets, fresh.labels(), &growth, jobs)?;
        let others = join(&sets[1..], clips.split_off(1)).clips;
        let collected = clips.remove(0);
        let extracting = started.elapsed();
        let others = (!args.generic_data.is_empty()).then_some(others.as_slice());
        let options = ProtocolOptions {
            seed: args.seed,
            fresh: args.fresh,
            temperature: engine.temperature(),
            ..ProtocolOptions::for_kind(args.head)
        };
        let calibration = engine.default_calibration();
        let heads = Heads::default();
        let observe = |step| heads.observe(step);
        let evaluate = || adaptation_end_to_end(&collected.clips, others, fresh, &options, calibration, observe);
        let (scores, end_to_end) = on_threads(jobs, evaluate)?.naming(Path::new(&sets[0].name))?;
        let try_faults = || {
            faults(&collected.clips, others, fresh, &options, engine.default_calibration(), |step| heads.observe(step))
        };
        let faults = args.faults.then(|| on_threads(jobs, try_faults)).transpose()?.transpose()?;
        drop(heads);
        let (dataset, features) = (sets[0], features_name(engine));
        Ok(Self { args, dataset, features, growth, collected, extracting, scores, end_to_end, faults })
    }

    fn json(&self) -> Value {
        let (args, scores) = (self.args, &self.scores);
        let mut figures = figures(scores);
        let facts = [
            ("dataset", json!(self.dataset.name)),
            ("head", json!(args.head.name())),
            ("features", json!(self.features)),
            (
                "generic_from",
                match args.generic_data.as_slice() {
                    [] if args.fresh => json!("the network's own last layer"),
                    [] => json!("leave subjects out"),
                    folders => json!(folders.iter().map(|folder| folder.to_string_lossy()).collect::<Vec<_>>()),
                },
            ),
            ("clips_from", json!(self.growth.clips_from())),
            ("pseudo_clips", json!(self.growth.grown())),
            ("no_face", json!(self.collected.no_face)),
            ("unreadable", json!(self.collected.unreadable)),
            ("other_labels", json!(self.collected.other_labels)),
            ("end_to_end", json!(self.end_to_end)),
            ("faults", json!(self.faults)),
            ("seed", json!(args.seed)),
            (
                "seconds",
                json!({
                    "features": self.extracting.as_secs_f64(),
                    "train": scores.train.as_secs_f64(),
                    "adapt_per_user": scores.adapt_per_user.as_secs_f64(),
                }),
            ),
        ];
        figures.extend(facts.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(figures)
    }

    fn print(&self) -> Outcome {
        let scores = &self.scores;
        let (users, clips) = (counted(scores.users, "users"), counted(scores.clips, "clips"));
        say(format!("{}: {users}, {clips}, {} without a face", self.dataset.name, self.collected.no_face))?;
        say(format!("clips: {}", self.growth.clips_from()))?;
        say_left_out(&self.collected.other_labels)?;
        lines(scores, "users").into_iter().try_for_each(say)?;
        if !self.dataset.has_sessions() {
            say("the index names no sessions: a column \"session\" tells which clips were taken together")?;
        }
        self.end_to_end.iter().flat_map(end_to_end_lines).try_for_each(say)?;
        self.faults.iter().flat_map(fault_lines).try_for_each(say)?;
        say(format!(
            "time: features {:.1} s, generic heads {:.1} s, adaptation {:.3} s per user",
            self.extracting.as_secs_f64(),
            scores.train.as_secs_f64(),
            scores.adapt_per_user.as_secs_f64()
        ))?;
        if self.args.fresh {
            say("the generic head is the network's own last layer, without statistics of other people")?;
        }
        Ok(())
    }

    /// Returns the files of `--report`.
    fn report(&self) -> Report<'_> {
        let (args, scores, collected) = (self.args, &self.scores, &self.collected);
        let mut facts = vec![
            ("Data set", self.dataset.name.clone()),
            ("Head", args.head.name().to_owned()),
            ("Features", self.features.clone()),
            ("Clips made from", self.growth.clips_from()),
            ("Seed", args.seed.to_string()),
            ("Users", scores.users.to_string()),
            ("Clips", format!("{}, and {} without a face", scores.clips, collected.no_face)),
        ];
        if !collected.other_labels.is_empty() {
            let left_out = collected.other_labels.iter().map(|(label, count)| format!("{count} labeled {label:?}"));
            facts.push(("Clips left out: the head has no such class", left_out.collect::<Vec<_>>().join(", ")));
        }
        Report {
            facts,
            generic_from: self.generic_from(),
            people: "users",
            measured: vec![Measured {
                scores,
                title: format!("{}, {}", self.dataset.name, args.head.name()),
                mark: None,
                prefix: "",
                notes: Vec::new(),
            }],
            json: self.json(),
        }
    }

    /// Describes the generic head.
    fn generic_from(&self) -> String {
        match self.args.generic_data.as_slice() {
            [] if self.args.fresh => {
                "the network's own last layer, as in an installation without a generic head".to_owned()
            }
            [] => format!(
                "a head learned from the set's other people ({} folds, nobody on both sides)",
                self.scores.folds
            ),
            folders => {
                let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
                format!("a head learned from other data sets: {}", names.join(", "))
            }
        }
    }
}

fn end_to_end_lines(scores: &EndToEndScores) -> [String; 3] {
    [
        format!(
            "end to end, {} users enrolled, default threshold: accuracy {} with the head that identification picks, {} \
             with the user's known",
            scores.users,
            percent(scores.identified_accuracy),
            percent(scores.oracle_accuracy),
        ),
        format!(
            "  clips identified as their user {}, as another user {}, as nobody {}",
            percent(scores.identified_rate),
            percent(scores.wrong_user_rate),
            percent(scores.missed_user_rate),
        ),
        format!("  strangers answered by the generic head {}", percent(scores.strangers_generic_rate)),
    ]
}
