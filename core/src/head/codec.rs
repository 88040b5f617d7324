//! Heads as bytes: a version, the header and f16 weights, closed by a SHA-256.
//!
//! ```text
//! 0   4  magic "MHED"
//! 4   2  version, little-endian: 1
//! 6   n  postcard of the head: labels, dimension, pooling, weights and bias as f16 bits
//! 6+n 32 SHA-256 of all bytes before
//! ```

use half::f16;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Logistic, Pooling};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::labels;

const MAGIC: &[u8; 4] = b"MHED";
const VERSION: u16 = 1;
const DIGEST: usize = 32;

#[derive(Serialize, Deserialize)]
struct Body {
    labels: Vec<String>,
    dimension: usize,
    pooling: Pooling,
    weights: Vec<u16>,
    bias: Vec<u16>,
}

/// `head` as bytes; weights are rounded to f16.
///
/// # Errors
/// `Internal` where a weight does not fit into f16 (65504 at most) or is not finite.
pub fn encode(head: &Logistic) -> Result<Vec<u8>> {
    let bits = |values: &[f32]| -> Result<Vec<u16>> {
        let halves: Vec<f16> = values.iter().map(|&value| f16::from_f32(value)).collect();
        match halves.iter().position(|value| !value.is_finite()) {
            Some(index) => fail!(Internal, "the weight {} does not fit into 16 bits", values[index]),
            None => Ok(halves.into_iter().map(f16::to_bits).collect()),
        }
    };
    let body = Body {
        labels: head.labels.clone(),
        dimension: head.dimension,
        pooling: head.pooling,
        weights: bits(&head.weights)?,
        bias: bits(&head.bias)?,
    };
    Ok(seal(MAGIC, VERSION, &body))
}

/// The head in `bytes`.
///
/// # Errors
/// `ProfileCorrupt` where the bytes are damaged, `ProfileVersion` where a newer version wrote
/// them.
pub fn decode(bytes: &[u8]) -> Result<Logistic> {
    let body: Body = open(MAGIC, VERSION, bytes, "head")?;
    let floats = |bits: Vec<u16>| bits.into_iter().map(|bits| f16::from_bits(bits).to_f32()).collect::<Vec<f32>>();
    let head = Logistic {
        weights: floats(body.weights),
        bias: floats(body.bias),
        labels: body.labels,
        dimension: body.dimension,
        pooling: body.pooling,
    };
    let length = head.pooling.descriptor_length(head.dimension);
    let fits = labels::check(&head.labels).is_ok()
        && head.dimension > 0
        && head.bias.len() == head.labels.len()
        && head.weights.len() == head.labels.len() * length;
    if !fits {
        fail!(ProfileCorrupt, "the head's shapes do not fit each other");
    }
    Ok(head)
}

/// `body` under a magic number and a version, closed by its SHA-256.
pub(crate) fn seal<T: Serialize>(magic: &[u8; 4], version: u16, body: &T) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    // Serialising plain data into memory has no way to fail.
    bytes.extend(postcard::to_stdvec(body).unwrap_or_default());
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// The body that [`seal`] closed, with everything checked; `what` names it in errors.
pub(crate) fn open<T: for<'a> Deserialize<'a>>(magic: &[u8; 4], version: u16, bytes: &[u8], what: &str) -> Result<T> {
    if bytes.len() < 6 + DIGEST || &bytes[..4] != magic {
        fail!(ProfileCorrupt, "not a {what} of Mien");
    }
    let found = u16::from_le_bytes([bytes[4], bytes[5]]);
    if found > version {
        fail!(ProfileVersion, "the {what} has version {found}; this program reads up to version {version}");
    }
    let (content, digest) = bytes.split_at(bytes.len() - DIGEST);
    if Sha256::digest(content).as_slice() != digest {
        fail!(ProfileCorrupt, "the {what} is damaged: its checksum is wrong");
    }
    postcard::from_bytes(&content[6..])
        .map_err(|error| Error::with_source(ErrorKind::ProfileCorrupt, format!("the {what} cannot be read"), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Logistic {
        let labels = vec!["calm".to_owned(), "happy".to_owned()];
        let mut head = Logistic::fresh(labels, 5, Pooling::Statistics, None, 1.0).unwrap();
        head.weights.iter_mut().enumerate().for_each(|(i, value)| *value = i as f32 * 0.25 - 3.0);
        head.bias[1] = 0.5;
        head
    }

    #[test]
    fn a_head_survives_the_bytes() {
        assert_eq!(decode(&encode(&head()).unwrap()).unwrap(), head());
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
    fn a_newer_version_is_named() {
        let mut bytes = encode(&head()).unwrap();
        bytes[4] = 9;
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProfileVersion);
        assert_eq!(error.to_string(), "the head has version 9; this program reads up to version 1");
    }

    #[test]
    fn weights_beyond_f16_are_refused() {
        for value in [1e6, f32::NAN] {
            let mut head = head();
            head.weights[0] = value;
            assert!(encode(&head).is_err());
        }
    }
}
