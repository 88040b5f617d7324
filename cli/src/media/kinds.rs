//! Kinds of files, by their first bytes.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::path::Path;

use image::ImageFormat;

use super::structure::transport_packet;
use crate::process::failure::{Failure, Naming, Outcome};

/// What the content of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A picture that is read without ffmpeg.
    Picture(ImageFormat),
    /// A picture of this kind, which ffmpeg may be able to decode.
    DecodedPicture(&'static str),
    /// A video, or an animation.
    Video,
    /// Sound alone.
    Sound,
    /// A picture or document that cannot be read: what it is called, in the plural.
    Unreadable(&'static str),
    /// Something else.
    Other,
}

/// Bytes that tell the kind of a file: some packets of a transport stream.
const START: u64 = 2048;

/// Returns what the content of an entry of a folder is. Files that systems leave in folders are [`Content::Other`], and
/// so is anything that is not a file.
///
/// # Errors
/// If the file cannot be read.
pub fn sniff(path: &Path) -> Outcome<Content> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    // Macs leave `._NAME` beside a file on drives of other systems; Windows' own are of no kind.
    if name.starts_with(b"._") || !fs::metadata(path).naming(path)?.is_file() {
        return Ok(Content::Other);
    }
    content_of(path)
}

/// Returns the failure to read the file `path`; `what` says which kind is not read.
pub fn unreadable(path: &Path, what: impl Display) -> Failure {
    Failure::new(format!("{}: {what}; convert them to JPEG", path.display()))
}

/// Returns what the content of the file `path` is.
pub fn content_of(path: &Path) -> Outcome<Content> {
    let mut file = File::open(path).naming(path)?;
    let mut start = Vec::new();
    file.by_ref().take(START).read_to_end(&mut start).naming(path)?;
    let content = content(&start);
    if content == Content::DecodedPicture(GIF) && is_animated_gif(file).naming(path)? {
        return Ok(Content::Video);
    }
    Ok(content)
}

const GIF: &str = "GIF";

/// Returns what a file that begins with `start` is. A GIF may also be an animation.
pub fn content(start: &[u8]) -> Content {
    if let Some(kind) = raw_kind(start) {
        return Content::Unreadable(kind);
    }
    if let Some(format) = image::guess_format(start).ok().filter(ImageFormat::reading_enabled) {
        return Content::Picture(format);
    }
    let beginnings: &[(&[u8], Content)] = &[
        (b"GIF87a", Content::DecodedPicture(GIF)),
        (b"GIF89a", Content::DecodedPicture(GIF)),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Content::DecodedPicture("JPEG XL")),
        (b"\xff\x0a", Content::DecodedPicture("JPEG XL")),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Content::DecodedPicture("JPEG 2000")),
        (b"\xff\x4f\xff\x51", Content::DecodedPicture("JPEG 2000")),
        (b"8BPS", Content::DecodedPicture("Photoshop")),
        (b"qoif", Content::DecodedPicture("QOI")),
        (b"\x76\x2f\x31\x01", Content::DecodedPicture("OpenEXR")),
        (b"P4\n", Content::DecodedPicture("PNM")),
        (b"P5\n", Content::DecodedPicture("PNM")),
        (b"P6\n", Content::DecodedPicture("PNM")),
        (b"%PDF-", Content::Unreadable("PDF documents")),
        (b"%!PS", Content::Unreadable("PostScript documents")),
        (b"gimp xcf", Content::Unreadable("GIMP pictures")),
        (b"AT&TFORM", Content::Unreadable("DjVu documents")),
        (b"II\xbc\x01", Content::Unreadable("JPEG XR pictures")),
        (b"\0\0\x01\0\x01\0", Content::Unreadable("icons")),
        (b"\x1a\x45\xdf\xa3", Content::Video),
        (b"FLV\x01", Content::Video),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Content::Video),
        (b"YUV4MPEG2 ", Content::Video),
        (b"\0\0\x01\xba", Content::Video),
        (b"\0\0\x01\xb3", Content::Video),
        (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", Content::Video),
        (b".RMF", Content::Video),
        (b"DKIF", Content::Video),
        (b"nut/multimedia container\0", Content::Video),
        (b"fLaC", Content::Sound),
        (b"ID3", Content::Sound),
    ];
    if let Some((_, content)) = beginnings.iter().find(|(beginning, _)| start.starts_with(beginning)) {
        return *content;
    }
    match start {
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(start, brands),
        // QuickTime files without a type.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => Content::Video,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Content::Video,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Content::Sound,
        // Ogg
        [b'O', b'g', b'g', b'S', ..] if has(start, b"\x80theora") => Content::Video,
        [b'O', b'g', b'g', b'S', ..] => Content::Sound,
        _ if is_mp3_frame(start) => Content::Sound,
        _ if start.get(128..132) == Some(b"DICM") => Content::Unreadable("DICOM pictures"),
        _ if is_svg(start) => Content::Unreadable("SVG drawings"),
        _ if transport_packet(start).is_some() => Content::Video,
        _ => Content::Other,
    }
}

