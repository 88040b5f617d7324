//! The one error type of the crate.
//!
//! [`Error`] is opaque: a [`ErrorKind`] to branch on and a message that names the thing that
//! was wrong. "No face" and "unknown user" are results, never errors.

use std::fmt;

/// What went wrong, as a closed set that the Kotlin and Swift APIs mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    ModelLoad,
    /// A frame breaks the length rule, has no pixels, or names an unknown rotation.
    InvalidFrame,
    /// An option, name or argument is out of its range.
    InvalidOption,
    /// A timestamp is not later than the one before it.
    TimestampOrder,
    /// No user of that name is enrolled.
    UserNotFound,
    /// Too little usable data to learn from or to enrol with.
    NotEnoughSamples,
    /// Training ran into a value that is not finite; the old head was kept.
    TrainingDiverged,
    /// A stored profile or profile file is damaged.
    ProfileCorrupt,
    /// A stored profile was written by a newer version.
    ProfileVersion,
    /// The store could not be read or written, or its limits do not allow it.
    Storage,
    /// A store's key or a file's passphrase is another, is missing or is not wanted.
    WrongKey,
    /// The caller cancelled the work.
    Cancelled,
    /// The object was closed.
    Closed,
    /// A network produced a value that is not finite, or an invariant does not hold.
    Internal,
}

/// An error with its kind, a message for people, and the cause where there is one.
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same with the error that caused it; its text is appended when displayed.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Shorthand for the `Err` of a formatted message: `fail!(InvalidFrame, "width is {w}")`.
macro_rules! fail {
    ($kind:ident, $($message:tt)*) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($message)*)))
    };
}
pub(crate) use fail;
