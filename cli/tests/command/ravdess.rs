//! `mien eval ravdess` on small trees with names of RAVDESS, made of bundled pictures. The emotions are those of the
//! pictures; statements and repetitions are invented.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Sandbox, fixture, has_ffmpeg, measuring_data};

pub const LEAKY: &str = "leaky: not a measure of quality";

/// Intensity, statement and repetition of the four films of an emotion.
const BOTH_INTENSITIES: [&str; 4] = ["01-01-01", "01-01-02", "02-02-01", "02-02-02"];
const NORMAL_ONLY: [&str; 4] = ["01-01-01", "01-01-02", "01-02-01", "01-02-02"];

/// Returns the films of an actor and emotion: name after the modality, and picture.
fn films(actor: usize, emotion: &str, takes: &[&str], folder: &str, pictures: &[&str]) -> Vec<(String, PathBuf)> {
    let film = |(take, picture): (&&str, &&str)| {
        (format!("01-{emotion}-{take}-{actor:02}"), fixture(&format!("{folder}/{picture}.jpg")))
    };
    takes.iter().zip(pictures).map(film).collect()
}

/// 24 films of three people.
fn all_films() -> Vec<(String, PathBuf)> {
    let (woman, man) = ("adapt/woman", "adapt/man");
    [
        films(
            1,
            "04",
            &BOTH_INTENSITIES,
            woman,
            &["learn/sad/0018", "learn/sad/0026", "test/sad/0050", "test/sad/0056"],
        ),
        films(
            1,
            "03",
            &BOTH_INTENSITIES,
            woman,
            &["learn/happy/0300", "learn/happy/0340", "test/happy/0252", "test/happy/0264"],
        ),
        films(
            1,
            "06",
            &BOTH_INTENSITIES,
            woman,
            &["learn/fear/0160", "learn/fear/0175", "test/fear/0200", "test/fear/0224"],
        ),
        films(
            2,
            "01",
            &NORMAL_ONLY,
            man,
            &["learn/neutral/0000", "learn/neutral/0005", "test_near/neutral/0011", "test_near/neutral/0015"],
        ),
        films(
            2,
            "03",
            &BOTH_INTENSITIES,
            man,
            &["learn/happy/0022", "learn/happy/0030", "test/happy/0060", "test/happy/0067"],
        ),
        films(24, "03", &["01-01-01", "01-02-02"], "pictures", &["obama", "obama_partial_face"]),
        films(24, "08", &["01-01-01", "01-02-02"], "pictures", &["obama2", "obama3"]),
    ]
    .concat()
}

/// Creates a tree of folders of frames, with the films of the woman a second time as video only, an audio file, and a
/// picture that is not a film.
pub fn tree(sandbox: &Sandbox) -> PathBuf {
    let root = sandbox.path("ravdess");
    for (name, picture) in all_films() {
        let actor = format!("Actor_{}", &name[name.len() - 2..]);
        let place = |parent: &str, modality: &str| {
            let folder = root.join(parent).join(&actor).join(format!("{modality}-{name}"));
            fs::create_dir_all(&folder).unwrap();
            fs::copy(&picture, folder.join("0001.jpg")).unwrap();
            fs::copy(&picture, folder.join("0002.jpg")).unwrap();
        };
        place("Video_Speech", "01");
        if actor == "Actor_01" {
            place("", "02");
        }
    }
    fs::write(root.join("Actor_01/03-01-03-01-01-01-01.wav"), "sound").unwrap();
    fs::copy(fixture("pictures/biden.jpg"), root.join("cover.jpg")).unwrap();
    root
}

/// Returns the arguments of the command for `root`, with `more`.
pub fn arguments<'a>(root: &'a Path, more: &'a [&'a str]) -> Vec<&'a OsStr> {
    let start = ["eval".as_ref(), "ravdess".as_ref(), "--data".as_ref(), root.as_os_str()];
    start.into_iter().chain(more.iter().map(OsStr::new)).collect()
}

pub fn evaluate(sandbox: &Sandbox, root: &Path, more: &[&str]) -> Value {
    sandbox.json(arguments(root, &[more, &["--json"]].concat()))
}

fn count(report: &Value, key: &str) -> u64 {
    report[key].as_u64().unwrap_or_else(|| panic!("{key} is missing: {report}"))
}

