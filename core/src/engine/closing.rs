//! Notifies sessions when their engine is closed or a user is deleted.

use std::sync::{PoisonError, Weak};

use super::Engine;
use crate::error::Result;

/// Receives the engine's notifications. It must return at once and not call the engine.
pub trait Closing: Send + Sync {
    /// Called at least once when the engine is closed.
    fn engine_closed(&self);

    /// Called when a user was deleted.
    fn user_deleted(&self, _name: &str) {}
}

impl Engine {
    /// Registers `session`, anything that must forget people when the engine does, for the notifications; the engine does
    /// not keep it alive.
    ///
    /// # Errors
    /// `Closed` if the engine is already closed.
    pub fn tell_of_close(&self, session: Weak<dyn Closing>) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::EngineOptions;
    use crate::error::ErrorKind;
    use crate::models::ModelPack;

    struct Session;

    impl Closing for Session {
        fn engine_closed(&self) {}
    }

    #[test]
    fn a_closing_that_waits_for_a_write_ends_calls_and_sessions_at_once() {
        let pack = ModelPack::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")).unwrap();
        let engine = Engine::new(&pack, EngineOptions::default()).unwrap();
        let write = engine.lock_changes();
        thread::scope(|scope| {
            let closing = scope.spawn(|| engine.close());
            let begun = Instant::now();
            while !engine.is_closed() {
                assert!(begun.elapsed() < Duration::from_secs(60), "the engine is open while a write runs");
                thread::sleep(Duration::from_millis(1));
            }
            assert!(!closing.is_finished(), "it waits for the write");
            assert_eq!(engine.check_open().unwrap_err().kind(), ErrorKind::Closed);
            assert_eq!(engine.calibration().unwrap_err().kind(), ErrorKind::Closed);
            let session: Arc<dyn Closing> = Arc::new(Session);
            assert_eq!(engine.tell_of_close(Arc::downgrade(&session)).unwrap_err().kind(), ErrorKind::Closed);
            drop(write);
        });
    }
}
