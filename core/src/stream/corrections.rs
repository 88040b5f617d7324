//! Corrections of a session: from what a user says to a labeled clip of the last seconds.

use std::sync::{Arc, Mutex, PoisonError};

use super::recent::{Recent, Said, Segment, Shown, Track};
use crate::engine::{CorrectionRefusal, Engine, Moment, known_label};
use crate::error::{ErrorKind, Result};
use crate::face::track::TrackId;
use crate::labels;

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
    /// Whether the head now answers these frames so. One correction alone does not overturn an answer
    /// that the head is sure of: it is kept and waits until others bear it out.
    pub taken: bool,
    /// Why nothing was learned; `None` if it was.
    pub refusal: Option<CorrectionRefusal>,
}

impl Correction {
    fn refused(track: Option<TrackId>, refusal: CorrectionRefusal) -> Self {
        Self { track, user: None, label: None, contradicted: None, frames: 0, taken: false, refusal: Some(refusal) }
    }
}

/// The corrections of one session. A clone shares them, and needs no session that is at work.
#[derive(Clone)]
pub struct Corrections {
    engine: Engine,
    recent: Recent,
    /// Those that can be undone. Locked for a whole call, so that two callers do not both take a
    /// correction for the first of its frames.
    made: Arc<Mutex<Vec<Made>>>,
}

/// A correction that was learned.
struct Made {
    user: String,
    number: u32,
    correction: Correction,
}

impl Corrections {
    pub(super) fn new(engine: &Engine, recent: Recent) -> Self {
        Self { engine: engine.clone(), recent, made: Arc::default() }
    }

    /// Learns that the answer of a track was `label`, or right if that is `None`. `shown` is the answer
    /// that is spoken of, by default the one that is shown now.
    ///
    /// # Errors
    /// As in [`VideoSession::correct`](super::VideoSession::correct).
    pub fn say(&self, track: TrackId, label: Option<&str>, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
        // Before any refusal: on a closed engine every call fails with `Closed`.
        self.engine.check_open()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.recent.with(track, |kept| found(kept, label, shown));
        let Found { user, moment, serial, until_us, earlier } = match found.unwrap_or(Err(CorrectionRefusal::NoTrack)) {
            Ok(found) => found,
            Err(refusal) => {
                // A label that does not exist is one whoever the face turns out to be.
                if let (Some(label), Some((head, _))) = (label, self.engine.head_for(None)?) {
                    known_label(&head, label)?;
                }
                return Ok(Correction::refused(Some(track), refusal));
            }
        };
        // Whoever says two things of the same frames means the second.
        let corrected = match self.engine.correct(&user, &moment, earlier, now_ms)? {
            Ok(corrected) => corrected,
            Err(refusal) => return Ok(Correction::refused(Some(track), refusal)),
        };
        made.retain(|made| (&made.user, Some(made.number)) != (&user, earlier));
        self.recent.said(track, serial, Said { user: user.clone(), number: corrected.number, until_us });
        let correction = Correction {
            track: Some(track),
            user: Some(user.clone()),
            contradicted: corrected.contradicted,
            label: Some(corrected.label),
            frames: moment.frames.len(),
            taken: corrected.taken,
            refusal: None,
        };
        made.push(Made { user, number: corrected.number, correction: correction.clone() });
        let too_many = made.len().saturating_sub(MAX_UNDONE);
        made.drain(..too_many);
        Ok(correction)
    }

    /// Takes back the last correction of the session that still exists. If that fails, it can be tried
    /// again.
    ///
    /// # Errors
    /// As in [`VideoSession::undo`](super::VideoSession::undo).
    pub fn undo(&self) -> Result<Correction> {
        self.engine.check_open()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(Made { user, number, .. }) = made.last() {
            let undone = match self.engine.undo_correction(user, *number) {
                // The user was deleted, or is called something else now.
                Err(error) if error.kind() == ErrorKind::UserNotFound => false,
                undone => undone?,
            };
            self.recent.unsaid(user, *number);
            match made.pop() {
                Some(made) if undone => return Ok(made.correction),
                _ => {}
            }
        }
        Ok(Correction::refused(None, CorrectionRefusal::NothingToUndo))
    }
}

/// A labeled clip of a segment.
struct Found {
    user: String,
    moment: Moment,
    serial: u64,
    until_us: u64,
    /// The correction that was already learned from some of its frames.
    earlier: Option<u32>,
}

/// Makes a labeled clip of the analyses for which the answer that is spoken of was shown.
fn found(track: &Track, label: Option<&str>, shown: Option<&str>) -> std::result::Result<Found, CorrectionRefusal> {
    let Shown { settled, user, label: shown_now } = &track.current.shown;
    let user = match (settled, user) {
        (false, _) => return Err(CorrectionRefusal::IdentityOpen),
        (true, None) => return Err(CorrectionRefusal::UnknownFace),
        (true, Some(user)) => user.clone(),
    };
    let Some(shown_now) = shown_now.as_deref() else { return Err(CorrectionRefusal::NothingShown) };
    let spoken_of = labels::canonical(shown.unwrap_or(shown_now));
    let Some(segment) = track.segment(|label| labels::canonical(label) == spoken_of) else {
        return Err(CorrectionRefusal::AnswerChanged);
    };
    let Segment { looks, shown: Shown { label: Some(shown), .. }, serial, .. } = segment else {
        return Err(CorrectionRefusal::NothingShown);
    };
    let Some(newest) = looks.back() else { return Err(CorrectionRefusal::NothingShown) };
    let moment = Moment {
        frames: looks.iter().map(|look| look.frame.to_vec()).collect(),
        faces: looks.iter().map(|look| look.face.to_vec()).collect(),
        speech: newest.speech.as_ref().map(|speech| speech.to_vec()),
        label: label.unwrap_or(shown).to_owned(),
        contradicted: label.map(|_| shown.clone()),
    };
    let earlier = segment.overlapping().map(|said| said.number);
    Ok(Found { user, moment, serial: *serial, until_us: newest.at_us, earlier })
}
