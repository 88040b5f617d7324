//! Bad input: one clear line, exit code 1 (2 for usage), no panic, nothing half-written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::schemas;
use crate::support::{Sandbox, ended, fixture, has_ffmpeg, make_fifo, refusal};

/// A PNG file whose header states a size that its data does not have.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &png_chunk(b"IHDR", &header), &png_chunk(b"IDAT", &[0x78, 0x9c])].concat()
}

/// A PNG chunk: length, name, content, and CRC-32 of name and content.
fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [name.as_slice(), content].concat();
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&(content.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
}

#[test]
fn pictures_that_cannot_be_read_are_named() {
    let sandbox = Sandbox::new();
    let jpeg = fs::read(fixture("pictures/obama.jpg")).unwrap();
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("empty.jpg", Vec::new(), "the file is empty"),
        ("cut.jpg", jpeg[..jpeg.len() / 2].to_vec(), "truncated"),
        ("zero.png", png_of(0, 0), "zero.png"),
        ("huge.png", png_of(20_000, 20_000), "20000x20000 pixels; sides must be 1 to 16384"),
        ("cut.png", png_of(64, 64), "cut.png"),
        ("marked.jpg", [&jpeg[..jpeg.len() / 2], &[0xff, 0xd9]].concat(), "truncated"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "SVG drawings are not read"),
    ];
    for (name, bytes, message) in files {
        let path = sandbox.path(name);
        fs::write(&path, bytes).unwrap();
        sandbox.refused(["analyze".as_ref(), path.as_os_str()], message);
        sandbox.refused(["analyze".as_ref(), path.as_os_str()], name);
    }
    // Without its end marker the picture is whole.
    let path = sandbox.path("bare.jpg");
    fs::write(&path, &jpeg[..jpeg.len() - 2]).unwrap();
    assert!(sandbox.ok(["analyze".as_ref(), path.as_os_str()]).contains("face at"));
    sandbox.refused(["analyze", "nowhere.jpg"], "nowhere.jpg: No such file");
    let folder = sandbox.path("folder");
    fs::create_dir(&folder).unwrap();
    sandbox.refused(["analyze".as_ref(), folder.as_os_str()], "the folder has no pictures");
}

#[test]
fn a_text_file_is_neither_picture_nor_video() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let path = sandbox.path("notes.txt");
    fs::write(&path, "not a picture\n").unwrap();
    sandbox.refused(["analyze".as_ref(), path.as_os_str()], "notes.txt: neither a picture nor a video");
}

#[test]
fn a_picture_without_a_face_is_a_result_and_exit_code_1() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("one.png");
    image::RgbImage::new(1, 1).save(&path).unwrap();
    let output = sandbox.run(["analyze".as_ref(), path.as_os_str(), "--json".as_ref()]);
    refusal(&output, "no face in");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["inputs"][0]["frames_with_face"], 0);
    sandbox.refused(["enroll".as_ref(), "Nobody".as_ref(), path.as_os_str()], "no usable picture");
    assert_eq!(sandbox.ok(["users", "list"]), "no users\n");
}

#[test]
fn user_names_are_checked() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let enroll = |name: &str| sandbox.run(["enroll".as_ref(), name.as_ref(), picture.as_os_str()]);
    ended(&enroll(""), 2, "name is empty");
    ended(&enroll("a/b"), 2, "path separator");
    ended(&enroll(".."), 2, "path");
    assert!(enroll("Barack").status.success());
    refusal(&enroll("Barack"), "exists already");
    sandbox.refused(["users", "delete", "Nobody"], "no user is called \"Nobody\"");
    sandbox.refused(["adapt", "Nobody", "--clips", "."], "no user is called \"Nobody\"");
}

#[test]
fn a_group_picture_and_another_users_face_do_not_enroll() {
    let sandbox = Sandbox::new();
    let group = fixture("pictures/multi_face.jpg");
    sandbox.refused(["enroll".as_ref(), "Group".as_ref(), group.as_os_str()], "5 faces");
    let picture = fixture("pictures/obama.jpg");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    let twin = sandbox.run(["enroll".as_ref(), "Twin".as_ref(), picture.as_os_str()]);
    ended(&twin, 4, "looks like the user \"Barack\"");
}

#[test]
fn an_index_with_gaps_is_refused() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("set");
    fs::create_dir(&folder).unwrap();
    let evaluate = |index: Option<&str>| {
        if let Some(index) = index {
            fs::write(folder.join("index.csv"), index).unwrap();
        }
        sandbox.run(["eval".as_ref(), "adaptation".as_ref(), "--data".as_ref(), folder.as_os_str(), "--json".as_ref()])
    };
    refusal(&evaluate(None), "index.csv");
    refusal(&evaluate(Some("path,subject\n")), "no column \"emotion\"");
    refusal(&evaluate(Some("path,subject,emotion\ngone.jpg,s,happy\n")), "gone.jpg does not exist");
}

