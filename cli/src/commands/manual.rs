//! `mien completions` and `mien man`: what helps a shell and a reader.

use clap::Command;
use clap_complete::aot;
use clap_mangen::Man;

use crate::args::{self, CompletionsArgs, ManArgs, Shared};
use crate::outputs::{Outputs, Readers};
use crate::process::failure::Outcome;
use crate::process::terminal::{note, print_bytes};
use crate::text::counted;

/// Prints the completion script of a shell.
pub fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    aot::generate(args.shell, &mut args::command(), "mien", &mut script);
    print_bytes(&script)
}

/// Prints the main page, or writes a page per command.
pub fn pages(shared: &Shared, args: &ManArgs) -> Outcome {
    let mut command = args::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.folder else { return print_bytes(&page(&command)?.1) };
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    let mut outputs = Outputs::new(shared, false);
    let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let (_, files) = outputs.files_in(folder, "".as_ref(), &names, Readers::Umask)?;
    for (file, (_, page)) in files.iter().zip(&pages) {
        file.write(page)?;
    }
    note(format!("wrote {} to {}", counted(pages.len(), "pages"), folder.display()))
}

fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> Outcome {
    pages.push(page(command)?);
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| collect(below, pages))
}

/// Returns the file name and the text of a command's page.
fn page(command: &Command) -> Outcome<(String, Vec<u8>)> {
    let man = Man::new(command.clone()).manual("Mien").source(format!("mien {}", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok((man.get_filename(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_pages_name_every_command_and_option() {
        let command = args::command();
        let mut pages = Vec::new();
        let mut built = args::command().disable_help_subcommand(true);
        built.build();
        collect(&built, &mut pages).unwrap();
        for shell in <aot::Shell as clap::ValueEnum>::value_variants() {
            let mut script = Vec::new();
            aot::generate(*shell, &mut args::command(), "mien", &mut script);
            check(&command, &mut |name| String::from_utf8_lossy(&script).contains(name), &shell.to_string());
        }
        let page = |name: &str| {
            let (_, text) =
                pages.iter().find(|(file, _)| file == &format!("{name}.1")).unwrap_or_else(|| panic!("{name}"));
            String::from_utf8_lossy(text).replace("\\-", "-")
        };
        check_pages(&built, "mien", &page);
    }

    fn check(command: &Command, has: &mut impl FnMut(&str) -> bool, place: &str) {
        for option in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(has(option), "{place}: --{option}");
        }
        for below in command.get_subcommands() {
            assert!(has(below.get_name()), "{place}: {}", below.get_name());
            check(below, has, place);
        }
    }

    fn check_pages(command: &Command, name: &str, page: &impl Fn(&str) -> String) {
        let text = page(name);
        for option in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(text.contains(&format!("--{option}")), "{name}: --{option}");
        }
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            check_pages(below, &format!("{name}-{}", below.get_name()), page);
        }
    }
}
