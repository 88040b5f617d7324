//! `mien bench power`: CPU time per second of stream at each power budget, and what it costs in answers.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use cpu_time::ProcessTime;
use mien_core::labels;
use mien_core::stream::{LiveOptions, LivePace, LiveSession, PowerBudget, StreamResult};
use mien_core::{Engine, Frame};
use mien_eval::datasets::Dataset;
use serde::Serialize;

use crate::args::{BenchPowerArgs, Shared};
use crate::bench::measure::{milliseconds, quantile};
use crate::material::Material;
use crate::media::{Media, Picture};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, print_json, say};
use crate::session;

/// Seconds for which the first and the last frame of a labeled sequence are shown.
const HELD_S: f64 = 2.0;

/// Time for the decoder's thread to read ahead, so that its work is not measured.
const READ_AHEAD: Duration = Duration::from_millis(2);

/// How long a result may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The figures of one budget.
#[derive(Serialize)]
struct Row {
    budget: &'static str,
    /// CPU milliseconds per second of stream: median over the rounds, lowest and highest.
    cpu_ms_per_s: [f64; 3],
    /// Of the CPU time of the full budget: median over the rounds.
    share: f64,
    frames_per_s: f64,
    analyses_per_s: f64,
    /// Share of camera frames at which the shown label is that of the full budget.
    agreement: f64,
    /// Share of frames of the held apex, from its first one on, at which the true label is shown; null without labels.
    accuracy: Option<f64>,
    /// Share of sequences that show the true label at their end; null without labels.
    accuracy_at_end: Option<f64>,
}

/// The figures of all sets of streams.
#[derive(Serialize)]
struct Report {
    sets: Vec<Set>,
}

/// The figures of a set of streams.
#[derive(Serialize)]
struct Set {
    data: String,
    streams: usize,
    seconds: f64,
    rounds: usize,
    budgets: Vec<Row>,
}

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchPowerArgs) -> Outcome {
    let material = Material::open(None, &["clip"])?;
    let engine = session::engine(shared)?;
    let streams = streams(args, &material)?;
    let steps = args.rounds as usize * streams.iter().map(|(_, streams)| streams.len()).sum::<usize>();
    let bar = Progress::new(steps, "streams");
    let mut report = Report { sets: Vec::new() };
    for (data, streams) in streams {
        let mut rounds = Vec::new();
        for _ in 0..args.rounds {
            let mut tallies = PowerBudget::ALL.map(|_| Tally::default());
            for (path, truth) in &streams {
                show(path, truth.as_deref(), &mut watched(&engine)?, &mut tallies)?;
                bar.step();
            }
            rounds.push(tallies);
        }
        report.sets.push(figures(data, streams.len(), &rounds)?);
    }
    drop(bar);
    if args.json { print_json(&report) } else { report.sets.iter().try_for_each(print_table) }
}

/// Files or folders with the label that their end shows, if it is known.
type Streams = Vec<(PathBuf, Option<String>)>;

/// Returns the sets of streams by name.
fn streams(args: &BenchPowerArgs, material: &Material) -> Outcome<Vec<(String, Streams)>> {
    let mut sets = Vec::new();
    if !args.inputs.is_empty() {
        sets.push(("given clips".to_owned(), args.inputs.iter().map(|path| (path.clone(), None)).collect()));
    } else if args.data.is_empty() {
        sets.push(("built-in clip".to_owned(), vec![(material.path("clip"), None)]));
    }
    for data in &args.data {
        let dataset = Dataset::open(data, &["emotion"])?;
        let entries = dataset.entries.into_iter().map(|entry| (entry.path, Some(entry.emotion)));
        sets.push((dataset.name, entries.collect()));
    }
    Ok(sets)
}

