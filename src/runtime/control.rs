//! Progress and cancellation of one execute, shared between the thread that works and those that watch.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::codes::Answer;
use crate::error::{Error, Result};

/// Ends work that does not ask [`Control::is_cancelled`] by itself; called on the thread that cancels.
pub type Stopper = Arc<dyn Fn() + Send + Sync>;

/// Progress and cancellation of one execute.
///
/// Work is a sequence of spans; whoever works calls [`Watch::advance`] with the share of its span that is done.
/// Cancelling and asking for progress never wait.
pub struct Control {
    cancelled: AtomicBool,
    /// Bits of an f64.
    progress: AtomicU64,
    /// Bits of two f64: where the span of the work now running begins and how long it is.
    span_start: AtomicU64,
    span_length: AtomicU64,
    stopper: Mutex<Option<Stopper>>,
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

impl Control {
    /// Nothing done, nothing cancelled.
    pub const fn new() -> Self {
        Self {
            cancelled: AtomicBool::new(false),
            progress: AtomicU64::new(0),
            span_start: AtomicU64::new(0),
            span_length: AtomicU64::new(1.0_f64.to_bits()),
            stopper: Mutex::new(None),
        }
    }

    /// Starts anew for the next execute: progress 0, a span of the whole, earlier requests to cancel forgotten.
    pub fn begin(&self) {
        self.cancelled.store(false, Ordering::Relaxed);
        self.progress.store(0, Ordering::Relaxed);
        self.span(0.0, 1.0);
    }

    /// Says that the work that follows is the part `start..start + length` of the whole, both 0 to 1.
    pub fn span(&self, start: f64, length: f64) {
        self.span_start.store(start.to_bits(), Ordering::Relaxed);
        self.span_length.store(length.to_bits(), Ordering::Relaxed);
    }

    /// The start and the length of the current span.
    pub fn current_span(&self) -> (f64, f64) {
        let read = |value: &AtomicU64| f64::from_bits(value.load(Ordering::Relaxed));
        (read(&self.span_start), read(&self.span_length))
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        let stopper = self.stopper().clone();
        if let Some(stop) = stopper {
            stop();
        }
    }

    /// Does work that `stop` ends from outside, or none when somebody asked to stop before.
    ///
    /// # Errors
    /// [`Error::Cancelled`] for that, and what the work says.
    pub fn stoppable<T>(&self, stop: &Stopper, work: impl FnOnce() -> Result<T>) -> Result<T> {
        *self.stopper() = Some(Arc::clone(stop));
        // Whoever cancels from here on finds the stopper; the lock shows what was asked before.
        let result = if self.is_cancelled() { Err(Error::Cancelled) } else { work() };
        *self.stopper() = None;
        result
    }

    /// Does work whose loops over rows and planes end on the way when somebody asks to stop, in the middle of a pass over the data.
    ///
    /// # Errors
    /// [`Error::Cancelled`] for that, whatever the work says of what is then incomplete; otherwise what it says.
    pub fn within_passes<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let result = abbe_workers::stopping(&self.cancelled, work);
        if self.is_cancelled() { Err(Error::Cancelled) } else { result }
    }

    /// Held for a moment only.
    fn stopper(&self) -> MutexGuard<'_, Option<Stopper>> {
        self.stopper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of the whole is done, 0 to 1.
    pub fn progress(&self) -> f64 {
        f64::from_bits(self.progress.load(Ordering::Relaxed))
    }

    /// Whether somebody asked to stop; safe to ask on any thread.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn note(&self, fraction: f64) -> f64 {
        let start = f64::from_bits(self.span_start.load(Ordering::Relaxed));
        let length = f64::from_bits(self.span_length.load(Ordering::Relaxed));
        let done = (start + length * fraction.clamp(0.0, 1.0)).clamp(self.progress(), 1.0);
        self.progress.store(done.to_bits(), Ordering::Relaxed);
        done
    }
}

/// One execute as its worker sees it: where it notes its progress, and who listens on its thread.
pub struct Watch<'a> {
    control: &'a Control,
    listener: &'a mut dyn FnMut(f64) -> Answer,
}

impl<'a> Watch<'a> {
    /// Progress goes to `control` and, on the thread that executes, to `listener`.
    pub fn new(control: &'a Control, listener: &'a mut dyn FnMut(f64) -> Answer) -> Self {
        Self { control, listener }
    }

    /// The shared side, for threads that only ask [`Control::is_cancelled`].
    pub fn control(&self) -> &'a Control {
        self.control
    }

    /// Notes that `fraction` (0 to 1) of the current span is done, and lets the listener answer.
    ///
    /// To be called on the thread that executes, often: after every pass over the data.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when somebody asked to stop.
    pub fn advance(&mut self, fraction: f64) -> Result<()> {
        let done = self.control.note(fraction);
        if self.control.is_cancelled() {
            return Err(Error::Cancelled);
        }
        // A host may let another plan work there.
        let answer = abbe_workers::unstopped(|| (self.listener)(done));
        if answer == Answer::Cancel || self.control.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}
