//! Reads the declarations: `options!` of the core, and the records and enums of the interface.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Fields, Ident, Item, Lit, Meta, Token, braced};

use crate::constants::Constants;
use crate::model::{Case, Contract, Declared, Field, Kind, Source, Time, Type, Value};

/// Options that the core declares, by the name of their type there; the second is their name in the interface.
const OPTIONS: [(&str, &str, &str); 12] = [
    ("face::detect", "DetectorOptions", "DetectorOptions"),
    ("face::quality", "QualityLimits", "QualityLimits"),
    ("users::store", "Limits", "StoreLimits"),
    ("face::track", "TrackerOptions", "TrackerOptions"),
    ("stream", "StreamOptions", "StreamOptions"),
    ("stream", "LiveOptions", "LiveOptions"),
    ("stream", "LivePace", "LivePace"),
    ("engine::enrollment", "EnrollmentOptions", "EnrollmentOptions"),
    ("train::fit", "FitOptions", "FitOptions"),
    ("train::adapt", "PseudoLabels", "PseudoLabels"),
    ("timeline", "Retention", "Retention"),
    ("timeline", "TimelineOptions", "TimelineOptions"),
];

/// Types of the interface that are no part of the contract: Kotlin and Swift have a form of their own.
const APART: [&str; 11] = [
    "AudioLayout",
    "CoreError",
    "DecodedPicture",
    "FrameLayout",
    "ModelInfo",
    "ModelRole",
    "PersonFrames",
    "PixelFormat",
    "SampleFormat",
    "StoreState",
    "YuvRange",
];

/// Types that applications hand to the core, besides all options.
const OUTWARD: [&str; 5] = ["BucketWidth", "Calibration", "ExportFormat", "Modality", "TimelineEvent"];

/// Options that applications get from the core.
const INWARD: [&str; 4] = ["FitOptions", "LivePace", "StoreLimits", "TimelineOptions"];

/// An `options!` declaration.
struct OptionsMacro {
    attributes: Vec<Attribute>,
    name: Ident,
    options: Vec<OptionLine>,
}

struct OptionLine {
    attributes: Vec<Attribute>,
    name: Ident,
    of: syn::Type,
    default: Expr,
    range: Option<Expr>,
}

impl Parse for OptionsMacro {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse()?;
        let body;
        braced!(body in input);
        let mut options = Vec::new();
        while !body.is_empty() {
            let attributes = body.call(Attribute::parse_outer)?;
            body.parse::<Token![pub]>()?;
            let name = body.parse()?;
            body.parse::<Token![:]>()?;
            let of = body.parse()?;
            body.parse::<Token![=]>()?;
            let default = body.parse()?;
            let range = if body.parse::<Option<Token![,]>>()?.is_some() {
                body.parse::<Token![in]>()?;
                Some(body.parse()?)
            } else {
                None
            };
            body.parse::<Token![;]>()?;
            options.push(OptionLine { attributes, name, of, default, range });
        }
        Ok(Self { attributes, name, options })
    }
}

/// All Rust files below a folder, sorted.
fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn parse(folder: &Path) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for path in rust_files(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = syn::parse_file(&text)
            .map_err(|error| format!("{}:{}: {error}", path.display(), error.span().start().line))?;
        items.extend(file.items);
    }
    Ok(items)
}

/// All items of the core and of the interface.
///
/// # Errors
/// The file and what is wrong in it.
pub fn items(root: &Path) -> Result<Vec<Item>, String> {
    let mut items = parse(&root.join("core/src"))?;
    items.extend(parse(&root.join("bindings/src"))?);
    Ok(items)
}

