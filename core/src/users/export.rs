//! One user as one file, encrypted with a passphrase, to take to another device.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::crypto::{self, KEY_BYTES, NONCE};
use super::profile::Profile;
use super::slots::Slots;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::timeline::check_foreign;

const MAGIC: &[u8; 4] = b"MUSR";
const VERSION: u16 = 1;
const SALT: usize = 16;
/// Magic, version, three numbers of the cost, salt, nonce.
const HEADER: usize = 4 + 2 + 3 * 4 + SALT + NONCE;
const DIGEST: usize = 32;

/// The most that a file may ask for, so that a hostile one cannot stop the device.
const MOST: Cost = Cost { memory_kib: 256 * 1024, passes: 16, lanes: 4 };

/// What trying one passphrase costs: Argon2id's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, 8 for each lane to 262,144.
    pub memory_kib: u32,
    /// Passes over the memory, 1 to 16.
    pub passes: u32,
    /// Lanes, 1 to 4.
    pub lanes: u32,
}

impl Default for Cost {
    /// 64 MiB, three passes, one lane: about a quarter of a second on a phone. (RFC 9106 names
    /// the same memory and passes for devices that are short of memory.)
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Cost {
    /// The key that `passphrase` gives.
    fn key(self, passphrase: &str, salt: &[u8; SALT]) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
        let Self { memory_kib, passes, lanes } = self;
        let too_much = memory_kib > MOST.memory_kib || passes > MOST.passes || lanes > MOST.lanes;
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

/// A numbered value of a user; see [`super::slots`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotValue {
    /// The table.
    pub table: u8,
    /// The slot.
    pub slot: u64,
    /// The value.
    pub value: Vec<u8>,
}

/// Everything of a user.
#[derive(Clone, PartialEq)]
pub struct Export {
    /// Embeddings and heads.
    pub profile: Profile,
    /// The timeline; empty where it was left out.
    pub slots: Vec<SlotValue>,
}

impl std::fmt::Debug for Export {
    /// Counts only: the rest is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Export({:?}, {} slots)", self.profile, self.slots.len())
    }
}

