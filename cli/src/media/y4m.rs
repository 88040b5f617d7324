//! YUV4MPEG2 streams, as cameras and ffmpeg (`-f yuv4mpegpipe`) write them into a pipe.
//!
//! Format: <https://wiki.multimedia.cx/index.php/YUV4MPEG2>.

use std::io::{self, BufRead, ErrorKind, Read};

use mien_core::frame::YuvRange;

use super::color::{Colors, Frame};
use super::conversion::Conversion;
use super::picture::{Picture, check_size};
use super::planes::{Samples, square_size};
use super::reading::Interruptible;

/// Max length of a header line in bytes.
const LONGEST_LINE: u64 = 4096;

/// Aspect ratios of samples beyond these are taken for errors.
const ASPECTS: std::ops::RangeInclusive<f64> = 0.125..=8.0;

/// A stream that is read up to its frames.
pub struct Stream {
    source: Interruptible,
    header: Header,
    conversion: Conversion,
}

impl Stream {
    /// Reads the header of the stream `source`.
    ///
    /// # Errors
    /// If it is no such stream, or one whose frames cannot be read; the message says what is expected.
    pub fn open(mut source: Interruptible) -> io::Result<Self> {
        let line = line(&mut source)?;
        let header = parse_header(&String::from_utf8_lossy(&line)).map_err(invalid)?;
        let Header { width, height, range, .. } = header;
        let bytes = header.format.bytes(width, height) as u64;
        let (shown_width, shown_height) = header.shown_size();
        check_size(width, height, bytes)
            .and_then(|()| check_size(shown_width, shown_height, 0))
            .map_err(|limit| invalid(format!("the frames are {width}x{height} pixels; {limit}")))?;
        Ok(Self { source, header, conversion: Conversion::new(&Colors::of_stream(range, width, height)) })
    }

    /// Returns the frames per second.
    pub fn fps(&self) -> f64 {
        self.header.fps
    }

    /// Returns the next frame, or `None` at the end of the stream.
    pub fn next_frame(&mut self) -> io::Result<Option<Picture>> {
        let line = line(&mut self.source)?;
        if line.is_empty() {
            return Ok(None);
        }
        let Header { width, height, format, range, .. } = self.header;
        let line = String::from_utf8_lossy(&line);
        let parameters = line.trim_end().strip_prefix("FRAME").ok_or(ErrorKind::UnexpectedEof)?;
        let mut bytes = vec![0; format.bytes(width, height)];
        self.source.read_exact(&mut bytes)?;
        let field = match self.header.scan {
            Scan::Progressive => None,
            Scan::Interlaced { top_first } => Some(top_first),
            Scan::Mixed => parameters.split(' ').find_map(|parameter| field_of(parameter.strip_prefix('I')?)),
        };
        let (width, height) = self.header.shown_size();
        if field.is_none() && format == Format::I420 && (width, height) == (self.header.width, self.header.height) {
            let (data, range) = self.conversion.apply(Frame { width, height, data: bytes, depth: 8 }, range);
            return Ok(Some(Picture::Yuv420 { width, height, data, range }));
        }
        let planes = format.planes(&bytes, (self.header.width, self.header.height), range == YuvRange::Full);
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        let sizes = [(width, height), (chroma_width, chroma_height), (chroma_width, chroma_height)];
        let mut data = Vec::new();
        for (mut plane, (width, height)) in planes.into_iter().zip(sizes) {
            if let Some(top) = field {
                plane.keep_field(top);
            }
            data.extend(plane.stretched(width, height).data);
        }
        let (data, range) = self.conversion.apply(Frame { width, height, data, depth: 8 }, range);
        Ok(Some(Picture::Yuv420 { width, height, data, range }))
    }
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

/// Returns the next line with its line end; empty at the end of the stream.
fn line(source: &mut Interruptible) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    source.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The content of the stream's header.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Header {
    width: usize,
    height: usize,
    fps: f64,
    format: Format,
    range: YuvRange,
    scan: Scan,
    /// Width of a sample divided by its height.
    aspect: f64,
}

