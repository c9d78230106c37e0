//! Images that the host reads and writes in blocks.

use std::ffi::c_void;

use super::boundary::{on, outside};
use super::constants::{abbe_plan, abbe_read_fn, abbe_status, abbe_write_fn};
use crate::error::{Error, Result};
use crate::image::{Clipped, Dtype, Found, Pitched, Region, Source, pack, unpack};
use crate::plan::Images;
use crate::runtime::Workers;

/// Runs the steps on images that the host reads and writes in blocks, so that they may be larger than memory.
///
/// For plans of one deconvolve step, with or without a background step before it, that are committed with
/// ABBE_PLAN_BLOCKS = 1: they hold the block that is worked on besides, which others read where it is. What the plan holds keeps to
/// ABBE_PLAN_MEMORY_CAP_BYTES; without a cap, and where the cap allows it, a block is a whole image. Under a cap an image
/// is worked on in tiles that overlap: `read` is asked for every sample once to look at it, and again for each tile
/// that needs it; `write` gets every sample of the result once, in blocks that do not overlap. Only one block is in use at a
/// time. Types, axes and shapes are those of abbe_plan_set_input() and abbe_plan_set_output(); strides
/// and offsets are not used.
///
/// With ABBE_PLAN_BLOCKS = 2 nothing is written: the report says what was found of the images, for
/// abbe_plan_set_calibrations().
///
/// After a failure blocks that were written stay written, and the plan can be executed again.
///
/// @param plan   A committed plan.
/// @param read   Gives the blocks of the source.
/// @param write  Takes the blocks of the target.
/// @param user   Handed to both.
/// @retval ABBE_ERROR_ARGUMENT     A function is NULL, or a block holds NaN or infinity.
/// @retval ABBE_ERROR_STATE        Not committed since the last change, or ABBE_PLAN_BLOCKS is 0.
/// @retval ABBE_ERROR_IO           A function failed: the text says which, with what number, and at which block.
/// @retval ABBE_ERROR_CANCELLED    A function returned ABBE_CANCEL, or it was cancelled otherwise.
/// @since 0.1
///
/// # Safety
/// Both functions may be called with `user` until this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_execute_blocks(
    plan: *mut abbe_plan,
    read: abbe_read_fn,
    write: abbe_write_fn,
    user: *mut c_void,
) -> abbe_status {
    on(plan, |plan| {
        let missing = |name: &str| Error::Argument(format!("{name} is NULL; it must be a function"));
        let (read, write) = (read.ok_or_else(|| missing("read"))?, write.ok_or_else(|| missing("write"))?);
        plan.execute_blocks(&mut HostImages { read, write, user })
    })
}

type Read = unsafe extern "C" fn(*mut c_void, i64, *const i64, *const i64, *mut c_void, usize) -> i32;
type Write = unsafe extern "C" fn(*mut c_void, i64, *const i64, *const i64, *const c_void, usize) -> i32;

/// Images behind the host's functions.
struct HostImages {
    read: Read,
    write: Write,
    user: *mut c_void,
}

impl Images for HostImages {
    fn source(&self, _: usize) -> Option<Source<'_>> {
        None
    }

    fn read(
        &mut self,
        dtype: Dtype,
        image: usize,
        region: Region,
        target: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<Found> {
        let bytes = bytes_of(scratch, region, dtype);
        let [start, shape] = [region.start, region.shape].map(|values| values.map(|value| value as i64));
        bytes.fill(0); // What `read` leaves out is dark, not whatever was here before.
        let samples = bytes.as_mut_ptr().cast();
        // SAFETY: the host promised that `read` may be called with `user`; the samples have that many bytes.
        let answer = outside(|| unsafe {
            (self.read)(self.user, image as i64, start.as_ptr(), shape.as_ptr(), samples, bytes.len())
        });
        check_answer("read", answer, image, region)?;
        Ok(unpack(dtype, bytes, region.shape, target, workers))
    }

    fn write(
        &mut self,
        dtype: Dtype,
        image: usize,
        region: Region,
        source: Pitched,
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<Clipped> {
        let bytes = bytes_of(scratch, region, dtype);
        let clipped = pack(dtype, source, region.shape, bytes, workers);
        let [start, shape] = [region.start, region.shape].map(|values| values.map(|value| value as i64));
        let samples = bytes.as_ptr().cast();
        // SAFETY: the host promised that `write` may be called with `user`; the samples have that many bytes.
        let answer = outside(|| unsafe {
            (self.write)(self.user, image as i64, start.as_ptr(), shape.as_ptr(), samples, bytes.len())
        });
        check_answer("write", answer, image, region)?;
        Ok(clipped)
    }
}

/// The first bytes of `scratch`, as many as a block has.
fn bytes_of(scratch: &mut [f32], region: Region, dtype: Dtype) -> &mut [u8] {
    let scratch = &mut scratch[..region.samples()];
    // SAFETY: a float is four bytes of any value, and no type of sample is larger.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr().cast(), region.samples() * dtype.bytes()) }
}

fn check_answer(name: &str, answer: i32, image: usize, region: Region) -> Result<()> {
    match answer {
        0 => Ok(()),
        1 => Err(Error::Cancelled),
        _ => Err(Error::Io(format!(
            "{name} returned {answer} for the block of image {image} at {:?} of shape {:?} (z, y, x); it must return \
             ABBE_CONTINUE, or ABBE_CANCEL to stop",
            region.start, region.shape
        ))),
    }
}
