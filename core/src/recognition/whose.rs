//! Tells which clips and pictures show the user and which show somebody else, judged together.
//!
//! A single picture of another day misses its user often, and a single picture of a stranger
//! resembles somebody now and then. Together they say far more: what one person shows resembles the
//! rest of it, so faces are grouped before they are compared with a user.
//!
//! 1. The *likeness* of two groups is the mean cosine between them, divided by the mean cosine
//!    within them: near 1 for one person, whatever the light and the camera of the groups.
//! 2. Nearly equal faces, as of consecutive frames, count as one. Groups are merged while a pair is
//!    alike enough, the most alike pair first (average linkage, Sokal & Michener, 1958). A mean
//!    cannot be fooled by a chain of look-alikes, as the nearest pair can.
//! 3. The user's embeddings are one group from the start. A face is the user's if it is merged with
//!    them, still resembles the rest of that group, and if the group's new faces as a whole resemble
//!    the user: the more pairs, the stricter. If they do not, the least alike leave, a sixth at most.
//! 4. Frames of a clip that is mostly the user's are also the user's if identification takes them for
//!    the user: a strong expression may be far from the others.
//!
//! All limits are derived from the threshold and the rise of a [`Calibration`], which say how
//! different people's similarities are distributed. Their offsets were chosen on KDEF, JAFFE and
//! LFW; `mien eval identity` measures them.

use mien_nn::math::dot;

use super::calibration::Calibration;
use super::gallery::Gallery;
use crate::embedding::mean_embedding;
use crate::error::{Result, fail};

/// The person in a clip, compared with the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Whose {
    /// The user's.
    User,
    /// Somebody else's.
    SomebodyElse {
        /// The similarity of the mean embedding to the user, as in [`Gallery::verify`].
        similarity: f32,
    },
    /// The user's in some frames only.
    SeveralPeople,
}

/// Judges whose face each of `clips` shows, all of them together (of many, [`TOGETHER`] parts of clips
/// at a time). A clip is the embeddings of its frames; one without frames is somebody else's. Without
/// embeddings of the `user` all are.
///
/// # Errors
/// `InvalidOption` if the calibration is out of range.
pub fn whose(calibration: &Calibration, user: &[Vec<f32>], clips: &[&[Vec<f32>]]) -> Result<Vec<Whose>> {
    let limits = Limits::of(calibration);
    let parts: Vec<Vec<Part>> = clips.iter().map(|frames| parts_of(frames, calibration, &limits)).collect();
    let own: Vec<Vec<f32>> = user.iter().map(|embedding| calibration.centered(embedding)).collect();
    let items: Vec<&[f32]> = parts.iter().flatten().map(|part| part.center.as_slice()).collect();
    let mut is_users = items.chunks(TOGETHER).flat_map(|items| of_the_user(&own, items, &limits));
    let mut gallery = Gallery::new(calibration.clone())?;
    gallery.add("", user);
    let similarity = |frames: &mut dyn Iterator<Item = &Vec<f32>>| {
        let mean = mean_embedding(frames.map(|frame| (frame.as_slice(), 1.0)));
        mean.and_then(|mean| gallery.verify("", &mean)).map_or(-1.0, |likeness| likeness.similarity)
    };
    let judge = |(parts, frames): (&Vec<Part>, &&[Vec<f32>])| {
        let (users, others): (Vec<_>, Vec<_>) =
            parts.iter().zip(is_users.by_ref().take(parts.len())).partition(|(_, is_users)| *is_users);
        if users.is_empty() {
            return Whose::SomebodyElse { similarity: similarity(&mut frames.iter()) };
        }
        // In a clip that is mostly the user's, identification has the last word on the rest.
        let mostly = 2 * users.iter().map(|(part, _)| part.members.len()).sum::<usize>() >= frames.len();
        let is_identified = |(part, _): &(&Part, bool)| {
            similarity(&mut part.members.iter().map(|&frame| &frames[frame])) >= calibration.threshold_for(1)
        };
        if others.is_empty() || mostly && others.iter().all(is_identified) { Whose::User } else { Whose::SeveralPeople }
    };
    Ok(parts.iter().zip(clips).map(judge).collect())
}

