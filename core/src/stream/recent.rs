//! The last analyses of each track: what a correction is learned from. No pictures are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::face::track::TrackId;

/// How far back a correction reaches, microseconds of stream time.
const KEPT_US: u64 = 3_000_000;

/// Maximum number of analyses kept per track.
const MAX_KEPT: usize = 64;

/// The last analyses of all tracks; a clone shares them. Vectors are overwritten when they go.
#[derive(Clone, Default)]
pub(super) struct Recent {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tracks: BTreeMap<TrackId, Segment>,
    closed: bool,
}

/// An analysis of a track.
pub(super) struct Look {
    pub at_us: u64,
    /// The head's input.
    pub frame: Zeroizing<Vec<f32>>,
    /// The identity embedding.
    pub face: Zeroizing<Vec<f32>>,
}

/// What was shown with an analysis.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Shown {
    /// Whether the identity is settled.
    pub settled: bool,
    /// The user, if it is settled to one.
    pub user: Option<String>,
    /// The label after hysteresis.
    pub label: Option<String>,
}

/// The analyses since what was shown last changed: an expression from before is not what a
/// correction means.
#[derive(Default)]
pub(super) struct Segment {
    pub shown: Shown,
    pub looks: VecDeque<Look>,
    /// The correction that was learned from this segment.
    pub correction: Option<u32>,
}

impl Recent {
    /// Adds an analysis. `broken` says that the track may show somebody else than before.
    pub fn add(&self, track: TrackId, look: Look, shown: Shown, broken: bool) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        let segment = state.tracks.entry(track).or_default();
        if broken || segment.shown != shown {
            *segment = Segment { shown, ..Segment::default() };
        }
        let at_us = look.at_us;
        segment.looks.push_back(look);
        let too_old = |look: &Look| at_us.saturating_sub(look.at_us) > KEPT_US;
        while segment.looks.len() > MAX_KEPT || segment.looks.front().is_some_and(too_old) {
            segment.looks.pop_front();
        }
    }

    /// Forgets a track that has ended.
    pub fn end(&self, track: TrackId) {
        self.state().tracks.remove(&track);
    }

    /// Forgets everything and takes no more.
    pub fn close(&self) {
        *self.state() = State { tracks: BTreeMap::new(), closed: true };
    }

    /// Calls `work` with the segment of a track; `None` if there is no such track.
    pub fn with<T>(&self, track: TrackId, work: impl FnOnce(&mut Segment) -> T) -> Option<T> {
        self.state().tracks.get_mut(&track).map(work)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at_ms: u64) -> Look {
        Look { at_us: 1000 * at_ms, frame: Zeroizing::new(vec![at_ms as f32]), face: Zeroizing::new(vec![1.0]) }
    }

    fn shown(user: &str, label: &str) -> Shown {
        Shown { settled: true, user: Some(user.to_owned()), label: Some(label.to_owned()) }
    }

    fn times(recent: &Recent, track: TrackId) -> Vec<u64> {
        recent.with(track, |segment| segment.looks.iter().map(|look| look.at_us / 1000).collect()).unwrap_or_default()
    }

    #[test]
    fn a_segment_begins_where_what_is_shown_changes() {
        let recent = Recent::default();
        let add = |at_ms, user, label, broken| recent.add(TrackId(1), look(at_ms), shown(user, label), broken);
        add(0, "Anna", "happy", false);
        add(100, "Anna", "happy", false);
        assert_eq!(times(&recent, TrackId(1)), [0, 100]);
        add(200, "Anna", "sad", false);
        add(300, "Anna", "sad", false);
        assert_eq!(times(&recent, TrackId(1)), [200, 300], "the happy frames are not what is contradicted");
        add(400, "Ben", "sad", false);
        assert_eq!(times(&recent, TrackId(1)), [400]);
        add(500, "Ben", "sad", true);
        assert_eq!(times(&recent, TrackId(1)), [500], "a scene may have changed");
        assert!(times(&recent, TrackId(2)).is_empty());
        recent.end(TrackId(1));
        assert!(recent.with(TrackId(1), |_| ()).is_none());
    }

    #[test]
    fn time_and_number_are_bounded_and_a_closed_session_keeps_nothing() {
        let recent = Recent::default();
        for step in 0..100 {
            recent.add(TrackId(1), look(100 * step), shown("Anna", "sad"), false);
        }
        assert_eq!(times(&recent, TrackId(1)), (69..100).map(|step| 100 * step).collect::<Vec<_>>());
        for step in 0..1000 {
            recent.add(TrackId(1), look(10_000 + step), shown("Anna", "sad"), false);
        }
        assert_eq!(times(&recent, TrackId(1)).len(), MAX_KEPT);
        recent.close();
        assert!(recent.with(TrackId(1), |_| ()).is_none());
        recent.add(TrackId(1), look(12_000), shown("Anna", "sad"), false);
        assert!(recent.with(TrackId(1), |_| ()).is_none());
    }
}
