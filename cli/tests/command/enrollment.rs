//! `mien enroll` with pictures, with clips and for enrolled users; `mien users verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use mien_core::recognition::gallery::NO_LOCK;
use mien_core::users::recording::RecordedClip;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions};
use serde_json::{Value, json};

use crate::main_job::{enroll_wanda, wanda};
use crate::schemas;
use crate::support::{Sandbox, ended, fixture, has_ffmpeg};

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
    let report = sandbox.partly(arguments(&["enroll", "Wanda", "--json"], &pictures), "3 pictures not used");
    assert_eq!(report["accepted"], 1);
    assert_eq!(codes(&report), ["too_similar", "several_faces", "looks_like_somebody_else", "no_face"]);
    let reasons = &report["rejected"];
    assert!(reasons[2]["path"].as_str().unwrap().ends_with("biden.jpg"), "{reasons}");
    assert!(reasons[2]["reason"].as_str().unwrap().contains("somebody else"), "{reasons}");
}

#[test]
fn clips_that_an_application_recorded_are_listed() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    assert_eq!(sandbox.json(["users", "list", "--json"])["users"][0]["recorded"]["clips"], 0);
    assert!(!sandbox.ok(["users", "list"]).contains("recorded"));
    let store = Store::open(&sandbox.path("store")).unwrap();
    let engine = Engine::with_store(&mien_tests::pack(), EngineOptions::default(), store).unwrap();
    for label in ["happy", "sad"] {
        let clip = RecordedClip {
            name: String::new(),
            label: Some(label.into()),
            confirmed: false,
            networks: engine.networks().to_owned(),
            frames: vec![vec![0.5; 1280]; 3],
            faces: vec![vec![0.5; 1024]; 3],
            speech: None,
        };
        engine.keep_clip("Wanda", &clip, 9, 1_000).unwrap();
    }
    engine.set_adaptation_due("Wanda", true).unwrap();
    engine.close();
    drop(engine);
    let recorded = &sandbox.json(["users", "list", "--json"])["users"][0]["recorded"];
    assert_eq!([&recorded["clips"], &recorded["keep_days"], &recorded["due"]], [&json!(2), &json!(9), &json!(true)]);
    let said = sandbox.ok(["users", "list"]);
    assert!(
        said.contains("\n  2 recorded clips, ") && said.contains(" KiB, kept for 9 days, due to be learned\n"),
        "{said}"
    );
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
    let refused = sandbox.run(more(&[fixture("pictures/biden.jpg")]));
    ended(&refused, 4, "looks like somebody else (similarity");
    ended(&refused, 4, "; if it shows Wanda too, add it with --more --same-person");
    let part = sandbox.run(more(&[fixture("pictures/biden.jpg"), wanda("test", "sad", "0050")]));
    let said = String::from_utf8_lossy(&part.stdout).into_owned();
    assert!(part.status.code() == Some(3) && said.contains("\nadded 1 of 2 pictures to Wanda\n"), "{said}");
    assert!(said.ends_with("if it shows Wanda too, add it with --more --same-person\n"), "{said}");
    sandbox.refused(more(&[wanda("learn", "sad", "0018")]), "too similar");
    assert_eq!(embeddings(&sandbox), 6);
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

#[test]
fn pictures_of_two_people_are_refused_in_any_order() {
    let hers = [wanda("learn", "happy", "0300"), wanda("learn", "sad", "0018")];
    let his = [fixture("pictures/obama.jpg"), fixture("pictures/obama2.jpg")];
    for order in [[0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0]] {
        let sandbox = Sandbox::new();
        let pictures: Vec<PathBuf> = order.map(|index| [&hers[..], &his[..]].concat()[index].clone()).to_vec();
        let refused = sandbox.run(arguments(&["enroll", "Guest"], &pictures));
        ended(&refused, 4, "the pictures show several people: ");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.stdout.is_empty() && !sandbox.ok(["users", "list"]).contains("Guest"));
        let (first, second) = said.split_once("; and ").unwrap();
        let named = |half: &str, files: &[PathBuf]| files.iter().all(|file| half.contains(&*file.to_string_lossy()));
        let (his_first, hers_first) = (named(first, &his), named(first, &hers));
        assert!(his_first != hers_first && named(second, if his_first { &hers } else { &his }), "{said}");

        let arguments = arguments(&["enroll", "Guest", "--json"], &pictures);
        let refused = sandbox.run(&arguments);
        assert_eq!(refused.status.code(), Some(4));
        let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
        schemas::check(&arguments, &report);
        assert_eq!((&report["refusal"], &report["accepted"]), (&"several_people".into(), &0.into()));
        assert_eq!(
            report["people"].as_array().unwrap().iter().map(|group| group.as_array().unwrap().len()).sum::<usize>(),
            4
        );
    }
}

#[test]
fn of_two_people_the_one_with_more_pictures_is_enrolled_wherever_the_other_stands() {
    let pictures = [fixture("pictures/biden.jpg"), wanda("learn", "happy", "0300"), wanda("learn", "sad", "0018")];
    let sandbox = Sandbox::new();
    let report = sandbox.partly(arguments(&["enroll", "Wanda", "--json"], &pictures), "1 picture not used");
    assert_eq!((report["accepted"].as_u64(), codes(&report)), (Some(2), vec!["looks_like_somebody_else"]));
    assert!(report["rejected"][0]["path"].as_str().unwrap().ends_with("biden.jpg"), "{report}");
    assert_eq!(report["people"][0].as_array().unwrap().len(), 2);
}

