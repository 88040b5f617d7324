//! The files that commands write. Every output that the user names goes through this module, so that no output destroys
//! existing data:
//!
//! - Outputs are checked before the work: none is an input of the command (compared by device and inode, so under any
//!   name), a file of the user store, or another output, and each folder exists and is writable.
//! - Symbolic links are followed. A regular file is replaced as a whole, by a file written beside it, and only after
//!   everything succeeded; pipes, devices and sockets are written into, and `-` is standard output.
//! - Personal data is readable only by its owner, whatever the mode of the replaced file.

mod checked;
mod destination;
mod folder;
mod place;

pub use checked::Outputs;
pub use destination::{Destination, Writing};
pub use folder::{HalfFolder, Readers, make_folder};
