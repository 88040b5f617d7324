//! `mien score`: accuracy on one's own labeled pictures, before and after adaptation.

mod answers;
mod folders;
mod people;
mod report;

use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::{ClipQuality, Engine};
use mien_eval::datasets::Entry;

use self::answers::Answers;
use self::report::Report;
use crate::args::{ScoreArgs, Shared};
use crate::commands::labeled::{look_at_all, mean_embedding};
use crate::media::{Kind, kind_of};
use crate::outputs::{Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{note, print_json, say};
use crate::session::{clip_faces, engine_with_store_if_any};

/// Runs the command.
pub fn run(shared: &Shared, args: &ScoreArgs) -> Outcome {
    let engine = engine_with_store_if_any(shared)?;
    let labels = folders::read(&args.data, args.user.as_deref(), engine.labels())?;
    let inputs = labels.sources.iter().chain(labels.entries.iter().map(|entry| &entry.path));
    let mut outputs = Outputs::new(shared, args.json).reading(inputs);
    let csv = args.csv.as_deref().map(|file| outputs.file(file, Readers::Owner)).transpose()?;
    let looked = look_at_all(shared.jobs(), &labels.entries, "pictures", |entry| look(&engine, entry))?;
    let no_face = looked.iter().flatten().filter(|seen| seen.is_none()).count();
    let seen: Vec<Seen> = looked.into_iter().flatten().flatten().collect();
    let profiles = if engine.has_store() { engine.profiles()? } else { Vec::new() };
    let people = people::people(&engine, &profiles, &seen)?;
    let answers = Answers::of(&engine, &people, seen)?;
    if answers.rows.is_empty() {
        return Err(Failure::new(format!(
            "{}: no picture has a face and an emotion that a head knows",
            args.data.display()
        )));
    }
    let report = Report::new(args, &labels, no_face, &people, &answers);
    // First, because a command that fails prints nothing.
    if let Some(file) = &csv {
        file.write(&report.table().map_err(|error| Failure::new(format!("{file}: {error}")))?)?;
    }
    if args.json {
        return print_json(&report.json());
    }
    report.lines().into_iter().try_for_each(say)?;
    csv.map_or(Ok(()), |file| note(format!("wrote {file}")))
}

/// A labeled picture or clip with a face.
struct Seen {
    entry: Entry,
    clip: Clip,
    /// The identity by the mean embedding.
    identity: Identity,
    kind: Kind,
    quality: ClipQuality,
}

fn look(engine: &Engine, entry: &Entry) -> Outcome<Option<Seen>> {
    let faces = clip_faces(engine, &entry.path)?;
    let Some(embedding) = mean_embedding(&faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    let mut quality = ClipQuality::default();
    faces.iter().for_each(|face| quality.add(&face.issues));
    let (clip, identity) = (Clip::from_frames(&frames)?, engine.identify(&embedding));
    Ok(Some(Seen { entry: entry.clone(), clip, identity, kind: kind_of(&entry.path)?, quality }))
}
