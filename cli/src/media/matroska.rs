//! The stream in which ffmpeg hands over decoded frames: Matroska with uncompressed pictures.
//!
//! The container carries a time with each frame, and size, pixel format and colors in its header. Everything comes
//! through one pipe: times from a log on standard error could be lost or torn, and would have to be matched with the
//! frames. Only what ffmpeg writes is understood: elements are read one after the other without their nesting, and
//! unknown ones are skipped.
//!
//! Matroska: RFC 9559; EBML, its encoding of elements: RFC 8794.

use std::io::{self, BufRead, ErrorKind, Read};

use super::planes::yuv420_samples;
use super::reading::Interruptible;

/// Pixel format of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pixels {
    /// Planes Y, U and V, 4:2:0, 8 bits per sample.
    Yuv420,
    /// Planes Y, U and V, 4:2:0, 10 bits per sample in two bytes, little endian.
    Yuv420Bits10,
    /// Packed red, green, blue, alpha, 8 bits per sample.
    Rgba,
}

impl Pixels {
    /// Returns the format with the four characters `code`.
    fn of(code: [u8; 4]) -> Option<Self> {
        match &code {
            b"I420" => Some(Self::Yuv420),
            b"Y3\x0b\x0a" => Some(Self::Yuv420Bits10),
            b"RGBA" => Some(Self::Rgba),
            _ => None,
        }
    }

    /// Returns the number of bytes of a frame.
    pub fn bytes(self, width: usize, height: usize) -> usize {
        let yuv = yuv420_samples(width, height);
        match self {
            Self::Yuv420 => yuv,
            Self::Yuv420Bits10 => 2 * yuv,
            Self::Rgba => 4 * width * height,
        }
    }
}

/// Colors as the container states them: code points of ITU-T H.273, 2 if unspecified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColorCodes {
    pub matrix: u64,
    pub transfer: u64,
    pub primaries: u64,
    /// Whether samples have the full range (0 to 255) instead of the range of video (16 to 235).
    pub full_range: bool,
}

/// The content of the stream's header.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    pub width: usize,
    pub height: usize,
    pub pixels: Pixels,
    pub colors: ColorCodes,
    /// Nominal duration of a frame in nanoseconds; 0 if unknown.
    pub frame_ns: u64,
}

/// A frame's time and bytes.
pub struct Block {
    /// Presentation time in units of the container, [`Stream::read_block`].
    pub time: u64,
    pub data: Vec<u8>,
}

/// Elements that consist of other elements, which are read as if they were not nested.
const MASTERS: [u32; 7] = [0x1853_8067, 0x1654_ae6b, 0xae, 0xe0, 0x55b0, CLUSTER, 0xa0];
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK: u32 = 0xa1;
const WIDTH: u32 = 0xb0;
const HEIGHT: u32 = 0xba;
const FRAME_NS: u32 = 0x23_e383;
const FOUR_CC: u32 = 0x2e_b524;
const CODEC_PRIVATE: u32 = 0x63a2;
const MATRIX: u32 = 0x55b1;
const RANGE: u32 = 0x55b9;
const TRANSFER: u32 = 0x55ba;
const PRIMARIES: u32 = 0x55bb;

/// H.273: unspecified.
const UNSPECIFIED: u64 = 2;
/// Matroska: samples have the full range.
const FULL_RANGE: u64 = 2;

/// Max bytes of an element of the header that is kept.
const MAX_VALUE: u64 = 1024;

/// A stream that is read up to its frames.
pub struct Stream {
    source: Interruptible,
    header: Header,
    cluster_time: u64,
}

