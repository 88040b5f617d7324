//! The interrupt key and SIGTERM: how the work learns of them, and what is undone before the process ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::failure::{Failure, Outcome};

/// The exit code of an interrupted run.
pub const EXIT_CODE: u8 = 130;

/// How often something that waits looks for an interrupt.
pub const TICK: Duration = Duration::from_millis(50);

/// The time that the work has to notice an interrupt. Work that does not (it waits for a reader of standard output,
/// or computes for long between two looks) ends with the process then, as on a second interrupt.
const PATIENCE: Duration = Duration::from_secs(5);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static NOTICED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C and SIGTERM set a flag that the work looks at; a second one ends the process at once.
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
            log::warn!("no thread can be started: work that does not look for interrupts is not ended");
        }
    });
    if let Err(error) = set {
        log::warn!("interrupts are not caught: {error}");
    }
}

/// Whether Ctrl-C was pressed, or SIGTERM came.
pub fn interrupted() -> bool {
    let interrupted = INTERRUPTED.load(Ordering::SeqCst);
    if interrupted {
        NOTICED.store(true, Ordering::SeqCst);
    }
    interrupted
}

/// Fails if the run was interrupted; called between two steps of a long work.
pub fn check_interrupt() -> Outcome {
    if interrupted() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

/// As [`check_interrupt`], for readers and writers.
///
/// # Errors
/// If the run was interrupted. The error's kind is not [`std::io::ErrorKind::Interrupted`], which means "try again".
pub fn check_io() -> std::io::Result<()> {
    if interrupted() { Err(std::io::Error::other("interrupted")) } else { Ok(()) }
}

/// Sleeps for `duration`, or until an interrupt, which is the failure.
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

/// What must not outlive the process.
enum Leftover {
    File(PathBuf),
    Folder(PathBuf),
    Process(u32),
}

/// What is at work now, each with the number of its guard.
static LEFTOVERS: Mutex<Vec<(u64, Leftover)>> = Mutex::new(Vec::new());

/// While it lives, a process that ends at once undoes something first. Whoever holds it undoes it on every other way.
pub struct Undone(u64);

impl Undone {
    /// The temporary file `path` is removed.
    pub fn file(path: &Path) -> Self {
        Self::register(Leftover::File(path.to_path_buf()))
    }

    /// The temporary folder `path` is removed with what is in it.
    pub fn folder(path: &Path) -> Self {
        Self::register(Leftover::Folder(path.to_path_buf()))
    }

    /// The child process `id`, which is not waited for yet, is killed with its process group.
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

/// Undoes what must not outlive the process, and ends it. The lock is kept until the end, so that nothing new begins.
fn end_now() -> ! {
    for (_, leftover) in leftovers().iter() {
        // What fails here has gone already.
        match leftover {
            Leftover::File(path) => drop(fs::remove_file(path)),
            Leftover::Folder(path) => drop(fs::remove_dir_all(path)),
            Leftover::Process(id) => kill_group(*id),
        }
    }
    process::exit(EXIT_CODE.into())
}

/// Kills the process group of the child `id`, which leads it and is not waited for yet.
#[cfg(unix)]
pub fn kill_group(id: u32) {
    use nix::sys::signal::{Signal, killpg};
    if let Ok(id) = i32::try_from(id) {
        // It fails only if all of the group have ended.
        let _ = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
    }
}

/// Other systems have no process groups; dropping the decoder kills the child alone.
#[cfg(not(unix))]
pub fn kill_group(_: u32) {}
