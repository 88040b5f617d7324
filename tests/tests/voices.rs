//! Users' heads for speech: adaptation, joined answers, generations, what is refused.

use std::ops::ControlFlow;
use std::path::Path;

use image::RgbImage;
use mien_core::engine::{Adapted, Footage, LabeledClip, Moment, SpokenClip};
use mien_core::face::track::TrackId;
use mien_core::fusion::{Fusion, Weights};
use mien_core::head::{Clip, Head, HeadKind, Scale};
use mien_core::recognition::gallery::Identity;
use mien_core::speech::descriptor::{CLIP_VALUES, FEATURES};
use mien_core::speech::{AudioChunk, AudioFormat};
use mien_core::stream::{SpeechRefusal, StreamOptions, StreamResult, VideoSession};
use mien_core::train::adapt::{AdaptOptions, Refusal};
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Store;
use mien_core::{Emotion, Engine, EngineOptions, ErrorKind, Modality, Result, SplitMix64};
use mien_tests::{fixture, frame, pack, picture};

const LABELS: [&str; 3] = ["happy", "sad", "fear"];

fn open(folder: &Path, options: EngineOptions) -> Engine {
    Engine::with_store(&pack(), options, Store::open(folder).unwrap()).unwrap()
}

/// A made-up vector of speech: each label has values of its own that are higher than those of the others, on a scale
/// that no head knows.
fn speech(label: &str, rng: &mut SplitMix64) -> Vec<f32> {
    let class = LABELS.iter().position(|other| *other == label).unwrap();
    let value = |at: usize| f32::from(u8::from(at % 8 == class)) + rng.normal();
    let mut values: Vec<f32> = (0..CLIP_VALUES).map(value).collect();
    values.iter_mut().enumerate().for_each(|(at, value)| *value = -40.0 + *value * 10.0_f32.powi(at as i32 % 4 - 2));
    values
}

fn spoken(labels: &[&str], clips: usize) -> Vec<SpokenClip> {
    let mut rng = SplitMix64::new(7);
    let clip = |at: usize| labels[at % labels.len()].to_owned();
    (0..clips * labels.len())
        .map(|at| SpokenClip {
            name: format!("{}/{}", clip(at), at / labels.len() + 1),
            speech: speech(&clip(at), &mut rng),
            in_noise: None,
            label: clip(at),
            confirmed: false,
        })
        .collect()
}

fn adapt(engine: &Engine, footage: Footage<'_>) -> Result<Adapted> {
    let options = AdaptOptions::default();
    engine.adapt("Wanda", HeadKind::Logistic, footage, &options, 2, |_| ControlFlow::Continue(()))
}

fn wanda() -> Identity {
    Identity::User { name: "Wanda".to_owned(), similarity: 1.0 }
}

/// Returns the clips of the woman's pictures with their faces, named as the speech of [`spoken`] is.
fn faces(engine: &Engine) -> Vec<LabeledClip> {
    let mut clips = Vec::new();
    for label in LABELS {
        let folder = fixture(&format!("adapt/woman/learn/{label}"));
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for (number, path) in paths.iter().enumerate() {
            let picture = picture(path);
            let features = engine.process(&frame(&picture)).unwrap().faces.swap_remove(0).features;
            let clip = Clip::from_frames(&[features.head_input()]).unwrap();
            let (name, faces) = (format!("{label}/{}", number + 1), vec![features.identity]);
            clips.push(LabeledClip { name, clip, faces, label: label.to_owned(), confirmed: false });
        }
    }
    clips
}

