//! `mien analyze`: faces, voices and emotions of pictures, folders of frames, videos and files of sound.

mod frames;
mod results;
mod run;
mod turns;
mod verdict;
mod voice;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mien_core::Engine;
use serde_json::{Map, json};

use self::frames::{Analyst, Opened, Steps};
use self::results::{Printed, Results};
use self::run::{Finished, Input, NewRecorder, Run};
use crate::args::{AnalyzeArgs, DEFAULT_MAX_FACES, Shared};
use crate::commands::recording::InputRecorder;
use crate::draw::drawing::Drawing;
use crate::media::{Folders, Kind, list};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::interrupted;
use crate::process::parallel::in_order;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::say;
use crate::report::{InputReport, JsonList, Table};
use crate::session;
use crate::text::{counted, listed};

/// Runs the command.
pub fn run(shared: &Shared, args: &AnalyzeArgs) -> Outcome {
    let found = inputs(args)?;
    let mut outputs = Outputs::new(shared, args.json || args.jsonl).reading(found.iter().map(|(path, _)| path));
    let csv = args.csv.as_deref().map(|file| outputs.file(file, Readers::Owner)).transpose()?;
    let given = found.iter().map(|(path, kind)| input(&mut outputs, args, path, *kind)).collect::<Outcome<Vec<_>>>()?;
    if args.start_time.is_some() && given.len() > 1 {
        return Err(Failure::new("--start-time needs a single input"));
    }
    let engine = match &args.user {
        Some(_) => session::engine_with_store(shared)?,
        None => session::engine_with_store_if_any(shared)?,
    };
    args.user.as_deref().map_or(Ok(()), |name| session::check_user(&engine, name))?;
    // Pictures of the same moment, as of a burst without fractions of a second, follow each other.
    let moments = RefCell::new(BTreeSet::new());
    let recorder = |path: &Path, kind: Kind, opened: &Opened| {
        let taken = opened.captured.filter(|_| kind == Kind::Picture).and_then(|captured| captured.wall_ms());
        let taken = taken.and_then(|ms| (ms..).find(|ms| moments.borrow_mut().insert(*ms)));
        InputRecorder::new(path, args.start_time.or(taken), f64::from(args.every) / opened.fps)
    };
    let recorder = args.timeline.then_some(&recorder as &NewRecorder<'_>);
    let several = args.inputs.len() > 1 || given.len() > 1;
    let mut run = Run::new(&engine, given, several, recorder, results(&engine, args, csv.as_ref())?)
        .spoken_by(args.user.as_deref());
    let analyst = Analyst { engine: &engine, max_faces: args.max_faces, draws: args.annotate.is_some() };
    let steps = Steps::new(found, args.every as usize, !args.no_speech);
    let outcome = in_order(shared.jobs(), steps, |step| analyst.see(step), |seen| run.take(seen));
    if outcome.is_err() && !interrupted() {
        return outcome;
    }
    if outcome.is_err() && run.done == 0 {
        // Nothing was finished before the interrupt, so all outputs stay as they were.
        return outcome;
    }
    finish(args, run.results()?)?;
    outcome
}

/// Returns the inputs and their kinds. What cannot be read is named and skipped.
fn inputs(args: &AnalyzeArgs) -> Outcome<Vec<(PathBuf, Kind)>> {
    let mut found = Vec::new();
    let several = args.inputs.len() > 1;
    let folders = match (args.frames, args.recursive) {
        (true, _) => Folders::Clips,
        (_, true) => Folders::Trees,
        _ => Folders::Lists,
    };
    for path in &args.inputs {
        let Some(listing) = or_skip(list(path, folders), several)? else { continue };
        found.extend(listing.skipping()?);
    }
    if found.is_empty() { Err(unreadable(args)) } else { Ok(found) }
}

fn unreadable(args: &AnalyzeArgs) -> Failure {
    Failure::new(format!("none of {} can be read", counted(args.inputs.len(), "inputs")))
}

fn input(outputs: &mut Outputs, args: &AnalyzeArgs, path: &Path, kind: Kind) -> Outcome<Input> {
    let drawing = args.annotate.as_deref().map(|folder| Drawing::new(outputs, folder, path, kind)).transpose()?;
    Ok(Input { path: path.to_path_buf(), kind, drawing })
}

fn results<'a>(engine: &Engine, args: &AnalyzeArgs, csv: Option<&'a Destination>) -> Outcome<Results<'a>> {
    let printed = match (args.json, args.jsonl) {
        (true, _) => Printed::Json(Box::new(JsonList::new()?)),
        (_, true) => Printed::Lines(None),
        _ => Printed::Text,
    };
    let table = match csv {
        Some(file) => Some((file, Table::new(file.begin_growing()?, engine.emotion_labels()?)?)),
        None => None,
    };
    Ok(Results { printed, table })
}

/// Completes the outputs and tells what the exit code means.
fn finish(args: &AnalyzeArgs, run: Finished<'_>) -> Outcome {
    let Finished { results, done, faceless, recorded } = run;
    if done == 0 {
        return Err(unreadable(args));
    }
    let names: Vec<_> = faceless.iter().map(|path| path.display().to_string()).collect();
    let none = format!("no face in {}", listed(&names, ", "));
    if !faceless.is_empty() && faceless.len() < done {
        skipped::faceless(none.clone(), faceless.len())?;
    }
    let mut members = Map::new();
    members.insert("unreadable".to_owned(), json!(skipped::list()));
    if args.timeline {
        members.insert("timeline".to_owned(), json!(recorded));
    }
    let is_text = matches!(results.printed, Printed::Text);
    results.finish(members)?;
    if is_text {
        recorded.iter().try_for_each(say)?;
    }
    // The results are printed; the exit code tells scripts that no picture has a face.
    if !faceless.is_empty() && faceless.len() == done { Err(Failure::new(none)) } else { Ok(()) }
}

/// Analyzes the input `path` and draws it.
pub fn analyze(engine: &Engine, path: &Path, kind: Kind, drawing: Drawing) -> Outcome<InputReport> {
    let input = Input { path: path.to_path_buf(), kind, drawing: Some(drawing) };
    let results = Results { printed: Printed::Nothing(None), table: None };
    let mut run = Run::new(engine, vec![input], false, None, results);
    let analyst = Analyst { engine, max_faces: DEFAULT_MAX_FACES, draws: true };
    let steps = Steps::new(vec![(path.to_path_buf(), kind)], 1, false);
    in_order(1, steps, |step| analyst.see(step), |seen| run.take(seen))?;
    match run.results()?.results.printed {
        Printed::Nothing(Some(report)) => Ok(*report),
        _ => Err(Failure::new(format!("{}: not analyzed", path.display()))),
    }
}
