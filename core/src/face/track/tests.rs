use std::collections::{HashMap, HashSet};

use mien_nn::math::{SplitMix64, dot};
use proptest::prelude::*;

use super::*;
use crate::error::fail;
use crate::face::align::ARCFACE;

const WIDTH: usize = 320;
const HEIGHT: usize = 240;
/// Time between two frames, in microseconds.
const FRAME_US: u64 = 33_000;

/// A person in an artificial scene.
#[derive(Clone, Copy)]
struct Actor {
    person: usize,
    x: f32,
    y: f32,
    size: f32,
    /// Whether the detector and the camera see the face; a hidden person is not drawn.
    visible: bool,
}

fn actor(person: usize, x: f32, y: f32) -> Actor {
    Actor { person, x, y, size: 60.0, visible: true }
}

impl Actor {
    fn face(&self) -> Face {
        let half = self.size / 2.0;
        let landmarks =
            ARCFACE.map(|[x, y]| [self.x - half + x * self.size / 112.0, self.y - half + y * self.size / 112.0]);
        let bounds = Rect { x: self.x - half, y: self.y - half, width: self.size, height: self.size };
        Face { bounds, landmarks, score: 0.9 }
    }

    /// The gray value of the person's face at a position in face sides from its center.
    fn texture(&self, u: f32, v: f32) -> f32 {
        let (p, turn) = (self.person as f32, std::f32::consts::TAU);
        let wave = (turn * (u * (1.3 + 0.5 * p) + 0.2 * p)).sin() * (turn * (v * (1.1 + 0.7 * p))).cos();
        // Weaker toward the rim, so that the face does not repeat itself.
        130.0 + 70.0 * wave * (1.0 - 1.4 * (u * u + v * v)) + 15.0 * v + 30.0 * (turn * (u + v) * (0.7 + 0.2 * p)).sin()
    }
}

/// Draws `actors` over a `background`, the last one in front.
fn picture(actors: &[Actor], background: u8) -> Vec<u8> {
    let mut pixels = vec![background; WIDTH * HEIGHT];
    for actor in actors.iter().filter(|actor| actor.visible) {
        for (index, pixel) in pixels.iter_mut().enumerate() {
            let u = ((index % WIDTH) as f32 + 0.5 - actor.x) / actor.size;
            let v = ((index / WIDTH) as f32 + 0.5 - actor.y) / actor.size;
            if u.abs() < 0.5 && v.abs() < 0.5 {
                *pixel = actor.texture(u, v).clamp(0.0, 255.0) as u8;
            }
        }
    }
    pixels
}

/// The embedding of a person: a unit vector.
fn embedding(person: usize) -> Vec<f32> {
    (0..8).map(|index| f32::from(u8::from(index == person))).collect()
}

fn verdict(a: &[f32], b: &[f32]) -> (f32, Verdict) {
    let similarity = dot(a, b);
    let verdict = match similarity {
        s if s >= 0.66 => Verdict::Same,
        s if s >= 0.46 => Verdict::Unclear,
        _ => Verdict::Other,
    };
    (similarity, verdict)
}

/// A detector and identity network that know the truth.
struct Truth<'a> {
    actors: &'a [Actor],
    detections: usize,
    parts: usize,
    embeddings: usize,
}

impl Truth<'_> {
    /// Returns the person at the position of `face`, the one in front.
    fn person_at(&self, face: &Face) -> Option<usize> {
        let [x, y] = face.bounds.center();
        let near = |actor: &&Actor| actor.visible && (actor.x - x).hypot(actor.y - y) < actor.size / 4.0;
        self.actors.iter().rev().find(near).map(|actor| actor.person)
    }
}

impl Sight for Truth<'_> {
    fn detect(&mut self) -> Result<Vec<Face>> {
        self.detections += 1;
        let mut found: Vec<Face> = Vec::new();
        // A face behind another one is not detected.
        for actor in self.actors.iter().rev().filter(|actor| actor.visible) {
            let face = actor.face();
            if found.iter().all(|other| other.bounds.overlap(&face.bounds) < 0.3) {
                found.push(face);
            }
        }
        Ok(found)
    }

    fn detect_around(&mut self, region: &Rect) -> Result<Look> {
        let mut faces = self.detect()?;
        // Like the detector: a part has half of the frame's length.
        let whole = region.width.max(region.height) > WIDTH as f32 / 2.0;
        if !whole {
            self.parts += 1;
            faces.retain(|face| region.overlap(&face.bounds) > 0.0);
        }
        Ok(Look { faces, whole })
    }

    fn embed(&mut self, face: &Face) -> Result<Vec<f32>> {
        self.embeddings += 1;
        Ok(embedding(self.person_at(face).unwrap_or(7)))
    }

    fn compare(&self, a: &[f32], b: &[f32]) -> (f32, Verdict) {
        verdict(a, b)
    }
}

