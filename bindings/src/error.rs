//! The closed set of errors, as generated code carries it: a kind and a message.

use std::fmt;

use mien_core::ErrorKind;

/// `Result` with [`CoreError`].
pub type Result<T, E = CoreError> = std::result::Result<T, E>;

/// What went wrong; each carries a message for people that names the thing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Error)]
#[uniffi(flat_error)]
pub enum CoreError {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    ModelLoad(String),
    /// A frame breaks the length rule, has no pixels, or names an unknown rotation; or a picture
    /// cannot be decoded.
    InvalidFrame(String),
    /// An option, name or argument is out of its range.
    InvalidOption(String),
    /// A timestamp is not later than the one before it.
    TimestampOrder(String),
    /// No user of that name is enrolled.
    UserNotFound(String),
    /// Too little usable data to learn from or to enrol with.
    NotEnoughSamples(String),
    /// Training ran into a value that is not finite; the old head was kept.
    TrainingDiverged(String),
    /// A stored profile or profile file is damaged.
    ProfileCorrupt(String),
    /// A stored profile was written by a newer version.
    ProfileVersion(String),
    /// The store could not be read or written, or its limits do not allow it.
    Storage(String),
    /// A store's key or a file's passphrase is another, is missing or is not wanted.
    WrongKey(String),
    /// The caller cancelled the work.
    Cancelled(String),
    /// The object was closed.
    Closed(String),
    /// A network produced a value that is not finite, or an invariant does not hold.
    Internal(String),
}

impl CoreError {
    /// The message for people.
    pub fn message(&self) -> &str {
        match self {
            Self::ModelLoad(message)
            | Self::InvalidFrame(message)
            | Self::InvalidOption(message)
            | Self::TimestampOrder(message)
            | Self::UserNotFound(message)
            | Self::NotEnoughSamples(message)
            | Self::TrainingDiverged(message)
            | Self::ProfileCorrupt(message)
            | Self::ProfileVersion(message)
            | Self::Storage(message)
            | Self::WrongKey(message)
            | Self::Cancelled(message)
            | Self::Closed(message)
            | Self::Internal(message) => message,
        }
    }

    /// The number of the kind, from 1, as the frame path of Android gives it.
    pub fn code(&self) -> i32 {
        match self {
            Self::ModelLoad(_) => 1,
            Self::InvalidFrame(_) => 2,
            Self::InvalidOption(_) => 3,
            Self::TimestampOrder(_) => 4,
            Self::UserNotFound(_) => 5,
            Self::NotEnoughSamples(_) => 6,
            Self::TrainingDiverged(_) => 7,
            Self::ProfileCorrupt(_) => 8,
            Self::ProfileVersion(_) => 9,
            Self::Storage(_) => 10,
            Self::WrongKey(_) => 11,
            Self::Cancelled(_) => 12,
            Self::Closed(_) => 13,
            Self::Internal(_) => 14,
        }
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for CoreError {}

impl From<mien_core::Error> for CoreError {
    fn from(error: mien_core::Error) -> Self {
        let make = match error.kind() {
            ErrorKind::ModelLoad => Self::ModelLoad,
            ErrorKind::InvalidFrame => Self::InvalidFrame,
            ErrorKind::InvalidOption => Self::InvalidOption,
            ErrorKind::TimestampOrder => Self::TimestampOrder,
            ErrorKind::UserNotFound => Self::UserNotFound,
            ErrorKind::NotEnoughSamples => Self::NotEnoughSamples,
            ErrorKind::TrainingDiverged => Self::TrainingDiverged,
            ErrorKind::ProfileCorrupt => Self::ProfileCorrupt,
            ErrorKind::ProfileVersion => Self::ProfileVersion,
            ErrorKind::Storage => Self::Storage,
            ErrorKind::WrongKey => Self::WrongKey,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::Closed => Self::Closed,
            // Core's set is open for later kinds; a kind that is unknown here is a fault of ours.
            _ => Self::Internal,
        };
        make(error.to_string())
    }
}

/// Shorthand for the `Err` of a formatted message: `fail!(Closed, "the {what} is closed")`.
macro_rules! fail {
    ($kind:ident, $($message:tt)*) => {
        return Err($crate::CoreError::$kind(format!($($message)*)))
    };
}
pub(crate) use fail;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_core_keeps_its_name_its_message_and_a_number_of_its_own() {
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
        ];
        for (index, kind) in kinds.into_iter().enumerate() {
            let error = CoreError::from(mien_core::Error::new(kind, "the thing"));
            assert_eq!(format!("{error:?}"), format!("{kind:?}(\"the thing\")"));
            assert_eq!(error.to_string(), "the thing");
            assert_eq!(error.code(), index as i32 + 1);
        }
    }
}