/// Number of a user's first embeddings that pictures to add must resemble by themselves.
pub const ANCHORS: usize = 3;

/// Whether each of `faces` may be added to the embeddings of a user, the first enrolled first. It must
/// be the user's by [`whose`], and not too far from the first embedding and the first [`ANCHORS`].
///
/// # Errors
/// `InvalidOption` if the calibration is out of range.
pub fn more_of(calibration: &Calibration, user: &[Vec<f32>], faces: &[Vec<f32>]) -> Result<Vec<bool>> {
    let limits = Limits::of(calibration);
    let anchors: Vec<Vec<f32>> = user.iter().take(ANCHORS).map(|anchor| calibration.centered(anchor)).collect();
    let is_near = |face: &Vec<f32>| {
        let face = calibration.centered(face);
        let cosines: Vec<f32> = anchors.iter().map(|anchor| cosine(anchor, &face)).collect();
        let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
        // Of a user enrolled with one picture, the others were added.
        mean >= limits.anchored && cosines[0] >= limits.first
    };
    let pictures: Vec<&[Vec<f32>]> = faces.iter().map(std::slice::from_ref).collect();
    let judged = whose(calibration, user, &pictures)?;
    Ok(judged.into_iter().zip(faces).map(|(whose, face)| whose == Whose::User && is_near(face)).collect())
}

/// Maximum number of faces that are judged together: memory grows with the square.
pub const TOGETHER: usize = 1000;

/// Groups embeddings by person, whatever their order: the indices of each group rise, and the largest
/// group comes first, of groups of one size the one that began first.
///
/// # Errors
/// `InvalidOption` for more than [`TOGETHER`] embeddings.
pub fn people(calibration: &Calibration, faces: &[Vec<f32>]) -> Result<Vec<Vec<usize>>> {
    if faces.len() > TOGETHER {
        fail!(InvalidOption, "{} embeddings; at most {TOGETHER} are compared with each other", faces.len());
    }
    let limits = Limits::of(calibration);
    let centered: Vec<Vec<f32>> = faces.iter().map(|face| calibration.centered(face)).collect();
    let views = views(centered.iter().map(Vec::as_slice), &limits);
    let faces: Vec<&[f32]> = views.iter().map(|view| view.center.as_slice()).collect();
    let groups = Groups::new(&Cosines::of(&faces), 0, limits.typical).merged(Groups::likeness, limits.one_person);
    let members = |group: &Vec<usize>| {
        let mut members: Vec<usize> = group.iter().flat_map(|&view| views[view].members.iter().copied()).collect();
        members.sort_unstable();
        members
    };
    let mut groups: Vec<Vec<usize>> = groups.iter().map(members).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group[0]));
    Ok(groups)
}

