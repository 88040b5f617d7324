//! The configuration file: values of options below the command line and the environment.
//!
//! Values become clap's defaults, so precedence and the checks of values are those of the options.

mod defaults;
mod file;
mod settings;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub use defaults::{applied, without_conflicts};
pub use file::{COMMANDS, File};
pub use settings::{Origin, Setting, Settings};

/// Name of the file in the configuration folder.
const FILE: &str = "config.toml";

/// Environment variable that names the file; empty for none.
pub const VARIABLE: &str = "MIEN_CONFIG";

/// The place of the configuration file.
#[derive(Clone)]
pub struct Place {
    /// The path; `None` for no file.
    pub path: Option<PathBuf>,
    /// Whether the user named it, so that it must exist.
    pub given: bool,
}

impl Place {
    /// Returns the file of `--config` in `arguments`, of the environment, or the default one.
    pub fn of(arguments: &[OsString]) -> Self {
        let given = option(arguments).or_else(|| env::var_os(VARIABLE));
        match given {
            Some(path) => Self { path: (!path.is_empty()).then(|| path.into()), given: true },
            None => Self { path: default_path(), given: false },
        }
    }
}

/// Returns the path of the default file, if a home folder is known.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "mien").map(|folders| folders.config_dir().join(FILE))
}

/// Returns the last value of `--config`. It is needed before the command line can be parsed.
fn option(arguments: &[OsString]) -> Option<OsString> {
    let mut found = None;
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            found = arguments.next().cloned();
        } else if let Some(value) = argument.as_encoded_bytes().strip_prefix(b"--config=")
            && let Some(text) = argument.to_str()
        {
            found = Some(OsStr::new(&text[text.len() - value.len()..]).to_owned());
        }
    }
    found
}

/// Returns `path` relative to `folder`; `~/` is the home folder, and `-` stays.
fn resolved(path: &str, folder: &Path) -> PathBuf {
    match (path, path.strip_prefix("~/"), directories::BaseDirs::new()) {
        ("-", ..) => path.into(),
        (_, Some(rest), Some(home)) => home.home_dir().join(rest),
        _ => folder.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_found_before_the_command_line_is_parsed() {
        let found = |line: &str| option(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(found("mien --config a analyze"), Some("a".into()));
        assert_eq!(found("mien analyze b --config=c=d"), Some("c=d".into()));
        assert_eq!(found("mien analyze -- --config a"), None);
        assert_eq!(found("mien analyze a"), None);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = Path::new("/etc/mien");
        assert_eq!(resolved("store", folder), Path::new("/etc/mien/store"));
        assert_eq!(resolved("/store", folder), Path::new("/store"));
        assert_eq!(resolved("-", folder), Path::new("-"));
        assert!(!resolved("~/store", folder).starts_with(folder));
    }
}
