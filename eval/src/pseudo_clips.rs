//! Pseudo-clips: clips grown from stills, for heads that choose among frames. Frame 0 is the
//! picture itself, the others are altered views of it.
//!
//! The face is detected once. For each further frame its box and landmarks are shifted by up to
//! +-4 % of the box's longer side in x and y, scaled by up to +-6 % and turned by up to +-5
//! degrees about the box's center; the pixels' gamma is 0.8 to 1.25, their contrast about
//! mid-gray changes by up to +-15 % and their brightness by up to +-20 of 255; every second frame
//! is flipped left to right. The networks run on the altered pixels, so identity features change
//! as well as expression. All of it depends on the seed, the picture's pixels and the frame's
//! index alone.
//!
//! A pseudo-clip has no movement: it shows how heads tolerate small changes, not what a film adds.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::RgbImage;
use mien_core::engine::FaceResult;
use mien_core::face::{Face, Rect, principal};
use mien_core::models::sha256_hex;
use mien_core::preprocess::Map;
use mien_core::{Engine, Frame, Result, SplitMix64, fail};

/// Ranges of the changes, both ends as in the head of this file.
const SHIFT: Range<f32> = -0.04..0.04;
const SCALE: Range<f32> = 0.94..1.06;
const TURN_DEGREES: Range<f32> = -5.0..5.0;
const BRIGHTNESS: Range<f32> = -20.0..20.0;
const CONTRAST: Range<f32> = 0.85..1.15;
const LOG_GAMMA: Range<f32> = -0.223..0.223;

/// Grows stills into clips, and counts them.
pub struct Growth {
    /// Frames of a pseudo-clip; `None` if clips are used as given.
    frames: Option<u32>,
    seed: u64,
    mirrored: bool,
    grown: AtomicUsize,
}

impl Growth {
    /// Creates pseudo-clips of `frames` frames; with `None`, clips are used as given.
    pub fn new(frames: Option<u32>, seed: u64) -> Self {
        Self { frames, seed, mirrored: false, grown: AtomicUsize::new(0) }
    }

    /// Sets whether clips that are used as given are replaced by their mirror images.
    #[must_use]
    pub fn mirrored(self, mirrored: bool) -> Self {
        Self { mirrored, ..self }
    }

    /// Returns whether clips are replaced by their mirror images.
    pub fn is_mirrored(&self) -> bool {
        self.mirrored
    }

    /// Returns whether clips are used as given.
    pub fn is_off(&self) -> bool {
        self.frames.is_none()
    }

    /// Returns where the clips come from, for reports.
    pub fn clips_from(&self) -> String {
        match self.frames {
            Some(frames) if self.grown() > 0 => format!("pseudo-clips of {frames} frames grown from stills"),
            _ if self.mirrored => "mirror images of those given".to_owned(),
            _ => "as given".to_owned(),
        }
    }

    /// Returns the number of stills grown.
    pub fn grown(&self) -> usize {
        self.grown.load(Ordering::Relaxed)
    }

    /// Returns the principal face in each frame of the clip grown from `picture`; none if the
    /// picture shows no face. `stop` is asked before each altered frame.
    ///
    /// # Errors
    /// `Cancelled` if `stop` returned true; otherwise as in [`Engine::examine`].
    pub fn grow(&self, engine: &Engine, picture: &RgbImage, stop: impl Fn() -> bool) -> Result<Vec<FaceResult>> {
        let frame = frame_of(picture)?;
        let found = engine.detect(&frame)?;
        let Some(face) = principal(&found, frame.upright_size()) else { return Ok(Vec::new()) };
        let mut faces = vec![engine.examine(&frame, *face)?];
        let number = number_of(picture);
        for index in 1..self.frames.unwrap_or(1) {
            if stop() {
                fail!(Cancelled, "the growing of a pseudo-clip was cancelled");
            }
            let change = Change::draw(self.seed, number, index);
            let (altered, face) = change.apply(picture, face);
            faces.push(engine.examine(&frame_of(&altered)?.flipped(change.flip), face)?);
        }
        self.grown.fetch_add(1, Ordering::Relaxed);
        Ok(faces)
    }
}

fn frame_of(picture: &RgbImage) -> Result<Frame<'_>> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Frame::rgb8(picture.as_raw(), width, height, 3 * width)
}

/// Returns a number that depends on the picture's pixels alone: the start of their hash.
fn number_of(picture: &RgbImage) -> u64 {
    u64::from_str_radix(&sha256_hex(picture.as_raw())[..16], 16).expect("a hash is hexadecimal")
}

/// How a frame differs from the still.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Change {
    /// To the right and down, in units of the longer side of the box.
    shift: [f32; 2],
    scale: f32,
    turn_degrees: f32,
    brightness: f32,
    contrast: f32,
    gamma: f32,
    flip: bool,
}

