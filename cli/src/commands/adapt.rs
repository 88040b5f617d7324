//! `mien adapt`: a user's own head from labeled clips.

use std::path::{Component, Path, PathBuf};

use mien_core::engine::{Adapted, FaceResult, Footage, LabeledClip, SpokenClip, UnlabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::labels::{NEUTRAL, canonical, index_of};
use mien_core::train::adapt::{AdaptOptions, AdaptReport, LeftOut, Mode, PseudoLabels, Refusal, WhyLeftOut};
use mien_core::{Emotion, Engine, Modality};
use serde_json::json;

use crate::args::{AdaptArgs, Shared};
use crate::commands::labeled::{clips_in, name_of};
use crate::media::{Kind, entries_of, kind_of, may_be_medium, may_be_sound};
use crate::process::exit;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, go_on};
use crate::process::parallel::in_order;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{Progress, print_json, say};
use crate::session::{
    Heard, Unheard, check_user, clip_faces_counted, engine_with_store, listen_to_learn, tell_missing,
};
use crate::text::{counted, listed, percent, suggestion, whole_percent};
use crate::time::now_ms;

/// Runs the command.
pub fn run(shared: &Shared, args: &AdaptArgs) -> Outcome {
    let engine = engine_with_store(shared)?;
    check_user(&engine, &args.name)?;
    let options = AdaptOptions {
        gate: !args.no_gate,
        pseudo_labels: args.pseudo_labels.then(PseudoLabels::default),
        unchecked_faces: args.unchecked_faces,
        ..AdaptOptions::default()
    };
    let lessons = Lessons {
        clips: args.clips.as_deref(),
        unlabeled: args.unlabeled.as_deref(),
        confirmed: &args.confirm_label,
        speech: !args.no_speech,
        unchecked_voices: args.unchecked_voices,
    };
    let learned = learn(&engine, &args.name, args.head, &lessons, &options, shared.jobs())?;
    if args.json {
        print_json(&learned.json(args))?;
    } else {
        learned.text(&args.name)?;
    }
    let reports: Vec<(Modality, &AdaptReport)> = learned.reports().collect();
    if !reports.iter().any(|(_, report)| report.accepted) {
        let why: Vec<String> = reports.iter().map(|(modality, report)| kept(&args.name, *modality, report)).collect();
        return Err(Failure::new(format!("refused: {}", why.join("; "))).with_exit_code(exit::REFUSED));
    }
    for (modality, report) in reports {
        if report.accepted {
            skipped::not_learned(report.left_out.len());
        } else {
            skipped::refused_head(modality);
        }
    }
    Ok(())
}

/// Says that a head was refused, why, and what a person can do about it.
fn kept(user: &str, modality: Modality, report: &AdaptReport) -> String {
    let what_to_do = report.refusal.and_then(advice).map_or_else(String::new, |advice| format!("; {advice}"));
    format!("{user} keeps the previous head{}: {}{what_to_do}", of_modality(modality), report.reason)
}

/// Names the head of a modality in a sentence; that for faces has no name.
fn of_modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "",
        Modality::Speech => " for speech",
    }
}

/// Says what a person can do about a refusal of the head; the clips of the other refusals are named.
fn advice(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::NotBetter => Some(
            "give the clips of all sessions together, since each adaptation starts anew, or more clips; --no-gate accepts \
             the new head anyway",
        ),
        Refusal::SomebodyElse | Refusal::LabelsContradict | Refusal::LabelsDoubtful | Refusal::TooFewClips => None,
    }
}

/// What a head is learned from.
pub struct Lessons<'a> {
    /// A folder with one folder of clips per emotion.
    pub clips: Option<&'a Path>,
    /// A folder of clips without labels.
    pub unlabeled: Option<&'a Path>,
    /// Names of the clips whose labels the person confirmed.
    pub confirmed: &'a [String],
    /// Whether speech is learned too.
    pub speech: bool,
    /// Whether speech is the user's with which nobody is seen, or several people.
    pub unchecked_voices: bool,
}

/// The result of an adaptation.
pub struct Learned {
    pub adapted: Adapted,
    /// The clips without a face.
    skipped: Vec<PathBuf>,
    /// Names of the clips with frames of several faces.
    crowded: Vec<String>,
    /// The labeled clips whose expression changes.
    changing: Vec<Changing>,
    /// The clips whose speech was not used.
    unheard: Vec<NotHeard>,
}

