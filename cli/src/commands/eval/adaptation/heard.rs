//! What voices say, alone and beside faces.

use mien_core::head::Head;
use mien_core::{Error, ErrorKind};
use mien_eval::protocol::{AdaptationScores, JoinedScores, Labeled, ProtocolOptions, adaptation, people_of};
use mien_eval::report::{figures, lines};
use serde_json::{Value, json};

use super::PEOPLE;
use super::clips::SetClips;
use crate::args::EvalAdaptationArgs;
use crate::commands::eval::heads::{Heads, on_threads};
use crate::commands::eval::joined::{self, by_stream, measure};
use crate::commands::eval::voices;
use crate::process::failure::Outcome;
use crate::text::{counted, percent};

/// Returns the figures of heads for the voices in `clips`, or why there are none.
pub fn of_speech(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    labels: &[String],
    args: &EvalAdaptationArgs,
    jobs: usize,
) -> Outcome<Result<AdaptationScores, Error>> {
    let values = voices::values_of(clips);
    let (fresh, options) = (fresh(values, labels, args)?, options(values, args));
    let heads = Heads::default();
    on_threads(jobs, || adaptation(clips, others, &fresh, &options, |step| heads.observe(step)))
}

fn fresh(values: usize, labels: &[String], args: &EvalAdaptationArgs) -> Outcome<Head> {
    Ok(Head::fresh(labels.to_vec(), values, args.head.body(), None, 1.0)?)
}

fn options(values: usize, args: &EvalAdaptationArgs) -> ProtocolOptions {
    ProtocolOptions { seed: args.seed, ..ProtocolOptions::for_values(args.head, values) }
}

/// What voices say beside faces.
pub struct Heard {
    speech: Result<AdaptationScores, String>,
    joined: Result<Joined, String>,
    /// Number of recordings with a voice.
    clips: usize,
    /// Number of values of a clip.
    values: usize,
    no_voice: usize,
}

/// What both say together of the recordings that have both.
struct Joined {
    scores: JoinedScores,
    /// Number of recordings with a face alone, and with a voice alone.
    left_out: [usize; 2],
}

impl Heard {
    /// Measures voices, and both; `None` without any voice. Afterward `collected` has only recordings with both.
    pub fn of(
        collected: &mut SetClips,
        others: Option<&[Labeled]>,
        (face, face_options): (&Head, ProtocolOptions),
        args: &EvalAdaptationArgs,
        jobs: usize,
    ) -> Outcome<Option<Self>> {
        let SetClips { faces, voices, no_voice, .. } = collected;
        if voices.clips.is_empty() {
            return Ok(None);
        }
        let (clips, values, no_voice) = (voices.clips.len(), voices::values_of(&voices.clips), *no_voice);
        let speech = match others {
            Some([]) => Err("no clip of --generic-data has a voice".to_owned()),
            _ => or_why(of_speech(&voices.clips, others, face.labels(), args, jobs)?)?,
        };
        let left_out = [faces.keep_those_of(voices), voices.keep_those_of(faces)];
        let joined = if others.is_some() {
            Err("weights of face and voice are learned on the set's other people, not with --generic-data".to_owned())
        } else if people_of(&faces.clips).len() < 2 {
            Err("fewer than two people have both".to_owned())
        } else {
            let speech = fresh(values, face.labels(), args)?;
            let streams = [(&*faces.clips, face, face_options), (&*voices.clips, &speech, options(values, args))];
            or_why(measure(streams, jobs)?)?.map(|scores| Joined { scores, left_out })
        };
        Ok(Some(Self { speech, joined, clips, values, no_voice }))
    }

    /// Returns the figures of speech.
    pub fn scores(&self) -> Option<&AdaptationScores> {
        self.speech.as_ref().ok()
    }

    /// Returns the figures of speech for scripts.
    pub fn speech_json(&self) -> Value {
        match &self.speech {
            Ok(scores) => {
                let mut figures = figures(scores);
                figures.insert("features".to_owned(), json!(voices::described(self.values)));
                Value::Object(figures)
            }
            Err(why) => json!({ "not_measured": why }),
        }
    }

    /// Returns the figures of both together for scripts.
    pub fn joined_json(&self) -> Value {
        match &self.joined {
            Ok(Joined { scores, left_out }) => {
                let mut figures = json!(scores);
                if let Some(figures) = figures.as_object_mut() {
                    figures.insert("left_out".to_owned(), json!(by_stream(*left_out)));
                }
                figures
            }
            Err(why) => json!({ "not_measured": why }),
        }
    }

    /// Returns what is said of both.
    pub fn lines(&self) -> Vec<String> {
        let mut said = vec![format!(
            "speech: {} with a voice ({}), {} without",
            counted(self.clips, "clips"),
            voices::described(self.values),
            self.no_voice
        )];
        match &self.speech {
            Ok(scores) => said.extend(lines(scores, PEOPLE).into_iter().map(|line| format!("  {line}"))),
            Err(why) => said.push(format!("  not measured: {why}")),
        }
        match &self.joined {
            Ok(Joined { scores, left_out: [faces, voices] }) => {
                let clips = counted(scores.clips, "clips");
                let left = format!("{clips} with both; left out: {faces} without a voice, {voices} without a face");
                said.extend(joined::lines(scores, &format!("face and speech, {left}"), PEOPLE));
            }
            Err(why) => said.push(format!("face and speech: not measured: {why}")),
        }
        said
    }

    /// Returns the facts of a report.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let speech = match &self.speech {
            Ok(_) => format!("{} with a voice ({})", counted(self.clips, "clips"), voices::described(self.values)),
            Err(why) => format!("not measured: {why}"),
        };
        let joined = match &self.joined {
            Ok(Joined { scores, .. }) => {
                let adapted = scores.adapted.iter().find(|adapted| adapted.clips_per_class.is_none());
                let adapted = adapted
                    .map_or_else(String::new, |adapted| format!(", adapted {}", percent(adapted.joined.accuracy)));
                let generic = percent(scores.generic_joined.accuracy);
                format!("{} with both: generic {generic}{adapted}", counted(scores.clips, "clips"))
            }
            Err(why) => format!("not measured: {why}"),
        };
        vec![("Speech", speech), ("Face and speech joined", joined)]
    }
}

/// Returns the result, or in words why the clips do not suffice; all other errors end the run.
fn or_why<T>(measured: Result<T, Error>) -> Outcome<Result<T, String>> {
    match measured {
        Err(error) if matches!(error.kind(), ErrorKind::NotEnoughSamples | ErrorKind::InvalidOption) => {
            Ok(Err(error.to_string()))
        }
        measured => Ok(Ok(measured?)),
    }
}
