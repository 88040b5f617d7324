//! `mien enroll`: a new user from pictures.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use mien_core::Engine;
use mien_core::engine::enrollment::{Enrollment, EnrollmentOptions, EnrollmentStep, Rejection, Sighting};
use mien_core::face::quality::QualityIssue;
use mien_core::users::profile::check_name;
use serde_json::json;

use crate::args::{EnrollArgs, Shared};
use crate::media::{Folders, Kind, Media, Picture, list};
use crate::process::exit;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::parallel::in_order;
use crate::process::skipped::{self, incomplete, or_skip};
use crate::process::terminal::{Progress, note, print_json, say};
use crate::session::{check_new_user, check_user, engine_with_new_store};
use crate::text::{counted, listed};
use crate::time::now_ms;

/// Enrolls a user from pictures, folders of frames and videos, or adds to an enrolled user. Each usable frame adds an
/// embedding; each other frame is reported with the reason.
pub fn run(shared: &Shared, args: &EnrollArgs) -> Outcome {
    check_name(&args.name).map_err(|error| Failure::from(error).with_exit_code(exit::USAGE))?;
    let engine = engine_with_new_store(shared)?;
    if args.more {
        check_user(&engine, &args.name)?;
    } else {
        check_new_user(&engine, &args.name, "add pictures with --more")?;
    }
    let options = EnrollmentOptions { same_person: args.same_person, ..EnrollmentOptions::default() };
    let mut enrollment = if args.more {
        engine.enrollment_of(&args.name, options.clone())?
    } else {
        engine.enrollment(&args.name, options.clone())?
    };
    let Looked { mut sources, judged } = look(&engine, &mut enrollment, &args.pictures, shared.jobs())?;
    settle(&mut sources, &judged, &enrollment)?;
    let people = People { sources: &sources, judged: &judged, groups: enrollment.people() };
    let refuse = |refusal: &str, failure: Failure| {
        if args.json {
            print_json(&report(args, 0, Some(refusal), &people))?;
        }
        Err(failure.with_exit_code(exit::REFUSED))
    };
    if enrollment.is_mixture() {
        return refuse("several_people", people.refusal(&args.name));
    }
    if enrollment.count() < options.min_frames {
        let reasons: Vec<_> = sources.iter().flat_map(Source::reasons).collect();
        let reasons = if reasons.is_empty() { "none can be read".to_owned() } else { listed(&reasons, "; ") };
        let way_out = way_out(&sources, &args.name).map_or_else(String::new, |way_out| format!("; {way_out}"));
        let failure = Failure::new(format!("no usable picture: {reasons}{way_out}"));
        let is_of_others = sources.iter().any(|source| source.rejected.iter().any(|(_, why)| is_other(why)));
        return if is_of_others { refuse("somebody_else", failure) } else { Err(failure) };
    }
    check_interrupt()?;
    let accepted = enrollment.finish(now_ms())?;
    skipped::not_used(sources.iter().map(Source::not_used).sum());
    if args.json {
        return print_json(&report(args, accepted, None, &people));
    }
    tell(args, &sources, accepted)
}

/// Prints what was used and what not, and what to do next.
fn tell(args: &EnrollArgs, sources: &[Source], accepted: usize) -> Outcome {
    sources.iter().flat_map(Source::lines).try_for_each(say)?;
    let frames: usize = sources.iter().map(|source| source.frames).sum();
    let (name, frames) = (&args.name, counted(frames, "pictures"));
    say(if args.more {
        format!("added {accepted} of {frames} to {name}")
    } else {
        format!("enrolled {name} from {accepted} of {frames}")
    })?;
    way_out(sources, name).into_iter().try_for_each(say)?;
    if !args.more && accepted == 2 {
        note(format!("make sure that both pictures show {name}: two do not tell people apart who look alike"))?;
    }
    if !args.more && accepted < FEW {
        note(format!(
            "add pictures with --more: with at least {FEW} pictures, taken on different days, {name} is recognized far more \
             often"
        ))?;
    }
    Ok(())
}

fn report(args: &EnrollArgs, accepted: usize, refusal: Option<&str>, people: &People<'_>) -> serde_json::Value {
    let rejected: Vec<_> = people.sources.iter().flat_map(Source::rejected_json).collect();
    json!({
        "user": args.name, "accepted": accepted, "refusal": refusal, "people": people.json(), "rejected": rejected,
        "unreadable": skipped::list(),
    })
}

