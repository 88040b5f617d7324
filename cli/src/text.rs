//! Words that several commands say.

use std::borrow::Cow;

use mien_core::Emotion;

/// `text` as a terminal can print it: control characters, which may hide or forge what is read, as escapes. File names
/// hold any.
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

/// A number and what it counts, given in the plural.
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {}", if number == 1 { singular(what) } else { what })
}

pub fn singular(people: &str) -> &str {
    people.strip_suffix('s').unwrap_or(people)
}

/// A share of 0 to 1 as `93.4 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// `happy 93 %`, and whether the user's own head said so.
pub fn described(emotion: &Emotion) -> String {
    answer(&emotion.label, emotion.confidence(), emotion.adapted)
}

/// A head's answer for people.
pub fn answer(label: &str, probability: f32, adapted: bool) -> String {
    let own = if adapted { " (own head)" } else { "" };
    format!("{label} {:.0} %{own}", 100.0 * probability)
}
