//! Videos, decoded by ffmpeg or as YUV4MPEG2 on standard input.

use std::ffi::OsString;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use mien_core::frame::YuvRange;

use super::decoder::Decoder;
use super::picture::{Picture, check_size};
use super::reading::Interruptible;
use crate::process::failure::{Failure, Naming, Outcome};

/// A YUV4MPEG2 stream, whose header states size and frame rate.
pub struct Video {
    path: PathBuf,
    /// The ffmpeg process, if one decodes the video.
    decoder: Option<Decoder>,
    stream: Interruptible,
    header: Header,
}

/// Max length of a header line in bytes.
const LONGEST_LINE: u64 = 4096;

impl Video {
    /// Opens the video file `path` through ffmpeg.
    pub fn open(path: &Path) -> Outcome<Self> {
        // `file:` prevents that ffmpeg interprets names like `http:x` or `-x`.
        let mut input = OsString::from("file:");
        input.push(path);
        let mut arguments: Vec<OsString> = ["-nostdin", "-v", "error", "-i"].map(OsString::from).to_vec();
        arguments.push(input);
        arguments.extend(["-map", "0:v:0", "-vf", FILTERS, "-f", "yuv4mpegpipe", "-"].map(OsString::from));
        let (decoder, output) = Decoder::start(&arguments, path)?;
        Self::from_stream(path, output, Some(decoder))
    }

    /// Opens the video in `stream`; `path` is its name in messages.
    pub fn from_stream(path: &Path, stream: impl Read + Send + 'static, decoder: Option<Decoder>) -> Outcome<Self> {
        let header = Header { width: 0, height: 0, fps: 0.0, range: YuvRange::Video };
        let stream = Interruptible::new(|| Ok(stream)).naming(path)?;
        let mut video = Self { path: path.to_path_buf(), decoder, stream, header };
        let line = String::from_utf8_lossy(&video.line()?).into_owned();
        match parse_header(&line) {
            Some(header) if check_size(header.width, header.height, 0).is_ok() => {
                video.header = header;
                Ok(video)
            }
            _ if video.decoder.is_some() => Err(video.complaint("neither a picture nor a video")),
            _ => Err(video.complaint("not a YUV4MPEG2 stream of 8 bits and 4:2:0 (-pix_fmt yuv420p of ffmpeg)")),
        }
    }

    /// Returns the next line with its line end; empty at the end of the stream.
    fn line(&mut self) -> Outcome<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).naming(&self.path)?;
        Ok(line)
    }

    /// Returns the next frame, or `None` after the last.
    pub fn next_frame(&mut self) -> Outcome<Option<Picture>> {
        let line = self.line()?;
        if line.is_empty() {
            let done = self.decoder.as_mut().map_or(Ok(true), Decoder::finish)?;
            return if done { Ok(None) } else { Err(self.complaint("the video cannot be decoded")) };
        }
        let Header { width, height, range, .. } = self.header;
        let mut data = vec![0; width * height + 2 * width.div_ceil(2) * height.div_ceil(2)];
        if !line.starts_with(b"FRAME") || self.stream.read_exact(&mut data).is_err() {
            return Err(self.complaint("the video is truncated"));
        }
        Ok(Some(Picture::Yuv420 { width, height, data, range }))
    }

    /// Returns the frames per second.
    pub fn fps(&self) -> f64 {
        self.header.fps
    }

    /// Returns the failure `what` with the last line of ffmpeg.
    fn complaint(&mut self, what: &str) -> Failure {
        let said = self.decoder.as_mut().and_then(|decoder| {
            decoder.stop();
            decoder.last_line()
        });
        let reason = said.map_or_else(String::new, |line| format!(" (ffmpeg: {line})"));
        Failure::new(format!("{}: {what}{reason}", self.path.display()))
    }
}

/// Filters of ffmpeg that produce the format of [`Picture::Yuv420`]: BT.601 colors, 8 bits, 4:2:0.
const FILTERS: &str = "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p";

/// The content of a YUV4MPEG2 header.
struct Header {
    width: usize,
    height: usize,
    fps: f64,
    range: YuvRange,
}

/// Parses a YUV4MPEG2 header of 8 bits and 4:2:0, the default if `C` is missing; `None` for other formats.
fn parse_header(header: &str) -> Option<Header> {
    let fields = header.trim_end().strip_prefix("YUV4MPEG2 ")?.split(' ');
    let field = |key: &str| fields.clone().find_map(|field| field.strip_prefix(key)).map(str::to_owned);
    let (width, height) = (field("W")?.parse().ok()?, field("H")?.parse().ok()?);
    if !matches!(field("C").as_deref(), None | Some("420" | "420jpeg" | "420mpeg2" | "420paldv")) {
        return None;
    }
    let range = match field("XCOLORRANGE=").as_deref() {
        Some("FULL") => YuvRange::Full,
        _ => YuvRange::Video,
    };
    let rate = field("F")?;
    let (numerator, denominator) = rate.split_once(':')?;
    let fps = numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?;
    (width > 0 && height > 0 && fps.is_finite() && fps > 0.0).then_some(Header { width, height, fps, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yuv4mpeg2_header_is_read() {
        let header = "YUV4MPEG2 W640 H360 F24000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2\n";
        let Header { width, height, fps, range } = parse_header(header).unwrap();
        assert_eq!((width, height, range), (640, 360, YuvRange::Video));
        assert!((fps - 23.976).abs() < 1e-3);
        let full = parse_header("YUV4MPEG2 W64 H36 F30:1 C420jpeg XCOLORRANGE=FULL\n").unwrap();
        assert_eq!(full.range, YuvRange::Full);
        for bad in [
            "",
            "YUV4MPEG2 W640 H360",
            "YUV4MPEG2 W0 H360 F30:1",
            "YUV4MPEG2 W6 H3 F30:0",
            "RIFF W1 H1 F1:1",
            "YUV4MPEG2 W6 H3 F30:1 C444",
            "YUV4MPEG2 W6 H3 F30:1 C420p10",
        ] {
            assert!(parse_header(bad).is_none(), "{bad}");
        }
    }
}
