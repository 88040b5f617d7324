//! `mien eval ravdess --speech-rows`: the four kinds of heads over the sequence of a learned embedding.

use mien_core::head::{Clip, Head, HeadKind, Scale};
use mien_core::speech::{AudioFormat, Speech, SpeechFeatures};
use mien_eval::protocol::{Answered, Copies, InPlace, Labeled, ProtocolOptions, degraded};
use mien_eval::ravdess::{Film, LABELS, Recording, Split};

use super::looked::Looked;
use super::{Source, name_sessions};
use crate::args::{EvalRavdessArgs, Shared};
use crate::commands::eval::heads::{Heads, on_threads};
use crate::commands::labeled::look_at_all;
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::say;
use crate::session::whole_sound;

/// Evaluates each kind of head over the rows of the sounds.
pub fn run(shared: &Shared, args: &EvalRavdessArgs, source: &Source) -> Outcome {
    let Source::Sounds(set, features) = source else {
        return Err(Failure::new("--speech-rows reads sounds; it needs --channel audio-only"));
    };
    let Some(values) = features.row_values() else {
        return Err(Failure::new("--speech-rows reads a learned embedding; it needs --pack with a network for speech"));
    };
    let split = args.split.unwrap_or(Split::Statement);
    let films: Vec<&Film> = set.films.iter().collect();
    let rows = look_at_all(shared.jobs(), &films, "sounds", |film: &&Film| rows_of(features, film))?;
    let rows: Vec<(Recording, Vec<Vec<f32>>)> = rows.into_iter().flatten().flatten().collect();
    let mut looked = looked(&rows)?;
    name_sessions(&mut looked, split, args.seed);
    let tested: Vec<InPlace> =
        looked.clips.iter().map(|clip| InPlace { clip: clip.clip.clone(), left_out: false }).collect();
    let count: usize = rows.iter().map(|(_, rows)| rows.len()).sum();
    say(format!(
        "RAVDESS, split {}, {} sounds of {:.1} rows of {values} values in the mean: accuracy (ECE) in %",
        split.name(),
        rows.len(),
        count as f64 / rows.len() as f64,
    ))?;
    say("head               | generic      | adapted")?;
    for kind in HeadKind::ALL {
        let fresh = Head::fresh(LABELS.map(str::to_owned).to_vec(), values, kind.body(), None, 1.0)?;
        let options = ProtocolOptions { seed: args.seed, ..ProtocolOptions::for_values(kind, values) };
        let (heads, tested) = (Heads::default(), [tested.clone()]);
        let evaluate = || degraded(&looked.clips, &tested, &fresh, &options, |step| heads.observe(step));
        let scores = on_threads(shared.jobs(), evaluate)??;
        let cell = |Answered { accuracy, ece, .. }| format!("{:5.1} ({:4.1})", 100.0 * accuracy, 100.0 * ece);
        say(format!("{:<18} | {} | {}", kind.name(), cell(scores[0].generic[0]), cell(scores[0].adapted[0])))?;
    }
    Ok(())
}

/// Returns the rows of a sound; `None` if it has no voice.
fn rows_of(features: &SpeechFeatures, film: &Film) -> Outcome<Option<(Recording, Vec<Vec<f32>>)>> {
    let frames = Speech::of_samples(&whole_sound(&film.path)?, AudioFormat::NATIVE)?.frames;
    Ok(features.rows(&frames)?.map(|rows| (film.recording, rows)))
}

/// Returns the clips of the rows, each value brought to one scale. They have no copies: attention reads every row, and
/// would take days.
fn looked(rows: &[(Recording, Vec<Vec<f32>>)]) -> Outcome<Looked> {
    let scale = Scale::of(&rows.iter().flat_map(|(_, rows)| rows).collect::<Vec<_>>())?;
    let (mut clips, mut recordings) = (Vec::new(), Vec::new());
    for (recording, rows) in rows {
        let scaled = rows.iter().map(|row| scale.apply(row)).collect::<Result<Vec<_>, _>>()?;
        recordings.push(*recording);
        clips.push(Labeled {
            clip: Clip::from_frames(&scaled)?,
            copies: Copies::default(),
            class: recording.emotion,
            zero_shot: None,
            subject: recording.subject(),
            session: String::new(),
            embedding: Vec::new(),
        });
    }
    Ok(Looked::of_clips(clips, recordings, "rows of a learned embedding".to_owned()))
}
