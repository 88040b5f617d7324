//! `mien train`, `mien eval sequences` and `mien eval strangers`: what they print and refuse.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::main_job::small_set;
use crate::support::{Sandbox, ended, fixture, measuring_data};

fn words(list: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    list.iter().map(|word| word.as_ref().to_owned()).collect()
}

/// Writes an index of the lines of `set` that `keep` takes, with whole paths.
fn part(sandbox: &Sandbox, set: &Path, keep: impl Fn(&str) -> bool) -> PathBuf {
    let folder = sandbox.path("part");
    fs::create_dir_all(&folder).unwrap();
    let index = fs::read_to_string(set.join("index.csv")).unwrap();
    let mut lines = index.lines();
    let mut kept = format!("{}\n", lines.next().unwrap());
    for line in lines.filter(|line| keep(line)) {
        kept += &format!("{}/{line}\n", set.display());
    }
    fs::write(folder.join("index.csv"), kept).unwrap();
    folder
}

/// A set of two people, each with a folder of frames from neutral to happy and one picture.
fn sequences(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("sequences");
    let mut index = "path,subject,emotion\n".to_owned();
    for (person, frames) in [("a", ["0000", "0010", "0022"]), ("b", ["0001", "0011", "0023"])] {
        let clip = folder.join(person);
        fs::create_dir_all(&clip).unwrap();
        for frame in frames {
            fs::copy(fixture(&format!("clip/{frame}.jpg")), clip.join(format!("{frame}.jpg"))).unwrap();
        }
        fs::copy(fixture("clip/0000.jpg"), folder.join(format!("{person}.jpg"))).unwrap();
        index += &format!("{person},{person},happy\n{person}.jpg,{person},neutral\n");
    }
    fs::write(folder.join("index.csv"), index).unwrap();
    folder
}

#[test]
fn too_few_people_are_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let (data, head) = (small_set(&sandbox), sandbox.path("few.head"));
    let train = words(&[&"train", &"--data", &data, &"--out", &head, &"--json"]);
    ended(&sandbox.run(&train), 4, "too few to");
    assert!(!head.exists());
    let forced = sandbox.json(train.iter().cloned().chain(["--force".into()]));
    assert!(head.exists() && forced["forced"] == true);
    let gain = &forced["strangers"]["loss_gain"];
    assert!(gain["low"].as_f64() <= gain["mean"].as_f64(), "{forced}");
}

#[test]
fn one_person_is_refused() {
    let sandbox = Sandbox::new();
    let (data, head) = (sequences(&sandbox), sandbox.path("one.head"));
    let index = fs::read_to_string(data.join("index.csv")).unwrap();
    fs::write(data.join("index.csv"), index.replace(",b,", ",a,")).unwrap();
    ended(&sandbox.run(words(&[&"train", &"--data", &data, &"--out", &head])), 4, "one person only");
    assert!(!head.exists());
}

#[test]
fn many_people_prove_that_strangers_are_helped() {
    let Some(kdef) = measuring_data("kdef") else { return };
    let sandbox = Sandbox::new();
    let data = part(&sandbox, &kdef, |line| line.ends_with(",A") && line.contains(",F"));
    let head = sandbox.path("many.head");
    let report = sandbox.json(words(&[&"train", &"--data", &data, &"--out", &head, &"--json"]));
    assert!(head.exists() && report["strangers"]["loss_gain"]["low"].as_f64() > Some(0.0), "{report}");
}

#[test]
fn pictures_are_no_sequences() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    let refused = sandbox.run(words(&[&"eval", &"sequences", &"--data", &data]));
    ended(&refused, 1, "holds pictures, not sequences");
}

#[test]
fn sequences_are_measured_without_single_pictures() {
    let sandbox = Sandbox::new();
    let data = sequences(&sandbox);
    let sequences = words(&[&"eval", &"sequences", &"--data", &data]);
    // Each person left out leaves one clip, so heads stay as shipped.
    let report = sandbox.json(sequences.iter().cloned().chain(["--json".into()]));
    assert_eq!((&report["single_frames"], &report["scores"]["sequences"]), (&2.into(), &2.into()), "{report}");
    let said = sandbox.ok(&sequences);
    assert!(said.contains("2 clips with one frame left out: they are no sequences"), "{said}");
    fs::write(data.join("index.csv"), "path,subject,emotion\na,a,happy\n").unwrap();
    ended(&sandbox.run(&sequences), 1, "all sequences are of one person");
}

#[test]
fn strangers_are_measured() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    let strangers = words(&[&"eval", &"strangers", &"--data", &data, &"--head", &"logistic", &"--draws", &"2"]);
    let of = |people: &str| strangers.iter().cloned().chain(["--people".into(), people.into()]);
    let report = sandbox.json(of("2").chain(["--json".into()]));
    let scores = &report["heads"][0]["scores"][0];
    assert_eq!((&scores["people"], &scores["draws"], &scores["heads_written"]), (&2.into(), &2.into(), &0.into()));
    assert_eq!(scores["written"]["hurt"], 0);
    assert!(sandbox.ok(of("2")).contains("after mien train"));
    ended(&sandbox.run(of("1000")), 1, "people");
}
