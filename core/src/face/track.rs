//! Tracks of faces over time: each track is one person, and its id is never reused.
//!
//! The detector runs every few frames, or at once if a track is in doubt; in between, each face is
//! followed by its gray patch, which is about forty times cheaper. While no track is in doubt,
//! every other detection covers only the area around the followed faces, if that fits into a
//! quarter of the frame. Each detection is matched to the nearest track by overlap, landmarks and
//! predicted motion. The nearest pairs are matched first (greedily): suppression leaves no two
//! detections of one face, so a near pair rarely has a rival. If it has one, the similarity of the
//! embeddings decides and not the geometry, which an optimal joint assignment would only weigh more
//! finely.
//!
//! Position alone is never trusted after a break: a scene cut, a gap in time, a jump, two faces
//! meeting, or a lost face. Then a detection continues a track only if the embeddings show the same
//! person; otherwise the track stays lost, and a new one begins.

use std::collections::VecDeque;

use super::detect::Look;
use super::follow::Follower;
use super::{Face, Rect};
use crate::embedding::mean_embedding;
use crate::error::Result;
use crate::frame::Frame;
use crate::options;
use crate::options::Ranges;

/// Identifies a track within its session; counts from 1 and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct TrackId(pub u64);

impl std::fmt::Display for TrackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

options! {
    /// Options of the tracker, which follows faces from frame to frame.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct TrackerOptions {
        /// Maximum number of faces that are followed at a time; as many lost faces are remembered.
        pub max_faces: usize = 4, in 1..=32;
        /// The detector runs on every n-th frame; every other time it runs only around the followed faces, so a new face may wait
        /// twice as long.
        pub detect_every: u32 = 5, in 1..=1000;
        /// Maximum time between detections if frames come slowly, microseconds.
        pub detect_within_us: u64 = 200_000, in ..=MAX_TIME_US;
        /// Time that an unseen face is remembered, microseconds.
        pub lost_us: u64 = 2_000_000, in ..=MAX_TIME_US;
        /// Minimum detection score of a new track; an old one continues with any detection.
        pub begin_score: f32 = 0.7, in 0.0..=1.0;
    }
}

/// The maximum of time options, in microseconds.
pub(crate) const MAX_TIME_US: u64 = 60_000_000;