impl Header {
    /// Returns the size in square pixels.
    fn shown_size(&self) -> (usize, usize) {
        square_size(self.width, self.height, self.aspect)
    }
}

/// Order of the fields.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scan {
    Progressive,
    Interlaced {
        top_first: bool,
    },
    /// Each frame states its own.
    Mixed,
}

/// Returns which field of a frame comes first, top or not; `None` if the frame is progressive. `parameter` has a letter
/// for the order and one for the sampling in time.
fn field_of(parameter: &str) -> Option<bool> {
    match parameter.as_bytes() {
        [b't' | b'T', b'i', ..] => Some(true),
        [b'b' | b'B', b'i', ..] => Some(false),
        _ => None,
    }
}

/// Format of the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Format {
    depth: u32,
    /// Columns and rows of luma samples for each chroma sample; `None` without chroma.
    chroma: Option<(usize, usize)>,
    /// Whether a plane of opacity follows.
    alpha: bool,
}

impl Format {
    const I420: Self = Self { depth: 8, chroma: Some((2, 2)), alpha: false };

    /// Parses the field `C`, which names chroma and depth: `420jpeg`, `422p10`, `mono`.
    fn of(name: &str) -> Option<Self> {
        const KINDS: [(&str, Option<(usize, usize)>); 6] = [
            ("420", Some((2, 2))),
            ("422", Some((2, 1))),
            ("444", Some((1, 1))),
            ("411", Some((4, 1))),
            ("440", Some((1, 2))),
            ("mono", None),
        ];
        let (rest, chroma) = KINDS.iter().find_map(|(kind, chroma)| Some((name.strip_prefix(kind)?, *chroma)))?;
        let (rest, alpha) = rest.strip_suffix("alpha").map_or((rest, false), |rest| (rest, true));
        let depth = match rest {
            "" | "jpeg" | "mpeg2" | "paldv" => 8,
            bits => bits.trim_start_matches('p').parse().ok().filter(|depth| (9..=16).contains(depth))?,
        };
        Some(Self { depth, chroma, alpha })
    }

    /// Returns the number of bytes of a frame.
    fn bytes(self, width: usize, height: usize) -> usize {
        let chroma = self.chroma.map_or(0, |(columns, rows)| width.div_ceil(columns) * height.div_ceil(rows));
        let luma = width * height * if self.alpha { 2 } else { 1 };
        (luma + 2 * chroma) * if self.depth > 8 { 2 } else { 1 }
    }

    /// Returns the planes Y, U and V of a frame in 8 bits and 4:2:0.
    fn planes(self, bytes: &[u8], (width, height): (usize, usize), full_range: bool) -> [Samples; 3] {
        let sample_bytes = if self.depth > 8 { 2 } else { 1 };
        let y = Samples::of_depth(bytes, width, height, self.depth, full_range);
        let Some((columns, rows)) = self.chroma else {
            let gray = Samples::of_value(128, width.div_ceil(2), height.div_ceil(2));
            return [y, gray.clone(), gray];
        };
        let (chroma_width, chroma_height) = (width.div_ceil(columns), height.div_ceil(rows));
        let length = sample_bytes * chroma_width * chroma_height;
        let [u, v] = [0, 1].map(|index| {
            let bytes = &bytes[sample_bytes * width * height + index * length..];
            let plane = Samples::of_depth(bytes, chroma_width, chroma_height, self.depth, full_range);
            // Four columns per sample are more than is kept: 4:1:1 is stretched.
            plane.shrunk(2_usize.div_ceil(columns), 2 / rows).stretched(width.div_ceil(2), height.div_ceil(2))
        });
        [y, u, v]
    }
}

/// What is expected, for messages.
const EXPECTED: &str = "not a YUV4MPEG2 stream (`-f yuv4mpegpipe` of ffmpeg)";