/// A clip whose speech was not used.
#[derive(serde::Serialize)]
struct NotHeard {
    /// The name of the clip.
    clip: String,
    reason: Unheard,
}

impl Learned {
    /// Returns the reports of all heads that were learned, or not.
    fn reports(&self) -> impl Iterator<Item = (Modality, &AdaptReport)> {
        let Adapted { face, speech } = &self.adapted;
        [(Modality::Face, face), (Modality::Speech, speech)]
            .into_iter()
            .filter_map(|(modality, report)| Some((modality, report.as_ref()?)))
    }

    fn json(&self, args: &AdaptArgs) -> serde_json::Value {
        let skipped: Vec<_> = self.skipped.iter().map(|path| path.to_string_lossy()).collect();
        json!({
            "user": args.name, "head": args.head.name(), "skipped": skipped, "unreadable": skipped::list(),
            "changing": self.changing, "report": self.adapted.face, "speech": self.adapted.speech,
            "speech_not_used": self.unheard,
        })
    }

    fn text(&self, user: &str) -> Outcome {
        for path in &self.skipped {
            say(format!("not used: {}: no face", path.display()))?;
        }
        for Changing { clip, first, then } in &self.changing {
            say(format!(
                "{clip}: looks like {first} at first and like {then} later; a clip shows one emotion, so cut it"
            ))?;
        }
        // Silent films are no news where nothing has sound.
        let has_sound =
            self.adapted.speech.is_some() || self.unheard.iter().any(|clip| clip.reason != Unheard::NoSound);
        for NotHeard { clip, reason } in self.unheard.iter().filter(|_| has_sound) {
            say(format!("speech not used: {clip}: {reason}{}", what_helps(*reason)))?;
        }
        // If nothing is learned, the first line of each is the one on standard error.
        let told = usize::from(!self.reports().any(|(_, report)| report.accepted));
        for (modality, report) in self.reports() {
            lines(user, modality, report, &self.crowded).into_iter().skip(told).try_for_each(say)?;
        }
        Ok(())
    }
}

/// Says what a person can do about speech that is not used.
fn what_helps(reason: Unheard) -> &'static str {
    match reason {
        Unheard::NoFace | Unheard::SeveralFaces => "; --unchecked-voices takes it for the user's",
        _ => "",
    }
}

/// A labeled clip whose expression changes from one emotion to another.
#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Changing {
    /// The name of the clip.
    pub clip: String,
    /// The emotion of its first half.
    pub first: String,
    /// The emotion of its second half.
    pub then: String,
}

impl Changing {
    /// Returns what changes in a clip of frames with these `emotions`. From or to neutral is no change: expressions
    /// begin and end so.
    fn of(clip: &str, emotions: &[&Emotion]) -> Option<Self> {
        /// With fewer frames a single odd one decides.
        const MIN_FRAMES: usize = 6;
        if emotions.len() < MIN_FRAMES {
            return None;
        }
        let (first, then) = emotions.split_at(emotions.len() / 2);
        let (first, then) = (surely(first)?, surely(then)?);
        let changes = first != then && first != NEUTRAL && then != NEUTRAL;
        changes.then(|| Self { clip: clip.to_owned(), first: first.to_owned(), then: then.to_owned() })
    }
}

/// Returns the emotion that frames show on average, if that is sure.
fn surely<'a>(emotions: &[&'a Emotion]) -> Option<&'a str> {
    /// Min mean probability.
    const SURE: f32 = 0.6;
    let probability = |label: &str| {
        let of_label = emotions.iter().flat_map(|emotion| &emotion.probabilities).filter(|(other, _)| other == label);
        of_label.map(|(_, probability)| probability).sum::<f32>() / emotions.len() as f32
    };
    let labels = emotions.first()?.probabilities.iter().map(|(label, _)| label.as_str());
    let scored = labels.map(|label| (probability(label), label));
    let (highest, label) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (highest >= SURE).then_some(label)
}

/// What is seen and heard in a clip.
struct Sighted {
    kind: Kind,
    faces: Vec<FaceResult>,
    /// Number of frames that show several faces.
    of_several: usize,
    /// The speech, or why it is not used; `None` if there can be none.
    speech: Option<Result<Voice, Unheard>>,
}