/// Reads the contract of the checkout at `root`.
///
/// # Errors
/// The file and what is wrong in it.
pub fn contract(root: &Path) -> Result<Contract, String> {
    let core = parse(&root.join("core/src"))?;
    let constants = Constants::of(&core);
    let mut declared: BTreeMap<String, OptionsMacro> = BTreeMap::new();
    for macro_of in core.iter().filter_map(as_options) {
        let macro_of = macro_of.map_err(|error| format!("options!: {error}"))?;
        declared.insert(macro_of.name.to_string(), macro_of);
    }
    let mut reader = Reader { constants, core: BTreeMap::new() };
    for (name, macro_of) in &declared {
        let one = reader.options(macro_of)?;
        reader.core.insert(name.clone(), one);
    }
    let mut types = Vec::new();
    for (module, name, public) in OPTIONS {
        let macro_of = declared.get(name).ok_or_else(|| format!("the core declares no options {name}"))?;
        let path = format!("mien_core::{module}::{name}");
        let source = Some(Source { path, derives: derives(&macro_of.attributes) });
        types.push(Declared { name: public.to_owned(), source, ..reader.core[name].clone() });
    }
    for item in parse(&root.join("bindings/src"))? {
        if let Some(macro_of) = as_options(&item) {
            types.push(reader.options(&macro_of.map_err(|error| error.to_string())?)?);
        } else if let Some(one) = reader.declared(&item)? {
            let generated = types.iter().any(|other: &Declared| other.name == one.name);
            if !generated && !APART.contains(&one.name.as_str()) {
                types.push(one);
            }
        }
    }
    let options: Vec<&str> =
        types.iter().filter(|one| matches!(one.kind, Kind::Options(_))).map(|one| one.name.as_str()).collect();
    let outward: Vec<&str> = OUTWARD.into_iter().chain(options).collect();
    let results: Vec<&str> =
        types.iter().filter(|one| !matches!(one.kind, Kind::Options(_))).map(|one| one.name.as_str()).collect();
    let inward: Vec<&str> = INWARD.into_iter().chain(results.into_iter().filter(|name| *name != "HeadKind")).collect();
    let (outward, inward) = (Contract::closed(&types, &outward), Contract::closed(&types, &inward));
    Ok(Contract { outward, inward, types })
}

fn as_options(item: &Item) -> Option<syn::Result<OptionsMacro>> {
    match item {
        Item::Macro(call) if call.ident.is_none() && call.mac.path.segments.last()?.ident == "options" => {
            Some(call.mac.parse_body())
        }
        _ => None,
    }
}

struct Reader {
    constants: Constants,
    core: BTreeMap<String, Declared>,
}

impl Reader {
    fn options(&self, macro_of: &OptionsMacro) -> Result<Declared, String> {
        let at = |option: &OptionLine, error: String| format!("{}.{}: {error}", macro_of.name, option.name);
        let fields = macro_of.options.iter().map(|option| {
            let (of, core) = type_of(&option.of).map_err(|error| at(option, error))?;
            let (default, copied) = self.default(&option.default).map_err(|error| at(option, error))?;
            let of = timed(of, &option.name.to_string());
            let range = option.range.as_ref().map(|range| self.constants.range(range, &of)).transpose();
            Ok(Field {
                name: option.name.to_string(),
                docs: docs(&option.attributes),
                of,
                core: Some(core),
                default: Some(default),
                range: range.map_err(|error| at(option, error))?.or(copied),
            })
        });
        Ok(Declared {
            name: macro_of.name.to_string(),
            docs: docs(&macro_of.attributes),
            kind: Kind::Options(fields.collect::<Result<_, String>>()?),
            source: None,
        })
    }

    /// The default, and the range if it is copied from the core: `CoreAdaptOptions::default().folds`.
    fn default(&self, default: &Expr) -> Result<(Value, Option<String>), String> {
        let default = if let Expr::Cast(cast) = default { &*cast.expr } else { default };
        if let Expr::Field(field) = default
            && let Expr::Call(call) = &*field.base
            && let Expr::Path(path) = &*call.func
            && let (Some(owner), syn::Member::Named(member)) = (path.path.segments.first(), &field.member)
        {
            let owner = owner.ident.to_string();
            let name = owner.strip_prefix("Core").unwrap_or(&owner);
            let fields = self.core.get(name).map(Declared::fields).unwrap_or_default();
            let field = fields.into_iter().find(|field| *member == field.name);
            let field = field.ok_or_else(|| format!("the core has no option {name}.{member}"))?;
            return Ok((field.default.clone().expect("an option has a default"), field.range.clone()));
        }
        Ok((self.constants.value(default)?, None))
    }

    fn fields(&self, all: &Fields) -> Result<Vec<Field>, String> {
        let field = |field: &syn::Field| {
            let name = field.ident.as_ref().ok_or("a field has no name")?.to_string();
            let (of, _) = type_of(&field.ty)?;
            let default = uniffi_default(&field.attrs).map(|default| self.constants.value(&default)).transpose()?;
            Ok(Field { name, docs: docs(&field.attrs), of, core: None, default, range: None })
        };
        all.iter().map(field).collect()
    }