/// Parses a header, or says what is wrong with it.
fn parse_header(header: &str) -> Result<Header, String> {
    let header = header.trim_end();
    let fields = header.strip_prefix("YUV4MPEG2 ").ok_or(EXPECTED)?.split(' ');
    let field = |key: &str| fields.clone().find_map(|field| field.strip_prefix(key));
    let size = |key: &str| field(key).and_then(|side| side.parse().ok()).filter(|side| *side > 0 && *side < 1 << 24);
    let (Some(width), Some(height)) = (size("W"), size("H")) else {
        return Err(format!("{EXPECTED}: the header states no size"));
    };
    let name = field("C").unwrap_or("420");
    let format = Format::of(name).ok_or_else(|| {
        format!(
            "{EXPECTED} of a known pixel format: {name:?} is none of 420, 422, 444, 440, 411 and mono, 8 to 16 bits"
        )
    })?;
    let range = match field("XCOLORRANGE=") {
        Some("FULL") => YuvRange::Full,
        _ => YuvRange::Video,
    };
    let scan = match field("I") {
        None | Some("p" | "?") => Scan::Progressive,
        Some("t") => Scan::Interlaced { top_first: true },
        Some("b") => Scan::Interlaced { top_first: false },
        Some("m") => Scan::Mixed,
        Some(other) => return Err(format!("{EXPECTED}: I{other} is no order of fields")),
    };
    let ratio = |text: &str| {
        let (numerator, denominator) = text.split_once(':')?;
        let value = numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?;
        (value.is_finite() && value > 0.0).then_some(value)
    };
    let fps = field("F").and_then(ratio).ok_or_else(|| format!("{EXPECTED}: the header states no frame rate"))?;
    let aspect = field("A").and_then(ratio).filter(|aspect| ASPECTS.contains(aspect)).unwrap_or(1.0);
    Ok(Header { width, height, fps, format, range, scan, aspect })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(header: &str, frames: &[(&str, Vec<u8>)]) -> Stream {
        let mut bytes = header.as_bytes().to_vec();
        for (parameters, frame) in frames {
            bytes.extend(format!("FRAME{parameters}\n").into_bytes());
            bytes.extend(frame);
        }
        Stream::open(Interruptible::new(move || Ok(io::Cursor::new(bytes))).unwrap()).unwrap()
    }

    fn planes(stream: &mut Stream) -> (usize, usize, Vec<u8>) {
        match stream.next_frame().unwrap().unwrap() {
            Picture::Yuv420 { width, height, data, .. } => (width, height, data),
            Picture::Rgb(_) => panic!("YUV is expected"),
        }
    }

    #[test]
    fn a_header_is_read() {
        let header = parse_header("YUV4MPEG2 W640 H360 F24000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2\n").unwrap();
        assert_eq!(
            (header.width, header.height, header.format, header.range),
            (640, 360, Format::I420, YuvRange::Video)
        );
        assert!((header.fps - 23.976).abs() < 1e-3);
        let full = parse_header("YUV4MPEG2 W64 H36 F30:1 It A4:3 C420jpeg XCOLORRANGE=FULL\n").unwrap();
        assert_eq!((full.range, full.scan), (YuvRange::Full, Scan::Interlaced { top_first: true }));
        assert_eq!(full.shown_size(), (85, 36));
        assert_eq!(parse_header("YUV4MPEG2 W64 H36 F30:1 A0:0\n").unwrap().aspect, 1.0);
        assert_eq!(parse_header("YUV4MPEG2 W64 H36 F30:1 A900:1\n").unwrap().aspect, 1.0);
    }

    #[test]
    fn what_is_no_stream_is_refused_with_a_reason() {
        for (bad, reason) in [
            ("", "not a YUV4MPEG2 stream"),
            ("RIFF W1 H1 F1:1", "not a YUV4MPEG2 stream"),
            ("YUV4MPEG2 W640", "no size"),
            ("YUV4MPEG2 W0 H360 F30:1", "no size"),
            ("YUV4MPEG2 W640 H360", "no frame rate"),
            ("YUV4MPEG2 W6 H3 F30:0", "no frame rate"),
            ("YUV4MPEG2 W6 H3 F30:1 C410", "\"410\" is none of"),
            ("YUV4MPEG2 W6 H3 F30:1 C420p99", "\"420p99\" is none of"),
            ("YUV4MPEG2 W6 H3 F30:1 Ix", "Ix is no order of fields"),
        ] {
            let error = parse_header(bad).unwrap_err();
            assert!(error.contains(reason), "{bad}: {error}");
        }
    }

    #[test]
    fn frames_of_every_chroma_and_depth_become_the_same() {
        // 3 x 3 pixels of one color.
        let samples = |depth: u32, plane: usize, count: usize| -> Vec<u8> {
            let value = [100u16, 90, 160][plane] << (depth - 8);
            if depth == 8 { vec![value as u8; count] } else { value.to_le_bytes().repeat(count) }
        };
        let expected = [vec![100; 9], vec![90; 4], vec![160; 4]].concat();
        for (name, depth, chroma) in [
            ("420", 8, 4),
            ("420jpeg", 8, 4),
            ("420p10", 10, 4),
            ("420p12", 12, 4),
            ("422", 8, 6),
            ("422p10", 10, 6),
            ("444", 8, 9),
            ("444p16", 16, 9),
            ("411", 8, 3),
            ("440", 8, 6),
            ("444alpha", 8, 9),
        ] {
            let mut frame = [samples(depth, 0, 9), samples(depth, 1, chroma), samples(depth, 2, chroma)].concat();
            if name.ends_with("alpha") {
                frame.extend([7; 9]);
            }
            let mut stream = stream(&format!("YUV4MPEG2 W3 H3 F5:1 C{name}\n"), &[("", frame.clone()), ("", frame)]);
            assert_eq!(planes(&mut stream), (3, 3, expected.clone()), "{name}");
            assert!(stream.next_frame().unwrap().is_some() && stream.next_frame().unwrap().is_none(), "{name}");
        }
        let mut gray = stream("YUV4MPEG2 W2 H2 F5:1 Cmono10\n", &[("", 400u16.to_le_bytes().repeat(4))]);
        assert_eq!(planes(&mut gray).2, [100, 100, 100, 100, 128, 128]);
    }

    #[test]
    fn samples_become_square_and_frames_whole() {
        let frame = vec![50; 6];
        let mut wide = stream("YUV4MPEG2 W2 H2 F5:1 A2:1 C420\n", &[("", frame.clone())]);
        assert_eq!(planes(&mut wide), (4, 2, vec![50; 12]));
        let mut high = stream("YUV4MPEG2 W2 H2 F5:1 A1:2 C420\n", &[("", frame)]);
        assert_eq!(planes(&mut high), (2, 4, vec![50; 12]));
        // The bottom field shows something else.
        let frame = [vec![10, 10, 90, 90, 30, 30, 90, 90], vec![128; 4]].concat();
        let mut fields = stream("YUV4MPEG2 W2 H4 F5:1 It C420\n", &[("", frame.clone())]);
        assert_eq!(planes(&mut fields).2[..8], [10, 10, 20, 20, 30, 30, 30, 30]);
        let mut mixed = stream("YUV4MPEG2 W2 H4 F5:1 Im C420\n", &[(" Itp", frame.clone()), (" Ibi", frame)]);
        assert_eq!(planes(&mut mixed).2[..8], [10, 10, 90, 90, 30, 30, 90, 90]);
        assert_eq!(planes(&mut mixed).2[..8], [90, 90, 90, 90, 90, 90, 90, 90]);
    }

    #[test]
    fn a_frame_that_ends_early_is_an_error() {
        let mut cut = stream("YUV4MPEG2 W2 H2 F5:1\n", &[("", vec![1; 6]), ("", vec![1; 5])]);
        assert!(cut.next_frame().is_ok() && cut.next_frame().is_err());
    }
}
