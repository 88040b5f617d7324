//! The power budget of live sessions.

use mien_core::stream::PowerBudget as CorePowerBudget;

/// How much energy a live session may use; set it from the device's thermal state and battery. Tracks, identities and
/// windows survive a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PowerBudget {
    /// All that the options allow: each analysis runs both networks.
    Full,
    /// About half of the CPU time of the full budget: at most 10 frames per second are processed, the identity network runs
    /// when the answer changes or is in doubt and at least every 2 s, a settled face is analyzed 5 times per second, and
    /// the detector runs a third as often.
    Balanced,
    /// At most 5 frames per second are processed, a settled face is analyzed at most 2 times per second, and one settled
    /// face per frame. Labels then change later.
    Saver,
    /// At most 3 frames per second are processed, and a settled face is analyzed at most once per second, at least every
    /// 2 s.
    Critical,
}

impl From<PowerBudget> for CorePowerBudget {
    fn from(budget: PowerBudget) -> Self {
        match budget {
            PowerBudget::Full => Self::Full,
            PowerBudget::Balanced => Self::Balanced,
            PowerBudget::Saver => Self::Saver,
            PowerBudget::Critical => Self::Critical,
        }
    }
}

impl From<CorePowerBudget> for PowerBudget {
    fn from(budget: CorePowerBudget) -> Self {
        match budget {
            CorePowerBudget::Full => Self::Full,
            CorePowerBudget::Balanced => Self::Balanced,
            CorePowerBudget::Saver => Self::Saver,
            CorePowerBudget::Critical => Self::Critical,
        }
    }
}