/// A tracker with everything that it reported.
struct Scene {
    tracker: Tracker,
    now_us: u64,
    detections: usize,
    parts: usize,
    embeddings: usize,
    changes: Vec<(TrackId, Change)>,
    people: HashMap<TrackId, usize>,
}

impl Scene {
    fn new() -> Self {
        Self::with(TrackerOptions { detect_within_us: MAX_TIME_US, ..TrackerOptions::default() })
    }

    fn with(options: TrackerOptions) -> Self {
        let tracker = Tracker::new(options).unwrap();
        let (changes, people) = (Vec::new(), HashMap::new());
        Self { tracker, now_us: 0, detections: 0, parts: 0, embeddings: 0, changes, people }
    }

    /// Shows the next frame; asserts that no id is ever given to two people.
    fn show(&mut self, actors: &[Actor], cut: bool) -> Step {
        let pixels = picture(actors, if cut { 200 } else { 60 });
        let frame = Frame::gray8(&pixels, WIDTH, HEIGHT, WIDTH).unwrap();
        let mut truth = Truth { actors, detections: 0, parts: 0, embeddings: 0 };
        let step = self.tracker.step(&frame, self.now_us, cut, &mut truth).unwrap();
        self.now_us += FRAME_US;
        self.detections += truth.detections;
        self.parts += truth.parts;
        self.embeddings += truth.embeddings;
        self.changes.extend(&step.changes);
        for tracked in &step.faces {
            if let Some(person) = truth.person_at(&tracked.face) {
                assert_eq!(*self.people.entry(tracked.id).or_insert(person), person, "{} is two people", tracked.id);
                self.tracker.learn(tracked.id, &embedding(person), 1.0);
            }
        }
        step
    }

    fn count(&self, change: Change) -> usize {
        self.changes.iter().filter(|(_, other)| *other == change).count()
    }
}

fn ids(step: &Step) -> Vec<u64> {
    step.faces.iter().map(|tracked| tracked.id.0).collect()
}

#[test]
fn a_moving_face_is_one_track_and_seldom_detected() {
    let mut scene = Scene::new();
    for index in 0..60 {
        let t = index as f32;
        let one = Actor { size: 60.0 + 0.2 * t, ..actor(0, 60.0 + 3.0 * t, 120.0 + 20.0 * (0.2 * t).sin()) };
        let step = scene.show(&[one], false);
        assert_eq!(ids(&step), [1]);
        let error = landmark_distance(&step.faces[0].face, &one.face());
        assert!(error < 2.0, "frame {index}: {error} pixels off");
    }
    assert_eq!((scene.detections, scene.parts, scene.embeddings), (12, 6, 0));
    assert_eq!(scene.changes, [(TrackId(1), Change::Began)]);
}

#[test]
fn a_new_face_is_found_when_the_whole_frame_is_looked_at_next() {
    let mut scene = Scene::new();
    let (one, two) = (actor(0, 80.0, 120.0), actor(1, 240.0, 120.0));
    let seen: Vec<usize> = (0..14)
        .map(|index| {
            let actors = if index < 3 { vec![one] } else { vec![one, two] };
            scene.show(&actors, false).faces.len()
        })
        .collect();
    // The detector runs at frames 0, 5 and 10; at 5 only around the first face.
    assert_eq!(seen, [vec![1; 10], vec![2; 4]].concat());
    assert_eq!((scene.detections, scene.parts), (3, 1));
}

#[test]
fn faces_far_apart_are_looked_for_in_the_whole_frame() {
    let mut scene = Scene::new();
    let actors = [30.0, 290.0].map(|x| Actor { size: 40.0, ..actor(x as usize % 2, x, 120.0) });
    for _ in 0..12 {
        scene.show(&actors, false);
    }
    assert_eq!((scene.detections, scene.parts), (3, 0));
}

#[test]
fn crossing_people_keep_their_ids() {
    for closest in [0.0, 25.0, 45.0] {
        let mut scene = Scene::new();
        for index in 0..90 {
            let t = index as f32 / 89.0;
            // The person behind is hidden while the two overlap.
            let back = actor(0, 50.0 + 220.0 * t, 110.0);
            let front = actor(1, 270.0 - 220.0 * t, 110.0 + closest);
            scene.show(&[back, front], false);
        }
        assert_eq!(scene.count(Change::Began), 2, "closest {closest}: {:?}", scene.changes);
        assert_eq!(scene.count(Change::Ended), 0);
    }
}

