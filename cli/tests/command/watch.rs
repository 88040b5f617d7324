//! `mien watch`: JSON lines about a stream.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::main_job::enroll_wanda;
use crate::ravdess::write_wav;
use crate::schemas::check_as;
use crate::support::{Sandbox, fixture, has_ffmpeg, refusal};
use crate::voices::{films, vowel};

/// Parses each line as an object.
fn lines(text: &str) -> Vec<Value> {
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect();
    lines.iter().for_each(|line| check_as("watch", line));
    lines
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// Returns the first `count` frames of the woman's clip as YUV4MPEG2.
fn stream(count: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    for index in 0..count {
        let image = image::open(fixture(&format!("clip/{index:04}.jpg"))).unwrap().into_rgb8();
        let (width, height) = image.dimensions();
        if index == 0 {
            let header = format!("YUV4MPEG2 W{width} H{height} F6:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n");
            stream.extend_from_slice(header.as_bytes());
        }
        stream.extend_from_slice(b"FRAME\n");
        let yuv = |x: u32, y: u32| {
            let [r, g, b] = image.get_pixel(x.min(width - 1), y.min(height - 1)).0.map(f32::from);
            [
                0.299 * r + 0.587 * g + 0.114 * b,
                128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b,
                128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b,
            ]
        };
        for (plane, step) in [(0, 1), (1, 2), (2, 2)] {
            for y in 0..height.div_ceil(step) {
                stream.extend((0..width.div_ceil(step)).map(|x| yuv(step * x, step * y)[plane].round() as u8));
            }
        }
    }
    stream
}

/// Starts the command on its standard input.
fn watching(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = sandbox.command();
    command.args(["watch", "-"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Returns the output of the command for `stream`.
fn watched(sandbox: &Sandbox, arguments: &[&str], stream: &[u8]) -> std::process::Output {
    let mut child = watching(sandbox, arguments);
    let mut input = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A command that refuses its input does not read it to its end.
        scope.spawn(move || input.write_all(stream));
        child.wait_with_output().unwrap()
    })
}

#[test]
fn a_folder_of_frames_becomes_lines_of_json() {
    let sandbox = Sandbox::new();
    let clip = fixture("clip");
    let lines = lines(&sandbox.ok(["watch".as_ref(), clip.as_os_str(), "--every".as_ref(), "3".as_ref()]));
    assert_eq!(of_type(&lines, "began").len(), 1);
    let frames = of_type(&lines, "frame");
    assert_eq!(frames.len(), 118);
    for frame in &frames {
        let faces = frame["faces"].as_array().unwrap();
        assert_eq!((faces.len(), &faces[0]["track"]), (1, &Value::from(1)));
        let sum: f64 = faces[0]["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-4);
    }
    assert!((frames[117]["time_s"].as_f64().unwrap() - 117.0 / 5.994).abs() < 0.01);
    let emotions = of_type(&lines, "emotion");
    assert_eq!((&emotions[0]["from"], &emotions.last().unwrap()["to"]), (&Value::Null, &Value::from("happy")));
    let end = lines.last().unwrap();
    assert_eq!((&end["type"], &end["frames"], &end["tracks"]), (&"end".into(), &118.into(), &1.into()));
    assert!(end["live"].is_null());
}

#[test]
fn an_enrolled_user_is_recognized_in_a_stream() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = fixture("adapt/woman/learn");
    sandbox.ok(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str(), "--no-gate".as_ref()]);
    let output = watched(&sandbox, &[], &stream(12));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = lines(&String::from_utf8(output.stdout).unwrap());
    let identities = of_type(&lines, "identity");
    assert_eq!((identities.len(), &identities[0]["user"]), (1, &Value::from("Wanda")));
    let settled = identities[0]["time_s"].as_f64().unwrap();
    for frame in of_type(&lines, "frame") {
        let after = frame["time_s"].as_f64().unwrap() >= settled;
        let face = &frame["faces"][0];
        assert_eq!((&face["adapted"], &face["settled"]), (&Value::from(after), &Value::from(after)), "{frame}");
        let open = face["unsure"].as_array().unwrap().contains(&Value::from("identity_open"));
        assert_eq!(open, !after);
    }
}

#[test]
fn a_stream_is_thinned_and_a_live_one_counts_its_frames() {
    let sandbox = Sandbox::new();
    let stream = stream(12);
    let said = |arguments: &[&str]| lines(&String::from_utf8(watched(&sandbox, arguments, &stream).stdout).unwrap());
    assert_eq!(of_type(&said(&["--fps", "2"]), "frame").len(), 4);
    let events = said(&["--events"]);
    assert!(of_type(&events, "frame").is_empty() && !of_type(&events, "emotion").is_empty());
    let live = said(&["--live", "--fps", "30"]);
    let counts = &live.last().unwrap()["live"];
    assert_eq!(counts["submitted"], 12);
    assert_eq!(of_type(&live, "frame").len() as u64, counts["processed"].as_u64().unwrap());
    let of = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(of("paced") + of("unchanged") + of("dropped") + of("processed"), 12, "{counts}");
}

#[test]
fn what_a_user_shows_in_a_stream_is_recorded() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clip = fixture("clip");
    let watch = ["watch".as_ref(), clip.as_os_str(), "--events".as_ref(), "--timeline".as_ref()];
    let said = lines(&sandbox.ok(watch));
    let settled = of_type(&said, "identity")[0]["time_s"].as_f64().unwrap();
    let recorded = &said.last().unwrap()["timeline"][0];
    let added = recorded["added"].as_u64().unwrap();
    assert_eq!((&recorded["user"], &recorded["clock"]), (&"Wanda".into(), &json!({ "media": "clip" })));

    let arguments = ["timeline", "Wanda", "--media", "clip", "--bucket", "event", "--json"];
    let events = sandbox.json(arguments)["events"].as_array().unwrap().clone();
    assert_eq!(events.len() as u64, added);
    let at = |event: &Value| event["at_ms"].as_u64().unwrap();
    assert!(at(&events[0]) as f64 >= 1000.0 * settled - 1.0, "nothing before it is settled who it is");
    let (last, rest) = events.split_last().unwrap();
    for (event, next) in rest.iter().zip(&events[1..]) {
        let gap = at(next) - at(event);
        assert_eq!(event["duration_ms"], if gap <= 1000 { gap } else { 0 }, "{event}");
    }
    // The recorded label is the last printed one.
    assert_eq!(last["label"], of_type(&said, "emotion").last().unwrap()["to"]);

    // By wall time; a second run replaces the events of the first.
    let stream = stream(24);
    let again = |arguments: &[&str]| {
        let output = watched(&sandbox, &[&["--events", "--timeline"], arguments].concat(), &stream);
        lines(&String::from_utf8(output.stdout).unwrap()).last().unwrap()["timeline"][0].clone()
    };
    let start = ["--start-time", "2026-06-01T00:00:00Z"];
    let first = again(&start);
    assert_eq!((&first["clock"], &first["replaced"]), (&"wall".into(), &0.into()));
    let second = again(&start);
    assert_eq!((&second["added"], &second["replaced"]), (&0.into(), &first["added"]));
    assert_eq!(again(&[])["clock"], "wall", "a camera's time is the clock's");
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let sandbox = Sandbox::new();
    let mut child = watching(&sandbox, &[]);
    let mut input = child.stdin.take().unwrap();
    let stream = stream(40);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || input.write_all(&stream));
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    drop(output);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
    // Either the writer got a broken pipe too, or everything was read before.
    let _ = writer.join().unwrap();
}