#[test]
fn honest_splits_test_one_session_after_the_other() {
    let sandbox = Sandbox::new();
    let root = tree(&sandbox);
    for (split, sizes, tested, near) in
        [("statement", [12, 12], 24, 0), ("repetition", [12, 12], 24, 20), ("intensity", [16, 8], 14, 0)]
    {
        let report = evaluate(&sandbox, &root, &["--split", split, "--every", "1"]);
        assert_eq!((report["split"].as_str(), report["leaky"].as_bool()), (Some(split), Some(false)));
        assert_eq!((&report["leaky_note"], &report["beside"]), (&Value::Null, &Value::Null));
        assert_eq!((count(&report, "actors"), count(&report, "recordings")), (3, 24));
        assert_eq!((count(&report, "video_only_duplicates"), count(&report, "audio_only")), (12, 1));
        assert_eq!((count(&report, "clips"), count(&report, "no_face"), count(&report, "every")), (24, 0, 1));
        let sessions = [1, 2].map(|number| report["sessions"][format!("{split} {number}")].as_u64().unwrap());
        assert_eq!((sessions, count(&report, "adapted_clips")), (sizes, tested), "{split}");
        assert_eq!(
            (count(&report["overlap"], "same_recording"), count(&report["overlap"], "other_repetition")),
            (0, near)
        );
        assert_eq!(report["split_note"].is_null(), split != "intensity");
        assert_eq!(report["labels"].as_array().unwrap().len(), 8);
        assert_eq!(report["zero_shot_counted_wrong"], serde_json::json!(["calm"]));
        for key in
            ["zero_shot", "generic", "adapted", "worst_user", "harmed_users", "ece", "seconds", "head", "features"]
        {
            assert!(!report[key].is_null(), "{key} is missing: {report}");
        }
    }
}

#[test]
fn every_kind_of_head_learns_and_channels_choose() {
    let sandbox = Sandbox::new();
    let root = tree(&sandbox);
    for kind in ["logistic", "single-attention", "relation-attention", "self-attention"] {
        let report = evaluate(&sandbox, &root, &["--split", "statement", "--head", kind]);
        let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
        assert_eq!(report["head"], kind);
        assert!(accuracy("adapted") >= accuracy("generic"), "{report}");
    }
    let report = evaluate(&sandbox, &root, &["--split", "repetition", "--channel", "audio-video"]);
    assert_eq!((count(&report, "recordings"), count(&report, "other_channel")), (24, 12));
    sandbox.refused(
        arguments(&root, &["--split", "repetition", "--channel", "video-only"]),
        "recordings of only one actor",
    );
}

#[test]
fn the_leaky_split_is_marked_and_never_alone() {
    let sandbox = Sandbox::new();
    let root = tree(&sandbox);
    let report = evaluate(&sandbox, &root, &["--split", "leaky"]);
    assert_eq!((report["leaky"].as_bool(), report["leaky_note"].as_str()), (Some(true), Some(LEAKY)));
    assert_eq!((count(&report, "recordings"), count(&report, "clips")), (24, 36), "duplicates are clips here");
    assert!(count(&report["overlap"], "same_recording") > 0, "{report}");
    let again = evaluate(&sandbox, &root, &["--split", "leaky"]);
    assert_eq!((&report["adapted"], &report["overlap"]), (&again["adapted"], &again["overlap"]));

    let beside = &report["beside"];
    assert_eq!((beside["split"].as_str(), beside["leaky"].as_bool()), (Some("repetition"), Some(false)));
    let honest = evaluate(&sandbox, &root, &["--split", "repetition"]);
    for key in ["clips", "sessions", "overlap", "zero_shot", "generic", "adapted", "per_user"] {
        assert_eq!(beside[key], honest[key], "{key}");
    }

    let said = sandbox.ok(arguments(&root, &["--split", "leaky"]));
    let (leaky, honest) = said.split_once("for comparison").unwrap();
    let figures = |text: &str| text.lines().filter(|line| line.contains(" %")).map(str::to_owned).collect::<Vec<_>>();
    // Ten lines of figures, and the curve at 1, 2 and, if films count twice, 4 clips.
    assert_eq!((figures(leaky).len(), figures(honest).len()), (13, 12), "{said}");
    assert!(figures(leaky).iter().all(|line| line.contains(LEAKY)), "{said}");
    assert!(!honest.contains(LEAKY) && said.contains("has no class for calm"), "{said}");
}

