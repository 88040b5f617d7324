//! Running the command `mien` and looking at what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A user store and a place for files, gone after the test.
pub struct Sandbox {
    pub folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command with the sandbox's own user store.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mien"));
        command.env("MIEN_STORE", self.path("store")).env_remove("MIEN_STORE_KEY").env_remove("MIEN_PASSPHRASE");
        command
    }

    /// Runs the command with `arguments`.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs the command, which must succeed, and gives its standard output.
    pub fn ok<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the command, which must print exactly one JSON object.
    pub fn json<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }

    /// Runs the command, which must end with code 1 and one line that contains `message`.
    pub fn refused<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>, message: &str) {
        refusal(&self.run(arguments), message);
    }
}

/// Checks that a run ended with code 1 and one line on standard error that contains `message`.
pub fn refusal(output: &Output, message: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(message), "{said:?} does not say {message:?}");
    assert_eq!(said.lines().count(), 1, "one line is expected: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// A file of the bundled material.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

/// The folder of a measuring set, or a line that says why the test is skipped.
pub fn measuring_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MIEN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from)
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no measuring data {name} (set MIEN_DATA)");
    None
}

/// Whether ffmpeg is installed, or a line that says that the test is skipped.
pub fn has_ffmpeg() -> bool {
    let found = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !found {
        eprintln!("skipped: ffmpeg is not installed");
    }
    found
}
