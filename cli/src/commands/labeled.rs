//! The clips of labeled data sets, for `mien train` and `mien eval`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mien_core::embedding;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::{Engine, labels};
use mien_eval::datasets::{Dataset, Entry, INDEX};
use mien_eval::protocol::Labeled;
use mien_eval::pseudo_clips::Growth;
use rayon::prelude::*;

use crate::media::{Kind, Media};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, interrupted};
use crate::process::skipped::or_skip;
use crate::process::terminal::{Progress, say};
use crate::session::clip_faces;
use crate::text::counted;

/// The usable clips of data sets, and the numbers of the others.
#[derive(Default)]
pub struct Collected {
    pub clips: Vec<Labeled>,
    pub no_face: usize,
    /// Number of clips that were skipped because they cannot be read.
    pub unreadable: usize,
    pub other_labels: BTreeMap<String, usize>,
}

/// Opens labeled data sets; a missing one fails before any clip is analyzed.
pub fn open_all(folders: &[PathBuf]) -> Outcome<Vec<Dataset>> {
    Ok(folders.iter().map(|folder| Dataset::open(folder, &["emotion"])).collect::<Result<_, _>>()?)
}

/// Returns the files of `datasets`, which lie in `folders`, including their index files.
pub fn files_of_sets<'a>(
    folders: impl IntoIterator<Item = &'a PathBuf>,
    datasets: impl IntoIterator<Item = &'a Dataset>,
) -> Vec<PathBuf> {
    let indexes = folders.into_iter().map(|folder| folder.join(INDEX));
    indexes.chain(datasets.into_iter().flat_map(|set| set.entries.iter().map(|entry| entry.path.clone()))).collect()
}

/// Extracts the clips of all `datasets`.
pub fn collect_all(engine: &Engine, datasets: &[Dataset], known: &[String], growth: &Growth) -> Outcome<Collected> {
    let mut all = Collected::default();
    for dataset in datasets {
        let mut one = collect(engine, dataset, known, growth)?;
        // Different people may have the same name in two sets.
        one.clips.iter_mut().for_each(|clip| clip.subject = format!("{}/{}", dataset.name, clip.subject));
        all.clips.extend(one.clips);
        all.no_face += one.no_face;
        all.unreadable += one.unreadable;
        for (label, count) in one.other_labels {
            *all.other_labels.entry(label).or_default() += count;
        }
    }
    Ok(all)
}

/// Extracts the clips of `dataset` in parallel.
pub fn collect(engine: &Engine, dataset: &Dataset, known: &[String], growth: &Growth) -> Outcome<Collected> {
    let bar = Progress::new(dataset.entries.len(), "clips");
    let several = dataset.entries.len() > 1;
    let looked: Vec<Looked> = dataset
        .entries
        .par_iter()
        .map(|entry| {
            check_interrupt()?;
            let clip = match labels::index_of(known, &entry.emotion) {
                Some(class) => Looked::of(or_skip(labeled(engine, entry, class, growth), several)?),
                None => Looked::OtherLabel,
            };
            bar.step();
            Ok(clip)
        })
        .collect::<Outcome<_>>()?;
    drop(bar);
    let mut collected = Collected::default();
    for (entry, clip) in dataset.entries.iter().zip(looked) {
        match clip {
            Looked::Clip(clip) => collected.clips.push(*clip),
            Looked::NoFace => collected.no_face += 1,
            Looked::Unreadable => collected.unreadable += 1,
            Looked::OtherLabel => *collected.other_labels.entry(entry.emotion.clone()).or_default() += 1,
        }
    }
    if collected.clips.is_empty() {
        return Err(Failure::new(format!("{}: no clip has a face and an emotion that the head knows", dataset.name)));
    }
    Ok(collected)
}

/// The result of an entry.
enum Looked {
    Clip(Box<Labeled>),
    NoFace,
    Unreadable,
    OtherLabel,
}

impl Looked {
    /// Creates the result of an entry; `None` if it was skipped, `Some(None)` if it has no face.
    fn of(found: Option<Option<Labeled>>) -> Self {
        match found {
            Some(Some(clip)) => Self::Clip(Box::new(clip)),
            Some(None) => Self::NoFace,
            None => Self::Unreadable,
        }
    }
}

fn labeled(engine: &Engine, entry: &Entry, class: usize, growth: &Growth) -> Outcome<Option<Labeled>> {
    let faces = faces_of(engine, &entry.path, growth)?;
    let Some(embedding) = mean_embedding(&faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
        class,
        zero_shot: mean_logits(&faces)
            .and_then(|logits| engine.calibrated(&logits).into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))),
        subject: entry.subject.clone(),
        session: entry.session.clone(),
        embedding,
    }))
}

/// Returns the principal face of each frame of the clip at `path`; a still is grown first.
fn faces_of(engine: &Engine, path: &Path, growth: &Growth) -> Outcome<Vec<FaceResult>> {
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

/// Returns the mean of the network's own logits over the frames.
pub fn mean_logits(faces: &[FaceResult]) -> Option<Vec<f32>> {
    let frames: Vec<&[f32]> = faces.iter().filter_map(|face| face.features.logits.as_deref()).collect();
    let classes = frames.first()?.len();
    let mean = |class: usize| frames.iter().map(|logits| logits[class]).sum::<f32>() / frames.len() as f32;
    Some((0..classes).map(mean).collect())
}

/// Prints the labels for which the head has no class.
pub fn say_left_out(collected: &Collected) -> Outcome {
    for (label, count) in &collected.other_labels {
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
