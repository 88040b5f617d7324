//! The learned embedding of speech: `fixtures/speech_embedding`, written and explained by
//! `reference/speech_embedding.py`.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::path::PathBuf;

use mien_core::head::{Head, HeadKind};
use mien_core::models::ModelPack;
use mien_core::speech::embedding::Embedding;
use mien_core::speech::{AudioChunk, AudioFormat, EMBEDDING_BANDS, Speech, SpeechFeatures, SpeechFrame, descriptor};
use mien_core::train::generic::GenericHead;
use mien_core::{Engine, EngineOptions, ErrorKind, Modality, SplitMix64};
use mien_nn::Network;
use mien_tests::{array, cosine, fixture, largest_distance, pack, relative_distance};

const SOUNDS: [&str; 2] = ["phrase", "chirp"];

/// Frames of a window, and from one to the next, of all networks here.
const WINDOW: usize = 76;
const STEP: usize = 8;

fn frames_of(name: &str) -> Vec<SpeechFrame> {
    let samples: Vec<i16> = array::<i16>(&format!("speech/{name}_samples.npy")).into_iter().collect();
    Speech::of([AudioChunk::i16(&samples, AudioFormat::NATIVE, 0)]).unwrap().frames
}

fn reference(name: &str, what: &str) -> Vec<f32> {
    array::<f32>(&format!("speech_embedding/{name}_{what}.npy")).into_iter().collect()
}

/// A network of the same operators with fewer channels and artificial weights.
fn small() -> ModelPack {
    ModelPack::from_folder(&fixture("speech_embedding/small")).unwrap()
}

/// The pack that `models/convert/speech_embedding.py` makes, if `MIEN_SPEECH_EMBEDDING` names its folder.
fn real() -> Option<ModelPack> {
    let Some(folder) = std::env::var_os("MIEN_SPEECH_EMBEDDING").map(PathBuf::from) else {
        println!("skipped: MIEN_SPEECH_EMBEDDING names no folder with the pack");
        return None;
    };
    Some(ModelPack::from_folder(&folder).unwrap())
}

/// Returns the outputs of `network` for the windows of the reference's bands, window by window.
fn outputs(network: &dyn Network, name: &str) -> Vec<f32> {
    let mut bands = reference(name, "bands");
    let missing = WINDOW.saturating_sub(bands.len() / EMBEDDING_BANDS);
    let least = bands.iter().copied().fold(f32::INFINITY, f32::min);
    let silence = |frames: usize| vec![least; frames * EMBEDDING_BANDS];
    bands = [silence(missing / 2), bands, silence(missing - missing / 2)].concat();
    let input: Vec<f32> = bands.iter().map(|band| band / 10.0 + 2.0).collect();
    let windows = (input.len() / EMBEDDING_BANDS - WINDOW) / STEP + 1;
    let at = |window: usize| &input[window * STEP * EMBEDDING_BANDS..][..WINDOW * EMBEDDING_BANDS];
    (0..windows).flat_map(|window| network.run(at(window)).unwrap().remove(0)).collect()
}

#[test]
fn bands_are_those_of_the_package() {
    for name in SOUNDS {
        let expected = reference(name, "bands");
        let frames = frames_of(name);
        assert_eq!(frames.len() * EMBEDDING_BANDS, expected.len(), "{name}");
        // The package keeps what is 80 dB below the loudest.
        let peak = expected.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let bands: Vec<f32> =
            frames.iter().flat_map(|frame| frame.bands_db).map(|band| band.max(peak - 80.0)).collect();
        let distance = largest_distance(&bands, &expected);
        println!("{name}: {distance:.1e} dB");
        // The package transforms in f32.
        assert!(distance < 0.01, "{name}: {distance} dB");
    }
}

#[test]
fn a_network_of_the_same_operators_gives_what_onnx_runtime_gives() {
    let network = small().speech_network(1).unwrap();
    assert_eq!(network.executor(), "fused steps");
    for name in SOUNDS {
        let distance = relative_distance(&outputs(&*network, name), &reference(name, "small"));
        println!("{name}: {distance:.1e}");
        assert!(distance < 1e-4, "{name}: {distance}");
    }
}

#[cfg(feature = "tract")]
#[test]
fn tract_gives_the_same() {
    let bytes = std::fs::read(fixture("speech_embedding/small/small.onnx")).unwrap();
    let tract = mien_nn::TractNetwork::load(&bytes, [1, 1, WINDOW, EMBEDDING_BANDS], &["embedding"]).unwrap();
    for name in SOUNDS {
        assert!(relative_distance(&outputs(&tract, name), &reference(name, "small")) < 1e-4, "{name}");
    }
}

#[test]
fn many_windows_at_once_are_the_windows_one_by_one() {
    let pack = small();
    let (one, many) = (pack.speech_network(1).unwrap(), pack.speech_network(5).unwrap());
    let mut random = SplitMix64::new(3);
    let input: Vec<f32> = (0..(WINDOW + 4 * STEP) * EMBEDDING_BANDS).map(|_| 3.0 + 2.0 * random.normal()).collect();
    let together = many.run(&input).unwrap().remove(0);
    for window in 0..5 {
        let alone = one.run(&input[window * STEP * EMBEDDING_BANDS..][..WINDOW * EMBEDDING_BANDS]).unwrap().remove(0);
        let of_window: Vec<f32> = together.iter().skip(window).step_by(5).copied().collect();
        assert!(relative_distance(&of_window, &alone) < 1e-5, "{window}");
    }
}

