//! Small files that claim to hold large pictures.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, ImageFormat};

/// A PNG of `width` x `height` black pixels, with this bit depth and color type.
pub fn png(width: u32, height: u32, depth: u8, color: u8, bytes_of_pixel: usize) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend((data.len() as u32).to_be_bytes());
        let mut checked = kind.to_vec();
        checked.extend(data);
        let mut sum = flate2::Crc::new();
        sum.update(&checked);
        file.extend(checked);
        file.extend(sum.sum().to_be_bytes());
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, color, 0, 0, 0]);
    chunk(b"IHDR", &header);
    let row = vec![0; 1 + width as usize * bytes_of_pixel];
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..height {
        packed.write_all(&row).expect("memory takes all");
    }
    chunk(b"IDAT", &packed.finish().expect("memory takes all"));
    chunk(b"IEND", &[]);
    file
}

/// A TIFF with a directory that claims one strip of `width` x `height` pixels, each of `samples`
/// values of `bits`; optionally with a palette of 256 colors.
pub fn tiff(width: u32, height: u32, bits: u16, samples: u16, palette: bool) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let photometric = if palette {
        3
    } else if samples > 1 {
        2
    } else {
        1
    };
    let mut entries: Vec<(u16, u16, u32, u32)> = vec![
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, u32::from(bits)),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 0),
        (277, 3, 1, u32::from(samples)),
        (278, 4, 1, height),
        (279, 4, 1, 64),
    ];
    if palette {
        entries.push((320, 3, 768, 0));
    }
    let data = 8 + 2 + 12 * entries.len() as u32 + 4;
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        let value = match tag {
            273 => data,
            320 => data + 64,
            258 if samples == 2 => value | value << 16,
            _ => value,
        };
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4 + 64 + 1536]);
    file
}

/// A 24-bit BMP with a header that claims `width` x `height` pixels.
pub fn bmp(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for number in [1000u32, 0, 54, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend(1u16.to_le_bytes());
    file.extend(24u16.to_le_bytes());
    file.extend([0; 24]);
    file.extend([0; 600]);
    file
}

/// A lossless WebP with a header that claims `width` x `height` pixels, at most 16,384 each.
pub fn webp(width: u32, height: u32) -> Vec<u8> {
    let bits = (width - 1) | (height - 1) << 14;
    let mut data = vec![0x2f];
    data.extend(bits.to_le_bytes());
    data.extend([0; 61]);
    let mut file = b"RIFF".to_vec();
    file.extend((12 + data.len() as u32).to_le_bytes());
    file.extend(b"WEBPVP8L");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// A JPEG with a header that claims `width` x `height` pixels.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut file = encoded(&DynamicImage::new_rgb8(16, 16), ImageFormat::Jpeg);
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame's header");
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("a picture can be written to memory");
    file.into_inner()
}

/// Files of too large pictures, by name.
pub fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("rgba16.png", png(16_384, 16_384, 16, 6, 8)),
        ("gray.png", png(16_384, 16_384, 8, 0, 1)),
        ("deep.png", png(8192, 8192, 16, 6, 8)),
        ("long.png", png(16_385, 1, 8, 0, 1)),
        ("rgb.tiff", tiff(16_384, 16_384, 8, 3, false)),
        ("gray16.tiff", tiff(16_000, 16_000, 16, 1, false)),
        ("palette.tiff", tiff(16_384, 16_384, 8, 1, true)),
        ("huge.tiff", tiff(u32::MAX, u32::MAX, 8, 1, false)),
        ("rgb.bmp", bmp(16_384, 16_384)),
        ("huge.bmp", bmp(i32::MAX as u32, i32::MAX as u32)),
        ("lossless.webp", webp(16_384, 16_384)),
        ("rgb.jpg", jpeg(16_384, 16_384)),
        ("huge.jpg", jpeg(65_535, 65_535)),
    ]
}

/// Small pictures in every format, which must be accepted.
pub fn harmless() -> Vec<(&'static str, Vec<u8>)> {
    let picture = DynamicImage::new_rgb8(48, 40);
    let formats = [
        ("small.png", ImageFormat::Png),
        ("small.tiff", ImageFormat::Tiff),
        ("small.bmp", ImageFormat::Bmp),
        ("small.webp", ImageFormat::WebP),
        ("small.jpg", ImageFormat::Jpeg),
    ];
    let mut files: Vec<_> = formats.map(|(name, format)| (name, encoded(&picture, format))).to_vec();
    files.push(("deep.png", png(100, 80, 16, 6, 8)));
    files
}
