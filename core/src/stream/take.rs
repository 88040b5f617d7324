//! The speech of a clip that is recorded with camera and microphone, to learn from.

use zeroize::Zeroizing;

use super::SpeechRefusal;
use super::frames::LastFrames;
use super::mouth::{Mouth, STEP_US};
use super::speaker::{Judged, STILL};
use crate::engine::{Engine, Upright};
use crate::error::Result;
use crate::face::track::TrackerOptions;
use crate::speech::{
    AudioChunk, InNoise, LEVELS, SpeechDoubt, SpeechEvent, SpeechFeatures, SpeechOutput, SpeechStream,
};
use crate::users::recording::{RecordedSpeech, SpeechEntry};

/// The sound of one clip, and the mouth that may have spoken it. No sound is kept: of each 10 ms, 130 values are, and
/// as many of the same sound in three levels of noise, of the last 10 s; they are overwritten when they go.
pub struct SpokenTake {
    features: SpeechFeatures,
    /// `None` until sound comes.
    stream: Option<Box<SpeechStream>>,
    heard: Heard,
    mouth: Mouth,
    /// Time of the newest sound at the last frame, and the time that the frame was taken for.
    seen: Option<(u64, u64)>,
    /// Whether several faces were seen in a frame.
    several: bool,
}

/// What was heard of a clip.
#[derive(Default)]
struct Heard {
    frames: LastFrames,
    in_noise: InNoise,
    /// Of each level of noise.
    noisy_frames: [LastFrames; LEVELS],
    /// Begin of the first speech and end of the last one, microseconds.
    start_us: Option<u64>,
    end_us: Option<u64>,
}

/// The speech of a recorded clip.
#[derive(Clone, PartialEq)]
pub struct TakenSpeech {
    /// The vector of the speech ([`SpeechFeatures::describe`]); `None` if its quality is doubtful.
    vector: Option<Zeroizing<Vec<f32>>>,
    /// The vector of the same speech in noise ([`InNoise`]); `None` if there is none.
    pub in_noise: Option<Zeroizing<Vec<f32>>>,
    /// Why it must not be learned; `None` if it may be.
    pub refusal: Option<SpeechRefusal>,
    /// Why its quality is doubtful; empty if it is good.
    pub doubts: Vec<SpeechDoubt>,
}

/// Reasons only: the vector is personal.
impl std::fmt::Debug for TakenSpeech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakenSpeech")
            .field("refusal", &self.refusal)
            .field("doubts", &self.doubts)
            .finish_non_exhaustive()
    }
}

impl TakenSpeech {
    /// Returns the vector to learn from; `None` if it must not be learned. If `is_unchecked`, the voice is the user's,
    /// as the application says, whatever was seen; what is doubtful is not learned all the same.
    pub fn vector(&self, is_unchecked: bool) -> Option<&[f32]> {
        let vector = self.vector.as_ref().filter(|_| is_unchecked || self.refusal.is_none());
        vector.map(|vector| vector.as_slice())
    }
}

/// The speech of recorded clips, which are kept in the store.
impl TakenSpeech {
    /// Returns the speech as it is kept; `features` computed its vectors.
    pub fn to_recorded(&self, features: &SpeechFeatures) -> RecordedSpeech {
        let owned = |vector: &Option<Zeroizing<Vec<f32>>>| vector.as_ref().map(|vector| vector.to_vec());
        let entry = SpeechEntry {
            features: features.name().to_owned(),
            refusal: self.refusal.map(|refusal| refusal.name().to_owned()),
            doubts: self.doubts.iter().map(|doubt| doubt.name().to_owned()).collect(),
        };
        RecordedSpeech { entry, vector: owned(&self.vector), in_noise: owned(&self.in_noise) }
    }

    /// Returns kept speech.
    pub fn of_recorded(RecordedSpeech { entry, vector, in_noise }: RecordedSpeech) -> Self {
        let described = Self::of_entry(&entry);
        Self { vector: vector.map(Zeroizing::new), in_noise: in_noise.map(Zeroizing::new), ..described }
    }

    /// Returns what is known of kept speech without its vectors. A refusal that this version does not know is taken for
    /// doubtful quality.
    pub fn of_entry(entry: &SpeechEntry) -> Self {
        let known = |name: &str| SpeechRefusal::ALL.into_iter().find(|refusal| refusal.name() == name);
        let refusal = entry.refusal.as_deref().map(|name| known(name).unwrap_or(SpeechRefusal::Doubtful));
        let doubt = |name: &String| SpeechDoubt::ALL.into_iter().find(|doubt| doubt.name() == name);
        Self { vector: None, in_noise: None, refusal, doubts: entry.doubts.iter().filter_map(doubt).collect() }
    }
}

