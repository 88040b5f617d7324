//! Mirroring is a property of results: recognition sees the same pixels, positions are mirrored.

use image::imageops::flip_horizontal;
use image::{DynamicImage, RgbImage};
use mien_core::engine::FaceResult;
use mien_core::face::quality::{Quality, measure};
use mien_core::features::View;
use mien_core::frame::Rotation;
use mien_core::stream::{StreamOptions, StreamResult, VideoSession};
use mien_core::{Engine, EngineOptions};
use mien_tests::{fixture, frame, pack, picture};

/// The maximum distance of positions in a flipped buffer from those in the picture, in pixels: maps into the buffer
/// are rounded.
const MAX_SHIFT: f32 = 0.05;

fn engine() -> Engine {
    Engine::new(&pack(), EngineOptions::default()).unwrap()
}

/// A picture whose face is on one side, lying on its side: the engine has to turn it.
fn lying() -> RgbImage {
    DynamicImage::from(picture(&fixture("pictures/obama.jpg"))).rotate90().into_rgb8()
}

fn mirrored(quality: Quality) -> Quality {
    Quality { yaw: -quality.yaw, roll: -quality.roll, ..quality }
}

#[test]
fn features_of_a_mirrored_frame_are_the_same_to_the_bit_and_positions_are_mirrored() {
    let engine = engine();
    for picture in [picture(&fixture("pictures/obama.jpg")), lying()] {
        let plain = frame(&picture);
        let width = plain.upright_size().0;
        let (want, got) = (engine.process(&plain).unwrap(), engine.process(&plain.mirrored(true)).unwrap());
        assert_eq!(got.turn, want.turn.inverse());
        assert!(!want.faces.is_empty());
        let reflected =
            |face: FaceResult| FaceResult { face: face.face.mirrored(width), quality: mirrored(face.quality), ..face };
        assert_eq!(got.faces, want.faces.into_iter().map(reflected).collect::<Vec<_>>());
    }
    assert_ne!(engine.process(&frame(&lying())).unwrap().turn, Rotation::None, "a turn is under test");
}

#[test]
fn a_face_found_in_a_mirrored_frame_is_recognized_as_in_the_frame() {
    let (engine, picture) = (engine(), picture(&fixture("pictures/obama.jpg")));
    let (plain, mirror) = (frame(&picture), frame(&picture).mirrored(true));
    let (face, there) = (engine.detect(&plain).unwrap()[0], engine.detect(&mirror).unwrap()[0]);
    assert_eq!(there, face.mirrored(plain.upright_size().0));
    let [want, got] =
        [(&plain, &face), (&mirror, &there)].map(|(frame, face)| engine.extractor().extract(frame, face).unwrap());
    let cosine: f32 = want.identity.iter().zip(&got.identity).map(|(a, b)| a * b).sum();
    // Mirrored back, a position may be rounded.
    assert!(cosine > 0.9999, "{cosine}");
    let (quality, there) = (measure(&plain, &face).unwrap(), measure(&mirror, &there).unwrap());
    assert!(quality.yaw.abs() > 0.5 && (there.yaw + quality.yaw).abs() < 1e-2, "{quality:?} {there:?}");
}

#[test]
fn a_flipped_buffer_is_flipped_back_before_recognition() {
    let (engine, picture) = (engine(), picture(&fixture("pictures/obama.jpg")));
    let flipped = flip_horizontal(&picture);
    let want = engine.process(&frame(&picture)).unwrap().faces.swap_remove(0);
    let got = engine.process(&frame(&flipped).flipped(true)).unwrap().faces.swap_remove(0);
    let cosine: f32 = want.features.identity.iter().zip(&got.features.identity).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.999, "{cosine}");
    for (a, b) in want.face.landmarks.iter().flatten().zip(got.face.landmarks.iter().flatten()) {
        assert!((a - b).abs() < MAX_SHIFT, "{:?} {:?}", want.face, got.face);
    }
    let both = engine.process(&frame(&flipped).flipped(true).mirrored(true)).unwrap().faces.swap_remove(0);
    assert_eq!(both.features, got.features);
    assert_eq!(both.face, got.face.mirrored(frame(&picture).upright_size().0));
}

#[test]
fn a_stills_expression_is_the_mean_over_views_and_hardly_depends_on_the_side() {
    let (engine, picture) = (engine(), picture(&fixture("pictures/obama.jpg")));
    let frame = frame(&picture);
    let face = engine.detect(&frame).unwrap()[0];
    let extractor = engine.extractor();
    let still = extractor.extract(&frame, &face).unwrap();
    let views = extractor.views();
    let mut mean = vec![0.0; still.expression.len()];
    for view in views {
        let seen = extractor.expression(&frame, &face, *view).unwrap().expression;
        mean.iter_mut().zip(seen).for_each(|(sum, value)| *sum += value / views.len() as f32);
    }
    let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart(&mean, &still.expression) < 1e-6);
    // Each pair that a stream takes in turn has both orientations and two heights.
    assert_eq!(views.iter().filter(|view| view.flipped).count() * 2, views.len());
    assert!(views.chunks(2).all(|pair| pair[0].flipped != pair[1].flipped && pair[0].down != pair[1].down));
    let (flipped, there) = (frame.flipped(true), face.mirrored(frame.upright_size().0));
    let other = extractor.extract(&flipped, &there).unwrap();
    let [plain, mirrored] = [(&frame, &face), (&flipped, &there)]
        .map(|(frame, face)| extractor.expression(frame, face, View::PLAIN).unwrap().expression);
    let (still_gap, plain_gap) = (apart(&still.expression, &other.expression), apart(&plain, &mirrored));
    assert!(still_gap < 0.1 * plain_gap, "{still_gap} {plain_gap}");
}

/// Returns the results of the first frames of the woman's clip, mirrored where `mirror` says so.
fn stream(mirror: impl Fn(usize) -> bool) -> Vec<StreamResult> {
    let mut session = VideoSession::new(&engine(), StreamOptions::default()).unwrap();
    let frames = (0..24).map(|index| picture(&fixture(&format!("clip/{index:04}.jpg"))));
    frames
        .enumerate()
        .map(|(index, image)| session.process(&frame(&image).mirrored(mirror(index)), 166_833 * index as u64).unwrap())
        .collect()
}

#[test]
fn a_stream_that_is_mirrored_or_switches_reports_the_same_faces_mirrored() {
    let plain = stream(|_| false);
    let width = frame(&picture(&fixture("clip/0000.jpg"))).upright_size().0;
    for mirror in [|_| true, |index| index % 3 == 1] {
        for (index, (want, got)) in plain.iter().zip(stream(mirror)).enumerate() {
            let mut want = want.clone();
            for face in want.faces.iter_mut().filter(|_| mirror(index)) {
                face.face = face.face.mirrored(width);
                face.quality = face.quality.map(mirrored);
            }
            assert_eq!(got, want, "frame {index}");
        }
    }
    assert!(plain.iter().all(|result| result.faces.len() == 1));
}
