//! The JSON that commands print, against the schemas in docs/reference/schemas.
//!
//! Every JSON object that any test of the command reads is checked, see `Sandbox::json`; the schemas allow no field that
//! they do not describe.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use jsonschema::{Validator, draft202012, meta};
use serde_json::{Value, json};

use crate::support::{Sandbox, fixture};

/// The schemas by name: the words of a command, joined by hyphens.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let schema = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(meta::is_valid(&schema), "{name} is no schema");
        // No reference leads out of the file: nothing is fetched.
        (name.clone(), draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).map(schema).collect()
});

fn folder() -> PathBuf {
    fixture("../../docs/reference/schemas")
}

/// Returns the name of the schema for a command line.
fn name_of(arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let first = |word: &&str| SCHEMAS.keys().any(|name| name.split('-').next() == Some(word));
    let at = words.iter().position(first).unwrap_or_else(|| panic!("no command in {words:?}"));
    let two = words[at..].iter().take(2).copied().collect::<Vec<_>>().join("-");
    if SCHEMAS.contains_key(&two) { two } else { words[at].to_owned() }
}

/// Checks what the command printed for `arguments`.
pub fn check(arguments: &[OsString], printed: &Value) {
    check_as(&name_of(arguments), printed);
}

/// Checks `printed` by the schema `name`.
pub fn check_as(name: &str, printed: &Value) {
    let schema = SCHEMAS.get(name).unwrap_or_else(|| panic!("{name} has no schema"));
    let errors: Vec<_> =
        schema.iter_errors(printed).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {}\n{printed:#}", errors.join("\n"));
    assert_eq!(printed["schema_version"], 1, "{name}");
}

#[test]
fn every_command_with_json_has_a_schema_that_the_reference_lists() {
    let sandbox = Sandbox::new();
    let pages = sandbox.path("pages");
    sandbox.ok(["man".as_ref(), pages.as_os_str()]);
    let reference = fs::read_to_string(fixture("../../docs/reference/json.md")).unwrap();
    // These print lines of JSON.
    let mut with_json = vec!["analyze-jsonl".to_owned(), "watch".to_owned()];
    for page in fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&page).unwrap();
        if text.contains("\\-\\-json\\fR\n") {
            let name = page.file_stem().unwrap().to_str().unwrap().strip_prefix("mien-").unwrap().to_owned();
            with_json.push(name);
        }
    }
    with_json.sort();
    assert_eq!(with_json, SCHEMAS.keys().cloned().collect::<Vec<_>>());
    for name in with_json {
        assert!(reference.contains(&format!("(schemas/{name}.json)")), "{name}");
    }
}

#[test]
fn undocumented_missing_and_wrong_fields_are_found() {
    let good = json!({ "schema_version": 1, "labels": [{ "label": "sad", "spellings": [] }] });
    check_as("labels", &good);
    let is_valid = |value: Value| SCHEMAS["labels"].is_valid(&value);
    assert!(is_valid(good.clone()));
    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed[key] = value;
        changed
    };
    assert!(!is_valid(with("more", json!(1))));
    assert!(!is_valid(with("labels", json!([{ "label": "sad" }]))));
    assert!(!is_valid(with("labels", json!([{ "label": 1, "spellings": [] }]))));
    assert!(!is_valid(with("schema_version", json!("1"))));
}

#[test]
fn settings_and_lines_of_a_stream_are_as_described() {
    let sandbox = Sandbox::new();
    sandbox.json(["config", "show", "--json"]);
    let mut path = sandbox.command();
    path.env("MIEN_CONFIG", "here.toml").args(["config", "path", "--json"]);
    check_as("config-path", &serde_json::from_slice(&path.output().unwrap().stdout).unwrap());
    let line = sandbox.ok(["analyze".as_ref(), fixture("pictures/obama.jpg").as_os_str(), "--jsonl".as_ref()]);
    check_as("analyze-jsonl", &serde_json::from_str(&line).unwrap());
    let lines = sandbox.ok(["watch".as_ref(), fixture("clip").as_os_str(), "--fps".as_ref(), "3".as_ref()]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 3);
    lines.iter().for_each(|line| check_as("watch", line));
}

#[test]
fn every_form_of_a_timeline_is_as_described() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    sandbox.ok(["analyze".as_ref(), picture.as_os_str(), "--timeline".as_ref()]);
    let timelines = sandbox.json(["timeline", "Barack", "--list", "--json"])["timelines"].clone();
    let medium = timelines.as_array().unwrap().iter().find_map(|timeline| timeline["clock"]["media"].as_str()).unwrap();
    let table = sandbox.path("events.csv");
    let timeline = |more: &[&str]| sandbox.json(["timeline", "Barack", "--json"].iter().chain(more));
    for bucket in ["event", "minute"] {
        timeline(&["--media", medium, "--bucket", bucket]);
    }
    sandbox.ok(["timeline", "Barack", "--media", medium, "--bucket", "event", "--csv", table.to_str().unwrap()]);
    timeline(&["--keep", "events=30"]);
    timeline(&["--prune"]);
    assert_eq!(timeline(&["--import", table.to_str().unwrap(), "--media", "again"])["recorded"], 1);
    timeline(&["--forget", "--media", medium]);
}
