//! `mien eval identity`: verification and open-set identification.

use std::path::Path;

use mien_core::Engine;
use mien_core::recognition::calibration::{Calibration, MARGIN};
use mien_eval::datasets::{Dataset, Entry};
use mien_eval::identity::{
    ENROLLED, IdentityScores, OpenSetScores, Portrait, VerificationFigures, identity as evaluate_identity,
};
use mien_eval::metrics::Verification;
use mien_eval::whose::{CLIPS, Face, Share, WhoseScores, whose_faces};
use serde_json::json;

use super::heads::on_threads;
use crate::args::{EvalIdentityArgs, Shared};
use crate::commands::labeled::{look_at_all, open};
use crate::process::failure::{Naming, Outcome};
use crate::process::interrupt::interrupted;
use crate::process::terminal::{print_json, say};
use crate::session::clip_faces;
use crate::session::{engine, engine_with_store_in_given};

/// Runs the command.
pub fn run(shared: &Shared, args: &EvalIdentityArgs) -> Outcome {
    let engine = if args.save { engine_with_store_in_given(shared)? } else { engine(shared)? };
    let dataset = open(&args.data, &[])?;
    let look = |entry: &Entry| {
        let portrait =
            |embedding| Portrait { person: entry.subject.clone(), session: entry.session.clone(), embedding };
        Ok(embedding(&engine, &entry.path)?.map(portrait))
    };
    let looked = look_at_all(shared.jobs(), &dataset.entries, "pictures", look)?;
    let no_face = looked.iter().flatten().filter(|portrait| portrait.is_none()).count();
    let unreadable = dataset.unusable.len() + looked.iter().filter(|portrait| portrait.is_none()).count();
    let portraits: Vec<_> = looked.into_iter().flatten().flatten().collect();
    let evaluate = || evaluate_identity(&portraits, engine.default_calibration(), args.seed, interrupted);
    let scores = on_threads(shared.jobs(), evaluate)?.naming(Path::new(&dataset.name))?;
    let whose = on_threads(shared.jobs(), || whose_of(&portraits, engine.default_calibration(), args.seed))??;
    if args.save {
        engine.calibrate(scores.calibration.clone())?;
    }
    if args.json {
        return print_json(&identity_json(&dataset, [no_face, unreadable], &scores, &whose));
    }
    say(format!(
        "{}: {} people, {} pictures, {no_face} without a face; means over {} splits (± their standard deviation)",
        dataset.name,
        scores.people,
        dataset.entries.len(),
        scores.splits
    ))?;
    for (title, task) in [
        ("pairs: every pair of pictures".to_owned(), &scores.pairs),
        (format!("templates: one picture against people enrolled with {ENROLLED} others (easier)"), &scores.templates),
    ] {
        say(title)?;
        say(verification_line("calibrated", &task.calibrated))?;
        say(verification_line("plain cosine", &task.plain))?;
    }
    say(format!("open set: {0} users enrolled with {ENROLLED} pictures each, {0} strangers", scores.users))?;
    say(open_set_line("calibrated", &scores.open_set))?;
    say(open_set_line("default", &scores.default_open_set))?;
    let calibration = &scores.calibration;
    let default = engine.default_calibration();
    say(format!(
        "threshold for 1 / {} users: calibrated {:.3} / {:.3}, default {:.3} / {:.3}; margin over the second user {MARGIN}",
        scores.users,
        calibration.threshold_for(1),
        calibration.threshold_for(scores.users),
        default.threshold_for(1),
        default.threshold_for(scores.users),
    ))?;
    whose_lines(&whose).into_iter().try_for_each(say)?;
    if args.save { say("the calibration is stored in the user store") } else { Ok(()) }
}

fn verification_line(what: &str, VerificationFigures { mean, deviation }: &VerificationFigures) -> String {
    format!(
        "  {what:<13} AUC {:.4}, EER {:.2} ± {:.2} %, TAR {:.3} ± {:.3} at FAR 1 %, {:.3} at FAR 0.1 %",
        mean.auc,
        100.0 * mean.eer,
        100.0 * deviation.eer,
        mean.tar_at_far_1e2,
        deviation.tar_at_far_1e2,
        mean.tar_at_far_1e3
    )
}

