//! Writes the types that Kotlin, Swift and the interface between them and the core have in common: each option, default,
//! range, result and their documentation stand once, in Rust.
//!
//! usage: `mien-contract [--check]`; with `--check` nothing is written, and files that are out of date are an error.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod constants;
mod guide;
mod java;
mod kotlin;
mod model;
mod names;
mod read;
mod rust;
mod swift;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the generated files stand.
const KOTLIN: &str = "android/sdk/src/main/kotlin";
const JAVA: &str = "android/java/src/main/kotlin/io/mien/java/Times.kt";
const SWIFT: &str = "ios/Sources/Mien/Contract";
const RECORDS: &str = "bindings/src/options/records.rs";
const GUIDE: &str = "docs/reference/options.md";
const NAMES: &str = "docs/API.md";
/// Members of Kotlin's types that are written by hand.
const MEMBERS: &str = "bindings/contract/members";

/// All generated files of the checkout at `root`.
fn files(root: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let contract = read::contract(root)?;
    let below = |folder: &'static str| move |(path, text): (String, String)| (Path::new(folder).join(path), text);
    let mut all = BTreeMap::from([
        (PathBuf::from(RECORDS), rust::file(&contract)),
        (PathBuf::from(GUIDE), guide::page(&contract)),
        (PathBuf::from(JAVA), java::times(&contract)),
        (PathBuf::from(NAMES), names::page(root, &contract, &read::items(root)?)?),
    ]);
    all.extend(kotlin::files(&contract, &members(root)?).into_iter().map(below(KOTLIN)));
    all.extend(swift::files(&contract).into_iter().map(below(SWIFT)));
    Ok(all)
}

/// Members that are written by hand, by the name of the type.
fn members(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let folder = root.join(MEMBERS);
    let read = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut members = BTreeMap::new();
    for entry in fs::read_dir(&folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            members.insert(name.to_owned(), fs::read_to_string(&path).map_err(read)?);
        }
    }
    Ok(members)
}

/// The generated files that differ from those in the checkout.
fn out_of_date(root: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let mut files = files(root)?;
    files.retain(|path, text| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text));
    Ok(files)
}

fn run(root: &Path, check: bool) -> Result<(), String> {
    let changed = out_of_date(root)?;
    if check && !changed.is_empty() {
        let names: Vec<String> = changed.keys().map(|path| path.display().to_string()).collect();
        return Err(format!("out of date, run `make contract`: {}", names.join(", ")));
    }
    for (name, text) in changed {
        let path = root.join(&name);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("contract: wrote {}", name.display());
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.as_slice() {
        [] => false,
        [only] if only == "--check" => true,
        _ => {
            eprintln!("usage: mien-contract [--check]");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match run(&root, check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("contract: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Contract, Kind, Type, Value};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_generated_files_are_up_to_date() {
        let changed = out_of_date(&root()).unwrap();
        assert!(changed.is_empty(), "run `make contract`: {:?}", changed.keys());
    }

    /// The default options as `{:?}` shows them, from the declarations.
    fn shown(contract: &Contract, name: &str) -> String {
        let Kind::Options(fields) = &contract.find(name).kind else { panic!("{name} has no defaults") };
        let shown = fields.iter().map(|field| {
            let value = match (field.default.as_ref().unwrap(), &field.of) {
                (Value::Nothing, _) => "None".to_owned(),
                (Value::DefaultOf(_), Type::Named(name)) => shown(contract, name),
                (Value::Whole(number), Type::Option(_)) => format!("Some({number})"),
                (Value::Whole(number), _) => number.to_string(),
                (Value::Real(number), _) => format!("{:?}", *number as f32),
                (Value::Case(name), _) => name.clone(),
                (value, _) => text::number(value),
            };
            format!("{}: {value}", field.name)
        });
        format!("{name} {{ {} }}", shown.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn the_defaults_that_are_written_are_those_of_the_code() {
        let contract = read::contract(&root()).unwrap();
        let mut compared = 0;
        let mut same = |name: &str, code: String| {
            assert_eq!(shown(&contract, name), code);
            compared += 1;
        };
        same("AdaptOptions", format!("{:?}", mien_ffi::AdaptOptions::default()));
        same("EngineOptions", format!("{:?}", mien_ffi::EngineOptions::default()));
        same("EnrollmentOptions", format!("{:?}", mien_ffi::EnrollmentOptions::default()));
        same("FitOptions", format!("{:?}", mien_ffi::FitOptions::default()));
        same("LiveOptions", format!("{:?}", mien_ffi::LiveOptions::default()));
        same("LivePace", format!("{:?}", mien_ffi::LivePace::default()));
        same("PseudoLabels", format!("{:?}", mien_ffi::PseudoLabels::default()));
        same("StoreLimits", format!("{:?}", mien_ffi::StoreLimits::default()));
        same("TimelineOptions", format!("{:?}", mien_ffi::TimelineOptions::default()));
        // Detector, quality, tracker, stream, retention and fusion are part of these.
        let options = contract.types.iter().filter(|one| matches!(one.kind, Kind::Options(_))).count();
        assert_eq!(compared + 7, options, "an option type is not compared");
    }
}
