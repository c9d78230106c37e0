//! The native half of the Java binding: the methods of `abbe.Native`, each a call of libabbe's C ABI.
//!
//! Every method returns a status and puts its result into an array that Java hands over, so none throws. `owner`
//! arguments are there to keep the Java object alive while its handle is in use. Texts cross as UTF-8 in `byte[]`.

mod abbe;
mod assess;
mod boundary;
mod listeners;
mod memory;
mod objects;
mod plan;
mod values;

use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass, JObjectArray};
use jni::sys::jint;

use crate::boundary::{Failure, run};
use crate::values::{store, store_text, text};

/// Defines native methods of `abbe.Native`; the body answers with a status.
macro_rules! natives {
    ($($(#[$meta:meta])* fn $name:ident($env:ident, $abbe:ident $(, $argument:ident: $type:ident)* $(,)?) $body:block)+) => {
        $($(#[$meta])*
        #[allow(non_snake_case)] // named as in Java
        #[unsafe(export_name = concat!("Java_abbe_Native_", stringify!($name)))]
        extern "system" fn $name<'local>(
            env: jni::EnvUnowned<'local>,
            _class: jni::objects::JClass<'local>,
            $($argument: natives!(@ $type),)*
        ) -> jni::sys::jint {
            crate::boundary::call(env, |$env, $abbe| $body)
        })+
    };
    (@ jint) => { jni::sys::jint };
    (@ jlong) => { jni::sys::jlong };
    (@ jdouble) => { jni::sys::jdouble };
    (@ JObjectArray) => { jni::objects::JObjectArray<'local, jni::objects::JByteArray<'local>> };
    (@ $object:ident) => { jni::objects::$object<'local> };
}
pub(crate) use natives;

/// Loads libabbe from a path.
#[unsafe(no_mangle)]
extern "system" fn Java_abbe_Native_load<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    path: JByteArray<'local>,
) -> jint {
    run(env, |env| {
        let path = text(env, &path)?;
        abbe::load(&path.to_string_lossy())?;
        Ok(0)
    })
}

/// The text of the last failure on this thread; null when there is no memory for it.
#[unsafe(no_mangle)]
extern "system" fn Java_abbe_Native_errorText<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    target: JObjectArray<'local, JByteArray<'local>>,
) -> jint {
    let failed = boundary::last_text();
    run(env, |env| {
        let bytes = env.byte_array_from_slice(failed.as_bytes())?;
        target.set_element(env, 0, &bytes)?;
        Ok(0)
    })
}

natives! {
    fn version(env, abbe, number: JIntArray, name: JObjectArray) {
        // SAFETY: takes nothing.
        let version = unsafe { (abbe.version)() };
        // SAFETY: as above; the text lives as long as the library and ends in a NUL.
        let version_text = unsafe { std::ffi::CStr::from_ptr((abbe.version_text)()) };
        let bytes = env.byte_array_from_slice(version_text.to_bytes())?;
        name.set_element(env, 0, &bytes)?;
        store(env, 0, &number, version as jint)
    }

    fn parameterCount(env, abbe, count: JIntArray) {
        // SAFETY: takes nothing.
        let found = unsafe { (abbe.param_count)() };
        store(env, 0, &count, found)
    }

    fn parameterAt(env, abbe, index: jint, id: JIntArray) {
        let mut found = 0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.param_at)(index, &mut found) };
        store(env, status, &id, found)
    }

    fn parameterFind(env, abbe, name: JByteArray, id: JIntArray) {
        let name = text(env, &name)?;
        let mut found = 0;
        // SAFETY: `name` ends in a NUL, `found` can be written.
        let status = unsafe { (abbe.param_find)(name.as_ptr(), &mut found) };
        store(env, status, &id, found)
    }

    fn parameterDescribe(env, abbe, id: jint, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.param_describe)(id, text, room, needed) })
    }
}
