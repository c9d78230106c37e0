//! Streams: frames of a camera, worked through on a thread of libabbe's.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{guard, on, outside, refuse_logging};
use super::buffers::{slice_out, value_out};
use super::constants::{abbe_deliver_fn, abbe_param, abbe_plan, abbe_release_fn, abbe_status, abbe_stream};
use super::context::check_target;
use super::handle::{find, insert, remove};
use super::slots::{HostFrame, HostStream, Source};
use crate::codes::{Code, Count, ResultFact, Submitted};
use crate::error::{Error, Result};
use crate::stream::{Counts, Deliver, Done, Offer};

/// Makes a stream of frames through a plan. Experimental: it may change while ABBE_VERSION_MAJOR stays.
///
/// create -> set, add plans -> start -> submit* -> destroy. Between abbe_stream_start() and abbe_stream_destroy() a thread of
/// libabbe's executes the plan on frame after frame. The plan may be used otherwise meanwhile: calls on it take turns, and
/// live parameters are set for the frames to come; a change that needs a commit makes frames fail until there was one.
///
/// @param      plan    The plan; to be committed before the start.
/// @param[out] stream  Receives the handle.
/// @since 0.1
///
/// # Safety
/// `stream` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_create(plan: *mut abbe_plan, stream: *mut *mut abbe_stream) -> abbe_status {
    on(plan, |plan| {
        check_target("stream", stream)?;
        let handle = insert::<abbe_stream>(Arc::new(HostStream::new(Arc::clone(plan))))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("stream", stream, handle) }
    })
}

/// Adds a plan that gives better results than those before it and takes longer. Experimental.
///
/// With ABBE_STREAM_DEADLINE_MS each frame runs with the best plan that is predicted to be in time: a slower one is left at
/// once where it would be late, and tried again after some frames with time to spare. ABBE_STREAM_LEVEL keeps to one of them,
/// for results that are the same bits whatever the machine is at. Without either, all run with the last one.
///
/// @param stream  The stream, not started.
/// @param plan    A plan of the same layouts; to be committed before the start.
/// @retval ABBE_ERROR_STATE     The stream has started.
/// @retval ABBE_ERROR_ARGUMENT  It has 64 plans.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_add_plan(stream: *mut abbe_stream, plan: *mut abbe_plan) -> abbe_status {
    on(stream, |host| host.stream.add_level(find(plan)?))
}

/// Sets a whole number or a choice of a stream, or a real number to a whole value. Experimental.
///
/// @param stream  The stream, not started.
/// @param param   One of ABBE_STREAM_*.
/// @param value   In the parameter's range.
/// @retval ABBE_ERROR_STATE  The stream has started.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_set_i64(stream: *mut abbe_stream, param: abbe_param, value: i64) -> abbe_status {
    on(stream, |host| host.stream.set(|settings| settings.set_i64(param, value)))
}

/// Sets a real number of a stream. Experimental.
///
/// @param stream  The stream, not started.
/// @param param   One of ABBE_STREAM_*.
/// @param value   In the parameter's range and unit.
/// @retval ABBE_ERROR_STATE  The stream has started.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_set_f64(stream: *mut abbe_stream, param: abbe_param, value: f64) -> abbe_status {
    on(stream, |host| host.stream.set(|settings| settings.set_f64(param, value)))
}

/// Gives a whole number or a choice of a stream. Experimental.
///
/// @param      stream  The stream.
/// @param      param   One of ABBE_STREAM_*.
/// @param[out] value   Receives it.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_get_i64(
    stream: *const abbe_stream,
    param: abbe_param,
    value: *mut i64,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(stream, |host| unsafe { value_out("value", value, host.stream.settings(|settings| settings.read_i64(param))?) })
}

/// Gives a real number of a stream. Experimental.
///
/// @param      stream  The stream.
/// @param      param   One of ABBE_STREAM_*.
/// @param[out] value   Receives it.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_get_f64(
    stream: *const abbe_stream,
    param: abbe_param,
    value: *mut f64,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(stream, |host| unsafe { value_out("value", value, host.stream.settings(|settings| settings.read_f64(param))?) })
}

