//! Writes the durations of results and options for Java, which cannot call properties that have Kotlin's type.

use std::fmt::Write as _;

use crate::model::{Contract, Declared, Field, Time, Type};
use crate::text::{HEADER, Language, comment, property, without_unit};

const EVENT: &str =
    "    /** Returns the event of a face that was seen at [at] for [duration]; null if its emotion is not known yet. */
    @JvmStatic
    public fun <Time : Any> event(face: TrackedFace, at: Time, duration: java.time.Duration): TimelineEvent<Time>? =
        TimelineEvent.of(face, at, duration.kotlin())
";

/// The object `Times`.
pub fn times(contract: &Contract) -> String {
    let mut body = String::new();
    let mut names = vec!["TrackedFace", "TimelineEvent"];
    for one in &contract.types {
        for field in one.fields() {
            let optional = match &field.of {
                Type::Time(Time::Micros | Time::Millis) => "",
                Type::Option(inner) if matches!(**inner, Type::Time(Time::Micros | Time::Millis)) => "?",
                _ => continue,
            };
            names.push(&one.name);
            body += &function(one, field, optional);
        }
    }
    names.sort_unstable();
    names.dedup();
    let imports: String = names.iter().map(|name| format!("import io.mien.{name}\n")).collect();
    format!(
        "{HEADER}\npackage io.mien.java\n\n{imports}\n/** The lengths of time in results and options, and stream times, for Java. */\n\
         public object Times {{\n{body}{EVENT}}}\n"
    )
}

fn function(one: &Declared, field: &Field, optional: &str) -> String {
    let name = property(field);
    let generic = if one.is_generic() { "<*>" } else { "" };
    let docs = format!("Returns [{}.{name}]: {}", one.name, field.docs.first().map_or("", |docs| docs.as_str()));
    let mut text = comment(&[without_unit(&docs)], Language::Kotlin, 4);
    let _ = write!(
        text,
        "    @JvmStatic\n    public fun {name}(of: {}{generic}): java.time.Duration{optional} = of.{name}{optional}.java()\n\n",
        one.name
    );
    text
}
