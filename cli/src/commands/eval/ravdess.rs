//! `mien eval ravdess`: accuracy on RAVDESS as downloaded.

use std::path::PathBuf;
use std::time::Instant;

use mien_core::Engine;
use mien_core::engine::FaceResult;
use mien_core::head::{Clip, Head};
use mien_core::labels::index_of;
use mien_eval::protocol::{AdaptationScores, Labeled, ProtocolOptions, adaptation as evaluate_adaptation};
use mien_eval::ravdess::{Film, LABELS, LEAKY, Overlap, Ravdess, Recording, Split, overlap};
use mien_eval::report::{self, figures, lines};
use serde_json::{Value, json};

use super::generic::{features_name, refuse_generic};
use super::heads::{Heads, on_threads};
use super::report_folder::ReportFolder;
use crate::args::{EvalRavdessArgs, Shared};
use crate::commands::labeled::{look_at_all, mean_embedding, mean_logits};
use crate::outputs::Outputs;
use crate::process::failure::{Failure, Outcome};
use crate::process::skipped::or_skip;
use crate::process::terminal::{print_json, say, warn};
use crate::session::clip_faces_every;
use crate::session::engine;
use crate::text::counted;

/// The users of this data set, in the plural.
const PEOPLE: &str = "actors";

/// The clips with a face, and the recording of each.
struct Looked {
    clips: Vec<Labeled>,
    recordings: Vec<Recording>,
    /// Number of clips of different recordings, which come first; duplicates follow.
    different: usize,
    no_face: usize,
    unreadable: usize,
    seconds: f64,
}

/// The figures of a split.
struct Measured {
    split: Split,
    overlap: Overlap,
    /// Name and number of clips of each session.
    sessions: Vec<(String, usize)>,
    scores: AdaptationScores,
}

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalRavdessArgs) -> Outcome {
    refuse_generic(shared)?;
    let set = Ravdess::open(&args.data, args.channel)?;
    name_unused(&set)?;
    let actors = set.actors().len();
    if actors < 2 {
        let shown = args.data.display();
        return Err(Failure::new(format!(
            "{shown}: videos of only one actor; at least two are required to leave actors out"
        )));
    }
    let films = set.films.iter().chain(&set.video_only_duplicates).map(|film| &film.path);
    let mut outputs = Outputs::new(shared, args.json).reading(films);
    let folder = args.report.as_deref().map(|folder| ReportFolder::new(&mut outputs, folder)).transpose()?;
    let engine = engine(shared)?;
    let fresh = engine.fresh_head_for(args.head, &LABELS.map(str::to_owned))?;
    let mut looked = look(&engine, &set, args, shared.jobs())?;
    let measured = measure(&mut looked, args.split, &fresh, args, shared.jobs())?;
    let beside = if args.split == Split::Leaky {
        looked.keep_different();
        Some(measure(&mut looked, Split::Repetition, &fresh, args, shared.jobs())?)
    } else {
        None
    };
    let report = Report { args, engine: &engine, set: &set, looked: &looked, actors, measured, beside };
    if args.json {
        print_json(&report.json())?;
    } else {
        report.text()?;
    }
    let Some(folder) = &folder else { return Ok(()) };
    folder.write(report.files())?;
    if args.json { Ok(()) } else { folder.say() }
}

/// Names the files that are skipped, and copies.
fn name_unused(set: &Ravdess) -> Outcome {
    for why in &set.unusable {
        or_skip::<()>(Err(Failure::new(why).of_input()), true)?;
    }
    for copy in &set.copies_by_name {
        warn(format!("not counted: {}: its name says that it is a copy", copy.display()))?;
    }
    for copy in &set.without_original {
        warn(format!(
            "{}: its name says that it is a copy; it is used, because the original is missing",
            copy.display()
        ))?;
    }
    Ok(())
}

/// Extracts the clips of the films in parallel; for the leaky split also those of duplicates.
fn look(engine: &Engine, set: &Ravdess, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Looked> {
    let started = Instant::now();
    let duplicates = if args.split == Split::Leaky { set.video_only_duplicates.as_slice() } else { &[] };
    let films: Vec<&Film> = set.films.iter().chain(duplicates).collect();
    let look = |film: &&Film| labeled(engine, film, &clip_faces_every(engine, &film.path, args.every)?);
    let clips = look_at_all(jobs, &films, "clips", look)?;
    let different = clips[..set.films.len()].iter().flatten().flatten().count();
    let unreadable = set.unusable.len() + clips.iter().filter(|clip| clip.is_none()).count();
    let no_face = clips.iter().flatten().filter(|clip| clip.is_none()).count();
    let (recordings, clips): (Vec<_>, Vec<_>) =
        films.iter().zip(clips).filter_map(|(film, clip)| Some((film.recording, clip??))).unzip();
    if clips.is_empty() {
        return Err(Failure::new(format!("{}: no video has a face", args.data.display())));
    }
    Ok(Looked { clips, recordings, different, no_face, unreadable, seconds: started.elapsed().as_secs_f64() })
}

fn labeled(engine: &Engine, film: &Film, faces: &[FaceResult]) -> Outcome<Option<Labeled>> {
    let Some(embedding) = mean_embedding(faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
        class: film.recording.emotion,
        zero_shot: zero_shot(engine, faces),
        subject: film.recording.subject(),
        session: String::new(),
        embedding,
    }))
}

