//! Videos, decoded by ffmpeg or as YUV4MPEG2 on standard input.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::RgbaImage;

use super::color::{Colors, Conversion, Frame};
use super::decoder::Decoder;
use super::matroska::{self, Pixels};
use super::picture::{Picture, check_size};
use super::reading::Interruptible;
use super::structure::{Cut, cut_of};
use super::y4m;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::text::counted;

/// A video that is being read.
pub struct Video {
    path: PathBuf,
    source: Source,
    /// Frames per second: as the file states it, from its end on the mean.
    fps: f64,
    duration_s: Option<f64>,
    created: Option<String>,
    /// Number of frames that were read.
    frames: usize,
    time_us: u64,
    first_us: u64,
    shortfall: Option<String>,
}

enum Source {
    Decoded(Box<Decoded>),
    Piped(Box<y4m::Stream>),
}

/// A stream of ffmpeg, and ffmpeg.
struct Decoded {
    stream: matroska::Stream,
    decoder: Decoder,
    colors: Colors,
    conversion: Conversion,
}

/// What is asked of ffmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All frames of a video.
    Frames,
    /// The only picture of a file of this kind, which the reader of pictures does not know.
    Picture(&'static str),
}

impl Video {
    /// Opens the video file `path` through ffmpeg.
    pub fn open(path: &Path, wanted: Wanted) -> Outcome<Self> {
        let what = match wanted {
            Wanted::Frames => "not a picture, and videos".to_owned(),
            Wanted::Picture(kind) => format!("{kind} pictures"),
        };
        let (mut decoder, output) = Decoder::start(&arguments(path, wanted), path, &what)?;
        let output = Interruptible::new(|| Ok(output)).naming(path)?;
        let stream = match matroska::Stream::open(output, |width, height| check_size(width, height, 0).is_ok()) {
            Ok(stream) => stream,
            Err(error) => {
                crate::process::interrupt::check_interrupt()?;
                decoder.stop();
                let reason = decoder.said(|log| log.reason().map(str::to_owned)).unwrap_or_else(|| error.to_string());
                return Err(Failure::new(match wanted {
                    Wanted::Frames => format!("{}: neither a picture nor a video (ffmpeg: {reason})", path.display()),
                    Wanted::Picture(kind) => {
                        let ways = "convert it to JPEG";
                        format!("{}: {kind} pictures are not read here (ffmpeg: {reason}); {ways}", path.display())
                    }
                }));
            }
        };
        let matroska::Header { width, height, colors, frame_ns, .. } = *stream.header();
        let (fps, duration_s, created) = decoder.described(|log| {
            let created =
                ["com.apple.quicktime.creationdate", "creation_time"].into_iter().find_map(|key| log.metadata(key));
            (log.fps(), log.duration_s(), created.map(str::to_owned))
        });
        let nominal = if frame_ns > 0 { 1e9 / frame_ns as f64 } else { 0.0 };
        // The stream states the rate exactly, but for some videos that of a clock instead of frames.
        let fps = fps.filter(|fps| nominal == 0.0 || (fps - nominal).abs() > 0.01 * nominal).unwrap_or(nominal);
        let colors = Colors::new(&colors, width, height);
        let conversion = Conversion::new(&colors);
        let source = Source::Decoded(Box::new(Decoded { stream, decoder, colors, conversion }));
        Ok(Self { fps, duration_s, created, ..Self::of(path, source) })
    }

    /// Opens the YUV4MPEG2 video in `stream`; `path` is its name in messages.
    pub fn from_stream(path: &Path, stream: impl Read + Send + 'static) -> Outcome<Self> {
        let stream = y4m::Stream::open(Interruptible::new(|| Ok(stream)).naming(path)?).naming(path)?;
        Ok(Self { fps: stream.fps(), ..Self::of(path, Source::Piped(Box::new(stream))) })
    }

