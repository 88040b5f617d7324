//! The store on a real disk.

use std::fs;

use tempfile::tempdir;

use super::database::Reading;
use super::trust::Trust;
use super::*;
use crate::embedding::normalize;
use crate::error::ErrorKind;
use crate::head::{Head, HeadKind};
use crate::users::history::AdaptedHead;
use crate::users::recording::{self, RecordedClip, Recording, RecordingMut};

fn profile(name: &str) -> Profile {
    Profile::new(name, &[vec![0.6, 0.8]], "net", 1).unwrap()
}

#[test]
fn users_persist_between_openings() {
    let folder = tempdir().unwrap();
    {
        let store = Store::open(folder.path()).unwrap();
        store.add(&profile("Ben")).unwrap();
        store.add(&profile("Anna")).unwrap();
        store.set_calibration(&Calibration { threshold: 0.5, ..Calibration::default() }).unwrap();
    }
    let store = Store::open(folder.path()).unwrap();
    let names: Vec<_> = store.profiles().unwrap().into_iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["Anna", "Ben"]);
    assert_eq!(store.calibration().unwrap().unwrap().threshold, 0.5);
    store.delete("Anna").unwrap();
    assert_eq!(store.profile("Anna").unwrap_err().kind(), ErrorKind::UserNotFound);
    assert_eq!(store.delete("Anna").unwrap_err().kind(), ErrorKind::UserNotFound);
    assert!(store.profile("Ben").is_ok());
}

#[test]
fn a_taken_name_and_a_missing_user_are_errors() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.update("Anna", |_| Ok(())).err().unwrap().kind(), ErrorKind::UserNotFound);
    store.add(&profile("Anna")).unwrap();
    let error = store.add(&profile("Anna")).unwrap_err();
    assert_eq!(error.full_text(), "a user called \"Anna\" exists already");
    assert_eq!(store.profiles().unwrap().len(), 1);
}

#[test]
fn a_renamed_user_keeps_everything() {
    for options in both() {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        store.add(&profile("Anna")).unwrap();
        store.add(&profile("Ben")).unwrap();
        store.write_slots("Anna", |slots| slots.put(1, 7, &[5; 6000])).unwrap();
        let kind = |outcome: Result<Profile>| outcome.err().unwrap().kind();
        assert_eq!(kind(store.rename("Carl", "Dora")), ErrorKind::UserNotFound);
        for taken_or_invalid in ["Ben", "Anna", "", "../up", " Dora"] {
            assert_eq!(kind(store.rename("Anna", taken_or_invalid)), ErrorKind::InvalidOption, "{taken_or_invalid:?}");
        }
        let renamed = store.rename("Anna", "Hanna").unwrap();
        assert!(renamed == profile("Hanna"));
        store.erase_free_space().unwrap();
        let check = |store: &Store| {
            let names: Vec<_> = store.profiles().unwrap().into_iter().map(|profile| profile.name).collect();
            assert_eq!(names, ["Ben", "Hanna"]);
            let slot = store.read_slots("Hanna", |slots| slots.get(1, 7)).unwrap();
            assert_eq!(slot.as_deref(), Some(&[5; 6000][..]));
        };
        check(&store);
        assert_eq!(store.read_slots("Anna", |slots| slots.get(1, 7)).err().unwrap().kind(), ErrorKind::UserNotFound);
        drop(store);
        check(&Store::open_with(folder.path(), &options).unwrap());
        let file = fs::read(folder.path().join(FILE)).unwrap();
        let has = |name: &[u8]| file.windows(name.len()).any(|bytes| bytes == name);
        assert_eq!((has(b"Anna"), has(b"Hanna")), (false, options.key.is_none()));
        let untouched = Store::salvage(folder.path(), options.key.as_ref()).unwrap();
        assert!(untouched.is_complete() && untouched.kept_as.is_none());
    }
}

