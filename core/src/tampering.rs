//! Values from outside with changed numbers and a valid checksum, as a hostile author would write
//! them: each is refused or harmless.

use sha2::{Digest, Sha256};

use crate::SplitMix64;
use crate::error::ErrorKind;
use crate::head::{Clip, Head, HeadKind};
use crate::models::Manifest;
use crate::recognition::calibration::{Calibration, Figures};
use crate::recognition::gallery::Gallery;
use crate::train::adapt::Evidence;
use crate::train::generic::GenericHead;
use crate::train::statistics::{ClassStatistics, UserClip};
use crate::users::corrections::LearnedFrom;
use crate::users::history::AdaptedHead;
use crate::users::profile::Profile;

const MAGIC_AND_VERSION: usize = 6;
const DIGEST: usize = 32;
const TRIES: usize = 4000;

/// Encoded numbers that could do harm: not finite, huge, tiny, or a maximum length.
fn hostile(rng: &mut SplitMix64) -> Vec<u8> {
    let floats = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, -0.0, 1e-40, -1.0, 65_504.0, 0.0];
    let halves: [u16; 8] = [0x7c00, 0xfc00, 0x7e00, 0xffff, 0x7bff, 0xfbff, 0x0001, 0x0000];
    let integers = [0, 1, 127, 128, 255, u64::from(u32::MAX), i64::MAX as u64, u64::MAX, 1 << 40];
    match rng.below(4) {
        0 => floats[rng.below(floats.len())].to_le_bytes().to_vec(),
        1 => halves[rng.below(halves.len())].to_le_bytes().to_vec(),
        2 => varint(integers[rng.below(integers.len())]),
        _ => vec![rng.next_u64() as u8],
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Returns `sealed` with up to three numbers overwritten or replaced, and a valid checksum.
pub(crate) fn tampered(sealed: &[u8], rng: &mut SplitMix64) -> Vec<u8> {
    let mut bytes = sealed[..sealed.len() - DIGEST].to_vec();
    for _ in 0..=rng.below(3) {
        let at = MAGIC_AND_VERSION + rng.below(bytes.len() - MAGIC_AND_VERSION);
        let number = hostile(rng);
        let end = if rng.below(2) == 0 { (at + number.len()).min(bytes.len()) } else { at + 1 };
        bytes.splice(at..end, number);
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// Decodes [`TRIES`] tampered values; `sound` checks those that are accepted.
fn try_all<T>(
    sealed: &[Vec<u8>],
    seed: u64,
    decode: impl Fn(&[u8]) -> crate::Result<T>,
    mut sound: impl FnMut(T) -> bool,
) {
    let mut rng = SplitMix64::new(seed);
    let mut taken = 0;
    for index in 0..TRIES {
        let bytes = tampered(&sealed[index % sealed.len()], &mut rng);
        match decode(&bytes) {
            Ok(value) => {
                taken += 1;
                assert!(sound(value), "try {index}");
            }
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion), "{error:?}");
            }
        }
    }
    assert!(taken < TRIES, "none was refused");
}

fn heads() -> Vec<Head> {
    let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
    let fresh = |kind: HeadKind| Head::fresh(labels.clone(), 6, kind.body(), None, 1.0).unwrap();
    let centered = |head: Head| head.centered(vec![0.25; 6]).unwrap();
    HeadKind::ALL.into_iter().flat_map(|kind| [fresh(kind), centered(fresh(kind))]).collect()
}

fn predicts(head: &Head) -> bool {
    let frames = [vec![0.5; head.dimension()], vec![-0.5; head.dimension()]];
    let prediction = head.predict(&Clip::from_frames(&frames).unwrap()).unwrap();
    prediction.probabilities.iter().all(|probability| (0.0..=1.0).contains(probability))
}

#[test]
fn heads_with_hostile_numbers_are_refused_or_predict() {
    let sealed: Vec<_> = heads().iter().map(|head| head.encode().unwrap()).collect();
    try_all(&sealed, 1, Head::decode, |head| predicts(&head));
}

#[test]
fn generic_heads_with_hostile_numbers_are_refused_or_predict() {
    let clips =
        [[1.0, 0.5, 0.25], [0.25, 2.0, 0.5], [0.5, -1.0, 0.0]].map(|frame| Clip::from_frames(&[frame]).unwrap());
    let clips: Vec<_> =
        clips.iter().zip(["a", "a", "b"]).map(|(clip, user)| UserClip { clip, class: 0, user }).collect();
    let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
    let head = Head::fresh(labels, 3, HeadKind::Logistic.body(), None, 1.0).unwrap();
    let statistics = ClassStatistics::of(&clips, 3).unwrap();
    let sealed = [GenericHead::new(head, Some(statistics)).unwrap().of_networks("net").encode().unwrap()];
    try_all(&sealed, 2, GenericHead::decode, |generic| {
        let drawn = generic.statistics.as_ref().and_then(|statistics| statistics.draw(0, &mut SplitMix64::new(1)));
        let offset = drawn.as_ref().zip(generic.statistics.as_ref()).and_then(|(drawn, of)| of.offset([(drawn, 0)]));
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let drawn = drawn.is_none_or(|clip| clip.frames().all(finite));
        predicts(&generic.head) && drawn && offset.is_none_or(|offset| finite(&offset))
    });
}