    fn of(path: &Path, source: Source) -> Self {
        let path = path.to_path_buf();
        let (fps, duration_s, created, shortfall) = (0.0, None, None, None);
        Self { path, source, fps, duration_s, created, frames: 0, time_us: 0, first_us: 0, shortfall }
    }

    /// Returns the next frame, or `None` after the last.
    pub fn next_frame(&mut self) -> Outcome<Option<Picture>> {
        let next = match &mut self.source {
            Source::Decoded(decoded) => decoded.next_frame(),
            Source::Piped(stream) => stream.next_frame().map(|picture| {
                let time_us = (self.frames as f64 * 1e6 / self.fps).round() as u64;
                picture.map(|picture| (picture, time_us))
            }),
        };
        match next {
            Ok(Some((picture, time_us))) => {
                self.time_us = time_us;
                if self.frames == 0 {
                    self.first_us = time_us;
                }
                self.frames += 1;
                Ok(Some(picture))
            }
            Ok(None) => self.end(None),
            Err(error) => self.end(Some(error)),
        }
    }

    /// Ends the video; `error` says why it ended before its end. What was read so far is kept.
    fn end(&mut self, error: Option<io::Error>) -> Outcome<Option<Picture>> {
        crate::process::interrupt::check_interrupt()?;
        let span_us = self.time_us - self.first_us;
        if let (Source::Decoded(_), true) = (&self.source, span_us > 0) {
            let mean = (self.frames - 1) as f64 * 1e6 / span_us as f64;
            self.fps = if (mean - self.fps).abs() > 0.01 * self.fps { mean } else { self.fps };
        }
        let Source::Decoded(decoded) = &mut self.source else {
            return match error {
                Some(_) => Err(Failure::new(format!("{}: the video is truncated", self.path.display()))),
                None => Ok(None),
            };
        };
        let succeeded = match error {
            Some(_) => {
                decoded.decoder.stop();
                false
            }
            None => decoded.decoder.finish()?,
        };
        if self.frames == 0 {
            let reason = decoded.decoder.said(|log| log.reason().map(str::to_owned));
            let reason = reason.map_or_else(String::new, |reason| format!(" (ffmpeg: {reason})"));
            return Err(Failure::new(format!("{}: the video cannot be decoded{reason}", self.path.display())));
        }
        self.shortfall = self.lost(succeeded);
        Ok(None)
    }

    /// Says what of the video is missing; `succeeded` tells whether ffmpeg says that it reached the end.
    fn lost(&self, succeeded: bool) -> Option<String> {
        let Source::Decoded(decoded) = &self.source else { return None };
        let expected = self.length().filter(|length| *length > self.frames + 1);
        let of = |expected: Option<usize>| match expected {
            Some(expected) => format!("{} of about {}", self.frames, counted(expected, "frames")),
            None => counted(self.frames, "frames").to_string(),
        };
        decoded.decoder.said(|log| {
            let cut = cut_of(&self.path);
            let is_cut = match cut {
                // All frames may be there, for example if only sound or an index is missing.
                Cut::LengthStated => self.length().is_none() || expected.is_some(),
                Cut::LengthUnknown => true,
                Cut::Nowhere => log.ended_early() && (self.length().is_none() || expected.is_some()),
            };
            if is_cut {
                return Some(format!("{}; the file is cut off", of(expected)));
            }
            if log.undecodable() > 0 {
                let lost = counted(log.undecodable(), "frames");
                return Some(format!("{}; {lost} could not be decoded", of(expected)));
            }
            if !succeeded {
                let reason = log.reason().unwrap_or("it ended before the end of the file");
                return Some(format!("{}; ffmpeg: {reason}", of(expected)));
            }
            (log.damaged() > 0).then(|| format!("{} of {} are damaged", log.damaged(), counted(self.frames, "frames")))
        })
    }

    /// Returns the frames per second; after the end the mean, if the file states another value.
    pub fn fps(&self) -> f64 {
        self.fps
    }

    /// Returns the presentation time of the last frame in microseconds since the start of the file.
    pub fn time_us(&self) -> u64 {
        self.time_us
    }

