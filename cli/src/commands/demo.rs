//! `mien demo`: the main job on built-in pictures, from faces to an adapted head.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use mien_core::head::HeadKind;
use mien_core::train::adapt::{AdaptOptions, AdaptReport};
use mien_core::users::store::Store;
use mien_core::{Engine, Modality};
use serde_json::json;

use crate::args::{DemoArgs, Shared};
use crate::commands::adapt::{Lessons, labeled_paths, learn, lines};
use crate::commands::analyze::analyze;
use crate::draw::drawing::Drawing;
use crate::material::Material;
use crate::media::{kind_of, read_picture};
use crate::outputs::{HalfFolder, Outputs};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::say;
use crate::report::summary;
use crate::session::{self, portrait};
use crate::text::percent;
use crate::time::now_ms;

/// Marks a folder as written by a demo, so that the next one may replace it.
const MARK: &str = "made-by-mien-demo.txt";

/// Parts of the built-in material that the demo reads.
const PARTS_READ: [&str; 4] = ["adapt/woman", "clip", "pictures", "stranger"];

/// Files and folders that a demo writes.
const PARTS_WRITTEN: [&str; 6] = [MARK, "store", "pictures", "clip-generic", "clip-adapted", "demo.json"];

/// Pictures and plots to open, with what they show.
const WORTH_OPENING: [(&str, &str); 4] = [
    ("pictures/multi_face.png", "five people in one picture"),
    ("clip-generic/clip-sheet.png", "the clip before adaptation"),
    ("clip-adapted/clip-sheet.png", "the clip after adaptation"),
    ("clip-adapted/clip-timeline.png", "emotions of the clip over time, after adaptation"),
];

/// The two enrolled people, with their pictures.
const PEOPLE: [(&str, &[&str]); 2] = [
    (
        "Wanda",
        &["adapt/woman/learn/sad/0018.jpg", "adapt/woman/learn/happy/0300.jpg", "adapt/woman/learn/happy/0332.jpg"],
    ),
    ("Barack", &["pictures/obama.jpg", "pictures/obama3.jpg"]),
];

/// Pictures that were not used to enroll, with the person they show; `None` for a stranger.
const PROBES: [(&str, Option<&str>); 9] = [
    ("adapt/woman/test/happy/0384.jpg", Some("Wanda")),
    ("adapt/woman/test/sad/0050.jpg", Some("Wanda")),
    ("pictures/obama2.jpg", Some("Barack")),
    ("pictures/biden.jpg", None),
    ("stranger/a.jpg", None),
    ("stranger/b.jpg", None),
    ("stranger/c.jpg", None),
    ("stranger/d.jpg", None),
    ("stranger/e.jpg", None),
];

/// Runs the command.
pub fn run(shared: &Shared, args: &DemoArgs) -> Outcome {
    let material = Material::open(args.material.as_deref(), &PARTS_READ)?;
    // The folder gets its name at the end, so that a demo that fails keeps the earlier one.
    let target = Outputs::new(shared, false).folder(&args.out)?;
    check(&target)?;
    let unfinished = HalfFolder::beside(&target)?;
    unfinished.write(MARK, b"`mien demo` made this folder and replaces it when it runs again.\n")?;
    let store = Store::open(&unfinished.path().join("store"))?;
    let engine = Engine::with_store(&session::pack(shared)?, session::options(shared)?, store)?;
    let demo = Demo { shared, engine, material: &material, out: unfinished.path() };

    say("1. Faces and emotions in pictures, by the generic head")?;
    for name in ["obama.jpg", "biden.jpg", "multi_face.jpg"] {
        demo.draw(&format!("pictures/{name}"), "pictures")?;
    }
    paragraph("2. Two people are enrolled and recognized, strangers are refused")?;
    demo.enroll()?;
    let recognized = demo.recognize()?;
    paragraph("3. A clip of 20 seconds becomes a contact sheet and a timeline")?;
    demo.draw("clip", "clip-generic")?;
    paragraph("4. Wanda gets a head of her own, from 18 labeled pictures")?;
    let (exams, adaptation) = demo.adapt()?;
    demo.draw("clip", "clip-adapted")?;
    drop(demo);

    let [before, after] = &exams;
    let figures = json!({
        "recognized": recognized,
        "accuracy": { "before": before.accuracy(), "after": after.accuracy(), "pictures": after.all() },
        "adaptation": adaptation,
    });
    unfinished.write("demo.json", &serde_json::to_vec_pretty(&figures).naming(&target)?)?;
    unfinished.complete(&target)?;
    conclude(&fs::canonicalize(&target).naming(&target)?)
}

/// Fails if `out` exists and holds anything that no demo writes.
fn check(out: &Path) -> Outcome {
    if !out.exists() {
        return Ok(());
    }
    if !out.join(MARK).is_file() {
        return Err(Failure::new(format!("{} exists and is not an earlier demo's: give --out DIR", out.display())));
    }
    for entry in fs::read_dir(out).naming(out)? {
        let name = entry.naming(out)?.file_name();
        if !PARTS_WRITTEN.iter().any(|part| name == *part) {
            let name = name.display();
            return Err(Failure::new(format!("{}: {name} is not a demo's: give --out DIR", out.display())));
        }
    }
    Ok(())
}

/// A running demo.
struct Demo<'a> {
    shared: &'a Shared,
    engine: Engine,
    material: &'a Material,
    out: &'a Path,
}

