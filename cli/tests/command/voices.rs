//! Users' voices: adaptation and analysis of files of sound and films with sound, made of computed vowels.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::main_job::{enroll_wanda, wanda};
use crate::ravdess::write_wav;
use crate::schemas;
use crate::support::{Sandbox, ended, has_ffmpeg};

/// Labels with the pitch in Hz and its rise, by which their vowels differ, and the pictures of their films.
const LABELS: [(&str, f64, f64, [&str; 4]); 2] =
    [("happy", 260.0, 1.4, ["0300", "0308", "0316", "0324"]), ("sad", 150.0, 0.7, ["0018", "0020", "0023", "0084"])];

/// Returns a vowel of 1.6 s of a voice whose pitch begins at `pitch` and rises to `rise` times that, in a quiet room.
pub fn vowel(pitch: f64, rise: f64, seconds: f64) -> Vec<i16> {
    let (mut phase, mut noise) = (0.0f64, 7u32);
    let sample = |at: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let room = f64::from(noise >> 16) / 6500.0 - 5.0;
        let time = at as f64 / 16_000.0 - 0.5;
        if !(0.0..seconds).contains(&time) {
            return room as i16;
        }
        let vibrato = 1.0 + 0.02 * (31.4 * time).sin();
        phase += std::f64::consts::TAU * pitch * rise.powf(time / seconds) * vibrato / 16_000.0;
        let harmonics = (1..=40).take_while(|k| f64::from(*k) * pitch * rise.max(1.0) < 7500.0);
        let wave: f64 = harmonics.map(|k| 0.92f64.powi(k) * (f64::from(k) * phase).sin()).sum();
        let fade = (time.min(seconds - time) / 0.05).min(1.0);
        (room + 3000.0 * fade * (0.6 + 0.4 * (18.8 * time).sin()) * wave) as i16
    };
    (0..(16_000.0 * (seconds + 1.0)) as usize).map(sample).collect()
}

/// Writes sounds of both emotions into `folder`, four of each.
fn sounds(folder: &Path) {
    for (label, pitch, rise, _) in LABELS {
        fs::create_dir_all(folder.join(label)).unwrap();
        for take in 0..4 {
            let voice = vowel(pitch + 4.0 * f64::from(take), rise, 1.6 + 0.05 * f64::from(take));
            write_wav(&folder.join(label).join(format!("{take}.wav")), &voice);
        }
    }
}

/// Makes a film of a still `picture`, with `sound` if there is one.
pub fn film(picture: &Path, sound: Option<&Path>, out: &Path) {
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-loop", "1", "-r", "4", "-i"]).arg(picture);
    if let Some(sound) = sound {
        ffmpeg.arg("-i").arg(sound).args(["-c:a", "pcm_s16le"]);
    }
    ffmpeg.args(["-t", "2.4", "-c:v", "mpeg4", "-q:v", "2"]).arg(out);
    assert!(ffmpeg.status().unwrap().success());
}

/// Makes films of the woman with the vowels, four of each emotion.
pub fn films(sandbox: &Sandbox) -> PathBuf {
    let (voices, folder) = (sandbox.path("voices"), sandbox.path("films"));
    sounds(&voices);
    for (label, _, _, pictures) in LABELS {
        for (take, picture) in pictures.into_iter().enumerate() {
            let sound = voices.join(label).join(format!("{take}.wav"));
            film(&wanda("learn", label, picture), Some(&sound), &folder.join(label).join(format!("{take}.mkv")));
        }
    }
    folder
}

fn adapt<'a>(clips: &'a Path, more: &'a [&'a str]) -> Vec<&'a OsStr> {
    let start = ["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()];
    start.into_iter().chain(more.iter().map(OsStr::new)).collect()
}

fn analyze<'a>(path: &'a Path, more: &'a [&'a str]) -> Vec<&'a OsStr> {
    ["analyze".as_ref(), path.as_os_str()].into_iter().chain(more.iter().map(OsStr::new)).collect()
}

fn input(sandbox: &Sandbox, path: &Path, more: &[&str]) -> Value {
    sandbox.json(analyze(path, &[more, &["--json"]].concat()))["inputs"][0].clone()
}

