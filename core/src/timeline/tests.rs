//! Timelines compared with a naive recount, on values in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;

use super::directory::{Directory, Header, Span};
use super::event::{FULL, Record};
use super::place::{DAY, HOUR, MINUTE, Shift};
use super::writer::Writer;
use super::*;
use crate::affect::Affect;
use crate::error::{ErrorKind, Result};
use crate::timeline::slots::{Slots, SlotsMut};

#[derive(Default, Clone, PartialEq, Debug)]
struct Memory(BTreeMap<(u8, u64), Vec<u8>>);

impl Slots for Memory {
    fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(&(table, slot)).cloned())
    }
}

impl SlotsMut for Memory {
    fn put(&mut self, table: u8, slot: u64, value: &[u8]) -> Result<()> {
        self.0.insert((table, slot), value.to_vec());
        Ok(())
    }

    fn remove(&mut self, table: u8, slot: u64) -> Result<()> {
        self.0.remove(&(table, slot));
        Ok(())
    }
}

/// 2026-06-01 at 00:00 UTC.
const START: u64 = 20_605 * DAY;
const ALL: Range<u64> = 0..u64::MAX;

fn labels(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn three() -> Arc<[String]> {
    labels(&["neutral", "happy", "sad"])
}

/// An event with probabilities that are whole 255ths.
fn event(at_ms: u64, labels: &Arc<[String]>, label: usize, strength: u8, adapted: bool) -> Event {
    let rest = (255 - strength) as f32 / 255.0;
    let mut probabilities = vec![0.0; labels.len()];
    probabilities[0] = rest;
    probabilities[label] += strength as f32 / 255.0;
    Event { at_ms, duration_ms: 40, labels: labels.clone(), label, probabilities, adapted }
}

fn happy(at_ms: u64) -> Event {
    event(at_ms, &three(), 1, 200, false)
}

/// An empty timeline without retention, in which nothing is ever pruned.
fn for_ever(offset_minutes: i32) -> Memory {
    let mut memory = Memory::default();
    let options = TimelineOptions { offset_minutes, retention: Retention::FOR_EVER };
    TimelineMut::new(&mut memory).set_options(options).unwrap();
    memory
}

fn record(memory: &mut Memory, events: &[Event]) -> Recorded {
    TimelineMut::new(memory).record(&Clock::Wall, events, START).unwrap()
}

/// Prunes on each of the last days up to `until`, as an application that runs every day does, so
/// that the clock is trusted.
fn live(timelines: &mut TimelineMut<'_>, until: u64) {
    for back in (0..=DOUBTED_DAYS as u64).rev() {
        timelines.prune(until - back * DAY).unwrap();
    }
}

fn buckets(memory: &Memory, width: BucketWidth) -> Vec<Bucket> {
    Timeline::open(memory, &Clock::Wall).unwrap().buckets(ALL, width).unwrap()
}

fn starts(memory: &Memory, width: BucketWidth) -> Vec<u64> {
    buckets(memory, width).iter().map(|bucket| bucket.start_ms).collect()
}

fn events(memory: &Memory) -> Vec<Event> {
    Timeline::open(memory, &Clock::Wall).unwrap().events(ALL, usize::MAX).unwrap()
}

fn times(memory: &Memory) -> Vec<u64> {
    events(memory).iter().map(|event| event.at_ms).collect()
}

/// Computes the expected buckets from the events alone.
fn recount(events: &BTreeMap<u64, Event>, width: BucketWidth, offset_minutes: i32) -> Vec<Bucket> {
    let shift = DAY.checked_add_signed(i64::from(offset_minutes) * MINUTE as i64).unwrap();
    let mut counted: BTreeMap<u64, Tally> = BTreeMap::new();
    for event in events.values() {
        let tally = counted.entry((event.at_ms + shift) / width.ms() * width.ms() - shift).or_default();
        tally.events += 1;
        tally.adapted += u64::from(event.adapted);
        tally.observed_ms += u64::from(event.duration_ms);
        tally.classes.resize(event.labels.len(), ClassTally::default());
        tally.classes[event.label].events += 1;
        for (class, probability) in tally.classes.iter_mut().zip(&event.probabilities) {
            class.sum += (probability * FULL as f32).round() as u64;
        }
    }
    counted.into_iter().map(|(start_ms, tally)| Bucket { start_ms, tally: trimmed(tally) }).collect()
}

/// Removes the unused classes at the end.
fn trimmed(mut tally: Tally) -> Tally {
    while tally.classes.last().is_some_and(|class| *class == ClassTally::default()) {
        tally.classes.pop();
    }
    tally
}

#[derive(Debug, Clone)]
enum Step {
    Record(Vec<(u64, usize, u8, bool)>),
    Forget(u64, u64),
}

/// Times in a few hours of a few days, so that events collide.
fn time() -> impl Strategy<Value = u64> {
    let around = prop_oneof![Just(0), Just(HOUR), Just(3 * DAY + 5 * HOUR), Just(40 * DAY)];
    let within = prop_oneof![0..20u64, 0..2 * HOUR, HOUR - 20..HOUR + 20];
    (around, within).prop_map(|(around, within)| START + around + within)
}

fn step() -> impl Strategy<Value = Step> {
    let some = (time(), 0..3usize, any::<u8>(), any::<bool>());
    prop_oneof![
        4 => prop::collection::vec(some, 1..60).prop_map(Step::Record),
        1 => (time(), prop_oneof![0..10u64, 0..2 * HOUR, 0..5 * DAY]).prop_map(|(from, long)| Step::Forget(from, from + long)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn buckets_are_what_a_recount_of_the_events_gives(
        steps in prop::collection::vec(step(), 1..12), offset in prop_oneof![Just(0), Just(330), Just(-840)],
    ) {
        let mut memory = for_ever(offset);
        let mut naive: BTreeMap<u64, Event> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Record(some) => {
                    let labels = three();
                    let events: Vec<Event> =
                        some.iter().map(|&(at, label, strength, own)| event(at, &labels, label, strength, own)).collect();
                    let before = naive.len() as u64;
                    naive.extend(events.iter().map(|event| (event.at_ms, event.clone())));
                    prop_assert_eq!(record(&mut memory, &events).added, naive.len() as u64 - before);
                }
                Step::Forget(from, to) => {
                    let before = naive.len() as u64;
                    naive.retain(|at, _| !(from..to).contains(at));
                    let forgotten = TimelineMut::new(&mut memory).forget(&Clock::Wall, from..to).unwrap();
                    prop_assert_eq!(forgotten, before - naive.len() as u64);
                }
            }
            let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
            prop_assert_eq!(&timeline.events(ALL, usize::MAX).unwrap(), &naive.values().cloned().collect::<Vec<_>>());
            for width in BucketWidth::ALL {
                prop_assert_eq!(timeline.buckets(ALL, width).unwrap(), recount(&naive, width, offset), "{:?}", width);
            }
            let Summary { events, span_ms, .. } = timeline.summary();
            prop_assert_eq!(events, naive.len() as u64);
            let ends = naive.first_key_value().zip(naive.last_key_value());
            prop_assert_eq!(span_ms, ends.map(|((first, _), (last, _))| (*first, *last)));
        }
    }

    #[test]
    fn the_size_and_the_order_of_batches_make_no_difference(
        ats in prop::collection::btree_set(time(), 1..300), size in 1..50usize, seed: u64,
    ) {
        let events: Vec<Event> = ats.iter().map(|&at| event(at, &three(), (at % 3) as usize, at as u8, at % 5 == 0)).collect();
        let (mut once, mut pieces, mut shuffled) = (for_ever(0), for_ever(0), for_ever(0));
        record(&mut once, &events);
        for batch in events.chunks(size) {
            record(&mut pieces, batch);
        }
        prop_assert_eq!(&once, &pieces);
        let mut mixed = events.clone();
        crate::SplitMix64::new(seed).shuffle(&mut mixed);
        for batch in mixed.chunks(size) {
            record(&mut shuffled, batch);
            record(&mut shuffled, batch);
        }
        let timeline = Timeline::open(&shuffled, &Clock::Wall).unwrap();
        prop_assert_eq!(timeline.events(ALL, usize::MAX).unwrap(), events);
        for width in BucketWidth::ALL {
            prop_assert_eq!(buckets(&once, width), buckets(&shuffled, width));
        }
    }

    #[test]
    fn expired_data_is_gone_and_the_rest_is_right(
        ats in prop::collection::btree_set(START..START + 100 * DAY, 1..200),
        mut kept in prop::array::uniform4(1u32..110), prunes in prop::collection::vec(START..START + 130 * DAY, 1..4),
    ) {
        kept.sort_unstable();
        let [events, minutes, hours, days] = kept.map(Some);
        let retention = Retention { events, minutes, hours, days, media: None };
        let mut memory = for_ever(0);
        let naive: BTreeMap<u64, Event> = ats.iter().map(|&at| (at, happy(at))).collect();
        record(&mut memory, &naive.values().cloned().collect::<Vec<_>>());
        let mut timelines = TimelineMut::new(&mut memory);
        timelines.set_options(TimelineOptions { offset_minutes: 0, retention }).unwrap();
        for &now in &prunes {
            live(&mut timelines, now);
        }
        let now = *prunes.iter().max().unwrap() - PRUNE_DELAY_MS;
        let from = |kept: u32, unit: u64| (now - u64::from(kept) * DAY) / unit * unit;
        let left = |from: u64| naive.range(from..).map(|(at, event)| (*at, event.clone())).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(times(&memory), left(from(kept[0], HOUR)).into_keys().collect::<Vec<_>>());
        for (width, from) in [
            (BucketWidth::Second, from(kept[0], HOUR)),
            (BucketWidth::Minute, from(kept[1], HOUR)),
            (BucketWidth::Hour, from(kept[2], DAY)),
            (BucketWidth::Day, from(kept[3], DAY)),
        ] {
            prop_assert_eq!(buckets(&memory, width), recount(&left(from), width, 0), "{:?}", width);
        }
        if left(from(kept[3], DAY)).is_empty() {
            prop_assert!(memory.0.keys().all(|key| *key == (0, 0)), "only the options are left");
        }
    }

    #[test]
    fn a_range_gives_the_events_in_it_and_the_buckets_that_overlap_it(
        ats in prop::collection::btree_set(time(), 1..100), from in time(), long in prop_oneof![0..50u64, 0..4 * DAY],
    ) {
        let mut memory = for_ever(60);
        let naive: BTreeMap<u64, Event> = ats.iter().map(|&at| (at, happy(at))).collect();
        record(&mut memory, &naive.values().cloned().collect::<Vec<_>>());
        let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
        let range = from..from + long;
        let found: Vec<u64> = timeline.events(range.clone(), usize::MAX).unwrap().iter().map(|event| event.at_ms).collect();
        prop_assert_eq!(found, naive.range(range.clone()).map(|(at, _)| *at).collect::<Vec<_>>());
        for width in BucketWidth::ALL {
            let mut wanted = recount(&naive, width, 60);
            wanted.retain(|bucket| {
                bucket.start_ms < range.end && bucket.start_ms + width.ms() > range.start && !range.is_empty()
            });
            prop_assert_eq!(timeline.buckets(range.clone(), width).unwrap(), wanted, "{:?}", width);
        }
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic(
        ats in prop::collection::btree_set(time(), 20..60), which: prop::sample::Index, place: prop::sample::Index,
        flip in 1u8..=255, cut: bool, at in time(),
    ) {
        let mut memory = for_ever(0);
        record(&mut memory, &ats.iter().map(|&at| happy(at)).collect::<Vec<_>>());
        let key = *which.get(&memory.0.keys().copied().collect::<Vec<_>>());
        let value = memory.0.get_mut(&key).unwrap();
        if cut {
            value.truncate(place.index(value.len()));
        } else {
            *place.get_mut(value) ^= flip;
        }
        let damage = [ErrorKind::ProfileCorrupt, ErrorKind::ProfileVersion];
        let read = Timeline::open(&memory, &Clock::Wall).and_then(|timeline| {
            timeline.buckets(ALL, BucketWidth::Minute)?;
            timeline.events(ALL, usize::MAX)
        });
        prop_assert!(damage.contains(&read.unwrap_err().kind()));
        let mut timelines = TimelineMut::new(&mut memory);
        for outcome in [
            timelines.record(&Clock::Wall, &[happy(at)], START).map(drop),
            timelines.forget(&Clock::Wall, at..at + HOUR).map(drop),
            timelines.prune(at),
        ] {
            prop_assert!(outcome.err().is_none_or(|error| damage.contains(&error.kind())));
        }
    }
}

#[test]
fn an_event_keeps_all_that_it_said() {
    let mut memory = for_ever(0);
    let mut said = event(START, &three(), 2, 60, true);
    said.duration_ms = 3_600_000;
    record(&mut memory, std::slice::from_ref(&said));
    assert_eq!(events(&memory), [said]);
    assert_eq!(events(&memory)[0].name(), "sad", "the label need not be the most probable class");
}

#[test]
fn probabilities_are_kept_within_a_255th() {
    let mut memory = for_ever(0);
    let said = Event { probabilities: vec![0.1234, 0.5678, 0.3088], ..happy(START) };
    record(&mut memory, std::slice::from_ref(&said));
    for (kept, said) in events(&memory)[0].probabilities.iter().zip(&said.probabilities) {
        assert!((kept - said).abs() <= 1.0 / 255.0, "{kept} {said}");
    }
}

#[test]
fn a_later_event_at_the_same_time_takes_the_place_of_the_earlier() {
    let mut memory = for_ever(0);
    assert_eq!(record(&mut memory, &[happy(START), happy(START + 1)]), Recorded { added: 2, replaced: 0 });
    let before = memory.clone();
    assert_eq!(record(&mut memory, &[happy(START), happy(START + 1)]), Recorded { added: 0, replaced: 2 });
    assert_eq!(memory, before);
    let sad = event(START, &three(), 2, 255, true);
    record(&mut memory, &[happy(START), sad.clone()]);
    assert_eq!(events(&memory), [sad, happy(START + 1)]);
}

#[test]
fn heads_with_other_classes_share_a_timeline() {
    let mut memory = for_ever(0);
    let own = labels(&["calm", "Happiness", "neutral"]);
    record(&mut memory, &[happy(START), event(START + 1, &own, 1, 255, true), event(START + 2, &own, 0, 255, true)]);
    let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
    assert_eq!(timeline.labels()[..], *labels(&["neutral", "happy", "sad", "calm"]));
    let names: Vec<String> = events(&memory).iter().map(|event| event.name().to_owned()).collect();
    assert_eq!(names, ["happy", "happy", "calm"]);
    let tally = timeline.total(ALL, BucketWidth::Day).unwrap();
    assert_eq!((tally.class(1).events, tally.class(3).events, tally.adapted), (2, 1, 2));
    assert!((tally.share(1) - (200.0 / 255.0 + 1.0) / 3.0).abs() < 1e-9);
}

#[test]
fn wall_time_and_media_live_side_by_side() {
    let mut memory = for_ever(120);
    let film = |name: &str| Clock::Media(name.to_owned());
    let mut timelines = TimelineMut::new(&mut memory);
    timelines.record(&Clock::Wall, &[happy(START)], START).unwrap();
    timelines.record(&film("a.mp4"), &[happy(0), happy(40)], START).unwrap();
    timelines.record(&film("b.mp4"), &[happy(0)], START).unwrap();
    let summaries = Timeline::list(&memory).unwrap();
    let held: Vec<_> = summaries.iter().map(|held| (held.clock.clone(), held.events, held.span_ms)).collect();
    let wanted =
        [(Clock::Wall, 1, Some((START, START))), (film("a.mp4"), 2, Some((0, 40))), (film("b.mp4"), 1, Some((0, 0)))];
    assert_eq!(held, wanted);
    let a = Timeline::open(&memory, &film("a.mp4")).unwrap().buckets(ALL, BucketWidth::Hour).unwrap();
    assert_eq!((a.len(), a[0].start_ms, a[0].tally.events), (1, 0, 2), "media are not shifted");

    assert_eq!(TimelineMut::new(&mut memory).forget(&film("a.mp4"), ALL).unwrap(), 2);
    assert_eq!(Timeline::open(&memory, &film("a.mp4")).err().unwrap().kind(), ErrorKind::InvalidOption);
    assert_eq!(Timeline::list(&memory).unwrap().len(), 2);
    TimelineMut::new(&mut memory).record(&film("c.mp4"), &[happy(7)], START).unwrap();
    assert_eq!(Timeline::open(&memory, &film("b.mp4")).unwrap().summary().events, 1);
}

#[test]
fn a_medium_is_gone_whole_when_its_time_is_over() {
    let mut memory = Memory::default();
    let film = Clock::Media("film".to_owned());
    let mut timelines = TimelineMut::new(&mut memory);
    timelines.record(&film, &[happy(0)], START).unwrap();
    let over = START + 366 * DAY + PRUNE_DELAY_MS;
    live(&mut timelines, over);
    assert_eq!(Timeline::list(&memory).unwrap().len(), 2);
    TimelineMut::new(&mut memory).prune(over + 1).unwrap();
    assert_eq!(Timeline::list(&memory).unwrap().len(), 1);
    assert_eq!(memory.0.len(), 1, "only the options are left");
}

#[test]
fn the_first_record_of_a_day_prunes() {
    let mut memory = Memory::default();
    let mut timelines = TimelineMut::new(&mut memory);
    let days: Vec<u64> = (0..=32).map(|day| START + day * DAY).collect();
    for &day in &days {
        timelines.record(&Clock::Wall, &[happy(day)], day).unwrap();
    }
    let later = START + 32 * DAY;
    assert_eq!(times(&memory), days[1..]);
    assert_eq!(starts(&memory, BucketWidth::Minute), days);
    let error = TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(START + 1)], later).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimestampOrder);
}

