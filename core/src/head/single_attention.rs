//! Single attention: `a = softmax_t(X w + b)`, `c = X' a`, `z = W2 relu(W1 c + b1) + b2`.

use mien_nn::math::{add_scaled, dot, softmax};
use mien_nn::simd::{accumulate, products};

use super::Clip;
use super::formula::{
    Block, Formula, Forward, NEAR_FRAMES, affine, affine_backward, direction_against, quiet_values, scale, weighted_sum,
};

/// Parameters: w (inputs), b, W1 (hidden x inputs), b1, W2 (classes x hidden), b2.
pub(super) struct SingleAttention {
    pub inputs: usize,
    pub hidden: usize,
    pub classes: usize,
}

/// The parameters (or their gradient) by name.
struct Parts<'a> {
    w: &'a [f32],
    w1: &'a [f32],
    b1: &'a [f32],
    w2: &'a [f32],
    b2: &'a [f32],
}

impl SingleAttention {
    fn parts<'a>(&self, parameters: &'a [f32]) -> Parts<'a> {
        let (w, rest) = parameters.split_at(self.inputs);
        // The softmax does not depend on b.
        let (_, rest) = rest.split_at(1);
        let (w1, rest) = rest.split_at(self.hidden * self.inputs);
        let (b1, rest) = rest.split_at(self.hidden);
        let (w2, b2) = rest.split_at(self.classes * self.hidden);
        Parts { w, w1, b1, w2, b2 }
    }
}

/// `max(x, 0)` of each value.
fn rectified(mut values: Vec<f32>) -> Vec<f32> {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
    values
}

impl Formula for SingleAttention {
    fn blocks(&self) -> Vec<Block> {
        vec![
            Block::rows(self.inputs),
            Block::bias(1),
            Block::rows(self.hidden * self.inputs),
            Block::bias(self.hidden),
            Block::weights(self.classes * self.hidden),
            Block::bias(self.classes),
        ]
    }

