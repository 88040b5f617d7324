//! Pictures, folders of frames and videos as a sequence of pictures.

pub mod decoder;
mod palette_tiff;
pub mod reading;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use mien_core::Frame;
use mien_core::frame::{MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_SIDE, Plane, YuvRange};

use crate::media::decoder::Decoder;
use crate::media::palette_tiff::Palette;
use crate::media::reading::Interruptible;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::skipped::or_skip;

/// Frames a second of a folder of frames that does not say: what cameras give.
const FOLDER_FPS: f64 = 30.0;

/// The file in a folder of frames that says their rate.
const CLIP: &str = "clip.json";

/// The longest picture file, in bytes: more than the largest picture without compression.
const MAX_FILE_BYTES: u64 = 2 * MAX_PICTURE_BYTES;

/// A picture that owns its pixels.
pub enum Picture {
    /// Packed RGB.
    Rgb(RgbImage),
    /// A video's frame: Y, U and V planes behind each other.
    Yuv420 {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The three planes, without padding.
        data: Vec<u8>,
        /// What black and white are.
        range: YuvRange,
    },
}

impl Picture {
    /// The pixels as a frame.
    pub fn frame(&self) -> mien_core::Result<Frame<'_>> {
        match self {
            Self::Rgb(image) => {
                let (width, height) = (image.width() as usize, image.height() as usize);
                Frame::rgb8(image.as_raw(), width, height, 3 * width)
            }
            Self::Yuv420 { width, height, data, range } => {
                let (width, height) = (*width, *height);
                let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
                let (y, chroma) = data.split_at(width * height);
                let (u, v) = chroma.split_at(chroma_width * chroma_height);
                let plane = |data, stride| Plane::new(data, stride, 1);
                let (u, v) = (plane(u, chroma_width), plane(v, chroma_width));
                Frame::yuv420(plane(y, width), u, v, width, height, *range)
            }
        }
    }

    /// The pixels as RGB, for drawing on.
    pub fn to_rgb(&self) -> RgbImage {
        match self {
            Self::Rgb(image) => image.clone(),
            Self::Yuv420 { width, height, .. } => self.sampled(*width, *height),
        }
    }

    /// The whole picture sampled to the given size.
    pub fn sampled(&self, width: usize, height: usize) -> RgbImage {
        use mien_core::preprocess::{Map, Normalization, sample_into};
        let mut out = RgbImage::new(width as u32, height as u32);
        // A picture was made from checked sizes, so its frame cannot fail.
        let Ok(frame) = self.frame() else { return out };
        let (from_width, from_height) = frame.upright_size();
        let scale = |from: usize, to: usize| from as f32 / to as f32;
        let map = Map([scale(from_width, width), 0.0, 0.0, 0.0, scale(from_height, height), 0.0]);
        let mut planes = vec![0.0f32; 3 * width * height];
        sample_into(&frame, &map, (width, height), &Normalization::RGB, &mut planes);
        for (index, pixel) in out.pixels_mut().enumerate() {
            pixel.0 = [0, 1, 2].map(|channel| planes[channel * width * height + index].round() as u8);
        }
        out
    }
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One picture.
    Picture,
    /// A folder of frames in the order of their names.
    Folder,
    /// A video, decoded by ffmpeg.
    Video,
}

/// The pictures of an input, one after the other.
pub struct Media {
    /// What the input is.
    pub kind: Kind,
    /// Frames a second; 0 for one picture.
    pub fps: f64,
    /// How many pictures there are, where that is known before.
    pub length: Option<usize>,
    frames: Frames,
    /// Frames that were read, or left out because they cannot be.
    passed: usize,
    /// Frames of those that were read.
    read: usize,
}

enum Frames {
    Files(std::vec::IntoIter<PathBuf>),
    /// A picture that came through a pipe, and what it is called.
    Bytes(PathBuf, Option<Vec<u8>>),
    Video(Box<Video>),
}