/// Has results given to a function; without one they wait for abbe_stream_take(). Experimental.
///
/// @param stream  The stream, not started.
/// @param result  Called with each result on the stream's thread; NULL for none. While it runs, no other frame does: it must
///                return. It may submit, set live parameters, ask for counts and cancel; abbe_stream_destroy() and
///                abbe_stream_wait(), of any stream, do nothing there and are refused.
/// @param user    Handed to `result`.
/// @retval ABBE_ERROR_STATE  The stream has started.
/// @since 0.1
///
/// # Safety
/// `result` may be called with `user` on another thread until the stream is destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_set_result(
    stream: *mut abbe_stream,
    result: abbe_deliver_fn,
    user: *mut c_void,
) -> abbe_status {
    on(stream, |host| {
        let target = ResultTarget { user };
        host.stream.set_deliver(result.map(|result| -> Deliver {
            Box::new(move |done, image| {
                let facts = facts(done);
                let (image, bytes) = (image.as_ptr().cast(), image.len());
                // SAFETY: the host promised that `result` may be called with `user` on another thread.
                outside(|| unsafe { result(target.user(), image, bytes, facts.as_ptr(), facts.len() as i32) });
            })
        }))
    })
}

/// Allocates all memory and starts the thread. Experimental.
///
/// @param stream  The stream.
/// @retval ABBE_ERROR_STATE     A plan is not committed, or the stream has started before.
/// @retval ABBE_ERROR_ARGUMENT  The plans have different layouts, or ABBE_STREAM_LEVEL is no plan's.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_start(stream: *mut abbe_stream) -> abbe_status {
    on(stream, |host| host.start())
}

/// Gives the address of memory for a frame that the camera can write into, one of ABBE_STREAM_SLOTS. Experimental.
///
/// It is aligned to 64 bytes, and the host's until it is submitted; then it is libabbe's until the frame has run or was
/// dropped. Waits for nothing and allocates nothing.
///
/// @param      stream  The stream, started.
/// @param[out] slot    Receives the address as a number, of ABBE_PLAN_INPUT_BYTES bytes; 0 where none is free.
/// @since 0.1
///
/// # Safety
/// `slot` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_slot(stream: *mut abbe_stream, slot: *mut i64) -> abbe_status {
    on(stream, |host| {
        check_target("slot", slot)?;
        let address = host.slots()?.lend().map_or(0, |slot| slot.expose_provenance() as i64);
        // SAFETY: by this function's contract.
        unsafe { value_out("slot", slot, address) }
    })
}

/// Offers a frame. Waits for nothing and allocates nothing; any thread may call it. Experimental.
///
/// @param      stream     The stream, started.
/// @param      src        First byte of the frame in the layout of the plan's input: memory of the host's own, or a slot from
///                        abbe_stream_slot(). Where it is taken it must stay as it is until it is released.
/// @param      src_bytes  ABBE_PLAN_INPUT_BYTES.
/// @param      number     The host's number of the frame, the camera's counter. One that is more than 1 above the one before
///                        says that frames are missing, which is counted; one that is not above it begins anew.
/// @param      release    Called once when a frame that was taken is not needed any more: after it has run, or when it is
///                        dropped; NULL for none. On the stream's thread, or one that submits, cancels or destroys. Not called
///                        for slots.
/// @param      user       Handed to `release`.
/// @param[out] answer     Receives an abbe_submitted_code: ABBE_SUBMITTED_FULL says that the frame was not taken, and is the
///                        host's as before. May be NULL.
/// @retval ABBE_ERROR_ARGUMENT  A frame of another size, or NULL.
/// @retval ABBE_ERROR_STATE     Not started, or being destroyed.
/// @since 0.1
///
/// # Safety
/// `src` has `src_bytes` bytes that nobody writes until the frame is released, and `release` may be called with `user` on
/// any thread until then; `answer` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_submit(
    stream: *mut abbe_stream,
    src: *const c_void,
    src_bytes: usize,
    number: i64,
    release: abbe_release_fn,
    user: *mut c_void,
    answer: *mut i32,
) -> abbe_status {
    on(stream, |host| {
        if src.is_null() {
            return Err(Error::Argument("src is NULL; it must be the address of a frame".into()));
        }
        host.stream.check(src_bytes)?;
        let slots = host.slots()?;
        let source = match slots.submitted(src.addr())? {
            Some(slot) => Source::Slot(Arc::clone(slots), slot),
            None => Source::Host(call_release, release, user),
        };
        // SAFETY: by this function's contract; slots stay as long as the frame.
        let frame = unsafe { HostFrame::new(src.cast(), src_bytes, source) };
        let code = match host.stream.submit(frame, number)? {
            Offer::Accepted => Submitted::Accepted,
            Offer::Replaced(_) => Submitted::Replaced,
            Offer::Full(frame) => {
                frame.refuse();
                Submitted::Full
            }
        };
        if answer.is_null() {
            return Ok(());
        }
        // SAFETY: by this function's contract.
        unsafe { value_out("answer", answer, code.number()) }
    })
}

