//! Memory that a test's own thread holds, counted by the allocator, to hold what is predicted to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static HELD: Cell<i64> = const { Cell::new(0) };
}

fn count(bytes: i64) {
    // A thread that ends may free after its cell is gone.
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: passed on.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `make` gives, which must hold the bytes that were predicted, those of its large buffers, give or take small tables
/// and lists of 16 KiB.
pub fn holds<T>(predicted: u64, make: impl FnOnce() -> T) -> T {
    let before = HELD.get();
    let made = make();
    let held = (HELD.get() - before) as u64;
    assert!(predicted.abs_diff(held) <= 16 << 10, "{predicted} bytes predicted, {held} held");
    made
}
