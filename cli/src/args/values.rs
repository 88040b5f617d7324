//! Parsers of option values.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use mien_core::Modality;
use mien_core::head::HeadKind;

use crate::text::suggestion;
use crate::time::parse_time;

/// Returns a parser of numbers in `range`.
pub fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("expected a number from {} to {}", range.start(), range.end())),
    }
}

/// Parses a whole number above 0.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number above 0".to_owned()),
    }
}

/// Parses the side of the detector's input.
pub fn detector_size(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(size) if size.is_multiple_of(32) && (96..=1280).contains(&size) => Ok(size),
        _ => Err("expected a multiple of 32 from 96 to 1280".to_owned()),
    }
}

/// Parses the name of a kind of head.
pub fn head_kind(name: &str) -> Result<HeadKind, String> {
    named(name, &HeadKind::ALL, HeadKind::name)
}

/// Parses the name of a stream of features.
pub fn stream(name: &str) -> Result<Modality, String> {
    named(name, &Modality::ALL, Modality::name)
}

/// Parses a time into milliseconds since 1970.
pub fn timestamp(text: &str) -> Result<u64, String> {
    parse_time(text, None)
        .ok_or_else(|| "expected a time like 2026-11-23T14:00:00Z, or milliseconds since 1970".to_owned())
}

/// Returns the item of `all` that is named `name`.
pub fn named<T: Copy>(name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|&item| name_of(item) == name).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|&item| name_of(item)).collect();
        format!("expected one of {}{}", known.join(", "), suggestion(name, known.iter().copied()))
    })
}
