//! Types of the header; its constants are written from the rows of [`crate::codes`] and [`crate::params`]. Arguments and
//! results are plain `int32_t`, so a number that no constant has is an error and never undefined behaviour.
#![allow(dead_code)]

use std::ffi::{c_char, c_void};

/// Holds an abbe_status_code.
pub type abbe_status = i32;

/// Holds an abbe_dtype_code.
pub type abbe_dtype = i32;

/// Holds an abbe_param_code.
pub type abbe_param = i32;

/// Holds an abbe_step_code.
pub type abbe_step = i32;

/// Holds an abbe_sensor_map_code.
pub type abbe_sensor_map = i32;

/// Holds an abbe_metric_code.
pub type abbe_metric = i32;

/// How far images can be believed: a raw image, what was made of it, and what is known of both.
pub struct abbe_assess(());

/// Threads, devices and logging shared by the objects made from it.
pub struct abbe_context(());

/// A point spread function.
pub struct abbe_psf(());

/// A loaded network; immutable.
pub struct abbe_model(());

/// Work prepared for one image layout: an ordered chain of steps.
pub struct abbe_plan(());

/// Frames of a camera on their way through plans.
pub struct abbe_stream(());

/// Called on the thread that called abbe_plan_execute() or abbe_psf_estimate(), with the share that is done, 0 to 1.
/// Returns ABBE_CONTINUE or ABBE_CANCEL. It may call abbe_plan_cancel() and abbe_plan_get_*(), nothing else on this plan.
/// A call on another plan that is at work gives ABBE_ERROR_STATE, since two could wait for each other for ever.
pub type abbe_progress_fn = Option<unsafe extern "C" fn(user: *mut c_void, fraction: f64) -> i32>;

/// Called on any thread, perhaps several at once; calls on libabbe's objects give ABBE_ERROR_STATE there. `level` is an abbe_level_code. `message` is
/// UTF-8 and valid during the call only.
pub type abbe_log_fn = Option<unsafe extern "C" fn(user: *mut c_void, level: i32, message: *const c_char)>;

/// Called on a stream's thread with a result: `image` has `bytes` bytes in the layout of the plan's output, valid during the
/// call; `facts` has `count` values in the order of abbe_result_code.
pub type abbe_deliver_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, image: *const c_void, bytes: usize, facts: *const i64, count: i32)>;

/// Called when a stream does not need a frame any more that was submitted at address `frame`.
pub type abbe_release_fn = Option<unsafe extern "C" fn(user: *mut c_void, frame: *const c_void)>;

/// Reads a block of an image for abbe_plan_execute_blocks(), on the thread that called it. `image` is channel +
/// channels * time point; `start` and `shape` have three values, along z, y and x, also where the image lacks axes.
/// `samples` is to be filled with the block's samples of the input's type, tightly packed, x fastest; it has `bytes`
/// bytes. Returns ABBE_CONTINUE, ABBE_CANCEL, or any other number where reading fails. It may call abbe_plan_cancel()
/// and abbe_plan_get_*(), nothing else on this plan.
pub type abbe_read_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        image: i64,
        start: *const i64,
        shape: *const i64,
        samples: *mut c_void,
        bytes: usize,
    ) -> i32,
>;

/// Writes a block of a result for abbe_plan_execute_blocks(): as abbe_read_fn, with samples of the output's type that
/// are to be taken.
pub type abbe_write_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        image: i64,
        start: *const i64,
        shape: *const i64,
        samples: *const c_void,
        bytes: usize,
    ) -> i32,
>;
