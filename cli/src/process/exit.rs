//! Exit codes of the command.

use crate::process::{interrupt, skipped};

/// Exit code of a command line or configuration file with an unknown option, key or value.
pub const USAGE: u8 = 2;

/// Every exit code with its meaning.
pub const CODES: [(u8, &str); 5] = [
    (0, "done"),
    (1, "failed: one line on standard error says why; analyze: no picture has a face"),
    (USAGE, "wrong usage, or a wrong configuration file"),
    (skipped::EXIT_CODE, "done, except for inputs that cannot be read, are cut off or show no face"),
    (interrupt::EXIT_CODE, "interrupted; nothing is left half-written"),
];
