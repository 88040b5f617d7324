//! How a run talks to its terminal and ends: failures, interrupts, skipped inputs.

pub mod exit;
pub mod failure;
pub mod interrupt;
pub mod parallel;
pub mod skipped;
pub mod terminal;
pub mod verbose;