#[test]
fn forgetting_takes_whole_buckets_where_the_detail_is_gone() {
    let options = |events, minutes, hours| TimelineOptions {
        offset_minutes: 0,
        retention: Retention { events, minutes, hours, days: None, media: None },
    };
    let ats = [START, START + MINUTE, START + HOUR, START + 5 * HOUR, START + DAY];
    let last = *ats.last().unwrap();
    // One second is to be forgotten; how much is removed depends on the detail that is left.
    for (kept, minutes, hours, days) in [
        (options(Some(1), None, None), 4, 4, 2),
        (options(Some(1), Some(1), None), 3, 3, 2),
        (options(Some(1), Some(1), Some(1)), 1, 1, 1),
    ] {
        let mut memory = for_ever(0);
        record(&mut memory, &ats.map(happy));
        let mut timelines = TimelineMut::new(&mut memory);
        timelines.set_options(kept).unwrap();
        live(&mut timelines, last + DAY + PRUNE_DELAY_MS);
        timelines.forget(&Clock::Wall, START..START + 1000).unwrap();
        let count = |width| buckets(&memory, width).len();
        assert_eq!(times(&memory), [last]);
        assert_eq!(
            (count(BucketWidth::Minute), count(BucketWidth::Hour), count(BucketWidth::Day)),
            (minutes.min(count(BucketWidth::Minute)), hours, days),
            "{kept:?}"
        );
        for width in [BucketWidth::Minute, BucketWidth::Hour, BucketWidth::Day] {
            assert!(starts(&memory, width).iter().all(|&start| start + width.ms() > START + 1000 || width.ms() > 1000));
        }
    }
}