#[test]
fn a_change_is_stored_whole_or_not_at_all() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add(&profile("Anna")).unwrap();
    let error = store.update("Anna", |profile| -> Result<()> {
        profile.enrolled_at_ms = 2;
        fail!(Cancelled, "no")
    });
    assert_eq!(error.err().unwrap().kind(), ErrorKind::Cancelled);
    assert!(store.profile("Anna").unwrap() == profile("Anna"));
    let (changed, before) =
        store.update("Anna", |profile| Ok(std::mem::replace(&mut profile.enrolled_at_ms, 3))).unwrap();
    assert_eq!((before, changed.enrolled_at_ms), (1, 3));
    assert!(store.profile("Anna").unwrap() == changed);
}

#[test]
fn a_second_opening_is_told_that_the_store_is_in_use() {
    let folder = tempdir().unwrap();
    let _first = Store::open(folder.path()).unwrap();
    let error = Store::open(folder.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("in use by another process"), "{error}");
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(FILE);
    fs::write(&path, vec![7u8; 100_000]).unwrap();
    let error = Store::open(folder.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{error}");
    assert_eq!(fs::read(&path).unwrap(), vec![7u8; 100_000]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = Store::open(&file.join("store")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.full_text().contains("file"), "{error}");
}

fn keyed(byte: u8) -> StoreOptions {
    StoreOptions { key: Some(StoreKey::new([byte; 32])), ..StoreOptions::default() }
}

/// Options of an unencrypted and an encrypted store.
fn both() -> [StoreOptions; 2] {
    [StoreOptions::default(), keyed(42)]
}

fn bytes_of(folder: &Path) -> Vec<u8> {
    fs::read(folder.join(FILE)).unwrap()
}

fn holds(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

/// A user with embeddings and a head, and their bytes, to search for in a file.
fn person(name: &str, seed: f32) -> (Profile, Vec<Vec<u8>>) {
    let mut embeddings: Vec<Vec<f32>> =
        (0..4).map(|i| (0..64).map(|d| (seed + d as f32 * i as f32).sin()).collect()).collect();
    embeddings.iter_mut().for_each(|embedding| normalize(embedding));
    let mut profile = Profile::new(name, &embeddings, "net", 1).unwrap();
    let labels = ["a", "b"].map(str::to_owned).to_vec();
    let parameters = (0..2 * 32 + 2).map(|i| (seed * 3.0 + i as f32).cos()).collect();
    let head = Head::from_parameters(labels, 32, HeadKind::Logistic.body(), parameters).unwrap();
    let head_bytes = head.encode().unwrap();
    profile
        .face
        .push_generation(AdaptedHead {
            number: 0,
            bytes: head_bytes.clone(),
            networks: "networks".to_owned(),
            scale: None,
            adapted_at_ms: 7,
            clips: 3,
            estimated_loss: None,
            evidence: Vec::new(),
            learned_from: None,
        })
        .unwrap();
    let halves =
        |values: &[f32]| values.iter().flat_map(|&v| half::f16::from_f32(v).to_le_bytes()).collect::<Vec<u8>>();
    (profile, vec![name.as_bytes().to_vec(), halves(&embeddings[2]), head_bytes[20..60].to_vec()])
}

#[test]
fn what_was_deleted_is_gone_from_the_file() {
    for options in both() {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        let ((anna, mut marks), (ben, _)) = (person("Annabella", 0.1), person("Benjamin", 0.7));
        store.add(&anna).unwrap();
        store.add(&ben).unwrap();
        for round in 0..3u8 {
            // Old versions of the rows stay in free pages until the file is rewritten.
            store
                .update("Annabella", |profile| profile.face.push_generation(profile.face.head().unwrap().clone()))
                .unwrap();
            let put = |name: &str, value: &[u8]| store.write_slots(name, |slots| slots.put(1, 77, value)).unwrap();
            put("Annabella", &[&b"she was glad"[..], &vec![round; 9000]].concat());
            put("Benjamin", b"he was not");
        }
        marks.push(b"she was glad".to_vec());
        let before = bytes_of(folder.path());
        for mark in &marks {
            assert_eq!(holds(&before, mark), options.key.is_none(), "the search finds what is there");
        }
        store.delete("Annabella").unwrap();
        let after = bytes_of(folder.path());
        assert!(marks.iter().all(|mark| !holds(&after, mark)));
        assert_eq!(holds(&after, b"Benjamin"), options.key.is_none());
        assert_eq!(store.profiles().unwrap().len(), 1);
        drop(store);
        assert!(marks.iter().all(|mark| !holds(&bytes_of(folder.path()), mark)));
        let store = Store::open_with(folder.path(), &options).unwrap();
        assert!(store.profile("Benjamin").unwrap() == ben);
        assert_eq!(store.read_slots("Benjamin", |slots| slots.get(1, 77)).unwrap().unwrap(), b"he was not");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn leftovers_are_gone_from_the_file_when_they_are_erased() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add(&person("Annabella", 0.1).0).unwrap();
    for value in [&b"she was glad"[..], b"she was calm"] {
        store.write_slots("Annabella", |slots| slots.put(1, 77, value)).unwrap();
    }
    store.write_slots("Annabella", |slots| slots.remove(1, 77)).unwrap();
    let left = |mark: &[u8]| holds(&bytes_of(folder.path()), mark);
    assert!(left(b"she was glad") || left(b"she was calm"), "the search finds what is there");
    store.erase_free_space().unwrap();
    assert!(!left(b"she was glad") && !left(b"she was calm"));
    assert!(store.read_slots("Annabella", |slots| slots.get(1, 77)).unwrap().is_none());
    assert_eq!(store.profiles().unwrap().len(), 1);
}

#[test]
fn an_encrypted_store_shows_nothing_personal() {
    let folder = tempdir().unwrap();
    let store = Store::open_with(folder.path(), &keyed(1)).unwrap();
    let (anna, mut marks) = person("Annabella", 0.1);
    store.add(&anna).unwrap();
    store.set_option("favorite", Some(b"chocolate")).unwrap();
    store.set_calibration(&Calibration { evidence: "measured on us".to_owned(), ..Calibration::default() }).unwrap();
    let time = 0x0123_4567_89ab_cdef_u64;
    store.write_slots("Annabella", |slots| slots.put(1, time, b"she was glad")).unwrap();
    let marked =
        [&b"favorite"[..], b"chocolate", b"measured on us", b"she was glad", &time.to_be_bytes(), &time.to_le_bytes()];
    marks.extend(marked.map(<[u8]>::to_vec));
    drop(store);
    let file = bytes_of(folder.path());
    for mark in &marks {
        assert!(!holds(&file, mark), "{:?}", String::from_utf8_lossy(mark));
    }
    let store = Store::open_with(folder.path(), &keyed(1)).unwrap();
    assert!(store.is_encrypted().unwrap() && store.profile("Annabella").unwrap() == anna);
    assert_eq!(store.option("favorite").unwrap().unwrap(), b"chocolate");
    assert_eq!(store.calibration().unwrap().unwrap().evidence, "measured on us");
    assert_eq!(store.read_slots("Annabella", |slots| slots.get(1, time)).unwrap().unwrap(), b"she was glad");
}

#[test]
fn a_key_that_does_not_fit_is_told() {
    let folder = tempdir().unwrap();
    drop(Store::open_with(folder.path(), &keyed(1)).unwrap());
    let refused = |options: &StoreOptions, message: &str| {
        let error = Store::open_with(folder.path(), options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::WrongKey);
        assert!(error.to_string().contains(message), "{error}");
    };
    refused(&keyed(2), "users.mien is encrypted with another key");
    refused(&StoreOptions::default(), "users.mien is encrypted: its key is needed");
    fs::remove_file(folder.path().join(FILE)).unwrap();
    drop(Store::open(folder.path()).unwrap());
    refused(&keyed(1), "users.mien is not encrypted");
}

#[test]
fn a_key_is_changed_given_and_taken_away() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (anna, marks) = person("Annabella", 0.1);
    store.add(&anna).unwrap();
    store.set_option("a", Some(b"1")).unwrap();
    let value: Vec<u8> = (0..30_000u32).map(|i| (i % 251) as u8).collect();
    store.write_slots("Annabella", |slots| slots.put(1, 5, &value)).unwrap();
    let whole = |store: &Store| {
        assert!(store.profile("Annabella").unwrap() == anna);
        assert_eq!(store.option("a").unwrap().unwrap(), b"1");
        assert_eq!(store.read_slots("Annabella", |slots| slots.get(1, 5)).unwrap().unwrap(), value);
    };
    drop(store);
    let mut before = StoreOptions::default();
    for after in [keyed(1), keyed(2), StoreOptions::default()] {
        let store = Store::open_with(folder.path(), &before).unwrap();
        store.change_key(after.key.as_ref()).unwrap();
        whole(&store);
        store.set_option("b", Some(b"2")).unwrap();
        drop(store);
        assert!(Store::open_with(folder.path(), &before).is_err());
        let file = bytes_of(folder.path());
        assert!(marks.iter().all(|mark| holds(&file, mark) == after.key.is_none()));
        whole(&Store::open_with(folder.path(), &after).unwrap());
        before = after;
    }
}

#[test]
fn slots_are_written_whole_or_not_at_all() {
    for options in both() {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        store.add(&profile("Anna")).unwrap();
        store.add(&profile("Ben")).unwrap();
        let sizes = [0usize, 1, 3999, 4000, 4001, 20_000];
        store
            .write_slots("Anna", |slots| {
                for (slot, &size) in sizes.iter().enumerate() {
                    slots.put(1, slot as u64, &vec![9; size])?;
                    assert_eq!(slots.get(1, slot as u64)?.map(|value| value.len()), Some(size));
                }
                slots.remove(1, 99)
            })
            .unwrap();
        let size = |name: &str, table, slot| {
            store.read_slots(name, |slots| Ok(slots.get(table, slot)?.map(|value| value.len()))).unwrap()
        };
        let all = || sizes.iter().enumerate().all(|(slot, &want)| size("Anna", 1, slot as u64) == Some(want));
        assert!(all());
        assert_eq!((size("Anna", 2, 1), size("Anna", 1, 6), size("Ben", 1, 1)), (None, None, None));
        let refused = store.write_slots("Anna", |slots| -> Result<()> {
            slots.remove(1, 5)?;
            slots.put(1, 4, b"x")?;
            fail!(Cancelled, "no")
        });
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(all());
        store
            .write_slots("Anna", |slots| {
                slots.put(1, 5, b"less")?;
                slots.remove(1, 4)
            })
            .unwrap();
        assert_eq!((size("Anna", 1, 5), size("Anna", 1, 4)), (Some(4), None));
        assert_eq!(store.read_slots("Eve", |_| Ok(())).unwrap_err().kind(), ErrorKind::UserNotFound);
        assert_eq!(store.write_slots("Eve", |_| Ok(())).unwrap_err().kind(), ErrorKind::UserNotFound);
    }
}

#[test]
fn options_are_kept_and_taken_away() {
    for options in both() {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        assert_eq!(store.option("a").unwrap(), None);
        store.set_option("a", Some(&[3; LARGEST_OPTION])).unwrap();
        store.set_option("ab", Some(b"")).unwrap();
        assert_eq!(store.option("a").unwrap().unwrap(), [3; LARGEST_OPTION]);
        assert_eq!(store.option("ab").unwrap().unwrap(), b"");
        store.set_option("a", None).unwrap();
        assert_eq!((store.option("a").unwrap(), store.option("ab").unwrap()), (None, Some(Vec::new())));
        for (name, size) in [("", 1), ("a\n", 1), (&"x".repeat(65), 1), ("a", LARGEST_OPTION + 1)] {
            assert_eq!(store.set_option(name, Some(&vec![0; size])).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
    }
}

#[test]
fn limits_refuse_before_anything_changes() {
    let folder = tempdir().unwrap();
    let limits = Limits { users: 2, embeddings: 2, store_bytes: 10 * 4096, ..Limits::default() };
    let store = Store::open_with(folder.path(), &StoreOptions { limits, ..StoreOptions::default() }).unwrap();
    let refused = |outcome: Result<()>, message: &str| {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.full_text().contains(message), "{error}");
    };
    let many = Profile::new("Anna", &vec![vec![0.6, 0.8]; 3], "net", 1).unwrap();
    refused(store.add(&many), "\"Anna\" has 3 embeddings; the store's limit is 2");
    store.add(&profile("Anna")).unwrap();
    refused(
        store
            .update("Anna", |profile| {
                *profile = many.clone();
                Ok(())
            })
            .map(|_| ()),
        "limit is 2",
    );
    store.add(&profile("Ben")).unwrap();
    refused(store.add(&profile("Carl")), "the store holds 2 users; its limit is 2");
    let put = |slot, bytes: usize| store.write_slots("Anna", |slots| slots.put(1, slot, &vec![0; bytes]));
    put(1, 7 * 4000).unwrap();
    refused(put(2, 2 * 4000), "its limit is 40960");
    assert_eq!(store.read_slots("Anna", |slots| slots.get(1, 2)).unwrap(), None);
    store.write_slots("Anna", |slots| slots.remove(1, 1)).unwrap();
    put(2, 4000).unwrap();
    drop(store);
    // Lower limits leave existing data readable.
    let limits = Limits { users: 0, embeddings: 0, store_bytes: 0, ..limits };
    let store = Store::open_with(folder.path(), &StoreOptions { limits, ..StoreOptions::default() }).unwrap();
    assert_eq!(store.profiles().unwrap().len(), 2);
    store
        .update("Anna", |profile| {
            profile.enrolled_at_ms = 9;
            Ok(())
        })
        .unwrap();
    store.delete("Ben").unwrap();
}

#[test]
fn a_user_is_exported_and_imported_with_the_timeline() {
    for options in both() {
        let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
        let store = Store::open_with(from.path(), &options).unwrap();
        let (anna, _) = person("Annabella", 0.3);
        store.add(&anna).unwrap();
        store.add(&profile("Ben")).unwrap();
        store.write_slots("Ben", |slots| slots.put(1, 1, b"not hers")).unwrap();
        for slot in [9u64, 2, u64::MAX] {
            store.write_slots("Annabella", |slots| slots.put(3, slot, &slot.to_be_bytes().repeat(700))).unwrap();
        }
        let export = store.export("Annabella", true).unwrap();
        assert_eq!(
            export.slots.iter().map(|slot| (slot.table, slot.slot)).collect::<Vec<_>>(),
            [(3, 2), (3, 9), (3, u64::MAX)]
        );
        assert!(store.export("Annabella", false).unwrap().slots.is_empty());
        assert_eq!(store.export("Eve", true).unwrap_err().kind(), ErrorKind::UserNotFound);
        assert_eq!(store.import(&export).unwrap_err().kind(), ErrorKind::InvalidOption);
        let other = Store::open_with(to.path(), &keyed(9)).unwrap();
        other.import(&export).unwrap();
        assert!(other.export("Annabella", true).unwrap() == export);
    }
}

#[test]
fn what_a_crash_left_is_removed() {
    let folder = tempdir().unwrap();
    for there_already in [false, true] {
        fs::write(folder.path().join(FRESH), b"half a file").unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.profiles().unwrap().len(), usize::from(there_already));
        if !there_already {
            store.add(&profile("Anna")).unwrap();
        }
        assert!(!folder.path().join(FRESH).exists());
    }
}

#[test]
fn a_file_that_was_emptied_is_no_new_store() {
    for options in both() {
        let folder = tempdir().unwrap();
        let file = folder.path().join(FILE);
        Store::open_with(folder.path(), &options).unwrap().add(&profile("Anna")).unwrap();
        let whole = fs::read(&file).unwrap();
        for length in [0, 1, 64, 320, 511, 4096, whole.len() / 2, whole.len() - 1] {
            fs::write(&file, &whole[..length]).unwrap();
            let error = Store::open_with(folder.path(), &options).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{length}: {error}");
            assert_eq!(fs::read(&file).unwrap(), whole[..length], "what is left of it is left");
        }
        fs::write(&file, vec![0; whole.len()]).unwrap();
        assert_eq!(Store::open_with(folder.path(), &options).err().unwrap().kind(), ErrorKind::ProfileCorrupt);
        // A database without a table counts as empty, too.
        fs::remove_file(&file).unwrap();
        drop(database_at(folder.path()));
        assert_eq!(Store::open_with(folder.path(), &options).err().unwrap().kind(), ErrorKind::ProfileCorrupt);
        let report = Store::salvage(folder.path(), options.key.as_ref()).unwrap();
        assert!(report.users.is_empty() && !report.is_complete());
        assert!(Store::open_with(folder.path(), &options).unwrap().profiles().unwrap().is_empty());
    }
}

/// Opens the database in a store's folder without the store.
fn database_at(folder: &Path) -> Database {
    let files: Arc<dyn Files> = Arc::new(Folder::open(folder).unwrap());
    let file = files.open(FILE).or_else(|_| files.create(FILE)).unwrap();
    Database::open(Arc::from(file), &folder.join(FILE), Reading::Whole, Trust::new(files.clone(), true)).unwrap()
}

/// Returns all pieces of rows in a store's file.
fn pieces(folder: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    database_at(folder).pieces()
}

#[test]
fn rows_of_another_time_are_told() {
    for options in both() {
        let folder = tempdir().unwrap();
        let open = || Store::open_with(folder.path(), &options);
        let store = open().unwrap();
        store.add(&profile("Anna")).unwrap();
        store.add(&profile("Ben")).unwrap();
        store.set_option("consent", Some(b"yes")).unwrap();
        store.write_slots("Anna", |slots| (0..3).try_for_each(|slot| slots.put(1, slot, &[5; 6000]))).unwrap();
        drop(store);
        let old = pieces(folder.path());
        let store = open().unwrap();
        store.set_option("consent", Some(b"no!")).unwrap();
        store.write_slots("Anna", |slots| slots.put(1, 1, &[6; 6000])).unwrap();
        drop(store);
        let now = pieces(folder.path());
        assert!(old.len() == now.len() && old != now);
        let told = |change: &dyn Fn(&Database), what: &str| {
            change(&database_at(folder.path()));
            let error = open().err().unwrap_or_else(|| panic!("{what} is not told"));
            assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{what}: {error}");
            let database = database_at(folder.path());
            database.pieces().iter().for_each(|(key, _)| database.set_piece(key, None));
            now.iter().for_each(|(key, piece)| database.set_piece(key, Some(piece)));
            drop(database);
            open().unwrap();
        };
        // Each row of the older copy that differs, and each row that is removed.
        for (key, piece) in old.iter().filter(|row| !now.contains(row)) {
            told(&|database| database.set_piece(key, Some(piece)), "a row of another time");
        }
        for (key, _) in &now {
            // The copy of the key check is used by salvage alone.
            if key[0] != Kind::Check as u8 {
                told(&|database| database.set_piece(key, None), "a row that is gone");
            }
        }
        // Whole users at once.
        told(
            &|database| {
                old.iter().for_each(|(key, piece)| {
                    if key[0] == 2 {
                        database.set_piece(key, Some(piece))
                    }
                })
            },
            "a timeline of another time",
        );
        let added = [&[Kind::Slot as u8][..], &[9; 20], &[0, 0]].concat();
        told(&|database| database.set_piece(&added, Some(&now[0].1)), "a row of nobody");
    }
}

#[test]
fn a_deleted_user_does_not_come_back_from_an_older_copy_of_the_file() {
    let folder = tempdir().unwrap();
    let store = Store::open_with(folder.path(), &keyed(1)).unwrap();
    store.add(&profile("Anna")).unwrap();
    store.add(&profile("Ben")).unwrap();
    store.write_slots("Anna", |slots| slots.put(1, 0, &[5; 6000])).unwrap();
    drop(store);
    let old = pieces(folder.path());
    let check = |folder: &Path| database_at(folder).check().unwrap().unwrap();
    let before = check(folder.path());
    Store::open_with(folder.path(), &keyed(1)).unwrap().delete("Anna").unwrap();
    assert_ne!(check(folder.path()), before, "the fresh file has a salt of its own");
    let database = database_at(folder.path());
    let there = database.pieces();
    for (key, piece) in old.iter().filter(|(key, _)| !there.iter().any(|(other, _)| other == key)) {
        database.set_piece(key, Some(piece));
    }
    drop(database);
    let error = Store::open_with(folder.path(), &keyed(1)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{error}");
    // A salvage recovers nothing of her either, even if the rows were put back.
    let report = Store::salvage(folder.path(), keyed(1).key.as_ref()).unwrap();
    let names: Vec<&str> = report.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!((names, report.lost_users), (vec!["Ben"], 1));
    let store = Store::open_with(folder.path(), &keyed(1)).unwrap();
    assert_eq!(store.profiles().unwrap().len(), 1);
}

#[test]
fn one_damaged_profile_costs_one_user() {
    for options in both() {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        for number in 0..20 {
            store.add(&profile(&format!("User {number:02}"))).unwrap();
        }
        store.set_option("language", Some(b"de")).unwrap();
        store.write_slots("User 07", |slots| slots.put(1, 0, &[5; 6000])).unwrap();
        drop(store);
        let untouched = Store::salvage(folder.path(), options.key.as_ref()).unwrap();
        assert!(untouched.is_complete() && untouched.kept_as.is_none() && untouched.users.len() == 20);
        let (key, mut piece) =
            pieces(folder.path()).into_iter().find(|(key, _)| key[0] == Kind::Profile as u8).unwrap();
        let last = piece.len() - 1;
        piece[last] ^= 1;
        database_at(folder.path()).set_piece(&key, Some(&piece));
        assert_eq!(Store::open_with(folder.path(), &options).err().unwrap().kind(), ErrorKind::ProfileCorrupt);
        let damaged = fs::read(folder.path().join(FILE)).unwrap();
        let report = Store::salvage(folder.path(), options.key.as_ref()).unwrap();
        assert_eq!((report.users.len(), report.lost_users, report.damaged_values), (19, 1, 1));
        assert_eq!((report.settings, report.missing_values, report.searched), (1, Some(1), false));
        assert_eq!(fs::read(folder.path().join(report.kept_as.as_deref().unwrap())).unwrap(), damaged);
        let store = Store::open_with(folder.path(), &options).unwrap();
        assert_eq!(store.profiles().unwrap().len(), 19);
        assert_eq!(store.option("language").unwrap().as_deref(), Some(&b"de"[..]));
        let timelines = report.users.iter().map(|user| user.timeline_values).sum::<usize>();
        let found = store.profile("User 07").is_ok();
        assert_eq!(timelines, usize::from(found));
        drop(store);
        let other = Store::salvage(folder.path(), keyed(9).key.as_ref()).err().unwrap();
        assert_eq!(other.kind(), ErrorKind::WrongKey);
    }
}

#[test]
fn an_interrupted_salvage_is_resumed() {
    let folder = tempdir().unwrap();
    Store::open(folder.path()).unwrap().add(&profile("Anna")).unwrap();
    fs::rename(folder.path().join(FILE), folder.path().join(DAMAGED)).unwrap();
    assert_eq!(Store::open(folder.path()).err().unwrap().kind(), ErrorKind::ProfileCorrupt);
    let report = Store::salvage(folder.path(), None).unwrap();
    assert_eq!((report.users.len(), report.kept_as.as_deref()), (1, Some(DAMAGED)));
    assert_eq!(Store::open(folder.path()).unwrap().profiles().unwrap().len(), 1);
    // A kept damaged file prevents neither opening the store nor another salvage.
    fs::write(folder.path().join(FILE), b"nothing").unwrap();
    let report = Store::salvage(folder.path(), None).unwrap();
    assert_eq!(report.kept_as.as_deref(), Some("users.mien.damaged.2"));
    let none = tempdir().unwrap();
    assert_eq!(Store::salvage(none.path(), None).err().unwrap().kind(), ErrorKind::InvalidOption);
}

#[cfg(unix)]
#[test]
fn the_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempdir().unwrap();
    let folder = root.path().join("made/anew");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = Store::open(&folder).unwrap();
    store.add(&profile("Anna")).unwrap();
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
    store.erase_free_space().unwrap();
    assert_eq!(mode(&folder.join(FILE)), 0o600, "a fresh file too");
    drop(store);
    // Wider permissions of a file are restricted; a folder made by the application stays as it is.
    fs::set_permissions(folder.join(FILE), fs::Permissions::from_mode(0o664)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    drop(Store::open(&folder).unwrap());
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o755, 0o600));
}

#[test]
fn the_file_is_locked_where_the_folder_cannot_be() {
    let folder = tempdir().unwrap();
    let _first = Store::open(folder.path()).unwrap();
    let file = folder.path().join(FILE);
    assert!(matches!(fs::File::open(file).unwrap().try_lock(), Err(fs::TryLockError::WouldBlock)));
}

#[test]
fn a_store_is_shared_by_threads() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add(&profile("Anna")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..5u64 {
                    store.write_slots("Anna", |slots| slots.put(1, thread, &round.to_le_bytes())).unwrap();
                    assert_eq!(store.profiles().unwrap().len(), 1);
                }
            });
        }
    });
    let last = |slot| store.read_slots("Anna", |slots| slots.get(1, slot)).unwrap().unwrap();
    assert!((0..4).all(|slot| last(slot) == 4u64.to_le_bytes()));
}

