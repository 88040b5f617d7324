//! `.npz`: a zip archive of `.npy` files.
//!
//! The header of a `.npy` file is parsed here: available crates allocate the memory that a header
//! claims before they check the values, or overflow on the product of a shape.

use std::fmt::Display;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::tensors::{MAX_TENSORS, MAX_UNPACKED, Number, Tensor, transposed};
use crate::error::{Error, ErrorKind, Result, fail};

/// The start of each entry of an archive's directory.
const DIRECTORY_ENTRY: &[u8; 4] = b"PK\x01\x02";

/// Reads the arrays of the archive `bytes`; other entries are ignored.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Tensor>> {
    // Counted before the directory is parsed, which takes more memory than its bytes.
    let entries = bytes.windows(4).filter(|window| window == DIRECTORY_ENTRY).count();
    if entries > MAX_TENSORS {
        fail!(ModelLoad, "the archive has {entries} entries; the maximum is {MAX_TENSORS}");
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged("the archive", e))?;
    if archive.has_duplicate_names() {
        fail!(ModelLoad, "the archive holds two entries of one name");
    }
    let (mut tensors, mut left) = (Vec::new(), MAX_UNPACKED);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| damaged("the archive", e))?;
        let name = entry.name().map_err(|e| damaged("the archive", e))?.into_owned();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let mut content = Vec::new();
        // The checksum is verified at the end of an entry.
        let read = entry.by_ref().take(left as u64 + 1).read_to_end(&mut content);
        read.map_err(|e| damaged(&format!("{name:?}"), e))?;
        if content.len() > left {
            fail!(ModelLoad, "the archive unpacks to more than {MAX_UNPACKED} bytes");
        }
        left -= content.len();
        tensors.push(array(name, &content)?);
    }
    if tensors.is_empty() {
        fail!(ModelLoad, "the archive holds no .npy file; write it with numpy.savez");
    }
    Ok(tensors)
}

fn damaged(what: &str, error: impl Display) -> Error {
    Error::new(ErrorKind::ModelLoad, format!("{what} is damaged")).with_details(format!("{what} is damaged: {error}"))
}

/// Reads the array in the `.npy` file `bytes`.
fn array(name: &str, bytes: &[u8]) -> Result<Tensor> {
    let Some((header, data)) = parts(bytes) else { fail!(ModelLoad, "{name:?} is no .npy file") };
    let Some(Header { number, fortran, shape }) = Header::parse(header) else {
        fail!(ModelLoad, "{name:?} has a header that cannot be read");
    };
    let number = match number {
        Ok(number) => number,
        Err(kind) => return Ok(Tensor { name: name.to_owned(), shape, values: Err(kind) }),
    };
    let need = shape.iter().try_fold(number.size(), |product, &side| product.checked_mul(side));
    if need != Some(data.len()) {
        fail!(ModelLoad, "{name:?} holds {} bytes of values, which does not fit its shape {shape:?}", data.len());
    }
    let mut values = number.decode(data);
    if fortran && let [rows, columns] = *shape {
        values = transposed(&values, columns, rows)?;
    }
    Ok(Tensor { name: name.to_owned(), shape, values: Ok(values) })
}

/// Splits a `.npy` file of version 1, 2 or 3 into the header's text and the values.
fn parts(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (version, rest) = bytes.strip_prefix(b"\x93NUMPY")?.split_at_checked(2)?;
    let (length, rest) = match version[0] {
        1 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_le_bytes(*length)), rest))?,
        2 | 3 => rest.split_first_chunk().map(|(length, rest)| (u32::from_le_bytes(*length) as usize, rest))?,
        _ => return None,
    };
    let (header, data) = rest.split_at_checked(length)?;
    Some((str::from_utf8(header).ok()?, data))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`
struct Header {
    /// The number type, or the name of an unsupported type.
    number: Result<Number, String>,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| text.split_once(key).map(|(_, value)| value.trim_start());
        let fortran = match value("'fortran_order':")? {
            order if order.starts_with("True") => true,
            order if order.starts_with("False") => false,
            _ => return None,
        };
        let shape = value("'shape':")?.strip_prefix('(')?.split_once(')')?.0;
        let sides = shape.split(',').map(str::trim).filter(|side| !side.is_empty());
        Some(Self {
            number: number(value("'descr':")?),
            fortran,
            shape: sides.map(|side| side.parse().ok()).collect::<Option<_>>()?,
        })
    }
}

/// Returns the type in a header, or its name if it is not supported.
fn number(description: &str) -> Result<Number, String> {
    let name = description.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map_or("record", |(name, _)| name);
    match name {
        "<f2" => Ok(Number::F16),
        "<f4" => Ok(Number::F32),
        "<f8" => Ok(Number::F64),
        other => Err(other.to_owned()),
    }
}
