//! The documents are true: commands run and print what the page shows, links and paths lead somewhere, defaults are
//! those of the core, and pictures are those of the demo.
//!
//! With `MIEN_UPDATE_DOCUMENTS=1` the output of today is written into the pages.

#![allow(clippy::print_stderr, reason = "a test says what it ran and skipped")]

mod links;
mod pages;
mod shell;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use pages::{Page, repository};

#[test]
fn readme_and_architecture_are_short() {
    let lines = |name: &str| fs::read_to_string(repository().join(name)).unwrap().lines().count();
    assert!(fs::metadata(repository().join("README.md")).unwrap().len() <= 6144, "README.md is above 6 kB");
    assert!(lines("README.md") <= 120 && lines("ARCHITECTURE.md") <= 150);
}

#[test]
fn the_book_has_every_page_once() {
    let summary = Page::read("docs/SUMMARY.md");
    let mut listed: Vec<String> = summary.links().map(|link| format!("docs/{}", link.target)).collect();
    listed.sort();
    let pages: Vec<String> = pages::all().into_iter().map(|page| page.name).collect();
    let book = pages.into_iter().filter(|name| name.starts_with("docs/") && name != "docs/SUMMARY.md");
    assert_eq!(listed, book.collect::<Vec<_>>());
}

#[test]
fn every_decision_has_its_parts() {
    for page in pages::all() {
        if page.name.starts_with("docs/decisions/0") {
            let parts = ["\nDate: 20", "\n## Context\n", "\n## Decision\n", "\n## Evidence\n", "\n## Consequences\n"];
            assert!(parts.iter().all(|part| page.text.contains(part)), "{}", page.name);
        }
    }
}

#[test]
fn every_rust_block_is_compiled() {
    let compiled = fs::read_to_string(repository().join("tests/src/documents.rs")).unwrap();
    for page in pages::all() {
        let has_rust = page.blocks().iter().any(|block| block.language == "rust");
        let include = format!("include_str!(\"../../{}\")", page.name);
        assert_eq!(compiled.contains(&include), has_rust, "{} in tests/src/documents.rs", page.name);
    }
}

#[test]
fn every_block_for_phones_says_where_it_compiles() {
    let mut count = 0;
    for page in pages::all() {
        for block in page.blocks().iter().filter(|block| ["java", "kotlin", "swift"].contains(&block.language.as_str()))
        {
            let (name, line) = (&page.name, block.first_line);
            let ending = if block.language == "kotlin" { "kt" } else { block.language.as_str() };
            let context = block.note("context").map(|name| format!("scripts/dev/doc_contexts/{name}.{ending}"));
            match (context, block.note("not compiled")) {
                (Some(file), None) => assert!(repository().join(&file).is_file(), "{name}:{line}: no {file}"),
                (None, Some(reason)) => assert!(!reason.is_empty(), "{name}:{line}: no reason"),
                _ => panic!("{name}:{line}: a context, or a reason why it is not compiled, is expected"),
            }
            count += 1;
        }
    }
    eprintln!("documents: {count} blocks of Java, Kotlin and Swift name their context");
}

#[test]
fn the_pictures_are_those_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let output = Command::new(env!("CARGO_BIN_EXE_mien")).args(["demo", "--out"]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (shown, drawn) in [("sheet.png", "clip-sheet.png"), ("timeline.png", "clip-timeline.png")] {
        let (shown, drawn) = (repository().join("docs/pictures").join(shown), out.join("clip-adapted").join(drawn));
        if shell::updates() {
            fs::write(&shown, fs::read(&drawn).unwrap()).unwrap();
        }
        let [shown, drawn] = [shown, drawn].map(|path| image::open(path).unwrap().into_rgb8());
        assert_eq!(shown.dimensions(), drawn.dimensions());
        // Last digits differ between processors, and with them single pixels of a curve.
        let differ = shown.pixels().zip(drawn.pixels()).filter(|(a, b)| a != b).count();
        assert!(differ * 100 <= shown.pixels().len(), "{differ} pixels differ from the demo's");
    }
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    let mut stated = BTreeSet::new();
    for file in ["README.md", "docs/guides/android.md", "docs/guides/java.md"] {
        let text = fs::read_to_string(repository().join(file)).unwrap();
        stated.extend(
            text.split('"').filter_map(|word| word.strip_prefix("io.mien:")?.split(':').nth(1)).map(str::to_owned),
        );
    }
    stated.insert(setting("android/gradle.properties", "version="));
    stated.insert(element("android/publish/pom.xml", "version"));
    stated.insert(element("android/publish/consumers/pom.xml", "mien.version"));
    let swift = setting("docs/guides/ios.md", ".package(url: ");
    stated.insert(swift.split('"').nth(3).unwrap().to_owned());
    assert_eq!(stated.into_iter().collect::<Vec<_>>(), [version]);
    let address = env!("CARGO_PKG_REPOSITORY");
    assert_eq!(setting("android/gradle.properties", "mien.repository="), address);
    assert_eq!(element("android/publish/pom.xml", "url"), address);
    assert!(swift.starts_with(&format!("\"{address}-swift\"")), "{swift}");
}

/// The value after `key` in the first line of a file that begins with it.
fn setting(file: &str, key: &str) -> String {
    let text = fs::read_to_string(repository().join(file)).unwrap();
    text.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap().to_owned()
}

/// The content of the first element `name` of an XML file.
fn element(file: &str, name: &str) -> String {
    let text = fs::read_to_string(repository().join(file)).unwrap();
    let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}
