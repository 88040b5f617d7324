//! The last analyses of each track: what a correction is learned from. No pictures are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use zeroize::Zeroizing;

use crate::engine::Closing;
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
pub(super) struct State {
    tracks: BTreeMap<TrackId, Track>,
    /// The number of segments so far.
    segments: u64,
    closed: bool,
}

/// The analyses of a track.
#[derive(Default)]
pub(super) struct Track {
    pub current: Segment,
    /// The segment before it of the same user: what a person saw who speaks just after a change.
    pub previous: Option<Segment>,
}

/// An analysis of a track.
pub(super) struct Look {
    pub at_us: u64,
    /// The head's input.
    pub frame: Zeroizing<Vec<f32>>,
    /// The identity embedding.
    pub face: Zeroizing<Vec<f32>>,
    /// The vector of the speech that had a part in the answer.
    pub speech: Option<Zeroizing<Vec<f32>>>,
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
    /// Counts up over all segments of a session.
    pub serial: u64,
    pub shown: Shown,
    pub looks: VecDeque<Look>,
    /// The last correction that was learned from this segment.
    pub said: Option<Said>,
}

/// A correction that was learned from a segment.
#[derive(Clone, PartialEq)]
pub(super) struct Said {
    pub user: String,
    pub number: u32,
    /// The time of the newest analysis in it.
    pub until_us: u64,
}

impl Segment {
    /// Returns the correction that shares analyses with those that are kept.
    pub fn overlapping(&self) -> Option<&Said> {
        let oldest = self.looks.front()?.at_us;
        self.said.as_ref().filter(|said| Some(&said.user) == self.shown.user.as_ref() && oldest <= said.until_us)
    }

    fn trim(&mut self, now_us: u64) {
        let too_old = |look: &Look| now_us.saturating_sub(look.at_us) > KEPT_US;
        while self.looks.len() > MAX_KEPT || self.looks.front().is_some_and(too_old) {
            self.looks.pop_front();
        }
    }
}

impl Track {
    /// Returns the segment in which `shown` was shown, the current one by default.
    pub fn segment(&self, shown: impl Fn(&str) -> bool) -> Option<&Segment> {
        let was_shown = |segment: &&Segment| segment.shown.label.as_deref().is_some_and(&shown);
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(was_shown)
    }

    fn segments(&mut self) -> impl Iterator<Item = &mut Segment> {
        std::iter::once(&mut self.current).chain(&mut self.previous)
    }
}

impl Recent {
    /// Adds an analysis. `broken` says that the track may show somebody else than before.
    pub fn add(&self, track: TrackId, look: Look, shown: Shown, broken: bool) {
        let mut state = self.state();
        let State { tracks, segments, closed: false } = &mut *state else { return };
        let track = tracks.entry(track).or_default();
        if broken || track.current.shown != shown {
            *segments += 1;
            let same = !broken && shown.user.is_some() && track.current.shown.user == shown.user;
            let next = Segment { serial: *segments, shown, ..Segment::default() };
            let before = std::mem::replace(&mut track.current, next);
            track.previous = same.then_some(before);
        }
        let at_us = look.at_us;
        track.current.looks.push_back(look);
        track.current.trim(at_us);
    }

    /// Forgets what is too old at a time of the stream, in all tracks.
    pub fn trim(&self, now_us: u64) {
        for track in self.state().tracks.values_mut() {
            track.segments().for_each(|segment| segment.trim(now_us));
            track.previous.take_if(|segment| segment.looks.is_empty());
        }
    }

    /// Notes that a correction was learned from a segment, if that still exists.
    pub fn said(&self, track: TrackId, serial: u64, said: Said) {
        let mut state = self.state();
        let segments = state.tracks.get_mut(&track).into_iter().flat_map(Track::segments);
        segments.filter(|segment| segment.serial == serial).for_each(|segment| segment.said = Some(said.clone()));
    }

    /// Notes that a correction was taken back.
    pub fn unsaid(&self, user: &str, number: u32) {
        let mut state = self.state();
        for segment in state.tracks.values_mut().flat_map(Track::segments) {
            segment.said.take_if(|said| said.user == user && said.number == number);
        }
    }

    /// Returns what is told when the engine closes.
    pub fn watcher(&self) -> Weak<dyn Closing> {
        let state: Arc<dyn Closing> = self.state.clone();
        Arc::downgrade(&state)
    }

    /// Forgets a track that has ended.
    pub fn end(&self, track: TrackId) {
        self.state().tracks.remove(&track);
    }

    /// Forgets everything and takes no more.
    pub fn close(&self) {
        self.state().close();
    }

