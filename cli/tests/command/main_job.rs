//! The main job as used by scripts: the JSON output, and users that persist between runs.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use crate::support::{Sandbox, ended, fixture, has_ffmpeg, measuring_data, refusal};
use serde_json::Value;

pub fn wanda(kind: &str, label: &str, frame: &str) -> std::path::PathBuf {
    fixture(&format!("adapt/woman/{kind}/{label}/{frame}.jpg"))
}

pub fn enroll_wanda(sandbox: &Sandbox) {
    let pictures = [wanda("learn", "sad", "0018"), wanda("learn", "happy", "0300"), wanda("learn", "happy", "0332")];
    let mut arguments = vec!["enroll".into(), "Wanda".into()];
    arguments.extend(pictures.map(std::path::PathBuf::into_os_string));
    assert_eq!(sandbox.ok(arguments), "enrolled Wanda from 3 of 3 pictures\n");
}

#[test]
fn a_picture_is_analyzed_into_one_json_object() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let report = sandbox.json(["analyze".as_ref(), picture.as_os_str(), "--json".as_ref()]);
    let input = &report["inputs"][0];
    assert_eq!(input["kind"], "picture");
    assert_eq!(input["results"].as_array().unwrap().len(), 1);
    let face = &input["results"][0]["faces"][0];
    assert_eq!(face["emotion"]["label"], "happy");
    assert_eq!(face["user"], Value::Null);
    let sum: f64 = face["emotion"]["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-4);
    assert_eq!(face["landmarks"].as_array().unwrap().len(), 5);
    assert!(!sandbox.has_store(), "looking at a picture makes no store");
}

#[test]
fn a_user_is_enrolled_recognized_adapted_exported_and_deleted() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let probe = wanda("test", "fear", "0204");
    let analyze = |sandbox: &Sandbox| {
        let report = sandbox.json(["analyze".as_ref(), probe.as_os_str(), "--json".as_ref()]);
        report["inputs"][0]["results"][0]["faces"][0].clone()
    };
    let before = analyze(&sandbox);
    assert_eq!((before["user"].as_str(), before["emotion"]["adapted"].as_bool()), (Some("Wanda"), Some(false)));

    let clips = fixture("adapt/woman/learn");
    let learned =
        sandbox.json(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str(), "--json".as_ref()]);
    assert_eq!(learned["report"]["clips"].as_array().unwrap().len(), 3);
    assert_eq!(learned["report"]["refusal"], Value::Null);
    let after = analyze(&sandbox);
    assert_eq!((after["emotion"]["label"].as_str(), after["emotion"]["adapted"].as_bool()), (Some("fear"), Some(true)));

    // The profile works in another store as in this one.
    let file = sandbox.path("wanda.mien");
    sandbox.ok(["users".as_ref(), "export".as_ref(), "Wanda".as_ref(), file.as_os_str(), "--plain".as_ref()]);
    let other = Sandbox::new();
    other.ok(["users".as_ref(), "import".as_ref(), file.as_os_str()]);
    assert_eq!(analyze(&other), after);
    other.refused(["users".as_ref(), "import".as_ref(), file.as_os_str()], "exists already");

    let listed = sandbox.json(["users", "list", "--json"]);
    assert_eq!(listed["users"][0]["name"], "Wanda");
    assert!(listed["users"][0]["bytes"].as_u64().unwrap() < 100 * 1024, "{listed}");
    sandbox.ok(["users", "delete", "Wanda"]);
    assert_eq!(sandbox.ok(["users", "list"]), "no users\n");
    assert_eq!(analyze(&sandbox)["user"], Value::Null);
}

#[test]
fn strangers_stay_unknown() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    for name in ["a", "b", "c", "d", "e"] {
        let picture = fixture(&format!("stranger/{name}.jpg"));
        let said = sandbox.ok(["analyze".as_ref(), picture.as_os_str()]);
        assert!(said.contains("unknown person"), "{said}");
    }
}