/// Returns a session of each budget.
fn watched(engine: &Engine) -> Outcome<Vec<Watched>> {
    let options = LiveOptions { min_change: 0.0, ..LiveOptions::default() };
    let watched = PowerBudget::ALL.into_iter().map(|power| {
        let session = LiveSession::new(engine, options)?;
        session.set_pace(LivePace { power, ..session.pace() })?;
        Ok(Watched { session, shown: None })
    });
    watched.collect()
}

/// A session, and the label that an application shows.
struct Watched {
    session: LiveSession,
    shown: Option<String>,
}

/// Counts of the streams at one budget.
#[derive(Default)]
struct Tally {
    cpu: Duration,
    seconds: f64,
    camera_frames: u64,
    frames: u64,
    analyses: u64,
    agreeing: u64,
    apex_frames: u64,
    right: u64,
    sequences: u64,
    right_at_end: u64,
}

/// Shows a stream to all sessions, frame by frame, in turn. A labeled sequence begins with its first frame held and ends with its last
/// frame held, the apex.
fn show(path: &Path, truth: Option<&str>, watched: &mut [Watched], tallies: &mut [Tally; 4]) -> Outcome {
    let truth = truth.map(labels::canonical);
    let truth = truth.as_deref();
    let mut media = Media::open(path)?;
    let held = if truth.is_some() { (HELD_S * media.fps()).round().max(1.0) as usize } else { 1 };
    let (mut stream, mut last) = (Stream { index: 0, last_us: None, watched, tallies }, None);
    while let Some(picture) = media.next_picture()? {
        let step_us = (1e6 / media.fps().max(1.0)) as u64;
        for _ in 0..if last.is_none() { held } else { 1 } {
            let next_us = stream.last_us.map_or(0, |last_us| last_us + step_us);
            let at_us = if truth.is_some() { next_us } else { media.time_us() };
            stream.frame(&picture, at_us, None)?;
        }
        last = Some((picture, step_us));
    }
    let (Some(truth), Some((picture, step_us))) = (truth, last) else { return Ok(()) };
    for _ in 1..held {
        let at_us = stream.last_us.map_or(0, |last_us| last_us + step_us);
        stream.frame(&picture, at_us, Some(truth))?;
    }
    for (watched, tally) in stream.watched.iter().zip(stream.tallies.iter_mut()) {
        tally.sequences += 1;
        tally.right_at_end += u64::from(watched.shown.as_deref() == Some(truth));
    }
    Ok(())
}

/// A stream that all sessions see.
struct Stream<'a> {
    index: usize,
    last_us: Option<u64>,
    watched: &'a mut [Watched],
    tallies: &'a mut [Tally; 4],
}

impl Stream<'_> {
    /// Shows the next frame to each session; `truth` is what it shows.
    fn frame(&mut self, picture: &Picture, at_us: u64, truth: Option<&str>) -> Outcome {
        check_interrupt()?;
        thread::sleep(READ_AHEAD);
        let frame = picture.frame()?;
        let elapsed_s = self.last_us.map_or(0.0, |last_us| (at_us - last_us) as f64 / 1e6);
        let count = self.watched.len();
        for turn in 0..count {
            let which = (self.index + turn) % count;
            let (watched, tally) = (&mut self.watched[which], &mut self.tallies[which]);
            watched.see(&frame, at_us, tally)?;
            tally.seconds += elapsed_s;
        }
        let full = self.watched[0].shown.clone();
        for (watched, tally) in self.watched.iter().zip(self.tallies.iter_mut()) {
            tally.camera_frames += 1;
            tally.agreeing += u64::from(watched.shown == full);
            if let Some(truth) = truth {
                tally.apex_frames += 1;
                tally.right += u64::from(watched.shown.as_deref() == Some(truth));
            }
        }
        (self.index, self.last_us) = (self.index + 1, Some(at_us));
        Ok(())
    }
}

