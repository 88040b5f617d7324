//! Profiles as older versions wrote them.

use serde::{Deserialize, Serialize};

use super::corrections::{CorrectionsVersion3, CorrectionsVersion4, LearnedFrom};
use super::history::AdaptedHead;
use crate::codec::{Halves, Opened};
use crate::error::Result;
use crate::train::adapt::Evidence;

/// A generation of a version 4 profile: that of version 3, and what it was learned from.
#[derive(Serialize, Deserialize)]
pub(super) struct HeadVersion4 {
    pub head: HeadVersion3,
    pub learned_from: Option<LearnedFrom>,
}

impl From<HeadVersion4> for AdaptedHead {
    fn from(HeadVersion4 { head, learned_from }: HeadVersion4) -> Self {
        let HeadVersion3 { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence } = head;
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

/// The layout of a version 3 profile, in which only the newest generation learned from corrections is
/// known as such.
#[derive(Serialize, Deserialize)]
pub(super) struct Version3 {
    pub rest: Version2,
    pub corrections: CorrectionsVersion3,
}

impl From<Version3> for Version4 {
    fn from(Version3 { rest, corrections }: Version3) -> Self {
        let learned_from = |generation| corrections.learned_from(generation);
        let old = rest.with(learned_from);
        Self { corrections: corrections.into(), ..old }
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

impl Version2 {
    /// Returns the profile with what its generations were learned from, and no corrections.
    fn with(self, learned_from: impl Fn(u32) -> Option<LearnedFrom>) -> Version4 {
        let Self { name, enrolled_at_ms, identity_network, embeddings, generations, active } = self;
        let generation = |head: HeadVersion3| HeadVersion4 { learned_from: learned_from(head.number), head };
        let generations = generations.into_iter().map(generation).collect();
        let corrections = CorrectionsVersion4::default();
        Version4 { name, enrolled_at_ms, identity_network, embeddings, generations, active, corrections }
    }
}

impl From<Version2> for Version4 {
    fn from(old: Version2) -> Self {
        old.with(|_| None)
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
        let generation = |HeadVersion1 { bytes, networks, adapted_at_ms, clips }| {
            let (number, estimated_loss, evidence) = (1, None, Vec::new());
            let head = HeadVersion3 { number, bytes, networks, adapted_at_ms, clips, estimated_loss, evidence };
            HeadVersion4 { head, learned_from: None }
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
