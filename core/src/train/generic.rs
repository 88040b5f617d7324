//! The generic head: it answers for everybody, and users' heads start from it.

use serde::{Deserialize, Serialize};

use super::fit::Sample;
use super::statistics::{ClassStatistics, Stored as StoredStatistics};
use crate::codec;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::head::{Head, Scale};

/// A network's own classifier is too overconfident to be moved by a few clips, so training starts
/// at [`Head::softened`] logits: with this temperature if every class has clips (the best of 1 to
/// 32 on KDEF, `mien eval adaptation`) ...
pub const FRESH_TEMPERATURE: f32 = 16.0;
/// ... and with this one if some have none, so that those classes can still be chosen.
pub const FRESH_TEMPERATURE_PARTIAL: f32 = 4.0;

const MAGIC: &[u8; 4] = b"MGEN";
const VERSION: u16 = 2;

/// A head for everybody, with the statistics of its training data.
#[derive(Debug, Clone, PartialEq)]
pub struct GenericHead {
    /// The head.
    pub head: Head,
    /// How features are scaled before they reach the head, for values that no network scales; `None`: not at all. The
    /// statistics are those of scaled values.
    pub scale: Option<Scale>,
    /// Statistics of its training data; `None` if unknown. Without them, users' heads are trained
    /// on the users' clips alone, and neutral clips alone teach nothing.
    pub statistics: Option<ClassStatistics>,
    /// What computed its features: for faces, SHA-256 of the identity and the expression network, joined; for speech,
    /// [`SpeechFeatures::name`](crate::speech::SpeechFeatures::name). `None` if unknown.
    pub networks: Option<String>,
    /// Whether it was trained on people. A head that only repeats the network's own last layer is
    /// softened before training.
    learned: bool,
    /// Divisor of the logits that makes the probabilities honest; 1 for a trained head.
    temperature: f32,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    head: Vec<u8>,
    statistics: Option<StoredStatistics>,
    networks: Option<String>,
    scale: Option<Scale>,
}

/// The layout of version 1, which has no scale.
#[derive(Serialize, Deserialize)]
struct Version1 {
    head: Vec<u8>,
    statistics: Option<StoredStatistics>,
    networks: Option<String>,
}

impl From<Version1> for Stored {
    fn from(Version1 { head, statistics, networks }: Version1) -> Self {
        Self { head, statistics, networks, scale: None }
    }
}

impl GenericHead {
    /// Creates a generic head that was trained on people, with the statistics of their clips.
    ///
    /// # Errors
    /// `InvalidOption` if the statistics have another dimension or number of classes.
    pub fn new(head: Head, statistics: Option<ClassStatistics>) -> Result<Self> {
        if let Some(statistics) = &statistics
            && (statistics.dimension() != head.dimension() || statistics.classes() != head.labels().len())
        {
            let (d, c) = (statistics.dimension(), statistics.classes());
            fail!(InvalidOption, "statistics of {d} values and {c} classes do not fit the head");
        }
        Ok(Self { head, scale: None, statistics, networks: None, learned: true, temperature: 1.0 })
    }

    /// Creates an untrained generic head that repeats the network's own last layer. Its
    /// probabilities are honest when its logits are divided by `temperature`.
    pub fn fresh(head: Head, temperature: f32) -> Self {
        Self { head, scale: None, statistics: None, networks: None, learned: false, temperature }
    }

    /// Returns the head with honest probabilities.
    ///
    /// # Errors
    /// `InvalidOption` if the temperature is not above 0.
    pub fn calibrated(&self) -> Result<Head> {
        if self.learned { Ok(self.head.clone()) } else { self.head.softened(self.temperature) }
    }

    /// Divisor of the logits of `head` that makes its probabilities honest.
    pub(super) fn temperature(&self) -> f32 {
        if self.learned { 1.0 } else { self.temperature }
    }

    /// Whether it was trained on people; otherwise it repeats the network's own last layer.
    pub fn learned(&self) -> bool {
        self.learned
    }

    /// Sets the networks of its features.
    #[must_use]
    pub fn of_networks(self, networks: &str) -> Self {
        Self { networks: Some(networks.to_owned()), ..self }
    }

    /// Sets how features are scaled before they reach the head.
    ///
    /// # Errors
    /// `InvalidOption` if the scale has another number of values than the head.
    pub fn scaled(self, scale: Scale) -> Result<Self> {
        if scale.len() != self.head.dimension() {
            fail!(InvalidOption, "a scale of {} values for a head of {}", scale.len(), self.head.dimension());
        }
        Ok(Self { scale: Some(scale), ..self })
    }