/// The usable frames by the person they show, with where they are from.
struct People<'a> {
    sources: &'a [Source],
    judged: &'a [Judged],
    groups: Vec<Vec<usize>>,
}

impl People<'_> {
    fn place(&self, frame: usize) -> (&Source, usize) {
        let Judged { source, frame } = self.judged[frame];
        (&self.sources[source], frame)
    }

    fn json(&self) -> serde_json::Value {
        let picture = |&frame: &usize| {
            let (source, frame) = self.place(frame);
            json!({ "path": source.path.to_string_lossy(), "frame": frame })
        };
        self.groups.iter().map(|frames| frames.iter().map(picture).collect::<serde_json::Value>()).collect()
    }

    /// Refuses pictures of several people, names those of each, and says what to do.
    fn refusal(&self, user: &str) -> Failure {
        let name = |&frame: &usize| {
            let (source, frame) = self.place(frame);
            let path = source.path.display();
            if source.kind == Kind::Picture { path.to_string() } else { format!("{path} (frame {})", frame + 1) }
        };
        let group = |frames: &Vec<usize>| listed(&frames.iter().map(name).collect::<Vec<_>>(), ", ");
        let groups: Vec<_> = self.groups.iter().map(group).collect();
        let groups = groups.join("; and ");
        Failure::new(format!(
            "refused: the pictures show several people: {groups}; enroll each person from their own pictures. If all show \
             {user}, enroll with neutral pictures first and add the others with --more, or say so with --same-person"
        ))
    }
}

/// Says what to do if pictures that look like somebody else show the user after all.
fn way_out(sources: &[Source], user: &str) -> Option<String> {
    let is_doubtful = |(_, why): &(usize, Rejection)| matches!(why, Rejection::LooksLikeSomebodyElse { .. });
    let doubtful = sources.iter().flat_map(|source| &source.rejected).filter(|rejected| is_doubtful(rejected)).count();
    let they = if doubtful == 1 { "it shows" } else { "they show" };
    let them = if doubtful == 1 { "it" } else { "them" };
    (doubtful > 0).then(|| format!("if {they} {user} too, add {them} with --more --same-person"))
}

/// Whether a frame is rejected because of the person it shows.
fn is_other(why: &Rejection) -> bool {
    matches!(why, Rejection::LooksLikeSomebodyElse { .. } | Rejection::LooksLikeAnotherUser { .. })
}

/// Makes the rejected frames of `sources` agree with the groups at the end: frames that were taken for the person's may
/// have turned out to be somebody else's, and the other way round.
fn settle(sources: &mut [Source], judged: &[Judged], enrollment: &Enrollment) -> Outcome {
    for frame in enrollment.people().into_iter().flatten() {
        let Judged { source, frame } = judged[frame];
        sources[source].rejected.retain(|(rejected, why)| *rejected != frame || !is_other(why));
    }
    for (frame, why) in enrollment.left_out()? {
        let Judged { source, frame } = judged[frame];
        sources[source].rejected.push((frame, why));
    }
    sources.iter_mut().for_each(|source| source.rejected.sort_by_key(|(frame, _)| *frame));
    Ok(())
}

/// With fewer pictures than this, more are recommended.
const FEW: usize = 3;

/// The results of all inputs.
struct Looked {
    sources: Vec<Source>,
    /// Where each judged frame is from.
    judged: Vec<Judged>,
}

/// A judged frame: the index of its input, and its own within the input.
#[derive(Clone, Copy)]
struct Judged {
    source: usize,
    frame: usize,
}

/// The results of the frames of one input.
struct Source {
    /// The place among the inputs.
    place: usize,
    path: PathBuf,
    kind: Kind,
    frames: usize,
    /// Indices of the rejected frames, with the reasons.
    rejected: Vec<(usize, Rejection)>,
}