/// Returns the most probable of the network's classes that RAVDESS has, as a class of RAVDESS, with its probability.
fn zero_shot(engine: &Engine, faces: &[FaceResult]) -> Option<(usize, f32)> {
    let known = LABELS.map(str::to_owned);
    let probabilities = engine.calibrated(&mean_logits(faces)?);
    let classes = engine.labels().iter().zip(probabilities);
    let classes = classes.filter_map(|(label, probability)| Some((index_of(&known, label)?, probability)));
    classes.max_by(|a, b| a.1.total_cmp(&b.1))
}

impl Looked {
    /// Drops the duplicates.
    fn keep_different(&mut self) {
        self.clips.truncate(self.different);
        self.recordings.truncate(self.different);
    }
}

fn measure(looked: &mut Looked, split: Split, fresh: &Head, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Measured> {
    let names = split.sessions(&looked.recordings, args.seed);
    let overlap = overlap(&looked.recordings, &names);
    for (clip, name) in looked.clips.iter_mut().zip(&names) {
        clip.session.clone_from(name);
    }
    let mut sessions = std::collections::BTreeMap::new();
    names.into_iter().for_each(|name| *sessions.entry(name).or_default() += 1);
    let options = ProtocolOptions { seed: args.seed, ..ProtocolOptions::for_kind(args.head) };
    let heads = Heads::default();
    let evaluate = || evaluate_adaptation(&looked.clips, None, fresh, &options, |step| heads.observe(step));
    let scores = on_threads(jobs, evaluate)??;
    Ok(Measured { split, overlap, sessions: sessions.into_iter().collect(), scores })
}

impl Measured {
    fn mark(&self) -> Option<&'static str> {
        (self.split == Split::Leaky).then_some(LEAKY)
    }

    fn note(&self) -> Option<&'static str> {
        (self.split == Split::Intensity)
            .then_some("neutral has no strong intensity: whenever it is tested, no clip of it was learned")
    }

    fn json(&self) -> serde_json::Map<String, Value> {
        let sessions: serde_json::Map<_, _> =
            self.sessions.iter().map(|(name, clips)| (name.clone(), json!(clips))).collect();
        let mut measured = figures(&self.scores);
        measured.insert("split".to_owned(), json!(self.split.name()));
        measured.insert("leaky".to_owned(), json!(self.mark().is_some()));
        measured.insert("leaky_note".to_owned(), json!(self.mark()));
        measured.insert("split_note".to_owned(), json!(self.note()));
        measured.insert("sessions".to_owned(), json!(sessions));
        measured.insert("overlap".to_owned(), json!(self.overlap));
        measured
    }

    /// Describes the sessions and the overlap of tested and learned clips.
    fn in_words(&self) -> [String; 2] {
        let mark = self.mark().map_or_else(String::new, |mark| format!(" ({mark})"));
        let sessions: Vec<_> =
            self.sessions.iter().map(|(name, clips)| format!("{name}: {}", counted(*clips, "clips"))).collect();
        let Overlap { same_recording, other_repetition } = self.overlap;
        [
            format!("split {}{mark}: {}", self.split.name(), sessions.join(", ")),
            format!(
                "clips that another session also has: the same recording {same_recording}, the other repetition \
                 {other_repetition}"
            ),
        ]
    }

    fn text(&self) -> Outcome {
        let mark = self.mark().map_or_else(String::new, |mark| format!(" ({mark})"));
        let [split, overlap] = self.in_words();
        say(split)?;
        for line in lines(&self.scores, PEOPLE) {
            say(format!("  {line}{mark}"))?;
        }
        say(format!("  {overlap}"))?;
        self.note().map_or(Ok(()), |note| say(format!("  {note}")))
    }

    /// Returns the section of a report; `prefix` is put before the names of its plots.
    fn section(&self, head: &str, prefix: &'static str) -> report::Measured<'_> {
        let [split, overlap] = self.in_words();
        // The second split is named as well, so that rows are not confused.
        let name = (prefix == report::BESIDE).then(|| format!("split {}", self.split.name()));
        report::Measured {
            scores: &self.scores,
            title: format!("RAVDESS, split {}, {head}", self.split.name()),
            mark: self.mark().map(str::to_owned).or(name),
            prefix,
            notes: [format!("{split}; {overlap}")].into_iter().chain(self.note().map(str::to_owned)).collect(),
        }
    }
}