/// Whether `groups` of [`people`] show several people, so that nobody knows whom to enroll; else only the
/// first is enrolled. `shown_of_first` is the number of pictures of the first group if its only picture
/// was shown repeatedly.
///
/// The other groups may be left out if they are half as many pictures at most, and each is a single
/// picture or not surely somebody else: users look unlike themselves now and then.
pub fn show_several(
    calibration: &Calibration,
    faces: &[Vec<f32>],
    groups: &[Vec<usize>],
    shown_of_first: usize,
) -> bool {
    let Some((first, others)) = groups.split_first() else { return false };
    let (limits, own) = (Limits::of(calibration), if first.len() > 1 { first.len() } else { shown_of_first });
    if 2 * others.iter().map(Vec::len).sum::<usize>() > own {
        return true;
    }
    others.iter().filter(|other| other.len() > 1).any(|other| {
        let centered = first.iter().chain(other).map(|&face| calibration.centered(&faces[face]));
        let centered: Vec<Vec<f32>> = centered.collect();
        let cosines = Cosines::of(&centered.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let (one, two): (Vec<_>, Vec<_>) = (0..centered.len()).partition(|&face| face < first.len());
        cosines.likeness(&one, &two, limits.typical) < limits.another
    })
}

/// Whether most clips show somebody else: then those that pass are doubtful too.
pub fn mostly_others(judged: &[Whose]) -> bool {
    2 * judged.iter().filter(|whose| **whose != Whose::User).count() > judged.len()
}

/// Limits of likeness.
struct Limits {
    /// The similarity that two pictures of one person typically have.
    typical: f32,
    /// Minimum cosine of faces that are nearly the same.
    same_view: f32,
    /// Minimum likeness of frames that count as one part of a clip.
    part: f32,
    /// Minimum likeness of pictures to enroll as one person.
    one_person: f32,
    /// Minimum likeness of pictures that may show the same person, though they are not enrolled.
    another: f32,
    /// Minimum likeness to merge two groups of clips.
    link: f32,
    /// Minimum likeness of a clip to the user's embeddings and other clips.
    stay: f32,
    /// Minimum mean cosine of a picture to add with the user's first embeddings.
    anchored: f32,
    /// Minimum cosine of a picture to add with the user's first embedding.
    first: f32,
    /// Added to `link` for each factor of e in the number of pairs, when the clips as a whole are
    /// compared with the user.
    per_pairs: f32,
    /// Maximum of `link` with what is added.
    strictest: f32,
}

impl Limits {
    /// A calibration of version 1 has no rise.
    const MIN_RISE: f32 = 0.02;
    const MIN_TYPICAL: f32 = 0.1;

    fn of(calibration: &Calibration) -> Self {
        let rise = calibration.rise.max(Self::MIN_RISE);
        let typical = (calibration.threshold + 3.85 * rise).max(Self::MIN_TYPICAL);
        let at = |rises: f32| (calibration.threshold + rises * rise) / typical;
        Self {
            typical,
            same_view: calibration.threshold + 12.3 * rise,
            part: at(0.0),
            one_person: at(-2.25),
            another: at(-4.2),
            link: at(-1.7),
            stay: at(-1.15),
            anchored: calibration.threshold - 4.5 * rise,
            first: calibration.threshold - 6.5 * rise,
            per_pairs: 0.55 * rise / typical,
            strictest: at(0.0),
        }
    }
}

/// Faces that are alike.
struct Part {
    sum: Vec<f32>,
    /// Indices of the faces.
    members: Vec<usize>,
    /// The mean, of length 1.
    center: Vec<f32>,
}

impl Part {
    fn of(index: usize, face: &[f32]) -> Self {
        Self { sum: face.to_vec(), members: vec![index], center: face.to_vec() }
    }

    fn add(&mut self, index: usize, face: &[f32]) {
        self.sum.iter_mut().zip(face).for_each(|(sum, value)| *sum += value);
        self.members.push(index);
        self.center = mean_embedding([(self.sum.as_slice(), 1.0)]).unwrap_or_default();
    }

    /// The likeness of a face to the part.
    fn likeness(&self, face: &[f32], limits: &Limits) -> f32 {
        let count = self.members.len() as f32;
        let within = (dot(&self.sum, &self.sum) - count) / 2.0;
        likeness(cosine(&self.sum, face) / count, within, count * (count - 1.0) / 2.0, limits.typical)
    }
}

/// Groups faces into views, which are nearly the same, as consecutive frames are: they vouch for
/// themselves only, so they count as one face.
fn views<'a>(faces: impl IntoIterator<Item = &'a [f32]>, limits: &Limits) -> Vec<Part> {
    let faces: Vec<&[f32]> = faces.into_iter().collect();
    let groups = Groups::new(&Cosines::of(&faces), 0, limits.typical).merged(Groups::mean, limits.same_view);
    let view = |group: Vec<usize>| {
        let mut view = Part::of(group[0], faces[group[0]]);
        group[1..].iter().for_each(|&face| view.add(face, faces[face]));
        view
    };
    groups.into_iter().map(view).collect()
}