#[test]
fn a_folder_of_frames_becomes_a_timeline() {
    let sandbox = Sandbox::new();
    let (clip, out) = (fixture("clip"), sandbox.path("drawn"));
    let arguments = [
        "analyze".as_ref(),
        clip.as_os_str(),
        "--every".as_ref(),
        "6".as_ref(),
        "--json".as_ref(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ];
    let report = sandbox.json(arguments);
    let input = &report["inputs"][0];
    assert_eq!(
        (input["kind"].as_str(), input["frames"].as_u64(), input["frames_with_face"].as_u64()),
        (Some("folder"), Some(20), Some(20))
    );
    let last = &input["results"][19];
    assert_eq!(last["index"], 114);
    assert!((last["time_s"].as_f64().unwrap() - 114.0 / 5.994).abs() < 0.01, "{}", last["time_s"]);
    assert_eq!(last["faces"][0]["emotion"]["label"], "happy");
    let sheet = image::open(out.join("clip-sheet.png")).unwrap();
    assert!(sheet.width() > 1000 && sheet.height() > 300);
    assert_eq!(image::open(out.join("clip-timeline.png")).unwrap().width(), 1120);
    let svg = fs::read_to_string(out.join("clip-timeline.svg")).unwrap();
    assert!(svg.contains("happy") && svg.contains("</svg>"));
}

#[test]
fn a_picture_is_drawn_upon() {
    let sandbox = Sandbox::new();
    let (picture, out) = (fixture("pictures/biden.jpg"), sandbox.path("drawn"));
    sandbox.ok(["analyze".as_ref(), picture.as_os_str(), "--annotate".as_ref(), out.as_os_str()]);
    let before = image::open(&picture).unwrap().into_rgb8();
    let after = image::open(out.join("biden.png")).unwrap().into_rgb8();
    assert!(after.width() > before.width(), "a panel stands beside the picture");
    let changed = before.enumerate_pixels().filter(|(x, y, pixel)| after.get_pixel(*x, *y) != *pixel).count();
    assert!(changed > 500, "boxes and landmarks change pixels: {changed}");
}

#[test]
fn faces_become_lines_of_csv() {
    let sandbox = Sandbox::new();
    let (picture, file) = (fixture("pictures/multi_face.jpg"), sandbox.path("faces.csv"));
    sandbox.ok(["analyze".as_ref(), picture.as_os_str(), "--csv".as_ref(), file.as_os_str()]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("path,frame,time_s,x,y,width,height,score,user,emotion,adapted,p_neutral,p_happy"));
    assert_eq!(text.lines().count(), 6, "five faces and the header");
}

#[test]
fn a_video_is_analyzed_through_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let video = fixture("video/single_face.mp4");
    let report =
        sandbox.json(["analyze".as_ref(), video.as_os_str(), "--every".as_ref(), "8".as_ref(), "--json".as_ref()]);
    let input = &report["inputs"][0];
    assert_eq!((input["kind"].as_str(), input["fps"].as_f64()), (Some("video"), Some(30.0)));
    assert_eq!(input["frames"], input["frames_with_face"]);
    let emotion = |index: usize| input["results"][index]["faces"][0]["emotion"]["label"].as_str().unwrap().to_owned();
    assert_eq!((emotion(0), emotion(5)), ("neutral".to_owned(), "happy".to_owned()));
    let nobody = fixture("video/no_face.mp4");
    let report = sandbox.json(["analyze".as_ref(), nobody.as_os_str(), "--json".as_ref()]);
    assert_eq!(report["inputs"][0]["frames_with_face"], 0);
    assert!(report["inputs"][0]["frames"].as_u64().unwrap() > 90);
}

#[test]
fn without_ffmpeg_a_video_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let video = fixture("video/single_face.mp4");
    let output = sandbox.command().env("PATH", "").arg("analyze").arg(video).output().unwrap();
    refusal(&output, "videos need ffmpeg, which is not installed");
}

/// Returns the output of `mien eval KIND` for the set in `data`.
pub fn evaluate(sandbox: &Sandbox, kind: &str, data: &Path, more: &[&str]) -> Value {
    let arguments = ["eval".as_ref(), kind.as_ref(), "--data".as_ref(), data.as_os_str(), "--json".as_ref()];
    sandbox.json(arguments.into_iter().chain(more.iter().map(OsStr::new)))
}