#[test]
fn excess_file_space_is_returned() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add(&profile("Anna")).unwrap();
    let length = || fs::metadata(folder.path().join(FILE)).unwrap().len();
    for slot in 0..450 {
        store.write_slots("Anna", |slots| slots.put(1, slot, &[1; 20_000])).unwrap();
    }
    let before = length();
    store.compact().unwrap();
    // 450 values in 5 pages of 4096 bytes each, the tree above them, and redb's free space.
    let needed = 450 * 5 * 4096;
    assert!(length() < before && length() < needed * 5 / 4 + (1 << 20), "{} of {before}", length());
    let whole = |slot| store.read_slots("Anna", |slots| slots.get(1, slot)).unwrap().unwrap() == [1; 20_000];
    assert!((0..450).all(whole));
}

#[test]
fn a_salvage_keeps_listed_clips_and_drops_those_that_no_directory_lists() {
    let clip = |frames: usize| RecordedClip {
        name: String::new(),
        label: None,
        confirmed: false,
        networks: "a+b".to_owned(),
        frames: vec![vec![0.5; 1500]; frames],
        faces: vec![vec![1.0, 0.0]; frames],
        speech: None,
    };
    for (options, loses_directory) in [(StoreOptions::default(), false), (keyed(3), false), (keyed(3), true)] {
        let folder = tempdir().unwrap();
        let store = Store::open_with(folder.path(), &options).unwrap();
        store.add(&profile("Anna")).unwrap();
        store.set_option("language", Some(b"de")).unwrap();
        store
            .write_slots("Anna", |slots| {
                let mut recording = RecordingMut::open(slots)?;
                recording.add(&clip(2), 1)?;
                recording.add(&clip(3), 1)?;
                recording.finish()?;
                slots.put(1, 0, &[5; 100])?;
                if loses_directory { slots.remove(recording::TABLE, recording::DIRECTORY) } else { Ok(()) }
            })
            .unwrap();
        drop(store);
        let (key, mut piece) =
            pieces(folder.path()).into_iter().find(|(key, _)| key[0] == Kind::Setting as u8).unwrap();
        let last = piece.len() - 1;
        piece[last] ^= 1;
        database_at(folder.path()).set_piece(&key, Some(&piece));
        assert!(Store::salvage(folder.path(), options.key.as_ref()).unwrap().kept_as.is_some());
        let store = Store::open_with(folder.path(), &options).unwrap();
        let recorded = store.read_slots("Anna", |slots| Recording::read(slots)).unwrap();
        assert_eq!(recorded.clips().len(), if loses_directory { 0 } else { 2 });
        assert_eq!(store.remove_recording("Anna").unwrap(), !loses_directory, "nothing is left of a lost recording");
        assert!(store.read_slots("Anna", |slots| slots.get(1, 0)).unwrap().is_some());
    }
}
