//! Frames of every format, rotation and stride, compared with pictures made by OpenCV and SciPy:
//! `fixtures/preprocess`, written and explained by `reference/preprocess.py`.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::collections::BTreeMap;

use mien_core::frame::{Plane, Rotation, YuvRange};
use mien_core::preprocess::{Map, Normalization, sample_into};
use mien_core::{ErrorKind, Frame, Result};
use mien_tests::{array, bytes, json};
use ndarray::{ArrayD, Axis};
use serde::Deserialize;

/// Number of cases in the fixtures: a truncated list must not pass.
const CASES: usize = 740;

/// Above this number of source pixels per output pixel, the SDK averages sub-samples, and the
/// references, which sample bilinearly, do not apply.
const LARGEST_SCALE: f32 = 1.5;

#[derive(Deserialize)]
struct Fixtures {
    frames: Vec<Buffer>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Buffer {
    name: String,
    file: String,
    format: String,
    width: usize,
    height: usize,
    planes: Vec<PlaneOfBuffer>,
}

#[derive(Deserialize)]
struct PlaneOfBuffer {
    offset: usize,
    row_stride: usize,
    pixel_stride: usize,
    length: usize,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    frame: String,
    range: Option<String>,
    rotation: i32,
    mirror: bool,
    output: Output,
    expected: Expected,
    tolerance: f32,
    mean_tolerance: f32,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Output {
    Resize { width: usize, height: usize },
    Affine { size: usize, matrix: [f32; 6] },
}

#[derive(Deserialize)]
struct Expected {
    file: String,
    index: usize,
}

impl Buffer {
    fn planes<'a>(&self, data: &'a [u8]) -> Vec<&'a [u8]> {
        self.planes.iter().map(|plane| &data[plane.offset..][..plane.length]).collect()
    }

    fn frame<'a>(&self, planes: &[&'a [u8]], range: YuvRange) -> Result<Frame<'a>> {
        let (width, height) = (self.width, self.height);
        let row_stride = |index: usize| self.planes[index].row_stride;
        let plane = |index: usize| Plane::new(planes[index], row_stride(index), self.planes[index].pixel_stride);
        match self.format.as_str() {
            "rgb8" => Frame::rgb8(planes[0], width, height, row_stride(0)),
            "rgba8" => Frame::rgba8(planes[0], width, height, row_stride(0)),
            "bgra8" => Frame::bgra8(planes[0], width, height, row_stride(0)),
            "gray8" => Frame::gray8(planes[0], width, height, row_stride(0)),
            "nv12" => Frame::nv12(planes[0], planes[1], width, height, [row_stride(0), row_stride(1)], range),
            "nv21" => Frame::nv21(planes[0], planes[1], width, height, [row_stride(0), row_stride(1)], range),
            "i420" | "yuv420" => Frame::yuv420(plane(0), plane(1), plane(2), width, height, range),
            other => panic!("{}: unknown format {other:?}", self.name),
        }
    }
}

impl Case {
    fn range(&self) -> YuvRange {
        match self.range.as_deref() {
            None | Some("full") => YuvRange::Full,
            Some("video") => YuvRange::Video,
            Some(other) => panic!("{}: unknown range {other:?}", self.name),
        }
    }

    fn turned<'a>(&self, frame: Frame<'a>) -> Frame<'a> {
        frame.rotated(Rotation::from_degrees(self.rotation).unwrap()).flipped(self.mirror)
    }
}

impl Output {
    fn size(&self) -> (usize, usize) {
        match *self {
            Self::Resize { width, height } => (width, height),
            Self::Affine { size, .. } => (size, size),
        }
    }

    /// Returns the map from output coordinates to upright coordinates.
    fn map(&self, upright: (usize, usize)) -> Map {
        match *self {
            Self::Resize { width, height } => {
                Map([upright.0 as f32 / width as f32, 0.0, 0.0, 0.0, upright.1 as f32 / height as f32, 0.0])
            }
            // The fixtures' matrices map the other way, from upright to crop.
            Self::Affine { matrix, .. } => Map(matrix).inverse().expect("a crop can be undone"),
        }
    }

