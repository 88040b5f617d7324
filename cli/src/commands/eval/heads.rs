//! Training and testing of an evaluation's heads.

use std::ops::ControlFlow;

use mien_eval::protocol::Step;
use rayon::ThreadPoolBuilder;

use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::go_on;
use crate::process::terminal::Progress;

/// Runs an evaluation on `jobs` threads.
pub fn on_threads<T: Send>(jobs: usize, evaluate: impl FnOnce() -> T + Send) -> Outcome<T> {
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build();
    Ok(pool.map_err(|error| Failure::new(format!("no threads can be started: {error}")))?.install(evaluate))
}

/// The progress over the generic heads and tested sessions of an evaluation, which an interrupt ends.
pub struct Heads(Progress);

impl Default for Heads {
    fn default() -> Self {
        Self(Progress::new(0, "heads"))
    }
}

impl Heads {
    /// Shows a step; breaks after an interrupt.
    pub fn observe(&self, step: Step) -> ControlFlow<()> {
        match step {
            Step::Planned(heads) => self.0.extend(heads),
            Step::Done => self.0.step(),
            Step::Epoch => {}
        }
        go_on()
    }
}
