//! The one error type of the crate.
//!
//! [`Error`] is opaque: a [`ErrorKind`] to branch on, a message that is fit for a log, and on
//! request [`Error::details`], which name the thing that was wrong. "No face" and "unknown user"
//! are results, never errors.
//!
//! A message holds this crate's own words, numbers, limits and the technical names of a network
//! or a head (operators, tensors, a manifest's file names). What tells of a person or of their
//! device stands in the details alone: names of users, media and options, labels that a caller
//! gave or a person showed, and every path. `Display`, `Debug` and `source` keep to the message,
//! so no logger and no crash report gets more.

use std::fmt;
use std::path::Path;

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
    /// Too little usable data to learn from or to enroll with.
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

impl ErrorKind {
    /// The kind's name as all languages and logs write it: `UserNotFound`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ModelLoad => "ModelLoad",
            Self::InvalidFrame => "InvalidFrame",
            Self::InvalidOption => "InvalidOption",
            Self::TimestampOrder => "TimestampOrder",
            Self::UserNotFound => "UserNotFound",
            Self::NotEnoughSamples => "NotEnoughSamples",
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

/// An error with its kind, a message for people, details on request, and the cause where there is
/// one.
pub struct Error {
    kind: ErrorKind,
    message: String,
    details: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`, which holds no personal data.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: None, source: None }
    }

    /// The same with the error that caused it. Its text is appended when displayed, so it must hold
    /// no personal data either; that of an error of this crate does not, and its details become a
    /// part of these.
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

    /// The same error with `details` in place of its message where details are asked for; those of
    /// the source are appended to it.
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

    /// The same error whose details begin with `path`, which it is about.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        let details = format!("{}: {}", path.display(), self.full_text());
        Self { details: Some(details), ..self }
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The name of [`Error::kind`], for logs: [`ErrorKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The message in full, with the names and paths that the displayed one leaves out; `None`
    /// where it leaves out nothing. It is for the screen of the person whose data it names, never
    /// for a log.
    pub fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// The details, or the message where there are none.
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

/// Shorthand for the `Err` of a formatted message: `fail!(InvalidFrame, "width is {w}")`. What
/// must not stand in a log follows a semicolon, as a second text in full:
/// `fail!(UserNotFound, "no user has this name"; "no user is called {name:?}")`.
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

    /// The error and all its sources, as reporters of errors print them.
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
