//! The people of a clip: which face of which frame is whose.

use mien_eval::drawing::Area;

use crate::draw::face::DrawnFace;

/// Overlap of two boxes from which on an unknown face continues a person.
const SAME: f32 = 0.3;
/// A person who was not seen for so many frames, or so many seconds, is not continued by an unknown face.
const MAX_FRAMES: usize = 3;
const MAX_SECONDS: f64 = 1.0;

/// A moment in which a person was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Number of the analyzed frame, from 0.
    pub frame: usize,
    /// Seconds since the start of the clip.
    pub time_s: f64,
    /// The probability of each class, in the order of the labels.
    pub shares: Vec<f32>,
}

impl Moment {
    /// The probability of a class.
    pub fn share(&self, class: usize) -> f32 {
        self.shares.get(class).copied().unwrap_or(0.0)
    }
}

/// A person of a clip.
pub struct Person {
    /// Name of the user; `None` for an unknown person.
    pub user: Option<String>,
    /// The moments in which the person was seen, in order.
    pub moments: Vec<Moment>,
    last_box: Area,
    last_seen: (usize, f64),
}

impl Person {
    /// Returns the moments without a gap of even one analyzed frame between them.
    pub fn stretches(&self) -> impl Iterator<Item = &[Moment]> {
        self.moments.chunk_by(|one, two| two.frame == one.frame + 1)
    }

    /// Returns the moment in which a class was most probable; of several, the middle one.
    pub fn peak(&self, class: usize) -> Option<&Moment> {
        let max = self.moments.iter().map(|moment| moment.share(class)).fold(0.0, f32::max);
        let near: Vec<_> = self.moments.iter().filter(|moment| moment.share(class) >= 0.97 * max).collect();
        near.get(near.len() / 2).copied()
    }
}

/// The people of a clip in the order of their appearance.
#[derive(Default)]
pub struct People {
    /// Everyone seen so far.
    pub people: Vec<Person>,
    /// The classes.
    pub labels: Vec<String>,
    /// Number of frames.
    pub frames: usize,
    /// Time of the last frame in seconds.
    pub end_s: f64,
}

impl People {
    /// Adds the faces of the next analyzed frame, at a time in seconds. A user's faces are the user's. An unknown face continues the person
    /// whose box it overlaps most, so that a user who turns away for a moment stays one person.
    pub fn add(&mut self, time_s: f64, faces: &[DrawnFace]) {
        let mut faces: Vec<_> = faces.iter().collect();
        faces.sort_by_key(|face| face.user.is_none());
        let mut taken = Vec::new();
        for face in faces {
            let place = self.continued(face, time_s, &taken).unwrap_or_else(|| {
                let (last_box, last_seen) = (face.bounds, (self.frames, time_s));
                self.people.push(Person { user: None, moments: Vec::new(), last_box, last_seen });
                self.people.len() - 1
            });
            taken.push(place);
            let shares = self.shares(face);
            let person = &mut self.people[place];
            person.user = person.user.take().or_else(|| face.user.clone());
            (person.last_box, person.last_seen) = (face.bounds, (self.frames, time_s));
            if let Some(shares) = shares {
                person.moments.push(Moment { frame: self.frames, time_s, shares });
            }
        }
        self.frames += 1;
        self.end_s = time_s;
    }

    /// Returns the people with their names, most seen first; unknown people are numbered if there are several.
    pub fn named(&self) -> Vec<(String, &Person)> {
        let unknown = self.people.iter().filter(|person| person.user.is_none()).count();
        let mut number = 0;
        let mut named: Vec<_> = self
            .people
            .iter()
            .map(|person| {
                number += usize::from(person.user.is_none());
                let name = match &person.user {
                    Some(user) => user.clone(),
                    None if unknown > 1 => format!("unknown person {number}"),
                    None => "unknown person".to_owned(),
                };
                (name, person)
            })
            .filter(|(_, person)| !person.moments.is_empty())
            .collect();
        named.sort_by_key(|(_, person)| std::cmp::Reverse(person.moments.len()));
        named
    }

    /// Returns the place of the person whom `face` continues.
    fn continued(&self, face: &DrawnFace, time_s: f64, taken: &[usize]) -> Option<usize> {
        let free = |place: &usize| !taken.contains(place);
        let own = face.user.is_some().then(|| self.people.iter().position(|person| person.user == face.user)).flatten();
        if let Some(place) = own.filter(free) {
            return Some(place);
        }
        let common = |place: usize| overlap(&self.people[place].last_box, &face.bounds);
        let is_recent =
            |(frame, seen_s): (usize, f64)| self.frames - frame <= MAX_FRAMES || time_s - seen_s <= MAX_SECONDS;
        // An unknown face may be anybody; two users are two people.
        let may_be = |person: &Person| person.user.is_none() || face.user.is_none();
        (0..self.people.len())
            .filter(free)
            .filter(|&place| is_recent(self.people[place].last_seen) && may_be(&self.people[place]))
            .filter(|&place| common(place) >= SAME)
            .max_by(|&a, &b| common(a).total_cmp(&common(b)))
    }

    /// Returns the probabilities in the order of the labels, which new ones join at the end.
    fn shares(&mut self, face: &DrawnFace) -> Option<Vec<f32>> {
        if face.shares.is_empty() {
            return None;
        }
        let mut shares = vec![0.0; self.labels.len()];
        for (label, share) in &face.shares {
            let place = self.labels.iter().position(|other| other == label).unwrap_or_else(|| {
                self.labels.push(label.clone());
                shares.push(0.0);
                self.labels.len() - 1
            });
            shares[place] = *share;
        }
        Some(shares)
    }
}

/// Intersection over union, 0 to 1.
fn overlap(one: &Area, two: &Area) -> f32 {
    let shared = one.shared(two);
    shared / (one.width * one.height + two.width * two.height - shared).max(f32::MIN_POSITIVE)
}