#[test]
fn speech_is_silent_until_its_user_adapted_a_head() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    engine.enroll("Wanda", &[vec![1.0 / 32.0; 1024]], 1).unwrap();
    let mut rng = SplitMix64::new(1);
    let happy = speech("happy", &mut rng);
    assert_eq!(engine.emotion_of(None, Some(&happy), &wanda()).unwrap(), None, "nobody taught it anything");

    let clips = spoken(&LABELS, 8);
    let alone = Footage { speech: &clips, ..Footage::default() };
    let unchecked = adapt(&engine, alone).unwrap_err();
    assert_eq!(unchecked.kind(), ErrorKind::InvalidOption, "nobody can tell whose voice it is");
    assert!(!unchecked.to_string().contains("happy") && unchecked.full_text().contains("happy/1"));
    let adapted = adapt(&engine, Footage { unchecked_voices: true, ..alone }).unwrap();
    let report = adapted.speech.unwrap();
    assert!(adapted.face.is_none() && report.accepted, "{report:?}");

    let known = |engine: &Engine, label: &str, rng: &mut SplitMix64| {
        let emotion = engine.emotion_of(None, Some(&speech(label, rng)), &wanda()).unwrap().unwrap();
        assert_eq!((emotion.modalities.as_slice(), emotion.adapted), ([Modality::Speech].as_slice(), true));
        emotion.label == label
    };
    let right = (0..60).filter(|at| known(&engine, LABELS[at % 3], &mut rng)).count();
    assert!(right >= 54, "{right} of 60");
    let stranger = engine.emotion_of(None, Some(&happy), &engine.identify(&[0.0; 1024])).unwrap();
    assert_eq!(stranger, None, "the voice of somebody else has no head");

    // It is there after the store is opened again, and can be rolled back without touching the face.
    engine.close();
    let engine = open(folder.path(), EngineOptions::default());
    let right = (0..60).filter(|at| known(&engine, LABELS[at % 3], &mut rng)).count();
    assert!(right >= 54, "{right} of 60");
    assert_eq!(engine.rollback("Wanda", Modality::Face, None).unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(engine.rollback("Wanda", Modality::Speech, None).unwrap(), None);
    assert_eq!(engine.emotion_of(None, Some(&happy), &wanda()).unwrap(), None);
    assert_eq!(engine.rollback("Wanda", Modality::Speech, Some(1)).unwrap(), Some(1));
    engine.rename("Wanda", "Vera").unwrap();
    assert_eq!(engine.emotion_of(None, Some(&happy), &wanda()).unwrap(), None, "nobody has that name any more");
    engine.rename("Vera", "Wanda").unwrap();
    assert!(engine.emotion_of(None, Some(&happy), &wanda()).unwrap().is_some());
    let file = engine.export("Wanda").unwrap().to_bytes().len();
    assert!(file < 100 * 1024, "{file} bytes");
    engine.delete("Wanda").unwrap();
    assert_eq!(engine.emotion_of(None, Some(&happy), &wanda()).unwrap(), None);
}

#[test]
fn clips_with_picture_and_sound_adapt_both_heads_and_both_answer() {
    let folder = tempfile::tempdir().unwrap();
    let fusion = Fusion::new([(Modality::Speech, Weights { generic: 0.5, adapted: 0.5 })]).unwrap();
    let engine = open(folder.path(), EngineOptions { fusion, ..EngineOptions::default() });
    let clips = faces(&engine);
    let known: Vec<Vec<f32>> = clips.iter().take(3).map(|clip| clip.faces[0].clone()).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    let speech: Vec<SpokenClip> =
        spoken(&LABELS, 8).into_iter().filter(|clip| clips.iter().any(|other| other.name == clip.name)).collect();
    assert_eq!(speech.len(), clips.len());
    let adapted = adapt(&engine, Footage { clips: &clips, speech: &speech, ..Footage::default() }).unwrap();
    let (face, voice) = (adapted.face.unwrap(), adapted.speech.unwrap());
    assert!(face.accepted && voice.accepted, "{face:?} {voice:?}");
    let both = engine.emotion_of(Some(&clips[0].clip), Some(&speech[0].speech), &wanda()).unwrap().unwrap();
    assert_eq!((both.label.as_str(), both.modalities.as_slice()), ("happy", Modality::ALL.as_slice()));
    let seen = engine.emotion_of(Some(&clips[0].clip), None, &wanda()).unwrap().unwrap();
    assert_eq!(Some(&seen), engine.emotion(&clips[0].clip, &wanda()).unwrap().as_ref(), "to the bit");
    let heard = engine.emotion_of(None, Some(&speech[0].speech), &wanda()).unwrap().unwrap();
    // The voice decides between the emotions that were recorded, and leaves the others as they are.
    let is_recorded = |label: &str| LABELS.contains(&label);
    let recorded = || seen.probabilities.iter().zip(&heard.probabilities).filter(|((label, _), _)| is_recorded(label));
    let sum: f32 = recorded().map(|((_, seen), _)| seen).sum();
    let of_joined: f32 = recorded().map(|((_, seen), (_, heard))| seen * heard.sqrt()).sum();
    let heads = seen.probabilities.iter().zip(&heard.probabilities);
    for ((label, probability), ((_, seen), (_, heard))) in both.probabilities.iter().zip(heads) {
        let joined = if is_recorded(label) { sum * seen * heard.sqrt() / of_joined } else { *seen };
        assert!((probability - joined).abs() < 1e-4, "{label}");
    }
}

