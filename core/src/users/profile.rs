//! The stored data of a user.

use mien_nn::math::dot;
use serde::{Deserialize, Serialize};

use super::history::{AdaptedHead, History, check_time};
use super::older::{self, Version4};
use crate::codec::{self, Halves};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::modality::Modality;
use crate::recognition::whose::ANCHORS;

/// Maximum length of a user name in characters.
pub const LONGEST_NAME: usize = 64;

const MAGIC: &[u8; 4] = b"MPRO";
const VERSION: u16 = 5;

/// Maximum number of stored embeddings per user.
pub const EMBEDDINGS_KEPT: usize = 20;

/// Maximum number of values of an embedding, the maximum of a network's output.
pub const LONGEST_EMBEDDING: usize = 65_536;

/// Maximum deviation of an embedding's length from 1. Rounding to f16 changes it by up to 2^-11; an
/// application that stores embeddings in 8 bits per value changes it by up to about 1 in 100. A
/// larger deviation cannot come from a network.
pub const LENGTH_TOLERANCE: f32 = 0.02;

/// Checks an embedding of a user: 1 to [`LONGEST_EMBEDDING`] finite values, of length 1 within
/// [`LENGTH_TOLERANCE`].
///
/// # Errors
/// `InvalidOption` naming what is wrong.
pub fn check_embedding(embedding: &[f32]) -> Result<()> {
    if !(1..=LONGEST_EMBEDDING).contains(&embedding.len()) {
        fail!(InvalidOption, "an embedding of {} values; 1 to {LONGEST_EMBEDDING} are possible", embedding.len());
    }
    if !embedding.iter().all(|value| value.is_finite()) {
        fail!(InvalidOption, "an embedding has a value that is not finite");
    }
    let length = dot(embedding, embedding).sqrt();
    if (length - 1.0).abs() > LENGTH_TOLERANCE {
        fail!(InvalidOption, "an embedding has the length {length}; it must be 1");
    }
    Ok(())
}

/// Checks embeddings of one user ([`check_embedding`]), which must have the same number of values.
fn check_embeddings<'a>(embeddings: impl IntoIterator<Item = &'a Vec<f32>>) -> Result<()> {
    let mut first = None;
    for embedding in embeddings {
        let length = *first.get_or_insert(embedding.len());
        if embedding.len() != length {
            fail!(InvalidOption, "an embedding has {} values; those of the user have {length}", embedding.len());
        }
        check_embedding(embedding)?;
    }
    Ok(())
}

/// Whether an older version, which checked no numbers, may have accepted the embedding from an
/// application: [`crate::recognition::gallery::Gallery`] scales it to length 1. Zeros and values
/// that overflow cannot be scaled.
fn is_tolerable(embedding: &[f32]) -> bool {
    let length = dot(embedding, embedding).sqrt();
    (1..=LONGEST_EMBEDDING).contains(&embedding.len()) && (0.25..=4.0).contains(&length)
}

/// A user: embeddings for recognition, and the adapted heads of each modality.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The name; see [`check_name`].
    pub name: String,
    /// When the user was enrolled, milliseconds since 1970, as the caller said.
    pub enrolled_at_ms: u64,
    /// SHA-256 of the identity network that computed the embeddings.
    pub identity_network: String,
    /// The embeddings as f16.
    embeddings: Vec<Halves>,
    /// The heads that read faces.
    pub face: History,
    /// The heads that read speech.
    pub speech: History,
}

impl From<Version4> for Profile {
    fn from(old: Version4) -> Self {
        let Version4 { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections } = old;
        let generations = generations.into_iter().map(AdaptedHead::from).collect();
        let face = History { generations, active, corrections: corrections.into() };
        Self { name, enrolled_at_ms, identity_network, embeddings, face, speech: History::default() }
    }
}

impl std::fmt::Debug for Profile {
    /// Shows counts only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Profile({} embeddings, face {:?}, speech {:?})", self.embeddings.len(), self.face, self.speech)
    }
}

impl Profile {
    /// Creates a profile without a head.
    ///
    /// # Errors
    /// `InvalidOption` for an invalid name, a time after the year 9999, or embeddings that
    /// [`check_embedding`] refuses or that differ in their number of values; `NotEnoughSamples`
    /// without embeddings.
    pub fn new(name: &str, embeddings: &[Vec<f32>], identity_network: &str, now_ms: u64) -> Result<Self> {
        check_name(name)?;
        if embeddings.is_empty() {
            fail!(NotEnoughSamples, "no embedding to enroll the user with");
        }
        check_time(now_ms)?;
        check_embeddings(embeddings)?;
        Ok(Self {
            name: name.to_owned(),
            enrolled_at_ms: now_ms,
            identity_network: identity_network.to_owned(),
            embeddings: embeddings.iter().map(|embedding| Halves::of(embedding)).collect(),
            face: History::default(),
            speech: History::default(),
        })
    }

    /// Returns the embeddings, within f16's precision.
    pub fn embeddings(&self) -> Vec<Vec<f32>> {
        self.embeddings.iter().map(Halves::to_f32).collect()
    }

