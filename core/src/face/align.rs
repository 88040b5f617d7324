//! Face crops for networks: ArcFace's five-point similarity transform, or an upright square around
//! the detection box.

use super::Face;
use crate::error::{Result, fail};
use crate::models::Crop;
use crate::preprocess::{Map, letterbox};

/// The five points of ArcFace (Deng et al., CVPR 2019) in a 112 x 112 picture, as pixel indices:
/// eyes, nose tip and mouth corners, left before right as seen in the picture.
pub const ARCFACE: [[f32; 2]; 5] =
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];

/// Returns the map from an input of `size` pixels to upright frame coordinates, for `crop` of
/// `face`.
///
/// # Errors
/// `Internal` if the landmarks coincide, so that no map exists.
pub fn crop_map(crop: &Crop, face: &Face, frame: (usize, usize), size: (usize, usize)) -> Result<Map> {
    let side = size.0 as f32;
    match *crop {
        Crop::Letterbox => Ok(letterbox(frame, size).0),
        Crop::FivePoint { zoom, shift_y } => {
            let unit = side / 112.0;
            let target = ARCFACE.map(|[x, y]| {
                // Pixel indices to continuous coordinates: the center of pixel 0 is at 0.5.
                let scaled = |v: f32| (v + 0.5 - 56.0) * zoom + 56.0;
                [scaled(x) * unit, (scaled(y) + shift_y * 112.0) * unit]
            });
            match similarity(&face.landmarks, &target).and_then(|map| map.inverse()) {
                Some(map) => Ok(map),
                None => fail!(Internal, "the face's landmarks coincide"),
            }
        }
        Crop::Box { scale } => {
            let unit = face.bounds.width.max(face.bounds.height) * scale / side;
            let (sin, cos) = face.roll().sin_cos();
            let [cx, cy] = face.bounds.center();
            let (a, b) = (unit * cos, unit * sin);
            let half = side / 2.0;
            Ok(Map([a, -b, cx - (a - b) * half, b, a, cy - (a + b) * half]))
        }
    }
}

/// Returns the similarity (rotation, one scale, translation) that takes `from` nearest to `to` in
/// the least-squares sense (Umeyama, PAMI 1991, for two dimensions without reflection): with
/// centered points p and q, `a = sum(p.q) / sum(p.p)`, `b = sum(p x q) / sum(p.p)`. `None` if all
/// points of `from` coincide.
pub fn similarity(from: &[[f32; 2]; 5], to: &[[f32; 2]; 5]) -> Option<Map> {
    let mean = |points: &[[f32; 2]; 5]| {
        let sum = points.iter().fold([0.0; 2], |[x, y], [px, py]| [x + px, y + py]);
        [sum[0] / 5.0, sum[1] / 5.0]
    };
    let (from_mean, to_mean) = (mean(from), mean(to));
    let (mut dot, mut cross, mut norm) = (0.0, 0.0, 0.0);
    for (p, q) in from.iter().zip(to) {
        let (px, py) = (p[0] - from_mean[0], p[1] - from_mean[1]);
        let (qx, qy) = (q[0] - to_mean[0], q[1] - to_mean[1]);
        dot += px * qx + py * qy;
        cross += px * qy - py * qx;
        norm += px * px + py * py;
    }
    if !norm.is_finite() || norm < 1e-6 {
        return None;
    }
    let (a, b) = (dot / norm, cross / norm);
    Some(Map([
        a,
        -b,
        to_mean[0] - (a * from_mean[0] - b * from_mean[1]),
        b,
        a,
        to_mean[1] - (b * from_mean[0] + a * from_mean[1]),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Rect;
    use proptest::prelude::*;

    fn face(landmarks: [[f32; 2]; 5]) -> Face {
        Face { bounds: Rect { x: 10.0, y: 20.0, width: 40.0, height: 60.0 }, landmarks, score: 1.0 }
    }

    proptest! {
        #[test]
        fn a_similarity_is_found_again(angle in -3.0f32..3.0, zoom in 0.1f32..10.0, tx in -500.0f32..500.0, ty in -500.0f32..500.0) {
            let (s, c) = (zoom * angle.sin(), zoom * angle.cos());
            let truth = Map([c, -s, tx, s, c, ty]);
            let found = similarity(&ARCFACE, &ARCFACE.map(|point| truth.apply(point))).unwrap();
            for (got, want) in found.0.iter().zip(truth.0) {
                prop_assert!((got - want).abs() < 1e-2 * (1.0 + want.abs()), "{found:?} {truth:?}");
            }
        }
    }

    #[test]
    fn the_template_itself_is_cut_out_unchanged() {
        let crop = Crop::FivePoint { zoom: 1.0, shift_y: 0.0 };
        let map = crop_map(&crop, &face(ARCFACE.map(|[x, y]| [x + 0.5, y + 0.5])), (112, 112), (112, 112)).unwrap();
        for (got, want) in map.0.iter().zip([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]) {
            assert!((got - want).abs() < 1e-4, "{map:?}");
        }
    }

    #[test]
    fn a_box_is_cut_out_about_its_center_and_turned_upright() {
        let mut landmarks = ARCFACE;
        let crop = Crop::Box { scale: 0.5 };
        landmarks[1] = [landmarks[0][0] + 10.0, landmarks[0][1]];
        let map = crop_map(&crop, &face(landmarks), (0, 0), (30, 30)).unwrap();
        assert_eq!(map.apply([15.0, 15.0]), [30.0, 50.0]);
        assert_eq!(map.apply([0.0, 0.0]), [15.0, 35.0]);
        landmarks[1] = [landmarks[0][0], landmarks[0][1] + 10.0];
        let map = crop_map(&crop, &face(landmarks), (0, 0), (30, 30)).unwrap();
        let [x, y] = map.apply([30.0, 15.0]);
        assert!((x - 30.0).abs() < 1e-3 && (y - 65.0).abs() < 1e-3, "right of the crop is down in the frame: {x} {y}");
    }

    #[test]
    fn landmarks_in_one_point_are_an_error() {
        let crop = Crop::FivePoint { zoom: 1.0, shift_y: 0.0 };
        assert!(crop_map(&crop, &face([[5.0; 2]; 5]), (9, 9), (112, 112)).is_err());
    }
}
