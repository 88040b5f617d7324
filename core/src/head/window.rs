//! A head over the last frames of a stream, without computing any frame twice.
//!
//! Every head reads a frame only through inner products with rows of its parameters. A window keeps
//! these few values per frame instead of the vector and combines them anew for each prediction, so
//! no error accumulates.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use mien_nn::math::dot;

use super::{Clip, Head, Prediction};
use crate::error::{Result, fail};

/// The last frames of one track, as seen by its head.
///
/// Adding a frame costs P inner products of its D values. P is the number of classes for logistic
/// regression, 1 + hidden for single attention, 3 + 2 classes for relation attention and 2 width
/// for self-attention. A prediction over T frames costs T P multiplications, plus T^2 width with
/// self-attention. Bodies that read a statistic of the whole clip, or pool by statistics, cost
/// more: the frame vectors are kept too, and each prediction recomputes the statistics (4 T D) and
/// multiplies them once (at most 3 P D).
#[derive(Clone)]
pub struct Window {
    head: Arc<Head>,
    capacity: usize,
    frames: VecDeque<Seen>,
}

/// The kept values of a frame.
#[derive(Clone, Default)]
struct Seen {
    /// Inner products with the rows of the head's projections.
    products: Vec<f32>,
    /// The frame's values; empty if the body reads no statistic of the clip.
    values: Vec<f32>,
}

impl Window {
    /// Creates an empty window over the last `capacity` frames.
    ///
    /// # Errors
    /// `InvalidOption` if the capacity is zero.
    pub fn new(head: Arc<Head>, capacity: usize) -> Result<Self> {
        if capacity == 0 {
            fail!(InvalidOption, "a window needs room for at least one frame");
        }
        Ok(Self { head, capacity, frames: VecDeque::new() })
    }

    /// The head that the window is for.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }

    /// Returns the number of frames in the window, at most its capacity.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether the window has no frame yet.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Removes all frames.
    pub fn clear(&mut self) {
        self.frames.clear();
    }

    /// Adds the next frame; a full window drops its oldest frame.
    ///
    /// # Errors
    /// `InvalidOption` if the frame does not have the head's dimension.
    pub fn push(&mut self, frame: &[f32]) -> Result<()> {
        if frame.len() != self.head.dimension() {
            fail!(InvalidOption, "a frame has {} values; the head takes {}", frame.len(), self.head.dimension());
        }
        let mut seen =
            if self.frames.len() < self.capacity { None } else { self.frames.pop_front() }.unwrap_or_default();
        let frame = self.head.less_center(frame);
        self.head.project(&frame, 0, &mut seen.products);
        seen.values.clear();
        if self.head.body().has_summary() {
            seen.values.extend_from_slice(&frame);
        }
        self.frames.push_back(seen);
        Ok(())
    }

    /// Classifies the window's frames: equals [`Head::predict`] on a clip of them, up to rounding.
    /// Attention is in the order of the frames, oldest first.
    ///
    /// # Errors
    /// `NotEnoughSamples` if the window is empty.
    pub fn predict(&self) -> Result<Prediction> {
        if self.frames.is_empty() {
            fail!(NotEnoughSamples, "a window without frames");
        }
        let mut products: Vec<f32> = self.frames.iter().flat_map(|seen| &seen.products).copied().collect();
        if self.head.body().has_summary() {
            // The summary follows each frame's values, so its products are added to every frame's.
            let frames: Vec<&[f32]> = self.frames.iter().map(|seen| seen.values.as_slice()).collect();
            let summary = self.head.body().summary(&Clip::from_frames(&frames)?);
            let mut shared = Vec::new();
            self.head.project(&summary, self.head.dimension(), &mut shared);
            for row in products.chunks_exact_mut(shared.len()) {
                row.iter_mut().zip(&shared).for_each(|(product, shared)| *product += shared);
            }
        }
        Ok(self.head.combine(&products))
    }
}

