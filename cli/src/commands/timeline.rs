//! `mien timeline`: shows, exports, plots and deletes a user's recorded emotions.

use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use mien_core::Modality;
use mien_core::timeline::slots::Slots;
use mien_core::timeline::{
    Bucket, BucketWidth, Clock, Event, ExportFormat, LATEST_MS, Retention, Summary, Timeline, TimelineMut,
    TimelineOptions,
};
use mien_core::users::store::Store;
use mien_eval::drawing::Plot;
use mien_eval::table::{Column, Row, Table};
use serde_json::json;

use crate::args::{Detail, Shared, TimelineArgs};
use crate::commands::media_names;
use crate::draw::plot_width::PlotWidth;
use crate::draw::shares_plot::{Band, SharesPlot};
use crate::media::reading;
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::{json_output, note, print_json, say, warn};
use crate::session;
use crate::text::{affect_text, answer, counted};
use crate::time::{length_text, now_ms, parse_time, time_text};

/// Runs the command.
pub fn run(shared: &Shared, args: &TimelineArgs) -> Outcome {
    let store = session::store(shared)?;
    session::check_user_in(&store, &args.name)?;
    let action = &args.action;
    if action.list {
        return list(&store, args);
    }
    if action.forget {
        return forget(&store, args);
    }
    if !action.keep.is_empty() || action.offset.is_some() {
        return set_options(&store, args);
    }
    if let Some(file) = &action.import {
        return import(&store, args, file);
    }
    if action.prune {
        store.write_slots(&args.name, |slots| TimelineMut::new(slots).prune(now_ms()))?;
        store.erase_free_space()?;
        if args.json {
            return print_json(&json!({ "user": args.name, "pruned": true }));
        }
        return say(format!("{}: deleted what was past its retention", args.name));
    }
    show(shared, &store, args)
}

/// Opens the answers for `clock`, or what the voice alone said beside them.
fn open<'a>(slots: &'a dyn Slots, clock: &Clock, stream: Modality) -> mien_core::Result<Timeline<'a>> {
    match stream {
        Modality::Face => Timeline::open(slots, clock),
        Modality::Speech => Timeline::open_spoken(slots, clock),
    }
}

fn clock(args: &TimelineArgs) -> Clock {
    args.media.clone().map_or(Clock::Wall, Clock::Media)
}

/// Returns the UTC offset of the times of `clock` in milliseconds.
fn offset_ms(options: &TimelineOptions, clock: &Clock) -> i64 {
    if *clock == Clock::Wall { i64::from(options.offset_minutes) * BucketWidth::Minute.ms() as i64 } else { 0 }
}

fn options(store: &Store, name: &str) -> Outcome<TimelineOptions> {
    Ok(store.read_slots(name, |slots| Timeline::options(slots))?)
}

/// Returns the range of the options.
fn range(args: &TimelineArgs, offset_ms: i64) -> Outcome<Range<u64>> {
    let time = |text: &Option<String>, missing| match text {
        None => Ok(missing),
        Some(text) if args.media.is_some() => {
            text.parse().map_err(|_| Failure::new(format!("{text:?} is not a time of a medium: expected milliseconds")))
        }
        Some(text) => parse_time(text, Some(offset_ms)).ok_or_else(|| {
            Failure::new(format!("{text:?} is not a time: expected 2026-11-23, 2026-11-23T14:00 or milliseconds"))
        }),
    };
    let range = time(&args.from, 0)?..time(&args.to, u64::MAX)?;
    if range.is_empty() {
        return Err(Failure::new("--from must be before --to"));
    }
    Ok(range)
}

fn list(store: &Store, args: &TimelineArgs) -> Outcome {
    let options = options(store, &args.name)?;
    let timelines = store.read_slots(&args.name, |slots| {
        let all = Timeline::list(slots)?;
        all.iter().map(|summary| Ok(open(slots, &summary.clock, args.stream)?.summary())).collect::<Result<Vec<_>, _>>()
    })?;
    if args.json {
        return print_json(&json!({ "user": args.name, "options": options, "timelines": timelines }));
    }
    for summary in &timelines {
        say(described(summary, offset_ms(&options, &summary.clock)))?;
    }
    say(kept(&options))
}

fn described(Summary { clock, events, span_ms, .. }: &Summary, offset: i64) -> String {
    let span = match span_ms {
        None => "nothing".to_owned(),
        Some((first, last)) => {
            let [first, last] = [first, last].map(|at| time_text(clock, *at, offset));
            format!("{}, {first} to {last}", counted(*events, "events"))
        }
    };
    match clock {
        Clock::Wall => format!("wall time: {span}"),
        Clock::Media(name) => format!("medium {name}: {span}"),
    }
}

