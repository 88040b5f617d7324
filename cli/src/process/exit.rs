//! Exit codes of the command.

use crate::process::{interrupt, skipped};

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;

/// Exit code of a command line or configuration file with an unknown option, key or value.
pub const USAGE: u8 = 2;

/// Exit code of a run whose material was refused: a head that would not be better, pictures of several people.
pub const REFUSED: u8 = 4;

/// Every exit code with its meaning.
pub const CODES: [(u8, &str); 6] = [
    (0, "done"),
    (FAILED, "failed: one line on standard error says why; analyze: no picture has a face"),
    (USAGE, "wrong usage, or a wrong configuration file"),
    (skipped::EXIT_CODE, "done, except for inputs that cannot be read, are cut off, show no face or were not learned"),
    (REFUSED, "refused: what was given would not help, or shows somebody else; nothing was changed"),
    (interrupt::EXIT_CODE, "interrupted; nothing is left half-written"),
];
