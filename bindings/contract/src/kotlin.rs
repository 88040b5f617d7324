//! Writes the types of Kotlin.
//!
//! Options are built by a builder and never change, so a new option breaks no compiled application. Results are values
//! with a public constructor, for previews and tests; they have no `copy` and no `componentN`, which a new property
//! would break.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Case, Contract, Declared, Field, Kind, Time, Type, Value};
use crate::text::{HEADER, Language, UNITS, WIDTH, camel, capital, comment, field_docs, in_units, property, upper};

/// The files of Kotlin, by path below the folder of the sources. `members` are members of types that are written by hand.
pub fn files(contract: &Contract, members: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (mut options, mut results) = (String::new(), String::new());
    for one in &contract.types {
        let more = members.get(&one.name).map(String::as_str).unwrap_or_default();
        match &one.kind {
            Kind::Options(fields) => options += &options_class(one, fields, more),
            Kind::Record(fields) => results += &record(one, fields, more),
            Kind::Enum(cases) if is_plain(cases) => results += &plain_enum(one, cases),
            Kind::Enum(cases) => results += &sealed(one, cases),
        }
    }
    let conversions: String = contract.types.iter().map(|one| conversions(contract, one)).collect();
    let file = |package: &str, imports: &str, body: String| {
        format!("{HEADER}\npackage {package}\n\n{imports}{}\n", body.trim_end())
    };
    BTreeMap::from([
        (
            "io/mien/Options.kt".to_owned(),
            file(
                "io.mien",
                "import io.mien.internal.described\nimport io.mien.internal.fitOptions\nimport kotlin.time.Duration\n\
                 import kotlin.time.Duration.Companion.milliseconds\nimport kotlin.time.Duration.Companion.seconds\n\n",
                options,
            ),
        ),
        (
            "io/mien/Results.kt".to_owned(),
            file(
                "io.mien",
                "import io.mien.internal.described\nimport io.mien.internal.projected\nimport kotlin.time.Duration\n\
                 import kotlin.time.Instant\n\n",
                results,
            ),
        ),
        ("io/mien/internal/Conversions.kt".to_owned(), file("io.mien.internal", "", conversions)),
    ])
}

/// Whether no case has fields.
pub fn is_plain(cases: &[Case]) -> bool {
    cases.iter().all(|case| case.fields.is_empty())
}

fn type_name(of: &Type) -> String {
    match of {
        Type::U32 | Type::I32 => "Int".to_owned(),
        Type::U64 => "Long".to_owned(),
        Type::F32 => "Float".to_owned(),
        Type::F64 => "Double".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Text => "String".to_owned(),
        Type::Bytes => "ByteArray".to_owned(),
        Type::Floats => "FloatArray".to_owned(),
        Type::Error => "MienError".to_owned(),
        Type::Label => "EmotionLabel".to_owned(),
        Type::Time(Time::Micros | Time::Millis) => "Duration".to_owned(),
        Type::Time(Time::Wall) => "Instant".to_owned(),
        Type::Time(Time::Timeline) => "Time".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Option(inner) => type_name(inner) + "?",
        Type::List(inner) => format!("List<{}>", type_name(inner)),
    }
}

fn value(of: &Type, value: &Value) -> String {
    match (of, value) {
        (_, Value::Nothing) => "null".to_owned(),
        (_, Value::Bool(flag)) => flag.to_string(),
        (Type::Option(inner), some) => self::value(inner, some),
        (Type::F32, Value::Real(number)) => format!("{number}f"),
        (_, Value::Real(number)) => format!("{number:?}"),
        (Type::U64, Value::Whole(number)) => grouped(*number) + "L",
        (Type::Time(_), Value::Whole(0)) => "Duration.ZERO".to_owned(),
        (Type::Time(Time::Micros), Value::Whole(micros)) => duration(*micros),
        (Type::Time(_), Value::Whole(millis)) => duration(millis * 1000),
        (_, Value::Whole(number)) => grouped(*number),
        (Type::Named(name), Value::Case(case)) => format!("{name}.{}", upper(case)),
        (_, Value::Case(case)) => case.clone(),
        (_, Value::Text(text)) => format!("{text:?}"),
        (_, Value::DefaultOf(name)) => format!("{name}()"),
    }
}

/// `200.milliseconds`.
fn duration(micros: i128) -> String {
    let (amount, unit) = in_units(micros, &UNITS);
    format!("{}.{unit}", grouped(amount))
}

fn grouped(number: i128) -> String {
    crate::text::number(&Value::Whole(number)).replace(',', "_")
}

