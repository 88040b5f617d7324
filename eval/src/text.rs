//! Words of reports for people.

/// Returns a number and the word for what it counts, which is given in the plural.
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {}", if number == 1 { singular(what) } else { what })
}

/// Returns the singular of a plural that ends in `s`.
pub fn singular(plural: &str) -> &str {
    plural.strip_suffix('s').unwrap_or(plural)
}

/// Returns a share of 0 to 1 as `93.4 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
