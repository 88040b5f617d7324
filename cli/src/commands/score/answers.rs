//! The answers of both heads to labeled pictures.

use std::collections::BTreeMap;

use mien_core::recognition::gallery::{Identity, UnknownReason};
use mien_core::{Emotion, Engine, Unsure, labels};
use mien_eval::score::{Answer, Answered};

use super::Seen;
use super::people::Person;
use crate::process::failure::{Failure, Outcome};
use crate::session::unsure;

/// A picture or clip and the answers to it.
pub struct Row {
    pub seen: Seen,
    /// Of the generic head.
    pub before: Reply,
    /// Of the person's own head, if there is one.
    pub after: Option<Reply>,
    /// Of the head that identification picks.
    pub recognized: Reply,
    /// Whether the own head learned from this clip; `None` if that is not known.
    pub learned: Option<bool>,
}

/// What a head says of a picture or clip.
pub struct Reply {
    pub emotion: Emotion,
    /// Why it is unreliable; empty if it is reliable.
    pub unsure: Vec<Unsure>,
}

/// The answers to all pictures with a known emotion.
pub struct Answers {
    /// The classes of all heads.
    pub classes: Vec<String>,
    pub rows: Vec<Row>,
    /// Number of pictures of each label that no head has.
    pub other_labels: BTreeMap<String, usize>,
}

impl Answers {
    /// Asks the heads of the engine and of `people` about the pictures.
    pub fn of(engine: &Engine, people: &BTreeMap<String, Person>, seen: Vec<Seen>) -> Outcome<Self> {
        let rows = seen.into_iter().map(|seen| row(engine, people, seen)).collect::<Outcome<Vec<_>>>()?;
        let mut classes: Vec<String> = Vec::new();
        let replies = rows.iter().flat_map(|row| [&row.before, &row.recognized].into_iter().chain(&row.after));
        for (label, _) in replies.flat_map(|reply| &reply.emotion.probabilities) {
            if labels::index_of(&classes, label).is_none() {
                classes.push(label.clone());
            }
        }
        let mut other_labels = BTreeMap::new();
        let (rows, others): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| labels::index_of(&classes, &row.seen.entry.emotion).is_some());
        others.into_iter().for_each(|row| *other_labels.entry(row.seen.entry.emotion).or_default() += 1);
        Ok(Self { classes, rows, other_labels })
    }

    /// Returns the answers as classes.
    pub fn answered(&self) -> Vec<Answered> {
        let class = |label: &str| labels::index_of(&self.classes, label).unwrap_or(self.classes.len());
        let answered = |row: &Row| {
            let answer =
                |reply: &Reply| Answer { class: class(&reply.emotion.label), unsure: !reply.unsure.is_empty() };
            Answered {
                person: row.seen.entry.subject.clone(),
                class: class(&row.seen.entry.emotion),
                before: answer(&row.before),
                after: row.after.as_ref().map(answer),
                recognized: answer(&row.recognized),
                learned: row.learned,
            }
        };
        self.rows.iter().map(answered).collect()
    }
}

fn row(engine: &Engine, people: &BTreeMap<String, Person>, seen: Seen) -> Outcome<Row> {
    let reply = |identity: &Identity| match engine.emotion(&seen.clip, identity)? {
        Some(emotion) => {
            let unsure = unsure(&emotion, seen.kind, identity, &seen.quality);
            Ok(Reply { emotion, unsure })
        }
        None => Err(Failure::new("the networks have no head for emotions: give one by --generic")),
    };
    let person = people.get(&seen.entry.subject);
    let user = person.filter(|person| person.head.is_some()).and_then(|person| person.user.clone());
    let own = user.map(|name| Identity::User { name, similarity: 1.0 });
    let learned = person.and_then(|person| person.head.as_ref()).and_then(|head| head.learned(&seen.clip));
    Ok(Row {
        before: reply(&Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled })?,
        after: own.as_ref().map(reply).transpose()?,
        recognized: reply(&seen.identity)?,
        learned,
        seen,
    })
}
