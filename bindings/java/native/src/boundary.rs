//! The wall between Java and what may go wrong in here: a native method answers with a status, and never with a panic
//! or a pending exception. Java turns the status and [`last_text`] into an exception.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jni::errors::{Error, JniError};
use jni::sys::jint;
use jni::{Env, EnvUnowned};

use crate::abbe::{ARGUMENT, Abbe, INTERNAL, MEMORY, loaded};

/// What went wrong on this side of libabbe.
pub struct Failure {
    status: i32,
    text: String,
}

impl Failure {
    /// A status of libabbe and the text for Java.
    pub fn new(status: i32, text: String) -> Self {
        Self { status, text }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // Nothing that is called here throws but for want of memory.
        let status = match error {
            Error::NullPtr(_) => return Self::new(ARGUMENT, "an argument is null; it must not be".into()),
            Error::JavaException | Error::JniCall(JniError::NoMemory) => MEMORY,
            _ => INTERNAL,
        };
        Self::new(status, format!("the Java side failed: {error}"))
    }
}

/// Runs the body of a native method that needs libabbe.
pub fn call<'local>(
    env: EnvUnowned<'local>,
    body: impl FnOnce(&mut Env<'local>, &'static Abbe) -> Result<i32, Failure>,
) -> jint {
    run(env, |env| body(env, loaded()?))
}

/// Runs the body of a native method.
pub fn run<'local>(mut env: EnvUnowned<'local>, body: impl FnOnce(&mut Env<'local>) -> Result<i32, Failure>) -> jint {
    let outcome = env.with_env(|env| {
        let result = catch_unwind(AssertUnwindSafe(|| body(env)))
            .unwrap_or_else(|payload| Err(Failure::new(INTERNAL, panic_text(payload.as_ref()))));
        if env.exception_check() {
            env.exception_clear();
        }
        let status = match result {
            Ok(status) => {
                TEXT.with_borrow_mut(|text| *text = None);
                status
            }
            Err(failure) => {
                TEXT.with_borrow_mut(|text| *text = Some(failure.text));
                failure.status
            }
        };
        Ok::<_, Error>(status)
    });
    match outcome.into_outcome() {
        jni::Outcome::Ok(status) => status,
        jni::Outcome::Err(_) | jni::Outcome::Panic(_) => INTERNAL,
    }
}

/// The text of the last failure on this thread, ours or libabbe's.
pub fn last_text() -> String {
    if let Some(text) = TEXT.with_borrow(Option::clone) {
        return text;
    }
    let Ok(abbe) = loaded() else { return String::new() };
    // SAFETY: NULL asks for this thread's last failure, and with no room for its size alone.
    let size = unsafe { (abbe.error_text)(std::ptr::null_mut(), std::ptr::null_mut(), 0) };
    let mut bytes = vec![0_u8; size];
    // SAFETY: `bytes` has `size` bytes.
    unsafe { (abbe.error_text)(std::ptr::null_mut(), bytes.as_mut_ptr().cast(), size) };
    bytes.pop();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a text");
    format!("the Java binding of libabbe has a bug: {message}; please report this text")
}

thread_local! {
    static TEXT: RefCell<Option<String>> = const { RefCell::new(None) };
}
