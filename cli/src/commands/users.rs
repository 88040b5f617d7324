//! `mien users`: the enrolled users and their store.

use std::env::VarError;
use std::path::Path;

use mien_core::recognition::gallery::{Likeness, NO_LOCK};
use mien_core::users::corrections::Standing;
use mien_core::users::export::{Cost, Export, is_encrypted};
use mien_core::users::history::{AdaptedHead, History};
use mien_core::users::profile::{Profile, check_name};
use mien_core::users::recording::Recording;
use mien_core::users::store::{Limits, SalvagedUser, Store};
use mien_core::{Engine, Modality};
use serde_json::{Map, Value, json};

use crate::args::{Passphrase, Shared, UsersCommand};
use crate::media::read_picture;
use crate::media::reading;
use crate::outputs::{Outputs, Readers};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::{note, print_json, say, warn};
use crate::session::{
    check_new_user, check_user, engine_with_new_store, engine_with_store, has_store, portrait, read_key, read_small,
    store_key,
};
use crate::text::counted;
use crate::time::date_time;

/// Prints whether the face in a picture resembles the user's.
fn verify(engine: &Engine, name: &str, path: &Path, as_json: bool) -> Outcome {
    let Some(face) = portrait(engine, &read_picture(path)?)? else {
        return Err(Failure::new(format!("{}: no face", path.display())));
    };
    let Likeness { similarity, resembles } = engine.verify(name, &face.features.identity)?;
    let threshold = engine.calibration()?.threshold_for(1);
    if as_json {
        return print_json(&json!({
            "user": name, "resembles": resembles, "similarity": similarity, "threshold": threshold, "warning": NO_LOCK,
        }));
    }
    let does = if resembles { "resembles" } else { "does not resemble" };
    let path = path.display();
    say(format!("{path}: the face {does} {name} (similarity {similarity:.2}, threshold {threshold:.2})"))?;
    say(NO_LOCK)
}

/// Recovers the intact data of a damaged store.
fn salvage(shared: &Shared, as_json: bool) -> Outcome {
    let (folder, key) = (shared.store_folder()?, store_key(shared)?);
    let report = Store::salvage(&folder, key.as_ref())?;
    if as_json {
        let user = |user: &SalvagedUser| {
            let (values, damaged) = (user.timeline_values, user.damaged_timeline_values);
            json!({ "name": user.name, "timeline_values": values, "damaged_timeline_values": damaged })
        };
        return print_json(&json!({
            "complete": report.is_complete(),
            "users": report.users.iter().map(user).collect::<Vec<_>>(),
            "lost_users": report.lost_users,
            "settings": report.settings,
            "damaged_values": report.damaged_values,
            "missing_values": report.missing_values,
            "searched": report.searched,
            "kept_as": report.kept_as,
        }));
    }
    let Some(kept) = &report.kept_as else {
        return say(format!("the store is intact: {}; nothing was changed", counted(report.users.len(), "users")));
    };
    for user in &report.users {
        let damaged = match user.damaged_timeline_values {
            0 => String::new(),
            damaged => format!("; {} of the timeline cannot be read", counted(damaged, "parts")),
        };
        say(format!("recovered {}{damaged}", user.name))?;
    }
    say(format!("recovered {} and {}", counted(report.users.len(), "users"), counted(report.settings, "settings")))?;
    if report.lost_users > 0 {
        say(format!("lost: {} whose profile cannot be read", counted(report.lost_users, "users")))?;
    }
    if report.damaged_values > 0 {
        say(format!("damaged: {}", counted(report.damaged_values, "values")))?;
    }
    match report.missing_values {
        Some(0) => {}
        Some(missing) => say(format!("missing: {}", counted(missing, "values")))?,
        None => say("it is unknown what else the store held")?,
    }
    if report.searched {
        say("the file was searched page by page: data deleted since its last erasure may be back")?;
    }
    say(format!(
        "the damaged file is kept as {}; it holds personal data: delete it when you no longer need it",
        folder.join(kept).display()
    ))
}

