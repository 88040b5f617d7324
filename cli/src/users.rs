//! `mien enroll` and `mien users`.

use std::env::VarError;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use mien_core::users::export::{Cost, Export, is_encrypted};
use mien_core::users::gallery::Identity;
use mien_core::users::profile::{AdaptedHead, Profile, check_name};
use serde_json::json;

use crate::args::{EnrollArgs, Passphrase, Shared, UsersCommand};
use crate::failure::{Failure, Naming, Outcome};
use crate::media::read_picture;
use crate::output::{check_interrupt, print_json, progress, say, write_file};
use crate::session::{engine_with_store, now_ms, portrait, read_key, read_small};

/// Enrols a user from pictures: each usable one gives an embedding, the others are named.
pub fn enroll(shared: &Shared, args: &EnrollArgs) -> Outcome {
    check_name(&args.name)?;
    let engine = engine_with_store(shared)?;
    if engine.profiles()?.iter().any(|profile| profile.name == args.name) {
        return Err(Failure::new(format!("a user called {:?} exists already", args.name)));
    }
    let bar = progress(args.pictures.len(), "pictures");
    let (mut embeddings, mut rejected) = (Vec::new(), Vec::new());
    for path in &args.pictures {
        check_interrupt()?;
        let portrait = portrait(&engine, &read_picture(path)?)?;
        match portrait.face {
            None => rejected.push((path, "no face".to_owned())),
            Some(_) if portrait.faces > 1 => rejected.push((path, format!("{} faces", portrait.faces))),
            Some(face) => {
                if let Identity::User { name, similarity } = &face.identity {
                    let reason = format!("looks like the user {name:?} (similarity {similarity:.2})");
                    rejected.push((path, reason));
                } else if face.issues.is_empty() {
                    embeddings.push(face.features.identity);
                } else {
                    let reasons: Vec<_> = face.issues.iter().map(ToString::to_string).collect();
                    rejected.push((path, reasons.join(", ")));
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if embeddings.is_empty() {
        let reasons: Vec<_> = rejected.iter().map(|(path, why)| format!("{}: {why}", path.display())).collect();
        return Err(Failure::new(format!("no picture can be used: {}", reasons.join("; "))));
    }
    check_interrupt()?;
    engine.enroll(&args.name, &embeddings, now_ms())?;
    if args.json {
        let rejected: Vec<_> = rejected.iter().map(|(path, why)| json!({ "path": path, "reason": why })).collect();
        return print_json(&json!({ "user": args.name, "accepted": embeddings.len(), "rejected": rejected }));
    }
    for (path, why) in &rejected {
        say(format!("not used: {}: {why}", path.display()))?;
    }
    say(format!("enrolled {} from {} of {} pictures", args.name, embeddings.len(), args.pictures.len()))
}

/// Runs `mien users`.
pub fn run(shared: &Shared, command: &UsersCommand) -> Outcome {
    let engine = engine_with_store(shared)?;
    match command {
        UsersCommand::List { json } => list(&engine.profiles()?, *json),
        UsersCommand::Rollback { name, to } => match engine.rollback(name, *to)? {
            Some(number) => say(format!("{name}: generation {number} of their own head answers now")),
            None => say(format!("{name}: the generic head answers now")),
        },
        UsersCommand::Delete { name } => {
            engine.delete(name)?;
            say(format!("deleted {name}"))
        }
        UsersCommand::Export { name, file, passphrase, no_timeline, plain } => {
            if file.exists() {
                return Err(Failure::new(format!("{} exists already", file.display())));
            }
            if *plain {
                write_file(file, &engine.export(name)?.to_bytes())?;
                let without = "it holds personal data, is not encrypted and has no timeline";
                return say(format!("wrote {}: {without}", file.display()));
            }
            let Some(passphrase) = read_passphrase(passphrase)? else {
                let ways = "give --passphrase-file FILE or MIEN_PASSPHRASE, or --plain not to encrypt the file";
                return Err(Failure::new(format!("a passphrase is needed: {ways}")));
            };
            let export = engine.export_all(name, !no_timeline)?;
            write_file(file, &export.encrypt(&passphrase, Cost::default())?)?;
            say(format!("wrote {}: only the passphrase opens it", file.display()))
        }
        UsersCommand::Import { file, passphrase } => {
            let bytes = read_export(file, engine.store_limits()?.import_bytes)?;
            let name = if is_encrypted(&bytes) {
                let Some(passphrase) = read_passphrase(passphrase)? else {
                    let ways = "give --passphrase-file FILE or MIEN_PASSPHRASE";
                    return Err(Failure::new(format!("{} is encrypted: {ways}", file.display())));
                };
                let export = Export::decrypt(&bytes, &passphrase).naming(file)?;
                engine.import_all(&export)?;
                export.profile.name
            } else {
                let profile = Profile::from_bytes(&bytes).naming(file)?;
                engine.import(&profile)?;
                profile.name
            };
            say(format!("imported {name}"))
        }
        UsersCommand::Rekey { new_key, .. } => {
            let key = new_key.as_deref().map(read_key).transpose()?;
            engine.change_store_key(key.as_ref())?;
            say(if key.is_some() { "the store is encrypted with the new key" } else { "the store is not encrypted" })
        }
    }
}

/// An exported file of at most `most` bytes.
fn read_export(file: &Path, most: u64) -> Outcome<Vec<u8>> {
    if fs::metadata(file).naming(file)?.len() > most {
        return Err(Failure::new(format!("{}: too large for a user; {most} bytes at most", file.display())));
    }
    fs::read(file).naming(file)
}

/// The passphrase that was given, if one was.
fn read_passphrase(given: &Passphrase) -> Outcome<Option<String>> {
    let Some(file) = &given.passphrase_file else {
        return match std::env::var("MIEN_PASSPHRASE") {
            Ok(passphrase) => Ok(Some(passphrase)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Failure::new("MIEN_PASSPHRASE is not UTF-8")),
        };
    };
    let text = String::from_utf8(read_small(file)?).naming(file)?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

fn list(profiles: &[Profile], as_json: bool) -> Outcome {
    if as_json {
        let users: Vec<_> = profiles
            .iter()
            .map(|profile| {
                let head = profile.head();
                json!({
                    "name": profile.name,
                    "embeddings": profile.embedding_count(),
                    "enrolled_at_ms": profile.enrolled_at_ms,
                    "adapted": head.is_some(),
                    "adapted_at_ms": head.map(|head| head.adapted_at_ms),
                    "clips": head.map(|head| head.clips),
                    "bytes": profile.to_bytes().len(),
                    "generations": profile.generations().iter().map(|generation| json!({
                        "number": generation.number,
                        "clips": generation.clips,
                        "adapted_at_ms": generation.adapted_at_ms,
                        "bytes": generation.bytes.len(),
                        "active": is_active(profile, generation),
                        "estimated_loss": generation.estimated_loss,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        return print_json(&json!({ "users": users }));
    }
    if profiles.is_empty() {
        return say("no users");
    }
    for profile in profiles {
        let head = match profile.head() {
            Some(head) => format!("own head from {} clips", head.clips),
            None => "generic head".to_owned(),
        };
        let size = profile.to_bytes().len().div_ceil(1024);
        say(format!("{}: {} embeddings, {head}, {size} KiB", profile.name, profile.embedding_count()))?;
        for generation in profile.generations() {
            let answers = if is_active(profile, generation) { ", answers" } else { "" };
            let (number, clips, time) = (generation.number, generation.clips, date_time(generation.adapted_at_ms));
            say(format!("  generation {number}: {clips} clips, {time}{answers}"))?;
        }
    }
    Ok(())
}

fn is_active(profile: &Profile, generation: &AdaptedHead) -> bool {
    profile.head().is_some_and(|head| head.number == generation.number)
}

/// A time in milliseconds since 1970 for people, in UTC.
fn date_time(ms: u64) -> String {
    match i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
        Some(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        None => "at an unknown time".to_owned(),
    }
}
