//! Pictures, folders of frames and videos as a sequence of pictures.

mod decoder;
mod folder;
mod listing;
mod palette_tiff;
mod picture;
pub mod reading;
mod sniff;
mod source;
mod video;

pub use decoder::become_decoder;
pub use folder::{entries_of, files_of, pictures_in};
pub use listing::{Folders, list};
pub use picture::{Picture, read_picture};
pub use sniff::{Sniffed, sniff};
pub use source::{Kind, Media, kind_of};
