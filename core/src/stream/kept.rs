//! What a session knows of people: it goes with the engine, not with the session.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::engine::{Closing, Engine};
use crate::error::{Result, fail};

/// A value that is dropped when its engine is closed: at once, or when the call that works with it ends.
pub(super) struct Kept<T>(Arc<Mutex<State<T>>>);

enum State<T> {
    Idle(T),
    /// A call has the value, or had it when it panicked.
    AtWork,
    Closed,
}

impl<T: Send + 'static> Kept<T> {
    /// Keeps `value` until `engine` is closed.
    ///
    /// # Errors
    /// `Closed` if it is closed already.
    pub fn new(engine: &Engine, value: T) -> Result<Self> {
        let kept = Self::of(value);
        engine.tell_of_close(kept.watcher())?;
        Ok(kept)
    }

    fn of(value: T) -> Self {
        Self(Arc::new(Mutex::new(State::Idle(value))))
    }

    fn watcher(&self) -> Weak<dyn Closing> {
        let state: Arc<dyn Closing> = self.0.clone();
        Arc::downgrade(&state)
    }

    /// Calls `work` with the value. The engine's end does not wait for it.
    ///
    /// # Errors
    /// Those of `work`; `Closed` after the engine's end; `Internal` if an earlier call panicked.
    pub fn with<R>(&mut self, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let mut value = match replace(&self.0, State::AtWork) {
            State::Idle(value) => value,
            State::AtWork => fail!(Internal, "an earlier call failed, and the session with it"),
            State::Closed => {
                replace(&self.0, State::Closed);
                fail!(Closed, "the engine is closed")
            }
        };
        let result = work(&mut value);
        let mut state = lock(&self.0);
        if matches!(*state, State::AtWork) {
            *state = State::Idle(value);
        }
        result
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    // The lock is held for moments that do not panic.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the state until now, so that it is dropped without the lock.
fn replace<T>(state: &Mutex<State<T>>, next: State<T>) -> State<T> {
    std::mem::replace(&mut *lock(state), next)
}

impl<T: Send> Closing for Mutex<State<T>> {
    fn engine_closed(&self) {
        replace(self, State::Closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// A value, and whether it is still there.
    fn kept() -> (Kept<Arc<()>>, Weak<()>) {
        let value = Arc::new(());
        let alive = Arc::downgrade(&value);
        (Kept::of(value), alive)
    }

    fn close(kept: &Kept<Arc<()>>) {
        kept.watcher().upgrade().unwrap().engine_closed();
    }

    #[test]
    fn what_is_kept_goes_with_the_engine_while_the_session_stays() {
        let (mut kept, alive) = kept();
        assert_eq!(kept.with(|_| Ok(7)).unwrap(), 7);
        assert!(alive.upgrade().is_some());
        close(&kept);
        assert!(alive.upgrade().is_none());
        for _ in 0..2 {
            assert_eq!(kept.with(|_| Ok(())).unwrap_err().kind(), ErrorKind::Closed);
        }
    }

    #[test]
    fn what_is_at_work_when_the_engine_closes_goes_when_the_call_ends() {
        let (mut kept, alive) = kept();
        let watcher = kept.watcher();
        let worked = kept.with(|_| {
            watcher.upgrade().unwrap().engine_closed();
            Ok(alive.upgrade().is_some())
        });
        assert!(worked.unwrap() && alive.upgrade().is_none());
        assert_eq!(kept.with(|_| Ok(())).unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_call_that_panics_leaves_nothing_behind() {
        let (mut kept, alive) = kept();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kept.with(|_| -> Result<()> { panic!("a frame") }).unwrap();
        }));
        assert!(panicked.is_err() && alive.upgrade().is_none());
        assert_eq!(kept.with(|_| Ok(())).unwrap_err().kind(), ErrorKind::Internal);
    }
}
