//! If one of several inputs cannot be read, it is named and skipped, the others are processed, and the exit code
//! tells.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::main_job::{small_set, wanda};
use crate::support::{Sandbox, fixture, has_ffmpeg, refusal};

/// Half a JPEG.
fn cut(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let whole = fs::read(fixture("pictures/obama.jpg")).unwrap();
    fs::write(path, &whole[..whole.len() / 2]).unwrap();
    path.to_path_buf()
}

/// Checks that a run skipped `skipped` inputs, each named on a line, and returns its output.
fn done_without(output: &Output, skipped: &[&str]) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("mien: skipped: ")).collect();
    assert_eq!(lines.len(), skipped.len(), "{said}");
    for name in skipped {
        assert!(lines.iter().any(|line| line.contains(name)), "{said:?} does not name {name}");
    }
    let last = format!(
        "mien: done, except for {} input{} that cannot be read",
        skipped.len(),
        if skipped.len() == 1 { "" } else { "s" }
    );
    assert_eq!(said.lines().last(), Some(last.as_str()));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn pictures_beside_a_damaged_one_are_analyzed() {
    let sandbox = Sandbox::new();
    let (good, bad, table) = (fixture("pictures/obama.jpg"), cut(&sandbox.path("cut.jpg")), sandbox.path("t.csv"));
    let gone = sandbox.path("gone.jpg");
    let start = ["analyze".as_ref(), bad.as_os_str(), good.as_os_str(), gone.as_os_str()];
    let drawn = sandbox.path("drawn");
    let more = ["--csv".as_ref(), table.as_os_str(), "--annotate".as_ref(), drawn.as_os_str()];
    let said = done_without(&sandbox.run(start.into_iter().chain(more)), &["cut.jpg: the JPEG", "gone.jpg: No such"]);
    assert!(said.contains("obama.jpg: face at") && fs::read_to_string(table).unwrap().lines().count() == 2, "{said}");
    assert!(drawn.join("obama.png").exists());
    let output = sandbox.run(start.into_iter().chain(["--json".as_ref()]));
    let report = json(&done_without(&output, &["cut.jpg", "gone.jpg"]));
    assert_eq!((report["inputs"].as_array().unwrap().len(), report["unreadable"].as_array().unwrap().len()), (1, 2));
    // With --strict the first one ends the run; if no input can be read, the run fails.
    sandbox.refused(start.into_iter().chain(["--strict".as_ref()]), "gone.jpg");
    sandbox.refused(["analyze".as_ref(), bad.as_os_str()], "truncated");
    let output = sandbox.run(["analyze".as_ref(), bad.as_os_str(), gone.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("mien: none of 2 inputs can be read\n"));
}

#[test]
fn frames_beside_a_damaged_one_keep_their_times() {
    let sandbox = Sandbox::new();
    for index in 0..6 {
        fs::create_dir_all(sandbox.path("clip")).unwrap();
        fs::copy(fixture(&format!("clip/{:04}.jpg", 6 * index)), sandbox.path(&format!("clip/{index}.jpg"))).unwrap();
    }
    cut(&sandbox.path("clip/2.jpg"));
    fs::write(sandbox.path("clip/clip.json"), "{\"fps\": 2}").unwrap();
    let clip = sandbox.path("clip");
    let report =
        json(&done_without(&sandbox.run(["analyze".as_ref(), clip.as_os_str(), "--json".as_ref()]), &["2.jpg"]));
    let frames = report["inputs"][0]["results"].as_array().unwrap();
    let times: Vec<_> = frames.iter().map(|frame| (frame["index"].as_u64(), frame["time_s"].as_f64())).collect();
    let expected = [0, 1, 3, 4, 5].map(|index| (Some(index), Some(index as f64 / 2.0)));
    assert_eq!(times, expected);
    let said = done_without(&sandbox.run(["watch".as_ref(), clip.as_os_str()]), &["2.jpg"]);
    let times: Vec<_> =
        said.lines().map(json).filter(|line| line["type"] == "frame").map(|line| line["time_s"].as_f64()).collect();
    assert_eq!(times, expected.map(|(_, time)| time));
    for index in [0, 1, 3, 4, 5] {
        cut(&sandbox.path(&format!("clip/{index}.jpg")));
    }
    let output = sandbox.run(["analyze".as_ref(), clip.as_os_str()]);
    assert_eq!(output.status.code(), Some(1), "a clip of which nothing can be read");
}

#[test]
fn people_are_enrolled_and_taught_without_what_cannot_be_read() {
    let sandbox = Sandbox::new();
    let (bad, good) = (cut(&sandbox.path("cut.jpg")), [wanda("learn", "sad", "0018"), wanda("learn", "happy", "0300")]);
    let enroll = ["enroll".as_ref(), "Wanda".as_ref(), good[0].as_os_str(), bad.as_os_str(), good[1].as_os_str()];
    sandbox.refused(enroll.into_iter().chain(["--strict".as_ref()]), "cut.jpg");
    let report = json(&done_without(&sandbox.run(enroll.into_iter().chain(["--json".as_ref()])), &["cut.jpg"]));
    assert_eq!((report["accepted"].as_u64(), report["unreadable"].as_array().unwrap().len()), (Some(2), 1));
    sandbox.refused(["enroll".as_ref(), "Joe".as_ref(), bad.as_os_str()], "cut.jpg");

    let clips = sandbox.path("clips");
    for (label, frames) in [("sad", ["0018", "0020"]), ("happy", ["0300", "0308"])] {
        fs::create_dir_all(clips.join(label)).unwrap();
        for frame in frames {
            fs::copy(wanda("learn", label, frame), clips.join(format!("{label}/{frame}.jpg"))).unwrap();
        }
    }
    cut(&clips.join("sad/cut.jpg"));
    fs::create_dir(clips.join("happy/empty")).unwrap();
    let adapt = ["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str(), "--json".as_ref()];
    sandbox.refused(adapt.into_iter().chain(["--strict".as_ref()]), "empty");
    let report = json(&done_without(&sandbox.run(adapt), &["cut.jpg", "empty"]));
    assert_eq!((report["unreadable"].as_array().unwrap().len(), report["skipped"].as_array().unwrap().len()), (2, 0));
}

#[test]
fn sets_are_learned_and_measured_without_what_cannot_be_read() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    cut(&data.join("o-happy-1-obama.jpg"));
    let run = |list: &[&dyn AsRef<OsStr>]| sandbox.run(list.iter().map(|argument| argument.as_ref().to_owned()));
    let head = sandbox.path("my.head");
    let report = json(&done_without(
        &run(&[&"train", &"--force", &"--data", &data, &"--out", &head, &"--json"]),
        &["obama.jpg"],
    ));
    assert_eq!(
        (report["clips"].as_u64(), report["unreadable"].as_u64(), report["no_face"].as_u64()),
        (Some(13), Some(1), Some(0))
    );
    for kind in ["adaptation", "identity"] {
        let report = json(&done_without(&run(&[&"eval", &kind, &"--data", &data, &"--json"]), &["obama.jpg"]));
        assert_eq!((report["unreadable"].as_u64(), report["no_face"].as_u64()), (Some(1), Some(0)), "{kind}");
        refusal(&run(&[&"eval", &kind, &"--data", &data, &"--strict"]), "obama.jpg");
    }
}

#[test]
fn a_damaged_film_of_ravdess_is_left_out() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let data = crate::ravdess::tree(&sandbox);
    let film = data.join("Actor_01/01-01-08-01-02-02-01.mp4");
    fs::create_dir_all(film.parent().unwrap()).unwrap();
    fs::write(&film, "no film").unwrap();
    let list = [
        "eval".as_ref(),
        "ravdess".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--split".as_ref(),
        "statement".as_ref(),
    ];
    let output = sandbox.run(list.into_iter().chain(["--json".as_ref()]));
    let report = json(&done_without(&output, &["neither a picture nor a video"]));
    assert_eq!(report["unreadable"].as_u64(), Some(1));
}
