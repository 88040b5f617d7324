//! The end of a live session.

use std::time::Duration;

use mien_core::stream::{LiveSession, StreamResult};

use crate::process::failure::Outcome;
use crate::process::interrupt::check_interrupt;

/// Max time of one wait for a result of a live session.
const PATIENCE: Duration = Duration::from_millis(100);

/// Waits until all frames of a live session are analyzed and passes their results to `take`.
pub fn finish_live(session: &LiveSession, mut take: impl FnMut(&StreamResult) -> Outcome) -> Outcome {
    while session.statistics().pending() > 0 {
        check_interrupt()?;
        if let Some(result) = session.recv(PATIENCE)? {
            take(&result)?;
        }
    }
    while let Some(result) = session.poll()? {
        take(&result)?;
    }
    Ok(())
}
