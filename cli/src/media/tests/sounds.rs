//! Sound of recordings and films.

use mien_core::speech::Speech;

use super::super::sound::speech_of;
use super::Studio;

/// A second of silence, a second of a voice of 200 Hz, and a second of silence.
const VOICE: &str =
    "-f lavfi -i aevalsrc=exprs=between(t\\,1\\,2)*(0.2*sin(2*PI*200*t)+0.1*sin(2*PI*400*t)):d=3:s=44100";

fn assert_voice(speech: &Speech, start_us: u64, name: &str) {
    let [segment] = speech.segments[..] else { panic!("{name}: {:?}", speech.segments) };
    // MP3 and AAC smear and may begin with a little silence of their own.
    assert!(segment.start_us.abs_diff(start_us) < 100_000, "{name}: {segment:?}");
    let pitches: Vec<f32> = speech.frames_of(&segment)[15..100].iter().filter_map(|frame| frame.pitch_hz()).collect();
    assert!(pitches.len() > 80 && pitches.iter().all(|hertz| (hertz - 200.0).abs() < 2.0), "{name}: {pitches:?}");
}

#[test]
fn recordings_of_every_kind_and_films_have_the_same_voice() {
    let Some(studio) = Studio::open() else { return };
    let film = format!("-f lavfi -i testsrc2=s=64x48:r=5:d=3 {VOICE} -c:v mpeg4 -c:a aac");
    let late = format!("-f lavfi -i testsrc2=s=64x48:r=5:d=3 -itsoffset 0.5 {VOICE} -c:v mpeg4 -c:a pcm_s16le");
    let kinds = [
        (VOICE.to_owned(), "voice.wav", 900_000),
        (format!("{VOICE} -ac 2 -ar 48000"), "stereo.flac", 900_000),
        (format!("{VOICE} -ar 8000"), "telephone.wav", 900_000),
        (VOICE.to_owned(), "voice.mp3", 900_000),
        (VOICE.to_owned(), "voice.m4a", 900_000),
        (film, "film.mp4", 900_000),
        (late, "late.mkv", 1_400_000),
    ];
    for (line, name, start_us) in kinds {
        // Encoders may be missing.
        let Ok(path) = studio.try_make(&line, name) else { continue };
        let (speech, shortfall) = speech_of(&path).unwrap().unwrap_or_else(|| panic!("{name} has sound"));
        assert_eq!(shortfall, None, "{name}");
        assert_voice(&speech, start_us, name);
    }
}

#[test]
fn files_without_sound_have_none_and_others_say_why() {
    let Some(studio) = Studio::open() else { return };
    let silent = studio.make("-f lavfi -i testsrc2=s=64x48:r=5:d=1 -c:v mpeg4", "silent.avi");
    assert!(speech_of(&silent).unwrap().is_none());
    let text = studio.path("notes.txt");
    std::fs::write(&text, "no sound").unwrap();
    let said = speech_of(&text).unwrap_err().to_string();
    assert!(said.contains("notes.txt: the sound cannot be decoded (ffmpeg: "), "{said}");
    assert!(speech_of(&studio.path("nowhere.wav")).unwrap_err().to_string().contains("No such file"));
}
