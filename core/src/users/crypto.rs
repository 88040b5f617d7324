//! Sealing of a store's values: encrypted with the application's key or, without a key, only
//! protected against damage.
//!
//! Each value is encrypted with XChaCha20-Poly1305 under a random nonce; the associated data is the
//! value's row key, so values cannot be swapped between rows. The name of a row (an option's name,
//! a time in the timeline) is hidden by a keyed pseudo-random function, HMAC-SHA-256 truncated to
//! 16 bytes, and is stored inside the sealed value. All keys are derived from the application's key
//! by HMAC-SHA-256 over a label and a salt that is random for each file; each user's values have
//! their own key, derived with the user's number. A deletion writes a new file with a new salt, so
//! the deleted user's keys cannot be derived for it, and rows of an old copy cannot be opened in
//! it.
//!
//! The set of rows is authenticated too: each row with its value maps to a number
//! ([`Sealing::term`]), and the store seals the sum of these numbers with every change.
//!
//! Keys, nonces and user numbers must be unpredictable, so they come from the operating system
//! ([`random`]). Unlike training seeds they are not passed in: an application with a poor source
//! would lose the encryption without noticing.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::codec;
use crate::error::{ErrorKind, Result, fail};
use crate::users::files::error_at;

/// Length of a [`StoreKey`] in bytes.
pub const KEY_BYTES: usize = 32;

/// Length of an XChaCha20-Poly1305 nonce in bytes.
pub(crate) const NONCE: usize = 24;
const SALT: usize = 32;
/// Length in bytes of hidden names, key fingerprints and checksums of unencrypted values.
const SHORT: usize = 16;

/// Length in bytes of kind and owner, the start of a row's key.
pub(crate) const PLACE: usize = 9;

/// Label for deriving a key's fingerprint.
const FINGERPRINT: &[u8] = b"mien store fingerprint";

const CHECK_MAGIC: &[u8; 4] = b"MKEY";
const CHECK_VERSION: u16 = 1;

/// The key of an encrypted store, usually held in the platform's keystore; wiped when dropped.
#[derive(Clone)]
pub struct StoreKey(Zeroizing<[u8; KEY_BYTES]>);

impl StoreKey {
    /// Creates a key from these bytes, which must be random; a passphrase is not a key.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key from a file's content: 32 bytes, or 64 hexadecimal digits with optional white
    /// space around them.
    ///
    /// # Errors
    /// `InvalidOption` if it is neither.
    pub fn from_text_or_bytes(content: &[u8]) -> Result<Self> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if content.len() == KEY_BYTES {
            key.copy_from_slice(content);
            return Ok(Self(key));
        }
        let digits = content.trim_ascii();
        if digits.len() != 2 * KEY_BYTES {
            fail!(InvalidOption, "a key has {KEY_BYTES} bytes or {} hexadecimal digits", 2 * KEY_BYTES);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            match (char::from(pair[0]).to_digit(16), char::from(pair[1]).to_digit(16)) {
                (Some(high), Some(low)) => *byte = (16 * high + low) as u8,
                _ => fail!(InvalidOption, "the key is not in hexadecimal digits"),
            }
        }
        Ok(Self(key))
    }
}

impl std::fmt::Debug for StoreKey {
    /// Shows nothing of the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey")
    }
}

/// Returns random bytes from the operating system, the only source of randomness in the crate.
///
/// # Errors
/// `Internal` if the system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => fail!(Internal, "the system gives no random numbers: {error}"),
    }
}

/// Encrypts `message` and authenticates it together with `context`.
pub(crate) fn encrypt(key: &[u8; KEY_BYTES], nonce: [u8; NONCE], context: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    match cipher.encrypt(&XNonce::from(nonce), Payload { msg: message, aad: context }) {
        Ok(sealed) => Ok(sealed),
        Err(_) => fail!(Internal, "a value of {} bytes is too long to encrypt", message.len()),
    }
}

/// Decrypts the output of [`encrypt`]; `None` if the key, the context or the bytes differ.
pub(crate) fn decrypt(
    key: &[u8; KEY_BYTES],
    nonce: [u8; NONCE],
    context: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let opened = cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: context });
    opened.ok().map(Zeroizing::new)
}