impl Stream {
    /// Reads the header of the stream `source`. `check` refuses a frame size before memory for it is allocated.
    ///
    /// # Errors
    /// If the stream ends within its header or is not as expected.
    pub fn open(mut source: Interruptible, check: impl Fn(usize, usize) -> bool) -> io::Result<Self> {
        let (mut width, mut height, mut pixels, mut frame_ns) = (0, 0, None, 0);
        let unspecified = UNSPECIFIED;
        let mut colors =
            ColorCodes { matrix: unspecified, transfer: unspecified, primaries: unspecified, full_range: false };
        loop {
            let Some((id, size)) = element(&mut source)? else { return Err(ErrorKind::UnexpectedEof.into()) };
            match id {
                CLUSTER => break,
                WIDTH => width = unsigned(&mut source, size)? as usize,
                HEIGHT => height = unsigned(&mut source, size)? as usize,
                FRAME_NS => frame_ns = unsigned(&mut source, size)?,
                MATRIX => colors.matrix = unsigned(&mut source, size)?,
                TRANSFER => colors.transfer = unsigned(&mut source, size)?,
                PRIMARIES => colors.primaries = unsigned(&mut source, size)?,
                RANGE => colors.full_range = unsigned(&mut source, size)? == FULL_RANGE,
                FOUR_CC => pixels = value(&mut source, size)?.first_chunk().copied().and_then(Pixels::of),
                // The format's four characters in a BITMAPINFOHEADER.
                CODEC_PRIVATE => {
                    let code = value(&mut source, size)?.get(16..20).and_then(|code| code.first_chunk().copied());
                    pixels = code.and_then(Pixels::of);
                }
                _ if MASTERS.contains(&id) => {}
                _ => skip(&mut source, size)?,
            }
        }
        match pixels {
            Some(pixels) if check(width, height) => {
                Ok(Self { source, header: Header { width, height, pixels, colors, frame_ns }, cluster_time: 0 })
            }
            _ => Err(invalid("the size or format of its frames")),
        }
    }

    /// Returns the content of the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the next frame, or `None` at the end of the stream.
    pub fn read_block(&mut self) -> io::Result<Option<Block>> {
        loop {
            let Some((id, size)) = element(&mut self.source)? else { return Ok(None) };
            match id {
                TIMESTAMP => self.cluster_time = unsigned(&mut self.source, size)?,
                SIMPLE_BLOCK | BLOCK => return self.block(size).map(Some),
                _ if MASTERS.contains(&id) => {}
                _ => skip(&mut self.source, size)?,
            }
        }
    }