impl TrackerOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption`, naming the option that is out of range.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()
    }
}

/// The result of a comparison of two embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same person.
    Same,
    /// Neither clearly the same person nor clearly another.
    Unclear,
    /// Another person.
    Other,
}

/// The networks' view of the current frame, as a tracker needs it.
pub trait Sight {
    /// Returns all faces of the frame, best score first.
    ///
    /// # Errors
    /// The errors of the detector.
    fn detect(&mut self) -> Result<Vec<Face>>;

    /// Returns at least the faces in `region`, in upright frame pixels, best score first.
    ///
    /// # Errors
    /// The errors of the detector.
    fn detect_around(&mut self, region: &Rect) -> Result<Look>;

    /// Returns the embedding of `face`, of length 1.
    ///
    /// # Errors
    /// The errors of the identity network.
    fn embed(&mut self, face: &Face) -> Result<Vec<f32>>;

    /// Returns the cosine of two embeddings and the verdict on it.
    fn compare(&self, a: &[f32], b: &[f32]) -> (f32, Verdict);
}

/// A change of a track at a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new face appeared.
    Began,
    /// The face is no longer seen, but remembered.
    Lost,
    /// The face is forgotten and its id retired.
    Ended,
}

/// The reason why a track's identity is in question at a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The face jumped, changed its appearance, met another face or was lost by its follower.
    Doubt,
    /// The face returned or the scene was cut, and the embedding matched the track.
    Return,
}

/// A face that a tracker sees in the current frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// The track.
    pub id: TrackId,
    /// The face, as detected or as followed.
    pub face: Face,
    /// Whether it was detected at this frame.
    pub detected: bool,
    /// Why the identity must be checked again, if it must.
    pub broken: Option<Break>,
    /// The face's embedding, if the tracker computed it.
    pub embedding: Option<Vec<f32>>,
}

/// The tracks after a frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// The visible faces, by track id.
    pub faces: Vec<Tracked>,
    /// The changes, in order.
    pub changes: Vec<(TrackId, Change)>,
    /// Whether the detector ran.
    pub detected: bool,
}

/// Tracks several faces through a stream. Memory is bounded by twice [`TrackerOptions::max_faces`]
/// tracks of about 40 KB each.
pub struct Tracker {
    options: TrackerOptions,
    tracks: Vec<Track>,
    last_id: u64,
    at_us: Option<u64>,
    detected_at_us: Option<u64>,
    frames_since_detection: u32,
    /// Whether the last detection covered only a part of the frame.
    looked_at_part: bool,
    /// How many times less often the detector runs than the options say.
    rarer_detection: u32,
}

/// One person, to the tracker's knowledge.
struct Track {
    id: TrackId,
    face: Face,
    follower: Option<Follower>,
    /// The follower's last correlation.
    correlation: f32,
    motion: Motion,
    /// When it was last seen, by a detection or by a trusted follower.
    seen_us: u64,
    detected_us: u64,
    state: State,
    /// Whether another face is so near that the two may be confused.
    meeting: bool,
    appearance: Appearance,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Followed without doubt.
    Sure,
    /// May be somebody else: a jump, a poor correlation, or another face in the way.
    Doubtful,
    /// The follower lost it at this frame.
    Missed,
    /// Not seen at present.
    Lost,
}

/// A follower below this correlation triggers a detection.
const DOUBTFUL_CORRELATION: f32 = 0.75;
/// So does a drop of the correlation by more than this from one frame to the next: two faces may
/// correlate well, but one person's appearance does not change within a frame.
const SUDDEN_CHANGE: f32 = 0.12;
/// A follower below this correlation is not trusted.
const MIN_CORRELATION: f32 = 0.5;
/// The same limit for a face at the frame's rim: the rim is part of its patch and does not move.
const MIN_AT_RIM: f32 = 0.9;
/// How long a good follower is trusted without a detection, in microseconds.
const PATIENCE_US: u64 = 600_000;
/// Frames further apart than this break every track, in microseconds.
const LONGEST_GAP_US: u64 = 500_000;
/// A face that was lost for less than this may return without a clear match, in microseconds.
const SHORT_LOSS_US: u64 = 500_000;
/// A center this many box sides from its predicted position has jumped.
const JUMP: f32 = 0.35;
/// So has a box that grows or shrinks by more than this factor between frames.
const JUMP_IN_SIZE: f32 = 1.3;
/// Faces with boxes that overlap by more than this may be confused.
const MEETING: f32 = 0.15;
/// The margin around the followed faces in a partial detection, in box sides.
const MARGIN: f32 = 0.25;
/// Rivals with a cost difference up to this are distinguished by their embeddings.
const AMBIGUOUS: f32 = 0.25;

impl Tracker {
    /// Creates a tracker without tracks.
    ///
    /// # Errors
    /// As [`TrackerOptions::check`].
    pub fn new(options: TrackerOptions) -> Result<Self> {
        options.check()?;
        let (tracks, at_us, detected_at_us) = (Vec::new(), None, None);
        let (last_id, frames_since_detection, looked_at_part) = (0, 0, false);
        Ok(Self {
            options,
            tracks,
            last_id,
            at_us,
            detected_at_us,
            frames_since_detection,
            looked_at_part,
            rarer_detection: 1,
        })
    }

    /// Processes the next frame, at the time `now_us`, which must be later than the previous one.
    /// `cut` says that the whole picture has changed, so that no follower is trusted.
    ///
    /// # Errors
    /// The errors of `sight`; the tracks are then as if only the followers had run.
    pub fn step(&mut self, frame: &Frame<'_>, now_us: u64, cut: bool, sight: &mut dyn Sight) -> Result<Step> {
        let elapsed_us = self.at_us.map_or(0, |at| now_us.saturating_sub(at));
        let broken = cut || elapsed_us > LONGEST_GAP_US;
        self.at_us = Some(now_us);
        self.frames_since_detection = self.frames_since_detection.saturating_add(1);
        self.follow(frame, now_us, elapsed_us, broken);
        let mut step = Step::default();
        if self.must_detect(now_us) {
            let detections = self.look(sight)?;
            self.detected_at_us = Some(now_us);
            self.frames_since_detection = 0;
            step.detected = true;
            self.associate(frame, now_us, broken, &detections, sight, &mut step)?;
        }
        self.lose(now_us, &mut step);
        self.report(now_us, &mut step);
        Ok(step)
    }

    /// Makes periodic detections `factor` times less often than the options say, to save work; a track in doubt still
    /// causes one at once. 0 counts as 1.
    pub fn detect_less_often(&mut self, factor: u32) {
        self.rarer_detection = factor.max(1);
    }

    /// Adds an embedding to the appearance of track `id`; `weight` is above 0 and grows with the
    /// picture's quality. Call it with good pictures only.
    pub fn learn(&mut self, id: TrackId, embedding: &[f32], weight: f32) {
        if let Some(track) = self.track_mut(id) {
            track.appearance.learn(embedding, weight);
        }
    }

    /// Compares `embedding` with the track's appearance so far; `None` if the track is unknown or
    /// has no appearance yet.
    pub fn compare(&self, id: TrackId, embedding: &[f32], sight: &dyn Sight) -> Option<Verdict> {
        let track = self.tracks.iter().find(|track| track.id == id)?;
        track.appearance.mean().map(|mean| sight.compare(&mean, embedding).1)
    }

    /// Assigns the face of track `id` to a new track, because it turned out to be another person.
    /// Returns `None` if there is no such track.
    pub fn replace(&mut self, id: TrackId) -> Option<TrackId> {
        let new = TrackId(self.last_id + 1);
        let track = self.track_mut(id)?;
        (track.id, track.appearance) = (new, Appearance::default());
        self.last_id = new.0;
        self.tracks.sort_by_key(|track| track.id);
        Some(new)
    }

    fn track_mut(&mut self, id: TrackId) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.id == id)
    }

    /// Moves every visible track by its follower.
    fn follow(&mut self, frame: &Frame<'_>, now_us: u64, elapsed_us: u64, broken: bool) {
        for track in self.tracks.iter_mut().filter(|track| track.state != State::Lost) {
            track.state = if broken { State::Missed } else { track.follow(frame, now_us, elapsed_us) };
        }
        for index in 0..self.tracks.len() {
            let track = &self.tracks[index];
            self.tracks[index].meeting = self.tracks.iter().any(|other| other.id != track.id && other.meets(track));
        }
    }

    fn must_detect(&self, now_us: u64) -> bool {
        let due = match self.detected_at_us {
            Some(at) => {
                now_us.saturating_sub(at)
                    >= self.options.detect_within_us.saturating_mul(u64::from(self.rarer_detection))
            }
            None => true,
        };
        let in_doubt = |track: &Track| matches!(track.state, State::Doubtful | State::Missed);
        due || self.frames_since_detection >= self.options.detect_every.saturating_mul(self.rarer_detection)
            || self.tracks.iter().any(in_doubt)
    }

    /// Detects faces, only around the followed ones if that is sufficient: the last detection
    /// covered the whole frame, and no track is in doubt, missed or lost.
    fn look(&mut self, sight: &mut dyn Sight) -> Result<Vec<Face>> {
        let sure = self.tracks.iter().all(|track| track.state == State::Sure);
        let region = self.followed_region().filter(|_| sure && !self.looked_at_part);
        let look = match region {
            Some(region) => sight.detect_around(&region)?,
            None => Look { faces: sight.detect()?, whole: true },
        };
        self.looked_at_part = !look.whole;
        Ok(look.faces)
    }

    /// Returns the region of all followed faces, with a margin.
    fn followed_region(&self) -> Option<Rect> {
        let around = |track: &Track| {
            let Rect { x, y, width, height } = track.face.bounds;
            let margin = MARGIN * width.max(height);
            [x - margin, y - margin, x + width + margin, y + height + margin]
        };
        let all = self
            .tracks
            .iter()
            .map(around)
            .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        all.map(|[left, top, right, bottom]| Rect { x: left, y: top, width: right - left, height: bottom - top })
    }

    /// Matches detections to tracks, and begins new tracks with the rest if the whole frame was
    /// searched: a face in a partial detection may be cut off.
    fn associate(
        &mut self,
        frame: &Frame<'_>,
        now_us: u64,
        broken: bool,
        detections: &[Face],
        sight: &mut dyn Sight,
        step: &mut Step,
    ) -> Result<()> {
        let mut embeddings: Vec<Option<Vec<f32>>> = vec![None; detections.len()];
        let mut given: Vec<Option<usize>> = vec![None; detections.len()];
        let mut pairs = self.near_pairs(now_us, broken, detections);
        mark_rivals(&mut pairs);
        for pair in pairs.iter_mut().filter(|pair| pair.proof != Proof::None) {
            let embedding = embedded(&mut embeddings, detections, pair.detection, sight)?;
            pair.weigh(&self.tracks[pair.track].appearance, &embedding, sight);
        }
        pairs.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let mut taken = vec![false; self.tracks.len()];
        let mut seen = self.tracks.iter().filter(|track| track.state != State::Lost).count();
        for pair in pairs.iter().filter(|pair| pair.allowed) {
            let returns = self.tracks[pair.track].state == State::Lost;
            let room = !returns || seen < self.options.max_faces;
            if given[pair.detection].is_some() || taken[pair.track] || !room {
                continue;
            }
            seen += usize::from(returns);
            given[pair.detection] = Some(pair.track);
            taken[pair.track] = true;
            let track = &mut self.tracks[pair.track];
            let broken = match track.state {
                State::Lost => Some(Break::Return),
                _ if broken => Some(Break::Return),
                State::Sure if pair.verdict == Verdict::Same => None,
                _ => Some(Break::Doubt),
            };
            track.detected(frame, now_us, detections[pair.detection]);
            let embedding = embeddings[pair.detection].clone();
            step.faces.push(Tracked { id: track.id, face: track.face, detected: true, broken, embedding });
        }
        for (index, face) in detections.iter().enumerate() {
            if given[index].is_none() && !self.looked_at_part {
                self.begin(frame, now_us, face, embeddings[index].take(), step);
            }
        }
        Ok(())
    }

    /// Returns the pairs of tracks and detections that are near enough to match.
    fn near_pairs(&self, now_us: u64, broken: bool, detections: &[Face]) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (track_index, track) in self.tracks.iter().enumerate() {
            for (detection, face) in detections.iter().enumerate() {
                if let Some((cost, proof)) = track.nearness(face, now_us, broken) {
                    let (allowed, verdict) = (proof == Proof::None, Verdict::Same);
                    pairs.push(Pair { track: track_index, detection, cost, proof, allowed, verdict });
                }
            }
        }
        pairs
    }

    /// Begins a track if there is room and the detection's score is sufficient.
    fn begin(&mut self, frame: &Frame<'_>, now_us: u64, face: &Face, embedding: Option<Vec<f32>>, step: &mut Step) {
        let seen = self.tracks.iter().filter(|track| matches!(track.state, State::Sure | State::Doubtful));
        let overlaps = |track: &Track| track.face.bounds.overlap(&face.bounds) > 0.5;
        if face.score < self.options.begin_score || seen.clone().count() >= self.options.max_faces {
            return;
        }
        // The detector may have moved a box; a track that is sure of its position keeps it.
        if seen.clone().any(|track| track.state == State::Sure && overlaps(track)) {
            return;
        }
        self.last_id += 1;
        let id = TrackId(self.last_id);
        self.tracks.push(Track::new(id, frame, now_us, *face));
        step.changes.push((id, Change::Began));
        step.faces.push(Tracked { id, face: *face, detected: true, broken: None, embedding });
    }

    /// Marks tracks as lost that were not seen, and ends tracks that were lost for too long.
    fn lose(&mut self, now_us: u64, step: &mut Step) {
        for track in self.tracks.iter_mut().filter(|track| track.state != State::Lost) {
            let stale = now_us.saturating_sub(track.detected_us) > PATIENCE_US && step.detected;
            let unproven = track.state == State::Doubtful && step.detected;
            if track.state == State::Missed || stale || unproven {
                track.state = State::Lost;
                track.follower = None;
                step.changes.push((track.id, Change::Lost));
            }
        }
        let lost = |track: &&Track| track.state == State::Lost;
        let mut lost_since: Vec<u64> = self.tracks.iter().filter(lost).map(|track| track.seen_us).collect();
        lost_since.sort_unstable_by(|a, b| b.cmp(a));
        let earliest = lost_since.get(self.options.max_faces - 1).copied().unwrap_or(0);
        let (mut room, max_us) = (self.options.max_faces, self.options.lost_us);
        self.tracks.retain(|track| {
            if track.state != State::Lost {
                return true;
            }
            let kept = now_us.saturating_sub(track.seen_us) <= max_us && track.seen_us >= earliest && room > 0;
            if kept {
                room -= 1;
            } else {
                step.changes.push((track.id, Change::Ended));
            }
            kept
        });
    }

    /// Lists the visible faces, by track id.
    fn report(&mut self, now_us: u64, step: &mut Step) {
        for track in self.tracks.iter().filter(|track| track.state != State::Lost) {
            if track.detected_us != now_us {
                let broken = (track.state == State::Doubtful).then_some(Break::Doubt);
                step.faces.push(Tracked { id: track.id, face: track.face, detected: false, broken, embedding: None });
            }
        }
        step.faces.sort_by_key(|tracked| tracked.id);
    }
}

impl Track {
    fn new(id: TrackId, frame: &Frame<'_>, now_us: u64, face: Face) -> Self {
        Self {
            id,
            face,
            follower: Follower::new(frame, face),
            correlation: 1.0,
            motion: Motion::default(),
            seen_us: now_us,
            detected_us: now_us,
            state: State::Sure,
            meeting: false,
            appearance: Appearance::default(),
        }
    }

    /// Moves the face by its follower, and returns how far the result is trusted.
    fn follow(&mut self, frame: &Frame<'_>, now_us: u64, elapsed_us: u64) -> State {
        let (shift, growth) = self.motion.expected(elapsed_us);
        let Some(found) = self.follower.as_mut().and_then(|follower| follower.follow(frame, shift, growth)) else {
            return State::Missed;
        };
        let frame_size = frame.upright_size();
        let min = if is_cut_off(&self.face.bounds, frame_size) { MIN_AT_RIM } else { MIN_CORRELATION };
        if found.correlation < min || !is_inside(&found.face.bounds, frame_size) {
            return State::Missed;
        }
        let jumped = jumped(&self.face.bounds, &found.face.bounds, shift, growth);
        let changed = found.correlation < DOUBTFUL_CORRELATION || found.correlation < self.correlation - SUDDEN_CHANGE;
        self.motion.observe(&self.face.bounds, &found.face.bounds, elapsed_us);
        (self.face, self.correlation, self.seen_us) = (found.face, found.correlation, now_us);
        if jumped || changed { State::Doubtful } else { State::Sure }
    }

    /// Updates the track with a detection.
    fn detected(&mut self, frame: &Frame<'_>, now_us: u64, face: Face) {
        if self.state == State::Lost {
            self.motion = Motion::default();
        }
        (self.follower, self.correlation) = (Follower::new(frame, face), 1.0);
        (self.face, self.seen_us, self.detected_us, self.state) = (face, now_us, now_us, State::Sure);
    }

    fn meets(&self, other: &Track) -> bool {
        let seen = |track: &Track| track.state != State::Lost;
        seen(self) && seen(other) && self.face.bounds.overlap(&other.face.bounds) > MEETING
    }

    /// Returns the distance of `face` from the track's predicted position, 0 to 1, and the proof
    /// that the match needs; `None` if it is out of reach.
    fn nearness(&self, face: &Face, now_us: u64, broken: bool) -> Option<(f32, Proof)> {
        let unseen_us = now_us.saturating_sub(self.seen_us);
        let (shift, _) = if self.state == State::Lost { self.motion.expected(unseen_us) } else { ([0.0; 2], 1.0) };
        let own = Face {
            bounds: moved(&self.face.bounds, shift),
            landmarks: self.face.landmarks.map(|[x, y]| [x + shift[0], y + shift[1]]),
            score: self.face.score,
        };
        let size = side(&own.bounds);
        let ratio = side(&face.bounds) / size;
        let overlap = own.bounds.overlap(&face.bounds);
        let distance = landmark_distance(&own, face) / size;
        // A face that the follower lost may be one side away (the frame's rim holds a follower
        // back), and an unseen face can move two sides per second. After a cut it may be anywhere.
        let reach = 1.0 + 2.0 * unseen_us as f32 / 1e6;
        if !broken && (distance > reach || !(0.5..=2.0).contains(&ratio)) {
            return None;
        }
        let cost = 0.5 * (1.0 - overlap) + 0.5 * distance.min(1.0);
        let short = unseen_us <= SHORT_LOSS_US && overlap >= 0.3;
        let proof = match self.state {
            State::Sure if overlap >= 0.3 && !self.meeting && !jumped(&own.bounds, &face.bounds, [0.0; 2], 1.0) => {
                Proof::None
            }
            _ if short && !broken => Proof::NotOther,
            _ => Proof::Same,
        };
        Some((cost, proof))
    }
}

/// The proof that a detection needs before it continues a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    /// None: the position is sufficient.
    None,
    /// The embeddings are not clearly of different people.
    NotOther,
    /// The embeddings are of the same person.
    Same,
}

/// A track and a detection that may match.
struct Pair {
    track: usize,
    detection: usize,
    /// 0 to 1 by geometry; pairs in doubt are ordered after all others, the most similar first.
    cost: f32,
    proof: Proof,
    allowed: bool,
    /// The verdict on the embeddings, if they were compared.
    verdict: Verdict,
}

impl Pair {
    fn weigh(&mut self, appearance: &Appearance, embedding: &[f32], sight: &dyn Sight) {
        let Some(mean) = appearance.mean() else {
            // Without an appearance, only the position can support the match.
            (self.allowed, self.verdict) = (self.proof == Proof::NotOther, Verdict::Unclear);
            self.cost += 3.0;
            return;
        };
        let (similarity, verdict) = sight.compare(&mean, embedding);
        self.allowed = match self.proof {
            Proof::None | Proof::NotOther => verdict != Verdict::Other,
            Proof::Same => verdict == Verdict::Same,
        };
        (self.cost, self.verdict) = (2.0 - similarity, verdict);
    }
}

/// Requires proof if two pairs that share a track or a detection are about equally near.
fn mark_rivals(pairs: &mut [Pair]) {
    for index in 0..pairs.len() {
        for other in 0..pairs.len() {
            let (a, b) = (&pairs[index], &pairs[other]);
            let share_one = (a.track == b.track) != (a.detection == b.detection);
            if share_one && (a.cost - b.cost).abs() < AMBIGUOUS {
                for rival in [index, other] {
                    pairs[rival].proof = pairs[rival].proof.max(Proof::NotOther);
                }
            }
        }
    }
}

/// Returns the embedding of a detection; computes it at most once.
fn embedded(
    embeddings: &mut [Option<Vec<f32>>],
    detections: &[Face],
    index: usize,
    sight: &mut dyn Sight,
) -> Result<Vec<f32>> {
    match &embeddings[index] {
        Some(embedding) => Ok(embedding.clone()),
        None => Ok(embeddings[index].insert(sight.embed(&detections[index])?).clone()),
    }
}

/// The mean of a track's last good embeddings.
#[derive(Default)]
struct Appearance {
    recent: VecDeque<(Vec<f32>, f32)>,
}

/// The number of embeddings that make up an appearance.
const REMEMBERED: usize = 6;

impl Appearance {
    fn learn(&mut self, embedding: &[f32], weight: f32) {
        self.recent.push_back((embedding.to_vec(), weight));
        while self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
    }

    fn mean(&self) -> Option<Vec<f32>> {
        mean_embedding(self.recent.iter().map(|(embedding, weight)| (embedding.as_slice(), *weight)))
    }
}

/// The velocity of a box: an alpha-beta filter with alpha 1, because a follower measures positions
/// well, and a beta that smooths the velocity.
#[derive(Debug, Clone, Copy, Default)]
struct Motion {
    /// Frame pixels per second.
    velocity: [f32; 2],
    /// Change of the logarithm of the size per second.
    growth: f32,
}

const BETA: f32 = 0.5;
/// Time constant of the slowing of an unseen face, in seconds.
const SLOWING: f32 = 0.3;

impl Motion {
    /// Returns the shift in pixels and the growth factor after `elapsed_us`.
    fn expected(&self, elapsed_us: u64) -> ([f32; 2], f32) {
        let seconds = elapsed_us as f32 / 1e6;
        let way = SLOWING * (1.0 - (-seconds / SLOWING).exp());
        (self.velocity.map(|velocity| velocity * way), (self.growth * way).exp().clamp(0.8, 1.25))
    }

    fn observe(&mut self, before: &Rect, after: &Rect, elapsed_us: u64) {
        let seconds = elapsed_us as f32 / 1e6;
        if seconds <= 0.0 {
            return;
        }
        let (from, to) = (before.center(), after.center());
        for axis in 0..2 {
            self.velocity[axis] += BETA * ((to[axis] - from[axis]) / seconds - self.velocity[axis]);
        }
        self.growth += BETA * ((side(after) / side(before)).ln() / seconds - self.growth);
    }
}

/// Whether a box is further from its predicted position than a face moves between two frames.
fn jumped(before: &Rect, after: &Rect, shift: [f32; 2], growth: f32) -> bool {
    let (from, to) = (before.center(), after.center());
    let distance = (to[0] - from[0] - shift[0]).hypot(to[1] - from[1] - shift[1]);
    let ratio = side(after) / (side(before) * growth);
    distance > JUMP * side(before) || !(1.0 / JUMP_IN_SIZE..=JUMP_IN_SIZE).contains(&ratio)
}

/// Whether the center of a box is inside the frame.
fn is_inside(bounds: &Rect, (width, height): (usize, usize)) -> bool {
    let [x, y] = bounds.center();
    (0.0..width as f32).contains(&x) && (0.0..height as f32).contains(&y)
}

/// Whether at least a sixth of a box is outside the frame.
fn is_cut_off(bounds: &Rect, (width, height): (usize, usize)) -> bool {
    let part = |from: f32, length: f32, limit: usize| ((from + length).min(limit as f32) - from.max(0.0)) / length;
    part(bounds.x, bounds.width, width).min(part(bounds.y, bounds.height, height)) < 5.0 / 6.0
}

/// Returns the side of the square of the same area.
fn side(bounds: &Rect) -> f32 {
    bounds.area().sqrt().max(1.0)
}

fn moved(bounds: &Rect, [dx, dy]: [f32; 2]) -> Rect {
    Rect { x: bounds.x + dx, y: bounds.y + dy, ..*bounds }
}

/// Returns the mean distance of the five landmarks in pixels.
fn landmark_distance(a: &Face, b: &Face) -> f32 {
    a.landmarks.iter().zip(&b.landmarks).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum::<f32>() / 5.0
}

#[cfg(test)]
mod tests;
