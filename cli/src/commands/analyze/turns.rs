//! The direction of the faces of a clip.

use std::sync::{Condvar, Mutex, PoisonError};

use mien_core::engine::Upright;
use mien_core::frame::Rotation;
use mien_core::{Engine, Frame};

use crate::process::failure::Outcome;

/// Number of frames that share a direction: the search in four directions is worth its time only now and then.
const GROUP: usize = 15;

/// The direction of the faces of a clip without orientation data, searched at every 15th frame. The other frames wait
/// for that search, so that the result does not depend on the number of threads.
#[derive(Default)]
pub struct Turns {
    /// The turn of each group of frames.
    groups: Mutex<Vec<Option<Rotation>>>,
    changed: Condvar,
}

impl Turns {
    /// Returns `frame`, the analyzed frame number `position` of the clip, turned so that its faces are upright. Frames
    /// must be started in order.
    pub fn upright<'a>(&self, engine: &Engine, frame: &Frame<'a>, position: usize) -> Outcome<Upright<'a>> {
        let group = position / GROUP;
        if !position.is_multiple_of(GROUP) {
            return Ok(engine.turned(frame, self.wait(group))?);
        }
        // If the search fails, the other frames of the group must not wait for ever.
        let decision = Decision { turns: self, group, turn: Rotation::None };
        decision.made(engine, frame)
    }

    fn wait(&self, group: usize) -> Rotation {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |groups: &mut Vec<Option<Rotation>>| groups.get(group).copied().flatten().is_none();
        let groups = self.changed.wait_while(groups, open).unwrap_or_else(PoisonError::into_inner);
        groups.get(group).copied().flatten().unwrap_or_default()
    }
}

/// The decision of a group, published when it is dropped.
struct Decision<'a> {
    turns: &'a Turns,
    group: usize,
    turn: Rotation,
}

impl Decision<'_> {
    fn made<'a>(mut self, engine: &Engine, frame: &Frame<'a>) -> Outcome<Upright<'a>> {
        let found = engine.upright(frame)?;
        self.turn = found.turn;
        if found.faces.is_empty() && self.group > 0 {
            // Without a face, the clip lies as it did before.
            self.turn = self.turns.wait(self.group - 1);
        }
        Ok(found)
    }
}

impl Drop for Decision<'_> {
    fn drop(&mut self) {
        let mut groups = self.turns.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() <= self.group {
            groups.resize(self.group + 1, None);
        }
        groups[self.group] = Some(self.turn);
        self.turns.changed.notify_all();
    }
}