/// The speech of a clip, ready to be learned.
struct Voice {
    /// Its vector.
    clip: Vec<f32>,
    /// That of the same speech in noise.
    in_noise: Option<Vec<f32>>,
}

impl Lessons<'_> {
    /// Looks at and listens to the clip at `path`; only labeled clips are listened to, and none if speech is left.
    fn sight(&self, engine: &Engine, path: &Path, is_labeled: bool) -> Outcome<Sighted> {
        check_interrupt()?;
        let kind = kind_of(path)?;
        let (faces, of_several) = if kind == Kind::Sound { (Vec::new(), 0) } else { clip_faces_counted(engine, path)? };
        let speech = match kind {
            Kind::Sound if !self.speech => Some(Err(Unheard::Left)),
            Kind::Sound if !is_labeled => Some(Err(Unheard::NoLabel)),
            Kind::Sound | Kind::Video if self.speech && is_labeled => {
                Some(self.speech_of(engine, path, kind, [faces.len(), of_several])?)
            }
            _ => None,
        };
        Ok(Sighted { kind, faces, of_several, speech })
    }

    /// Returns the speech in a clip with so many frames that show a face, and several faces.
    fn speech_of(
        &self,
        engine: &Engine,
        path: &Path,
        kind: Kind,
        [faces, of_several]: [usize; 2],
    ) -> Outcome<Result<Voice, Unheard>> {
        let heard = listen_to_learn(engine.speech_features(), path, kind)?;
        tell_missing(path, &heard)?;
        let voice = |Heard { clip, in_noise, .. }| Ok(Voice { clip: clip?, in_noise });
        Ok(match heard.and_then(voice) {
            Ok(_) if faces == 0 && !self.unchecked_voices => Err(Unheard::NoFace),
            Ok(_) if of_several > 0 && !self.unchecked_voices => Err(Unheard::SeveralFaces),
            voice => voice,
        })
    }
}

/// The clips of a user, ready to be learned.
#[derive(Default)]
struct Collected {
    clips: Vec<LabeledClip>,
    unlabeled: Vec<UnlabeledClip>,
    speech: Vec<SpokenClip>,
    skipped: Vec<PathBuf>,
    crowded: Vec<String>,
    changing: Vec<Changing>,
    unheard: Vec<NotHeard>,
}

impl Collected {
    fn add(&mut self, label: Option<String>, path: PathBuf, sighted: Sighted, confirmed: &[String]) -> Outcome {
        let name = clip_name(&path);
        let confirmed = confirmed.contains(&name);
        let Sighted { kind, faces, of_several, speech } = sighted;
        let is_sound = speech.is_some() && kind == Kind::Sound;
        match (speech, &label) {
            (Some(Ok(Voice { clip, in_noise })), Some(label)) => {
                let (name, label) = (name.clone(), label.clone());
                self.speech.push(SpokenClip { name, speech: clip, in_noise, label, confirmed });
            }
            (Some(Err(reason)), _) => self.unheard.push(NotHeard { clip: name.clone(), reason }),
            _ => {}
        }
        if faces.is_empty() {
            if !is_sound {
                self.skipped.push(path);
            }
            return Ok(());
        }
        let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
        let clip = Clip::from_frames(&frames)?;
        let emotions: Vec<&Emotion> = faces.iter().filter_map(|face| face.emotion.as_ref()).collect();
        self.changing.extend(label.as_ref().and_then(|_| Changing::of(&name, &emotions)));
        let faces = faces.into_iter().map(|face| face.features.identity).collect();
        if of_several > 0 {
            self.crowded.push(name.clone());
        }
        match label {
            Some(label) => self.clips.push(LabeledClip { name, clip, faces, label, confirmed }),
            None => self.unlabeled.push(UnlabeledClip { name, clip, faces }),
        }
        Ok(())
    }

    /// Fails if nothing is left because of what was heard.
    fn check(&self) -> Outcome {
        match self.unheard.first() {
            Some(NotHeard { clip, reason })
                if self.clips.is_empty() && self.unlabeled.is_empty() && self.speech.is_empty() =>
            {
                let helps = what_helps(*reason);
                let why = format!("refused: no clip can be learned; the first is {clip}: {reason}{helps}");
                Err(Failure::new(why).with_exit_code(exit::REFUSED))
            }
            _ => Ok(()),
        }
    }
}

