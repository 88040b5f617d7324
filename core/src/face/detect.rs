//! Face detection with YuNet (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector",
//! Machine Intelligence Research 2023).
//!
//! At strides 8, 16 and 32 the network returns a class score, an objectness score, a box and five
//! landmarks for each cell `(column, row)`: `score = sqrt(cls * obj)`,
//! `center = (cell + bbox[0..2]) * stride`, `size = exp(bbox[2..4]) * stride`,
//! `landmark = (cell + kps) * stride`.

use std::cmp::Ordering;

use mien_nn::{Network, run_checked};

use super::{Face, Rect};
use crate::error::{Result, fail};
use crate::frame::Frame;
use crate::models::{ModelPack, Role};
use crate::options;
use crate::options::Ranges;
use crate::preprocess::{Map, Normalization, letterbox, sample_into};

const STRIDES: [usize; 3] = [8, 16, 32];

/// Parts of a frame begin at multiples of this many pixels of the network's input.
const GRID: f32 = 16.0;

/// The minimum side of the network's input, in pixels.
const MIN_SIZE: usize = 96;

/// The maximum of [`DetectorOptions::max_faces`].
pub const MAX_FACES: usize = 1000;

options! {
    /// Options of the face detector.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct DetectorOptions {
        /// Side of the square that the frame is fitted into, pixels: a multiple of 32. Smaller is faster and misses small faces
        /// (below about 10 pixels in the square).
        pub size: usize = 320, in MIN_SIZE..=1280;
        /// Minimum detection score of a face.
        pub score: f32 = 0.6, in 0.0..=1.0;
        /// Maximum intersection over union of two boxes; above it the box with the lower score is dropped.
        pub overlap: f32 = 0.3, in 0.0..=1.0;
        /// Maximum number of faces, those with the best scores.
        pub max_faces: usize = 20, in 1..=MAX_FACES;
    }
}

impl DetectorOptions {
    fn check(&self) -> Result<()> {
        if !self.size.is_multiple_of(32) {
            fail!(InvalidOption, "the detector's size is {}; it must be a multiple of 32", self.size);
        }
        self.check_ranges()
    }
}

/// Finds faces in frames.
pub struct Detector {
    /// The network for whole frames.
    whole: Eye,
    /// The network for parts of frames, with half the side.
    part: Eye,
    normalization: Normalization,
    options: DetectorOptions,
    /// The indices of the outputs cls, obj, bbox and kps of each stride.
    outputs: [[usize; 4]; 3],
}

/// The result of a detection in a part of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The faces, best score first.
    pub faces: Vec<Face>,
    /// Whether the whole frame was searched.
    pub whole: bool,
}

/// The network for one input size.
struct Eye {
    network: Box<dyn Network>,
    /// Side of the input, in pixels.
    side: usize,
}

