//! `mien score` on bundled pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::main_job::{enroll_wanda, wanda};
use crate::schemas::check_as;
use crate::support::{Sandbox, fixture, refusal};

/// A folder per person and emotion: tested pictures of the woman under `name`, two of those that her head learns from,
/// and pictures of a man.
fn pictures(sandbox: &Sandbox, name: &str) -> PathBuf {
    let root = sandbox.path("pictures");
    let put = |picture: PathBuf, place: &str| {
        let to = root.join(place);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(picture, to).unwrap();
    };
    for (label, frames) in [("sad", ["0050", "0052"]), ("happy", ["0252", "0258"]), ("fear", ["0204", "0216"])] {
        for frame in frames {
            put(wanda("test", label, frame), &format!("{name}/{label}/{frame}.jpg"));
        }
    }
    for frame in ["0160", "0175"] {
        put(wanda("learn", "fear", frame), &format!("{name}/Fearful/{frame}.jpg"));
    }
    for (label, frame) in [("happy", "0022"), ("neutral", "0000")] {
        put(fixture(&format!("adapt/man/learn/{label}/{frame}.jpg")), &format!("man/{label}/{frame}.jpg"));
    }
    root
}

fn score(sandbox: &Sandbox, data: &Path, more: &[&str]) -> Output {
    sandbox.command().args(["score", "--data"]).arg(data).args(more).output().unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json_of(output: &Output) -> Value {
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    check_as("score", &report);
    report
}

/// Returns the report of a person.
fn person(report: &Value, name: &str) -> Value {
    report["people"].as_array().unwrap().iter().find(|person| person["person"] == name).unwrap().clone()
}

fn right(head: &Value) -> (u64, u64) {
    (head["right"].as_u64().unwrap(), head["clips"].as_u64().unwrap())
}

#[test]
fn pictures_are_scored_before_and_after_adaptation() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let data = pictures(&sandbox, "WANDA");
    let report = json_of(&score(&sandbox, &data, &["--json"]));
    let before = person(&report, "WANDA");
    assert_eq!((&before["user"], &before["matched_by"]), (&json!("Wanda"), &json!("name")));
    assert!(before["head"].is_null() && before["own"].is_null(), "{before}");
    assert_eq!(right(&before["before"]).1, 8);
    let said = text(&score(&sandbox, &data, &[]));
    assert!(said.contains("WANDA: enrolled, without an own head: the generic head answers"), "{said}");

    let clips = fixture("adapt/woman/learn");
    sandbox.ok(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()]);
    let report = json_of(&score(&sandbox, &data, &["--json"]));
    let wanda = person(&report, "WANDA");
    let own = &wanda["own"];
    assert_eq!(own["before"], before["before"], "the generic head is the same");
    assert!(right(&own["after"]).0 > right(&own["before"]).0, "{own}");
    assert_eq!(
        own["gained"].as_u64().unwrap() - own["lost"].as_u64().unwrap(),
        right(&own["after"]).0 - right(&own["before"]).0
    );
    // The pictures of fear that the head learned from are told apart, although their folder has another name.
    assert_eq!((&own["learned"], &wanda["head"]), (&json!(2), &json!({ "generation": 1, "clips": 18 })));
    assert_eq!([0, 1].map(|head| own["not_learned"][head]["clips"].as_u64()), [Some(6); 2]);
    for head in [&own["before"], &own["after"], &wanda["before"], &wanda["recognized"], &report["all"]["before"]] {
        let counts = head["confusion"].as_array().unwrap();
        let sum = |row: &Value| row.as_array().unwrap().iter().map(|cell| cell.as_u64().unwrap()).sum::<u64>();
        let on_diagonal: u64 = (0..counts.len()).map(|class| counts[class][class].as_u64().unwrap()).sum();
        assert_eq!((on_diagonal, counts.iter().map(sum).sum()), right(head));
        let [low, mean, high] = ["low", "mean", "high"].map(|key| head["accuracy"][key].as_f64().unwrap());
        assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0 && low < high, "{head}");
    }
    // Nobody knows the man: only the generic head is scored on him.
    let man = person(&report, "man");
    assert!(man["user"].is_null() && man["own"].is_null() && right(&man["before"]).1 == 2, "{man}");
    assert_eq!((right(&report["all"]["before"]).1, right(&report["all"]["own"]["after"]).1), (10, 8));

    let said = text(&score(&sandbox, &data, &[]));
    for words in [
        "man: not enrolled: no user has this name or face; the generic head answers",
        "WANDA: own head, generation 1, from 18 clips",
        "2 of the 8 pictures were learned by the own head, which flatters it; on the other 6: before",
        "recognized as Wanda: ",
        "answers of the own heads",
        "95 % interval",
    ] {
        assert!(said.contains(words), "{words:?} is missing: {said}");
    }
}

