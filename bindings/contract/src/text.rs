//! Names, numbers and documentation in the form of each language.

use crate::model::{Field, Time, Type, Value};

/// A language that types are written in.
#[derive(Clone, Copy, PartialEq)]
pub enum Language {
    /// Kotlin and KDoc.
    Kotlin,
    /// Swift and DocC.
    Swift,
    /// Rust and rustdoc.
    Rust,
}

/// The first line of each generated file of Kotlin and Swift.
pub const HEADER: &str = "// Written by `make contract` from the declarations in Rust; edit those.\n";

/// The functions of Kotlin and Swift that create durations, and the microseconds in one unit of each.
pub const UNITS: [(i128, &str); 3] = [(1_000_000, "seconds"), (1000, "milliseconds"), (1, "microseconds")];

/// The longest line.
pub const WIDTH: usize = 120;

/// `max_faces` -> `maxFaces`.
pub fn camel(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capital(word))
}

/// Flags that do not read as assertions in Rust, and their names in Kotlin and Swift.
const ASSERTIONS: [(&str, &str); 19] = [
    ("accepted", "isAccepted"),
    ("adapted", "isAdapted"),
    ("balanced", "isBalanced"),
    ("centered", "isCentered"),
    ("confirmed", "isConfirmed"),
    ("detected", "ranDetector"),
    ("gate", "isGated"),
    ("labels_examined", "areLabelsExamined"),
    ("ongoing", "isOngoing"),
    ("parallel", "isParallel"),
    ("pending", "isPending"),
    ("principal", "isPrincipal"),
    ("rehearsed", "isRehearsed"),
    ("same_person", "isSamePerson"),
    ("searched", "wasSearched"),
    ("taken", "isTaken"),
    ("unchecked_faces", "allowsUncheckedFaces"),
    ("unchecked_voices", "allowsUncheckedVoices"),
    ("usable", "isUsable"),
];

/// The name of a field in Kotlin and Swift: flags read as assertions, and the types of times say their unit.
pub fn property(field: &Field) -> String {
    if field.of != Type::Bool {
        return camel(untimed(&field.name));
    }
    let name = field.name.as_str();
    let assertion = ASSERTIONS.iter().find(|(rust, _)| *rust == name).map(|(_, assertion)| (*assertion).to_owned());
    assertion.unwrap_or_else(|| {
        assert!(name.starts_with("is_") || name == "resembles", "{name} does not read as an assertion");
        camel(name)
    })
}

/// Times that say too little, or a word of a language, without their unit.
const TIMES: [(&str, &str); 4] = [
    ("analyzed_us", "analyzed_at"),
    ("idle_us", "max_idle"),
    ("lost_us", "remember_lost_for"),
    ("switch_us", "switch_after"),
];

/// `speech_hold_us` -> `speech_hold`.
fn untimed(name: &str) -> &str {
    let short = TIMES.iter().find(|(rust, _)| *rust == name).map(|(_, short)| *short);
    short.or_else(|| name.strip_suffix("_us")).or_else(|| name.strip_suffix("_ms")).unwrap_or(name)
}

/// The spellings that a name of Rust may have in Kotlin and Swift.
pub fn spellings(name: &str) -> Vec<String> {
    let assertion = ASSERTIONS.iter().find(|(rust, _)| *rust == name).map(|(_, assertion)| (*assertion).to_owned());
    [Some(camel(name)), Some(camel(untimed(name))), assertion].into_iter().flatten().collect()
}

/// A value of a type for people: `200 ms`.
pub fn shown(of: &Type, value: &Value) -> String {
    let micros = match (of, value) {
        (Type::Time(Time::Micros), Value::Whole(micros)) => *micros,
        (Type::Time(Time::Millis), Value::Whole(millis)) => millis * 1000,
        _ => return number(value),
    };
    let units = [(3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1000, "ms"), (1, "µs")];
    let (amount, unit) = in_units(micros, &units);
    if micros == 0 { "0".to_owned() } else { format!("{} {unit}", number(&Value::Whole(amount))) }
}

/// The amount of the first of the units that divides a time without a rest, and that unit; the last is (1, name).
pub fn in_units<'a>(micros: i128, units: &[(i128, &'a str)]) -> (i128, &'a str) {
    let (unit, name) = units.iter().find(|(unit, _)| micros % unit == 0).expect("1 divides all");
    (micros / unit, name)
}

