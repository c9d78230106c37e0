//! What `fork()` leaves of a process: the thread that called it, and memory as the others left it, with their locks held.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many forks lie between this process and the one that first asked: a number to tell what an earlier process made,
/// whose threads are not here.
pub fn forks() -> u64 {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| at_fork(nothing, nothing, count));
    FORKS.load(Ordering::Relaxed)
}

/// Has functions called around every `fork()` from now on: before it, and after it in the parent and in the child. Where
/// the system has no `fork()`, or no memory to note them, they are not called.
pub fn at_fork(before: extern "C" fn(), in_parent: extern "C" fn(), in_child: extern "C" fn()) {
    #[cfg(unix)]
    // SAFETY: the functions are safe to call at any time, and stay as long as this library does.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    }
    #[cfg(not(unix))]
    let _ = (before, in_parent, in_child);
}

extern "C" fn nothing() {}

extern "C" fn count() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

static FORKS: AtomicU64 = AtomicU64::new(0);