fn kept(TimelineOptions { offset_minutes, retention }: &TimelineOptions) -> String {
    let Retention { events, minutes, hours, days, media } = retention;
    let kept = [("events", events), ("minutes", minutes), ("hours", hours), ("days", days), ("media", media)];
    let kept =
        kept.map(|(what, days)| format!("{what} {}", days.map_or("forever".to_owned(), |days| counted(days, "days"))));
    format!("retention: {}; UTC offset of days: {offset_minutes} min", kept.join(", "))
}

fn forget(store: &Store, args: &TimelineArgs) -> Outcome {
    if args.from.is_none() && args.to.is_none() && args.media.is_none() {
        return Err(Failure::new("give the range to delete: --from, --to or --media"));
    }
    let clock = clock(args);
    let range = range(args, offset_ms(&options(store, &args.name)?, &clock))?;
    let whole = args.from.is_none() && args.to.is_none();
    let forgotten = store.write_slots(&args.name, |slots| {
        let forgotten = TimelineMut::new(slots).forget(&clock, range)?;
        if let (Clock::Media(name), true) = (&clock, whole) {
            media_names::forget(slots, name)?;
        }
        Ok(forgotten)
    })?;
    store.erase_free_space()?;
    if args.json {
        return print_json(&json!({ "user": args.name, "forgotten": forgotten }));
    }
    say(format!("{}: deleted {} and their counts", args.name, counted(forgotten, "events")))
}

fn set_options(store: &Store, args: &TimelineArgs) -> Outcome {
    let mut options = options(store, &args.name)?;
    options.offset_minutes = args.action.offset.unwrap_or(options.offset_minutes);
    for (what, days) in &args.action.keep {
        let retention = &mut options.retention;
        *match what.as_str() {
            "events" => &mut retention.events,
            "minutes" => &mut retention.minutes,
            "hours" => &mut retention.hours,
            "days" => &mut retention.days,
            _ => &mut retention.media,
        } = *days;
    }
    store.write_slots(&args.name, |slots| {
        let mut timelines = TimelineMut::new(slots);
        timelines.set_options(options)?;
        timelines.prune(now_ms())
    })?;
    if args.json {
        return print_json(&json!({ "user": args.name, "options": options }));
    }
    say(format!("{}: {}", args.name, kept(&options)))
}

/// Max size of a table of events in bytes.
const MAX_TABLE_BYTES: u64 = 1 << 30;

/// Events per recording.
const BATCH: usize = 10_000;

/// The columns of a table of events before the probability of each label, which is called `p_` and the label.
const COLUMNS: [Column; 4] = [Column(&["at_ms"]), Column(&["duration_ms"]), Column(&["label"]), Column(&["adapted"])];

fn import(store: &Store, args: &TimelineArgs, file: &Path) -> Outcome {
    let bytes = reading::read(file, MAX_TABLE_BYTES, "a table of events")?;
    let table = Table::parse(&bytes, &COLUMNS).naming(file)?;
    let events = events_of(&table).naming(file)?;
    let clock = clock(args);
    store.write_slots(&args.name, |slots| {
        let mut timelines = TimelineMut::new(slots);
        let mut record = |batch: &[Event]| match args.stream {
            Modality::Face => timelines.record(&clock, batch, now_ms()),
            Modality::Speech => timelines.record_spoken(&clock, batch, now_ms()),
        };
        events.chunks(BATCH).try_for_each(|batch| record(batch).map(drop))
    })?;
    store.compact()?;
    if args.json {
        return print_json(&json!({ "user": args.name, "recorded": events.len() }));
    }
    say(format!("{}: recorded {}", args.name, counted(events.len(), "events")))
}

fn events_of(table: &Table) -> Outcome<Vec<Event>> {
    let mut fixed = [0; 4];
    for (place, column) in fixed.iter_mut().zip(&COLUMNS) {
        *place = table
            .require(column)
            .map_err(|error| Failure::new(format!("not a table of a timeline's events: {}", error.full_text())))?;
    }
    let probability = |(index, name): (usize, &String)| Some((index, label_of(name)?.to_owned()));
    let (places, labels): (Vec<usize>, Vec<String>) =
        table.columns().iter().enumerate().filter_map(probability).unzip();
    let labels: Arc<[String]> = labels.into();
    let event = |row: &Row| match event_of(table, row, fixed, &places, &labels) {
        Some(event) => Ok(event),
        None => {
            let cells: Vec<_> = row.cells().collect();
            Err(Failure::new(format!("line {} is not an event: {}", row.line, cells.join(" | "))))
        }
    };
    table.rows().iter().map(event).collect()
}