/// HMAC-SHA-256 of the concatenated `parts`.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC accepts keys of any length.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else { unreachable!("HMAC takes any key") };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn short(long: &[u8]) -> [u8; SHORT] {
    let mut short = [0; SHORT];
    short.copy_from_slice(&long[..SHORT]);
    short
}

/// Returns the kind and owner at the start of a row's key. The values and names of each place have
/// their own keys, so one user's data cannot be read with another user's keys.
fn place(row: &[u8]) -> &[u8] {
    &row[..row.len().min(PLACE)]
}

/// The sealing of one store file.
pub(crate) enum Sealing {
    /// Unencrypted, with a checksum.
    Plain,
    /// Encrypted.
    Keyed(Keys),
}

/// The keys derived from a store's key for one file.
pub(crate) struct Keys {
    /// The application's key, for deriving a new file's keys.
    key: StoreKey,
    values: Zeroizing<[u8; KEY_BYTES]>,
    names: Zeroizing<[u8; KEY_BYTES]>,
    rows: Zeroizing<[u8; KEY_BYTES]>,
    salt: [u8; SALT],
    fingerprint: [u8; SHORT],
}

impl Keys {
    fn derive(key: &StoreKey, salt: [u8; SALT]) -> Self {
        let of = |label: &[u8]| Zeroizing::new(mac(key.0.as_slice(), &[label, &salt]));
        Self {
            key: key.clone(),
            values: of(b"mien store 3 values"),
            names: of(b"mien store 3 names"),
            rows: of(b"mien store 3 rows"),
            salt,
            fingerprint: short(of(FINGERPRINT).as_slice()),
        }
    }

    /// Derives the key that seals the values of the place of `row`.
    fn values_of(&self, row: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        Zeroizing::new(mac(self.values.as_slice(), &[place(row)]))
    }
}

/// An opened value.
pub(crate) struct Record {
    /// The name of the row.
    pub name: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

/// Length and end of a sealed value. The end is the checksum or authentication tag, so together
/// with the row they identify the whole value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    end: [u8; SHORT],
}

impl Stamp {
    /// The stamp of a sealed value that is `length` bytes long and ends with `end`; the last 16
    /// bytes are used.
    pub fn new(length: u64, end: &[u8]) -> Self {
        let mut stamp = Self { length, end: [0; SHORT] };
        let end = &end[end.len().saturating_sub(SHORT)..];
        stamp.end[SHORT - end.len()..].copy_from_slice(end);
        stamp
    }

    /// The stamp of a whole sealed value.
    pub fn of(sealed: &[u8]) -> Self {
        Self::new(sealed.len() as u64, sealed)
    }
}

impl Sealing {
    /// Creates the sealing of a new file.
    pub fn fresh(key: Option<&StoreKey>) -> Result<Self> {
        Ok(match key {
            Some(key) => Self::Keyed(Keys::derive(key, random()?)),
            None => Self::Plain,
        })
    }

    /// Creates the sealing of a new file under the same key; values sealed before cannot be opened
    /// with it.
    pub fn renewed(&self) -> Result<Self> {
        Self::fresh(match self {
            Self::Plain => None,
            Self::Keyed(keys) => Some(&keys.key),
        })
    }

    /// Returns the sealing of a file that holds `check`; `path` names the file in errors.
    ///
    /// # Errors
    /// `WrongKey` if the key is wrong, missing, or given for an unencrypted file; `ProfileCorrupt`
    /// if `check` is damaged.
    pub fn of_file(key: Option<&StoreKey>, check: Option<&[u8]>, path: &Path) -> Result<Self> {
        Ok(match matching(key, check, path)? {
            None => Self::Plain,
            Some((key, salt)) => Self::Keyed(Keys::derive(key, salt)),
        })
    }

    /// Returns the value that a file stores for [`Sealing::of_file`]; `None` if it is not
    /// encrypted.
    pub fn check(&self) -> Option<Vec<u8>> {
        match self {
            Self::Plain => None,
            Self::Keyed(keys) => Some(codec::seal(CHECK_MAGIC, CHECK_VERSION, &(keys.salt, keys.fingerprint))),
        }
    }

    /// Returns the hidden form of `name` for a row's key; `place` is the start of that key.
    pub fn hide(&self, place: &[u8], name: &[u8]) -> Vec<u8> {
        match self {
            // The length goes first, so that no name's row starts with another name's.
            Self::Plain => [&(name.len() as u16).to_be_bytes(), name].concat(),
            Self::Keyed(keys) => short(&mac(keys.names.as_slice(), &[place, name])).to_vec(),
        }
    }

