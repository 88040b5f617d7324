//! Videos, decoded by ffmpeg or as YUV4MPEG2 on standard input.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::RgbaImage;

use super::color::{Colors, Frame};
use super::conversion::Conversion;
use super::decoder::Decoder;
use super::kinds::unreadable;
use super::matroska::{self, Pixels};
use super::picture::{Picture, check_size};
use super::reading::Interruptible;
use super::structure::{Cut, cut_of};
use super::y4m;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::text::counted;

/// Rates from here on may be that of a clock, so frames are looked at first.
const MAX_FPS: f64 = 121.0;

/// Number of frames that are read ahead for that.
const AHEAD: usize = 16;

/// A video that is being read.
pub struct Video {
    path: PathBuf,
    source: Source,
    /// Frames per second: as the file states it, from its end on the mean.
    fps: f64,
    /// About how many frames there are, if the file states duration and rate.
    length: Option<usize>,
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
    /// Frames that were read ahead.
    ahead: VecDeque<io::Result<Option<matroska::Block>>>,
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
                return Err(match wanted {
                    Wanted::Frames => {
                        let what = format!("{}: neither a picture nor a video (ffmpeg: {reason})", path.display());
                        Failure::new(what)
                    }
                    Wanted::Picture(kind) => {
                        unreadable(path, format_args!("{kind} pictures are not read here (ffmpeg: {reason})"))
                    }
                });
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
        let mut decoded = Decoded { stream, decoder, colors, conversion, ahead: VecDeque::new() };
        let fps = if (1.0..MAX_FPS).contains(&fps) { fps } else { decoded.first_fps().unwrap_or(0.0) };
        let length = duration_s.filter(|_| fps > 0.0).map(|duration_s| (duration_s * fps).round() as usize);
        Ok(Self { fps, length, created, ..Self::of(path, Source::Decoded(Box::new(decoded))) })
    }

    /// Opens the YUV4MPEG2 video in `stream`; `path` is its name in messages.
    pub fn from_stream(path: &Path, stream: impl Read + Send + 'static) -> Outcome<Self> {
        let stream = y4m::Stream::open(Interruptible::new(|| Ok(stream)).naming(path)?).naming(path)?;
        Ok(Self { fps: stream.fps(), ..Self::of(path, Source::Piped(Box::new(stream))) })
    }

    fn of(path: &Path, source: Source) -> Self {
        let path = path.to_path_buf();
        let (fps, length, created, shortfall) = (0.0, None, None, None);
        Self { path, source, fps, length, created, frames: 0, time_us: 0, first_us: 0, shortfall }
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
                if self.frames == 0 {
                    (self.time_us, self.first_us) = (time_us, time_us);
                } else {
                    self.time_us = time_us.max(self.time_us.saturating_add(1));
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
        let cut = cut_of(&self.path);
        let whole = match cut {
            Cut::Nowhere | Cut::LengthStated => self.length,
            Cut::Frames(count) => Some(count),
            Cut::LengthUnknown => None,
        };
        let missing = whole.filter(|whole| *whole > self.frames + 1);
        let frames = counted(self.frames, "frames");
        let seen = missing.map_or(frames.clone(), |whole| format!("{} of about {whole} frames", self.frames));
        decoded.decoder.said(|log| {
            // All frames may be there, for example if only sound or an index is missing.
            if (cut != Cut::Nowhere || log.ended_early()) && (whole.is_none() || missing.is_some()) {
                return Some(format!("{seen}; the file is cut off"));
            }
            if log.undecodable() > 0 {
                return Some(format!("{seen}; {} could not be decoded", counted(log.undecodable(), "frames")));
            }
            if !succeeded {
                let reason = log.reason().unwrap_or("it ended before the end of the file");
                return Some(format!("{seen}; ffmpeg: {reason}"));
            }
            (log.damaged() > 0).then(|| format!("{} of {frames} are damaged", log.damaged()))
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

    /// Returns about how many frames the video has, if its file states duration and frame rate.
    pub fn length(&self) -> Option<usize> {
        self.length
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
    /// Returns the mean rate of the first frames, which are read ahead.
    fn first_fps(&mut self) -> Option<f64> {
        let mut times = Vec::new();
        while times.len() < AHEAD {
            let block = self.stream.read_block();
            let time = block.as_ref().ok().and_then(|block| block.as_ref().map(|block| block.time));
            self.ahead.push_back(block);
            let Some(time) = time else { break };
            times.push(time);
        }
        let span_us = times.last()?.saturating_sub(*times.first()?);
        (span_us > 0).then(|| 1e6 * (times.len() - 1) as f64 / span_us as f64)
    }

    /// Returns the next frame and its time in microseconds.
    fn next_frame(&mut self) -> io::Result<Option<(Picture, u64)>> {
        let block = self.ahead.pop_front().unwrap_or_else(|| self.stream.read_block());
        let Some(matroska::Block { time, data }) = block? else { return Ok(None) };
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
    let filters: &[_] = match wanted {
        Wanted::Frames if is_never_interlaced(path) => &[SHAPE, TIMES],
        Wanted::Frames => &[DEINTERLACE, SHAPE, TIMES],
        Wanted::Picture(_) => &[SHAPE],
    };
    arguments.extend(strings(&["-vf", &filters.join(","), "-c:v", "rawvideo", "-enc_time_base", "1:1000000"]));
    // The muxer counts uncompressed frames of some formats as experimental.
    arguments.extend(strings(&["-strict", "experimental", "-allow_raw_vfw", "1"]));
    // A checksum of each frame takes as long as some decoding.
    arguments.extend(strings(&["-write_crc32", "0", "-f", "matroska", "-"]));
    arguments
}

/// Whether the video is of a format without fields, as browsers write. These change the size of frames on the way, and
/// the filter of fields loses the frame before.
fn is_never_interlaced(path: &Path) -> bool {
    const START: u64 = 1 << 14;
    let mut start = Vec::new();
    // What cannot be read here cannot be read by ffmpeg, which says why.
    let read = File::open(path).and_then(|file| file.take(START).read_to_end(&mut start));
    let names: [&[u8]; 6] = [b"V_VP8", b"V_VP9", b"V_AV1", b"vp08", b"vp09", b"av01"];
    read.is_ok() && names.iter().any(|name| start.windows(name.len()).any(|window| window == *name))
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
