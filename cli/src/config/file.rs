//! The text of a configuration file: keys and values with their lines.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::Place;
use crate::process::failure::{Failure, Naming, Outcome};

/// A scalar or a list in the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A number as it is written, in decimal.
    Number(String),
    /// A boolean.
    Flag(bool),
    /// A list of strings and numbers.
    List(Vec<Value>),
}

impl Value {
    /// Names the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Names of the command's tables; empty for a key of every command.
    pub command: Vec<String>,
    /// The name of an option.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Line number, from 1.
    pub line: usize,
}

/// A configuration file.
#[derive(Debug, Default, Clone)]
pub struct File {
    /// Its path; empty if there is none.
    pub path: PathBuf,
    /// Its keys in the order of their lines.
    pub entries: Vec<Entry>,
}

impl File {
    /// Reads the file at `place`; a missing default file is empty.
    pub fn read(place: &Place) -> Outcome<Self> {
        let Some(path) = &place.path else { return Ok(Self::default()) };
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound && !place.given => Ok(Self::default()),
            Err(error) => Err(error).naming(path),
        }
    }

    /// Parses the `text` of the file `path`.
    pub fn parse(path: &Path, text: &str) -> Outcome<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let refuse = |line: usize, why: String| Failure::new(format!("{}:{line}: {why}", path.display()));
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(span.start));
            refuse(line, format!("not TOML: {}", error.message()))
        })?;
        let mut entries = Vec::new();
        let mut tables = vec![(Vec::new(), table.get_ref())];
        while let Some((command, table)) = tables.pop() {
            for (key, value) in table {
                let line = line_of(key.span().start);
                let key = key.get_ref().clone().into_owned();
                if let DeValue::Table(below) = value.get_ref() {
                    tables.push(([command.as_slice(), &[key]].concat(), below));
                    continue;
                }
                let found = value_of(value.get_ref()).ok_or_else(|| {
                    refuse(line, format!("{key}: expected a string, a number, true, false, or a list of them"))
                })?;
                entries.push(Entry { command: unprefixed(&command), key, value: found, line });
            }
        }
        entries.sort_by_key(|entry| entry.line);
        Ok(Self { path: path.to_path_buf(), entries })
    }

    /// Returns a failure that names the file, and the line and key of `entry`.
    pub fn refuse(&self, entry: &Entry, why: impl std::fmt::Display) -> Failure {
        Failure::new(format!("{}:{}: {}: {why}", self.path.display(), entry.line, entry.key))
    }
}

/// The table of tables of commands: `[command.score]` is `[score]`, which TOML refuses beside the key `score`.
pub const COMMANDS: &str = "command";

fn unprefixed(command: &[String]) -> Vec<String> {
    match command {
        [first, rest @ ..] if first == COMMANDS => rest.to_vec(),
        _ => command.to_vec(),
    }
}

fn value_of(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => {
            Value::Number(number.as_str().trim_start_matches('+').to_owned())
        }
        DeValue::Integer(number) => {
            Value::Number(i64::from_str_radix(number.as_str(), number.radix()).ok()?.to_string())
        }
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| value_of(item.get_ref())).collect();
            Value::List(items?)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_tables_values_and_lines() {
        let text =
            "# mine\nscore = 0.7\nmodels = 'a b'\n\n[analyze]\nevery = 0x10\n[command.models.add]\nmean = [1, 2.5]\n";
        let file = File::parse(Path::new("c"), text).unwrap();
        let shown: Vec<_> =
            file.entries.iter().map(|e| (e.command.join(" "), e.key.as_str(), e.value.clone(), e.line)).collect();
        let number = |text: &str| Value::Number(text.to_owned());
        assert_eq!(
            shown,
            [
                (String::new(), "score", number("0.7"), 2),
                (String::new(), "models", Value::Text("a b".to_owned()), 3),
                ("analyze".to_owned(), "every", number("16"), 6),
                ("models add".to_owned(), "mean", Value::List(vec![number("1"), number("2.5")]), 8),
            ]
        );
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        for (text, part) in [
            ("a = 1\nb =\n", "c:2: not TOML"),
            ("a = 1\na = 2\n", "c:2: not TOML"),
            ("\n\nat = 2026-11-23\n", "c:3: at: expected a string"),
            ("[analyze\n", "c:1: not TOML"),
        ] {
            let said = File::parse(Path::new("c"), text).unwrap_err().to_string();
            assert!(said.starts_with(part), "{said}");
        }
    }
}
