//! The clips of labeled data sets, for `mien train` and `mien eval`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mien_core::embedding;
use mien_core::engine::FaceResult;
use mien_core::head::{Clip, HeadKind};
use mien_core::{Engine, labels};
use mien_eval::datasets::{Dataset, Entry, Unusable};
use mien_eval::protocol::{Copies, Labeled};
use mien_eval::pseudo_clips::Growth;

use crate::media::{Kind, Media, entries_of, may_be_medium};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, interrupted};
use crate::process::parallel::in_order;
use crate::process::skipped::or_skip;
use crate::process::terminal::{Progress, say};
use crate::session::{clip_faces, mirrored_clip_faces};
use crate::text::counted;

/// The usable clips of data sets, and the numbers of the others.
#[derive(Default)]
pub struct Collected {
    pub clips: Vec<Labeled>,
    pub no_face: usize,
    /// Number of clips that were skipped because they are missing or cannot be read.
    pub unreadable: usize,
    pub other_labels: BTreeMap<String, usize>,
}

/// Opens labeled data sets; a missing one fails before any clip is analyzed.
pub fn open_all<'a>(places: impl IntoIterator<Item = &'a PathBuf>) -> Outcome<Vec<Dataset>> {
    places.into_iter().map(|place| open(place, &["emotion"])).collect()
}

/// Opens a data set with the columns in `needed`, and skips the lines of its index that cannot be used.
pub fn open(place: &Path, needed: &[&str]) -> Outcome<Dataset> {
    let set = Dataset::open(place, needed)?;
    for Unusable { line, why } in &set.unusable {
        let failure = Failure::new(format!("{}: line {line}: {why}", set.index.display()));
        or_skip::<()>(Err(failure.of_input()), true)?;
    }
    Ok(set)
}

/// Returns the files of `datasets`, including their index files.
pub fn files_of_sets<'a>(datasets: impl IntoIterator<Item = &'a Dataset>) -> Vec<PathBuf> {
    let of_entry = |entry: &'a Entry| [&entry.path].into_iter().chain(&entry.sound);
    let files = |set: &'a Dataset| [&set.index].into_iter().chain(set.entries.iter().flat_map(of_entry));
    datasets.into_iter().flat_map(files).cloned().collect()
}

/// Looks at all `items` on `jobs` threads, and returns what was found in the order of the items; `None` for an item
/// that cannot be read and was skipped.
pub fn look_at_all<I: Sync, T: Send>(
    jobs: usize,
    items: &[I],
    what: &'static str,
    look: impl Fn(&I) -> Outcome<T> + Sync,
) -> Outcome<Vec<Option<T>>> {
    let bar = Progress::new(items.len(), what);
    let mut found = Vec::new();
    let work = |item: &I| check_interrupt().and_then(|()| look(item));
    in_order(jobs, items.iter(), work, |looked| {
        bar.step();
        found.push(or_skip(looked, items.len() > 1)?);
        Ok(())
    })?;
    Ok(found)
}

/// Returns the classes: those that are `given`, or those of the network's logits.
pub fn labels_of(engine: &Engine, head: HeadKind, given: &[String]) -> Outcome<Vec<String>> {
    Ok(match given {
        [] => engine.fresh_head(head)?.labels().to_vec(),
        given => given.iter().map(|label| labels::canonical(label)).collect(),
    })
}

/// Extracts the clips of each of `datasets`.
pub fn collect(
    engine: &Engine,
    datasets: &[&Dataset],
    known: &[String],
    growth: &Growth,
    jobs: usize,
) -> Outcome<Vec<Collected>> {
    let entries: Vec<&Entry> = datasets.iter().flat_map(|set| &set.entries).collect();
    let look = |entry: &&Entry| match labels::index_of(known, &entry.emotion) {
        Some(class) => {
            let faces = faces_of(engine, &entry.path, growth)?;
            let clip = labeled(engine, &faces, (known, class), person_of(entry))?;
            Ok(clip.map_or(Looked::NoFace, |clip| Looked::Clip(Box::new(clip))))
        }
        None => Ok(Looked::OtherLabel),
    };
    let mut looked = look_at_all(jobs, &entries, "clips", look)?.into_iter();
    let of_set = |set: &&Dataset| {
        let mut collected = Collected { unreadable: set.unusable.len(), ..Collected::default() };
        for (entry, clip) in set.entries.iter().zip(&mut looked) {
            match clip {
                Some(Looked::Clip(clip)) => collected.clips.push(*clip),
                Some(Looked::NoFace) => collected.no_face += 1,
                None => collected.unreadable += 1,
                Some(Looked::OtherLabel) => *collected.other_labels.entry(entry.emotion.clone()).or_default() += 1,
            }
        }
        if collected.clips.is_empty() {
            return Err(nothing_found(&set.name, "face", known, &collected.other_labels));
        }
        Ok(collected)
    };
    datasets.iter().map(of_set).collect()
}

/// Returns the failure of the set `name`, in which nothing shows `what` the head reads.
pub fn nothing_found(name: &str, what: &str, known: &[String], others: &BTreeMap<String, usize>) -> Failure {
    let others: Vec<_> = others.keys().map(String::as_str).collect();
    let others = if others.is_empty() { String::new() } else { format!("; it does not know {}", others.join(", ")) };
    let known = known.join(", ");
    Failure::new(format!("{name}: no clip has a {what} and an emotion that the head knows ({known}){others}"))
}

