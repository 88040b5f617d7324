//! `mien enroll`: a new user from pictures.

use std::collections::BTreeMap;
use std::path::Path;

use mien_core::engine::enrollment::{Enrollment, EnrollmentOptions, EnrollmentStep, Rejection};
use mien_core::face::quality::QualityIssue;
use mien_core::users::profile::check_name;
use serde_json::json;

use crate::args::{EnrollArgs, Shared};
use crate::media::{Kind, Media};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{Progress, print_json, say};
use crate::session::{check_new_user, check_user, engine_with_new_store};
use crate::text::counted;
use crate::time::now_ms;

/// Enrolls a user from pictures, folders of frames and videos, or adds to an enrolled user. Each usable frame adds an
/// embedding; each other frame is reported with the reason.
pub fn run(shared: &Shared, args: &EnrollArgs) -> Outcome {
    check_name(&args.name)?;
    let engine = engine_with_new_store(shared)?;
    if args.more {
        check_user(&engine, &args.name)?;
    } else {
        check_new_user(&engine, &args.name, "add pictures with --more")?;
    }
    let options = EnrollmentOptions::default();
    let mut enrollment = if args.more {
        engine.enrollment_of(&args.name, options.clone())?
    } else {
        engine.enrollment(&args.name, options.clone())?
    };
    let mut sources = Vec::new();
    for path in &args.pictures {
        sources.extend(or_skip(add_frames(&mut enrollment, path), args.pictures.len() > 1)?);
    }
    if enrollment.count() < options.min_frames {
        let rejected = sources.iter().flat_map(|source| source.rejected.iter().map(move |why| (source.path, why)));
        let reasons: Vec<_> = rejected.map(|(path, (_, why))| format!("{}: {why}", path.display())).collect();
        let reasons = if reasons.is_empty() { "none can be read".to_owned() } else { shortened(&reasons) };
        return Err(Failure::new(format!("no usable picture: {reasons}")));
    }
    check_interrupt()?;
    let accepted = enrollment.finish(now_ms())?;
    if args.json {
        let rejected: Vec<_> = sources.iter().flat_map(Source::rejected_json).collect();
        return print_json(&json!({
            "user": args.name, "accepted": accepted, "rejected": rejected, "unreadable": skipped::list(),
        }));
    }
    sources.iter().flat_map(Source::lines).try_for_each(say)?;
    let frames: usize = sources.iter().map(|source| source.frames).sum();
    let (name, frames) = (&args.name, counted(frames, "pictures"));
    say(if args.more {
        format!("added {accepted} of {frames} to {name}")
    } else {
        format!("enrolled {name} from {accepted} of {frames}")
    })?;
    if !args.more && accepted < FEW {
        say(format!(
            "add pictures with --more: with at least {FEW} pictures, taken on different days, {name} is recognized far more \
             often"
        ))?;
    }
    Ok(())
}

/// With fewer pictures than this, more are recommended.
const FEW: usize = 3;

/// The results of the frames of one input.
struct Source<'a> {
    path: &'a Path,
    kind: Kind,
    frames: usize,
    /// Indices of the rejected frames, with the reasons.
    rejected: Vec<(usize, Rejection)>,
}

/// Adds the frames of the input `path`; a clip stops when enough frames are accepted.
fn add_frames<'a>(enrollment: &mut Enrollment, path: &'a Path) -> Outcome<Source<'a>> {
    let mut media = Media::open(path)?;
    let mut source = Source { path, kind: media.kind, frames: 0, rejected: Vec::new() };
    let bar = Progress::new(0, "frames");
    while let Some(picture) = media.next_picture()? {
        check_interrupt()?;
        if let EnrollmentStep::Rejected(why) = enrollment.add(&picture.frame()?)? {
            if why == Rejection::Enough && source.kind != Kind::Picture {
                break;
            }
            source.rejected.push((source.frames, why));
        }
        source.frames += 1;
        bar.step();
    }
    drop(bar);
    Ok(source)
}

impl Source<'_> {
    /// Returns the reason of a picture, or the reasons of a clip with their counts.
    fn lines(&self) -> Vec<String> {
        let path = self.path.display();
        if self.kind == Kind::Picture {
            return self.rejected.iter().map(|(_, why)| format!("not used: {path}: {why}")).collect();
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &self.rejected {
            *counts.entry(in_words(why)).or_default() += 1;
        }
        let counts: Vec<_> = counts.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let used = self.frames - self.rejected.len();
        let rest = if counts.is_empty() { String::new() } else { format!("; not used: {}", counts.join(", ")) };
        vec![format!("{path}: used {used} of {}{rest}", counted(self.frames, "frames"))]
    }

    fn rejected_json(&self) -> Vec<serde_json::Value> {
        let one = |(frame, why): &(usize, Rejection)| json!({ "path": self.path.to_string_lossy(), "frame": frame, "code": why.name(), "reason": why.to_string() });
        self.rejected.iter().map(one).collect()
    }
}

/// Joins the first reasons and the number of the others.
fn shortened(reasons: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = reasons[..reasons.len().min(SHOWN)].join("; ");
    if reasons.len() > SHOWN { format!("{shown}; and {} more", reasons.len() - SHOWN) } else { shown }
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