/// What the input `path` is; no pipe is opened for that.
pub fn kind_of(path: &Path) -> Outcome<Kind> {
    kind(path).map_err(Failure::of_input)
}

fn kind(path: &Path) -> Outcome<Kind> {
    let metadata = fs::metadata(path).naming(path)?;
    if metadata.is_dir() {
        return Ok(Kind::Folder);
    }
    let is_picture = !metadata.is_file() || picture_format(path)?.is_some();
    Ok(if is_picture { Kind::Picture } else { Kind::Video })
}

impl Media {
    /// Opens `path`.
    pub fn open(path: &Path) -> Outcome<Self> {
        Self::opened(path).map_err(Failure::of_input)
    }

    fn opened(path: &Path) -> Outcome<Self> {
        let metadata = fs::metadata(path).naming(path)?;
        if metadata.is_dir() {
            let files = pictures_in(path)?;
            if files.is_empty() {
                return Err(Failure::new(format!("{}: the folder holds no pictures", path.display())));
            }
            let fps = folder_fps(path)?;
            let length = Some(files.len());
            return Ok(Self {
                kind: Kind::Folder,
                fps,
                length,
                frames: Frames::Files(files.into_iter()),
                passed: 0,
                read: 0,
            });
        }
        if !metadata.is_file() {
            // A pipe is read once: what it brings is a picture, or nothing that can be looked at from here.
            let bytes = reading::read(path, MAX_FILE_BYTES, "a picture")?;
            if guess(&bytes).is_none() {
                let ways = "a video comes as a file, or as YUV4MPEG2 into `mien watch -`";
                return Err(Failure::new(format!("{}: a pipe or device without a picture; {ways}", path.display())));
            }
            let frames = Frames::Bytes(path.to_path_buf(), Some(bytes));
            return Ok(Self { kind: Kind::Picture, fps: 0.0, length: Some(1), frames, passed: 0, read: 0 });
        }
        if metadata.len() == 0 {
            return Err(Failure::new(format!("{}: the file is empty", path.display())));
        }
        if picture_format(path)?.is_some() {
            let files = vec![path.to_path_buf()].into_iter();
            return Ok(Self {
                kind: Kind::Picture,
                fps: 0.0,
                length: Some(1),
                frames: Frames::Files(files),
                passed: 0,
                read: 0,
            });
        }
        Ok(Self::of_video(Video::open(path)?))
    }

    fn of_video(video: Video) -> Self {
        Self {
            kind: Kind::Video,
            fps: video.header.fps,
            length: None,
            frames: Frames::Video(Box::new(video)),
            passed: 0,
            read: 0,
        }
    }

    /// A video that comes as YUV4MPEG2 on standard input, as from a camera.
    pub fn from_standard_input() -> Outcome<Self> {
        Ok(Self::of_video(Video::from_stream(Path::new("standard input"), io::stdin(), None)?))
    }

    /// The next picture, or `None` after the last. Of a folder's frames those that cannot be read are left out, unless
    /// that is all.
    pub fn next_picture(&mut self) -> Outcome<Option<Picture>> {
        loop {
            let next = match &mut self.frames {
                Frames::Files(files) => files.next().map(|file| read_picture(&file)).transpose(),
                Frames::Bytes(path, bytes) => bytes.take().map(|bytes| decode_picture(path, bytes)).transpose(),
                Frames::Video(video) => video.next_frame(),
            };
            let others = match &self.frames {
                Frames::Files(files) => self.read + files.len() > 0,
                Frames::Bytes(..) | Frames::Video(_) => false,
            };
            let next = or_skip(next.map_err(Failure::of_input), others)?;
            self.passed += 1;
            if let Some(picture) = next {
                self.read += usize::from(picture.is_some());
                return Ok(picture);
            }
        }
    }

    /// The number of the last picture among all, from 0.
    pub fn index(&self) -> usize {
        self.passed.saturating_sub(1)
    }
}