#[test]
fn clips_that_cannot_teach_are_refused() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    let clips = sandbox.path("clips");
    let arguments = ["adapt".as_ref(), "Barack".as_ref(), "--json".as_ref(), "--clips".as_ref(), clips.as_os_str()];
    let adapt = |code: i32, message: &str| {
        let output = sandbox.run(arguments);
        ended(&output, code, message);
        output.stdout
    };
    adapt(1, "No such file");
    fs::create_dir_all(clips.join("happy")).unwrap();
    adapt(1, "no clips");
    fs::copy(&picture, clips.join("happy/a.jpg")).unwrap();
    let report = adapt(4, "all clips show \"happy\"; at least two emotions are needed");
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    schemas::check(&arguments.map(std::ffi::OsStr::to_owned), &report);
    assert_eq!(report["report"]["refusal"], "too_few_clips");
    // What it says for one emotion does not lead to neutral clips, which do not help either.
    fs::rename(clips.join("happy"), clips.join("neutral")).unwrap();
    assert!(!adapt(4, "all clips are neutral: a baseline needs a generic head").is_empty());
    fs::rename(clips.join("neutral"), clips.join("happy")).unwrap();
    fs::create_dir_all(clips.join("hungry")).unwrap();
    fs::copy(&picture, clips.join("hungry/a.jpg")).unwrap();
    assert!(adapt(2, "the emotion \"hungry\" is none of neutral, happy").is_empty());
    fs::rename(sandbox.path("clips/hungry"), sandbox.path("clips/hapy")).unwrap();
    adapt(2, "; did you mean \"happy\"?");
}

#[test]
fn options_out_of_range_are_usage_or_named() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    assert_eq!(sandbox.run(["analyze"]).status.code(), Some(2));
    assert_eq!(sandbox.run(["frobnicate"]).status.code(), Some(2));
    let every = ["analyze".as_ref(), picture.as_os_str(), "--every".as_ref(), "0".as_ref()];
    assert_eq!(sandbox.run(every).status.code(), Some(2));
    for (option, value, message) in [
        ("--detector-size", "333", "a multiple of 32 from 96"),
        ("--score", "7", "from 0 to 1"),
        ("--score", "NaN", "0 to 1"),
    ] {
        let output = sandbox.run(["analyze".as_ref(), picture.as_os_str(), option.as_ref(), value.as_ref()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(message));
    }
    sandbox.refused(
        ["analyze".as_ref(), picture.as_os_str(), "--pack".as_ref(), "none".as_ref()],
        "no pack is named \"none\"",
    );
}

fn copy_models(to: &Path) {
    fs::create_dir(to).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    for name in ["manifest.json", "yunet.onnx", "mobilenet.onnx", "expression.onnx"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[test]
fn a_damaged_model_is_refused_by_its_hash() {
    let sandbox = Sandbox::new();
    let models = sandbox.path("models");
    copy_models(&models);
    let verify = || sandbox.run(["models".as_ref(), "verify".as_ref(), "--models".as_ref(), models.as_os_str()]);
    assert!(verify().status.success());
    let file = models.join("expression.onnx");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    refusal(&verify(), "expression.onnx is damaged or not the listed file");
    fs::remove_file(&file).unwrap();
    refusal(&verify(), "expression.onnx");
}

#[test]
fn a_damaged_profile_is_refused() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    let file = sandbox.path("profile");
    let export = ["users".as_ref(), "export".as_ref(), "Barack".as_ref(), file.as_os_str(), "--plain".as_ref()];
    sandbox.ok(export);
    sandbox.refused(export, "already exists");
    sandbox.ok(["users", "delete", "Barack"]);
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, &bytes).unwrap();
    sandbox.refused(["users".as_ref(), "import".as_ref(), file.as_os_str()], "checksum is wrong");
    assert_eq!(sandbox.ok(["users", "list"]), "no users\n");
}

#[test]
fn a_damaged_store_is_refused_and_left_as_it_is() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("store/users.mien");
    fs::write(&file, vec![9u8; 5000]).unwrap();
    sandbox.refused(["users", "list"], "users.mien");
    assert_eq!(fs::read(&file).unwrap(), vec![9u8; 5000]);
}

