//! What the objects made from one context share: threads, log, settings, the last error's text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::Workers;
use crate::codes::Level;
use crate::error::{Error, Result};
use crate::params::{CONTEXT_THREADS, Id, Settings};

/// Takes log lines, on any thread.
pub type Sink = Box<dyn Fn(Level, &str) + Send + Sync>;

/// Threads, log and settings shared by the objects made from it.
pub struct Context {
    settings: Mutex<Settings>,
    workers: Mutex<Option<Arc<Workers>>>,
    log: RwLock<Option<(Level, Sink)>>,
    last_error: Mutex<String>,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            settings: Mutex::new(Settings::new("context")),
            workers: Mutex::new(None),
            log: RwLock::new(None),
            last_error: Mutex::new(String::new()),
        }
    }
}

impl Context {
    /// Itself, as every object of the C ABI gives its context.
    pub fn context(&self) -> &Context {
        self
    }

    /// A copy of the settings as they are now.
    pub fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// Sets a whole number or a choice; plans committed before keep what they were committed with.
    ///
    /// # Errors
    /// As [`Settings::set_i64`].
    pub fn set_i64(&self, id: Id, value: i64) -> Result<()> {
        lock(&self.settings).set_i64(id, value)?;
        if id == CONTEXT_THREADS {
            *lock(&self.workers) = None;
        }
        Ok(())
    }

    /// Sets a text.
    ///
    /// # Errors
    /// As [`Settings::set_text`].
    pub fn set_text(&self, id: Id, value: &str) -> Result<()> {
        lock(&self.settings).set_text(id, value)
    }

    /// Sets a real number.
    ///
    /// # Errors
    /// As [`Settings::set_f64`].
    pub fn set_f64(&self, id: Id, value: f64) -> Result<()> {
        lock(&self.settings).set_f64(id, value)
    }

    /// Forgets what was set, so that the default holds again.
    ///
    /// # Errors
    /// As [`Settings::unset`].
    pub fn unset(&self, id: Id) -> Result<()> {
        lock(&self.settings).unset(id)?;
        if id == CONTEXT_THREADS {
            *lock(&self.workers) = None;
        }
        Ok(())
    }

    /// The threads, started at the first call after `context.threads` changed.
    ///
    /// # Errors
    /// [`Error::Memory`] when the system can start no more threads.
    pub fn workers(&self) -> Result<Arc<Workers>> {
        let mut workers = lock(&self.workers);
        let threads = match lock(&self.settings).i64(CONTEXT_THREADS) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => usize::try_from(threads).unwrap_or(1),
        };
        if let Some(workers) = workers.as_ref().filter(|workers| workers.alive()) {
            return Ok(Arc::clone(workers));
        }
        let started = Workers::new(threads).map(Arc::new).map_err(|cause| {
            Error::Memory(format!(
                "context.threads is {threads}; the system could not start that many ({cause}); set fewer"
            ))
        })?;
        *workers = Some(Arc::clone(&started));
        Ok(started)
    }

    /// Whether no call is at it now.
    pub fn is_idle(&self) -> bool {
        self.settings.try_lock().is_ok()
            && self.workers.try_lock().is_ok()
            && self.last_error.try_lock().is_ok()
            && self.log.try_write().is_ok()
    }

    /// Sends log lines of `level` and graver to `sink`; `None` ends the log.
    pub fn set_log(&self, level: Level, sink: Option<Sink>) {
        *self.log.write().unwrap_or_else(PoisonError::into_inner) = sink.map(|sink| (level, sink));
    }

    /// Sends a line to the log, if it wants lines of that level.
    pub fn log(&self, level: Level, text: &str) {
        match self.log.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some((wanted, sink)) if level <= *wanted => sink(level, text),
            _ => {}
        }
    }

    /// Keeps the text of a failure for [`Context::last_error`] and sends it to the log, where what the host asked for
    /// itself is no error.
    pub fn note(&self, error: &Error) {
        error.text().clone_into(&mut lock(&self.last_error));
        let level = match error {
            Error::Cancelled => Level::Info,
            Error::Busy(_) => Level::Debug,
            _ => Level::Error,
        };
        self.log(level, error.text());
    }

    /// The text of the last failure of any call on this context's objects; empty when there was none.
    pub fn last_error(&self) -> String {
        lock(&self.last_error).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