/// Runs the command.
pub fn run(shared: &Shared, command: &UsersCommand) -> Outcome {
    // A damaged store cannot be opened.
    if let UsersCommand::Salvage { json } = command {
        return salvage(shared, *json);
    }
    if let UsersCommand::Import { file, name, passphrase, plain } = command {
        return import(shared, file, name.as_deref(), passphrase, *plain);
    }
    if let UsersCommand::List { json } = command
        && !has_store(shared)?
    {
        return list(Vec::new(), &[], *json);
    }
    let engine = engine_with_store(shared)?;
    if let Some(name) = command.user() {
        check_user(&engine, name)?;
    }
    match command {
        UsersCommand::Salvage { .. } | UsersCommand::Import { .. } => unreachable!("done above"),
        UsersCommand::EraseFreeSpace => {
            engine.erase_free_space()?;
            say("erased replaced and deleted data from the store's file")
        }
        UsersCommand::List { json } => {
            let users = engine.profiles()?.into_iter().map(|profile| {
                let recorded = engine.recording(&profile.name).ok();
                (profile, recorded)
            });
            list(users.collect(), &engine.damaged_users()?, *json)
        }
        UsersCommand::Rollback { name, stream, to } => rollback(&engine, name, *stream, *to),
        UsersCommand::Undo { name } => undo(&engine, name),
        UsersCommand::Verify { name, picture, json } => verify(&engine, name, picture, *json),
        UsersCommand::Rename { name, new } => {
            engine.rename(name, new)?;
            say(format!("{name} is now called {new}"))
        }
        UsersCommand::Delete { name } => {
            engine.delete(name)?;
            say(format!("deleted {name}"))
        }
        UsersCommand::Export { name, file, passphrase, no_timeline, plain } => {
            let mut outputs = Outputs::new(shared, false).reading(&passphrase.passphrase_file);
            let out = outputs.new_file(file, Readers::Owner)?;
            if *plain {
                out.write(&engine.export(name)?.to_bytes())?;
                let without = "personal data, not encrypted, without timelines";
                return note(format!("wrote {out}: {without}"));
            }
            let Some(passphrase) = read_passphrase(passphrase)? else {
                let ways = "give --passphrase-file FILE or MIEN_PASSPHRASE, or --plain for an unencrypted file";
                return Err(Failure::new(format!("a passphrase is needed: {ways}")));
            };
            let export = engine.export_all(name, !no_timeline)?;
            out.write(&export.encrypt(&passphrase, Cost::default())?)?;
            note(format!("wrote {out}: only the passphrase opens it"))
        }
        UsersCommand::Rekey { new_key, .. } => rekey(&engine, new_key.as_deref()),
    }
}

/// Activates another generation of a user's head.
fn rollback(engine: &Engine, name: &str, modality: Modality, to: Option<u32>) -> Outcome {
    let for_speech = if modality == Modality::Speech { " for speech" } else { "" };
    match engine.rollback(name, modality, to)? {
        Some(number) => say(format!("{name}: generation {number} of their own head{for_speech} is active")),
        None if for_speech.is_empty() => say(format!("{name}: the generic head is active")),
        None => say(format!("{name}: no head of their own for speech is active")),
    }
}

fn rekey(engine: &Engine, new_key: Option<&Path>) -> Outcome {
    let key = new_key.map(read_key).transpose()?;
    engine.change_store_key(key.as_ref())?;
    say(if key.is_some() { "encrypted the store with the new key" } else { "the store is no longer encrypted" })
}

/// Takes back the newest correction of a user.
fn undo(engine: &Engine, name: &str) -> Outcome {
    match engine.undo_last_correction(name)? {
        Some(undone) => {
            say(format!("{name}: took back that it was {}; now {}", undone.label, answering(engine, name)?))
        }
        None => Err(Failure::new(format!("{name}: there is no correction to take back"))),
    }
}

/// Imports the user in `file`, under the name `new` if it is given. The store is opened, or created, when the file is
/// known to be good.
fn import(shared: &Shared, file: &Path, new: Option<&str>, passphrase: &Passphrase, plain: bool) -> Outcome {
    let passphrase = if plain { None } else { read_passphrase(passphrase)? };
    let bytes = read_export(file, Limits::default().import_bytes)?;
    let has_passphrase = is_encrypted(&bytes);
    let mut export = opened(file, &bytes, passphrase, plain)?;
    if let Some(new) = new {
        check_name(new)?;
        new.clone_into(&mut export.profile.name);
    }
    let name = export.profile.name.clone();
    let engine = engine_with_new_store(shared)?;
    check_new_user(&engine, &name, "import under another name with --as NAME")?;
    engine.import_all(&export)?;
    if !has_passphrase {
        warn(format!("{} is not encrypted: nothing proves who wrote it", file.display()))?;
    }
    say(format!("imported {name}"))
}

