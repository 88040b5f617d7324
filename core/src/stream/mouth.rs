//! Movement of a mouth: whether the voice that is heard may be that of a face.
//!
//! A patch over the mouth is compared with the one of a sixth of a second before, whatever the rate of frames, and one over
//! the eyes likewise. Patches are brought
//! to mean 0 and length 1, so light and contrast may change, and they move with the face, so a moving head changes
//! both alike: what the mouth changes more than the eyes is its own movement (after the use of mouth motion in
//! J. S. Chung & A. Zisserman, "Out of time: automated lip sync in the wild", ACCV workshops 2016, without a network).

use std::collections::VecDeque;

use mien_nn::math::dot;
use zeroize::Zeroizing;

use crate::face::Face;
use crate::frame::Frame;
use crate::preprocess::{Map, sample_luminance_coarsely};

/// Width and height of a patch in pixels of its own.
const SIZE: (usize, usize) = (24, 16);

/// Width of a patch in distances between the eyes.
const WIDTH: f32 = 1.2;

/// Samples per side that are averaged for a pixel at most.
const SUBSAMPLES: usize = 3;

/// Movements that are kept: 10 s at 30 frames per second.
const MAX_KEPT: usize = 300;

/// Time in microseconds between two frames that are compared: the next longer one that there is, up to a maximum.
pub(super) const STEP_US: u64 = 150_000;
const MAX_STEP_US: u64 = 500_000;

/// Patches that are kept: more than a sixth of a second at 60 frames per second.
const MAX_PATCHES: usize = 16;

/// Movements that tell whether a mouth moves.
const MIN_MOVEMENTS: usize = 3;

/// Pixels of a face; overwritten when they go.
type Patch = Zeroizing<Vec<f32>>;

/// The mouth of one track over time.
#[derive(Default)]
pub(super) struct Mouth {
    /// The patches of the last frames with their times: the first is the one to compare with.
    last: VecDeque<(u64, [Patch; 2])>,
    movements: VecDeque<(u64, f32)>,
}

impl Mouth {
    /// Looks at the mouth of `face` in the next frame.
    pub fn see(&mut self, frame: &Frame<'_>, face: &Face, at_us: u64) {
        let [left_eye, right_eye, _, left_mouth, right_mouth] = face.landmarks;
        let [eyes, mouth] = [middle(left_eye, right_eye), middle(left_mouth, right_mouth)];
        let axis = [right_eye[0] - left_eye[0], right_eye[1] - left_eye[1]];
        let patches = [mouth, eyes].map(|center| patch(frame, center, axis));
        let age_us = |(of_us, _): &(u64, [Patch; 2])| at_us.saturating_sub(*of_us);
        while self.last.len() > MAX_PATCHES || self.last.get(1).is_some_and(|next| age_us(next) >= STEP_US) {
            self.last.pop_front();
        }
        if let Some(earlier) = self.last.front()
            && (STEP_US..=MAX_STEP_US).contains(&age_us(earlier))
        {
            let (_, last) = earlier;
            let [mouth, eyes] = [0, 1].map(|which| change(&last[which], &patches[which]));
            if self.movements.len() == MAX_KEPT {
                self.movements.pop_front();
            }
            self.movements.push_back((at_us, (mouth - eyes).max(0.0)));
        }
        self.last.push_back((at_us, patches));
    }

    /// Returns the median movement from `from_us` to `to_us`; `None` if it was hardly seen then. A median, since each
    /// detection moves the landmarks a little and changes the patches of a still face once.
    pub fn movement(&self, from_us: u64, to_us: u64) -> Option<f32> {
        let inside = self.movements.iter().filter(|(at_us, _)| (from_us..=to_us).contains(at_us));
        let mut movements: Vec<f32> = inside.map(|(_, movement)| *movement).collect();
        if movements.len() < MIN_MOVEMENTS {
            return None;
        }
        movements.sort_by(f32::total_cmp);
        movements.get(movements.len() / 2).copied()
    }
}

fn middle(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

/// Returns the patch around `center`, as wide as [`WIDTH`] times the `axis` from eye to eye, of mean 0 and length 1.
fn patch(frame: &Frame<'_>, center: [f32; 2], [dx, dy]: [f32; 2]) -> Patch {
    let (width, height) = SIZE;
    let step = WIDTH / width as f32;
    let (dx, dy) = (step * dx, step * dy);
    let (half_width, half_height) = (width as f32 / 2.0, height as f32 / 2.0);
    let origin = [center[0] - half_width * dx + half_height * dy, center[1] - half_width * dy - half_height * dx];
    let map = Map([dx, -dy, origin[0], dy, dx, origin[1]]);
    let mut patch = Zeroizing::new(sample_luminance_coarsely(frame, &map, SIZE, SUBSAMPLES));
    let mean = patch.iter().sum::<f32>() / patch.len() as f32;
    patch.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&patch, &patch).sqrt().max(1.0);
    patch.iter_mut().for_each(|value| *value /= length);
    patch
}

/// Returns the squared distance of two patches, 0 to 4.
fn change(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