/// `maxFaces` -> `MaxFaces`.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// `SomebodyElse` -> `somebodyElse`.
pub fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// `SomebodyElse` -> `SOMEBODY_ELSE`, as the generated Kotlin writes it.
pub fn upper(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_uppercase());
    }
    text
}

/// A number for people: `200,000`.
pub fn number(value: &Value) -> String {
    match value {
        Value::Whole(number) => {
            let digits = number.unsigned_abs().to_string();
            let sign = if *number < 0 { "-" } else { "" };
            if digits.len() < 5 {
                return format!("{sign}{digits}");
            }
            let grouped: Vec<char> = digits.chars().collect();
            let groups: Vec<String> = grouped.rchunks(3).rev().map(|group| group.iter().collect()).collect();
            format!("{sign}{}", groups.join(","))
        }
        Value::Real(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Nothing => "none".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Case(name) => name.clone(),
        Value::DefaultOf(name) => format!("{name}()"),
    }
}

/// The documentation of a field of Kotlin or Swift: types of times say their unit.
pub fn unit_free(field: &Field) -> Vec<String> {
    if matches!(field.of, Type::Time(_)) {
        field.docs.iter().map(|paragraph| without_unit(paragraph)).collect()
    } else {
        field.docs.clone()
    }
}

/// Documentation that does not say in what unit a time is a number.
pub fn without_unit(docs: &str) -> String {
    docs.replace(", microseconds of stream time", ", in stream time").replace(", microseconds", "")
}

/// The documentation of a field: for options with range and default.
pub fn field_docs(field: &Field, language: Language) -> Vec<String> {
    let mut docs = if language == Language::Rust { field.docs.clone() } else { unit_free(field) };
    let range = field.range.as_ref().map(|range| format!("Range: {range}. "));
    let default = match &field.default {
        None | Some(Value::DefaultOf(_)) => None,
        Some(Value::Nothing) => Some("Default: `None`.".to_owned()),
        Some(Value::Whole(bytes)) if *bytes >= 1 << 20 && bytes % (1 << 20) == 0 => {
            Some(format!("Default: {} MiB.", bytes >> 20))
        }
        Some(Value::Case(name)) => {
            Some(format!("Default: `{}`.", if language == Language::Kotlin { upper(name) } else { lower(name) }))
        }
        Some(value) => Some(format!("Default: {}.", shown(&field.of, value))),
    };
    if let Some(last) = docs.last_mut() {
        for sentence in [range, default].into_iter().flatten() {
            *last = format!("{} {}", last.trim_end(), sentence.trim_end());
        }
    }
    docs
}

/// Documentation in the words of the language: `None`, links and names in code change.
pub fn translate(docs: &str, language: Language) -> String {
    if language == Language::Rust {
        return docs.to_owned();
    }
    let mut text = String::new();
    let mut parts = docs.split('`');
    text.push_str(parts.next().unwrap_or_default());
    while let Some(code) = parts.next() {
        let after = parts.next().unwrap_or_default();
        let linked = text.ends_with('[') && after.starts_with(']');
        if linked {
            text.pop();
        }
        text.push_str(&code_in(code, linked, language));
        text.push_str(if linked { &after[1..] } else { after });
    }
    text
}

fn code_in(code: &str, linked: bool, language: Language) -> String {
    let path: Vec<&str> = code.split("::").collect();
    let name = |name: &str| {
        if !name.contains('_') && !name.starts_with(char::is_lowercase) {
            return name.to_owned();
        }
        let assertion = ASSERTIONS.iter().find(|(rust, _)| *rust == name && (linked || path.len() > 1));
        assertion.map_or_else(|| camel(untimed(name)), |(_, assertion)| (*assertion).to_owned())
    };
    let is_name = path.iter().all(|part| part.chars().all(|letter| letter.is_alphanumeric() || letter == '_'));
    match (code, language) {
        ("None", Language::Kotlin) => "null".to_owned(),
        ("None", _) => "`nil`".to_owned(),
        _ if !is_name => format!("`{code}`"),
        _ if path.len() > 1 || linked => {
            let names: Vec<String> = path.iter().map(|part| name(part)).collect();
            if language == Language::Kotlin {
                format!("[{}]", names.join("."))
            } else {
                format!("``{}``", names.join("/"))
            }
        }
        _ => format!("`{}`", name(code)),
    }
}

/// Lines of at most [`WIDTH`] characters, `before` each of them included.
pub fn wrap(text: &str, before: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => *line = format!("{line} {word}"),
            _ => lines.push(format!("{before}{word}")),
        }
    }
    lines
}

