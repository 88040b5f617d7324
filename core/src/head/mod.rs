//! Classifiers over the frame vectors of a clip.

pub mod codec;
pub mod logistic;

pub use logistic::{Logistic, Pooling};

use crate::error::{Result, fail};

/// The frame vectors of a clip: T x D, row-major, T at least 1. A picture is a clip of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    values: Vec<f32>,
    dimension: usize,
}

impl Clip {
    /// A clip of the given frame vectors.
    ///
    /// # Errors
    /// `NotEnoughSamples` without frames, `InvalidOption` where the vectors' lengths differ or
    /// are zero.
    pub fn from_frames<V: AsRef<[f32]>>(frames: &[V]) -> Result<Self> {
        let Some(first) = frames.first() else { fail!(NotEnoughSamples, "a clip without frames") };
        let dimension = first.as_ref().len();
        let mut values = Vec::with_capacity(dimension * frames.len());
        for frame in frames {
            let frame = frame.as_ref();
            if frame.len() != dimension || dimension == 0 {
                fail!(InvalidOption, "a clip's frames have {dimension} and {} values", frame.len());
            }
            values.extend_from_slice(frame);
        }
        Ok(Self { values, dimension })
    }

    /// D: the number of values of each frame.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// T: the number of frames.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimension
    }

    /// Always false: a clip has a frame.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The frames' vectors in order.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimension)
    }
}
