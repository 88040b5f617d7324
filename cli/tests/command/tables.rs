//! Tables as spreadsheets write them, data sets with bad lines and of few people, and results for any number of threads.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::main_job::{enroll_wanda, evaluate, small_set};
use crate::support::{Sandbox, refusal};

/// Encodes `text` in UTF-16, little-endian, with a byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Encodes `text` in Latin-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

/// Removes what differs between runs.
fn without_times(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("seconds");
    report
}

/// Keeps the lines of an index that are `wanted`.
fn keep_lines(set: &Path, wanted: impl Fn(&str) -> bool) {
    let index = fs::read_to_string(set.join("index.csv")).unwrap();
    let kept: Vec<_> =
        index.lines().enumerate().filter(|(number, line)| *number == 0 || wanted(line)).map(|(_, line)| line).collect();
    fs::write(set.join("index.csv"), kept.join("\n")).unwrap();
}

#[test]
fn every_kind_of_index_is_the_same_set() {
    let sandbox = Sandbox::new();
    let set = small_set(&sandbox);
    let index = fs::read_to_string(set.join("index.csv")).unwrap().replace(",w,", ",Zo\u{eb},");
    fs::write(set.join("index.csv"), &index).unwrap();
    let plain = without_times(evaluate(&sandbox, "adaptation", &set, &[]));
    assert_eq!(plain["clips"], 14);
    let with = |separator: &str| index.replace(',', separator);
    let header = |text: String, from: &str, to: &str| text.replacen(from, to, 1);
    // What spreadsheets of Windows save, mixed: the paths lead through a folder by backslashes.
    let windows = header(with(";"), "path;subject;emotion;session", "File Name;Person;EMOTION;Session");
    let windows = windows.replace("\no-", "\n.\\..\\set\\o-").replace('\n', "\r\n");
    let padded = with(" , ").replace('\n', ",,\n").replace("\nw-", "\n\n ,,,\nw-");
    let named = format!("sep=|\r\n{}", with("|").replace('\n', "\r"));
    let quoted = index.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect::<String>();
    for (name, bytes) in [
        ("UTF-16, semicolons, backslashes, capitals", utf16(&windows)),
        ("Latin-1, tabs", latin1(&with("\t"))),
        ("spaces, empty lines and columns, UTF-8 with a mark", format!("\u{feff}{padded}").into_bytes()),
        ("named separator, CR", named.into_bytes()),
        ("quotes, UTF-16 without a mark", utf16(&quoted)[2..].to_vec()),
    ] {
        fs::write(set.join("index.csv"), bytes).unwrap();
        assert_eq!(without_times(evaluate(&sandbox, "adaptation", &set, &[])), plain, "{name}");
    }
}

#[test]
fn an_index_that_is_not_understood_is_quoted() {
    let sandbox = Sandbox::new();
    let set = small_set(&sandbox);
    for (index, message) in [
        (
            "Datei;Wer;Was\na.jpg;x;happy\n",
            "no column \"path\": the columns are \"Datei\", \"Wer\", \"Was\", separated by semicolons",
        ),
        ("path:subject:emotion\n", "the only column is \"path:subject:emotion\""),
        ("path,subject,emotion\na,b.jpg,x,happy\n", "line 2: \"happy\" stands after the last of 3 columns"),
        ("PK\u{3}\u{4}", "save it as CSV"),
    ] {
        fs::write(set.join("index.csv"), index).unwrap();
        for command in [&["eval", "adaptation"][..], &["train", "--out", "x.head"], &["score"]] {
            let output = sandbox.command().args(command).arg("--data").arg(&set).output().unwrap();
            refusal(&output, message);
        }
    }
}