#[test]
fn a_voice_rules_out_no_emotion_that_was_never_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    let clips = faces(&engine);
    let known: Vec<Vec<f32>> = clips.iter().take(3).map(|clip| clip.faces[0].clone()).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    let recorded = ["happy", "sad"];
    let footage = spoken(&recorded, 8);
    let adapted = adapt(&engine, Footage { speech: &footage, unchecked_voices: true, ..Footage::default() });
    assert!(adapted.unwrap().speech.unwrap().accepted);
    let mut rng = SplitMix64::new(13);
    let heard = speech("happy", &mut rng);
    let afraid = clips.iter().rfind(|clip| clip.label == "fear").unwrap();
    let check = || {
        let answer = |speech| engine.emotion_of(Some(&afraid.clip), speech, &wanda()).unwrap().unwrap();
        let (seen, both) = (answer(None), answer(Some(&heard)));
        assert_eq!(both.modalities, Modality::ALL);
        let probability =
            |emotion: &Emotion, label: &str| emotion.probabilities.iter().find(|(other, _)| other == label).unwrap().1;
        for (label, seen) in seen.probabilities.iter().filter(|(label, _)| !recorded.contains(&label.as_str())) {
            assert!((probability(&both, label) - seen).abs() < 1e-5, "{label}: {seen} {both:?}");
        }
        let odds = |emotion: &Emotion| probability(emotion, "happy") / probability(emotion, "sad");
        assert!(odds(&both) > 2.0 * odds(&seen), "between those recorded the voice decides");
    };
    check();
    // A correction moves the voice a little, which is not enough to count an emotion as known.
    let mut moment = anger_in(afraid, speech("fear", &mut rng));
    "fear".clone_into(&mut moment.label);
    engine.correct("Wanda", &moment, None, 3).unwrap().unwrap();
    check();
}

#[test]
fn the_voice_of_another_face_is_left_out_and_bad_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    let mut clips = faces(&engine);
    let known: Vec<Vec<f32>> = clips.iter().take(3).map(|clip| clip.faces[0].clone()).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    let obama = picture(&fixture("pictures/obama.jpg"));
    let other = engine.process(&frame(&obama)).unwrap().faces.swap_remove(0).features;
    clips[0].clip = Clip::from_frames(&[other.head_input()]).unwrap();
    clips[0].faces = vec![other.identity];
    let mut speech: Vec<SpokenClip> = spoken(&LABELS, 8);
    speech.retain(|clip| clips.iter().any(|other| other.name == clip.name));
    let adapted = adapt(&engine, Footage { clips: &clips, speech: &speech, ..Footage::default() }).unwrap();
    for report in [adapted.face.unwrap(), adapted.speech.unwrap()] {
        assert!(report.left_out.iter().any(|left_out| left_out.clip == "happy/1"), "{report:?}");
    }
    for (index, spoil) in [f32::NAN, f32::INFINITY].into_iter().enumerate() {
        let mut hostile = speech.clone();
        hostile[1].speech[index] = spoil;
        let refused = adapt(&engine, Footage { clips: &clips, speech: &hostile, ..Footage::default() });
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidOption);
    }
    speech[1].speech.pop();
    let refused = adapt(&engine, Footage { clips: &clips, speech: &speech, ..Footage::default() });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidOption);
    assert!(!format!("{speech:?}").contains("happy"), "debug output is not personal");
}

