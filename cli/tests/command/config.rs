//! The configuration file: precedence, errors, `mien config`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{Sandbox, fixture};

/// Runs the command with the configuration file `text`.
fn with(sandbox: &Sandbox, text: &str, arguments: &[&str]) -> Output {
    command(sandbox, text).args(arguments).output().unwrap()
}

fn command(sandbox: &Sandbox, text: &str) -> Command {
    let file = sandbox.path("config.toml");
    fs::write(&file, text).unwrap();
    let mut command = sandbox.command();
    command.env("MIEN_CONFIG", file);
    command
}

/// Returns the setting `key` of `config show --json`: its values and origin.
fn setting(output: &Output, key: &str) -> (Value, Value) {
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = shown["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == key).unwrap().clone();
    (found["values"].clone(), found["from"].clone())
}

#[test]
fn option_beats_environment_beats_file_beats_default() {
    let sandbox = Sandbox::new();
    let text = "user-store = 'of-file'\nscore = 0.7\n";
    let show = ["config", "show", "--json"];
    let of_file = command(&sandbox, text).env_remove("MIEN_STORE").args(show).output().unwrap();
    assert_eq!(setting(&of_file, "score"), (json!(["0.7"]), json!("file")));
    let relative_to_the_file = sandbox.path("of-file");
    assert_eq!(setting(&of_file, "user-store"), (json!([relative_to_the_file]), json!("file")));
    let of_environment = with(&sandbox, text, &show);
    assert_eq!(setting(&of_environment, "user-store"), (json!([sandbox.path("store")]), json!("environment")));
    let of_option = with(&sandbox, text, &["config", "show", "--json", "--user-store", "here", "--score", "0.8"]);
    assert_eq!(setting(&of_option, "user-store"), (json!(["here"]), json!("option")));
    assert_eq!(setting(&of_option, "score"), (json!(["0.8"]), json!("option")));
    let of_nothing = with(&sandbox, "", &show);
    assert_eq!(setting(&of_nothing, "score"), (json!(["0.6"]), json!("default")));
    let said = String::from_utf8(with(&sandbox, text, &["config", "show"]).stdout).unwrap();
    assert!(said.contains("\nscore = 0.7  # line 2\n") && said.contains("environment: MIEN_STORE"), "{said}");
}

#[test]
fn values_of_the_file_are_used() {
    let sandbox = Sandbox::new();
    let clip = fixture("clip");
    let frames = |text: &str, more: &[&str]| {
        let arguments = [&["analyze", clip.to_str().unwrap(), "--json"], more].concat();
        let output = with(&sandbox, text, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["inputs"][0]["results"].as_array().unwrap().len()
    };
    let all = frames("", &[]);
    assert_eq!(frames("[analyze]\nevery = 10\n", &[]), all.div_ceil(10));
    assert_eq!(frames("[analyze]\nevery = 10\n", &["--every", "4"]), all.div_ceil(4));
}

#[test]
fn what_the_command_line_excludes_is_dropped() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let lines = |text: &str, more: &[&str]| {
        let output = with(&sandbox, text, &[&["analyze", picture.to_str().unwrap()], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert!(lines("[analyze]\njson = true\n", &[]) > 2);
    assert_eq!(lines("[analyze]\njson = true\n", &["--jsonl"]), 1);
    assert!(lines("[analyze]\njsonl = true\n", &["--json"]) > 2);
    assert_eq!(lines("[analyze]\njson = false\njsonl = true\n", &[]), 1);
    let both = with(&sandbox, "[analyze]\njson = true\njsonl = true\n", &["analyze", picture.to_str().unwrap()]);
    assert_eq!(both.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&both.stderr).contains("config.toml:2: json: excludes jsonl"));
}

#[test]
fn files_of_the_file_lie_beside_it() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    assert!(with(&sandbox, "[analyze]\ncsv = 'faces.csv'\n", &["analyze", picture.to_str().unwrap()]).status.success());
    assert!(sandbox.path("faces.csv").exists());
}

#[test]
fn a_wrong_file_is_refused_with_file_line_and_key() {
    let sandbox = Sandbox::new();
    for (text, message) in [
        ("\nscor = 1\n", "config.toml:2: scor: unknown key; did you mean \"score\"?"),
        ("score = 2\n", "config.toml:1: score: expected a number from 0 to 1"),
        ("score = 'high'\n", "config.toml:1: score: expected a number, not a string"),
        ("detector-size = 100\n", "config.toml:1: detector-size: expected a multiple of 32"),
        ("models = 3\n", "config.toml:1: models: expected a path as a string, not a number"),
        ("strict = 'yes'\n", "config.toml:1: strict: expected true or false, not a string"),
        ("score = [0.5]\n", "config.toml:1: score: expected a number, not a list"),
        ("every = 2\n", "config.toml:1: every: is an option of single commands: write it in [analyze]"),
        ("[analyze]\nscore = 0.5\n", "config.toml:2: score: holds for every command"),
        ("[analyze]\nevery = 0\n", "config.toml:2: every: 0 is not in 1..=10000"),
        ("[analyse]\nevery = 2\n", "did you mean \"analyze\"?"),
        (
            "[users.lst]\njson = true\n",
            "config.toml:2: [users.lst] is not the table of a command; did you mean \"list\"?",
        ),
        ("[adapt]\nhead = 'logistc'\n", "did you mean \"logistic\"?"),
        ("[timeline]\nforget = true\n", "config.toml:2: forget: is for one run only"),
        ("config = 'other.toml'\n", "config.toml:1: config: is for one run only"),
        ("[models.add]\nmean = [1, 'b', 3]\n", "config.toml:2: mean: expected a number, not a string"),
        ("[bench.networks]\nsize = [160, 10]\n", "config.toml:2: size: expected a number from 32 to 2048"),
        ("score = \n", "config.toml:1: not TOML"),
    ] {
        let output = with(&sandbox, text, &["labels"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}: {said}");
        assert!(said.contains(message) && said.lines().count() == 1, "{text}: {said}");
        assert!(output.stdout.is_empty());
        // Neither the help nor the path needs a good file.
        assert!(with(&sandbox, text, &["--help"]).status.success());
        assert!(with(&sandbox, text, &["config", "path"]).status.success());
    }
}

#[test]
fn a_wrong_variable_is_not_blamed_on_the_file() {
    let sandbox = Sandbox::new();
    let output = command(&sandbox, "store-key = 'key'\n").env("MIEN_STORE", "").arg("labels").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && said.contains("--user-store") && !said.contains("config.toml"),
        "{said}"
    );
}

#[test]
fn a_missing_file_is_an_error_only_if_it_is_named() {
    let sandbox = Sandbox::new();
    let named = sandbox.run(["labels", "--config", "/nowhere/config.toml"]);
    assert_eq!(named.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&named.stderr).contains("/nowhere/config.toml: No such file"));
    if cfg!(target_os = "linux") {
        let mut command = sandbox.command();
        command.env_remove("MIEN_CONFIG").env("XDG_CONFIG_HOME", sandbox.path("settings"));
        let path = command.args(["config", "path"]).output().unwrap();
        let path = String::from_utf8(path.stdout).unwrap();
        assert_eq!(Path::new(path.trim_end()), sandbox.path("settings/mien/config.toml"));
        assert!(command.arg("--json").output().unwrap().status.success());
        fs::create_dir_all(sandbox.path("settings/mien")).unwrap();
        fs::write(sandbox.path("settings/mien/config.toml"), "score = 2\n").unwrap();
        let mut command = sandbox.command();
        command.env_remove("MIEN_CONFIG").env("XDG_CONFIG_HOME", sandbox.path("settings"));
        assert_eq!(command.arg("labels").output().unwrap().status.code(), Some(2), "the default file is read");
    }
}

#[test]
fn what_config_show_prints_is_a_file() {
    let sandbox = Sandbox::new();
    let text = "score = 0.7\n[analyze]\nevery = 2\n[models.add]\nmean = [1.0, 2.0, 3.0]\n[watch]\nmax-faces = 2\n";
    let shown = String::from_utf8(with(&sandbox, text, &["config", "show"]).stdout).unwrap();
    let again = String::from_utf8(with(&sandbox, &shown, &["config", "show"]).stdout).unwrap();
    let without_origin =
        |text: &str| text.lines().map(|line| line.split("  #").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(without_origin(&shown), without_origin(&again));
    assert!(shown.contains("[models.add]\nmean = [1.0, 2.0, 3.0]"), "{shown}");
}
