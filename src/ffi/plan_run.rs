//! Plans at work: commit, execute, and what they tell.

use std::ffi::{c_char, c_void};

use super::boundary::{guard, on, outside};
use super::buffers::{json_out, slice_in, slice_out, value_out};
use super::constants::{abbe_param, abbe_plan, abbe_progress_fn, abbe_psf, abbe_status};
use super::handle::{find, remove};
use crate::error::{Error, Result};
use crate::plan::{Buffers, Listener};
use crate::runtime::Answer;

/// Sets a function that receives the progress and may cancel.
///
/// @param plan      The plan; it stays committed.
/// @param progress  Called on the thread that calls abbe_plan_execute(), several times per iteration or tile; NULL for
///                  none. It must return (see Callbacks above). A commit calls nothing: ask for ABBE_PLAN_PROGRESS.
/// @param user      Handed to `progress`.
/// @since 0.1
///
/// # Safety
/// `progress` may be called with `user` until it is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_progress(
    plan: *mut abbe_plan,
    progress: abbe_progress_fn,
    user: *mut c_void,
) -> abbe_status {
    on(plan, |plan| {
        let target = ProgressTarget { user };
        plan.set_listener(progress.map(|progress| -> Listener {
            Box::new(move |fraction| {
                // SAFETY: the host promised that `progress` may be called with `user`.
                match outside(|| unsafe { progress(target.user(), fraction) }) {
                    0 => Answer::Continue,
                    _ => Answer::Cancel,
                }
            })
        }))
    })
}

/// Checks everything, computes the point spread functions, builds transforms and sessions and allocates all memory.
/// May take seconds, and a few minutes where a GPU's engine is built: ABBE_PLAN_PROGRESS and abbe_plan_cancel() work
/// from other threads meanwhile. The log has a warning where a point spread function is suspicious.
///
/// @param plan  The plan; not committed after a failure.
/// @retval ABBE_ERROR_STATE   No input, no step, or a step lacks something, e.g. a point spread function.
/// @retval ABBE_ERROR_UNSUPPORTED  ABBE_PLAN_BLOCKS is 1, and a step needs whole images.
/// @retval ABBE_ERROR_MEMORY  Not enough memory, or a cap too low: the text says the least that works.
/// @retval ABBE_ERROR_CANCELLED  abbe_plan_cancel() asked for it.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_commit(plan: *mut abbe_plan) -> abbe_status {
    on(plan, |plan| plan.commit())
}

/// Runs the steps on one image. libabbe allocates nothing here; a step that runs a network makes a few small objects, and ONNX
/// Runtime takes what it needs for a tile.
///
/// After a failure, being cancelled included, `dst` is as before, but for images of a series, and tiles of an image, that
/// were done before it; the report's "images" says how many images were. In place too, each of them is then wholly the
/// source or wholly the result. Nothing cancels an execute that has written its last tile: it returns ABBE_OK.
/// Samples that did not fit the type of `dst` are counted: ABBE_PLAN_CLIPPED. What is suspicious (samples clipped, an
/// image without light, residuals that are not noise, a parameter that is set and has no effect) is a text of the report's
/// "warnings" and a warning in the log, which has each kind once per commit.
///
/// @param      plan       A committed plan.
/// @param      src        First byte of the source buffer; any alignment. Not written.
/// @param      src_bytes  Size of that buffer, at least ABBE_PLAN_INPUT_BYTES.
/// @param[out] dst        First byte of the target buffer. Either `src` itself, with equal layouts, or disjoint from it;
///                        where ABBE_PLAN_MEMORY_CAP_BYTES brings tiles, only the latter.
/// @param      dst_bytes  Size of that buffer, at least ABBE_PLAN_OUTPUT_BYTES.
/// @retval ABBE_ERROR_ARGUMENT   A buffer is NULL or too small, they overlap, or the image holds NaN or infinity, or
///                               numbers so large that the result would.
/// @retval ABBE_ERROR_STATE      Not committed since the last change.
/// @retval ABBE_ERROR_CANCELLED  The progress function or abbe_plan_cancel() asked for it.
/// @since 0.1
///
/// # Safety
/// `src` has `src_bytes` bytes that nobody writes, `dst` has `dst_bytes` that nobody else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_execute(
    plan: *mut abbe_plan,
    src: *const c_void,
    src_bytes: usize,
    dst: *mut c_void,
    dst_bytes: usize,
) -> abbe_status {
    on(plan, |plan| {
        plan.execute(|input, output, in_place| {
            // SAFETY: by this function's contract.
            unsafe { image_buffers((src, src_bytes, input), (dst, dst_bytes, output), in_place) }
        })
    })
}

