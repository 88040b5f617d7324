//! Profiles as older versions wrote them.

use serde::{Deserialize, Serialize};

use super::corrections::{CorrectionsVersion3, CorrectionsVersion4, LearnedFrom};
use super::history::AdaptedHead;
use crate::codec::{Halves, Opened};
use crate::error::Result;
use crate::train::adapt::Evidence;

/// A generation of a version 4 profile.
#[derive(Serialize, Deserialize)]
pub(super) struct HeadVersion4 {
    pub number: u32,
    pub bytes: Vec<u8>,
    pub networks: String,
    pub adapted_at_ms: u64,
    pub clips: u32,
    pub estimated_loss: Option<f32>,
    pub evidence: Vec<Evidence>,
    pub learned_from: Option<LearnedFrom>,
}

impl From<HeadVersion4> for AdaptedHead {
    fn from(old: HeadVersion4) -> Self {
        let HeadVersion4 { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence, learned_from } =
            old;
        Self { number, bytes, networks, scale: None, adapted_at_ms, clips, estimated_loss, evidence, learned_from }
    }
}

/// The layout of a version 4 profile, which has heads for faces only.
#[derive(Serialize, Deserialize)]
pub(super) struct Version4 {
    pub name: String,
    pub enrolled_at_ms: u64,
    pub identity_network: String,
    pub embeddings: Vec<Halves>,
    pub generations: Vec<HeadVersion4>,
    pub active: Option<u32>,
    pub corrections: CorrectionsVersion4,
}

/// Reads a profile of version 1 to 4.
///
/// # Errors
/// `ProfileCorrupt` if it is damaged.
pub(super) fn read(opened: &Opened<'_>) -> Result<Version4> {
    Ok(match opened.version {
        1 => opened.read::<Version1>()?.into(),
        2 => opened.read::<Version2>()?.into(),
        3 => opened.read::<Version3>()?.into(),
        _ => opened.read()?,
    })
}

/// A generation of a version 2 or 3 profile.
#[derive(Serialize, Deserialize)]
pub(super) struct HeadVersion3 {
    pub number: u32,
    pub bytes: Vec<u8>,
    pub networks: String,
    pub adapted_at_ms: u64,
    pub clips: u32,
    pub estimated_loss: Option<f32>,
    pub evidence: Vec<Evidence>,
}

impl HeadVersion3 {
    fn with(self, learned_from: Option<LearnedFrom>) -> HeadVersion4 {
        let Self { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence } = self;
        HeadVersion4 { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence, learned_from }
    }
}

/// The layout of a version 3 profile, in which only the newest generation learned from corrections is
/// known as such.
#[derive(Serialize, Deserialize)]
pub(super) struct Version3 {
    pub name: String,
    pub enrolled_at_ms: u64,
    pub identity_network: String,
    pub embeddings: Vec<Halves>,
    pub generations: Vec<HeadVersion3>,
    pub active: Option<u32>,
    pub corrections: CorrectionsVersion3,
}

impl From<Version3> for Version4 {
    fn from(old: Version3) -> Self {
        let Version3 { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections } = old;
        let generations = generations.into_iter().map(|head| {
            let lesson = corrections.learned_from(head.number);
            head.with(lesson)
        });
        let generations = generations.collect();
        let corrections = corrections.into();
        Self { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections }
    }
}

/// The layout of a version 2 profile, which has no corrections.
#[derive(Serialize, Deserialize)]
pub(super) struct Version2 {
    pub name: String,
    pub enrolled_at_ms: u64,
    pub identity_network: String,
    pub embeddings: Vec<Halves>,
    pub generations: Vec<HeadVersion3>,
    pub active: Option<u32>,
}

impl From<Version2> for Version4 {
    fn from(old: Version2) -> Self {
        let Version2 { name, enrolled_at_ms, identity_network, embeddings, generations, active } = old;
        let generations = generations.into_iter().map(|head| head.with(None)).collect();
        let corrections = CorrectionsVersion4::default();
        Self { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections }
    }
}

/// The layout of a version 1 profile.
#[derive(Deserialize)]
pub(super) struct Version1 {
    pub name: String,
    pub enrolled_at_ms: u64,
    pub identity_network: String,
    pub embeddings: Vec<Vec<u16>>,
    pub head: Option<HeadVersion1>,
}

/// The only head of a user in version 1.
#[derive(Deserialize)]
pub(super) struct HeadVersion1 {
    pub bytes: Vec<u8>,
    pub networks: String,
    pub adapted_at_ms: u64,
    pub clips: u32,
}

impl From<Version1> for Version4 {
    /// The head becomes generation 1, which is active.
    fn from(old: Version1) -> Self {
        let embeddings = old.embeddings.into_iter().map(Halves::of_bits);
        let generation = |HeadVersion1 { bytes, networks, adapted_at_ms, clips }| HeadVersion4 {
            number: 1,
            bytes,
            networks,
            adapted_at_ms,
            clips,
            estimated_loss: None,
            evidence: Vec::new(),
            learned_from: None,
        };
        Self {
            name: old.name,
            enrolled_at_ms: old.enrolled_at_ms,
            identity_network: old.identity_network,
            embeddings: embeddings.collect(),
            active: old.head.is_some().then_some(1),
            generations: old.head.into_iter().map(generation).collect(),
            corrections: CorrectionsVersion4::default(),
        }
    }
}
