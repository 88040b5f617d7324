//! Writes the page of options.

use std::fmt::Write as _;

use crate::model::{Contract, Field, Kind, Value};
use crate::text::{Language, camel, property, shown, translate, unit_free};

/// The page's headings, and the options below each.
const SECTIONS: [(&str, &[&str]); 5] = [
    ("Engine", &["EngineOptions", "DetectorOptions", "QualityLimits", "Fusion", "FusionWeights"]),
    ("Streams", &["StreamOptions", "TrackerOptions", "LiveOptions", "LivePace"]),
    ("Users", &["EnrollmentOptions", "AdaptOptions", "PseudoLabels", "FitOptions"]),
    ("Store", &["StoreLimits"]),
    ("Timelines", &["TimelineOptions", "Retention"]),
];

const BEGIN: &str = "# Options

Options are immutable and checked: a value out of range is an `InvalidOption` that names the option and its range. Names are those
of Kotlin and Swift, where lengths of time are a `Duration`; Rust's stand beside them where more than the spelling differs, with
the unit of a time: microseconds (`_us`). `make contract` writes this page from the declarations in Rust.
";

/// The page `docs/reference/options.md`.
pub fn page(contract: &Contract) -> String {
    let mut text = BEGIN.to_owned();
    for (heading, names) in SECTIONS {
        let _ = write!(text, "\n## {heading}\n");
        for name in names {
            let one = contract.find(name);
            let Kind::Options(fields) = &one.kind else { panic!("{name} has no options") };
            let _ = write!(text, "\n`{name}`: {}\n\n", first_lower(&translate(&one.docs.join(" "), Language::Rust)));
            text += "| option | default | range | meaning |\n|---|---|---|---|\n";
            for field in fields {
                let range = field.range.as_deref().unwrap_or_default();
                let meaning = translate(&unit_free(field).join(" "), Language::Swift).replace("``", "`");
                let name = property(field);
                let rust = if camel(&field.name) == name { String::new() } else { format!(" (`{}`)", field.name) };
                let _ = writeln!(text, "| `{name}`{rust} | {} |{} | {meaning} |", default(field), padded(range));
            }
        }
    }
    text
}

fn padded(range: &str) -> String {
    if range.is_empty() { String::new() } else { format!(" {range}") }
}

fn first_lower(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

fn default(field: &Field) -> String {
    match field.default.as_ref().expect("an option has a default") {
        Value::DefaultOf(_) => "its defaults".to_owned(),
        Value::Nothing => "none".to_owned(),
        Value::Case(name) => name.clone(),
        value => shown(&field.of, value),
    }
}