#[test]
fn a_clock_that_was_wrong_once_does_not_stop_the_timeline() {
    let mut memory = Memory::default();
    record(&mut memory, &[happy(START)]);
    TimelineMut::new(&mut memory).prune(LATEST_MS).unwrap();
    assert_eq!(times(&memory), [START], "nothing was lost either");
    assert_eq!(starts(&memory, BucketWidth::Day), [START]);
    record(&mut memory, &[happy(START + DAY)]);
    assert_eq!(times(&memory), [START, START + DAY]);
}

/// Thirty days of events up to the day of [`START`], recorded day by day.
fn thirty_days() -> (Memory, BTreeMap<u64, Event>) {
    let mut memory = Memory::default();
    let mut all = BTreeMap::new();
    for day in 0..30 {
        let start = START - (29 - day) * DAY + 20 * HOUR;
        let events: Vec<Event> = (0..20).map(|index| happy(start + 1000 * (index + 1))).collect();
        TimelineMut::new(&mut memory).record(&Clock::Wall, &events, start + 50_000).unwrap();
        all.extend(events.into_iter().map(|event| (event.at_ms, event)));
    }
    (memory, all)
}

/// The last time that the clock of [`thirty_days`] showed.
const EVENING: u64 = START + 20 * HOUR + 50_000;

