//! Emotion of a track: the head over the last frames, smoothed, with label hysteresis.

use std::collections::VecDeque;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::StreamOptions;
use crate::emotion::Emotion;
use crate::error::Result;
use crate::fusion::{Fusion, JoinedSaid, Said};
use crate::head::{Head, Prediction, Window};
use crate::modality::Modality;

/// The emotion of one track over time: a window over its frame vectors, answered by a head,
/// smoothed, with a label that has hysteresis.
#[derive(Default)]
pub struct Expression {
    /// The last frame vectors; a new head's window starts from them. Overwritten when they go.
    frames: VecDeque<Zeroizing<Vec<f32>>>,
    window: Option<Window>,
    smoothed: Vec<f32>,
    smoothed_us: u64,
    label: Label,
    emotion: Option<Emotion>,
}

/// What the voice of a face says.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard<'a> {
    /// The answer of a head with the labels of the face's head.
    pub said: Said,
    /// How much face and speech weigh.
    pub fusion: &'a Fusion,
}

/// A change of the label.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    /// The label until now; `None` at the first answer.
    pub from: Option<String>,
    /// The label from now on.
    pub to: String,
    /// Its smoothed probability, 0 to 1.
    pub probability: f32,
}

impl Expression {
    /// Smoothed probabilities.
    pub fn emotion(&self) -> Option<&Emotion> {
        self.emotion.as_ref()
    }

    /// The label after hysteresis.
    pub fn label(&self) -> Option<&str> {
        self.label.stable.as_deref()
    }

    /// Number of frames in the head's window.
    pub fn window_length(&self) -> usize {
        self.frames.len()
    }

    /// The smoothed probability of the label after hysteresis; 0 if there is no label.
    pub fn confidence(&self) -> f32 {
        let (Some(emotion), Some(label)) = (&self.emotion, self.label()) else { return 0.0 };
        emotion.probabilities.iter().find(|(other, _)| other == label).map_or(0.0, |(_, probability)| *probability)
    }

    /// Clears the frames after the face was out of sight. The label stays until another one leads.
    pub fn restart(&mut self) {
        self.frames.clear();
        self.window = None;
    }

    /// Adds the next frame's vector and runs `head`; the flag says whether it is the user's own
    /// head. What is `heard` of the face is joined with its answer. If the head differs from the previous one, it is run
    /// over the kept frames and smoothing restarts.
    ///
    /// # Errors
    /// `InvalidOption` if the vector does not fit the head, or if what is heard has another number of classes.
    pub fn observe(
        &mut self,
        vector: Zeroizing<Vec<f32>>,
        head: Option<(Arc<Head>, bool)>,
        heard: Option<Heard<'_>>,
        now_us: u64,
        options: &StreamOptions,
    ) -> Result<Option<Switch>> {
        if self.frames.len() == options.window_frames {
            self.frames.pop_front();
        }
        self.frames.push_back(vector);
        let Some((head, own)) = head else {
            (self.window, self.emotion) = (None, None);
            return Ok(None);
        };
        let window = self.fed_window(&head, options.window_frames)?;
        // Alone, it decides by itself.
        let taught = heard.as_ref().map(|_| head.taught());
        let seen = Said { modality: Modality::Face, prediction: window.predict()?, own, taught };
        let JoinedSaid { prediction: Prediction { probabilities, attention }, own, modalities } = match heard {
            Some(Heard { said, fusion }) => fusion.join_said(&[seen, said])?,
            None => Fusion::default().join_said(&[seen])?,
        };
        self.smooth(probabilities, now_us, options.smoothing_us);
        let prediction = Prediction { probabilities: self.smoothed.clone(), attention };
        self.emotion = Some(Emotion::new(head.labels(), prediction, own, modalities));
        Ok(self.label.observe(head.labels(), &self.smoothed, now_us, options))
    }

    /// Returns the window of `head` with the newest frame in it.
    fn fed_window(&mut self, head: &Arc<Head>, capacity: usize) -> Result<&Window> {
        let same = self.window.as_ref().is_some_and(|window| Arc::ptr_eq(window.head(), head));
        let from = if same { self.frames.len() - 1 } else { 0 };
        if !same {
            self.smoothed.clear();
        }
        let mut window = match self.window.take() {
            Some(window) if same => window,
            _ => Window::new(Arc::clone(head), capacity)?,
        };
        for frame in self.frames.range(from..) {
            window.push(frame)?;
        }
        Ok(self.window.insert(window))
    }

    /// Exponential smoothing in stream time: `s += (1 - exp(-dt / tau)) (p - s)`.
    fn smooth(&mut self, probabilities: Vec<f32>, now_us: u64, time_constant_us: u64) {
        let elapsed_us = now_us.saturating_sub(self.smoothed_us);
        self.smoothed_us = now_us;
        if self.smoothed.len() != probabilities.len() || time_constant_us == 0 {
            self.smoothed = probabilities;
            return;
        }
        let share = 1.0 - (-(elapsed_us as f32) / time_constant_us as f32).exp();
        for (smoothed, probability) in self.smoothed.iter_mut().zip(probabilities) {
            *smoothed += share * (probability - *smoothed);
        }
    }
}

/// A label that changes only when another one leads by a margin for some time.
#[derive(Default)]
struct Label {
    stable: Option<String>,
    /// The leading label, and since when it has led.
    rival: Option<(String, u64)>,
}

