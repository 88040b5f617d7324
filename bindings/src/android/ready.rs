//! The live sessions that have something to fetch, for one thread of the Java VM that serves them all.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::error::Result;
use crate::handles;

static READY: Ready = Ready { numbers: Mutex::new(VecDeque::new()), changed: Condvar::new() };

/// Numbers of live sessions. Each is there once at most for each time that it was found empty.
struct Ready {
    numbers: Mutex<VecDeque<u64>>,
    changed: Condvar,
}

impl Ready {
    fn add(&self, number: u64) {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).push_back(number);
        self.changed.notify_one();
    }

    fn next(&self) -> u64 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(number) = numbers.pop_front() {
                return number;
            }
            numbers = self.changed.wait(numbers).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Has the live session of a handle announced by [`next`] when it has something to fetch.
pub fn watch(handle: i64) -> Result<()> {
    handles::target(handle as u64)?.watch(|number| READY.add(number))
}

/// Waits, for as long as it takes, for a live session with something to fetch, and returns its handle.
pub fn next() -> i64 {
    READY.next() as i64
}