/// Opens the content of an exported file. A given passphrase is expected to have protected the file, so an unencrypted
/// file, which anyone can write, is accepted only with `--plain`.
fn opened(file: &Path, bytes: &[u8], passphrase: Option<String>, plain: bool) -> Outcome<Export> {
    let refuse = |why: &str| Err(Failure::new(format!("{}: {why}", file.display())));
    match (is_encrypted(bytes), passphrase) {
        (true, _) if plain => refuse("is encrypted: give its passphrase instead of --plain"),
        (true, Some(passphrase)) => Export::decrypt(bytes, &passphrase).naming(file),
        (true, None) => {
            let ways = "give --passphrase-file FILE or MIEN_PASSPHRASE";
            Err(Failure::new(format!("{} is encrypted: {ways}", file.display())))
        }
        (false, Some(_)) => {
            Profile::from_bytes(bytes).naming(file)?;
            refuse("is not encrypted, so no passphrase proves who wrote it; if you trust it, import it with --plain")
        }
        (false, None) => Ok(Export { profile: Profile::from_bytes(bytes).naming(file)?, slots: Vec::new() }),
    }
}

/// Reads an exported file of at most `max` bytes.
fn read_export(file: &Path, max: u64) -> Outcome<Vec<u8>> {
    reading::read(file, max, "a user")
}

/// Returns the passphrase of the options, if there is one.
fn read_passphrase(given: &Passphrase) -> Outcome<Option<String>> {
    let Some(file) = &given.passphrase_file else {
        return match std::env::var("MIEN_PASSPHRASE") {
            Ok(passphrase) => Ok(Some(passphrase)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Failure::new("MIEN_PASSPHRASE is not UTF-8")),
        };
    };
    let text = String::from_utf8(read_small(file)?).naming(file)?;
    match text.lines().next() {
        Some(passphrase) => Ok(Some(passphrase.to_owned())),
        None => Err(Failure::new(format!("{}: the file of the passphrase is empty", file.display()))),
    }
}

/// Lists users with the clips that they recorded; `None`: these cannot be read.
fn list(users: Vec<(Profile, Option<Recording>)>, damaged: &[String], as_json: bool) -> Outcome {
    if as_json {
        let users: Vec<_> = users
            .iter()
            .map(|(profile, recorded)| {
                let mut listed = json!({
                    "name": profile.name,
                    "embeddings": profile.embedding_count(),
                    "enrolled_at_ms": profile.enrolled_at_ms,
                    "bytes": profile.to_bytes().len(),
                    "corrections": Corrections::of(profile).json(),
                    "recorded": recorded.as_ref().map(|recorded| json!({
                        "clips": recorded.clips().len(),
                        "bytes": recorded.bytes(),
                        "keep_days": recorded.keep_days,
                        "due": recorded.due,
                    })),
                    "speech": heads(&profile.speech),
                });
                if let Some(listed) = listed.as_object_mut() {
                    listed.extend(heads(&profile.face));
                }
                listed
            })
            .collect();
        return print_json(&json!({ "users": users, "damaged": damaged }));
    }
    if users.is_empty() && damaged.is_empty() {
        return say("no users");
    }
    for name in damaged {
        say(format!("{name}: damaged and not recognized; remove with `mien users delete`"))?;
    }
    for (profile, recorded) in &users {
        let head = head_of(&profile.face);
        let size = profile.to_bytes().len().div_ceil(1024);
        let embeddings = counted(profile.embedding_count(), "embeddings");
        say(format!("{}: {embeddings}, {head}, {size} KiB", profile.name))?;
        if let Some(corrections) = Corrections::of(profile).text() {
            say(format!("  {corrections}"))?;
        }
        if let Some(clips) = recorded_clips(recorded.as_ref()) {
            say(format!("  {clips}"))?;
        }
        generations(&profile.face).into_iter().try_for_each(|line| say(format!("  {line}")))?;
        if !profile.speech.generations().is_empty() {
            let own = profile.speech.head().map_or("no own head".to_owned(), |_| head_of(&profile.speech));
            say(format!("  speech: {own}"))?;
            generations(&profile.speech).into_iter().try_for_each(|line| say(format!("  speech, {line}")))?;
        }
    }
    Ok(())
}

