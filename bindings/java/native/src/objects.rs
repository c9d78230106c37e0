//! Contexts, point spread functions and networks.

use jni::Env;
use std::ffi::c_void;

use jni::objects::JFloatArray;

use crate::abbe::Handle;
use crate::listeners::{listen, progress, silence, watched};
use crate::values::{bytes_of, handle, longs, reserved, store, store_text, text};
use crate::{Failure, natives};

natives! {
    fn contextCreate(env, abbe, created: JLongArray) {
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `key` can be written.
        let status = unsafe { (abbe.context_create)(&mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn contextSetInteger(_env, abbe, _owner: JObject, context: jlong, id: jint, value: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.context_set_i64)(handle(context), id, value) })
    }

    fn contextSetNumber(_env, abbe, _owner: JObject, context: jlong, id: jint, value: jdouble) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.context_set_f64)(handle(context), id, value) })
    }

    fn contextSetText(env, abbe, _owner: JObject, context: jlong, id: jint, value: JByteArray) {
        let value = text(env, &value)?;
        // SAFETY: `value` ends in a NUL.
        Ok(unsafe { (abbe.context_set_text)(handle(context), id, value.as_ptr()) })
    }

    fn contextUnset(_env, abbe, _owner: JObject, context: jlong, id: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.context_unset)(handle(context), id) })
    }

    fn contextSetLog(env, abbe, _owner: JObject, context: jlong, listener: JObject, level: jint) {
        if listener.is_null() {
            // SAFETY: NULL ends the log.
            let status = unsafe { (abbe.context_set_log)(handle(context), None, std::ptr::null_mut(), level) };
            silence(context);
            return Ok(status);
        }
        listen(env, abbe, context, &listener, level)
    }

    fn contextRegisterProvider(env, abbe, _owner: JObject, context: jlong, name: JByteArray, path: JByteArray) {
        let (name, path) = (text(env, &name)?, text(env, &path)?);
        // SAFETY: both texts end in a NUL.
        Ok(unsafe { (abbe.context_register_provider)(handle(context), name.as_ptr(), path.as_ptr()) })
    }

    fn contextDevices(env, abbe, _owner: JObject, context: jlong, json: JObjectArray) {
        let context = handle(context);
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.context_devices)(context, text, room, needed) })
    }

    fn contextDestroy(_env, abbe, context: jlong) {
        silence(context);
        // SAFETY: a destroyed or made-up key is passed over.
        unsafe { (abbe.context_destroy)(handle(context)) };
        Ok(0)
    }

    fn psfCreate(env, abbe, _owner: JObject, context: jlong, kind: jint, created: JLongArray) {
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `key` can be written.
        let status = unsafe { (abbe.psf_create)(handle(context), kind, &mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn psfSetInteger(_env, abbe, _owner: JObject, psf: jlong, id: jint, value: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.psf_set_i64)(handle(psf), id, value) })
    }

    fn psfSetNumber(_env, abbe, _owner: JObject, psf: jlong, id: jint, value: jdouble) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.psf_set_f64)(handle(psf), id, value) })
    }

    fn psfSetText(env, abbe, _owner: JObject, psf: jlong, id: jint, value: JByteArray) {
        let value = text(env, &value)?;
        // SAFETY: `value` ends in a NUL.
        Ok(unsafe { (abbe.psf_set_text)(handle(psf), id, value.as_ptr()) })
    }

    fn psfUnset(_env, abbe, _owner: JObject, psf: jlong, id: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.psf_unset)(handle(psf), id) })
    }

    fn psfSetSamples(env, abbe, _owner: JObject, psf: jlong, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        let values = image(env, &samples, &shape)?;
        // SAFETY: `values` has as many values as `shape` says, by the line above.
        Ok(unsafe { (abbe.psf_set_samples)(handle(psf), values.as_ptr(), shape.len() as i32, shape.as_ptr()) })
    }

    fn psfFit(_env, abbe, _owner: JObject, psf: jlong, _measured_owner: JObject, measured: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.psf_fit)(handle(psf), handle(measured)) })
    }

    /// `watcher` hears of progress.
    fn psfEstimate(env, abbe, _owner: JObject, psf: jlong, watcher: JObject, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        let values = image(env, &samples, &shape)?;
        let (count, user) = (shape.len() as i32, std::ptr::null_mut());
        Ok(watched(env, &watcher, || {
            // SAFETY: `values` has as many values as `shape` says, by the lines above; `progress` takes any `user`.
            unsafe { (abbe.psf_estimate)(handle(psf), values.as_ptr(), count, shape.as_ptr(), Some(progress), user) }
        }))
    }

    fn psfCancel(_env, abbe, _owner: JObject, psf: jlong) {
        // SAFETY: a plain key.
        unsafe { (abbe.psf_cancel)(handle(psf)) };
        Ok(0)
    }

    fn psfInteger(env, abbe, _owner: JObject, psf: jlong, id: jint, value: JLongArray) {
        let mut found = 0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.psf_get_i64)(handle(psf), id, &mut found) };
        store(env, status, &value, found)
    }

    fn psfNumber(env, abbe, _owner: JObject, psf: jlong, id: jint, value: JDoubleArray) {
        let mut found = 0.0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.psf_get_f64)(handle(psf), id, &mut found) };
        store(env, status, &value, found)
    }

    fn psfExtent(env, abbe, _owner: JObject, psf: jlong, shape: JLongArray) {
        let mut extents = longs(env, &shape)?;
        // SAFETY: room for as many values as is said; libabbe takes no other numbers than 2 and 3.
        let status = unsafe { (abbe.psf_extent)(handle(psf), extents.len() as i32, extents.as_mut_ptr()) };
        if status == 0 {
            shape.set_region(env, 0, &extents)?;
        }
        Ok(status)
    }

    fn psfSample(env, abbe, _owner: JObject, psf: jlong, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        let len = samples.len(env)?;
        check_product(&shape, len)?;
        let mut values = reserved::<f32>(len)?;
        values.resize(len, 0.0);
        // SAFETY: `values` has as many values as `shape` says, by the lines above.
        let status = unsafe { (abbe.psf_sample)(handle(psf), values.as_mut_ptr(), shape.len() as i32, shape.as_ptr()) };
        if status == 0 {
            samples.set_region(env, 0, &values)?;
        }
        Ok(status)
    }

    fn psfReport(env, abbe, _owner: JObject, psf: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.psf_report)(handle(psf), text, room, needed) })
    }

    fn psfDestroy(_env, abbe, psf: jlong) {
        // SAFETY: a destroyed or made-up key is passed over.
        unsafe { (abbe.psf_destroy)(handle(psf)) };
        Ok(0)
    }

    fn metricMeasure(env, abbe, _owner: JObject, context: jlong, metric: jint, samples: JFloatArray, reference: JFloatArray,
            shape: JLongArray, range: jdouble, value: JDoubleArray) {
        let shape = longs(env, &shape)?;
        let (samples, reference) = (image(env, &samples, &shape)?, image(env, &reference, &shape)?);
        let (samples, reference, ndim) = (samples.as_ptr(), reference.as_ptr(), shape.len() as i32);
        let (context, mut found) = (handle(context), 0.0);
        // SAFETY: both have as many values as `shape` says, by the lines above; `found` can be written.
        let status = unsafe {
            (abbe.metric_measure)(context, metric, samples, reference, ndim, shape.as_ptr(), range, &mut found)
        };
        store(env, status, &value, found)
    }

    fn sensorMeasure(env, abbe, _owner: JObject, context: jlong, dtype: jint, frames: JByteBuffer, dark_frames: jlong,
                     levels: jlong, flat_frames: jlong, shape: JLongArray, samples: JFloatArray) {
        let shape = longs(env, &shape)?;
        let mut maps = image(env, &samples, &shape)?;
        let bytes = env.get_direct_buffer_capacity(&frames)?;
        let frames = bytes_of(env, "frames", &frames, 0, bytes as i64)?.cast::<c_void>().cast_const();
        // SAFETY: the buffer has those bytes, and `maps` as many values as `shape` says, by the lines above.
        let status = unsafe {
            (abbe.sensor_measure)(
                handle(context), dtype, frames, bytes, dark_frames, levels, flat_frames, shape.len() as i32,
                shape.as_ptr(), maps.as_mut_ptr(),
            )
        };
        if status == 0 {
            samples.set_region(env, 0, &maps)?;
        }
        Ok(status)
    }

    fn modelLoad(env, abbe, _owner: JObject, context: jlong, path: JByteArray, created: JLongArray) {
        let path = text(env, &path)?;
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `path` ends in a NUL, `key` can be written.
        let status = unsafe { (abbe.model_load)(handle(context), path.as_ptr(), &mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn modelLoadMemory(env, abbe, _owner: JObject, context: jlong, bytes: JByteArray, created: JLongArray) {
        let bytes = env.convert_byte_array(&bytes)?;
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `bytes` has as many bytes as is said, `key` can be written.
        let status = unsafe { (abbe.model_load_memory)(handle(context), bytes.as_ptr().cast(), bytes.len(), &mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn modelBuiltin(env, abbe, _owner: JObject, context: jlong, name: JByteArray, created: JLongArray) {
        let name = text(env, &name)?;
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `name` ends in a NUL, `key` can be written.
        let status = unsafe { (abbe.model_builtin)(handle(context), name.as_ptr(), &mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn modelSetInteger(_env, abbe, _owner: JObject, model: jlong, id: jint, value: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.model_set_i64)(handle(model), id, value) })
    }

    fn modelSetNumber(_env, abbe, _owner: JObject, model: jlong, id: jint, value: jdouble) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.model_set_f64)(handle(model), id, value) })
    }

    fn modelUnset(_env, abbe, _owner: JObject, model: jlong, id: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.model_unset)(handle(model), id) })
    }

    /// `watcher` hears of progress.
    fn modelLearn(env, abbe, _owner: JObject, model: jlong, watcher: JObject, samples: JFloatArray, shape: JLongArray,
            created: JLongArray) {
        let shape = longs(env, &shape)?;
        let values = image(env, &samples, &shape)?;
        let (count, user) = (shape.len() as i32, std::ptr::null_mut());
        let mut key: Handle = std::ptr::null_mut();
        let status = watched(env, &watcher, || {
            let (values, shape) = (values.as_ptr(), shape.as_ptr());
            // SAFETY: `values` has as many values as `shape` says, by the lines above; `progress` takes any `user`; `key` can be
            // written.
            unsafe { (abbe.model_learn)(handle(model), values, count, shape, Some(progress), user, &mut key) }
        });
        store(env, status, &created, key.addr() as i64)
    }

    fn modelCancel(_env, abbe, _owner: JObject, model: jlong) {
        // SAFETY: a plain key.
        unsafe { (abbe.model_cancel)(handle(model)) };
        Ok(0)
    }

    fn modelSave(env, abbe, _owner: JObject, model: jlong, path: JByteArray) {
        let path = text(env, &path)?;
        // SAFETY: `path` ends in a NUL.
        Ok(unsafe { (abbe.model_save)(handle(model), path.as_ptr()) })
    }

    fn modelDescribe(env, abbe, _owner: JObject, model: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.model_describe)(handle(model), text, room, needed) })
    }

    fn modelSelftest(env, abbe, _owner: JObject, model: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.model_selftest)(handle(model), text, room, needed) })
    }

    fn modelDestroy(_env, abbe, model: jlong) {
        // SAFETY: a destroyed or made-up key is passed over.
        unsafe { (abbe.model_destroy)(handle(model)) };
        Ok(0)
    }
}

/// The samples of an array, as many as `shape` says.
pub fn image(env: &Env<'_>, samples: &JFloatArray<'_>, shape: &[i64]) -> Result<Vec<f32>, Failure> {
    let len = samples.len(env)?;
    check_product(shape, len)?;
    let mut values = reserved::<f32>(len)?;
    values.resize(len, 0.0);
    samples.get_region(env, 0, &mut values)?;
    Ok(values)
}

/// `len` values must be what an image of that shape has; shapes that libabbe refuses are left to it.
pub fn check_product(shape: &[i64], len: usize) -> Result<(), Failure> {
    let product = shape.iter().try_fold(1_i64, |product, extent| product.checked_mul((*extent).max(0)));
    if product.is_none_or(|product| product > 0 && product as usize != len) {
        return Err(Failure::new(
            crate::abbe::ARGUMENT,
            format!("samples has {len} values; an image of {shape:?} has their product"),
        ));
    }
    Ok(())
}
