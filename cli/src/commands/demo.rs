//! `mien demo`: the main job on the bundled material, from pictures to an adapted head.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mien_core::Engine;
use mien_core::head::HeadKind;
use mien_core::train::adapt::AdaptOptions;
use mien_core::users::store::Store;
use serde_json::json;

use crate::args::{DemoArgs, Shared};
use crate::commands::adapt::{Learned, labeled_paths, learn, lines};
use crate::commands::analyze::analyze;
use crate::draw::drawing::Drawing;
use crate::media::{kind_of, read_picture};
use crate::outputs::{HalfFolder, Outputs};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::say;
use crate::report::{InputReport, summary};
use crate::session::{self, portrait};
use crate::time::now_ms;

/// Marks a folder as made by a demo, so that the next one may replace it.
const MARK: &str = "made-by-mien-demo.txt";

/// The two people who are enrolled: name, and pictures below the material's folder.
const PEOPLE: [(&str, &[&str]); 2] = [
    (
        "Wanda",
        &["adapt/woman/learn/sad/0018.jpg", "adapt/woman/learn/happy/0300.jpg", "adapt/woman/learn/happy/0332.jpg"],
    ),
    ("Barack", &["pictures/obama.jpg", "pictures/obama3.jpg"]),
];

/// Pictures that were not enrolled with, and whose they are.
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
    let material = &args.material;
    if !material.join("MANIFEST.json").is_file() {
        return Err(Failure::new(format!(
            "{}: the bundled material is not here; run the demo in the repository or give --material DIR",
            material.display()
        )));
    }
    // Everything is made beside the folder and gets its name at the end: a demo that fails leaves the earlier one.
    let target = Outputs::new(shared, false).folder(&args.out)?;
    check(&target)?;
    let unfinished = HalfFolder::beside(&target)?;
    let out = unfinished.path();
    unfinished.write(MARK, b"`mien demo` made this folder and replaces it when it runs again.\n")?;
    let store = Store::open(&out.join("store"))?;
    let engine = Engine::with_store(&session::pack(shared)?, session::options(shared)?, store)?;

    say("1. Faces and emotions in pictures, by the generic head")?;
    for name in ["obama.jpg", "biden.jpg", "multi_face.jpg"] {
        let report = drawn(shared, &engine, &material.join("pictures").join(name), &out.join("pictures"))?;
        show(&report)?;
    }

    say("")?;
    say("2. Two people enrolled, told apart, and strangers refused")?;
    enroll(&engine, material)?;
    let recognized = recognize(&engine, material)?;

    say("")?;
    say("3. A clip of 20 seconds becomes a timeline")?;
    let clip = material.join("clip");
    let generic_clip = drawn(shared, &engine, &clip, &out.join("clip-generic"))?;
    show(&generic_clip)?;

    say("")?;
    say("4. Wanda's own head, from 18 labeled pictures")?;
    let lessons = material.join("adapt/woman/learn");
    let exam = material.join("adapt/woman/test");
    let before = examine(&engine, &exam)?;
    let Learned { report, .. } = learn(&engine, "Wanda", HeadKind::Logistic, &lessons, None, &AdaptOptions::default())?;
    for line in lines("Wanda", &report) {
        say(format!("   {line}"))?;
    }
    let after = examine(&engine, &exam)?;
    say("   on pictures from other stretches of the clip, which it did not learn from:")?;
    for (label, (right, all)) in &after.by_label {
        let (right_before, _) = before.by_label.get(label).copied().unwrap_or_default();
        say(format!("     {label:<9} {right_before:>2} of {all:>2} right before, {right:>2} after"))?;
    }
    let percent = |exam: &Exam| 100.0 * exam.right() as f64 / exam.all().max(1) as f64;
    say(format!(
        "     accuracy  {:.1} % before, {:.1} % after ({} pictures)",
        percent(&before),
        percent(&after),
        after.all()
    ))?;
    show(&drawn(shared, &engine, &clip, &out.join("clip-adapted"))?)?;

    say("")?;
    say("What this shows: the whole chain runs, on real faces. What it cannot show: how good it is. Two")?;
    say("people and one clip of one day prove nothing about others; the pictures of the test share light,")?;
    say("camera and mood with those learned, and the labels are our reading of an actress. `mien eval`")?;
    say("measures on data sets of many people; README.md has the figures.")?;
    let figures = json!({
        "recognized": recognized,
        "accuracy": { "before": percent(&before) / 100.0, "after": percent(&after) / 100.0, "pictures": after.all() },
        "adaptation": report,
    });
    unfinished.write("demo.json", &serde_json::to_vec_pretty(&figures).naming(&target)?)?;
    drop(engine);
    unfinished.complete(&target)?;
    let shown = fs::canonicalize(&target).naming(&target)?;
    say("")?;
    say(format!("Pictures, contact sheets, timelines and figures: {}", shown.display()))
}

