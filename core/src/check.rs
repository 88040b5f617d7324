//! Checks of option values against their ranges.

use std::fmt::Display;
use std::ops::{Bound, RangeBounds};

use crate::error::{Result, fail};

/// A number that options hold.
pub trait Number: Copy + PartialOrd + Display {
    /// Whether the number is neither infinite nor NaN.
    fn is_finite(self) -> bool {
        true
    }
}

impl Number for i32 {}
impl Number for u32 {}
impl Number for u64 {}
impl Number for usize {}
impl Number for f32 {
    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

/// The range of positive numbers.
pub const POSITIVE: (Bound<f32>, Bound<f32>) = (Bound::Excluded(0.0), Bound::Unbounded);

/// The range of shares that are not nothing.
pub const ABOVE_0_TO_1: (Bound<f32>, Bound<f32>) = (Bound::Excluded(0.0), Bound::Included(1.0));

/// Checks that `value`, called `name` in the message, is finite and in `range`.
///
/// ```
/// # use mien_core::check::within;
/// assert!(within("folds", 5, 2..=64usize).is_ok());
/// let error = within("rate", -1.0, 0.0f32..).unwrap_err();
/// assert_eq!(error.to_string(), "rate is -1; it must be 0 or more");
/// ```
///
/// # Errors
/// `InvalidOption` with the name, the value and the range.
pub fn within<T: Number>(name: &str, value: T, range: impl RangeBounds<T>) -> Result<()> {
    if value.is_finite() && range.contains(&value) {
        return Ok(());
    }
    let allowed = match (range.start_bound(), range.end_bound()) {
        (Bound::Included(min), Bound::Included(max)) => format!("{min} to {max}"),
        (Bound::Included(min), Bound::Excluded(end)) => format!("{min} or more, below {end}"),
        (Bound::Included(min), Bound::Unbounded) => format!("{min} or more"),
        (Bound::Excluded(start), Bound::Included(max)) => format!("above {start}, at most {max}"),
        (Bound::Excluded(start), Bound::Excluded(end)) => format!("above {start}, below {end}"),
        (Bound::Excluded(start), Bound::Unbounded) => format!("above {start}"),
        (Bound::Unbounded, Bound::Included(max)) => format!("at most {max}"),
        (Bound::Unbounded, Bound::Excluded(end)) => format!("below {end}"),
        (Bound::Unbounded, Bound::Unbounded) => "finite".to_owned(),
    };
    fail!(InvalidOption, "{name} is {value}; it must be {allowed}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: Number>(value: T, range: impl RangeBounds<T>) -> Option<String> {
        within("rate", value, range).err().map(|error| error.to_string())
    }

    #[test]
    fn a_range_holds_its_included_ends_alone() {
        for value in [0.0f32, 0.5, 1.0] {
            assert_eq!(message(value, 0.0..=1.0), None);
        }
        assert_eq!(message(1u32, 1..), None);
        assert_eq!(message(f32::MIN_POSITIVE, POSITIVE), None);
        assert_eq!(message(0.0, POSITIVE).unwrap(), "rate is 0; it must be above 0");
        assert_eq!(message(1.5, 0.0..=1.0).unwrap(), "rate is 1.5; it must be 0 to 1");
        assert_eq!(message(0u32, 1..).unwrap(), "rate is 0; it must be 1 or more");
        assert_eq!(message(6u64, ..=5).unwrap(), "rate is 6; it must be at most 5");
        let half_open = (Bound::Excluded(0.0f32), Bound::Included(1.0));
        assert_eq!(message(0.0, half_open).unwrap(), "rate is 0; it must be above 0, at most 1");
    }

    #[test]
    fn what_is_not_finite_is_in_no_range() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(message(value, 0.0..=1.0).is_some() && message(value, POSITIVE).is_some());
            assert!(message(value, ..).unwrap().ends_with("it must be finite"));
        }
    }
}