impl Change {
    /// Draws the change of frame `index` of the clip grown from the picture of this number.
    fn draw(seed: u64, picture: u64, index: u32) -> Self {
        let of_frame = SplitMix64::new(seed ^ picture).next_u64().wrapping_add(u64::from(index));
        let mut rng = SplitMix64::new(of_frame);
        let mut within = |range: Range<f32>| {
            let share = rng.below(10_001) as f32 / 10_000.0;
            range.start + share * (range.end - range.start)
        };
        Self {
            shift: [within(SHIFT), within(SHIFT)],
            scale: within(SCALE),
            turn_degrees: within(TURN_DEGREES),
            brightness: within(BRIGHTNESS),
            contrast: within(CONTRAST),
            gamma: within(LOG_GAMMA).exp(),
            flip: index % 2 == 1,
        }
    }

    /// Returns the picture in another light, and the moved face; if the frame is flipped, the
    /// face's place in the flipped picture.
    fn apply(&self, picture: &RgbImage, face: &Face) -> (RgbImage, Face) {
        let table = self.light();
        let mut altered = picture.clone();
        altered.iter_mut().for_each(|value| *value = table[usize::from(*value)]);
        let moved = self.moved(face);
        let face = if self.flip { moved.mirrored(picture.width() as usize) } else { moved };
        (altered, face)
    }

    /// Returns the new value of each pixel value: gamma, then contrast about mid-gray, then brightness.
    fn light(&self) -> [u8; 256] {
        std::array::from_fn(|value| {
            let curved = 255.0 * (value as f32 / 255.0).powf(self.gamma);
            ((curved - 127.5) * self.contrast + 127.5 + self.brightness).round().clamp(0.0, 255.0) as u8
        })
    }

