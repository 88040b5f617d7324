//! `mien eval adaptation` on sounds, films and files of one recording, which an index.csv lists.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::ravdess;
use crate::ravdess::write_wav;
use crate::support::{Sandbox, fixture, has_ffmpeg};
use crate::voices::{film, vowel};

/// The classes of RAVDESS, by their number in its names.
const LABELS: [&str; 8] = ["neutral", "calm", "happy", "sad", "anger", "fear", "disgust", "surprise"];

fn arguments<'a>(data: &'a Path, more: &'a [&'a str]) -> Vec<&'a OsStr> {
    let start = ["eval".as_ref(), "adaptation".as_ref(), "--data".as_ref(), data.as_os_str()];
    start.into_iter().chain(more.iter().map(OsStr::new)).collect()
}

/// Writes an index of the sounds below `root`, in the order of the recordings: actors, and the emotions of each.
fn index_of_sounds(root: &Path) {
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .flat_map(|actor| fs::read_dir(actor.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut index = "path,subject,emotion,session\n".to_owned();
    for file in files {
        let numbers: Vec<usize> =
            file.file_stem().unwrap().to_str().unwrap().split('-').map(|number| number.parse().unwrap()).collect();
        let (file, emotion, statement, actor) = (file.display(), LABELS[numbers[2] - 1], numbers[4], numbers[6]);
        index += &format!("{file},Actor_{actor:02},{emotion},statement {statement}\n");
    }
    fs::write(root.join("index.csv"), index).unwrap();
}

#[test]
fn sounds_of_an_index_have_the_figures_of_the_same_sounds_of_ravdess() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = ravdess::sounds(&sandbox);
    let expected = ravdess::evaluate(&sandbox, &root, &["--channel", "audio-only", "--split", "statement"]);
    index_of_sounds(&root);
    let labels = LABELS.join(",");
    let report = sandbox.json(arguments(&root, &["--labels", &labels, "--json"]));
    for key in ["users", "clips", "features", "generic", "adapted", "per_user", "curve", "ece", "gain", "confusion"] {
        assert_eq!(report[key], expected[key], "{key}");
    }
    assert_eq!(
        (&report["speech"], &report["joined"], &report["zero_shot"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let said = sandbox.ok(arguments(&root, &["--labels", &labels, "--report", sandbox.path("out").to_str().unwrap()]));
    assert!(said.contains("sounds: 3 users, 48 clips by speech alone\nclips: files of sound, one vector"), "{said}");
    assert!(fs::read_to_string(sandbox.path("out/report.md")).unwrap().contains("368 statistics of speech"));
    sandbox.refused(arguments(&root, &["--faults"]), "--faults tries other people's faces");

    // What has no voice is named and skipped.
    let index = fs::read_to_string(root.join("index.csv")).unwrap();
    let other =
        ["quiet.wav", "short.wav", "cut.flac"].map(|name| format!("{name},Actor_01,sad,statement 1\n")).concat();
    fs::write(root.join("index.csv"), index + &other).unwrap();
    write_wav(&root.join("quiet.wav"), &[0; 32_000]);
    write_wav(&root.join("short.wav"), &vowel(200.0, 1.0, 1.0)[8000..9000]);
    fs::write(root.join("cut.flac"), "fLaC and nothing else").unwrap();
    let output = sandbox.run(arguments(&root, &["--labels", &labels, "--json"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for why in
        ["quiet.wav: no voice stands out", "short.wav: the speech is short", "cut.flac: the sound cannot be decoded"]
    {
        assert!(said.contains("skipped: ") && said.contains(why), "{why}: {said}");
    }
    let again: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&again["adapted"], &again["unreadable"]), (&expected["adapted"], &3.into()));
    let output = sandbox.run(arguments(&root, &["--no-speech"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("sound alone, which --no-speech leaves") && said.contains("no clip has a face"), "{said}");
}

/// Pictures of a woman and a man in two sessions, each with a voice: by a column, or as two lines of one recording.
fn people(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("people");
    fs::create_dir_all(&folder).unwrap();
    let mut index = "path,subject,emotion,session,sound,recording\n".to_owned();
    let mut number = 0;
    for (person, emotion, pitch, sessions) in [
        ("woman", "happy", 260.0, ["learn/happy/0300", "learn/happy/0316", "test/happy/0252", "test/happy/0264"]),
        ("woman", "sad", 150.0, ["learn/sad/0018", "learn/sad/0023", "test/sad/0050", "test/sad/0056"]),
        ("man", "happy", 230.0, ["learn/happy/0022", "learn/happy/0030", "test/happy/0060", "test/happy/0067"]),
        (
            "man",
            "sad",
            130.0,
            ["learn/neutral/0000", "learn/neutral/0005", "test_near/neutral/0011", "test_near/neutral/0015"],
        ),
    ] {
        for (take, picture) in sessions.into_iter().enumerate() {
            let (picture, session) = (fixture(&format!("adapt/{person}/{picture}.jpg")), take / 2);
            let (sound, picture) = (format!("{number}.wav"), picture.display());
            write_wav(
                &folder.join(&sound),
                &vowel(pitch + 6.0 * take as f64, if pitch > 200.0 { 1.4 } else { 0.7 }, 1.5),
            );
            index += &if take % 2 == 0 {
                format!("{picture},{person},{emotion},{session},{sound},\n")
            } else {
                format!(
                    "{sound},{person},{emotion},{session},,r{number}\n{picture},{person},{emotion},{session},,r{number}\n"
                )
            };
            number += 1;
        }
    }
    fs::write(folder.join("index.csv"), index).unwrap();
    folder
}

#[test]
fn faces_and_voices_of_the_same_recordings_are_joined() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let data = people(&sandbox);
    let faces = sandbox.json(arguments(&data, &["--no-speech", "--json"]));
    assert_eq!((&faces["clips"], &faces["speech"], &faces["unreadable"]), (&16.into(), &Value::Null, &0.into()));
    let both = sandbox.json(arguments(&data, &["--json"]));
    for key in ["features", "clips", "zero_shot", "generic", "adapted", "per_user", "curve", "end_to_end"] {
        assert_eq!(both[key], faces[key], "{key}: the figures of faces do not depend on voices");
    }
    assert_eq!((&both["speech"]["clips"], &both["joined"]["clips"]), (&16.into(), &16.into()), "{both}");
    assert_eq!(both["joined"]["left_out"].to_string(), r#"{"face":0,"speech":0}"#);
    assert!(both["speech"]["adapted"]["accuracy"].as_f64() > Some(0.9), "{both}");
    assert_eq!((&both["unreadable"], &both["no_voice"]), (&0.into(), &0.into()));

    let fresh = sandbox.ok(arguments(&data, &["--fresh"]));
    assert!(!fresh.contains("speech"), "{fresh}");

    // A film has both in one file; one without sound is a face alone, and a second sound of a recording is refused.
    let picture = fixture("adapt/woman/test/sad/0112.jpg");
    film(&picture, Some(&data.join("4.wav")), &data.join("film.mkv"));
    film(&picture, None, &data.join("mute.mkv"));
    let index = fs::read_to_string(data.join("index.csv")).unwrap();
    let more = "film.mkv,woman,sad,1,,\nmute.mkv,woman,sad,1,,\n0.wav,woman,happy,0,,r1\n";
    fs::write(data.join("index.csv"), index + more).unwrap();
    let output = sandbox.run(arguments(&data, &[]));
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{why}");
    assert!(why.contains("0.wav: the recording \"r1\" of woman has a sound already"), "{why}");
    assert!(said.contains("people: 2 users, 18 clips, 0 without a face"), "{said}");
    assert!(said.contains("speech: 17 clips with a voice (368 statistics of speech), 1 without"), "{said}");
    assert!(
        said.contains("face and speech, 17 clips with both; left out: 1 without a voice, 0 without a face"),
        "{said}"
    );

    let report = sandbox.path("out");
    sandbox.run(arguments(&data, &["--report", report.to_str().unwrap()]));
    let text = fs::read_to_string(report.join("report.md")).unwrap();
    assert!(
        text.contains("Face and speech joined: 17 clips with both: generic ") && text.contains("| adapted (speech) |"),
        "{text}"
    );
    assert!(report.join("beside-users.svg").is_file());
}
