//! `mien users`: generations of a user's head.

use std::fs;
use std::path::Path;

use crate::main_job::{enroll_wanda, wanda};
use crate::support::{Sandbox, fixture, refusal};
use serde_json::{Value, json};

/// Returns a folder of clips like the fixture, in which the frightened faces are labeled `fear`.
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

/// Returns the emotion of a frightened face of Wanda and whether her own head answered.
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
    enroll_wanda(&sandbox);
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
    assert_eq!(said, "Wanda: generation 1 of their own head is active\n");
    assert_eq!(answer(&sandbox), ("fear".to_owned(), true));
    let said = sandbox.ok(["users", "list"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("Wanda: 3 embeddings, own head from 18 clips, "), "{said}");
    assert!(lines[1].starts_with("  generation 1: 18 clips, 20") && lines[1].ends_with(" UTC, active"), "{said}");
    assert!(lines[2].starts_with("  generation 2: 18 clips, 20") && lines[2].ends_with(" UTC"), "{said}");

    assert_eq!(sandbox.ok(["users", "rollback", "Wanda"]), "Wanda: the generic head is active\n");
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
    // It was written with other networks; the message about that shows that the file was read.
    let file = fixture("profiles/version1.profile");
    Sandbox::new().refused(
        ["users".as_ref(), "import".as_ref(), file.as_os_str()],
        "the profile was made with another identity network; enroll \"Vera\" again",
    );
}