/// Asserts that all of `right`, recorded under a correct clock, are present and counted in buckets
/// of every width.
fn assert_all_there(memory: &Memory, right: &BTreeMap<u64, Event>, what: &str) {
    let there: BTreeMap<u64, Event> = events(memory).into_iter().map(|event| (event.at_ms, event)).collect();
    let missing: Vec<&u64> = right.keys().filter(|at| !there.contains_key(at)).collect();
    assert!(
        missing.is_empty(),
        "{what}: {} of {} events are gone, the first at {}",
        missing.len(),
        right.len(),
        missing[0]
    );
    assert_counted(memory, right, &BucketWidth::ALL, what);
}

fn assert_counted(memory: &Memory, right: &BTreeMap<u64, Event>, widths: &[BucketWidth], what: &str) {
    for &width in widths {
        let found: BTreeMap<u64, Tally> =
            buckets(memory, width).into_iter().map(|bucket| (bucket.start_ms, bucket.tally)).collect();
        for Bucket { start_ms, tally } in recount(right, width, 0) {
            assert!(found.get(&start_ms).is_some_and(|found| found.covers(&tally)), "{what}: {width:?} at {start_ms}");
        }
    }
}

/// Steps of a wrongly set clock, from a second to a century.
const STEPS: [u64; 16] = [
    1000,
    MINUTE,
    HOUR,
    12 * HOUR,
    DAY,
    30 * HOUR,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    29 * DAY,
    31 * DAY,
    92 * DAY,
    366 * DAY,
    730 * DAY,
    3_653 * DAY,
    36_525 * DAY,
];

#[test]
fn a_clock_that_is_ahead_for_some_days_drops_and_stops_nothing() {
    for step in STEPS {
        for days in [1, 2, 7, DOUBTED_DAYS as u64] {
            let (mut memory, mut right) = thirty_days();
            for day in 0..days {
                let wrong = EVENING + step + day * DAY;
                let outcome = TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(wrong)], wrong + 10_000);
                assert!(outcome.is_ok() || step > 36_000 * DAY, "{step} {outcome:?}");
                TimelineMut::new(&mut memory).prune(wrong + 20_000).unwrap();
                // Events that have expired by the true time may be gone.
                right.retain(|at, _| *at >= EVENING + day * DAY - 30 * DAY);
                assert_all_there(&memory, &right, &format!("{step} ms ahead for {days} days"));
            }
            for day in 0..60 {
                let now = EVENING + (days + day) * DAY;
                let event = happy(now - 1000);
                TimelineMut::new(&mut memory).record(&Clock::Wall, std::slice::from_ref(&event), now).unwrap();
                right.insert(event.at_ms, event);
                right.retain(|at, _| *at >= now - 30 * DAY);
                assert_all_there(&memory, &right, &format!("{step} ms ahead for {days} days, {day} days later"));
            }
            let end = EVENING + (days + 59) * DAY;
            let old: Vec<u64> = times(&memory).into_iter().filter(|at| *at < end - 32 * DAY).collect();
            assert!(old.is_empty(), "{step} ms ahead for {days} days: what is past its time goes again, but {old:?}");
        }
    }
}

#[test]
fn a_clock_that_is_behind_drops_and_stops_nothing() {
    for step in STEPS {
        let (mut memory, mut right) = thirty_days();
        for day in 0..7 {
            let wrong = (EVENING + day * DAY).saturating_sub(step);
            let mut timelines = TimelineMut::new(&mut memory);
            let _ = timelines.record(&Clock::Wall, &[happy(wrong)], wrong + 10_000);
            timelines.prune(wrong + 20_000).unwrap();
        }
        for day in 7..60 {
            let now = EVENING + day * DAY;
            let event = happy(now - 1000);
            TimelineMut::new(&mut memory).record(&Clock::Wall, std::slice::from_ref(&event), now).unwrap();
            right.insert(event.at_ms, event);
            right.retain(|at, _| *at >= now - 30 * DAY);
            assert_all_there(&memory, &right, &format!("{step} ms behind, on day {day}"));
        }
        let end = EVENING + 59 * DAY;
        assert!(times(&memory).iter().all(|at| *at >= end - 32 * DAY), "{step} ms behind");
    }
}

#[test]
fn a_clock_that_steps_ahead_again_and_again_drops_nothing() {
    let (mut memory, right) = thirty_days();
    for step in STEPS.into_iter().filter(|step| *step > 2 * DAY) {
        let _ = TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(EVENING + step)], EVENING + step + 5);
        assert_all_there(&memory, &right, &format!("up to {step}"));
    }
    for step in STEPS.into_iter().rev() {
        for now in [EVENING + 1, EVENING + step] {
            TimelineMut::new(&mut memory).prune(now).unwrap();
            assert_all_there(&memory, &right, &format!("down to {step}"));
        }
    }
}