    /// Seals the value of the row with the key `row` and the name `name`.
    ///
    /// # Errors
    /// `Internal` if the system has no random numbers.
    pub fn seal(&self, row: &[u8], name: &[u8], value: &[u8]) -> Result<Vec<u8>> {
        // Names are short: a user's, an option's or a slot's.
        let mut content = Zeroizing::new(Vec::with_capacity(2 + name.len() + value.len() + SHORT));
        content.extend_from_slice(&(name.len() as u16).to_le_bytes());
        content.extend_from_slice(name);
        content.extend_from_slice(value);
        match self {
            Self::Plain => {
                let digest = checksum(row, &content);
                content.extend_from_slice(&digest);
                Ok(content.to_vec())
            }
            Self::Keyed(keys) => {
                let nonce = random()?;
                Ok([&nonce[..], &encrypt(&keys.values_of(row), nonce, row, &content)?].concat())
            }
        }
    }

    /// Opens a value sealed for `row`; `None` if it is damaged or was sealed for another row or
    /// under another key.
    pub fn open(&self, row: &[u8], sealed: &[u8]) -> Option<Record> {
        let content = match self {
            Self::Plain => open_plain(row, sealed)?,
            Self::Keyed(keys) => {
                let (nonce, rest) = sealed.split_first_chunk()?;
                decrypt(&keys.values_of(row), *nonce, row, rest)?
            }
        };
        split_name(&content)
    }

    /// Returns a 256-bit number for `row` and a value with this stamp. Without the key it is
    /// unpredictable; for an unencrypted store it only detects damage.
    pub fn term(&self, row: &[u8], stamp: Stamp) -> [u8; 32] {
        let parts = [row, &stamp.length.to_le_bytes(), &stamp.end];
        match self {
            Self::Plain => {
                let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part));
                digest.finalize().into()
            }
            Self::Keyed(keys) => mac(keys.rows.as_slice(), &parts),
        }
    }
}

/// Returns key and salt of an encrypted file if `key` fits; `None` if the file is unencrypted and
/// no key was given.
fn matching<'k>(
    key: Option<&'k StoreKey>,
    check: Option<&[u8]>,
    path: &Path,
) -> Result<Option<(&'k StoreKey, [u8; SALT])>> {
    let wrong = |say: &dyn Fn(&str) -> String| error_at(ErrorKind::WrongKey, path, say);
    let (key, check) = match (key, check) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(wrong(&|name| format!("{name} is encrypted: its key is needed"))),
        (Some(_), None) => {
            return Err(wrong(&|name| format!("{name} is not encrypted: open it without a key, then give it one")));
        }
        (Some(key), Some(check)) => (key, check),
    };
    let versions = CHECK_VERSION..=CHECK_VERSION;
    let (salt, fingerprint): ([u8; SALT], [u8; SHORT]) =
        codec::open(CHECK_MAGIC, versions, check, "store's key check")?.read()?;
    if short(&mac(key.0.as_slice(), &[FINGERPRINT, &salt])) != fingerprint {
        return Err(wrong(&|name| format!("{name} is encrypted with another key")));
    }
    Ok(Some((key, salt)))
}

/// The sealing of schema 2: one key for all users.
pub(crate) struct Schema2(Option<Zeroizing<[u8; KEY_BYTES]>>);

impl Schema2 {
    /// As in [`Sealing::of_file`].
    ///
    /// # Errors
    /// As in [`Sealing::of_file`].
    pub fn of_file(key: Option<&StoreKey>, check: Option<&[u8]>, path: &Path) -> Result<Self> {
        let values = |(key, salt): (&StoreKey, [u8; SALT])| {
            Zeroizing::new(mac(key.0.as_slice(), &[b"mien store values", &salt]))
        };
        Ok(Self(matching(key, check, path)?.map(values)))
    }

    /// Opens a value sealed for `row`; `None` if it is damaged.
    pub fn open(&self, row: &[u8], sealed: &[u8]) -> Option<Record> {
        let content = match &self.0 {
            None => open_plain(row, sealed)?,
            Some(values) => {
                let (nonce, rest) = sealed.split_first_chunk()?;
                decrypt(values, *nonce, row, rest)?
            }
        };
        split_name(&content)
    }
}

