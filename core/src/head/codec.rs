//! Heads as bytes: a version, the header, f16 weights, and a SHA-256 at the end.
//!
//! ```text
//! 0   4  magic "MHED"
//! 4   2  version, little-endian: 3 (2 is read too: no center)
//! 6   n  postcard of the head: labels, dimension, formula with its sizes, parameters and center as f16
//! 6+n 32 SHA-256 of all bytes before
//! ```

use serde::{Deserialize, Serialize};

use super::{Body, Head};
use crate::codec::{Halves, open, seal};
use crate::error::{Error, ErrorKind, Result, fail};

const MAGIC: &[u8; 4] = b"MHED";
const VERSION: u16 = 3;

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

impl Head {
    /// Encodes the head; parameters are rounded to f16.
    ///
    /// # Errors
    /// `Internal` if a parameter is not finite or does not fit into f16 (maximum 65504).
    pub fn encode(&self) -> Result<Vec<u8>> {
        let halves = |values: &[f32]| {
            let halves = Halves::of(values);
            match halves.to_f32().iter().position(|value| !value.is_finite()) {
                Some(index) => fail!(Internal, "the weight {} does not fit into 16 bits", values[index]),
                None => Ok(halves),
            }
        };
        let stored = Stored {
            labels: self.labels().to_vec(),
            dimension: self.dimension(),
            body: self.body(),
            parameters: halves(self.parameters())?,
            center: self.center().map(halves).transpose()?,
        };
        Ok(seal(MAGIC, VERSION, &stored))
    }

    /// Decodes the bytes of [`Head::encode`].
    ///
    /// # Errors
    /// `ProfileCorrupt` if the bytes are damaged or hold a value that is not finite, `ProfileVersion`
    /// if another version wrote them.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let opened = open(MAGIC, 2..=VERSION, bytes, "head")?;
        let stored = if opened.version == 2 {
            let Version2 { labels, dimension, body, parameters } = opened.read()?;
            Stored { labels, dimension, body, parameters: Halves::of_bits(parameters), center: None }
        } else {
            opened.read()?
        };
        let head = Self::from_parameters(stored.labels, stored.dimension, stored.body, stored.parameters.to_f32());
        let centered = head.and_then(|head| match stored.center {
            Some(center) => head.centered(center.to_f32()),
            None => Ok(head),
        });
        centered.map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, "the head's shapes and values do not fit each other", error)
        })
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::head::{ClipStatistic, HeadKind, Pooling};

    fn head() -> Head {
        let body = HeadKind::RelationAttention.body();
        let parameters = (0..37).map(|i| i as f32 * 0.25 - 3.0).collect();
        Head::from_parameters(vec!["calm".to_owned(), "happy".to_owned()], 5, body, parameters).unwrap()
    }

    #[test]
    fn a_head_survives_the_bytes() {
        assert_eq!(Head::decode(&head().encode().unwrap()).unwrap(), head());
        let centered = head().centered(vec![0.5, -1.0, 0.0, 2.0, 0.25]).unwrap();
        assert_eq!(Head::decode(&centered.encode().unwrap()).unwrap(), centered);
    }

    #[test]
    fn a_head_of_version_2_is_read() {
        let bits = |head: &Head| head.parameters().iter().map(|&value| f16::from_f32(value).to_bits()).collect();
        let old = Version2 { labels: head().labels, dimension: 5, body: head().body, parameters: bits(&head()) };
        assert_eq!(Head::decode(&seal(MAGIC, 2, &old)).unwrap(), head());
    }

    #[test]
    fn a_center_of_another_length_is_an_error() {
        let Head { labels, dimension, body, parameters, .. } = head();
        let center = Some(Halves::of(&[0.0; 4]));
        let stored = Stored { labels, dimension, body, parameters: Halves::of(&parameters), center };
        assert_eq!(Head::decode(&seal(MAGIC, VERSION, &stored)).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_noticed() {
        let bytes = head().encode().unwrap();
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            let kind = Head::decode(&damaged).unwrap_err().kind();
            assert!(matches!(kind, ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion), "byte {index}");
            assert!(Head::decode(&bytes[..index]).is_err());
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = head().encode().unwrap();
        bytes[4] = 9;
        let error = Head::decode(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProfileVersion);
        assert_eq!(error.to_string(), "the head has version 9; this program reads versions 2 to 3");
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
            let error = Head::decode(&seal(MAGIC, VERSION, &stored)).unwrap_err();
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
                    assert_eq!(
                        Head::decode(&bytes).unwrap_err().kind(),
                        ErrorKind::ProfileCorrupt,
                        "{hostile} at {at}"
                    );
                }
            }
            for at in 0..dimension {
                let mut center = vec![0.5; dimension];
                center[at] = hostile;
                let (parameters, center) = (Halves::of(&parameters), Some(Halves::of(&center)));
                let stored = Stored { labels: labels.clone(), dimension, body, parameters, center };
                assert_eq!(Head::decode(&seal(MAGIC, VERSION, &stored)).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            }
        }
    }

    #[test]
    fn weights_beyond_f16_are_refused() {
        for value in [1e6, f32::NAN] {
            let mut head = head();
            head.parameters_mut()[0] = value;
            assert!(head.encode().is_err());
        }
    }
}