#[test]
fn a_generic_head_for_speech_answers_for_everybody_and_must_fit() {
    let labels: Vec<String> = LABELS.map(str::to_owned).to_vec();
    let head = |dimension| Head::fresh(labels.clone(), dimension, HeadKind::Logistic.body(), None, 1.0).unwrap();
    let mut rng = SplitMix64::new(3);
    let vectors: Vec<Vec<f32>> = (0..30).map(|at| speech(LABELS[at % 3], &mut rng)).collect();
    let generic = GenericHead::new(head(CLIP_VALUES), None).unwrap().scaled(Scale::of(&vectors).unwrap()).unwrap();
    let with = |generic_speech| EngineOptions { generic_speech: Some(generic_speech), ..EngineOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), with(generic.clone().of_networks(FEATURES)));
    let answer = engine.emotion_of(None, Some(&vectors[0]), &engine.identify(&[0.0; 1024])).unwrap().unwrap();
    assert!(!answer.adapted && answer.modalities == [Modality::Speech]);
    engine.enroll("Wanda", &[vec![1.0 / 32.0; 1024]], 1).unwrap();
    let few = spoken(&LABELS[..1], 2);
    let adapted = adapt(&engine, Footage { speech: &few, unchecked_voices: true, ..Footage::default() }).unwrap();
    assert_eq!(adapted.speech.unwrap().refusal, Some(Refusal::TooFewClips));
    for unfit in [generic.of_networks("others"), GenericHead::new(head(5), None).unwrap()] {
        let refused = Engine::new(&pack(), with(unfit));
        assert_eq!(refused.map(drop).unwrap_err().kind(), ErrorKind::InvalidOption);
    }
}

/// Two seconds of a voice that goes up and down, with the breath of its consonants, in faint noise; a second of quiet
/// before and after.
fn utterance() -> Vec<f32> {
    let mut rng = SplitMix64::new(5);
    let mut phase = 0.0;
    let sample = |at: usize| {
        let time = at as f32 / 16_000.0;
        let noise = rng.normal();
        if !(1.0..3.0).contains(&time) {
            return 1e-4 * noise;
        }
        phase += std::f32::consts::TAU * (140.0 + 30.0 * (4.0 * time).sin()) / 16_000.0;
        let voice: f32 = (1..=20).map(|k| 0.8_f32.powi(k) * (k as f32 * phase).sin()).sum();
        let loudness = 0.6 + 0.4 * (25.0 * time).sin();
        0.1 * loudness * voice + 2e-3 * noise
    };
    (0..64_000).map(sample).collect()
}

/// Shows `frames` six times per second while [`utterance`] is heard, and returns the results.
fn heard(session: &mut VideoSession, frames: &[RgbImage]) -> Vec<StreamResult> {
    let (sound, format) = (utterance(), AudioFormat::new(16_000, 1).unwrap());
    let mut results = Vec::new();
    for (index, image) in frames.iter().enumerate() {
        let at_us = 166_667 * index as u64;
        let chunk = sound.chunks(2_667).nth(index).unwrap_or_default();
        session.submit_audio(&AudioChunk::f32(chunk, format, at_us).unwrap()).unwrap();
        results.push(session.process(&frame(image), at_us + 166_666).unwrap());
    }
    results
}

fn woman(frames: usize) -> Vec<RgbImage> {
    (0..frames).map(|index| picture(&fixture(&format!("clip/{index:04}.jpg")))).collect()
}

/// The picture with the noise of a camera, anew in each frame.
fn still(path: &str, frames: usize) -> Vec<RgbImage> {
    let noisy = |index: usize| {
        let (mut image, mut rng) = (picture(&fixture(path)), SplitMix64::new(index as u64));
        image.iter_mut().for_each(|value| *value = (f32::from(*value) + 4.0 * rng.normal()).clamp(0.0, 255.0) as u8);
        image
    };
    (0..frames).map(noisy).collect()
}

#[test]
fn a_session_joins_the_voice_of_the_face_that_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    let frames = woman(36);
    let embedding = |image: &RgbImage| engine.process(&frame(image)).unwrap().faces.swap_remove(0).features.identity;
    let known: Vec<Vec<f32>> = frames.iter().step_by(7).map(embedding).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let silent = heard(&mut session, &frames);
    let with_voice = |results: &[StreamResult]| {
        let emotions = results.iter().flat_map(|result| &result.faces).filter_map(|face| face.emotion.as_ref());
        emotions.filter(|emotion| emotion.modalities == Modality::ALL).count()
    };
    let speakers: Vec<_> = silent.iter().filter_map(|result| result.speech.as_ref()).collect();
    assert!(speakers.iter().any(|speech| speech.speaker == Ok(TrackId(1))), "{speakers:?}");
    assert_eq!(with_voice(&silent), 0, "nobody taught a head for speech");

    let clips = spoken(&LABELS, 8);
    let footage = Footage { speech: &clips, unchecked_voices: true, ..Footage::default() };
    assert!(adapt(&engine, footage).unwrap().speech.unwrap().accepted);
    let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let results = heard(&mut session, &frames);
    assert!(with_voice(&results) >= 4, "{}", with_voice(&results));
    let last = results.last().unwrap();
    assert!(last.speech.is_none() && with_voice(std::slice::from_ref(last)) == 0, "it is over: {:?}", last.speech);
    let mut unheard = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let shown = unheard.process(&frame(&frames[0]), 1).unwrap();
    assert_eq!(shown.speech, None);
}

