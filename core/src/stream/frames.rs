//! The frames of the last seconds of sound. Values are overwritten when they go: they tell what was said.

use std::collections::VecDeque;

use zeroize::Zeroize;

use crate::speech::SpeechFrame;
use crate::speech::descriptor::MAX_CLIP_FRAMES;

/// The last [`MAX_CLIP_FRAMES`] frames: 10.24 s.
#[derive(Default)]
pub(super) struct LastFrames(VecDeque<SpeechFrame>);

impl LastFrames {
    /// Adds the next frame in place of the oldest one, if there are too many.
    pub fn push(&mut self, frame: &SpeechFrame) {
        if self.0.len() == MAX_CLIP_FRAMES
            && let Some(mut oldest) = self.0.pop_front()
        {
            erase(std::slice::from_mut(&mut oldest));
        }
        // All at once: what grows would be copied, and the old values left behind.
        self.0.reserve_exact(MAX_CLIP_FRAMES - self.0.len());
        self.0.push_back(*frame);
    }

    /// Returns the time of the newest frame.
    pub fn newest_us(&self) -> Option<u64> {
        self.0.back().map(|frame| frame.time_us)
    }

    /// Returns a copy of the frames from `from_us` until `until_us`.
    pub fn between(&self, from_us: u64, until_us: u64) -> Vec<SpeechFrame> {
        let from = self.0.partition_point(|frame| frame.time_us < from_us);
        let to = self.0.partition_point(|frame| frame.time_us <= until_us);
        self.0.range(from..to.max(from)).copied().collect()
    }

    /// Returns all frames.
    pub fn all(&mut self) -> &[SpeechFrame] {
        self.0.make_contiguous()
    }
}

impl Drop for LastFrames {
    fn drop(&mut self) {
        erase(self.0.make_contiguous());
    }
}

/// Overwrites the values of frames.
pub(super) fn erase(frames: &mut [SpeechFrame]) {
    for frame in frames {
        frame.values.zeroize();
        frame.bands_db.zeroize();
    }
}
