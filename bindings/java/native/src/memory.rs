//! Memory of more than the 2 GiB that a Java buffer can have: the stage of images that Java holds plane by plane.

use std::alloc::{Layout, alloc_zeroed, dealloc};

use jni::EnvUnowned;
use jni::objects::{JByteBuffer, JClass};
use jni::sys::{jint, jlong};

use crate::abbe::{ARGUMENT, MEMORY};
use crate::boundary::Failure;
use crate::natives;
use crate::values::store;

natives! {
    fn memoryCreate(env, _abbe, bytes: jlong, created: JLongArray) {
        let layout = layout(bytes)?;
        // SAFETY: the layout has at least one byte.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            return Err(Failure::new(MEMORY, format!("the image needs {bytes} bytes; the machine could not give that much")));
        }
        store(env, 0, &created, memory.expose_provenance() as i64)
    }

    /// Java calls it once, with the address and size of a `memoryCreate`.
    fn memoryDestroy(_env, _abbe, address: jlong, bytes: jlong) {
        let layout = layout(bytes)?;
        // SAFETY: by this function's contract.
        unsafe { dealloc(std::ptr::with_exposed_provenance_mut(address as usize), layout) };
        Ok(0)
    }
}

/// A buffer over a part of a `memoryCreate`, null when there is no memory for it; Java uses none after its
/// `memoryDestroy`.
#[unsafe(no_mangle)]
extern "system" fn Java_abbe_Native_memoryView<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    address: jlong,
    bytes: jint,
) -> JByteBuffer<'local> {
    let outcome = env.with_env(|env| {
        // SAFETY: by this function's contract.
        unsafe { env.new_direct_byte_buffer(std::ptr::with_exposed_provenance_mut(address as usize), bytes as usize) }
    });
    match outcome.into_outcome() {
        jni::Outcome::Ok(buffer) => buffer,
        jni::Outcome::Err(_) | jni::Outcome::Panic(_) => JByteBuffer::null(),
    }
}

fn layout(bytes: i64) -> Result<Layout, Failure> {
    usize::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes > 0)
        .and_then(|bytes| Layout::from_size_align(bytes, ALIGNMENT).ok())
        .ok_or_else(|| Failure::new(ARGUMENT, format!("memory of {bytes} bytes is asked for; it must be 1 or more")))
}

/// A cache line.
const ALIGNMENT: usize = 64;