/// Whether bytes begin with the header of a frame of MPEG layer 3: sync, version, layer, bit rate and sample rate.
fn is_mp3_frame(start: &[u8]) -> bool {
    let [0xff, second, third, ..] = start else { return false };
    let (sync, version, layer) = (second >> 5, second >> 3 & 3, second >> 1 & 3);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 3);
    sync == 7 && version != 1 && layer == 1 && (1..15).contains(&bit_rate) && sample_rate != 3
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Tells pictures from videos in the ISO base media format, by the brands in its first box: the main one, a version and
/// compatible ones.
fn iso_media(start: &[u8], brands: &[u8]) -> Content {
    let size = start.first_chunk().copied().map_or(0, u32::from_be_bytes) as usize;
    let (brands, _) = brands[..size.saturating_sub(8).min(brands.len())].as_chunks::<4>();
    let any = |list: &[&[u8; 4]]| brands.iter().enumerate().any(|(index, brand)| index != 1 && list.contains(&brand));
    match brands.first() {
        Some(b"crx ") => Content::Unreadable("CR3 camera raw pictures"),
        Some(b"M4A " | b"M4B " | b"M4P ") => Content::Sound,
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx") => Content::DecodedPicture("HEIC"),
        Some(b"avif" | b"avis") => Content::DecodedPicture("AVIF"),
        Some(b"mif1" | b"msf1" | b"miaf") if any(&[b"heic", b"heix", b"hevc"]) => Content::DecodedPicture("HEIC"),
        Some(b"mif1" | b"msf1" | b"miaf") if any(&[b"avif", b"avis"]) => Content::DecodedPicture("AVIF"),
        Some(b"mif1" | b"msf1" | b"miaf") => Content::DecodedPicture("HEIF"),
        _ => Content::Video,
    }
}

/// Returns what the raw pictures of a camera are called; many are TIFF files with a small preview.
fn raw_kind(start: &[u8]) -> Option<&'static str> {
    match start {
        [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] => Some("CR2 camera raw pictures"),
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => Some("ORF camera raw pictures"),
        [b'I', b'I', b'U', 0, ..] => Some("RW2 camera raw pictures"),
        [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', b'C', b'C', b'D', ..] => Some("RAF camera raw pictures"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => raw_tiff(start),
        _ => None,
    }
}

fn raw_tiff(start: &[u8]) -> Option<&'static str> {
    const SUBFILE_TYPE: u16 = 254;
    const COMPRESSION: u16 = 259;
    const SUB_DIRECTORIES: u16 = 330;
    const DNG_VERSION: u16 = 50706;
    let little = start[0] == b'I';
    let u16_at = |at: usize| {
        let bytes = start.get(at..at.checked_add(2)?)?.first_chunk().copied()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let u32_at = |at: usize| {
        let bytes = start.get(at..at.checked_add(4)?)?.first_chunk().copied()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = u32_at(4)? as usize;
    let entry = |tag| {
        let count = usize::from(u16_at(directory)?);
        (0..count).map(|index| directory + 2 + 12 * index).find(|at| u16_at(*at) == Some(tag))
    };
    if entry(DNG_VERSION).is_some() {
        return Some("DNG camera raw pictures");
    }
    // Those of Nikon, Sony and Pentax.
    let compression = entry(COMPRESSION).and_then(|at| u16_at(at + 8));
    let is_preview = entry(SUBFILE_TYPE).and_then(|at| u32_at(at + 8)) == Some(1) && entry(SUB_DIRECTORIES).is_some();
    (is_preview || matches!(compression, Some(34713 | 32767 | 65535))).then_some("camera raw pictures")
}

/// Whether the file is an XML document whose root is a drawing.
fn is_svg(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    text.starts_with(b"<") && has(text, b"<svg")
}

/// Whether a GIF file has more than one picture. Damaged files have as many as can be seen.
fn is_animated_gif(mut file: File) -> io::Result<bool> {
    file.rewind()?;
    match gif_pictures(&mut BufReader::new(file)) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        pictures => Ok(pictures? > 1),
    }
}