#[test]
fn speech_is_over_when_no_more_sound_comes() {
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let (sound, frames) = (utterance(), woman(24));
    let format = AudioFormat::new(16_000, 1).unwrap();
    // The microphone is switched off in the middle of the speech.
    let chunk = AudioChunk::f32(&sound[..40_000], format, 0).unwrap();
    session.submit_audio(&chunk).unwrap();
    let results: Vec<StreamResult> = frames
        .iter()
        .enumerate()
        .map(|(index, image)| session.process(&frame(image), 166_667 * (index as u64 + 1)).unwrap())
        .collect();
    assert!(results[14].speech.as_ref().is_some_and(|speech| speech.ongoing));
    assert_eq!(results[23].speech, None, "1.5 s after the last sound");
}

#[test]
fn the_voice_of_nobody_who_is_seen_is_left_out() {
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    let refusals = |frames: &[RgbImage]| {
        let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
        let results = heard(&mut session, frames);
        let speech: Vec<_> = results.into_iter().filter_map(|result| result.speech).collect();
        assert!(!speech.is_empty());
        speech.last().unwrap().speaker
    };
    assert_eq!(refusals(&still("clip/0030.jpg", 30)), Err(SpeechRefusal::MouthStill));
    assert_eq!(refusals(&vec![RgbImage::new(320, 240); 30]), Err(SpeechRefusal::NoFace));
    // Beside a picture of somebody else it is the woman who speaks, and of two women nobody knows which.
    let beside = |other: &dyn Fn(usize) -> RgbImage| {
        let pair = |(index, image): (usize, RgbImage)| {
            let other = other(index);
            let mut both = RgbImage::new(image.width() + other.width(), image.height().max(other.height()));
            image::imageops::replace(&mut both, &image, 0, 0);
            image::imageops::replace(&mut both, &other, i64::from(image.width()), 0);
            both
        };
        woman(30).into_iter().enumerate().map(pair).collect::<Vec<_>>()
    };
    let poster = picture(&fixture("clip/0030.jpg"));
    let speaker = refusals(&beside(&|_| image::imageops::flip_horizontal(&poster)));
    assert!(speaker.is_ok(), "{speaker:?}");
    let twin = woman(30);
    assert_eq!(refusals(&beside(&|index| twin[index].clone())), Err(SpeechRefusal::SeveralFaces));
}

#[test]
fn sound_of_any_kind_ends_in_a_result_or_a_reason() {
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    let session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let chunk = |rate_hz, at_us, samples: &[f32]| {
        session.submit_audio(&AudioChunk::f32(samples, AudioFormat::new(rate_hz, 1).unwrap(), at_us).unwrap())
    };
    chunk(48_000, 0, &[0.5; 4800]).unwrap();
    chunk(8_000, 100_000, &[f32::NAN; 800]).unwrap();
    chunk(44_100, 5_000_000, &[f32::INFINITY; 441]).unwrap();
    assert_eq!(chunk(44_100, 1_000_000, &[0.0; 441]).unwrap_err().kind(), ErrorKind::TimestampOrder);
    engine.close();
    assert_eq!(chunk(44_100, 6_000_000, &[0.0; 441]).unwrap_err().kind(), ErrorKind::Closed);
}

/// What the woman says when she is angry: it sounds like none of what her head knows.
fn angry(rng: &mut SplitMix64) -> Vec<f32> {
    let happy = speech("happy", rng);
    speech("fear", rng).iter().zip(happy).enumerate().map(|(at, (a, b))| if at % 2 == 0 { *a } else { b }).collect()
}