impl Detector {
    /// Creates the detector of `pack`.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `ModelLoad` if the pack's network is not a
    /// YuNet.
    pub fn new(pack: &ModelPack, options: DetectorOptions) -> Result<Self> {
        options.check()?;
        let entry = pack.entry(Role::Detector)?;
        let eye = |side| pack.network(Role::Detector, Some(side)).map(|network| Eye { network, side });
        let whole = eye(options.size)?;
        let part = eye((options.size / 2).next_multiple_of(32).max(MIN_SIZE))?;
        let mut outputs = [[0; 4]; 3];
        for (indices, stride) in outputs.iter_mut().zip(STRIDES) {
            let cells = (options.size / stride).pow(2);
            for (index, (kind, values)) in indices.iter_mut().zip([("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)]) {
                let kind = format!("{kind}_{stride}");
                let Some(position) = entry.outputs.iter().position(|output| output.kind == kind) else {
                    fail!(ModelLoad, "{}: the detector has no output {kind:?}", entry.file);
                };
                if whole.network.output_lengths()[position] != cells * values {
                    fail!(ModelLoad, "{}: output {kind:?} has a wrong size", entry.file);
                }
                *index = position;
            }
        }
        Ok(Self { whole, part, normalization: entry.input.normalization(), options, outputs })
    }

    /// Returns the faces in `frame`, best score first. The network sees the frame without its
    /// [mirroring](Frame::mirrored); the faces are mirrored.
    ///
    /// # Errors
    /// `Internal` if the network fails or returns values that are not finite.
    pub fn detect(&self, frame: &Frame<'_>) -> Result<Vec<Face>> {
        let side = self.whole.side;
        let map = letterbox(frame.upright_size(), (side, side)).0;
        Ok(mirrored_as(frame, self.look(&self.whole, &frame.mirrored(false), &map)?))
    }

    /// Returns the faces around `region`, in upright frame pixels, best score first. Searches a
    /// square of half [`DetectorOptions::size`] (at least 96 pixels) at the resolution of
    /// [`Detector::detect`], at a quarter of the cost; if the region does not fit into the square,
    /// searches the whole frame.
    ///
    /// # Errors
    /// As [`Detector::detect`].
    pub fn detect_around(&self, frame: &Frame<'_>, region: &Rect) -> Result<Look> {
        if frame.is_mirrored() {
            let width = frame.upright_size().0;
            let region = Rect { x: width as f32 - region.x - region.width, ..*region };
            let Look { faces, whole } = self.detect_around(&frame.mirrored(false), &region)?;
            return Ok(Look { faces: mirrored_as(frame, faces), whole });
        }
        let (whole, part) = (self.whole.side as f32, self.part.side as f32);
        let (_, scale) = letterbox(frame.upright_size(), (self.whole.side, self.whole.side));
        // Aligned with the cells of the whole frame, so that the network returns the same for them.
        let corner = |from: f32, length: f32| {
            let corner = ((from + length / 2.0) / scale - part / 2.0) / GRID;
            let corner = (corner.round() * GRID).clamp(0.0, whole - part);
            let fits = corner * scale <= from.max(0.0) && from + length <= (corner + part) * scale;
            fits.then_some(corner * scale)
        };
        match (corner(region.x, region.width), corner(region.y, region.height)) {
            (Some(x), Some(y)) => {
                let faces = self.look(&self.part, frame, &Map([scale, 0.0, x, 0.0, scale, y]))?;
                Ok(Look { faces, whole: false })
            }
            _ => Ok(Look { faces: self.detect(frame)?, whole: true }),
        }
    }

    /// Returns the faces in the part of the frame that `map` maps the network's input to.
    fn look(&self, eye: &Eye, frame: &Frame<'_>, map: &Map) -> Result<Vec<Face>> {
        let side = eye.side;
        let mut input = vec![0.0; 3 * side * side];
        sample_into(frame, map, (side, side), &self.normalization, &mut input);
        let outputs = run_checked(&*eye.network, "detector", &input)?;
        let mut faces = Vec::new();
        for (indices, stride) in self.outputs.iter().zip(STRIDES) {
            let [cls, obj, bbox, kps] = indices.map(|index| outputs[index].as_slice());
            decode(cls, obj, bbox, kps, stride, side / stride, map, self.options.score, &mut faces);
        }
        Ok(suppress(faces, self.options.overlap, self.options.max_faces))
    }
}

/// Mirrors `faces` if positions in `frame` are mirrored.
fn mirrored_as(frame: &Frame<'_>, mut faces: Vec<Face>) -> Vec<Face> {
    if frame.is_mirrored() {
        let width = frame.upright_size().0;
        faces.iter_mut().for_each(|face| *face = face.mirrored(width));
    }
    faces
}

#[allow(clippy::too_many_arguments, reason = "the four maps of one stride and their geometry")]
fn decode(
    cls: &[f32],
    obj: &[f32],
    bbox: &[f32],
    kps: &[f32],
    stride: usize,
    columns: usize,
    map: &Map,
    min_score: f32,
    faces: &mut Vec<Face>,
) {
    let (stride, scale) = (stride as f32, map.scale());
    for (index, (&cls, &obj)) in cls.iter().zip(obj).enumerate() {
        let score = (cls.clamp(0.0, 1.0) * obj.clamp(0.0, 1.0)).sqrt();
        if score < min_score {
            continue;
        }
        let cell = [(index % columns) as f32, (index / columns) as f32];
        let b = &bbox[4 * index..][..4];
        let (width, height) = (b[2].exp() * stride * scale, b[3].exp() * stride * scale);
        let point = |dx: f32, dy: f32| map.apply([(cell[0] + dx) * stride, (cell[1] + dy) * stride]);
        let [cx, cy] = point(b[0], b[1]);
        let bounds = Rect { x: cx - width / 2.0, y: cy - height / 2.0, width, height };
        let k = &kps[10 * index..][..10];
        let landmarks = std::array::from_fn(|i| point(k[2 * i], k[2 * i + 1]));
        let finite = [bounds.x, bounds.y, width, height].iter().all(|value| value.is_finite());
        if finite && width > 0.0 && height > 0.0 {
            faces.push(Face { bounds, landmarks, score });
        }
    }
}

/// Greedy non-maximum suppression.
fn suppress(mut faces: Vec<Face>, overlap: f32, max: usize) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.len() == max {
            break;
        }
        if kept.iter().all(|other| other.bounds.overlap(&face.bounds) <= overlap) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, size: f32, score: f32) -> Face {
        let bounds = Rect { x, y: 0.0, width: size, height: size };
        Face { bounds, landmarks: [[0.0; 2]; 5], score }
    }

    #[test]
    fn decodes_one_cell_by_the_formula() {
        // Cell (1, 1) of a 2 x 2 grid at stride 16; the frame is twice as large as the input.
        let mut faces = Vec::new();
        let (cls, obj) = ([0.0, 0.0, 0.0, 0.81], [1.0; 4]);
        let mut bbox = [0.0f32; 16];
        bbox[12..].copy_from_slice(&[0.5, -0.5, 0.0, 2.0f32.ln()]);
        let mut kps = [0.0f32; 40];
        kps[30..].copy_from_slice(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        let map = Map([2.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        decode(&cls, &obj, &bbox, &kps, 16, 2, &map, 0.6, &mut faces);
        let [found] = faces.as_slice() else { panic!("{faces:?}") };
        assert!((found.score - 0.9).abs() < 1e-6);
        let Rect { x, y, width, height } = found.bounds;
        for (got, want) in [(x, 32.0), (y, -16.0), (width, 32.0), (height, 64.0)] {
            assert!((got - want).abs() < 1e-3, "{got} {want}");
        }
        assert!((found.landmarks[0][0] - 35.2).abs() < 1e-3 && (found.landmarks[4][1] - 64.0).abs() < 1e-3);
    }

    #[test]
    fn suppression_keeps_the_best_of_overlapping_boxes() {
        let kept = suppress(vec![face(1.0, 10.0, 0.7), face(0.0, 10.0, 0.9), face(50.0, 10.0, 0.8)], 0.3, 20);
        assert_eq!(kept.iter().map(|face| face.score).collect::<Vec<_>>(), [0.9, 0.8]);
        assert_eq!(suppress(kept, 0.3, 1).len(), 1);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let default = DetectorOptions::default();
        for options in [
            DetectorOptions { size: 100, ..default },
            DetectorOptions { size: 0, ..default },
            DetectorOptions { score: f32::NAN, ..default },
            DetectorOptions { overlap: 1.5, ..default },
            DetectorOptions { max_faces: 0, ..default },
        ] {
            assert!(options.check().is_err(), "{options:?}");
        }
    }
}