/// Gives the oldest result that was not taken. Waits for nothing and allocates nothing. Experimental.
///
/// @param      stream     The stream, started without a result function.
/// @param[out] dst        First byte of the target buffer, in the layout of the plan's output.
/// @param      dst_bytes  Size of that buffer, at least ABBE_PLAN_OUTPUT_BYTES.
/// @param[out] facts      Receives what is known of it, in the order of abbe_result_code; may be NULL where `capacity` is 0.
/// @param      capacity   Values that `facts` has room for; later versions may have more.
/// @param[out] taken      Receives 1, or 0 where no result waits.
/// @retval ABBE_ERROR_STATE     Not started, or results go to a function.
/// @retval ABBE_ERROR_ARGUMENT  `dst` is NULL or too small; the result waits as before.
/// @since 0.1
///
/// # Safety
/// `dst` has `dst_bytes` bytes that nobody else uses, `facts` room for `capacity` values; `taken` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_take(
    stream: *mut abbe_stream,
    dst: *mut c_void,
    dst_bytes: usize,
    facts: *mut i64,
    capacity: i32,
    taken: *mut i32,
) -> abbe_status {
    on(stream, |host| {
        let bytes = host.stream.result_bytes()?;
        if dst_bytes < bytes {
            return Err(Error::Argument(format!("dst holds {dst_bytes} bytes; results of this stream are {bytes}")));
        }
        check_target("taken", taken)?;
        // SAFETY: by this function's contract.
        let target = unsafe { slice_out("dst", dst.cast::<u8>(), bytes) }?;
        // SAFETY: by this function's contract.
        let room = unsafe { numbers_out("facts", facts, capacity) }?;
        let found = host.stream.take(|done, image| {
            target.copy_from_slice(image);
            room.iter_mut().zip(self::facts(done)).for_each(|(place, fact)| *place = fact);
        })?;
        // SAFETY: by this function's contract.
        unsafe { value_out("taken", taken, i32::from(found)) }
    })
}

/// Gives what has become of all frames, as of one instant. Experimental.
///
/// Of abbe_count_code, ABBE_COUNT_SUBMITTED is always the sum of those from ABBE_COUNT_DELIVERED to ABBE_COUNT_PENDING.
///
/// @param      stream    The stream, started.
/// @param[out] counts    Receives the counts in the order of abbe_count_code.
/// @param      capacity  Values that `counts` has room for; later versions may have more.
/// @since 0.1
///
/// # Safety
/// `counts` has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_stream_counts(
    stream: *const abbe_stream,
    counts: *mut i64,
    capacity: i32,
) -> abbe_status {
    on(stream, |host| {
        // SAFETY: by this function's contract.
        let room = unsafe { numbers_out("counts", counts, capacity) }?;
        let found = host.stream.counts()?;
        let value = |count: &Count| count_of(&found, *count) as i64;
        room.iter_mut().zip(Count::ALL).for_each(|(place, count)| *place = value(count));
        Ok(())
    })
}

