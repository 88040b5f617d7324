//! `mien enroll` with pictures, with clips and for enrolled users; `mien users verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use mien_core::recognition::gallery::NO_LOCK;
use serde_json::Value;

use crate::main_job::{enroll_wanda, wanda};
use crate::support::{Sandbox, fixture, has_ffmpeg};

fn arguments(words: &[&str], paths: &[PathBuf]) -> Vec<OsString> {
    words.iter().map(OsString::from).chain(paths.iter().map(OsString::from)).collect()
}

fn codes(report: &Value) -> Vec<&str> {
    report["rejected"].as_array().unwrap().iter().map(|rejected| rejected["code"].as_str().unwrap()).collect()
}

fn embeddings(sandbox: &Sandbox) -> u64 {
    sandbox.json(["users", "list", "--json"])["users"][0]["embeddings"].as_u64().unwrap()
}

#[test]
fn every_picture_is_taken_or_answered_with_a_reason() {
    let sandbox = Sandbox::new();
    let empty = sandbox.path("empty.png");
    image::RgbImage::new(64, 64).save(&empty).unwrap();
    let first = wanda("learn", "happy", "0300");
    let pictures = [first.clone(), first, fixture("pictures/multi_face.jpg"), fixture("pictures/biden.jpg"), empty];
    let report = sandbox.json(arguments(&["enroll", "Wanda", "--json"], &pictures));
    assert_eq!(report["accepted"], 1);
    assert_eq!(codes(&report), ["too_similar", "several_faces", "looks_like_somebody_else", "no_face"]);
    let reasons = &report["rejected"];
    assert!(reasons[2]["path"].as_str().unwrap().ends_with("biden.jpg"), "{reasons}");
    assert!(reasons[2]["reason"].as_str().unwrap().contains("somebody else"), "{reasons}");
}

#[test]
fn a_folder_of_frames_enrolls_by_those_that_show_something_new() {
    let sandbox = Sandbox::new();
    let folder = fixture("clip");
    let report = sandbox.json(arguments(&["enroll", "Wanda", "--json"], &[folder]));
    let accepted = report["accepted"].as_u64().unwrap();
    assert!((2..=10).contains(&accepted), "{accepted}");
    assert!(codes(&report).contains(&"too_similar"), "{report}");
    assert_eq!(embeddings(&sandbox), accepted);
}

#[test]
fn rejected_frames_are_counted_in_words() {
    let sandbox = Sandbox::new();
    let said = sandbox.ok(arguments(&["enroll", "Wanda"], &[fixture("clip")]));
    let line = said.lines().next().unwrap();
    assert!(line.contains(" frames; not used: ") && line.contains(" too similar to an earlier picture"), "{said}");
    assert!(!said.contains("too_similar"), "{said}");
}

#[test]
fn a_video_enrolls() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let video = std::fs::read_dir(fixture("video")).unwrap().next().unwrap().unwrap().path();
    let said = sandbox.ok(arguments(&["enroll", "Wanda"], &[video]));
    assert!(said.contains(" frames") && said.contains("enrolled Wanda from "), "{said}");
}

#[test]
fn more_pictures_of_a_user_are_added_and_those_of_others_refused() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let more = |pictures: &[PathBuf]| arguments(&["enroll", "Wanda", "--more"], pictures);
    let said = sandbox.ok(more(&[wanda("test", "fear", "0204"), wanda("test", "happy", "0384")]));
    assert_eq!(said, "added 2 of 2 pictures to Wanda\n");
    assert_eq!(embeddings(&sandbox), 5);
    sandbox.refused(more(&[fixture("pictures/biden.jpg")]), "looks like somebody else");
    sandbox.refused(more(&[wanda("learn", "sad", "0018")]), "too similar");
    assert_eq!(embeddings(&sandbox), 5);
    sandbox.refused(
        arguments(&["enroll", "Nobody", "--more"], &[fixture("pictures/biden.jpg")]),
        "no user is called \"Nobody\"",
    );
}

#[test]
fn a_picture_is_verified_against_one_user() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let verify =
        |words: &[&str], picture: PathBuf| arguments(&[&["users", "verify", "Wanda"], words].concat(), &[picture]);
    let said = sandbox.ok(verify(&[], wanda("test", "fear", "0204")));
    assert!(said.contains(": the face resembles Wanda (similarity 0."), "{said}");
    assert!(said.ends_with(&format!("\n{NO_LOCK}\n")), "{said}");
    let help = sandbox.ok(["users", "verify", "--help"]);
    assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(NO_LOCK), "{help}");
    let other = sandbox.json(verify(&["--json"], fixture("pictures/biden.jpg")));
    assert_eq!((&other["resembles"], &other["warning"]), (&false.into(), &NO_LOCK.into()));
    assert!(other["similarity"].as_f64() < other["threshold"].as_f64(), "{other}");
    sandbox.refused(
        arguments(&["users", "verify", "Nobody"], &[fixture("pictures/biden.jpg")]),
        "no user is called \"Nobody\"",
    );
}
