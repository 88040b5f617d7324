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