#[test]
fn a_face_hidden_for_less_than_two_seconds_comes_back_under_its_id() {
    let mut scene = Scene::new();
    for index in 0..130 {
        let hidden = (40..98).contains(&index);
        let one = Actor { visible: !hidden, ..actor(0, 100.0 + 0.5 * index as f32, 120.0) };
        let step = scene.show(&[one], false);
        assert_eq!(
            step.faces.is_empty(),
            (40..100).contains(&index) && hidden || index == 98 || index == 99,
            "{index}"
        );
    }
    assert_eq!(scene.changes, [(TrackId(1), Change::Began), (TrackId(1), Change::Lost)]);
}

#[test]
fn a_face_that_returns_says_that_it_returned() {
    let mut scene = Scene::new();
    let mut breaks = Vec::new();
    for index in 0..60 {
        let one = Actor { visible: !(20..40).contains(&index), ..actor(0, 100.0, 120.0) };
        breaks.extend(scene.show(&[one], false).faces.first().and_then(|tracked| tracked.broken));
    }
    assert_eq!(breaks, [Break::Return]);
}

#[test]
fn a_face_hidden_for_longer_is_a_new_track() {
    let mut scene = Scene::new();
    for index in 0..140 {
        let one = Actor { visible: !(30..100).contains(&index), ..actor(0, 100.0, 120.0) };
        scene.show(&[one], false);
    }
    let expected = [(1, Change::Began), (1, Change::Lost), (1, Change::Ended), (2, Change::Began)];
    assert_eq!(scene.changes, expected.map(|(id, change)| (TrackId(id), change)));
}

#[test]
fn somebody_else_in_the_same_place_is_a_new_track() {
    for gap in [0, 1, 10, 40] {
        let mut scene = Scene::new();
        for index in 0..100 {
            let person = usize::from(index >= 40);
            let one = Actor { visible: !(40..40 + gap).contains(&index), ..actor(person, 150.0, 120.0) };
            scene.show(&[one], false);
        }
        assert_eq!(scene.count(Change::Began), 2, "gap {gap}: {:?}", scene.changes);
    }
}

#[test]
fn a_cut_to_somebody_else_is_a_new_track_at_once() {
    let mut scene = Scene::new();
    for index in 0..30 {
        let step = scene.show(&[actor(usize::from(index >= 17), 150.0, 120.0)], index == 17);
        assert_eq!(ids(&step), [if index < 17 { 1 } else { 2 }], "frame {index}");
    }
}

#[test]
fn a_cut_to_the_same_person_elsewhere_goes_on() {
    let mut scene = Scene::new();
    for index in 0..30 {
        let x = if index < 17 { 80.0 } else { 240.0 };
        let step = scene.show(&[actor(0, x, 120.0)], index == 17);
        assert_eq!(ids(&step), [1], "frame {index}");
        assert_eq!(step.faces[0].broken.is_some(), index == 17);
    }
}

#[test]
fn a_gap_in_time_is_a_break() {
    let mut scene = Scene::new();
    scene.show(&[actor(0, 150.0, 120.0)], false);
    scene.now_us += LONGEST_GAP_US;
    assert_eq!(ids(&scene.show(&[actor(1, 150.0, 120.0)], false)), [2]);
}

#[test]
fn a_jump_is_looked_at_closely() {
    let mut scene = Scene::new();
    for index in 0..20 {
        let x = if index < 12 { 100.0 } else { 150.0 };
        let step = scene.show(&[actor(0, x, 120.0)], false);
        assert_eq!(ids(&step), [1], "frame {index}");
        assert_eq!(step.faces[0].broken.is_some(), index == 12, "frame {index}");
    }
    assert!(scene.embeddings > 0);
}

#[test]
fn people_enter_and_leave() {
    let mut scene = Scene::new();
    for index in 0..300 {
        let x = -40.0 + 4.0 * (index % 100) as f32;
        let one = Actor { visible: (10.0..310.0).contains(&x), ..actor(index / 100, x, 120.0) };
        let step = scene.show(&[one], false);
        assert!(step.faces.len() <= 1);
    }
    assert_eq!(scene.count(Change::Began), 3, "{:?}", scene.changes);
    for _ in 0..70 {
        scene.show(&[], false);
    }
    assert_eq!(scene.count(Change::Ended), 3);
    assert!(scene.tracker.tracks.is_empty());
}

