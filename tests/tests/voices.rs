//! Users' heads for speech: adaptation, joined answers, generations, what is refused.

use std::ops::ControlFlow;
use std::path::Path;

use mien_core::engine::{Adapted, Footage, LabeledClip, SpokenClip};
use mien_core::fusion::{Fusion, Weights};
use mien_core::head::{Clip, Head, HeadKind, Scale};
use mien_core::recognition::gallery::Identity;
use mien_core::speech::descriptor::{CLIP_VALUES, FEATURES};
use mien_core::train::adapt::{AdaptOptions, Refusal};
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, ErrorKind, Modality, Result, SplitMix64};
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
    let fusion = Fusion::new([("speech".to_owned(), Weights { generic: 0.5, adapted: 0.5 })]).unwrap();
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
    let joined: Vec<f32> = seen
        .probabilities
        .iter()
        .zip(&heard.probabilities)
        .map(|((_, seen), (_, heard))| seen * heard.sqrt())
        .collect();
    let sum: f32 = joined.iter().sum();
    for ((label, probability), joined) in both.probabilities.iter().zip(joined) {
        assert!((probability - joined / sum).abs() < 1e-4, "{label}");
    }
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
