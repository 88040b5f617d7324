//! Heads as bytes: a version, the header, f16 weights, and a SHA-256 at the end.
//!
//! ```text
//! 0   4  magic "MHED"
//! 4   2  version, little-endian: 3 (2 is read too: no center)
//! 6   n  postcard of the head: labels, dimension, formula with its sizes, parameters and center as f16
//! 6+n 32 SHA-256 of all bytes before
//! ```

use std::ops::RangeInclusive;

use half::f16;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Body, Head};
use crate::error::{Error, ErrorKind, Result, fail};

const MAGIC: &[u8; 4] = b"MHED";
const VERSION: u16 = 3;
const DIGEST: usize = 32;

#[derive(Serialize, Deserialize)]
struct Stored {
    labels: Vec<String>,
    dimension: usize,
    body: Body,
    parameters: Halves,
    center: Option<Halves>,
}

/// The layout of a version 2 head.
#[derive(Serialize, Deserialize)]
struct Version2 {
    labels: Vec<String>,
    dimension: usize,
    body: Body,
    /// The bits of f16 values.
    parameters: Vec<u16>,
}

/// Values as f16, two little-endian bytes each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Halves(Vec<[u8; 2]>);

impl Halves {
    /// Rounds the values to f16.
    pub fn of(values: &[f32]) -> Self {
        Self(values.iter().map(|&value| f16::from_f32(value).to_le_bytes()).collect())
    }

    /// Interprets `bits` as f16 values.
    pub fn of_bits(bits: Vec<u16>) -> Self {
        Self(bits.into_iter().map(u16::to_le_bytes).collect())
    }

    /// Returns the values as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        self.0.iter().map(|&half| f16::from_le_bytes(half).to_f32()).collect()
    }
}

/// Encodes `head`; parameters are rounded to f16.
///
/// # Errors
/// `Internal` if a parameter is not finite or does not fit into f16 (maximum 65504).
pub fn encode(head: &Head) -> Result<Vec<u8>> {
    let halves = |values: &[f32]| {
        let halves = Halves::of(values);
        match halves.to_f32().iter().position(|value| !value.is_finite()) {
            Some(index) => fail!(Internal, "the weight {} does not fit into 16 bits", values[index]),
            None => Ok(halves),
        }
    };
    let stored = Stored {
        labels: head.labels().to_vec(),
        dimension: head.dimension(),
        body: head.body(),
        parameters: halves(head.parameters())?,
        center: head.center().map(halves).transpose()?,
    };
    Ok(seal(MAGIC, VERSION, &stored))
}

/// Decodes a head.
///
/// # Errors
/// `ProfileCorrupt` if the bytes are damaged or hold a value that is not finite, `ProfileVersion`
/// if another version wrote them.
pub fn decode(bytes: &[u8]) -> Result<Head> {
    let opened = open(MAGIC, 2..=VERSION, bytes, "head")?;
    let stored = if opened.version == 2 {
        let Version2 { labels, dimension, body, parameters } = opened.read()?;
        Stored { labels, dimension, body, parameters: Halves::of_bits(parameters), center: None }
    } else {
        opened.read()?
    };
    let head = Head::from_parameters(stored.labels, stored.dimension, stored.body, stored.parameters.to_f32());
    let centered = head.and_then(|head| match stored.center {
        Some(center) => head.centered(center.to_f32()),
        None => Ok(head),
    });
    centered.map_err(|error| {
        Error::with_source(ErrorKind::ProfileCorrupt, "the head's shapes and values do not fit each other", error)
    })
}

/// Serializes `body` behind a magic number and a version, followed by the SHA-256 of all bytes
/// before.
pub(crate) fn seal<T: Serialize>(magic: &[u8; 4], version: u16, body: &T) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    // Serializing plain data into memory cannot fail.
    bytes.extend(postcard::to_stdvec(body).unwrap_or_default());
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// The result of [`open`]: a body of one of the accepted versions.
pub(crate) struct Opened<'a> {
    /// The version that wrote the body.
    pub version: u16,
    body: &'a [u8],
    what: &'a str,
}

impl Opened<'_> {
    /// Reads the body as `T`, which must be the type of [`Opened::version`].
    ///
    /// # Errors
    /// `ProfileCorrupt` if it is not a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        postcard::from_bytes(self.body).map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, format!("the {} cannot be read", self.what), error)
        })
    }
}

