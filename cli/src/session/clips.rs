//! Faces of pictures and clips.

use std::cell::Cell;
use std::path::Path;

use mien_core::engine::FaceResult;
use mien_core::recognition::gallery::Identity;
use mien_core::{ClipQuality, Emotion, Engine, Frame, Unsure};

use crate::media::{Kind, Media, Picture};
use crate::process::failure::Outcome;
use crate::process::interrupt::check_interrupt;
use crate::process::skipped::incomplete;

/// Returns the features and emotion of the principal face of `picture`; `None` if it shows no face.
pub fn portrait(engine: &Engine, picture: &Picture) -> Outcome<Option<FaceResult>> {
    principal_face(engine, &picture.frame()?)
}

fn principal_face(engine: &Engine, frame: &Frame<'_>) -> Outcome<Option<FaceResult>> {
    let upright = engine.upright(frame)?;
    Ok(upright.principal().map(|face| engine.examine_upright(&upright, face)).transpose()?)
}

/// Returns the principal face of each frame of the clip at `path`; frames without a face are left out. A film that is
/// cut off is named on standard error, and its frames so far are returned.
pub fn clip_faces(engine: &Engine, path: &Path) -> Outcome<Vec<FaceResult>> {
    clip_faces_every(engine, path, 1)
}

/// Same as [`clip_faces`], with the number of frames that show several faces.
pub fn clip_faces_counted(engine: &Engine, path: &Path) -> Outcome<(Vec<FaceResult>, usize)> {
    let several = Cell::new(0);
    let look = |picture: &Picture| {
        let upright = engine.upright(&picture.frame()?)?;
        several.set(several.get() + usize::from(upright.faces.len() > 1));
        Ok(upright.principal().map(|face| engine.examine_upright(&upright, face)).transpose()?)
    };
    Ok((faces_in(path, 1, look)?, several.get()))
}

/// Same as [`clip_faces`], of the clip's mirror image.
pub fn mirrored_clip_faces(engine: &Engine, path: &Path) -> Outcome<Vec<FaceResult>> {
    faces_in(path, 1, |picture| principal_face(engine, &picture.frame()?.flipped(true)))
}

/// Same as [`clip_faces`], for every `every`-th frame, beginning with the first.
pub fn clip_faces_every(engine: &Engine, path: &Path, every: u32) -> Outcome<Vec<FaceResult>> {
    faces_in(path, every, |picture| portrait(engine, picture))
}

fn faces_in(
    path: &Path,
    every: u32,
    look: impl Fn(&Picture) -> Outcome<Option<FaceResult>>,
) -> Outcome<Vec<FaceResult>> {
    let mut media = Media::open(path)?;
    let mut faces = Vec::new();
    while let Some(picture) = media.next_picture()? {
        check_interrupt()?;
        if media.index().is_multiple_of(every as usize) {
            faces.extend(look(&picture)?);
        }
    }
    incomplete(path, media.shortfall())?;
    Ok(faces)
}

/// Returns why `emotion`, an answer to an input of this `kind`, is unreliable.
pub fn unsure(emotion: &Emotion, kind: Kind, identity: &Identity, quality: &ClipQuality) -> Vec<Unsure> {
    match kind {
        Kind::Picture | Kind::Sound => emotion.unsure(identity, &quality.frequent()),
        Kind::Folder | Kind::Video => emotion.unsure_of_clip(identity, quality),
    }
}