/// Splits a clip into parts that show one face each, more rather than fewer: each frame goes to the most
/// alike part, or to a new one. The parts of one person are merged later.
fn parts_of(frames: &[Vec<f32>], calibration: &Calibration, limits: &Limits) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let frame = calibration.centered(frame);
        let scored = parts.iter_mut().map(|part| (part.likeness(&frame, limits), part));
        match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((score, part)) if score >= limits.part => part.add(index, &frame),
            _ => parts.push(Part::of(index, &frame)),
        }
    }
    parts
}

/// The dot product; -1 for embeddings of different lengths.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { dot(a, b) } else { -1.0 }
}

/// The mean cosine `between` two groups, relative to the mean of the cosines within them, whose sum
/// and number are given. Few pairs are shrunk towards what is typical.
fn likeness(between: f32, within: f32, pairs: f32, typical: f32) -> f32 {
    /// Weight of the typical cosine, in pairs.
    const PRIOR: f32 = 3.0;
    /// A group of the most different pictures must not make everybody alike.
    const MIN_WITHIN: f32 = 0.8;
    let within = (within + PRIOR * typical) / (pairs + PRIOR);
    let score = between / within.max(MIN_WITHIN * typical);
    if score.is_nan() { f32::MIN } else { score }
}

/// The cosines of all pairs of embeddings.
struct Cosines {
    count: usize,
    values: Vec<f32>,
}

impl Cosines {
    fn of(faces: &[&[f32]]) -> Self {
        let count = faces.len();
        let mut values = vec![1.0; count * count];
        for a in 0..count {
            for b in 0..a {
                let value = cosine(faces[a], faces[b]);
                (values[a * count + b], values[b * count + a]) = (value, value);
            }
        }
        Self { count, values }
    }

    fn sum(&self, a: &[usize], b: &[usize]) -> f32 {
        a.iter().map(|a| b.iter().map(|b| self.values[a * self.count + b]).sum::<f32>()).sum()
    }

    /// Removes from `group`, after its first `known`, what does not resemble the rest of it. The least
    /// alike leaves first: it may be what makes others look odd.
    fn drop_odd(&self, group: &mut Vec<usize>, known: usize, limits: &Limits) {
        let mut rows: Vec<f32> = group.iter().map(|&one| self.sum(&[one], group)).collect();
        while group.len() > known {
            let (all, rest): (f32, f32) = (rows.iter().sum(), group.len() as f32 - 1.0);
            let score = |row: f32| {
                let within = (all - 2.0 * row + 1.0 - rest) / 2.0;
                likeness((row - 1.0) / rest, within, rest * (rest - 1.0) / 2.0, limits.typical)
            };
            let scores = (known..group.len()).map(|at| (at, score(rows[at])));
            let Some((odd, _)) = scores.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|odd| odd.1 < limits.stay) else {
                break;
            };
            let gone = group.remove(odd);
            rows.remove(odd);
            rows.iter_mut().zip(&*group).for_each(|(row, &one)| *row -= self.values[one * self.count + gone]);
        }
    }

    /// Returns those of `group` after its first `known` that as a whole resemble these; none if too many had
    /// to leave.
    fn like_first(&self, group: &[usize], known: usize, limits: &Limits) -> Vec<usize> {
        /// One of so many faces may leave: of a stranger's, the most alike must not be what remains.
        const MIN_FOR_EACH_LEAVING: usize = 6;
        let (first, others) = group.split_at(known);
        let mut others = others.to_vec();
        let min_staying = others.len() - others.len() / MIN_FOR_EACH_LEAVING;
        let pairs = (first.len() * others.len()).max(1) as f32;
        let enough = (limits.link + limits.per_pairs * libm::logf(pairs)).min(limits.strictest.max(limits.link));
        while !others.is_empty() && others.len() >= min_staying {
            if self.likeness(first, &others, limits.typical) >= enough {
                return others;
            }
            let rows = others.iter().map(|&one| self.sum(&[one], first)).enumerate();
            let Some((least, _)) = rows.min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            others.remove(least);
        }
        Vec::new()
    }

    /// Returns the likeness of two groups.
    fn likeness(&self, a: &[usize], b: &[usize], typical: f32) -> f32 {
        let (m, n) = (a.len() as f32, b.len() as f32);
        let within = (self.sum(a, a) - m + self.sum(b, b) - n) / 2.0;
        likeness(self.sum(a, b) / (m * n), within, (m * (m - 1.0) + n * (n - 1.0)) / 2.0, typical)
    }
}

