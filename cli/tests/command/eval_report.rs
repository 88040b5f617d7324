//! `mien eval adaptation --report` and `mien eval ravdess --report`: a folder of figures and plots.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::main_job::small_set;
use crate::ravdess::{LEAKY, arguments, tree};
use crate::support::Sandbox;

/// Runs `mien eval adaptation --report` on `data` with `more`.
fn report(sandbox: &Sandbox, data: &Path, folder: &Path, more: &[&str]) -> String {
    let start = ["eval".as_ref(), "adaptation".as_ref(), "--data".as_ref(), data.as_os_str()];
    let start = start.into_iter().chain(["--report".as_ref(), folder.as_os_str()]);
    sandbox.ok(start.chain(more.iter().map(OsStr::new)))
}

/// Returns the files of `folder`, sorted by name.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn read(folder: &Path) -> (Value, String) {
    let json = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    (json, fs::read_to_string(folder.join("report.md")).unwrap())
}

/// Formats a share as in reports.
fn percent(share: &Value) -> String {
    format!("{:.1} %", 100.0 * share.as_f64().unwrap())
}

/// Returns the cells of the table row of `text` that starts with `name`.
fn row<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!("| {name} |");
    let line = text.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("no row {name:?}: {text}"));
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

/// Checks that the plots named with `prefix` are pictures that are not blank.
fn check_plots(folder: &Path, prefix: &str) {
    for plot in ["users", "curve", "confusion"] {
        let png = image::open(folder.join(format!("{prefix}{plot}.png"))).unwrap().into_rgb8();
        assert!(png.width() >= 600 && png.height() >= 300, "{plot}: {:?}", png.dimensions());
        let drawn = png.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
        assert!(drawn > 2000, "{plot}: {drawn} pixels are not white");
        let svg = fs::read_to_string(folder.join(format!("{prefix}{plot}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.matches("<text").count() > 3, "{plot}: {svg}");
    }
}

const ALL: [&str; 8] =
    ["confusion.png", "confusion.svg", "curve.png", "curve.svg", "report.json", "report.md", "users.png", "users.svg"];

#[test]
fn a_report_has_the_figures_of_its_json() {
    let sandbox = Sandbox::new();
    let (data, folder) = (small_set(&sandbox), sandbox.path("new/report"));
    let printed: Value = serde_json::from_str(&report(&sandbox, &data, &folder, &["--json", "--seed", "3"])).unwrap();
    assert_eq!(files(&folder), ALL);
    check_plots(&folder, "");
    let (json, text) = read(&folder);
    assert_eq!(json, printed);

    assert!(text.contains("- Data set: set\n") && text.contains("- Seed: 3\n"), "{text}");
    assert!(text.contains("- Head: logistic\n") && text.contains("- Clips made from: as given\n"), "{text}");
    check_accuracies(&json, &text);
    check_figures(&json, &text);
    check_curve(&json, &text);
    check_confusion(&json, &text);
    for name in ALL.iter().filter(|name| !name.starts_with("report.md")) {
        assert!(text.contains(&format!("]({name})")), "{name} is not linked");
    }
}

fn check_accuracies(json: &Value, text: &str) {
    for (name, key, clips) in [
        ("zero-shot", "zero_shot", "clips"),
        ("generic", "generic", "clips"),
        ("generic, clips tested", "generic_tested", "adapted_clips"),
        ("adapted", "adapted", "adapted_clips"),
    ] {
        let cells = row(text, name);
        assert_eq!(cells[1..3], [percent(&json[key]["accuracy"]), percent(&json[key]["uar"])], "{name}");
        assert_eq!(cells[5], json[clips].to_string(), "{name}");
        assert!(cells[6].len() > 20, "{name} says how it was measured");
    }
}

fn check_figures(json: &Value, text: &str) {
    let interval = &json["adapted_interval"];
    let low = format!("{:.1}", 100.0 * interval["low"].as_f64().unwrap());
    assert_eq!(row(text, "adapted")[3], format!("{low} to {}", percent(&interval["high"])));
    assert_eq!(row(text, "adapted")[4], percent(&json["adapted_sd"]));
    assert_eq!(row(text, "generic, clips tested")[4], percent(&json["generic_tested_sd"]));
    let gain = json["gain"]["mean"].as_f64().unwrap();
    let apart = ["adapted", "generic_tested"].map(|key| json[key]["accuracy"].as_f64().unwrap());
    assert!((gain - (apart[0] - apart[1])).abs() < 1e-9, "{json}");
    // With the gate, such a small set may gain nothing, which is written without a sign.
    let points = if gain.abs() < 5e-4 { "0.0".to_owned() } else { format!("{:+.1}", 100.0 * gain) };
    assert!(gain >= 0.0 && row(text, "gain")[1].starts_with(&format!("{points} points (")), "{text}");
    let refused = format!("{} of {}", json["refused"], json["adaptations"]);
    assert_eq!(row(text, "refused by the gate")[1], refused);
    let baseline = ["generic", "adapted"].map(|key| percent(&json["neutral_baseline"][key]));
    assert_eq!(row(text, "neutral baseline")[1], baseline.join(", "));
    let losses = ["generic", "adapted", "estimated", "measured"].map(|key| json["losses"][key].as_f64().unwrap());
    let [generic, adapted, estimated, measured] = losses.map(|loss| format!("{loss:.3}"));
    assert_eq!(row(text, "loss")[1], format!("{generic}, {adapted} ({estimated}, {measured})"));
    assert_eq!(row(text, "worst user")[1], percent(&json["worst_user"]));
    assert_eq!(row(text, "harmed users")[1], format!("{} of 2", json["harmed_users"]));
    assert_eq!(row(text, "ECE")[1], percent(&json["ece"]));
}

fn check_curve(json: &Value, text: &str) {
    let curve = json["curve"].as_array().unwrap();
    let users: Vec<_> = curve.iter().map(|point| (&point["clips_per_class"], &point["users"])).collect();
    // Three sessions of the man: two of them give him two clips of one emotion to learn.
    assert_eq!(users, [(&1.into(), &2.into()), (&2.into(), &1.into())], "{json}");
    for point in curve {
        let figures = ["users", "clips", "generic", "adapted", "harmed_users"].map(|key| match &point[key] {
            share if share.is_f64() => percent(share),
            count => count.to_string(),
        });
        assert_eq!(row(text, &point["clips_per_class"].to_string())[1..], figures);
    }
}

fn check_confusion(json: &Value, text: &str) {
    for (heading, key) in [("### Generic head", "generic"), ("### Adapted heads", "adapted")] {
        let table = text.split(heading).nth(1).unwrap();
        let labels = json["confusion"]["labels"].as_array().unwrap();
        for (label, counts) in labels.iter().zip(json["confusion"][key].as_array().unwrap()) {
            let counts: Vec<_> = counts.as_array().unwrap().iter().map(Value::to_string).collect();
            assert_eq!(row(table, &format!("**{}**", label.as_str().unwrap()))[1..], counts);
        }
    }
}

#[test]
fn a_report_replaces_an_earlier_one_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (data, folder) = (small_set(&sandbox), sandbox.path("report"));
    let said = report(&sandbox, &data, &folder, &[]);
    assert!(said.contains(" per class: generic ") && said.contains("95 % intervals: adapted "), "{said}");
    assert!(said.contains("sd over users: ") && said.ends_with("report/report.md\n"), "{said}");
    fs::write(folder.join("notes.txt"), "mine").unwrap();

    // With one session nothing can be adapted, and no plot of the earlier report remains.
    let index = fs::read_to_string(data.join("index.csv")).unwrap();
    let one: Vec<_> = index.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    fs::write(data.join("index.csv"), one.join("\n")).unwrap();
    let said = report(&sandbox, &data, &folder, &[]);
    let why = "o user has a session beside others with two emotions, so nothing was adapted and tested";
    assert!(said.contains(&format!("n{why}\n")), "{said}");
    assert_eq!(files(&folder), ["notes.txt", "report.json", "report.md"]);
    let (json, text) = read(&folder);
    assert!(text.contains(&format!("N{why}: no curve, no confusion matrix, no plot.\n")), "{text}");
    assert!(!text.contains(".png") && !text.contains("| adapted |") && json["gain"].is_null(), "{text}");
    assert_eq!(row(&text, "generic")[1], percent(&json["generic"]["accuracy"]));
}

#[test]
fn a_leaky_report_marks_every_figure_and_has_the_honest_ones_beside() {
    let sandbox = Sandbox::new();
    let (root, folder) = (tree(&sandbox), sandbox.path("report"));
    let more = ["--split", "leaky", "--json", "--report", folder.to_str().unwrap()];
    let printed = sandbox.json(arguments(&root, &more));
    let beside = ALL.iter().filter(|name| !name.starts_with("report")).map(|name| format!("beside-{name}"));
    let mut all: Vec<_> = beside.chain(ALL.map(str::to_owned)).collect();
    all.sort_unstable();
    assert_eq!(files(&folder), all);
    check_plots(&folder, "");
    check_plots(&folder, "beside-");
    let (json, text) = read(&folder);
    assert_eq!(json, printed);

    for (name, key) in [("zero-shot", "zero_shot"), ("generic", "generic"), ("adapted", "adapted")] {
        let (leaky, honest) = (format!("{name} ({LEAKY})"), format!("{name} (split repetition)"));
        assert_eq!(row(&text, &leaky)[1], percent(&json[key]["accuracy"]));
        assert_eq!(row(&text, &honest)[1], percent(&json["beside"][key]["accuracy"]));
        let lines: Vec<_> = text.lines().collect();
        let place = |name: &str| lines.iter().position(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        assert_eq!(place(&leaky) + 1, place(&honest), "the honest row stands beside the leaky one");
    }
    // A row without the mark belongs to the second split.
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains(|c: char| c.is_ascii_digit()));
    let rows: Vec<_> = rows.filter(|line| !line.contains("how it was measured")).collect();
    assert!(
        rows.len() > 40 && rows.iter().all(|row| row.contains(LEAKY) != row.contains("(split repetition)")),
        "{text}"
    );
    for plot in ["users", "curve", "confusion"] {
        let svg = |prefix: &str| fs::read_to_string(folder.join(format!("{prefix}{plot}.svg"))).unwrap();
        assert!(svg("").contains(LEAKY) && !svg("beside-").contains(LEAKY), "{plot}");
        assert!(svg("beside-").contains("split repetition"), "{plot}");
    }

    let more = ["--split", "repetition", "--report", folder.to_str().unwrap()];
    sandbox.ok(arguments(&root, &more));
    assert_eq!(files(&folder), ALL, "the plots of the split beside are gone");
    let text = fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(!text.contains(LEAKY) && text.contains("actors (3 folds"), "{text}");
}

#[test]
fn what_cannot_be_measured_or_written_is_refused() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    let head = ["--generic", "some.head"];
    let start = ["eval".as_ref(), "adaptation".as_ref(), "--data".as_ref(), data.as_os_str()];
    sandbox.refused(
        start.into_iter().chain(head.map(OsStr::new)),
        "--generic some.head: an evaluation learns its generic",
    );
    let ravdess = [&head[..], &["--split", "statement"]].concat();
    sandbox.refused(arguments(&data, &ravdess), "--generic some.head: an evaluation learns its generic");
    let file = sandbox.path("file");
    fs::write(&file, "mine").unwrap();
    let report = ["--report".as_ref(), file.as_os_str()];
    sandbox.refused(start.into_iter().chain(report), &file.display().to_string());
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}
