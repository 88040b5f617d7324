//! `mien train --stream speech`: a generic head for speech from labeled sound of several people.

use std::collections::BTreeMap;
use std::iter::repeat;
use std::path::Path;

use mien_core::head::{Clip, Head, Scale};
use mien_core::speech::SpeechFeatures;
use mien_core::train::blend::FOLDS;
use mien_core::train::discriminant::discriminant;
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::{ClassStatistics, UserClip};
use mien_core::{SplitMix64, labels};
use mien_eval::datasets::{Dataset, Entry, has_index};
use mien_eval::metrics::{Interval, bootstrap};
use mien_eval::protocol::DRAWS;
use serde_json::{Value, json};

use super::fitted_by;
use crate::args::{Shared, TrainArgs};
use crate::commands::labeled::{files_of_sets, labels_of, look_at_all, name_of, open, say_left_out};
use crate::media::{entries_of, may_be_medium, may_be_sound};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::exit;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::go_on;
use crate::process::terminal::{Progress, print_json, say};
use crate::session::{self, Vectors, vectors_of};
use crate::text::{counted, percent};

/// The speech of a labeled clip.
struct Spoken {
    /// Its own vector, and those of its copies: slower, faster, noisier.
    vectors: Vec<Vec<f32>>,
    class: usize,
    subject: String,
}

/// The clips of all data sets.
#[derive(Default)]
struct Collected {
    spoken: Vec<Spoken>,
    no_voice: usize,
    unreadable: usize,
    other_labels: BTreeMap<String, usize>,
}

/// Runs the command.
pub fn run(shared: &Shared, args: &TrainArgs) -> Outcome {
    if args.validation > 0.0 || args.pseudo_clips.is_some() {
        let why = "--validation and --pseudo-clips are for faces, not for --stream speech";
        return Err(Failure::new(why).with_exit_code(exit::USAGE));
    }
    let datasets: Vec<Dataset> = args.data.iter().map(|place| opened(place)).collect::<Outcome<_>>()?;
    let mut outputs = Outputs::new(shared, args.json).reading(files_of_sets(&datasets));
    let out = outputs.file(&args.out, Readers::Umask)?;
    let engine = session::engine(shared)?;
    let (labels, features) = (labels_of(&engine, args.head, &args.labels)?, engine.speech_features());
    let collected = collect(&datasets, &labels, features, shared.jobs())?;
    let all: Vec<&Spoken> = collected.spoken.iter().collect();
    let people = people_of(&all, args.seed);
    let folds = if people.len() < 2 { 0 } else { people.len().min(FOLDS) };
    let learner = Learner { features, labels: &labels, args };
    let bar = Progress::new(learner.options().epochs * (1 + folds), "epochs");
    let strangers = if folds > 0 { Some(Strangers::of(&all, &people, folds, &learner, &bar)?) } else { None };
    if !args.force {
        check(strangers.as_ref(), people.len())?;
    }
    let Learned { generic, loss } = learner.learn(&all, &bar)?;
    drop(bar);
    let bytes = generic.encode()?;
    out.write(&bytes)?;
    let report = Report { args, collected: &collected, strangers, generic, loss, bytes: bytes.len() };
    if args.json { print_json(&report.json()?) } else { report.print(&out) }
}

/// Opens a data set: with an index, or a folder per person with a folder per emotion.
fn opened(place: &Path) -> Outcome<Dataset> {
    if !place.is_dir() || has_index(place) {
        return open(place, &["emotion"]);
    }
    let folders =
        |path: &Path| -> Outcome<Vec<_>> { Ok(entries_of(path)?.into_iter().filter(|entry| entry.is_dir()).collect()) };
    let mut entries = Vec::new();
    for person in folders(place)? {
        for emotion in folders(&person)? {
            let (subject, emotion_name) = (name_of(&person), labels::canonical(&name_of(&emotion)));
            let clips = entries_of(&emotion)?.into_iter().filter(|path| may_be_sound(path) || may_be_medium(path));
            entries.extend(clips.map(|path| Entry {
                path,
                subject: subject.clone(),
                emotion: emotion_name.clone(),
                ..Entry::default()
            }));
        }
    }
    if entries.is_empty() {
        return Err(Failure::new(format!(
            "{}: neither an index.csv (path,subject,emotion) nor a folder per person with one per emotion",
            place.display()
        )));
    }
    Ok(Dataset { name: name_of(place), index: place.to_path_buf(), entries, unusable: Vec::new() })
}

