//! Calls from libabbe into Java: progress and log lines. The Java methods called here let no exception out; should the
//! machine itself fail in one, it is cleared, and the execute that runs is cancelled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use jni::errors::Error;
use jni::objects::JObject;
use jni::refs::Global;
use jni::sys::{JNIEnv, jobject};
use jni::{Env, EnvUnowned, JValue, JavaVM, jni_sig, jni_str};

use crate::abbe::{Abbe, Handle};
use crate::boundary::Failure;
use crate::values::handle;

/// Runs `execute` on this thread; progress goes to the method `boolean progressed(double)` of `plan` meanwhile.
pub fn watched(env: &Env<'_>, plan: &JObject<'_>, execute: impl FnOnce() -> i32) -> i32 {
    RUNNING.with_borrow_mut(|running| running.push((env.get_raw(), plan.as_raw())));
    let status = execute();
    RUNNING.with_borrow_mut(|running| running.pop());
    status
}

/// The `abbe_progress_fn` of every plan: it is called on the thread that executes, so that thread knows whom to tell.
pub unsafe extern "C" fn progress(_user: *mut c_void, fraction: f64) -> i32 {
    let answer = catch_unwind(|| {
        let running = RUNNING.with_borrow(|running| running.last().copied());
        running.is_none_or(|(env, plan)| tell(env, plan, fraction))
    });
    i32::from(!answer.unwrap_or(false))
}

/// Tells `plan`; true to go on.
fn tell(env: *mut JNIEnv, plan: jobject, fraction: f64) -> bool {
    // SAFETY: the environment of the native method that runs on this very thread, further down its stack.
    let mut env = unsafe { EnvUnowned::from_raw(env) };
    let outcome = env.with_env(|env| {
        let answer = env.with_local_frame(LOCALS, |env| {
            // SAFETY: an argument of that native method, alive until it returns; it is not deleted here.
            let plan = std::mem::ManuallyDrop::new(unsafe { JObject::from_raw(env, plan) });
            env.call_method(&*plan, jni_str!("progressed"), jni_sig!("(D)Z"), &[JValue::Double(fraction)])?.z()
        });
        if env.exception_check() {
            env.exception_clear();
        }
        answer
    });
    matches!(outcome.into_outcome(), jni::Outcome::Ok(true))
}

/// Sends the log of a context to the method `void log(int, byte[])` of `listener`.
pub fn listen(
    env: &mut Env<'_>,
    abbe: &Abbe,
    context: i64,
    listener: &JObject<'_>,
    level: i32,
) -> Result<i32, Failure> {
    let listener = Arc::new(env.new_global_ref(listener)?);
    let before = listeners().insert(context, listener);
    let key: Handle = handle(context);
    // SAFETY: `log` takes any number as `user`, from any thread, and lives as long as this library.
    let status = unsafe { (abbe.context_set_log)(key, Some(log), key, level) };
    if status != 0 {
        let _ours = match before {
            Some(before) => listeners().insert(context, before),
            None => listeners().remove(&context),
        };
    }
    Ok(status)
}

/// Forgets the listener of a context.
pub fn silence(context: i64) {
    let _dropped_outside_the_lock = listeners().remove(&context);
}

unsafe extern "C" fn log(user: *mut c_void, level: i32, message: *const c_char) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let Some(listener) = listeners().get(&(user.addr() as i64)).cloned() else { return };
        // SAFETY: text that ends in a NUL and lives during this call, by the contract of abbe_log_fn.
        let message = unsafe { CStr::from_ptr(message) };
        let Ok(machine) = JavaVM::singleton() else { return };
        // For this scope only: a thread that stays attached would keep the virtual machine from ending.
        let _ = machine.attach_current_thread_for_scope(|env| {
            let told = env.byte_array_from_slice(message.to_bytes()).and_then(|text| {
                let arguments = [JValue::Int(level), JValue::Object(&text)];
                env.call_method(&**listener, jni_str!("log"), jni_sig!("(I[B)V"), &arguments)
            });
            if env.exception_check() {
                env.exception_clear();
            }
            told.map(drop)
        }) as Result<(), Error>;
    }));
}

type Listeners = BTreeMap<i64, Arc<Global<JObject<'static>>>>;

fn listeners() -> std::sync::MutexGuard<'static, Listeners> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

static LISTENERS: Mutex<Listeners> = Mutex::new(BTreeMap::new());

/// References that a call of a listener needs.
const LOCALS: usize = 8;

thread_local! {
    /// Environments and plans of the executes on this thread, the innermost last.
    static RUNNING: RefCell<Vec<(*mut JNIEnv, jobject)>> = const { RefCell::new(Vec::new()) };
}
