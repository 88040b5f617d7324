//! The help: commands grouped by purpose, examples, emotions and exit codes.

use std::fmt::Write;

use clap::Command;
use clap::builder::StyledStr;
use mien_core::labels::EMOTIONS;

use super::examples::EXAMPLES;
use crate::process::exit::CODES;

/// The commands by purpose.
pub const GROUPS: [(&str, &[&str]); 5] = [
    ("Look at faces", &["analyze", "watch"]),
    ("Learn people", &["enroll", "users", "adapt", "timeline"]),
    ("Learn and import heads", &["train", "heads", "models", "labels"]),
    ("Measure", &["score", "eval", "bench"]),
    ("Get started", &["demo", "config", "completions", "man", "help"]),
];

/// Adds groups, examples, emotions and exit codes to the help of `command` and its subcommands.
pub fn decorated(command: Command) -> Command {
    let groups = groups(&command);
    let command = with_examples(command, &mut Vec::new());
    command.help_template(template()).before_help(groups).after_help(end())
}

/// Returns the help of the main command: groups instead of clap's flat list of commands.
fn template() -> StyledStr {
    let mut text = StyledStr::from("{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}");
    heading(&mut text, "Options of every command");
    let _ = write!(text, "{{options}}{{after-help}}");
    text
}

fn heading(text: &mut StyledStr, name: &str) {
    let style = clap::builder::Styles::styled();
    let style = style.get_header();
    let _ = writeln!(text, "{style}{name}:{style:#}");
}

/// Returns the list of commands by purpose.
fn groups(command: &Command) -> StyledStr {
    let style = clap::builder::Styles::styled();
    let literal = style.get_literal();
    let about = |name: &str| match command.find_subcommand(name) {
        Some(found) if !found.is_hide_set() => found.get_about().map(ToString::to_string),
        None if name == "help" => Some("Explain a command and its options".to_owned()),
        _ => None,
    };
    let mut text = StyledStr::new();
    for (index, (purpose, names)) in GROUPS.into_iter().enumerate() {
        let _ = write!(text, "{}", if index == 0 { "" } else { "\n\n" });
        heading(&mut text, purpose);
        let line = |name: &&str| Some(format!("  {literal}{name:<11}{literal:#} {}", about(name)?));
        let _ = write!(text, "{}", names.iter().filter_map(line).collect::<Vec<_>>().join("\n"));
    }
    text
}

/// Returns the end of the main help: examples, emotions, exit codes.
fn end() -> StyledStr {
    let mut text = examples(&[]).unwrap_or_default();
    let _ = writeln!(text, "\n");
    heading(&mut text, "Emotions");
    let _ = writeln!(text, "  {}\n", EMOTIONS.join(", "));
    heading(&mut text, "Exit codes");
    let codes: Vec<_> = CODES.iter().map(|(code, meaning)| format!("  {code:>3}  {meaning}")).collect();
    let _ = write!(text, "{}", codes.join("\n"));
    text
}

/// Appends examples to the help of the command at `path` and of its subcommands.
fn with_examples(command: Command, path: &mut Vec<String>) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let mut command = command;
    for name in names {
        path.push(name.clone());
        command = command.mut_subcommand(name, |command| with_examples(command, path));
        path.pop();
    }
    let Some(mut text) = examples(path) else { return command };
    if let Some(before) = command.get_after_help() {
        let _ = write!(text, "\n\n{before}");
    }
    command.after_help(text)
}

fn examples(path: &[String]) -> Option<StyledStr> {
    let (_, lines) = EXAMPLES.iter().find(|(name, _)| name.split_whitespace().eq(path.iter().map(String::as_str)))?;
    let mut text = StyledStr::new();
    heading(&mut text, "Examples");
    let lines: Vec<_> = lines.iter().map(|line| format!("  {line}")).collect();
    let _ = write!(text, "{}", lines.join("\n"));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    /// Returns the paths of all commands that do something themselves.
    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        let name = |command: &Command| format!("{path} {}", command.get_name()).trim().to_owned();
        for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
            if !below.has_subcommands() || !below.is_subcommand_required_set() {
                found.push(name(below));
            }
            leaves(below, &name(below), found);
        }
    }

    #[test]
    fn every_command_is_in_one_group() {
        let command = args::command();
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        grouped.retain(|name| *name != "help");
        grouped.sort_unstable();
        let mut all: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn every_command_has_examples_that_parse() {
        let mut paths = Vec::new();
        leaves(&args::command(), "", &mut paths);
        let known: Vec<_> = EXAMPLES.iter().map(|(path, _)| (*path).to_owned()).collect();
        for path in &paths {
            assert!(known.contains(path), "{path} has no examples");
        }
        for (path, lines) in EXAMPLES {
            assert!(path.is_empty() || paths.contains(&(*path).to_owned()), "{path} is no command");
            assert!((1..=4).contains(&lines.len()), "{path}");
            for line in *lines {
                assert!(line.len() <= 78 && line.starts_with(format!("mien {path}").trim_end()), "{line}");
                // What follows belongs to the shell.
                let end = line.find([';', '|', '>', '<']).unwrap_or(line.len());
                let parsed = args::command().try_get_matches_from(line[..end].split_whitespace());
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn help_shows_groups_examples_emotions_and_exit_codes_within_80_columns() {
        let help = args::command().term_width(80).render_help().to_string();
        for (purpose, _) in GROUPS {
            assert!(help.contains(&format!("{purpose}:\n  ")), "{purpose}\n{help}");
        }
        for part in ["mien analyze", "neutral, happy, sad", "130  interrupted", "--user-store", "--version"] {
            assert!(help.contains(part), "{part}\n{help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}
