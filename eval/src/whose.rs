//! The measurement of [`mien_core::recognition::whose`]: does an adaptation find whose clips it is
//! given, and an enrollment whose pictures?
//!
//! A picture counts as a clip. A user is enrolled with some pictures of a session, or any if there is
//! only one, and gives up to [`CLIPS`] others, of another session if there is one. *Own*: all clips
//! are the user's. *Another's*: all are another person's, of one session. *Odd*: one clip of another
//! person stands among the user's. *Enrollment*: pictures of one person, and of two people half and
//! half.

use std::collections::BTreeMap;

/// Identity embeddings of faces.
type Embeddings = Vec<Vec<f32>>;

use mien_core::Result;
use mien_core::recognition::calibration::Calibration;
use mien_core::recognition::whose::{Whose, people, show_several, whose};
use mien_nn::math::SplitMix64;
use rayon::prelude::*;

/// The embedding of a picture or clip.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// The person.
    pub person: &'a str,
    /// The recording session; empty if there is one only.
    pub session: &'a str,
    /// The embedding, of length 1.
    pub embedding: &'a [f32],
}

/// A number of cases among all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// The number of cases.
    pub count: usize,
    /// The number of all.
    pub of: usize,
}

impl Share {
    /// Returns the share, 0 to 1; `None` of nothing.
    pub fn rate(&self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }

    fn add(&mut self, happened: bool) {
        self.count += usize::from(happened);
        self.of += 1;
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.of += other.of;
    }
}

/// What an adaptation takes, for users enrolled with so many pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ClipFigures {
    /// Number of pictures enrolled.
    pub enrolled: usize,
    /// The user's own clips that are refused.
    pub own_refused: Share,
    /// Another person's clips, given alone, that are accepted.
    pub others_accepted: Share,
    /// Single clips of another person among the user's own that are accepted.
    pub odd_accepted: Share,
    /// The user's own clips that are refused beside such a clip.
    pub own_refused_beside_odd: Share,
}

/// What an enrollment takes, for so many pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct EnrollmentFigures {
    /// Number of pictures; of two people half of them each.
    pub pictures: usize,
    /// Enrollments of one person that are refused as a mixture.
    pub honest_refused: Share,
    /// Mixtures of two people that are refused.
    pub mixtures_refused: Share,
    /// Mixtures of two people that enroll a picture of both.
    pub mixtures_accepted: Share,
    /// Mixtures of a person with the one of the other people who is most like them, that enroll a
    /// picture of both.
    pub look_alikes_accepted: Share,
}

/// The figures of a data set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WhoseScores {
    /// For users enrolled with [`ENROLLED`] pictures.
    pub clips: Vec<ClipFigures>,
    /// For enrollments of [`PICTURES`] pictures.
    pub enrollments: Vec<EnrollmentFigures>,
}

/// Maximum number of clips of an adaptation.
pub const CLIPS: usize = 7;
/// Numbers of pictures enrolled.
pub const ENROLLED: [usize; 3] = [1, 3, 7];
/// Numbers of pictures of an enrollment.
pub const PICTURES: [usize; 4] = [2, 4, 6, 10];

/// Number of draws for each user and session.
const DRAWS: usize = 3;
/// Number of other people drawn for each draw.
const OTHERS: usize = 10;

/// Measures `faces` with `calibration`; `seed` decides the draws.
///
/// # Errors
/// `InvalidOption` if the calibration is out of range.
pub fn whose_faces(faces: &[Face<'_>], calibration: &Calibration, seed: u64) -> Result<WhoseScores> {
    let album = Album::new(faces, calibration);
    let clips = ENROLLED.into_iter().map(|enrolled| album.clips(enrolled, seed)).collect::<Result<Vec<_>>>()?;
    let enrollments =
        PICTURES.into_iter().map(|pictures| album.enrollments(pictures, seed)).collect::<Result<Vec<_>>>()?;
    Ok(WhoseScores { clips, enrollments })
}

type Sessions = Vec<Vec<Vec<f32>>>;

/// The embeddings of each person by session.
struct Album<'a> {
    people: Vec<Sessions>,
    /// For each person, the one most like them.
    look_alikes: Vec<usize>,
    calibration: &'a Calibration,
}

