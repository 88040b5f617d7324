//! What the vector of a clip of speech is made of.

use std::sync::Arc;

use super::descriptor::{self, CLIP_VALUES};
use super::embedding::Embedding;
use super::frame::SpeechFrame;
use crate::error::Result;
use crate::models::ModelPack;

/// Makes the vector of a clip of speech: the statistics of [`descriptor`], and those of a learned embedding if the model
/// pack has one. A clone is cheap.
#[derive(Debug, Clone)]
pub struct SpeechFeatures {
    embedding: Option<Arc<Embedding>>,
    name: Arc<str>,
}

impl Default for SpeechFeatures {
    /// Returns the statistics alone.
    fn default() -> Self {
        Self { embedding: None, name: descriptor::FEATURES.into() }
    }
}

impl SpeechFeatures {
    /// Returns the features that `pack` makes.
    ///
    /// # Errors
    /// `ModelLoad` if the pack's network for speech does not fit its entry.
    pub fn of_pack(pack: &ModelPack) -> Result<Self> {
        let Some(embedding) = Embedding::of_pack(pack)? else { return Ok(Self::default()) };
        let name = format!("{}+{}", descriptor::FEATURES, embedding.sha256()).into();
        Ok(Self { embedding: Some(Arc::new(embedding)), name })
    }

    /// Returns the name of these features in files: heads that were learned on others do not read them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of values of a clip.
    pub fn values(&self) -> usize {
        CLIP_VALUES + self.embedding.as_ref().map_or(0, |embedding| embedding.values())
    }

    /// Whether `vector` may be one of these: as many values, all finite.
    pub(crate) fn fits(&self, vector: &[f32]) -> bool {
        vector.len() == self.values() && vector.iter().all(|value| value.is_finite())
    }

    /// Returns the multiply-adds of the learned embedding per second of sound; 0 without one.
    pub fn multiply_adds_per_second(&self) -> u64 {
        self.embedding.as_ref().map_or(0, |embedding| embedding.multiply_adds_per_second())
    }

    /// Returns the number of values of the rows of [`SpeechFeatures::rows`]; `None` without a learned embedding.
    pub fn row_values(&self) -> Option<usize> {
        self.embedding.as_ref().map(|embedding| embedding.values() + CLIP_VALUES)
    }

    /// Returns the learned embedding of the speech in `frames` as a sequence: a row for each 80 ms, its values followed by
    /// the statistics of the clip, which are the same in all rows. `None` without a voice or a learned embedding.
    ///
    /// # Errors
    /// `Internal` if the network fails.
    pub fn rows(&self, frames: &[SpeechFrame]) -> Result<Option<Vec<Vec<f32>>>> {
        let (Some(embedding), Some(values)) = (&self.embedding, descriptor::describe(frames)) else { return Ok(None) };
        let mut rows = embedding.rows(frames)?;
        rows.iter_mut().for_each(|row| row.extend_from_slice(&values));
        Ok(Some(rows))
    }

    /// Returns the vector of the speech in `frames`: [`descriptor::describe`], then the mean of each value of the
    /// embedding. `None` as there.
    ///
    /// # Errors
    /// `Internal` if the network fails.
    pub fn describe(&self, frames: &[SpeechFrame]) -> Result<Option<Vec<f32>>> {
        let Some(mut values) = descriptor::describe(frames) else { return Ok(None) };
        if let Some(embedding) = &self.embedding {
            values.extend(embedding.means(frames)?);
        }
        Ok(Some(values))
    }
}
