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
    /// Returns the direction of the analyzed frame number `position`. Frames must be started in order.
    pub fn of(&self, position: usize) -> Turn<'_> {
        let group = position / GROUP;
        if position.is_multiple_of(GROUP) {
            Turn::Searched(Decision { turns: self, group, turn: Rotation::None })
        } else {
            Turn::Shared(self, group)
        }
    }

    fn wait(&self, group: usize) -> Rotation {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |groups: &mut Vec<Option<Rotation>>| groups.get(group).copied().flatten().is_none();
        let groups = self.changed.wait_while(groups, open).unwrap_or_else(PoisonError::into_inner);
        groups.get(group).copied().flatten().unwrap_or_default()
    }
}

/// The direction of one frame.
pub enum Turn<'a> {
    /// Searched in this frame.
    Searched(Decision<'a>),
    /// That of the frame's group.
    Shared(&'a Turns, usize),
}

impl Turn<'_> {
    /// Returns `frame` turned so that its faces are upright.
    pub fn upright<'a>(&mut self, engine: &Engine, frame: &Frame<'a>) -> Outcome<Upright<'a>> {
        match self {
            Self::Searched(decision) => decision.made(engine, frame),
            Self::Shared(turns, group) => Ok(engine.turned(frame, turns.wait(*group))?),
        }
    }
}

/// The decision of a group, published when it is dropped, whatever happened to its frame.
pub struct Decision<'a> {
    turns: &'a Turns,
    group: usize,
    turn: Rotation,
}

impl Decision<'_> {
    fn made<'a>(&mut self, engine: &Engine, frame: &Frame<'a>) -> Outcome<Upright<'a>> {
        let found = engine.upright(frame)?;
        self.turn = found.turn;
        if found.faces.is_empty() && self.group > 0 {
            // Without a face, the clip lies as it did before.
            self.turn = self.turns.wait(self.group - 1);
        }
        self.publish();
        Ok(found)
    }

    fn publish(&self) {
        let mut groups = self.turns.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() <= self.group {
            groups.resize(self.group + 1, None);
        }
        groups[self.group] = Some(self.turn);
        self.turns.changed.notify_all();
    }
}

impl Drop for Decision<'_> {
    fn drop(&mut self) {
        self.publish();
    }
}
