//! `mien timeline` and `mien analyze --timeline`.

use std::fs;
use std::path::PathBuf;

use crate::main_job::enroll_wanda;
use crate::support::{Sandbox, fixture};
use serde_json::{Value, json};

const DAY: u64 = 86_400_000;
/// 2026-06-01 at 00:00 UTC.
const START: u64 = 20_605 * DAY;

/// Records one event per hour over three days for Wanda: calm mornings, happy afternoons.
fn recorded(sandbox: &Sandbox) -> PathBuf {
    enroll_wanda(sandbox);
    sandbox.ok(["timeline", "Wanda", "--keep", "events=forever,minutes=forever,hours=forever"]);
    let mut table = "at_ms,duration_ms,label,adapted,p_neutral,p_happy\n".to_owned();
    for hour in 0..72 {
        let (label, happy) = if hour % 24 < 12 { ("neutral", "0.2000") } else { ("happy", "0.8000") };
        let neutral = if happy == "0.2000" { "0.8000" } else { "0.2000" };
        let at = START + hour * 3_600_000;
        table.push_str(&format!("{at},60000,{label},{},{neutral},{happy}\n", hour % 2 == 0));
    }
    let file = sandbox.path("events.csv");
    fs::write(&file, table).unwrap();
    let said = sandbox.ok(["timeline".as_ref(), "Wanda".as_ref(), "--import".as_ref(), file.as_os_str()]);
    assert_eq!(said, "Wanda: recorded 72 events\n");
    file
}

fn timeline(sandbox: &Sandbox, options: &[&str]) -> Value {
    sandbox.json(["timeline", "Wanda", "--json"].iter().chain(options))
}

fn buckets(sandbox: &Sandbox, options: &[&str]) -> Vec<Value> {
    timeline(sandbox, options)["buckets"].as_array().unwrap().clone()
}

#[test]
fn a_timeline_is_shown_exported_and_plotted() {
    let sandbox = Sandbox::new();
    let file = recorded(&sandbox);
    let days = buckets(&sandbox, &["--bucket", "day"]);
    assert_eq!(days.len(), 3);
    let first = json!({ "start_ms": START, "length_ms": DAY, "events": 24, "observed_ms": 24 * 60_000,
        "adapted": 12, "counts": [12, 12], "shares": [0.5, 0.5], "affect": { "valence": 0.405, "arousal": 0.255 } });
    assert_eq!(days[0], first);
    let afternoon = ["--from", "2026-06-02T12:00", "--to", "2026-06-03", "--bucket", "hour"];
    let hours = buckets(&sandbox, &afternoon);
    assert_eq!((hours.len(), &hours[0]["shares"][1]), (12, &json!(0.8)));

    // The exported table of events equals the imported one, apart from what is projected from it.
    let (table, svg, png) = (sandbox.path("out.csv"), sandbox.path("out.svg"), sandbox.path("out.png"));
    let written = ["--bucket".as_ref(), "event".as_ref(), "--csv".as_ref(), table.as_os_str()];
    sandbox.ok(["timeline".as_ref(), "Wanda".as_ref()].into_iter().chain(written));
    let exported = fs::read_to_string(&table).unwrap();
    let [valence, arousal] = [0.81, 0.51].map(|happy| [("0.8000", 0.8 * happy), ("0.2000", 0.2 * happy)]);
    assert!(exported.starts_with("at_ms,duration_ms,label,adapted,p_neutral,p_happy,valence,arousal\n"), "{exported}");
    let projected = |line: &str| line.rsplitn(3, ',').map(str::to_owned).collect::<Vec<_>>();
    for (line, given) in exported.lines().zip(fs::read_to_string(&file).unwrap().lines()).skip(1) {
        let [a, v, rest] = <[String; 3]>::try_from(projected(line)).unwrap();
        assert_eq!(rest, given);
        let of = |table: [(&str, f64); 2]| table.iter().find(|(happy, _)| given.ends_with(happy)).unwrap().1;
        assert_eq!([v, a], [of(valence), of(arousal)].map(|value| format!("{value:.4}")), "{line}");
    }
    sandbox.ok(["timeline".as_ref(), "Wanda".as_ref(), "--import".as_ref(), table.as_os_str()]);

    for plot in [&svg, &png] {
        sandbox.ok(["timeline".as_ref(), "Wanda".as_ref(), "--plot".as_ref(), plot.as_os_str()]);
    }
    let drawn = fs::read_to_string(&svg).unwrap();
    for text in ["neutral 50 %", "happy 50 %", "Emotions of Wanda", "1 Jun 2026 to 3 Jun 2026", "events per hour"] {
        assert!(drawn.contains(text), "{text}");
    }
    assert_eq!(image::open(&png).unwrap().width(), 1120);
    let lines = sandbox.ok(["timeline", "Wanda", "--bucket", "day"]);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.starts_with("2026-06-01 00:00:00"), "{lines}");
    assert!(lines.lines().all(|line| line.ends_with("; valence +0.41, arousal +0.25")), "{lines}");
}

#[test]
fn an_hour_is_forgotten_and_the_rest_is_kept() {
    let sandbox = Sandbox::new();
    recorded(&sandbox);
    sandbox.refused(["timeline", "Wanda", "--forget"], "give the range to delete: --from, --to or --media");
    let hour = ["--from", "2026-06-01T10:00:00Z", "--to", "2026-06-01T11:00:00Z"];
    let forgotten = timeline(&sandbox, &[&["--forget"], &hour[..]].concat());
    assert_eq!(forgotten["forgotten"], 1);
    assert!(buckets(&sandbox, &[&["--bucket", "minute"], &hour[..]].concat()).is_empty());
    assert_eq!(buckets(&sandbox, &["--bucket", "day"])[0]["events"], 23);
}