/// The report of the command.
struct Report<'a> {
    args: &'a EvalRavdessArgs,
    engine: &'a Engine,
    set: &'a Ravdess,
    looked: &'a Looked,
    actors: usize,
    measured: Measured,
    /// The split without leakage that is reported beside the leaky one.
    beside: Option<Measured>,
}

impl Report<'_> {
    /// Returns the classes that the network itself does not have.
    fn lacking(&self) -> Vec<&'static str> {
        LABELS.into_iter().filter(|label| index_of(self.engine.labels(), label).is_none()).collect()
    }

    fn json(&self) -> Value {
        let (set, scores) = (self.set, &self.measured.scores);
        let mut report = json!({
            "dataset": "ravdess",
            "data": self.args.data.to_string_lossy(),
            "head": self.args.head.name(),
            "features": features_name(self.engine),
            "generic_from": "leave actors out",
            "labels": LABELS,
            "zero_shot_counted_wrong": self.lacking(),
            "channel": self.args.channel.name(),
            "every": self.args.every,
            "seed": self.args.seed,
            "actors": self.actors,
            "recordings": set.films.len(),
            "video_only_duplicates": set.video_only_duplicates.len(),
            "copies": set.copies + set.copies_by_name.len(),
            "copies_by_name": names(&set.copies_by_name),
            "without_original": names(&set.without_original),
            "unusable": set.unusable.len(),
            "other_files": set.other_files,
            "audio_only": set.audio_only,
            "other_channel": set.other_channel,
            "no_face": self.looked.no_face,
            "unreadable": self.looked.unreadable,
            "beside": self.beside.as_ref().map(Measured::json),
            "seconds": {
                "features": self.looked.seconds,
                "train": scores.train.as_secs_f64(),
                "adapt_per_user": scores.adapt_per_user.as_secs_f64(),
            },
        });
        if let Some(report) = report.as_object_mut() {
            report.extend(self.measured.json());
        }
        report
    }

    /// Returns the files of `--report`.
    fn files(&self) -> report::Report<'_> {
        let head = self.args.head.name();
        let mut facts = vec![
            ("Data set", format!("RAVDESS, channel {}", self.args.channel.name())),
            ("Head", head.to_owned()),
            ("Features", features_name(self.engine)),
            ("Clips made from", format!("videos or folders of frames, one frame in {}", self.args.every)),
            ("Seed", self.args.seed.to_string()),
            ("Actors", self.actors.to_string()),
            ("Recordings", format!("{}, and {} clips without a face", self.set.films.len(), self.looked.no_face)),
        ];
        let lacking = self.lacking();
        if !lacking.is_empty() {
            facts.push(("Counted as wrong in zero-shot, because the network has no such class", lacking.join(", ")));
        }
        report::Report {
            facts,
            generic_from: format!(
                "a head learned from the other actors ({} folds, no actor on both sides)",
                self.measured.scores.folds
            ),
            people: PEOPLE,
            measured: [(&self.measured, "")]
                .into_iter()
                .chain(self.beside.as_ref().map(|beside| (beside, report::BESIDE)))
                .map(|(measured, prefix)| measured.section(head, prefix))
                .collect(),
            json: self.json(),
        }
    }

    fn text(&self) -> Outcome {
        let Ravdess { films, video_only_duplicates, audio_only, other_channel, .. } = self.set;
        let copies = self.set.copies + self.set.copies_by_name.len();
        say(format!(
            "RAVDESS, channel {}: {} actors, {} recordings, one frame in {}; {} clips without a face",
            self.args.channel.name(),
            self.actors,
            films.len(),
            self.args.every,
            self.looked.no_face
        ))?;
        let duplicates = video_only_duplicates.len();
        let used = if self.beside.is_some() { " (used only by the leaky split)" } else { "" };
        say(format!(
            "not counted: {duplicates} video-only duplicates{used}, {copies} copies, {audio_only} audio-only files, \
             {other_channel} videos of the other channel, {} with other names, {} that are neither video nor sound",
            counted(self.set.unusable.len(), "files"),
            counted(self.set.other_files, "files")
        ))?;
        let lacking = self.lacking();
        if !lacking.is_empty() && self.measured.scores.zero_shot.is_some() {
            say(format!("zero-shot: the network has no class for {}, counted as wrong", lacking.join(", ")))?;
        }
        self.measured.text()?;
        match &self.beside {
            Some(beside) => {
                say("for comparison, a split without the same recording on both sides:")?;
                beside.text()
            }
            None => Ok(()),
        }
    }
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}