/// Whether `bytes` begin as an encrypted export does.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The values of an export, by table and slot.
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
    /// Checks every number of the profile and of the timelines, as is done with what comes from
    /// another device.
    ///
    /// # Errors
    /// `ProfileCorrupt` naming what is out of range, `ProfileVersion` where a newer version wrote a
    /// value of a timeline.
    pub fn check(&self) -> Result<()> {
        self.profile.check().map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, "the user's profile is out of range", error)
        })?;
        check_foreign(&Values(self.slots.iter().map(|slot| ((slot.table, slot.slot), &slot.value[..])).collect()))
    }

    /// The export as a file that only `passphrase` opens.
    ///
    /// # Errors
    /// `InvalidOption` for an empty passphrase or a cost out of range.
    pub fn encrypt(&self, passphrase: &str, cost: Cost) -> Result<Vec<u8>> {
        if passphrase.is_empty() {
            fail!(InvalidOption, "the passphrase is empty");
        }
        let (salt, nonce) = (crypto::random::<SALT>()?, crypto::random::<NONCE>()?);
        let key = cost.key(passphrase, &salt)?;
        let mut file = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
        for number in [cost.memory_kib, cost.passes, cost.lanes] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&salt);
        file.extend_from_slice(&nonce);
        let body = Body { profile: self.profile.to_bytes(), slots: self.slots.clone() };
        // Serialising plain data into memory has no way to fail.
        let body = Zeroizing::new(postcard::to_stdvec(&body).unwrap_or_default());
        let sealed = crypto::encrypt(&key, nonce, &file, &body)?;
        file.extend_from_slice(&sealed);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }

    /// The export in a file that [`Export::encrypt`] made.
    ///
    /// # Errors
    /// `WrongKey` where the passphrase is another; `ProfileCorrupt` where the file is damaged or no
    /// export; `ProfileVersion` where a newer version wrote it.
    pub fn decrypt(file: &[u8], passphrase: &str) -> Result<Self> {
        if file.len() < HEADER + DIGEST || !is_encrypted(file) {
            fail!(ProfileCorrupt, "not an exported user of Mien");
        }
        let version = u16::from_le_bytes([file[4], file[5]]);
        if version != VERSION {
            fail!(ProfileVersion, "the exported user has version {version}; this program reads version {VERSION}");
        }
        // The checksum needs no secret: it tells damage from a wrong passphrase.
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
        let key = cost.key(passphrase, &salt).map_err(|error| {
            Error::with_source(ErrorKind::ProfileCorrupt, "the exported user asks for what no program wrote", error)
        })?;
        let Some(body) = crypto::decrypt(&key, nonce, header, sealed) else {
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

    /// As little as Argon2 allows.
    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    fn export() -> Export {
        let profile = Profile::new("Anna", &[vec![0.6, 0.8]], "net", 5).unwrap();
        Export { profile, slots: vec![SlotValue { table: 3, slot: u64::MAX, value: vec![7; 300] }] }
    }

    /// `file` with a checksum that fits, as a hostile author would give it.
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
        assert_eq!(export().encrypt("", CHEAP).unwrap_err().kind(), ErrorKind::InvalidOption);
        assert_eq!(format!("{:?}", export()), "Export(Profile(1 embeddings, 0 generations, active None), 1 slots)");
    }

    #[test]
    fn a_file_cannot_ask_for_more_than_a_device_has() {
        let file = export().encrypt("p", CHEAP).unwrap();
        for (at, most) in [(6, MOST.memory_kib), (10, MOST.passes), (14, MOST.lanes)] {
            for number in [0, most + 1, u32::MAX] {
                let mut hostile = file.clone();
                hostile[at..at + 4].copy_from_slice(&number.to_le_bytes());
                assert_eq!(Export::decrypt(&closed(hostile), "p").unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            }
        }
        let mut newer = file;
        newer[4] = 2;
        assert_eq!(Export::decrypt(&newer, "p").unwrap_err().kind(), ErrorKind::ProfileVersion);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn damage_is_told_from_a_wrong_passphrase(at in 6usize..400, bit in 0u8..8, cut in 0usize..400) {
            let file = export().encrypt("p", CHEAP).unwrap();
            let mut damaged = file.clone();
            let at = at % file.len();
            prop_assume!(at >= 6);
            damaged[at] ^= 1 << bit;
            prop_assert_eq!(Export::decrypt(&damaged, "p").unwrap_err().kind(), ErrorKind::ProfileCorrupt);
            let cut = cut % file.len();
            prop_assert_eq!(Export::decrypt(&file[..cut], "p").unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        }

        #[test]
        fn hostile_files_are_errors(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            memory in 0u32..64, passes in 0u32..3, lanes in 0u32..3,
        ) {
            let header = [&MAGIC[..], &1u16.to_le_bytes(), &memory.to_le_bytes(), &passes.to_le_bytes(), &lanes.to_le_bytes()];
            let file = [header.concat(), bytes.clone(), vec![0; DIGEST]].concat();
            prop_assert!(Export::decrypt(&closed(file), "p").is_err());
            prop_assert!(Export::decrypt(&bytes, "p").is_err());
        }

        #[test]
        fn a_hostile_body_under_the_right_passphrase_is_an_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let file = export().encrypt("p", CHEAP).unwrap();
            let (header, nonce) = (&file[..HEADER], file[34..HEADER].try_into().unwrap());
            let key = CHEAP.key("p", file[18..34].try_into().unwrap()).unwrap();
            let sealed = crypto::encrypt(&key, nonce, header, &body).unwrap();
            let hostile = closed([header, &sealed, &[0; DIGEST]].concat());
            prop_assert_eq!(Export::decrypt(&hostile, "p").unwrap_err().kind(), ErrorKind::ProfileCorrupt);
        }
    }
}
