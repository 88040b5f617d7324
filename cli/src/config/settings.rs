//! The values of the options in use, and where each comes from.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::Place;
use super::file::File;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// Nothing set it.
    Default,
    /// The configuration file, at this line.
    File(usize),
    /// An environment variable.
    Environment(String),
    /// An option of the command line.
    Option,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The command; empty for an option of every command.
    pub command: String,
    /// The option's long name.
    pub key: String,
    /// The values; none if the option is not set.
    pub values: Vec<String>,
    /// Where they come from.
    pub origin: Origin,
}

/// The values of the options of every command, and those of single commands in the configuration file.
#[derive(Clone)]
pub struct Settings {
    /// The configuration file.
    pub place: Place,
    /// The values.
    pub settings: Vec<Setting>,
}

impl Settings {
    /// Collects the values of `matches` in the order of `command`; `changed` has the defaults of `file`.
    pub fn of(command: &Command, changed: &Command, matches: &ArgMatches, file: &File, place: Place) -> Self {
        let shared = command.get_arguments().filter(|arg| arg.is_global_set() && arg.get_long() != Some("config"));
        let mut settings: Vec<_> = shared.filter_map(|arg| shared_setting(arg, matches, file)).collect();
        for entry in file.entries.iter().filter(|entry| !entry.command.is_empty()) {
            let target = entry.command.iter().try_fold(changed, |target, name| target.find_subcommand(name));
            let arg = target.and_then(|target| target.get_arguments().find(|arg| arg.get_long() == Some(&entry.key)));
            settings.push(Setting {
                command: entry.command.join(" "),
                key: entry.key.clone(),
                values: arg.map(default_values).unwrap_or_default(),
                origin: Origin::File(entry.line),
            });
        }
        Self { place, settings }
    }
}

fn default_values(arg: &Arg) -> Vec<String> {
    arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect()
}

fn shared_setting(arg: &Arg, matches: &ArgMatches, file: &File) -> Option<Setting> {
    let (id, key) = (arg.get_id().as_str(), arg.get_long()?);
    let line = file.entries.iter().find(|entry| entry.command.is_empty() && entry.key == key).map(|entry| entry.line);
    let origin = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::Option,
        Some(ValueSource::EnvVariable) => {
            Origin::Environment(arg.get_env().map_or_else(String::new, |name| name.to_string_lossy().into_owned()))
        }
        _ => line.map_or(Origin::Default, Origin::File),
    };
    let values = match matches.get_raw(id) {
        Some(values) => values.map(|value| value.to_string_lossy().into_owned()).collect(),
        None => Vec::new(),
    };
    Some(Setting { command: String::new(), key: key.to_owned(), values, origin })
}