    /// Adds embeddings of the user. While there are more than [`EMBEDDINGS_KEPT`], the most
    /// redundant is removed: the older of the two most similar ones, or the newer if the older is one of
    /// the first [`ANCHORS`].
    ///
    /// # Errors
    /// `InvalidOption` if [`check_embedding`] refuses one, or if one has another number of values
    /// than the existing ones.
    pub fn add_embeddings(&mut self, embeddings: &[Vec<f32>]) -> Result<()> {
        let mut all = self.embeddings();
        let length = all[0].len();
        if let Some(other) = embeddings.iter().find(|embedding| embedding.len() != length) {
            fail!(InvalidOption, "an embedding has {} values; those of the user have {length}", other.len());
        }
        check_embeddings(embeddings)?;
        all.extend_from_slice(embeddings);
        self.embeddings.extend(embeddings.iter().map(|embedding| Halves::of(embedding)));
        while all.len() > EMBEDDINGS_KEPT {
            let goes = most_redundant(&all);
            all.remove(goes);
            self.embeddings.remove(goes);
        }
        Ok(())
    }

    /// Whether this is the same user as `earlier`, who may have got more embeddings and heads since then.
    pub(crate) fn is_same_user(&self, earlier: &Self) -> bool {
        let anchors = &earlier.embeddings[..earlier.embeddings.len().min(ANCHORS)];
        self.enrolled_at_ms == earlier.enrolled_at_ms && self.embeddings.starts_with(anchors)
    }

    /// Returns the number of embeddings.
    pub fn embedding_count(&self) -> usize {
        self.embeddings.len()
    }

    /// Returns the heads of a modality.
    pub fn of(&self, modality: Modality) -> &History {
        match modality {
            Modality::Face => &self.face,
            Modality::Speech => &self.speech,
        }
    }

    /// Returns the heads of a modality, to change them.
    pub fn of_mut(&mut self, modality: Modality) -> &mut History {
        match modality {
            Modality::Face => &mut self.face,
            Modality::Speech => &mut self.speech,
        }
    }

    /// Activates another generation of the heads of a modality: the one numbered `to`, where 0 is the generic head, or by
    /// default the one before the active one (the generic head if there is none). Returns the
    /// number of the active generation, `None` for the generic head. No generation is lost: rolling
    /// forward is possible by number.
    ///
    /// What corrections taught the modality beyond its generations is forgotten, so that it does not come back. For
    /// faces these are the corrections that no generation has learned, with their speech. No generation for
    /// speech learns corrections, so the speech of all of them is forgotten, and faces keep them.
    ///
    /// # Errors
    /// `InvalidOption`, with the existing generations, if there is none of that number or nothing
    /// to roll back from.
    pub fn roll_back(&mut self, modality: Modality, to: Option<u32>) -> Result<Option<u32>> {
        match modality {
            Modality::Face => self.face.roll_back(to),
            Modality::Speech => {
                let active = self.speech.activate(to, self.face.corrects_speech())?;
                self.face.forget_speech();
                Ok(active)
            }
        }
    }

    /// Encodes the profile with a version and a checksum, the form in the store and in files.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::seal(MAGIC, VERSION, self)
    }

    /// Checks every number, as required for a profile from another device.
    ///
    /// # Errors
    /// `ProfileCorrupt` naming what is out of range.
    pub fn check(&self) -> Result<()> {
        let numbers = check_time(self.enrolled_at_ms).and_then(|()| check_embeddings(&self.embeddings()));
        numbers.and_then(|()| self.face.check()).and_then(|()| self.speech.check()).map_err(out_of_range)
    }

    /// Decodes a profile of this version or an older one. Embeddings that an older version accepted
    /// from an application may have a length from 1/4 to 4 ([`Profile::check`] refuses those).
    ///
    /// # Errors
    /// `ProfileCorrupt` if the bytes are damaged, not a profile, or hold a number that is not
    /// finite or out of range; `ProfileVersion` if a newer version wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let opened = codec::open(MAGIC, 1..=VERSION, bytes, "profile")?;
        let profile = if opened.version == VERSION { opened.read::<Self>()? } else { older::read(&opened)?.into() };
        if check_name(&profile.name).is_err() || profile.embeddings.is_empty() {
            fail!(ProfileCorrupt, "the profile has no valid name or no embedding");
        }
        let embeddings = profile.embeddings();
        let of_one_network = embeddings.iter().all(|embedding| embedding.len() == embeddings[0].len());
        if !of_one_network || !embeddings.iter().all(|embedding| is_tolerable(embedding)) {
            fail!(ProfileCorrupt, "the profile has an embedding that no network gave");
        }
        check_time(profile.enrolled_at_ms).map_err(out_of_range)?;
        profile.face.check_read().and_then(|()| profile.speech.check_read()).map_err(out_of_range)?;
        Ok(profile)
    }
}

fn out_of_range(error: Error) -> Error {
    if error.kind() == ErrorKind::ProfileCorrupt {
        return error;
    }
    Error::with_source(ErrorKind::ProfileCorrupt, "a number of the profile is out of range", error)
}