/// A small set of real pictures of five people, two of them with two sessions.
pub fn small_set(sandbox: &Sandbox) -> std::path::PathBuf {
    let folder = sandbox.path("set");
    fs::create_dir_all(&folder).unwrap();
    let mut index = "path,subject,emotion,session\n".to_owned();
    let mut add = |from: std::path::PathBuf, subject: &str, emotion: &str, session: &str| {
        let name = format!("{subject}-{emotion}-{session}-{}", from.file_name().unwrap().to_string_lossy());
        fs::copy(from, folder.join(&name)).unwrap();
        index += &format!("{name},{subject},{emotion},{session}\n");
    };
    for (label, learn, test) in [("sad", "0018", "0050"), ("happy", "0300", "0370"), ("fear", "0160", "0204")] {
        add(wanda("learn", label, learn), "w", label, "A");
        add(wanda("test", label, test), "w", label, "B");
    }
    for (label, session, frame) in [
        ("happy", "learn", "0022"),
        ("neutral", "learn", "0000"),
        ("happy", "test", "0060"),
        ("neutral", "test_near", "0011"),
    ] {
        add(fixture(&format!("adapt/man/{session}/{label}/{frame}.jpg")), "m", label, session);
    }
    add(fixture("pictures/obama.jpg"), "o", "happy", "1");
    add(fixture("pictures/obama2.jpg"), "o", "surprised", "1");
    add(fixture("pictures/biden.jpg"), "b", "Neutral", "1");
    add(fixture("stranger/a.jpg"), "s", "happiness", "1");
    add(fixture("stranger/b.jpg"), "s2", "contempt", "1");
    fs::write(folder.join("index.csv"), index).unwrap();
    folder
}

#[test]
fn the_evaluations_keep_their_contract() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    let report = evaluate(&sandbox, "adaptation", &data, &["--head", "logistic"]);
    for key in [
        "dataset",
        "head",
        "features",
        "users",
        "clips",
        "zero_shot",
        "generic",
        "adapted",
        "worst_user",
        "harmed_users",
        "ece",
        "seconds",
    ] {
        assert!(!report[key].is_null(), "{key} is missing: {report}");
    }
    assert_eq!(
        (report["users"].as_u64(), report["clips"].as_u64(), report["adapted_clips"].as_u64()),
        (Some(5), Some(14), Some(10))
    );
    assert_eq!(report["other_labels"]["contempt"], 1);
    for key in ["features", "train", "adapt_per_user"] {
        assert!(report["seconds"][key].as_f64().unwrap() > 0.0);
    }

    let report = evaluate(&sandbox, "identity", &data, &[]);
    for key in [
        "dataset",
        "people",
        "pictures",
        "no_face",
        "auc",
        "eer",
        "tar_at_far_1e-2",
        "tar_at_far_1e-3",
        "threshold",
        "wrong_user_rate",
        "unknown_accepted_rate",
    ] {
        assert!(!report[key].is_null(), "{key} is missing: {report}");
    }
    assert_eq!((report["people"].as_u64(), report["no_face"].as_u64()), (Some(6), Some(0)));
}

#[test]
fn figures_on_the_measuring_sets_hold() {
    let sandbox = Sandbox::new();
    for (name, head, generic, adapted) in [
        ("kdef", "logistic", 0.86, 0.955),
        ("kdef", "single-attention", 0.86, 0.955),
        ("kdef", "relation-attention", 0.86, 0.955),
        ("kdef", "self-attention", 0.86, 0.955),
        ("jaffe", "logistic", 0.70, 0.955),
    ] {
        let Some(data) = measuring_data(name) else { return };
        let report = evaluate(&sandbox, "adaptation", &data, &["--head", head]);
        let accuracy = |key: &str| report[key]["accuracy"].as_f64().unwrap();
        let ece = report["ece"].as_f64().unwrap();
        eprintln!(
            "{name}, {head}: zero-shot {:.3}, generic {:.3}, adapted {:.3}, ECE {ece:.3}",
            accuracy("zero_shot"),
            accuracy("generic"),
            accuracy("adapted")
        );
        assert!(accuracy("generic") >= generic && accuracy("adapted") >= adapted, "{name} {head}");
        assert!(ece <= 0.05 || name != "kdef", "{head}");
        let end_to_end = |key: &str| report["end_to_end"][key].as_f64().unwrap();
        let (identified, oracle) = (end_to_end("identified_accuracy"), end_to_end("oracle_accuracy"));
        let strangers = end_to_end("strangers_generic_rate");
        eprintln!("{name}, {head}, end to end: {identified:.3} of {oracle:.3}, strangers generic {strangers:.4}");
        assert!(name != "kdef" || (identified >= oracle - 0.005 && strangers >= 0.99), "{head}");
    }
    let Some(data) = measuring_data("lfw") else { return };
    let report = evaluate(&sandbox, "identity", &data, &[]);
    let figure = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap();
    eprintln!("lfw, pairs: EER {:.4}, TAR at FAR 1 % {:.3}", figure("/eer"), figure("/tar_at_far_1e-2"));
    assert!(figure("/eer") <= 0.045 && figure("/tar_at_far_1e-2") >= 0.88);
    let template = |key: &str| figure(&format!("/templates/calibrated/mean/{key}"));
    eprintln!("lfw, templates: EER {:.4}, TAR at FAR 1 % {:.3}", template("eer"), template("tar_at_far_1e-2"));
    assert!(template("eer") <= 0.035 && template("tar_at_far_1e-2") >= 0.93);
    for open_set in ["open_set", "default_open_set"] {
        let rate = |key: &str| figure(&format!("/{open_set}/{key}"));
        let (unknown, wrong) = (rate("unknown_accepted_rate"), rate("wrong_user_rate"));
        eprintln!(
            "lfw, {open_set}: unknown accepted {unknown:.4}, wrong {wrong:.4}, missed {:.3}",
            rate("missed_user_rate")
        );
        assert!(unknown <= 0.01 && wrong <= 0.001, "{open_set}");
    }
}

