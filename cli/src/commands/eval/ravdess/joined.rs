//! Faces from a table and voices from sounds of the same recordings: each alone, and both joined.

use std::path::Path;

use mien_core::head::Head;
use mien_eval::protocol::{JoinedScores, ProtocolOptions};
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::{Channel, LABELS, Ravdess, Split};
use serde_json::{Value, json};

use super::{PEOPLE, fresh, name_copies, name_sessions, skip_all};
use crate::args::{EvalRavdessArgs, Shared};
use crate::commands::eval::joined::{STREAMS, by_stream, lines, measure};
use crate::commands::eval::ravdess::looked::Looked;
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::speech_features;
use crate::text::counted;

/// The splits that are no flattery.
const HONEST: [Split; 3] = [Split::Statement, Split::Repetition, Split::Intensity];

/// The recordings of which there are a face and a voice.
struct Both {
    /// In the order of [`STREAMS`].
    looked: [Looked; 2],
    /// Number of clips of each that the other has not.
    left_out: [usize; 2],
}

/// Runs the command for `table` and the sounds of `--data`.
pub fn run(shared: &Shared, args: &EvalRavdessArgs, table: &Path) -> Outcome {
    if args.channel != Channel::AudioOnly {
        return Err(Failure::new(
            "a table of faces is joined with voices: --data DIR needs --channel audio-only beside it",
        ));
    }
    if args.split == Some(Split::Leaky) || args.report.is_some() {
        return Err(Failure::new("faces and voices together have neither the leaky split nor a report"));
    }
    let imported = Imported::open(table)?;
    skip_all(&imported.unusable)?;
    let set = Ravdess::open(args.place(), Channel::AudioOnly)?;
    skip_all(&set.unusable)?;
    name_copies(&set)?;
    let features = speech_features(shared)?;
    let mut both = Both::of(Looked::of_table(&imported)?, Looked::of_sounds(&features, &set, args, shared.jobs())?);
    if both.looked[0].clips.is_empty() {
        let (table, folder) = (table.display(), args.place().display());
        return Err(Failure::new(format!("{table} and {folder} have no recording in common")));
    }
    let splits = args.split.map_or(HONEST.to_vec(), |split| vec![split]);
    let measured: Vec<(Split, JoinedScores)> = splits
        .into_iter()
        .map(|split| Ok((split, both.measure(split, args, shared.jobs())?)))
        .collect::<Outcome<_>>()?;
    if args.json { print_json(&both.json(args, &measured)) } else { both.text(&measured) }
}

impl Both {
    fn of(mut face: Looked, mut speech: Looked) -> Self {
        let left_out = [face.keep_those_of(&speech.recordings), speech.keep_those_of(&face.recordings)];
        Self { looked: [face, speech], left_out }
    }

    fn measure(&mut self, split: Split, args: &EvalRavdessArgs, jobs: usize) -> Outcome<JoinedScores> {
        for looked in &mut self.looked {
            name_sessions(looked, split, args.seed);
        }
        let [face, speech] = &self.looked;
        let values = |looked: &Looked| looked.clips.first().map_or(1, |clip| clip.clip.dimension());
        let fresh = [fresh(args, values(face))?, fresh(args, values(speech))?];
        let options = |fresh: &Head| ProtocolOptions {
            seed: args.seed,
            ..ProtocolOptions::for_values(args.head, fresh.dimension())
        };
        let [of_face, of_speech] = [&fresh[0], &fresh[1]].map(options);
        Ok(measure([(&face.clips, &fresh[0], of_face), (&speech.clips, &fresh[1], of_speech)], jobs)??)
    }

    fn json(&self, args: &EvalRavdessArgs, measured: &[(Split, JoinedScores)]) -> Value {
        let splits = measured.iter().map(|(split, scores)| {
            let mut scores = json!(scores);
            if let Some(scores) = scores.as_object_mut() {
                scores.insert("split".to_owned(), json!(split.name()));
            }
            scores
        });
        json!({
            "dataset": "ravdess",
            "data": args.place().to_string_lossy(),
            "face_features": args.face_features.as_ref().map(|table| table.to_string_lossy()),
            "channel": args.channel.name(),
            "head": args.head.name(),
            "seed": args.seed,
            "labels": LABELS,
            "streams": STREAMS,
            "features": by_stream(self.looked.each_ref().map(|looked| &looked.features)),
            "recordings": self.looked[0].clips.len(),
            "left_out": by_stream(self.left_out),
            "unreadable": by_stream(self.looked.each_ref().map(|looked| looked.unreadable)),
            "no_voice": self.looked[1].no_voice,
            "splits": splits.collect::<Vec<_>>(),
        })
    }

    fn text(&self, measured: &[(Split, JoinedScores)]) -> Outcome {
        let [face, speech] = &self.looked;
        let [faces, voices] = self.left_out;
        say(format!(
            "RAVDESS: {} with a face ({}) and a voice ({}); left out: {faces} without a voice, {voices} without a face",
            counted(face.clips.len(), "recordings"),
            face.features,
            speech.features,
        ))?;
        for (split, scores) in measured {
            lines(scores, &format!("split {}", split.name()), PEOPLE).into_iter().try_for_each(say)?;
        }
        Ok(())
    }
}