#[test]
fn a_clock_that_was_ahead_for_so_long_that_it_was_believed_stops_nothing() {
    let (mut memory, mut right) = thirty_days();
    let ahead = 730 * DAY;
    for day in 1..40 {
        let wrong = EVENING + ahead + day * DAY;
        TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(wrong)], wrong).unwrap();
    }
    assert!(times(&memory).iter().all(|at| *at > EVENING + ahead), "it was believed");
    let coarse = [BucketWidth::Hour, BucketWidth::Day];
    assert_counted(&memory, &right, &coarse, "what was coarse is kept");
    // The clock is right again, on the day of the last correct recording.
    let fresh: Vec<Event> = (0..30).map(|index| happy(EVENING + MINUTE + 7000 * index)).collect();
    for chunk in fresh.chunks(10) {
        TimelineMut::new(&mut memory).record(&Clock::Wall, chunk, EVENING + 10 * MINUTE).unwrap();
    }
    right.extend(fresh.iter().map(|event| (event.at_ms, event.clone())));
    let fresh: BTreeMap<u64, Event> = fresh.into_iter().map(|event| (event.at_ms, event)).collect();
    assert_all_there(&memory, &fresh, "what is recorded now");
    assert_counted(&memory, &right, &coarse, "both in one hour");
    check_foreign(&memory).unwrap();
    // Forgetting an event removes the bucket that still counts pruned events.
    let mut timelines = TimelineMut::new(&mut memory);
    assert_eq!(timelines.forget(&Clock::Wall, EVENING..EVENING + 2 * MINUTE).unwrap(), 9);
    let (from, to) = (EVENING, EVENING + 2 * MINUTE);
    let left: BTreeMap<u64, Event> = fresh.into_iter().filter(|(at, _)| !(from..to).contains(at)).collect();
    let seen: Vec<u64> = times(&memory).into_iter().filter(|at| *at < EVENING + DAY).collect();
    assert_eq!(seen, left.keys().copied().collect::<Vec<_>>());
    assert_eq!(buckets(&memory, BucketWidth::Day).last().unwrap().start_ms, floor_day(EVENING + ahead + 39 * DAY));
    let today = Timeline::open(&memory, &Clock::Wall).unwrap().total(START..START + DAY, BucketWidth::Day).unwrap();
    assert_eq!(today.events, left.len() as u64);
    check_foreign(&memory).unwrap();
    // Recording continues on the following days.
    for day in 1..80 {
        let now = EVENING + day * DAY;
        TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(now)], now).unwrap();
    }
    let end = EVENING + 79 * DAY;
    assert!(times(&memory).iter().all(|at| *at >= end - 32 * DAY));
    assert_eq!(Timeline::open(&memory, &Clock::Wall).unwrap().summary().events, times(&memory).len() as u64);
    check_foreign(&memory).unwrap();
}

fn floor_day(at: u64) -> u64 {
    at / DAY * DAY
}

#[test]
fn a_clock_that_was_ahead_by_centuries_from_the_start_stops_nothing() {
    let mut memory = for_ever(0);
    let far = START + 3 * LONGEST_SPAN_MS;
    let mut timelines = TimelineMut::new(&mut memory);
    timelines.record(&Clock::Wall, &[happy(far), happy(far + DAY)], far).unwrap();
    timelines.record(&Clock::Wall, &[happy(START)], START + 5).unwrap();
    assert_eq!(times(&memory), [START], "what lies so far ahead made room");
    assert_eq!(Timeline::open(&memory, &Clock::Wall).unwrap().summary().events, 1);
    check_foreign(&memory).unwrap();
    // Data within the allowed span stays in place.
    let near = START + LONGEST_SPAN_MS - DAY;
    let mut timelines = TimelineMut::new(&mut memory);
    timelines.record(&Clock::Wall, &[happy(near)], near).unwrap();
    timelines.record(&Clock::Wall, &[happy(START + DAY)], START + DAY).unwrap();
    assert_eq!(times(&memory), [START, START + DAY, near]);
    // A time that is not in the future never counts as the work of a wrong clock.
    let error = TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(0)], near + 5 * DAY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
}

#[test]
fn a_medium_recorded_by_a_clock_that_was_ahead_goes_when_its_time_is_over() {
    let film = Clock::Media("film".to_owned());
    let mut memory = Memory::default();
    let mut timelines = TimelineMut::new(&mut memory);
    live(&mut timelines, START);
    timelines.record(&film, &[happy(0)], START + 900 * DAY).unwrap();
    live(&mut timelines, START + 20 * DAY);
    let over = START + 20 * DAY + 366 * DAY + PRUNE_DELAY_MS;
    live(&mut timelines, over - DAY);
    assert_eq!(Timeline::list(&memory).unwrap().len(), 2);
    live(&mut TimelineMut::new(&mut memory), over + DAY);
    assert_eq!(Timeline::list(&memory).unwrap().len(), 1);
}

/// A stretch of the clock's life: its error, and the true time between its steps.
#[derive(Debug, Clone)]
struct Stretch {
    wrong_ms: i64,
    steps: Vec<(u64, bool)>,
}

fn stretch(wrong_ms: impl Strategy<Value = i64>, max: usize) -> impl Strategy<Value = Stretch> {
    let steps = prop::collection::vec((MINUTE..30 * HOUR, any::<bool>()), 1..max);
    (wrong_ms, steps).prop_map(|(wrong_ms, steps)| Stretch { wrong_ms, steps })
}

/// From a second to a century, in both directions.
fn wrong() -> impl Strategy<Value = i64> {
    ((1000f64.ln()..(100.0 * 366.0 * DAY as f64).ln()), any::<bool>())
        .prop_map(|(length, ahead)| if ahead { length.exp() as i64 } else { -(length.exp() as i64) })
}

/// A life: stretches under wrong clocks, at most two in a row, between stretches under the right
/// one.
fn life() -> impl Strategy<Value = Vec<Stretch>> {
    let group = (prop::collection::vec(stretch(wrong(), 6), 1..3), stretch(Just(0), 14));
    let groups = prop::collection::vec(group, 1..10);
    (stretch(Just(0), 14), groups).prop_map(|(first, groups)| {
        let rest = groups.into_iter().flat_map(|(mut wrong, right)| {
            wrong.push(right);
            wrong
        });
        std::iter::once(first).chain(rest).collect()
    })
}

