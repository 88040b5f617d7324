//! The error type of the crate.
//!
//! [`Error`] is opaque: an [`ErrorKind`] to branch on, a message that is safe to log, and on
//! request [`Error::details`], which name the affected thing. "No face" and "unknown user" are
//! results, never errors.
//!
//! A message holds only this crate's own words, numbers, limits and the technical names of a
//! network or a head (operators, tensors, a manifest's file names). Anything that tells about a
//! person or their device is in the details only: names of users, media and options, labels from a
//! caller or shown by a person, and every path. `Display`, `Debug` and `source` use only the
//! message, so loggers and crash reports get nothing more.

use std::fmt;
use std::path::Path;

/// The kinds of errors, a closed set that the Kotlin and Swift APIs mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    ModelLoad,
    /// A frame's buffer is too short, it has no pixels, or its rotation is unknown.
    InvalidFrame,
    /// An option, name or argument is out of its range.
    InvalidOption,
    /// A timestamp is not later than the previous one.
    TimestampOrder,
    /// No user of that name is enrolled.
    UserNotFound,
    /// There is too little usable data to train on or to enroll with.
    NotEnoughSamples,
    /// Pictures of one user show several people, or somebody else.
    SeveralPeople,
    /// Training produced a value that is not finite; the old head was kept.
    TrainingDiverged,
    /// A stored profile or profile file is damaged.
    ProfileCorrupt,
    /// A stored profile was written by a newer version.
    ProfileVersion,
    /// The store could not be read or written, or its limits do not allow it.
    Storage,
    /// A store's key or a file's passphrase is wrong, missing or not needed.
    WrongKey,
    /// The caller cancelled the work.
    Cancelled,
    /// The object was closed.
    Closed,
    /// A network produced a value that is not finite, or an invariant does not hold.
    Internal,
}

impl ErrorKind {
    /// Returns the kind's name as in all languages and logs, such as `UserNotFound`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ModelLoad => "ModelLoad",
            Self::InvalidFrame => "InvalidFrame",
            Self::InvalidOption => "InvalidOption",
            Self::TimestampOrder => "TimestampOrder",
            Self::UserNotFound => "UserNotFound",
            Self::NotEnoughSamples => "NotEnoughSamples",
            Self::SeveralPeople => "SeveralPeople",
            Self::TrainingDiverged => "TrainingDiverged",
            Self::ProfileCorrupt => "ProfileCorrupt",
            Self::ProfileVersion => "ProfileVersion",
            Self::Storage => "Storage",
            Self::WrongKey => "WrongKey",
            Self::Cancelled => "Cancelled",
            Self::Closed => "Closed",
            Self::Internal => "Internal",
        }
    }
}

/// An error: its kind, a message for people, details on request, and the cause if there is one.
pub struct Error {
    kind: ErrorKind,
    message: String,
    details: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error of `kind` with `message`, which must hold no personal data.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: None, source: None }
    }

    /// Creates an error with the error that caused it. The cause's text is appended when displayed,
    /// so it must hold no personal data either; an error of this crate holds none, and its details
    /// become part of this error's details.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let (message, source) = (message.into(), source.into());
        let inner = source.downcast_ref::<Self>().and_then(Self::details);
        let details = inner.map(|inner| format!("{message}: {inner}"));
        Self { kind, message, details, source: Some(source) }
    }

    /// Sets the details, which replace the message when details are requested; the source's details
    /// are appended.
    #[must_use]
    pub fn with_details(self, details: impl Into<String>) -> Self {
        let mut details = details.into();
        if let Some(source) = &self.source {
            let text = match source.downcast_ref::<Self>() {
                Some(error) => error.full_text(),
                None => source.to_string(),
            };
            details = format!("{details}: {text}");
        }
        Self { details: Some(details), ..self }
    }

    /// Puts `path`, which the error is about, in front of the details.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        let details = format!("{}: {}", path.display(), self.full_text());
        Self { details: Some(details), ..self }
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the name of [`Error::kind`], for logs: [`ErrorKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Returns the full message, with the names and paths that the displayed message omits; `None`
    /// if it omits nothing. Show it only to the person whose data it names, never log it.
    pub fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// Returns the details, or the message if there are none.
    pub fn full_text(&self) -> String {
        self.details.clone().unwrap_or_else(|| self.to_string())
    }
}

impl From<mien_nn::Error> for Error {
    fn from(error: mien_nn::Error) -> Self {
        let kind = match error.kind() {
            mien_nn::ErrorKind::Execution => ErrorKind::Internal,
            _ => ErrorKind::ModelLoad,
        };
        Self::new(kind, error.to_string())
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
        write!(f, "{}: {self}", self.code())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Returns the `Err` of a formatted message: `fail!(InvalidFrame, "width is {w}")`. If the full
/// text must not be logged, it follows a semicolon as a second text: `fail!(UserNotFound, "no user
/// has this name"; "no user is called {name:?}")`.
#[macro_export]
macro_rules! fail {
    ($kind:ident, $message:literal $(, $argument:expr)* ; $($details:tt)+) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($message $(, $argument)*))
            .with_details(format!($($details)+)))
    };
    ($kind:ident, $($message:tt)*) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($message)*)))
    };
}
pub(crate) use crate::fail;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str) -> Result<()> {
        fail!(UserNotFound, "no user has this name, of {} known", 2; "no user is called {name:?}, of {} known", 2)
    }

    /// Formats the error and all its sources, as error reporters print them.
    fn reported(error: &dyn std::error::Error) -> String {
        let mut text = format!("{error} {error:?}");
        let mut next = error.source();
        while let Some(source) = next {
            text += &format!(" {source} {source:?}");
            next = source.source();
        }
        text
    }

    #[test]
    fn only_details_name_what_is_personal_through_any_number_of_causes() {
        let error = refused("Wanda").unwrap_err();
        assert_eq!(format!("{error} | {error:?}"), {
            let message = "no user has this name, of 2 known";
            format!("{message} | UserNotFound: {message}")
        });
        assert_eq!(error.details(), Some("no user is called \"Wanda\", of 2 known"));

        let outer = Error::with_source(ErrorKind::Storage, "cannot export", error);
        assert_eq!(outer.details(), Some("cannot export: no user is called \"Wanda\", of 2 known"));
        let outermost = Error::with_source(ErrorKind::Storage, "cannot use the folder", outer)
            .with_details("cannot use /home/wanda");
        assert_eq!(outermost.to_string(), "cannot use the folder: cannot export: no user has this name, of 2 known");
        assert_eq!(
            outermost.details(),
            Some("cannot use /home/wanda: cannot export: no user is called \"Wanda\", of 2 known")
        );
        assert!(!reported(&outermost).to_lowercase().contains("wanda"), "{}", reported(&outermost));
    }

    #[test]
    fn without_details_the_full_text_is_the_message() {
        let cause = std::io::Error::other("no space");
        let error = Error::with_source(ErrorKind::Storage, "cannot write", cause);
        assert_eq!((error.details(), error.full_text()), (None, "cannot write: no space".to_owned()));
        assert_eq!(error.with_details("cannot write x").details(), Some("cannot write x: no space"));
    }
}