/// Joins what was collected from sets of other people; different people may have the same name in two sets.
pub fn join(datasets: &[&Dataset], collected: Vec<Collected>) -> Collected {
    let mut all = Collected::default();
    for (set, mut one) in datasets.iter().zip(collected) {
        one.clips.iter_mut().for_each(|clip| clip.subject = format!("{}/{}", set.name, clip.subject));
        all.clips.extend(one.clips);
        all.no_face += one.no_face;
        all.unreadable += one.unreadable;
        for (label, count) in one.other_labels {
            *all.other_labels.entry(label).or_default() += count;
        }
    }
    all
}

/// The result of an entry.
enum Looked {
    Clip(Box<Labeled>),
    NoFace,
    OtherLabel,
}

/// Returns the clip of the `faces` of a subject in a session; `None` without faces. Its class is one of the `known` ones.
pub fn labeled(
    engine: &Engine,
    faces: &[FaceResult],
    (known, class): (&[String], usize),
    (subject, session): (String, String),
) -> Outcome<Option<Labeled>> {
    let Some(embedding) = mean_embedding(faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
        copies: Copies::default(),
        class,
        zero_shot: zero_shot(engine, faces, known),
        subject,
        session,
        embedding,
    }))
}

/// Returns the most probable of the network's classes that are `known`, as one of these, with its probability.
fn zero_shot(engine: &Engine, faces: &[FaceResult], known: &[String]) -> Option<(usize, f32)> {
    let probabilities = engine.calibrated(&mean_logits(faces)?);
    let classes = engine.labels().iter().zip(probabilities);
    let classes = classes.filter_map(|(label, probability)| Some((labels::index_of(known, label)?, probability)));
    classes.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Returns the subject and the session of an entry.
pub fn person_of(entry: &Entry) -> (String, String) {
    (entry.subject.clone(), entry.session.clone())
}

/// Returns the principal face of each frame of the clip at `path`; a still is grown first.
pub fn faces_of(engine: &Engine, path: &Path, growth: &Growth) -> Outcome<Vec<FaceResult>> {
    if growth.is_mirrored() {
        return mirrored_clip_faces(engine, path);
    }
    if growth.is_off() {
        return clip_faces(engine, path);
    }
    let mut media = Media::open(path)?;
    match (media.kind, media.next_picture()?) {
        (Kind::Picture, Some(picture)) => Ok(growth.grow(engine, &picture.to_rgb(), interrupted)?),
        _ => {
            // The clip is read again from its start: one decoder is enough for that.
            drop(media);
            clip_faces(engine, path)
        }
    }
}

/// Returns the clips in `folder`, which is named after an emotion, and the number of other files: pictures, videos and
/// folders of frames. Media that cannot be read fail later.
pub fn clips_in(folder: &Path) -> Outcome<(Vec<PathBuf>, usize)> {
    let is_clip = |path: &PathBuf| path.is_dir() || may_be_medium(path);
    let (clips, others): (Vec<_>, Vec<_>) = entries_of(folder)?.into_iter().partition(is_clip);
    Ok((clips, others.len()))
}

/// Returns the name of a folder, which is an emotion or a person.
pub fn name_of(folder: &Path) -> String {
    folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Returns the mean of the network's own logits over the frames.
pub fn mean_logits(faces: &[FaceResult]) -> Option<Vec<f32>> {
    let frames: Vec<&[f32]> = faces.iter().filter_map(|face| face.features.logits.as_deref()).collect();
    let classes = frames.first()?.len();
    let mean = |class: usize| frames.iter().map(|logits| logits[class]).sum::<f32>() / frames.len() as f32;
    Some((0..classes).map(mean).collect())
}

/// Prints the labels for which the head has no class.
pub fn say_left_out(other_labels: &BTreeMap<String, usize>) -> Outcome {
    for (label, count) in other_labels {
        say(format!("{} labeled {label:?} left out: the head has no such class", counted(*count, "clips")))?;
    }
    Ok(())
}

/// Returns the mean identity embedding of `faces` with length 1; `None` without faces.
pub fn mean_embedding(faces: &[FaceResult]) -> Option<Vec<f32>> {
    embedding::mean_embedding(faces.iter().map(|face| (face.features.identity.as_slice(), 1.0)))
}

#[cfg(test)]
mod tests {
    use mien_core::EngineOptions;
    use mien_core::models::ModelPack;

    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
    }

    #[test]
    fn stills_are_grown_and_folders_are_not() {
        let engine = Engine::new(&ModelPack::bundled().unwrap(), EngineOptions::default()).unwrap();
        let (growth, path) = (Growth::new(Some(4), 5), fixture("pictures/obama.jpg"));
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(fixture("pictures/biden.jpg"), folder.path().join("1.jpg")).unwrap();
        assert_eq!(faces_of(&engine, folder.path(), &growth).unwrap().len(), 1);
        assert_eq!((growth.grown(), growth.clips_from().as_str()), (0, "as given"));
        let faces = faces_of(&engine, &path, &growth).unwrap();
        assert_eq!((faces.len(), growth.grown()), (4, 1));
        let given = Growth::new(None, 5);
        let still = faces_of(&engine, &path, &given).unwrap();
        assert_eq!((still.as_slice(), given.clips_from().as_str()), (&faces[..1], "as given"));
        let blank = folder.path().join("blank.png");
        image::RgbImage::new(40, 30).save(&blank).unwrap();
        assert!(faces_of(&engine, &blank, &growth).unwrap().is_empty());
        assert_eq!(growth.grown(), 1);
    }
}
