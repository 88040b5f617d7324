//! When a picture or video was taken, as its file states it.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use exif::{Exif, In, Tag, Value};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::picture::MAX_FILE_BYTES;

/// Years before this one are those of clocks that were not set.
const FIRST_YEAR: i16 = 1990;

/// A moment by the clock of the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Captured {
    /// Date and time of the camera's clock.
    pub local: DateTime,
    /// The clock's offset from UTC, if the file states it.
    pub offset: Option<Offset>,
}

impl fmt::Display for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local)?;
        self.offset.map_or(Ok(()), |offset| write!(f, "{offset}"))
    }
}

impl Captured {
    /// Returns the time in milliseconds since 1970. A camera that states no offset from UTC is taken to have
    /// `default_offset_ms`. `None` if that is out of range.
    fn ms(&self, default_offset_ms: i64) -> Option<u64> {
        let ms = match self.offset {
            Some(offset) => offset.to_timestamp(self.local).ok()?.as_millisecond(),
            None => Offset::UTC.to_timestamp(self.local).ok()?.as_millisecond().checked_sub(default_offset_ms)?,
        };
        u64::try_from(ms).ok()
    }

    /// Returns the time in milliseconds since 1970. A camera that states no offset from UTC is taken to be in the time
    /// zone of this system. `None` if that is out of range.
    pub fn wall_ms(&self) -> Option<u64> {
        let local = TimeZone::system().to_ambiguous_zoned(self.local).compatible().ok()?;
        self.ms(1000 * i64::from(local.offset().seconds()))
    }

    /// Parses the time that a video states: `2021-06-01T12:00:00.000000Z`, `2021-06-01T14:00:00+0200`.
    pub fn of_video(text: &str) -> Option<Self> {
        let zone = text.rfind(['Z', '+', '-']).filter(|at| *at >= "2021-06-01T12".len());
        let (local, zone) = zone.map_or((text, ""), |at| text.split_at(at));
        let offset = if zone == "Z" { Some(Offset::UTC) } else { offset(zone) };
        Self::checked(local.trim().parse().ok()?, offset)
    }

    fn of_picture(exif: &Exif) -> Option<Self> {
        let ascii = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
            Value::Ascii(texts) => texts.first().map(|text| text.trim_ascii().to_vec()),
            _ => None,
        };
        let tags = [
            (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
            (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
        ];
        tags.into_iter().find_map(|(time, fraction, zone)| {
            let time = exif::DateTime::from_ascii(&ascii(time)?).ok()?;
            let fraction = ascii(fraction).map_or(0, |digits| nanoseconds(&digits));
            let parts = [time.month, time.day, time.hour, time.minute, time.second].map(|part| part as i8);
            let [month, day, hour, minute, second] = parts;
            let year = i16::try_from(time.year).ok()?;
            let local = DateTime::new(year, month, day, hour, minute, second, fraction).ok()?;
            Self::checked(local, ascii(zone).and_then(|zone| offset(&String::from_utf8_lossy(&zone))))
        })
    }

    fn checked(local: DateTime, offset: Option<Offset>) -> Option<Self> {
        (local.year() >= FIRST_YEAR).then_some(Self { local, offset })
    }
}

/// Returns when the picture file `path` was taken: JPEG, TIFF, PNG, WebP, HEIC or AVIF with EXIF data. `None` if it does
/// not say so.
pub fn captured(path: &Path) -> Option<Captured> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return None;
    }
    // What is damaged is left out, and the rest is kept.
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    let exif =
        reader.read_from_container(&mut BufReader::new(file)).or_else(|error| error.distill_partial_result(|_| ()));
    Captured::of_picture(&exif.ok()?)
}

/// Returns the nanoseconds that decimal digits of a second state.
fn nanoseconds(digits: &[u8]) -> i32 {
    const DIGITS: usize = 9;
    let digits = digits.iter().take_while(|digit| digit.is_ascii_digit()).chain(std::iter::repeat(&b'0'));
    digits.take(DIGITS).fold(0, |sum, digit| 10 * sum + i32::from(digit - b'0'))
}

