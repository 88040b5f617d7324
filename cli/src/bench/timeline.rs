//! `mien bench timeline`: recording and querying a timeline of synthetic events on disk.

use std::fs;
use std::hint::black_box;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use mien_core::SplitMix64;
use mien_core::labels::EMOTIONS;
use mien_core::timeline::{BucketWidth, Clock, Event, Retention, Timeline, TimelineMut, TimelineOptions};
use mien_core::users::crypto::{KEY_BYTES, StoreKey};
use mien_core::users::profile::Profile;
use mien_core::users::store::{FILE, Store, StoreOptions};
use serde_json::json;

use crate::args::BenchTimelineArgs;
use crate::bench::measure::{milliseconds, spread};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{Undone, check_interrupt};
use crate::process::terminal::{Progress, print_json, say};

const USER: &str = "bench";
/// 2026-01-01 at 00:00 UTC.
const START_MS: u64 = 1_767_225_600_000;
const HOUR_MS: u64 = BucketWidth::Hour.ms();
const DAY_MS: u64 = BucketWidth::Day.ms();
/// Seed of the events.
const SEED: u64 = 1;
/// Key of an encrypted store, which is deleted afterwards.
const KEY: [u8; KEY_BYTES] = [1; KEY_BYTES];

/// Synthetic events at irregular times. Probabilities drift and are mostly all above 0, the most expensive case to
/// store.
struct MadeUp {
    random: SplitMix64,
    labels: Arc<[String]>,
    logits: [f32; 7],
    gap_ms: f64,
    seen_ms: f64,
    hours: u64,
}

impl MadeUp {
    fn new(args: &BenchTimelineArgs) -> Self {
        let gap_ms = (args.days * args.hours * HOUR_MS) as f64 / args.events as f64;
        let labels = EMOTIONS.map(str::to_owned).into();
        Self { random: SplitMix64::new(SEED), labels, logits: [0.0; 7], gap_ms, seen_ms: 0.0, hours: args.hours }
    }

    fn event(&mut self) -> Event {
        let gap = self.gap_ms * (0.5 + self.random.below(1000) as f64 / 1000.0);
        self.seen_ms += gap.max(1.0);
        // The hours in which the user is seen start at midnight.
        let (seen, day) = (self.seen_ms as u64, self.hours * HOUR_MS);
        let at_ms = START_MS + seen / day * DAY_MS + seen % day;
        for logit in &mut self.logits {
            *logit = 0.95 * *logit + 0.6 * self.random.normal();
        }
        let weights = self.logits.map(f32::exp);
        let sum: f32 = weights.iter().sum();
        let probabilities: Vec<f32> = weights.iter().map(|weight| weight / sum).collect();
        let max = |best: usize, class: usize| if weights[class] > weights[best] { class } else { best };
        let label = (1..7).fold(0, max);
        let duration_ms = (self.gap_ms as u32).min(HOUR_MS as u32);
        Event { at_ms, duration_ms, labels: self.labels.clone(), label, probabilities, adapted: true }
    }
}

/// A query, and the CPU time of each round in milliseconds.
struct Query {
    name: &'static str,
    results: usize,
    rounds: Vec<f64>,
}

/// Runs the command.
pub fn run(args: &BenchTimelineArgs) -> Outcome {
    let folder = tempfile::tempdir()?;
    let _undone = Undone::folder(folder.path());
    let key = args.encrypted.then(|| StoreKey::new(KEY));
    let store = Store::open_with(folder.path(), &StoreOptions { key, ..StoreOptions::default() })?;
    store.add(&Profile::new(USER, &[vec![1.0]], "none", START_MS)?)?;
    let options = TimelineOptions { offset_minutes: 0, retention: Retention::FOR_EVER };
    store.write_slots(USER, |slots| TimelineMut::new(slots).set_options(options))?;
    let batches = record(&store, args)?;
    let queries = queries(args).into_iter().map(|(name, ask)| measure(&store, args, name, ask));
    let queries: Vec<Query> = queries.collect::<Outcome<_>>()?;
    let summary = store.read_slots(USER, |slots| Ok(Timeline::open(slots, &Clock::Wall)?.summary()))?;
    if summary.events != args.events {
        return Err(Failure::new(format!("only {} of {} events were recorded", summary.events, args.events)));
    }
    store.compact()?;
    drop(store);
    let bytes = fs::metadata(folder.path().join(FILE))?.len();
    let seconds = batches.iter().map(Duration::as_secs_f64).sum::<f64>();
    report(args, &batches, seconds, bytes, &queries)
}

