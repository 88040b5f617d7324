//! Texts that several commands print.

use std::borrow::Cow;

use mien_core::{Affect, Emotion, Unsure};

pub use mien_eval::text::{counted, listed, percent};

/// Returns `text` with control characters as escapes, because they could hide or forge output; file names may hold
/// any.
pub fn printable(text: &str) -> Cow<'_, str> {
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_control = |letter: char| letter.is_control() || turns(letter);
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = text
        .chars()
        .map(|letter| if is_control(letter) { letter.escape_default().to_string() } else { letter.to_string() });
    Cow::Owned(escaped.collect())
}

/// Formats an emotion as `happy 93 %`, with a note if the user's own head answered; as `unsure (happy 30 %)` if there
/// are reasons why it is `unsure`.
pub fn described(emotion: &Emotion, unsure: &[Unsure]) -> String {
    hedged(answer(&emotion.label, emotion.confidence(), emotion.adapted), unsure)
}

/// Formats reasons for a cell of a table: `low_confidence too_small`.
pub fn reasons(unsure: &[Unsure]) -> String {
    unsure.iter().map(|reason| reason.name()).collect::<Vec<_>>().join(" ")
}

/// Formats an answer as `unsure (happy 30 %)` if there are reasons why it is `unsure`.
pub fn hedged(answer: String, unsure: &[Unsure]) -> String {
    if unsure.is_empty() { answer } else { format!("unsure ({answer})") }
}

/// Returns the one of `known` that `word` is probably meant to be.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Min Jaro similarity of a suggestion, as in clap's.
    const MIN_SIMILARITY: f64 = 0.7;
    let word = word.to_lowercase();
    let scored = known.into_iter().map(|name| (strsim::jaro(&word, &name.to_lowercase()), name));
    let best = scored.filter(|(similarity, _)| *similarity > MIN_SIMILARITY).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, name)| name)
}

/// Formats a suggestion to follow an error: `; did you mean "Anna"?`, or nothing.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |name| format!("; did you mean \"{}\"?", printable(name)))
}

/// Same as [`suggestion`], with `otherwise` if nothing is similar.
pub fn suggestion_or(word: &str, known: &[String], otherwise: &str) -> String {
    match suggestion(word, known.iter().map(String::as_str)) {
        none if none.is_empty() => format!("; {otherwise}"),
        found => found,
    }
}

/// Formats a head's answer as `happy 93 %`.
pub fn answer(label: &str, probability: f32, adapted: bool) -> String {
    let own = if adapted { " (own head)" } else { "" };
    format!("{label} {}{own}", whole_percent(probability))
}

/// Formats valence and arousal as `valence +0.61, arousal -0.08`.
pub fn affect_text(Affect { valence, arousal }: Affect) -> String {
    format!("valence {valence:+.2}, arousal {arousal:+.2}")
}

/// Formats a share of 0 to 1 as `93 %`.
pub fn whole_percent(share: f32) -> String {
    format!("{:.0} %", 100.0 * share)
}