impl Watched {
    /// Submits a frame and waits for what becomes of it.
    fn see(&mut self, frame: &Frame<'_>, at_us: u64, tally: &mut Tally) -> Outcome {
        let started = ProcessTime::now();
        self.session.submit(frame, at_us)?;
        let mut result = None;
        while self.session.statistics().pending() > 0 {
            result = self.session.recv(PATIENCE)?.or(result);
        }
        tally.cpu += started.elapsed();
        let result = match self.session.poll()? {
            Some(last) => Some(last),
            None => result,
        };
        let Some(result) = result else { return Ok(()) };
        tally.frames += 1;
        tally.analyses += result.faces.iter().filter(|face| face.analyzed_us == Some(at_us)).count() as u64;
        self.shown = label(&result);
        Ok(())
    }
}

/// The label of the largest face.
fn label(result: &StreamResult) -> Option<String> {
    let area = |index: &usize| {
        let bounds = &result.faces[*index].face.bounds;
        bounds.width * bounds.height
    };
    let largest = (0..result.faces.len()).max_by(|a, b| area(a).total_cmp(&area(b)))?;
    result.faces[largest].label.clone()
}

fn figures(data: String, streams: usize, tallies: &[[Tally; 4]]) -> Outcome<Set> {
    let Some(first) = tallies.first().filter(|first| first[0].seconds > 0.0) else {
        return Err(Failure::new(format!("{data}: no stream of several frames")));
    };
    let cost = |tally: &Tally| milliseconds(tally.cpu) / tally.seconds;
    let budgets = PowerBudget::ALL.into_iter().enumerate().map(|(index, budget)| {
        let costs: Vec<f64> = tallies.iter().map(|round| cost(&round[index])).collect();
        let shares: Vec<f64> = tallies.iter().map(|round| cost(&round[index]) / cost(&round[0])).collect();
        let tally = &first[index];
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        Row {
            budget: budget.name(),
            cpu_ms_per_s: [0.5, 0.0, 1.0].map(|q| quantile(&costs, q)),
            share: quantile(&shares, 0.5),
            frames_per_s: tally.frames as f64 / tally.seconds,
            analyses_per_s: tally.analyses as f64 / tally.seconds,
            agreement: share(tally.agreeing, tally.camera_frames),
            accuracy: (tally.apex_frames > 0).then(|| share(tally.right, tally.apex_frames)),
            accuracy_at_end: (tally.sequences > 0).then(|| share(tally.right_at_end, tally.sequences)),
        }
    });
    let (seconds, rounds) = (first[0].seconds, tallies.len());
    Ok(Set { data, streams, seconds, rounds, budgets: budgets.collect() })
}

fn print_table(set: &Set) -> Outcome {
    let Set { data, streams, seconds, rounds, budgets } = set;
    let number = |count: &usize, of: &str| if *count == 1 { format!("1 {of}") } else { format!("{count} {of}s") };
    let (streams, rounds) = (number(streams, "stream"), number(rounds, "round"));
    say(format!("{data}: {streams}, {seconds:.1} s, median of {rounds} (lowest to highest)"))?;
    let labeled = budgets.iter().any(|row| row.accuracy.is_some());
    let more = if labeled { "  accuracy  at the end" } else { "" };
    say(format!("budget     CPU ms/s                 of full  frames/s  analyses/s  as full{more}"))?;
    for row in budgets {
        let [median, lowest, highest] = row.cpu_ms_per_s;
        let times = format!("{median:.1} ({lowest:.1} to {highest:.1})");
        let percent = |share: Option<f64>| share.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
        say(format!(
            "{:<9}  {times:<23}  {:>7.2}  {:>8.1}  {:>10.1}  {:>7}{}",
            row.budget,
            row.share,
            row.frames_per_s,
            row.analyses_per_s,
            percent(Some(row.agreement)),
            if labeled {
                format!("  {:>8}  {:>10}", percent(row.accuracy), percent(row.accuracy_at_end))
            } else {
                String::new()
            },
        ))?;
    }
    Ok(())
}
