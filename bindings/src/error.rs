//! Errors as generated code carries them: a kind of a closed set, a message and details.

use std::fmt;

use mien_core::ErrorKind;

/// `Result` with [`CoreError`].
pub type Result<T, E = CoreError> = std::result::Result<T, E>;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ErrorCode {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    ModelLoad,
    /// The planes of a frame do not fit its size, the rotation is unknown, or a picture cannot be decoded.
    InvalidFrame,
    /// An option, name or argument is out of its range.
    InvalidOption,
    /// A timestamp is not later than the previous one.
    TimestampOrder,
    /// No user of this name is enrolled.
    UserNotFound,
    /// Too little usable data to learn from or to enroll with.
    NotEnoughSamples,
    /// Training reached a value that is not finite; the old head was kept.
    TrainingDiverged,
    /// A stored profile or an exported file is damaged.
    ProfileCorrupt,
    /// A stored profile or an exported file was written by a newer version.
    ProfileVersion,
    /// The store cannot be read or written, or its limits do not allow it.
    Storage,
    /// The key of a store or the passphrase of a file is wrong, missing or not expected.
    WrongKey,
    /// The caller cancelled the work.
    Cancelled,
    /// The object was closed.
    Closed,
    /// A network produced a value that is not finite, or an invariant does not hold.
    Internal,
    /// The pictures of an enrollment show several people, or somebody else than the user.
    SeveralPeople,
}

impl From<ErrorKind> for ErrorCode {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ModelLoad => Self::ModelLoad,
            ErrorKind::InvalidFrame => Self::InvalidFrame,
            ErrorKind::InvalidOption => Self::InvalidOption,
            ErrorKind::TimestampOrder => Self::TimestampOrder,
            ErrorKind::UserNotFound => Self::UserNotFound,
            ErrorKind::NotEnoughSamples => Self::NotEnoughSamples,
            ErrorKind::SeveralPeople => Self::SeveralPeople,
            ErrorKind::TrainingDiverged => Self::TrainingDiverged,
            ErrorKind::ProfileCorrupt => Self::ProfileCorrupt,
            ErrorKind::ProfileVersion => Self::ProfileVersion,
            ErrorKind::Storage => Self::Storage,
            ErrorKind::WrongKey => Self::WrongKey,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::Closed => Self::Closed,
            ErrorKind::Internal => Self::Internal,
            // Core may add kinds; a kind that is missing here is a bug of this crate.
            _ => Self::Internal,
        }
    }
}

/// An error as generated code carries it.
#[derive(Clone, PartialEq, Eq, uniffi::Error)]
pub enum CoreError {
    /// The only case: generated code has no other form for an error with fields.
    Failed {
        /// The kind of the error.
        kind: ErrorCode,
        /// The message for people, without personal data.
        text: String,
        /// The message in full, with names and paths; `None` if `text` leaves out nothing.
        details: Option<String>,
    },
}

impl CoreError {
    /// Creates an error without details.
    pub fn new(kind: ErrorCode, text: impl Into<String>) -> Self {
        Self::Failed { kind, text: text.into(), details: None }
    }

    /// Returns the error with the message in full.
    #[must_use]
    pub fn with_details(self, details: impl Into<String>) -> Self {
        let Self::Failed { kind, text, .. } = self;
        Self::Failed { kind, text, details: Some(details.into()) }
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorCode {
        let Self::Failed { kind, .. } = self;
        *kind
    }

    /// The message for people, without personal data.
    pub fn message(&self) -> &str {
        let Self::Failed { text, .. } = self;
        text
    }

    /// The message in full, with names and paths; `None` if [`CoreError::message`] leaves out nothing.
    pub fn details(&self) -> Option<&str> {
        let Self::Failed { details, .. } = self;
        details.as_deref()
    }

    /// The number of the kind on the frame path of Android, from 1 in the order of [`ErrorCode`].
    pub fn code(&self) -> i32 {
        self.kind() as i32 + 1
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind())
    }
}

impl std::error::Error for CoreError {}

impl From<mien_core::Error> for CoreError {
    fn from(error: mien_core::Error) -> Self {
        let details = error.details().map(str::to_owned);
        Self::Failed { kind: error.kind().into(), text: error.to_string(), details }
    }
}

/// Returns an `Err` with a formatted message, and with details after a semicolon, as in core:
/// `fail!(Closed, "the {what} is closed")`.
macro_rules! fail {
    ($kind:ident, $message:literal $(, $argument:expr)* ; $($details:tt)+) => {
        return Err($crate::CoreError::new($crate::ErrorCode::$kind, format!($message $(, $argument)*))
            .with_details(format!($($details)+)))
    };
    ($kind:ident, $($message:tt)*) => {
        return Err($crate::CoreError::new($crate::ErrorCode::$kind, format!($($message)*)))
    };
}
pub(crate) use fail;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_core_keeps_its_name_its_texts_and_a_number_of_its_own() {
        use ErrorKind::*;
        let kinds = [
            ModelLoad,
            InvalidFrame,
            InvalidOption,
            TimestampOrder,
            UserNotFound,
            NotEnoughSamples,
            TrainingDiverged,
            ProfileCorrupt,
            ProfileVersion,
            Storage,
            WrongKey,
            Cancelled,
            Closed,
            Internal,
            SeveralPeople,
        ];
        for (index, kind) in kinds.into_iter().enumerate() {
            let error = CoreError::from(mien_core::Error::new(kind, "the thing").with_details("Wanda's thing"));
            assert_eq!(format!("{error:?}"), format!("{}: the thing", kind.code()));
            assert_eq!((error.to_string().as_str(), error.message()), ("the thing", "the thing"));
            assert_eq!(error.details(), Some("Wanda's thing"));
            assert_eq!(error.code(), index as i32 + 1);
        }
    }
}