/// How much longer than the true time the undoubted steps of a wrong clock were, among those up to
/// `now`.
fn credulity(run: &[(u64, u64, u64)], now: u64, truth: u64) -> u64 {
    let Some(&(seen, at, before)) = run.iter().filter(|(seen, ..)| *seen <= now).max_by_key(|(seen, ..)| *seen) else {
        return 0;
    };
    let step = now - seen;
    before + if step <= BELIEVED_STEP_MS { step.saturating_sub(truth - at) } else { 0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_a_right_clock_recorded_is_there_until_its_time_is_over(life in life(), other in any::<bool>()) {
        let mut memory = for_ever(0);
        TimelineMut::new(&mut memory).set_options(TimelineOptions::default()).unwrap();
        let mut right: BTreeMap<u64, Event> = BTreeMap::new();
        let mut truth = START;
        // Since the last correct sighting: what the clock showed, the true time, the credulity.
        let mut run: Vec<(u64, u64, u64)> = Vec::new();
        for Stretch { wrong_ms, steps } in &life {
            for &(step, prunes) in steps {
                truth += step;
                let now = truth.saturating_add_signed(*wrong_ms);
                let early = credulity(&run, now, truth);
                if *wrong_ms == 0 {
                    run.clear();
                }
                run.push((now, truth, if *wrong_ms == 0 { 0 } else { early }));
                let mut timelines = TimelineMut::new(&mut memory);
                if prunes && other {
                    timelines.prune(now).unwrap();
                }
                let event = happy(now);
                let outcome = timelines.record(&Clock::Wall, std::slice::from_ref(&event), now);
                if *wrong_ms == 0 {
                    prop_assert!(outcome.is_ok(), "refused under the right clock: {:?}", outcome);
                    right.insert(event.at_ms, event);
                }
                let early = if *wrong_ms == 0 { 0 } else { early.saturating_sub(PRUNE_DELAY_MS) };
                right.retain(|at, _| *at >= truth - 30 * DAY + early);
                let there: Vec<u64> = times(&memory);
                prop_assert!(right.keys().all(|at| there.binary_search(at).is_ok()), "lost at {} {:?}", truth, wrong_ms);
            }
        }
        assert_all_there(&memory, &right, "at the end");
        check_foreign(&memory).unwrap();
        // Once the clock has been right for long enough, expired data is pruned.
        for _ in 0..=DOUBTED_DAYS + 1 {
            truth += DAY;
            TimelineMut::new(&mut memory).record(&Clock::Wall, &[happy(truth)], truth).unwrap();
        }
        let oldest = truth - 30 * DAY - PRUNE_DELAY_MS - HOUR;
        prop_assert!(times(&memory).iter().all(|at| *at >= oldest));
        prop_assert_eq!(Timeline::open(&memory, &Clock::Wall).unwrap().summary().events, times(&memory).len() as u64);
    }
}

/// The data that an older version left, which did not check the offset.
fn spoilt(offset_minutes: i32) -> Memory {
    let mut memory = Memory::default();
    let mut directory = Directory::default();
    directory.options.offset_minutes = offset_minutes;
    directory.write(&mut memory).unwrap();
    let shift = Shift::new(offset_minutes);
    let ats = [START, START + 1000, START + HOUR, START + 3 * DAY];
    let records: Vec<_> = ats.map(|at| Record::of(&happy(at), &[0, 1, 2], shift)).to_vec();
    let span = Some(Span { first: records[0].at, last: records[3].at });
    let header = Header { labels: three().to_vec(), span, ..Header::default() };
    let mut writer = Writer { slots: &mut memory, track: 0, header };
    writer.insert(&records).unwrap();
    let header = writer.header;
    header.write(&mut memory, 0).unwrap();
    memory
}

#[test]
fn a_timeline_that_an_impossible_offset_shut_opens_again() {
    for offset in [i32::MIN, i32::MIN + 1, -30_000_000] {
        let spoilt = spoilt(offset);
        assert!(Header::read(&spoilt, 0).is_err(), "it could not be read");
        assert!(check_foreign(&spoilt).is_err(), "nor is it taken from outside");
        assert_eq!(Timeline::options(&spoilt).unwrap().offset_minutes, 0);
        assert!(times(&spoilt).is_empty(), "reading alone changes nothing");
        let ats = [START, START + 1000, START + HOUR, START + 3 * DAY];

        let mut memory = spoilt.clone();
        record(&mut memory, &[happy(START + 5)]);
        assert_eq!(times(&memory), [START, START + 5, START + 1000, START + HOUR, START + 3 * DAY]);
        check_foreign(&memory).unwrap();
        assert_eq!(starts(&memory, BucketWidth::Day), [START, START + 3 * DAY]);
        TimelineMut::new(&mut memory).forget(&Clock::Wall, ALL).unwrap();
        assert!(memory.0.keys().all(|key| *key == (0, 0)), "nothing is left behind: {:?}", memory.0.keys());

        let mut memory = spoilt.clone();
        TimelineMut::new(&mut memory).set_options(TimelineOptions::default()).unwrap();
        assert_eq!(times(&memory), ats);
        let mut memory = spoilt;
        TimelineMut::new(&mut memory).prune(START).unwrap();
        assert_eq!(times(&memory), ats);
    }
    let mut memory = Memory::default();
    for offset_minutes in [i32::MIN, i32::MAX, 841, -841] {
        let options = TimelineOptions { offset_minutes, ..TimelineOptions::default() };
        let error = TimelineMut::new(&mut memory).set_options(options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
}

#[test]
fn hostile_times_and_events_are_errors() {
    let refused = |events: &[Event], kind: ErrorKind| {
        let mut memory = for_ever(0);
        record(&mut memory, &[happy(START)]);
        let error = TimelineMut::new(&mut memory).record(&Clock::Wall, events, START).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    };
    for at in [u64::MAX, LATEST_MS + 1, LATEST_MS, START + LONGEST_SPAN_MS + 1] {
        refused(&[happy(at)], ErrorKind::InvalidOption);
    }
    refused(&[Event { duration_ms: 3_600_001, ..happy(START) }], ErrorKind::InvalidOption);
    refused(&[Event { label: 3, ..happy(START) }], ErrorKind::InvalidOption);
    for probabilities in [vec![0.5, 0.5], vec![0.5, 0.2, 0.2], vec![f32::NAN, 0.5, 0.5], vec![1.5, -0.5, 0.0]] {
        refused(&[Event { probabilities, ..happy(START) }], ErrorKind::InvalidOption);
    }
    let many: Arc<[String]> = (0..33).map(|class| format!("class {class}")).collect();
    refused(&[event(START, &many, 1, 255, false)], ErrorKind::InvalidOption);

    let mut far = Memory::default();
    TimelineMut::new(&mut far).record(&Clock::Wall, &[happy(LATEST_MS)], u64::MAX).unwrap();
    assert!(Timeline::open(&far, &Clock::Wall).is_ok());
    let name = Clock::Media("a\nb".to_owned());
    let error = TimelineMut::new(&mut far).record(&name, &[happy(0)], 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
}

#[test]
fn the_offset_stays_while_something_is_kept() {
    let mut memory = for_ever(0);
    record(&mut memory, &[happy(START)]);
    let mut timelines = TimelineMut::new(&mut memory);
    let berlin = TimelineOptions { offset_minutes: 60, ..TimelineOptions::default() };
    assert_eq!(timelines.set_options(berlin).unwrap_err().kind(), ErrorKind::InvalidOption);
    timelines.forget(&Clock::Wall, ALL).unwrap();
    timelines.set_options(berlin).unwrap();
    record(&mut memory, &[happy(START + 23 * HOUR), happy(START)]);
    assert_eq!(starts(&memory, BucketWidth::Day), [START - HOUR, START + 23 * HOUR]);
}

#[test]
fn events_come_in_pages() {
    let mut memory = for_ever(0);
    let ats: Vec<u64> = (0..2500).map(|index| START + 1700 * index).collect();
    record(&mut memory, &ats.iter().map(|&at| happy(at)).collect::<Vec<_>>());
    let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
    let (mut from, mut read) = (0, Vec::new());
    loop {
        let page = timeline.events(from..u64::MAX, 700).unwrap();
        let Some(last) = page.last() else { break };
        from = last.at_ms + 1;
        read.extend(page.iter().map(|event| event.at_ms));
    }
    assert_eq!(read, ats);
    assert!(timeline.events(ALL, 0).unwrap().is_empty());
}

#[test]
fn exports_say_the_same_in_both_formats() {
    let mut memory = for_ever(0);
    let odd = labels(&["neutral", "a \"quoted\", name"]);
    record(&mut memory, &[event(START, &odd, 1, 51, true), event(START + 2000, &odd, 0, 0, false)]);
    let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
    let mut table = Vec::new();
    assert_eq!(timeline.export_events(ALL, ExportFormat::Csv, &mut table).unwrap(), 2);
    let table = String::from_utf8(table).unwrap();
    let first = format!("{START},40,\"a \"\"quoted\"\", name\",true,0.8000,0.2000,,");
    assert_eq!(table.lines().nth(1), Some(first.as_str()));
    let mut object = Vec::new();
    timeline.export_events(START..START + 1, ExportFormat::Json, &mut object).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&object).unwrap();
    assert_eq!(object["clock"], "wall");
    assert_eq!(object["events"].as_array().unwrap().len(), 1);
    assert_eq!(object["events"][0]["probabilities"], serde_json::json!([0.8, 0.2]));
    assert_eq!(object["events"][0]["affect"], serde_json::Value::Null, "a fifth is on a label without a position");

    let mut table = Vec::new();
    timeline.export_buckets(ALL, BucketWidth::Minute, ExportFormat::Csv, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert_eq!(table.lines().nth(1), Some(format!("{START},60000,2,80,1,1,1,0.9000,0.1000,0.0000,0.0000").as_str()));
    let mut object = Vec::new();
    timeline.export_buckets(ALL, BucketWidth::Day, ExportFormat::Json, &mut object).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&object).unwrap();
    assert_eq!(object["buckets"][0]["counts"], serde_json::json!([1, 1]));
    assert_eq!(object["buckets"][0]["affect"], serde_json::json!({ "valence": 0.0, "arousal": 0.0 }));
}

#[test]
fn the_valence_and_arousal_of_a_bucket_are_the_means_of_its_events() {
    let mut memory = for_ever(0);
    let shown = [(0, 1, 200), (1, 2, 255), (2, 0, 255), (70, 1, 51), (3 * 60, 2, 100)];
    let recorded =
        shown.map(|(minute, label, strength)| event(START + minute * MINUTE, &three(), label, strength, true));
    record(&mut memory, &recorded);
    let timeline = Timeline::open(&memory, &Clock::Wall).unwrap();
    let bucket = timeline.total(ALL, BucketWidth::Hour).unwrap().affect(timeline.labels()).unwrap();
    let events: Vec<_> = events(&memory).iter().map(|event| event.affect().unwrap()).collect();
    let mean = |value: fn(&Affect) -> f32| events.iter().map(value).sum::<f32>() / events.len() as f32;
    assert!((bucket.valence - mean(|affect| affect.valence)).abs() < 1e-6, "{bucket:?}");
    assert!((bucket.arousal - mean(|affect| affect.arousal)).abs() < 1e-6, "{bucket:?}");
    assert!((bucket.valence - (251.0 * 0.81 - 355.0 * 0.63) / (5.0 * 255.0)).abs() < 1e-6, "{bucket:?}");
    assert_eq!(Tally::default().affect(timeline.labels()), None);
}

/// Some days of a wall-time timeline and of a medium, with the oldest detail pruned.
fn lived() -> Memory {
    let mut memory = Memory::default();
    let film = Clock::Media("film".to_owned());
    let mut timelines = TimelineMut::new(&mut memory);
    for day in 0..40 {
        let start = START + day * DAY;
        let events: Vec<Event> = (0..20).map(|index| happy(start + 700 * index)).collect();
        timelines.record(&Clock::Wall, &events, start + 50_000).unwrap();
    }
    timelines.record(&film, &[happy(0), happy(5000)], START + 40 * DAY).unwrap();
    memory
}

/// Opens and changes everything in `memory`; returns whether all of it succeeded. No sum overflows
/// and nothing panics.
fn survives(memory: &mut Memory) -> bool {
    let film = Clock::Media("film".to_owned());
    let mut well = true;
    for clock in [Clock::Wall, film.clone()] {
        let Ok(timeline) = Timeline::open(memory, &clock) else {
            well = false;
            continue;
        };
        for width in BucketWidth::ALL {
            well &= timeline.buckets(ALL, width).is_ok() && timeline.total(ALL, width).is_ok();
        }
        well &= timeline.events(ALL, usize::MAX).is_ok();
        let _ = timeline.summary();
    }
    let mut timelines = TimelineMut::new(memory);
    let now = START + 41 * DAY;
    well &= timelines.record(&Clock::Wall, &[happy(START + 39 * DAY + 700), happy(now)], now).is_ok();
    well &= timelines.forget(&Clock::Wall, START + 38 * DAY..START + 39 * DAY + 5).is_ok();
    well &= timelines.forget(&film, 0..3).is_ok();
    well & timelines.prune(now + 500 * DAY).is_ok()
}

#[test]
fn tampered_timelines_are_refused_from_outside_or_whole() {
    let base = lived();
    check_foreign(&base).unwrap();
    assert!(survives(&mut base.clone()));
    let keys: Vec<_> = base.0.keys().copied().collect();
    let mut rng = crate::SplitMix64::new(5);
    let (mut refused, mut survived) = (0, 0);
    for index in 0..4000 {
        let mut memory = base.clone();
        let key = keys[index % keys.len()];
        let value = crate::tampering::tampered(&base.0[&key], &mut rng);
        memory.0.insert(key, value);
        let checked = check_foreign(&memory);
        let survived_now = survives(&mut memory);
        match checked {
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion), "{error}");
                refused += 1;
            }
            // Accepted timelines are sound: they can be read and changed.
            Ok(()) => assert!(survived_now, "try {index} at {key:?}"),
        }
        survived += usize::from(survived_now);
    }
    assert!(refused > 1000 && survived > 100, "{refused} {survived}");
}