/// Adds the frames of the inputs `paths`, in order; a clip stops when enough frames are accepted.
fn look(engine: &Engine, enrollment: &mut Enrollment, paths: &[PathBuf], jobs: usize) -> Outcome<Looked> {
    let mut inputs = Vec::new();
    for path in paths {
        let Some(listing) = or_skip(list(path, Folders::Clips), paths.len() > 1)? else { continue };
        inputs.extend(listing.skipping()?);
    }
    let several = paths.len() > 1 || inputs.len() > 1;
    let bar = Progress::new(inputs.len(), "frames");
    let enough = AtomicUsize::new(usize::MAX);
    let inputs = spread(inputs, EnrollmentOptions::default().max_frames);
    let frames = Frames { inputs: inputs.into_iter(), open: None, enough: &enough };
    let (mut sources, mut judged): (Vec<Source>, Vec<Judged>) = Default::default();
    let sight = |step: Outcome<Step>| match step? {
        Step::Input(place, path, kind, length) => Ok(Seen::Input(place, path, kind, length)),
        Step::Frame(input, picture) => Ok(Seen::Frame(input, engine.sight(&picture.frame()?)?)),
    };
    in_order(jobs, frames, sight, |seen| {
        let Some(seen) = or_skip(seen, several)? else { return Ok(()) };
        match seen {
            Seen::Input(place, path, kind, length) => {
                bar.extend(length.saturating_sub(1));
                sources.push(Source { place, path, kind, frames: 0, rejected: Vec::new() });
            }
            // Frames that were on their way when enough were accepted do not count.
            Seen::Frame(input, _) if input == enough.load(Ordering::Relaxed) => {}
            Seen::Frame(input, sighting) => {
                let last = sources.len().saturating_sub(1);
                let Some(source) = sources.last_mut() else { return Ok(()) };
                judged.push(Judged { source: last, frame: source.frames });
                match enrollment.judge(sighting)? {
                    EnrollmentStep::Rejected(Rejection::Enough) if source.kind != Kind::Picture => {
                        enough.store(input, Ordering::Relaxed);
                        return Ok(());
                    }
                    EnrollmentStep::Rejected(why) => source.rejected.push((source.frames, why)),
                    EnrollmentStep::Accepted { .. } => {}
                }
                source.frames += 1;
                bar.step();
            }
        }
        Ok(())
    })?;
    Ok(in_given_order(sources, judged))
}

/// Numbers the inputs. Of more pictures than are taken, some from all over the list come first: files are often sorted
/// by what they show, and a user is not to be known by one emotion only.
fn spread(inputs: Vec<(PathBuf, Kind)>, max: usize) -> Vec<(usize, (PathBuf, Kind))> {
    let count = inputs.len();
    let pictures = inputs.iter().all(|(_, kind)| *kind == Kind::Picture);
    let mut inputs: Vec<_> = inputs.into_iter().enumerate().collect();
    if pictures && count > max {
        let is_first = |place: usize| (place * max) / count != ((place + 1) * max) / count;
        inputs.sort_by_key(|(place, _)| !is_first(*place));
    }
    inputs
}

/// Puts the sources back into the order of the inputs.
fn in_given_order(sources: Vec<Source>, mut judged: Vec<Judged>) -> Looked {
    let mut sources: Vec<(usize, Source)> = sources.into_iter().enumerate().collect();
    sources.sort_by_key(|(_, source)| source.place);
    let mut places = vec![0; sources.len()];
    sources.iter().enumerate().for_each(|(place, (before, _))| places[*before] = place);
    judged.iter_mut().for_each(|judged| judged.source = places[judged.source]);
    Looked { sources: sources.into_iter().map(|(_, source)| source).collect(), judged }
}

/// The frames of inputs, one after the other.
struct Frames<'a> {
    inputs: std::vec::IntoIter<(usize, (PathBuf, Kind))>,
    open: Option<(usize, PathBuf, Media)>,
    /// The number of a clip of which no more frames are needed.
    enough: &'a AtomicUsize,
}

/// What comes next.
enum Step {
    /// The input that follows: its place among those given, and its expected number of frames.
    Input(usize, PathBuf, Kind, usize),
    /// A frame of the input with this number.
    Frame(usize, Picture),
}

/// What was seen.
enum Seen {
    Input(usize, PathBuf, Kind, usize),
    Frame(usize, Sighting),
}

impl Iterator for Frames<'_> {
    type Item = Outcome<Step>;

    fn next(&mut self) -> Option<Outcome<Step>> {
        match self.frame() {
            Ok(None) => {}
            Ok(Some(frame)) => return Some(Ok(frame)),
            Err(failure) => {
                self.open = None;
                return Some(Err(failure));
            }
        }
        let (input, (path, kind)) = self.inputs.next()?;
        let opened = Media::open(&path).map(|media| {
            let length = media.length.unwrap_or(1);
            self.open = Some((input, path.clone(), media));
            Step::Input(input, path, kind, length)
        });
        Some(opened)
    }
}

