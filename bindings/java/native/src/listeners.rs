//! Calls from libabbe into Java: progress, blocks of images and log lines. The Java methods called here let no exception out; should the
//! machine itself fail in one, it is cleared, and the execute that runs is cancelled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use jni::errors::Error;
use jni::objects::{JByteBuffer, JObject};
use jni::refs::Global;
use jni::sys::{JNIEnv, jobject};
use jni::{Env, EnvUnowned, JValue, JavaVM, jni_sig, jni_str};

use crate::abbe::{Abbe, Handle};
use crate::boundary::Failure;
use crate::values::handle;

/// Runs `execute` on this thread; progress and blocks go to methods of `watcher`, a `Watcher`, meanwhile.
pub fn watched(env: &Env<'_>, watcher: &JObject<'_>, execute: impl FnOnce() -> i32) -> i32 {
    RUNNING.with_borrow_mut(|running| running.push((env.get_raw(), watcher.as_raw())));
    let status = execute();
    RUNNING.with_borrow_mut(|running| running.pop());
    status
}

/// The `abbe_progress_fn` of all: it is called on the thread that executes, so that thread knows whom to tell.
pub unsafe extern "C" fn progress(_user: *mut c_void, fraction: f64) -> i32 {
    told(|env, watcher| {
        env.call_method(watcher, jni_str!("progressed"), jni_sig!("(D)Z"), &[JValue::Double(fraction)])?.z()
    })
}

/// An `abbe_read_fn`.
pub unsafe extern "C" fn read_block(
    _user: *mut c_void,
    image: i64,
    start: *const i64,
    shape: *const i64,
    samples: *mut c_void,
    bytes: usize,
) -> i32 {
    // SAFETY: three values each, by the contract of abbe_read_fn.
    let (start, shape) = unsafe { (start.cast::<[i64; 3]>().read(), shape.cast::<[i64; 3]>().read()) };
    told(|env, watcher| block(env, watcher, false, image, start, shape, samples.cast(), bytes))
}

/// An `abbe_write_fn`; Java gets a buffer that it cannot write to.
pub unsafe extern "C" fn write_block(
    _user: *mut c_void,
    image: i64,
    start: *const i64,
    shape: *const i64,
    samples: *const c_void,
    bytes: usize,
) -> i32 {
    // SAFETY: three values each, by the contract of abbe_write_fn.
    let (start, shape) = unsafe { (start.cast::<[i64; 3]>().read(), shape.cast::<[i64; 3]>().read()) };
    told(|env, watcher| block(env, watcher, true, image, start, shape, samples.cast_mut().cast(), bytes))
}

#[allow(clippy::too_many_arguments)] // libabbe's
fn block(
    env: &mut Env<'_>,
    watcher: &JObject<'_>,
    written: bool,
    image: i64,
    start: [i64; 3],
    shape: [i64; 3],
    samples: *mut u8,
    bytes: usize,
) -> Result<bool, Error> {
    // Java says what is wrong with a block for which it has no buffer.
    let buffer = match i32::try_from(bytes) {
        // SAFETY: libabbe's memory, alive during this call; users of blocks promise to keep no buffer beyond it.
        Ok(_) => unsafe { env.new_direct_byte_buffer(samples, bytes)? },
        Err(_) => JByteBuffer::null(),
    };
    let places = start.iter().chain(&shape).map(|&place| JValue::Long(place));
    let arguments: Vec<JValue<'_>> = [JValue::Bool(written), JValue::Long(image)]
        .into_iter()
        .chain(places)
        .chain([JValue::Long(bytes as i64), JValue::Object(&buffer)])
        .collect();
    env.call_method(watcher, jni_str!("block"), jni_sig!("(ZJJJJJJJJLjava/nio/ByteBuffer;)Z"), &arguments)?.z()
}

/// Tells the innermost watcher of this thread by `tell`, whose true means to go on; `ABBE_CONTINUE` or `ABBE_CANCEL`.
fn told(tell: impl FnOnce(&mut Env<'_>, &JObject<'_>) -> Result<bool, Error>) -> i32 {
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let running = RUNNING.with_borrow(|running| running.last().copied());
        running.is_none_or(|(env, watcher)| answer(env, watcher, tell))
    }));
    i32::from(!answer.unwrap_or(false))
}

fn answer(
    env: *mut JNIEnv,
    watcher: jobject,
    tell: impl FnOnce(&mut Env<'_>, &JObject<'_>) -> Result<bool, Error>,
) -> bool {
    // SAFETY: the environment of the native method that runs on this very thread, further down its stack.
    let mut env = unsafe { EnvUnowned::from_raw(env) };
    let outcome = env.with_env(|env| {
        let answer = env.with_local_frame(LOCALS, |env| {
            // SAFETY: an argument of that native method, alive until it returns; it is not deleted here.
            let watcher = std::mem::ManuallyDrop::new(unsafe { JObject::from_raw(env, watcher) });
            tell(env, &watcher)
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
    /// Environments and watchers of the calls on this thread, the innermost last.
    static RUNNING: RefCell<Vec<(*mut JNIEnv, jobject)>> = const { RefCell::new(Vec::new()) };
}
