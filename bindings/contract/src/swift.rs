//! Writes the types of Swift.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::kotlin::is_plain;
use crate::model::{Case, Contract, Declared, Field, Kind, Time, Type, Value};
use crate::text::{HEADER, Language, UNITS, camel, comment, field_docs, in_units, lower, property};

/// The length of a line, as in ios/.swift-format.
const WIDTH: usize = 120;
/// The files of Swift, by path below the folder of the sources.
pub fn files(contract: &Contract) -> BTreeMap<String, String> {
    let (mut options, mut results) = (String::new(), String::new());
    for one in &contract.types {
        let mut text = match &one.kind {
            Kind::Options(fields) => options_struct(one, fields),
            Kind::Record(fields) => record(one, fields),
            Kind::Enum(cases) => cases_enum(one, cases),
        };
        if contract.inward.contains(&one.name) {
            text += &inward(one);
        }
        if contract.outward.contains(&one.name) {
            text += &outward(contract, one);
        }
        match one.kind {
            Kind::Options(_) => options += &text,
            _ => results += &text,
        }
    }
    let file =
        |import: &str, body: String| format!("{HEADER}\n{import}internal import MienFFI\n\n{}\n", body.trim_end());
    BTreeMap::from([
        ("Options.swift".to_owned(), file("public import Foundation\n", options)),
        ("Results.swift".to_owned(), file("public import Foundation\n", results)),
    ])
}

fn type_name(of: &Type) -> String {
    match of {
        Type::U32 | Type::U64 | Type::I32 => "Int".to_owned(),
        Type::F32 => "Float".to_owned(),
        Type::F64 => "Double".to_owned(),
        Type::Bool => "Bool".to_owned(),
        Type::Text => "String".to_owned(),
        Type::Bytes => "Data".to_owned(),
        Type::Floats => "[Float]".to_owned(),
        Type::Error => "MienError".to_owned(),
        Type::Label => "EmotionLabel".to_owned(),
        Type::Time(Time::Micros | Time::Millis) => "Duration".to_owned(),
        Type::Time(Time::Wall) => "Date".to_owned(),
        Type::Time(Time::Timeline) => "Time".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Option(inner) => type_name(inner) + "?",
        Type::List(inner) => format!("[{}]", type_name(inner)),
    }
}

fn core_number(of: &Type) -> &'static str {
    match of {
        Type::U64 => "UInt64",
        Type::I32 => "Int32",
        _ => "UInt32",
    }
}

fn value(of: &Type, value: &Value) -> String {
    match (of, value) {
        (_, Value::Nothing) => "nil".to_owned(),
        (_, Value::Bool(flag)) => flag.to_string(),
        (Type::Option(inner), some) => self::value(inner, some),
        (_, Value::Real(number)) => number.to_string(),
        (Type::Time(_), Value::Whole(0)) => ".zero".to_owned(),
        (Type::Time(Time::Micros), Value::Whole(micros)) => duration(*micros),
        (Type::Time(_), Value::Whole(millis)) => duration(millis * 1000),
        (_, Value::Whole(_)) => crate::text::number(value).replace(',', "_"),
        (_, Value::Text(text)) => format!("{text:?}"),
        (_, Value::Case(case)) => format!(".{}", lower(case)),
        (_, Value::DefaultOf(name)) => format!("{name}()"),
    }
}

/// `.milliseconds(200)`.
fn duration(micros: i128) -> String {
    let (amount, unit) = in_units(micros, &UNITS);
    format!(".{unit}({amount})")
}

/// Names that are words of the language.
fn quoted(name: &str) -> String {
    if name == "internal" { format!("`{name}`") } else { name.to_owned() }
}

fn conformances(of: &str) -> &'static str {
    match of {
        "TrackedFace" => "Sendable, Hashable, Codable, Identifiable",
        "User" | "Generation" | "ClipSummary" => "Sendable, Hashable, Codable, Identifiable",
        _ => "Sendable, Hashable, Codable",
    }
}