/// Whether each of `items` is the user's, whose embeddings are `own`.
fn of_the_user(own: &[Vec<f32>], items: &[&[f32]], limits: &Limits) -> Vec<bool> {
    let mut is_users = vec![false; items.len()];
    if own.is_empty() {
        return is_users;
    }
    let (own, new) = (views(own.iter().map(Vec::as_slice), limits), views(items.iter().copied(), limits));
    let known = own.len();
    let faces: Vec<&[f32]> = own.iter().chain(&new).map(|view| view.center.as_slice()).collect();
    let cosines = Cosines::of(&faces);
    let groups = Groups::new(&cosines, known, limits.typical).merged(Groups::likeness, limits.link);
    let mut group = groups.into_iter().next().unwrap_or_default();
    group.sort_unstable();
    cosines.drop_odd(&mut group, known, limits);
    let others = cosines.like_first(&group, known, limits);
    let members = others.iter().flat_map(|&view| &new[view - known].members);
    members.for_each(|&item| is_users[item] = true);
    is_users
}

/// How alike two groups are.
type Score = fn(&Groups, usize, usize) -> f32;

/// Groups of embeddings that are merged step by step.
struct Groups {
    members: Vec<Vec<usize>>,
    /// For each two groups, the sum of the cosines of their members.
    sums: Vec<Vec<f32>>,
    typical: f32,
}

impl Groups {
    /// Begins with a group for each embedding, except that the first `known` are one group.
    fn new(cosines: &Cosines, known: usize, typical: f32) -> Self {
        let first = (known > 0).then(|| (0..known).collect());
        let members: Vec<Vec<usize>> = first.into_iter().chain((known..cosines.count).map(|one| vec![one])).collect();
        let sums = members.iter().map(|a| members.iter().map(|b| cosines.sum(a, b)).collect()).collect();
        Self { members, sums, typical }
    }

    fn likeness(&self, a: usize, b: usize) -> f32 {
        let (m, n) = (self.members[a].len() as f32, self.members[b].len() as f32);
        let within = (self.sums[a][a] - m + self.sums[b][b] - n) / 2.0;
        likeness(self.sums[a][b] / (m * n), within, (m * (m - 1.0) + n * (n - 1.0)) / 2.0, self.typical)
    }

    /// The mean cosine between two groups.
    fn mean(&self, a: usize, b: usize) -> f32 {
        let mean = self.sums[a][b] / (self.members[a].len() * self.members[b].len()) as f32;
        if mean.is_nan() { f32::MIN } else { mean }
    }