/// Describes the speech of all clips whose labels are known.
fn collect(datasets: &[Dataset], known: &[String], features: &SpeechFeatures, jobs: usize) -> Outcome<Collected> {
    let mut collected = Collected::default();
    let mut wanted = Vec::new();
    for (set, entry) in datasets.iter().flat_map(|set| set.entries.iter().map(move |entry| (set, entry))) {
        match labels::index_of(known, &entry.emotion) {
            Some(class) => wanted.push((wanted.len() as u64, set, entry, class)),
            None => *collected.other_labels.entry(entry.emotion.clone()).or_default() += 1,
        }
    }
    let look = |(seed, _, entry, _): &(u64, &Dataset, &Entry, usize)| vectors_of(features, entry.sound_file(), *seed);
    let looked = look_at_all(jobs, &wanted, "clips", look)?;
    collected.unreadable = datasets.iter().map(|set| set.unusable.len()).sum();
    for ((_, set, entry, class), vectors) in wanted.into_iter().zip(looked) {
        match vectors {
            // Different people may have the same name in two sets.
            Some(Ok(Vectors { own, copies, .. })) => {
                let vectors = [own].into_iter().chain(copies).collect();
                let subject = format!("{}/{}", set.name, entry.subject);
                collected.spoken.push(Spoken { vectors, class, subject });
            }
            Some(Err(_)) => collected.no_voice += 1,
            None => collected.unreadable += 1,
        }
    }
    if collected.spoken.is_empty() {
        let known = known.join(", ");
        return Err(Failure::new(format!("no clip has a voice and one of the emotions {known}")));
    }
    Ok(collected)
}

/// Returns the people, shuffled by the seed.
fn people_of<'a>(clips: &[&'a Spoken], seed: u64) -> Vec<&'a str> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    SplitMix64::new(seed).shuffle(&mut people);
    people
}

struct Learned {
    generic: GenericHead,
    /// Mean loss of the last epoch.
    loss: f32,
}

/// Learns heads from the values of speech.
struct Learner<'a> {
    features: &'a SpeechFeatures,
    labels: &'a [String],
    args: &'a TrainArgs,
}

impl Learner<'_> {
    fn options(&self) -> FitOptions {
        fitted_by(self.args, FitOptions::generic_of_values(self.args.head, self.features.values()))
    }

    /// Learns a head from clips and their copies, from a linear discriminant on.
    fn learn(&self, clips: &[&Spoken], bar: &Progress) -> Outcome<Learned> {
        let Self { features, labels, args } = *self;
        let vectors: Vec<&[f32]> = clips.iter().flat_map(|clip| &clip.vectors).map(Vec::as_slice).collect();
        let scale = Scale::of(&vectors)?;
        let scaled =
            |clip: &&Spoken| clip.vectors.iter().map(|vector| scaled(&scale, vector)).collect::<Outcome<Vec<_>>>();
        let scaled: Vec<Vec<Clip>> = clips.iter().map(scaled).collect::<Outcome<_>>()?;
        let samples: Vec<Sample<'_>> =
            clips.iter().zip(&scaled).flat_map(|(clip, copies)| copies.iter().zip(repeat(clip.class))).collect();
        let of_two = samples.iter().any(|(_, class)| *class != samples[0].1);
        let Some(layer) = discriminant(&samples, labels.len()).filter(|_| of_two) else {
            return Err(Failure::new("the clips of a fold show one emotion; at least two are needed to learn"));
        };
        let start = Head::fresh(labels.to_vec(), features.values(), args.head.body(), Some(&layer), 1.0)?;
        let mut loss = 0.0;
        let head = fit(&start, &samples, &self.options(), |progress| {
            bar.step();
            loss = progress.loss;
            go_on()
        })?;
        let of_users: Vec<_> = clips
            .iter()
            .zip(&scaled)
            .map(|(clip, copies)| UserClip { clip: &copies[0], class: clip.class, user: &clip.subject })
            .collect();
        let statistics = ClassStatistics::of(&of_users, labels.len()).ok();
        let generic = GenericHead::new(head, statistics)?.scaled(scale)?.of_networks(features.name());
        Ok(Learned { generic, loss })
    }
}

fn scaled(scale: &Scale, vector: &[f32]) -> Outcome<Clip> {
    Ok(Clip::from_frames(&[scale.apply(vector)?])?)
}

/// Returns the number of right answers of a head.
fn right(generic: &GenericHead, clips: &[&Spoken]) -> Outcome<usize> {
    let mut right = 0;
    for clip in clips {
        let vector = &clip.vectors[0];
        let scaled =
            generic.scale.as_ref().map_or_else(|| Ok(Clip::from_frames(&[vector])?), |of| scaled(of, vector))?;
        right += usize::from(generic.head.classify(&scaled)? == clip.class);
    }
    Ok(right)
}

/// What people left out of the training show.
struct Strangers {
    folds: usize,
    /// For each person the number of clips, of right answers, and of clips with the most frequent emotion of all.
    people: Vec<[usize; 3]>,
    /// Share of right answers, with its interval over people.
    accuracy: f64,
    interval: Option<Interval>,
    /// Share of the most frequent emotion: what guessing reaches.
    guessing: f64,
    /// What answers gain over guessing, with its interval.
    gain: Option<Interval>,
}