    /// Reads a block of `size` bytes: track number, time relative to the cluster, flags, frame.
    fn block(&mut self, size: Option<u64>) -> io::Result<Block> {
        const HEAD: usize = 4;
        const LACING: u8 = 0x06;
        let mut head = [0; HEAD];
        self.source.read_exact(&mut head)?;
        let [_track, high, low, flags] = head;
        let Header { width, height, pixels, .. } = self.header;
        let length = pixels.bytes(width, height);
        if flags & LACING != 0 || size != Some((HEAD + length) as u64) {
            return Err(invalid("the size of its frames changes"));
        }
        let time = self.cluster_time.saturating_add_signed(i16::from_be_bytes([high, low]).into());
        let mut data = vec![0; length];
        self.source.read_exact(&mut data)?;
        Ok(Block { time, data })
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// Reads the id and size of the next element; `None` at the end of the stream. The size is `None` if it is unknown.
fn element(source: &mut Interruptible) -> io::Result<Option<(u32, Option<u64>)>> {
    if source.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let (id, _) = number(source)?;
    let id = u32::try_from(id).map_err(|_| invalid("an element's id"))?;
    let (size, size_length) = number(source)?;
    let value_bits = 7 * size_length;
    let size = size & ((1 << value_bits) - 1);
    Ok(Some((id, (size != (1 << value_bits) - 1).then_some(size))))
}

/// Reads a number whose leading zero bits tell its length; returns it with its marker bit, and its length in bytes.
fn number(source: &mut Interruptible) -> io::Result<(u64, u32)> {
    let mut first = [0];
    source.read_exact(&mut first)?;
    let length = first[0].leading_zeros() + 1;
    if length > 8 {
        return Err(invalid("an element's length"));
    }
    let mut bytes = [0; 8];
    bytes[0] = first[0];
    source.read_exact(&mut bytes[1..length as usize])?;
    Ok((u64::from_be_bytes(bytes) >> (64 - 8 * length), length))
}

/// Reads an element that is kept.
fn value(source: &mut Interruptible, size: Option<u64>) -> io::Result<Vec<u8>> {
    let size = size.filter(|size| *size <= MAX_VALUE).ok_or_else(|| invalid("an element's size"))?;
    let mut bytes = vec![0; size as usize];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn unsigned(source: &mut Interruptible, size: Option<u64>) -> io::Result<u64> {
    let bytes = value(source, size)?;
    if bytes.len() > 8 {
        return Err(invalid("a number's size"));
    }
    Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn skip(source: &mut Interruptible, size: Option<u64>) -> io::Result<()> {
    let size = size.ok_or_else(|| invalid("an element without a size"))?;
    let skipped = io::copy(&mut source.take(size), &mut io::sink())?;
    if skipped == size { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element_of(id: &[u8], content: &[u8]) -> Vec<u8> {
        [id, &(1 << 56 | content.len() as u64).to_be_bytes(), content].concat()
    }

    fn stream() -> Vec<u8> {
        let video = [
            element_of(&[0xb0], &[4]),
            element_of(&[0xba], &[0, 2]),
            element_of(&[0x2e, 0xb5, 0x24], b"I420"),
            element_of(&[0x55, 0xb0], &[element_of(&[0x55, 0xba], &[16]), element_of(&[0x55, 0xb9], &[2])].concat()),
        ]
        .concat();
        let entry = [element_of(&[0x23, 0xe3, 0x83], &[1, 0]), element_of(&[0xe0], &video)].concat();
        let tracks = element_of(&[0x16, 0x54, 0xae, 0x6b], &element_of(&[0xae], &entry));
        let block = |time: i16, byte: u8| {
            let [high, low] = time.to_be_bytes();
            [vec![0x81, high, low, 0x80], vec![byte; 12]].concat()
        };
        let cluster = [
            element_of(&[0xe7], &[1, 0, 0]),
            element_of(&[0xa3], &block(5, 1)),
            element_of(&[0xec], &[0; 3]),
            element_of(&[0xa0], &element_of(&[0xa1], &block(-6, 2))),
        ]
        .concat();
        let unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        [
            element_of(&[0x1a, 0x45, 0xdf, 0xa3], b"head"),
            [&[0x18, 0x53, 0x80, 0x67][..], &unknown].concat(),
            tracks,
            [&[0x1f, 0x43, 0xb6, 0x75][..], &unknown].concat(),
            cluster,
        ]
        .concat()
    }

    fn opened(bytes: Vec<u8>) -> io::Result<Stream> {
        let source = Interruptible::new(move || Ok(io::Cursor::new(bytes))).unwrap();
        Stream::open(source, |width, height| (1..5000).contains(&width) && (1..5000).contains(&height))
    }

    #[test]
    fn header_and_frames_are_read() {
        let mut stream = opened(stream()).unwrap();
        let colors = ColorCodes { matrix: 2, transfer: 16, primaries: 2, full_range: true };
        let header = Header { width: 4, height: 2, pixels: Pixels::Yuv420, colors, frame_ns: 256 };
        assert_eq!(*stream.header(), header);
        let first = stream.read_block().unwrap().unwrap();
        assert_eq!((first.time, first.data), (0x10005, vec![1; 12]));
        assert_eq!(stream.read_block().unwrap().unwrap().time, 0xfffa);
        assert!(stream.read_block().unwrap().is_none());
    }

    #[test]
    fn a_stream_cut_anywhere_is_an_error_or_ends() {
        let whole = stream();
        for cut in 0..whole.len() {
            let Ok(mut stream) = opened(whole[..cut].to_vec()) else { continue };
            let mut blocks = 0;
            while let Ok(Some(_)) = stream.read_block() {
                blocks += 1;
            }
            assert!(blocks < 2, "{cut}");
        }
    }

    #[test]
    fn damaged_streams_are_errors_and_no_panics() {
        let whole = stream();
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok(mut stream) = opened(bytes) {
                    while let Ok(Some(block)) = stream.read_block() {
                        assert_eq!(
                            block.data.len(),
                            stream.header().pixels.bytes(stream.header().width, stream.header().height)
                        );
                    }
                }
            }
        }
    }
}