/// Returns the index of the older of the two most similar embeddings, or of the newer if the older is
/// one of the first [`ANCHORS`], which stay: what is added later is compared with them too, so that no
/// series of small steps leads to somebody else.
fn most_redundant(embeddings: &[Vec<f32>]) -> usize {
    let (mut goes, mut max) = (embeddings.len() - 1, f32::NEG_INFINITY);
    for (newer, embedding) in embeddings.iter().enumerate().skip(ANCHORS) {
        for (older, other) in embeddings[..newer].iter().enumerate() {
            let alike = dot(embedding, other);
            if alike > max {
                (goes, max) = (if older < ANCHORS { newer } else { older }, alike);
            }
        }
    }
    goes
}

/// Checks a user's name: 1 to [`LONGEST_NAME`] characters, no white space at either end, no path
/// separator, no control character, not `.` or `..`.
///
/// # Errors
/// `InvalidOption` naming what is wrong.
pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        fail!(InvalidOption, "the user's name is empty");
    }
    if name.trim() != name {
        fail!(InvalidOption, "the user's name begins or ends with a blank"; "the user's name {name:?} begins or ends with a blank");
    }
    if name.chars().count() > LONGEST_NAME {
        fail!(InvalidOption, "the user's name has more than {LONGEST_NAME} characters");
    }
    if name.contains(['/', '\\']) || name == "." || name == ".." {
        fail!(
            InvalidOption,
            "the user's name carries a path separator or is a path";
            "the user's name {name:?} carries a path separator or is a path"
        );
    }
    if name.chars().any(char::is_control) {
        fail!(InvalidOption, "the user's name carries a control character"; "the user's name {name:?} carries a control character");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{Clip, Head, HeadKind, Scale};
    use crate::recognition::calibration::Calibration;
    use crate::recognition::whose::more_of;
    use crate::timeline::LATEST_MS;
    use crate::train::adapt::Evidence;
    use crate::users::corrections::{
        CORRECTIONS_KEPT, CorrectionVersion3, CorrectionsVersion3, LearnedFrom, StoredCorrection,
    };
    use crate::users::history::GENERATIONS_KEPT;
    use crate::users::older::{HeadVersion3, HeadVersion4, Version2, Version3};

    #[test]
    fn names_are_checked() {
        for good in ["Anna", "Jean-Luc P.", "李雷", "a b"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "  ", "a/b", "a\\b", "..", ".", "a\nb", " a", &"x".repeat(65)] {
            assert_eq!(check_name(bad).unwrap_err().kind(), ErrorKind::InvalidOption, "{bad:?}");
        }
    }

    #[test]
    fn a_profile_survives_its_bytes_and_damage_is_noticed() {
        let profile = Profile::new("Anna", &[vec![0.6, 0.8], vec![1.0, 0.0]], "abc", 5).unwrap();
        let bytes = profile.to_bytes();
        assert!(Profile::from_bytes(&bytes).unwrap() == profile);
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert!(Profile::from_bytes(&damaged).is_err(), "byte {index}");
            assert!(Profile::from_bytes(&bytes[..index]).is_err());
        }
        for (got, want) in profile.embeddings()[0].iter().zip([0.6, 0.8]) {
            assert!((got - want).abs() < 5e-4);
        }
        assert!(Profile::new("Anna", &[], "abc", 5).is_err());
    }

    #[test]
    fn debug_output_tells_nothing_personal() {
        let profile = Profile::new("Anna", &[vec![0.6, 0.8]], "abc", 5).unwrap();
        assert_eq!(
            format!("{profile:?}"),
            "Profile(1 embeddings, face History(0 generations, active None), speech History(0 generations, active None))"
        );
    }

    fn generation(bytes: Vec<u8>) -> AdaptedHead {
        AdaptedHead {
            number: 0,
            bytes,
            networks: "networks".to_owned(),
            scale: None,
            adapted_at_ms: 7,
            clips: 30,
            estimated_loss: Some(0.25),
            evidence: (0..30).map(|clip| Evidence { clip: u64::MAX - clip, loss: 0.5 }).collect(),
            learned_from: None,
        }
    }

    /// A generation with a blank head over 2 values.
    fn small() -> AdaptedHead {
        let labels = ["a", "b"].map(str::to_owned).to_vec();
        let head = Head::fresh(labels, 2, HeadKind::Logistic.body(), None, 1.0).unwrap();
        generation(head.encode().unwrap())
    }

    fn with_generations(count: u32) -> Profile {
        let mut profile = Profile::new("Anna", &[vec![0.6, 0.8]], "abc", 5).unwrap();
        for number in 1..=count {
            assert_eq!(profile.face.push_generation(small()).unwrap(), number);
        }
        profile
    }

    fn numbers(profile: &Profile) -> Vec<u32> {
        profile.face.generations().iter().map(|generation| generation.number).collect()
    }

    fn answering(profile: &Profile) -> Option<u32> {
        profile.face.head().map(|head| head.number)
    }

    #[test]
    fn three_generations_are_kept_and_no_number_comes_twice() {
        let mut profile = with_generations(5);
        assert_eq!((numbers(&profile), answering(&profile)), (vec![3, 4, 5], Some(5)));
        assert!(Profile::from_bytes(&profile.to_bytes()).unwrap() == profile);
        // The active generation is kept, and the newest number is not reused.
        assert_eq!(profile.roll_back(Modality::Face, Some(3)).unwrap(), Some(3));
        assert_eq!(profile.face.push_generation(small()).unwrap(), 6);
        assert_eq!((numbers(&profile), answering(&profile)), (vec![3, 5, 6], Some(6)));
        assert_eq!(profile.roll_back(Modality::Face, Some(0)).unwrap(), None);
        assert_eq!(profile.face.push_generation(small()).unwrap(), 7);
        assert_eq!((numbers(&profile), answering(&profile)), (vec![5, 6, 7], Some(7)));
    }

    #[test]
    fn rolling_back_lets_another_generation_answer() {
        let mut profile = with_generations(3);
        for want in [Some(2), Some(1), None] {
            assert_eq!(profile.roll_back(Modality::Face, None).unwrap(), want);
            assert_eq!((answering(&profile), profile.face.generations().len()), (want, 3));
            assert!(Profile::from_bytes(&profile.to_bytes()).unwrap() == profile);
        }
        let refused = |profile: &mut Profile, to: Option<u32>, message: &str| {
            let error = profile.roll_back(Modality::Face, to).unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidOption, message));
        };
        let message = "nothing to roll back from: the generic head answers; there are the generations 1, 2, 3";
        refused(&mut profile, None, message);
        assert_eq!(profile.roll_back(Modality::Face, Some(2)).unwrap(), Some(2));
        refused(&mut profile, Some(4), "no generation has the number 4; there are the generations 1, 2, 3");
        assert_eq!(answering(&profile), Some(2), "a refusal changes nothing");
        let mut fresh = with_generations(0);
        let message = "nothing to roll back from: the generic head answers; there are no generations";
        refused(&mut fresh, None, message);
        refused(&mut fresh, Some(0), "nothing to roll back from: there are no generations");
        refused(&mut fresh, Some(1), "nothing to roll back from: there are no generations");
    }

    #[test]
    fn generations_that_contradict_each_other_are_refused() {
        let spoilt = |spoil: fn(&mut Profile)| {
            let mut profile = with_generations(3);
            spoil(&mut profile);
            Profile::from_bytes(&profile.to_bytes()).map_err(|error| error.kind())
        };
        assert!(spoilt(|_| {}).is_ok());
        let spoils: [fn(&mut Profile); 5] = [
            |profile| profile.face.active = Some(4),
            |profile| profile.face.generations[0].number = 0,
            |profile| profile.face.generations[1].number = 1,
            |profile| profile.face.generations.swap(0, 2),
            |profile| profile.face.generations[0].bytes[20] ^= 1,
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            assert_eq!(spoilt(spoil).err(), Some(ErrorKind::ProfileCorrupt), "{index}");
        }
        // If no number can follow, the call returns an error and nothing is lost.
        let mut profile = with_generations(3);
        profile.face.generations[2].number = u32::MAX;
        profile.face.active = None;
        let mut profile = Profile::from_bytes(&profile.to_bytes()).unwrap();
        assert_eq!(profile.face.push_generation(small()).unwrap_err().kind(), ErrorKind::InvalidOption);
        assert_eq!(numbers(&profile), [1, 2, u32::MAX]);
    }

    #[test]
    fn an_embedding_is_finite_and_of_length_1_within_what_rounding_does_to_it() {
        for (length, fits) in [(1.0, true), (0.985, true), (1.015, true), (0.97, false), (1.03, false), (0.0, false)] {
            let embedding = vec![length / 32.0; 1024];
            assert_eq!(check_embedding(&embedding).is_ok(), fits, "{length}");
            assert_eq!(Profile::new("Anna", &[embedding], "net", 1).is_ok(), fits, "{length}");
        }
        let mut rng = crate::SplitMix64::new(4);
        for dimension in [1, 3, 128, 1024, 65_536] {
            let mut embedding: Vec<f32> = (0..dimension).map(|_| rng.normal()).collect();
            crate::embedding::normalize(&mut embedding);
            check_embedding(&embedding).unwrap();
            check_embedding(&Halves::of(&embedding).to_f32()).unwrap();
        }
        for hostile in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 65_504.0, 1e-30] {
            for (at, others) in [(0, 0.0), (7, 1.0 / 32.0), (1023, 1.0 / 32.0)] {
                let mut embedding = vec![others; 1024];
                embedding[at] = hostile;
                assert_eq!(
                    check_embedding(&embedding).is_err(),
                    others == 0.0 || hostile != 1e-30,
                    "{hostile} at {at}"
                );
            }
            assert!(check_embedding(&[hostile; 1024]).is_err());
        }
        assert!(check_embedding(&[]).is_err() && check_embedding(&vec![1.0 / 257.0; 257 * 257]).is_err());
        let lengths = [vec![1.0, 0.0], vec![1.0]];
        assert_eq!(Profile::new("Anna", &lengths, "net", 1).unwrap_err().kind(), ErrorKind::InvalidOption);
    }

    #[test]
    fn numbers_from_outside_are_refused_wherever_they_stand() {
        let good = with_generations(2);
        good.check().unwrap();
        let spoilt = |spoil: &dyn Fn(&mut Profile)| {
            let mut profile = good.clone();
            spoil(&mut profile);
            let read = Profile::from_bytes(&profile.to_bytes());
            assert_eq!(read.map(|_| ()).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            assert!(profile.check().is_err());
        };
        for hostile in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 65_504.0, 0.0] {
            spoilt(&|profile| profile.embeddings[0] = Halves::of(&[hostile, hostile]));
        }
        spoilt(&|profile| profile.embeddings.push(Halves::of(&[1.0])));
        spoilt(&|profile| profile.enrolled_at_ms = u64::MAX);
        spoilt(&|profile| profile.face.generations[0].adapted_at_ms = LATEST_MS + 1);
        for hostile in [f32::NAN, f32::INFINITY, -1.0] {
            spoilt(&|profile| profile.face.generations[1].estimated_loss = Some(hostile));
            spoilt(&|profile| profile.face.generations[1].evidence[3].loss = hostile);
        }
        // Values that an application passed to an older version are read, but not accepted from
        // another device.
        let mut old = good.clone();
        old.embeddings[0] = Halves::of(&[1.2, 1.0]);
        assert!(Profile::from_bytes(&old.to_bytes()).unwrap() == old && old.check().is_err());
        let mut head = small();
        head.evidence[0].loss = f32::NAN;
        let mut profile = good.clone();
        assert!(profile.face.push_generation(head).is_err() && profile == good);
    }

    #[test]
    fn of_too_many_embeddings_the_older_of_the_most_similar_is_removed() {
        let direction = |angle: f32| vec![angle.cos(), angle.sin()];
        let mut profile = Profile::new("Anna", &[direction(0.0)], "net", 1).unwrap();
        let rest: Vec<_> = (1..EMBEDDINGS_KEPT).map(|i| direction(i as f32 * 0.1)).collect();
        profile.add_embeddings(&rest).unwrap();
        assert_eq!(profile.embedding_count(), EMBEDDINGS_KEPT);
        // Nearest to the one at 0.5, which is older.
        profile.add_embeddings(&[direction(0.51)]).unwrap();
        let angles: Vec<f32> = profile.embeddings().iter().map(|e| e[1].atan2(e[0])).collect();
        assert_eq!(angles.len(), EMBEDDINGS_KEPT);
        let near = |angle: f32| angles.iter().any(|other| (other - angle).abs() < 0.002);
        assert!(near(0.51) && !near(0.5) && near(0.4) && near(0.0), "{angles:?}");
        for refused in [vec![1.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 0.0], vec![0.0, 0.0], vec![1.0, 1.0]] {
            let error = profile.add_embeddings(&[direction(0.3), refused]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{error}");
        }
        assert!(profile == Profile::from_bytes(&profile.to_bytes()).unwrap());
    }

    impl HeadVersion3 {
        fn of(head: AdaptedHead) -> Self {
            let AdaptedHead { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence, .. } = head;
            Self { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence }
        }
    }

    fn correction(label: &str, value: f32) -> StoredCorrection {
        StoredCorrection::new(&Clip::from_frames(&[[value, 0.0], [value, 1.0]]).unwrap(), label, Some("b"), 7)
    }

    fn labels(profile: &Profile) -> Vec<&str> {
        profile.face.corrections().iter().map(|correction| correction.label.as_str()).collect()
    }

    #[test]
    fn a_profile_of_version_2_has_no_corrections() {
        let profile = with_generations(2);
        let Profile { name, enrolled_at_ms, identity_network, embeddings, face, .. } = profile.clone();
        let History { generations, active, .. } = face;
        let generations = generations.into_iter().map(HeadVersion3::of).collect();
        let old = Version2 { name, enrolled_at_ms, identity_network, embeddings, generations, active };
        let old = codec::seal(MAGIC, 2, &old);
        assert!(Profile::from_bytes(&old).unwrap() == profile);
    }

    #[test]
    fn a_profile_of_version_4_keeps_its_heads_and_corrections_and_knows_no_voice() {
        let mut profile = with_generations(3);
        add(&mut profile);
        profile.roll_back(Modality::Face, Some(2)).unwrap();
        add(&mut profile);
        let Profile { name, enrolled_at_ms, identity_network, embeddings, face, .. } = profile.clone();
        let History { generations, active, corrections } = face;
        let corrections = (&corrections).into();
        let generations =
            generations.into_iter().map(|head| HeadVersion4 { head: HeadVersion3::of(head), learned_from: None });
        let generations = generations.collect();
        let old = Version4 { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections };
        let read = Profile::from_bytes(&codec::seal(MAGIC, 4, &old)).unwrap();
        assert!(read == profile && read.speech == History::default());
        assert_eq!(Profile::from_bytes(&codec::seal(MAGIC, 6, &old)).unwrap_err().kind(), ErrorKind::ProfileVersion);
    }

    #[test]
    fn heads_of_speech_have_a_history_of_their_own() {
        let mut profile = with_generations(2);
        let scale = Scale::of(&[[0.0, 1.0], [2.0, 5.0]]).unwrap();
        let voice = AdaptedHead { scale: Some(scale), ..small() };
        assert_eq!(profile.speech.push_generation(voice.clone()).unwrap(), 1);
        assert_eq!(profile.roll_back(Modality::Face, None).unwrap(), Some(1));
        let read = Profile::from_bytes(&profile.to_bytes()).unwrap();
        assert!(read == profile && read.of(Modality::Speech).head().is_some_and(|head| head.scale == voice.scale));
        let spoils: [fn(&mut AdaptedHead); 3] = [
            |head| head.scale = Some(Scale::of(&[[0.0], [1.0]]).unwrap()),
            |head| head.bytes[20] ^= 1,
            |head| head.estimated_loss = Some(-1.0),
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut spoilt = profile.clone();
            spoil(&mut spoilt.speech.generations[0]);
            let read = Profile::from_bytes(&spoilt.to_bytes()).map(drop);
            assert_eq!(read.unwrap_err().kind(), ErrorKind::ProfileCorrupt, "{index}");
        }
    }

    #[test]
    fn corrections_survive_their_bytes_and_a_rare_label_is_not_forgotten() {
        let mut profile = with_generations(0);
        assert_eq!(profile.face.add_correction(correction("rare", 0.5), None, "networks").unwrap(), 1);
        for index in 0..2 * CORRECTIONS_KEPT as u32 {
            assert_eq!(
                profile.face.add_correction(correction("often", index as f32), None, "networks").unwrap(),
                index + 2
            );
        }
        assert_eq!(profile.face.corrections().len(), CORRECTIONS_KEPT);
        assert_eq!((labels(&profile)[0], labels(&profile)[1]), ("rare", "often"));
        assert_eq!(profile.face.corrections()[0].clip().unwrap(), Clip::from_frames(&[[0.5, 0.5]]).unwrap());
        let oldest = profile.face.corrections()[1].number as usize;
        assert_eq!(oldest, 2 * CORRECTIONS_KEPT + 1 - (CORRECTIONS_KEPT - 2));
        let read = Profile::from_bytes(&profile.to_bytes()).unwrap();
        assert!(read == profile);
        assert!(read.face.corrections_in_use("others").is_empty());
        // Frames of other networks mean nothing any more, and numbers go on.
        let next = profile.face.add_correction(correction("a", 0.5), None, "others").unwrap();
        assert_eq!((next as usize, labels(&profile)), (2 * CORRECTIONS_KEPT + 2, vec!["a"]));
        for hostile in [correction("", 0.5), correction("a", f32::NAN), correction("a", 1e30)] {
            let before = profile.clone();
            assert_eq!(
                profile.face.add_correction(hostile, None, "others").unwrap_err().kind(),
                ErrorKind::InvalidOption
            );
            assert!(profile == before);
        }
    }

    #[test]
    fn corrections_go_on_top_of_the_base_until_a_generation_has_learned_them() {
        let mut profile = with_generations(1);
        let first = add(&mut profile);
        assert!(profile.face.has_new_corrections());
        assert_eq!(profile.face.push_relearned(relearned(1, &[first])).unwrap(), Some(2));
        assert_eq!((answering(&profile), profile.face.base().map(|base| base.number)), (Some(2), Some(1)));
        assert!(!profile.face.has_new_corrections() && profile.face.corrections_in_use("networks").len() == 1);
        // The next one takes the place of the last and starts at the same base.
        let second = add(&mut profile);
        assert_eq!(profile.face.push_relearned(relearned(1, &[first, second])).unwrap(), Some(3));
        assert_eq!((numbers(&profile), profile.face.base().map(|base| base.number)), (vec![1, 3], Some(1)));
        assert!(Profile::from_bytes(&profile.to_bytes()).unwrap() == profile);
        // A new adaptation has not seen the corrections: they go on top of it.
        let mut adapted = profile.clone();
        assert_eq!(adapted.face.push_generation(small()).unwrap(), 4);
        assert_eq!(adapted.face.base().map(|base| base.number), Some(4));
        assert!(adapted.face.has_new_corrections() && adapted.face.corrections_in_use("networks").len() == 2);
        // Undoing one takes the base with the other on top.
        assert!(profile.face.remove_correction(second).unwrap() && !profile.face.remove_correction(second).unwrap());
        assert_eq!((answering(&profile), profile.face.has_new_corrections()), (Some(1), true));
        // What the gate refused waits for the next.
        assert!(profile.face.refuse_corrections(&LearnedFrom { from: 1, corrections: vec![first] }, "networks"));
        assert!(!profile.face.has_new_corrections());
        add(&mut profile);
        assert_eq!(profile.face.corrections_in_use("networks").len(), 2);
        assert_eq!(profile.roll_back(Modality::Face, Some(0)).unwrap(), None);
        let kept: Vec<u32> = profile.face.corrections().iter().map(|correction| correction.number).collect();
        assert_eq!((kept, in_use(&profile)), (vec![first], Vec::new()), "only what generation 3 has learned is kept");
    }

    fn relearned(from: u32, corrections: &[u32]) -> AdaptedHead {
        AdaptedHead { learned_from: Some(LearnedFrom { from, corrections: corrections.to_vec() }), ..small() }
    }

    fn add(profile: &mut Profile) -> u32 {
        profile.face.add_correction(correction("a", 0.5), None, "networks").unwrap()
    }

    fn in_use(profile: &Profile) -> Vec<u32> {
        profile.face.corrections_in_use("networks").iter().map(|correction| correction.number).collect()
    }

    fn base(profile: &Profile) -> Option<u32> {
        profile.face.base().map(|base| base.number)
    }

    #[test]
    fn a_generation_that_is_rolled_back_to_still_knows_its_corrections() {
        let mut profile = with_generations(1);
        let learned: Vec<u32> = (0..5).map(|_| add(&mut profile)).collect();
        assert_eq!(profile.face.push_relearned(relearned(1, &learned)).unwrap(), Some(2));
        assert_eq!(profile.face.push_generation(small()).unwrap(), 3);
        assert_eq!((base(&profile), in_use(&profile)), (Some(3), learned.clone()), "they go on top of the new one");
        let later = add(&mut profile);
        assert_eq!(profile.roll_back(Modality::Face, Some(2)).unwrap(), Some(2));
        assert_eq!((base(&profile), in_use(&profile)), (Some(1), learned.clone()), "{later} is forgotten");
        assert!(!profile.face.has_new_corrections());
        // The next one goes on top of all of them, and each can be taken back.
        let next = add(&mut profile);
        assert_eq!((base(&profile), in_use(&profile)), (Some(1), [learned.as_slice(), &[next]].concat()));
        assert!(profile.face.remove_correction(learned[0]).unwrap());
        assert_eq!(answering(&profile), Some(1));
        assert_eq!(in_use(&profile), [&learned[1..], &[next]].concat());
        assert!(Profile::from_bytes(&profile.to_bytes()).unwrap() == profile);
    }

    #[test]
    fn a_refusal_leaves_what_the_active_generation_has_learned() {
        let mut profile = with_generations(1);
        let first = add(&mut profile);
        assert_eq!(profile.face.push_relearned(relearned(1, &[first])).unwrap(), Some(2));
        let second = add(&mut profile);
        assert!(
            profile.face.refuse_corrections(&LearnedFrom { from: 1, corrections: vec![first, second] }, "networks")
        );
        assert_eq!((answering(&profile), profile.face.has_new_corrections()), (Some(2), false));
        assert!(profile.face.has_learned(first) && !profile.face.has_learned(second));
        assert_eq!(profile.face.newest_correction().map(|newest| newest.number), Some(second));
        assert!(profile.face.remove_correction(first).unwrap());
        assert_eq!((answering(&profile), in_use(&profile)), (Some(1), vec![second]), "the head is one without it");
    }

    #[test]
    fn each_generation_knows_where_it_started() {
        let mut profile = with_generations(1);
        let first = add(&mut profile);
        let second = add(&mut profile);
        assert_eq!(profile.face.push_relearned(relearned(1, &[first, second])).unwrap(), Some(2));
        profile.roll_back(Modality::Face, Some(1)).unwrap();
        let third = add(&mut profile);
        assert_eq!(profile.face.push_relearned(relearned(1, &[third])).unwrap(), Some(3));
        profile.roll_back(Modality::Face, Some(2)).unwrap();
        assert_eq!((base(&profile), in_use(&profile)), (Some(1), vec![first, second]));
        assert!(profile.face.remove_correction(first).unwrap());
        assert_eq!((answering(&profile), in_use(&profile)), (Some(1), vec![second]));
        // A start is not evicted before what started from it.
        profile.roll_back(Modality::Face, Some(3)).unwrap();
        profile.face.push_generation(small()).unwrap();
        assert_eq!(numbers(&profile), [1, 3, 4]);
    }

    #[test]
    fn what_was_fitted_to_an_older_profile_is_not_stored() {
        let changes: [fn(&mut Profile, u32) -> u32; 4] = [
            |profile, _| add(profile),
            |profile, second| u32::from(profile.face.remove_correction(second).unwrap()),
            |profile, _| profile.face.push_generation(small()).unwrap(),
            |profile, _| profile.roll_back(Modality::Face, None).unwrap().unwrap(),
        ];
        // A newer correction goes on top.
        for (change, want) in changes.into_iter().zip([Some(3), None, None, None]) {
            let mut profile = with_generations(2);
            let numbers: Vec<u32> = (0..3).map(|_| add(&mut profile)).collect();
            change(&mut profile, numbers[1]);
            let before = profile.clone();
            assert_eq!(profile.face.push_relearned(relearned(2, &numbers)).unwrap(), want);
            let lesson = LearnedFrom { from: 2, corrections: numbers };
            assert!(want.is_some() || (profile == before && !profile.face.refuse_corrections(&lesson, "networks")));
        }
    }

    #[test]
    fn a_profile_of_version_3_keeps_its_corrections_and_a_start_that_is_gone_is_said() {
        let mut profile = with_generations(2);
        profile.face.generations.remove(0);
        let Profile { name, enrolled_at_ms, identity_network, embeddings, face: History { generations, .. }, .. } =
            profile;
        let kept = [(1, Some(2)), (2, Some(0)), (3, None), (4, Some(1))];
        let kept = kept.map(|(number, generation)| CorrectionVersion3 {
            number,
            label: "a".to_owned(),
            contradicted: None,
            at_ms: 7,
            frames: 1,
            generation,
            mean: Halves::of(&[0.5, 0.5]),
        });
        let corrections = CorrectionsVersion3 {
            networks: "networks".to_owned(),
            last: 4,
            kept: kept.into(),
            relearned: Some((2, 1)),
        };
        let generations = generations.into_iter().map(HeadVersion3::of).collect();
        let active = Some(2);
        let rest = Version2 { name, enrolled_at_ms, identity_network, embeddings, generations, active };
        let old = Version3 { rest, corrections };
        let mut profile = Profile::from_bytes(&codec::seal(MAGIC, 3, &old)).unwrap();
        assert_eq!((answering(&profile), in_use(&profile)), (Some(2), vec![1, 2, 3]));
        assert_eq!(profile.face.head().unwrap().learned_from, Some(LearnedFrom { from: 1, corrections: vec![1] }));
        assert!(profile.face.has_new_corrections());
        // Generation 1 is not there to return to.
        let before = profile.clone();
        assert_eq!(profile.face.remove_correction(1).unwrap_err().kind(), ErrorKind::InvalidOption);
        assert_eq!(
            profile.face.add_correction(correction("a", 0.5), Some(1), "networks").unwrap_err().kind(),
            ErrorKind::InvalidOption
        );
        assert!(profile == before && profile.face.remove_correction(3).unwrap());
    }

    #[test]
    fn a_replaced_correction_makes_room_and_hostile_ones_are_refused() {
        let mut profile = with_generations(1);
        let first = add(&mut profile);
        for _ in 1..CORRECTIONS_KEPT {
            add(&mut profile);
        }
        let newest = profile.face.corrections()[CORRECTIONS_KEPT - 1].number;
        profile.face.add_correction(correction("a", 0.5), Some(newest), "networks").unwrap();
        assert_eq!((profile.face.corrections().len(), profile.face.corrections()[0].number), (CORRECTIONS_KEPT, first));
        let spoils: [fn(&mut Profile); 4] = [
            |profile| profile.face.corrections.kept[3].label = "x".repeat(1001),
            |profile| profile.face.corrections.kept[3].contradicted = Some(String::new()),
            |profile| profile.face.generations[0] = AdaptedHead { number: 1, ..relearned(1, &[1]) },
            |profile| profile.face.generations[0] = AdaptedHead { number: 1, ..relearned(0, &[2, 1]) },
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut spoilt = profile.clone();
            spoil(&mut spoilt);
            let read = Profile::from_bytes(&spoilt.to_bytes()).map(drop);
            assert_eq!(read.unwrap_err().kind(), ErrorKind::ProfileCorrupt, "{index}");
        }
    }

    #[test]
    fn rolling_back_without_generations_takes_corrections_away() {
        let mut profile = with_generations(0);
        profile.face.add_correction(correction("a", 0.5), None, "networks").unwrap();
        assert_eq!(profile.roll_back(Modality::Face, None).unwrap(), None);
        assert!(profile.face.corrections().is_empty());
        assert!(profile.roll_back(Modality::Face, None).is_err(), "nothing is left to roll back from");
    }

    #[test]
    fn corrections_add_at_most_100_kb() {
        let mut profile = with_generations(0);
        let before = profile.to_bytes().len();
        for _ in 0..CORRECTIONS_KEPT {
            let clip = Clip::from_frames(&[vec![-0.1; 1280]]).unwrap();
            let correction = StoredCorrection::new(&clip, "contempt", Some("surprise"), LATEST_MS);
            profile.face.add_correction(correction, None, &"0".repeat(129)).unwrap();
        }
        let added = profile.to_bytes().len() - before;
        assert!(added <= 100 * 1024, "{added}");
    }

    #[test]
    fn a_user_takes_at_most_100_kb_with_three_logistic_heads_and_1_mb_with_any() {
        for kind in HeadKind::ALL {
            let labels = (0..7).map(|class| format!("emotion{class}")).collect();
            let blank = Head::fresh(labels, 1280, kind.body(), None, 1.0).unwrap();
            let parameters = (0..blank.parameters().len()).map(|i| if i % 2 == 0 { 0.3 } else { -0.3 }).collect();
            let head = Head::from_parameters(blank.labels().to_vec(), 1280, blank.body(), parameters).unwrap();
            let mut profile = Profile::new("Anna", &vec![vec![-1.0 / 32.0; 1024]; 10], &"0".repeat(64), 5).unwrap();
            for _ in 0..GENERATIONS_KEPT {
                let bytes = head.encode().unwrap();
                profile.face.push_generation(AdaptedHead { networks: "0".repeat(129), ..generation(bytes) }).unwrap();
            }
            let max = if kind == HeadKind::Logistic { 100 * 1024 } else { 1024 * 1024 };
            assert!(profile.to_bytes().len() <= max, "{kind:?}: {}", profile.to_bytes().len());
        }
    }

    #[test]
    fn no_series_of_small_steps_leads_to_somebody_else() {
        let calibration = Calibration::default();
        let direction = |angle: f32| vec![angle.cos(), angle.sin()];
        let mut profile = Profile::new("Anna", &[direction(0.0)], "net", 1).unwrap();
        let mut reached = 0.0;
        for step in 0..2000 {
            // Towards a person with nothing in common, as far as each time is believed.
            let tried: Vec<f32> = (1..40).map(|ahead| reached + ahead as f32 * 0.02).collect();
            let believed = tried
                .into_iter()
                .rev()
                .find(|&angle| more_of(&calibration, &profile.embeddings(), &[direction(angle)]).unwrap()[0]);
            let Some(angle) = believed else { break };
            assert!(step < 1999, "it goes on for ever");
            profile.add_embeddings(&[direction(angle)]).unwrap();
            reached = angle;
        }
        assert!((0.5..1.15).contains(&reached), "{reached} rad");
    }
}
