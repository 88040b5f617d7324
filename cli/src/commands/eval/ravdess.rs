//! `mien eval ravdess`: accuracy on RAVDESS as downloaded.

mod degraded;
mod joined;
mod looked;
mod rows;

use std::path::PathBuf;

use looked::Looked;
use mien_core::head::{Head, HeadKind};
use mien_core::speech::SpeechFeatures;
use mien_eval::protocol::{AdaptationScores, ProtocolOptions, adaptation as evaluate_adaptation};
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::{Channel, LABELS, LEAKY, Overlap, Ravdess, Split, overlap};
use mien_eval::report::{self, figures, lines};
use serde_json::{Value, json};

use super::generic::refuse_generic;
use super::heads::{Heads, on_threads};
use super::report_folder::ReportFolder;
use super::voices;
use crate::args::{EvalRavdessArgs, Shared};
use crate::outputs::Outputs;
use crate::process::failure::{Failure, Outcome};
use crate::process::skipped::or_skip;
use crate::process::terminal::{print_json, say, warn};
use crate::session::{engine, speech_features};
use crate::text::counted;

/// The users of this data set, in the plural.
const PEOPLE: &str = "actors";

/// The figures of a split.
struct Measured {
    split: Split,
    overlap: Overlap,
    /// Name and number of clips of each session.
    sessions: Vec<(String, usize)>,
    scores: AdaptationScores,
}

/// Where the clips come from.
enum Source {
    /// Films, whose faces are looked at.
    Films(Ravdess),
    /// Files of sound alone, and what describes them.
    Sounds(Ravdess, SpeechFeatures),
    /// A table of features.
    Table(Imported),
}

impl Source {
    fn open(shared: &Shared, args: &EvalRavdessArgs) -> Outcome<Self> {
        if let Some(table) = &args.face_features {
            let imported = Imported::open(table)?;
            skip_all(&imported.unusable)?;
            return Ok(Self::Table(imported));
        }
        let set = Ravdess::open(args.place(), args.channel)?;
        skip_all(&set.unusable)?;
        name_copies(&set)?;
        Ok(if args.channel == Channel::AudioOnly {
            Self::Sounds(set, speech_features(shared)?)
        } else {
            Self::Films(set)
        })
    }

    fn actors(&self) -> usize {
        match self {
            Self::Films(set) | Self::Sounds(set, _) => set.actors().len(),
            Self::Table(imported) => imported.actors().len(),
        }
    }

    /// Returns the files that are read.
    fn files<'a>(&'a self, args: &'a EvalRavdessArgs) -> Vec<&'a PathBuf> {
        match self {
            Self::Films(set) | Self::Sounds(set, _) => {
                set.films.iter().chain(&set.video_only_duplicates).map(|film| &film.path).collect()
            }
            Self::Table(_) => args.face_features.iter().collect(),
        }
    }

    /// Returns the options of training for its values.
    fn options(&self, kind: HeadKind) -> ProtocolOptions {
        match self {
            Self::Films(_) => ProtocolOptions::for_kind(kind),
            Self::Sounds(_, features) => ProtocolOptions::for_values(kind, features.values()),
            Self::Table(imported) => ProtocolOptions::for_values(kind, imported.values.len()),
        }
    }

    /// Returns the clips, and the head from which training starts.
    fn clips(&self, shared: &Shared, args: &EvalRavdessArgs) -> Outcome<(Looked, Head)> {
        match self {
            Self::Films(set) => {
                let engine = engine(shared)?;
                let fresh = engine.fresh_head_for(args.head, &LABELS.map(str::to_owned))?;
                Ok((Looked::of_films(&engine, set, args, shared.jobs())?, fresh))
            }
            Self::Sounds(set, features) => {
                let fresh = fresh(args, features.values())?;
                Ok((Looked::of_sounds(features, set, args, shared.jobs())?, fresh))
            }
            Self::Table(imported) => Ok((Looked::of_table(imported)?, fresh(args, imported.values.len())?)),
        }
    }
}

