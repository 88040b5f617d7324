//! Runs the command `mien` and checks its output.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::schemas;

/// A temporary user store and folder for files, removed after the test.
pub struct Sandbox {
    pub folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap() };
        // A folder of users that is named must exist.
        std::fs::create_dir(sandbox.path("store")).unwrap();
        sandbox
    }

    /// Returns a path in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the command with the user store of the sandbox.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mien"));
        command.env("MIEN_STORE", self.path("store")).env_remove("MIEN_STORE_KEY").env_remove("MIEN_PASSPHRASE");
        // No file of the person who runs the tests.
        command.env("MIEN_CONFIG", "");
        command
    }

    /// Runs the command with `arguments`.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs the command, which must succeed, and returns its standard output.
    pub fn ok<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether the user store of the sandbox has been created.
    pub fn has_store(&self) -> bool {
        std::fs::read_dir(self.path("store")).unwrap().next().is_some()
    }

    /// Runs the command, which must print exactly one JSON object, as the schema of the command says.
    pub fn json<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let printed = serde_json::from_str(&self.ok(&arguments)).unwrap();
        schemas::check(&arguments, &printed);
        printed
    }

    /// Runs the command, which must print exactly one JSON object and say that it is done except for `rest`.
    pub fn partly<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>, rest: &str) -> Value {
        let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let output = self.run(&arguments);
        ended(&output, 3, &format!("done, except for {rest}"));
        let printed = serde_json::from_slice(&output.stdout).unwrap();
        schemas::check(&arguments, &printed);
        printed
    }

    /// Runs the command, which must exit with code 1 and one line that contains `message`.
    pub fn refused<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>, message: &str) {
        refusal(&self.run(arguments), message);
    }
}

/// Checks that a run exited with code 1 and one line on standard error that contains `message`.
pub fn refusal(output: &Output, message: &str) {
    ended(output, 1, message);
}

/// Checks that a run exited with `code` and one line on standard error that contains `message`.
pub fn ended(output: &Output, code: i32, message: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(message), "{said:?} does not say {message:?}");
    assert_eq!(said.lines().count(), 1, "one line is expected: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Returns the path of a bundled file.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

/// Returns the folder of a measuring set, or prints why the test is skipped.
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

/// Whether ffmpeg is installed; if not, prints that the test is skipped.
pub fn has_ffmpeg() -> bool {
    let found = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !found {
        eprintln!("skipped: ffmpeg is not installed");
    }
    found
}

/// A running command; it is killed if the test ends first.
pub struct Started {
    child: Option<Child>,
}

impl Started {
    /// Starts `command` and captures its output.
    pub fn new(command: &mut Command) -> Self {
        Self { child: Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()) }
    }

    /// Starts `command`, whose standard output goes elsewhere.
    pub fn quiet(command: &mut Command) -> Self {
        Self { child: Some(command.stderr(Stdio::piped()).spawn().unwrap()) }
    }

    /// Whether the command has not exited.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_none()
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Sends the signal `name`.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits for the exit, which must come within `time`, and returns the output.
    pub fn ends_within(mut self, time: Duration) -> Output {
        let mut child = self.child.take().unwrap();
        // Its standard input stays open until it has exited.
        let _stdin = child.stdin.take();
        let id = child.id().to_string();
        let (sender, output) = channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        output.recv_timeout(time).map(Result::unwrap).unwrap_or_else(|_| {
            Command::new("kill").args(["-KILL", &id]).status().unwrap();
            panic!("the command does not end within {time:?}")
        })
    }

    /// Waits for the exit, which must come within `time`, without reading the output.
    pub fn disappears_within(mut self, time: Duration) {
        let started = Instant::now();
        while self.child.as_mut().unwrap().try_wait().unwrap().is_none() {
            assert!(started.elapsed() < time, "the command does not end within {time:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Creates a named pipe.
pub fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