impl Label {
    fn observe(
        &mut self,
        labels: &[String],
        probabilities: &[f32],
        now_us: u64,
        options: &StreamOptions,
    ) -> Option<Switch> {
        let best = mien_nn::math::argmax(probabilities);
        let (leader, probability) = (labels.get(best)?, *probabilities.get(best)?);
        let switch = |from| Some(Switch { from, to: leader.clone(), probability });
        let Some(stable) = &self.stable else {
            self.stable = Some(leader.clone());
            return switch(None);
        };
        // A stable label that the head lacks has probability 0.
        let own = labels.iter().position(|label| label == stable).map_or(0.0, |index| probabilities[index]);
        if leader == stable || probability - own < options.switch_margin {
            self.rival = None;
            return None;
        }
        let since = match &self.rival {
            Some((rival, since)) if rival == leader => *since,
            _ => now_us,
        };
        if now_us.saturating_sub(since) < options.switch_us {
            self.rival = Some((leader.clone(), since));
            return None;
        }
        self.rival = None;
        switch(self.stable.replace(leader.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{Body, HeadKind};
    use proptest::prelude::*;

    fn labels() -> Vec<String> {
        ["happy", "sad"].map(str::to_owned).to_vec()
    }

    /// A head over one value: happy if it is positive.
    fn head() -> Arc<Head> {
        let body: Body = HeadKind::Logistic.body();
        let count = Head::fresh(labels(), 1, body, None, 1.0).unwrap().parameters().len();
        let mut parameters = vec![0.0; count];
        (parameters[0], parameters[1]) = (3.0, -3.0);
        Arc::new(Head::from_parameters(labels(), 1, body, parameters).unwrap())
    }

    fn options() -> StreamOptions {
        StreamOptions { window_frames: 1, min_window: 1, ..StreamOptions::default() }
    }

    fn show(expression: &mut Expression, head: &Arc<Head>, value: f32, now_ms: u64) -> Option<Switch> {
        expression
            .observe(vec![value].into(), Some((Arc::clone(head), false)), None, 1000 * now_ms, &options())
            .unwrap()
    }

    #[test]
    fn a_change_is_shown_within_200_ms_and_a_flicker_is_not() {
        let (mut expression, head) = (Expression::default(), head());
        assert_eq!(show(&mut expression, &head, 1.0, 0).map(|switch| switch.from), Some(None));
        for now_ms in (33..1000).step_by(33) {
            assert_eq!(show(&mut expression, &head, 1.0, now_ms), None);
        }
        for (now_ms, value) in [(1000, -1.0), (1033, -1.0), (1066, 1.0), (1099, 1.0), (1132, 1.0)] {
            assert_eq!(show(&mut expression, &head, value, now_ms), None, "a flicker of 66 ms");
        }
        let changed = (2000..2400).step_by(20).find(|&now_ms| show(&mut expression, &head, -1.0, now_ms).is_some());
        assert!(changed.is_some_and(|now_ms| now_ms <= 2200), "{changed:?}");
        assert_eq!(expression.label(), Some("sad"));
    }

    #[test]
    fn smoothing_goes_by_stream_time_and_not_by_frames() {
        let confidence = |step: usize| {
            let (mut expression, head) = (Expression::default(), head());
            show(&mut expression, &head, 1.0, 0);
            for now_ms in (step..=120).step_by(step) {
                show(&mut expression, &head, -1.0, now_ms as u64);
            }
            expression.emotion().unwrap().probabilities[1].1
        };
        let all = [10, 20, 40, 120].map(confidence);
        assert!(all.iter().all(|value| (value - all[0]).abs() < 1e-3), "{all:?}");
        // 1 - exp(-1.2) of the way from sigmoid(-6) to sigmoid(6).
        assert!((all[0] - (0.00247 + 0.995 * 0.6988)).abs() < 2e-3, "{all:?}");
    }

    #[test]
    fn another_head_sees_the_frames_that_are_kept() {
        let options = StreamOptions { window_frames: 3, ..options() };
        let (mut expression, first, second) = (Expression::default(), head(), head());
        for (index, value) in [1.0, 1.0, -1.0].into_iter().enumerate() {
            let head = Some((Arc::clone(&first), false));
            expression.observe(vec![value].into(), head, None, 33_000 * index as u64, &options).unwrap();
        }
        expression.observe(vec![-1.0].into(), Some((Arc::clone(&second), true)), None, 99_000, &options).unwrap();
        let clip = crate::head::Clip::from_frames(&[[1.0], [-1.0], [-1.0]]).unwrap();
        let want = second.predict(&clip).unwrap().probabilities;
        let got = expression.emotion().unwrap();
        assert!(got.adapted && (got.probabilities[0].1 - want[0]).abs() < 1e-5, "{got:?} {want:?}");
        assert_eq!(expression.window_length(), 3);
    }

    proptest! {
        #[test]
        fn a_label_never_changes_twice_within_the_hold(values in proptest::collection::vec(-2.0f32..2.0, 2..80)) {
            let (mut expression, head) = (Expression::default(), head());
            let mut last: Option<u64> = None;
            for (index, value) in values.into_iter().enumerate() {
                let now_ms = 20 * index as u64;
                if show(&mut expression, &head, value, now_ms).is_some() {
                    prop_assert!(last.is_none_or(|last| now_ms - last >= 100));
                    last = Some(now_ms);
                }
                let sum: f32 = expression.emotion().unwrap().probabilities.iter().map(|(_, p)| p).sum();
                prop_assert!((sum - 1.0).abs() < 1e-4);
            }
        }
    }
}
