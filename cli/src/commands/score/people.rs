//! The people of labeled pictures, and the users of the store.

use std::collections::BTreeMap;

use mien_core::Engine;
use mien_core::head::{Clip, Head};
use mien_core::train::adapt::Evidence;
use mien_core::users::profile::Profile;
use serde::Serialize;

use super::Seen;
use super::folders::same_name;
use crate::process::failure::Outcome;

/// How a person was matched with a user.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    Name,
    Identification,
}

/// A person of the data.
#[derive(Serialize)]
pub struct Person {
    /// The user who it is; `None` if the person is not enrolled.
    pub user: Option<String>,
    pub matched_by: Option<MatchedBy>,
    /// Number of clips that identification takes for this user.
    pub recognized_clips: usize,
    pub clips: usize,
    /// The user's own head; `None` if there is none for the networks in use.
    pub head: Option<OwnHead>,
}

/// A user's active head.
#[derive(Serialize)]
pub struct OwnHead {
    pub generation: u32,
    /// Number of clips that it learned from.
    pub clips: u32,
    #[serde(skip)]
    evidence: Vec<Evidence>,
    #[serde(skip)]
    labels: Vec<String>,
}

impl OwnHead {
    fn of(profile: &Profile, engine: &Engine) -> Outcome<Option<Self>> {
        let Some(head) = profile.face.head().filter(|head| head.networks == engine.networks()) else { return Ok(None) };
        let labels = Head::decode(&head.bytes)?.labels().to_vec();
        Ok(Some(Self { generation: head.number, clips: head.clips, evidence: head.evidence.clone(), labels }))
    }

    /// Whether the head learned from this very clip, under any label; `None` if the head does not tell. A clip of other
    /// pictures is another clip, however alike they are.
    pub fn learned(&self, clip: &Clip) -> Option<bool> {
        let is_known = |label: &String| {
            let clip = Evidence::of_clip(clip, label);
            self.evidence.iter().any(|evidence| evidence.clip == clip)
        };
        (self.evidence.len() >= self.clips as usize).then(|| self.labels.iter().any(is_known))
    }
}

/// Matches the people of `seen` with the users of the store: by name, or else by identification of most of their
/// clips.
pub fn people(engine: &Engine, profiles: &[Profile], seen: &[Seen]) -> Outcome<BTreeMap<String, Person>> {
    let mut clips: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for one in seen {
        clips.entry(&one.entry.subject).or_default().push(one);
    }
    let person = |(name, clips): (&str, Vec<&Seen>)| {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        clips.iter().filter_map(|one| one.identity.user()).for_each(|user| *found.entry(user).or_default() += 1);
        let named = profiles.iter().find(|profile| same_name(&profile.name, name));
        let most = found.iter().max_by_key(|(_, count)| **count).filter(|(_, count)| 2 * **count > clips.len());
        let identified = most.and_then(|(user, _)| profiles.iter().find(|profile| profile.name == **user));
        let matched_by = match (named, identified) {
            (Some(_), _) => Some(MatchedBy::Name),
            (None, Some(_)) => Some(MatchedBy::Identification),
            (None, None) => None,
        };
        let profile = named.or(identified);
        let person = Person {
            user: profile.map(|profile| profile.name.clone()),
            matched_by,
            recognized_clips: profile.and_then(|profile| found.get(profile.name.as_str())).copied().unwrap_or(0),
            clips: clips.len(),
            head: profile.map(|profile| OwnHead::of(profile, engine)).transpose()?.flatten(),
        };
        Ok((name.to_owned(), person))
    };
    clips.into_iter().map(person).collect()
}
