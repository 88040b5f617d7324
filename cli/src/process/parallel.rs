//! Work on several threads, with the results in the order of the tasks.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::process::failure::Outcome;

/// Max number of tasks per thread that are started and not taken yet.
const AHEAD: usize = 2;

/// Runs `work` on each of `tasks` on `jobs` threads, and passes the results to `take` on this thread, in the order of
/// the tasks. The order of everything that `take` sees does not depend on `jobs`. At most two tasks per thread are in
/// memory, so memory is bounded for any number of tasks; the iterator of tasks advances on one thread at a time and may
/// block.
///
/// # Errors
/// The first error of `take`; no task is started after it.
pub fn in_order<T: Send, R: Send>(
    jobs: usize,
    tasks: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Outcome,
) -> Outcome {
    if jobs <= 1 {
        return tasks.into_iter().try_for_each(|task| take(work(task)));
    }
    let tasks = Mutex::new(tasks.enumerate());
    let permits = Permits::new(AHEAD * jobs);
    let (sender, results) = channel();
    thread::scope(|scope| {
        let _stop = StopOnDrop(&permits);
        for _ in 0..jobs {
            let (sender, tasks, permits, work) = (sender.clone(), &tasks, &permits, &work);
            scope.spawn(move || {
                // A panic must not leave the other threads waiting for permits.
                let stop = StopOnDrop(permits);
                while permits.acquire() {
                    let next = lock(tasks).next();
                    let Some((index, task)) = next else { break };
                    if sender.send((index, work(task))).is_err() {
                        break;
                    }
                }
                stop.unless_panicking();
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (index, result) in results {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&next) {
                next += 1;
                take(result)?;
                permits.release();
            }
        }
        Ok(())
    })
}

/// Permits to start a task.
struct Permits {
    /// The number of free permits; `None` after the stop.
    free: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Permits {
    fn new(count: usize) -> Self {
        Self { free: Mutex::new(Some(count)), changed: Condvar::new() }
    }

    /// Waits for a permit; returns false after the stop.
    fn acquire(&self) -> bool {
        let none_free = |free: &mut Option<usize>| *free == Some(0);
        let mut free = self.changed.wait_while(lock(&self.free), none_free).unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = free.as_mut() {
            *count -= 1;
        }
        free.is_some()
    }

    fn release(&self) {
        if let Some(count) = lock(&self.free).as_mut() {
            *count += 1;
        }
        self.changed.notify_one();
    }

    fn stop(&self) {
        *lock(&self.free) = None;
        self.changed.notify_all();
    }
}

/// Stops the start of tasks when it is dropped.
struct StopOnDrop<'a>(&'a Permits);

impl StopOnDrop<'_> {
    /// Forgets the guard: the thread has come to its end.
    fn unless_panicking(self) {
        std::mem::forget(self);
    }
}

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::process::failure::Failure;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        for jobs in [1, 2, 7] {
            let mut taken = Vec::new();
            let slow = |task: u64| {
                thread::sleep(Duration::from_micros(997 * (task % 5)));
                task * task
            };
            let take = |result| {
                taken.push(result);
                Ok(())
            };
            in_order(jobs, 0..100, slow, take).unwrap();
            assert_eq!(taken, (0..100).map(|task| task * task).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn few_tasks_are_in_memory() {
        let (started, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let tasks = (0..200).inspect(|_| {
            let ahead = started.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
            assert!(ahead <= AHEAD * 3, "{ahead} tasks are in memory");
        });
        let slow_take = |_| {
            taken.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_micros(300));
            Ok(())
        };
        in_order(3, tasks, |task: usize| task, slow_take).unwrap();
        assert_eq!(taken.into_inner(), 200);
    }

    #[test]
    fn an_error_ends_the_work() {
        let started = AtomicUsize::new(0);
        let tasks = (0..1_000_000).inspect(|_| {
            started.fetch_add(1, Ordering::SeqCst);
        });
        let take = |task| if task == 10 { Err(Failure::new("ten")) } else { Ok(()) };
        assert_eq!(in_order(2, tasks, |task| task, take).unwrap_err().to_string(), "ten");
        assert!(started.into_inner() < 100);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let work = |task| assert!(task != 5, "five");
        let outcome = std::panic::catch_unwind(|| in_order(2, 0..100, work, Ok));
        assert!(outcome.is_err());
    }
}