#[test]
fn an_encrypted_store_needs_its_key() {
    let sandbox = Sandbox::new();
    let (key, other) = (sandbox.path("key"), sandbox.path("other"));
    fs::write(&key, [7; 32]).unwrap();
    fs::write(&other, format!("{}\n", "0a".repeat(32))).unwrap();
    let with =
        |key: &Path, arguments: &[&str]| sandbox.command().env("MIEN_STORE_KEY", key).args(arguments).output().unwrap();
    let picture = fixture("pictures/obama.jpg");
    assert!(with(&key, &["enroll", "Barack", picture.to_str().unwrap()]).status.success());
    sandbox.refused(["users", "list"], "users.mien is encrypted: its key is needed");
    refusal(&with(&other, &["users", "list"]), "users.mien is encrypted with another key");
    refusal(&with(&sandbox.path("store/users.mien"), &["users", "list"]), "too large for a key or passphrase");
    refusal(&with(&picture.with_file_name("none"), &["users", "list"]), "No such file");
    let list = |key: &Path| sandbox.ok(["users".as_ref(), "list".as_ref(), "--store-key".as_ref(), key.as_os_str()]);
    assert!(list(&key).starts_with("Barack: 1 embedding,"));
    assert!(!fs::read(sandbox.path("store/users.mien")).unwrap().windows(6).any(|bytes| bytes == b"Barack"));

    let said = with(&key, &["users", "rekey", "--new-key", other.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "encrypted the store with the new key\n");
    refusal(&with(&key, &["users", "list"]), "encrypted with another key");
    assert!(list(&other).starts_with("Barack: 1 embedding,"));
    let said = with(&other, &["users", "rekey", "--no-key"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "the store is no longer encrypted\n");
    assert!(sandbox.ok(["users", "list"]).starts_with("Barack: 1 embedding,"));
    refusal(&with(&other, &["users", "list"]), "users.mien is not encrypted");
    assert_eq!(sandbox.run(["users", "rekey"]).status.code(), Some(2));
    assert_eq!(fs::read_dir(sandbox.path("store")).unwrap().count(), 1);
}

#[test]
fn a_user_moves_in_an_encrypted_file() {
    let (from, to) = (Sandbox::new(), Sandbox::new());
    let (picture, file, secret) = (fixture("pictures/obama.jpg"), from.path("user"), from.path("secret"));
    from.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    let export = ["users".as_ref(), "export".as_ref(), "Barack".as_ref(), file.as_os_str()];
    from.refused(export, "a passphrase is needed: give --passphrase-file FILE or MIEN_PASSPHRASE, or --plain");
    assert!(!file.exists());
    for short in ["\n", "p\n", "1234567\n", "e\u{301}e\u{301}e\u{301}e\u{301}\n"] {
        fs::write(&secret, short).unwrap();
        let passphrase = ["--passphrase-file".as_ref(), secret.as_os_str()];
        from.refused(export.into_iter().chain(passphrase), "characters; it needs 8");
        assert!(!file.exists());
    }
    fs::write(&secret, "correct horse\n").unwrap();
    let passphrase = ["--passphrase-file".as_ref(), secret.as_os_str()];
    let said = from.ok(export.into_iter().chain(passphrase));
    assert!(said.ends_with("only the passphrase opens it\n"), "{said}");
    from.refused(export.into_iter().chain(passphrase), "already exists");
    assert!(!fs::read(&file).unwrap().windows(6).any(|bytes| bytes == b"Barack"));

    let import = ["users".as_ref(), "import".as_ref(), file.as_os_str()];
    to.refused(import, "is encrypted: give --passphrase-file FILE or MIEN_PASSPHRASE");
    let with = |passphrase: &str| to.command().env("MIEN_PASSPHRASE", passphrase).args(import).output().unwrap();
    refusal(&with("battery staple"), "the passphrase is not the one that the user was exported with");
    assert_eq!(to.ok(["users", "list"]), "no users\n");
    assert_eq!(String::from_utf8_lossy(&with("correct horse").stdout), "imported Barack\n");
    refusal(&with("correct horse"), "exists already");
    let report = to.json(["analyze".as_ref(), picture.as_os_str(), "--json".as_ref()]);
    assert_eq!(report["inputs"][0]["results"][0]["faces"][0]["user"], "Barack");

    // An unencrypted file is not accepted in place of an encrypted one.
    let (plain, hint) = (from.path("plain"), "is not encrypted, so no passphrase proves who wrote it");
    from.ok(["users".as_ref(), "export".as_ref(), "Barack".as_ref(), plain.as_os_str(), "--plain".as_ref()]);
    let into = |more: &[&std::ffi::OsStr], passphrase: Option<&str>| {
        let other = Sandbox::new();
        let mut command = other.command();
        command.args(["users".as_ref(), "import".as_ref(), plain.as_os_str()]).args(more);
        passphrase.map(|passphrase| command.env("MIEN_PASSPHRASE", passphrase));
        let output = command.output().unwrap();
        assert_eq!(output.status.success(), other.ok(["users", "list"]) != "no users\n");
        output
    };
    refusal(&into(&passphrase, None), hint);
    refusal(&into(&[], Some("correct horse")), hint);
    assert_eq!(into(&[&passphrase[..], &["--plain".as_ref()]].concat(), None).status.code(), Some(2));
    for output in
        [into(&["--plain".as_ref()], Some("correct horse")), into(&["--plain".as_ref()], None), into(&[], None)]
    {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "imported Barack\n");
        assert!(String::from_utf8_lossy(&output.stderr).contains("is not encrypted: nothing proves who wrote it"));
    }
    let sealed = import.into_iter().chain(["--plain".as_ref()]);
    Sandbox::new().refused(sealed, "is encrypted: give its passphrase instead of --plain");

    let mut bytes = fs::read(&file).unwrap();
    bytes[200] ^= 1;
    fs::write(&file, bytes).unwrap();
    refusal(&with("correct horse"), "the exported user is damaged: its checksum is wrong");
}

#[test]
fn what_is_intact_of_a_damaged_store_is_salvaged() {
    let sandbox = Sandbox::new();
    sandbox.refused(["users", "salvage"], "no store");
    enroll_wanda(&sandbox);
    let (obama, store) = (fixture("pictures/obama.jpg"), sandbox.path("store"));
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), obama.as_os_str()]);
    let sound = sandbox.ok(["users", "salvage"]);
    assert!(sound.contains("the store is intact: 2 users"), "{sound}");
    sandbox.ok(["users", "erase-free-space"]);

    let file = store.join("users.mien");
    let mut bytes = fs::read(&file).unwrap();
    bytes[..320].fill(0);
    fs::write(&file, &bytes).unwrap();
    sandbox.refused(["users", "list"], "recover the intact data with `mien users salvage`");
    let said = sandbox.ok(["users", "salvage"]);
    for line in ["recovered Wanda", "recovered Barack", "recovered 2 users", "page by page", "users.mien.damaged"] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(fs::read(store.join("users.mien.damaged")).unwrap(), bytes, "the damaged file is kept");
    let names =
        |listed: Value| listed["users"].as_array().unwrap().iter().map(|user| user["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(sandbox.json(["users", "list", "--json"])), ["Barack", "Wanda"]);

    // An emptied file is not taken for a new store; the loss of its content is reported.
    fs::write(&file, b"").unwrap();
    sandbox.refused(["users", "list"], "users.mien is empty");
    let report = sandbox.json(["users", "salvage", "--json"]);
    assert_eq!(
        (&report["users"], &report["complete"], &report["kept_as"]),
        (&json!([]), &json!(false), &json!("users.mien.damaged.2"))
    );
    assert_eq!(sandbox.ok(["users", "list"]), "no users\n");
}

#[test]
fn a_renamed_user_is_recognized_with_timelines_under_the_new_name() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    adapt(&sandbox, &clips_with(&sandbox, "fear"));
    let probe = wanda("test", "fear", "0204");
    sandbox.ok(["analyze".as_ref(), probe.as_os_str(), "--timeline".as_ref()]);
    let timelines = |name: &str| sandbox.json(["timeline", name, "--list", "--json"])["timelines"].clone();
    let (before, recorded) = (listed(&sandbox), timelines("Wanda"));
    assert_eq!(recorded[1]["events"], 1, "{recorded}");
    sandbox.refused(["users", "rename", "Wnada", "Wilma"], "no user is called \"Wnada\"; did you mean \"Wanda\"?");
    sandbox.refused(["users", "rename", "Wanda", "Wanda"], "exists already");
    sandbox.refused(["users", "rename", "Wanda", "../Wilma"], "path separator");
    assert_eq!(sandbox.ok(["users", "rename", "Wanda", "Wilma"]), "Wanda is now called Wilma\n");
    let after = listed(&sandbox);
    assert_eq!(after["name"], "Wilma");
    assert_eq!((&after["generations"], &after["embeddings"]), (&before["generations"], &before["embeddings"]));
    assert_eq!(timelines("Wilma"), recorded);
    let report = sandbox.json(["analyze".as_ref(), probe.as_os_str(), "--json".as_ref()]);
    let face = &report["inputs"][0]["results"][0]["faces"][0];
    assert_eq!((&face["user"], &face["emotion"]["adapted"]), (&json!("Wilma"), &json!(true)));
    assert!(!fs::read(sandbox.path("store/users.mien")).unwrap().windows(5).any(|bytes| bytes == b"Wanda"));
}