#[test]
fn sums_at_the_largest_that_a_file_can_hold_do_not_overflow() {
    use super::node::Node;
    #[derive(serde::Serialize)]
    struct Entry {
        place: u8,
        tally: Tally,
    }
    let base = lived();
    for per_bucket in [u64::MAX, 1 << 40, 8 * DAY, 8 * HOUR, 8 * MINUTE] {
        let mut memory = base.clone();
        for (&(table, slot), _) in base.0.iter().filter(|((table, _), _)| (2..=4).contains(table)) {
            let places = match table {
                2 => 60,
                3 => 24,
                _ => 32,
            };
            let tally = Tally {
                events: per_bucket,
                adapted: 0,
                observed_ms: per_bucket.saturating_mul(HOUR),
                classes: vec![ClassTally { events: per_bucket, sum: per_bucket.saturating_mul(255) }],
            };
            let entries: Vec<Entry> = (0..places).map(|place| Entry { place, tally: tally.clone() }).collect();
            let parts: Vec<(u32, u16)> = Vec::new();
            memory.0.insert((table, slot), crate::codec::seal(b"MTLN", 1, &(entries, parts)));
        }
        assert!(check_foreign(&memory).is_err());
        survives(&mut memory);
        let mut sum = Node::default();
        *sum.tally_mut(0) = Tally { events: u64::MAX, ..Tally::default() };
        *sum.tally_mut(1) = Tally { events: u64::MAX, ..Tally::default() };
        assert_eq!(sum.total().events, u64::MAX);
    }
}

