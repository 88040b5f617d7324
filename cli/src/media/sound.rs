//! The sound of recordings and films, decoded by ffmpeg.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use mien_core::speech::{AudioChunk, AudioFormat, RATE_HZ, Speech, SpeechOutput, SpeechStream};

use super::decoder::Decoder;
use super::reading::Interruptible;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;

/// Bytes that are read at once: a second of 16-bit samples.
const CHUNK: u64 = 2 * RATE_HZ as u64;

/// The sound track of a file as one channel of 16 kHz, in chunks of a second.
pub struct Sound {
    path: PathBuf,
    decoder: Decoder,
    output: Interruptible,
    samples: Vec<i16>,
    /// Number of samples before those in `samples`.
    passed: u64,
    shortfall: Option<String>,
}

impl Sound {
    /// Opens the first sound track of the file `path`; `None` if it has none. Whatever ffmpeg reads will do: WAV, FLAC,
    /// MP3, M4A and films.
    ///
    /// Time 0 is that of the film's pictures: a track that starts later begins with silence, and gaps are silent.
    pub fn open(path: &Path) -> Outcome<Option<Self>> {
        Self::opened(path).map_err(Failure::of_input)
    }

    fn opened(path: &Path) -> Outcome<Option<Self>> {
        let (decoder, output) = Decoder::start(&arguments(path), path, "sound and films")?;
        let output = Interruptible::new(|| Ok(output)).naming(path)?;
        let path = path.to_path_buf();
        let mut sound = Self { path, decoder, output, samples: Vec::new(), passed: 0, shortfall: None };
        sound.read()?;
        if !sound.samples.is_empty() {
            return Ok(Some(sound));
        }
        let succeeded = sound.decoder.finish()?;
        let (lacks_sound, reason) = sound.decoder.said(|log| (log.lacks_sound(), log.reason().map(str::to_owned)));
        if lacks_sound || succeeded {
            return Ok(None);
        }
        let reason = reason.unwrap_or_else(|| "it said nothing".to_owned());
        Err(Failure::new(format!("{}: the sound cannot be decoded (ffmpeg: {reason})", sound.path.display())))
    }

    /// Passes all samples to `each` in chunks, with the time of the first in microseconds.
    pub fn for_each(&mut self, each: impl FnMut(&[i16], u64) -> Outcome) -> Outcome {
        self.up_to(u64::MAX, each)
    }

    /// Passes the samples before this time of the film to `each`, as [`Sound::for_each`] does; those passed before are not
    /// passed again.
    pub fn up_to(&mut self, time_us: u64, mut each: impl FnMut(&[i16], u64) -> Outcome) -> Outcome {
        let until = u128::from(time_us) * u128::from(RATE_HZ) / 1_000_000;
        while !self.samples.is_empty() && u128::from(self.passed) < until {
            let due = until - u128::from(self.passed);
            let count = usize::try_from(due).map_or(self.samples.len(), |due| due.min(self.samples.len()));
            each(&self.samples[..count], self.passed * 1_000_000 / u64::from(RATE_HZ))?;
            self.passed += count as u64;
            self.samples.drain(..count);
            if self.samples.is_empty() {
                self.read()?;
                if self.samples.is_empty() {
                    self.end().map_err(Failure::of_input)?;
                }
            }
        }
        Ok(())
    }

    /// Returns what of the sound is missing; known after the last chunk.
    pub fn shortfall(&self) -> Option<&str> {
        self.shortfall.as_deref()
    }

    fn read(&mut self) -> Outcome {
        let mut bytes = Vec::new();
        let read = self.output.by_ref().take(CHUNK).read_to_end(&mut bytes);
        check_interrupt()?;
        read.naming(&self.path)?;
        self.samples.clear();
        self.samples.extend(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
        Ok(())
    }

    fn end(&mut self) -> Outcome {
        let succeeded = self.decoder.finish()?;
        let seconds = self.passed as f64 / f64::from(RATE_HZ);
        self.shortfall = self.decoder.said(|log| {
            if log.ended_early() {
                return Some(format!("{seconds:.1} s of sound; the file is cut off"));
            }
            if log.undecodable() > 0 {
                return Some(format!("{seconds:.1} s of sound; some could not be decoded"));
            }
            let reason = log.reason().unwrap_or("it ended before the end of the file");
            (!succeeded).then(|| format!("{seconds:.1} s of sound; ffmpeg: {reason}"))
        });
        Ok(())
    }
}

/// Returns the features of the sound of the file `path`, and what of it is missing; `None` if it has no sound.
pub fn speech_of(path: &Path) -> Outcome<Option<(Speech, Option<String>)>> {
    let mut speech = Speech::default();
    let sound = listen(path, |output| speech.take(output))?;
    Ok(sound.map(|sound| (speech, sound.shortfall)))
}

/// Passes the features of the sound of the file `path` to `take` as they come. Returns the sound, of which is known then
/// what is missing; `None` if the file has none.
pub fn listen(path: &Path, mut take: impl FnMut(SpeechOutput<'_>)) -> Outcome<Option<Sound>> {
    let Some(mut sound) = Sound::open(path)? else { return Ok(None) };
    let mut stream = SpeechStream::new();
    sound.for_each(|samples, time_us| {
        Ok(stream.push(&AudioChunk::i16(samples, AudioFormat::NATIVE, time_us)?, &mut take)?)
    })?;
    stream.finish(take)?;
    Ok(Some(sound))
}

/// Returns the samples of the file `path` in one channel of 16 kHz, full scale being -1 to 1, and what of them is missing;
/// `None` if it has no sound. For short recordings: all is held at once.
pub fn samples_of(path: &Path) -> Outcome<Option<(Vec<f32>, Option<String>)>> {
    let Some(mut sound) = Sound::open(path)? else { return Ok(None) };
    let mut all = Vec::new();
    sound.for_each(|samples, _| {
        all.extend(samples.iter().map(|sample| f32::from(*sample) / 32_768.0));
        Ok(())
    })?;
    Ok(Some((all, sound.shortfall().map(str::to_owned))))
}

fn arguments(path: &Path) -> Vec<OsString> {
    let strings = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
    let mut arguments = strings(&["-nostdin", "-hide_banner", "-nostats", "-v", "level+info", "-i"]);
    // `file:` prevents that ffmpeg interprets names like `http:x` or `-x`.
    let mut input = OsString::from("file:");
    input.push(path);
    arguments.push(input);
    arguments.extend(strings(&["-map", "0:a:0", "-af", "aresample=16000:async=1:first_pts=0", "-ac", "1"]));
    arguments.extend(strings(&["-ar", "16000", "-c:a", "pcm_s16le", "-f", "s16le", "-"]));
    arguments
}
