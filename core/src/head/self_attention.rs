//! Self-attention: `Q = X Wq`, `V = X Wv`, `S = softmax_rows(Q V')`, `Y = S V` (unscaled, key =
//! value), `a = softmax_t(Y w + b)`, `c = Y' a`, `z = W c + b`.

use mien_nn::math::{add_scaled, dot, softmax, softmax_rows};
use mien_nn::simd::{accumulate, products, vectorized};

use super::Clip;
use super::formula::{
    Block, Formula, Forward, affine, affine_backward, odds_against, quiet_values, scale, weighted_sum,
};

/// Parameters: Wq (width x inputs), Wv (width x inputs), w (width), b, W (classes x width), b.
/// The projections are stored by their columns, so that each is one row of inputs.
pub(super) struct SelfAttention {
    pub inputs: usize,
    pub width: usize,
    pub classes: usize,
}

/// The parameters after the projections, by name. Columns of Q and V are stored as rows of T
/// values.
struct Parts<'a> {
    w: &'a [f32],
    output: &'a [f32],
    bias: &'a [f32],
}

impl SelfAttention {
    fn parts<'a>(&self, parameters: &'a [f32]) -> Parts<'a> {
        let (w, rest) = parameters[2 * self.width * self.inputs..].split_at(self.width);
        // The softmax does not depend on b.
        let (_, rest) = rest.split_at(1);
        let (output, bias) = rest.split_at(self.classes * self.width);
        Parts { w, output, bias }
    }

    /// The forward pass after the projections; the rows of `projected` are the columns of Q and V,
    /// 2 width x T.
    fn mix(&self, parameters: &[f32], projected: Vec<f32>) -> Forward {
        let Parts { w, output, bias } = self.parts(parameters);
        let frames = projected.len() / (2 * self.width);
        let (query, value) = projected.split_at(self.width * frames);
        let mut mixing = vec![0.0; frames * frames];
        accumulate(frames, value, query, &mut mixing);
        softmax_rows(&mut mixing, frames);
        // Y w = S (V w) and c = Y' a = V' (S' a): Y itself is not needed.
        let scored = weighted_sum(frames, value, w);
        let mut scores = vec![0.0; frames];
        products(frames, &mixing, &scored, &mut scores);
        let mut pooling = scores.clone();
        softmax(&mut pooling);
        let attention = weighted_sum(frames, &mixing, &pooling);
        let mut context = vec![0.0; self.width];
        products(frames, value, &attention, &mut context);
        let logits = affine(output, bias, &context);
        Forward { logits, attention: Some(attention), tape: vec![projected, mixing, scored, scores, pooling, context] }
    }
}

/// Transposes `values` with rows of `width`.
fn transpose(values: &[f32], width: usize) -> Vec<f32> {
    let rows = values.len() / width;
    let mut columns = vec![0.0; values.len()];
    for (r, row) in values.chunks_exact(width).enumerate() {
        for (column, value) in columns.chunks_exact_mut(rows).zip(row) {
            column[r] = *value;
        }
    }
    columns
}

impl Formula for SelfAttention {
    fn blocks(&self) -> Vec<Block> {
        vec![
            Block::rows(self.width * self.inputs),
            Block::rows(self.width * self.inputs),
            Block::weights(self.width),
            Block::bias(1),
            Block::weights(self.classes * self.width),
            Block::bias(self.classes),
        ]
    }

    /// Column i of V is class i's logit. Without a class at rest Wq is zero, so every frame attends
    /// equally to all frames. Otherwise Q is `V / sqrt(width)`: frames attend to those of similar
    /// logits, with the scale of Vaswani et al. (Attention is all you need, 2017).
    fn fresh(&self, classifier: &[(Vec<f32>, f32)], resting: Option<usize>) -> Vec<f32> {
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
        let (mut queries, mut w) = (vec![0.0; self.width * self.inputs], vec![0.0; self.width]);
        if let Some(class) = resting {
            let known = classifier.len() * self.inputs;
            queries[..known].copy_from_slice(&values[..known]);
            scale(&mut queries, 1.0 / (self.width as f32).sqrt());
            w.iter_mut().zip(odds_against(class, classifier.len())).for_each(|(to, from)| *to = from);
        }
        [queries, values, w, vec![0.0], output, bias].concat()
    }

