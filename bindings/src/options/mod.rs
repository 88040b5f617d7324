//! Options.

/// Declares options of the interface that the core does not declare in this form: `pub name: Type = default;`. Writes the
/// record and `Default`; `make contract` makes the options of Kotlin and Swift from it.
macro_rules! options {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* pub $option:ident: $type:ty = $default:expr;)*
    }) => {
        $(#[$meta])*
        #[derive(uniffi::Record)]
        pub struct $name {
            $($(#[$doc])* pub $option: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($option: $default),* }
            }
        }
    };
}

mod adapt;
mod engine;
mod power;
mod records;

pub use adapt::*;
pub use engine::*;
pub use power::*;
pub use records::*;
