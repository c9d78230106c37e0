//! Plans as JSON.

use std::ffi::c_char;
use std::sync::Arc;

use super::boundary::on;
use super::buffers::{json_out, text_in, value_out};
use super::constants::{abbe_context, abbe_plan, abbe_status};
use super::context::check_target;
use super::handle::insert;
use crate::plan::Plan;

/// Gives what a plan does as one JSON object, from which abbe_plan_load_json() makes another: its steps with their settings,
/// and the point spread functions with theirs, as they are now; only what was set. The report of an execute has the same
/// object as "plan".
///
/// Not in it: how images lie in memory, and what is kept in files of its own, a mask, samples of a measured point spread
/// function, networks and what their inputs were given, of which it has the sha256, and the path that a network was loaded from.
///
/// @param      plan      The plan, committed or not.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_STATE  Another call on the plan is under way.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_save_json(
    plan: *const abbe_plan,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(plan, |plan| unsafe { json_out(&plan.save()?, json, capacity, needed) })
}

/// Makes a plan that does what another one did. It has no layout of images yet: abbe_plan_set_input() is next.
///
/// What the text cannot hold must be given again: a measured point spread function, a network, a mask. The log has a warning
/// for each; a deconvolution or a model step that lacks what it needs is refused at commit. A commit warns of what was given
/// and is not what the plan was saved with.
///
/// @param      context  The context.
/// @param      json     What abbe_plan_save_json() gave, or a whole report of abbe_plan_report().
/// @param[out] plan     Receives the handle.
/// @retval ABBE_ERROR_ARGUMENT     It is neither, or has a name or a value that this version does not know.
/// @retval ABBE_ERROR_UNSUPPORTED  A later version wrote it, in a format that this one does not know.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or ends in a NUL; `plan` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_load_json(
    context: *mut abbe_context,
    json: *const c_char,
    plan: *mut *mut abbe_plan,
) -> abbe_status {
    on(context, |context| {
        check_target("plan", plan)?;
        // SAFETY: by this function's contract.
        let json = unsafe { text_in("json", json) }?;
        let handle = insert::<abbe_plan>(Arc::new(Plan::load(Arc::clone(context), json)?))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("plan", plan, handle) }
    })
}
