//! A stack for reading what strangers wrote.
//!
//! YAML, JSON and networks nest, and their readers call themselves as deep as that: within the limits of each, further
//! than the stack of a small thread of a host allows. A stack that is too small ends the process.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

use crate::error::{Error, Result};

/// Does work that may call itself some hundred times, on a thread with room for that.
///
/// # Errors
/// What the work says; [`Error::Memory`] where the system gives no thread.
pub fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    scope(|scope| {
        let thread = Builder::new().name("abbe-read".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|cause| {
            Error::Memory(format!("a thread to read the model with could not be started ({cause}); free some memory"))
        })?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Bytes, several times what the deepest documents take that the limits let through.
const STACK: usize = 4 << 20;