impl Frames<'_> {
    /// Returns the next frame of the open input; `None` after its last, or if no more are needed.
    fn frame(&mut self) -> Outcome<Option<Step>> {
        check_interrupt()?;
        let Some((input, path, media)) = &mut self.open else { return Ok(None) };
        if *input != self.enough.load(Ordering::Relaxed) {
            if let Some(picture) = media.next_picture()? {
                return Ok(Some(Step::Frame(*input, picture)));
            }
            incomplete(path, media.shortfall())?;
        }
        self.open = None;
        Ok(None)
    }
}

impl Source {
    /// Returns what was used and what not, in words.
    fn lines(&self) -> Vec<String> {
        if self.kind == Kind::Picture {
            return self.reasons().into_iter().map(|reason| format!("not used: {reason}")).collect();
        }
        let used = self.frames - self.rejected.len();
        let rest = self.counts().map_or_else(String::new, |counts| format!("; not used: {counts}"));
        vec![format!("{}: used {used} of {}{rest}", self.path.display(), counted(self.frames, "frames"))]
    }

    /// Returns why a picture was rejected, or how many frames of a clip were and why, to follow its name.
    fn reasons(&self) -> Vec<String> {
        let path = self.path.display();
        match self.kind {
            Kind::Picture => self.rejected.iter().map(|(_, why)| format!("{path}: {why}")).collect(),
            _ => self.counts().into_iter().map(|counts| format!("{path}: {counts}")).collect(),
        }
    }

    /// Returns the numbers of rejected frames by reason, in words; `None` without any.
    fn counts(&self) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &self.rejected {
            *counts.entry(in_words(why)).or_default() += 1;
        }
        let counts: Vec<_> = counts.iter().map(|(why, count)| format!("{count} {why}")).collect();
        (!counts.is_empty()).then(|| counts.join(", "))
    }

    /// Returns the number of frames that were given for nothing: those of other people, and pictures that cannot be
    /// used. What is as good as an accepted picture, or more than needed, is not missed.
    fn not_used(&self) -> usize {
        let is_missed = |why: &Rejection| match why {
            Rejection::TooSimilar | Rejection::Enough => false,
            why => self.kind == Kind::Picture || is_other(why),
        };
        self.rejected.iter().filter(|(_, why)| is_missed(why)).count()
    }

    fn rejected_json(&self) -> Vec<serde_json::Value> {
        let one = |(frame, why): &(usize, Rejection)| json!({ "path": self.path.to_string_lossy(), "frame": frame, "code": why.name(), "reason": why.to_string() });
        self.rejected.iter().map(one).collect()
    }
}

/// Describes rejected frames, to follow their number.
fn in_words(why: &Rejection) -> &'static str {
    match why {
        Rejection::NoFace => "without a face",
        Rejection::SeveralFaces(_) => "with several faces",
        Rejection::Quality(issues) => match issues.first() {
            Some(QualityIssue::TooSmall) => "with too small a face",
            Some(QualityIssue::Turned) => "with a face turned too far",
            Some(QualityIssue::Blurred) => "blurred",
            Some(QualityIssue::Dark) => "too dark",
            Some(QualityIssue::Overexposed) => "overexposed",
            Some(QualityIssue::LowContrast) => "with too little contrast",
            None => "of low quality",
        },
        Rejection::TooSimilar => "too similar to an earlier picture",
        Rejection::LooksLikeAnotherUser { .. } => "of another user",
        Rejection::LooksLikeSomebodyElse { .. } => "of another person",
        Rejection::Enough => "more than needed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_from_all_over_a_long_list_come_first_and_sources_return_to_their_order() {
        let inputs =
            |count: usize, kind: Kind| (0..count).map(|input| (PathBuf::from(input.to_string()), kind)).collect();
        let places =
            |count, kind| spread(inputs(count, kind), 3).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places(7, Kind::Picture), [2, 4, 6, 0, 1, 3, 5]);
        assert_eq!(places(3, Kind::Picture), [0, 1, 2]);
        assert_eq!(places(5, Kind::Video), [0, 1, 2, 3, 4]);
        let source = |place: usize| Source {
            place,
            path: PathBuf::from(place.to_string()),
            kind: Kind::Picture,
            frames: 1,
            rejected: Vec::new(),
        };
        let judged = (0..3).map(|source| Judged { source, frame: 0 }).collect();
        let Looked { sources, judged } = in_given_order([2, 4, 0].map(source).into(), judged);
        assert_eq!(sources.iter().map(|source| source.place).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(judged.iter().map(|judged| sources[judged.source].place).collect::<Vec<_>>(), [2, 4, 0]);
    }
}
