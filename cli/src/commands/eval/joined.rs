//! Face and speech of the same clips: each alone, and both joined.

use std::collections::BTreeMap;

use mien_core::Modality;
use mien_core::fusion::Weights;
use mien_core::head::Head;
use mien_eval::protocol::{AdaptedScores, Figures, JoinedScores, Labeled, ProtocolOptions, Stream, joined};

use super::heads::{Heads, on_threads};
use crate::process::failure::Outcome;
use crate::text::{counted, percent};

/// The streams.
pub const STREAMS: [Modality; 2] = Modality::ALL;

/// The numbers of clips per class that are learned beside all.
const CURVE: [usize; 3] = [1, 2, 4];

/// Measures the clips of face and speech, which are those of the same recordings, with the heads at which generic heads
/// start, and their options.
pub fn measure(
    streams: [(&[Labeled], &Head, ProtocolOptions); 2],
    jobs: usize,
) -> Outcome<mien_core::Result<JoinedScores>> {
    let streams = STREAMS.into_iter().zip(streams).map(|(modality, (clips, fresh, options))| Stream {
        modality,
        clips,
        fresh,
        options: ProtocolOptions { curve: CURVE.to_vec(), ..options },
    });
    let streams: Vec<Stream<'_>> = streams.collect();
    let heads = Heads::default();
    on_threads(jobs, || joined(&streams, |step| heads.observe(step)))
}

/// Names what there is of each stream.
pub fn by_stream<T>(of: [T; 2]) -> BTreeMap<&'static str, T> {
    STREAMS.map(Modality::name).into_iter().zip(of).collect()
}

/// Returns the table of figures; `people` is the word for users, in the plural.
pub fn lines(scores: &JoinedScores, title: &str, people: &str) -> Vec<String> {
    let mut lines = vec![format!("{title}: {} {people}, {} folds", scores.users, scores.folds)];
    let row = |name: String, figures: Vec<String>| format!("  {name:<34} {}", figures.join("  "));
    let head: Vec<String> =
        STREAMS.map(Modality::name).into_iter().chain(["joined"]).map(|name| format!("{name:<22}")).collect();
    lines.push(row("accuracy, ECE, harmed".to_owned(), head));
    let cells = |by: &BTreeMap<Modality, Figures>, joined: Option<&Figures>| -> Vec<String> {
        STREAMS.iter().filter_map(|modality| by.get(modality)).chain(joined).map(cell).collect()
    };
    lines.push(row("generic".to_owned(), cells(&scores.generic, Some(&scores.generic_joined))));
    for adapted in &scores.adapted {
        lines.push(row(name(adapted), cells(&adapted.alone, Some(&adapted.joined))));
        lines.push(row("  with both adapted, one missing".to_owned(), cells(&adapted.others_missing, None)));
        let asked = |modality: Modality| adapted.asked_alone.get(&modality).copied().unwrap_or(0).to_string();
        let asked: Vec<String> = STREAMS.into_iter().map(asked).chain([adapted.asked.to_string()]).collect();
        lines.push(row(
            format!("  asked about labels, of {}", adapted.adaptations),
            asked.iter().map(|asked| format!("{asked:<22}")).collect(),
        ));
    }
    let weights = scores.weights.iter().map(|(modality, Weights { generic, adapted })| {
        format!("{} {generic:.2} generic and {adapted:.2} adapted", modality.name())
    });
    lines.push(format!("  weights: {}", weights.collect::<Vec<_>>().join(", ")));
    lines
}

fn name(adapted: &AdaptedScores) -> String {
    match (adapted.clips_per_class, adapted.confirmed) {
        (None, false) => "adapted".to_owned(),
        (None, true) => "once labels are confirmed".to_owned(),
        (Some(clips), _) => format!("at most {} of an emotion", counted(clips, "clips")),
    }
}

fn cell(Figures { accuracy, ece, harmed_users, .. }: &Figures) -> String {
    format!("{:<22}", format!("{}, {}, {harmed_users}", percent(*accuracy), percent(*ece)))
}
