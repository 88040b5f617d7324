//! Which maps share a buffer, and the memory of runs that are over.

use std::sync::{Mutex, PoisonError};

/// The steps during which a map is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives {
    start: usize,
    end: usize,
}

impl Lives {
    /// Of a map that no step needs.
    pub const NEVER: Self = Self { start: usize::MAX, end: 0 };

    /// The step of this index needs the map.
    pub fn at(&mut self, step: usize) {
        self.start = self.start.min(step);
        self.end = self.end.max(step + 1);
    }

    /// The map is needed when all steps are done.
    pub fn until_the_end(&mut self) {
        self.end = usize::MAX;
    }
}

/// For each map of these lengths its buffer, so that no two in one buffer are needed at one time;
/// the buffers' lengths besides.
pub(super) fn place(lengths: &[usize], lives: &[Lives]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&map| lives[map].start);
    // For each buffer its length and when it is free again.
    let mut buffers: Vec<(usize, usize)> = Vec::new();
    let mut taken = vec![0; lengths.len()];
    for map in order {
        let (Lives { start, end }, length) = (lives[map], lengths[map]);
        let free = (0..buffers.len()).filter(|&buffer| buffers[buffer].1 <= start);
        // The one that fits best; where all are too short, the longest.
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

/// The memory of runs that are over, for later ones. Runs of several threads go beside each other,
/// each with memory of its own.
pub(super) struct Idle<T>(Mutex<Vec<T>>);

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Idle<T> {
    /// Some that is idle, or what `make` gives.
    pub fn take(&self, make: impl FnOnce() -> T) -> T {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(make)
    }

    pub fn give_back(&self, memory: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}
