//! `scripts/dev/circles.py` notices an import circle, in whichever way the imports are written.

use std::fs;
use std::path::Path;
use std::process::Command;

use mien_tests::repository;

/// Runs the script on a crate with these files below `src`; returns whether it passed and what it printed.
fn run(files: &[(&str, &str)]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("scripts/dev/circles.py");
    let write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(&script, &fs::read_to_string(repository().join("scripts/dev/circles.py")).unwrap());
    write(&folder.path().join("made/Cargo.toml"), "[package]");
    for (name, text) in files {
        write(&folder.path().join("made/src").join(name), text);
    }
    let output = Command::new("python3").arg(script).output().expect("python3 runs");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}

#[test]
fn one_direction_passes() {
    let (passed, text) = run(&[
        ("lib.rs", "mod a;\npub mod b;\npub use a::One;"),
        ("a.rs", "use std::fmt;\n// use crate::b::Two;\npub struct One;\n"),
        (
            "b/mod.rs",
            "mod inner;\nuse crate::One;\npub struct Two(pub One);\n#[cfg(test)]\nmod tests { use crate::a::*; }",
        ),
        ("b/inner.rs", "use super::Two;\npub fn two() -> Two { todo!() }"),
    ]);
    assert!(passed, "{text}");
    assert!(text.contains("none among 4 modules of 1 crates"), "{text}");
}

#[test]
fn a_circle_is_named_however_it_is_written() {
    for import in [
        "use crate::b::Two;",
        "use super::b::{self, Two};",
        "use crate::{b::Two as Other};",
        "use crate::Two;",
        "fn two() -> crate::b::Two { todo!() }",
        "use crate::b::inner::Three;",
    ] {
        let (passed, text) = run(&[
            ("lib.rs", "mod a;\nmod b;\npub use b::Two;"),
            ("a.rs", import),
            ("b/mod.rs", "pub mod inner;\npub struct Two;"),
            ("b/inner.rs", "pub struct Three;\nuse crate::a;"),
        ]);
        assert!(!passed && text.contains("circle in made: a -> b -> a"), "{import}: {text}");
    }
}
