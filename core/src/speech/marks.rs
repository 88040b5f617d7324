//! What is doubtful about samples, kept until the frames that use them are complete.

use std::collections::VecDeque;

use super::HOP;
use super::frame::FrameDoubts;

/// Number of hops between a sample that comes in and the frame that uses it: 0.64 s, more than the latency of the
/// resampler, the window and the pitch.
const HOPS: usize = 64;

/// Doubts about the newest hops of the 16 kHz samples, in order.
#[derive(Debug)]
pub struct MarkedHops {
    hops: VecDeque<FrameDoubts>,
    /// Index of the first hop.
    first: u64,
}

impl MarkedHops {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self { hops: VecDeque::with_capacity(HOPS), first: 0 }
    }

    /// Forgets all marks; the next sample has index 0.
    pub fn clear(&mut self) {
        self.hops.clear();
        self.first = 0;
    }

    /// Adds `doubts` to the hop of the sample `index`; earlier hops than the kept ones are ignored.
    pub fn mark(&mut self, index: u64, doubts: FrameDoubts) {
        let hop = index / HOP as u64;
        while self.first + self.hops.len() as u64 <= hop {
            if self.hops.len() == HOPS {
                self.hops.pop_front();
                self.first += 1;
            }
            self.hops.push_back(FrameDoubts::NONE);
        }
        if let Some(at) = hop.checked_sub(self.first) {
            self.hops[at as usize] = self.hops[at as usize].or(doubts);
        }
    }

    /// Returns what is doubtful about `count` hops from the hop `first` on, and forgets the ones before.
    pub fn take(&mut self, first: u64, count: usize) -> FrameDoubts {
        while self.first < first && self.hops.pop_front().is_some() {
            self.first += 1;
        }
        let skipped = first.saturating_sub(self.first) as usize;
        self.hops.iter().skip(skipped).take(count).fold(FrameDoubts::NONE, |all, doubts| all.or(*doubts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIPPED: FrameDoubts = FrameDoubts { clipped: true, damaged: false, filled: false };

    #[test]
    fn a_mark_belongs_to_its_hop_until_it_is_passed() {
        let mut hops = MarkedHops::new();
        hops.mark(2 * HOP as u64 + 5, CLIPPED);
        assert_eq!(hops.take(0, 2), FrameDoubts::NONE);
        assert_eq!(hops.take(0, 3), CLIPPED);
        assert_eq!(hops.take(2, 1), CLIPPED);
        assert_eq!(hops.take(3, 9), FrameDoubts::NONE);
        hops.mark(0, CLIPPED);
        assert_eq!(hops.take(3, 9), FrameDoubts::NONE, "the past is past");
    }

    #[test]
    fn memory_is_bounded() {
        let mut hops = MarkedHops::new();
        let capacity = hops.hops.capacity();
        for hop in 0..10_000u64 {
            hops.mark(hop * HOP as u64, if hop == 9_990 { CLIPPED } else { FrameDoubts::NONE });
        }
        assert_eq!(hops.hops.capacity(), capacity);
        assert_eq!((hops.take(9_989, 1), hops.take(9_990, 1)), (FrameDoubts::NONE, CLIPPED));
    }
}
