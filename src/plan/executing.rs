//! Which threads execute plans, so that no function of the host waits there for its own end.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Notes which thread executes, until dropped.
pub struct Executing<'a>(&'a AtomicU64);

impl<'a> Executing<'a> {
    /// That thread is the calling one.
    pub fn new(executing: &'a AtomicU64) -> Self {
        executing.store(thread_number(), Ordering::Relaxed);
        EXECUTING.set(EXECUTING.get() + 1);
        Self(executing)
    }

    /// Whether this thread executes a plan, so that a function of the host is what asks.
    pub fn here() -> bool {
        EXECUTING.get() > 0
    }
}

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        EXECUTING.set(EXECUTING.get() - 1);
        self.0.store(0, Ordering::Relaxed);
    }
}

thread_local! {
    /// Plans that this thread executes: one in the other's functions.
    static EXECUTING: Cell<u32> = const { Cell::new(0) };
}

/// A number of the calling thread, from 1 on.
pub fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}
