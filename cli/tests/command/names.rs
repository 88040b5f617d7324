//! File names that are not UTF-8 or hold control characters work like others.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::main_job::{small_set, wanda};
use crate::support::{Sandbox, fixture, refusal};

#[test]
fn names_that_are_no_utf8_are_written_as_json() {
    let sandbox = Sandbox::new();
    let name = |ending: &str| OsString::from_vec([b"caf\xe9".as_slice(), ending.as_bytes()].concat());
    let (face, blank) = (sandbox.folder.path().join(name(".jpg")), sandbox.folder.path().join(name(".png")));
    fs::copy(fixture("pictures/obama.jpg"), &face).unwrap();
    image::RgbImage::new(64, 64).save(&blank).unwrap();
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let report = sandbox.json(["analyze".as_ref(), face.as_os_str(), "--json".as_ref()]);
    assert_eq!(report["inputs"][0]["path"], shown(&face));
    let enrolled = sandbox.partly(
        ["enroll".as_ref(), "Barack".as_ref(), face.as_os_str(), blank.as_os_str(), "--json".as_ref()],
        "1 picture not used",
    );
    assert_eq!(enrolled["rejected"][0]["path"], shown(&blank));
    let out = sandbox.folder.path().join(name(".head"));
    let data = small_set(&sandbox);
    let trained = sandbox.json([
        "train".as_ref(),
        "--force".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--out".as_ref(),
        out.as_os_str(),
        "--json".as_ref(),
    ]);
    assert_eq!(trained["file"], shown(&out));
    let head = sandbox.json(["heads".as_ref(), "show".as_ref(), out.as_os_str(), "--json".as_ref()]);
    assert_eq!(head["file"], shown(&out));
    let other = sandbox.folder.path().join(name(""));
    fs::rename(&data, &other).unwrap();
    let measured = sandbox.json([
        "eval".as_ref(),
        "adaptation".as_ref(),
        "--data".as_ref(),
        other.as_os_str(),
        "--generic-data".as_ref(),
        other.as_os_str(),
        "--json".as_ref(),
    ]);
    assert_eq!(measured["generic_from"][0], shown(&other));
    let clips = sandbox.path("clips");
    for (label, frame) in [("sad", "0018"), ("happy", "0300")] {
        fs::create_dir_all(clips.join(label)).unwrap();
        fs::copy(wanda("learn", label, frame), clips.join(label).join("a.jpg")).unwrap();
    }
    fs::copy(&blank, clips.join("sad").join(name(".png"))).unwrap();
    sandbox.ok(["enroll".as_ref(), "Wanda".as_ref(), wanda("learn", "happy", "0316").as_os_str()]);
    let learned = sandbox.json([
        "adapt".as_ref(),
        "Wanda".as_ref(),
        "--clips".as_ref(),
        clips.as_os_str(),
        "--json".as_ref(),
        "--no-gate".as_ref(),
    ]);
    assert!(learned["skipped"][0].as_str().unwrap().contains("caf\u{fffd}.png"), "{learned}");
}

#[test]
fn control_characters_in_names_are_shown_as_escapes() {
    let sandbox = Sandbox::new();
    let face = sandbox.path("a\u{1b}[31mb\nc\u{202e}d.jpg");
    fs::copy(fixture("pictures/obama.jpg"), &face).unwrap();
    let said = sandbox.ok(["analyze".as_ref(), face.as_os_str()]);
    assert!(said.contains("a\\u{1b}[31mb\\nc\\u{202e}d.jpg: face at") && said.lines().count() == 1, "{said:?}");
    fs::write(&face, [0xff, 0xd8, 0xff, 0xe0]).unwrap();
    let output = sandbox.run(["analyze".as_ref(), face.as_os_str()]);
    refusal(&output, "a\\u{1b}[31mb");
    assert!(!output.stderr.contains(&0x1b));
}
