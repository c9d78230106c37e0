//! The wall between the host and what may go wrong inside: panics become a status, texts are kept for the host, and each
//! side has its own floating-point environment.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use super::constants::abbe_status;
use super::handle::{Handle, find};
use crate::codes::Code;
use crate::error::{Error, Result};
use crate::runtime::{Context, Floats};

/// Runs the body of an exported function: its failure or panic becomes a status, with the text kept for this thread.
pub fn guard(mut body: impl FnMut() -> Result<()>) -> abbe_status {
    guard_in(None, &mut body)
}

/// As [`guard`]; the text of a failure is kept for `context` too, and sent to its log. One function for all bodies: a wall for each would be
/// a tenth of the library.
pub fn guard_in(context: Option<&Context>, body: &mut dyn FnMut() -> Result<()>) -> abbe_status {
    let _inside = Inside::enter();
    match caught(body) {
        Ok(()) => 0,
        Err(error) => {
            let error = error.shortened();
            let kept = if LOGGING.get() { &LAST_ERROR_LOGGING } else { &LAST_ERROR };
            kept.with_borrow_mut(|text| error.text().clone_into(text));
            if let Some(context) = context {
                // A log callback of the host may not take the host down through us either.
                let _ = caught(&mut || {
                    context.note(&error);
                    Ok(())
                });
            }
            error.status().number()
        }
    }
}

/// Runs the body of a function on the object of a handle; the text of a failure is kept for the object's context too.
pub fn on<H: Handle>(handle: *const H, mut body: impl FnMut(&Arc<H::Object>) -> Result<()>) -> abbe_status {
    on_any(handle, &mut body)
}

fn on_any<H: Handle>(handle: *const H, body: &mut dyn FnMut(&Arc<H::Object>) -> Result<()>) -> abbe_status {
    let _inside = Inside::enter(); // Until the object is let go, which may be its end.
    let mut found = None;
    let status = guard(|| {
        refuse_logging()?;
        found = Some(find(handle)?);
        Ok(())
    });
    match found {
        Some(object) => guard_in(Some(H::context(&object)), &mut || body(&object)),
        None => status,
    }
}

/// Calls a function of the host, in the floating-point environment of the host; what it changes of that it finds again.
pub fn outside<T>(call: impl FnOnce() -> T) -> T {
    // Threads of libabbe's own, and of ONNX Runtime's, have no host's.
    let host = HOST.take();
    if let Some(host) = host {
        host.load();
    }
    let answer = call();
    let left = Floats::enter();
    HOST.set(host.map(|_| left));
    answer
}

/// Calls a log function of the host, from which no object may be used: it would wait for itself.
pub fn logging(call: impl FnOnce()) {
    let outer = LOGGING.replace(true);
    outside(call);
    LOGGING.set(outer);
    if !outer {
        LAST_ERROR_LOGGING.take();
    }
}

/// # Errors
/// [`Error::State`] in a log function of the host.
pub fn refuse_logging() -> Result<()> {
    if LOGGING.get() {
        return Err(Error::State("libabbe is called from a log function; it may not be; call it later".into()));
    }
    Ok(())
}

/// Gives a call of the host the default floating-point environment while it is inside, however many walls it passes.
struct Inside {
    first: bool,
}

impl Inside {
    fn enter() -> Self {
        let first = HOST.get().is_none();
        if first {
            HOST.set(Some(Floats::enter()));
        }
        Self { first }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(host) = if self.first { HOST.take() } else { None } {
            host.load();
        }
    }
}

/// The text of the last failure on this thread; empty when there was none.
pub fn last_error() -> String {
    let inner = if LOGGING.get() { LAST_ERROR_LOGGING.with_borrow(String::clone) } else { String::new() };
    if inner.is_empty() { LAST_ERROR.with_borrow(String::clone) } else { inner }
}

fn caught(body: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    HOOK.call_once(silence_own_panics);
    let depth = INSIDE.get();
    INSIDE.set(depth + 1);
    let result = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(depth);
    result.unwrap_or_else(|payload| Err(Error::Internal(panic_text(payload.as_ref()))))
}

/// Panics inside libabbe, its worker threads included, go to the status and the log, never to stderr. Panics elsewhere
/// in a program that shares our Rust runtime keep the hook they had.
fn silence_own_panics() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let worker = std::thread::current().name().is_some_and(|name| name.starts_with("abbe-"));
        if worker || INSIDE.get() > 0 {
            let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
            PANIC_PLACE.with_borrow_mut(|kept| *kept = place.unwrap_or_default());
        } else {
            others(info);
        }
    }));
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a text");
    let place = PANIC_PLACE.take();
    format!("libabbe has a bug: {message}{place}; please report this text")
}

static HOOK: Once = Once::new();

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
    /// Of the calls of a log function, which is itself called while another call is under way, whose text must stay.
    static LAST_ERROR_LOGGING: RefCell<String> = const { RefCell::new(String::new()) };
    static PANIC_PLACE: RefCell<String> = const { RefCell::new(String::new()) };
    static INSIDE: Cell<u32> = const { Cell::new(0) };
    static LOGGING: Cell<bool> = const { Cell::new(false) };
    /// The host's floating-point environment, while a call of its is inside.
    static HOST: Cell<Option<Floats>> = const { Cell::new(None) };
}
