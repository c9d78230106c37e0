//! Frames of the host for a stream: memory of its own with a function that hears when it is free again, or slots that libabbe
//! lends.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::constants::abbe_release_fn;
use crate::error::{Error, Result, grown, zeroed};
use crate::params::STREAM_SLOTS;
use crate::plan::Plan;
use crate::runtime::Context;
use crate::stream::{Frame, Stream};

/// A stream of frames of the host, with its slots.
pub struct HostStream {
    /// Its frames and results.
    pub stream: Stream<HostFrame>,
    slots: OnceLock<Arc<Slots>>,
}

impl HostStream {
    /// Not started.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self { stream: Stream::new(plan), slots: OnceLock::new() }
    }

    /// The context of its first plan.
    pub fn context(&self) -> &Context {
        self.stream.context()
    }

    /// Starts it, with its slots.
    ///
    /// # Errors
    /// As [`Stream::start`].
    pub fn start(&self) -> Result<()> {
        let mut slots = None;
        self.stream.start(|settings, frame_bytes| {
            let count = usize::try_from(settings.i64(STREAM_SLOTS)).unwrap_or(0);
            slots = Some(Arc::new(Slots::new(count, frame_bytes)?));
            Ok(())
        })?;
        if let Some(slots) = slots {
            let _ = self.slots.set(slots);
        }
        Ok(())
    }

    /// Its slots.
    ///
    /// # Errors
    /// [`Error::State`] before the start.
    pub fn slots(&self) -> Result<&Arc<Slots>> {
        self.slots
            .get()
            .ok_or_else(|| Error::State("the stream has not started; call abbe_stream_start() first".into()))
    }
}

/// A frame that was submitted.
pub struct HostFrame {
    address: *const u8,
    bytes: usize,
    /// `None` where the host keeps it.
    source: Option<Source>,
}

/// Calls a function of the host with the address of its own and of a frame.
pub type Release = fn(abbe_release_fn, *mut c_void, *const c_void);

/// Whose memory it is.
pub enum Source {
    /// The host's, which hears when it is free again: through the first function, with the second and its address.
    Host(Release, abbe_release_fn, *mut c_void),
    /// The slot of that number.
    Slot(Arc<Slots>, usize),
}

// SAFETY: the host promised that the memory stays as it is until it is released, and that its function takes the pointer on any
// thread.
unsafe impl Send for HostFrame {}

impl HostFrame {
    /// The frame at `address`.
    ///
    /// # Safety
    /// `address` is not NULL; the bytes are there, and nobody writes them until the frame is dropped or refused.
    pub unsafe fn new(address: *const u8, bytes: usize, source: Source) -> Self {
        Self { address, bytes, source: Some(source) }
    }

    /// Leaves it to the host, as if it had not been submitted.
    pub fn refuse(mut self) {
        if let Some(Source::Slot(slots, slot)) = self.source.take() {
            slots.set(slot, Holder::Host);
        }
    }
}

impl Frame for HostFrame {
    fn bytes(&self) -> &[u8] {
        // SAFETY: not NULL, there and unchanged by the contract of `new`.
        unsafe { std::slice::from_raw_parts(self.address, self.bytes) }
    }
}

impl Drop for HostFrame {
    fn drop(&mut self) {
        match self.source.take() {
            Some(Source::Host(call, release, user)) => call(release, user, self.address.cast()),
            Some(Source::Slot(slots, slot)) => slots.set(slot, Holder::Nobody),
            None => {}
        }
    }
}

/// Memory for frames that the camera writes into.
pub struct Slots {
    memory: *mut Line,
    lines: usize,
    lines_each: usize,
    holders: Mutex<Vec<Holder>>,
}

/// Who may use a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Nobody,
    Host,
    Stream,
}

/// What slots are aligned to: a line of the cache.
#[derive(Clone)]
#[repr(align(64))]
struct Line {
    _bytes: [u8; 64],
}

impl Default for Line {
    fn default() -> Self {
        Self { _bytes: [0; 64] }
    }
}

// SAFETY: the memory is reached through raw pointers only; who may use a slot is kept under a lock.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

impl Slots {
    fn new(count: usize, bytes: usize) -> Result<Self> {
        let lines_each = bytes.div_ceil(size_of::<Line>());
        let lines = count.saturating_mul(lines_each);
        let mut holders = Vec::new();
        grown("the slots of the stream", &mut holders, count)?;
        holders.resize(count, Holder::Nobody);
        let memory = Box::into_raw(zeroed::<Line>("the slots of the stream", lines)?.into_boxed_slice());
        Ok(Self { memory: memory.cast(), lines, lines_each, holders: Mutex::new(holders) })
    }

    /// A slot for the host to write into, where one is free.
    pub fn lend(&self) -> Option<*mut u8> {
        let mut holders = self.holders();
        let slot = holders.iter().position(|holder| *holder == Holder::Nobody)?;
        holders[slot] = Holder::Host;
        // A slot lies within the memory, so that the sum does not overflow.
        Some(self.memory.wrapping_add(slot * self.lines_each).cast())
    }

    /// The number of the slot at that address, which the host hands over now; `None` where it is none.
    ///
    /// # Errors
    /// [`Error::Argument`] for an address in a slot that is no slot's begin, or not the host's now.
    pub fn submitted(&self, address: usize) -> Result<Option<usize>> {
        let mut holders = self.holders();
        let slot_bytes = self.lines_each * size_of::<Line>();
        let Some(offset) =
            address.checked_sub(self.memory.addr()).filter(|offset| *offset < slot_bytes * holders.len())
        else {
            return Ok(None);
        };
        let slot = offset / slot_bytes;
        if offset % slot_bytes != 0 || holders[slot] != Holder::Host {
            return Err(Error::Argument(
                "src is in a slot that is not the host's now; it must be the address that abbe_stream_slot() gave, submitted once"
                    .into(),
            ));
        }
        holders[slot] = Holder::Stream;
        Ok(Some(slot))
    }

    fn set(&self, slot: usize, holder: Holder) {
        self.holders()[slot] = holder;
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Holder>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        // SAFETY: from `Box::into_raw` of a slice of that length, and given back once.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.memory, self.lines)) });
    }
}