/// Adapts a head of `kind` for faces, and one for speech, for `user` to `lessons`.
pub fn learn(
    engine: &Engine,
    user: &str,
    kind: HeadKind,
    lessons: &Lessons<'_>,
    options: &AdaptOptions,
    jobs: usize,
) -> Outcome<Learned> {
    let labeled = lessons.clips.map(|folder| paths_in(folder, true)).transpose()?.unwrap_or_default();
    check_labels(engine, &labeled)?;
    let confirmed: Vec<&Path> =
        lessons.confirmed.iter().map(|name| confirmed_clip(name, &labeled)).collect::<Outcome<_>>()?;
    let confirmed: Vec<String> = confirmed.into_iter().map(clip_name).collect();
    let mut listed: Vec<_> = labeled.into_iter().map(|(label, path)| (Some(label), path)).collect();
    for path in lessons.unlabeled.map(clips_in).transpose()?.unwrap_or_default().0 {
        listed.push((None, path));
    }
    let several = listed.len() > 1;
    let bar = Progress::new(listed.len(), "clips");
    let mut collected = Collected::default();
    let look = |(label, path): (Option<String>, PathBuf)| {
        let sighted = lessons.sight(engine, &path, label.is_some());
        (label, path, sighted)
    };
    in_order(jobs, listed.into_iter(), look, |(label, path, sighted)| {
        bar.step();
        let Some(sighted) = or_skip(sighted, several)? else { return Ok(()) };
        collected.add(label, path, sighted, &confirmed)
    })?;
    drop(bar);
    collected.check()?;
    let Collected { clips, unlabeled, speech, skipped, crowded, changing, unheard } = collected;
    let unchecked_voices = lessons.unchecked_voices;
    let footage = Footage { clips: &clips, unlabeled: &unlabeled, speech: &speech, unchecked_voices };
    let adapted = engine.adapt(user, kind, footage, options, now_ms(), |_| go_on())?;
    Ok(Learned { adapted, skipped, crowded, changing, unheard })
}

/// Returns the one of `clips`, each with its label, that `given` names: as a report does, by its path, or by its file
/// name if only one clip has it; each with or without the extension. Folders may have another spelling of the emotion.
fn confirmed_clip<'a>(given: &str, clips: &'a [(String, PathBuf)]) -> Outcome<&'a Path> {
    let path: PathBuf = Path::new(given).components().filter(|part| *part != Component::CurDir).collect();
    let real = std::fs::canonicalize(given).ok();
    let (folder, file) = (path.parent().map(name_of).unwrap_or_default(), name_of(&path));
    let is_path = |clip: &Path| {
        let is_real = || real.is_some() && std::fs::canonicalize(clip).ok() == real;
        ends_with(clip, &path)
            || path.is_absolute() && ends_with(&std::path::absolute(clip).unwrap_or_default(), &path)
            || is_real()
    };
    let is_file = |clip: &Path| {
        let name = name_of(clip).to_lowercase();
        let short = name_of(&clip.with_extension("")).to_lowercase();
        [name, short].contains(&file.to_lowercase())
    };
    let is_spelled = |label: &str| path.components().count() == 2 && canonical(label) == canonical(&folder);
    type Way<'w> = &'w dyn Fn(&str, &Path) -> bool;
    let ways: [Way<'_>; 4] = [
        &|_, clip| clip_name(clip) == given,
        &|_, clip| path.components().count() > 1 && is_path(clip),
        &|label, clip| is_spelled(label) && is_file(clip),
        &|_, clip| path.components().count() == 1 && is_file(clip),
    ];
    let by = |way: Way<'_>| -> Vec<&'a Path> {
        clips.iter().filter(|(label, clip)| way(label, clip)).map(|(_, clip)| clip.as_path()).collect()
    };
    let found = ways.into_iter().map(by).find(|found| !found.is_empty()).unwrap_or_default();
    let why = match found[..] {
        [one] => return Ok(one),
        [] => format!("no clip is called {given:?}{}", nearest_clip(&path, clips)),
        _ => {
            let names: Vec<String> = found.iter().map(|clip| clip_name(clip)).collect();
            format!("{given:?} may be {}", listed(&names.iter().collect::<Vec<_>>(), " or "))
        }
    };
    Err(Failure::new(format!("--confirm-label: {why}")).with_exit_code(exit::USAGE))
}