/// Waits until no frame waits for its turn or is in work, and the result function has returned. Experimental.
///
/// @param stream      The stream, started.
/// @param timeout_ms  The most to wait, in ms; 0 only asks.
/// @retval ABBE_ERROR_BUSY   The time is over: there still are frames, or results that nobody takes hold them up.
/// @retval ABBE_ERROR_STATE  Not started; or called by a function that a stream calls.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_wait(stream: *mut abbe_stream, timeout_ms: i64) -> abbe_status {
    on(stream, |host| {
        let most = u64::try_from(timeout_ms)
            .map_err(|_| Error::Argument(format!("timeout_ms is {timeout_ms}; it must be 0 or more")))?;
        host.stream.wait(Duration::from_millis(most.min(LONGEST_MS)))
    })
}

/// Drops the frames that wait and gives up the one in work; results that were not taken stay, and frames to come are taken as
/// before. Returns at once, on any thread. Experimental.
///
/// @param stream  The stream, started.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_cancel(stream: *mut abbe_stream) -> abbe_status {
    on(stream, |host| host.stream.cancel())
}

/// Destroys a stream: gives up the frame in work, releases all frames, and returns when its thread has ended. Experimental.
///
/// Called by a function that a stream calls, this one or another, it does nothing but to log an error: of two whose functions wait
/// for each other's end, neither would come to one.
/// Called by a log function it does nothing.
/// Slots are gone afterwards, those that the host holds too.
///
/// @param stream  The stream; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_stream_destroy(stream: *mut abbe_stream) {
    guard(|| {
        if let Ok(host) = find::<abbe_stream>(stream) {
            refuse_logging()?;
            host.stream.close().inspect_err(|error| host.stream.context().note(error))?;
        }
        remove(stream);
        Ok(())
    });
}

fn call_release(release: abbe_release_fn, user: *mut c_void, frame: *const c_void) {
    if let Some(release) = release {
        // SAFETY: the host promised that `release` may be called with `user` on any thread.
        outside(|| unsafe { release(user, frame) });
    }
}

/// In the order of [`ResultFact`].
fn facts(done: &Done) -> [i64; ResultFact::ALL.len()] {
    let Done { tag, started_ns, done_ns, level, flags } = done;
    [
        tag.sequence as i64,
        tag.number,
        tag.submitted_ns as i64,
        *started_ns as i64,
        *done_ns as i64,
        *level as i64,
        *flags,
    ]
}

fn count_of(counts: &Counts, count: Count) -> u64 {
    match count {
        Count::Submitted => counts.submitted,
        Count::Delivered => counts.delivered,
        Count::DroppedOverflow => counts.dropped_overflow,
        Count::DroppedDeadline => counts.dropped_deadline,
        Count::DroppedByHost => counts.dropped_by_host,
        Count::Failed => counts.failed,
        Count::Pending => counts.pending,
        Count::Refused => counts.refused,
        Count::Missing => counts.missing,
    }
}

/// Room for numbers, none where the capacity is 0.
///
/// # Safety
/// `numbers` has room for `capacity` values that nobody else uses for `'a`.
unsafe fn numbers_out<'a>(name: &str, numbers: *mut i64, capacity: i32) -> Result<&'a mut [i64]> {
    match usize::try_from(capacity) {
        Err(_) => Err(Error::Argument(format!("capacity is {capacity}; it must be 0 or more"))),
        Ok(0) => Ok(&mut []),
        // SAFETY: by this function's contract.
        Ok(capacity) => unsafe { slice_out(name, numbers, capacity) },
    }
}

#[derive(Clone, Copy)]
struct ResultTarget {
    user: *mut c_void,
}

impl ResultTarget {
    fn user(&self) -> *mut c_void {
        self.user
    }
}

// SAFETY: libabbe only hands the pointer back; the host promised that its function takes it on the stream's thread.
unsafe impl Send for ResultTarget {}

/// A year: no clock overflows.
const LONGEST_MS: u64 = 365 * 24 * 3600 * 1000;