/// Returns the content of an unencrypted value.
fn open_plain(row: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (content, digest) = sealed.split_at_checked(sealed.len().checked_sub(SHORT)?)?;
    (checksum(row, content) == digest).then(|| Zeroizing::new(content.to_vec()))
}

/// Splits content into the length-prefixed name and the value.
fn split_name(content: &[u8]) -> Option<Record> {
    let (length, rest) = content.split_first_chunk()?;
    let (name, value) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some(Record { name: name.to_vec(), value: value.to_vec() })
}

/// Returns the first bytes of the SHA-256 of a row and its content.
fn checksum(row: &[u8], content: &[u8]) -> [u8; SHORT] {
    short(&Sha256::new().chain_update(row).chain_update(content).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(byte: u8) -> Sealing {
        Sealing::fresh(Some(&StoreKey::new([byte; KEY_BYTES]))).unwrap()
    }

    #[test]
    fn a_value_opens_in_its_own_row_only() {
        for sealing in [Sealing::Plain, keyed(1)] {
            let sealed = sealing.seal(b"row", b"name", b"value").unwrap();
            let record = sealing.open(b"row", &sealed).unwrap();
            assert_eq!((record.name.as_slice(), record.value.as_slice()), (&b"name"[..], &b"value"[..]));
            assert!(sealing.open(b"other", &sealed).is_none());
            for index in 0..sealed.len() {
                let mut damaged = sealed.clone();
                damaged[index] ^= 1;
                assert!(sealing.open(b"row", &damaged).is_none(), "byte {index}");
                assert!(sealing.open(b"row", &sealed[..index]).is_none());
            }
        }
    }

    #[test]
    fn names_and_values_cannot_be_seen_in_what_a_key_seals() {
        let sealing = keyed(1);
        let sealed = sealing.seal(b"row", b"Anna", b"a value of some length").unwrap();
        assert!(!sealed.windows(4).any(|bytes| bytes == b"Anna" || bytes == b"some"));
        assert_ne!(sealed, sealing.seal(b"row", b"Anna", b"a value of some length").unwrap(), "nonces never repeat");
        assert_eq!(sealing.hide(b"place", b"Anna"), sealing.hide(b"place", b"Anna"));
        for other in [sealing.hide(b"plac", b"Anna"), sealing.hide(b"place", b"Ann"), keyed(1).hide(b"place", b"Anna")]
        {
            assert_ne!(sealing.hide(b"place", b"Anna"), other);
        }
    }

    #[test]
    fn a_wrong_key_is_told_from_damage() {
        let check = keyed(1).check().unwrap();
        let kind = |key: Option<u8>, check: Option<&[u8]>| {
            let key = key.map(|byte| StoreKey::new([byte; KEY_BYTES]));
            Sealing::of_file(key.as_ref(), check, Path::new("f")).map(|_| ()).map_err(|error| error.kind())
        };
        assert_eq!(kind(Some(1), Some(&check)), Ok(()));
        assert_eq!(kind(None, None), Ok(()));
        for (key, check) in [(Some(2), Some(&check[..])), (None, Some(&check[..])), (Some(1), None)] {
            assert_eq!(kind(key, check), Err(ErrorKind::WrongKey));
        }
        for index in 0..check.len() {
            let mut damaged = check.clone();
            damaged[index] ^= 1;
            let found = kind(Some(1), Some(&damaged)).unwrap_err();
            assert!(matches!(found, ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion), "byte {index}: {found:?}");
        }
    }

    #[test]
    fn keys_are_read_as_bytes_and_as_digits_and_are_never_shown() {
        let bytes: [u8; KEY_BYTES] = std::array::from_fn(|index| index as u8 * 7);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for content in
            [bytes.to_vec(), digits.clone().into_bytes(), format!(" {}\n", digits.to_uppercase()).into_bytes()]
        {
            assert_eq!(*StoreKey::from_text_or_bytes(&content).unwrap().0, bytes);
        }
        for content in [&b""[..], &bytes[1..], &digits.as_bytes()[2..], &[b'g'; 64]] {
            assert_eq!(StoreKey::from_text_or_bytes(content).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
        assert_eq!(format!("{:?}", StoreKey::new(bytes)), "StoreKey");
    }
}