    /// Returns the group before `group` that is most like it by `score`, if any is left.
    fn nearest(&self, score: Score, group: usize) -> Option<(usize, f32)> {
        let others = (0..group).filter(|&other| !self.members[other].is_empty());
        others.map(|other| (other, score(self, group, other))).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Merges the most alike groups while the `score` of two is at least `link`, the later into the
    /// earlier.
    fn merged(mut self, score: Score, link: f32) -> Vec<Vec<usize>> {
        let mut nearest: Vec<Option<(usize, f32)>> =
            (0..self.members.len()).map(|group| self.nearest(score, group)).collect();
        loop {
            let pairs = nearest.iter().enumerate().filter_map(|(group, near)| near.map(|(other, r)| (group, other, r)));
            let Some((from, into, highest)) = pairs.max_by(|a, b| a.2.total_cmp(&b.2)) else { break };
            if highest < link {
                break;
            }
            self.join(from, into);
            nearest[from] = None;
            for (group, near) in nearest.iter_mut().enumerate().skip(into) {
                if self.members[group].is_empty() {
                    continue;
                }
                if group == into || near.is_some_and(|(other, _)| other == from || other == into) {
                    *near = self.nearest(score, group);
                } else {
                    let score = score(&self, group, into);
                    if near.is_none_or(|(_, before)| score > before) {
                        *near = Some((into, score));
                    }
                }
            }
        }
        self.members.retain(|members| !members.is_empty());
        self.members
    }

    fn join(&mut self, from: usize, into: usize) {
        let members = std::mem::take(&mut self.members[from]);
        self.members[into].extend(members);
        let within = self.sums[into][into] + 2.0 * self.sums[from][into] + self.sums[from][from];
        for other in 0..self.sums.len() {
            let sum = self.sums[into][other] + self.sums[from][other];
            (self.sums[into][other], self.sums[other][into]) = (sum, sum);
        }
        self.sums[into][into] = within;
    }
}

#[cfg(test)]
mod tests {
    use mien_nn::math::SplitMix64;

    use super::*;

    /// Pictures of a person: a direction of their own and one that all people share, with noise. The
    /// cosines are about 0.8 within a person and 0.45 between two.
    struct Album(SplitMix64);

    const LENGTH: usize = 256;

    impl Album {
        fn noise(&mut self, scale: f32) -> Vec<f32> {
            (0..LENGTH).map(|_| scale * (self.0.below(2001) as f32 / 1000.0 - 1.0)).collect()
        }

        fn person(&mut self) -> Vec<f32> {
            let mut person = self.noise(1.0);
            person.iter_mut().for_each(|value| *value += 0.65);
            person
        }

        fn picture(&mut self, person: &[f32]) -> Vec<f32> {
            let noise = self.noise(0.75);
            let picture: Vec<f32> = person.iter().zip(noise).map(|(value, noise)| value + noise).collect();
            mean_embedding([(picture.as_slice(), 1.0)]).unwrap()
        }

        fn pictures(&mut self, person: &[f32], count: usize) -> Vec<Vec<f32>> {
            (0..count).map(|_| self.picture(person)).collect()
        }
    }

    fn judged(user: &[Vec<f32>], clips: &[Vec<Vec<f32>>]) -> Vec<Whose> {
        let clips: Vec<&[Vec<f32>]> = clips.iter().map(Vec::as_slice).collect();
        whose(&Calibration::default(), user, &clips).unwrap()
    }

