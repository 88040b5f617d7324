//! Export of one user to a file, encrypted with a passphrase, for another device.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::crypto::{self, KEY_BYTES, NONCE};
use super::profile::Profile;
use super::recording::TABLE;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::timeline::check_foreign;
use crate::timeline::slots::Slots;

const MAGIC: &[u8; 4] = b"MUSR";
const VERSION: u16 = 1;
const SALT: usize = 16;
/// Magic, version, three numbers of the cost, salt, nonce.
const HEADER: usize = 4 + 2 + 3 * 4 + SALT + NONCE;
const DIGEST: usize = 32;

/// Minimum number of characters (Unicode scalar values, after NFC normalization) of an export
/// passphrase. Import accepts any length, because files of older versions have shorter ones.
pub const PASSPHRASE_MIN_CHARS: usize = 8;

/// Maximum cost accepted from a file, so that a hostile file cannot stall the device.
const MAX: Cost = Cost { memory_kib: 256 * 1024, passes: 16, lanes: 4 };

/// Maximum of memory (KiB) times passes of Argon2id, which determines its time: 4 passes over 256
/// MiB take 0.85 s on a core at 2 GHz. The default takes 0.13 s there.
const MAX_KIB_OF_ALL_PASSES: u64 = 4 * 256 * 1024;

/// Argon2id's parameters: the cost of trying one passphrase. Memory times passes is at most 1 GiB,
/// which takes about a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, from 8 per lane to 262,144.
    pub memory_kib: u32,
    /// Passes over the memory, 1 to 16.
    pub passes: u32,
    /// Lanes, 1 to 4.
    pub lanes: u32,
}

impl Default for Cost {
    /// 64 MiB, three passes, one lane: about a quarter of a second on a phone. (RFC 9106 recommends
    /// the same memory and passes for memory-constrained devices.)
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Cost {
    /// Derives the key from the bytes of `passphrase`.
    fn key(self, passphrase: &str, salt: &[u8; SALT]) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
        let Self { memory_kib, passes, lanes } = self;
        let too_long = u64::from(memory_kib) * u64::from(passes) > MAX_KIB_OF_ALL_PASSES;
        let too_much = too_long || memory_kib > MAX.memory_kib || passes > MAX.passes || lanes > MAX.lanes;
        let parameters = Params::new(memory_kib, passes, lanes, Some(KEY_BYTES));
        let (false, Ok(parameters)) = (too_much, parameters) else {
            fail!(InvalidOption, "a passphrase cannot cost {memory_kib} KiB, {passes} passes and {lanes} lanes");
        };
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        match argon.hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice()) {
            Ok(()) => Ok(key),
            Err(error) => fail!(InvalidOption, "the passphrase cannot be used: {error}"),
        }
    }
}

/// A numbered value of a user; see [`crate::timeline::slots`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotValue {
    /// The table.
    pub table: u8,
    /// The slot.
    pub slot: u64,
    /// The value.
    pub value: Vec<u8>,
}

/// All data of a user.
#[derive(Clone, PartialEq)]
pub struct Export {
    /// Embeddings and heads.
    pub profile: Profile,
    /// The timelines; empty if they were not exported.
    pub slots: Vec<SlotValue>,
}

impl std::fmt::Debug for Export {
    /// Shows counts only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Export({:?}, {} slots)", self.profile, self.slots.len())
    }
}

/// Normalizes `passphrase` to Unicode NFC.
fn normalized(passphrase: &str) -> Zeroizing<String> {
    Zeroizing::new(passphrase.nfc().collect())
}

/// Whether `bytes` start like an encrypted export.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The values of an export by table and slot.
struct Values<'a>(BTreeMap<(u8, u64), &'a [u8]>);

impl Slots for Values<'_> {
    fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(&(table, slot)).map(|value| value.to_vec()))
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    profile: Vec<u8>,
    slots: Vec<SlotValue>,
}

impl Export {
    /// Checks every number of the profile and of the timelines, as required for data from another
    /// device.
    ///
    /// # Errors
    /// `ProfileCorrupt` naming what is out of range, `ProfileVersion` if a newer version wrote a
    /// value of a timeline.
    pub fn check(&self) -> Result<()> {
        self.profile.check()?;
        if self.slots.iter().any(|slot| slot.table == TABLE) {
            fail!(ProfileCorrupt, "the export holds recorded clips, which never leave a device");
        }
        check_foreign(&Values(self.slots.iter().map(|slot| ((slot.table, slot.slot), &slot.value[..])).collect()))
    }

    /// Encrypts the export with `passphrase`. The passphrase is normalized to NFC, so that it opens
    /// the file no matter how a keyboard encodes its letters.
    ///
    /// # Errors
    /// `InvalidOption` for a passphrase of fewer than [`PASSPHRASE_MIN_CHARS`] characters or a cost
    /// out of range.
    pub fn encrypt(&self, passphrase: &str, cost: Cost) -> Result<Vec<u8>> {
        let passphrase = normalized(passphrase);
        let characters = passphrase.chars().count();
        if characters < PASSPHRASE_MIN_CHARS {
            fail!(InvalidOption, "the passphrase has {characters} characters; it needs {PASSPHRASE_MIN_CHARS}");
        }
        self.sealed(&passphrase, cost)
    }