/// Whether the last components of `path` are those of `end`, which may lack the extension.
fn ends_with(path: &Path, end: &Path) -> bool {
    path.ends_with(end) || path.with_extension("").ends_with(end)
}

/// Suggests the clip whose name has the fewest letters to change.
fn nearest_clip(given: &Path, clips: &[(String, PathBuf)]) -> String {
    /// Min share of letters that stay.
    const MIN_SIMILARITY: f64 = 0.5;
    let parts = |path: &Path| if given.components().count() > 1 { clip_name(path) } else { name_of(path) };
    let wanted = parts(given).to_lowercase();
    let similarity = |name: &str| strsim::normalized_levenshtein(&wanted, &name.to_lowercase());
    let short = |clip: &Path| similarity(&parts(&clip.with_extension("")));
    let scored = clips.iter().map(|(_, clip)| (similarity(&parts(clip)).max(short(clip)), clip));
    let nearest = scored.filter(|scored| scored.0 >= MIN_SIMILARITY).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or_else(String::new, |(_, clip)| format!("; did you mean {:?}?", clip_name(clip)))
}

/// Returns the name of a clip: its folder and file, such as "happy/3.png".
fn clip_name(path: &Path) -> String {
    let parts = path.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
}

/// Fails before any clip is analyzed if no head knows an emotion, with a similar name if there is one.
fn check_labels(engine: &Engine, labeled: &[(String, PathBuf)]) -> Outcome {
    let known = engine.emotion_labels()?;
    match labeled.iter().find(|(label, _)| index_of(&known, label).is_none()) {
        Some((label, _)) if !known.is_empty() => {
            let hint = suggestion(label, known.iter().map(String::as_str));
            let why = format!("the emotion {label:?} is none of {}{hint}", known.join(", "));
            Err(Failure::new(why).with_exit_code(exit::USAGE))
        }
        _ => Ok(()),
    }
}

/// Returns the clips in the folders of `folder`, each with the name of its folder as the label.
pub fn labeled_paths(folder: &Path) -> Outcome<Vec<(String, PathBuf)>> {
    paths_in(folder, false)
}

/// Same as [`labeled_paths`], with files of sound alone if `sounds`.
fn paths_in(folder: &Path, sounds: bool) -> Outcome<Vec<(String, PathBuf)>> {
    let mut listed = Vec::new();
    let is_clip = |path: &PathBuf| path.is_dir() || may_be_medium(path) || sounds && may_be_sound(path);
    for emotion in entries_of(folder)?.into_iter().filter(|path| path.is_dir()) {
        let label = name_of(&emotion);
        listed.extend(entries_of(&emotion)?.into_iter().filter(is_clip).map(|clip| (label.clone(), clip)));
    }
    if listed.is_empty() {
        return Err(Failure::new(format!(
            "{}: no clips: expected one folder per emotion, each with clips",
            folder.display()
        )));
    }
    Ok(listed)
}

/// Says what the new head was learned from; `None` if there was nothing.
fn source(report: &AdaptReport) -> Option<String> {
    let labels = report.clips.iter().filter(|(_, count)| *count > 0);
    let clips: Vec<_> = labels.map(|(label, count)| format!("{label} ({count})")).collect();
    let unlabeled = counted(report.unlabeled, "unlabeled clips");
    match (clips.is_empty(), report.unlabeled) {
        (true, 0) => None,
        (true, _) => Some(unlabeled),
        (false, 0) => Some(format!("clips of {}", clips.join(", "))),
        (false, _) => Some(format!("clips of {} and {unlabeled}", clips.join(", "))),
    }
}

/// Returns the report of a modality as lines for people; `crowded` are the names of clips with frames of several faces.
pub fn lines(user: &str, modality: Modality, report: &AdaptReport, crowded: &[String]) -> Vec<String> {
    match modality {
        Modality::Face => told(user, "pictures", report, crowded),
        Modality::Speech => {
            told(user, "clips", report, crowded).into_iter().map(|line| format!("speech: {line}")).collect()
        }
    }
}

