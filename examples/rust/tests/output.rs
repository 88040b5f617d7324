//! The example runs, and its output is what its page promises.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

fn run(store: &Path, lessons: &Path, picture: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mien-example")).args([store, lessons, picture]).output().unwrap()
}

#[test]
fn the_adapted_head_reads_a_picture_that_the_generic_one_does_not() {
    let store = tempfile::tempdir().unwrap();
    let lessons = fixture("adapt/woman/learn");
    let output = run(store.path(), &lessons, &fixture("adapt/woman/test/fear/0204.jpg"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| !line.contains("does not count")).collect();
    let [enrolled, before, adapted, after] = lines[..] else { panic!("{said}") };
    assert_eq!(enrolled, "enrolled Wanda from 5 pictures");
    assert!(before.starts_with("Wanda: surprise ") && before.ends_with("% (generic head)"), "{before}");
    assert!(adapted.starts_with("the new head is accepted: "), "{adapted}");
    assert!(after.starts_with("Wanda: fear ") && after.ends_with("% (own head)"), "{after}");
}

#[test]
fn a_missing_folder_is_named() {
    let store = tempfile::tempdir().unwrap();
    let output = run(store.path(), Path::new("no-lessons"), &fixture("pictures/obama.jpg"));
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-lessons"));
}