    /// Returns the face scaled and turned about its box's center, then shifted. The box stays
    /// upright: crops take their rotation from the landmarks.
    fn moved(&self, face: &Face) -> Face {
        let Rect { width, height, .. } = face.bounds;
        let [cx, cy] = face.bounds.center();
        let [dx, dy] = self.shift.map(|shift| shift * width.max(height));
        let (sin, cos) = self.turn_degrees.to_radians().sin_cos();
        let (a, b) = (self.scale * cos, self.scale * sin);
        let map = Map([a, -b, cx + dx - (a * cx - b * cy), b, a, cy + dy - (b * cx + a * cy)]);
        let (width, height) = (self.scale * width, self.scale * height);
        let bounds = Rect { x: cx + dx - width / 2.0, y: cy + dy - height / 2.0, width, height };
        Face { bounds, landmarks: face.landmarks.map(|point| map.apply(point)), score: face.score }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use mien_core::EngineOptions;
    use mien_core::models::{ModelPack, Role};
    use mien_core::ndarray::Axis;

    use super::*;

    fn picture(shade: u8) -> RgbImage {
        RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, shade]))
    }

    fn face() -> Face {
        Face {
            bounds: Rect { x: 10.0, y: 5.0, width: 20.0, height: 25.0 },
            landmarks: [[15.0, 14.0], [25.0, 14.0], [20.0, 18.0], [16.0, 24.0], [24.0, 24.0]],
            score: 0.9,
        }
    }

    #[test]
    fn a_change_depends_on_seed_picture_and_index_alone() {
        let draw = |seed, shade, index| Change::draw(seed, number_of(&picture(shade)), index);
        let change = draw(3, 1, 2);
        assert_eq!(change, draw(3, 1, 2));
        for other in [draw(4, 1, 2), draw(3, 2, 2), draw(3, 1, 4)] {
            assert_ne!(change, other);
        }
    }

    #[test]
    fn changes_keep_to_their_ranges_and_use_them() {
        let changes: Vec<Change> = (1..400).map(|index| Change::draw(0, 7, index)).collect();
        let check = |what: &str, value: fn(&Change) -> f32, min: f32, max: f32| {
            let values: Vec<f32> = changes.iter().map(value).collect();
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let slack = 0.05 * (max - min);
            assert!(low >= min && low < min + slack, "{what}: {low} for {min}");
            assert!(high <= max && high > max - slack, "{what}: {high} for {max}");
        };
        check("shift x", |c| c.shift[0], -0.04, 0.04);
        check("shift y", |c| c.shift[1], -0.04, 0.04);
        check("scale", |c| c.scale, 0.94, 1.06);
        check("turn", |c| c.turn_degrees, -5.0, 5.0);
        check("brightness", |c| c.brightness, -20.0, 20.0);
        check("contrast", |c| c.contrast, 0.85, 1.15);
        check("gamma", |c| c.gamma, 0.8, 1.25);
        assert_eq!(changes.iter().filter(|change| change.flip).count(), 200);
    }

    #[test]
    fn a_face_moves_as_the_change_says() {
        let still = Change {
            shift: [0.0; 2],
            scale: 1.0,
            turn_degrees: 0.0,
            brightness: 0.0,
            contrast: 1.0,
            gamma: 1.0,
            flip: false,
        };
        let near = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < 1e-4;
        assert_eq!(still.moved(&face()), face());
        let moved = Change { shift: [0.04, -0.02], scale: 1.06, turn_degrees: 5.0, ..still }.moved(&face());
        // The longer side is 25: one to the right and half up.
        assert!(near(moved.bounds.center(), [21.0, 17.0]), "{moved:?}");
        assert!((moved.bounds.width - 21.2).abs() < 1e-4 && (moved.bounds.height - 26.5).abs() < 1e-4, "{moved:?}");
        assert!((moved.roll().to_degrees() - 5.0).abs() < 1e-3, "{}", moved.roll());
        assert!((moved.eye_distance() - 10.6).abs() < 1e-4);
        let turned = face().mirrored(40);
        assert_eq!((turned.bounds, turned.landmarks[0]), (face().bounds, [15.0, 14.0]));
        assert_eq!(moved.mirrored(40).mirrored(40).landmarks[3][1], moved.landmarks[3][1]);
    }

    #[test]
    fn light_changes_pixels_in_order() {
        let change = Change::draw(1, 9, 1);
        let table = change.light();
        assert!(table.windows(2).all(|pair| pair[0] <= pair[1]));
        let plain = Change { brightness: 0.0, contrast: 1.0, gamma: 1.0, ..change };
        assert!(plain.light().iter().enumerate().all(|(value, &new)| value == usize::from(new)));
        let bright = Change { brightness: 20.0, contrast: 1.0, gamma: 1.0, ..change };
        assert_eq!((bright.light()[0], bright.light()[100], bright.light()[250]), (20, 120, 255));
    }

    fn photo(name: &str) -> RgbImage {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pictures").join(name);
        image::open(path).unwrap().into_rgb8()
    }

    fn grow(growth: &Growth, engine: &Engine, picture: &RgbImage) -> Vec<FaceResult> {
        growth.grow(engine, picture, || false).unwrap()
    }

    #[test]
    fn a_still_becomes_a_clip_of_one_person() {
        let engine = Engine::new(&ModelPack::bundled().unwrap(), EngineOptions::default()).unwrap();
        let picture = photo("obama.jpg");
        let growth = Growth::new(Some(6), 5);
        assert_eq!(growth.clips_from(), "as given", "nothing was grown yet");
        let faces = grow(&growth, &engine, &picture);
        assert_eq!((faces.len(), growth.grown()), (6, 1));
        assert_eq!(growth.clips_from(), "pseudo-clips of 6 frames grown from stills");
        let frame = frame_of(&picture).unwrap();
        let still = engine.examine(&frame, engine.detect(&frame).unwrap()[0]).unwrap();
        assert_eq!(still, faces[0], "frame 0 is the picture itself");
        assert_eq!(grow(&growth, &engine, &picture), faces, "the same seed gives the same clip");
        assert_ne!(grow(&Growth::new(Some(6), 6), &engine, &picture)[1..], faces[1..]);
        let first = &faces[0].features;
        for frame in &faces[1..] {
            let alike: f32 = frame.features.identity.iter().zip(&first.identity).map(|(a, b)| a * b).sum();
            assert!((0.85..0.9999).contains(&alike), "another view of the same person: {alike}");
            assert_ne!(frame.features.expression, first.expression);
        }
    }

    /// For the expression network, whose crop is symmetric; the five-point template of the
    /// identity network is half a pixel off the middle.
    #[test]
    fn a_flipped_face_is_cut_out_as_the_mirror_image() {
        let engine = Engine::new(&ModelPack::bundled().unwrap(), EngineOptions::default()).unwrap();
        let picture = photo("obama.jpg");
        let frame = frame_of(&picture).unwrap();
        let face = engine.detect(&frame).unwrap()[0];
        let mirrored = face.mirrored(frame.upright_size().0);
        let cut = |frame, face| engine.extractor().network_input(Role::Expression, frame, face).unwrap();
        let (mut plain, flip) = (cut(&frame, &face), cut(&frame.flipped(true), &mirrored));
        let span = plain.iter().copied().fold(0.0, f32::max) - plain.iter().copied().fold(0.0, f32::min);
        plain.invert_axis(Axis(2));
        for (value, mirror_value) in plain.iter().zip(&flip) {
            // Coordinates of hundreds of pixels in f32: positions differ by some 1e-4 pixels.
            assert!((value - mirror_value).abs() < 1e-3 * span, "{value} {mirror_value}");
        }
    }

    #[test]
    fn a_picture_without_a_face_is_not_grown_and_growing_can_be_cancelled() {
        let engine = Engine::new(&ModelPack::bundled().unwrap(), EngineOptions::default()).unwrap();
        let growth = Growth::new(Some(4), 0);
        assert!(grow(&growth, &engine, &picture(0)).is_empty());
        let cancelled = growth.grow(&engine, &photo("biden.jpg"), || true).unwrap_err();
        assert_eq!(cancelled.kind(), mien_core::ErrorKind::Cancelled);
        assert_eq!((growth.grown(), growth.clips_from().as_str()), (0, "as given"));
    }
}
