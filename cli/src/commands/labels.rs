//! `mien labels`: the emotions of the networks in use.

use mien_core::labels::SPELLINGS;
use mien_core::models::Role;
use serde_json::json;

use crate::args::{LabelsArgs, Shared};
use crate::process::failure::Outcome;
use crate::process::terminal::{print_json, say};
use crate::session::{options, pack};

/// Runs the command.
pub fn run(shared: &Shared, args: &LabelsArgs) -> Outcome {
    let labels = match options(shared)?.generic {
        Some(generic) => generic.head.labels().to_vec(),
        None => pack(shared)?.entry(Role::Expression)?.labels.clone(),
    };
    let spellings = |label: &str| -> Vec<&str> {
        SPELLINGS.iter().filter(|(_, canonical)| *canonical == label).map(|(spelling, _)| *spelling).collect()
    };
    if args.json {
        let labels: Vec<_> =
            labels.iter().map(|label| json!({ "label": label, "spellings": spellings(label) })).collect();
        return print_json(&json!({ "labels": labels }));
    }
    for label in &labels {
        let others = spellings(label);
        let others = if others.is_empty() { String::new() } else { format!(" (or {})", others.join(", ")) };
        say(format!("{label}{others}"))?;
    }
    Ok(())
}
