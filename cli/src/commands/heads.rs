//! `mien heads`: import of heads trained elsewhere, and the content of head files.

use std::path::Path;

use mien_core::head::import::{Imported, Options, from_file};
use mien_core::head::{Body, ClipStatistic, Head};
use mien_core::models::Role;
use mien_core::train::generic::GenericHead;
use serde_json::{Map, Value, json};

use crate::args::{HeadsCommand, ImportArgs, Shared};
use crate::outputs::{Outputs, Readers};
use crate::process::failure::{Naming, Outcome};
use crate::process::terminal::{note, print_json, say};
use crate::session::{pack, read_head};
use crate::text::counted;

/// Max number of tensors that are listed.
const MAX_LISTED: usize = 20;

/// Runs the command.
pub fn run(shared: &Shared, command: &HeadsCommand) -> Outcome {
    match command {
        HeadsCommand::Import(args) => import(shared, args),
        HeadsCommand::Show { file, json } => show(file, *json),
    }
}

fn import(shared: &Shared, args: &ImportArgs) -> Outcome {
    let out = Outputs::new(shared, args.json).reading([&args.file]).file(&args.out, Readers::Umask)?;
    let expected = frame_values(shared)?;
    let imported = from_file(&args.file, &options(args, expected))?;
    let bytes = imported.head.encode().naming(&args.file)?;
    out.write(&bytes)?;
    let fits = imported.head.dimension() == expected;
    if args.json {
        let mut report = described(&imported.head, &args.out, bytes.len());
        let tensors: Map<String, Value> =
            imported.used.iter().map(|(name, tensor)| (name.clone(), json!(tensor))).collect();
        report.insert("tensors".to_owned(), Value::Object(tensors));
        report.insert("unused".to_owned(), json!(imported.unused));
        report.insert("fits".to_owned(), json!(fits));
        return print_json(&report);
    }
    let kib = bytes.len().div_ceil(1024);
    note(format!("wrote {out}: {}, {kib} KiB", summary(&imported.head)))?;
    say_tensors(&imported)?;
    if !fits {
        let dimension = imported.head.dimension();
        say(format!(
            "the head takes {dimension} values per frame, but the current networks produce {expected}: it cannot run with them"
        ))?;
    }
    Ok(())
}

fn options(args: &ImportArgs, expected: usize) -> Options {
    Options {
        labels: args.labels.clone(),
        dimension: args.dimension,
        expected_dimension: Some(expected),
        pooling: args.pooling,
        statistic: args.statistic,
        names: args.map.clone(),
        ..Options::new(args.head)
    }
}

/// Returns the number of values per face of the current networks.
fn frame_values(shared: &Shared) -> Outcome<usize> {
    let pack = pack(shared)?;
    let mut sum = 0;
    for role in [Role::Expression, Role::Identity] {
        let features = pack.entry(role)?.output("features");
        sum += features.map_or(0, |output| output.shape.iter().product::<usize>());
    }
    Ok(sum)
}

fn say_tensors(imported: &Imported) -> Outcome {
    for (name, tensor) in &imported.used {
        let from = tensor.as_ref().map_or("zero, because the file has none".to_owned(), |tensor| format!("{tensor:?}"));
        say(format!("  {name:<18} {from}"))?;
    }
    let unused = &imported.unused;
    if !unused.is_empty() {
        let listed = unused[..unused.len().min(MAX_LISTED)].join(", ");
        let more = unused.len().saturating_sub(MAX_LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        say(format!("unused tensors: {listed}{more}"))?;
    }
    Ok(())
}

fn show(file: &Path, as_json: bool) -> Outcome {
    let bytes = read_head(file)?;
    let GenericHead { head, statistics, .. } = GenericHead::decode(&bytes).naming(file)?;
    if as_json {
        let mut object = described(&head, file, bytes.len());
        object.insert("class_statistics".to_owned(), json!(statistics.is_some()));
        return print_json(&object);
    }
    say(format!("{}: {}", file.display(), summary(&head)))?;
    say(format!("labels: {}", head.labels().join(", ")))?;
    say(format!("{} parameters, {} bytes", head.parameters().len(), bytes.len()))?;
    let known = statistics.map_or(0, |statistics| (0..statistics.classes()).filter(|&c| statistics.knows(c)).count());
    match known {
        0 => say("no class statistics: users adapt without rehearsal and without a neutral baseline"),
        known => {
            say(format!("class statistics of {} for rehearsal and the neutral baseline", counted(known, "classes")))
        }
    }
}

/// Formats a head: `self-attention (width 16), 1280 values per frame, 7 classes`.
fn summary(head: &Head) -> String {
    let sizes: Vec<String> = sizes(head.body())
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let sizes = if sizes.is_empty() { String::new() } else { format!(" ({})", sizes.join(", ")) };
    let (kind, classes) = (head.kind().name(), head.labels().len());
    format!("{kind}{sizes}, {} values per frame, {classes} classes", head.dimension())
}

fn described(head: &Head, file: &Path, bytes: usize) -> Map<String, Value> {
    let entries = [
        ("head", json!(head.kind().name())),
        ("labels", json!(head.labels())),
        ("dimension", json!(head.dimension())),
        ("sizes", Value::Object(sizes(head.body()))),
        ("parameters", json!(head.parameters().len())),
        ("file", json!(file.to_string_lossy())),
        ("bytes", json!(bytes)),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the sizes of a head by name; a missing statistic is null.
fn sizes(body: Body) -> Map<String, Value> {
    let statistic = |statistic: Option<ClipStatistic>| ("statistic", json!(statistic));
    let sizes = match body {
        Body::Logistic { pooling } => vec![("pooling", json!(pooling))],
        Body::SingleAttention { hidden, statistic: of } => vec![("hidden", json!(hidden)), statistic(of)],
        Body::RelationAttention { statistic: of } => vec![statistic(of)],
        Body::SelfAttention { width, statistic: of } => vec![("width", json!(width)), statistic(of)],
    };
    sizes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