/// The files that are read when `path` is looked at: those of a folder of frames, or `path`. What cannot be listed is
/// left to [`Media::open`].
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let mut files = pictures_in(path).unwrap_or_default();
    files.push(path.join(CLIP));
    files
}

/// The picture in the file `path`, turned upright by its EXIF orientation.
pub fn read_picture(path: &Path) -> Outcome<Picture> {
    decode_picture(path, reading::read(path, MAX_FILE_BYTES, "a picture").map_err(Failure::of_input)?)
}

/// As [`read_picture`], of the `bytes` of the file `path`.
fn decode_picture(path: &Path, bytes: Vec<u8>) -> Outcome<Picture> {
    let Some(format) = guess(&bytes) else {
        return Err(Failure::new(format!("{}: not a picture (JPEG, PNG, TIFF, BMP or WebP)", path.display())));
    };
    if format == ImageFormat::Jpeg && !ends_as_jpeg(&bytes) {
        return Err(Failure::new(format!("{}: the JPEG file is truncated", path.display())));
    }
    let palette = if format == ImageFormat::Tiff { Palette::take_from(&bytes) } else { None };
    let (palette, bytes) = palette.map_or((None, bytes), |(palette, gray)| (Some(palette), gray));
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().naming(path)?;
    let (width, height) = decoder.dimensions();
    if let Err(limit) = check_size(width as usize, height as usize, decoder.total_bytes()) {
        return Err(Failure::new(format!("{}: the picture is {width}x{height}; {limit}", path.display())));
    }
    let orientation = decoder.orientation().naming(path)?;
    let mut image = DynamicImage::from_decoder(decoder).naming(path)?;
    if let Some(palette) = palette {
        image = palette.apply(&image.into_luma8()).into();
    }
    image.apply_orientation(orientation);
    Ok(Picture::Rgb(image.into_rgb8()))
}

/// Checks what a picture's header says before memory is taken for its pixels; the error says which limit
/// is broken.
fn check_size(width: usize, height: usize, bytes: u64) -> Result<(), String> {
    if width == 0 || height == 0 || width.max(height) > MAX_SIDE {
        return Err(format!("sides must be 1 to {MAX_SIDE} pixels"));
    }
    if width * height > MAX_PICTURE_PIXELS {
        return Err(format!("{MAX_PICTURE_PIXELS} pixels are the most"));
    }
    if bytes > MAX_PICTURE_BYTES {
        return Err(format!("it takes {bytes} bytes, and {MAX_PICTURE_BYTES} are the most"));
    }
    Ok(())
}

/// The pictures of the folder `path`, in the order of their names.
pub fn pictures_in(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in entries_of(path)? {
        if file.is_file() && picture_format(&file)?.is_some() {
            files.push(file);
        }
    }
    Ok(files)
}

/// What lies in the folder `path`, sorted by name, without hidden files.
pub fn entries_of(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).naming(path)? {
        let entry = entry.naming(path)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// The picture format of a file by its first bytes; `None` where it is no picture.
fn picture_format(path: &Path) -> Outcome<Option<ImageFormat>> {
    let mut start = Vec::new();
    File::open(path).naming(path)?.take(32).read_to_end(&mut start).naming(path)?;
    Ok(guess(&start))
}

fn guess(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes).ok().filter(ImageFormat::reading_enabled)
}

/// Whether the picture data of a JPEG file is closed by its end marker. Thumbnails in the
/// header have end markers of their own, so the segments are walked up to the picture data.
fn ends_as_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if marker == 0xda {
            return bytes[at..].windows(2).rev().any(|pair| pair == [0xff, 0xd9]);
        }
        let fill_byte = marker == 0xff;
        at += if fill_byte { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
    }
    false
}

