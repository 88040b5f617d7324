//! Why a command failed: one line for the terminal.

use std::fmt;
use std::path::Path;

use crate::process::exit;
use crate::text::printable;

/// The result of a command or of one of its steps.
pub type Outcome<T = ()> = Result<T, Failure>;

/// An error message of one line.
#[derive(Debug)]
pub struct Failure {
    message: String,
    exit_code: u8,
    broken_pipe: bool,
    of_input: bool,
}

impl Failure {
    /// Creates a failure with `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: exit::FAILED, broken_pipe: false, of_input: false }
    }

    /// Marks the failure as one of a single input, so that a run of several inputs may continue.
    pub fn of_input(self) -> Self {
        Self { of_input: true, ..self }
    }

    /// Sets the exit code; [`exit::FAILED`] by default.
    pub fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// Returns the exit code of the command.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Whether a single input cannot be read.
    pub fn is_of_input(&self) -> bool {
        self.of_input
    }

    /// Whether the reader of the output closed its pipe, which is not an error of the command.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message is printed as one line, whatever its cause contains.
        f.write_str(&printable(&self.message.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

impl From<mien_core::Error> for Failure {
    fn from(error: mien_core::Error) -> Self {
        // The full text may name users and files: they belong to the person at the terminal.
        Self::new(error.full_text())
    }
}

impl From<mien_nn::Error> for Failure {
    fn from(error: mien_nn::Error) -> Self {
        if error.kind() == mien_nn::ErrorKind::Unsupported && !cfg!(feature = "tract") {
            return Self::new(format!("{error}: install it with `cargo install --path cli --features tract`"));
        }
        Self::new(error.to_string())
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        let text = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            _ => Self::new(text),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(error.to_string()) }
    }
}

/// Adds the name of the file to an error.
pub trait Naming<T> {
    /// Returns the failure `path: error`.
    fn naming(self, path: &Path) -> Outcome<T>;
}

impl<T, E: Into<Failure>> Naming<T> for Result<T, E> {
    fn naming(self, path: &Path) -> Outcome<T> {
        self.map_err(|error| {
            let failure: Failure = error.into();
            Failure::new(format!("{}: {}", path.display(), failure.message))
        })
    }
}

macro_rules! said_by {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        })+
    };
}

said_by!(tempfile::PersistError, image::ImageError, serde_json::Error, std::string::FromUtf8Error);
