//! Whether a JPEG file has its whole picture.
//!
//! Decoders fill what is missing with gray or with the last block and do not say so. A file without its end marker, or
//! whose last blocks repeat, is decoded again with other bytes after its own: rows that differ are missing.
//! In many files only the marker is missing, and some have bytes after it.

use image::RgbImage;

/// Rows of the largest block of a JPEG picture; its last rows may miss some bits.
const BLOCK: u32 = 16;

/// Bytes without markers that are appended, and how many.
const FILLER: [u8; 2] = [0xb5, 0x6a];
const FILLER_BYTES: usize = 4096;

const END: [u8; 2] = [0xff, 0xd9];

/// A file as it is decoded, and what is known of its end.
pub struct Jpeg {
    bytes: Vec<u8>,
    /// Length up to the end of the picture data.
    length: usize,
    has_end: bool,
}

impl Jpeg {
    /// Reads the structure of the file `bytes`; `None` if it ends before its picture data.
    pub fn of(bytes: Vec<u8>) -> Option<Self> {
        let data = data_start(&bytes)?;
        let end = bytes[data..].windows(2).rposition(|pair| pair == END).map(|end| data + end);
        let length = end.unwrap_or_else(|| {
            // Files of which the rest was not copied end with zeros.
            let kept = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let dangling = bytes[..kept].ends_with(&[0xff]);
            kept - usize::from(dangling)
        });
        (length > data).then_some(Self { bytes, length, has_end: end.is_some() })
    }

    /// Returns the bytes for the decoder.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the number of rows of the decoded `picture` that are in the file, if some are missing. `decode` decodes a
    /// file.
    pub fn missing_after(&self, picture: &RgbImage, decode: impl Fn(&[u8]) -> Option<RgbImage>) -> Option<u32> {
        if self.has_end && !repeats(picture) {
            return None;
        }
        let filler = FILLER.iter().copied().cycle().take(FILLER_BYTES);
        let filled = decode(&self.bytes[..self.length].iter().copied().chain(filler).chain(END).collect::<Vec<u8>>());
        let rows = match filled {
            Some(filled) if filled.dimensions() == picture.dimensions() => {
                picture.rows().zip(filled.rows()).take_while(|(row, other)| row.clone().eq(other.clone())).count()
                    as u32
            }
            _ => 0,
        };
        (rows + BLOCK < picture.height()).then_some(rows)
    }
}

/// Whether the last blocks repeat those above them, as decoders fill what is missing.
fn repeats(picture: &RgbImage) -> bool {
    let rows: Vec<_> = picture.rows().rev().take(2 * BLOCK as usize).collect();
    rows.len() < 2 * BLOCK as usize
        || (0..BLOCK as usize).all(|row| rows[row].clone().eq(rows[row + BLOCK as usize].clone()))
}

/// Returns where the picture data begins. Thumbnails in the header have their own data, so segments are skipped.
fn data_start(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            return Some(at + 2 + length).filter(|at| *at <= bytes.len());
        }
        let fill_byte = marker == 0xff;
        at += if fill_byte { 1 } else { 2 + length };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageFormat;

    fn file() -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pictures/obama.jpg");
        std::fs::read(path).unwrap()
    }

    fn decode(bytes: &[u8]) -> Option<RgbImage> {
        image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).ok().map(|image| image.into_rgb8())
    }

    /// Returns the number of rows in the file; `None` if all are.
    fn rows(bytes: Vec<u8>) -> Option<u32> {
        let Some(jpeg) = Jpeg::of(bytes) else { return Some(0) };
        let Some(picture) = decode(jpeg.bytes()) else { return Some(0) };
        jpeg.missing_after(&picture, decode)
    }

    #[test]
    fn whole_pictures_are_whole_with_and_without_a_marker() {
        let whole = file();
        let bare = &whole[..whole.len() - 2];
        assert_eq!(rows(whole.clone()), None);
        assert_eq!(rows(bare.to_vec()), None);
        assert_eq!(rows([bare, &[0; 5000]].concat()), None);
        assert_eq!(rows([&whole[..], b"some garbage"].concat()), None);
        assert_eq!(rows([bare, &[0xff]].concat()), None);
    }

    #[test]
    fn cut_pictures_are_found_with_and_without_a_marker() {
        let whole = file();
        let height = decode(&whole).unwrap().height();
        for percent in [5, 30, 50, 90] {
            let cut = &whole[..whole.len() * percent / 100];
            for bytes in [cut.to_vec(), [cut, &END].concat(), [cut, &[0; 9000]].concat()] {
                let rows = rows(bytes).unwrap_or(height);
                assert!(rows < height, "{percent} %: {rows}");
            }
        }
        let start = data_start(&whole).unwrap();
        for cut in [0, 1, 2, 3, start - 1, start] {
            assert_eq!(rows(whole[..cut].to_vec()), Some(0), "{cut}");
        }
    }

    #[test]
    fn flat_pictures_are_whole() {
        let mut flat = RgbImage::from_pixel(64, 80, image::Rgb([10, 20, 30]));
        flat.put_pixel(3, 3, image::Rgb([250, 250, 250]));
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&flat).unwrap();
        assert!(repeats(&decode(&bytes).unwrap()));
        assert_eq!(rows(bytes.clone()), None);
        bytes.truncate(bytes.len() - 2);
        assert_eq!(rows(bytes), None);
    }

    #[test]
    fn a_jpeg_cut_behind_its_thumbnail_has_no_data() {
        let segment = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2];
        let whole = [&[0xff, 0xd8], &segment[..], &[0xff, 0xda, 0, 2, 9, 9, 9]].concat();
        assert!(Jpeg::of(whole.clone()).is_some());
        for cut in 0..whole.len() - 2 {
            assert!(Jpeg::of(whole[..cut].to_vec()).is_none(), "{cut}");
        }
    }
}