/// Returns a description of the clips that wait to be learned, or were and are kept; `None` without clips.
fn recorded_clips(recorded: Option<&Recording>) -> Option<String> {
    let Some(recorded) = recorded else { return Some("recorded clips cannot be read".to_owned()) };
    let clips = recorded.clips().len();
    let due = if recorded.due { ", due to be learned" } else { "" };
    let (count, size) = (counted(clips, "recorded clips"), recorded.bytes().div_ceil(1024));
    let days = counted(recorded.keep_days as usize, "days");
    (clips > 0).then(|| format!("{count}, {size} KiB, kept for {days}{due}"))
}

/// Returns the heads of one modality for JSON.
fn heads(history: &History) -> Map<String, Value> {
    let head = history.head();
    let generation = |generation: &AdaptedHead| {
        json!({
            "number": generation.number,
            "clips": generation.clips,
            "adapted_at_ms": generation.adapted_at_ms,
            "bytes": generation.bytes.len(),
            "active": is_active(history, generation),
            "estimated_loss": generation.estimated_loss,
        })
    };
    let members = [
        ("adapted", json!(head.is_some())),
        ("adapted_at_ms", json!(head.map(|head| head.adapted_at_ms))),
        ("clips", json!(head.map(|head| head.clips))),
        ("generations", history.generations().iter().map(generation).collect()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns a line for each generation.
fn generations(history: &History) -> Vec<String> {
    let line = |generation: &AdaptedHead| {
        let active = if is_active(history, generation) { ", active" } else { "" };
        let what = if generation.learned_from.is_some() { "corrections" } else { "clips" };
        let (clips, time) = (counted(generation.clips, what), date_time(generation.adapted_at_ms));
        format!("generation {}: {clips}, {time}{active}", generation.number)
    };
    history.generations().iter().map(line).collect()
}

fn is_active(history: &History, generation: &AdaptedHead) -> bool {
    history.head().is_some_and(|head| head.number == generation.number)
}

fn head_of(history: &History) -> String {
    match history.head() {
        Some(AdaptedHead { clips, learned_from: Some(_), .. }) => {
            format!("own head from {}", counted(*clips, "corrections"))
        }
        Some(head) => format!("own head from {}", counted(head.clips, "clips")),
        None => "generic head".to_owned(),
    }
}

/// Says what answers for a user now.
fn answering(engine: &Engine, name: &str) -> Outcome<String> {
    let profile = engine.export(name)?;
    let corrections = Corrections::of(&profile).text().unwrap_or_else(|| "no corrections".to_owned());
    Ok(format!("{}, {corrections}", head_of(&profile.face)))
}

/// How many corrections of a user are kept, and what becomes of them.
struct Corrections {
    /// The active generation has learned them.
    learned: usize,
    /// They are applied on top of it.
    new: usize,
    /// The gate refused them; they wait for the next.
    refused: usize,
    /// Generations that are not active have learned them.
    dormant: usize,
}

impl Corrections {
    fn of(profile: &Profile) -> Self {
        let mut counts = Self { learned: 0, new: 0, refused: 0, dormant: 0 };
        for correction in profile.face.corrections() {
            *match correction.standing {
                Standing::New => &mut counts.new,
                Standing::Refused => &mut counts.refused,
                Standing::Learned if profile.face.has_learned(correction.number) => &mut counts.learned,
                Standing::Learned => &mut counts.dormant,
            } += 1;
        }
        counts
    }

    fn kept(&self) -> usize {
        self.learned + self.new + self.refused + self.dormant
    }

    fn json(&self) -> Value {
        json!({
            "kept": self.kept(), "learned": self.learned, "new": self.new, "refused": self.refused,
            "dormant": self.dormant,
        })
    }

    /// Returns a description; `None` without corrections.
    fn text(&self) -> Option<String> {
        let parts = [
            (self.learned, "learned"),
            (self.new, "on top of that head"),
            (self.refused, "refused until the next"),
            (self.dormant, "of other generations"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (!parts.is_empty()).then(|| format!("{}: {}", counted(self.kept(), "corrections"), parts.join(", ")))
    }
}