/// An initializer with a parameter for each field.
fn initializer(fields: &[Field], docs: &str, default: impl Fn(&Field) -> String) -> String {
    let parameters =
        fields.iter().map(|field| format!("        {}: {}{}", property(field), type_name(&field.of), default(field)));
    let parameters: Vec<String> = parameters.collect();
    let mut text = format!("    /// {docs}\n    public init(\n{}\n    ) {{\n", parameters.join(",\n"));
    for field in fields {
        let name = property(field);
        let _ = writeln!(text, "        self.{name} = {name}");
    }
    text + "    }\n"
}

fn options_struct(one: &Declared, fields: &[Field]) -> String {
    let mut text = comment(&one.docs, Language::Swift, 0);
    let _ = writeln!(text, "public struct {}: {} {{", one.name, conformances(&one.name));
    for field in fields {
        text += &comment(&field_docs(field, Language::Swift), Language::Swift, 4);
        let _ = writeln!(text, "    public var {}: {}", property(field), type_name(&field.of));
    }
    text.push('\n');
    text += &initializer(fields, "Creates options; each has a default.", |field| {
        format!(" = {}", value(&field.of, field.default.as_ref().expect("an option has a default")))
    });
    let keeps_nil = fields.iter().any(tells_nil);
    if keeps_nil {
        text += &coding_keys(fields);
    }
    let _ = write!(
        text,
        "\n    /// Reads options; those that are missing have their default.\n    \
         public init(from decoder: any Decoder) throws {{\n        self.init()\n        \
         let values = try decoder.container(keyedBy: CodingKeys.self)\n"
    );
    text.extend(fields.iter().map(reading));
    text += "    }\n";
    if keeps_nil {
        text += &encoder(fields);
    }
    text + "}\n\n"
}

/// Whether `nil` is another value than the default, so that a file must tell it from an option that is missing.
fn tells_nil(field: &Field) -> bool {
    matches!(field.of, Type::Option(_)) && !matches!(field.default, None | Some(Value::Nothing))
}

/// A line that reads an option.
fn reading(field: &Field) -> String {
    let name = property(field);
    let of = type_name(&field.of);
    let of = of.strip_suffix('?').unwrap_or(&of);
    let read = format!("try values.decodeIfPresent({of}.self, forKey: .{name})");
    if tells_nil(field) {
        return format!("        if values.contains(.{name}) {{ {name} = {read} }}\n");
    }
    let line = format!("        {name} = {read} ?? {name}\n");
    // As swift-format breaks it.
    if line.len() > WIDTH + 1 { format!("        {name} =\n            {read} ?? {name}\n") } else { line }
}

/// The keys of the options, which the compiler does not make beside `encode(to:)`.
fn coding_keys(fields: &[Field]) -> String {
    let names: Vec<String> = fields.iter().map(property).collect();
    format!("\n    private enum CodingKeys: String, CodingKey {{\n        case {}\n    }}\n", names.join(", "))
}

/// Writes each option: the compiler's `encode(to:)` leaves out `nil`, which would be read as the default.
fn encoder(fields: &[Field]) -> String {
    let mut text =
        "\n    /// Writes options, `nil` too.\n    public func encode(to encoder: any Encoder) throws {\n        \
                    var values = encoder.container(keyedBy: CodingKeys.self)\n"
            .to_owned();
    for field in fields {
        let name = property(field);
        let _ = writeln!(text, "        try values.encode({name}, forKey: .{name})");
    }
    text + "    }\n"
}

fn record(one: &Declared, fields: &[Field]) -> String {
    let mut text = comment(&one.docs, Language::Swift, 0);
    let generic = if one.is_generic() { "<Time: TimelineTime>" } else { "" };
    let _ = writeln!(text, "public struct {}{generic}: {} {{", one.name, conformances(&one.name));
    for field in fields {
        text += &comment(&field.docs, Language::Swift, 4);
        let _ = writeln!(text, "    public var {}: {}", property(field), type_name(&field.of));
    }
    text.push('\n');
    text +=
        &initializer(fields, "Creates a value, for previews and tests.", |field| match (&field.of, &field.default) {
            (Type::Option(_), _) => " = nil".to_owned(),
            (Type::List(_) | Type::Floats, _) => " = []".to_owned(),
            (of, Some(default)) => format!(" = {}", value(of, default)),
            _ => String::new(),
        });
    text + "}\n\n"
}