    #[test]
    fn the_users_clips_pass_and_each_of_another_persons_is_found() {
        let mut album = Album(SplitMix64::new(7));
        let (user, other) = (album.person(), album.person());
        for enrolled in [1, 3, 7] {
            let known = album.pictures(&user, enrolled);
            for others in 0..=7 {
                let mut clips: Vec<_> = (0..7 - others).map(|_| album.pictures(&user, 1)).collect();
                clips.extend((0..others).map(|_| album.pictures(&other, 1)));
                for (index, whose) in judged(&known, &clips).into_iter().enumerate() {
                    if index < 7 - others {
                        assert_eq!(whose, Whose::User, "{enrolled} {others} {index}");
                    } else {
                        assert!(matches!(whose, Whose::SomebodyElse { .. }), "{enrolled} {others} {index}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_clip_in_which_the_person_changes_shows_several_people() {
        let mut album = Album(SplitMix64::new(3));
        let (user, other) = (album.person(), album.person());
        let known = album.pictures(&user, 3);
        for (first, second) in [(8, 8), (15, 1), (1, 15)] {
            let mut changing = album.pictures(&user, first);
            changing.extend(album.pictures(&other, second));
            let clips = [album.pictures(&user, 16), changing, album.pictures(&other, 16), Vec::new()];
            let judged = judged(&known, &clips);
            assert_eq!(judged[..2], [Whose::User, Whose::SeveralPeople], "{first} {second}");
            assert!(matches!(judged[2], Whose::SomebodyElse { .. }) && matches!(judged[3], Whose::SomebodyElse { .. }));
        }
    }

    /// A clip of a smile among neutral frames: all smiles resemble each other more than other pictures.
    #[test]
    fn frames_that_identification_takes_for_the_user_do_not_make_a_clip_one_of_several_people() {
        let mut album = Album(SplitMix64::new(21));
        let (user, other) = (album.person(), album.person());
        let smile = album.noise(1.8);
        let smiling: Vec<f32> = user.iter().zip(&smile).map(|(user, smile)| user + smile).collect();
        let mut known = album.pictures(&user, 6);
        known.extend(album.pictures(&smiling, 1));
        let clip = |album: &mut Album, odd: &[f32]| [album.pictures(&user, 12), album.pictures(odd, 2)].concat();
        let (smiles, mixed) = (clip(&mut album, &smiling), clip(&mut album, &other));
        let alone = judged(&known, &[album.pictures(&user, 12), smiles[12..].to_vec()]);
        assert!(matches!(alone[1], Whose::SomebodyElse { .. }), "the clips together do not take the smiles: {alone:?}");
        assert_eq!(judged(&known, std::slice::from_ref(&smiles)), [Whose::User]);
        assert_eq!(judged(&known, &[smiles, mixed])[1], Whose::SeveralPeople);
    }

    #[test]
    fn one_odd_stretch_does_not_turn_the_users_other_clips_away() {
        let axes = |values: &[(usize, f32)]| {
            let mut vector = vec![0.0; 16];
            values.iter().for_each(|&(axis, value)| vector[axis] = value);
            vector
        };
        let known = [axes(&[(0, 1.0)])];
        // Cosines 0.615 with the user and 0.72 with each other; the odd one 0.48 and 0.7.
        let own = |axis: usize| vec![axes(&[(0, 0.615), (1, 0.5846), (axis, 0.28f32.sqrt())])];
        let odd = vec![axes(&[(0, 0.48), (1, 0.6926), (15, 0.29f32.sqrt())])];
        let mut clips: Vec<_> = (2..9).map(own).collect();
        assert_eq!(judged(&known, &clips), [Whose::User; 7]);
        clips.push(odd);
        let judged = judged(&known, &clips);
        assert_eq!(judged[..7], [Whose::User; 7]);
        assert!(matches!(judged[7], Whose::SomebodyElse { .. }));
    }

    #[test]
    fn clips_of_a_stranger_do_not_pass_by_leaving_one_after_the_other() {
        let mut album = Album(SplitMix64::new(17));
        let user = album.person();
        let other: Vec<f32> =
            album.person().iter().zip(&user).map(|(other, user)| 0.33 * user + 0.67 * other).collect();
        let known = album.pictures(&user, 1);
        let clips: Vec<_> = (0..8).map(|_| album.pictures(&other, 1)).collect();
        assert!(judged(&known, &clips).iter().all(|whose| matches!(whose, Whose::SomebodyElse { .. })));
    }

    #[test]
    fn many_clips_are_judged_in_parts() {
        let mut album = Album(SplitMix64::new(29));
        let (user, other) = (album.person(), album.person());
        let known = album.pictures(&user, 3);
        let mut clips: Vec<_> = (0..TOGETHER + 5).map(|_| album.pictures(&user, 1)).collect();
        clips.push(album.pictures(&other, 1));
        let judged = judged(&known, &clips);
        assert!(judged[..TOGETHER + 5].iter().all(|whose| *whose == Whose::User));
        assert!(matches!(judged[TOGETHER + 5], Whose::SomebodyElse { .. }));
        let faces: Vec<_> = clips.concat();
        assert_eq!(people(&Calibration::default(), &faces).unwrap_err().kind(), crate::ErrorKind::InvalidOption);
    }

    #[test]
    fn a_few_pictures_that_may_be_the_users_are_left_out_and_others_are_a_mixture() {
        let mut album = Album(SplitMix64::new(13));
        let (user, other) = (album.person(), album.person());
        let frown = album.noise(1.58);
        let frowning: Vec<f32> = user.iter().zip(&frown).map(|(user, frown)| user + frown).collect();
        let several = |faces: &[Vec<f32>]| {
            let groups = people(&Calibration::default(), faces).unwrap();
            (groups.len(), show_several(&Calibration::default(), faces, &groups, 1))
        };
        let of =
            |album: &mut Album, odd: &[f32], count| [album.pictures(&user, 5), album.pictures(odd, count)].concat();
        assert_eq!(several(&of(&mut album, &frowning, 2)), (2, false), "left out, not refused");
        assert_eq!(several(&of(&mut album, &frowning, 4)), (2, true), "nobody knows which are the user's");
        assert_eq!(several(&of(&mut album, &other, 1)), (2, false));
        assert_eq!(several(&of(&mut album, &other, 2)), (2, true));
        let two =
            [[1.0, 0.0, 0.0, 0.0], [0.8, 0.6, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]].map(Vec::from);
        assert_eq!(several(&two), (3, true), "as many of others");
    }

    #[test]
    fn groups_do_not_depend_on_the_order() {
        let mut album = Album(SplitMix64::new(31));
        let (anna, ben) = (album.person(), album.person());
        let mut faces = [album.pictures(&anna, 4), album.pictures(&ben, 3)].concat();
        // Nearly equal faces, each between two others.
        for face in 0..4 {
            let near: Vec<f32> = faces[face].iter().zip(&faces[(face + 1) % 4]).map(|(a, b)| a + 0.3 * b).collect();
            faces.push(mean_embedding([(near.as_slice(), 1.0)]).unwrap());
        }
        let mut orders: Vec<Vec<usize>> = Vec::new();
        for _ in 0..20 {
            let mut order: Vec<usize> = (0..faces.len()).collect();
            album.0.shuffle(&mut order);
            let shuffled: Vec<_> = order.iter().map(|&face| faces[face].clone()).collect();
            let mut groups = people(&Calibration::default(), &shuffled).unwrap();
            for group in &mut groups {
                group.iter_mut().for_each(|face| *face = order[*face]);
                group.sort_unstable();
            }
            orders.push(groups.concat());
        }
        assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "{orders:?}");
    }

    #[test]
    fn pictures_are_grouped_by_person() {
        let mut album = Album(SplitMix64::new(11));
        let (anna, ben) = (album.person(), album.person());
        let mut faces = album.pictures(&anna, 4);
        for at in [0, 2, 5] {
            faces.insert(at, album.picture(&ben));
        }
        assert_eq!(people(&Calibration::default(), &faces).unwrap(), [vec![1, 3, 4, 6], vec![0, 2, 5]]);
        assert!(people(&Calibration::default(), &[]).unwrap().is_empty());
    }

    #[test]
    fn values_that_are_not_finite_and_other_lengths_are_nobodys() {
        let mut album = Album(SplitMix64::new(5));
        let user = album.person();
        let (known, own) = (album.pictures(&user, 3), album.pictures(&user, 1));
        let odd = [vec![vec![f32::NAN; LENGTH]], vec![vec![1.0]], vec![vec![0.0; LENGTH]], vec![Vec::new()], own];
        let judged = judged(&known, &odd);
        assert!(judged[..4].iter().all(|whose| *whose != Whose::User), "{judged:?}");
        assert_eq!(judged[4], Whose::User);
        assert!(matches!(self::judged(&[], &odd[4..])[..], [Whose::SomebodyElse { .. }]));
    }
}