/// The frame rate of a folder of frames: `fps` in its `clip.json`, else 30.
fn folder_fps(path: &Path) -> Outcome<f64> {
    #[derive(serde::Deserialize)]
    struct ClipInfo {
        fps: f64,
    }
    let file = path.join(CLIP);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(FOLDER_FPS),
        Err(error) => return Err(error).naming(&file),
    };
    let info: ClipInfo = serde_json::from_slice(&text).naming(&file)?;
    if info.fps.is_finite() && info.fps > 0.0 {
        Ok(info.fps)
    } else {
        Err(Failure::new(format!("{}: fps is {}; it must be above 0", file.display(), info.fps)))
    }
}

/// A video as YUV4MPEG2, which says size and frame rate itself.
struct Video {
    path: PathBuf,
    /// The ffmpeg that decodes it, where one does.
    decoder: Option<Decoder>,
    stream: Interruptible,
    header: Header,
}

/// The longest line of a header or before a frame that is read.
const LONGEST_LINE: u64 = 4096;

impl Video {
    /// The video in the file `path`, decoded by ffmpeg.
    fn open(path: &Path) -> Outcome<Self> {
        // `file:` keeps a name like `http:x` or `-x` from meaning something else.
        let mut input = OsString::from("file:");
        input.push(path);
        let mut arguments: Vec<OsString> = ["-nostdin", "-v", "error", "-i"].map(OsString::from).to_vec();
        arguments.push(input);
        arguments.extend(["-map", "0:v:0", "-vf", FILTERS, "-f", "yuv4mpegpipe", "-"].map(OsString::from));
        let (decoder, output) = Decoder::start(&arguments, path)?;
        Self::from_stream(path, output, Some(decoder))
    }

    /// The video that comes through `stream`, called `path` in messages.
    fn from_stream(path: &Path, stream: impl Read + Send + 'static, decoder: Option<Decoder>) -> Outcome<Self> {
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
            _ => Err(video.complaint("not a YUV4MPEG2 stream of 8 bits and 4:2:0 (ffmpeg's -pix_fmt yuv420p)")),
        }
    }

    /// The next line with its end; empty at the end of the stream.
    fn line(&mut self) -> Outcome<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).naming(&self.path)?;
        Ok(line)
    }

    fn next_frame(&mut self) -> Outcome<Option<Picture>> {
        let line = self.line()?;
        if line.is_empty() {
            let done = self.decoder.as_mut().map_or(Ok(true), Decoder::finish)?;
            return if done { Ok(None) } else { Err(self.complaint("the video cannot be decoded")) };
        }
        let Header { width, height, range, .. } = self.header;
        let mut data = vec![0; width * height + 2 * width.div_ceil(2) * height.div_ceil(2)];
        if !line.starts_with(b"FRAME") || self.stream.read_exact(&mut data).is_err() {
            return Err(self.complaint("the video breaks off"));
        }
        Ok(Some(Picture::Yuv420 { width, height, data, range }))
    }

    /// `what`, with the last line that ffmpeg said.
    fn complaint(&mut self, what: &str) -> Failure {
        let said = self.decoder.as_mut().and_then(|decoder| {
            decoder.stop();
            decoder.last_line()
        });
        let reason = said.map(|line| format!(" (ffmpeg: {line})")).unwrap_or_default();
        Failure::new(format!("{}: {what}{reason}", self.path.display()))
    }
}

/// What ffmpeg does to frames: the colors that [`Frame`] expects, 8 bits, 4:2:0.
const FILTERS: &str = "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p";

/// What a YUV4MPEG2 header says.
struct Header {
    width: usize,
    height: usize,
    fps: f64,
    range: YuvRange,
}

/// A YUV4MPEG2 header of 8 bits and 4:2:0, which is what no `C` means, too.
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

    #[test]
    fn a_jpeg_cut_behind_its_thumbnail_is_truncated() {
        let segment = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2];
        let whole = [&[0xff, 0xd8], &segment[..], &[0xff, 0xda, 0, 2, 9, 9, 9, 0xff, 0xd9]].concat();
        assert!(ends_as_jpeg(&whole));
        for cut in 0..whole.len() {
            assert!(!ends_as_jpeg(&whole[..cut]), "{cut}");
        }
    }
}