/// Parses an offset from UTC: `+02:00` or `+0200`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = text.trim().split_at_checked(1)?;
    let digits: String = rest.chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds = 3600 * hours.parse::<i32>().ok()? + 60 * minutes.parse::<i32>().unwrap_or(0);
    match sign {
        "+" => Offset::from_seconds(seconds).ok(),
        "-" => Offset::from_seconds(-seconds).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF file that has nothing but an EXIF directory with ASCII entries, after 8 bytes of header.
    fn exif_of(entries: &[(u16, &str)]) -> Vec<u8> {
        let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_be_bytes());
        let mut values_at = bytes.len() + 12 * entries.len() + 4;
        let mut values = Vec::new();
        for (tag, text) in entries {
            let text = [text.as_bytes(), &[0]].concat();
            bytes.extend([tag.to_be_bytes(), 2u16.to_be_bytes()].concat());
            bytes.extend((text.len() as u32).to_be_bytes());
            if text.len() <= 4 {
                bytes.extend([&text[..], &vec![0; 4 - text.len()]].concat());
            } else {
                bytes.extend((values_at as u32).to_be_bytes());
                values_at += text.len();
                values.extend(text);
            }
        }
        bytes.extend([0; 4]);
        [bytes, values].concat()
    }

    fn of(bytes: &[u8]) -> Option<Captured> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        captured(file.path())
    }

    const ORIGINAL: u16 = 0x9003;
    const FRACTION: u16 = 0x9291;
    const OFFSET: u16 = 0x9011;

    #[test]
    fn the_time_of_a_picture_is_that_of_the_cameras_clock() {
        let taken = of(&exif_of(&[(ORIGINAL, "2021:06:01 14:00:01"), (OFFSET, "+02:00"), (FRACTION, "25")])).unwrap();
        assert_eq!(taken.ms(0), Some(1_622_548_801_250));
        let local = of(&exif_of(&[(ORIGINAL, "2021:06:01 14:00:01")])).unwrap();
        assert_eq!((local.offset, local.ms(7_200_000)), (None, Some(1_622_548_801_000)));
        assert_eq!(of(&exif_of(&[(ORIGINAL, "0000:00:00 00:00:00")])), None);
        assert_eq!(of(&exif_of(&[(ORIGINAL, "    :  :     :  :  ")])), None);
        assert_eq!(of(&exif_of(&[(ORIGINAL, "2021:13:01 14:00:01")])), None);
        assert_eq!(of(&exif_of(&[])), None);
    }

    #[test]
    fn pictures_of_other_formats_have_times_and_damaged_ones_none() {
        let exif = exif_of(&[(ORIGINAL, "2021:06:01 14:00:01"), (OFFSET, "-0230")]);
        let segment = [b"Exif\0\0", &exif[..]].concat();
        let length = ((segment.len() + 2) as u16).to_be_bytes();
        let jpeg = [&[0xff, 0xd8, 0xff, 0xe1], &length[..], &segment, &[0xff, 0xd9]].concat();
        assert_eq!(of(&jpeg).unwrap().ms(0), Some(1_622_565_001_000));
        for cut in 0..jpeg.len() {
            of(&jpeg[..cut]);
        }
        assert_eq!(of(b"no picture"), None);
        assert_eq!(captured(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_time_of_a_video_is_read() {
        let ms = |text| Captured::of_video(text).and_then(|captured| captured.ms(3_600_000));
        assert_eq!(ms("2021-06-01T12:00:00.250000Z"), Some(1_622_548_800_250));
        assert_eq!(ms("2021-06-01T14:00:00+0200"), Some(1_622_548_800_000));
        assert_eq!(ms("2021-06-01T09:30:00-02:30"), Some(1_622_548_800_000));
        assert_eq!(ms("2021-06-01 13:00:00"), Some(1_622_548_800_000));
        for wrong in ["", "yesterday", "1904-01-01T00:00:00.000000Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }
}