#[test]
fn no_more_than_max_faces_are_followed() {
    let mut scene = Scene::with(TrackerOptions { max_faces: 2, ..TrackerOptions::default() });
    let people: Vec<Actor> = (0..4).map(|person| actor(person, 40.0 + 75.0 * person as f32, 120.0)).collect();
    for _ in 0..12 {
        assert_eq!(ids(&scene.show(&people, false)), [1, 2]);
    }
}

#[test]
fn a_replaced_track_has_a_new_id_and_no_looks() {
    let mut scene = Scene::new();
    scene.show(&[actor(0, 150.0, 120.0)], false);
    let mut truth = Truth { actors: &[], detections: 0, parts: 0, embeddings: 0 };
    assert_eq!(scene.tracker.compare(TrackId(1), &embedding(0), &truth), Some(Verdict::Same));
    assert_eq!(scene.tracker.replace(TrackId(1)), Some(TrackId(2)));
    assert_eq!(scene.tracker.compare(TrackId(2), &embedding(0), &truth), None);
    assert_eq!(scene.tracker.replace(TrackId(1)), None);
    assert!(truth.detect().unwrap().is_empty());
}

#[test]
fn options_out_of_range_are_refused() {
    let default = TrackerOptions::default();
    for options in [
        TrackerOptions { max_faces: 0, ..default },
        TrackerOptions { max_faces: 33, ..default },
        TrackerOptions { detect_every: 0, ..default },
        TrackerOptions { lost_us: MAX_TIME_US + 1, ..default },
        TrackerOptions { begin_score: f32::NAN, ..default },
    ] {
        assert!(Tracker::new(options).is_err(), "{options:?}");
    }
}

/// A detector and an identity network with arbitrary answers.
struct Noise(SplitMix64);

impl Sight for Noise {
    fn detect(&mut self) -> Result<Vec<Face>> {
        if self.0.below(10) == 0 {
            fail!(Internal, "the network failed");
        }
        let count = self.0.below(9);
        Ok((0..count)
            .map(|_| {
                let mut place = |n: usize| self.0.below(n) as f32;
                let (x, y, size) = (place(WIDTH), place(HEIGHT), 10.0 + place(80));
                Face { score: 0.6 + 0.04 * place(10), ..Actor { size, ..actor(0, x, y) }.face() }
            })
            .collect())
    }

    fn detect_around(&mut self, _: &Rect) -> Result<Look> {
        Ok(Look { faces: self.detect()?, whole: self.0.below(2) == 0 })
    }

    fn embed(&mut self, _: &Face) -> Result<Vec<f32>> {
        Ok(embedding(self.0.below(4)))
    }

    fn compare(&self, a: &[f32], b: &[f32]) -> (f32, Verdict) {
        verdict(a, b)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn whatever_the_networks_say_ids_are_unique_and_memory_is_bounded(seed: u64, max in 1usize..5) {
        let options = TrackerOptions { max_faces: max, ..TrackerOptions::default() };
        let (mut tracker, mut noise) = (Tracker::new(options).unwrap(), Noise(SplitMix64::new(seed)));
        let mut rng = SplitMix64::new(seed ^ 1);
        let (mut now_us, mut begun, mut ended) = (0, HashSet::new(), HashSet::new());
        let pictures = [0, 1].map(|p| picture(&[actor(p, 100.0, 100.0), actor(p + 2, 220.0, 120.0)], 60));
        for _ in 0..60 {
            now_us += 1 + rng.below(400_000) as u64;
            let frame = Frame::gray8(&pictures[rng.below(2)], WIDTH, HEIGHT, WIDTH).unwrap();
            let Ok(step) = tracker.step(&frame, now_us, rng.below(12) == 0, &mut noise) else { continue };
            for (id, change) in &step.changes {
                match change {
                    Change::Began => prop_assert!(begun.insert(*id), "{id} began twice"),
                    Change::Ended => prop_assert!(ended.insert(*id), "{id} ended twice"),
                    Change::Lost => {}
                }
            }
            let seen: Vec<TrackId> = step.faces.iter().map(|tracked| tracked.id).collect();
            prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "sorted, no id twice: {seen:?}");
            prop_assert!(seen.iter().all(|id| begun.contains(id) && !ended.contains(id)));
            prop_assert!(seen.len() <= max && tracker.tracks.len() <= 2 * max, "{}", tracker.tracks.len());
            for id in seen {
                tracker.learn(id, &embedding(rng.below(4)), 1.0);
                if rng.below(10) == 0 {
                    ended.insert(id);
                    prop_assert!(begun.insert(tracker.replace(id).unwrap()));
                }
            }
        }
    }
}
