//! Relation attention (Meng et al., Frame Attention Networks, ICIP 2019):
//! `a_t = sigmoid(x_t.q0)`, `f' = sum a x / sum a`, `r_t = sigmoid([x_t; f'].q1)`,
//! `f = sum a r [x; f'] / sum a r`, `z = W f + b`.
//!
//! With `u_t = a_t r_t` and `g = sum u x / sum u`, f is `[g; f']`: the weights of the second half
//! cancel.

use mien_nn::math::{add_scaled, dot, sigmoid};
use mien_nn::simd::{accumulate, products};

use super::Clip;
use super::formula::{
    Block, Formula, Forward, NEAR_FRAMES, affine, affine_backward, direction_against, scale, weighted_sum,
};

/// Parameters: q0 (inputs), q1 (2 inputs: frame, summary), W (classes x 2 inputs), b.
pub(super) struct RelationAttention {
    pub inputs: usize,
    pub classes: usize,
}

/// Returns `weights` divided by their sum.
fn shares(mut weights: Vec<f32>) -> Vec<f32> {
    let total: f32 = weights.iter().sum();
    scale(&mut weights, 1.0 / total);
    weights
}

impl Formula for RelationAttention {
    fn blocks(&self) -> Vec<Block> {
        vec![
            Block::rows(self.inputs),
            Block::rows(2 * self.inputs),
            Block::rows(2 * self.classes * self.inputs),
            Block::bias(self.classes),
        ]
    }

    /// Both weights of a frame are sigmoids, which grow as exponentials while they are small, so each
    /// takes half of the log odds; the second compares the frame's with the summary's.
    fn fresh(&self, classifier: &[(Vec<f32>, f32)], resting: Option<usize>) -> Vec<f32> {
        let mut weights = vec![0.0; 2 * self.classes * self.inputs];
        for (row, (from, _)) in weights.chunks_exact_mut(2 * self.inputs).zip(classifier) {
            row[..from.len()].copy_from_slice(from);
        }
        let bias = classifier.iter().map(|(_, bias)| *bias).collect();
        let mut half =
            resting.map_or(vec![0.0; self.inputs], |class| direction_against(class, classifier, self.inputs));
        scale(&mut half, 0.5);
        let against = half.iter().map(|value| -value).collect();
        [half.clone(), half, against, weights, bias].concat()
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        scale(&mut parameters[3 * self.inputs..], 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let n = self.inputs;
        let (queries, rest) = parameters.split_at(2 * n);
        let (q1_summary, rest) = rest.split_at(n);
        let (weights, bias) = rest.split_at(2 * self.classes * n);
        let (mut first, mut relation) = (Vec::with_capacity(clip.len()), Vec::with_capacity(clip.len()));
        let (mut summary, mut scores) = (vec![0.0; n], [0.0; 2 * NEAR_FRAMES]);
        for frames in clip.blocks(NEAR_FRAMES) {
            let scores = &mut scores[..2 * frames.len() / n];
            products(n, frames, queries, scores);
            let seen = first.len();
            for score in scores.chunks_exact(2) {
                first.push(sigmoid(score[0]));
                relation.push(score[1]);
            }
            accumulate(n, frames, &first[seen..], &mut summary);
        }
        scale(&mut summary, 1.0 / first.iter().sum::<f32>());
        let shared = dot(&summary, q1_summary);
        relation.iter_mut().for_each(|score| *score = sigmoid(*score + shared));
        let both: Vec<f32> = first.iter().zip(&relation).map(|(a, r)| a * r).collect();
        let total: f32 = both.iter().sum();
        let slopes = both.iter().zip(&relation).flat_map(|(u, r)| [u / total, u * (1.0 - r) / total]);
        let mut sums = vec![0.0; 2 * n];
        accumulate(n, &clip.values, &slopes.collect::<Vec<_>>(), &mut sums);
        let (g, slope) = sums.split_at(n);
        let fused = [g, &summary].concat();
        let logits = affine(weights, bias, &fused);
        Forward { logits, attention: Some(shares(both)), tape: vec![first, relation, fused, slope.to_vec()] }
    }

    /// q0, both halves of q1, and the rows of W in halves: first the half for g, then the half for
    /// the summary.
    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]> {
        vec![&parameters[..(3 + 2 * self.classes) * self.inputs]]
    }

    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward {
        let length = 3 + 2 * self.classes;
        let rows = products.chunks_exact(length);
        let first: Vec<f32> = rows.clone().map(|row| sigmoid(row[0])).collect();
        let summary = weighted_sum(length, products, &shares(first.clone()));
        let relation = rows.map(|row| sigmoid(row[1] + summary[2]));
        let attention = shares(first.iter().zip(relation).map(|(a, r)| a * r).collect());
        let g = weighted_sum(length, products, &attention);
        let mut logits = parameters[length * self.inputs..].to_vec();
        for (class, logit) in logits.iter_mut().enumerate() {
            *logit += g[3 + 2 * class] + summary[4 + 2 * class];
        }
        Forward { logits, attention: Some(attention), tape: Vec::new() }
    }

    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let n = self.inputs;
        let weights = &parameters[3 * n..][..2 * self.classes * n];
        let q1_summary = &parameters[2 * n..3 * n];
        let [first, relation, fused, slope] = forward.tape.as_slice() else { return };
        let (g_queries, rest) = gradient.split_at_mut(2 * n);
        let (g_q1_summary, rest) = rest.split_at_mut(n);
        let (g_weights, g_bias) = rest.split_at_mut(2 * self.classes * n);
        let (g, summary) = fused.split_at(n);

        affine_backward(fused, logits, g_weights, g_bias);
        let mut d_fused = weighted_sum(2 * n, weights, logits);
        let (d_g, d_summary) = d_fused.split_at_mut(n);
        let weight = Totals::of(first, relation);
        let offset = dot(g, d_g);
        let d_shared = dot(slope, d_g) - weight.slopes / weight.both * offset;
        add_scaled(g_q1_summary, d_shared, summary);
        add_scaled(d_summary, d_shared, q1_summary);
        let summary_offset = dot(summary, d_summary);

        let weights = first.chunks(NEAR_FRAMES).zip(relation.chunks(NEAR_FRAMES));
        let mut scores = [0.0; 2 * NEAR_FRAMES];
        for (frames, (first, relation)) in clip.blocks(NEAR_FRAMES).zip(weights) {
            let scores = &mut scores[..2 * first.len()];
            products(n, frames, &d_fused, scores);
            for ((score, a), r) in scores.chunks_exact_mut(2).zip(first).zip(relation) {
                let du = (score[0] - offset) / weight.both;
                let da = r * du + (score[1] - summary_offset) / weight.first;
                score[0] = da * a * (1.0 - a);
                score[1] = a * du * r * (1.0 - r);
            }
            accumulate(n, frames, scores, g_queries);
        }
    }
}

/// Sums over frames.
struct Totals {
    /// Sum of a.
    first: f32,
    /// Sum of u = a r.
    both: f32,
    /// Sum of a r (1 - r), the derivative of u with respect to the shared relation score.
    slopes: f32,
}

impl Totals {
    fn of(first: &[f32], relation: &[f32]) -> Self {
        let mut totals = Self { first: 0.0, both: 0.0, slopes: 0.0 };
        for (a, r) in first.iter().zip(relation) {
            totals.first += a;
            totals.both += a * r;
            totals.slopes += a * r * (1.0 - r);
        }
        totals
    }
}