    fn soften(&self, parameters: &mut [f32], temperature: f32) {
        // V and the last bias are divided; the other parameters that read V are multiplied.
        let (k, size) = (self.width, self.width * self.inputs);
        scale(&mut parameters[..size], temperature);
        scale(&mut parameters[size..2 * size], 1.0 / temperature);
        scale(&mut parameters[2 * size..2 * size + k], temperature);
        let biases = parameters.len() - self.classes;
        scale(&mut parameters[biases..], 1.0 / temperature);
    }

    fn forward(&self, parameters: &[f32], clip: &Clip) -> Forward {
        let mut projected = vec![0.0; 2 * self.width * clip.len()];
        products(self.inputs, &parameters[..2 * self.width * self.inputs], &clip.values, &mut projected);
        self.mix(parameters, projected)
    }

    fn projections<'a>(&self, parameters: &'a [f32]) -> Vec<&'a [f32]> {
        vec![&parameters[..2 * self.width * self.inputs]]
    }

    fn combine(&self, parameters: &[f32], products: &[f32]) -> Forward {
        self.mix(parameters, transpose(products, 2 * self.width))
    }

    /// With p = V dc and e = V w, the gradient of row t of Y is `a_t dc + b_t w`, where b is the
    /// gradient of the scores; the gradient of S is therefore `a_t p_s + b_t e_s`.
    fn backward(&self, parameters: &[f32], clip: &Clip, forward: &Forward, logits: &[f32], gradient: &mut [f32]) {
        let [projected, mixing, scored, scores, pooling, context] = forward.tape.as_slice() else { return };
        let Some(attention) = &forward.attention else { return };
        let Parts { w, output, .. } = self.parts(parameters);
        let (k, frames) = (self.width, clip.len());
        let (query, value) = projected.split_at(k * frames);
        let (g_projections, rest) = gradient.split_at_mut(2 * k * self.inputs);
        let (g_w, rest) = rest.split_at_mut(k);
        // The softmax is unchanged when all scores rise equally, so b has no gradient.
        let (_, rest) = rest.split_at_mut(1);
        let (g_output, g_bias) = rest.split_at_mut(self.classes * k);

        affine_backward(context, logits, g_output, g_bias);
        let d_context = weighted_sum(k, output, logits);
        let pulled = weighted_sum(frames, value, &d_context);
        let mut d_pooling = vec![0.0; frames];
        products(frames, mixing, &pulled, &mut d_pooling);
        let mean = dot(context, &d_context);
        let d_scores: Vec<f32> = pooling.iter().zip(&d_pooling).map(|(a, da)| a * (da - mean)).collect();
        let mixed = weighted_sum(frames, mixing, &d_scores);
        let mut d_w = vec![0.0; k];
        products(frames, value, &mixed, &mut d_w);
        add_scaled(g_w, 1.0, &d_w);

        let mut d_mixing = mixing.clone();
        vectorized(
            #[inline(always)]
            || {
                for (t, row) in d_mixing.chunks_exact_mut(frames).enumerate() {
                    let (a, b) = (pooling[t], d_scores[t]);
                    let mean = a * d_pooling[t] + b * scores[t];
                    for ((d, p), e) in row.iter_mut().zip(&pulled).zip(scored) {
                        *d *= a * p + b * e - mean;
                    }
                }
            },
        );
        let mut d_projected = vec![0.0; 2 * k * frames];
        let (d_query, d_value) = d_projected.split_at_mut(k * frames);
        products(frames, value, &d_mixing, d_query);
        accumulate(frames, &[attention.as_slice(), &mixed].concat(), &[&d_context, w].concat(), d_value);
        accumulate(frames, &d_mixing, &transpose(query, frames), d_value);
        accumulate(self.inputs, &clip.values, &transpose(&d_projected, frames), g_projections);
    }
}
