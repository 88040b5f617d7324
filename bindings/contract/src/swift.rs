//! Writes the types of Swift.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::kotlin::is_plain;
use crate::model::{Case, Contract, Declared, Field, Kind, Type, Value};
use crate::text::{Language, camel, comment, field_docs, lower};

const HEADER: &str = "// Written by `make contract` from the declarations in Rust; edit those.\n";

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
        ("Results.swift".to_owned(), file("", results)),
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
        Type::Error => "EmotionError".to_owned(),
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
        (_, Value::Whole(_)) => crate::text::number(value).replace(',', "_"),
        (_, Value::Text(text)) => format!("{text:?}"),
        (_, Value::Case(case)) => format!(".{}", lower(case)),
        (_, Value::DefaultOf(name)) => format!("{name}()"),
    }
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
    let parameters = fields
        .iter()
        .map(|field| format!("        {}: {}{}", camel(&field.name), type_name(&field.of), default(field)));
    let parameters: Vec<String> = parameters.collect();
    let mut text = format!("    /// {docs}\n    public init(\n{}\n    ) {{\n", parameters.join(",\n"));
    for field in fields {
        let name = camel(&field.name);
        let _ = writeln!(text, "        self.{name} = {name}");
    }
    text + "    }\n"
}

fn options_struct(one: &Declared, fields: &[Field]) -> String {
    let mut text = comment(&one.docs, Language::Swift, 0);
    let _ = writeln!(text, "public struct {}: {} {{", one.name, conformances(&one.name));
    for field in fields {
        text += &comment(&field_docs(field, Language::Swift), Language::Swift, 4);
        let _ = writeln!(text, "    public var {}: {}", camel(&field.name), type_name(&field.of));
    }
    text.push('\n');
    text += &initializer(fields, "Creates options; each has a default.", |field| {
        format!(" = {}", value(&field.of, field.default.as_ref().expect("an option has a default")))
    });
    let _ = write!(
        text,
        "\n    /// Reads options; those that are missing have their default.\n    \
         public init(from decoder: any Decoder) throws {{\n        self.init()\n        \
         let values = try decoder.container(keyedBy: CodingKeys.self)\n"
    );
    for field in fields {
        let name = camel(&field.name);
        let of = type_name(&field.of);
        let of = of.strip_suffix('?').unwrap_or(&of);
        let _ = writeln!(text, "        {name} = try values.decodeIfPresent({of}.self, forKey: .{name}) ?? {name}");
    }
    text + "    }\n}\n\n"
}

fn record(one: &Declared, fields: &[Field]) -> String {
    let mut text = comment(&one.docs, Language::Swift, 0);
    let _ = writeln!(text, "public struct {}: {} {{", one.name, conformances(&one.name));
    for field in fields {
        text += &comment(&field.docs, Language::Swift, 4);
        let _ = writeln!(text, "    public var {}: {}", camel(&field.name), type_name(&field.of));
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
            case.fields.iter().map(|field| format!("{}: {}", camel(&field.name), type_name(&field.of))).collect();
        let fields = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
        let _ = writeln!(text, "    case {}{fields}", quoted(&lower(&case.name)));
    }
    text + "}\n\n"
}

fn lines(fields: &[Field], indent: usize, from: &str, convert: fn(&str, &Field) -> String) -> String {
    let space = " ".repeat(indent);
    let lines = fields.iter().map(|field| {
        let name = camel(&field.name);
        format!("{space}{name}: {}", convert(&format!("{from}{name}"), field))
    });
    lines.collect::<Vec<_>>().join(",\n")
}

fn inward(one: &Declared) -> String {
    let core = format!("MienFFI.{}", one.name);
    let begin = format!("extension {} {{\n    init(_ core: {core}) {{\n", one.name);
    match &one.kind {
        Kind::Options(fields) | Kind::Record(fields) => {
            format!("{begin}        self.init(\n{}\n        )\n    }}\n}}\n\n", lines(fields, 12, "core.", to_public))
        }
        Kind::Enum(cases) => format!(
            "{begin}        switch core {{\n{}        }}\n    }}\n}}\n\n",
            cases.iter().map(|case| switch(case, "self = .", 12, to_public)).collect::<String>()
        ),
    }
}

/// A case of a `switch` that makes the same case of the other type.
fn switch(case: &Case, make: &str, indent: usize, convert: fn(&str, &Field) -> String) -> String {
    let (space, name) = (" ".repeat(indent - 4), quoted(&lower(&case.name)));
    if case.fields.is_empty() {
        return format!("{space}case .{name}: {make}{name}\n");
    }
    let bound: Vec<String> = case.fields.iter().map(|field| format!("let {}", camel(&field.name))).collect();
    let fields: Vec<String> = case
        .fields
        .iter()
        .map(|field| {
            let name = camel(&field.name);
            format!("{name}: {}", convert(&name, field))
        })
        .collect();
    format!("{space}case .{name}({}):\n{space}    {make}{name}({})\n", bound.join(", "), fields.join(", "))
}

fn outward(contract: &Contract, one: &Declared) -> String {
    let core = format!("MienFFI.{}", one.name);
    let can_fail = contract.can_fail(&Type::Named(one.name.clone()));
    let begin = format!("extension {} {{\n", one.name);
    let signature = if can_fail { format!("func core() throws -> {core}") } else { format!("var core: {core}") };
    let begin = format!("{begin}    {signature} {{\n");
    let convert = |name: &str, field: &Field| to_core(contract, name, field);
    match &one.kind {
        Kind::Options(fields) | Kind::Record(fields) => {
            let lines: Vec<String> = fields
                .iter()
                .map(|field| {
                    let name = camel(&field.name);
                    format!("            {name}: {}", convert(&name, field))
                })
                .collect();
            format!("{begin}        {core}(\n{}\n        )\n    }}\n}}\n\n", lines.join(",\n"))
        }
        Kind::Enum(cases) => {
            let cases = cases.iter().map(|case| switch(case, ".", 12, plain_core));
            format!("{begin}        switch self {{\n{}        }}\n    }}\n}}\n\n", cases.collect::<String>())
        }
    }
}

/// Fields of cases that go to the core: text only.
fn plain_core(name: &str, _: &Field) -> String {
    name.to_owned()
}

fn to_public(name: &str, field: &Field) -> String {
    let simple = |of: &Type, value: &str| match of {
        Type::U32 | Type::U64 | Type::I32 => Some(format!("Int({value})")),
        Type::Floats => Some(format!("Floats.read({value})")),
        Type::Named(name) => Some(format!("{name}({value})")),
        Type::Error => Some(format!("EmotionError({value})")),
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
    let said = camel(&field.name);
    let fails = |of: &Type| contract.can_fail(of);
    let simple = |of: &Type, value: &str| match of {
        Type::U32 | Type::U64 | Type::I32 => Some(format!("try {}(checked: {value}, \"{said}\")", core_number(of))),
        Type::Floats => Some(format!("Floats.bytes({value})")),
        Type::Named(_) if fails(of) => Some(format!("try {value}.core()")),
        Type::Named(_) => Some(format!("{value}.core")),
        _ => None,
    };
    match &field.of {
        Type::Option(inner) | Type::List(inner) => match simple(inner, "$0") {
            Some(converted) if fails(inner) => format!("try {name}.map {{ {converted} }}"),
            Some(converted) => format!("{name}.map {{ {converted} }}"),
            None => name.to_owned(),
        },
        of => simple(of, name).unwrap_or_else(|| name.to_owned()),
    }
}
