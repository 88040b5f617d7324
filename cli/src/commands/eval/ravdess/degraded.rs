//! `mien eval ravdess --degrade`: what heads say of sounds made worse, and what the judgment of quality leaves out.

use std::collections::BTreeMap;

use mien_core::head::Clip;
use mien_core::speech::{AudioFormat, ClipQuality, Speech, SpeechDoubt, SpeechFeatures};
use mien_eval::degrade::{Degradation, Voice};
use mien_eval::protocol::{Answered, DegradedScores, InPlace, ProtocolOptions, degraded};
use mien_eval::ravdess::Split;

use super::looked::Looked;
use super::{Source, fresh, name_sessions};
use crate::args::{EvalRavdessArgs, Shared};
use crate::commands::eval::heads::{Heads, on_threads};
use crate::commands::labeled::look_at_all;
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::say;

/// A sound made worse, as it is tested.
struct Worse {
    in_place: InPlace,
    doubts: Vec<SpeechDoubt>,
}

/// Evaluates the sounds as they are and with each of the degradations.
pub fn run(shared: &Shared, args: &EvalRavdessArgs, source: &Source) -> Outcome {
    let Source::Sounds(set, features) = source else {
        return Err(Failure::new("--degrade makes sounds worse; it needs --channel audio-only"));
    };
    let split = args.split.unwrap_or(Split::Statement);
    let (mut looked, voices) = Looked::with_voices(features, set, args, shared.jobs())?;
    let fresh = fresh(args, features.values())?;
    name_sessions(&mut looked, split, args.seed);
    let kinds: Vec<Option<Degradation>> = [None].into_iter().chain(args.degrade.iter().copied().map(Some)).collect();
    let (mut tested, mut doubts) = (Vec::new(), Vec::new());
    for kind in &kinds {
        let (in_place, why) = made_worse(*kind, features, &voices, &looked, args.seed, shared.jobs())?;
        tested.push(in_place);
        doubts.push(why);
    }
    let options = ProtocolOptions { seed: args.seed, ..source.options(args.head) };
    let heads = Heads::default();
    let evaluate = || degraded(&looked.clips, &tested, &fresh, &options, |step| heads.observe(step));
    let scores = on_threads(shared.jobs(), evaluate)??;
    say(format!("RAVDESS, split {}, {}: accuracy (ECE) in %", split.name(), looked.features))?;
    say("tested      | all: generic  adapted | left out | kept: generic  adapted | why")?;
    for ((kind, scores), why) in kinds.iter().zip(&scores).zip(&doubts) {
        say(row(*kind, scores, why))?;
    }
    Ok(())
}

/// Returns what is tested in place of each clip, and how often it is left out for each reason.
fn made_worse(
    kind: Option<Degradation>,
    features: &SpeechFeatures,
    voices: &[Voice],
    looked: &Looked,
    seed: u64,
    jobs: usize,
) -> Outcome<(Vec<InPlace>, BTreeMap<SpeechDoubt, usize>)> {
    let indices: Vec<usize> = (0..voices.len()).collect();
    let look = |index: &usize| {
        let (samples, format) = match kind {
            Some(kind) => kind.apply(voices, *index, seed),
            None => (voices[*index].samples.clone(), AudioFormat::NATIVE),
        };
        let frames = Speech::of_samples(&samples, format)?.frames;
        let doubts: Vec<SpeechDoubt> = ClipQuality::of(&frames).doubts().collect();
        // What has no vector is taken for the mean of the set.
        let scaled = features.describe(&frames)?.zip(looked.scale.as_ref()).map(|(vector, scale)| scale.apply(&vector));
        let clip = Clip::from_frames(&[scaled.transpose()?.unwrap_or_else(|| vec![0.0; features.values()])])?;
        Ok(Worse { in_place: InPlace { clip, left_out: !doubts.is_empty() }, doubts })
    };
    let worse = look_at_all(jobs, &indices, "sounds", look)?;
    let mut why = BTreeMap::new();
    let mut in_place = Vec::new();
    for worse in worse.into_iter().flatten() {
        worse.doubts.first().into_iter().for_each(|doubt| *why.entry(*doubt).or_default() += 1);
        in_place.push(worse.in_place);
    }
    Ok((in_place, why))
}

/// Returns the line of a degradation.
fn row(kind: Option<Degradation>, scores: &DegradedScores, why: &BTreeMap<SpeechDoubt, usize>) -> String {
    let kind = kind.map_or_else(|| "as it is".to_owned(), |kind| kind.to_string());
    let cell = |answered: Answered| match answered.clips {
        0 => "     -     ".to_owned(),
        _ => format!("{:4.1} ({:4.1})", 100.0 * answered.accuracy, 100.0 * answered.ece),
    };
    let [all, kept] = scores.generic;
    let [adapted, adapted_kept] = scores.adapted;
    let left_out = 100.0 * (all.clips - kept.clips) as f64 / all.clips.max(1) as f64;
    let why: Vec<String> = why.iter().map(|(doubt, count)| format!("{} {count}", doubt.name())).collect();
    format!(
        "{kind:<11} | {} {} | {left_out:5.1} % | {} {} | {}",
        cell(all),
        cell(adapted),
        cell(kept),
        cell(adapted_kept),
        why.join(", ")
    )
}