impl Head {
    /// Returns the frame with the head's center subtracted.
    fn less_center<'a>(&self, frame: &'a [f32]) -> Cow<'a, [f32]> {
        match self.center() {
            Some(center) => frame.iter().zip(center).map(|(value, center)| value - center).collect(),
            None => Cow::Borrowed(frame),
        }
    }

    /// Computes the inner products of `part` with the values from `start` on in each row of the
    /// head's projections.
    fn project(&self, part: &[f32], start: usize, products: &mut Vec<f32>) {
        let inputs = self.body.inputs(self.dimension);
        products.clear();
        for weights in self.formula().projections(&self.parameters) {
            products.extend(weights.chunks_exact(inputs).map(|row| dot(&row[start..][..part.len()], part)));
        }
    }

    /// Combines the products of the frames, T x P, to a prediction.
    fn combine(&self, products: &[f32]) -> Prediction {
        Prediction::of(self.formula().combine(&self.parameters, products))
    }
}

#[cfg(test)]
mod tests {
    use mien_nn::math::SplitMix64;

    use super::super::tests::{bodies, labels, random};
    use super::*;
    use crate::ErrorKind;
    use crate::head::Body;

    const DIMENSION: usize = 11;
    const CAPACITY: usize = 7;

    fn head(rng: &mut SplitMix64, body: Body) -> Arc<Head> {
        let count = Head::fresh(labels(3), DIMENSION, body, None, 1.0).unwrap().parameters().len();
        let parameters = (0..count).map(|_| 0.7 * random(rng)).collect();
        Arc::new(Head::from_parameters(labels(3), DIMENSION, body, parameters).unwrap())
    }

    fn frame(rng: &mut SplitMix64) -> Vec<f32> {
        (0..DIMENSION).map(|_| random(rng)).collect()
    }

    fn assert_near(got: &[f32], want: &[f32], body: Body) {
        assert_eq!(got.len(), want.len(), "{body:?}");
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-4, "{body:?}: {got} {want}");
        }
    }

    #[test]
    fn every_head_says_of_a_window_what_it_says_of_the_clip() {
        let mut rng = SplitMix64::new(9);
        for (body, centered) in bodies().into_iter().flat_map(|body| [(body, false), (body, true)]) {
            let mut head = head(&mut rng, body);
            if centered {
                head = Arc::new(head.centered(frame(&mut rng)).unwrap());
            }
            let mut window = Window::new(Arc::clone(&head), CAPACITY).unwrap();
            let stream: Vec<Vec<f32>> = (0..40).map(|_| frame(&mut rng)).collect();
            for end in 1..=stream.len() {
                window.push(&stream[end - 1]).unwrap();
                let last = &stream[end.saturating_sub(CAPACITY)..end];
                assert_eq!(window.len(), last.len());
                let want = head.predict(&Clip::from_frames(last).unwrap()).unwrap();
                let got = window.predict().unwrap();
                assert_near(&got.probabilities, &want.probabilities, body);
                assert_eq!(got.attention.is_some(), want.attention.is_some());
                assert_near(&got.attention.unwrap_or_default(), &want.attention.unwrap_or_default(), body);
            }
        }
    }

    #[test]
    fn a_cleared_window_starts_anew() {
        let mut rng = SplitMix64::new(10);
        for body in bodies() {
            let head = head(&mut rng, body);
            let mut window = Window::new(Arc::clone(&head), CAPACITY).unwrap();
            for _ in 0..CAPACITY + 2 {
                window.push(&frame(&mut rng)).unwrap();
            }
            window.clear();
            assert!(window.is_empty());
            let only = frame(&mut rng);
            window.push(&only).unwrap();
            let want = head.predict(&Clip::from_frames(&[only]).unwrap()).unwrap();
            assert_near(&window.predict().unwrap().probabilities, &want.probabilities, body);
        }
    }

    #[test]
    fn impossible_input_is_refused() {
        let head = head(&mut SplitMix64::new(11), bodies()[0]);
        assert_eq!(Window::new(Arc::clone(&head), 0).err().map(|e| e.kind()), Some(ErrorKind::InvalidOption));
        let mut window = Window::new(head, 2).unwrap();
        assert_eq!(window.predict().unwrap_err().kind(), ErrorKind::NotEnoughSamples);
        for length in [0, DIMENSION - 1, DIMENSION + 1] {
            assert_eq!(window.push(&vec![0.0; length]).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
        assert!(window.is_empty());
    }
}