/// As abbe_plan_execute(), but that it waits for no other call on the plan.
///
/// @param      plan       A committed plan.
/// @param      src        As there.
/// @param      src_bytes  As there.
/// @param[out] dst        As there.
/// @param      dst_bytes  As there.
/// @retval ABBE_ERROR_BUSY  Another call is at work on the plan; nothing was done.
/// @since 0.1
///
/// # Safety
/// As abbe_plan_execute().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_try_execute(
    plan: *mut abbe_plan,
    src: *const c_void,
    src_bytes: usize,
    dst: *mut c_void,
    dst_bytes: usize,
) -> abbe_status {
    on(plan, |plan| {
        plan.try_execute(|input, output, in_place| {
            // SAFETY: by this function's contract.
            unsafe { image_buffers((src, src_bytes, input), (dst, dst_bytes, output), in_place) }
        })
    })
}

/// Asks the execute or commit that runs on a plan to stop, or the call that works out its facts before commit; returns at
/// once, on any thread. They return ABBE_ERROR_CANCELLED within about 0.2 s of work, and after a transform of the field where
/// that takes longer, or ABBE_OK where all was done.
///
/// @param plan  The plan. Nothing happens when neither runs; calls that wait for their turn on the plan are not
///              stopped.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_cancel(plan: *mut abbe_plan) {
    on(plan, |plan| {
        plan.cancel();
        Ok(())
    });
}

/// Gives a whole number of a plan: a fact (ABBE_PLAN_WORKSPACE_BYTES), or a setting of the plan or its selected step.
///
/// Facts of a committed plan are given at once, also while it executes; before commit they are worked out first, with the
/// point spread functions, which may take seconds.
/// Settings are given at once too.
///
/// @param      plan   The plan.
/// @param      param  The fact or setting.
/// @param[out] value  Receives it.
/// @retval ABBE_ERROR_CANCELLED  A fact was asked for before commit, and abbe_plan_cancel() was called.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_get_i64(plan: *const abbe_plan, param: abbe_param, value: *mut i64) -> abbe_status {
    // SAFETY: by this function's contract.
    on(plan, |plan| unsafe { value_out("value", value, plan.i64(param)?) })
}

/// Gives a real number of a plan: a fact (ABBE_PLAN_PROGRESS), or a setting of the plan or its selected step.
///
/// Facts are given at once, also while the plan executes.
///
/// @param      plan   The plan.
/// @param      param  The fact or setting.
/// @param[out] value  Receives it.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_get_f64(plan: *const abbe_plan, param: abbe_param, value: *mut f64) -> abbe_status {
    // SAFETY: by this function's contract.
    on(plan, |plan| unsafe { value_out("value", value, plan.f64(param)?) })
}

/// Gives a measured point spread function the samples of the one that the selected step, a deconvolution whose algorithm is
/// ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY, found in the last image.
///
/// Its extents are those of the one that the step was given, or less where the image is small. ABBE_PSF_BACKGROUND and
/// ABBE_PSF_CENTRE are set so that samples are used as they are. abbe_psf_extent() and abbe_psf_sample() read it; other plans
/// may use it.
///
/// @param plan  The plan, executed since its last change.
/// @param psf   Made with ABBE_PSF_MEASURED; the samples that it held are replaced.
/// @retval ABBE_ERROR_STATE  The step found none, or `psf` is of another kind.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_estimated_psf(plan: *const abbe_plan, psf: *mut abbe_psf) -> abbe_status {
    on(plan, |plan| plan.estimated_psf(&*find(psf)?))
}

