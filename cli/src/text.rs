//! Texts that several commands print.

use std::borrow::Cow;
use std::fmt::Display;

use mien_core::Emotion;

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

/// Returns a number with its noun, which is given in the plural: `1 clip`, `2 clips`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    format!("{number} {}", if number == N::from(1) { singular(what) } else { what })
}

/// Returns the singular of a regular plural: `clips`, `classes`.
pub fn singular(plural: &str) -> &str {
    plural.strip_suffix("es").filter(|stem| stem.ends_with("ss")).or(plural.strip_suffix('s')).unwrap_or(plural)
}

/// Formats a share of 0 to 1 as `93.4 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Formats an emotion as `happy 93 %`, with a note if the user's own head answered.
pub fn described(emotion: &Emotion) -> String {
    answer(&emotion.label, emotion.confidence(), emotion.adapted)
}

/// Formats a head's answer; see [`described`].
pub fn answer(label: &str, probability: f32, adapted: bool) -> String {
    let own = if adapted { " (own head)" } else { "" };
    format!("{label} {:.0} %{own}", 100.0 * probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        let words = [counted(0_usize, "clips"), counted(1_u32, "clips"), counted(2_u64, "clips")];
        assert_eq!(words, ["0 clips", "1 clip", "2 clips"]);
        assert_eq!([counted(1_usize, "classes"), counted(1_usize, "faces")], ["1 class", "1 face"]);
    }
}