/// Returns the report as lines for people; `what` it is about is pictures or clips.
fn told(user: &str, what: &str, report: &AdaptReport, crowded: &[String]) -> Vec<String> {
    let why = &report.reason;
    let from = source(report).map(|source| format!(", from {source}")).unwrap_or_default();
    let comma = if from.is_empty() { "" } else { "," };
    let percent = |share: f32| percent(f64::from(share));
    let mut lines = vec![match (report.accepted, report.mode) {
        (true, Mode::Labeled) => format!("{user} has a new head of their own{from}: {why}"),
        (true, Mode::Baseline) => format!("{user} has a baseline{from}: {why}"),
        (false, _) => format!("{user} keeps the previous head; the new one{from}{comma} was refused: {why}"),
    }];
    if let (Some(before), Some(after)) = (report.accuracy_before, report.accuracy_after) {
        lines.push(format!("estimated accuracy on new {what}: {} before, {} after", percent(before), percent(after)));
    }
    if let Some(gain) = report.expected_gain {
        lines.push(format!(
            "too few clips to estimate the accuracy; with so many clips, people gained {:.0} points on average",
            100.0 * gain
        ));
    }
    lines.extend(report.left_out.iter().map(|left_out| format!("not learned: {}", described(user, left_out, crowded))));
    if report.pseudo_labeled > 0 {
        lines.push(format!("also trained on {}", counted(report.pseudo_labeled, "unlabeled clips")));
    }
    if report.accepted && report.mode == Mode::Labeled {
        if !report.labels_without_clips.is_empty() {
            let then = if report.rehearsed {
                "rehearsed from the generic data"
            } else {
                "they may be recognized less often than before"
            };
            lines.push(format!("no clips of {}: {then}", report.labels_without_clips.join(", ")));
        }
        if !report.labels_examined {
            lines.push("the labels could not be checked against what the clips look like".to_owned());
        }
    }
    lines
}