#[test]
fn what_is_past_its_time_goes_and_days_stay() {
    let sandbox = Sandbox::new();
    recorded(&sandbox);
    sandbox.refused(["timeline", "Wanda", "--keep", "hours=3"], "minutes cannot be kept longer than hours");
    let said = sandbox.ok(["timeline", "Wanda", "--keep", "events=1,minutes=1,hours=1"]);
    assert!(said.contains("events 1 day, minutes 1 day, hours 1 day, days forever"), "{said}");
    // The events are from June 2026; whether that is past the retention depends on the clock of the machine.
    let past = std::time::SystemTime::now() > std::time::UNIX_EPOCH + std::time::Duration::from_millis(START + 6 * DAY);
    assert_eq!(buckets(&sandbox, &["--bucket", "hour"]).is_empty(), past);
    assert_eq!(buckets(&sandbox, &["--bucket", "day"]).len(), 3);
}

#[test]
fn days_begin_at_the_offset() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    sandbox.ok(["timeline", "Wanda", "--offset", "-120"]);
    let file = sandbox.path("events.csv");
    fs::write(&file, format!("at_ms,duration_ms,label,adapted,p_a,p_b\n{START},0,a,false,1,0\n")).unwrap();
    sandbox.ok(["timeline".as_ref(), "Wanda".as_ref(), "--import".as_ref(), file.as_os_str()]);
    assert_eq!(buckets(&sandbox, &["--bucket", "day"])[0]["start_ms"], START - 22 * 3_600_000);
    assert_eq!(buckets(&sandbox, &["--bucket", "hour", "--from", "2026-05-31T22:00"]).len(), 1);
    let refusal = "the offset of days can only change while the timeline is empty";
    sandbox.refused(["timeline", "Wanda", "--offset", "60"], refusal);
}

#[test]
fn a_clip_of_a_user_is_recorded_by_its_own_time_and_by_wall_time() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clip = sandbox.path("film");
    fs::create_dir(&clip).unwrap();
    for (index, frame) in ["sad/0018", "happy/0300", "happy/0332"].iter().enumerate() {
        let from = fixture(&format!("adapt/woman/learn/{frame}.jpg"));
        fs::copy(from, clip.join(format!("{index}.jpg"))).unwrap();
    }
    let analyze = |options: &[&str]| {
        let command = ["analyze".as_ref(), clip.as_os_str(), "--frames".as_ref(), "--timeline".as_ref()];
        sandbox.ok(command.into_iter().chain(options.iter().map(AsRef::as_ref)))
    };
    assert!(analyze(&[]).ends_with("recorded 3 events of Wanda in the medium film\n"));
    assert!(analyze(&[]).ends_with("in the medium film, 3 of them replaced earlier ones\n"));
    let start = format!("{START}");
    let report: Value = serde_json::from_str(&analyze(&["--json", "--start-time", &start])).unwrap();
    assert_eq!(
        report["timeline"],
        json!([{ "user": "Wanda", "clock": "wall", "added": 3, "replaced": 0, "spoken": 0 }])
    );

    let events = timeline(&sandbox, &["--media", "film", "--bucket", "event"]);
    let at: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["at_ms"].clone()).collect();
    assert_eq!(at, [0, 33, 67]);
    assert_eq!(events["events"][0]["duration_ms"], 33);
    assert_eq!(events["clock"], json!({ "media": "film" }));
    assert_eq!(buckets(&sandbox, &["--from", &start])[0]["events"], 3);
    let listed = timeline(&sandbox, &["--list"]);
    let counts: Vec<_> = listed["timelines"].as_array().unwrap().iter().map(|held| held["events"].clone()).collect();
    assert_eq!(counts, [3, 3]);

    sandbox.ok(["timeline", "Wanda", "--media", "film", "--forget"]);
    sandbox.refused(["timeline", "Wanda", "--media", "film"], "no timeline of that medium");
}

#[test]
fn wrong_questions_are_one_clear_line() {
    let sandbox = Sandbox::new();
    sandbox.refused(["timeline", "Nobody"], "no user store in ");
    enroll_wanda(&sandbox);
    sandbox.refused(["timeline", "Nobody"], "no user is called \"Nobody\"");
    assert!(sandbox.ok(["timeline", "Wanda"]).contains("nothing is recorded in this range"));
    sandbox.refused(["timeline", "Wanda", "--from", "yesterday"], "\"yesterday\" is not a time");
    sandbox.refused(["timeline", "Wanda", "--from", "5", "--to", "4"], "--from must be before --to");
    let plot = sandbox.path("plot.gif");
    let plotted = ["timeline".as_ref(), "Wanda".as_ref(), "--plot".as_ref(), plot.as_os_str()];
    sandbox.refused(plotted, "a plot must be a .png or .svg file");
    let file = sandbox.path("events.csv");
    for (content, message) in [
        ("a,b\n1,2\n", "not a table of a timeline's events"),
        ("at_ms,duration_ms,label,adapted,p_a,p_b\n5,0,c,true,1,0\n", "line 2 is not an event"),
        ("at_ms,duration_ms,label,adapted,p_a,p_b\n5,0,a,true,1,1\n", "probabilities do not sum to 1"),
        ("at_ms,duration_ms,label,adapted,p_a,p_b\n18446744073709551615,0,a,true,1,0\n", "past the year 9999"),
    ] {
        fs::write(&file, content).unwrap();
        sandbox.refused(["timeline".as_ref(), "Wanda".as_ref(), "--import".as_ref(), file.as_os_str()], message);
    }
    let usage = sandbox.run(["timeline", "Wanda", "--list", "--forget"]);
    assert_eq!(usage.status.code(), Some(2));
}