/// Checks the exit code and the JSON of a run, and returns the JSON.
fn printed(output: &Output, code: i32, schema: &str) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = serde_json::from_slice(&output.stdout).unwrap();
    schemas::check_as(schema, &printed);
    printed
}

#[test]
fn sounds_alone_adapt_the_voice_of_a_user_who_is_named() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = sandbox.path("clips");
    sounds(&clips);
    let happy = clips.join("happy/0.wav");
    let silent = input(&sandbox, &happy, &[]);
    assert_eq!((silent["kind"].as_str(), &silent["emotion"]), (Some("sound"), &Value::Null));
    assert_eq!(silent["speech"]["not_used"], "no_head");
    let said = sandbox.ok(analyze(&happy, &[]));
    assert!(said.contains("s of sound: no emotion: speech is silent until a user adapted it"), "{said}");

    // Nobody can tell whose voice it is.
    ended(&sandbox.run(adapt(&clips, &[])), 4, "nobody is seen, so nobody can tell whose voice it is");
    fs::write(clips.join("sad/cut.wav"), &fs::read(&happy).unwrap()[..30]).unwrap();
    write_wav(&clips.join("sad/short.wav"), &vowel(200.0, 1.0, 1.0)[..1600]);
    write_wav(&clips.join("sad/quiet.wav"), &[0; 32_000]);
    let learned = printed(&sandbox.run(adapt(&clips, &["--unchecked-voices", "--json"])), 3, "adapt");
    assert_eq!((&learned["report"], learned["speech"]["accepted"].as_bool()), (&Value::Null, Some(true)));
    assert_eq!(learned["speech"]["clips"].to_string(), r#"[["happy",4],["sad",4]]"#);
    let not_used: Vec<_> = learned["speech_not_used"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(
        not_used,
        [r#"{"clip":"sad/quiet.wav","reason":"no_speech"}"#, r#"{"clip":"sad/short.wav","reason":"no_speech"}"#]
    );
    assert!(learned["unreadable"][0].as_str().unwrap().contains("cut.wav: the sound cannot be decoded"));

    for (label, pitch, rise, _) in LABELS {
        let probe = sandbox.path("probe.wav");
        write_wav(&probe, &vowel(pitch + 7.0, rise, 1.7));
        let heard = input(&sandbox, &probe, &["--user", "Wanda"]);
        assert_eq!((heard["user"].as_str(), heard["emotion"]["label"].as_str()), (Some("Wanda"), Some(label)));
        assert_eq!(heard["emotion"]["modalities"].to_string(), r#"["speech"]"#);
        let segment = &heard["speech"]["segments"][0];
        assert_eq!((segment["emotion"]["label"].as_str(), &heard["speech"]["not_used"]), (Some(label), &Value::Null));
        assert!((segment["begin_s"].as_f64().unwrap() - 0.4).abs() < 0.1, "{segment}");
        assert_eq!(input(&sandbox, &probe, &[])["speech"]["not_used"], "no_head", "it may be anybody's voice");
    }
    let listed = sandbox.json(["users", "list", "--json"]);
    let speech = &listed["users"][0]["speech"];
    assert_eq!((speech["adapted"].as_bool(), speech["clips"].as_u64()), (Some(true), Some(8)));
    assert_eq!(listed["users"][0]["adapted"], false);
    assert!(
        sandbox.ok(["users", "list"]).contains("\n  speech: own head from 8 clips\n  speech, generation 1: 8 clips")
    );
    let back = sandbox.ok(["users", "rollback", "Wanda", "--stream", "speech"]);
    assert_eq!(back, "Wanda: no head of their own for speech is active\n");
    assert_eq!(input(&sandbox, &happy, &["--user", "Wanda"])["speech"]["not_used"], "no_head");
}

#[test]
fn sound_is_left_if_the_person_says_so_whatever_its_file_is_called() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let (clips, unlabeled) = (sandbox.path("clips"), sandbox.path("unlabeled"));
    sounds(&clips);
    fs::rename(clips.join("happy/0.wav"), clips.join("happy/0.mp4")).unwrap();
    let leave = adapt(&clips, &["--no-speech"]);
    let refused = "no clip can be learned; the first is happy/0.mp4: sound alone, which --no-speech leaves";
    ended(&sandbox.run(leave), 4, refused);
    for (label, _, _, pictures) in LABELS {
        for picture in pictures {
            let to = clips.join(label).join(format!("{picture}.png"));
            fs::copy(wanda("learn", label, picture), to).unwrap();
        }
    }
    fs::create_dir_all(&unlabeled).unwrap();
    fs::copy(clips.join("sad/0.wav"), unlabeled.join("take.mp4")).unwrap();
    let with_unlabeled = ["--unlabeled", unlabeled.to_str().unwrap(), "--json"];
    let learned = printed(&sandbox.run(adapt(&clips, &[&with_unlabeled[..], &["--no-speech"]].concat())), 0, "adapt");
    assert_eq!((&learned["speech"], learned["report"]["accepted"].as_bool()), (&Value::Null, Some(true)));
    let left = |learned: &Value, reason: &str| {
        let not_used = learned["speech_not_used"].as_array().unwrap();
        not_used.iter().filter(|clip| clip["reason"] == reason).map(|clip| clip["clip"].to_string()).collect::<Vec<_>>()
    };
    let all = left(&learned, "left");
    assert!(all.len() == 9 && all[0].contains("happy/0.mp4") && all[8].contains("unlabeled/take.mp4"), "{all:?}");
    // The head for face is the one that there is.
    let hear = [&with_unlabeled[..], &["--unchecked-voices"]].concat();
    let heard = printed(&sandbox.run(adapt(&clips, &hear)), 3, "adapt");
    assert_eq!(heard["speech"]["clips"].to_string(), r#"[["happy",4],["sad",4]]"#);
    assert_eq!(left(&heard, "no_label"), [r#""unlabeled/take.mp4""#], "{heard}");
}

#[test]
fn films_adapt_face_and_voice_and_both_answer() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = films(&sandbox);
    film(&wanda("test", "sad", "0050"), None, &clips.join("sad/mute.mkv"));
    let learned = sandbox.json(adapt(&clips, &["--json"]));
    for report in ["report", "speech"] {
        assert_eq!(learned[report]["accepted"], true, "{learned}");
    }
    assert_eq!(learned["report"]["clips"].to_string(), r#"[["happy",4],["sad",5]]"#);
    assert_eq!(learned["speech"]["clips"].to_string(), r#"[["happy",4],["sad",4]]"#);
    assert_eq!(learned["speech_not_used"].to_string(), r#"[{"clip":"sad/mute.mkv","reason":"no_sound"}]"#);

    let probe = clips.join("happy/2.mkv");
    let both = input(&sandbox, &probe, &[]);
    assert_eq!((both["user"].as_str(), both["emotion"]["label"].as_str()), (Some("Wanda"), Some("happy")));
    assert_eq!(both["emotion"]["modalities"].to_string(), r#"["face","speech"]"#);
    assert_eq!(both["speech"]["emotion"]["label"], "happy");
    let said = sandbox.ok(analyze(&probe, &[]));
    assert!(said.contains("(own head), by face and speech\n") && said.contains(": speech 0."), "{said}");
    let seen = input(&sandbox, &probe, &["--no-speech"]);
    assert_eq!((&seen["emotion"]["modalities"], &seen["speech"]), (&Value::Null, &Value::Null));
    let mute = input(&sandbox, &clips.join("sad/mute.mkv"), &[]);
    assert_eq!((mute["emotion"]["label"].as_str(), &mute["speech"]["not_used"]), (Some("sad"), &"no_sound".into()));
}

#[test]
fn what_is_said_among_several_people_is_nobodys() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let (voice, group) = (sandbox.path("voice.wav"), sandbox.path("group.mkv"));
    write_wav(&voice, &vowel(200.0, 1.1, 1.6));
    film(&crate::support::fixture("pictures/multi_face.jpg"), Some(&voice), &group);
    let heard = input(&sandbox, &group, &["--every", "4"]);
    assert_eq!(
        (heard["speech"]["not_used"].as_str(), heard["frames_with_face"].as_u64() > Some(0)),
        (Some("several_faces"), true)
    );
    assert!(heard["speech"]["segments"][0]["emotion"].is_null());
    sandbox.refused(analyze(&voice, &["--no-speech"]), "sound alone, which --no-speech leaves");
    enroll_wanda(&sandbox);
    sandbox.refused(analyze(&voice, &["--user", "Vera"]), "no user is called \"Vera\"");
    sandbox.refused(["enroll".as_ref(), "Vera".as_ref(), voice.as_os_str()], "sound alone, without pictures");
}

#[test]
fn a_generic_head_for_speech_is_trained_on_several_people_and_answers_for_everybody() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let (data, head) = (sandbox.path("people"), sandbox.path("speech.head"));
    let speak = |person: &str, shift: f64| {
        for (label, pitch, rise, _) in LABELS {
            let folder = data.join(person).join(label);
            fs::create_dir_all(&folder).unwrap();
            for take in 0..3 {
                let voice = vowel(pitch + shift + 5.0 * f64::from(take), rise, 1.5 + 0.1 * f64::from(take));
                write_wav(&folder.join(format!("{take}.wav")), &voice);
            }
        }
    };
    speak("anna", 0.0);
    let train = |more: &[&str]| {
        let start = ["train", "--stream", "speech", "--data"].map(OsStr::new);
        let arguments = start.into_iter().chain([data.as_os_str(), "--out".as_ref(), head.as_os_str()]);
        sandbox.run(arguments.chain(more.iter().map(OsStr::new)))
    };
    ended(&train(&[]), 4, "one person only");
    ended(&train(&["--validation", "0.2"]), 2, "are for faces, not for --stream speech");
    for (person, shift) in [("berta", 20.0), ("carl", -20.0), ("dora", 10.0), ("emil", -10.0)] {
        speak(person, shift);
    }
    write_wav(&data.join("carl/sad/quiet.wav"), &[0; 32_000]);
    fs::create_dir_all(data.join("dora/bored")).unwrap();
    write_wav(&data.join("dora/bored/1.wav"), &vowel(200.0, 1.0, 1.5));
    let trained = printed(&train(&["--json"]), 0, "train");
    assert_eq!((trained["clips"].as_u64(), trained["no_voice"].as_u64()), (Some(30), Some(1)));
    assert_eq!((&trained["stream"], &trained["other_labels"]["bored"]), (&"speech".into(), &1.into()));
    assert!(trained["strangers"]["accuracy"].as_f64().unwrap() > 0.9, "{trained}");
    assert_eq!((trained["strangers"]["people"].as_u64(), trained["strangers"]["folds"].as_u64()), (Some(5), Some(5)));

    let probe = sandbox.path("probe.wav");
    write_wav(&probe, &vowel(LABELS[0].1 - 7.0, LABELS[0].2, 1.6));
    let heard = input(&sandbox, &probe, &["--generic-speech", head.to_str().unwrap()]);
    let emotion = &heard["emotion"];
    assert_eq!((emotion["label"].as_str(), emotion["adapted"].as_bool()), (Some("happy"), Some(false)));
    assert_eq!(heard["user"], Value::Null);
    let said = sandbox.ok(["heads".as_ref(), "show".as_ref(), head.as_os_str()]);
    assert!(said.contains("class statistics of 2 classes"), "{said}");
    sandbox.refused(analyze(&probe, &["--generic", head.to_str().unwrap()]), "the generic head");
    let text = String::from_utf8(train(&[]).stdout).unwrap();
    assert!(text.contains("strangers (5 people, 5 folds): right for") && text.contains("--generic-speech"), "{text}");
}

/// Analyzes a file into `drawn`, and returns the report and the plot.
fn draw(sandbox: &Sandbox, path: &Path, more: &[&str]) -> (Value, String) {
    let out = sandbox.path("drawn");
    let report = sandbox.json(analyze(path, &[&["--annotate", out.to_str().unwrap(), "--json"], more].concat()));
    (report, fs::read_to_string(out.join("2-timeline.svg")).unwrap())
}

/// Returns the plot of Wanda's timeline.
fn plot_of(sandbox: &Sandbox, more: &[&str]) -> String {
    let svg = sandbox.path("timeline.svg");
    let start = ["timeline".as_ref(), "Wanda".as_ref(), "--plot".as_ref(), svg.as_os_str()];
    sandbox.ok(start.into_iter().chain(more.iter().map(OsStr::new)));
    fs::read_to_string(svg).unwrap()
}

#[test]
fn what_a_voice_said_is_recorded_and_drawn_beside_the_face() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = films(&sandbox);
    sandbox.ok(adapt(&clips, &[]));
    let film = clips.join("happy/2.mkv");
    let (report, plot) = draw(&sandbox, &film, &["--timeline"]);
    let recorded = &report["timeline"][0];
    assert_eq!((recorded["user"].as_str(), recorded["spoken"].as_u64()), (Some("Wanda"), Some(2)), "{report}");
    let heading = "s of speech in 1 segment, taken for that of Wanda; voice alone: happy";
    for text in [heading, "joined with the face: happy", ">voice<"] {
        assert!(plot.contains(text), "{text}: {plot}");
    }
    let (_, silent) = draw(&sandbox, &film, &["--no-speech"]);
    assert!(!silent.contains("voice") && silent.contains("2: emotion per frame"), "{silent}");

    let timeline = |more: &[&str]| sandbox.json(["timeline", "Wanda", "--json", "--media", "2.mkv"].iter().chain(more));
    let said = timeline(&["--stream", "speech", "--bucket", "event"]);
    let events = said["events"].as_array().unwrap();
    assert_eq!((said["stream"].as_str(), events.len()), (Some("speech"), 2), "{said}");
    assert!(events.iter().all(|event| event["label"] == "happy" && event["adapted"] == true), "{said}");
    let seen = timeline(&["--bucket", "event"]);
    assert_eq!((seen["stream"].as_str(), seen["events"].as_array().unwrap().len()), (Some("face"), 10), "{seen}");
    let both = plot_of(&sandbox, &["--media", "2.mkv"]);
    assert!(both.contains("what the voice alone said") && both.contains("events per second"), "{both}");
}

#[test]
fn a_voice_alone_is_recorded_and_drawn_with_what_is_not_used() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = sandbox.path("clips");
    sounds(&clips);
    sandbox.ok(adapt(&clips, &["--unchecked-voices"]));
    let sound = clips.join("happy/2.wav");
    let at = |time: &'static str| ["--user", "Wanda", "--timeline", "--start-time", time];
    let (report, plot) = draw(&sandbox, &sound, &at("2026-11-23T14:00:00Z"));
    assert_eq!((&report["timeline"][0]["added"], &report["timeline"][0]["spoken"]), (&0.into(), &2.into()), "{report}");
    assert!(plot.contains("2: emotion by voice") && !plot.contains("no face"), "{plot}");
    write_wav(&sound, &vowel(260.0, 1.4, 0.6));
    let (report, plot) = draw(&sandbox, &sound, &at("2026-11-23T14:00:10Z"));
    assert_eq!(report["inputs"][0]["speech"]["segments"][0]["doubts"].to_string(), r#"["short"]"#);
    assert!(plot.contains("poor sound 100 %"), "{plot}");
    let alone = plot_of(&sandbox, &[]);
    assert!(alone.contains("by voice alone") && alone.contains("poor sound 33 %"), "{alone}");
    assert!(!alone.contains("events per"), "{alone}");

    let export = sandbox.path("said.csv");
    let start = ["timeline", "Wanda", "--stream", "speech", "--bucket", "event"].map(OsStr::new);
    sandbox.ok(start.into_iter().chain(["--csv".as_ref(), export.as_os_str()]));
    assert!(fs::read_to_string(&export).unwrap().contains(",unused: poor sound,false,"));
    let import = ["timeline", "Wanda", "--stream", "speech", "--import"].map(OsStr::new);
    assert_eq!(sandbox.ok(import.into_iter().chain([export.as_os_str()])), "Wanda: recorded 3 events\n");
    let forgotten = sandbox.json(["timeline", "Wanda", "--forget", "--from", "2026-11-23", "--json"]);
    assert_eq!(forgotten["forgotten"], 3);
}
