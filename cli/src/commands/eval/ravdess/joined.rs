//! Faces from a table and voices from sounds of the same recordings: each alone, and both joined.

use std::collections::BTreeMap;
use std::path::Path;

use mien_core::Modality;
use mien_core::fusion::Weights;
use mien_core::speech::descriptor::CLIP_VALUES;
use mien_eval::protocol::{AdaptedScores, Figures, JoinedScores, ProtocolOptions, Stream, joined};
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::{Channel, LABELS, Ravdess, Split};
use serde_json::{Value, json};

use super::{PEOPLE, fresh, name_copies, name_sessions, skip_all};
use crate::args::{EvalRavdessArgs, Shared};
use crate::commands::eval::heads::{Heads, on_threads};
use crate::commands::eval::ravdess::looked::Looked;
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{print_json, say};
use crate::text::{counted, percent};

/// The streams, in the order of [`Both::looked`].
const STREAMS: [Modality; 2] = Modality::ALL;

/// The splits that are no flattery.
const HONEST: [Split; 3] = [Split::Statement, Split::Repetition, Split::Intensity];

/// The recordings of which there are a face and a voice.
struct Both {
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
    let mut both = Both::of(Looked::of_table(&imported)?, Looked::of_sounds(&set, args, shared.jobs())?);
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
        let values = face.clips.first().map_or(1, |clip| clip.clip.dimension());
        let fresh = [fresh(args, values)?, fresh(args, CLIP_VALUES)?];
        let streams: Vec<Stream<'_>> = STREAMS
            .into_iter()
            .zip([face, speech])
            .zip(&fresh)
            .map(|((modality, looked), fresh)| {
                let options = ProtocolOptions {
                    seed: args.seed,
                    curve: vec![1, 2, 4],
                    ..ProtocolOptions::for_values(args.head, fresh.dimension())
                };
                Stream { modality, clips: &looked.clips, fresh, options }
            })
            .collect();
        let heads = Heads::default();
        Ok(on_threads(jobs, || joined(&streams, |step| heads.observe(step)))??)
    }

    fn json(&self, args: &EvalRavdessArgs, measured: &[(Split, JoinedScores)]) -> Value {
        let by_stream = |counts: [usize; 2]| STREAMS.into_iter().zip(counts).collect::<BTreeMap<_, _>>();
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
            "features": STREAMS.into_iter().zip(self.looked.each_ref().map(|looked| &looked.features)).collect::<BTreeMap<_, _>>(),
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
            lines(scores, &format!("split {}", split.name())).into_iter().try_for_each(say)?;
        }
        Ok(())
    }
}

/// Returns the table of one split.
fn lines(scores: &JoinedScores, title: &str) -> Vec<String> {
    let mut lines = vec![format!("{title}: {} {PEOPLE}, {} folds", scores.users, scores.folds)];
    let row = |name: String, figures: Vec<String>| format!("  {name:<34} {}", figures.join("  "));
    let head: Vec<String> =
        STREAMS.map(Modality::name).into_iter().chain(["joined"]).map(|name| format!("{name:<22}")).collect();
    lines.push(row("accuracy, ECE, harmed".to_owned(), head));
    let cells = |by: &BTreeMap<Modality, Figures>, joined: Option<&Figures>| -> Vec<String> {
        STREAMS.iter().filter_map(|modality| by.get(modality)).chain(joined).map(cell).collect()
    };
    lines.push(row("generic".to_owned(), cells(&scores.generic, Some(&scores.generic_joined))));
    for adapted in &scores.adapted {
        lines.push(row(name(adapted), cells(&adapted.alone, Some(&adapted.joined))));
        lines.push(row("  with both adapted, one missing".to_owned(), cells(&adapted.others_missing, None)));
        let asked = |modality: Modality| adapted.asked_alone.get(&modality).copied().unwrap_or(0).to_string();
        let asked: Vec<String> = STREAMS.into_iter().map(asked).chain([adapted.asked.to_string()]).collect();
        lines.push(row(
            format!("  asked about labels, of {}", adapted.adaptations),
            asked.iter().map(|asked| format!("{asked:<22}")).collect(),
        ));
    }
    let weights = scores.weights.iter().map(|(modality, Weights { generic, adapted })| {
        format!("{} {generic:.2} generic and {adapted:.2} adapted", modality.name())
    });
    lines.push(format!("  weights: {}", weights.collect::<Vec<_>>().join(", ")));
    lines
}

fn name(adapted: &AdaptedScores) -> String {
    match (adapted.clips_per_class, adapted.confirmed) {
        (None, false) => "adapted".to_owned(),
        (None, true) => "once labels are confirmed".to_owned(),
        (Some(clips), _) => format!("at most {} of an emotion", counted(clips, "clips")),
    }
}

fn cell(Figures { accuracy, ece, harmed_users, .. }: &Figures) -> String {
    format!("{:<22}", format!("{}, {}, {harmed_users}", percent(*accuracy), percent(*ece)))
}