/// Returns the probability that the voice is angry.
fn anger(engine: &Engine, speech: &[f32]) -> f32 {
    let emotion = engine.emotion_of(None, Some(speech), &wanda()).unwrap().unwrap();
    emotion.probabilities.iter().find(|(label, _)| label == "anger").unwrap().1
}

/// Returns a moment in which the woman was angry and not happy.
fn anger_in(clip: &LabeledClip, speech: Vec<f32>) -> Moment {
    Moment {
        frames: clip.clip.frames().map(<[f32]>::to_vec).collect(),
        faces: clip.faces.clone(),
        speech: Some(speech),
        label: "anger".to_owned(),
        contradicted: Some("happy".to_owned()),
    }
}

/// Enrolls the woman of `clips`, and teaches her voice the usual emotions.
fn enroll_with_voice(engine: &Engine, clips: &[LabeledClip]) {
    let known: Vec<Vec<f32>> = clips.iter().take(3).map(|clip| clip.faces[0].clone()).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    let footage = spoken(&LABELS, 8);
    let adapted = adapt(engine, Footage { speech: &footage, unchecked_voices: true, ..Footage::default() });
    assert!(adapted.unwrap().speech.unwrap().accepted);
}

#[test]
fn corrections_teach_the_voice_too_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    let clips = faces(&engine);
    enroll_with_voice(&engine, &clips);
    let mut rng = SplitMix64::new(11);
    let heard = angry(&mut rng);
    let before = anger(&engine, &heard);
    let mut numbers = Vec::new();
    for clip in clips.iter().take(5) {
        let moment = anger_in(clip, angry(&mut rng));
        numbers.push(engine.correct("Wanda", &moment, None, 3).unwrap().unwrap().number);
    }
    let after = anger(&engine, &heard);
    assert!(after > 2.0 * before, "{before} -> {after}");
    assert_eq!(engine.export("Wanda").unwrap().speech.generations().len(), 1, "they go on top of the generation");
    engine.close();
    let engine = open(folder.path(), EngineOptions::default());
    assert_eq!(anger(&engine, &heard), after, "the same after the store is opened again");
    for number in numbers {
        assert!(engine.undo_correction("Wanda", number).unwrap());
    }
    assert_eq!(anger(&engine, &heard), before);
    let hostile = anger_in(&clips[0], vec![f32::NAN; CLIP_VALUES]);
    assert_eq!(engine.correct("Wanda", &hostile, None, 4).unwrap_err().kind(), ErrorKind::InvalidOption);
    assert!(engine.export("Wanda").unwrap().face.corrections().is_empty(), "nothing is stored");
}

#[test]
fn a_rollback_takes_the_corrections_of_the_voice_away_for_good_and_leaves_those_of_the_face() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), EngineOptions::default());
    let clips = faces(&engine);
    enroll_with_voice(&engine, &clips);
    let heard = angry(&mut SplitMix64::new(11));
    let (before, moment) = (anger(&engine, &heard), anger_in(&clips[0], heard.clone()));
    let corrected = engine.correct("Wanda", &moment, None, 4).unwrap().unwrap();
    assert!(anger(&engine, &heard) > before);
    let seen = |engine: &Engine| engine.emotion(&clips[0].clip, &wanda()).unwrap().unwrap();
    let shown = seen(&engine);
    let roll = |engine: &Engine, modality, to| engine.rollback("Wanda", modality, to).unwrap();
    assert_eq!(roll(&engine, Modality::Speech, Some(1)), Some(1), "the same without corrections");
    assert_eq!((anger(&engine, &heard), seen(&engine)), (before, shown.clone()));
    assert_eq!(roll(&engine, Modality::Speech, None), None);
    assert_eq!(roll(&engine, Modality::Speech, Some(1)), Some(1));
    engine.close();
    let engine = open(folder.path(), EngineOptions::default());
    assert_eq!((anger(&engine, &heard), seen(&engine)), (before, shown), "it does not come back");
    assert!(engine.undo_correction("Wanda", corrected.number).unwrap());
    // One of the face takes what its corrections taught the voice with it.
    engine.correct("Wanda", &moment, None, 4).unwrap().unwrap();
    assert_eq!(roll(&engine, Modality::Face, None), None);
    assert_eq!(anger(&engine, &heard), before);
}
