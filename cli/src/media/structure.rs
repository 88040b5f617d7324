//! Whether a video file is cut off: its containers state sizes that reach beyond its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Where a file is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nowhere, as far as can be seen.
    Nowhere,
    /// Somewhere; the duration that it states is that of the whole.
    LengthStated,
    /// Somewhere; the whole has about so many frames.
    Frames(usize),
    /// Somewhere; it does not state its duration.
    LengthUnknown,
}

/// Max number of boxes that are read of an MP4 file.
const MAX_BOXES: usize = 1_000_000;

/// Sizes of the packets of MPEG transport streams: plain, with times, with error correction.
const PACKETS: [usize; 3] = [188, 192, 204];

/// The last byte of a GIF file.
const GIF_TRAILER: [u8; 1] = [0x3b];

/// Looks for the cut of the video file `path`.
pub fn cut_of(path: &Path) -> Cut {
    find(path).unwrap_or(Cut::Nowhere)
}

fn find(path: &Path) -> io::Result<Cut> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut start = Vec::new();
    file.by_ref().take(1 << 16).read_to_end(&mut start)?;
    let stated = |cut| if cut { Cut::LengthStated } else { Cut::Nowhere };
    Ok(match &start[..] {
        [_, _, _, _, b'f', b't', b'y', b'p', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => stated(is_mp4_cut(&mut file, length)?),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => stated(is_matroska_cut(&start, length)),
        [b'R', b'I', b'F', b'F', ..] if is_riff_cut(&mut file, length)? => {
            avi_frames(&start).map_or(Cut::LengthUnknown, Cut::Frames)
        }
        [b'G', b'I', b'F', b'8', ..] => {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last == GIF_TRAILER { Cut::Nowhere } else { Cut::LengthUnknown }
        }
        [b'F', b'L', b'V', ..] => stated(is_flv_cut(&mut file, length)?),
        [0x30, 0x26, 0xb2, 0x75, ..] => stated(is_asf_cut(&start, length)),
        _ => match transport_packet(&start) {
            Some(packet) if !length.is_multiple_of(packet as u64) => Cut::LengthUnknown,
            _ => Cut::Nowhere,
        },
    })
}

/// Whether a top-level box ends beyond the file: ISO/IEC 14496-12.
fn is_mp4_cut(file: &mut File, length: u64) -> io::Result<bool> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        if length - at < 8 {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = Vec::new();
        file.take(16).read_to_end(&mut head)?;
        let [a, b, c, d, kind @ ..] = head.first_chunk::<8>().copied().unwrap_or_default();
        let size = match u32::from_be_bytes([a, b, c, d]) {
            // The box ends with the file.
            0 => return Ok(false),
            1 => head.get(8..).and_then(|size| size.first_chunk().copied()).map_or(0, u64::from_be_bytes),
            size => size.into(),
        };
        // Anything may follow the last box.
        if size < 8 || !kind.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == 0xa9) {
            return Ok(false);
        }
        at = at.saturating_add(size);
        if at > length {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the segment ends beyond the file: RFC 9559.
fn is_matroska_cut(start: &[u8], length: u64) -> bool {
    // The value of a size at an index, and its length; the size is `None` if it is unknown.
    let size_at = |at: usize| {
        let length = start.get(at)?.leading_zeros() as usize + 1;
        let bytes = start.get(at..at + length.min(8))?;
        let value = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) & ((1 << (7 * bytes.len())) - 1);
        Some(((value != (1 << (7 * bytes.len())) - 1).then_some(value), bytes.len()))
    };
    let segment_end = || {
        let (head, head_length) = size_at(4)?;
        let at = usize::try_from(head?).ok()?.checked_add(4 + head_length)?;
        if start.get(at..at.checked_add(4)?)? != [0x18, 0x53, 0x80, 0x67] {
            return None;
        }
        let (size, size_length) = size_at(at + 4)?;
        size?.checked_add((at + 4 + size_length) as u64)
    };
    segment_end().is_some_and(|end| end > length)
}