impl Strangers {
    fn of(clips: &[&Spoken], people: &[&str], folds: usize, learner: &Learner<'_>, bar: &Progress) -> Outcome<Self> {
        let (labels, args) = (learner.labels, learner.args);
        let of_class = |class: usize| clips.iter().filter(|clip| clip.class == class).count();
        let frequent = (0..labels.len()).max_by_key(|class| of_class(*class)).unwrap_or(0);
        let mut counts = Vec::new();
        for fold in 0..folds {
            let left_out: Vec<&str> = people.iter().skip(fold).step_by(folds).copied().collect();
            let learned: Vec<&Spoken> =
                clips.iter().filter(|clip| !left_out.contains(&clip.subject.as_str())).copied().collect();
            let Learned { generic, .. } = learner.learn(&learned, bar)?;
            for person in left_out {
                let own: Vec<&Spoken> = clips.iter().filter(|clip| clip.subject == person).copied().collect();
                let guessed = own.iter().filter(|clip| clip.class == frequent).count();
                counts.push([own.len(), right(&generic, &own)?, guessed]);
            }
        }
        let share = |drawn: &[usize], of: &dyn Fn(&[usize; 3]) -> f64| {
            let sum = |of: &dyn Fn(&[usize; 3]) -> f64| drawn.iter().map(|person| of(&counts[*person])).sum::<f64>();
            sum(of) / sum(&|[all, ..]| *all as f64)
        };
        let (right, guessed) = (|of: &[usize; 3]| of[1] as f64, |of: &[usize; 3]| of[2] as f64);
        let gain = |of: &[usize; 3]| right(of) - guessed(of);
        let everybody: Vec<usize> = (0..counts.len()).collect();
        Ok(Self {
            folds,
            accuracy: share(&everybody, &right),
            interval: bootstrap(counts.len(), DRAWS, args.seed, |drawn| share(drawn, &right)),
            guessing: share(&everybody, &guessed),
            gain: bootstrap(counts.len(), DRAWS, args.seed, |drawn| share(drawn, &gain)),
            people: counts,
        })
    }

    fn helps(&self) -> bool {
        self.gain.is_some_and(|gain| gain.low > 0.0)
    }

    fn json(&self) -> Value {
        json!({
            "people": self.people.len(), "folds": self.folds, "accuracy": self.accuracy, "interval": self.interval,
            "accuracy_guessing": self.guessing, "gain": self.gain,
        })
    }

    fn text(&self) -> String {
        let interval = self.interval.map_or_else(String::new, |Interval { low, high, .. }| {
            format!(" (95 % interval {:.1} to {})", 100.0 * low, percent(high))
        });
        format!(
            "strangers ({} people, {} folds): right for {}{interval}; the most frequent emotion would be for {}",
            self.people.len(),
            self.folds,
            percent(self.accuracy),
            percent(self.guessing)
        )
    }
}

/// Refuses a head that is not proven to help strangers.
fn check(strangers: Option<&Strangers>, people: usize) -> Outcome {
    let why = match strangers {
        None => {
            "the clips are of one person only, so nobody can be left out to measure whether the head helps strangers"
                .to_owned()
        }
        Some(strangers) if strangers.helps() => return Ok(()),
        Some(strangers) => {
            format!("{people} people are too few to prove that the head is better than guessing: {}", strangers.text())
        }
    };
    let failure = Failure::new(format!("{why}; add people, or write the head as trained with --force"));
    Err(failure.with_exit_code(exit::REFUSED))
}

/// The report of a training run.
struct Report<'a> {
    args: &'a TrainArgs,
    collected: &'a Collected,
    strangers: Option<Strangers>,
    generic: GenericHead,
    loss: f32,
    bytes: usize,
}

impl Report<'_> {
    fn accuracy(&self) -> Outcome<f64> {
        let all: Vec<&Spoken> = self.collected.spoken.iter().collect();
        Ok(right(&self.generic, &all)? as f64 / all.len() as f64)
    }

    fn json(&self) -> Outcome<Value> {
        let Self { args, collected, generic, .. } = self;
        Ok(json!({
            "stream": args.stream.name(),
            "head": args.head.name(),
            "labels": generic.head.labels(),
            "file": args.out.to_string_lossy(),
            "bytes": self.bytes,
            "clips_from": "sound",
            "pseudo_clips": null,
            "clips": collected.spoken.len(),
            "no_face": 0,
            "no_voice": collected.no_voice,
            "unreadable": collected.unreadable,
            "other_labels": collected.other_labels,
            "loss": self.loss,
            "accuracy_learned": self.accuracy()?,
            "validation": null,
            "strangers": self.strangers.as_ref().map(Strangers::json),
            "forced": args.force,
            "class_statistics": generic.statistics.is_some(),
        }))
    }

    fn print(&self, out: &Destination) -> Outcome {
        let Self { args, collected, .. } = self;
        say_left_out(&collected.other_labels)?;
        say(format!(
            "wrote {out}: {} head for speech from {} ({} without a voice), {} KiB; accuracy on these clips {}",
            args.head.name(),
            counted(collected.spoken.len(), "clips"),
            collected.no_voice,
            self.bytes.div_ceil(1024),
            percent(self.accuracy()?)
        ))?;
        match &self.strangers {
            Some(strangers) => say(strangers.text())?,
            None => say("warning: one person only; whether strangers are helped is unknown")?,
        }
        say(
            "give it to other commands with --generic-speech; the license of the data decides whether you may distribute it",
        )
    }
}