/// Opens bytes that [`seal`] wrote: checks magic number, version and checksum. `what` names the
/// object in errors.
///
/// # Errors
/// `ProfileCorrupt` if the bytes are damaged, `ProfileVersion` for a version not in `versions`.
pub(crate) fn open<'a>(
    magic: &[u8; 4],
    versions: RangeInclusive<u16>,
    bytes: &'a [u8],
    what: &'a str,
) -> Result<Opened<'a>> {
    if bytes.len() < 6 + DIGEST || &bytes[..4] != magic {
        fail!(ProfileCorrupt, "not a {what} of Mien");
    }
    let version = u16::from_le_bytes([bytes[4], bytes[5]]);
    if !versions.contains(&version) {
        let (first, last) = (versions.start(), versions.end());
        let read = if first == last { format!("version {last}") } else { format!("versions {first} to {last}") };
        fail!(ProfileVersion, "the {what} has version {version}; this program reads {read}");
    }
    let (content, digest) = bytes.split_at(bytes.len() - DIGEST);
    if Sha256::digest(content).as_slice() != digest {
        fail!(ProfileCorrupt, "the {what} is damaged: its checksum is wrong");
    }
    Ok(Opened { version, body: &content[6..], what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{ClipStatistic, HeadKind, Pooling};

    fn head() -> Head {
        let body = HeadKind::RelationAttention.body();
        let parameters = (0..37).map(|i| i as f32 * 0.25 - 3.0).collect();
        Head::from_parameters(vec!["calm".to_owned(), "happy".to_owned()], 5, body, parameters).unwrap()
    }

    #[test]
    fn a_head_survives_the_bytes() {
        assert_eq!(decode(&encode(&head()).unwrap()).unwrap(), head());
        let centered = head().centered(vec![0.5, -1.0, 0.0, 2.0, 0.25]).unwrap();
        assert_eq!(decode(&encode(&centered).unwrap()).unwrap(), centered);
    }

    #[test]
    fn a_head_of_version_2_is_read() {
        let bits = |head: &Head| head.parameters().iter().map(|&value| f16::from_f32(value).to_bits()).collect();
        let old = Version2 { labels: head().labels, dimension: 5, body: head().body, parameters: bits(&head()) };
        assert_eq!(decode(&seal(MAGIC, 2, &old)).unwrap(), head());
    }

    #[test]
    fn a_center_of_another_length_is_an_error() {
        let Head { labels, dimension, body, parameters, .. } = head();
        let center = Some(Halves::of(&[0.0; 4]));
        let stored = Stored { labels, dimension, body, parameters: Halves::of(&parameters), center };
        assert_eq!(decode(&seal(MAGIC, VERSION, &stored)).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_noticed() {
        let bytes = encode(&head()).unwrap();
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            let kind = decode(&damaged).unwrap_err().kind();
            assert!(matches!(kind, ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion), "byte {index}");
            assert!(decode(&bytes[..index]).is_err());
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = encode(&head()).unwrap();
        bytes[4] = 9;
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProfileVersion);
        assert_eq!(error.to_string(), "the head has version 9; this program reads versions 2 to 3");
    }

    #[test]
    fn each_version_of_a_range_is_opened() {
        let written = |version| seal(b"TEST", version, &7u32);
        for version in [2, 3, 4] {
            let bytes = written(version);
            let opened = open(b"TEST", 2..=4, &bytes, "thing").unwrap();
            assert_eq!((opened.version, opened.read::<u32>().unwrap()), (version, 7));
            assert_eq!(opened.read::<String>().unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        }
        for version in [1, 5] {
            let error = open(b"TEST", 2..=4, &written(version), "thing").err().unwrap();
            let want = format!("the thing has version {version}; this program reads versions 2 to 4");
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::ProfileVersion, want));
        }
    }

    #[test]
    fn a_well_sealed_head_of_impossible_sizes_is_an_error() {
        let single = |hidden| Body::SingleAttention { hidden, statistic: Some(ClipStatistic::Mean) };
        let width = |width| Body::SelfAttention { width, statistic: None };
        let statistics = Body::Logistic { pooling: Pooling::Statistics };
        let relation = Body::RelationAttention { statistic: Some(ClipStatistic::Maximum) };
        let many: Vec<String> = (0..5000).map(|class| class.to_string()).collect();
        let two = many[..2].to_vec();
        for (labels, dimension, body) in [
            (&two, usize::MAX, statistics),
            (&two, usize::MAX / 2 + 1, relation),
            (&two, usize::MAX / 4 + 1, single(8)),
            (&two, 1 << 40, width(4096)),
            (&two, 100_001, statistics),
            (&two, 0, relation),
            (&two, 3, single(usize::MAX)),
            (&two, 3, width(0)),
            (&many, 3, statistics),
            (&many, usize::MAX, single(4096)),
            // The largest possible sizes, without the parameters.
            (&two, 100_000, single(4096)),
            (&two, 100_000, relation),
        ] {
            let stored =
                Stored { labels: labels.clone(), dimension, body, parameters: Halves::of(&[0.0; 4]), center: None };
            let error = decode(&seal(MAGIC, VERSION, &stored)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{dimension} {body:?}: {error}");
        }
    }

    #[test]
    fn values_that_are_not_finite_are_refused_in_any_version_and_place() {
        let Head { labels, dimension, body, parameters, .. } = head().centered(vec![0.5; 5]).unwrap();
        for hostile in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            for at in 0..parameters.len() {
                let mut parameters = parameters.clone();
                parameters[at] = hostile;
                let bits = parameters.iter().map(|&value| f16::from_f32(value).to_bits()).collect();
                let old = Version2 { labels: labels.clone(), dimension, body, parameters: bits };
                let parameters = Halves::of(&parameters);
                let new = Stored { labels: labels.clone(), dimension, body, parameters, center: None };
                for bytes in [seal(MAGIC, 2, &old), seal(MAGIC, VERSION, &new)] {
                    assert_eq!(decode(&bytes).unwrap_err().kind(), ErrorKind::ProfileCorrupt, "{hostile} at {at}");
                }
            }
            for at in 0..dimension {
                let mut center = vec![0.5; dimension];
                center[at] = hostile;
                let (parameters, center) = (Halves::of(&parameters), Some(Halves::of(&center)));
                let stored = Stored { labels: labels.clone(), dimension, body, parameters, center };
                assert_eq!(decode(&seal(MAGIC, VERSION, &stored)).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            }
        }
    }

    #[test]
    fn weights_beyond_f16_are_refused() {
        for value in [1e6, f32::NAN] {
            let mut head = head();
            head.parameters_mut()[0] = value;
            assert!(encode(&head).is_err());
        }
    }
}
