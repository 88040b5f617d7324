//! Ctrl-C and SIGTERM: how running work notices them, and the cleanup before the process exits.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::exit;
use crate::process::failure::{Failure, Outcome};

/// Interval at which waiting code checks for an interrupt.
pub const TICK: Duration = Duration::from_millis(50);

/// Time within which the work must notice an interrupt. If it does not, because it waits for a reader of standard
/// output or computes without a check, the process exits as on a second interrupt.
const PATIENCE: Duration = Duration::from_secs(5);

/// Maximum number of times that an exiting process removes its leftovers, a [`TICK`] apart.
const TRIES: u32 = 20;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static NOTICED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C and SIGTERM set a flag that the work checks; a second one exits the process at once.
pub fn watch() {
    let set = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            end_now();
        }
        let watchdog = thread::Builder::new().spawn(|| {
            thread::sleep(PATIENCE);
            if !NOTICED.load(Ordering::SeqCst) {
                end_now();
            }
        });
        if watchdog.is_err() {
            log::warn!("no thread can be started: work that does not check for interrupts is not ended");
        }
    });
    if let Err(error) = set {
        log::warn!("interrupts are not caught: {error}");
    }
}

/// Whether Ctrl-C was pressed or SIGTERM received.
pub fn interrupted() -> bool {
    let interrupted = INTERRUPTED.load(Ordering::SeqCst);
    if interrupted {
        NOTICED.store(true, Ordering::SeqCst);
    }
    interrupted
}

/// Tells work that reports its progress to stop if the run was interrupted.
pub fn go_on() -> ControlFlow<()> {
    if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Fails if the run was interrupted. Long work calls it between two steps.
pub fn check_interrupt() -> Outcome {
    if interrupted() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

/// Same as [`check_interrupt`], for readers and writers.
///
/// # Errors
/// If the run was interrupted. The error's kind is not [`std::io::ErrorKind::Interrupted`], which means "try again".
pub fn check_io() -> std::io::Result<()> {
    if interrupted() { Err(std::io::Error::other("interrupted")) } else { Ok(()) }
}

/// Sleeps for `duration`; fails if an interrupt comes first.
pub fn pause(duration: Duration) -> Outcome {
    let end = Instant::now() + duration;
    loop {
        check_interrupt()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(TICK));
    }
}

/// A resource that must not outlive the process.
enum Leftover {
    File(PathBuf),
    Folder(PathBuf),
    Process(u32),
}

/// Resources in use, each with the number of its guard.
static LEFTOVERS: Mutex<Vec<(u64, Leftover)>> = Mutex::new(Vec::new());

/// A guard: while it lives, a process that exits at once cleans up the resource first. In all other cases the owner
/// cleans up.
pub struct Undone(u64);

impl Undone {
    /// Registers the temporary file `path` for removal.
    pub fn file(path: &Path) -> Self {
        Self::register(Leftover::File(path.to_path_buf()))
    }

    /// Registers the temporary folder `path` and its content for removal.
    pub fn folder(path: &Path) -> Self {
        Self::register(Leftover::Folder(path.to_path_buf()))
    }

    /// Registers the child process `id`, which has not been waited for, to be killed with its process group.
    pub fn process(id: u32) -> Self {
        Self::register(Leftover::Process(id))
    }

    fn register(leftover: Leftover) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        leftovers().push((number, leftover));
        Self(number)
    }
}

impl Drop for Undone {
    fn drop(&mut self) {
        leftovers().retain(|(number, _)| *number != self.0);
    }
}

fn leftovers() -> MutexGuard<'static, Vec<(u64, Leftover)>> {
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cleans up all registered resources and exits. The lock is held until the end, so that no new one is registered.
fn end_now() -> ! {
    let leftovers = leftovers();
    for (_, leftover) in leftovers.iter() {
        if let Leftover::Process(id) = leftover {
            kill_group(*id);
        }
    }
    // The work may create files in a folder while it is removed, so this repeats until the folder stays away.
    let mut gone = 0;
    for _ in 0..TRIES {
        gone = if remove(&leftovers) { gone + 1 } else { 0 };
        if gone == 2 {
            break;
        }
        thread::sleep(TICK);
    }
    process::exit(exit::INTERRUPTED.into())
}

/// Removes files and folders; returns whether all of them are gone.
fn remove(leftovers: &[(u64, Leftover)]) -> bool {
    let mut gone = true;
    for (_, leftover) in leftovers {
        let path = match leftover {
            Leftover::File(path) => {
                drop(fs::remove_file(path));
                path
            }
            Leftover::Folder(path) => {
                drop(fs::remove_dir_all(path));
                path
            }
            Leftover::Process(_) => continue,
        };
        gone &= fs::symlink_metadata(path).is_err();
    }
    gone
}

/// Kills the process group led by the child `id`, which has not been waited for.
#[cfg(unix)]
pub fn kill_group(id: u32) {
    use nix::sys::signal::{Signal, killpg};
    if let Ok(id) = i32::try_from(id) {
        // It fails only if the whole group has exited.
        let _ = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
    }
}

/// Does nothing: other systems have no process groups. Dropping the decoder kills the child.
#[cfg(not(unix))]
pub fn kill_group(_: u32) {}
