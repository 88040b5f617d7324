//! Results of corrections.

use super::Label;
use mien_core::engine::{CorrectionRefusal as CoreRefusal, CorrectionReport as CoreReport};
use mien_core::stream::Correction as CoreCorrection;

use super::adapt::Refusal;

/// Why a correction was not learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorrectionRefusal {
    /// There is no such track, or it has ended.
    NoTrack,
    /// The identity of the face is not settled.
    IdentityOpen,
    /// The face is nobody who is enrolled: there is no head to teach.
    UnknownFace,
    /// No answer was shown yet.
    NothingShown,
    /// The answer that the user speaks of is not shown any more, and its frames are gone.
    AnswerChanged,
    /// The frames resemble the user too little: they may show somebody else.
    SomebodyElse,
    /// There is no correction to undo.
    NothingToUndo,
}

impl From<CoreRefusal> for CorrectionRefusal {
    fn from(refusal: CoreRefusal) -> Self {
        match refusal {
            CoreRefusal::NoTrack => Self::NoTrack,
            CoreRefusal::IdentityOpen => Self::IdentityOpen,
            CoreRefusal::UnknownFace => Self::UnknownFace,
            CoreRefusal::NothingShown => Self::NothingShown,
            CoreRefusal::AnswerChanged => Self::AnswerChanged,
            CoreRefusal::SomebodyElse => Self::SomebodyElse,
            CoreRefusal::NothingToUndo => Self::NothingToUndo,
        }
    }
}

/// What became of a correction, a confirmation or an undoing.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Correction {
    /// The number of the track; `None` if there was nothing to undo.
    pub track: Option<u64>,
    /// The user whose head learned it; `None` if nothing was learned.
    pub user: Option<String>,
    /// What the user says it was.
    pub label: Option<Label>,
    /// The label that was shown and is wrong; `None` if the answer was confirmed.
    pub contradicted: Option<Label>,
    /// Number of analyzed frames that it covers.
    pub frames: u32,
    /// Whether the head now answers these frames so. One correction alone does not overturn an answer that the
    /// head is sure of: it is kept and waits until others bear it out.
    pub taken: bool,
    /// Why nothing was learned; `None` if it was.
    pub refusal: Option<CorrectionRefusal>,
}

impl From<CoreCorrection> for Correction {
    fn from(correction: CoreCorrection) -> Self {
        Self {
            track: correction.track.map(|track| track.0),
            user: correction.user,
            label: correction.label,
            contradicted: correction.contradicted,
            frames: correction.frames as u32,
            taken: correction.taken,
            refusal: correction.refusal.map(Into::into),
        }
    }
}

/// The report of a full fit on the corrections of a user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CorrectionReport {
    /// Whether the new head answers from now on.
    pub accepted: bool,
    /// Why the new head was refused; `None` if it is accepted.
    pub refusal: Option<Refusal>,
    /// Whether the corrections that are not part of a generation go on answering through the short fit, because they
    /// are too few for the gate. Those that the gate refused do not, until the next correction.
    pub pending: bool,
    /// The new generation; `None` if the head was refused.
    pub generation: Option<u32>,
    /// Number of corrections and confirmations that it learned.
    pub corrections: u32,
    /// Mean loss of the head without the corrections, in the choice between the labels that the user did not
    /// contradict.
    pub loss_before: f32,
    /// The same of heads that did not learn the correction in question; `None` if there are too few to tell.
    pub loss_estimated: Option<f32>,
}

impl From<CoreReport> for CorrectionReport {
    fn from(report: CoreReport) -> Self {
        Self {
            accepted: report.accepted,
            refusal: report.refusal.map(Into::into),
            pending: report.pending,
            generation: report.generation,
            corrections: report.corrections as u32,
            loss_before: report.loss_before,
            loss_estimated: report.loss_estimated,
        }
    }
}