/// Counts the pictures of a GIF file up to 2.
fn gif_pictures(file: &mut BufReader<File>) -> io::Result<usize> {
    let colors = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut byte = [0];
    let mut head = [0; 13];
    file.read_exact(&mut head)?;
    file.seek_relative(colors(head[10]))?;
    let mut pictures = 0;
    loop {
        file.read_exact(&mut byte)?;
        match byte[0] {
            0x2c => {
                pictures += 1;
                if pictures > 1 {
                    return Ok(pictures);
                }
                let mut descriptor = [0; 9];
                file.read_exact(&mut descriptor)?;
                file.seek_relative(colors(descriptor[8]) + 1)?;
            }
            0x21 => file.seek_relative(1)?,
            _ => return Ok(pictures),
        }
        // Blocks of data, each after its length.
        loop {
            file.read_exact(&mut byte)?;
            if byte[0] == 0 {
                break;
            }
            file.seek_relative(byte[0].into())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ftyp(brands: &[&[u8; 4]]) -> Vec<u8> {
        let mut bytes = ((16 + 4 * (brands.len() - 1)) as u32).to_be_bytes().to_vec();
        bytes.extend(b"ftyp");
        bytes.extend(brands[0]);
        bytes.extend([0; 4]);
        brands[1..].iter().for_each(|brand| bytes.extend(*brand));
        bytes
    }

    fn tiff(entries: &[(u16, u32)]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, value) in entries {
            bytes.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
            bytes.extend([1u32.to_le_bytes(), value.to_le_bytes()].concat());
        }
        bytes
    }

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let unreadable = |bytes: &[u8]| match content(bytes) {
            Content::Unreadable(kind) => kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(content(b"\xff\xd8\xff\xe0"), Content::Picture(ImageFormat::Jpeg));
        assert_eq!(content(&tiff(&[(256, 1), (259, 1)])), Content::Picture(ImageFormat::Tiff));
        assert_eq!(unreadable(&tiff(&[(256, 1), (50706, 1)])), "DNG camera raw pictures");
        assert_eq!(unreadable(&tiff(&[(254, 1), (330, 1)])), "camera raw pictures");
        assert_eq!(unreadable(&tiff(&[(259, 34713)])), "camera raw pictures");
        assert_eq!(unreadable(b"II*\0\x10\0\0\0CR\x02\0"), "CR2 camera raw pictures");
        assert_eq!(unreadable(&ftyp(&[b"crx "])), "CR3 camera raw pictures");
        assert_eq!(unreadable(b"%PDF-1.7"), "PDF documents");
        assert_eq!(unreadable(b"<?xml version=\"1.0\"?>\n<svg xmlns="), "SVG drawings");
        for (brands, kind) in [
            (&[b"heic", b"mif1"][..], "HEIC"),
            (&[b"mif1", b"heic"], "HEIC"),
            (&[b"avif"], "AVIF"),
            (&[b"mif1", b"avif"], "AVIF"),
            (&[b"mif1", b"jpeg"], "HEIF"),
        ] {
            assert_eq!(content(&ftyp(brands)), Content::DecodedPicture(kind), "{brands:?}");
        }
        assert_eq!(content(&ftyp(&[b"isom", b"avc1"])), Content::Video);
        assert_eq!(content(&ftyp(&[b"qt  "])), Content::Video);
        assert_eq!(content(b"\x1a\x45\xdf\xa3\x01"), Content::Video);
        assert_eq!(content(b"RIFF\0\0\0\0AVI LIST"), Content::Video);
        let sounds: [&[u8]; 5] =
            [b"RIFF\0\0\0\0WAVEfmt ", b"ID3\x03", b"\xff\xfb\x90\x64", b"fLaC\0", b"OggS\0\x02\x01vorbis"];
        for bytes in sounds.into_iter().chain([ftyp(&[b"M4A ", b"isom"]).as_slice()]) {
            assert_eq!(content(bytes), Content::Sound, "{bytes:?}");
        }
        let other: [&[u8]; 5] = [b"", b"text\n", b"{\"fps\": 3}", b"\xff\xfea\0", b"<x:xmpmeta>"];
        for bytes in other {
            assert_eq!(content(bytes), Content::Other, "{bytes:?}");
        }
    }

    #[test]
    fn a_folder_has_files_that_are_no_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            sniff(&path).unwrap()
        };
        assert_eq!(of("a.txt", b"\xff\xd8\xff\xe0"), Content::Picture(ImageFormat::Jpeg), "the name does not count");
        assert_eq!(of("._a.jpg", b"\xff\xd8\xff\xe0"), Content::Other);
        assert_eq!(of("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Content::Other);
        assert_eq!(of(".DS_Store", b"\0\0\0\x01Bud1"), Content::Other);
        assert_eq!(of("desktop.ini", b"[.ShellClassInfo]\r\n"), Content::Other);
        assert_eq!(of("empty.jpg", b""), Content::Other);
        assert_eq!(sniff(folder.path()).unwrap(), Content::Other);
        assert!(sniff(&folder.path().join("gone")).is_err());
        // A GIF of one picture is a picture, one of two a video.
        let picture = [b",".as_slice(), &[0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0]].concat();
        let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0".to_vec();
        assert_eq!(of("one.gif", &[&head[..], &picture, b";"].concat()), Content::DecodedPicture(GIF));
        assert_eq!(of("two.gif", &[&head[..], &picture, &picture, b";"].concat()), Content::Video);
        assert_eq!(of("cut.gif", &[&head[..], &picture[..12]].concat()), Content::DecodedPicture(GIF));
    }
}