#[test]
fn lines_that_cannot_be_used_are_named_and_skipped() {
    let sandbox = Sandbox::new();
    let set = small_set(&sandbox);
    let index = fs::read_to_string(set.join("index.csv")).unwrap();
    fs::write(set.join("index.csv"), format!("{index}gone.jpg,w,happy,A\n,w,happy,A\n")).unwrap();
    let head = sandbox.path("my.head");
    for command in [
        &["eval".as_ref(), "adaptation".as_ref()][..],
        &["eval".as_ref(), "identity".as_ref()],
        &["train".as_ref(), "--force".as_ref(), "--out".as_ref(), head.as_os_str()],
        &["score".as_ref()],
    ] {
        let run = |more: &[&str]| sandbox.command().args(command).arg("--data").arg(&set).args(more).output().unwrap();
        let output = run(&["--json"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("line 17: ") && said.contains("gone.jpg does not exist"), "{said}");
        assert!(said.contains("line 18: the path is empty") && said.contains("2 inputs that cannot be read"), "{said}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let unreadable = &report["unreadable"];
        assert_eq!(
            unreadable.as_u64().or(unreadable.as_array().map(|list| list.len() as u64)),
            Some(2),
            "{unreadable}"
        );
        refusal(&run(&["--strict"]), "gone.jpg does not exist");
    }
}

#[test]
fn two_people_are_enough_and_one_needs_others() {
    let sandbox = Sandbox::new();
    let set = small_set(&sandbox);
    keep_lines(&set, |line| line.contains(",w,") || line.contains(",m,") || line.contains(",o,"));
    let run = |more: &[&OsStr]| {
        let mut command = sandbox.command();
        command.args(["eval", "adaptation", "--data"]).arg(&set).args(more).output().unwrap()
    };
    let report = evaluate(&sandbox, "adaptation", &set, &[]);
    assert_eq!((report["users"].as_u64(), report["adapted_clips"].as_u64()), (Some(3), Some(10)));
    assert_eq!(report["not_adapted"], serde_json::json!({ "o": "one_session" }));
    let said = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(said.contains("not adapted: 1 user with clips of one session only (o)"), "{said}");

    keep_lines(&set, |line| line.contains(",w,") || line.contains(",m,"));
    let report = evaluate(&sandbox, "adaptation", &set, &[]);
    assert_eq!((report["users"].as_u64(), report["per_user"].as_array().unwrap().len()), (Some(2), 2));
    let folder = sandbox.path("report");
    assert!(run(&["--report".as_ref(), folder.as_os_str()]).status.success());
    let text = fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(text.contains("(2 folds, nobody on both sides)"), "{text}");

    // The network's own layer stands in if the other person shows one emotion.
    keep_lines(&set, |line| line.contains(",w,") || line.contains(",m,happy,"));
    let said = String::from_utf8(run(&[]).stdout).unwrap();
    let words =
        "for 1 user the network's own last layer is the generic head: the other people's clips show one emotion";
    assert!(said.contains(words) && said.contains("not adapted: 1 user with clips of one emotion only"), "{said}");

    keep_lines(&set, |line| line.contains(",w,"));
    refusal(&run(&[]), "set: all clips are of one person: the generic head is learned from other people");
    let other = Sandbox::new();
    let others = small_set(&other);
    for more in [&["--fresh".as_ref()][..], &["--generic-data".as_ref(), others.as_os_str()]] {
        let output = run(&[more, &["--json".as_ref()]].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((report["users"].as_u64(), report["adapted_clips"].as_u64()), (Some(1), Some(6)));
    }
    // Without sessions nothing can be held out.
    let index = fs::read_to_string(set.join("index.csv")).unwrap();
    let one: Vec<_> = index.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    fs::write(set.join("index.csv"), one.join("\n")).unwrap();
    let said = String::from_utf8(run(&["--fresh".as_ref()]).stdout).unwrap();
    assert!(said.contains("the index names no sessions: a column \"session\""), "{said}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let sandbox = Sandbox::new();
    let set = small_set(&sandbox);
    let evaluated = |kind: &str, jobs: &str| without_times_if_any(evaluate(&sandbox, kind, &set, &["--jobs", jobs]));
    for kind in ["adaptation", "identity"] {
        let one = evaluated(kind, "1");
        assert!(["2", "5"].iter().all(|jobs| evaluated(kind, jobs) == one), "{kind}");
    }
    let head = |jobs: &str| {
        let file = sandbox.path(&format!("{jobs}.head"));
        let mut command = sandbox.command();
        command.args(["train", "--force", "--jobs", jobs, "--pseudo-clips", "2", "--epochs", "20", "--data"]).arg(&set);
        assert!(command.arg("--out").arg(&file).output().unwrap().status.success());
        fs::read(file).unwrap()
    };
    assert!(head("1") == head("3"));
    let scored = |jobs: &str| {
        let mut command = sandbox.command();
        command.args(["score", "--csv", "-", "--jobs", jobs, "--data"]).arg(&set).output().unwrap().stdout
    };
    assert_eq!(scored("1"), scored("4"));
    assert_eq!(String::from_utf8(scored("2")).unwrap().lines().count(), 15, "a header and the clips of known emotions");
}

fn without_times_if_any(report: Value) -> Value {
    if report["seconds"].is_null() { report } else { without_times(report) }
}

#[test]
fn a_timeline_that_a_spreadsheet_saved_is_recorded() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let file = sandbox.path("events.csv");
    let import = |content: &[u8]| {
        fs::write(&file, content).unwrap();
        sandbox.run(["timeline".as_ref(), "Wanda".as_ref(), "--import".as_ref(), file.as_os_str()])
    };
    let events = || sandbox.json(["timeline", "Wanda", "--bucket", "event", "--json"])["events"].clone();
    let plain = "at_ms,duration_ms,label,adapted,p_neutral,p_happy\n1000,40,happy,true,0.25,0.75\n";
    assert!(import(plain.as_bytes()).status.success());
    let expected = events();
    assert_eq!(expected.as_array().unwrap().len(), 1);
    // A spreadsheet of Germany: semicolons, decimal commas, capitals.
    let saved = "AT_MS;Duration_ms;Label;Adapted;P_neutral;P_happy\r\n1000;40;happy;TRUE;0,25;0,75\r\n;;;;;\r\n";
    sandbox.ok(["timeline", "Wanda", "--forget", "--from", "0"]);
    let output = import(&utf16(saved));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(events(), expected);
    let damaged = saved.replace("1000;", "1,0E+03;");
    refusal(&import(damaged.as_bytes()), "line 2 is not an event: 1,0E+03 | 40 | happy | TRUE | 0,25 | 0,75");
    refusal(&import(b"a;b\n1;2\n"), "no column \"at_ms\": the columns are \"a\", \"b\", separated by semicolons");
}