#[test]
fn what_a_voice_said_stands_beside_the_answers_and_goes_with_them() {
    let mut memory = for_ever(60);
    let unused = labels(&["unused: doubtful", "unused: no head"]);
    let refused = Event { duration_ms: 900, ..event(START + 5000, &unused, 0, 255, false) };
    let said = [event(START + 10, &three(), 2, 255, true), refused];
    let clip = Clock::Media("clip".to_owned());
    for clock in [&Clock::Wall, &clip] {
        let mut timelines = TimelineMut::new(&mut memory);
        timelines.record(clock, &[happy(START + 10), happy(START + HOUR)], START).unwrap();
        timelines.record_spoken(clock, &said, START).unwrap();
        let (seen, spoken) = (Timeline::open(&memory, clock).unwrap(), Timeline::open_spoken(&memory, clock).unwrap());
        assert_eq!((seen.labels().len(), spoken.labels().len()), (3, 5));
        assert_eq!((seen.summary().events, spoken.summary().events), (2, 2));
        let found = spoken.events(ALL, 9).unwrap();
        assert_eq!((found[0].name(), found[1].name(), found[1].duration_ms), ("sad", "unused: doubtful", 900));
        assert!(found[1].name().starts_with(UNUSED));
        let minutes = spoken.buckets(ALL, BucketWidth::Minute).unwrap();
        assert_eq!((minutes.len(), minutes[0].tally.share(2), minutes[0].tally.share(3)), (1, 0.5, 0.5));
    }
    check_foreign(&memory).unwrap();
    assert!(
        TimelineMut::new(&mut memory).set_options(TimelineOptions::default()).is_err(),
        "the offset of stored data"
    );

    // A medium is there as long as one of both is.
    assert_eq!(TimelineMut::new(&mut memory).forget(&clip, START + 20..START + HOUR + 1).unwrap(), 2);
    assert_eq!(Timeline::open_spoken(&memory, &clip).unwrap().summary().events, 1);
    assert_eq!(TimelineMut::new(&mut memory).forget(&clip, START..START + HOUR).unwrap(), 2);
    assert!(Timeline::open_spoken(&memory, &clip).is_err() && Timeline::list(&memory).unwrap().len() == 1);
    TimelineMut::new(&mut memory).record_spoken(&clip, &said, START).unwrap();
    assert_eq!(Timeline::list(&memory).unwrap()[1].events, 0, "a voice alone");
    let retention = Retention { events: Some(1), minutes: Some(1), hours: Some(1), days: Some(2), media: Some(1) };
    let options = TimelineOptions { offset_minutes: 60, retention };
    TimelineMut::new(&mut memory).set_options(options).unwrap();
    live(&mut TimelineMut::new(&mut memory), START + 400 * DAY);
    for open in [Timeline::open, Timeline::open_spoken] {
        assert!(open(&memory, &Clock::Wall).unwrap().buckets(ALL, BucketWidth::Day).unwrap().is_empty());
        assert!(open(&memory, &clip).is_err(), "past its retention");
    }
    let left: Vec<_> = memory.0.keys().collect();
    assert_eq!(left, [&(0, 0)], "nothing is left but the directory");
}