impl<'a> Album<'a> {
    fn new(faces: &[Face<'_>], calibration: &'a Calibration) -> Self {
        let mut people: BTreeMap<&str, BTreeMap<&str, Vec<Vec<f32>>>> = BTreeMap::new();
        for face in faces {
            let sessions = people.entry(face.person).or_default();
            sessions.entry(face.session).or_default().push(face.embedding.to_vec());
        }
        let people: Vec<Sessions> = people.into_values().map(|sessions| sessions.into_values().collect()).collect();
        let means: Vec<Vec<f32>> = people.iter().map(|sessions| mean(&sessions.concat())).collect();
        let alike = |one: usize| {
            let others = (0..means.len()).filter(|&other| other != one);
            let scored = others.map(|other| (other, calibration.similarity(&means[one], &means[other])));
            scored.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(one, |(other, _)| other)
        };
        let look_alikes = (0..means.len()).map(alike).collect();
        Self { people, look_alikes, calibration }
    }

    /// Other people than `person`, drawn.
    fn others(&self, person: usize, rng: &mut SplitMix64) -> Vec<usize> {
        let mut others: Vec<usize> = (0..self.people.len()).filter(|&other| other != person).collect();
        rng.shuffle(&mut others);
        others.truncate(OTHERS);
        others
    }

    fn clips(&self, enrolled: usize, seed: u64) -> Result<ClipFigures> {
        let of_person = |person: usize| -> Result<ClipFigures> {
            let mut rng = SplitMix64::new(seed ^ (person as u64) << 8 ^ enrolled as u64);
            let mut figures = ClipFigures::new(enrolled);
            for session in 0..self.people[person].len() {
                for _ in 0..DRAWS {
                    if let Some((user, own)) = self.draw(person, session, enrolled, &mut rng) {
                        figures.take_own(self.calibration, &user, &own)?;
                        for other in self.others(person, &mut rng) {
                            let clips = self.session_of(other, &mut rng);
                            figures.take_others(self.calibration, &user, &own, &clips)?;
                        }
                    }
                }
            }
            Ok(figures)
        };
        let all: Vec<ClipFigures> = (0..self.people.len()).into_par_iter().map(of_person).collect::<Result<_>>()?;
        let mut figures = ClipFigures::new(enrolled);
        all.into_iter().for_each(|one| figures.merge(one));
        Ok(figures)
    }

    /// Draws the pictures to enroll a person with from a session, and the clips from another, if
    /// there is one and they suffice.
    fn draw(
        &self,
        person: usize,
        session: usize,
        enrolled: usize,
        rng: &mut SplitMix64,
    ) -> Option<(Embeddings, Embeddings)> {
        let sessions = &self.people[person];
        let mut known = sessions[session].clone();
        rng.shuffle(&mut known);
        let mut clips = match sessions.len() {
            1 => known.split_off(enrolled.min(known.len())),
            count => sessions[(session + 1 + rng.below(count - 1)) % count].clone(),
        };
        known.truncate(enrolled);
        rng.shuffle(&mut clips);
        clips.truncate(CLIPS);
        (known.len() == enrolled && clips.len() > 1).then_some((known, clips))
    }

    /// The clips of one session of a person, at most [`CLIPS`].
    fn session_of(&self, person: usize, rng: &mut SplitMix64) -> Vec<Vec<f32>> {
        let sessions = &self.people[person];
        let mut clips = sessions[rng.below(sessions.len())].clone();
        rng.shuffle(&mut clips);
        clips.truncate(CLIPS);
        clips
    }

    fn enrollments(&self, pictures: usize, seed: u64) -> Result<EnrollmentFigures> {
        let of_person = |person: usize| -> Result<EnrollmentFigures> {
            let mut rng = SplitMix64::new(seed ^ (person as u64) << 8 ^ pictures as u64);
            let mut figures = EnrollmentFigures::new(pictures);
            let mut drawn = |person: usize, count: usize| {
                let mut all = self.people[person].concat();
                rng.shuffle(&mut all);
                all.truncate(count);
                (all.len() == count).then_some(all)
            };
            for _ in 0..DRAWS {
                if let Some(own) = drawn(person, pictures) {
                    figures.honest_refused.add(self.enrolled(&own)?.is_none());
                }
            }
            let others = self.others(person, &mut SplitMix64::new(seed ^ person as u64));
            let mut mixture = |other: usize, accepted: &mut Share, refused: Option<&mut Share>| -> Result<()> {
                let (Some(own), Some(others)) = (drawn(person, pictures / 2), drawn(other, pictures / 2)) else {
                    return Ok(());
                };
                let enrolled = self.enrolled(&[own, others].concat())?;
                let half = |first: bool| enrolled.iter().flatten().any(|&face| (face < pictures / 2) == first);
                accepted.add(half(true) && half(false));
                if let Some(refused) = refused {
                    refused.add(enrolled.is_none());
                }
                Ok(())
            };
            for other in others {
                mixture(other, &mut figures.mixtures_accepted, Some(&mut figures.mixtures_refused))?;
            }
            mixture(self.look_alikes[person], &mut figures.look_alikes_accepted, None)?;
            Ok(figures)
        };
        let all: Vec<EnrollmentFigures> =
            (0..self.people.len()).into_par_iter().map(of_person).collect::<Result<_>>()?;
        let mut figures = EnrollmentFigures::new(pictures);
        for one in all {
            figures.honest_refused.merge(one.honest_refused);
            figures.mixtures_refused.merge(one.mixtures_refused);
            figures.mixtures_accepted.merge(one.mixtures_accepted);
            figures.look_alikes_accepted.merge(one.look_alikes_accepted);
        }
        Ok(figures)
    }

    /// Returns the indices of the pictures that are enrolled; `None` if they are refused as a mixture.
    fn enrolled(&self, pictures: &[Vec<f32>]) -> Result<Option<Vec<usize>>> {
        let mut groups = people(self.calibration, pictures)?;
        let refused = show_several(self.calibration, pictures, &groups, 1);
        Ok((!refused).then(|| groups.swap_remove(0)))
    }
}

fn mean(embeddings: &[Vec<f32>]) -> Vec<f32> {
    let weighted = embeddings.iter().map(|embedding| (embedding.as_slice(), 1.0));
    mien_core::embedding::mean_embedding(weighted).unwrap_or_default()
}

impl ClipFigures {
    fn new(enrolled: usize) -> Self {
        let none = Share::default();
        Self { enrolled, own_refused: none, others_accepted: none, odd_accepted: none, own_refused_beside_odd: none }
    }

