//! Exit codes of the command.

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;

/// Exit code of a command line or configuration file with an unknown option, key or value.
pub const USAGE: u8 = 2;

/// Exit code of a run that is done, except for some inputs.
pub const INCOMPLETE: u8 = 3;

/// Exit code of a run whose material was refused: a head that would not be better, pictures of several people.
pub const REFUSED: u8 = 4;

/// Exit code of an interrupted run.
pub const INTERRUPTED: u8 = 130;

/// Every exit code with its meaning.
pub const CODES: [(u8, &str); 6] = [
    (0, "done"),
    (FAILED, "failed: one line on standard error says why; analyze: no picture has a face"),
    (USAGE, "wrong usage, or a wrong configuration file"),
    (INCOMPLETE, "done, except for inputs that cannot be read, are cut off, show no face or were not used"),
    (REFUSED, "refused: what was given would not help, or shows somebody else; nothing was changed"),
    (INTERRUPTED, "interrupted; nothing is left half-written"),
];
