//! Timelines against a naive recount, on values in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;

use super::event::FULL;
use super::place::{DAY, HOUR, MINUTE};
use super::*;
use crate::error::{ErrorKind, Result};
use crate::users::slots::{Slots, SlotsMut};

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

/// An event whose probabilities are whole 255ths.
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

/// Without retention, and without pruning.
fn for_ever(offset_minutes: i32) -> Memory {
    let mut memory = Memory::default();
    let options = TimelineOptions { offset_minutes, retention: Retention::FOR_EVER };
    TimelineMut::new(&mut memory).set_options(options).unwrap();
    memory
}

fn record(memory: &mut Memory, events: &[Event]) -> Recorded {
    TimelineMut::new(memory).record(&Clock::Wall, events, START).unwrap()
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

/// What the buckets of `events` have to be, from nothing but the events.
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

/// Without the classes at the end that never were seen.
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

/// Times in some few hours of some few days, so that they meet.
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
    fn what_is_past_its_time_is_gone_and_the_rest_is_right(
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
            timelines.prune(now).unwrap();
        }
        let now = *prunes.iter().max().unwrap();
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
    timelines.prune(START + 366 * DAY).unwrap();
    assert_eq!(Timeline::list(&memory).unwrap().len(), 2);
    TimelineMut::new(&mut memory).prune(START + 366 * DAY + 1).unwrap();
    assert_eq!(Timeline::list(&memory).unwrap().len(), 1);
    assert_eq!(memory.0.len(), 1, "only the options are left");
}

#[test]
fn the_first_record_of_a_day_prunes() {
    let mut memory = Memory::default();
    let mut timelines = TimelineMut::new(&mut memory);
    timelines.record(&Clock::Wall, &[happy(START)], START).unwrap();
    let later = START + 31 * DAY;
    timelines.record(&Clock::Wall, &[happy(later)], later).unwrap();
    assert_eq!(times(&memory), [later]);
    assert_eq!(starts(&memory, BucketWidth::Minute), [START, later]);
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
    // What is asked to be forgotten is a second; how much goes depends on what is left.
    for (kept, minutes, hours, days) in [
        (options(Some(1), None, None), 4, 4, 2),
        (options(Some(1), Some(1), None), 3, 3, 2),
        (options(Some(1), Some(1), Some(1)), 1, 1, 1),
    ] {
        let mut memory = for_ever(0);
        record(&mut memory, &ats.map(happy));
        let mut timelines = TimelineMut::new(&mut memory);
        timelines.set_options(kept).unwrap();
        timelines.prune(last + DAY).unwrap();
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
    assert!(times(&memory).is_empty());
    assert_eq!(starts(&memory, BucketWidth::Day), [START]);
    record(&mut memory, &[happy(START + DAY)]);
    assert_eq!(times(&memory), [START + DAY]);
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
    let first = format!("{START},40,\"a \"\"quoted\"\", name\",true,0.8000,0.2000");
    assert_eq!(table.lines().nth(1), Some(first.as_str()));
    let mut object = Vec::new();
    timeline.export_events(START..START + 1, ExportFormat::Json, &mut object).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&object).unwrap();
    assert_eq!(object["clock"], "wall");
    assert_eq!(object["events"].as_array().unwrap().len(), 1);
    assert_eq!(object["events"][0]["probabilities"], serde_json::json!([0.8, 0.2]));

    let mut table = Vec::new();
    timeline.export_buckets(ALL, BucketWidth::Minute, ExportFormat::Csv, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert_eq!(table.lines().nth(1), Some(format!("{START},60000,2,80,1,1,1,0.9000,0.1000").as_str()));
    let mut object = Vec::new();
    timeline.export_buckets(ALL, BucketWidth::Day, ExportFormat::Json, &mut object).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&object).unwrap();
    assert_eq!(object["buckets"][0]["counts"], serde_json::json!([1, 1]));
}
