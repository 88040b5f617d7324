//! Links, file paths and make targets of the documents exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pages::{self, Block, Page, repository};

/// Folders of the repository with which a path begins.
const TOP: [&str; 14] = [
    ".ci/",
    ".githooks/",
    ".github/",
    "android/",
    "benches/",
    "bindings/",
    "cli/",
    "core/",
    "docs/",
    "eval/",
    "examples/",
    "ios/",
    "models/",
    "nn/",
];
const MORE: [&str; 2] = ["scripts/", "tests/"];

/// Parts of paths that builds make, or that lie in other packages.
const ELSEWHERE: [&str; 6] =
    ["/target", "/build/", "/generated", "/Frameworks", "ios/Sources/MienFFI", "models/faceres."];

#[test]
fn links_lead_to_pages_and_headings() {
    let mut wrong = Vec::new();
    for page in all() {
        let folder = Path::new(&page.name).parent().unwrap();
        for link in page.links() {
            let (file, heading) = link.target.split_once('#').unwrap_or((link.target, ""));
            let name = if file.is_empty() { PathBuf::from(&page.name) } else { simple(&folder.join(file)) };
            let is_there = repository().join(&name).exists();
            let has_heading = || Page::read(name.to_str().unwrap()).anchors().iter().any(|anchor| anchor == heading);
            if !is_there || (!heading.is_empty() && !has_heading()) {
                wrong.push(format!("{}:{}: {}", page.name, link.line, link.target));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn paths_in_code_exist() {
    let sources = sources();
    let mut wrong = Vec::new();
    for page in all() {
        for (line, code) in page.inline_code() {
            let is_path =
                |code: &str| code.chars().all(|letter| letter.is_ascii_alphanumeric() || "_./-".contains(letter));
            if !is_path(code) || ELSEWHERE.iter().any(|part| code.contains(part)) {
                continue;
            }
            let in_tree = TOP.iter().chain(&MORE).any(|top| code.starts_with(top));
            let in_crate = code.ends_with(".rs") || code.ends_with(".swift");
            let exists =
                repository().join(code).exists() || (in_crate && sources.iter().any(|source| source.ends_with(code)));
            if (in_tree || in_crate) && !exists {
                wrong.push(format!("{}:{line}: {code}", page.name));
            }
        }
    }
    assert!(wrong.is_empty(), "paths that do not exist:\n{}", wrong.join("\n"));
}

#[test]
fn make_targets_exist() {
    let makefile = fs::read_to_string(repository().join("Makefile")).unwrap();
    let targets: BTreeSet<&str> =
        makefile.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
    let mut wrong = Vec::new();
    for page in all() {
        let blocks = page.blocks();
        for (line, code) in page.inline_code().chain(shell_lines(&blocks)) {
            let code = code.split('#').next().unwrap_or_default();
            let Some((_, called)) = format!(" {code}").split_once(" make ").map(|(a, b)| (a.to_owned(), b.to_owned()))
            else {
                continue;
            };
            let named = called.split_whitespace().take_while(|word| *word != "&&").filter(|word| !word.contains('='));
            wrong.extend(
                named.filter(|name| !targets.contains(name)).map(|name| format!("{}:{line}: make {name}", page.name)),
            );
        }
    }
    assert!(wrong.is_empty(), "make targets that do not exist:\n{}", wrong.join("\n"));
}

#[test]
fn commands_and_options_exist() {
    let mut helps = BTreeMap::new();
    let mut help_of = |words: &[&str]| -> Option<String> {
        let help = helps.entry(words.join(" ")).or_insert_with(|| {
            let output = Command::new(env!("CARGO_BIN_EXE_mien")).arg("help").args(words).output().unwrap();
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        });
        help.clone()
    };
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for page in all() {
        let blocks = page.blocks();
        for (line, code) in page.inline_code().chain(shell_lines(&blocks)) {
            // `mien store ...` are labels of the store's keys.
            let call = code.strip_prefix("mien ").filter(|call| !call.starts_with("store "));
            let Some(call) = call else { continue };
            let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
            let words: Vec<&str> = call.split_whitespace().take_while(is_word).take(2).collect();
            let help = help_of(&words).or_else(|| help_of(words.get(..1)?));
            let options = call.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
            let unknown = |help: &str| options.clone().find(|option| !help.contains(option)).map(str::to_owned);
            match help.as_deref().map(unknown) {
                None => wrong.push(format!("{}:{line}: mien {call}", page.name)),
                Some(Some(option)) => wrong.push(format!("{}:{line}: {option} of mien {call}", page.name)),
                Some(None) => checked += 1,
            }
        }
    }
    assert!(wrong.is_empty(), "commands that do not exist:\n{}", wrong.join("\n"));
    assert!(checked > 50, "{checked} commands were looked up");
}

/// The lines of the shell blocks with their numbers.
fn shell_lines(blocks: &[Block]) -> impl Iterator<Item = (usize, &str)> {
    blocks
        .iter()
        .filter(|block| block.language == "sh")
        .flat_map(|block| block.lines.iter().enumerate().map(|(index, line)| (block.first_line + index, line.as_str())))
}

/// The pages of the book and the root, and the others of the repository.
fn all() -> Vec<Page> {
    let others = [
        "android/README.md",
        "examples/kotlin/README.md",
        "examples/swift/README.md",
        "ios/README.md",
        "models/CARDS.md",
        "tests/fixtures/README.md",
    ];
    pages::all().into_iter().chain(others.map(Page::read)).collect()
}

/// `path` without `..`.
fn simple(path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for part in path {
        if part == ".." {
            simple.pop();
        } else {
            simple.push(part);
        }
    }
    simple
}

/// The Rust and Swift files of the repository.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for top in ["bindings", "cli", "core", "eval", "examples", "ios", "nn", "tests"] {
        collect(&repository().join(top), &mut files);
    }
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "swift") {
            files.push(path);
        }
    }
}