    /// Units 2 i and 2 i + 1 hold relu(z_i) and relu(-z_i); their difference is class i's logit. If
    /// a class has no weights, its units get the same small values as the spare units: units of
    /// zeros would never get a gradient through the ReLU.
    fn fresh(&self, classifier: &[(Vec<f32>, f32)], resting: Option<usize>) -> Vec<f32> {
        let mut w1: Vec<f32> = quiet_values(self.hidden * self.inputs, 1.0 / (self.inputs as f32).sqrt()).collect();
        let mut b1 = vec![0.0; self.hidden];
        let mut w2 = vec![0.0; self.classes * self.hidden];
        for (class, (weights, bias)) in classifier.iter().enumerate().filter(|(_, (weights, _))| !weights.is_empty()) {
            for (unit, sign) in [(2 * class, 1.0), (2 * class + 1, -1.0)] {
                let row = &mut w1[unit * self.inputs..][..self.inputs];
                row.fill(0.0);
                row.iter_mut().zip(weights).for_each(|(to, from)| *to = sign * from);
                b1[unit] = sign * bias;
                w2[class * self.hidden + unit] = sign;
            }
        }
        let b2 = vec![0.0; self.classes];
        let w = resting.map_or(vec![0.0; self.inputs], |class| direction_against(class, classifier, self.inputs));
        [w, vec![0.0], w1, b1, w2, b2].concat()
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        // relu(s x) = s relu(x) for s > 0, so the factor goes into the hidden layer and the last
        // bias.
        let start = self.inputs + 1;
        let hidden = (self.inputs + 1) * self.hidden;
        scale(&mut parameters[start..start + hidden], 1.0 / temperature);
        let biases = parameters.len() - self.classes;
        scale(&mut parameters[biases..], 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let Parts { w, w1, b1, w2, b2 } = self.parts(parameters);
        let mut attention = vec![0.0; clip.len()];
        products(self.inputs, &clip.values, w, &mut attention);
        softmax(&mut attention);
        let context = weighted_sum(self.inputs, &clip.values, &attention);
        let hidden = rectified(affine(w1, b1, &context));
        let logits = affine(w2, b2, &hidden);
        Forward { logits, attention: Some(attention), tape: vec![context, hidden] }
    }

    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]> {
        let Parts { w, w1, .. } = self.parts(parameters);
        vec![w, w1]
    }

    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward {
        let Parts { b1, w2, b2, .. } = self.parts(parameters);
        let mut attention: Vec<f32> = products.iter().step_by(1 + self.hidden).copied().collect();
        softmax(&mut attention);
        let mut hidden = weighted_sum(1 + self.hidden, products, &attention).split_off(1);
        add_scaled(&mut hidden, 1.0, b1);
        let logits = affine(w2, b2, &rectified(hidden));
        Forward { logits, attention: Some(attention), tape: Vec::new() }
    }

    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let Parts { w1, w2, .. } = self.parts(parameters);
        let (Some(attention), [context, hidden]) = (&forward.attention, forward.tape.as_slice()) else { return };
        let (g_w, rest) = gradient.split_at_mut(self.inputs);
        // The softmax is unchanged when all scores rise equally, so b has no gradient.
        let (_, rest) = rest.split_at_mut(1);
        let (g_w1, rest) = rest.split_at_mut(self.hidden * self.inputs);
        let (g_b1, rest) = rest.split_at_mut(self.hidden);
        let (g_w2, g_b2) = rest.split_at_mut(self.classes * self.hidden);
        affine_backward(hidden, logits, g_w2, g_b2);
        let mut d_hidden = weighted_sum(self.hidden, w2, logits);
        for (d_hidden, &hidden) in d_hidden.iter_mut().zip(hidden) {
            if hidden <= 0.0 {
                *d_hidden = 0.0;
            }
        }
        affine_backward(context, &d_hidden, g_w1, g_b1);
        let d_context = weighted_sum(self.inputs, w1, &d_hidden);
        // The gradient of frame t's score is a_t (x_t . dc - sum_s a_s x_s . dc).
        let mean = dot(context, &d_context);
        let mut scores = [0.0; NEAR_FRAMES];
        for (frames, attention) in clip.blocks(NEAR_FRAMES).zip(attention.chunks(NEAR_FRAMES)) {
            let scores = &mut scores[..attention.len()];
            products(self.inputs, frames, &d_context, scores);
            scores.iter_mut().zip(attention).for_each(|(score, a)| *score = a * (*score - mean));
            accumulate(self.inputs, frames, scores, g_w);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use mien_nn::LinearLayer;
    use mien_nn::math::SplitMix64;

    use super::*;
    use crate::head::tests::{labels, random};
    use crate::head::{Head, HeadKind};
    use crate::train::fit::{FitOptions, fit};

    const INPUTS: usize = 6;
    const HIDDEN: usize = 32;

    fn rows(head: &Head) -> Vec<&[f32]> {
        head.parameters()[INPUTS + 1..][..HIDDEN * INPUTS].chunks(INPUTS).collect()
    }

    #[test]
    fn every_hidden_unit_of_a_blank_head_learns() {
        let body = HeadKind::SingleAttention.body();
        let blank = Head::fresh(labels(3), INPUTS, body, None, 1.0).unwrap();
        let mut rng = SplitMix64::new(4);
        let mut clip = || Clip::from_frames(&[(0..INPUTS).map(|_| random(&mut rng)).collect::<Vec<_>>()]).unwrap();
        let clips: Vec<Clip> = (0..24).map(|_| clip()).collect();
        let samples: Vec<_> = clips.iter().enumerate().map(|(index, clip)| (clip, index % 3)).collect();
        let options = FitOptions { epochs: 5, ..FitOptions::for_kind(HeadKind::SingleAttention) };
        let learned = fit(&blank, &samples, &options, |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(rows(&blank).len(), HIDDEN);
        for (unit, (before, after)) in rows(&blank).into_iter().zip(rows(&learned)).enumerate() {
            assert_ne!(before, after, "unit {unit}");
        }
    }

    #[test]
    fn a_known_class_takes_two_units_and_leaves_the_others_quiet() {
        let body = HeadKind::SingleAttention.body();
        let layer = LinearLayer { weights: vec![0.5, -2.0, 3.0, 0.25], bias: vec![0.5, -1.0] };
        let blank = Head::fresh(labels(2), INPUTS, body, None, 1.0).unwrap();
        let head = Head::fresh(labels(2), INPUTS, body, Some(&layer), 1.0).unwrap();
        let (quiet, known) = (rows(&blank), rows(&head));
        for (unit, want) in [[0.5, -2.0], [-0.5, 2.0], [3.0, 0.25], [-3.0, -0.25]].into_iter().enumerate() {
            assert_eq!(known[unit], [want[0], want[1], 0.0, 0.0, 0.0, 0.0], "unit {unit}");
        }
        assert_eq!(known[4..], quiet[4..]);
        assert!(quiet.iter().all(|row| row.iter().any(|value| *value != 0.0)));
        let rest = |head: &Head| head.parameters()[INPUTS + 1 + HIDDEN * INPUTS..].to_vec();
        assert!(rest(&blank).iter().all(|value| *value == 0.0));
        let (b1, w2) = (rest(&head)[..4].to_vec(), rest(&head)[HIDDEN..].to_vec());
        assert_eq!(b1, [0.5, -0.5, -1.0, 1.0]);
        assert_eq!(
            (w2[..4].to_vec(), w2[HIDDEN..][..4].to_vec()),
            (vec![1.0, -1.0, 0.0, 0.0], vec![0.0, 0.0, 1.0, -1.0])
        );
    }
}