impl Demo<'_> {
    /// Analyzes the material `input`, draws it into `folder` and prints what was found.
    fn draw(&self, input: &str, folder: &str) -> Outcome {
        let path = self.material.path(input);
        let kind = kind_of(&path)?;
        let drawing = Drawing::new(&mut Outputs::new(self.shared, false), &self.out.join(folder), &path, kind)?;
        let mut report = analyze(&self.engine, &path, kind, drawing)?;
        report.input.path = PathBuf::from(input);
        summary(&report).into_iter().try_for_each(|line| say(format!("   {line}")))
    }

    fn enroll(&self) -> Outcome {
        for (name, pictures) in PEOPLE {
            let mut embeddings = Vec::new();
            for picture in pictures {
                let path = self.material.path(picture);
                let face = portrait(&self.engine, &read_picture(&path)?)?;
                let face = face.ok_or_else(|| Failure::new(format!("{}: no face", path.display())))?;
                embeddings.push(face.features.identity);
            }
            self.engine.enroll(name, &embeddings, now_ms())?;
            say(format!("   enrolled {name} from {} pictures", pictures.len()))?;
        }
        Ok(())
    }

    /// Identifies the face of each probe, and counts the right answers.
    fn recognize(&self) -> Outcome<BTreeMap<&'static str, usize>> {
        let mut counts = BTreeMap::from([("right", 0), ("wrong", 0)]);
        for (picture, owner) in PROBES {
            check_interrupt()?;
            let path = self.material.path(picture);
            let Some(face) = portrait(&self.engine, &read_picture(&path)?)? else {
                return Err(Failure::new(format!("{}: no face", path.display())));
            };
            let (answer, similarity) = (face.identity.user(), face.identity.similarity().unwrap_or(0.0));
            let right = answer == owner;
            *counts.entry(if right { "right" } else { "wrong" }).or_default() += 1;
            let verdict = if right { "right" } else { "WRONG" };
            let answer = answer.unwrap_or("unknown person");
            say(format!("   {picture:<34} {answer:<16} similarity {similarity:.2}  {verdict}"))?;
        }
        Ok(counts)
    }

    /// Adapts Wanda's head, and tests it before and after on pictures that it did not learn from.
    fn adapt(&self) -> Outcome<([Exam; 2], AdaptReport)> {
        let (lessons, test) = (self.material.path("adapt/woman/learn"), self.material.path("adapt/woman/test"));
        let before = self.examine(&test)?;
        let lessons =
            Lessons { clips: Some(&lessons), unlabeled: None, confirmed: &[], speech: false, unchecked_voices: false };
        let options = AdaptOptions::default();
        let learned = learn(&self.engine, "Wanda", HeadKind::Logistic, &lessons, &options, self.shared.jobs())?;
        let report = learned.adapted.face.ok_or_else(|| Failure::new("no clip shows a face"))?;
        for line in lines("Wanda", Modality::Face, &report, &[]) {
            say(format!("   {line}"))?;
        }
        let after = self.examine(&test)?;
        say("   on pictures from other parts of the clip, which it did not learn from:")?;
        for (label, (right, all)) in &after.by_label {
            let right_before = before.by_label.get(label).map_or(0, |(right, _)| *right);
            say(format!("     {label:<9} {right_before:>2} of {all:>2} right before, {right:>2} after"))?;
        }
        let [accuracy_before, accuracy_after] = [&before, &after].map(|exam| percent(exam.accuracy()));
        let pictures = after.all();
        say(format!("     accuracy  {accuracy_before} before, {accuracy_after} after ({pictures} pictures)"))?;
        Ok(([before, after], report))
    }

    /// Tests the engine on the labeled pictures in `folder`; Wanda's own head answers once she has one.
    fn examine(&self, folder: &Path) -> Outcome<Exam> {
        let mut by_label: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (label, path) in labeled_paths(folder)? {
            check_interrupt()?;
            let face = portrait(&self.engine, &read_picture(&path)?)?;
            let answer = face.and_then(|face| face.emotion).map(|emotion| emotion.label);
            let (right, all) = by_label.entry(label.clone()).or_default();
            *all += 1;
            *right += usize::from(answer.as_deref() == Some(label.as_str()));
        }
        Ok(Exam { by_label })
    }
}

/// Number of right answers and of pictures for each label.
struct Exam {
    by_label: BTreeMap<String, (usize, usize)>,
}

impl Exam {
    fn all(&self) -> usize {
        self.by_label.values().map(|(_, all)| all).sum()
    }

    /// Share of right answers, 0 to 1.
    fn accuracy(&self) -> f64 {
        let right: usize = self.by_label.values().map(|(right, _)| right).sum();
        right as f64 / self.all().max(1) as f64
    }
}

/// Prints an empty line and `line`.
fn paragraph(line: impl Display) -> Outcome {
    say("")?;
    say(line)
}

/// Prints what the demo shows, its pictures, and the next commands.
fn conclude(out: &Path) -> Outcome {
    paragraph(
        "This shows that every step works on real faces. It does not show how accurate the results are for other",
    )?;
    say(
        "people: the demo has few people and one clip, the test pictures come from the clip that Wanda's head learned",
    )?;
    say("from, and we labeled them ourselves. `mien eval` measures accuracy on data sets of many people.")?;
    paragraph("Open these pictures:")?;
    for (name, shows) in WORTH_OPENING {
        say(format!("   {}  ({shows})", out.join(name).display()))?;
    }
    paragraph("Try it with your own pictures (a clip is a picture, a video or a folder of frames):")?;
    say("   mien enroll Anna anna1.jpg anna2.jpg anna3.jpg")?;
    say("   mien adapt Anna --clips anna-clips    # clips in anna-clips/happy, anna-clips/sad, ...")?;
    say("   mien analyze holiday.mp4 --annotate out")?;
    paragraph(format!("Everything that the demo wrote: {}", out.display()))
}
