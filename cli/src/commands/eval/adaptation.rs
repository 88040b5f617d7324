//! `mien eval adaptation`: generic and adapted accuracy on a data set.

mod clips;
mod heard;
mod recordings;

use std::path::Path;
use std::time::{Duration, Instant};

use clips::{Looking, SetClips, of_others};
use heard::{Heard, of_speech};
use mien_core::Engine;
use mien_core::head::Head;
use mien_eval::datasets::Dataset;
use mien_eval::end_to_end::{EndToEndScores, adaptation_end_to_end};
use mien_eval::protocol::{AdaptationScores, FaultScores, Labeled, ProtocolOptions, faults};
use mien_eval::pseudo_clips::Growth;
use mien_eval::report::{BESIDE, Measured, Report, fault_lines, figures, lines};
use recordings::Deaf;
use serde_json::{Value, json};

use super::generic::{features_name, refuse_generic};
use super::heads::{Heads, on_threads};
use super::report_folder::ReportFolder;
use super::voices;
use crate::args::{EvalAdaptationArgs, Shared};
use crate::commands::labeled::{files_of_sets, labels_of, open_all, say_left_out};
use crate::outputs::Outputs;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::engine;
use crate::text::{counted, percent};

/// The users, in the plural.
const PEOPLE: &str = "users";

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalAdaptationArgs) -> Outcome {
    refuse_generic(shared)?;
    let engine = engine(shared)?;
    let labels = labels_of(&engine, args.head, &args.labels)?;
    let fresh = engine.fresh_head_for(args.head, &labels)?;
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
    /// Whether `scores` are those of faces; without faces they are those of voices.
    is_of_faces: bool,
    features: String,
    growth: Growth,
    collected: SetClips,
    /// Time of feature extraction.
    extracting: Duration,
    scores: AdaptationScores,
    end_to_end: Option<EndToEndScores>,
    faults: Option<FaultScores>,
    /// What voices say beside faces; `None` if there are only faces, or only voices.
    heard: Option<Heard>,
}

