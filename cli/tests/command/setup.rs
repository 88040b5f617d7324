//! Completions, man pages, labels, help, and what `--quiet` and `--verbose` print.

use std::fs;
use std::process::{Command, Output};

use serde_json::json;

use crate::support::{Sandbox, fixture};

/// Returns what `program` prints for `arguments`; `None`, with a line that says so, if it is not installed.
fn run_program(program: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(program).args(arguments).output().ok();
    if output.is_none() {
        eprintln!("skipped: {program} is not installed");
    }
    output
}

#[test]
fn completion_scripts_are_valid_and_complete() {
    let sandbox = Sandbox::new();
    for (shell, check) in
        [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"]), ("elvish", &["-compileonly"])]
    {
        let script = sandbox.ok(["completions", shell]);
        let file = sandbox.path(shell);
        fs::write(&file, script).unwrap();
        let arguments = [check, &[file.to_str().unwrap()]].concat();
        if let Some(output) = run_program(shell, &arguments) {
            assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(sandbox.ok(["completions", "powershell"]).contains("Register-ArgumentCompleter"));
    assert_eq!(sandbox.run(["completions", "tcsh"]).status.code(), Some(2));
    let script = format!(
        "source {}; COMP_WORDS=(mien users re); COMP_CWORD=2; _mien mien re users; echo ${{COMPREPLY[@]}}",
        sandbox.path("bash").display()
    );
    if let Some(output) = run_program("bash", &["-c", &script]) {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "rename rekey");
    }
}

#[test]
fn man_pages_are_written_and_format() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("new/man1");
    let said = sandbox.ok(["man".as_ref(), folder.as_os_str()]);
    let pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(said.starts_with(&format!("wrote {} pages to ", pages.len())), "{said}");
    assert!(pages.len() > 30 && folder.join("mien-users-rename.1").exists());
    assert_eq!(sandbox.ok(["man"]), fs::read_to_string(folder.join("mien.1")).unwrap());
    for page in pages {
        let arguments = ["-man", "-Tutf8", "-ww", page.to_str().unwrap()];
        let Some(output) = run_program("groff", &arguments) else { return };
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn labels_are_those_of_the_networks_or_the_head() {
    let sandbox = Sandbox::new();
    let said = sandbox.ok(["labels"]);
    assert!(said.starts_with("neutral\nhappy (or happiness, joy, smile)\n"), "{said}");
    assert_eq!(sandbox.json(["labels", "--json"])["labels"][3], json!({ "label": "anger", "spellings": ["angry"] }));
    let network = fixture("networks/plain_7_classes.onnx");
    let add = ["models", "add", network.to_str().unwrap(), "--name", "mine", "--labels", "a,b,c,d,e,f,g"];
    sandbox.ok(add);
    assert_eq!(sandbox.ok(["labels", "--pack", "mine"]), "a\nb\nc\nd\ne\nf\ng\n");
    sandbox.refused(["labels", "--pack", "mien"], "no pack is named \"mien\"; did you mean \"mine\"?");
}

#[test]
fn the_exit_codes_of_help_are_those_of_the_documents() {
    let help = Sandbox::new().ok(["--help"]);
    let codes: Vec<(&str, &str)> = help
        .lines()
        .skip_while(|line| *line != "Exit codes:")
        .skip(1)
        .filter_map(|line| line.trim().split_once("  "))
        .collect();
    assert_eq!(codes.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["0", "1", "2", "3", "4", "130"]);
    let page = fs::read_to_string(fixture("../../docs/reference/errors.md")).unwrap();
    for (code, meaning) in codes {
        assert!(page.contains(&format!("| {code} | {meaning} |")), "{code} {meaning}");
    }
}

#[test]
fn help_is_colored_and_wrapped_as_asked() {
    let sandbox = Sandbox::new();
    let help = |variable: &str, value: &str| {
        let output = sandbox.command().args(["analyze", "--help"]).env(variable, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let escape = |text: &str| text.contains('\u{1b}');
    assert!(escape(&help("CLICOLOR_FORCE", "1")));
    let both = sandbox.command().args(["--help"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!escape(&String::from_utf8(both.stdout).unwrap()));
    assert!(help("COLUMNS", "60").lines().all(|line| line.chars().count() <= 60));
}

#[test]
fn quiet_prints_results_only_and_verbose_says_what_runs() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let enroll =
        |name: &str, more: &[&str]| sandbox.command().args(["enroll", name]).arg(&picture).args(more).output().unwrap();
    let verbose = enroll("Secretname", &["--verbose"]);
    let said = String::from_utf8(verbose.stderr).unwrap();
    for part in ["mien 0.", "kernels", "network identity: mobilenet.onnx, 3.29 MB", "0 users", "finished", " s] "] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("Secretname"), "a person is named: {said}");
    let out = sandbox.path("out.csv");
    let arguments = ["analyze".as_ref(), picture.as_os_str(), "--csv".as_ref(), out.as_os_str(), "--quiet".as_ref()];
    let said = sandbox.ok(arguments);
    assert!(said.lines().count() == 1 && said.contains("face at"), "{said}");
    sandbox.refused(["analyze", "nothing.jpg", "--quiet"], "nothing.jpg");
    assert_eq!(sandbox.run(["labels", "--quiet", "--verbose"]).status.code(), Some(2));
}

#[test]
fn packs_are_removed_whole_and_only_where_they_lie() {
    let sandbox = Sandbox::new();
    let network = fixture("networks/plain_7_classes.onnx");
    for name in ["first", "second"] {
        sandbox.ok(["models", "add", network.to_str().unwrap(), "--name", name]);
    }
    let outside = sandbox.path("store/outside");
    fs::create_dir(&outside).unwrap();
    for name in ["../outside", "/tmp", "..", ".", "", "first/", "FIRST/../second"] {
        sandbox.refused(["models", "remove", name], "no added pack is named");
    }
    sandbox.refused(["models", "remove", "frist"], "did you mean \"first\"?");
    assert!(outside.exists());
    // A damaged pack can be removed.
    fs::write(sandbox.path("store/models/first/manifest.json"), "{").unwrap();
    assert_eq!(sandbox.ok(["models", "remove", "first"]), "removed first\n");
    let left: Vec<_> =
        fs::read_dir(sandbox.path("store/models")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["second"]);
    let packs = sandbox.json(["models", "list", "--json"]);
    assert_eq!(packs["packs"].as_array().unwrap().len(), 2);
}