/// Writes a table of features of three actors: each shows an emotion in the value of its number, shifted by an offset
/// of the actor's own.
fn table(sandbox: &Sandbox, rows: &str) -> PathBuf {
    let mut text = "name,a,b,c,d,never\n".to_owned();
    for actor in 1..=3 {
        for (value, emotion) in ["01", "03", "04", "05"].into_iter().enumerate() {
            for take in NORMAL_ONLY {
                let recording = format!("01-01-{emotion}-{take}-{actor:02}");
                let values = (0..4).map(|other| {
                    let shown = if other == value { 4.0 } else { 0.0 };
                    let offset = if other == actor { 3.0 } else { 0.0 };
                    format!("{:.1}", shown + offset + 0.1 * f32::from(u8::from(take.ends_with("02"))))
                });
                let values = values.collect::<Vec<_>>().join(",");
                text += &format!("{recording},{values},7\n");
            }
        }
    }
    let path = sandbox.path("features.csv");
    fs::write(&path, text + rows).unwrap();
    path
}

#[test]
fn a_table_of_features_replaces_the_videos() {
    let sandbox = Sandbox::new();
    let path = table(&sandbox, "03-01-03-01-01-01-01,1,1,1,1,1\n");
    let arguments = |more: &[&'static str]| {
        let start = ["eval", "ravdess", "--face-features"].map(OsStr::new);
        start
            .into_iter()
            .chain([path.as_os_str()])
            .chain(more.iter().map(OsStr::new))
            .map(OsStr::to_owned)
            .collect::<Vec<_>>()
    };
    for split in ["statement", "repetition", "leaky"] {
        let report = sandbox.json(arguments(&["--split", split, "--json"]));
        assert_eq!((count(&report, "actors"), count(&report, "recordings"), count(&report, "clips")), (3, 48, 48));
        assert_eq!((count(&report, "audio_only"), &report["zero_shot"]), (1, &Value::Null));
        assert_eq!(report["features"], "5 imported values");
        assert_eq!(report["face_features"].as_str(), path.to_str());
        let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
        assert!(accuracy("adapted") >= accuracy("generic").max(0.9), "{split}: {report}");
    }
    let said = sandbox.ok(arguments(&["--split", "statement"]));
    assert!(said.contains("5 imported values: 3 actors, 48 recordings; 1 row of sound alone"), "{said}");
    for other in [&["--channel", "both"][..], &["--every", "2"]] {
        let output = sandbox.run(arguments(&[&["--split", "statement"], other].concat()));
        assert_eq!(output.status.code(), Some(2), "{other:?}");
    }
    table(&sandbox, "01-01-03-01-01-01-01,1,x,1,1,1\n");
    let output = sandbox.run(arguments(&["--split", "statement"]));
    assert_eq!(output.status.code(), Some(3), "a row was skipped");
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"x\" in column \"b\" is not a number"), "{output:?}");
    fs::write(&path, "name,a\n01-01-03-01-01-01-01,1\n").unwrap();
    sandbox.refused(arguments(&["--split", "statement"]), "recordings of only one actor");
}

#[test]
fn action_units_of_ravdess_learn_their_actor() {
    let Some(data) = measuring_data("ravdess") else { return };
    let sandbox = Sandbox::new();
    let table = data.join("au.csv");
    for (split, least) in [("statement", 0.70f64), ("repetition", 0.70), ("intensity", 0.55)] {
        let start = ["eval", "ravdess", "--json", "--split", split, "--face-features"].map(OsStr::new);
        let report = sandbox.json(start.into_iter().chain([table.as_os_str()]));
        let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
        eprintln!("{split}: generic {:.3}, adapted {:.3}", accuracy("generic_tested"), accuracy("adapted"));
        assert!(accuracy("adapted") > least.max(accuracy("generic_tested") + 0.1), "{report}");
    }
}

/// Writes 16-bit samples of 16 kHz as WAV.
pub fn write_wav(path: &Path, samples: &[i16]) {
    let bytes = 2 * samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1u16, 1].iter().flat_map(|value| value.to_le_bytes()));
    file.extend([16_000u32, 32_000].iter().flat_map(|value| value.to_le_bytes()));
    file.extend([2u16, 16].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, file).unwrap();
}