fn equal_form(field: &Field) -> String {
    let name = property(field);
    match &field.of {
        Type::Bytes | Type::Floats => format!("{name}.asList()"),
        Type::Option(inner) if matches!(**inner, Type::Bytes | Type::Floats) => format!("{name}?.asList()"),
        _ => name,
    }
}

/// Equality, hash and text of a class.
fn value_members(name: &str, any: &str, fields: &[Field], indent: usize) -> String {
    let space = " ".repeat(indent);
    let mut text = format!("{space}private fun parts(): List<Pair<String, Any?>> = listOf(\n");
    for field in fields {
        let _ = writeln!(text, "{space}    \"{}\" to {},", property(field), equal_form(field));
    }
    let short = name.rsplit('.').next().unwrap_or(name);
    let _ = write!(
        text,
        "{space})\n\n{space}override fun equals(other: Any?): Boolean = other is {short}{any} && parts() == other.parts()\n\n\
         {space}override fun hashCode(): Int = parts().hashCode()\n\n\
         {space}override fun toString(): String = described(\"{short}\", parts())\n"
    );
    text
}

fn options_class(one: &Declared, fields: &[Field], more: &str) -> String {
    let name = &one.name;
    let mut text = comment(&one.docs, Language::Kotlin, 0);
    let _ = writeln!(text, "public class {name} private constructor(builder: Builder) {{");
    for field in fields {
        text += &comment(&field_docs(field, Language::Kotlin), Language::Kotlin, 4);
        let property = property(field);
        let _ = writeln!(text, "    public val {property}: {} = builder.{property}\n", type_name(&field.of));
    }
    let _ = write!(
        text,
        "    /** Creates options with the defaults. */\n    public constructor() : this(Builder())\n\n\
         \x20   /** Creates options; [change] sets those that differ from the defaults. */\n\
         \x20   public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))\n\n\
         \x20   /** Returns these options, changed by [change]. */\n\
         \x20   public fun copy(change: Builder.() -> Unit): {name} = toBuilder().apply(change).build()\n\n\
         \x20   /** Returns a builder that has these options. */\n    public fun toBuilder(): Builder = Builder().also {{\n"
    );
    for field in fields {
        let property = property(field);
        let _ = writeln!(text, "        it.{property} = {property}");
    }
    let _ = write!(text, "    }}\n\n{}\n", value_members(name, "", fields, 4));
    let _ = writeln!(text, "    /** Sets options; each has a default. */\n    public class Builder {{");
    for field in fields {
        let (property, of) = (property(field), type_name(&field.of));
        let default = value(&field.of, field.default.as_ref().expect("an option has a default"));
        // Java cannot call functions that take Kotlin's durations.
        let (suffix, taken, converted, unit) = if matches!(field.of, Type::Time(_)) {
            ("Millis", "Long", ".milliseconds", ", in milliseconds")
        } else {
            ("", of.as_str(), "", "")
        };
        text += &comment(&field_docs(field, Language::Kotlin), Language::Kotlin, 8);
        let _ = writeln!(
            text,
            "        @set:JvmSynthetic\n        public var {property}: {of} = {default}\n\n\
             \x20       /** Sets [{property}]{unit}. */\n\
             \x20       public fun set{}{suffix}(value: {taken}): Builder = apply {{ {property} = value{converted} }}\n",
            setter(&property)
        );
    }
    let _ = write!(
        text,
        "        /** Returns the options. */\n        public fun build(): {name} = {name}(this)\n    }}\n"
    );
    close(text, more)
}

/// `isGated` -> `Gated`, as the setter of such a property is called in Java.
fn setter(property: &str) -> String {
    let rest = property.strip_prefix("is").filter(|rest| rest.starts_with(char::is_uppercase));
    rest.map_or_else(|| capital(property), str::to_owned)
}

/// Ends a class, after the members that are written by hand.
fn close(mut text: String, more: &str) -> String {
    if !more.is_empty() {
        text.push('\n');
        for line in more.lines() {
            let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "    {line}") };
        }
    }
    text + "}\n\n"
}

/// The parameters of a constructor, which are properties too.
fn parameters(fields: &[Field], indent: usize, shared: Option<&str>) -> String {
    let space = " ".repeat(indent);
    let mut text = String::new();
    for field in fields {
        text += &comment(&field.docs, Language::Kotlin, indent);
        let default = match (&field.of, &field.default) {
            (Type::Option(_), _) => " = null".to_owned(),
            (Type::List(_), _) => " = emptyList()".to_owned(),
            (Type::Floats, _) => " = FloatArray(0)".to_owned(),
            (of, Some(default)) => format!(" = {}", value(of, default)),
            _ => String::new(),
        };
        let over = if shared == Some(field.name.as_str()) { "override " } else { "" };
        let _ = writeln!(text, "{space}public {over}val {}: {}{default},", property(field), type_name(&field.of));
    }
    text
}

