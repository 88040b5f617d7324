//! Words of reports for people.

use std::fmt::Display;

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

/// Joins the first five of `items` with `separator`, and adds the number of the others: `a, b, c, d, e and 7 more`.
pub fn listed(items: &[impl AsRef<str>], separator: &str) -> String {
    const SHOWN: usize = 5;
    let shown = items.iter().take(SHOWN).map(AsRef::as_ref).collect::<Vec<_>>().join(separator);
    match items.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        let words = [counted(0_usize, "clips"), counted(1_u32, "clips"), counted(2_u64, "clips")];
        assert_eq!(words, ["0 clips", "1 clip", "2 clips"]);
        assert_eq!(
            (listed(&["a", "b"], ", "), listed(&["a"; 7], "; ")),
            ("a, b".into(), "a; a; a; a; a and 2 more".into())
        );
        assert_eq!([counted(1_usize, "classes"), counted(1_usize, "faces")], ["1 class", "1 face"]);
    }
}
