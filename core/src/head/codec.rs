//! Heads as bytes: a version, the header and f16 weights, closed by a SHA-256.
//!
//! ```text
//! 0   4  magic "MHED"
//! 4   2  version, little-endian: 2
//! 6   n  postcard of the head: labels, dimension, formula with its sizes, parameters as f16 bits
//! 6+n 32 SHA-256 of all bytes before
//! ```

use half::f16;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Body, Head};
use crate::error::{Error, ErrorKind, Result, fail};

const MAGIC: &[u8; 4] = b"MHED";
const VERSION: u16 = 2;
const DIGEST: usize = 32;

#[derive(Serialize, Deserialize)]
struct Stored {
    labels: Vec<String>,
    dimension: usize,
    body: Body,
    parameters: Vec<u16>,
}

/// `head` as bytes; parameters are rounded to f16.
///
/// # Errors
/// `Internal` where a parameter does not fit into f16 (65504 at most) or is not finite.
pub fn encode(head: &Head) -> Result<Vec<u8>> {
    let halves: Vec<f16> = head.parameters().iter().map(|&value| f16::from_f32(value)).collect();
    if let Some(index) = halves.iter().position(|value| !value.is_finite()) {
        fail!(Internal, "the weight {} does not fit into 16 bits", head.parameters()[index]);
    }
    let stored = Stored {
        labels: head.labels().to_vec(),
        dimension: head.dimension(),
        body: head.body(),
        parameters: halves.into_iter().map(f16::to_bits).collect(),
    };
    Ok(seal(MAGIC, VERSION, &stored))
}

/// The head in `bytes`.
///
/// # Errors
/// `ProfileCorrupt` where the bytes are damaged, `ProfileVersion` where another version wrote
/// them.
pub fn decode(bytes: &[u8]) -> Result<Head> {
    let stored: Stored = open(MAGIC, VERSION, bytes, "head")?;
    let parameters = stored.parameters.into_iter().map(|bits| f16::from_bits(bits).to_f32()).collect();
    Head::from_parameters(stored.labels, stored.dimension, stored.body, parameters).map_err(|error| {
        Error::with_source(ErrorKind::ProfileCorrupt, "the head's shapes do not fit each other", error)
    })
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
    if found != version {
        fail!(ProfileVersion, "the {what} has version {found}; this program reads version {version}");
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
    use crate::head::HeadKind;

    fn head() -> Head {
        let body = HeadKind::RelationAttention.body();
        let parameters = (0..37).map(|i| i as f32 * 0.25 - 3.0).collect();
        Head::from_parameters(vec!["calm".to_owned(), "happy".to_owned()], 5, body, parameters).unwrap()
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
    fn another_version_is_named() {
        let mut bytes = encode(&head()).unwrap();
        bytes[4] = 9;
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProfileVersion);
        assert_eq!(error.to_string(), "the head has version 9; this program reads version 2");
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
