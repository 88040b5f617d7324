//! Footage in the store, and adaptations that are due.

use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Result;
use crate::kept::Kept;
use crate::learning::Footage;

#[uniffi::export]
impl Engine {
    /// Opens the footage of the user `name` in the store: clips that were recorded and not removed are there again, also
    /// after the application was killed. Each clip is written, encrypted as the store is, when it ends. Clips stay until
    /// they are removed, also when they are learned: a later adaptation needs them again. They expire `keep_days` (1 to 365;
    /// `None`: as before, 30 at first) after they were recorded. `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` for days out of range; `ProfileVersion` if a newer version wrote the
    /// recording; `Storage`, also without a store; `Closed`.
    pub fn recording(&self, name: String, keep_days: Option<u32>, now_ms: u64) -> Result<Arc<Footage>> {
        Footage::new(&self.core, Some(Kept::open(&self.core, name, keep_days, now_ms)?))
    }

    /// Says whether the heads of the user `name` are to be adapted to the footage in the store when there is time. This is
    /// stored with the footage, and an adaptation to it that ends, accepted or refused, takes it back.
    ///
    /// Errors: `UserNotFound`; `Storage`, `Closed`.
    pub fn set_adaptation_due(&self, name: String, due: bool) -> Result<()> {
        Ok(self.core.set_adaptation_due(&name, due)?)
    }

    /// The users whose heads are to be adapted, by name.
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn adaptations_due(&self) -> Result<Vec<String>> {
        Ok(self.core.adaptations_due()?)
    }
}