fn record(one: &Declared, fields: &[Field], more: &str) -> String {
    let mut text = comment(&one.docs, Language::Kotlin, 0);
    let (generic, any) = if one.is_generic() { ("<out Time : Any>", "<*>") } else { ("", "") };
    let _ = write!(
        text,
        "public class {}{generic}(\n{}) {{\n{}",
        one.name,
        parameters(fields, 4, None),
        value_members(&one.name, any, fields, 4)
    );
    close(text, more)
}

fn plain_enum(one: &Declared, cases: &[Case]) -> String {
    let mut text = comment(&one.docs, Language::Kotlin, 0);
    let _ = writeln!(text, "public enum class {} {{", one.name);
    let cases: Vec<String> = cases
        .iter()
        .map(|case| format!("{}    {},\n", comment(&case.docs, Language::Kotlin, 4), upper(&case.name)))
        .collect();
    format!("{text}{}}}\n\n", cases.join("\n"))
}

/// The field that all cases have.
fn shared(cases: &[Case]) -> Option<&Field> {
    let first = cases.first()?.fields.first()?;
    let has = |case: &Case| case.fields.first().is_some_and(|field| field.name == first.name && field.of == first.of);
    (cases.len() > 1 && cases.iter().all(has)).then_some(first)
}

fn sealed(one: &Declared, cases: &[Case]) -> String {
    let mut text = comment(&one.docs, Language::Kotlin, 0);
    let _ = writeln!(text, "public sealed interface {} {{", one.name);
    let common = shared(cases);
    if let Some(field) = common {
        text += &comment(&field.docs, Language::Kotlin, 4);
        let _ = writeln!(text, "    public val {}: {}\n", property(field), type_name(&field.of));
    }
    let cases = cases.iter().map(|case| {
        let docs = comment(&case.docs, Language::Kotlin, 4);
        if case.fields.is_empty() {
            return format!("{docs}    public data object {} : {}\n", case.name, one.name);
        }
        format!(
            "{docs}    public class {}(\n{}    ) : {} {{\n{}    }}\n",
            case.name,
            parameters(&case.fields, 8, common.map(|field| field.name.as_str())),
            one.name,
            value_members(&case.name, "", &case.fields, 8)
        )
    });
    format!("{text}{}}}\n\n", cases.collect::<Vec<_>>().join("\n"))
}

/// `io.mien.ffi.X` -> `io.mien.X`, and back.
fn conversions(contract: &Contract, one: &Declared) -> String {
    let mut text = String::new();
    if contract.inward.contains(&one.name) {
        text += &inward(one);
    }
    if contract.outward.contains(&one.name) {
        text += &outward(one);
    }
    text
}

/// Arguments that make a value of the application from one of the core.
fn public_arguments(fields: &[Field], indent: usize) -> String {
    let space = " ".repeat(indent);
    let line = |field: &Field| format!("{space}{} = {},\n", property(field), to_public(&camel(&field.name), field));
    fields.iter().map(line).collect()
}

/// Arguments that make a value of the core from one of the application.
fn core_arguments(fields: &[Field], indent: usize) -> String {
    let space = " ".repeat(indent);
    let line = |field: &Field| format!("{space}{} = {},\n", camel(&field.name), to_core(&property(field), field));
    fields.iter().map(line).collect()
}

fn inward(one: &Declared) -> String {
    let (core, public) = (format!("io.mien.ffi.{}", one.name), format!("io.mien.{}", one.name));
    let signature = if one.is_generic() {
        format!("internal fun <Time : Any> {core}.public(scale: TimeScale<Time>): {public}<Time> =")
    } else {
        format!("internal fun {core}.public(): {public} =")
    };
    match &one.kind {
        Kind::Options(fields) => {
            let mut text =
                format!("internal fun {core}.public(): {public} {{\n    val core = this\n    return {public} {{\n");
            for field in fields {
                let property = property(field);
                let _ = writeln!(
                    text,
                    "        {property} = {}",
                    to_public(&format!("core.{}", camel(&field.name)), field)
                );
            }
            text + "    }\n}\n\n"
        }
        Kind::Record(fields) => made(&signature, &public, |indent| public_arguments(fields, indent)),
        Kind::Enum(cases) if is_plain(cases) => on_one_line(&signature, &format!("{public}.entries[ordinal]")),
        Kind::Enum(cases) => {
            let mut text = format!("{signature} when (this) {{\n");
            for case in cases {
                let case_name = &case.name;
                if case.fields.is_empty() {
                    let _ = writeln!(text, "    is {core}.{case_name} -> {public}.{case_name}");
                } else {
                    let arguments = public_arguments(&case.fields, 8);
                    let _ = writeln!(text, "    is {core}.{case_name} -> {public}.{case_name}(\n{arguments}    )");
                }
            }
            text + "}\n\n"
        }
    }
}