    /// Encrypts the export with exactly these bytes of a passphrase.
    fn sealed(&self, passphrase: &str, cost: Cost) -> Result<Vec<u8>> {
        let (salt, nonce) = (crypto::random::<SALT>()?, crypto::random::<NONCE>()?);
        let key = cost.key(passphrase, &salt)?;
        let mut file = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
        for number in [cost.memory_kib, cost.passes, cost.lanes] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&salt);
        file.extend_from_slice(&nonce);
        let body = Body { profile: self.profile.to_bytes(), slots: self.slots.clone() };
        let body = postcard::to_stdvec(&body).expect("plain data can always be serialized into memory");
        let body = Zeroizing::new(body);
        let sealed = crypto::encrypt(&key, nonce, &file, &body)?;
        file.extend_from_slice(&sealed);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }

    /// Decrypts a file of [`Export::encrypt`] with the passphrase in any normalization. A file of
    /// an older version, which did not normalize, opens with the passphrase as it was given.
    ///
    /// # Errors
    /// `WrongKey` if the passphrase is wrong; `ProfileCorrupt` if the file is damaged or not an
    /// export; `ProfileVersion` if a newer version wrote it.
    pub fn decrypt(file: &[u8], passphrase: &str) -> Result<Self> {
        if file.len() < HEADER + DIGEST || !is_encrypted(file) {
            fail!(ProfileCorrupt, "not an exported user of Mien");
        }
        let version = u16::from_le_bytes([file[4], file[5]]);
        if version != VERSION {
            fail!(ProfileVersion, "the exported user has version {version}; this program reads version {VERSION}");
        }
        // The checksum needs no secret, so damage can be told from a wrong passphrase.
        let (content, digest) = file.split_at(file.len() - DIGEST);
        if Sha256::digest(content).as_slice() != digest {
            fail!(ProfileCorrupt, "the exported user is damaged: its checksum is wrong");
        }
        let (header, sealed) = content.split_at(HEADER);
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let cost = Cost { memory_kib: number(6), passes: number(10), lanes: number(14) };
        let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
        salt.copy_from_slice(&header[18..18 + SALT]);
        nonce.copy_from_slice(&header[18 + SALT..]);
        let open = |passphrase: &str| -> Result<_> {
            let key = cost.key(passphrase, &salt).map_err(|error| {
                let message = "the exported user has an impossible passphrase cost";
                Error::with_source(ErrorKind::ProfileCorrupt, message, error)
            })?;
            Ok(crypto::decrypt(&key, nonce, header, sealed))
        };
        let normalized = normalized(passphrase);
        let body = match open(&normalized)? {
            None if *normalized != passphrase => open(passphrase)?,
            body => body,
        };
        let Some(body) = body else {
            fail!(WrongKey, "the passphrase is not the one that the user was exported with");
        };
        let body: Body = postcard::from_bytes(&body).map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, "the exported user cannot be read", error)
        })?;
        Ok(Self { profile: Profile::from_bytes(&body.profile)?, slots: body.slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The minimum that Argon2 allows.
    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    const PASSPHRASE: &str = "open sesame";

    fn export() -> Export {
        let profile = Profile::new("Anna", &[vec![0.6, 0.8]], "net", 5).unwrap();
        Export { profile, slots: vec![SlotValue { table: 3, slot: u64::MAX, value: vec![7; 300] }] }
    }

    /// `file` with a valid checksum, as a hostile author would compute it.
    fn closed(mut file: Vec<u8>) -> Vec<u8> {
        file.truncate(file.len() - DIGEST);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        file
    }

    #[test]
    fn an_export_opens_with_its_passphrase_only() {
        let file = export().encrypt("open sesame", CHEAP).unwrap();
        assert!(is_encrypted(&file) && !file.windows(4).any(|bytes| bytes == b"Anna"));
        assert!(Export::decrypt(&file, "open sesame").unwrap() == export());
        for wrong in ["", "open", "open sesame "] {
            assert_eq!(Export::decrypt(&file, wrong).unwrap_err().kind(), ErrorKind::WrongKey);
        }
        for short in ["", "p", "1234567", "e\u{301}e\u{301}e\u{301}e\u{301}", "\u{1f600}"] {
            assert_eq!(export().encrypt(short, CHEAP).unwrap_err().kind(), ErrorKind::InvalidOption, "{short}");
        }
        assert!(export().encrypt("e\u{301}234567\u{1f600}", CHEAP).is_ok());
        assert_eq!(format!("{:?}", export()), format!("Export({:?}, 1 slots)", export().profile));
    }

    #[test]
    fn a_passphrase_opens_in_every_normalization_and_old_files_by_what_they_were_made_with() {
        // Composed, decomposed, and with the angstrom sign, which normalizes to the letter.
        let (composed, decomposed) = ("Gr\u{fc}\u{df}e an \u{c5}sa", "Gru\u{308}\u{df}e an A\u{30a}sa");
        for written in [composed, decomposed, "Gru\u{308}\u{df}e an \u{212b}sa"] {
            let file = export().encrypt(written, CHEAP).unwrap();
            for given in [composed, decomposed] {
                assert!(Export::decrypt(&file, given).unwrap() == export(), "{written:?} {given:?}");
            }
            let other = Export::decrypt(&file, "Grusse an Asa").unwrap_err();
            assert_eq!(other.kind(), ErrorKind::WrongKey);
        }
        for old in ["", "p", composed, decomposed] {
            let file = export().sealed(old, CHEAP).unwrap();
            assert!(Export::decrypt(&file, old).unwrap() == export(), "{old:?}");
        }
        let file = export().sealed(decomposed, CHEAP).unwrap();
        assert_eq!(Export::decrypt(&file, composed).unwrap_err().kind(), ErrorKind::WrongKey);
    }

    #[test]
    fn memory_times_passes_is_bounded_and_the_default_is_within() {
        let salt = [7; SALT];
        assert!(Cost::default().key(PASSPHRASE, &salt).is_ok());
        for (memory_kib, passes) in [(256 * 1024, 5), (64 * 1024 + 1, 16), (128 * 1024, 9), (u32::MAX, u32::MAX)] {
            for lanes in [1, 4] {
                let error = Cost { memory_kib, passes, lanes }.key(PASSPHRASE, &salt).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidOption, "{memory_kib} {passes}");
            }
        }
        let file = export().encrypt(PASSPHRASE, CHEAP).unwrap();
        let mut hostile = file;
        hostile[6..10].copy_from_slice(&MAX.memory_kib.to_le_bytes());
        hostile[10..14].copy_from_slice(&MAX.passes.to_le_bytes());
        let started = std::time::Instant::now();
        assert_eq!(Export::decrypt(&closed(hostile), PASSPHRASE).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        assert!(started.elapsed().as_millis() < 500, "nothing was computed");
    }

    #[test]
    fn a_file_cannot_ask_for_more_than_a_device_has() {
        let file = export().encrypt(PASSPHRASE, CHEAP).unwrap();
        for (at, max) in [(6, MAX.memory_kib), (10, MAX.passes), (14, MAX.lanes)] {
            for number in [0, max + 1, u32::MAX] {
                let mut hostile = file.clone();
                hostile[at..at + 4].copy_from_slice(&number.to_le_bytes());
                assert_eq!(
                    Export::decrypt(&closed(hostile), PASSPHRASE).unwrap_err().kind(),
                    ErrorKind::ProfileCorrupt
                );
            }
        }
        let mut newer = file;
        newer[4] = 2;
        assert_eq!(Export::decrypt(&newer, PASSPHRASE).unwrap_err().kind(), ErrorKind::ProfileVersion);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn damage_is_told_from_a_wrong_passphrase(at in 6usize..400, bit in 0u8..8, cut in 0usize..400) {
            let file = export().encrypt(PASSPHRASE, CHEAP).unwrap();
            let mut damaged = file.clone();
            let at = at % file.len();
            prop_assume!(at >= 6);
            damaged[at] ^= 1 << bit;
            prop_assert_eq!(Export::decrypt(&damaged, PASSPHRASE).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            let cut = cut % file.len();
            prop_assert_eq!(Export::decrypt(&file[..cut], PASSPHRASE).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        }

        #[test]
        fn hostile_files_are_errors(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            memory in 0u32..64, passes in 0u32..3, lanes in 0u32..3,
        ) {
            let header = [&MAGIC[..], &1u16.to_le_bytes(), &memory.to_le_bytes(), &passes.to_le_bytes(), &lanes.to_le_bytes()];
            let file = [header.concat(), bytes.clone(), vec![0; DIGEST]].concat();
            prop_assert!(Export::decrypt(&closed(file), PASSPHRASE).is_err());
            prop_assert!(Export::decrypt(&bytes, PASSPHRASE).is_err());
        }

        #[test]
        fn a_hostile_body_under_the_right_passphrase_is_an_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let file = export().encrypt(PASSPHRASE, CHEAP).unwrap();
            let (header, nonce) = (&file[..HEADER], file[34..HEADER].try_into().unwrap());
            let key = CHEAP.key(PASSPHRASE, file[18..34].try_into().unwrap()).unwrap();
            let sealed = crypto::encrypt(&key, nonce, header, &body).unwrap();
            let hostile = closed([header, &sealed, &[0; DIGEST]].concat());
            prop_assert_eq!(Export::decrypt(&hostile, PASSPHRASE).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        }
    }
}
