//! `mien users`: generations of a user's head.

use std::fs;
use std::path::Path;

use crate::main_job::{enrol_wanda, wanda};
use crate::support::{Sandbox, fixture};
use serde_json::{Value, json};

/// A folder of clips like the fixture's, in which the frightened faces are called `fear`.
fn clips_with(sandbox: &Sandbox, fear: &str) -> std::path::PathBuf {
    let folder = sandbox.path(&format!("clips-{fear}"));
    for (label, from) in [("happy", "happy"), ("sad", "sad"), (fear, "fear")] {
        fs::create_dir_all(folder.join(label)).unwrap();
        for file in fs::read_dir(fixture(&format!("adapt/woman/learn/{from}"))).unwrap() {
            let path = file.unwrap().path();
            fs::copy(&path, folder.join(label).join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

fn adapt(sandbox: &Sandbox, clips: &Path) {
    sandbox.ok(["adapt".as_ref(), "Wanda".as_ref(), "--clips".as_ref(), clips.as_os_str()]);
}

/// The emotion of a frightened face of Wanda's, and whether her own head named it.
fn answer(sandbox: &Sandbox) -> (String, bool) {
    let probe = wanda("test", "fear", "0204");
    let report = sandbox.json(["analyze".as_ref(), probe.as_os_str(), "--json".as_ref()]);
    let face = &report["inputs"][0]["results"][0]["faces"][0];
    assert_eq!(face["user"], "Wanda");
    (face["emotion"]["label"].as_str().unwrap().to_owned(), face["emotion"]["adapted"].as_bool().unwrap())
}

fn listed(sandbox: &Sandbox) -> Value {
    sandbox.json(["users", "list", "--json"])["users"][0].clone()
}

#[test]
fn an_earlier_generation_answers_after_a_rollback() {
    let sandbox = Sandbox::new();
    enrol_wanda(&sandbox);
    assert_eq!(listed(&sandbox)["generations"], json!([]));
    sandbox.refused(["users", "rollback", "Wanda"], "the generic head answers; there are no generations");
    let generic = answer(&sandbox);
    assert!(!generic.1);

    adapt(&sandbox, &clips_with(&sandbox, "fear"));
    let first = answer(&sandbox);
    adapt(&sandbox, &clips_with(&sandbox, "surprise"));
    let second = answer(&sandbox);
    assert_eq!((first, second), (("fear".to_owned(), true), ("surprise".to_owned(), true)));

    let user = listed(&sandbox);
    assert_eq!((&user["adapted"], &user["clips"]), (&json!(true), &json!(18)));
    let generations = user["generations"].as_array().unwrap();
    for (generation, (number, active)) in generations.iter().zip([(1, false), (2, true)]) {
        assert_eq!((&generation["number"], &generation["active"]), (&json!(number), &json!(active)));
        assert_eq!(generation["clips"], 18);
        assert!(generation["adapted_at_ms"].as_u64() > user["enrolled_at_ms"].as_u64());
        assert!(generation["bytes"].as_u64() > Some(10_000), "{generation}");
        assert!(generation.as_object().unwrap().contains_key("estimated_loss"));
    }
    assert_eq!(generations.len(), 2);

    let said = sandbox.ok(["users", "rollback", "Wanda"]);
    assert_eq!(said, "Wanda: generation 1 of their own head answers now\n");
    assert_eq!(answer(&sandbox), ("fear".to_owned(), true));
    let said = sandbox.ok(["users", "list"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("Wanda: 3 embeddings, own head from 18 clips, "), "{said}");
    assert!(lines[1].starts_with("  generation 1: 18 clips, 20") && lines[1].ends_with(" UTC, answers"), "{said}");
    assert!(lines[2].starts_with("  generation 2: 18 clips, 20") && lines[2].ends_with(" UTC"), "{said}");

    assert_eq!(sandbox.ok(["users", "rollback", "Wanda"]), "Wanda: the generic head answers now\n");
    assert_eq!(answer(&sandbox), generic);
    let user = listed(&sandbox);
    assert_eq!((&user["adapted"], &user["clips"]), (&json!(false), &Value::Null));
    let message = "nothing to roll back from: the generic head answers; there are the generations 1, 2";
    sandbox.refused(["users", "rollback", "Wanda"], message);
    let message = "no generation has the number 7; there are the generations 1, 2";
    sandbox.refused(["users", "rollback", "Wanda", "--to", "7"], message);

    sandbox.ok(["users", "rollback", "Wanda", "--to", "2"]);
    assert_eq!(answer(&sandbox), ("surprise".to_owned(), true));
    sandbox.ok(["users", "rollback", "Wanda", "--to", "0"]);
    assert_eq!(answer(&sandbox), generic);
    sandbox.refused(["users", "rollback", "Nobody"], "no user is called \"Nobody\"");
}

#[test]
fn a_profile_of_version_1_is_read() {
    // It was made with made-up networks: that it is told so shows that it was understood.
    let file = fixture("profiles/version1.profile");
    Sandbox::new().refused(
        ["users".as_ref(), "import".as_ref(), file.as_os_str()],
        "the profile was made with another identity network; enrol \"Vera\" again",
    );
}
