pub mod failure;
pub mod interrupt;
pub mod skipped;
pub mod terminal;