/// Says why a clip was not learned, and what a person can do about it.
fn described(user: &str, LeftOut { clip, label, why }: &LeftOut, crowded: &[String]) -> String {
    match why {
        WhyLeftOut::SomebodyElse { similarity } => {
            let of_several =
                if crowded.contains(clip) { "; several faces are in sight, and the largest counts" } else { "" };
            format!("{clip}: shows somebody else than {user} (similarity {similarity:.2}){of_several}")
        }
        WhyLeftOut::SeveralPeople => format!("{clip}: shows several people"),
        WhyLeftOut::LooksLike { looks_like, probability } => {
            let name = if clip.contains(char::is_whitespace) { format!("\"{clip}\"") } else { clip.clone() };
            let looks = match label {
                Some(label) if *probability < 0.5 => format!("looks more like {looks_like} than like {label}"),
                _ => format!("looks like {looks_like} ({})", whole_percent(*probability)),
            };
            format!("{clip}: {looks}; if the label is right, add --confirm-label {name}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clips(names: &[&str]) -> Vec<(String, PathBuf)> {
        let clip = |name: &&str| {
            let path = Path::new("c/ow").join(name);
            (name_of(path.parent().unwrap()), path)
        };
        names.iter().map(clip).collect()
    }

    #[test]
    fn a_clip_is_confirmed_by_its_name_or_path_with_or_without_the_extension() {
        let clips = clips(&["happy/1.png", "happy/2.png", "happy/2.jpg", "sad/take.1", "sad/4.png", "joy/AF05.JPG"]);
        let found = |given: &str| confirmed_clip(given, &clips).map(clip_name).map_err(|failure| failure.to_string());
        let absolute = std::path::absolute("c/ow/happy/1.png").unwrap();
        for given in [
            "happy/1.png",
            "happy/1",
            "./happy/1.png",
            "c/ow/happy/1.png",
            "./c/ow/happy/1",
            "ow/happy/1",
            "1.png",
            "HAPPY/1",
            "happiness/1.png",
            "joy/1.png",
            &absolute.to_string_lossy(),
        ] {
            assert_eq!(found(given), Ok("happy/1.png".to_owned()), "{given}");
        }
        assert_eq!(found("happy/2.jpg"), Ok("happy/2.jpg".to_owned()));
        assert_eq!(found("sad/take.1"), Ok("sad/take.1".to_owned()));
        assert_eq!(
            (found("af05"), found("happy/AF05")),
            (Ok("joy/AF05.JPG".to_owned()), Ok("joy/AF05.JPG".to_owned()))
        );
        assert!(found("happy/2").unwrap_err().ends_with("may be happy/2.png or happy/2.jpg"));
        for elsewhere in ["sad/1.png", "/other/happy/1.png", "", ".", "c/ow/happy"] {
            assert!(found(elsewhere).unwrap_err().contains("no clip is called"), "{elsewhere}");
        }
    }

    #[test]
    fn the_nearest_clip_by_name_is_suggested() {
        let clips = clips(&["anger/AF05ANS.JPG", "happy/1.png", "sad/AF05SAS.JPG"]);
        for (given, meant) in
            [("hapy/1.png", "happy/1.png"), ("AF05SAX.JPG", "sad/AF05SAS.JPG"), ("sad/AF05SAX", "sad/AF05SAS.JPG")]
        {
            let unknown = confirmed_clip(given, &clips).unwrap_err();
            assert!(unknown.to_string().ends_with(&format!("did you mean \"{meant}\"?")), "{unknown}");
            assert_eq!(unknown.exit_code(), exit::USAGE);
        }
        assert!(!confirmed_clip("", &clips).unwrap_err().to_string().contains("did you mean"));
    }

    #[test]
    fn a_clip_whose_expression_changes_is_named() {
        let frame = |label: &str, probability: f32| Emotion {
            label: label.to_owned(),
            probabilities: ["neutral", "happy", "sad"]
                .map(|other| (other.to_owned(), if other == label { probability } else { (1.0 - probability) / 2.0 }))
                .to_vec(),
            affect: None,
            adapted: false,
            modalities: vec![Modality::Face],
            attention: None,
        };
        let changes = |labels: &[(&str, usize)], probability: f32| {
            let labels = labels.iter().flat_map(|(label, count)| std::iter::repeat_n(*label, *count));
            let frames: Vec<Emotion> = labels.map(|label| frame(label, probability)).collect();
            let changing = Changing::of("happy/1", &frames.iter().collect::<Vec<_>>());
            changing.map(|Changing { first, then, .. }| (first, then))
        };
        assert_eq!(changes(&[("happy", 8), ("sad", 8)], 0.9), Some(("happy".to_owned(), "sad".to_owned())));
        for same in [
            &[("happy", 16)][..],
            &[("neutral", 8), ("happy", 8)],
            &[("happy", 14), ("sad", 2)],
            &[("happy", 2), ("sad", 2)],
        ] {
            assert_eq!(changes(same, 0.9), None, "{same:?}");
        }
        assert_eq!(changes(&[("happy", 8), ("sad", 8)], 0.5), None, "unsure");
    }

    #[test]
    fn each_left_out_clip_is_named_with_its_reason() {
        let said = |clip: &str, why| {
            described(
                "Wanda",
                &LeftOut { clip: clip.to_owned(), label: Some("happy".to_owned()), why },
                &["sad/2".to_owned()],
            )
        };
        let looks_like = |clip| said(clip, WhyLeftOut::LooksLike { looks_like: "sad".to_owned(), probability: 0.871 });
        assert_eq!(
            looks_like("happy/3.png"),
            "happy/3.png: looks like sad (87 %); if the label is right, add --confirm-label happy/3.png"
        );
        let unsure = WhyLeftOut::LooksLike { looks_like: "sad".to_owned(), probability: 0.13 };
        assert!(said("happy/3.png", unsure).starts_with("happy/3.png: looks more like sad than like happy; "));
        assert!(looks_like("happy/take 3.png").ends_with("--confirm-label \"happy/take 3.png\""));
        assert_eq!(
            said("sad/1", WhyLeftOut::SomebodyElse { similarity: 0.414 }),
            "sad/1: shows somebody else than Wanda (similarity 0.41)"
        );
        assert_eq!(
            said("sad/2", WhyLeftOut::SomebodyElse { similarity: 0.414 }),
            "sad/2: shows somebody else than Wanda (similarity 0.41); several faces are in sight, and the largest counts"
        );
        assert_eq!(said("sad/1", WhyLeftOut::SeveralPeople), "sad/1: shows several people");
    }
}