/// Describes what the last execute that came to its end did, as one JSON object to be stored with the image; the next may be
/// under way. Its keys:
///   abbe             version of the library
///   device, threads  where it ran; networks say more in their step
///   workspace_bytes  memory held by the plan
///   input, output    dtype, axes and shape of each
///   finished         whether the last execute ended well; false before the first
///   seconds, images  its time, and the images (channels times time points) that were written
///   flux_in, flux_out                      sums of all samples read, and of all results before they were converted to the type of
///                                          `dst`: after a step of ABBE_STEP_OUTPUT, in the intensities that it gives
///   clipped_low, clipped_high, not_finite  samples that did not fit the type of `dst`, and how
///   warnings         what is suspicious, as texts
///   plan             what was set, as abbe_plan_save_json() gives it
///   steps            one object per step: step (its name), seconds, psf (as abbe_psf_report() has it) and images, one
///                    object per image: what was estimated, iterations and why they ended, tiles, devices, ... (docs/deconvolution.md)
/// Later versions add keys; they take none away within one ABBE_VERSION_MAJOR.
///
/// @param      plan      The plan.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_STATE  The plan was not committed since the last change, or is being committed.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_report(
    plan: *const abbe_plan,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(plan, |plan| unsafe { json_out(&plan.report()?, json, capacity, needed) })
}

/// Destroys a plan. An execute that runs on it finishes first, on its own thread.
///
/// @param plan  The plan; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_destroy(plan: *mut abbe_plan) {
    guard(|| {
        remove(plan);
        Ok(())
    });
}

/// The buffers of an execute, each given as address, the bytes that are there, and the bytes that the plan needs.
///
/// # Safety
/// Source and target have that many bytes, which nobody writes, and nobody else uses, for `'a`.
unsafe fn image_buffers<'a>(
    (src, src_bytes, input_bytes): (*const c_void, usize, u64),
    (dst, dst_bytes, output_bytes): (*mut c_void, usize, u64),
    in_place_allowed: bool,
) -> Result<Buffers<'a>> {
    let input = check_buffer(("src", src.addr(), src_bytes), input_bytes);
    let output = check_buffer(("dst", dst.addr(), dst_bytes), output_bytes);
    let (input, output) = (input?, output?);
    if src.addr() == dst.addr() && in_place_allowed {
        // SAFETY: `dst` has that many bytes by the check above, alone by this function's contract.
        return Ok(Buffers::InPlace(unsafe { slice_out("dst", dst.cast::<u8>(), output) }?));
    }
    if src.addr() == dst.addr() {
        return Err(Error::Argument(
            "dst is src; the plan must then not be one of tiles, and the layouts of source and target equal: sample \
             type, strides, byte offset and extents; see abbe_plan_set_output()"
                .into(),
        ));
    }
    if src.addr() < dst.addr() + output && dst.addr() < src.addr() + input {
        return Err(Error::Argument(
            "dst is overlapping src; it must be disjoint from it, or src itself with an equal layout where the \
             plan is not one of tiles"
                .into(),
        ));
    }
    // SAFETY: as above, and disjoint by the line above.
    let (source, target) =
        unsafe { (slice_in("src", src.cast::<u8>(), input)?, slice_out("dst", dst.cast::<u8>(), output)?) };
    Ok(Buffers::Apart { source, target })
}

fn check_buffer((name, address, bytes): (&str, usize, usize), needed: u64) -> Result<usize> {
    if address == 0 {
        return Err(Error::Argument(format!("{name} is NULL; this plan needs {needed} bytes there")));
    }
    usize::try_from(needed)
        .ok()
        .filter(|needed| *needed <= bytes && address.checked_add(*needed).is_some())
        .ok_or_else(|| Error::Argument(format!("{name} holds {bytes} bytes; this plan needs {needed}")))
}

#[derive(Clone, Copy)]
struct ProgressTarget {
    user: *mut c_void,
}

impl ProgressTarget {
    fn user(&self) -> *mut c_void {
        self.user
    }
}

// SAFETY: libabbe only hands the pointer back, on the thread that executes.
unsafe impl Send for ProgressTarget {}