fn open_set_line(what: &str, scores: &OpenSetScores) -> String {
    format!(
        "  {what:<13} unknown accepted {:.2} ± {:.2} %, wrong user {:.2} ± {:.2} %, user missed {:.1} ± {:.1} %",
        100.0 * scores.unknown_accepted_rate,
        100.0 * scores.unknown_accepted_deviation,
        100.0 * scores.wrong_user_rate,
        100.0 * scores.wrong_user_deviation,
        100.0 * scores.missed_user_rate,
        100.0 * scores.missed_user_deviation,
    )
}

/// Measures whose faces adaptations and enrollments take.
fn whose_of(portraits: &[Portrait], calibration: &Calibration, seed: u64) -> mien_core::Result<WhoseScores> {
    let mut faces = Vec::new();
    for Portrait { person, session, embedding } in portraits {
        faces.push(Face { person, session, embedding });
    }
    whose_faces(&faces, calibration, seed)
}

fn whose_lines(scores: &WhoseScores) -> Vec<String> {
    let rate = |share: Share| share.rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.2} %", 100.0 * rate));
    let mut lines =
        vec![format!("whose clips: up to {CLIPS}, each a picture, of another session if there is one; default")];
    for figures in scores.clips.iter().filter(|figures| figures.own_refused.of > 0) {
        lines.push(format!(
            "  {:<13} own refused {}; all of another person: accepted {}; one of another person among own: accepted {}, \
             own refused {}",
            format!("{} enrolled", figures.enrolled),
            rate(figures.own_refused),
            rate(figures.others_accepted),
            rate(figures.odd_accepted),
            rate(figures.own_refused_beside_odd),
        ));
    }
    lines.push("whose pictures: enrollments of one person, and of two people half and half; default".to_owned());
    for figures in &scores.enrollments {
        lines.push(format!(
            "  {:<13} one person: refused {}; two people: refused {}, enrolled together {}, with the most similar person {}",
            format!("{} pictures", figures.pictures),
            rate(figures.honest_refused),
            rate(figures.mixtures_refused),
            rate(figures.mixtures_accepted),
            rate(figures.look_alikes_accepted),
        ));
    }
    lines
}

fn embedding(engine: &Engine, path: &Path) -> Outcome<Option<Vec<f32>>> {
    let faces = clip_faces(engine, path)?;
    Ok(faces.into_iter().next().map(|face| face.features.identity))
}

/// Returns the report as JSON. The figures at the top level are those of pairs and of the calibrated open set.
fn identity_json(
    dataset: &Dataset,
    [no_face, unreadable]: [usize; 2],
    scores: &IdentityScores,
    whose: &WhoseScores,
) -> serde_json::Value {
    let Verification { auc, eer, tar_at_far_1e2, tar_at_far_1e3 } = scores.pairs.calibrated.mean;
    let calibration = &scores.calibration;
    json!({
        "dataset": dataset.name,
        "people": scores.people,
        "pictures": dataset.entries.len(),
        "no_face": no_face,
        "unreadable": unreadable,
        "auc": auc,
        "eer": eer,
        "tar_at_far_1e-2": tar_at_far_1e2,
        "tar_at_far_1e-3": tar_at_far_1e3,
        "threshold": calibration.threshold_for(scores.users),
        "threshold_of_one_user": calibration.threshold,
        "threshold_rise": calibration.rise,
        "margin": calibration.margin,
        "wrong_user_rate": scores.open_set.wrong_user_rate,
        "missed_user_rate": scores.open_set.missed_user_rate,
        "unknown_accepted_rate": scores.open_set.unknown_accepted_rate,
        "protocol": "pairs of pictures and open set; center and threshold measured on the other half of the people",
        "splits": scores.splits,
        "users": scores.users,
        "pictures_enrolled": ENROLLED,
        "pairs": scores.pairs,
        "templates": scores.templates,
        "open_set": scores.open_set,
        "default_open_set": scores.default_open_set,
        "whose": whose,
    })
}
