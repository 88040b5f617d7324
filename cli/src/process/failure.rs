//! Why a command ended early: one line for the terminal.

use std::fmt;
use std::path::Path;

use crate::text::printable;

/// What a command ends with.
pub type Outcome<T = ()> = Result<T, Failure>;

/// One line that names what was wrong.
#[derive(Debug)]
pub struct Failure {
    message: String,
    broken_pipe: bool,
    of_input: bool,
}

impl Failure {
    /// A failure that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), broken_pipe: false, of_input: false }
    }

    /// The same, of an input that cannot be read, so that others may still be.
    pub fn of_input(self) -> Self {
        Self { of_input: true, ..self }
    }

    /// Whether an input cannot be read.
    pub fn is_of_input(&self) -> bool {
        self.of_input
    }

    /// Whether the reader of the output went away, which is no failure of ours.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message is one line, whatever a cause put into it.
        f.write_str(&printable(&self.message.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

impl From<mien_core::Error> for Failure {
    fn from(error: mien_core::Error) -> Self {
        // The command runs on the terminal of the person whose names and files these are.
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

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(error.to_string()) }
    }
}

/// Puts the name of the file that was at work before an error.
pub trait Naming<T> {
    /// `path: error`.
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

said_by!(tempfile::PersistError, csv::Error, image::ImageError, serde_json::Error, std::string::FromUtf8Error);