fn outward(one: &Declared) -> String {
    let (core, public) = (format!("io.mien.ffi.{}", one.name), format!("io.mien.{}", one.name));
    let signature = if one.is_generic() {
        format!("internal fun <Time : Any> {public}<Time>.core(scale: TimeScale<Time>): {core} =")
    } else {
        format!("internal fun {public}.core(): {core} =")
    };
    match &one.kind {
        Kind::Options(fields) | Kind::Record(fields) => {
            made(&signature, &core, |indent| core_arguments(fields, indent))
        }
        Kind::Enum(cases) if is_plain(cases) => on_one_line(&signature, &format!("{core}.entries[ordinal]")),
        Kind::Enum(cases) => {
            let mut text = format!("{signature} when (this) {{\n");
            for case in cases {
                let case_name = &case.name;
                if case.fields.is_empty() {
                    let _ = writeln!(text, "    {public}.{case_name} -> {core}.{case_name}");
                } else {
                    let arguments = core_arguments(&case.fields, 8);
                    let _ = writeln!(text, "    is {public}.{case_name} -> {core}.{case_name}(\n{arguments}    )");
                }
            }
            text + "}\n\n"
        }
    }
}

/// A function that makes a `value` of arguments.
fn made(signature: &str, value: &str, arguments: impl Fn(usize) -> String) -> String {
    if signature.chars().count() + value.chars().count() + 2 <= WIDTH {
        format!("{signature} {value}(\n{})\n\n", arguments(4))
    } else {
        format!("{signature}\n    {value}(\n{}    )\n\n", arguments(8))
    }
}

/// A function with an expression as its body, on one line if it fits.
fn on_one_line(signature: &str, body: &str) -> String {
    let short = format!("{signature} {body}");
    if short.chars().count() <= WIDTH { format!("{short}\n\n") } else { format!("{signature}\n    {body}\n\n") }
}

fn to_public(name: &str, field: &Field) -> String {
    convert(name, &field.of, &|of, value| match of {
        Type::U32 => Some(format!("{value}.toInt()")),
        Type::U64 => Some(format!("{value}.toLong()")),
        Type::Floats => Some(format!("{value}.floats()")),
        Type::Label => Some(format!("{value}.label()")),
        Type::Time(Time::Micros) => Some(format!("{value}.microseconds()")),
        Type::Time(Time::Millis) => Some(format!("{value}.milliseconds()")),
        Type::Time(Time::Wall) => Some(format!("{value}.instant()")),
        Type::Time(Time::Timeline) if value.ends_with('?') => Some(format!("{value}.let(scale::read)")),
        Type::Time(Time::Timeline) => Some(format!("scale.read({value})")),
        Type::Named(_) | Type::Error => Some(format!("{value}.public()")),
        _ => None,
    })
}

fn to_core(name: &str, field: &Field) -> String {
    let said = property(field);
    convert(name, &field.of, &|of, value| match of {
        Type::U32 | Type::U64 => Some(format!("{value}.unsigned(\"{said}\")")),
        Type::Floats => Some(format!("{value}.bytes()")),
        Type::Label => Some(format!("{value}.name")),
        Type::Time(Time::Micros) => Some(format!("{value}.micros(\"{said}\")")),
        Type::Time(Time::Millis) => Some(format!("{value}.millis(\"{said}\")")),
        Type::Time(Time::Wall) => Some(format!("{value}.millis(\"{said}\")")),
        Type::Time(Time::Timeline) => Some(format!("scale.write({value}, \"{said}\")")),
        Type::Named(_) => Some(format!("{value}.core()")),
        _ => None,
    })
}

/// The converted value; `simple` converts one that is neither optional nor a list, or returns `None` if it stays.
fn convert(name: &str, of: &Type, simple: &dyn Fn(&Type, &str) -> Option<String>) -> String {
    match of {
        Type::Option(inner) if matches!(**inner, Type::List(_)) => name.to_owned(),
        Type::Option(inner) => match simple(inner, &format!("{name}?")) {
            Some(converted) => converted,
            None => name.to_owned(),
        },
        Type::List(inner) => match simple(inner, "it") {
            Some(converted) => format!("{name}.map {{ {converted} }}"),
            None => name.to_owned(),
        },
        _ => simple(of, name).unwrap_or_else(|| name.to_owned()),
    }
}
