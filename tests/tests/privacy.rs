//! No error text that may reach a log or a crash report names a person or a place.

use std::error::Error as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mien_core::engine::enrollment::EnrollmentOptions;
use mien_core::engine::{Footage, LabeledClip};
use mien_core::head::import::{Options, from_file};
use mien_core::head::{Clip, HeadKind};
use mien_core::models::{MANIFEST, ModelPack, Role};
use mien_core::timeline::{BucketWidth, Clock, Event};
use mien_core::train::adapt::AdaptOptions;
use mien_core::users::crypto::StoreKey;
use mien_core::users::store::{FILE, LARGEST_OPTION, Limits, Store, StoreOptions};
use mien_core::{Engine, EngineOptions, Error, ErrorKind, Modality, Result};
use mien_eval::{datasets::Dataset, ravdess};
use mien_tests::{models, pack};

/// Part of the name of each user, medium, option, label and folder.
const MARK: &str = "Wanda-7f3a";

/// Errors of calls, each with the name of its call.
#[derive(Default)]
struct Heard(Vec<(&'static str, Error)>);

impl Heard {
    /// Expects `result` to be an error of `kind` that shows the mark only in its details.
    fn named<T>(&mut self, call: &'static str, kind: ErrorKind, result: Result<T>) {
        let error = self.heard(call, result);
        assert_eq!(error.kind(), kind, "{call}: {error}");
        assert!(error.details().is_some_and(|details| details.contains(MARK)), "{call}: {:?}", error.details());
        self.0.push((call, error));
    }

    /// Expects `result` to be an error without the mark, even in its details.
    fn nameless<T>(&mut self, call: &'static str, result: Result<T>) {
        let error = self.heard(call, result);
        self.0.push((call, error));
    }

    fn heard<T>(&self, call: &'static str, result: Result<T>) -> Error {
        let error = result.err().unwrap_or_else(|| panic!("{call} gave no error"));
        let mut shown = format!("{error} {error:?} {error:#?} {}", error.code());
        let mut next = error.source();
        while let Some(source) = next {
            shown += &format!(" {source} {source:?}");
            next = source.source();
        }
        assert!(!shown.contains(MARK), "{call}: {shown}");
        error
    }
}

fn marked_folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix(MARK).tempdir().unwrap()
}

fn embedding(first: f32) -> Vec<f32> {
    let mut values = vec![0.0; 1024];
    (values[0], values[1]) = (first, (1.0 - first * first).sqrt());
    values
}

fn engine(folder: &Path) -> Engine {
    let store = Store::open_with(folder, &StoreOptions { limits: limits(2), ..StoreOptions::default() }).unwrap();
    Engine::with_store(&pack(), EngineOptions::default(), store).unwrap()
}

fn limits(users: usize) -> Limits {
    Limits { users, ..Limits::default() }
}

/// Errors of a user's timelines.
fn hear_timelines(heard: &mut Heard, engine: &Engine, user: &str, nobody: &str) {
    use ErrorKind::UserNotFound;
    let medium = Clock::Media(format!("{MARK}.mp4"));
    let event = Event {
        at_ms: 5,
        duration_ms: 1,
        labels: [format!("{MARK} sad"), "happy".into()].into(),
        label: 9,
        probabilities: vec![0.5, 0.5],
        adapted: false,
    };
    let seen = Event { label: 0, ..event.clone() };
    heard.named("record", UserNotFound, engine.record(nobody, &medium, std::slice::from_ref(&event), 5));
    heard.nameless("record a wrong event", engine.record(user, &medium, &[event], 5));
    let long = Clock::Media(MARK.repeat(40));
    heard.nameless("record of a long medium", engine.record(user, &long, &[seen], 5));
    let ask = |clock: &Clock, name: &str| engine.timeline(name, clock, |line| line.buckets(0..9, BucketWidth::Hour));
    heard.nameless("timeline of an unknown medium", ask(&medium, user));
    heard.named("timeline", UserNotFound, ask(&medium, nobody));
    heard.named("forget", UserNotFound, engine.forget(nobody, &medium, 0..9));
    heard.nameless("forget an unknown medium", engine.forget(user, &medium, 0..9));
}

/// Errors of adaptation and of heads' labels.
fn hear_adaptations(heard: &mut Heard, engine: &Engine, user: &str, nobody: &str) {
    use ErrorKind::{InvalidOption, UserNotFound};
    let clip = || Clip::from_frames(&[vec![0.1; 1280]]).unwrap();
    let going_on = |_| ControlFlow::Continue(());
    let options = AdaptOptions::default();
    let of = |label: &str| LabeledClip {
        name: format!("{MARK} clip"),
        clip: clip(),
        faces: vec![embedding(1.0)],
        label: label.to_owned(),
        confirmed: false,
    };
    let labeled = [of(&format!("{MARK} glum"))];
    let footage = |clips| Footage { clips, ..Footage::default() };
    let adapt = |name: &str, clips| engine.adapt(name, HeadKind::Logistic, footage(clips), &options, 3, going_on);
    heard.named("adapt", UserNotFound, adapt(nobody, &[]));
    heard.named("adapt to an unknown emotion", InvalidOption, adapt(user, &labeled));
    let two = [format!("{MARK} a"), format!("{MARK} a")];
    heard.named("fresh_head_for", InvalidOption, engine.fresh_head_for(HeadKind::Logistic, &two));
}

#[test]
fn calls_with_names_show_them_in_details_alone() {
    let folder = marked_folder();
    let engine = engine(folder.path());
    let (user, nobody) = (format!("{MARK} Smith"), format!("{MARK} Nobody"));
    let mut heard = Heard::default();
    engine.enroll(&user, &[embedding(1.0)], 1).unwrap();
    let profile = engine.export(&user).unwrap();
    let export = engine.export_all(&user, true).unwrap();

    use ErrorKind::*;
    heard.named("enrollment", InvalidOption, engine.enrollment(&user, EnrollmentOptions::default()));
    for bad in [format!(" {user}"), format!("{user}/x"), format!("{user}\0")] {
        heard.named("enrollment of a bad name", InvalidOption, engine.enrollment(&bad, EnrollmentOptions::default()));
        heard.named("enroll a bad name", InvalidOption, engine.enroll(&bad, &[embedding(0.5)], 2));
    }
    heard.nameless("enroll a long name", engine.enroll(&user.repeat(20), &[embedding(0.5)], 2));
    heard.named("enroll", InvalidOption, engine.enroll(&user, &[embedding(0.5)], 2));
    heard.named("import", InvalidOption, engine.import(&profile));
    heard.named("import_all", InvalidOption, engine.import_all(&export));
    heard.named("enrollment_of", UserNotFound, engine.enrollment_of(&nobody, EnrollmentOptions::default()));
    heard.named("add_embeddings", UserNotFound, engine.add_embeddings(&nobody, &[embedding(0.5)]));
    heard.nameless("add_embeddings of another length", engine.add_embeddings(&user, &[vec![1.0]]));
    heard.named("verify", UserNotFound, engine.verify(&nobody, &embedding(0.5)));
    heard.named("delete", UserNotFound, engine.delete(&nobody));
    heard.named("export", UserNotFound, engine.export(&nobody));
    heard.named("export_all", UserNotFound, engine.export_all(&nobody, true));
    heard.named("rollback", UserNotFound, engine.rollback(&nobody, Modality::Face, None));
    heard.nameless("rollback to nothing", engine.rollback(&user, Modality::Face, Some(7)));
    heard.named("timelines", UserNotFound, engine.timelines(&nobody));
    hear_timelines(&mut heard, &engine, &user, &nobody);
    heard.named("read_slots", UserNotFound, engine.read_slots(&nobody, |_| Ok(())));
    heard.named("write_slots", UserNotFound, engine.write_slots(&nobody, |_| Ok(())));
    let bad_option = format!("{MARK}\0");
    heard.named("option", InvalidOption, engine.option(&bad_option));
    heard.named("set_option", InvalidOption, engine.set_option(&bad_option, None));
    heard.named("a large option", InvalidOption, engine.set_option(MARK, Some(&vec![0; LARGEST_OPTION + 1])));

    hear_adaptations(&mut heard, &engine, &user, &nobody);
    heard.nameless("export without a passphrase", export.encrypt("", Default::default()));
    engine.enroll(&nobody, &[embedding(0.0)], 4).unwrap();
    heard.nameless("a full store", engine.enroll(&format!("{MARK} third"), &[embedding(0.5)], 5));
    engine.close();
    heard.nameless("after close", engine.export(&user));
    assert!(heard.0.len() >= 39, "{}", heard.0.len());
}

#[test]
fn stores_in_a_folder_name_it_in_details_alone() {
    let home = marked_folder();
    let mut heard = Heard::default();
    let at = |name: &str| home.path().join(name);
    let key = |byte| StoreOptions { key: Some(StoreKey::new([byte; 32])), ..StoreOptions::default() };

    use ErrorKind::*;
    fs::write(at("file"), "here is a file").unwrap();
    heard.named("a file in the folder's place", Storage, Store::open(&at("file")));
    heard.named("a folder in a file", Storage, Store::open(&at("file").join("store")));
    let open = Store::open(&at("open")).unwrap();
    heard.named("a store in use", Storage, Store::open(&at("open")));
    drop(open);
    heard.named("a key that is not wanted", WrongKey, Store::open_with(&at("open"), &key(7)));
    drop(Store::open_with(&at("locked"), &key(7)).unwrap());
    heard.named("a missing key", WrongKey, Store::open(&at("locked")));
    heard.named("another key", WrongKey, Store::open_with(&at("locked"), &key(8)));
    let whole = fs::read(at("open").join(FILE)).unwrap();
    fs::create_dir_all(at("damaged")).unwrap();
    for (from, to) in [(0, whole.len()), (0, 40), (300, 600), (whole.len() / 2, whole.len())] {
        let mut bytes = whole.clone();
        bytes[from..to].fill(0xa5);
        fs::write(at("damaged").join(FILE), bytes).unwrap();
        if let Err(error) = Store::open(&at("damaged")) {
            heard.named("a damaged store", error.kind(), Err::<(), _>(error));
        }
    }
    fs::create_dir_all(at("odd").join(FILE)).unwrap();
    heard.named("a folder in the file's place", Storage, Store::open(&at("odd")));
    let small = Limits { store_bytes: 4096, ..Limits::default() };
    let store = Store::open_with(&at("small"), &StoreOptions { limits: small, ..StoreOptions::default() }).unwrap();
    heard.named("a full file", Storage, store.set_option("a", Some(&vec![1; LARGEST_OPTION])));
    assert!(heard.0.len() > 9, "{}", heard.0.len());
}

#[test]
fn files_are_named_in_details_alone() {
    let home = marked_folder();
    let mut heard = Heard::default();
    let at = |name: &str| home.path().join(name);

    use ErrorKind::*;
    heard.named("a missing pack", ModelLoad, ModelPack::from_folder(&at("none")));
    fs::write(at(MANIFEST), format!("{{\"format\":1,\"name\":\"{MARK}\",\"models\":\"{MARK}\"}}")).unwrap();
    heard.named("a damaged manifest", ModelLoad, ModelPack::from_folder(home.path()));
    let manifest = fs::read_to_string(models().join(MANIFEST)).unwrap();
    let path = format!("../{MARK}/yunet.onnx");
    fs::write(at(MANIFEST), manifest.replace("yunet.onnx", &path)).unwrap();
    heard.named("a manifest with a path", ModelLoad, ModelPack::from_folder(home.path()));
    fs::write(at(MANIFEST), manifest).unwrap();
    heard.named("a missing network", ModelLoad, ModelPack::from_folder(home.path()));
    let empty = ModelPack::from_parts(format!("{{\"format\":1,\"name\":\"{MARK}\",\"models\":[]}}").as_bytes(), |_| {
        unreachable!("the manifest names no file")
    });
    heard.named("a pack without networks", ModelLoad, empty.and_then(|pack| pack.network(Role::Detector, None)));

    let options = Options::new(HeadKind::Logistic);
    heard.named("a missing head", ModelLoad, from_file(&at("head.npz"), &options));
    fs::write(at("head.npz"), "PK\x03\x04").unwrap();
    heard.named("a damaged head", ModelLoad, from_file(&at("head.npz"), &options));

    heard.named("a missing data set", InvalidOption, Dataset::open(&at("none"), &[]));
    for index in
        ["path,emotion\n", "path,subject\nx.png,s\n", "path,subject\n,s\n", "path,subject\n", "path,subject\n1\n"]
    {
        fs::write(at("index.csv"), index).unwrap();
        heard.named("a data set", InvalidOption, Dataset::open(home.path(), &[]));
    }
    heard.named("a missing RAVDESS", InvalidOption, ravdess::Ravdess::open(&at("none"), ravdess::Channel::Both));
    let names: [PathBuf; 2] = [at("x.mp4"), at("00-01-06-01-02-01-12.mp4")];
    for name in &names {
        heard.named("a film's name", InvalidOption, ravdess::parse_name(name));
    }
    assert!(heard.0.len() > 14, "{}", heard.0.len());
}
