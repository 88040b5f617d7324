//! Packs the pictures of `mien demo` and `mien bench` into the command, so that both run in any folder.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Files and folders of `tests/fixtures` that travel with the command.
const PARTS: [&str; 9] = [
    "MANIFEST.json",
    "adapt",
    "clip",
    "pictures/biden.jpg",
    "pictures/multi_face.jpg",
    "pictures/obama.jpg",
    "pictures/obama2.jpg",
    "pictures/obama3.jpg",
    "stranger",
];

fn main() -> io::Result<()> {
    let fixtures = folder("CARGO_MANIFEST_DIR")?.join("../tests/fixtures").canonicalize()?;
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={}", fixtures.join(part).display());
        list(&fixtures, part, &mut files)?;
    }
    let mut table = String::from("&[\n");
    for name in files {
        table += &format!("    ({name:?}, include_bytes!({:?}).as_slice()),\n", fixtures.join(&name));
    }
    table += "]\n";
    fs::write(folder("OUT_DIR")?.join("material.rs"), table)
}

fn folder(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}

/// Appends the names of the files at `name`, sorted, with `/` between folders.
fn list(root: &Path, name: &str, files: &mut Vec<String>) -> io::Result<()> {
    let path = root.join(name);
    if !path.is_dir() {
        files.push(name.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(&path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        list(root, &format!("{name}/{}", entry.display()), files)?;
    }
    Ok(())
}
