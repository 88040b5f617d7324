//! Writes the records of the interface for the options that the core declares.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::{Contract, Declared, Field, Kind, Type};
use crate::text::{Language, WIDTH, comment, field_docs};

/// The file `bindings/src/options/records.rs`.
pub fn file(contract: &Contract) -> String {
    let mut text = "//! Records for the options that the core declares.\n\
        //!\n//! Written by `make contract` from the declarations in the core; edit those.\n\n"
        .to_owned();
    let copied = |one: &&Declared| matches!(one.kind, Kind::Options(_)) && one.source.is_some();
    let fields = contract.types.iter().filter(copied).flat_map(Declared::fields);
    let enums: BTreeSet<&str> = fields
        .filter_map(|field| match &field.of {
            Type::Named(name) if matches!(contract.find(name).kind, Kind::Enum(_)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for name in &enums {
        let _ = writeln!(text, "use super::{name};");
    }
    if !enums.is_empty() {
        text.push('\n');
    }
    for one in &contract.types {
        if let (Kind::Options(fields), Some(source)) = (&one.kind, &one.source) {
            text += &record(one, fields, &source.path, &source.derives);
        }
    }
    text.trim_end().to_owned() + "\n"
}

fn record(one: &Declared, fields: &[Field], core: &str, derives: &[String]) -> String {
    let name = &one.name;
    let derives: Vec<&str> = ["Debug", "Clone", "Copy", "PartialEq"]
        .into_iter()
        .filter(|name| derives.iter().any(|one| one == name))
        .collect();
    let docs: Vec<String> = one.docs.iter().map(|paragraph| unlinked(paragraph)).collect();
    let mut text = comment(&docs, Language::Rust, 0);
    let _ = write!(text, "#[derive({}, uniffi::Record)]\npub struct {name} {{\n", derives.join(", "));
    for field in fields {
        let docs: Vec<String> = field_docs(field, Language::Rust).iter().map(|paragraph| unlinked(paragraph)).collect();
        text += &comment(&docs, Language::Rust, 4);
        let _ = writeln!(text, "    pub {}: {},", field.name, type_name(&field.of));
    }
    let _ = write!(
        text,
        "}}\n\nimpl Default for {name} {{\n    fn default() -> Self {{\n        {core}::default().into()\n    }}\n}}\n\n"
    );
    for (from, to, is_core) in [(core, name.as_str(), false), (name.as_str(), core, true)] {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{}: {}", field.name, converted(field, is_core))).collect();
        let short = format!("        Self {{ {} }}", fields.join(", "));
        let body = if short.len() <= WIDTH {
            short
        } else {
            format!("        Self {{\n            {},\n        }}", fields.join(",\n            "))
        };
        let _ = write!(
            text,
            "impl From<{from}> for {to} {{\n    fn from(options: {from}) -> Self {{\n{body}\n    }}\n}}\n\n"
        );
    }
    text
}

/// Links of the core have no target here.
fn unlinked(docs: &str) -> String {
    docs.replace("[`", "`").replace("`]", "`")
}

fn type_name(of: &Type) -> String {
    match of {
        Type::U32 => "u32".to_owned(),
        Type::U64 | Type::Time(_) => "u64".to_owned(),
        Type::I32 => "i32".to_owned(),
        Type::F32 => "f32".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Text | Type::Label => "String".to_owned(),
        Type::Bytes | Type::Floats => "Vec<u8>".to_owned(),
        Type::Error => "CoreError".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Option(inner) => format!("Option<{}>", type_name(inner)),
        Type::List(inner) => format!("Vec<{}>", type_name(inner)),
    }
}

fn converted(field: &Field, to_core: bool) -> String {
    let name = format!("options.{}", field.name);
    match (&field.of, field.core.as_deref()) {
        (Type::U32, Some("usize")) => format!("{name} as {}", if to_core { "usize" } else { "u32" }),
        (Type::Named(_), _) => format!("{name}.into()"),
        _ => name,
    }
}