    fn declared(&self, item: &Item) -> Result<Option<Declared>, String> {
        match item {
            Item::Struct(of) if derives(&of.attrs).iter().any(|name| name == "Record") => {
                let kind = Kind::Record(self.fields(&of.fields).map_err(|error| format!("{}: {error}", of.ident))?);
                Ok(Some(Declared { name: of.ident.to_string(), docs: docs(&of.attrs), kind, source: None }))
            }
            Item::Enum(of) if derives(&of.attrs).iter().any(|name| name == "Enum") => {
                let cases = of.variants.iter().map(|variant| {
                    let fields = self.fields(&variant.fields).map_err(|error| format!("{}: {error}", of.ident))?;
                    Ok(Case { name: variant.ident.to_string(), docs: docs(&variant.attrs), fields })
                });
                let kind = Kind::Enum(cases.collect::<Result<_, String>>()?);
                Ok(Some(Declared { name: of.ident.to_string(), docs: docs(&of.attrs), kind, source: None }))
            }
            _ => Ok(None),
        }
    }
}

/// The value of `#[uniffi(default = value)]`.
fn uniffi_default(attributes: &[Attribute]) -> Option<Expr> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("uniffi"))?;
    let pair: syn::MetaNameValue = attribute.parse_args().ok()?;
    pair.path.is_ident("default").then_some(pair.value)
}

/// The paragraphs of the documentation.
fn docs(attributes: &[Attribute]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(text) = &pair.value
            && let Lit::Str(text) = &text.lit
        {
            let (line, last) = (text.value(), paragraphs.last_mut().expect("there is one"));
            match line.trim() {
                "" => paragraphs.push(String::new()),
                line if last.is_empty() => last.push_str(line),
                line => *last = format!("{last} {line}"),
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn derives(attributes: &[Attribute]) -> Vec<String> {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    lists
        .filter_map(|list| list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok())
        .flatten()
        .filter_map(|path| path.segments.last().map(|segment| segment.ident.to_string()))
        .collect()
}

/// Options of the core say in their names that they are times.
fn timed(of: Type, name: &str) -> Type {
    match of {
        Type::U64 if name.ends_with("_us") => Type::Time(Time::Micros),
        Type::U64 if name.ends_with("_ms") => Type::Time(Time::Millis),
        of => of,
    }
}

/// The type in the contract, and as it is written.
fn type_of(of: &syn::Type) -> Result<(Type, String), String> {
    let syn::Type::Path(path) = of else { return Err("a type of the contract is a path".to_owned()) };
    let last = path.path.segments.last().ok_or("a type has no name")?;
    let name = last.ident.to_string();
    let inner = || match &last.arguments {
        syn::PathArguments::AngleBracketed(list) => match list.args.first() {
            Some(syn::GenericArgument::Type(inner)) => type_of(inner),
            _ => Err(format!("{name} has no type in it")),
        },
        _ => Err(format!("{name} has no type in it")),
    };
    let simple = match name.as_str() {
        "u32" | "usize" => Type::U32,
        "u64" => Type::U64,
        "i32" => Type::I32,
        "f32" => Type::F32,
        "f64" => Type::F64,
        "bool" => Type::Bool,
        "String" => Type::Text,
        "Floats" => Type::Floats,
        "CoreError" => Type::Error,
        "Label" => Type::Label,
        "Micros" => Type::Time(Time::Micros),
        "Millis" => Type::Time(Time::Millis),
        "WallTime" => Type::Time(Time::Wall),
        "TimelineTime" => Type::Time(Time::Timeline),
        "Option" => {
            let (inner, written) = inner()?;
            return Ok((Type::Option(Box::new(inner)), format!("Option<{written}>")));
        }
        "Vec" => {
            let (inner, written) = inner()?;
            let of = if written == "u8" { Type::Bytes } else { Type::List(Box::new(inner)) };
            return Ok((of, format!("Vec<{written}>")));
        }
        "u8" => Type::Bytes,
        _ => Type::Named(name.clone()),
    };
    Ok((simple, name))
}