fn cases_enum(one: &Declared, cases: &[Case]) -> String {
    let mut text = comment(&one.docs, Language::Swift, 0);
    let more = if is_plain(cases) {
        "String, Sendable, Hashable, Codable, CaseIterable"
    } else {
        "Sendable, Hashable, Codable"
    };
    let _ = writeln!(text, "public enum {}: {more} {{", one.name);
    for case in cases {
        text += &comment(&case.docs, Language::Swift, 4);
        let fields: Vec<String> =
            case.fields.iter().map(|field| format!("{}: {}", property(field), type_name(&field.of))).collect();
        let fields = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
        let _ = writeln!(text, "    case {}{fields}", quoted(&lower(&case.name)));
    }
    text + "}\n\n"
}

/// Arguments that make a value of the application from one of the core.
fn public_arguments(fields: &[Field], from: &str) -> Vec<String> {
    let argument = |field: &Field| {
        let name = format!("{from}{}", camel(&field.name));
        format!("{}: {}", property(field), to_public(&name, field))
    };
    fields.iter().map(argument).collect()
}

/// Arguments that make a value of the core from one of the application.
fn core_arguments(contract: &Contract, fields: &[Field]) -> Vec<String> {
    let argument = |field: &Field| format!("{}: {}", camel(&field.name), to_core(contract, &property(field), field));
    fields.iter().map(argument).collect()
}

/// Arguments, each on a line.
fn lines(arguments: &[String]) -> String {
    let lines: Vec<String> = arguments.iter().map(|argument| format!("            {argument}")).collect();
    lines.join(",\n")
}

fn inward(one: &Declared) -> String {
    let core = format!("MienFFI.{}", one.name);
    let begin = format!("extension {} {{\n    init(_ core: {core}) {{\n", one.name);
    match &one.kind {
        Kind::Options(fields) | Kind::Record(fields) => {
            let arguments = lines(&public_arguments(fields, "core."));
            format!("{begin}        self.init(\n{arguments}\n        )\n    }}\n}}\n\n")
        }
        Kind::Enum(cases) => format!(
            "{begin}        switch core {{\n{}        }}\n    }}\n}}\n\n",
            cases
                .iter()
                .map(|case| switch(case, "self = .", &bound(case), &public_arguments(&case.fields, "")))
                .collect::<String>()
        ),
    }
}

/// The names of the core that a case binds.
fn bound(case: &Case) -> Vec<String> {
    case.fields.iter().map(|field| format!("let {}", camel(&field.name))).collect()
}

/// Arguments on as few lines as they fit, each indented by `indent` spaces.
fn filled(arguments: &[String], indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let argument = if index + 1 < arguments.len() { format!("{argument},") } else { argument.clone() };
        match lines.last_mut() {
            // One more column for the closing parenthesis.
            Some(line) if line.len() + argument.len() + 2 <= WIDTH => *line += &format!(" {argument}"),
            _ => lines.push(format!("{:indent$}{argument}", "")),
        }
    }
    lines.join("\n")
}

/// A case of a `switch` that makes the same case of the other type.
fn switch(case: &Case, make: &str, bound: &[String], arguments: &[String]) -> String {
    let name = quoted(&lower(&case.name));
    if case.fields.is_empty() {
        return format!("        case .{name}: {make}{name}\n");
    }
    let call = format!("            {make}{name}({})\n", arguments.join(", "));
    let call =
        if call.len() > WIDTH + 1 { format!("            {make}{name}(\n{})\n", filled(arguments, 16)) } else { call };
    format!("        case .{name}({}):\n{call}", bound.join(", "))
}