    /// Returns the duration in seconds that the file states.
    pub fn duration_s(&self) -> Option<f64> {
        self.duration_s
    }

    /// Returns about how many frames the video has, if its file states duration and frame rate.
    pub fn length(&self) -> Option<usize> {
        self.duration_s.filter(|_| self.fps > 0.0).map(|duration_s| (duration_s * self.fps).round() as usize)
    }

    /// Returns when the video was recorded, as its file states it.
    pub fn created(&self) -> Option<&str> {
        self.created.as_deref()
    }

    /// Returns what of the video is missing; known after the last frame.
    pub fn shortfall(&self) -> Option<&str> {
        self.shortfall.as_deref()
    }
}

impl Decoded {
    /// Returns the next frame and its time in microseconds.
    fn next_frame(&mut self) -> io::Result<Option<(Picture, u64)>> {
        let Some(matroska::Block { time, data }) = self.stream.read_block()? else { return Ok(None) };
        let matroska::Header { width, height, pixels, .. } = *self.stream.header();
        let depth = match pixels {
            Pixels::Rgba => {
                let image = RgbaImage::from_raw(width as u32, height as u32, data);
                let image = image.ok_or(io::ErrorKind::InvalidData)?;
                return Ok(Some((Picture::Rgb(image::DynamicImage::from(image).into_rgb8()), time)));
            }
            Pixels::Yuv420 => 8,
            Pixels::Yuv420Bits10 => 10,
        };
        let (data, range) = self.conversion.apply(Frame { width, height, data, depth }, self.colors.range);
        Ok(Some((Picture::Yuv420 { width, height, data, range }, time)))
    }
}

/// Returns the arguments of ffmpeg that write what is `wanted` of `path` on standard output.
fn arguments(path: &Path, wanted: Wanted) -> Vec<OsString> {
    let strings = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
    let mut arguments = strings(&["-nostdin", "-hide_banner", "-nostats", "-v", "level+info", "-i"]);
    // `file:` prevents that ffmpeg interprets names like `http:x` or `-x`.
    let mut input = OsString::from("file:");
    input.push(path);
    arguments.push(input);
    arguments.extend(match wanted {
        // `V` leaves pictures out that are attached to music.
        Wanted::Frames => strings(&["-map", "0:V:0"]),
        // The largest one, or the one of several tiles.
        Wanted::Picture(_) => strings(&["-frames:v", "1", "-an", "-sn", "-dn"]),
    });
    let shape = if wanted == Wanted::Frames { &[DEINTERLACE, SHAPE, TIMES][..] } else { &[SHAPE] };
    arguments.extend(strings(&["-vf", &shape.join(","), "-c:v", "rawvideo", "-enc_time_base", "1:1000000"]));
    // The muxer counts uncompressed frames of some formats as experimental.
    arguments.extend(strings(&["-strict", "experimental", "-allow_raw_vfw", "1", "-f", "matroska", "-"]));
    arguments
}

/// Makes one frame of the two fields of interlaced frames; all others pass.
const DEINTERLACE: &str = "bwdif=mode=send_frame:parity=auto:deint=interlaced";

/// Makes pixels square, the shorter way scaled up, and the format one of [`Pixels`]. Where nothing changes, frames pass.
/// Matrix and range stay as they are.
const SHAPE: &str = "scale=w='round(iw*max(1,if(between(sar,0.125,8),sar,1)))':\
                     h='round(ih*max(1,1/if(between(sar,0.125,8),sar,1)))',setsar=1,\
                     format=yuv420p|yuv420p10le|rgba";

/// Writes microseconds, where the container has milliseconds. Each time is later than the one before, because ffmpeg
/// drops frames for which it is not; a missing time is that of a constant rate.
const TIMES: &str = "settb=1/1000000,\
                     setpts='st(0,1000*if(isnan(PTS),N/(FRAME_RATE*TB),max(PTS,0)));\
                     if(isnan(PREV_OUTPTS),ld(0),max(ld(0),PREV_OUTPTS+1000))'";
