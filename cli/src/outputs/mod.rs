//! The files that commands write. Everything that a command writes to a name that the user gave goes through here, so
//! that no output destroys what was there:
//!
//! - An output is checked before the work: that it is none of the command's inputs (by device and number of the file,
//!   so under any name), not the user store, no second output's, and that its folder is there and can be written.
//! - Symbolic links are followed. A regular file is replaced as a whole, by a file that was written beside it, and only
//!   after all went well; pipes, devices and sockets are written into, and `-` is standard output.
//! - Personal data is readable by its owner alone, whatever the mode of the file that it replaces.

mod checked;
mod destination;
mod folder;
mod place;

pub use checked::Outputs;
pub use destination::Destination;
pub use folder::{HalfFolder, Readers, make_folder};
