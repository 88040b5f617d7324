//! Results of corrections.

use mien_core::engine::{CorrectionRefusal as CoreRefusal, CorrectionReport as CoreReport};
use mien_core::stream::Correction as CoreCorrection;

/// Why a correction was not learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorrectionRefusal {
    /// No such track is in sight.
    NoTrack,
    /// The identity of the face is not settled.
    IdentityOpen,
    /// The face is nobody who is enrolled: there is no head to teach.
    UnknownFace,
    /// No answer was shown yet.
    NothingShown,
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
    pub label: Option<String>,
    /// The label that was shown and is wrong; `None` if the answer was confirmed.
    pub contradicted: Option<String>,
    /// Number of analyzed frames that it covers.
    pub frames: u32,
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
            refusal: correction.refusal.map(Into::into),
        }
    }
}

/// The report of a full fit on the corrections of a user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CorrectionReport {
    /// Whether the new head answers from now on.
    pub accepted: bool,
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
            generation: report.generation,
            corrections: report.corrections as u32,
            loss_before: report.loss_before,
            loss_estimated: report.loss_estimated,
        }
    }
}