/// Records the events in batches and returns the time of each, without generating the events.
fn record(store: &Store, args: &BenchTimelineArgs) -> Outcome<Vec<Duration>> {
    let mut made_up = MadeUp::new(args);
    let mut times = Vec::new();
    let bar = Progress::new(args.events as usize, "events");
    let mut left = args.events;
    while left > 0 {
        check_interrupt()?;
        let events: Vec<Event> = (0..left.min(args.batch)).map(|_| made_up.event()).collect();
        let started = Instant::now();
        store.write_slots(USER, |slots| TimelineMut::new(slots).record(&Clock::Wall, &events, START_MS))?;
        times.push(started.elapsed());
        left -= events.len() as u64;
        bar.steps(events.len());
    }
    drop(bar);
    Ok(times)
}

type Ask = Box<dyn Fn(&Timeline<'_>) -> mien_core::Result<usize>>;

fn queries(args: &BenchTimelineArgs) -> Vec<(&'static str, Ask)> {
    let middle = START_MS + args.days / 2 * DAY_MS;
    let (day, year) = (middle..middle + DAY_MS, START_MS..START_MS + args.days * DAY_MS);
    let buckets = |range: Range<u64>, width: BucketWidth| -> Ask {
        Box::new(move |timeline| Ok(timeline.buckets(range.clone(), width)?.len()))
    };
    let events =
        |range: Range<u64>| -> Ask { Box::new(move |timeline| Ok(timeline.events(range.clone(), usize::MAX)?.len())) };
    let one_by_one = |range: Range<u64>| -> Ask {
        Box::new(move |timeline| {
            let mut seen = 0;
            timeline.visit(range.clone(), |event| {
                black_box(event);
                seen += 1;
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(seen)
        })
    };
    vec![
        ("a day by hours", buckets(day.clone(), BucketWidth::Hour)),
        ("a day by minutes", buckets(day.clone(), BucketWidth::Minute)),
        ("a day by seconds", buckets(day.clone(), BucketWidth::Second)),
        ("a day's events", events(day.clone())),
        ("the same, visited", one_by_one(day)),
        ("an hour's events", events(middle..middle + HOUR_MS)),
        ("all by days", buckets(year.clone(), BucketWidth::Day)),
        ("all by hours", buckets(year.clone(), BucketWidth::Hour)),
        ("all by minutes", buckets(year, BucketWidth::Minute)),
    ]
}

fn measure(store: &Store, args: &BenchTimelineArgs, name: &'static str, ask: Ask) -> Outcome<Query> {
    let mut query = Query { name, results: 0, rounds: Vec::new() };
    for _ in 0..args.rounds {
        check_interrupt()?;
        let started = ThreadTime::now();
        query.results = black_box(store.read_slots(USER, |slots| ask(&Timeline::open(slots, &Clock::Wall)?))?);
        query.rounds.push(milliseconds(started.elapsed()));
    }
    Ok(query)
}

fn report(args: &BenchTimelineArgs, batches: &[Duration], seconds: f64, bytes: u64, queries: &[Query]) -> Outcome {
    let times: Vec<f64> = batches.iter().copied().map(milliseconds).collect();
    let [median, low, high] = spread(&times);
    let rate = args.events as f64 / seconds;
    if args.json {
        let queries = queries.iter().map(|query| {
            let [median, low, high] = spread(&query.rounds);
            json!({ "query": query.name, "results": query.results, "cpu_ms_median": median, "cpu_ms_low": low, "cpu_ms_high": high })
        });
        return print_json(&json!({
            "events": args.events, "days": args.days, "hours": args.hours, "batch": args.batch, "encrypted": args.encrypted,
            "seconds": seconds, "events_per_second": rate,
            "batch_ms": { "median": median, "low": low, "high": high },
            "file_bytes": bytes, "queries": queries.collect::<Vec<_>>(),
        }));
    }
    say(format!(
        "{} events over {} days, {} hours each; batches of {}, each a durable transaction, in wall time; queries in CPU time",
        args.events, args.days, args.hours, args.batch
    ))?;
    say(format!("recorded {rate:.0} events/s in {seconds:.1} s"))?;
    let per_event = bytes as f64 / args.events as f64;
    let encrypted = if args.encrypted { "encrypted " } else { "" };
    say(format!("{encrypted}store file {:.1} MB, {per_event:.1} bytes per event", bytes as f64 / 1e6))?;
    say(format!("{:<20} {:>10} {:>12} {:>12} {:>12}", "", "results", "median", "10 %", "90 %"))?;
    say(format!("{:<20} {:>10} {median:>9.2} ms {low:>9.2} ms {high:>9.2} ms", "a batch", args.batch))?;
    for Query { name, results, rounds } in queries {
        let [median, low, high] = spread(rounds);
        say(format!("{name:<20} {results:>10} {median:>9.2} ms {low:>9.2} ms {high:>9.2} ms"))?;
    }
    Ok(())
}