/// What faces say, or, without faces, voices.
struct Looked {
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
        let looking = Looking { engine, known: fresh.labels(), growth: &growth, deaf: deaf(args), jobs };
        let mut clips = looking.collect(sets)?;
        let others = of_others(&sets[1..], clips.split_off(1));
        let [other_faces, other_voices] = others.each_ref().map(|others| others_of(args, others));
        let mut collected = clips.remove(0);
        let extracting = started.elapsed();
        let (dataset, name) = (&sets[0], Path::new(&sets[0].name));
        let is_of_faces = !collected.faces.clips.is_empty();
        if args.faults && !is_of_faces {
            return Err(Failure::new("--faults tries other people's faces; the set has none"));
        }
        let (features, looked, heard) = if is_of_faces {
            let looked = of_faces(engine, &collected.faces.clips, other_faces, fresh, args, jobs).naming(name)?;
            let options = face_options(engine, args);
            let heard = Heard::of(&mut collected, other_voices, (fresh, options), args, jobs)?;
            (features_name(engine), looked, heard)
        } else {
            let scores = of_speech(&collected.voices.clips, other_voices, fresh.labels(), args, jobs)?.naming(name)?;
            let features = voices::described(voices::values_of(&collected.voices.clips));
            (features, Looked { scores, end_to_end: None, faults: None }, None)
        };
        let Looked { scores, end_to_end, faults } = looked;
        Ok(Self {
            args,
            dataset,
            is_of_faces,
            features,
            growth,
            collected,
            extracting,
            scores,
            end_to_end,
            faults,
            heard,
        })
    }

    fn json(&self) -> Value {
        let (args, scores, collected) = (self.args, &self.scores, &self.collected);
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
            ("clips_from", json!(self.clips_from())),
            ("pseudo_clips", json!(self.growth.grown())),
            ("no_face", json!(collected.no_face)),
            ("no_voice", json!(collected.no_voice)),
            ("unreadable", json!(collected.unreadable)),
            ("other_labels", json!(collected.other_labels)),
            ("end_to_end", json!(self.end_to_end)),
            ("faults", json!(self.faults)),
            ("speech", json!(self.heard.as_ref().map(Heard::speech_json))),
            ("joined", json!(self.heard.as_ref().map(Heard::joined_json))),
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
        let (scores, collected) = (&self.scores, &self.collected);
        let (users, clips) = (counted(scores.users, PEOPLE), counted(scores.clips, "clips"));
        match self.is_of_faces {
            true => say(format!("{}: {users}, {clips}, {} without a face", self.dataset.name, collected.no_face))?,
            false => say(format!("{}: {users}, {clips} by speech alone", self.dataset.name))?,
        }
        say(format!("clips: {}", self.clips_from()))?;
        say_left_out(&collected.other_labels)?;
        lines(scores, PEOPLE).into_iter().try_for_each(say)?;
        if !self.dataset.has_sessions() {
            say("the index names no sessions: a column \"session\" tells which clips were taken together")?;
        }
        self.end_to_end.iter().flat_map(end_to_end_lines).try_for_each(say)?;
        self.faults.iter().flat_map(fault_lines).try_for_each(say)?;
        self.heard.iter().flat_map(Heard::lines).try_for_each(say)?;
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

    fn clips_from(&self) -> String {
        if self.is_of_faces { self.growth.clips_from() } else { voices::CLIPS_FROM.to_owned() }
    }

    /// Returns the files of `--report`.
    fn report(&self) -> Report<'_> {
        let (args, scores, collected) = (self.args, &self.scores, &self.collected);
        let clips = match self.is_of_faces {
            true => format!("{}, and {} without a face", scores.clips, collected.no_face),
            false => format!("{} by speech alone", scores.clips),
        };
        let mut facts = vec![
            ("Data set", self.dataset.name.clone()),
            ("Head", args.head.name().to_owned()),
            ("Features", self.features.clone()),
            ("Clips made from", self.clips_from()),
            ("Seed", args.seed.to_string()),
            ("Users", scores.users.to_string()),
            ("Clips", clips),
        ];
        facts.extend(self.heard.iter().flat_map(Heard::facts));
        if !collected.other_labels.is_empty() {
            let left_out = collected.other_labels.iter().map(|(label, count)| format!("{count} labeled {label:?}"));
            facts.push(("Clips left out: the head has no such class", left_out.collect::<Vec<_>>().join(", ")));
        }
        let title = format!("{}, {}", self.dataset.name, args.head.name());
        let speech = self.heard.as_ref().and_then(Heard::scores);
        let beside = speech.map(|scores| Measured {
            scores,
            title: format!("{title}, speech"),
            mark: Some("speech".to_owned()),
            prefix: BESIDE,
            notes: Vec::new(),
        });
        let main = Measured { scores, title, mark: None, prefix: "", notes: Vec::new() };
        Report {
            facts,
            generic_from: self.generic_from(),
            people: PEOPLE,
            measured: [main].into_iter().chain(beside).collect(),
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

/// Returns why sound is left.
fn deaf(args: &EvalAdaptationArgs) -> Deaf {
    match (args.no_speech, args.fresh) {
        (true, _) => Some("--no-speech"),
        (_, true) => Some("--fresh"),
        _ => None,
    }
}

/// Returns the clips of other sets from which generic heads are learned, if these are given.
fn others_of<'a>(args: &EvalAdaptationArgs, others: &'a [Labeled]) -> Option<&'a [Labeled]> {
    (!args.generic_data.is_empty()).then_some(others)
}

fn face_options(engine: &Engine, args: &EvalAdaptationArgs) -> ProtocolOptions {
    let (seed, fresh, temperature) = (args.seed, args.fresh, engine.temperature());
    ProtocolOptions { seed, fresh, temperature, ..ProtocolOptions::for_kind(args.head) }
}

fn of_faces(
    engine: &Engine,
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    args: &EvalAdaptationArgs,
    jobs: usize,
) -> Outcome<Looked> {
    let options = face_options(engine, args);
    let calibration = engine.default_calibration();
    let heads = Heads::default();
    let observe = |step| heads.observe(step);
    let evaluate = || adaptation_end_to_end(clips, others, fresh, &options, calibration, observe);
    let (scores, end_to_end) = on_threads(jobs, evaluate)??;
    let try_faults = || faults(clips, others, fresh, &options, calibration, |step| heads.observe(step));
    let faults = args.faults.then(|| on_threads(jobs, try_faults)).transpose()?.transpose()?;
    Ok(Looked { scores, end_to_end, faults })
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