/// Returns the label of a column of probabilities.
fn label_of(column: &str) -> Option<&str> {
    column.split_at_checked(2).filter(|(start, _)| start.eq_ignore_ascii_case("p_")).map(|(_, label)| label)
}

fn event_of(
    table: &Table,
    row: &Row,
    [at, duration, label, adapted]: [usize; 4],
    probabilities: &[usize],
    labels: &Arc<[String]>,
) -> Option<Event> {
    Some(Event {
        at_ms: row.cell(at).parse().ok()?,
        duration_ms: row.cell(duration).parse().ok()?,
        labels: labels.clone(),
        label: labels.iter().position(|other| other == row.cell(label))?,
        probabilities: probabilities
            .iter()
            .map(|&place| table.number(row.cell(place)).parse().ok())
            .collect::<Option<_>>()?,
        adapted: row.cell(adapted).to_lowercase().parse().ok()?,
    })
}

/// The file format of a plot.
#[derive(Clone, Copy)]
enum PlotFormat {
    Svg,
    Png,
}

/// Returns the output of the plot and its format by the file extension; SVG for a pipe or standard output without
/// one.
fn plot_output(outputs: &mut Outputs, path: &Path) -> Outcome<(Destination, PlotFormat)> {
    let file = outputs.file(path, Readers::Owner)?;
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => PlotFormat::Svg,
        Some("png") => PlotFormat::Png,
        _ if !file.is_file() => PlotFormat::Svg,
        _ => return Err(Failure::new(format!("{file}: a plot must be a .png or .svg file"))),
    };
    Ok((file, format))
}

fn show(shared: &Shared, store: &Store, args: &TimelineArgs) -> Outcome {
    let mut outputs = Outputs::new(shared, args.json);
    let csv = args.csv.as_deref().map(|file| outputs.file(file, Readers::Owner)).transpose()?;
    let plot_file = args.plot.as_deref().map(|file| plot_output(&mut outputs, file)).transpose()?;
    let clock = clock(args);
    let offset = offset_ms(&options(store, &args.name)?, &clock);
    let range = range(args, offset)?;
    let summary = store.read_slots(&args.name, |slots| Ok(open(slots, &clock, args.stream)?.summary()))?;
    let detail = args.bucket.unwrap_or_else(|| Detail::Bucket(suitable(&summary, &range)));
    if let Some(file) = &csv {
        file.stream(|out| export(store, args, &clock, &range, detail, (ExportFormat::Csv, out)))?;
    }
    if let Some((file, format)) = &plot_file {
        plot(store, args, &clock, &range, offset, (file, *format))?;
    }
    if args.json {
        let mut out = json_output();
        return export(store, args, &clock, &range, detail, (ExportFormat::Json, &mut out));
    }
    for file in csv.iter().chain(plot_file.as_ref().map(|(file, _)| file)) {
        note(format!("wrote {file}"))?;
    }
    if csv.is_none() && plot_file.is_none() { print(store, args, &clock, &range, detail, offset) } else { Ok(()) }
}

/// Returns the smallest bucket width with at most 300 buckets in the recorded part of `range`.
fn suitable(summary: &Summary, range: &Range<u64>) -> BucketWidth {
    let Some((first, last)) = summary.span_ms else { return BucketWidth::Day };
    let length = last.min(range.end).saturating_sub(first.max(range.start));
    BucketWidth::ALL.into_iter().find(|width| length / width.ms() <= 300).unwrap_or(BucketWidth::Day)
}

fn export(
    store: &Store,
    args: &TimelineArgs,
    clock: &Clock,
    range: &Range<u64>,
    detail: Detail,
    (format, out): (ExportFormat, &mut dyn Write),
) -> Outcome {
    store.read_slots(&args.name, |slots| {
        let timeline = open(slots, clock, args.stream)?;
        match detail {
            Detail::Event => timeline.export_events(range.clone(), format, out),
            Detail::Bucket(width) => timeline.export_buckets(range.clone(), width, format, out),
        }
    })?;
    Ok(())
}