#[test]
fn a_head_of_every_kind_is_trained_used_and_adapted() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    enroll_wanda(&sandbox);
    let clips = fixture("adapt/woman/learn");
    let probe = wanda("test", "fear", "0204");
    for kind in ["logistic", "single-attention", "relation-attention", "self-attention"] {
        let file = sandbox.path(kind);
        let trained = sandbox.json([
            "train".as_ref(),
            "--force".as_ref(),
            "--data".as_ref(),
            data.as_os_str(),
            "--head".as_ref(),
            kind.as_ref(),
            "--out".as_ref(),
            file.as_os_str(),
            "--json".as_ref(),
        ]);
        assert_eq!((trained["clips"].as_u64(), trained["accuracy_learned"].as_f64()), (Some(14), Some(1.0)), "{kind}");
        assert_eq!(trained["bytes"].as_u64().unwrap(), fs::metadata(&file).unwrap().len());
        assert_eq!(trained["class_statistics"].as_bool(), Some(true), "{kind}");
        let shown = sandbox.json(["heads".as_ref(), "show".as_ref(), file.as_os_str(), "--json".as_ref()]);
        assert_eq!((shown["head"].as_str(), shown["class_statistics"].as_bool()), (Some(kind), Some(true)));
        let with_generic = |arguments: &[&OsStr]| {
            let generic = ["--generic".as_ref(), file.as_os_str()];
            sandbox.ok(arguments.iter().chain(&generic).copied())
        };
        with_generic(&[
            "adapt".as_ref(),
            "Wanda".as_ref(),
            "--head".as_ref(),
            kind.as_ref(),
            "--clips".as_ref(),
            clips.as_os_str(),
            // The generic head has learned some of these clips, and the user already has a head.
            "--no-gate".as_ref(),
        ]);
        let said = with_generic(&["analyze".as_ref(), probe.as_os_str()]);
        assert!(said.contains("Wanda, fear") && said.contains("(own head)"), "{kind}: {said}");
    }
    // Three generations of the largest heads.
    let users = sandbox.json(["users", "list", "--json"]);
    assert!(users["users"][0]["bytes"].as_u64().unwrap() <= 1 << 20, "{users}");
    let file = sandbox.path("logistic");
    let other_kind = [
        "adapt".as_ref(),
        "Wanda".as_ref(),
        "--head".as_ref(),
        "self-attention".as_ref(),
        "--clips".as_ref(),
        clips.as_os_str(),
    ];
    let generic = ["--generic".as_ref(), file.as_os_str()];
    sandbox
        .refused(other_kind.iter().chain(&generic).copied(), "the generic head is one of logistic, not self-attention");
}