/// What a demo writes into its folder.
const PARTS: [&str; 6] = [MARK, "store", "pictures", "clip-generic", "clip-adapted", "demo.json"];

/// Fails if `out` is there and holds anything that no demo made.
fn check(out: &Path) -> Outcome {
    if !out.exists() {
        return Ok(());
    }
    if !out.join(MARK).is_file() {
        return Err(Failure::new(format!("{} exists and is not an earlier demo's: give --out DIR", out.display())));
    }
    for entry in fs::read_dir(out).naming(out)? {
        let name = entry.naming(out)?.file_name();
        if !PARTS.iter().any(|part| name == *part) {
            let name = name.display();
            return Err(Failure::new(format!("{}: {name} is not a demo's: give --out DIR", out.display())));
        }
    }
    Ok(())
}

/// Analyses and draws every frame of `input`.
fn drawn(shared: &Shared, engine: &Engine, input: &Path, folder: &Path) -> Outcome<InputReport> {
    let drawing = Drawing::new(&mut Outputs::new(shared, false), folder, input, kind_of(input)?)?;
    analyze(engine, input, 1, Some(drawing))
}

fn show(report: &InputReport) -> Outcome {
    for line in summary(report) {
        say(format!("   {line}"))?;
    }
    Ok(())
}

fn enroll(engine: &Engine, material: &Path) -> Outcome {
    for (name, pictures) in PEOPLE {
        let mut embeddings = Vec::new();
        for picture in pictures {
            let path = material.join(picture);
            let face = portrait(engine, &read_picture(&path)?)?;
            let face = face.ok_or_else(|| Failure::new(format!("{}: no face", path.display())))?;
            embeddings.push(face.features.identity);
        }
        engine.enroll(name, &embeddings, now_ms())?;
        say(format!("   enrolled {name} from {} pictures", pictures.len()))?;
    }
    Ok(())
}

/// Asks whose face each probe shows, and counts the right answers.
fn recognize(engine: &Engine, material: &Path) -> Outcome<BTreeMap<&'static str, usize>> {
    let mut counts = BTreeMap::from([("right", 0), ("wrong", 0)]);
    for (picture, owner) in PROBES {
        check_interrupt()?;
        let path = material.join(picture);
        let Some(face) = portrait(engine, &read_picture(&path)?)? else {
            return Err(Failure::new(format!("{}: no face", path.display())));
        };
        let (answer, similarity) = (face.identity.user(), face.identity.similarity().unwrap_or(0.0));
        let right = answer == owner;
        *counts.entry(if right { "right" } else { "wrong" }).or_default() += 1;
        let verdict = if right { "right" } else { "WRONG" };
        say(format!(
            "   {picture:<34} {:<16} similarity {similarity:.2}  {verdict}",
            answer.unwrap_or("unknown person")
        ))?;
    }
    Ok(counts)
}

/// Right answers and pictures for each label.
struct Exam {
    by_label: BTreeMap<String, (usize, usize)>,
}

impl Exam {
    fn right(&self) -> usize {
        self.by_label.values().map(|(right, _)| right).sum()
    }

    fn all(&self) -> usize {
        self.by_label.values().map(|(_, all)| all).sum()
    }
}

/// Wanda's labeled pictures as the engine answers them now: by her head where she has one.
fn examine(engine: &Engine, folder: &Path) -> Outcome<Exam> {
    let mut by_label: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (label, path) in labeled_paths(folder)? {
        check_interrupt()?;
        let face = portrait(engine, &read_picture(&path)?)?;
        let answer = face.and_then(|face| face.emotion).map(|emotion| emotion.label);
        let (right, all) = by_label.entry(label.clone()).or_default();
        *all += 1;
        *right += usize::from(answer.as_deref() == Some(label.as_str()));
    }
    Ok(Exam { by_label })
}
