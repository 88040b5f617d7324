//! Corrections of a session: from what a user says to a labeled clip of the last seconds.

use std::sync::{Mutex, PoisonError};

use super::recent::{Recent, Segment, Shown};
use crate::engine::{CorrectionRefusal, Engine, Moment};
use crate::error::Result;
use crate::face::track::TrackId;

/// Maximum number of corrections that can be undone, newest first.
const MAX_UNDONE: usize = 32;

/// What became of a correction, a confirmation or an undoing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The track; `None` if there was nothing to undo.
    pub track: Option<TrackId>,
    /// The user whose head learned it; `None` if nothing was learned.
    pub user: Option<String>,
    /// What the user says it was.
    pub label: Option<String>,
    /// The label that was shown and is wrong; `None` if the answer was confirmed.
    pub contradicted: Option<String>,
    /// Number of analyzed frames that it covers.
    pub frames: usize,
    /// Why nothing was learned; `None` if it was.
    pub refusal: Option<CorrectionRefusal>,
}

impl Correction {
    fn refused(track: Option<TrackId>, refusal: CorrectionRefusal) -> Self {
        Self { track, user: None, label: None, contradicted: None, frames: 0, refusal: Some(refusal) }
    }
}

/// The corrections of one session.
pub(super) struct Corrections {
    engine: Engine,
    recent: Recent,
    /// Those that can be undone, with the user and the number.
    made: Mutex<Vec<(String, u32, Correction)>>,
}

impl Corrections {
    pub fn new(engine: &Engine, recent: Recent) -> Self {
        Self { engine: engine.clone(), recent, made: Mutex::default() }
    }

    /// Learns that the shown answer of a track was `label`, or right if that is `None`.
    pub fn say(&self, track: TrackId, label: Option<&str>, now_ms: u64) -> Result<Correction> {
        // Before any refusal: on a closed engine every call fails with `Closed`.
        self.engine.check_open()?;
        let refused = |refusal| Ok(Correction::refused(Some(track), refusal));
        let Some(found) = self.recent.with(track, |segment| moment(segment, label)) else {
            return refused(CorrectionRefusal::NoTrack);
        };
        let (user, moment, earlier) = match found {
            Ok(found) => found,
            Err(refusal) => return refused(refusal),
        };
        let number = match self.engine.correct(&user, &moment, now_ms)? {
            Ok(number) => number,
            Err(refusal) => return refused(refusal),
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever says two things of the same frames means the second.
        if let Some(earlier) = earlier {
            self.engine.undo_correction(&user, earlier)?;
            made.retain(|(of, other, _)| (of, *other) != (&user, earlier));
        }
        self.recent.with(track, |segment| segment.correction = Some(number));
        let correction = Correction {
            track: Some(track),
            user: Some(user.clone()),
            contradicted: moment.contradicted.filter(|shown| *shown != moment.label),
            label: Some(moment.label),
            frames: moment.frames.len(),
            refusal: None,
        };
        made.push((user, number, correction.clone()));
        let too_many = made.len().saturating_sub(MAX_UNDONE);
        made.drain(..too_many);
        Ok(correction)
    }

    /// Takes back the last correction of the session that still exists.
    pub fn undo(&self) -> Result<Correction> {
        self.engine.check_open()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((user, number, correction)) = made.pop() {
            if self.engine.undo_correction(&user, number)? {
                if let Some(track) = correction.track {
                    self.recent.with(track, |segment| segment.correction.take_if(|said| *said == number));
                }
                return Ok(correction);
            }
        }
        Ok(Correction::refused(None, CorrectionRefusal::NothingToUndo))
    }
}

/// The user, the clip, and the correction that was already learned from it.
type Found = (String, Moment, Option<u32>);

/// Makes a labeled clip of a segment.
fn moment(segment: &mut Segment, label: Option<&str>) -> std::result::Result<Found, CorrectionRefusal> {
    let Shown { settled, user, label: shown } = &segment.shown;
    let user = match (settled, user) {
        (false, _) => return Err(CorrectionRefusal::IdentityOpen),
        (true, None) => return Err(CorrectionRefusal::UnknownFace),
        (true, Some(user)) => user.clone(),
    };
    let Some(shown) = shown.as_deref() else { return Err(CorrectionRefusal::NothingShown) };
    let moment = Moment {
        frames: segment.looks.iter().map(|look| look.frame.to_vec()).collect(),
        faces: segment.looks.iter().map(|look| look.face.to_vec()).collect(),
        label: label.unwrap_or(shown).to_owned(),
        contradicted: label.map(|_| shown.to_owned()),
    };
    Ok((user, moment, segment.correction))
}
