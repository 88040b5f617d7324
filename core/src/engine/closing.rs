//! What an engine tells its sessions when it is closed.

use std::sync::{PoisonError, Weak};

use super::Engine;
use crate::error::Result;

/// Is told that its engine was closed. It must return at once and not call the engine.
pub(crate) trait Closing: Send + Sync {
    /// The engine was closed; called once or more.
    fn engine_closed(&self);
}

impl Engine {
    /// Tells `session` when the engine is closed; the engine does not keep it alive.
    ///
    /// # Errors
    /// `Closed` where that has happened already.
    pub(crate) fn tell_of_close(&self, session: Weak<dyn Closing>) -> Result<()> {
        let mut sessions = self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(session);
        drop(sessions);
        // After the list: a `close` that did not find the session there is noticed here.
        self.check_open()
    }

    /// Tells all sessions that the engine is closed.
    pub(super) fn end_sessions(&self) {
        let sessions = std::mem::take(&mut *self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner));
        for session in sessions.iter().filter_map(Weak::upgrade) {
            session.engine_closed();
        }
    }
}