#[test]
fn profiles_with_hostile_numbers_are_refused_or_harmless() {
    let mut profile = Profile::new("Guest", &[vec![0.6, 0.0, 0.8], vec![0.8, 0.6, 0.0]], "net", 5).unwrap();
    let plain = profile.to_bytes();
    for loss in [None, Some(0.5)] {
        let generation = AdaptedHead {
            number: 0,
            bytes: heads()[0].encode().unwrap(),
            networks: "networks".to_owned(),
            scale: None,
            adapted_at_ms: 7,
            clips: 30,
            estimated_loss: loss,
            evidence: vec![Evidence { clip: 9, loss: 0.5 }; 3],
            learned_from: Some(LearnedFrom { from: 0, corrections: vec![1] }),
        };
        profile.face.push_generation(generation).unwrap();
    }
    try_all(&[plain, profile.to_bytes()], 3, Profile::from_bytes, |read| {
        let mut gallery = Gallery::default();
        gallery.add("Anna", &[vec![0.0, 0.6, 0.8]]);
        gallery.add(&read.name, &read.embeddings());
        let found = gallery.search(&[0.0, 0.6, 0.8]);
        let losses = read.face.generations().iter().filter_map(|generation| generation.estimated_loss);
        found.iter().all(|(_, similarity)| similarity.is_finite())
            && gallery.verify("Anna", &[0.0, 0.6, 0.8]).is_some_and(|likeness| likeness.similarity > 0.99)
            && losses.into_iter().all(|loss| loss.is_finite() && loss >= 0.0)
    });
}

#[test]
fn calibrations_with_hostile_numbers_are_refused_or_compare() {
    let figures = Figures { users: 25, wrong_user_rate: 0.0, missed_user_rate: 0.1, unknown_accepted_rate: 0.005 };
    let center = vec![0.1, -0.2, 0.3];
    let calibration =
        Calibration { center, network: "net".to_owned(), figures: Some(figures), ..Calibration::default() };
    try_all(&[calibration.to_bytes()], 4, Calibration::from_bytes, |read| {
        let figures = read.figures.is_none_or(|figures| (0.0..=1.0).contains(&figures.wrong_user_rate));
        let mut gallery = Gallery::new(read).unwrap();
        gallery.add("Anna", &[vec![0.0, 0.6, 0.8]]);
        figures
            && gallery.threshold().is_finite()
            && gallery.search(&[0.6, 0.0, 0.8]).iter().all(|(_, similarity)| similarity.is_finite())
    });
}

#[test]
fn manifests_with_hostile_numbers_are_refused_or_sound() {
    let text = include_str!("../../models/manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut places = Vec::new();
    numbers(&manifest, String::new(), &mut places);
    assert!(places.len() > 50);
    // JSON has no number that is not finite, but some exceed f32.
    let hostile = ["0", "-1", "1e30", "1e300", "-1e300", "1e-45", "18446744073709551615", "0.5", "65537"];
    for place in &places {
        for number in hostile {
            let mut changed = manifest.clone();
            *changed.pointer_mut(place).unwrap() = serde_json::from_str(number).unwrap();
            let Ok(read) = serde_json::from_value::<Manifest>(changed) else { continue };
            if read.check().is_err() {
                continue;
            }
            for entry in &read.models {
                let input = &entry.input;
                let values = input.mean.iter().zip(&input.scale).map(|(mean, scale)| (255.0 - mean) * scale);
                assert!(values.into_iter().all(f32::is_finite), "{place} {number}");
                assert!(entry.temperature() > 0.0 && entry.temperature().is_finite(), "{place} {number}");
                let scales = entry.outputs.iter().filter_map(|output| output.feature_scale);
                assert!(scales.into_iter().all(|scale| scale > 0.0 && scale.is_finite()), "{place} {number}");
            }
        }
    }
}

/// Collects the JSON pointers of all numbers in `value`.
fn numbers(value: &serde_json::Value, place: String, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Number(_) => found.push(place),
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(item, format!("{place}/{index}"), found);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                numbers(field, format!("{place}/{name}"), found);
            }
        }
        _ => {}
    }
}
