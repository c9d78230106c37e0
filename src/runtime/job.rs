//! Work of a call that takes long: the threads it has, whether it is still wanted, and what memory it may take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use abbe_workers::{Parts, Workers};

use super::Control;
use crate::error::{Error, Result, reserved};

/// What long work is given. A [`Workers`] alone is a job that nobody stops, of any size.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    workers: &'a Workers,
    control: &'a Control,
    memory: Option<&'a Memory>,
}

impl<'a> Job<'a> {
    /// Work that `control` stops.
    pub fn new(workers: &'a Workers, control: &'a Control) -> Self {
        Self { workers, control, memory: None }
    }

    /// The same, counting the buffers of [`Job::zeroed`].
    pub fn counted(self, memory: &'a Memory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// The threads.
    pub fn workers(&self) -> &'a Workers {
        self.workers
    }

    /// Ends the work where somebody asked for that.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<()> {
        if self.control.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// As [`Workers::each`], but that no part is begun once somebody asked to stop, or a part has failed.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or what one of the parts says.
    pub fn each<P: Parts>(&self, parts: P, body: impl Fn(usize, usize, P::Part) -> Result<()> + Sync) -> Result<()> {
        let failure = Mutex::new(None);
        let failed = || failure.lock().unwrap_or_else(PoisonError::into_inner);
        self.workers.each(parts, |worker, index, part| {
            if self.check().is_ok()
                && failed().is_none()
                && let Err(error) = body(worker, index, part)
            {
                failed().get_or_insert(error);
            }
        });
        let error = failed().take();
        error.map_or_else(|| self.check(), Err)
    }

    /// A buffer of `len` zeros, counted.
    ///
    /// # Errors
    /// [`Error::Memory`] where this machine, or the memory that this job may take, has no room for it; that of
    /// [`Job::check`].
    pub fn zeroed<T: Clone + Default>(&self, thing: &str, len: usize) -> Result<Vec<T>> {
        self.count(thing, (len as u64).saturating_mul(size_of::<T>() as u64))?;
        let mut buffer = reserved(thing, len)?;
        while buffer.len() < len {
            // The system hands pages out as they are written, which takes seconds for the largest.
            self.check()?;
            buffer.resize(len.min(buffer.len() + WRITTEN_AT_ONCE), T::default());
        }
        Ok(buffer)
    }

    /// Counts bytes that are taken some other way.
    ///
    /// # Errors
    /// [`Error::Memory`] where they are more than this job may take.
    pub fn count(&self, thing: &str, bytes: u64) -> Result<()> {
        self.memory.map_or(Ok(()), |memory| memory.count(thing, bytes))
    }

    /// Does work whose buffers are free again when it ends.
    pub fn passing<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.memory.map(|memory| memory.taken.load(Ordering::Relaxed));
        let done = work();
        if let Some((memory, before)) = self.memory.zip(before) {
            memory.taken.store(before, Ordering::Relaxed);
        }
        done
    }

    /// Says that what was counted before is free again.
    pub fn release(&self) {
        if let Some(memory) = self.memory {
            memory.taken.store(0, Ordering::Relaxed);
        }
    }
}

impl<'a> From<&'a Workers> for Job<'a> {
    fn from(workers: &'a Workers) -> Self {
        Self::new(workers, &NEVER)
    }
}

/// Bytes that a job takes.
pub struct Memory {
    max_bytes: u64,
    rule: String,
    taken: AtomicU64,
    highest: AtomicU64,
}

impl Memory {
    /// Of a job that may take so many bytes at a time; `rule` says why, and what to do.
    pub fn new(max_bytes: u64, rule: String) -> Self {
        Self { max_bytes, rule, taken: AtomicU64::new(0), highest: AtomicU64::new(0) }
    }

    /// The most that was taken at a time, and was to be where that was refused.
    pub fn highest(&self) -> u64 {
        self.highest.load(Ordering::Relaxed)
    }

    fn count(&self, thing: &str, bytes: u64) -> Result<()> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let taken = before.saturating_add(bytes);
        self.highest.fetch_max(taken, Ordering::Relaxed);
        if taken <= self.max_bytes {
            return Ok(());
        }
        Err(Error::Memory(format!("{thing} is {taken} bytes, with what it is made from; {}", self.rule)))
    }
}

static NEVER: Control = Control::new();

/// Elements of a buffer that are written without a look at whether it is still wanted.
const WRITTEN_AT_ONCE: usize = 4 << 20;
