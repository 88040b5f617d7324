//! What the generated types are made from.

use std::collections::{BTreeMap, BTreeSet};

/// All types of the contract, and what is needed to write them.
pub struct Contract {
    /// The types, in the order of the sources.
    pub types: Vec<Declared>,
    /// Names of types that go from the application to the core.
    pub outward: BTreeSet<String>,
    /// Names of types that come from the core.
    pub inward: BTreeSet<String>,
}

/// A type of the contract.
#[derive(Clone)]
pub struct Declared {
    /// Its name, the same in the interface, in Kotlin and in Swift.
    pub name: String,
    /// The paragraphs of its documentation.
    pub docs: Vec<String>,
    /// What it is.
    pub kind: Kind,
    /// The core's declaration that the options are copied from.
    pub source: Option<Source>,
}

/// Options that the core declares.
#[derive(Clone)]
pub struct Source {
    /// The path of the core's type.
    pub path: String,
    /// The derived traits.
    pub derives: Vec<String>,
}

/// What a type is.
#[derive(Clone)]
pub enum Kind {
    /// Options: each field has a default.
    Options(Vec<Field>),
    /// A value that calls return, or take.
    Record(Vec<Field>),
    /// One of several cases.
    Enum(Vec<Case>),
}

/// A field of a record, of options or of a case.
#[derive(Clone)]
pub struct Field {
    /// Its name in Rust.
    pub name: String,
    /// The paragraphs of its documentation.
    pub docs: Vec<String>,
    /// Its type.
    pub of: Type,
    /// Its type in the core, for options: `usize`.
    pub core: Option<String>,
    /// The default of an option, or of a parameter of a record's constructor.
    pub default: Option<Value>,
    /// The range of an option, in words: `0 to 1`.
    pub range: Option<String>,
}

/// A case of an enum.
#[derive(Clone)]
pub struct Case {
    /// Its name in Rust.
    pub name: String,
    /// The paragraphs of its documentation.
    pub docs: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A type of a field.
#[derive(Clone, PartialEq)]
pub enum Type {
    /// A number that fits in 32 bits, without sign.
    U32,
    /// A number that fits in 64 bits, without sign.
    U64,
    /// A number with sign.
    I32,
    /// A number with a fraction.
    F32,
    /// A number with a fraction.
    F64,
    /// Yes or no.
    Bool,
    /// Text.
    Text,
    /// Bytes, such as a file.
    Bytes,
    /// Numbers with a fraction; in the interface their bytes, little-endian.
    Floats,
    /// An error; Kotlin's and Swift's are written by hand.
    Error,
    /// The name of an emotion; Kotlin's and Swift's type is written by hand.
    Label,
    /// A length or a time, as a whole number in the interface.
    Time(Time),
    /// A type of the contract.
    Named(String),
    /// Perhaps nothing.
    Option(Box<Type>),
    /// Any number of values.
    List(Box<Type>),
}

/// What a number says about time.
#[derive(Clone, Copy, PartialEq)]
pub enum Time {
    /// A length, or a time on the clock of a stream, in microseconds.
    Micros,
    /// A length in milliseconds.
    Millis,
    /// A time by the clock on the wall, in milliseconds since 1970.
    Wall,
    /// A time on the clock of a timeline: types that hold one are generic.
    Timeline,
}

/// A default.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Whole(i128),
    /// A number with a fraction, as it is written in Rust.
    Real(f64),
    /// Text.
    Text(String),
    /// A case of an enum.
    Case(String),
    /// The default of a type of the contract.
    DefaultOf(String),
}

impl Type {
    /// The type of the contract in it.
    pub fn named(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Option(inner) | Self::List(inner) => inner.named(),
            _ => None,
        }
    }

    /// Whether it is a time of a timeline.
    pub fn is_timeline(&self) -> bool {
        match self {
            Self::Time(time) => *time == Time::Timeline,
            Self::Option(inner) | Self::List(inner) => inner.is_timeline(),
            _ => false,
        }
    }
}

impl Declared {
    /// Whether it holds times of a timeline, whose type depends on the timeline.
    pub fn is_generic(&self) -> bool {
        self.fields().iter().any(|field| field.of.is_timeline())
    }

    /// Its fields, those of all cases.
    pub fn fields(&self) -> Vec<&Field> {
        match &self.kind {
            Kind::Options(fields) | Kind::Record(fields) => fields.iter().collect(),
            Kind::Enum(cases) => cases.iter().flat_map(|case| &case.fields).collect(),
        }
    }
}

impl Contract {
    /// The type of this name.
    pub fn find(&self, name: &str) -> &Declared {
        self.types.iter().find(|declared| declared.name == name).unwrap_or_else(|| panic!("no type {name}"))
    }

    /// Whether a value of the type may be out of range, so that handing it to the core can fail: it holds a number that
    /// Kotlin and Swift write with a sign.
    pub fn can_fail(&self, of: &Type) -> bool {
        match of {
            Type::U32 | Type::U64 | Type::I32 | Type::Time(_) => true,
            Type::Option(inner) | Type::List(inner) => self.can_fail(inner),
            Type::Named(name) => self.find(name).fields().iter().any(|field| self.can_fail(&field.of)),
            _ => false,
        }
    }

    /// The names and all types that they hold.
    pub fn closed(types: &[Declared], names: &[&str]) -> BTreeSet<String> {
        let by_name: BTreeMap<&str, &Declared> = types.iter().map(|one| (one.name.as_str(), one)).collect();
        let mut all = BTreeSet::new();
        let mut open: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        while let Some(name) = open.pop() {
            let declared = by_name.get(name.as_str()).unwrap_or_else(|| panic!("no type {name}"));
            if all.insert(name) {
                open.extend(declared.fields().iter().filter_map(|field| field.of.named().map(str::to_owned)));
            }
        }
        all
    }
}
