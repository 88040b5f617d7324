//! Pictures, folders of frames and videos as a sequence of pictures.

mod capture;
mod color;
mod conversion;
mod decoder;
mod endings;
mod folder;
mod hdr;
mod jpeg;
mod kinds;
mod listing;
mod log;
mod matroska;
mod natural;
mod palette_tiff;
mod picture;
mod planes;
pub mod reading;
mod sound;
mod source;
mod still;
mod structure;
#[cfg(test)]
mod tests;
mod video;
mod y4m;

pub use capture::Captured;
pub use decoder::become_decoder;
pub use folder::{entries_of, files_of, pictures_in};
pub use listing::{Folders, list, may_be_medium, may_be_sound};
pub use picture::Picture;
pub use sound::{Sound, listen, samples_of, speech_of};
pub use source::{Kind, Media, kind_of};
pub use still::read_picture;
