//! Relation attention (Meng et al., Frame Attention Networks, ICIP 2019):
//! `a_t = sigmoid(x_t.q0)`, `f' = sum a x / sum a`, `r_t = sigmoid([x_t; f'].q1)`,
//! `f = sum a r [x; f'] / sum a r`, `z = W f + b`.
//!
//! With `u_t = a_t r_t` and `g = sum u x / sum u`, f is `[g; f']`: the weights of the second
//! half cancel.

use super::Clip;
use super::formula::{Block, Formula, Forward, affine, scale};
use crate::math::{add_scaled, dot};

/// Parameters: q0 (inputs), q1 (2 inputs: frame, summary), W (classes x 2 inputs), b.
pub(super) struct RelationAttention {
    pub inputs: usize,
    pub classes: usize,
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}

/// `sum w x / sum w` over the frames of `clip`.
fn weighted_mean(clip: &Clip, weights: &[f32]) -> Vec<f32> {
    let total: f32 = weights.iter().sum();
    let mut mean = vec![0.0; clip.dimension()];
    for (frame, weight) in clip.frames().zip(weights) {
        add_scaled(&mut mean, weight / total, frame);
    }
    mean
}

impl Formula for RelationAttention {
    fn blocks(&self) -> Vec<Block> {
        vec![
            Block::weights(self.inputs),
            Block::weights(2 * self.inputs),
            Block::weights(2 * self.classes * self.inputs),
            Block::bias(self.classes),
        ]
    }

    fn fresh(&self, classifier: &[(Vec<f32>, f32)]) -> Vec<f32> {
        let mut weights = vec![0.0; 2 * self.classes * self.inputs];
        for (row, (from, _)) in weights.chunks_exact_mut(2 * self.inputs).zip(classifier) {
            row[..from.len()].copy_from_slice(from);
        }
        let bias = classifier.iter().map(|(_, bias)| *bias).collect();
        [vec![0.0; 3 * self.inputs], weights, bias].concat()
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        scale(&mut parameters[3 * self.inputs..], 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let (q0, rest) = parameters.split_at(self.inputs);
        let (q1, rest) = rest.split_at(2 * self.inputs);
        let (weights, bias) = rest.split_at(2 * self.classes * self.inputs);
        let (q1_frame, q1_summary) = q1.split_at(self.inputs);
        let first: Vec<f32> = clip.frames().map(|frame| sigmoid(dot(frame, q0))).collect();
        let summary = weighted_mean(clip, &first);
        let shared = dot(&summary, q1_summary);
        let relation: Vec<f32> = clip.frames().map(|frame| sigmoid(dot(frame, q1_frame) + shared)).collect();
        let both: Vec<f32> = first.iter().zip(&relation).map(|(a, r)| a * r).collect();
        let total: f32 = both.iter().sum();
        let fused = [weighted_mean(clip, &both), summary].concat();
        let logits = affine(weights, bias, &fused);
        let attention = both.iter().map(|u| u / total).collect();
        Forward { logits, attention: Some(attention), tape: vec![first, relation, fused] }
    }

    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let n = self.inputs;
        let weights = &parameters[3 * n..][..2 * self.classes * n];
        let q1_summary = &parameters[2 * n..3 * n];
        let [first, relation, fused] = forward.tape.as_slice() else { return };
        let (g_q0, rest) = gradient.split_at_mut(n);
        let (g_q1, rest) = rest.split_at_mut(2 * n);
        let (g_weights, g_bias) = rest.split_at_mut(2 * self.classes * n);
        let (g_q1_frame, g_q1_summary) = g_q1.split_at_mut(n);
        let (g, summary) = fused.split_at(n);

        add_scaled(g_bias, 1.0, logits);
        let mut d_fused = vec![0.0; 2 * n];
        for (class, &dz) in logits.iter().enumerate() {
            let row = 2 * n * class..2 * n * (class + 1);
            add_scaled(&mut g_weights[row.clone()], dz, fused);
            add_scaled(&mut d_fused, dz, &weights[row]);
        }
        let (d_g, d_summary) = d_fused.split_at_mut(n);
        let total: f32 = first.iter().zip(relation).map(|(a, r)| a * r).sum();
        let offset = dot(g, d_g);
        let mut d_first = Vec::with_capacity(first.len());
        let mut d_shared = 0.0;
        for ((frame, &a), &r) in clip.frames().zip(first).zip(relation) {
            let du = (dot(frame, d_g) - offset) / total;
            let dv = a * du * r * (1.0 - r);
            add_scaled(g_q1_frame, dv, frame);
            d_shared += dv;
            d_first.push(r * du);
        }
        add_scaled(g_q1_summary, d_shared, summary);
        add_scaled(d_summary, d_shared, q1_summary);
        let total: f32 = first.iter().sum();
        let offset = dot(summary, d_summary);
        for ((frame, &a), da) in clip.frames().zip(first).zip(d_first) {
            let da = da + (dot(frame, d_summary) - offset) / total;
            add_scaled(g_q0, da * a * (1.0 - a), frame);
        }
    }
}