#[test]
fn the_network_in_int8_is_close_to_the_package() {
    let Some(pack) = real() else { return };
    let network = pack.speech_network(1).unwrap();
    assert_eq!(network.executor(), "fused steps");
    for name in SOUNDS {
        let (rows, expected) = (outputs(&*network, name), reference(name, "rows"));
        let cosines = rows.chunks(96).zip(expected.chunks(96)).map(|(row, expected)| cosine(row, expected));
        let least = cosines.fold(1.0, f32::min);
        println!("{name}: cosine {least:.5}, largest difference {:.2}", largest_distance(&rows, &expected));
        assert!(least > 0.99, "{name}: {least}");
    }
}

#[test]
fn the_gain_of_the_microphone_does_not_matter_and_short_sounds_have_a_row() {
    let embedding = Embedding::of_pack(&small()).unwrap().unwrap();
    let samples: Vec<f32> =
        array::<i16>("speech/phrase_samples.npy").iter().map(|at| f32::from(*at) / 32_768.0).collect();
    let rows = |gain: f32, take: usize| {
        let samples: Vec<f32> = samples[..take].iter().map(|sample| gain * sample).collect();
        embedding.rows(&Speech::of_samples(&samples, AudioFormat::NATIVE).unwrap().frames).unwrap()
    };
    let (own, quiet) = (rows(1.0, samples.len()), rows(0.1, samples.len()));
    assert!(own.len() > 5 && own.len() == quiet.len() && own.iter().all(|row| row.len() == embedding.values()));
    assert!(relative_distance(&own.concat(), &quiet.concat()) < 0.01);
    assert_eq!(rows(1.0, 12_000).len(), 1, "0.75 s");
    assert_eq!(embedding.rows(&[]).unwrap().len(), 1);
}

#[test]
fn a_pack_for_speech_changes_what_describes_speech_and_nothing_else() {
    let frames = frames_of("phrase");
    let (plain, learned) = (SpeechFeatures::default(), SpeechFeatures::of_pack(&small()).unwrap());
    let (statistics, both) = (plain.describe(&frames).unwrap().unwrap(), learned.describe(&frames).unwrap().unwrap());
    assert_eq!(plain.name(), descriptor::FEATURES);
    assert!(learned.name().starts_with(descriptor::FEATURES) && learned.name() != plain.name());
    assert_eq!((statistics.len(), both.len()), (plain.values(), learned.values()));
    assert_eq!(statistics, both[..statistics.len()]);
    assert!(learned.describe(&[]).unwrap().is_none() && plain.rows(&frames).unwrap().is_none());
    let engine = Engine::new(&pack().overlaid(small()), EngineOptions::default()).unwrap();
    assert_eq!(engine.networks_of(Modality::Speech), learned.name());
    assert_eq!(engine.networks(), Engine::new(&pack(), EngineOptions::default()).unwrap().networks());
}

#[test]
fn heads_of_other_features_are_refused_and_say_why() {
    let labels: Vec<String> = ["happy", "sad"].map(str::to_owned).to_vec();
    let learned = SpeechFeatures::of_pack(&small()).unwrap();
    let engine = |values: usize, name: &str, pack: ModelPack| {
        let head = Head::fresh(labels.clone(), values, HeadKind::Logistic.body(), None, 1.0).unwrap();
        let generic = GenericHead::new(head, None).unwrap().of_networks(name);
        let options = EngineOptions { generic_speech: Some(generic), ..EngineOptions::default() };
        Engine::new(&pack, options).map(drop)
    };
    let with = || pack().overlaid(small());
    engine(learned.values(), learned.name(), with()).unwrap();
    engine(descriptor::CLIP_VALUES, descriptor::FEATURES, pack()).unwrap();
    for refused in [
        engine(descriptor::CLIP_VALUES, descriptor::FEATURES, with()),
        engine(learned.values(), learned.name(), pack()),
        engine(learned.values(), "mien-speech-2+another", with()),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(error.to_string().contains("pack"), "{error}");
    }
}

#[test]
fn entries_out_of_range_and_other_files_are_refused() {
    let text = String::from_utf8(std::fs::read(fixture("speech_embedding/small/manifest.json")).unwrap()).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let read =
            |file: &str| Ok(std::fs::read(fixture(&format!("speech_embedding/small/{file}"))).unwrap_or_default());
        let pack = ModelPack::from_parts(text.replacen(from, to, 1).as_bytes(), read);
        let error = pack.and_then(|pack| SpeechFeatures::of_pack(&pack)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelLoad, "{error}");
        error.to_string()
    };
    assert!(refused("\"bands\": 32", "\"bands\": 40").contains("bands"));
    assert!(refused("\"frames\": 76", "\"frames\": 0").contains("frames"));
    assert!(refused("\"step\": 8", "\"step\": 80").contains("every 80"));
    assert!(refused("\"values\": 24", "\"values\": 0").contains("0 values"));
    assert!(refused("\"values\": 24", "\"values\": 25").contains("manifest says"));
    assert!(refused("\"file\": \"small.onnx\"", "\"file\": \"../small.onnx\"").contains("path"));
    assert!(refused("\"file\": \"small.onnx\"", "\"file\": \"other.onnx\"").contains("damaged"));
    let error = pack().speech_network(1).err().unwrap();
    assert_eq!(error.to_string(), "the pack has no network for speech");
}