#[test]
fn a_generic_head_carries_what_neutral_and_unlabeled_clips_need() {
    let sandbox = Sandbox::new();
    let (data, file) = (small_set(&sandbox), sandbox.path("generic"));
    let train =
        ["train".as_ref(), "--force".as_ref(), "--data".as_ref(), data.as_os_str(), "--out".as_ref(), file.as_os_str()];
    let validated = ["--validation", "0.4", "--patience", "20", "--seed", "2", "--json"].map(OsStr::new);
    let trained = sandbox.json(train.iter().chain(&validated).copied());
    let (held_out, epoch) = (&trained["validation"]["clips"], trained["validation"]["epoch"].as_u64().unwrap());
    assert!(held_out.as_u64() > Some(0) && (1..=300).contains(&epoch), "{trained}");
    let nobody = ["--validation", "0.01"].map(OsStr::new);
    sandbox.refused(train.iter().chain(&nobody).copied(), "leaves nobody to validate on");

    enroll_wanda(&sandbox);
    let neutral = sandbox.path("neutral-only");
    fs::create_dir_all(neutral.join("neutral")).unwrap();
    fs::copy(wanda("learn", "sad", "0018"), neutral.join("neutral/a.jpg")).unwrap();
    let adapt = |clips: &Path| {
        ["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()].map(OsStr::to_owned).to_vec()
    };
    let generic = ["--generic".into(), file.clone().into_os_string()];
    ended(&sandbox.run(adapt(&neutral)), 4, "a baseline needs a generic head with class statistics");
    // The picture is a sad one.
    let doubtful = sandbox.run(adapt(&neutral).into_iter().chain(generic.clone()));
    ended(&doubtful, 4, "without the clips that look like other emotions no clip is left");
    let meant = ["--confirm-label".into(), "neutral/a".into()];
    let said = sandbox.ok(adapt(&neutral).into_iter().chain(generic.clone()).chain(meant));
    assert!(said.starts_with("Wanda has a baseline, from clips of neutral (1)"), "{said}");
    let unlabeled = ["adapt", "Max", "--unlabeled"].map(OsString::from).to_vec();
    let folder = fixture("adapt/man/learn/neutral").into_os_string();
    let enrolled = fixture("adapt/man/learn/neutral/0000.jpg");
    sandbox.ok(["enroll".as_ref(), "Max".as_ref(), enrolled.as_os_str()]);
    let said = sandbox.ok(unlabeled.into_iter().chain([folder]).chain(generic.clone()));
    assert!(said.starts_with("Max has a baseline, from ") && said.contains("unlabeled clips"), "{said}");

    let learn = adapt(&fixture("adapt/woman/learn"));
    let more = ["--unlabeled".into(), fixture("adapt/woman/test/happy").into_os_string(), "--pseudo-labels".into()];
    let rest = ["--no-gate".into(), "--json".into()];
    let all = learn.into_iter().chain(generic).chain(more).chain(rest);
    let report = &sandbox.json(all)["report"];
    assert!(report["pseudo_labeled"].as_u64() > Some(0), "{report}");
    assert_eq!((report["rehearsed"].as_bool(), report["reason"].as_str()), (Some(true), Some("the gate is off")));
}

#[test]
fn an_applications_own_labels_are_learned() {
    let sandbox = Sandbox::new();
    let (folder, file) = (sandbox.path("own"), sandbox.path("own.head"));
    fs::create_dir(&folder).unwrap();
    let mut index = "path,subject,emotion\n".to_owned();
    for (label, from, frames) in
        [("engaged", "happy", ["0300", "0316", "0340"]), ("away", "sad", ["0018", "0020", "0026"])]
    {
        for frame in frames {
            fs::copy(wanda("learn", from, frame), folder.join(format!("{frame}.jpg"))).unwrap();
            index += &format!("{frame}.jpg,w,{label}\n");
        }
    }
    fs::write(folder.join("index.csv"), index).unwrap();
    let train = [
        "train".as_ref(),
        "--force".as_ref(),
        "--data".as_ref(),
        folder.as_os_str(),
        "--out".as_ref(),
        file.as_os_str(),
    ];
    sandbox.refused(train, "no clip has a face and an emotion that the head knows");
    let labels = ["--labels".as_ref(), "engaged,away".as_ref()];
    sandbox.ok(train.iter().chain(&labels).copied());
    let probe = wanda("test", "happy", "0384");
    let said = sandbox.ok(["analyze".as_ref(), probe.as_os_str(), "--generic".as_ref(), file.as_os_str()]);
    assert!(said.contains("engaged"), "{said}");
    fs::write(&file, "no head").unwrap();
    sandbox
        .refused(["analyze".as_ref(), probe.as_os_str(), "--generic".as_ref(), file.as_os_str()], "not a head of Mien");
}

#[test]
fn a_partly_known_list_of_classes_is_learned() {
    let sandbox = Sandbox::new();
    let (data, file) = (small_set(&sandbox), sandbox.path("partly.head"));
    for kind in ["logistic", "single-attention", "relation-attention", "self-attention"] {
        let report = sandbox.json([
            "train".as_ref(),
            "--force".as_ref(),
            "--data".as_ref(),
            data.as_os_str(),
            "--labels".as_ref(),
            "happy,sad,contempt,neutral".as_ref(),
            "--head".as_ref(),
            kind.as_ref(),
            "--out".as_ref(),
            file.as_os_str(),
            "--json".as_ref(),
        ]);
        assert_eq!((report["clips"].as_u64(), report["accuracy_learned"].as_f64()), (Some(12), Some(1.0)), "{report}");
        assert_eq!(report["other_labels"], serde_json::json!({ "fear": 2, "surprise": 1 }));
    }
}

#[test]
fn the_demo_runs_in_any_folder_and_writes_what_it_names() {
    let sandbox = Sandbox::new();
    let out = sandbox.path("demo-out");
    let output = sandbox.command().arg("demo").current_dir(sandbox.folder.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("enrolled Barack") && said.contains("does not show how accurate"), "{said}");
    let shown = fs::canonicalize(&out).unwrap();
    assert!(said.trim_end().ends_with(shown.to_str().unwrap()));
    let pictures: Vec<&Path> =
        said.lines().filter_map(|line| Some(Path::new(line.trim().split_once("  (")?.0))).collect();
    assert_eq!(pictures.len(), 4, "{said}");
    assert!(pictures.iter().all(|path| path.starts_with(&shown) && image::open(path).is_ok()), "{pictures:?}");
    let figures: Value = serde_json::from_slice(&fs::read(out.join("demo.json")).unwrap()).unwrap();
    assert_eq!((figures["recognized"]["right"].as_u64(), figures["recognized"]["wrong"].as_u64()), (Some(9), Some(0)));
    let accuracy = &figures["accuracy"];
    assert!(accuracy["after"].as_f64() > accuracy["before"].as_f64(), "{accuracy}");
    // The recommended commands exist: they fail because of missing files, not as usage errors.
    let commands: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("   mien ")).collect();
    assert_eq!(commands.len(), 3, "{said}");
    for command in commands {
        let arguments = command.split('#').next().unwrap().split_whitespace();
        let output = sandbox.command().args(arguments).current_dir(sandbox.folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // It replaces only its own folder; other pictures can be given.
    let material = fixture("");
    let arguments = ["demo".as_ref(), "--material".as_ref(), material.as_os_str(), "--out".as_ref(), out.as_os_str()];
    sandbox.ok(arguments);
    fs::remove_file(out.join("made-by-mien-demo.txt")).unwrap();
    sandbox.refused(arguments, "is not an earlier demo's");
    let empty = sandbox.path("empty");
    fs::create_dir(&empty).unwrap();
    sandbox.refused(["demo".as_ref(), "--material".as_ref(), empty.as_os_str()], "leave --material out");
}

#[test]
fn bench_has_a_picture_of_its_own() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--rounds", "1", "--json"];
    let output = sandbox.command().args(arguments).current_dir(sandbox.folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["faces"], 1);
}

#[test]
fn bench_prints_every_stage() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let report = sandbox.json([
        "bench".as_ref(),
        "--rounds".as_ref(),
        "1".as_ref(),
        "--picture".as_ref(),
        picture.as_os_str(),
        "--json".as_ref(),
    ]);
    let stages: Vec<_> =
        report["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert!(stages.contains(&"detection") && stages.contains(&"whole frame"), "{stages:?}");
    assert!(report["cold_start_ms"]["median"].as_f64().unwrap() > 0.0);
}

#[test]
fn bench_networks_measures_both_executors() {
    let report = Sandbox::new().json("bench networks --rounds 1 --size 64 --json".split(' '));
    let networks = report["networks"].as_array().unwrap();
    let kinds: Vec<_> = networks.iter().map(|network| (&network["role"], &network["precision"])).collect();
    let f32_of = |role: &str| (role.into(), "f32".into());
    let expected: [(Value, Value); 4] =
        [f32_of("detector"), ("identity".into(), "int8".into()), f32_of("identity"), f32_of("expression")];
    assert!(kinds.into_iter().eq(expected.iter().map(|(role, precision)| (role, precision))), "{networks:?}");
    for network in networks {
        let executors: Vec<&str> =
            network["executors"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let ours = executors[0];
        assert_eq!(ours.starts_with("fused steps in int8"), network["precision"] == "int8", "{ours}");
        assert!(ours.starts_with("fused steps"), "{ours}");
        assert_eq!(executors[1..], ["tract"][usize::from(!cfg!(feature = "tract"))..]);
        assert!(network["cpu_ms_median"].as_array().unwrap().iter().all(|ms| ms.as_f64().unwrap() > 0.0), "{network}");
        assert!(network["multiply_adds"].as_u64().unwrap() > 1_000_000, "{network}");
    }
}

#[test]
fn bench_networks_measures_every_step() {
    let report = Sandbox::new().json("bench networks --layers --rounds 1 --size 64 --json".split(' '));
    assert!(report["peak_gmac_s"].as_f64().unwrap() > 0.0, "{report}");
    let networks = report["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 4);
    for network in networks {
        let steps = network["steps"].as_array().unwrap();
        let sum: u64 = steps.iter().map(|step| step["multiply_adds"].as_u64().unwrap()).sum();
        assert_eq!(network["multiply_adds"], sum, "{network}");
        assert!(steps.iter().all(|step| step["cpu_ms"].as_f64().unwrap() > 0.0), "{network}");
    }
    let identity = networks.iter().find(|network| network["precision"] == "int8").unwrap();
    let names: Vec<_> =
        identity["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["picture into bytes, 64 x 64", "3x3/2 3 > 32, 32 x 32"]);
    assert!(names.contains(&"depthwise 3x3 512 + 1x1 512 > 512, 4 x 4"), "{names:?}");
}

#[test]
fn bench_frame_follows_a_face_and_refuses_what_is_no_frame() {
    let sandbox = Sandbox::new();
    let (width, height) = (320, 240);
    let picture = image::open(fixture("pictures/obama.jpg")).unwrap();
    let mut frame = picture.resize_to_fill(width, height, image::imageops::FilterType::Triangle).to_luma8().into_raw();
    frame.resize(frame.len() * 3 / 2, 128);
    let frames = sandbox.path("frames.nv21");
    fs::write(&frames, frame.repeat(3)).unwrap();
    let command = |size: [&'static str; 2]| {
        let options = ["--width", size[0], "--height", size[1], "--rounds", "2", "--json"];
        ["bench", "frame"].map(OsString::from).into_iter().chain([frames.clone().into()]).chain(options.map(Into::into))
    };
    let report = sandbox.json(command(["320", "240"]));
    assert_eq!((&report["detector_every"], &report["frames_a_round"]), (&5.into(), &20.into()), "{report}");
    assert!(report["cpu_ms"].as_array().unwrap().iter().all(|ms| ms.as_f64().unwrap() > 0.0), "{report}");
    sandbox.refused(command(["640", "480"]), "not a whole number of NV21 frames of 640 x 480 pixels");
}

#[test]
fn bench_power_measures_every_budget_on_clips_and_labeled_sequences() {
    let sandbox = Sandbox::new();
    let data = sandbox.path("data");
    fs::create_dir_all(data.join("woman")).unwrap();
    for name in ["0114.jpg", "0115.jpg", "0116.jpg", "0117.jpg"] {
        fs::copy(fixture("clip").join(name), data.join("woman").join(name)).unwrap();
    }
    fs::write(data.join("index.csv"), "path,subject,emotion\nwoman,woman,happy\n").unwrap();
    let report = sandbox.json([
        "bench".as_ref(),
        "power".as_ref(),
        data.join("woman").as_os_str(),
        "--data".as_ref(),
        data.as_os_str(),
        "--rounds".as_ref(),
        "1".as_ref(),
        "--json".as_ref(),
    ]);
    let [clip, sequence] = &report["sets"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!((&clip["data"], &sequence["data"]), (&"given clips".into(), &"data".into()));
    let budgets = sequence["budgets"].as_array().unwrap();
    let names: Vec<_> = budgets.iter().map(|row| row["budget"].as_str().unwrap()).collect();
    assert_eq!(names, ["full", "balanced", "saver", "critical"]);
    assert!(budgets.iter().all(|row| row["accuracy_at_end"] == 1.0), "she is happy: {budgets:?}");
    assert_eq!((&budgets[0]["share"], &budgets[0]["agreement"]), (&1.0.into(), &1.0.into()));
    for pair in budgets.windows(2) {
        assert!(pair[1]["analyses_per_s"].as_f64() < pair[0]["analyses_per_s"].as_f64(), "{pair:?}");
    }
    assert!(clip["budgets"][0]["accuracy"].is_null(), "nobody said what the clip shows: {clip}");
    let table = sandbox.ok(["bench", "power", data.join("woman").to_str().unwrap(), "--rounds", "1"]);
    assert!(table.starts_with("given clips: 1 stream, ") && table.contains("median of 1 round "), "{table}");
}

#[test]
fn bench_training_measures_every_head() {
    let sandbox = Sandbox::new();
    let small = "bench training --clips 9 --frames 5 --features 16 --classes 3 --epochs 40 --batch 3 --rounds 2";
    for head in ["logistic", "single-attention", "relation-attention", "self-attention"] {
        let report = sandbox.json(small.split(' ').chain(["--json", "--head", head]));
        assert_eq!((report["head"].as_str(), report["epochs"].as_u64()), (Some(head), Some(40)));
        assert!(report["parameters"].as_u64().unwrap() > 16 * 3, "{report}");
        let times = report["cpu_ms"].as_array().unwrap();
        assert!(times.len() == 2 && times.iter().all(|time| time.as_f64().unwrap() > 0.0), "{report}");
        assert!(report["loss_last"].as_f64() < report["loss_first"].as_f64(), "{report}");
    }
    let table = sandbox.ok(small.split(' '));
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.starts_with("9 clips of 5 frames of 16 values") && table.contains("logistic"), "{table}");
    assert!(!sandbox.has_store(), "measuring makes no store");
    sandbox.refused(["bench", "training", "--epochs", "0"], "epochs is 0; it must be 1 to 100000");
}

#[test]
fn bench_speech_measures_every_format_and_lists_the_speech_of_a_file() {
    let sandbox = Sandbox::new();
    let report = sandbox.json("bench speech --seconds 2 --rounds 2 --json".split(' '));
    let formats = report["formats"].as_array().unwrap();
    assert_eq!(formats.len(), 4);
    for format in formats {
        assert!(format["frames"].as_u64().unwrap() > 190, "{format}");
        assert!(format["cpu_ms_per_second"]["median"].as_f64().unwrap() > 0.0, "{format}");
    }
    let adapting = &report["adapting"];
    assert!(
        adapting["cpu_ms"]["median"].as_f64() > Some(0.0) && adapting["bytes"].as_u64() < Some(100_000),
        "{adapting}"
    );
    let describing = &report["describing"];
    assert!(describing["cpu_ms"]["median"].as_f64() > Some(0.0) && describing["values"] == 368, "{describing}");
    let table = sandbox.ok("bench speech --seconds 1 --rounds 1".split(' '));
    assert!(table.contains("48000 Hz, stereo") && table.contains("of real time"), "{table}");
    if !has_ffmpeg() {
        return;
    }
    let voice = sandbox.path("voice.wav");
    let source = "aevalsrc=exprs=between(t\\,1\\,2)*(0.2*sin(2*PI*200*t)+0.1*sin(2*PI*400*t)):d=3:s=44100";
    let mut ffmpeg = std::process::Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", source]).arg(&voice);
    assert!(ffmpeg.status().unwrap().success());
    let report = sandbox.json(["bench".as_ref(), "speech".as_ref(), voice.as_os_str(), "--json".as_ref()]);
    assert_eq!((report["frames"].as_u64(), report["segments"].as_array().unwrap().len()), (Some(298), 1));
    assert_eq!(report["segments"][0]["pitch_hz"], 200);
    let text = sandbox.ok(["bench".as_ref(), "speech".as_ref(), voice.as_os_str()]);
    assert!(text.contains("298 frames in ") && text.contains("pitch 200 Hz"), "{text}");
    let picture = fixture("pictures/obama.jpg");
    sandbox.refused(["bench".as_ref(), "speech".as_ref(), picture.as_os_str()], "obama.jpg: the file has no sound");
}
