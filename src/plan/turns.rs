//! Who may be at work on a plan: one call at a time, and none from a callback of its own.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::executing::{Executing, thread_number};
use super::{Plan, Work};
use crate::error::{Error, Result};
use crate::runtime::Answer;

/// Time between two looks at what else may end the wait for a plan.
const GLANCE: Duration = Duration::from_millis(1);

impl Plan {
    /// Whether no call is at it now.
    pub fn is_idle(&self) -> bool {
        let held = [self.work.try_lock().is_err(), self.freed.0.try_lock().is_err(), self.draft.try_lock().is_err()];
        !held.contains(&true) && self.facts.try_lock().is_ok() && self.report.try_lock().is_ok()
    }

    /// # Errors
    /// [`Error::State`] from a progress callback of this plan.
    pub(super) fn refuse_inside(&self) -> Result<()> {
        if self.executing.load(Ordering::Relaxed) == thread_number() {
            return Err(Error::State(
                "plan is executing on this very thread; a progress callback may only cancel and read facts".into(),
            ));
        }
        Ok(())
    }

    pub(super) fn work(&self) -> Result<MutexGuard<'_, Work>> {
        self.refuse_inside()?;
        if Executing::here() {
            // Of two plans whose functions wait for each other's end, neither would come to one.
            return self.work_now();
        }
        Ok(self.work.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// As [`Plan::work`], for as long as `listener` does not cancel: what it waits for may itself wait for this thread.
    ///
    /// # Errors
    /// As [`Plan::work`]; [`Error::Cancelled`].
    pub(super) fn work_heard(&self, listener: &mut dyn FnMut(f64) -> Answer) -> Result<MutexGuard<'_, Work>> {
        self.refuse_inside()?;
        loop {
            let held = self.freed.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(work) = self.free() {
                return Ok(work);
            }
            if listener(0.0) == Answer::Cancel {
                return Err(Error::Cancelled);
            }
            drop(self.freed.1.wait_timeout(held, GLANCE));
        }
    }

    /// The chain without waiting for an execute.
    pub(super) fn work_now(&self) -> Result<MutexGuard<'_, Work>> {
        self.free().ok_or_else(|| {
            Error::State(
                "plan is busy on another call; call again when that is done, and not from a function that libabbe calls"
                    .into(),
            )
        })
    }

    /// The chain where no other call is at work.
    pub(super) fn free(&self) -> Option<MutexGuard<'_, Work>> {
        match self.work.try_lock() {
            Ok(work) => Some(work),
            Err(TryLockError::Poisoned(work)) => Some(work.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