/// Runs the command with file size limited to `blocks` of 512 or 1024 bytes, as on a full disk.
fn on_a_full_disk(sandbox: &Sandbox, blocks: usize, arguments: &[&std::ffi::OsStr]) -> std::process::Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_mien"))
        .args(arguments)
        .env("MIEN_STORE", sandbox.path("store"))
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_loses_nothing() {
    let sandbox = Sandbox::new();
    let (first, second) = (fixture("pictures/obama.jpg"), fixture("pictures/biden.jpg"));
    let arguments = ["enroll".as_ref(), "Joe".as_ref(), second.as_os_str()];
    refusal(&on_a_full_disk(&sandbox, 0, &arguments), "users.mien");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), first.as_os_str()]);
    for blocks in [0, 8, 64] {
        let output = on_a_full_disk(&sandbox, blocks, &arguments);
        if output.status.success() {
            sandbox.ok(["users", "delete", "Joe"]);
        } else {
            refusal(&output, "users.mien");
        }
        assert!(sandbox.ok(["users", "list"]).starts_with("Barack:"));
    }
    // A store is opened for writing even to read it; a run without users needs none.
    let sandbox = Sandbox::new();
    let file = sandbox.path("faces.csv");
    fs::write(&file, "older").unwrap();
    let output =
        on_a_full_disk(&sandbox, 0, &["analyze".as_ref(), first.as_os_str(), "--csv".as_ref(), file.as_os_str()]);
    refusal(&output, "faces.csv");
    assert_eq!(fs::read_to_string(&file).unwrap(), "older", "the older file stays whole");
    assert_eq!(fs::read_dir(sandbox.folder.path()).unwrap().count(), 2, "no half-written file stays beside the store");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    let enroll = |store: &Path| {
        sandbox.command().env("MIEN_STORE", store).arg("enroll").arg("B").arg(&picture).output().unwrap()
    };
    refusal(&enroll(Path::new("/proc/mien")), "/proc/mien");
    refusal(
        &sandbox.run(["analyze".as_ref(), picture.as_os_str(), "--csv".as_ref(), "/proc/faces.csv".as_ref()]),
        "/proc/faces.csv",
    );
    // An unprivileged user also cannot write into a folder without write permission.
    let locked = sandbox.path("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_err() {
        refusal(&enroll(&locked.join("store")), "locked");
    }
}

#[test]
fn killing_at_any_moment_leaves_a_whole_store() {
    let sandbox = Sandbox::new();
    let (first, second) = (fixture("pictures/obama.jpg"), fixture("pictures/biden.jpg"));
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), first.as_os_str()]);
    for delay in (0..24).map(|step| 20 * step) {
        let mut child = sandbox.command().arg("enroll").arg("Joe").arg(&second).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().unwrap();
        let listed = sandbox.ok(["users", "list"]);
        assert!(listed.contains("Barack: 1 embedding,"), "after {delay} ms: {listed}");
        if listed.contains("Joe: 1 embedding,") {
            sandbox.ok(["users", "delete", "Joe"]);
        }
    }
}

#[test]
fn an_interrupt_ends_the_work_cleanly() {
    let sandbox = Sandbox::new();
    let (clip, file, pipe) = (fixture("clip"), sandbox.path("faces.csv"), sandbox.path("pipe"));
    fs::write(&file, "older").unwrap();
    make_fifo(&pipe);
    let child = sandbox
        .command()
        // Nothing is finished: the pipe comes first.
        .arg("analyze")
        .args([&pipe, &clip])
        .args(["--csv".as_ref(), file.as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(800));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "older");
    assert_eq!(fs::read_dir(sandbox.folder.path()).unwrap().count(), 3, "no half-written file stays behind");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let sandbox = Sandbox::new();
    let clip = fixture("clip");
    let mut child = sandbox
        .command()
        .args(["analyze".as_ref(), clip.as_os_str(), "--every".as_ref(), "20".as_ref(), "--json".as_ref()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Each file is analyzed with limited address space.
#[cfg(target_os = "linux")]
#[test]
fn small_files_of_large_pictures_are_refused_and_take_no_memory() {
    let sandbox = Sandbox::new();
    let analyze = |path: &Path| {
        let program = sandbox.command();
        let mut limited = Command::new("sh");
        limited.args(["-c", "ulimit -v 1500000; exec \"$0\" \"$@\""]).arg(program.get_program());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.arg("analyze").arg(path).output().unwrap()
    };
    for (name, file) in mien_tests::bombs::pictures() {
        let path = sandbox.path(name);
        fs::write(&path, file).unwrap();
        refusal(&analyze(&path), name);
    }
    for (name, file) in mien_tests::bombs::harmless() {
        let path = sandbox.path(name);
        fs::write(&path, file).unwrap();
        refusal(&analyze(&path), "no face");
    }
}
