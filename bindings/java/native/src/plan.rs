//! Plans.

use std::ffi::c_void;

use crate::abbe::{ARGUMENT, Abbe, Handle};
use crate::listeners::{progress, read_block, watched, write_block};
use crate::objects::image;
use crate::values::{bytes_of, handle, longs, optional_longs, reserved, store, store_text, text};
use crate::{Failure, natives};

/// A plan made by `make` whose progress is heard of; 0 where there is none.
fn listening(abbe: &Abbe, make: impl FnOnce(&mut Handle) -> i32) -> (i32, i64) {
    let mut key: Handle = std::ptr::null_mut();
    let status = make(&mut key);
    if status != 0 {
        return (status, 0);
    }
    // SAFETY: `progress` takes any `user` and lives as long as this library, which is never unloaded before.
    let status = unsafe { (abbe.plan_set_progress)(key, Some(progress), std::ptr::null_mut()) };
    if status != 0 {
        // SAFETY: a plain key.
        unsafe { (abbe.plan_destroy)(key) };
    }
    (status, key.addr() as i64)
}

natives! {
    fn planCreate(env, abbe, _owner: JObject, context: jlong, created: JLongArray) {
        // SAFETY: the key can be written.
        let (status, key) = listening(abbe, |key| unsafe { (abbe.plan_create)(handle(context), key) });
        store(env, status, &created, key)
    }

    fn planLoadJson(env, abbe, _owner: JObject, context: jlong, json: JByteArray, created: JLongArray) {
        let json = text(env, &json)?;
        // SAFETY: `json` ends in a NUL, and the key can be written.
        let (status, key) =
            listening(abbe, |key| unsafe { (abbe.plan_load_json)(handle(context), json.as_ptr(), key) });
        store(env, status, &created, key)
    }

    fn planAddStep(_env, abbe, _owner: JObject, plan: jlong, step: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_add_step)(handle(plan), step) })
    }

    fn planSelectStep(_env, abbe, _owner: JObject, plan: jlong, index: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_select_step)(handle(plan), index) })
    }

    fn planSetPsf(_env, abbe, _owner: JObject, plan: jlong, _psf_owner: JObject, psf: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_set_psf)(handle(plan), handle(psf)) })
    }

    fn planSetChannelPsf(_env, abbe, _owner: JObject, plan: jlong, channel: jint, _psf_owner: JObject, psf: jlong) {
        // SAFETY: plain values; 0 is NULL.
        Ok(unsafe { (abbe.plan_set_channel_psf)(handle(plan), channel, handle(psf)) })
    }

    fn planSetModel(_env, abbe, _owner: JObject, plan: jlong, _model_owner: JObject, model: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_set_model)(handle(plan), handle(model)) })
    }

    fn planSetModelInput(env, abbe, _owner: JObject, plan: jlong, name: JByteArray, samples: JFloatArray,
            shape: JLongArray) {
        let (name, shape) = (text(env, &name)?, longs(env, &shape)?);
        let values = image(env, &samples, &shape)?;
        let axes = shape.len() as i32;
        // SAFETY: `name` ends in a NUL; `values` has as many values as `shape` says, by the line above.
        Ok(unsafe {
            (abbe.plan_set_model_input)(handle(plan), name.as_ptr(), values.as_ptr(), axes, shape.as_ptr())
        })
    }

    fn planSetInteger(_env, abbe, _owner: JObject, plan: jlong, id: jint, value: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_set_i64)(handle(plan), id, value) })
    }

    fn planSetNumber(_env, abbe, _owner: JObject, plan: jlong, id: jint, value: jdouble) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_set_f64)(handle(plan), id, value) })
    }

    fn planSetText(env, abbe, _owner: JObject, plan: jlong, id: jint, value: JByteArray) {
        let value = text(env, &value)?;
        // SAFETY: `value` ends in a NUL.
        Ok(unsafe { (abbe.plan_set_text)(handle(plan), id, value.as_ptr()) })
    }

    fn planUnset(_env, abbe, _owner: JObject, plan: jlong, id: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_unset)(handle(plan), id) })
    }

    fn planSetInput(env, abbe, _owner: JObject, plan: jlong, dtype: jint, axes: JByteArray, shape: JLongArray,
                    strides: JLongArray, offset: jlong) {
        let axes = text(env, &axes)?;
        let shape = longs(env, &shape)?;
        let strides = optional_longs(env, &strides)?;
        let count = axes.as_bytes().len();
        for (name, values) in [("shape", Some(&shape)), ("strides", strides.as_ref())] {
            if let Some(values) = values.filter(|values| values.len() != count) {
                return Err(Failure::new(ARGUMENT, format!(
                    "{name} has {} values; it must have one for each of the {count} axes {axes:?}", values.len()
                )));
            }
        }
        let strides = strides.as_ref().map_or(std::ptr::null(), |strides| strides.as_ptr());
        // SAFETY: `axes` ends in a NUL; both arrays have a value for each of its letters, by the loop above.
        Ok(unsafe { (abbe.plan_set_input)(handle(plan), dtype, axes.as_ptr(), shape.as_ptr(), strides, offset) })
    }

    fn planSetMask(env, abbe, _owner: JObject, plan: jlong, mask: JByteArray) {
        if mask.is_null() {
            // SAFETY: without a mask nothing is read.
            return Ok(unsafe { (abbe.plan_set_mask)(handle(plan), std::ptr::null(), 0) });
        }
        let mask = env.convert_byte_array(&mask)?;
        // SAFETY: `mask` has as many bytes as is said.
        Ok(unsafe { (abbe.plan_set_mask)(handle(plan), mask.as_ptr().cast(), mask.len()) })
    }

    fn planSetSensorMap(env, abbe, _owner: JObject, plan: jlong, map: jint, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        if samples.is_null() {
            // SAFETY: without samples nothing is read.
            return Ok(unsafe { (abbe.plan_set_sensor_map)(handle(plan), map, std::ptr::null(), 0, shape.as_ptr()) });
        }
        let values = image(env, &samples, &shape)?;
        let ndim = shape.len() as i32;
        // SAFETY: `values` has as many values as `shape` says, by the lines above.
        Ok(unsafe { (abbe.plan_set_sensor_map)(handle(plan), map, values.as_ptr(), ndim, shape.as_ptr()) })
    }

    fn planSetOutput(env, abbe, _owner: JObject, plan: jlong, dtype: jint, strides: JLongArray, offset: jlong) {
        let strides = optional_longs(env, &strides)?;
        if let Some(strides) = &strides {
            let mut count = 0;
            // SAFETY: `count` can be written.
            let status = unsafe { (abbe.plan_output_shape)(handle(plan), std::ptr::null_mut(), 0, &mut count) };
            if status != 0 {
                return Ok(status);
            }
            if strides.len() != count as usize {
                return Err(Failure::new(ARGUMENT, format!(
                    "strides has {} values; it must have one for each of the {count} axes", strides.len()
                )));
            }
        }
        let strides = strides.as_ref().map_or(std::ptr::null(), |strides| strides.as_ptr());
        // SAFETY: NULL, or a value for each axis by the lines above.
        Ok(unsafe { (abbe.plan_set_output)(handle(plan), dtype, strides, offset) })
    }

    /// Stores the number of axes in `count`; the extents in `shape` when it has room.
    fn planOutputShape(env, abbe, _owner: JObject, plan: jlong, shape: JLongArray, count: JIntArray) {
        let mut extents = reserved::<i64>(MOST_AXES)?;
        extents.resize(MOST_AXES, 0);
        let mut found = 0;
        // SAFETY: room for as many values as is said; `found` can be written.
        let status =
            unsafe { (abbe.plan_output_shape)(handle(plan), extents.as_mut_ptr(), MOST_AXES as i32, &mut found) };
        if status == 0 {
            shape.set_region(env, 0, &extents[..found as usize])?;
        }
        store(env, status, &count, found)
    }

    fn planCommit(_env, abbe, _owner: JObject, plan: jlong) {
        // SAFETY: a plain key.
        Ok(unsafe { (abbe.plan_commit)(handle(plan)) })
    }

    /// `source_at` and `target_at` are offsets into the buffers, or addresses of `Native.memoryCreate` without one.
    fn planExecute(env, abbe, watcher: JObject, plan: jlong, source: JByteBuffer, source_at: jlong, source_bytes: jlong,
                   target: JByteBuffer, target_at: jlong, target_bytes: jlong) {
        let source = if source.is_null() {
            std::ptr::with_exposed_provenance_mut(source_at as usize)
        } else {
            bytes_of(env, "source", &source, source_at, source_bytes)?
        };
        let target = if target.is_null() {
            std::ptr::with_exposed_provenance_mut(target_at as usize)
        } else {
            bytes_of(env, "target", &target, target_at, target_bytes)?
        };
        let (source, target) = (source.cast::<c_void>().cast_const(), target.cast::<c_void>());
        Ok(watched(env, &watcher, || {
            // SAFETY: the buffers have those bytes, checked above or allocated by us; Java keeps them reachable, and
            // whoever calls Plan.execute promises that nobody else writes them meanwhile.
            unsafe {
                (abbe.plan_execute)(handle(plan), source, source_bytes as usize, target, target_bytes as usize)
            }
        }))
    }

    /// `watcher` is asked for blocks, too.
    fn planExecuteBlocks(env, abbe, watcher: JObject, plan: jlong) {
        Ok(watched(env, &watcher, || {
            // SAFETY: both functions take any `user`, and live as long as this library.
            unsafe {
                (abbe.plan_execute_blocks)(handle(plan), Some(read_block), Some(write_block), std::ptr::null_mut())
            }
        }))
    }

    fn planEstimatedPsf(_env, abbe, _owner: JObject, plan: jlong, _psf_owner: JObject, psf: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.plan_estimated_psf)(handle(plan), handle(psf)) })
    }

    fn planCancel(_env, abbe, _owner: JObject, plan: jlong) {
        // SAFETY: a plain key.
        unsafe { (abbe.plan_cancel)(handle(plan)) };
        Ok(0)
    }

    fn planInteger(env, abbe, _owner: JObject, plan: jlong, id: jint, value: JLongArray) {
        let mut found = 0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.plan_get_i64)(handle(plan), id, &mut found) };
        store(env, status, &value, found)
    }

    fn planNumber(env, abbe, _owner: JObject, plan: jlong, id: jint, value: JDoubleArray) {
        let mut found = 0.0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.plan_get_f64)(handle(plan), id, &mut found) };
        store(env, status, &value, found)
    }

    fn planSaveJson(env, abbe, _owner: JObject, plan: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.plan_save_json)(handle(plan), text, room, needed) })
    }

    fn planReport(env, abbe, _owner: JObject, plan: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.plan_report)(handle(plan), text, room, needed) })
    }

    fn planDestroy(_env, abbe, plan: jlong) {
        // SAFETY: a destroyed or made-up key is passed over.
        unsafe { (abbe.plan_destroy)(handle(plan)) };
        Ok(0)
    }
}

/// t, c, z, y, x.
const MOST_AXES: usize = 5;
