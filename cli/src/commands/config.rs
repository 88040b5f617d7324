//! `mien config`: the settings in use and their file.

use serde_json::{Value, json};

use crate::args::{ConfigCommand, Shared};
use crate::config::{COMMANDS, Origin, Setting, Settings};
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{print_json, say};

/// Runs the command.
pub fn run(shared: &Shared, command: &ConfigCommand, settings: &Settings) -> Outcome {
    match command {
        ConfigCommand::Path { json } => path(settings, *json),
        ConfigCommand::Show { json } => show(shared, settings, *json),
    }
}

fn path(settings: &Settings, as_json: bool) -> Outcome {
    let Some(path) = &settings.place.path else {
        return Err(Failure::new("no configuration file: MIEN_CONFIG is empty or no home folder is known"));
    };
    if as_json {
        return print_json(&json!({ "path": path.to_string_lossy(), "exists": path.exists() }));
    }
    say(path.display())
}

fn show(shared: &Shared, settings: &Settings, as_json: bool) -> Outcome {
    let path = settings.place.path.as_deref();
    let exists = path.is_some_and(|path| path.exists());
    // The folder of users has a default that depends on the system.
    let store = shared.store_folder()?.to_string_lossy().into_owned();
    let fill = |setting: &Setting| match setting.key.as_str() {
        "user-store" => Setting { values: vec![store.clone()], ..setting.clone() },
        _ => setting.clone(),
    };
    let all: Vec<_> = settings.settings.iter().map(fill).collect();
    if as_json {
        let settings: Vec<_> = all.iter().map(as_value).collect();
        let path = path.map(|path| path.to_string_lossy());
        return print_json(&json!({ "path": path, "exists": exists, "settings": settings }));
    }
    match path {
        Some(path) => say(format!("# {}{}", path.display(), if exists { "" } else { " (no such file)" }))?,
        None => say("# no configuration file")?,
    }
    let mut table = "";
    for setting in &all {
        if setting.command != table {
            say("")?;
            say(table_of(&setting.command, &all))?;
            table = &setting.command;
        }
        say(line(setting))?;
    }
    Ok(())
}

/// Formats the heading of a command's table; the command may be called like an option.
fn table_of(command: &str, all: &[Setting]) -> String {
    let first = command.split(' ').next();
    let is_option = all.iter().any(|setting| setting.command.is_empty() && Some(setting.key.as_str()) == first);
    let prefix = if is_option { format!("{COMMANDS}.") } else { String::new() };
    format!("[{prefix}{}]", command.replace(' ', "."))
}

/// Formats a setting as a line of a configuration file.
fn line(Setting { key, values, origin, .. }: &Setting) -> String {
    let from = match origin {
        Origin::Default => "default".to_owned(),
        Origin::File(line) => format!("line {line}"),
        Origin::Environment(name) => format!("environment: {name}"),
        Origin::Option => "option".to_owned(),
    };
    match values.as_slice() {
        [] => format!("# {key} is not set"),
        [value] => format!("{key} = {}  # {from}", in_toml(value)),
        values => {
            format!("{key} = [{}]  # {from}", values.iter().map(|value| in_toml(value)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Formats a value as TOML does.
fn in_toml(value: &str) -> String {
    if value.parse::<f64>().is_ok_and(f64::is_finite) || ["true", "false"].contains(&value) {
        value.to_owned()
    } else {
        json!(value).to_string()
    }
}

fn as_value(Setting { command, key, values, origin }: &Setting) -> Value {
    let (from, line, variable) = match origin {
        Origin::Default => ("default", None, None),
        Origin::File(line) => ("file", Some(line), None),
        Origin::Environment(name) => ("environment", None, Some(name)),
        Origin::Option => ("option", None, None),
    };
    json!({ "command": command, "key": key, "values": values, "from": from, "line": line, "variable": variable })
}
