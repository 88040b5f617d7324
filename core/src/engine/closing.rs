//! Notifies sessions when their engine is closed or a user is deleted.

use std::sync::{PoisonError, Weak};

use super::Engine;
use crate::error::Result;

/// Receives the engine's notifications. It must return at once and not call the engine.
pub(crate) trait Closing: Send + Sync {
    /// Called at least once when the engine is closed.
    fn engine_closed(&self);

    /// Called when a user was deleted.
    fn user_deleted(&self, _name: &str) {}
}

impl Engine {
    /// Registers `session` for the close notification; the engine does not keep it alive.
    ///
    /// # Errors
    /// `Closed` if the engine is already closed.
    pub(crate) fn tell_of_close(&self, session: Weak<dyn Closing>) -> Result<()> {
        let mut sessions = self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(session);
        drop(sessions);
        // Checked after registering, so that a concurrent `close` that missed the session is
        // noticed here.
        self.check_open()
    }

    /// Notifies all sessions that a user was deleted.
    pub(super) fn tell_of_deletion(&self, name: &str) {
        let sessions = self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let open: Vec<_> = sessions.iter().filter_map(Weak::upgrade).collect();
        drop(sessions);
        open.iter().for_each(|session| session.user_deleted(name));
    }

    /// Notifies all sessions that the engine is closed.
    pub(super) fn end_sessions(&self) {
        let sessions = std::mem::take(&mut *self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner));
        for session in sessions.iter().filter_map(Weak::upgrade) {
            session.engine_closed();
        }
    }
}