    fn take_own(&mut self, calibration: &Calibration, user: &[Vec<f32>], own: &[Vec<f32>]) -> Result<()> {
        judged(calibration, user, own)?.into_iter().for_each(|is_own| self.own_refused.add(!is_own));
        Ok(())
    }

    fn take_others(
        &mut self,
        calibration: &Calibration,
        user: &[Vec<f32>],
        own: &[Vec<f32>],
        others: &[Vec<f32>],
    ) -> Result<()> {
        judged(calibration, user, others)?.into_iter().for_each(|is_own| self.others_accepted.add(is_own));
        let mut mixed = own[1..].to_vec();
        mixed.extend(others.first().cloned());
        let mut judged = judged(calibration, user, &mixed)?;
        if let Some(odd) = judged.pop() {
            self.odd_accepted.add(odd);
        }
        judged.into_iter().for_each(|is_own| self.own_refused_beside_odd.add(!is_own));
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.own_refused.merge(other.own_refused);
        self.others_accepted.merge(other.others_accepted);
        self.odd_accepted.merge(other.odd_accepted);
        self.own_refused_beside_odd.merge(other.own_refused_beside_odd);
    }
}

impl EnrollmentFigures {
    fn new(pictures: usize) -> Self {
        let none = Share::default();
        Self {
            pictures,
            honest_refused: none,
            mixtures_refused: none,
            mixtures_accepted: none,
            look_alikes_accepted: none,
        }
    }
}

/// Whether each clip of one picture is taken for the user's.
fn judged(calibration: &Calibration, user: &[Vec<f32>], clips: &[Vec<f32>]) -> Result<Vec<bool>> {
    let clips: Vec<&[Vec<f32>]> = clips.iter().map(std::slice::from_ref).collect();
    Ok(whose(calibration, user, &clips)?.into_iter().map(|whose| whose == Whose::User).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures of orthogonal people with a little noise in a direction of their own.
    fn faces(people: usize) -> Vec<(String, String, Vec<f32>)> {
        let mut faces = Vec::new();
        for person in 0..people {
            for session in 0..2 {
                for picture in 0..7 {
                    let mut embedding = vec![0.0; 2 * people];
                    let angle = 0.05 * (7 * session + picture) as f32;
                    (embedding[person], embedding[people + person]) = (angle.cos(), angle.sin());
                    faces.push((format!("p{person}"), session.to_string(), embedding));
                }
            }
        }
        faces
    }

    #[test]
    fn people_who_are_easy_to_tell_apart_are_told_apart() {
        let faces = faces(5);
        let faces: Vec<Face<'_>> =
            faces.iter().map(|(person, session, embedding)| Face { person, session, embedding }).collect();
        let scores = whose_faces(&faces, &Calibration::default(), 1).unwrap();
        for figures in &scores.clips {
            // Five people, two sessions, three draws, seven clips; four others, and each other person's clip alone.
            assert_eq!(figures.own_refused, Share { count: 0, of: 5 * 2 * 3 * 7 });
            assert_eq!(figures.others_accepted, Share { count: 0, of: 5 * 2 * 3 * 4 * 7 });
            assert_eq!(figures.odd_accepted, Share { count: 0, of: 5 * 2 * 3 * 4 });
            assert_eq!(figures.own_refused_beside_odd, Share { count: 0, of: 5 * 2 * 3 * 4 * 6 });
        }
        for figures in &scores.enrollments {
            assert_eq!(figures.honest_refused, Share { count: 0, of: 5 * 3 });
            assert_eq!(figures.mixtures_accepted, Share { count: 0, of: 5 * 4 });
            assert_eq!(figures.look_alikes_accepted, Share { count: 0, of: 5 });
        }
        // Everybody looks the same to a calibration that asks for nothing.
        let blind = Calibration { threshold: -1.0, ..Calibration::default() };
        let scores = whose_faces(&faces, &blind, 1).unwrap();
        assert_eq!(scores.clips[0].others_accepted.rate(), Some(1.0));
        assert_eq!(scores.enrollments[1].mixtures_accepted.rate(), Some(1.0));
    }
}
