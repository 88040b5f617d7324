//! A file's values as the defaults of options.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::file::{Entry, File, Value};
use super::resolved;
use crate::process::failure::{Failure, Outcome};
use crate::text::suggestion;

/// Options that belong to one run: what they do should not happen each time, or they choose the file itself.
const OF_ONE_RUN: [&str; 17] = [
    "as",
    "config",
    "forget",
    "from",
    "help",
    "import",
    "keep",
    "list",
    "media",
    "more",
    "new-key",
    "no-key",
    "offset",
    "prune",
    "start-time",
    "to",
    "version",
];

/// Returns `command` with the values of `file` as defaults.
///
/// # Errors
/// A failure that names file, line and key if a key is unknown or a value is not one of the option.
pub fn applied(command: &Command, file: &File) -> Outcome<Command> {
    let mut changed = command.clone();
    for entry in &file.entries {
        let target = target(command, file, entry)?;
        let arg = known(command, target, file, entry)?;
        let values = values(arg, file, entry)?;
        check(command, file, entry, &values)?;
        changed = with_default(changed, &entry.command, arg.get_id().as_str(), &values);
    }
    Ok(changed)
}

/// Returns the file without the values that an option of the command line excludes.
///
/// # Errors
/// A failure if two values of the file exclude each other.
pub fn without_conflicts(command: &Command, file: &File, matches: &ArgMatches) -> Outcome<File> {
    let (mut path, mut target, mut chosen) = (Vec::new(), command, matches);
    while let Some((name, below)) = chosen.subcommand() {
        let Some(found) = target.find_subcommand(name) else { break };
        (target, chosen) = (found, below);
        path.push(name.to_owned());
    }
    let excludes = |a: &Arg, b: &Arg| target.get_arg_conflicts_with(a).iter().any(|arg| arg.get_id() == b.get_id());
    let of_file: Vec<_> =
        file.entries.iter().filter(|entry| entry.command == path && entry.value != Value::Flag(false)).collect();
    let mut dropped = Vec::new();
    for entry in &of_file {
        let Some(arg) = long(target, &entry.key) else { continue };
        let rivals = target.get_arguments().filter(|other| excludes(arg, other) || excludes(other, arg));
        for rival in rivals {
            let source = chosen.value_source(rival.get_id().as_str());
            if matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
                dropped.push(entry.line);
            } else if of_file.iter().any(|other| Some(other.key.as_str()) == rival.get_long()) {
                return Err(file.refuse(entry, format!("excludes {}", rival.get_long().unwrap_or_default())));
            }
        }
    }
    let kept = file.entries.iter().filter(|entry| !dropped.contains(&entry.line)).cloned();
    Ok(File { path: file.path.clone(), entries: kept.collect() })
}

/// Returns the command of the entry's table.
fn target<'a>(command: &'a Command, file: &File, entry: &Entry) -> Outcome<&'a Command> {
    let mut target = command;
    for name in &entry.command {
        target = target.find_subcommand(name).ok_or_else(|| {
            let known = target.get_subcommands().map(Command::get_name);
            let table = entry.command.join(".");
            Failure::new(format!(
                "{}:{}: [{table}] is not the table of a command{}",
                file.path.display(),
                entry.line,
                suggestion(name, known)
            ))
        })?;
    }
    Ok(target)
}

/// Returns the option of `command` that the file calls `key`.
fn long<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(key) && is_setting(arg))
}

fn is_setting(arg: &Arg) -> bool {
    !arg.is_hide_set() && arg.get_long().is_some_and(|long| !OF_ONE_RUN.contains(&long))
}

