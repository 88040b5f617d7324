//! How options are declared, so that the documentation, the default and the range of each stand in one place.
//!
//! The options of Kotlin and Swift, and the tables of `docs/reference/options.md`, are made from these declarations:
//! `make contract`.

use crate::error::Result;

/// Options with ranges.
pub trait Ranges {
    /// Checks each option that has a range of its own; not those whose limits depend on other options.
    ///
    /// # Errors
    /// `InvalidOption`, naming the option that is out of its range.
    fn check_ranges(&self) -> Result<()>;
}

/// Declares options: `pub name: Type = default;`, or `pub name: Type = default, in range;`. Writes the struct, `Default`
/// and [`Ranges`], and adds range and default to the documentation of each option.
#[doc(hidden)]
#[macro_export]
macro_rules! options {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* pub $option:ident: $type:ty = $default:expr $(, in $range:expr)?;)*
    }) => {
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!($("Range: `", stringify!($range), "`. ",)? "Default: `", stringify!($default), "`.")]
                pub $option: $type,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($option: $default),* }
            }
        }

        impl $crate::options::Ranges for $name {
            fn check_ranges(&self) -> $crate::Result<()> {
                $($($crate::check::within(stringify!($option), self.$option, $range)?;)?)*
                Ok(())
            }
        }
    };
}
