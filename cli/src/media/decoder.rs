//! ffmpeg as a child process that cannot hang the command: its standard error is read while it runs, and it is killed
//! when the reader of its output is dropped.
//!
//! It leads a process group, which is killed as a whole, so that the children of a wrapper script are killed too. On
//! Linux the kernel kills it if the command itself is killed: the child first runs the command again
//! ([`become_decoder`]), which requests the signal and then executes ffmpeg.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::log::{LONGEST_LINE, Log};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::{TICK, Undone, check_interrupt, kill_group};

/// The decoder program, searched in `PATH`.
const PROGRAM: &str = "ffmpeg";

/// Time within which a running decoder must have described its input after it has written the first bytes.
const FIRST_WORDS: Duration = Duration::from_millis(200);

/// Time within which a decoder must exit after it has closed its output.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A running decoder.
pub struct Decoder {
    child: Child,
    /// `None` after the child was waited for, because its process id may be reused.
    undone: Option<Undone>,
    said: Arc<Said>,
}

/// What the decoder says on standard error.
#[derive(Default)]
struct Said {
    log: Mutex<(Log, Reading)>,
    changed: Condvar,
}

/// Whether standard error has been read to its end.
#[derive(Default, PartialEq, Eq)]
enum Reading {
    #[default]
    GoesOn,
    Complete,
}

impl Decoder {
    /// Starts ffmpeg with `arguments` and returns its standard output. `what` names such inputs, for an error.
    pub fn start(arguments: &[OsString], input: &Path, what: &str) -> Outcome<(Self, ChildStdout)> {
        let Some(program) = find(PROGRAM) else {
            return Err(Failure::new(format!("{}: {what} need ffmpeg, which is not installed", input.display())));
        };
        let mut child = spawn(&program, arguments)
            .map_err(|error| Failure::new(format!("{}: ffmpeg cannot be started: {error}", input.display())))?;
        let undone = Some(Undone::process(child.id()));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let said = Arc::<Said>::default();
        let decoder = Self { child, undone, said: Arc::clone(&said) };
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(Failure::new(format!("{}: ffmpeg has no output", input.display())));
        };
        thread::Builder::new()
            .spawn(move || {
                said.listen(stderr);
                said.lock().1 = Reading::Complete;
                said.changed.notify_all();
            })
            .naming(input)?;
        Ok((decoder, stdout))
    }

    /// Waits for a decoder that has closed its output and returns whether it succeeded. A decoder that does not exit
    /// is killed.
    pub fn finish(&mut self) -> Outcome<bool> {
        let end = Instant::now() + LAST_WORDS;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status.success());
            }
            check_interrupt()?;
            if Instant::now() >= end {
                self.stop();
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Kills the decoder if it still runs.
    pub fn stop(&mut self) {
        if self.undone.is_some() && !matches!(self.ended(), Ok(Some(_))) {
            kill_group(self.child.id());
            // Both fail only if the process has already exited.
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.undone = None;
        }
    }

    /// Returns the value that `look` takes from the log of the running decoder, which has described its input if it
    /// does so at all.
    pub fn described<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        self.said.when(FIRST_WORDS, Log::is_described, look)
    }

    /// Returns the value that `look` takes from the whole log of the exited decoder.
    pub fn said<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        // Children of a wrapper may keep the pipe open, so the wait is limited.
        self.said.when(10 * TICK, |_| false, look)
    }

    /// Returns the exit status if the child has exited.
    fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.undone = None;
        }
        Ok(status)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Said {
    fn lock(&self) -> MutexGuard<'_, (Log, Reading)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the log is `ready` or complete, at most for `time`, and looks at it.
    fn when<T>(&self, time: Duration, ready: impl Fn(&Log) -> bool, look: impl FnOnce(&Log) -> T) -> T {
        let open = |(log, reading): &mut (Log, Reading)| *reading == Reading::GoesOn && !ready(log);
        let waited = self.changed.wait_timeout_while(self.lock(), time, open);
        look(&waited.unwrap_or_else(PoisonError::into_inner).0.0)
    }

    /// Reads `stderr` to its end, line by line. The ends of long lines are dropped.
    fn listen(&self, mut stderr: impl Read) {
        let (mut chunk, mut line) = ([0; LONGEST_LINE], Vec::new());
        loop {
            let length = match stderr.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for part in chunk[..length].split_inclusive(|byte| *byte == b'\n') {
                line.extend_from_slice(&part[..part.len().min(LONGEST_LINE - line.len())]);
                if part.ends_with(b"\n") {
                    self.take(&mut line);
                }
            }
        }
        self.take(&mut line);
    }

    fn take(&self, line: &mut Vec<u8>) {
        self.lock().0.take(&String::from_utf8_lossy(line));
        self.changed.notify_all();
        line.clear();
    }
}

/// Returns the program `name` from the folders of `PATH`.
fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join(&file))
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

fn spawn(program: &Path, arguments: &[OsString]) -> io::Result<Child> {
    // The program of the tests cannot become a decoder.
    #[cfg(target_os = "linux")]
    if !cfg!(test) {
        match prepared(Command::new(SELF), stage::arguments(program, arguments)).spawn() {
            // Without /proc the child is started directly and outlives a killed command.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            spawned => return spawned,
        }
    }
    prepared(Command::new(program), arguments).spawn()
}

/// The running command, even if its file was replaced.
#[cfg(target_os = "linux")]
const SELF: &str = "/proc/self/exe";

fn prepared(mut command: Command, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    #[cfg(target_os = "linux")]
    if command.get_program() == SELF {
        std::os::unix::process::CommandExt::arg0(&mut command, stage::NAME);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Executes ffmpeg if the process was started for that; returns only otherwise or on failure.
#[cfg(target_os = "linux")]
pub fn become_decoder() -> Option<ExitCode> {
    let mut arguments = env::args_os();
    if arguments.next()? != stage::NAME {
        return None;
    }
    let error = stage::run(arguments);
    eprintln!("{PROGRAM} cannot be started: {error}");
    Some(ExitCode::FAILURE)
}

/// Returns `None`: other systems cannot tie a child to its parent.
#[cfg(not(target_os = "linux"))]
pub fn become_decoder() -> Option<ExitCode> {
    None
}

/// The stage of the child before it executes ffmpeg.
#[cfg(target_os = "linux")]
mod stage {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::{self, Command};

    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::getppid;

    /// The name of the child (`argv[0]`), which nobody uses by accident.
    pub const NAME: &str = "mien: becomes a decoder";

    /// Returns the arguments of the stage: the parent's id, the program and its arguments.
    pub fn arguments<'a>(program: &'a Path, arguments: &'a [OsString]) -> impl Iterator<Item = OsString> {
        let parent = OsString::from(process::id().to_string());
        [parent, program.as_os_str().to_owned()].into_iter().chain(arguments.iter().cloned())
    }

    /// Requests to be killed with the parent and executes the program. The kernel regards the thread that started the
    /// child as its parent; threads that start decoders live until the command exits.
    pub fn run(mut arguments: impl Iterator<Item = OsString>) -> io::Error {
        let (Some(parent), Some(program)) = (arguments.next(), arguments.next()) else {
            return io::Error::other("no program is named");
        };
        if let Err(error) = set_pdeathsig(Signal::SIGKILL) {
            return error.into();
        }
        if parent.to_str() != Some(getppid().to_string().as_str()) {
            return io::Error::other("the parent has ended");
        }
        Command::new::<&OsStr>(&program).args(arguments).exec()
    }
}
