//! `mien enroll` and `mien users`.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use mien_core::Engine;
use mien_core::users::enrolment::{Enrolment, EnrolmentOptions, EnrolmentStep, Rejection};
use mien_core::users::export::{Cost, Export, is_encrypted};
use mien_core::users::gallery::Likeness;
use mien_core::users::profile::{AdaptedHead, Profile, check_name};
use serde_json::json;

use crate::args::{EnrollArgs, Passphrase, Shared, UsersCommand};
use crate::failure::{Failure, Naming, Outcome};
use crate::media::{Kind, Media, read_picture};
use crate::output::{check_interrupt, counter, print_json, say, write_file};
use crate::session::{engine_with_store, now_ms, portrait, read_key, read_small};

/// Enrols a user from pictures, folders of frames and videos, or adds them to one: each usable
/// frame gives an embedding, the others are answered with the reason.
pub fn enroll(shared: &Shared, args: &EnrollArgs) -> Outcome {
    check_name(&args.name)?;
    let engine = engine_with_store(shared)?;
    let options = EnrolmentOptions::default();
    let mut enrolment = if args.more {
        engine.enrolment_of(&args.name, options.clone())?
    } else {
        engine.enrolment(&args.name, options.clone())?
    };
    let mut sources = Vec::new();
    for path in &args.pictures {
        sources.push(add_frames(&mut enrolment, path)?);
    }
    if enrolment.count() < options.least {
        let rejected = sources.iter().flat_map(|source| source.rejected.iter().map(move |why| (source.path, why)));
        let reasons: Vec<_> = rejected.map(|(path, (_, why))| format!("{}: {why}", path.display())).collect();
        return Err(Failure::new(format!("no picture can be used: {}", shortened(&reasons))));
    }
    check_interrupt()?;
    let accepted = enrolment.finish(now_ms())?;
    if args.json {
        let rejected: Vec<_> = sources.iter().flat_map(Source::rejected_json).collect();
        return print_json(&json!({ "user": args.name, "accepted": accepted, "rejected": rejected }));
    }
    sources.iter().flat_map(Source::lines).try_for_each(say)?;
    let frames: usize = sources.iter().map(|source| source.frames).sum();
    let done = if args.more { "added to" } else { "enrolled" };
    say(format!("{done} {} from {accepted} of {frames} pictures", args.name))?;
    if !args.more && accepted < FEW {
        say(format!(
            "with {FEW} pictures or more, taken on different days, {} is recognised far more often",
            args.name
        ))?;
    }
    Ok(())
}

/// Less pictures than this are worth a word.
const FEW: usize = 3;

/// What became of the frames of one input.
struct Source<'a> {
    path: &'a Path,
    kind: Kind,
    frames: usize,
    /// The frames' numbers with the reasons.
    rejected: Vec<(usize, Rejection)>,
}

/// Offers all frames at `path`; a clip's only as long as some are wanted.
fn add_frames<'a>(enrolment: &mut Enrolment, path: &'a Path) -> Outcome<Source<'a>> {
    let mut media = Media::open(path)?;
    let mut source = Source { path, kind: media.kind, frames: 0, rejected: Vec::new() };
    let bar = counter("enrolment");
    while let Some(picture) = media.next_picture()? {
        check_interrupt()?;
        if let EnrolmentStep::Rejected(why) = enrolment.add(&picture.frame()?)? {
            if why == Rejection::Enough && source.kind != Kind::Picture {
                break;
            }
            source.rejected.push((source.frames, why));
        }
        source.frames += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(source)
}

impl Source<'_> {
    /// A picture's reason, or a clip's reasons counted.
    fn lines(&self) -> Vec<String> {
        let path = self.path.display();
        if self.kind == Kind::Picture {
            return self.rejected.iter().map(|(_, why)| format!("not used: {path}: {why}")).collect();
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &self.rejected {
            *counts.entry(why.name()).or_default() += 1;
        }
        let counts: Vec<_> = counts.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let used = self.frames - self.rejected.len();
        let rest = if counts.is_empty() { String::new() } else { format!("; not used: {}", counts.join(", ")) };
        vec![format!("{path}: used {used} of {} frames{rest}", self.frames)]
    }

    fn rejected_json(&self) -> Vec<serde_json::Value> {
        let one = |(frame, why): &(usize, Rejection)| json!({ "path": self.path, "frame": frame, "code": why.name(), "reason": why.to_string() });
        self.rejected.iter().map(one).collect()
    }
}

/// The first reasons, and how many more there are.
fn shortened(reasons: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = reasons[..reasons.len().min(SHOWN)].join("; ");
    if reasons.len() > SHOWN { format!("{shown}; and {} more", reasons.len() - SHOWN) } else { shown }
}

/// Says whether a picture shows the user.
fn verify(engine: &Engine, name: &str, path: &Path, as_json: bool) -> Outcome {
    let Some(face) = portrait(engine, &read_picture(path)?)? else {
        return Err(Failure::new(format!("{}: no face", path.display())));
    };
    let Likeness { similarity, accepted } = engine.verify(name, &face.features.identity)?;
    let threshold = engine.calibration()?.threshold_for(1);
    if as_json {
        return print_json(
            &json!({ "user": name, "accepted": accepted, "similarity": similarity, "threshold": threshold }),
        );
    }
    let is = if accepted { "is" } else { "is not" };
    say(format!("{}: this {is} {name} (similarity {similarity:.2}, at least {threshold:.2} is needed)", path.display()))
}

/// Runs `mien users`.
pub fn run(shared: &Shared, command: &UsersCommand) -> Outcome {
    let engine = engine_with_store(shared)?;
    match command {
        UsersCommand::List { json } => list(&engine.profiles()?, &engine.damaged_users()?, *json),
        UsersCommand::Rollback { name, to } => match engine.rollback(name, *to)? {
            Some(number) => say(format!("{name}: generation {number} of their own head answers now")),
            None => say(format!("{name}: the generic head answers now")),
        },
        UsersCommand::Verify { name, picture, json } => verify(&engine, name, picture, *json),
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

fn list(profiles: &[Profile], damaged: &[String], as_json: bool) -> Outcome {
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
        return print_json(&json!({ "users": users, "damaged": damaged }));
    }
    if profiles.is_empty() && damaged.is_empty() {
        return say("no users");
    }
    for name in damaged {
        say(format!("{name}: damaged and not recognised; `mien users delete` takes the user away"))?;
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