#[test]
fn a_person_may_say_that_all_pictures_show_them_but_not_that_another_user_does() {
    let sandbox = Sandbox::new();
    let pictures = [wanda("learn", "happy", "0300"), fixture("pictures/obama.jpg")];
    let enroll =
        |words: &[&str], pictures: &[PathBuf]| sandbox.run(arguments(&[&["enroll"], words].concat(), pictures));
    ended(&enroll(&["Guest"], &pictures), 4, "or say so with --same-person");
    let confirmed = enroll(&["Guest", "--same-person"], &pictures);
    assert_eq!(confirmed.status.code(), Some(0), "{}", String::from_utf8_lossy(&confirmed.stderr));
    assert!(String::from_utf8_lossy(&confirmed.stdout).contains("enrolled Guest from 2 of 2 pictures"));
    sandbox.ok(["users", "delete", "Guest"]);
    assert!(enroll(&["Wanda"], &pictures[..1]).status.success());
    assert!(enroll(&["Barack"], &pictures[1..]).status.success());
    ended(&enroll(&["Wanda", "--more", "--same-person"], &pictures[1..]), 4, "looks like the user \"Barack\"");
    let biden = [fixture("pictures/biden.jpg")];
    ended(&enroll(&["Wanda", "--more"], &biden), 4, "looks like somebody else");
    assert!(enroll(&["Wanda", "--more", "--same-person"], &biden).status.success());
    // Half of a user who is enrolled, half of a new one.
    let his = [fixture("pictures/obama2.jpg"), fixture("pictures/obama3.jpg")];
    let hers = [wanda("learn", "sad", "0018"), wanda("learn", "happy", "0332")];
    sandbox.ok(["users", "delete", "Wanda"]);
    for words in [&["New"][..], &["New", "--same-person"]] {
        ended(&enroll(words, &[&his[..], &hers[..]].concat()), 4, "the pictures show several people: ");
    }
}

#[test]
fn a_film_without_a_usable_frame_is_named_once() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("film");
    std::fs::create_dir(&folder).unwrap();
    for frame in 0..3 {
        image::RgbImage::new(64, 64).save(folder.join(format!("{frame}.png"))).unwrap();
    }
    let refused = sandbox.run(arguments(&["enroll", "Wanda"], &[folder]));
    ended(&refused, 1, "film: 3 without a face");
}

/// Copies clips into `folder` of the sandbox, each into the folder of its label.
fn clips(sandbox: &Sandbox, folder: &str, clips: &[(&str, PathBuf)]) -> PathBuf {
    let folder = sandbox.path(folder);
    for (index, (label, clip)) in clips.iter().enumerate() {
        std::fs::create_dir_all(folder.join(label)).unwrap();
        std::fs::copy(clip, folder.join(label).join(format!("{index}.jpg"))).unwrap();
    }
    folder
}

#[test]
fn clips_of_somebody_else_are_named_and_never_learned() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let own =
        [("happy", "0300"), ("happy", "0316"), ("sad", "0018"), ("sad", "0026"), ("fear", "0163"), ("fear", "0172")];
    let own = own.map(|(label, frame)| (label, wanda("learn", label, frame)));
    let guest = [("happy", fixture("pictures/obama.jpg"))];
    let mixed = clips(&sandbox, "mixed", &[&own[..], &guest[..]].concat());
    let adapt = |words: &[&str], folder: PathBuf| {
        arguments(&[&["adapt", "Wanda", "--no-gate"], words, &["--clips"]].concat(), &[folder])
    };
    let learned = sandbox.run(adapt(&["--confirm-label", "happy/6"], mixed.clone()));
    let said = String::from_utf8(learned.stdout.clone()).unwrap();
    ended(&learned, 3, "done, except for 1 clip not learned");
    assert!(said.contains("not learned: happy/6.jpg: shows somebody else than Wanda (similarity "), "{said}");
    assert!(said.contains("happy (2)"), "{said}");

    let guests = [("happy", "obama"), ("sad", "obama2"), ("fear", "obama3")];
    let guests = guests.map(|(label, name)| (label, fixture(&format!("pictures/{name}.jpg"))));
    let guests = clips(&sandbox, "guests", &guests);
    let refused = sandbox.run(adapt(&[], guests.clone()));
    ended(&refused, 4, "refused: Wanda keeps the previous head: 3 of 3 clips show somebody else");
    let said = String::from_utf8(refused.stdout).unwrap();
    assert!(said.lines().all(|line| line.starts_with("not learned: ")), "the sentence is said once: {said}");
    let arguments = adapt(&["--json"], guests.clone());
    let refused = sandbox.run(&arguments);
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    schemas::check(&arguments, &report);
    assert_eq!((refused.status.code(), &report["report"]["refusal"]), (Some(4), &"somebody_else".into()));
    assert_eq!(report["report"]["left_out"].as_array().unwrap().len(), 3);
    sandbox.refused(adapt(&["--unchecked-faces"], guests), "faces are always checked");
    ended(&sandbox.run(adapt(&["--confirm-label", "hapy/6.jpg"], mixed)), 2, "did you mean \"happy/6.jpg\"?");
}