/// Returns the head over so many values, which no network made, from which training starts.
fn fresh(args: &EvalRavdessArgs, values: usize) -> Outcome<Head> {
    Ok(Head::fresh(LABELS.map(str::to_owned).to_vec(), values, args.head.body(), None, 1.0)?)
}

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalRavdessArgs) -> Outcome {
    refuse_generic(shared)?;
    if let (Some(_), Some(table)) = (&args.data, &args.face_features) {
        return joined::run(shared, args, table);
    }
    let split = args.split.unwrap_or(Split::Statement);
    let source = Source::open(shared, args)?;
    let actors = source.actors();
    if actors < 2 {
        let shown = args.place().display();
        return Err(Failure::new(format!(
            "{shown}: recordings of only one actor; at least two are required to leave actors out"
        )));
    }
    if !args.degrade.is_empty() {
        return degraded::run(shared, args, &source);
    }
    if args.speech_rows {
        return rows::run(shared, args, &source);
    }
    let mut outputs = Outputs::new(shared, args.json).reading(source.files(args));
    let folder = args.report.as_deref().map(|folder| ReportFolder::new(&mut outputs, folder)).transpose()?;
    let (mut looked, fresh) = source.clips(shared, args)?;
    let measured = measure(&source, &mut looked, split, &fresh, args, shared.jobs())?;
    let beside = if split == Split::Leaky {
        looked.keep_different();
        Some(measure(&source, &mut looked, Split::Repetition, &fresh, args, shared.jobs())?)
    } else {
        None
    };
    let report = Report { args, source: &source, looked: &looked, actors, measured, beside };
    if args.json {
        print_json(&report.json())?;
    } else {
        report.text()?;
    }
    let Some(folder) = &folder else { return Ok(()) };
    folder.write(report.files())?;
    if args.json { Ok(()) } else { folder.say() }
}

/// Names what is skipped.
fn skip_all(unusable: &[String]) -> Outcome {
    unusable.iter().try_for_each(|why| or_skip::<()>(Err(Failure::new(why).of_input()), true).map(|_| ()))
}

