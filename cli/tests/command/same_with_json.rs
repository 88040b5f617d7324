//! `--json` changes what is printed and nothing else.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::main_job::{enroll_wanda, small_set};
use crate::support::{Sandbox, fixture};

/// What a run leaves behind, without times.
#[derive(Debug, PartialEq)]
struct Effect {
    code: Option<i32>,
    /// Standard error, with the sandbox's folder left out.
    said: String,
    /// Names of the files in the sandbox.
    files: Vec<String>,
    users: Value,
}

/// Returns the files below `folder`, sorted.
fn files(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files(&entry.path(), &name, found) } else { found.push(name) }
    }
    found.sort();
}

/// Runs `arguments`, in which `@` is the folder of a sandbox with an enrolled user and a data set, with and without
/// `--json`, and compares.
fn compare(arguments: &[&str]) -> i32 {
    let run = |with_json: bool| {
        let sandbox = Sandbox::new();
        enroll_wanda(&sandbox);
        small_set(&sandbox);
        let folder = sandbox.folder.path().to_str().unwrap().to_owned();
        let mut line: Vec<OsString> = arguments.iter().map(|argument| argument.replace('@', &folder).into()).collect();
        line.extend(with_json.then(|| "--json".into()));
        let output = sandbox.run(&line);
        let code = output.status.code();
        let printed = String::from_utf8(output.stdout).unwrap();
        if with_json {
            if printed.is_empty() {
                assert!(matches!(code, Some(1 | 4)), "{arguments:?} prints nothing and ends with {code:?}");
            } else {
                crate::schemas::check(&line, &serde_json::from_str(&printed).unwrap());
            }
        }
        let mut found = Vec::new();
        files(sandbox.folder.path(), "", &mut found);
        let mut users = sandbox.json(["users", "list", "--json"]);
        for user in users["users"].as_array_mut().unwrap() {
            user["enrolled_at_ms"] = Value::Null;
            user["adapted_at_ms"] = Value::Null;
            user["timelines"] =
                sandbox.json(["timeline", user["name"].as_str().unwrap(), "--list", "--json"])["timelines"].take();
            user["generations"].as_array_mut().unwrap().iter_mut().for_each(|one| one["adapted_at_ms"] = Value::Null);
        }
        let said = String::from_utf8(output.stderr).unwrap().replace(&folder, "@");
        (Effect { code, said, files: found, users }, printed)
    };
    let ((with_json, printed), (without, _)) = (run(true), run(false));
    assert_eq!(with_json, without, "{arguments:?}");
    if with_json.code == Some(1) && printed.is_empty() {
        assert_eq!(with_json.said.lines().count(), 1, "{arguments:?}: {}", with_json.said);
    }
    with_json.code.unwrap()
}

/// Same as [`compare`], with fixtures instead of `#`.
fn compare_on(line: &str) -> i32 {
    let fixtures = fixture("");
    let words: Vec<String> = line.split(' ').map(|word| word.replace("#/", fixtures.to_str().unwrap())).collect();
    compare(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn commands_on_users_do_the_same_with_and_without_json() {
    for (line, code) in [
        ("enroll Barack #/pictures/obama.jpg #/pictures/obama2.jpg", 0),
        ("enroll Barack #/pictures/obama.jpg nothing.jpg", 3),
        ("enroll Barack #/pictures/obama.jpg nothing.jpg --strict", 1),
        ("enroll Wanda #/pictures/obama.jpg", 1),
        ("enroll Wanda --more #/adapt/woman/test/happy/0384.jpg", 0),
        ("adapt Wanda --clips #/adapt/woman/learn", 0),
        ("adapt Wnada --clips #/adapt/woman/learn", 1),
        ("users list", 0),
        ("users verify Wanda #/adapt/woman/test/happy/0384.jpg", 0),
        ("users verify Nobody #/adapt/woman/test/happy/0384.jpg", 1),
        ("users salvage", 0),
        ("analyze #/adapt/woman/test/happy/0384.jpg --timeline --csv @/a.csv --annotate @/out", 0),
        ("analyze #/adapt/woman/test/happy/0384.jpg nothing.jpg", 3),
        ("analyze nothing.jpg", 1),
        ("timeline Wanda", 0),
        ("timeline Wanda --keep events=3", 0),
        ("timeline Wanda --prune", 0),
        ("timeline Wanda --forget", 1),
        ("timeline Wnada --list", 1),
    ] {
        assert_eq!(compare_on(line), code, "{line}");
    }
}

#[test]
fn commands_on_heads_and_sets_do_the_same_with_and_without_json() {
    for (line, code) in [
        ("train --data @/set --out @/generic.head", 4),
        ("train --data @/set --out @/generic.head --force", 0),
        ("train --data @/nothing --out @/generic.head", 1),
        ("heads import #/heads/logistic.npz --head logistic --labels neutral,happy,sad --out @/a.head", 0),
        ("heads import #/heads/logistic.npz --head logistic --out @/a.head", 1),
        ("heads show nothing.head", 1),
        ("eval identity --data @/set --save", 0),
        ("eval adaptation --data @/set --report @/report", 0),
        ("eval adaptation --data @/nothing", 1),
        ("bench training --clips 9 --frames 5 --features 16 --classes 3 --epochs 2 --rounds 1", 0),
        ("bench training --epochs 0", 1),
        ("models list", 0),
        ("models list --models nothing", 1),
        ("labels", 0),
        ("labels --pack nothing", 1),
        ("config show", 0),
        ("config path", 1),
    ] {
        assert_eq!(compare_on(line), code, "{line}");
    }
}

#[test]
fn wrong_usage_is_the_same_with_and_without_json() {
    let sandbox = Sandbox::new();
    for line in ["analyze", "users list --score 3", "labels --frobnicate", "eval adaptation"] {
        let run = |more: &[&str]| sandbox.run(line.split(' ').chain(more.iter().copied()).map(OsStr::new));
        let (with_json, without) = (run(&["--json"]), run(&[]));
        assert_eq!((with_json.status.code(), without.status.code()), (Some(2), Some(2)), "{line}");
        assert!(with_json.stdout.is_empty() && without.stdout.is_empty(), "{line}");
    }
}