    /// Returns the factor for a reference value at `column`, `row`.
    ///
    /// The SDK surrounds a picture with black, and so do the references of crops. References of
    /// resizing repeat the edge's samples instead. This differs only if an enlarged picture is
    /// sampled less than half a pixel from its edge: black then has the missing share there.
    fn edge_share(&self, map: &Map, upright: (usize, usize), column: usize, row: usize) -> f32 {
        let Self::Resize { .. } = self else { return 1.0 };
        let [x, y] = map.apply([column as f32 + 0.5, row as f32 + 0.5]);
        let share = |v: f32, side: usize| (v + 0.5).min(side as f32 + 0.5 - v).min(1.0);
        share(x, upright.0) * share(y, upright.1)
    }
}

/// Returns the largest and the mean distance of `frame`, sampled as in `case`, from its reference.
fn distances(case: &Case, frame: &Frame<'_>, references: &ArrayD<f32>) -> (f32, f32) {
    let (upright, (width, height)) = (frame.upright_size(), case.output.size());
    let map = case.output.map(upright);
    assert!(map.scale() <= LARGEST_SCALE, "{} shrinks by {}", case.name, map.scale());
    let mut planes = vec![f32::NAN; 3 * width * height];
    sample_into(frame, &map, (width, height), &Normalization::RGB, &mut planes);
    let reference = references.index_axis(Axis(0), case.expected.index);
    assert_eq!(reference.shape(), [height, width, 3], "{}", case.name);
    let (mut largest, mut sum) = (0.0f32, 0.0);
    for (at, expected) in reference.indexed_iter() {
        let (row, column, channel) = (at[0], at[1], at[2]);
        let expected = expected * case.output.edge_share(&map, upright, column, row);
        let distance = (planes[(channel * height + row) * width + column] - expected).abs();
        assert!(distance.is_finite(), "{}", case.name);
        largest = largest.max(distance);
        sum += distance;
    }
    (largest, sum / reference.len() as f32)
}

#[test]
fn every_frame_is_sampled_as_the_references_say() {
    let Fixtures { frames, cases } = json("preprocess/cases.json");
    let buffers: BTreeMap<_, _> = frames
        .iter()
        .map(|buffer| (buffer.name.as_str(), (buffer, bytes(&format!("preprocess/{}", buffer.file)))))
        .collect();
    let mut references: BTreeMap<&str, ArrayD<f32>> = BTreeMap::new();
    // By file of references: the largest maximum and mean distance of its cases.
    let mut worst: BTreeMap<&str, (f32, f32)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let (buffer, data) = &buffers[case.frame.as_str()];
        let file = case.expected.file.as_str();
        let references = references.entry(file).or_insert_with(|| array(&format!("preprocess/{file}")));
        let frame = case.turned(buffer.frame(&buffer.planes(data), case.range()).unwrap());
        let (largest, mean) = distances(case, &frame, references);
        if largest > case.tolerance || mean > case.mean_tolerance {
            failures.push(format!("{}: largest {largest}, mean {mean}", case.name));
        }
        let worst = worst.entry(file).or_default();
        *worst = (worst.0.max(largest), worst.1.max(mean));
    }
    for (file, (largest, mean)) in &worst {
        println!("{file}: at most {largest:.4} levels away, {mean:.4} in the worst picture's mean");
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
    assert_eq!(cases.len(), CASES);
}

#[test]
fn one_byte_less_in_any_plane_is_refused() {
    let Fixtures { frames, .. } = json("preprocess/cases.json");
    assert!(!frames.is_empty());
    for buffer in &frames {
        let data = bytes(&format!("preprocess/{}", buffer.file));
        let planes = buffer.planes(&data);
        assert!(buffer.frame(&planes, YuvRange::Full).is_ok(), "{}", buffer.name);
        for index in 0..planes.len() {
            let mut short = planes.clone();
            let left = short[index].len() - 1;
            short[index] = &short[index][..left];
            let error = buffer.frame(&short, YuvRange::Full).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidFrame, "{}, plane {index}", buffer.name);
            assert!(error.to_string().contains(&format!("plane has {left} bytes")), "{}: {error}", buffer.name);
        }
    }
}