/// Names files that are copies.
fn name_copies(set: &Ravdess) -> Outcome {
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

/// Puts every clip into its session of the split; returns their names.
fn name_sessions(looked: &mut Looked, split: Split, seed: u64) -> Vec<String> {
    let names = split.sessions(&looked.recordings, seed);
    for (clip, name) in looked.clips.iter_mut().zip(&names) {
        clip.session.clone_from(name);
    }
    names
}

fn measure(
    source: &Source,
    looked: &mut Looked,
    split: Split,
    fresh: &Head,
    args: &EvalRavdessArgs,
    jobs: usize,
) -> Outcome<Measured> {
    let names = name_sessions(looked, split, args.seed);
    let overlap = overlap(&looked.recordings, &names);
    let mut sessions = std::collections::BTreeMap::new();
    names.into_iter().for_each(|name| *sessions.entry(name).or_default() += 1);
    let options = ProtocolOptions { seed: args.seed, ..source.options(args.head) };
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
    source: &'a Source,
    looked: &'a Looked,
    actors: usize,
    measured: Measured,
    /// The split without leakage that is reported beside the leaky one.
    beside: Option<Measured>,
}

impl Report<'_> {
    fn json(&self) -> Value {
        let (looked, scores) = (self.looked, &self.measured.scores);
        let mut report = json!({
            "dataset": "ravdess",
            "data": self.args.place().to_string_lossy(),
            "head": self.args.head.name(),
            "features": looked.features,
            "generic_from": "leave actors out",
            "labels": LABELS,
            "zero_shot_counted_wrong": looked.lacking,
            "seed": self.args.seed,
            "actors": self.actors,
            "no_face": looked.no_face,
            "no_voice": looked.no_voice,
            "unreadable": looked.unreadable,
            "beside": self.beside.as_ref().map(Measured::json),
            "seconds": {
                "features": looked.seconds,
                "train": scores.train.as_secs_f64(),
                "adapt_per_user": scores.adapt_per_user.as_secs_f64(),
            },
        });
        if let Some(report) = report.as_object_mut() {
            report.extend(self.found());
            report.extend(self.measured.json());
        }
        report
    }

    /// Returns what was found, used or not.
    fn found(&self) -> serde_json::Map<String, Value> {
        let set = match self.source {
            Source::Films(set) | Source::Sounds(set, _) => set,
            Source::Table(imported) => {
                &Ravdess { audio_only: imported.audio_only, unusable: imported.unusable.clone(), ..Ravdess::default() }
            }
        };
        let table = self.args.face_features.as_ref();
        let found = [
            ("face_features", json!(table.map(|table| table.to_string_lossy()))),
            ("channel", json!(self.args.channel.name())),
            ("every", json!(self.args.every)),
            ("recordings", json!(table.map_or(set.films.len(), |_| self.looked.different))),
            ("video_only_duplicates", json!(set.video_only_duplicates.len())),
            ("copies", json!(set.copies + set.copies_by_name.len())),
            ("copies_by_name", json!(names(&set.copies_by_name))),
            ("without_original", json!(names(&set.without_original))),
            ("unusable", json!(set.unusable.len())),
            ("other_files", json!(set.other_files)),
            ("audio_only", json!(set.audio_only)),
            ("other_channel", json!(set.other_channel)),
        ];
        found.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }

    /// Returns the files of `--report`.
    fn files(&self) -> report::Report<'_> {
        let (head, looked) = (self.args.head.name(), self.looked);
        let (data_set, clips_from, recordings) = match self.source {
            Source::Films(set) => (
                format!("RAVDESS, channel {}", self.args.channel.name()),
                format!("videos or folders of frames, one frame in {}", self.args.every),
                format!("{}, and {} clips without a face", set.films.len(), looked.no_face),
            ),
            Source::Sounds(set, _) => (
                "RAVDESS, channel audio-only".to_owned(),
                voices::CLIPS_FROM.to_owned(),
                format!("{}, and {} without a voice", set.films.len(), counted(looked.no_voice, "sounds")),
            ),
            Source::Table(_) => (
                "RAVDESS, a table of features".to_owned(),
                "the rows of the table, one frame each".to_owned(),
                looked.different.to_string(),
            ),
        };
        let mut facts = vec![
            ("Data set", data_set),
            ("Head", head.to_owned()),
            ("Features", looked.features.clone()),
            ("Clips made from", clips_from),
            ("Seed", self.args.seed.to_string()),
            ("Actors", self.actors.to_string()),
            ("Recordings", recordings),
        ];
        if !looked.lacking.is_empty() {
            facts.push((
                "Counted as wrong in zero-shot, because the network has no such class",
                looked.lacking.join(", "),
            ));
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
        match self.source {
            Source::Films(set) | Source::Sounds(set, _) => self.set_text(set)?,
            Source::Table(imported) => say(format!(
                "RAVDESS, {}: {} actors, {} recordings; {} of sound alone, {} that cannot be used",
                self.looked.features,
                self.actors,
                self.looked.different,
                counted(imported.audio_only, "rows"),
                counted(imported.unusable.len(), "rows")
            ))?,
        }
        if !self.looked.lacking.is_empty() && self.measured.scores.zero_shot.is_some() {
            let lacking = self.looked.lacking.join(", ");
            say(format!("zero-shot: the network has no class for {lacking}, counted as wrong"))?;
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

    fn set_text(&self, set: &Ravdess) -> Outcome {
        let Ravdess { films, video_only_duplicates, audio_only, other_channel, .. } = set;
        let copies = set.copies + set.copies_by_name.len();
        let looked = match self.source {
            Source::Sounds(..) => {
                format!("{}; {} without a voice", self.looked.features, counted(self.looked.no_voice, "sounds"))
            }
            _ => format!("one frame in {}; {} clips without a face", self.args.every, self.looked.no_face),
        };
        say(format!(
            "RAVDESS, channel {}: {} actors, {} recordings, {looked}",
            self.args.channel.name(),
            self.actors,
            films.len(),
        ))?;
        let duplicates = video_only_duplicates.len();
        let used = if self.beside.is_some() { " (used only by the leaky split)" } else { "" };
        say(format!(
            "not counted: {duplicates} video-only duplicates{used}, {copies} copies, {audio_only} audio-only files, \
             {other_channel} videos of the other channel, {} with other names, {} that are neither video nor sound",
            counted(set.unusable.len(), "files"),
            counted(set.other_files, "files")
        ))
    }
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}
