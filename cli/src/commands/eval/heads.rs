//! The progress of an evaluation's heads.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use mien_eval::protocol::Step;

use crate::process::interrupt::interrupted;
use crate::process::terminal::progress;

/// A progress bar over the generic heads and tested sessions of an evaluation, which an interrupt ends.
pub struct Heads(ProgressBar);

impl Default for Heads {
    fn default() -> Self {
        Self(progress(0, "heads"))
    }
}

impl Heads {
    /// Shows a step; breaks after an interrupt.
    pub fn observe(&self, step: Step) -> ControlFlow<()> {
        match step {
            Step::Planned(heads) => self.0.set_length(heads as u64),
            Step::Done => self.0.inc(1),
            Step::Epoch => {}
        }
        if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