/// A tone of half a second with harmonics and quiet around it: the emotion is in its brightness and the glide of its
/// pitch, the actor and the take in the pitch itself.
fn tone(actor: usize, emotion: usize, take: usize) -> Vec<i16> {
    let mut phase = 0.0f64;
    let sample = |at: usize| {
        let time = at as f64 / 8000.0 - 0.5;
        if !(0.0..1.0).contains(&time) {
            return 0;
        }
        let glide = [0.8f64, 1.0, 1.25, 1.6][emotion].powf(time);
        phase += std::f64::consts::TAU * (90 + 40 * actor + 3 * take) as f64 * glide / 16_000.0;
        let wave: f64 = (1..=8).map(|k| [0.4f64, 0.5, 0.65, 0.8][emotion].powi(k) * (f64::from(k) * phase).sin()).sum();
        (4000.0 * (std::f64::consts::PI * time).sin() * wave) as i16
    };
    (0..16_000).map(sample).collect()
}

/// Creates a tree of 48 sounds of three actors.
pub fn sounds(sandbox: &Sandbox) -> PathBuf {
    let root = sandbox.path("sounds");
    for actor in 1..=3 {
        let folder = root.join(format!("Actor_{actor:02}"));
        fs::create_dir_all(&folder).unwrap();
        for (emotion, code) in ["01", "03", "04", "05"].into_iter().enumerate() {
            for (take, name) in NORMAL_ONLY.into_iter().enumerate() {
                let path = folder.join(format!("03-01-{code}-{name}-{actor:02}.wav"));
                write_wav(&path, &tone(actor, emotion, take));
            }
        }
    }
    root
}

#[test]
fn sounds_are_learned_on_their_own_channel() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sounds(&sandbox);
    let audio = |more: &[&'static str]| [&["--channel", "audio-only", "--split"], more].concat();
    for split in ["statement", "repetition"] {
        let report = evaluate(&sandbox, &root, &audio(&[split]));
        assert_eq!((count(&report, "actors"), count(&report, "recordings"), count(&report, "clips")), (3, 48, 48));
        assert_eq!((count(&report, "no_voice"), count(&report, "audio_only"), count(&report, "unreadable")), (0, 0, 0));
        assert_eq!((report["channel"].as_str(), &report["zero_shot"]), (Some("audio-only"), &Value::Null));
        assert_eq!(report["features"], "368 statistics of speech");
        let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
        assert!(accuracy("adapted") >= accuracy("generic").max(0.8), "{split}: {report}");
    }
    sandbox.refused(arguments(&root, &["--split", "statement"]), "no RAVDESS videos");

    write_wav(&root.join("Actor_01/03-01-06-01-01-01-01.wav"), &[0; 16_000]);
    fs::write(root.join("Actor_01/03-01-07-01-01-01-01.flac"), "no sound").unwrap();
    let output = sandbox.run(arguments(&root, &audio(&["statement"])));
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{why}");
    assert!(said.contains("3 actors, 50 recordings, 368 statistics of speech; 1 sound without a voice"), "{said}");
    assert!(why.contains("03-01-07-01-01-01-01.flac: the sound cannot be decoded"), "{why}");
    let report = sandbox.path("report");
    let more = [&audio(&["leaky", "--report"])[..], &[report.to_str().unwrap()]].concat();
    assert_eq!(sandbox.run(arguments(&root, &more)).status.code(), Some(3));
    let text = fs::read_to_string(report.join("report.md")).unwrap();
    assert!(text.contains("files of sound") && text.contains("1 sound without a voice"), "{text}");
}

