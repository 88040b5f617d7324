//! The generic head and features of an evaluation.

use mien_core::Engine;

use crate::args::Shared;
use crate::process::failure::{Failure, Outcome};

/// Fails if `--generic` or `--generic-speech` is given, because the evaluation trains its own generic head.
pub fn refuse_generic(shared: &Shared) -> Outcome {
    let given = [("--generic", &shared.generic), ("--generic-speech", &shared.generic_speech)];
    match given.into_iter().find_map(|(option, file)| Some((option, file.as_ref()?))) {
        Some((option, file)) => Err(Failure::new(format!(
            "{option} {}: an evaluation learns its generic head from people other than those tested, whom a head \
             from a file may have seen; leave {option} out",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// Describes the parts of a head's input vectors.
pub fn features_name(engine: &Engine) -> String {
    let (all, identity) = (engine.extractor().head_dimension(), engine.extractor().appearance_dimension());
    format!("expression {} + identity {identity}", all - identity)
}
