//! Assessments.

use crate::abbe::Handle;
use crate::listeners::{progress, watched};
use crate::natives;
use crate::objects::{check_product, image};
use crate::values::{handle, longs, reserved, store, store_text};

natives! {
    fn assessCreate(env, abbe, _owner: JObject, context: jlong, created: JLongArray) {
        let mut key: Handle = std::ptr::null_mut();
        // SAFETY: `key` can be written.
        let status = unsafe { (abbe.assess_create)(handle(context), &mut key) };
        store(env, status, &created, key.addr() as i64)
    }

    fn assessSetInteger(_env, abbe, _owner: JObject, assess: jlong, id: jint, value: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.assess_set_i64)(handle(assess), id, value) })
    }

    fn assessSetNumber(_env, abbe, _owner: JObject, assess: jlong, id: jint, value: jdouble) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.assess_set_f64)(handle(assess), id, value) })
    }

    fn assessUnset(_env, abbe, _owner: JObject, assess: jlong, id: jint) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.assess_unset)(handle(assess), id) })
    }

    fn assessSetImage(env, abbe, _owner: JObject, assess: jlong, role: jint, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        let values = image(env, &samples, &shape)?;
        let (count, values) = (shape.len() as i32, values.as_ptr());
        // SAFETY: `values` has as many values as `shape` says, by the lines above.
        Ok(unsafe { (abbe.assess_set_image)(handle(assess), role, values, count, shape.as_ptr()) })
    }

    fn assessSetPsf(_env, abbe, _owner: JObject, assess: jlong, _psf_owner: JObject, psf: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.assess_set_psf)(handle(assess), handle(psf)) })
    }

    fn assessSetPlan(_env, abbe, _owner: JObject, assess: jlong, _plan_owner: JObject, plan: jlong) {
        // SAFETY: plain values.
        Ok(unsafe { (abbe.assess_set_plan)(handle(assess), handle(plan)) })
    }

    fn assessSetMask(env, abbe, _owner: JObject, assess: jlong, mask: JByteArray) {
        if mask.is_null() {
            // SAFETY: without a mask nothing is read.
            return Ok(unsafe { (abbe.assess_set_mask)(handle(assess), std::ptr::null(), 0) });
        }
        let mask = env.convert_byte_array(&mask)?;
        // SAFETY: `mask` has as many bytes as is said.
        Ok(unsafe { (abbe.assess_set_mask)(handle(assess), mask.as_ptr().cast(), mask.len()) })
    }

    /// `watcher` hears of progress.
    fn assessRun(env, abbe, _owner: JObject, assess: jlong, watcher: JObject) {
        Ok(watched(env, &watcher, || {
            // SAFETY: `progress` takes any `user`.
            unsafe { (abbe.assess_run)(handle(assess), Some(progress), std::ptr::null_mut()) }
        }))
    }

    fn assessCancel(_env, abbe, _owner: JObject, assess: jlong) {
        // SAFETY: a plain key.
        unsafe { (abbe.assess_cancel)(handle(assess)) };
        Ok(0)
    }

    fn assessInteger(env, abbe, _owner: JObject, assess: jlong, id: jint, value: JLongArray) {
        let mut found = 0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.assess_get_i64)(handle(assess), id, &mut found) };
        store(env, status, &value, found)
    }

    fn assessNumber(env, abbe, _owner: JObject, assess: jlong, id: jint, value: JDoubleArray) {
        let mut found = 0.0;
        // SAFETY: `found` can be written.
        let status = unsafe { (abbe.assess_get_f64)(handle(assess), id, &mut found) };
        store(env, status, &value, found)
    }

    fn assessMap(env, abbe, _owner: JObject, assess: jlong, map: jint, samples: JFloatArray, shape: JLongArray) {
        let shape = longs(env, &shape)?;
        let len = samples.len(env)?;
        check_product(&shape, len)?;
        let mut values = reserved::<f32>(len)?;
        values.resize(len, 0.0);
        let (count, room) = (shape.len() as i32, values.as_mut_ptr());
        // SAFETY: `values` has as many values as `shape` says, by the lines above.
        let status = unsafe { (abbe.assess_map)(handle(assess), map, room, count, shape.as_ptr()) };
        if status == 0 {
            samples.set_region(env, 0, &values)?;
        }
        Ok(status)
    }

    fn assessReport(env, abbe, _owner: JObject, assess: jlong, json: JObjectArray) {
        // SAFETY: `store_text` hands over room for what it says, or NULL and 0.
        store_text(env, &json, |text, room, needed| unsafe { (abbe.assess_report)(handle(assess), text, room, needed) })
    }

    fn assessDestroy(_env, abbe, assess: jlong) {
        // SAFETY: a destroyed or made-up key is passed over.
        unsafe { (abbe.assess_destroy)(handle(assess)) };
        Ok(0)
    }
}