#[test]
fn faces_of_a_table_and_voices_are_joined() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sounds(&sandbox);
    let table = table(&sandbox, "01-01-06-01-01-01-01,1,1,1,1,1\n");
    let both = ["--face-features", table.to_str().unwrap()];
    let audio = [&both[..], &["--channel", "audio-only"]].concat();
    let report = evaluate(&sandbox, &root, &audio);
    assert_eq!((count(&report, "recordings"), count(&report["left_out"], "face")), (48, 1));
    let splits = report["splits"].as_array().unwrap();
    assert_eq!(splits.len(), 3);
    for split in &splits[..2] {
        let accuracy = |figures: &Value| figures["accuracy"].as_f64().unwrap();
        let [all, confirmed, ..] = &split["adapted"].as_array().unwrap()[..] else { panic!("{split}") };
        assert_eq!((&all["confirmed"], &confirmed["confirmed"]), (&Value::Bool(false), &Value::Bool(true)));
        assert!(accuracy(&all["joined"]) >= 0.9 && all["joined"]["harmed_users"] == 0, "{split}");
        assert!(accuracy(&all["joined"]) >= accuracy(&split["generic_joined"]), "{split}");
        for stream in ["face", "speech"] {
            let (missing, alone) = (accuracy(&all["others_missing"][stream]), accuracy(&all["alone"][stream]));
            assert!((missing - alone).abs() < 0.05 && split["weights"][stream]["adapted"].as_f64() > Some(0.0));
        }
    }
    let said = sandbox.ok(arguments(&root, &[&audio[..], &["--split", "statement"]].concat()));
    assert!(said.contains("48 recordings with a face") && said.contains("1 without a voice"), "{said}");
    assert!(said.contains("once labels are confirmed") && !said.contains("split repetition"), "{said}");
    sandbox.refused(arguments(&root, &[&both[..], &["--split", "statement"]].concat()), "--channel audio-only");
    sandbox.refused(arguments(&root, &[&audio[..], &["--split", "leaky"]].concat()), "neither the leaky split");
}

#[test]
fn sounds_made_worse_are_tested_in_place_of_those_that_are_learned() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sounds(&sandbox);
    let degraded = ["--channel", "audio-only", "--split", "statement", "--degrade", "gain:-6", "cut:0.2"];
    let output = sandbox.run(arguments(&root, &degraded));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let row = |kind: &str| said.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{said}"));
    let accuracy = |kind: &str| row(kind).split('|').nth(1).unwrap()[..5].to_owned();
    assert_eq!(accuracy("as it is"), accuracy("gain:-6"), "{said}");
    assert!(row("cut:0.2").contains("| 100.0 % |"), "{said}");
}

#[test]
fn a_sound_that_is_cut_off_is_used_and_told() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sounds(&sandbox);
    let whole = root.join("Actor_01/03-01-03-01-01-01-01.wav");
    write_wav(&whole, &tone(1, 1, 0).repeat(3));
    let cut = whole.with_extension("flac");
    let status = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&whole).arg(&cut).status().unwrap();
    assert!(status.success());
    fs::remove_file(whole).unwrap();
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() * 4 / 5]).unwrap();
    let audio = ["--channel", "audio-only", "--split", "statement"];
    let output = sandbox.run(arguments(&root, &[&audio[..], &["--json"]].concat()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("03-01-03-01-01-01-01.flac: ") && said.contains(" s of sound"), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((count(&report, "clips"), count(&report, "unreadable")), (48, 0));
    let strict = sandbox.run(arguments(&root, &[&audio[..], &["--strict"]].concat()));
    assert_eq!(strict.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&strict.stderr).contains("03-01-03-01-01-01-01.flac"), "{strict:?}");
}

#[test]
fn voices_of_ravdess_learn_their_actor() {
    let Some(data) = measuring_data("ravdess").filter(|_| has_ffmpeg()) else { return };
    let sandbox = Sandbox::new();
    // A third of the set: this is no figure to quote.
    let root = sandbox.path("voices");
    fs::create_dir(&root).unwrap();
    for actor in (1..=6).map(|actor| format!("Actor_{actor:02}")) {
        fs::create_dir(root.join(&actor)).unwrap();
        for file in fs::read_dir(data.join(&actor)).unwrap().map(|entry| entry.unwrap().path()) {
            fs::copy(&file, root.join(&actor).join(file.file_name().unwrap())).unwrap();
        }
    }
    let report = evaluate(&sandbox, &root, &["--channel", "audio-only", "--split", "repetition"]);
    let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
    eprintln!("generic {:.3}, adapted {:.3}", accuracy("generic_tested"), accuracy("adapted"));
    assert_eq!((count(&report, "clips"), count(&report, "no_voice")), (360, 0));
    assert!(accuracy("adapted") > 0.6f64.max(accuracy("generic_tested") + 0.1), "{report}");
}

