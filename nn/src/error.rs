//! The error type of this crate.

use std::fmt;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not an ONNX network, are inconsistent, or lack a named tensor.
    InvalidModel,
    /// The network is sound as far as it was read, but needs an operator, or a form of one, that
    /// the fused executors do not have. A build with the feature `tract` may run it.
    Unsupported,
    /// A run failed: the input has the wrong length, or an output is not finite.
    Execution,
}

/// An error: its kind, and a message that names operators and tensors but holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Shorthand for the `Err` of a formatted message: `fail!(InvalidModel, "no tensor {name:?}")`.
macro_rules! fail {
    ($kind:ident, $($message:tt)*) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($message)*)))
    };
}
pub(crate) use fail;
