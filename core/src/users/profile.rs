//! What is kept of a user.

use half::f16;
use serde::{Deserialize, Serialize};

use crate::error::{Result, fail};
use crate::head::codec;

/// The longest user name, in characters.
pub const LONGEST_NAME: usize = 64;

const MAGIC: &[u8; 4] = b"MPRO";
const VERSION: u16 = 1;

/// A user: embeddings to be recognised by, and the adapted head where there is one.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The name; see [`check_name`].
    pub name: String,
    /// When the user was enrolled, milliseconds since 1970, as the caller said.
    pub enrolled_at_ms: u64,
    /// SHA-256 of the identity network that made the embeddings.
    pub identity_network: String,
    /// The embeddings, f16 bits.
    embeddings: Vec<Vec<u16>>,
    /// The adapted head, where the user has one.
    pub head: Option<AdaptedHead>,
}

impl std::fmt::Debug for Profile {
    /// Counts only: the rest is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Profile({} embeddings, head {})", self.embeddings.len(), self.head.is_some())
    }
}

/// A user's own head and what it was made with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptedHead {
    /// The head as [`codec::encode`] wrote it.
    pub bytes: Vec<u8>,
    /// SHA-256 of the identity and the expression network whose features it takes, joined.
    pub networks: String,
    /// When it was learnt, milliseconds since 1970, as the caller said.
    pub adapted_at_ms: u64,
    /// Clips it was learnt from.
    pub clips: u32,
}

impl Profile {
    /// A profile without a head.
    ///
    /// # Errors
    /// `InvalidOption` for a bad name, `NotEnoughSamples` without embeddings.
    pub fn new(name: &str, embeddings: &[Vec<f32>], identity_network: &str, now_ms: u64) -> Result<Self> {
        check_name(name)?;
        if embeddings.is_empty() {
            fail!(NotEnoughSamples, "no embedding to enrol the user with");
        }
        let half = |embedding: &Vec<f32>| embedding.iter().map(|&value| f16::from_f32(value).to_bits()).collect();
        Ok(Self {
            name: name.to_owned(),
            enrolled_at_ms: now_ms,
            identity_network: identity_network.to_owned(),
            embeddings: embeddings.iter().map(half).collect(),
            head: None,
        })
    }

    /// The embeddings, as they were to within f16's precision.
    pub fn embeddings(&self) -> Vec<Vec<f32>> {
        let full = |bits: &Vec<u16>| bits.iter().map(|&bits| f16::from_bits(bits).to_f32()).collect();
        self.embeddings.iter().map(full).collect()
    }

    /// The number of embeddings.
    pub fn embedding_count(&self) -> usize {
        self.embeddings.len()
    }

    /// The profile as bytes with a version and a checksum: the form of the store and of files.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::seal(MAGIC, VERSION, self)
    }

    /// The profile in `bytes`.
    ///
    /// # Errors
    /// `ProfileCorrupt` where they are damaged or not a profile, `ProfileVersion` where a newer
    /// version wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let profile: Self = codec::open(MAGIC, VERSION, bytes, "profile")?;
        if check_name(&profile.name).is_err() || profile.embeddings.is_empty() {
            fail!(ProfileCorrupt, "the profile has no valid name or no embedding");
        }
        if let Some(head) = &profile.head {
            codec::decode(&head.bytes)?;
        }
        Ok(profile)
    }
}

/// Checks a user's name: 1 to [`LONGEST_NAME`] characters, not only blanks, no path separator,
/// no control character, not `.` or `..`.
///
/// # Errors
/// `InvalidOption` naming what is wrong.
pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        fail!(InvalidOption, "the user's name is empty");
    }
    if name.trim() != name {
        fail!(InvalidOption, "the user's name {name:?} begins or ends with a blank");
    }
    if name.chars().count() > LONGEST_NAME {
        fail!(InvalidOption, "the user's name has more than {LONGEST_NAME} characters");
    }
    if name.contains(['/', '\\']) || name == "." || name == ".." {
        fail!(InvalidOption, "the user's name {name:?} carries a path separator or is a path");
    }
    if name.chars().any(char::is_control) {
        fail!(InvalidOption, "the user's name {name:?} carries a control character");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

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
        assert_eq!(format!("{profile:?}"), "Profile(1 embeddings, head false)");
    }
}
