//! Order of file names as people count: `f2` before `f10`.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Sorts the files of a folder by name.
pub fn sort(files: &mut [PathBuf]) {
    files.sort_by(|one, other| compare_paths(one, other));
}

/// Compares two paths part by part.
fn compare_paths(one: &Path, other: &Path) -> Ordering {
    let mut others = other.iter();
    for name in one.iter() {
        let Some(other) = others.next() else { return Ordering::Greater };
        let order = compare(name, other);
        if order != Ordering::Equal {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Compares two names: numbers by value, letters without case. Names that are equal so are ordered by their bytes, so
/// that the order is total.
pub fn compare(one: &OsStr, other: &OsStr) -> Ordering {
    let (bytes, other_bytes) = (one.as_encoded_bytes(), other.as_encoded_bytes());
    // Bytes that are not UTF-8 become one letter here; in the end they are compared.
    let (one, other) = (one.to_string_lossy(), other.to_string_lossy());
    by_parts(&one, &other).then_with(|| bytes.cmp(other_bytes))
}

fn by_parts(mut one: &str, mut other: &str) -> Ordering {
    loop {
        let (Some(a), Some(b)) = (one.chars().next(), other.chars().next()) else {
            return one.len().cmp(&other.len());
        };
        let order = if a.is_ascii_digit() && b.is_ascii_digit() {
            compare_values(take_digits(&mut one), take_digits(&mut other))
        } else {
            (one, other) = (&one[a.len_utf8()..], &other[b.len_utf8()..]);
            a.to_lowercase().cmp(b.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the digits at the start of `text`.
fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    let length = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(length);
    *text = rest;
    digits
}

/// Compares numbers of any length.
fn compare_values(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value_and_letters_without_case() {
        let sorted = [
            "1.jpg",
            "01.jpg",
            "2.jpg",
            "10.jpg",
            "a",
            "A1",
            "a2b",
            "a10b",
            "B",
            "f2",
            "F2x",
            "f10",
            "f99999999999999999999999",
            "f100000000000000000000000",
            "img_1_2",
            "img_1_10",
            "img_2",
            "Ä",
            "ä",
        ];
        for seed in 0..7 {
            let mut shuffled = sorted.to_vec();
            shuffled.rotate_left(seed * 3);
            shuffled.swap(0, seed + 5);
            shuffled.sort_by(|one, other| compare(one.as_ref(), other.as_ref()));
            let equal = |names: &[&str]| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
            // Equal values are ordered by their bytes: leading zeros first, capitals first.
            let mut expected = equal(&sorted);
            expected[..2].reverse();
            assert_eq!(equal(&shuffled), expected);
        }
        assert_eq!(compare("01".as_ref(), "1".as_ref()), Ordering::Less);
        assert_eq!(compare("f2".as_ref(), "f2".as_ref()), Ordering::Equal);
        assert_eq!(compare("f".as_ref(), "f2".as_ref()), Ordering::Less);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf_8_have_an_order() {
        use std::os::unix::ffi::OsStrExt;
        let name = |bytes: &'static [u8]| OsStr::from_bytes(bytes);
        assert_eq!(compare(name(b"f\xff2"), name(b"f\xff10")), Ordering::Less);
        assert_ne!(compare(name(b"f\xfe"), name(b"f\xff")), Ordering::Equal);
    }

    #[test]
    fn folders_are_ordered_before_the_files_in_them() {
        let mut files = ["d10/a", "d2/b10", "d2/b9", "d2"].map(PathBuf::from).to_vec();
        sort(&mut files);
        assert_eq!(files, ["d2", "d2/b9", "d2/b10", "d10/a"].map(PathBuf::from));
    }
}
