//! Self-attention: `Q = X Wq`, `V = X Wv`, `S = softmax_rows(Q V')`, `Y = S V` (unscaled, key =
//! value), `a = softmax_t(Y w + b)`, `c = Y' a`, `z = W c + b`.

use super::Clip;
use super::formula::{Block, Formula, Forward, affine, quiet_values, scale, softmax_backward};
use crate::math::{add_scaled, dot, softmax};

/// Parameters: Wq (width x inputs), Wv (width x inputs), w (width), b, W (classes x width), b.
/// The projections are stored by their columns, so that each is one row of inputs.
pub(super) struct SelfAttention {
    pub inputs: usize,
    pub width: usize,
    pub classes: usize,
}

impl SelfAttention {
    /// X times a projection: T x width, row-major.
    fn project(&self, clip: &Clip, projection: &[f32]) -> Vec<f32> {
        let columns = || projection.chunks_exact(self.inputs);
        clip.frames().flat_map(|frame| columns().map(move |column| dot(frame, column))).collect()
    }
}

impl Formula for SelfAttention {
    fn blocks(&self) -> Vec<Block> {
        vec![
            Block::weights(self.width * self.inputs),
            Block::weights(self.width * self.inputs),
            Block::weights(self.width),
            Block::bias(1),
            Block::weights(self.classes * self.width),
            Block::bias(self.classes),
        ]
    }

    /// Wq is zero, so every frame attends to all alike; column i of V is class i's logit.
    fn fresh(&self, classifier: &[(Vec<f32>, f32)]) -> Vec<f32> {
        let size = 1.0 / (self.inputs as f32).sqrt();
        let mut values: Vec<f32> = quiet_values(self.width * self.inputs, size).collect();
        let mut output = vec![0.0; self.classes * self.width];
        for (class, (weights, _)) in classifier.iter().enumerate() {
            let column = &mut values[class * self.inputs..][..self.inputs];
            column.fill(0.0);
            column[..weights.len()].copy_from_slice(weights);
            output[class * self.width + class] = 1.0;
        }
        let bias = classifier.iter().map(|(_, bias)| *bias).collect();
        [vec![0.0; self.width * self.inputs], values, vec![0.0; self.width + 1], output, bias].concat()
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        // V takes the factor and the last bias; what reads V otherwise takes its inverse.
        let (k, size) = (self.width, self.width * self.inputs);
        scale(&mut parameters[..size], temperature);
        scale(&mut parameters[size..2 * size], 1.0 / temperature);
        scale(&mut parameters[2 * size..2 * size + k], temperature);
        let biases = parameters.len() - self.classes;
        scale(&mut parameters[biases..], 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let (k, size) = (self.width, self.width * self.inputs);
        let (query, rest) = parameters.split_at(size);
        let (value, rest) = rest.split_at(size);
        let (w, rest) = rest.split_at(k);
        let (b, rest) = rest.split_at(1);
        let (output, bias) = rest.split_at(self.classes * k);
        let (q, v) = (self.project(clip, query), self.project(clip, value));
        let frames = clip.len();
        let (mut scores, mut mixed) = (Vec::with_capacity(frames * frames), vec![0.0; frames * k]);
        for (q, y) in q.chunks_exact(k).zip(mixed.chunks_exact_mut(k)) {
            let mut row: Vec<f32> = v.chunks_exact(k).map(|v| dot(q, v)).collect();
            softmax(&mut row);
            for (v, s) in v.chunks_exact(k).zip(&row) {
                add_scaled(y, *s, v);
            }
            scores.extend(row);
        }
        let mut pooling: Vec<f32> = mixed.chunks_exact(k).map(|y| dot(y, w) + b[0]).collect();
        softmax(&mut pooling);
        let mut context = vec![0.0; k];
        let mut attention = vec![0.0; frames];
        for ((y, row), &a) in mixed.chunks_exact(k).zip(scores.chunks_exact(frames)).zip(&pooling) {
            add_scaled(&mut context, a, y);
            // c = sum_t a_t sum_s S_ts v_s: frame s counts with sum_t a_t S_ts.
            add_scaled(&mut attention, a, row);
        }
        let logits = affine(output, bias, &context);
        Forward { logits, attention: Some(attention), tape: vec![q, v, scores, mixed, pooling, context] }
    }

    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let (k, size, frames) = (self.width, self.width * self.inputs, clip.len());
        let w = &parameters[2 * size..][..k];
        let output = &parameters[2 * size + k + 1..][..self.classes * k];
        let [q, v, scores, mixed, pooling, context] = forward.tape.as_slice() else { return };
        let (g_query, rest) = gradient.split_at_mut(size);
        let (g_value, rest) = rest.split_at_mut(size);
        let (g_w, rest) = rest.split_at_mut(k);
        // The softmax does not change where all scores rise, so b has no gradient.
        let (_, rest) = rest.split_at_mut(1);
        let (g_output, g_bias) = rest.split_at_mut(self.classes * k);

        add_scaled(g_bias, 1.0, logits);
        let mut d_context = vec![0.0; k];
        for (class, &dz) in logits.iter().enumerate() {
            add_scaled(&mut g_output[class * k..][..k], dz, context);
            add_scaled(&mut d_context, dz, &output[class * k..][..k]);
        }
        let d_pooling: Vec<f32> = mixed.chunks_exact(k).map(|y| dot(y, &d_context)).collect();
        let d_pooling = softmax_backward(pooling, &d_pooling);
        let (mut d_q, mut d_v) = (vec![0.0; frames * k], vec![0.0; frames * k]);
        for t in 0..frames {
            let y = &mixed[t * k..][..k];
            add_scaled(g_w, d_pooling[t], y);
            let mut d_y = vec![0.0; k];
            add_scaled(&mut d_y, pooling[t], &d_context);
            add_scaled(&mut d_y, d_pooling[t], w);
            let row = &scores[t * frames..][..frames];
            let d_row: Vec<f32> = v.chunks_exact(k).map(|v| dot(v, &d_y)).collect();
            for (s, ds) in softmax_backward(row, &d_row).into_iter().enumerate() {
                add_scaled(&mut d_v[s * k..][..k], row[s], &d_y);
                add_scaled(&mut d_v[s * k..][..k], ds, &q[t * k..][..k]);
                add_scaled(&mut d_q[t * k..][..k], ds, &v[s * k..][..k]);
            }
        }
        for (t, frame) in clip.frames().enumerate() {
            for column in 0..k {
                add_scaled(&mut g_query[column * self.inputs..][..self.inputs], d_q[t * k + column], frame);
                add_scaled(&mut g_value[column * self.inputs..][..self.inputs], d_v[t * k + column], frame);
            }
        }
    }
}