    /// Returns the start for training on `samples`: the head itself, softened if it is untrained.
    ///
    /// # Errors
    /// None for a valid head.
    pub fn start(&self, samples: &[Sample<'_>]) -> Result<Head> {
        if self.learned {
            return Ok(self.head.clone());
        }
        let all = (0..self.head.labels().len()).all(|class| samples.iter().any(|(_, other)| *other == class));
        self.head.softened(if all { FRESH_TEMPERATURE } else { FRESH_TEMPERATURE_PARTIAL })
    }

    /// Encodes the generic head for a file (`docs/reference/formats.md`); all values are rounded to f16.
    ///
    /// # Errors
    /// `Internal` if a value is not finite or does not fit into f16 (maximum 65504).
    pub fn encode(&self) -> Result<Vec<u8>> {
        let statistics = self.statistics.as_ref().map(StoredStatistics::from);
        let (networks, scale) = (self.networks.clone(), self.scale.clone());
        let stored = Stored { head: self.head.encode()?, statistics, networks, scale };
        let bytes = codec::seal(MAGIC, VERSION, &stored);
        Self::decode(&bytes).map_err(|error| {
            Error::with_source(ErrorKind::Internal, "the statistics do not fit into 16 bits", error)
        })?;
        Ok(bytes)
    }

    /// Decodes the bytes of a file: a generic head from [`GenericHead::encode`], or a head alone
    /// ([`Head::encode`]), which has no statistics.
    ///
    /// # Errors
    /// `ProfileCorrupt` if the bytes are damaged, `ProfileVersion` if another version wrote them.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if !bytes.starts_with(MAGIC) {
            return Self::new(Head::decode(bytes)?, None);
        }
        let opened = codec::open(MAGIC, 1..=VERSION, bytes, "generic head")?;
        let stored = if opened.version == 1 { opened.read::<Version1>()?.into() } else { opened.read::<Stored>()? };
        let statistics = stored.statistics.map(ClassStatistics::try_from).transpose()?;
        let fits = || {
            let generic = Self::new(Head::decode(&stored.head)?, statistics)?;
            let Some(scale) = stored.scale else { return Ok(generic) };
            scale.check()?;
            generic.scaled(scale)
        };
        let head = fits().map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, "the generic head's parts do not fit each other", error)
        })?;
        Ok(Self { networks: stored.networks, ..head })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::tests::labels;
    use crate::head::{Clip, HeadKind};
    use crate::train::statistics::UserClip;

    fn generic() -> GenericHead {
        let head = Head::fresh(labels(3), 2, HeadKind::Logistic.body(), None, 1.0).unwrap();
        let clips = [[1.0, 0.5], [0.25, 2.0], [0.5, -1.0]].map(|frame| Clip::from_frames(&[frame]).unwrap());
        let clips: Vec<_> =
            clips.iter().zip(["a", "a", "b"]).map(|(clip, user)| UserClip { clip, class: 0, user }).collect();
        let statistics = ClassStatistics::of(&clips, 3).unwrap();
        GenericHead::new(head, Some(statistics)).unwrap().of_networks("net")
    }

    #[test]
    fn a_generic_head_survives_its_file_to_f16() {
        let bytes = generic().encode().unwrap();
        let read = GenericHead::decode(&bytes).unwrap();
        assert_eq!(read.head, generic().head);
        assert_eq!(read.networks.as_deref(), Some("net"));
        assert_eq!(read.encode().unwrap(), bytes);
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert!(GenericHead::decode(&damaged).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_scale_is_kept_and_a_file_without_one_is_read() {
        let scale = Scale::of(&[[0.0, -40.0], [1.0, -20.0]]).unwrap();
        let scaled = generic().scaled(scale.clone()).unwrap();
        assert_eq!(GenericHead::decode(&scaled.encode().unwrap()).unwrap().scale, Some(scale));
        assert!(generic().scaled(Scale::of(&[[1.0], [2.0]]).unwrap()).is_err());
        let (head, statistics) = (generic().head.encode().unwrap(), generic().statistics.as_ref().map(Into::into));
        let old = Version1 { head, statistics, networks: Some("net".to_owned()) };
        let read = GenericHead::decode(&codec::seal(MAGIC, 1, &old)).unwrap();
        assert_eq!((read.head, read.scale, read.networks.as_deref()), (generic().head, None, Some("net")));
    }

    #[test]
    fn a_head_alone_is_a_generic_head_without_statistics() {
        let read = GenericHead::decode(&generic().head.encode().unwrap()).unwrap();
        assert_eq!((read.head, read.statistics, read.networks), (generic().head, None, None));
    }

    #[test]
    fn statistics_of_other_sizes_are_refused() {
        let wide = Head::fresh(labels(3), 4, HeadKind::Logistic.body(), None, 1.0).unwrap();
        assert!(GenericHead::new(wide, generic().statistics).is_err());
        let more = Head::fresh(labels(4), 2, HeadKind::Logistic.body(), None, 1.0).unwrap();
        assert!(GenericHead::new(more, generic().statistics).is_err());
    }

    #[test]
    fn only_a_fresh_head_is_softened() {
        let clip = Clip::from_frames(&[[1.0, 0.0]]).unwrap();
        let mut generic = generic();
        generic.head.parameters_mut().fill(1.0);
        assert_eq!(generic.start(&[]).unwrap(), generic.head);
        let fresh = GenericHead::fresh(generic.head.clone(), 1.0);
        assert_eq!(fresh.start(&[(&clip, 0)]).unwrap(), generic.head.softened(FRESH_TEMPERATURE_PARTIAL).unwrap());
        let all = [(&clip, 0), (&clip, 1), (&clip, 2)];
        assert_eq!(fresh.start(&all).unwrap(), generic.head.softened(FRESH_TEMPERATURE).unwrap());
    }
}