#[test]
fn what_is_no_stream_is_refused() {
    let sandbox = Sandbox::new();
    let unknown = "standard input: not a YUV4MPEG2 stream";
    let format =
        "standard input: not a YUV4MPEG2 stream (`-f yuv4mpegpipe` of ffmpeg) of a known pixel format: \"410\"";
    for (bytes, message) in [
        (&b""[..], unknown),
        (b"hello\n", unknown),
        (b"YUV4MPEG2 W8 H8 F30:1 C410\nFRAME\n", format),
        (&[0xff; 100_000], unknown),
    ] {
        refusal(&watched(&sandbox, &[], bytes), message);
    }
    let whole = stream(2);
    refusal(&watched(&sandbox, &["--events"], &whole[..whole.len() - 1]), "standard input: the video is truncated");
    sandbox.refused(["watch", "missing.mp4"], "missing.mp4");
}

/// Watches the woman's clip with typed lines.
fn corrected(sandbox: &Sandbox, typed: impl AsRef<[u8]>) -> std::process::Output {
    let mut command = sandbox.command();
    command.args(["watch".as_ref(), fixture("clip").as_os_str(), "--correct".as_ref(), "--events".as_ref()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_ref()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn typed_corrections_are_learned_and_taken_back() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let output = corrected(&sandbox, "@2 fear\n@2.5 hungry\n@5.1 1 Surprise\n@5.2 undo\n@6 9 sad\n7\n");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = lines(&String::from_utf8(output.stdout).unwrap());
    let corrections = of_type(&printed, "correction");
    let of = |field: &str| corrections.iter().map(|line| line[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("action"), ["correct", "correct", "undo", "correct"]);
    assert_eq!(of("label"), [json!("fear"), json!("surprise"), json!("surprise"), Value::Null]);
    assert_eq!(of("user"), [json!("Wanda"), json!("Wanda"), json!("Wanda"), Value::Null]);
    assert_eq!(of("refusal"), [Value::Null, Value::Null, Value::Null, json!("no_track")]);
    let times: Vec<f64> = of("time_s").iter().map(|time| time.as_f64().unwrap()).collect();
    assert!(
        times.iter().zip([2.0, 5.1, 5.2, 6.0]).all(|(time, typed)| (0.0..0.2).contains(&(time - typed))),
        "{times:?}"
    );
    let relearned = of_type(&printed, "relearned");
    assert_eq!((relearned.len(), &relearned[0]["user"]), (1, &json!("Wanda")));
    assert_eq!((&relearned[0]["refusal"], &relearned[0]["pending"]), (&json!("too_few_clips"), &json!(true)));
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(warnings.contains("\"hungry\" is none of") && warnings.contains("not understood: \"7\""), "{warnings}");
}

#[test]
fn one_wrong_line_changes_no_other_answer_and_is_taken_back_later() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let answers = || sandbox.ok(["analyze", "--json", fixture("adapt/woman/test/happy").to_str().unwrap()]);
    let before = answers();
    let output = corrected(&sandbox, "@2 surprise\n");
    let printed = lines(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(of_type(&printed, "correction")[0]["taken"], false);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("surprise is improbable here"), "{said}");
    assert_eq!(answers(), before);
    let listed = sandbox.ok(["users", "list"]);
    assert!(listed.contains("generic head") && listed.contains("1 correction: 1 on top of that head"), "{listed}");
    // A session without corrections of its own takes back the user's newest.
    let output = corrected(&sandbox, "@2 undo\n@2.5 undo\n");
    let printed = lines(&String::from_utf8(output.stdout).unwrap());
    let undone = of_type(&printed, "correction");
    assert_eq!((&undone[0]["user"], &undone[0]["label"]), (&json!("Wanda"), &json!("surprise")));
    assert_eq!(undone[1]["refusal"], "nothing_to_undo");
    corrected(&sandbox, "@2 surprise\n");
    let undone = sandbox.ok(["users", "undo", "Wanda"]);
    assert_eq!(undone, "Wanda: took back that it was surprise; now generic head, no corrections\n");
    sandbox.refused(["users", "undo", "Wanda"], "there is no correction to take back");
}

#[test]
fn whoever_types_is_told_what_came_of_it() {
    let sandbox = Sandbox::new();
    let output = corrected(&sandbox, b"@2 sad\n@2 \xff\n@3 OK\n@1e6 sad\n".as_slice());
    assert!(output.status.success());
    let printed = lines(&String::from_utf8(output.stdout).unwrap());
    let corrections = of_type(&printed, "correction");
    let of = |field: &str| corrections.iter().map(|line| line[field].clone()).collect::<Vec<_>>();
    assert_eq!(
        (of("action"), of("refusal")),
        (vec![json!("correct"), json!("confirm")], vec![json!("unknown_face"); 2])
    );
    let said = String::from_utf8(output.stderr).unwrap();
    for words in ["mien enroll NAME", "is none of", "not carried out, the video is over: \"@1e6 sad\""] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Lines without a time wait until it is settled who this is.
    enroll_wanda(&sandbox);
    let output = corrected(&sandbox, "ok\n");
    let printed = lines(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(of_type(&printed, "correction")[0]["user"], "Wanda");
}

#[test]
fn corrections_cannot_be_typed_where_the_video_comes_from() {
    let sandbox = Sandbox::new();
    refusal(&watched(&sandbox, &["--correct"], &stream(1)), "corrections are typed on standard input");
}

/// Makes a film of 3.5 s from pictures (an input of ffmpeg) with a vowel of 1.6 s.
fn spoken_film(sandbox: &Sandbox, name: &str, pictures: &[&str]) -> String {
    let (sound, film) = (sandbox.path("vowel.wav"), sandbox.path(name));
    write_wav(&sound, &vowel(180.0, 1.3, 1.6));
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y"]).args(pictures).arg("-i").arg(&sound);
    ffmpeg.args(["-af", "apad", "-t", "3.5", "-r", "6", "-c:a", "pcm_s16le", "-c:v", "mpeg4", "-q:v", "2"]);
    assert!(ffmpeg.arg(&film).status().unwrap().success());
    film.to_str().unwrap().to_owned()
}

#[test]
fn the_sound_of_a_film_is_told_with_the_face_whose_voice_it_is() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let clip = fixture("clip/%04d.jpg");
    let speaking = spoken_film(&sandbox, "speaking.mkv", &["-framerate", "6", "-i", clip.to_str().unwrap()]);
    let still = fixture("clip/0030.jpg");
    let still = spoken_film(&sandbox, "still.mkv", &["-loop", "1", "-framerate", "6", "-i", still.to_str().unwrap()]);
    let empty = spoken_film(&sandbox, "empty.mkv", &["-f", "lavfi", "-i", "color=gray:s=320x240:r=6"]);
    let watched =
        |film: &str, more: &[&str]| lines(&sandbox.ok(["watch", film].into_iter().chain(more.iter().copied())));
    for (film, track, refusal) in [
        (&speaking, json!(1), json!(null)),
        (&still, json!(null), json!("mouth_still")),
        (&empty, json!(null), json!("no_face")),
    ] {
        let lines = watched(film, &["--events"]);
        let speech = of_type(&lines, "speech");
        assert_eq!(speech.len(), 1, "{film}: {lines:?}");
        assert_eq!((&speech[0]["track"], &speech[0]["refusal"]), (&track, &refusal), "{film}");
        let second = |name: &str| speech[0][name].as_f64().unwrap();
        assert!((0.3..0.7).contains(&second("start_s")) && (1.9..2.5).contains(&second("end_s")), "{}", speech[0]);
    }
    let live = watched(&speaking, &["--live"]);
    assert_eq!(of_type(&live, "speech").len(), 1);
    let face = &of_type(&live, "frame").last().unwrap()["faces"][0];
    assert_eq!(face["modalities"], json!(["face"]), "nobody taught a head for speech");
    assert!(of_type(&watched(&speaking, &["--no-speech"]), "speech").is_empty());
}

#[test]
fn what_a_user_said_is_recorded_or_why_it_was_not_used() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let (clip, still) = (fixture("clip/%04d.jpg"), fixture("adapt/woman/learn/happy/0316.jpg"));
    let speaking = spoken_film(&sandbox, "speaking.mkv", &["-framerate", "6", "-i", clip.to_str().unwrap()]);
    let still = spoken_film(&sandbox, "still.mkv", &["-loop", "1", "-framerate", "6", "-i", still.to_str().unwrap()]);
    let said = |film: &str, name: &str| {
        let lines = lines(&sandbox.ok(["watch", film, "--events", "--timeline"]));
        let recorded = of_type(&lines, "end")[0]["timeline"][0]["spoken"].clone();
        let asked = ["timeline", "Wanda", "--media", name, "--stream", "speech", "--bucket", "event", "--json"];
        let events = sandbox.json(asked)["events"].as_array().unwrap().clone();
        assert_eq!(recorded, events.len(), "{name}");
        events
    };
    let labels = |events: &[Value]| events.iter().map(|event| event["label"].as_str().unwrap().to_owned()).collect();
    let unused: Vec<String> = labels(&said(&still, "still.mkv"));
    assert!(!unused.is_empty() && unused.iter().all(|label| label == "unused: mouth still"), "{unused:?}");
    let unread: Vec<String> = labels(&said(&speaking, "speaking.mkv"));
    assert!(!unread.is_empty() && unread.iter().all(|label| label == "unused: no head"), "{unread:?}");

    let clips = films(&sandbox);
    sandbox.ok(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()]);
    let heard = said(&speaking, "speaking.mkv");
    let of_speech: u64 = heard.iter().map(|event| event["duration_ms"].as_u64().unwrap()).sum();
    assert!(heard.iter().all(|event| event["adapted"] == true) && (1300..2000).contains(&of_speech), "{heard:?}");
}
