//! Arithmetic of identity embeddings.

/// Returns the weighted mean of embeddings, scaled to length 1; `None` if there are none.
pub fn mean_embedding<'a>(embeddings: impl IntoIterator<Item = (&'a [f32], f32)>) -> Option<Vec<f32>> {
    let mut mean: Option<Vec<f32>> = None;
    for (embedding, weight) in embeddings {
        let mean = mean.get_or_insert_with(|| vec![0.0; embedding.len()]);
        mean.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += weight * value);
    }
    if let Some(mean) = &mut mean {
        normalize(mean);
    }
    mean
}

/// Divides `vector` by its Euclidean length; a zero vector stays zero.
pub fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}