#[test]
fn a_user_is_imported_under_another_name() {
    let sandbox = Sandbox::new();
    let (picture, file) = (fixture("pictures/obama.jpg"), sandbox.path("user"));
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    sandbox.ok(["users".as_ref(), "export".as_ref(), "Barack".as_ref(), file.as_os_str(), "--plain".as_ref()]);
    let import = ["users".as_ref(), "import".as_ref(), file.as_os_str()];
    sandbox.refused(import, "a user called \"Barack\" exists already; import under another name with --as NAME");
    let under = |name: &'static str| import.into_iter().chain(["--as".as_ref(), name.as_ref()]);
    sandbox.refused(under("a/b"), "path separator");
    assert_eq!(sandbox.ok(under("Obama")), "imported Obama\n");
    assert_eq!(sandbox.json(["users", "list", "--json"])["users"].as_array().unwrap().len(), 2);
    let enroll = ["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()];
    sandbox.refused(enroll, "a user called \"Barack\" exists already; add pictures with --more");
    sandbox.refused(
        enroll.into_iter().map(|a| if a == "Barack" { "Barak".as_ref() } else { a }).chain(["--more".as_ref()]),
        "no user is called \"Barak\"; did you mean \"Barack\"?",
    );
}

#[test]
fn a_mistyped_store_is_an_error_and_is_not_created() {
    let sandbox = Sandbox::new();
    let (picture, typo) = (fixture("pictures/obama.jpg"), sandbox.path("typo"));
    let picture = picture.to_str().unwrap();
    let lines: [&[&str]; 14] = [
        &["users", "list"],
        &["users", "list", "--json"],
        &["users", "verify", "Anna", picture],
        &["users", "delete", "Anna"],
        &["users", "rename", "Anna", "Hanna"],
        &["users", "rollback", "Anna"],
        &["users", "export", "Anna", "-", "--plain"],
        &["users", "rekey", "--no-key"],
        &["users", "erase-free-space"],
        &["timeline", "Anna"],
        &["adapt", "Anna", "--clips", picture],
        &["analyze", picture],
        &["analyze", picture, "--json"],
        &["watch", picture],
    ];
    for line in lines {
        for by_option in [true, false] {
            let mut command = sandbox.command();
            command.args(line);
            if by_option {
                command.arg("--user-store").arg(&typo)
            } else {
                command.env("MIEN_STORE", &typo)
            };
            let output = command.output().unwrap();
            assert!(!typo.exists(), "{line:?}");
            if !by_option && ["analyze", "watch"].contains(&line[0]) {
                // The variable holds for a whole session, and these commands work without users.
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() && said.contains("typo") && said.contains("nobody is recognized"));
                continue;
            }
            refusal(&output, &typo.display().to_string());
            refusal(&output, "the default is ");
            assert!(output.stdout.is_empty(), "{line:?}");
        }
    }
    sandbox.refused(["users", "salvage", "--user-store", typo.to_str().unwrap()], "typo");
    assert!(!typo.exists());
}

#[test]
fn only_a_real_user_creates_a_store() {
    let sandbox = Sandbox::new();
    let (picture, typo) = (fixture("pictures/obama.jpg"), sandbox.path("typo"));
    let picture = picture.to_str().unwrap();
    fs::write(sandbox.path("user"), [0; 64]).unwrap();
    let file = sandbox.path("user");
    let file = file.to_str().unwrap();
    // A file that is no user creates no store either; a real user does, and that is said.
    sandbox.refused(["enroll", "Anna", "nothing.jpg", "--user-store", typo.to_str().unwrap()], "nothing.jpg");
    assert!(!typo.exists(), "a failed run leaves no empty store");
    sandbox.refused(["users", "import", file, "--user-store", typo.to_str().unwrap()], "user");
    assert!(!typo.exists());
    let output = sandbox.run(["enroll", "Anna", picture, "--user-store", typo.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("mien: created the user store {}\n", typo.display()));
    assert!(typo.join("users.mien").exists());
    // An existing folder without a store has no users.
    assert_eq!(sandbox.ok(["users", "list"]), "no users\n");
    sandbox.refused(["users", "delete", "Anna"], "no user store in ");
    assert_eq!(fs::read_dir(sandbox.path("store")).unwrap().count(), 0);
}
