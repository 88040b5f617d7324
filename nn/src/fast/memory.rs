//! Assignment of maps to shared buffers, and reuse of memory between runs.

use std::sync::{Mutex, PoisonError};

/// The steps during which a map is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives {
    start: usize,
    end: usize,
}

impl Lives {
    /// The lifetime of a map that no step needs.
    pub const NEVER: Self = Self { start: usize::MAX, end: 0 };

    /// Extends the lifetime to the given step.
    pub fn at(&mut self, step: usize) {
        self.start = self.start.min(step);
        self.end = self.end.max(step + 1);
    }

    /// Extends the lifetime beyond the last step.
    pub fn until_the_end(&mut self) {
        self.end = usize::MAX;
    }
}

/// Assigns a buffer to each map of these lengths, so that no two maps in one buffer are needed at
/// the same time. Returns the buffer of each map and the length of each buffer.
pub(super) fn place(lengths: &[usize], lives: &[Lives]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&map| lives[map].start);
    // For each buffer, its length and the step from which it is free.
    let mut buffers: Vec<(usize, usize)> = Vec::new();
    let mut taken = vec![0; lengths.len()];
    for map in order {
        let (Lives { start, end }, length) = (lives[map], lengths[map]);
        let free = (0..buffers.len()).filter(|&buffer| buffers[buffer].1 <= start);
        // The buffer that fits best; if all are too short, the longest.
        let best = free.min_by_key(|&buffer| {
            let room = buffers[buffer].0;
            (room < length, room.abs_diff(length))
        });
        let buffer = best.unwrap_or_else(|| {
            buffers.push((0, 0));
            buffers.len() - 1
        });
        buffers[buffer] = (buffers[buffer].0.max(length), end);
        taken[map] = buffer;
    }
    (taken, buffers.into_iter().map(|(length, _)| length).collect())
}

/// Memory of finished runs, for later ones. Concurrent runs have separate memory.
pub(super) struct Idle<T>(Mutex<Vec<T>>);

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Idle<T> {
    /// Returns idle memory, or the result of `make` if there is none.
    pub fn take(&self, make: impl FnOnce() -> T) -> T {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(make)
    }

    pub fn give_back(&self, memory: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}