/// Whether a RIFF chunk ends beyond the file; large AVI files have several.
fn is_riff_cut(file: &mut File, length: u64) -> io::Result<bool> {
    let mut at = 0;
    while length - at >= 8 {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [b'R', b'I', b'F', b'F', size @ ..] = head else { return Ok(false) };
        let size = u32::from_le_bytes(size);
        // Recorders that were not stopped leave these.
        if size == 0 || size == u32::MAX {
            return Ok(false);
        }
        at += 8 + u64::from(size);
        if at > length {
            return Ok(true);
        }
        at += at % 2;
        if at > length {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Returns the number of frames in the main header of an AVI file.
fn avi_frames(start: &[u8]) -> Option<usize> {
    let header = start.windows(4).position(|name| name == b"avih")?;
    let count = start.get(header + 24..)?.first_chunk().copied().map(u32::from_le_bytes)?;
    (count > 0).then_some(count as usize)
}

/// Whether the last tag is incomplete: each is followed by its size.
fn is_flv_cut(file: &mut File, length: u64) -> io::Result<bool> {
    const HEAD: u64 = 11;
    let mut size = [0; 4];
    file.seek(SeekFrom::Start(length.saturating_sub(4)))?;
    file.read_exact(&mut size)?;
    let size = u64::from(u32::from_be_bytes(size));
    let Some(at) = length.checked_sub(4 + size).filter(|_| size >= HEAD) else { return Ok(true) };
    file.seek(SeekFrom::Start(at))?;
    let mut tag = [0; 4];
    file.read_exact(&mut tag)?;
    let [kind, a, b, c] = tag;
    Ok(!matches!(kind & 0x1f, 8 | 9 | 18) || HEAD + u64::from(u32::from_be_bytes([0, a, b, c])) != size)
}

/// Whether the file is smaller than its header states.
fn is_asf_cut(start: &[u8], length: u64) -> bool {
    /// The id of the file properties object.
    const PROPERTIES: [u8; 16] =
        [0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11, 0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65];
    let Some(at) = start.windows(PROPERTIES.len()).position(|id| id == PROPERTIES) else { return false };
    let size = start.get(at + 40..).and_then(|size| size.first_chunk().copied()).map_or(0, u64::from_le_bytes);
    size > length
}

/// Returns the size of the packets of an MPEG transport stream, each of which has a sync byte; `None` if it is none.
pub fn transport_packet(start: &[u8]) -> Option<usize> {
    const SYNC: u8 = 0x47;
    PACKETS.into_iter().find(|packet| {
        // Packets with times begin with these.
        let first = if *packet == 192 { 4 } else { 0 };
        let syncs: Vec<_> = (0..5).filter_map(|index| start.get(first + index * packet)).collect();
        syncs.len() > 1 && syncs.iter().all(|byte| **byte == SYNC)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bytes: &[u8]) -> Cut {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        cut_of(file.path())
    }

    fn mp4(mdat: u32) -> Vec<u8> {
        [&16u32.to_be_bytes()[..], b"ftypisom\0\0\0\0", &mdat.to_be_bytes(), b"mdat", &[7; 12]].concat()
    }

    #[test]
    fn containers_that_state_more_than_there_is_are_cut() {
        assert_eq!(cut(&mp4(20)), Cut::Nowhere);
        assert_eq!(cut(&mp4(21)), Cut::LengthStated);
        assert_eq!(cut(&mp4(0)), Cut::Nowhere, "the last box may be open");
        let mut long = mp4(1);
        long[24..32].copy_from_slice(&20u64.to_be_bytes());
        assert_eq!(cut(&long), Cut::Nowhere);
        long[24..32].copy_from_slice(&u64::MAX.to_be_bytes());
        assert_eq!(cut(&long), Cut::LengthStated);
        assert_eq!(cut(&[mp4(20), vec![0; 100]].concat()), Cut::Nowhere, "zeros may follow");

        let matroska =
            |size: &[u8]| [&[0x1a, 0x45, 0xdf, 0xa3, 0x81, 0, 0x18, 0x53, 0x80, 0x67], size, &[5; 9]].concat();
        assert_eq!(cut(&matroska(&[0x89])), Cut::Nowhere);
        assert_eq!(cut(&matroska(&[0x8a])), Cut::LengthStated);
        assert_eq!(cut(&matroska(&[0x01, 255, 255, 255, 255, 255, 255, 255])), Cut::Nowhere, "of a live stream");

        let riff = |size: u32| [b"RIFF".as_slice(), &size.to_le_bytes(), b"AVI 1234"].concat();
        assert_eq!(cut(&riff(8)), Cut::Nowhere);
        assert_eq!(cut(&riff(9)), Cut::LengthUnknown);
        let header = [&riff(900)[..], b"avih\x38\0\0\0", &[9; 16], &[100, 0, 0, 0]].concat();
        assert_eq!(cut(&header), Cut::Frames(100));
        assert_eq!(cut(&riff(0)), Cut::Nowhere);
        assert_eq!(cut(&[riff(8), riff(80)].concat()), Cut::LengthUnknown);

        let flv = [b"FLV\x01\x05\0\0\0\x09\0\0\0\0".as_slice(), &[9, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 13]]
            .concat();
        assert_eq!(cut(&flv), Cut::Nowhere);
        assert_eq!(cut(&flv[..flv.len() - 3]), Cut::LengthStated);
    }

    #[test]
    fn transport_streams_have_whole_packets() {
        for (packet, first) in [(188, 0), (192, 4), (204, 0)] {
            let mut bytes = vec![1; packet];
            bytes[first] = 0x47;
            let stream = bytes.repeat(6);
            assert_eq!(cut(&stream), Cut::Nowhere, "{packet}");
            assert_eq!(cut(&stream[..stream.len() - 50]), Cut::LengthUnknown, "{packet}");
        }
        assert_eq!(cut(b"some text"), Cut::Nowhere);
        assert_eq!(cut(b""), Cut::Nowhere);
    }
}
