//! Sound: how a caller's bytes become the core's samples.

use std::borrow::Cow;

use bytemuck::Pod;
use mien_core::speech::{AudioChunk, AudioFormat as CoreFormat};

use crate::error::{Result, fail};

/// The type of samples, in the byte order of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SampleFormat {
    /// 16-bit integers.
    I16,
    /// Floating-point numbers with full scale -1 to 1.
    F32,
}

/// The layout of sound in memory; several channels are interleaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct AudioLayout {
    /// The type of samples.
    pub samples: SampleFormat,
    /// Samples per second and channel, 8000 to 48,000.
    pub rate_hz: u32,
    /// Number of channels, 1 or 2.
    pub channels: u32,
}

impl AudioLayout {
    /// Calls `work` with the chunk of sound in `bytes`, which are copied only if they are not aligned.
    pub(crate) fn lend<T>(
        self,
        bytes: &[u8],
        timestamp_us: u64,
        work: impl FnOnce(&AudioChunk<'_>) -> Result<T>,
    ) -> Result<T> {
        let format = CoreFormat::new(self.rate_hz, self.channels)?;
        match self.samples {
            SampleFormat::I16 => work(&AudioChunk::i16(&samples(bytes)?, format, timestamp_us)?),
            SampleFormat::F32 => work(&AudioChunk::f32(&samples(bytes)?, format, timestamp_us)?),
        }
    }
}

fn samples<T: Pod>(bytes: &[u8]) -> Result<Cow<'_, [T]>> {
    let size = size_of::<T>();
    if !bytes.len().is_multiple_of(size) {
        fail!(InvalidOption, "{} bytes are no whole number of samples of {size} bytes", bytes.len());
    }
    Ok(match bytemuck::try_cast_slice(bytes) {
        Ok(aligned) => Cow::Borrowed(aligned),
        Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONO: AudioLayout = AudioLayout { samples: SampleFormat::I16, rate_hz: 16_000, channels: 1 };

    fn lent(layout: AudioLayout, bytes: &[u8]) -> Result<usize> {
        layout.lend(bytes, 7, |chunk| Ok(chunk.len()))
    }

    #[test]
    fn bytes_at_any_address_are_samples() {
        let bytes = [0u8; 17];
        let float = AudioLayout { samples: SampleFormat::F32, channels: 2, ..MONO };
        for start in 0..8 {
            assert_eq!(lent(MONO, &bytes[start..start + 8]).unwrap(), 4);
            assert_eq!(lent(float, &bytes[start..start + 8]).unwrap(), 1);
        }
        assert_eq!(lent(MONO, &[]).unwrap(), 0);
        assert_eq!(*samples::<i16>(&[bytes[0], 1, 2].map(|_| 1)[..2]).unwrap(), [257]);
    }

    #[test]
    fn incomplete_samples_and_impossible_formats_are_errors() {
        assert_eq!(lent(MONO, &[0; 3]).unwrap_err().message(), "3 bytes are no whole number of samples of 2 bytes");
        assert!(lent(AudioLayout { channels: 2, ..MONO }, &[0; 6]).is_err());
        assert!(lent(AudioLayout { channels: 3, ..MONO }, &[0; 6]).is_err());
        assert!(lent(AudioLayout { rate_hz: 96_000, ..MONO }, &[0; 6]).is_err());
    }
}