    /// Calls `work` with what is kept of a track; `None` if there is no such track.
    pub fn with<T>(&self, track: TrackId, work: impl FnOnce(&Track) -> T) -> Option<T> {
        self.state().tracks.get(&track).map(work)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn close(&mut self) {
        *self = Self { closed: true, ..Self::default() };
    }
}

impl Closing for Mutex<State> {
    fn engine_closed(&self) {
        self.lock().unwrap_or_else(PoisonError::into_inner).close();
    }

    fn user_deleted(&self, name: &str) {
        let is_theirs = |segment: &Segment| segment.shown.user.as_deref() == Some(name);
        for track in self.lock().unwrap_or_else(PoisonError::into_inner).tracks.values_mut() {
            track.previous.take_if(|segment| is_theirs(segment));
            if is_theirs(&track.current) {
                track.current.looks.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at_ms: u64) -> Look {
        Look {
            at_us: 1000 * at_ms,
            frame: Zeroizing::new(vec![at_ms as f32]),
            face: Zeroizing::new(vec![1.0]),
            speech: None,
        }
    }

    fn shown(user: &str, label: &str) -> Shown {
        Shown { settled: true, user: Some(user.to_owned()), label: Some(label.to_owned()) }
    }

    fn times(recent: &Recent, track: TrackId) -> Vec<u64> {
        recent.with(track, |track| times_of(&track.current)).unwrap_or_default()
    }

    fn times_of(segment: &Segment) -> Vec<u64> {
        segment.looks.iter().map(|look| look.at_us / 1000).collect()
    }

    #[test]
    fn what_was_shown_before_a_change_is_kept_for_the_same_user() {
        let recent = Recent::default();
        let add = |at_ms, user, label, broken| recent.add(TrackId(1), look(at_ms), shown(user, label), broken);
        let happy = || {
            let of = |track: &Track| track.segment(|label| label == "happy").map(times_of);
            recent.with(TrackId(1), of).flatten()
        };
        add(0, "Anna", "happy", false);
        add(100, "Anna", "happy", false);
        add(200, "Anna", "sad", false);
        assert_eq!(happy(), Some(vec![0, 100]), "whoever speaks now may mean these");
        recent.trim(3_050_000);
        assert_eq!(happy(), Some(vec![100]));
        recent.trim(3_150_000);
        assert_eq!(happy(), None);
        for (user, broken) in [("Ben", false), ("Anna", true)] {
            add(4000, "Anna", "happy", true);
            add(4100, user, "sad", broken);
            assert_eq!(happy(), None, "nobody knows whose they are");
        }
    }

    #[test]
    fn a_correction_belongs_to_its_segment_and_its_frames() {
        let recent = Recent::default();
        let add = |at_ms, label| recent.add(TrackId(1), look(at_ms), shown("Anna", label), false);
        let said =
            |user: &str, number, until_ms: u64| Said { user: user.to_owned(), number, until_us: 1000 * until_ms };
        let overlapping = || {
            let of = |track: &Track| track.current.overlapping().map(|said| said.number);
            recent.with(TrackId(1), of).flatten()
        };
        let serial = || recent.with(TrackId(1), |track| track.current.serial).unwrap();
        add(0, "happy");
        let first = serial();
        recent.said(TrackId(1), first, said("Anna", 1, 0));
        assert_eq!(overlapping(), Some(1));
        // Minutes later the same label is still shown, of which no frame was corrected.
        for at_ms in (500..=4000).step_by(500) {
            add(at_ms, "happy");
        }
        assert_eq!(overlapping(), None);
        // The worker began another segment while the correction was learned.
        add(4100, "sad");
        recent.said(TrackId(1), first, said("Anna", 2, 4000));
        assert_eq!(overlapping(), None);
        recent.said(TrackId(1), serial(), said("Ben", 1, 4100));
        assert_eq!(overlapping(), None, "numbers count per user");
        recent.said(TrackId(1), serial(), said("Anna", 3, 4100));
        recent.unsaid("Ben", 3);
        assert_eq!(overlapping(), Some(3));
        recent.unsaid("Anna", 3);
        assert_eq!(overlapping(), None);
    }

    #[test]
    fn a_closed_engine_and_a_deleted_user_leave_nothing() {
        let recent = Recent::default();
        recent.add(TrackId(1), look(0), shown("Anna", "happy"), false);
        recent.add(TrackId(1), look(100), shown("Anna", "sad"), false);
        recent.add(TrackId(2), look(100), shown("Ben", "sad"), false);
        let watcher = recent.watcher().upgrade().unwrap();
        watcher.user_deleted("Anna");
        assert!(times(&recent, TrackId(1)).is_empty() && times(&recent, TrackId(2)) == [100]);
        assert!(recent.with(TrackId(1), |track| track.previous.is_none()).unwrap());
        watcher.engine_closed();
        recent.add(TrackId(1), look(200), shown("Ben", "sad"), false);
        assert!(recent.with(TrackId(1), |_| ()).is_none() && recent.with(TrackId(2), |_| ()).is_none());
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
