//! The generic head and the features of an evaluation.

use mien_core::Engine;

use crate::args::Shared;
use crate::process::failure::{Failure, Outcome};

/// Refuses a head from a file where the generic head is part of what is measured.
pub fn refuse_generic(shared: &Shared) -> Outcome {
    match &shared.generic {
        Some(file) => Err(Failure::new(format!(
            "--generic {}: an evaluation learns its generic head from people other than those tested, whom a head \
             from a file may have seen; leave --generic out",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// The parts of the vectors that heads take.
pub fn features_name(engine: &Engine) -> String {
    let (all, identity) = (engine.extractor().head_dimension(), engine.extractor().appearance_dimension());
    format!("expression {} + identity {identity}", all - identity)
}
