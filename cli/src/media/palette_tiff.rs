//! TIFF pictures with an 8-bit palette, which the decoder does not support: the palette is removed, the picture is
//! marked as gray, and the gray values are mapped to colors after decoding.
//!
//! TIFF 6.0: the header is the byte order (`II` or `MM`), 42 and the offset of the first
//! directory; a directory is a count and entries of tag, type, count and value, 12 bytes each.

use image::{GrayImage, Rgb, RgbImage};

const PHOTOMETRIC: u16 = 262;
const COLOR_MAP: u16 = 320;
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;
const COLORS: usize = 256;

/// The colors of a picture with a palette.
pub struct Palette(Vec<Rgb<u8>>);

impl Palette {
    /// Returns the palette of the TIFF file in `bytes` and the file as a gray picture; `None` if the file has no
    /// palette of 256 colors.
    pub fn take_from(bytes: &[u8]) -> Option<(Self, Vec<u8>)> {
        let order = Order::of(bytes)?;
        let directory = order.u32(bytes, 4)? as usize;
        let entries = usize::from(order.u16(bytes, directory)?);
        let entry = |tag: u16| {
            (0..entries).map(|index| directory + 2 + 12 * index).find(|&at| order.u16(bytes, at) == Some(tag))
        };
        let photometric = entry(PHOTOMETRIC)? + 8;
        let map = entry(COLOR_MAP)?;
        if order.u16(bytes, photometric)? != PALETTE || order.u32(bytes, map + 4)? as usize != 3 * COLORS {
            return None;
        }
        let values = order.u32(bytes, map + 8)? as usize;
        // All reds, then all greens, then all blues, 16 bits each.
        let channel = |channel: usize, index: usize| {
            order.u16(bytes, values.checked_add(2 * (channel * COLORS + index))?).map(|value| (value >> 8) as u8)
        };
        let color = |index| Some(Rgb([channel(0, index)?, channel(1, index)?, channel(2, index)?]));
        let colors: Vec<_> = (0..COLORS).map(color).collect::<Option<_>>()?;
        let mut gray = bytes.to_vec();
        gray[photometric..photometric + 2].copy_from_slice(&order.bytes(BLACK_IS_ZERO));
        Some((Self(colors), gray))
    }

    /// Returns the colors of the indices in `gray`.
    pub fn apply(&self, gray: &GrayImage) -> RgbImage {
        RgbImage::from_fn(gray.width(), gray.height(), |x, y| self.0[usize::from(gray.get_pixel(x, y).0[0])])
    }
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.get(..4)? {
            [b'I', b'I', 42, 0] => Some(Self::Little),
            [b'M', b'M', 0, 42] => Some(Self::Big),
            _ => None,
        }
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(two),
            Self::Big => u16::from_be_bytes(two),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(four),
            Self::Big => u32::from_be_bytes(four),
        })
    }

    fn bytes(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with the two tags and a palette whose red is its index.
    fn file(order: Order) -> Vec<u8> {
        let (short, long) = (
            |v: u16| order.bytes(v).to_vec(),
            |v: u32| match order {
                Order::Little => v.to_le_bytes().to_vec(),
                Order::Big => v.to_be_bytes().to_vec(),
            },
        );
        let mut bytes = match order {
            Order::Little => vec![b'I', b'I', 42, 0],
            Order::Big => vec![b'M', b'M', 0, 42],
        };
        bytes.extend([long(8), short(2)].concat());
        bytes.extend([short(PHOTOMETRIC), short(3), long(1), short(PALETTE), short(0)].concat());
        bytes.extend([short(COLOR_MAP), short(3), long(768), long(34)].concat());
        bytes.extend((0..768u16).flat_map(|i| order.bytes(if i < 256 { i << 8 } else { 0x0700 })));
        bytes
    }

    #[test]
    fn the_palette_is_read_in_both_byte_orders() {
        for order in [Order::Little, Order::Big] {
            let bytes = file(order);
            let (palette, gray) = Palette::take_from(&bytes).unwrap();
            assert_eq!(palette.apply(&GrayImage::from_raw(1, 1, vec![9]).unwrap()).get_pixel(0, 0), &Rgb([9, 7, 7]));
            assert!(Palette::take_from(&gray).is_none(), "the file is gray now");
            for cut in 0..bytes.len() {
                assert!(Palette::take_from(&bytes[..cut]).is_none(), "{cut}");
            }
        }
    }
}