fn outward(contract: &Contract, one: &Declared) -> String {
    let core = format!("MienFFI.{}", one.name);
    let can_fail = contract.can_fail(&Type::Named(one.name.clone()));
    let begin = format!("extension {} {{\n", one.name);
    let signature =
        if can_fail { format!("func core() throws(MienError) -> {core}") } else { format!("var core: {core}") };
    let begin = format!("{begin}    {signature} {{\n");
    match &one.kind {
        Kind::Options(fields) | Kind::Record(fields) => {
            let arguments = lines(&core_arguments(contract, fields));
            format!("{begin}        {core}(\n{arguments}\n        )\n    }}\n}}\n\n")
        }
        Kind::Enum(cases) => {
            assert!(is_plain(cases), "{} has cases with fields, which do not go to the core yet", one.name);
            let cases = cases.iter().map(|case| switch(case, ".", &[], &[]));
            format!("{begin}        switch self {{\n{}        }}\n    }}\n}}\n\n", cases.collect::<String>())
        }
    }
}

fn to_public(name: &str, field: &Field) -> String {
    let simple = |of: &Type, value: &str| match of {
        Type::U32 | Type::U64 | Type::I32 => Some(format!("Int({value})")),
        Type::Floats => Some(format!("Floats.read({value})")),
        Type::Label => Some(format!("EmotionLabel({value})")),
        Type::Time(Time::Micros) => Some(format!("Duration(microseconds: {value})")),
        Type::Time(Time::Millis) => Some(format!("Duration(milliseconds: {value})")),
        Type::Time(Time::Wall) => Some(format!("Date(milliseconds: {value})")),
        Type::Time(Time::Timeline) => Some(format!("Time(timelineMilliseconds: Int({value}))")),
        Type::Named(name) => Some(format!("{name}({value})")),
        Type::Error => Some(format!("MienError({value})")),
        _ => None,
    };
    match &field.of {
        Type::Option(inner) => match (&**inner, simple(inner, "$0")) {
            (Type::Named(of), _) => format!("{name}.map({of}.init)"),
            (_, Some(converted)) => format!("{name}.map {{ {converted} }}"),
            (_, None) => name.to_owned(),
        },
        Type::List(inner) => match (&**inner, simple(inner, "$0")) {
            (Type::Named(of), _) => format!("{name}.map({of}.init)"),
            (_, Some(converted)) => format!("{name}.map {{ {converted} }}"),
            (_, None) => name.to_owned(),
        },
        of => simple(of, name).unwrap_or_else(|| name.to_owned()),
    }
}

fn to_core(contract: &Contract, name: &str, field: &Field) -> String {
    let said = property(field);
    let fails = |of: &Type| contract.can_fail(of);
    let simple = |of: &Type, value: &str| match of {
        Type::U32 | Type::U64 | Type::I32 => Some(format!("try {}(checked: {value}, \"{said}\")", core_number(of))),
        Type::Floats => Some(format!("Floats.bytes({value})")),
        Type::Label => Some(format!("{value}.name")),
        Type::Time(Time::Micros) => Some(format!("try {value}.microseconds(\"{said}\")")),
        Type::Time(Time::Millis | Time::Wall) => Some(format!("try {value}.milliseconds(\"{said}\")")),
        Type::Time(Time::Timeline) => Some(format!("try {value}.core(\"{said}\")")),
        Type::Named(_) if fails(of) => Some(format!("try {value}.core()")),
        Type::Named(_) => Some(format!("{value}.core")),
        _ => None,
    };
    match &field.of {
        Type::Option(inner) | Type::List(inner) => match simple(inner, "$0") {
            Some(_) if fails(inner) => {
                let converted = simple(inner, "value").expect("it is converted");
                format!("try {name}.map {{ value throws(MienError) in {converted} }}")
            }
            Some(converted) => format!("{name}.map {{ {converted} }}"),
            None => name.to_owned(),
        },
        of => simple(of, name).unwrap_or_else(|| name.to_owned()),
    }
}