/// A documentation comment, indented by `indent` spaces.
pub fn comment(docs: &[String], language: Language, indent: usize) -> String {
    let space = " ".repeat(indent);
    let docs: Vec<String> = docs.iter().map(|paragraph| translate(paragraph, language)).collect();
    if language == Language::Kotlin {
        let single = format!("{space}/** {} */", docs.join(" "));
        if docs.len() == 1 && single.chars().count() <= WIDTH {
            return single + "\n";
        }
        let before = format!("{space} * ");
        let paragraphs: Vec<String> = docs.iter().map(|paragraph| wrap(paragraph, &before).join("\n")).collect();
        return format!("{space}/**\n{}\n{space} */\n", paragraphs.join(&format!("\n{space} *\n")));
    }
    let before = format!("{space}/// ");
    let paragraphs: Vec<String> = docs.iter().map(|paragraph| wrap(paragraph, &before).join("\n")).collect();
    paragraphs.join(&format!("\n{space}///\n")) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_speaks_the_language() {
        let docs =
            "Up to `max_frames`; `None` if [`StreamOptions::speech_hold_us`] has passed: `mien eval --data DIR`.";
        assert_eq!(
            translate(docs, Language::Kotlin),
            "Up to `maxFrames`; null if [StreamOptions.speechHold] has passed: `mien eval --data DIR`."
        );
        assert_eq!(
            translate(docs, Language::Swift),
            "Up to `maxFrames`; `nil` if ``StreamOptions/speechHold`` has passed: `mien eval --data DIR`."
        );
    }

    #[test]
    fn numbers_are_grouped_for_people() {
        let words = [0, 366, 1827, 200_000, -840, 2_000_000].map(|whole| number(&Value::Whole(whole)));
        assert_eq!(words, ["0", "366", "1827", "200,000", "-840", "2,000,000"]);
        assert_eq!(number(&Value::Real(0.02)), "0.02");
        let times = [0, 200_000, 2_000_000, 3_600_000_000, 90_000_000, 1_500].map(Value::Whole);
        let words = times.map(|time| shown(&Type::Time(Time::Micros), &time));
        assert_eq!(words, ["0", "200 ms", "2 s", "1 h", "90 s", "1500 µs"]);
        assert_eq!(shown(&Type::U64, &Value::Whole(2_000_000)), "2,000,000");
    }

    #[test]
    fn lines_end_before_the_margin() {
        let long = vec!["word ".repeat(60).trim_end().to_owned(), "Second.".to_owned()];
        let text = comment(&long, Language::Kotlin, 4);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("word").count(), 60);
        assert!(text.ends_with("\n     *\n     * Second.\n     */\n"), "{text}");
        assert_eq!(comment(&["One.".to_owned()], Language::Swift, 0), "/// One.\n");
    }

    #[test]
    fn names_have_the_form_of_generated_code() {
        let field = |name: &str, of: Type| {
            let (docs, core, default, range) = (Vec::new(), None, None, None);
            property(&Field { name: name.to_owned(), docs, of, core, default, range })
        };
        assert_eq!(field("detect_within_us", Type::Time(Time::Micros)), "detectWithin");
        assert_eq!(field("enrolled_at_ms", Type::Time(Time::Wall)), "enrolledAt");
        assert_eq!(
            (field("gate", Type::Bool), field("is_complete", Type::Bool)),
            ("isGated".into(), "isComplete".into())
        );
        assert_eq!((camel("detect_within_us"), lower("NoFace")), ("detectWithinUs".to_owned(), "noFace".to_owned()));
        assert_eq!(upper("TooNearToASecondUser"), "TOO_NEAR_TO_A_SECOND_USER");
    }
}