impl SpokenTake {
    /// Begins a clip that `engine` is to learn from.
    pub fn new(engine: &Engine) -> Self {
        let (features, heard, mouth) = (engine.speech_features().clone(), Heard::default(), Mouth::default());
        Self { features, stream: None, heard, mouth, seen: None, several: false }
    }

    /// Takes the next chunk of sound.
    ///
    /// # Errors
    /// As in [`SpeechStream::push`].
    pub fn submit_audio(&mut self, chunk: &AudioChunk<'_>) -> Result<()> {
        let Self { stream, heard, .. } = self;
        stream.get_or_insert_default().push(chunk, |output| heard.take(output))
    }

    /// Looks at the faces of a frame; it is taken as simultaneous with the newest sound. Frames between which no sound
    /// comes are taken as far enough apart to tell whether the mouth moves.
    pub fn see(&mut self, upright: &Upright<'_>) {
        let Some(face) = upright.principal() else { return };
        let certain = upright.faces.iter().filter(|face| face.score >= TrackerOptions::default().begin_score);
        self.several |= certain.count() > 1;
        let sound_us = self.heard.frames.newest_us().unwrap_or(0);
        let seen_us = match self.seen {
            Some((of_sound_us, at_us)) if of_sound_us == sound_us => at_us + STEP_US,
            Some((_, at_us)) => sound_us.max(at_us),
            None => sound_us,
        };
        self.seen = Some((sound_us, seen_us));
        self.mouth.see(&upright.frame, &face, seen_us);
    }

    /// Ends the clip and returns its speech; `None` if no sound came.
    ///
    /// The voice is taken for that of the face if it is the only one in all frames, and unless its mouth is still.
    ///
    /// # Errors
    /// As in [`SpeechStream::finish`] and [`SpeechFeatures::describe`].
    pub fn finish(mut self) -> Result<Option<TakenSpeech>> {
        let Some(mut stream) = self.stream.take() else { return Ok(None) };
        stream.finish(|output| self.heard.take(output))?;
        let Heard { in_noise, noisy_frames, frames, .. } = &mut self.heard;
        in_noise.finish(|level, frame| noisy_frames[level].push(frame))?;
        let noisy = noisy_frames[InNoise::level(frames.all())].all();
        let in_noise = self.features.describe(noisy)?.map(Zeroizing::new);
        let Judged { vector, doubts } = Judged::of(&self.features, frames.all())?;
        let vector = vector.filter(|_| doubts.is_empty());
        let refusal = match vector {
            None => Some(SpeechRefusal::Doubtful),
            Some(_) if self.several => Some(SpeechRefusal::SeveralFaces),
            Some(_) if self.movement().is_some_and(|movement| movement < STILL) => Some(SpeechRefusal::MouthStill),
            Some(_) => None,
        };
        Ok(Some(TakenSpeech { vector, in_noise, refusal, doubts }))
    }

    /// Returns the movement of the mouth during the speech, or else, if frames and sound did not come together, in all
    /// frames. `None` if there are too few frames.
    fn movement(&self) -> Option<f32> {
        let (start_us, end_us) = (self.heard.start_us.unwrap_or(0), self.heard.end_us.unwrap_or(u64::MAX));
        self.mouth.movement(start_us, end_us).or_else(|| self.mouth.movement(0, u64::MAX))
    }
}

impl Heard {
    fn take(&mut self, output: SpeechOutput<'_>) {
        let Self { in_noise, noisy_frames, .. } = self;
        in_noise.take(&output, |level, frame| noisy_frames[level].push(frame));
        match output {
            SpeechOutput::Sample(_) => {}
            SpeechOutput::Frame(frame) => self.frames.push(frame),
            SpeechOutput::Event(SpeechEvent::Began { start_us }) => {
                self.start_us.get_or_insert(start_us);
            }
            SpeechOutput::Event(SpeechEvent::Ended(segment)) => self.end_us = Some(segment.end_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_kept_with_its_reasons_and_an_unknown_reason_is_taken_for_doubtful() {
        for refusal in SpeechRefusal::ALL.map(Some).into_iter().chain([None]) {
            let (vector, in_noise) = (Some(Zeroizing::new(vec![0.5, -3.0])), Some(Zeroizing::new(vec![1.0])));
            let taken = TakenSpeech { vector, in_noise, refusal, doubts: SpeechDoubt::ALL.to_vec() };
            let kept = taken.to_recorded(&SpeechFeatures::default());
            assert_eq!(kept.entry.features, SpeechFeatures::default().name());
            assert!(TakenSpeech::of_recorded(kept) == taken);
        }
        let strange =
            SpeechEntry { features: String::new(), refusal: Some("of tomorrow".into()), doubts: vec!["new".into()] };
        let read = TakenSpeech::of_entry(&strange);
        assert_eq!((read.refusal, read.doubts), (Some(SpeechRefusal::Doubtful), Vec::new()));
    }
}