/// Draws the timelines of the user and of those beside whom it is shown.
fn plot(
    store: &Store,
    args: &TimelineArgs,
    clock: &Clock,
    range: &Range<u64>,
    offset: i64,
    (file, format): (&Destination, PlotFormat),
) -> Outcome {
    let names: Vec<_> = std::iter::once(&args.name).chain(&args.with).collect();
    let summary = |name: &str, stream| Ok(store.read_slots(name, |slots| Ok(open(slots, clock, stream)?.summary()))?);
    let of_all = |stream| names.iter().map(|name| summary(name, stream)).collect::<Outcome<Vec<_>>>();
    let (answers, voices) = (of_all(Modality::Face)?, of_all(Modality::Speech)?);
    let asked = if let Some(Detail::Bucket(width)) = args.bucket { Some(width) } else { None };
    let width = PlotWidth::fitting(length_ms(answers.iter().chain(&voices), range), asked);
    if let Some(asked) = asked.filter(|&asked| width != PlotWidth { unit: asked, count: 1 }) {
        let (asked, shown) = (asked.name(), width.name());
        warn(format!("{file}: a bucket per {asked} does not fit the plot, which shows one per {shown}"))?;
    }
    let mut bands = Vec::new();
    for ((name, answers), voice) in names.into_iter().zip(&answers).zip(&voices) {
        let buckets =
            |stream| store.read_slots(name, |slots| open(slots, clock, stream)?.buckets(range.clone(), width.unit));
        let band = Band::new(name, answers, buckets(Modality::Face)?, width);
        let band = band.with_voice(&voice.labels, buckets(Modality::Speech)?, width);
        if band.is_empty() {
            return Err(Failure::new(format!("{name}: nothing is recorded in this range")));
        }
        bands.push(band);
    }
    let plot = SharesPlot::new(bands, clock.clone(), width, range, offset);
    match format {
        PlotFormat::Svg => file.write(plot.svg().as_bytes()),
        PlotFormat::Png => file.write(&plot.png()?),
    }
}

/// Returns the length of the part of `range` in which one of the timelines has events.
fn length_ms<'a>(summaries: impl Iterator<Item = &'a Summary> + Clone, range: &Range<u64>) -> u64 {
    let spans = || summaries.clone().filter_map(|summary| summary.span_ms);
    let first = spans().map(|(first, _)| first).min().unwrap_or(0);
    let last = spans().map(|(_, last)| last).max().unwrap_or(0);
    let from = if range.start > 0 { range.start } else { first };
    let to = if range.end < LATEST_MS { range.end } else { last };
    to.saturating_sub(from)
}

fn print(
    store: &Store,
    args: &TimelineArgs,
    clock: &Clock,
    range: &Range<u64>,
    detail: Detail,
    offset: i64,
) -> Outcome {
    let lines = store.read_slots(&args.name, |slots| {
        let timeline = open(slots, clock, args.stream)?;
        let when = |at| time_text(clock, at, offset);
        Ok(match detail {
            Detail::Event => {
                let events = timeline.events(range.clone(), MAX_LINES)?;
                events.iter().map(|event| format!("{}  {}", when(event.at_ms), event_text(event))).collect()
            }
            Detail::Bucket(width) => {
                let buckets = timeline.buckets(range.clone(), width)?;
                let line =
                    |bucket: &Bucket| format!("{}  {}", when(bucket.start_ms), bucket_text(bucket, timeline.labels()));
                buckets.iter().take(MAX_LINES).map(line).collect::<Vec<_>>()
            }
        })
    })?;
    if lines.is_empty() {
        say(format!("{}: nothing is recorded in this range; --list shows all timelines", args.name))?;
    }
    if lines.len() == MAX_LINES {
        say(format!("only the first {MAX_LINES} lines; --csv and --json write all"))?;
    }
    lines.iter().try_for_each(say)
}

/// Max number of printed lines.
const MAX_LINES: usize = 1000;

fn event_text(event: &Event) -> String {
    let share = event.probabilities.get(event.label).expect("the label of a recorded event is one of its classes");
    answer(event.name(), *share, event.adapted)
}

/// Formats a bucket: `1200 events, seen 20.0 min, own head 95 %: happy 61 %, neutral 30 %, sad 9 %; valence +0.44,
/// arousal +0.29`.
fn bucket_text(Bucket { tally, .. }: &Bucket, labels: &[String]) -> String {
    let mut shares: Vec<(f64, &String)> =
        labels.iter().enumerate().map(|(class, label)| (tally.share(class), label)).collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shares: Vec<_> =
        shares.iter().take(3).map(|(share, label)| format!("{label} {:.0} %", 100.0 * share)).collect();
    let (seen, own) = (length_text(tally.observed_ms), 100.0 * tally.adapted as f64 / tally.events.max(1) as f64);
    let affect = tally.affect(labels).map(|affect| format!("; {}", affect_text(affect))).unwrap_or_default();
    format!("{:>7} events, seen {seen:>8}, own head {own:>3.0} %: {}{affect}", tally.events, shares.join(", "))
}
