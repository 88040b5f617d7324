//! What every stored value is wrapped in: a magic number, a version, a postcard body and a SHA-256.
//!
//! ```text
//! 0   4  magic
//! 4   2  version, little-endian
//! 6   n  postcard of the body
//! 6+n 32 SHA-256 of all bytes before
//! ```

use std::ops::RangeInclusive;

use half::f16;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result, fail};

const DIGEST: usize = 32;

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

/// Serializes `body` behind a magic number and a version, followed by the SHA-256 of all bytes
/// before.
pub(crate) fn seal<T: Serialize>(magic: &[u8; 4], version: u16, body: &T) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend(postcard::to_stdvec(body).expect("plain data can always be serialized into memory"));
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
}