fn known<'a>(root: &'a Command, target: &'a Command, file: &File, entry: &Entry) -> Outcome<&'a Arg> {
    if let Some(arg) = long(target, &entry.key) {
        return Ok(arg);
    }
    let refuse = |why: String| Err(file.refuse(entry, why));
    if OF_ONE_RUN.contains(&entry.key.as_str()) && target.get_arguments().any(|arg| arg.get_long() == Some(&entry.key))
    {
        return refuse("is for one run only, not for a file".to_owned());
    }
    if !entry.command.is_empty() && long(root, &entry.key).is_some() {
        return refuse("holds for every command: write it above all tables".to_owned());
    }
    let owners: Vec<_> = root.get_subcommands().filter(|below| long(below, &entry.key).is_some()).collect();
    if entry.command.is_empty() && !owners.is_empty() {
        let tables: Vec<_> = owners.iter().map(|owner| format!("[{}]", owner.get_name())).collect();
        return refuse(format!("is an option of single commands: write it in {}", tables.join(" or ")));
    }
    let keys = target.get_arguments().filter(|arg| is_setting(arg)).filter_map(Arg::get_long);
    refuse(format!("unknown key{}", suggestion(&entry.key, keys)))
}

/// Returns the values of an entry as they would be written on the command line.
fn values(arg: &Arg, file: &File, entry: &Entry) -> Outcome<Vec<String>> {
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let one = |value: &Value| {
        let expected = expected(arg);
        match value {
            Value::Text(text) if expected == PATH => Ok(resolved(text, folder).to_string_lossy().into_owned()),
            Value::Text(text) if expected == TEXT => Ok(text.clone()),
            Value::Number(number) if expected == NUMBER => Ok(number.clone()),
            Value::Flag(flag) if expected == FLAG => Ok(flag.to_string()),
            other => Err(file.refuse(entry, format!("expected {expected}, not {}", other.kind()))),
        }
    };
    match &entry.value {
        Value::List(items) if is_list => items.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

const PATH: &str = "a path as a string";
const TEXT: &str = "a string";
const NUMBER: &str = "a number";
const FLAG: &str = "true or false";

/// Describes the type of an option's value.
fn expected(arg: &Arg) -> &'static str {
    if !arg.get_action().takes_values() {
        return FLAG;
    }
    let of = arg.get_value_parser().type_id();
    let numbers = [
        TypeId::of::<f32>(),
        TypeId::of::<f64>(),
        TypeId::of::<i32>(),
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
    ];
    match () {
        () if of == TypeId::of::<PathBuf>() => PATH,
        () if numbers.iter().any(|number| of == *number) => NUMBER,
        () => TEXT,
    }
}

/// Parses the values as those of the option.
fn check(command: &Command, file: &File, entry: &Entry, values: &[String]) -> Outcome {
    if matches!(entry.value, Value::Flag(_)) {
        return Ok(());
    }
    let mut line: Vec<OsString> = vec!["mien".into()];
    line.extend(entry.command.iter().map(OsString::from));
    line.extend(values.iter().map(|value| format!("--{}={value}", entry.key).into()));
    let Err(error) = command.clone().try_get_matches_from(line) else { return Ok(()) };
    // Other errors are those of an incomplete line.
    let of_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::NoEquals
            | ErrorKind::TooManyValues
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::InvalidUtf8
    );
    let of_entry = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => option.split(' ').next() == Some(&format!("--{}", entry.key)),
        _ => false,
    };
    if of_value && of_entry { Err(file.refuse(entry, reason(&error))) } else { Ok(()) }
}

/// Returns why a value is wrong, without the name of its option.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = std::error::Error::source(error) {
        return source.to_string();
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    match (text(ContextKind::InvalidValue), text(ContextKind::ValidValue)) {
        (Some(value), Some(valid)) => format!("{value:?} is not one of {valid}"),
        _ => error.kind().to_string(),
    }
}

/// Returns `command` in which the option `id` of the command at `path` has other default values.
fn with_default(command: Command, path: &[String], id: &str, values: &[String]) -> Command {
    if let [name, below @ ..] = path {
        return command.mut_subcommand(name, |command| with_default(command, below, id, values));
    }
    let values: Vec<_> = values.to_vec();
    command.mut_arg(id, |arg| {
        // Help says the rest: "[default: the built-in pack]".
        let is_described = arg.get_action().takes_values() && arg.get_default_values().is_empty();
        let arg = arg.default_values(values).required(false);
        if is_described { arg.hide_default_value(true) } else { arg }
    })
}
