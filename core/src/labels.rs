//! Names of emotions, and their spellings in data sets and networks.

use crate::error::{Result, fail};

/// The face at rest: the label of the clips that suffice for a user's baseline, and from which
/// attention over time turns away.
pub const NEUTRAL: &str = "neutral";

/// The seven basic emotions (Ekman's six and neutral) in the order of the default network.
pub const EMOTIONS: [&str; 7] = [NEUTRAL, "happy", "sad", "anger", "fear", "disgust", "surprise"];

/// Other spellings of emotions in data sets and networks, with the canonical one.
pub const SPELLINGS: [(&str, &str); 9] = [
    ("angry", "anger"),
    ("happiness", "happy"),
    ("joy", "happy"),
    ("smile", "happy"),
    ("sadness", "sad"),
    ("fearful", "fear"),
    ("afraid", "fear"),
    ("disgusted", "disgust"),
    ("surprised", "surprise"),
];

/// Returns the canonical spelling of an emotion's name, in lower case: `anger` for `angry`, `happy`
/// for `happiness`, and so on ([`SPELLINGS`]). Unknown names are only converted to lower case.
pub fn canonical(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let known = SPELLINGS.iter().find(|(spelling, _)| *spelling == name);
    known.map_or(name, |(_, canonical)| (*canonical).to_owned())
}

/// Checks a list of class names: at least two, none empty, none twice.
///
/// # Errors
/// `InvalidOption`, naming the problem.
pub fn check(labels: &[String]) -> Result<()> {
    if labels.len() < 2 {
        fail!(InvalidOption, "{} class given; at least two are needed", labels.len());
    }
    for (index, label) in labels.iter().enumerate() {
        if label.trim().is_empty() {
            fail!(InvalidOption, "the name of class {index} is empty");
        }
        if labels[..index].contains(label) {
            fail!(InvalidOption, "a class is named twice"; "the class {label:?} is named twice");
        }
    }
    Ok(())
}

/// Returns the index of `name` (in any spelling) in `labels`.
pub fn index_of(labels: &[String], name: &str) -> Option<usize> {
    let name = canonical(name);
    labels.iter().position(|label| canonical(label) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        let labels: Vec<String> = EMOTIONS.map(str::to_owned).to_vec();
        for (spelling, index) in [("Angry", 3), ("anger", 3), (" HAPPINESS ", 1), ("sadness", 2), ("fearful", 4)] {
            assert_eq!(index_of(&labels, spelling), Some(index), "{spelling}");
        }
        assert_eq!(index_of(&labels, "contempt"), None);
        assert_eq!(canonical("Contempt"), "contempt");
    }

    #[test]
    fn bad_lists_are_refused() {
        for labels in [vec!["a"], vec!["a", ""], vec!["a", "b", "a"]] {
            assert!(check(&labels.into_iter().map(str::to_owned).collect::<Vec<_>>()).is_err());
        }
    }
}