#[test]
fn videos_are_read_through_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sandbox.path("videos");
    fs::create_dir(&root).unwrap();
    for (name, picture) in all_films().into_iter().filter(|(name, _)| !name.ends_with("24")) {
        let film = root.join(format!("02-{name}.mp4"));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-loop", "1", "-i"]).arg(picture).args(["-t", "0.2", "-r", "30"]);
        ffmpeg.args(["-vf", "scale=320:-2", "-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-q:v", "3"]).arg(film);
        assert!(ffmpeg.status().unwrap().success());
    }
    let report = evaluate(&sandbox, &root, &["--split", "repetition", "--every", "3"]);
    assert_eq!((count(&report, "actors"), count(&report, "clips"), count(&report, "adapted_clips")), (2, 20, 20));
    assert!(report["adapted"]["accuracy"].as_f64() > report["zero_shot"]["accuracy"].as_f64(), "{report}");
    fs::write(root.join("01-01-03-01-01-01-03.mp4"), "x").unwrap();
    let broken = ["--split", "repetition", "--strict"];
    sandbox.refused(arguments(&root, &broken), "01-01-03-01-01-01-03.mp4: neither a picture nor a video");
}

#[test]
fn copies_and_other_names_are_told_and_do_not_lose_the_run() {
    let sandbox = Sandbox::new();
    let root = tree(&sandbox);
    let expected = evaluate(&sandbox, &root, &["--split", "statement"]);
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(root.join(to)).unwrap();
        fs::copy(root.join(from).join("0001.jpg"), root.join(to).join("0001.jpg")).unwrap();
    };
    let film = "Video_Speech/Actor_01/01-01-04-01-01-01-01";
    for name in [" (1)", " - Copy", " copy"] {
        copy(film, &format!("{film}{name}"));
    }
    // The original of this one is missing.
    fs::rename(root.join("Actor_01/02-01-04-01-01-01-01"), root.join("Actor_01/02-01-04-01-01-01-01 (1)")).unwrap();
    fs::write(root.join("party.mp4"), "party").unwrap();
    let output = sandbox.run(arguments(&root, &["--split", "statement", "--json"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for words in [
        "01-01-04-01-01-01-01 (1): its name says that it is a copy\n",
        "01-01-04-01-01-01-01 - Copy: its name says that it is a copy\n",
        "02-01-04-01-01-01-01 (1): its name says that it is a copy; it is used, because the original is missing",
        "party.mp4: not a RAVDESS name",
    ] {
        assert!(said.contains(words), "{words:?} is missing: {said}");
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    crate::schemas::check_as("eval-ravdess", &report);
    assert_eq!((count(&report, "copies"), count(&report, "unusable"), count(&report, "other_files")), (3, 1, 1));
    for key in ["clips", "sessions", "generic", "adapted", "per_user", "video_only_duplicates"] {
        assert_eq!(report[key], expected[key], "{key}");
    }
    sandbox.refused(arguments(&root, &["--split", "statement", "--strict"]), "party.mp4: not a RAVDESS name");
    fs::remove_file(root.join("party.mp4")).unwrap();
    let output = sandbox.run(arguments(&root, &["--split", "statement"]));
    assert_eq!(output.status.code(), Some(0), "copies are no failure");
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 copies, 1 audio-only"), "{output:?}");
}

#[test]
fn what_is_no_ravdess_is_named() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("else");
    let refused = |message: &str| sandbox.refused(arguments(&root, &["--split", "statement"]), message);
    refused("cannot read");
    fs::create_dir_all(root.join("Actor_01")).unwrap();
    refused("no RAVDESS videos");
    fs::write(root.join("Actor_01/02-01-09-01-02-01-12.mp4"), "x").unwrap();
    refused("02-01-09-01-02-01-12.mp4: the emotion is 09; it must be 01 to 08");
    fs::rename(root.join("Actor_01/02-01-09-01-02-01-12.mp4"), root.join("Actor_01/birthday.mp4")).unwrap();
    refused("birthday.mp4: not a RAVDESS name");
    for more in [&["--split", "random"][..], &["--split", "statement", "--channel", "radio"], &[]] {
        assert_eq!(sandbox.run(arguments(&root, more)).status.code(), Some(2), "{more:?}");
    }
}