#[test]
fn the_table_says_why_answers_to_pictures_and_clips_are_unsure() {
    let sandbox = Sandbox::new();
    let data = sandbox.path("data");
    let clip = data.join("neutral/clip");
    fs::create_dir_all(&clip).unwrap();
    let face = image::open(fixture("pictures/obama.jpg")).unwrap();
    face.save(data.join("neutral/large.png")).unwrap();
    face.save(clip.join("1.png")).unwrap();
    face.thumbnail(48, 48).save(data.join("neutral/small.png")).unwrap();
    face.thumbnail(48, 48).save(clip.join("2.png")).unwrap();
    let file = sandbox.path("answers.csv");
    text(&score(&sandbox, &data, &["--user", "Barack", "--csv", file.to_str().unwrap()]));
    let table = fs::read_to_string(&file).unwrap();
    let reasons = |name: &str| {
        let row = table.lines().find(|line| line.split(',').next().unwrap().ends_with(name)).unwrap();
        row.split(',').nth(7).unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(reasons("large.png"), [""]);
    assert!(reasons("small.png").contains(&"too_small".to_owned()), "{table}");
    let of_clip = reasons("clip");
    assert!(["short_window", "too_small"].iter().all(|reason| of_clip.contains(&(*reason).to_owned())), "{table}");
}

#[test]
fn people_are_found_by_identification_and_answers_become_a_table() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let clips = fixture("adapt/woman/learn");
    sandbox.ok(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()]);
    let data = pictures(&sandbox, "F07");
    fs::write(data.join("F07/notes.txt"), "notes").unwrap();
    let file = sandbox.path("answers.csv");
    let said = text(&score(&sandbox, &data, &["--csv", file.to_str().unwrap()]));
    assert!(said.contains("F07: the user Wanda by identification; own head, generation 1"), "{said}");
    assert!(said.contains("1 file left out: in no folder of an emotion"), "{said}");
    let table = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0].len()), (11, 15));
    let of_wanda = rows.iter().filter(|row| row[1..3] == ["F07", "Wanda"]).count();
    let learned = rows.iter().filter(|row| row[4] == "true").count();
    assert_eq!((of_wanda, learned, rows.iter().filter(|row| row[1] == "man" && row[8].is_empty()).count()), (8, 2, 2));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // One person of a set, and a folder of one person's emotions.
    let report = json_of(&score(&sandbox, &data, &["--user", "f07", "--json"]));
    assert_eq!((report["people"].as_array().unwrap().len(), right(&report["all"]["before"]).1), (1, 8));
    let report = json_of(&score(&sandbox, &data.join("F07"), &["--user", "wanda", "--json"]));
    let wanda = person(&report, "wanda");
    assert_eq!(
        (&wanda["user"], &wanda["matched_by"], right(&wanda["own"]["after"]).1),
        (&json!("Wanda"), &json!("name"), 8)
    );
}

#[test]
fn bad_pictures_do_not_lose_the_others_and_nothing_to_score_is_said() {
    let sandbox = Sandbox::new();
    let data = pictures(&sandbox, "Wanda");
    fs::write(data.join("man/happy/cut.jpg"), &fs::read(fixture("pictures/obama.jpg")).unwrap()[..3000]).unwrap();
    image::RgbImage::new(60, 40).save(data.join("man/happy/blank.png")).unwrap();
    fs::create_dir(data.join("man/contempt")).unwrap();
    fs::copy(fixture("pictures/biden.jpg"), data.join("man/contempt/b.jpg")).unwrap();
    let output = score(&sandbox, &data, &["--json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && said.contains("cut.jpg"), "{said}");
    let report = json_of(&output);
    assert_eq!((&report["no_face"], &report["other_labels"]), (&json!(1), &json!({ "contempt": 1 })));
    assert_eq!((report["unreadable"].as_array().unwrap().len(), &report["pictures"]), (1, &json!(10)));
    refusal(&score(&sandbox, &data, &["--strict"]), "cut.jpg");

    refusal(&score(&sandbox, &data.join("Wanda"), &[]), "whose pictures are in fear, Fearful, happy, sad?");
    refusal(&score(&sandbox, &data, &["--user", "Joe"]), "nobody is called \"Joe\": it shows Wanda, man");
    refusal(&score(&sandbox, &data.join("man/contempt"), &[]), "neither an index.csv");
    refusal(&score(&sandbox, &data.join("gone"), &[]), "gone");
    let only = sandbox.path("only");
    fs::create_dir_all(only.join("happy")).unwrap();
    image::RgbImage::new(60, 40).save(only.join("happy/blank.png")).unwrap();
    refusal(&score(&sandbox, &only, &["--user", "Joe"]), "no picture has a face and an emotion that a head knows");
    // The table must not replace a scored picture.
    let picture = data.join("man/happy/0022.jpg");
    refusal(&score(&sandbox, &data, &["--csv", picture.to_str().unwrap()]), "is an input");
}
