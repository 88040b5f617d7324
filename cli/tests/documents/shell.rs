//! Shell blocks run in order, each page in a folder of its own with the bundled material, and print what the page shows.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::pages::{self, Block, Page, repository};

/// Whether the pages are to be changed to the output of today.
pub fn updates() -> bool {
    std::env::var_os("MIEN_UPDATE_DOCUMENTS").is_some()
}

/// A shell block with the output that the page shows.
struct Step<'a> {
    block: &'a Block,
    shown: Option<&'a Block>,
}

#[test]
fn commands_print_what_the_pages_show() {
    let (mut ran, mut compared, mut wrong) = (0, 0, Vec::new());
    for page in pages::all() {
        let blocks = page.blocks();
        let steps: Vec<Step<'_>> = steps(&page, &blocks);
        if steps.is_empty() {
            continue;
        }
        let outputs = run(&page, &steps);
        ran += steps.len();
        let mut changes = Vec::new();
        for (Step { block, shown }, output) in steps.iter().zip(outputs) {
            let Some(shown) = shown else { continue };
            compared += 1;
            let output: Vec<&str> = output.lines().map(str::trim_end).collect();
            let expected: Vec<&str> = shown.lines.iter().map(|line| line.trim_end()).collect();
            if !lines_match(&expected, &output) {
                let place = format!("{}:{}", page.name, block.first_line);
                wrong.push(format!("{place} shows\n{}\nand prints\n{}\n", expected.join("\n"), output.join("\n")));
                changes.push((*shown, with_dots(&expected, &output)));
            }
        }
        if updates() {
            update(&page, &changes);
        }
    }
    eprintln!("documents: {ran} shell blocks ran, {compared} with the output that is shown");
    assert!(wrong.is_empty() || updates(), "{}", wrong.join("\n"));
    assert!(ran >= 20, "{ran} shell blocks ran");
}

/// The blocks of a page that can run here; the others are named with the reason.
fn steps<'a>(page: &Page, blocks: &'a [Block]) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "sh") {
        let place = format!("{}:{}", page.name, block.first_line);
        if let Some(reason) = block.note("not run") {
            assert!(!reason.is_empty(), "{place}: no reason");
            eprintln!("{place} is not run: {reason}");
        } else if block.note("needs").is_some_and(|needed| !is_there(needed)) {
            eprintln!("skipped: {place} needs {}", block.note("needs").unwrap_or_default());
        } else {
            let shown = blocks.get(index + 1).filter(|next| next.language == "text" && next.follows);
            steps.push(Step { block, shown });
        }
    }
    steps
}

/// Whether a program is there, or the build is one without tract.
fn is_there(needed: &str) -> bool {
    if needed == "no tract" {
        return !cfg!(feature = "tract");
    }
    Command::new(needed).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Runs the steps in one shell, so that variables and folders stay, and returns the output of each.
fn run(page: &Page, steps: &[Step<'_>]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (work, said) = (folder.path().join("work"), folder.path().join("said"));
    fs::create_dir_all(&work).unwrap();
    fs::create_dir_all(&said).unwrap();
    for entry in fs::read_dir(repository().join("tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        symlink(&path, work.join(path.file_name().unwrap())).unwrap();
    }
    let file = |index: usize, ending: &str| said.join(format!("{index}.{ending}"));
    let mut script = "set -euo pipefail\n".to_owned();
    for (index, step) in steps.iter().enumerate() {
        let (output, done) = (file(index, "output"), file(index, "done"));
        let lines = step.block.lines.join("\n");
        script += &format!("{{\n{lines}\n}} >'{}' 2>&1\n: >'{}'\n", output.display(), done.display());
    }
    let program = Path::new(env!("CARGO_BIN_EXE_mien")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(&work).env("PATH", path).env("MIEN_STORE", folder.path().join("store"));
    shell.env("LC_ALL", "C").env_remove("MIEN_STORE_KEY").env_remove("MIEN_PASSPHRASE").env("MIEN_CONFIG", "");
    fs::create_dir(folder.path().join("store")).unwrap();
    shell.stdin(Stdio::null()).status().unwrap();
    let outputs = steps.iter().enumerate().map(|(index, step)| {
        let output = fs::read(file(index, "output")).unwrap_or_default();
        let output = String::from_utf8_lossy(&output).into_owned();
        let place = format!("{}:{}", page.name, step.block.first_line);
        assert!(file(index, "done").exists(), "{place} fails:\n{}\n{output}", step.block.lines.join("\n"));
        output
    });
    outputs.collect()
}

/// Whether `output` is as `expected`, in which a line `...` stands for any lines and `...` in a line for any text.
fn lines_match(expected: &[&str], output: &[&str]) -> bool {
    match (expected, output) {
        ([], []) => true,
        (["...", rest @ ..], _) => (0..=output.len()).any(|skipped| lines_match(rest, &output[skipped..])),
        ([first, rest @ ..], [line, lines @ ..]) => line_matches(first, line) && lines_match(rest, lines),
        _ => false,
    }
}

fn line_matches(expected: &str, line: &str) -> bool {
    match expected.split_once("...") {
        None => expected == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_matches(after, &rest[at..]))
        }),
    }
}

/// The lines of `output`, each as the line with dots of `expected` that it matches.
fn with_dots(expected: &[&str], output: &[&str]) -> String {
    let shown = |line: &&str| {
        let mut patterns = expected.iter().filter(|pattern| **pattern != "..." && pattern.contains("..."));
        patterns.find(|pattern| line_matches(pattern, line)).map_or(*line, |pattern| *pattern).to_owned()
    };
    output.iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// Writes other output into the blocks of a page.
fn update(page: &Page, changes: &[(&Block, String)]) {
    let mut lines: Vec<&str> = page.text.lines().collect();
    for (block, output) in changes.iter().rev() {
        let first = block.first_line - 1;
        lines.splice(first..first + block.lines.len(), output.lines());
    }
    fs::write(repository().join(&page.name), lines.join("\n") + "\n").unwrap();
}

#[test]
fn dots_stand_for_what_varies() {
    let expected = ["a ... c", "...", "end"];
    assert!(lines_match(&expected, &["a b c", "end"]));
    assert!(lines_match(&expected, &["a  c", "x", "y", "end"]));
    assert!(!lines_match(&expected, &["a b d", "end"]));
    assert!(!lines_match(&expected, &["a b c", "end", "more"]));
    assert_eq!(with_dots(&expected, &["a b c", "x"]), "a ... c\nx");
}
