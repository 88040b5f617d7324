//! What an object knows of people: it goes with the engine, not with the object.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use mien_core::Engine;
use mien_core::engine::Closing;

use crate::error::Result;

/// A value that its default replaces when its engine is closed: at once, or when the call that works with it ends. The
/// engine's end does not wait for such a call, which may write to the disk.
pub(crate) struct Held<T> {
    value: Mutex<T>,
    is_closed: AtomicBool,
}

impl<T: Default + Send + 'static> Held<T> {
    /// Holds `value` until `engine` is closed.
    ///
    /// Errors: `Closed` if it is closed already.
    pub(crate) fn new(engine: &Engine, value: T) -> Result<Arc<Self>> {
        let held = Arc::new(Self::of(value));
        let watcher: Arc<dyn Closing> = held.clone();
        engine.tell_of_close(Arc::downgrade(&watcher))?;
        Ok(held)
    }
}

impl<T: Default> Held<T> {
    fn of(value: T) -> Self {
        Self { value: Mutex::new(value), is_closed: AtomicBool::new(false) }
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        Guard { held: self, value: Some(self.value.lock().unwrap_or_else(PoisonError::into_inner)) }
    }

    /// Drops the value, unless a call works with it: that call then does.
    fn drop_unused(&self) {
        let mut value = match self.value.try_lock() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let unused = mem::take(&mut *value);
        // Freed without the lock.
        drop(value);
        drop(unused);
    }
}

impl<T: Default + Send> Closing for Held<T> {
    fn engine_closed(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.drop_unused();
    }
}

/// Access to the value.
pub(crate) struct Guard<'a, T: Default> {
    held: &'a Held<T>,
    /// `None` only while this is dropped.
    value: Option<MutexGuard<'a, T>>,
}

impl<T: Default> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is not being dropped")
    }
}

impl<T: Default> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it is not being dropped")
    }
}

impl<T: Default> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // Unlocked before it looks: whoever closes either finds the lock free or is seen here.
        drop(self.value.take());
        if self.held.is_closed.load(Ordering::SeqCst) {
            self.held.drop_unused();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A held value, and what tells whether it is still there.
    fn held() -> (Held<Option<Arc<()>>>, std::sync::Weak<()>) {
        let value = Arc::new(());
        let alive = Arc::downgrade(&value);
        (Held::of(Some(value)), alive)
    }

    #[test]
    fn the_value_goes_when_the_engine_closes() {
        let (held, alive) = held();
        assert!(held.lock().is_some() && alive.upgrade().is_some());
        held.engine_closed();
        assert!(alive.upgrade().is_none() && held.lock().is_none());
    }

    #[test]
    fn closing_waits_for_no_call_and_the_value_goes_with_the_call() {
        let (held, alive) = held();
        let call = held.lock();
        held.engine_closed();
        assert!(call.is_some() && alive.upgrade().is_some(), "the call goes on");
        drop(call);
        assert!(alive.upgrade().is_none() && held.lock().is_none());
        // What a call leaves behind later goes too.
        *held.lock() = Some(Arc::new(()));
        assert!(held.lock().is_none());
    }
}
