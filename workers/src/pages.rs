//! Large pages for large buffers.

use std::mem::MaybeUninit;

/// Asks the system for large pages behind `memory`, before it is first written. Columns of a volume touch a page a
/// point: with pages of 4 KiB most of their time goes into looking up where these are, and a new buffer is handed out
/// page by page besides. It is a wish only: small buffers, other systems than Linux and those without large pages to
/// spare go on as they are.
pub fn prefer_large_pages<T>(memory: &mut [MaybeUninit<T>]) {
    #[cfg(target_os = "linux")]
    {
        let start = memory.as_mut_ptr().addr().next_multiple_of(PAGE);
        let end = memory.as_mut_ptr_range().end.addr() / PAGE * PAGE;
        if end.saturating_sub(start) >= LARGE_PAGE {
            let first = memory.as_mut_ptr().with_addr(start);
            // SAFETY: these pages are all within `memory`, which nobody else has; the advice does not change what
            // they hold, and a refusal leaves them as they are.
            unsafe { libc::madvise(first.cast(), end - start, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

/// Bytes of the largest of a system's usual pages: the advice takes whole ones.
#[cfg(target_os = "linux")]
const PAGE: usize = 65536;
/// Bytes of a large page of most processors.
#[cfg(target_os = "linux")]
const LARGE_PAGE: usize = 2 << 20;
