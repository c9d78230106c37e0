//! libabbe for C++ programs that build it in their own tree: typed slices instead of pointers and sizes, and failures
//! as exceptions, by way of [`cxx`].
//!
//! **This is a source-level interface without an ABI promise**: both sides must be built together, by one compiler from
//! one state of the tree. Programs that load libabbe as a library use `include/abbe/abbe.hpp` over the C ABI. The bridge
//! itself calls the C ABI and nothing else, so both ways do the same.
//!
//! In C++:
//!
//! ```cpp
//! #include "abbe-cxx/src/lib.rs.h"
//!
//! auto plan = abbe::in_tree::deconvolution({1.4, 525.0, 1.515, 65.0, 200.0}, {planes, rows, columns}, 30);
//! plan->execute(source, target);   // rust::Slice<const float>, rust::Slice<float>: packed, axes z, y, x
//! ```

use std::ptr::null_mut;

use abbe::ffi::constants::{abbe_context, abbe_plan, abbe_psf};
use abbe::ffi::context::{abbe_context_create, abbe_context_destroy};
use abbe::ffi::library::abbe_error_text;
use abbe::ffi::plan::{
    abbe_plan_add_step, abbe_plan_create, abbe_plan_set_i64, abbe_plan_set_input, abbe_plan_set_psf,
};
use abbe::ffi::plan_run::{abbe_plan_commit, abbe_plan_destroy, abbe_plan_execute, abbe_plan_report};
use abbe::ffi::psf::{abbe_psf_create, abbe_psf_destroy, abbe_psf_set_f64};
use abbe::params::{
    DECONVOLVE_ITERATIONS, PSF_IMMERSION_INDEX, PSF_NUMERICAL_APERTURE, PSF_PIXEL_NM, PSF_STEP_NM, PSF_WAVELENGTH_NM,
};

#[cxx::bridge(namespace = "abbe::in_tree")]
mod bridge {
    /// A widefield microscope. Lengths are in the sample.
    struct Optics {
        /// Numerical aperture, below the immersion index.
        numerical_aperture: f64,
        /// Emission wavelength in vacuum, nm.
        wavelength_nm: f64,
        /// Refractive index of the immersion medium.
        immersion_index: f64,
        /// Distance of neighbouring pixels, nm.
        pixel_nm: f64,
        /// Distance of neighbouring planes, nm.
        step_nm: f64,
    }

    /// Extents of a stack in samples.
    struct Shape {
        /// Along z.
        planes: i64,
        /// Along y.
        rows: i64,
        /// Along x.
        columns: i64,
    }

    extern "Rust" {
        type Plan;

        fn deconvolution(optics: Optics, shape: Shape, iterations: i64) -> Result<Box<Plan>>;
        fn execute(self: &mut Plan, source: &[f32], target: &mut [f32]) -> Result<()>;
        fn report(self: &Plan) -> Result<String>;
    }
}

pub use bridge::{Optics, Shape};

/// A committed deconvolution of stacks of one shape.
pub struct Plan(*mut abbe_plan);

/// A failure of libabbe, with its text.
#[derive(Debug)]
pub struct Failure(String);

/// Prepares the deconvolution of f32 stacks, packed, axes z, y, x.
///
/// # Errors
/// What the C ABI refuses: optics out of range, extents below 1, memory that is not there.
pub fn deconvolution(optics: Optics, shape: Shape, iterations: i64) -> Result<Box<Plan>, Failure> {
    let mut handles = Handles { context: null_mut(), psf: null_mut() };
    // SAFETY: the addresses are of variables that live through the call.
    check(unsafe { abbe_context_create(&mut handles.context) })?;
    // SAFETY: as above.
    check(unsafe { abbe_psf_create(handles.context, WIDEFIELD, &mut handles.psf) })?;
    for (param, value) in [
        (PSF_IMMERSION_INDEX, optics.immersion_index),
        (PSF_NUMERICAL_APERTURE, optics.numerical_aperture),
        (PSF_WAVELENGTH_NM, optics.wavelength_nm),
        (PSF_PIXEL_NM, optics.pixel_nm),
        (PSF_STEP_NM, optics.step_nm),
    ] {
        check(abbe_psf_set_f64(handles.psf, param, value))?;
    }
    let mut plan = Box::new(Plan(null_mut()));
    // SAFETY: the address is of a field that lives through the call.
    check(unsafe { abbe_plan_create(handles.context, &mut plan.0) })?;
    check(abbe_plan_add_step(plan.0, DECONVOLVE))?;
    check(abbe_plan_set_psf(plan.0, handles.psf))?;
    check(abbe_plan_set_i64(plan.0, DECONVOLVE_ITERATIONS, iterations))?;
    let shape = [shape.planes, shape.rows, shape.columns];
    // SAFETY: the axes end in a NUL, and there is an extent for each.
    check(unsafe { abbe_plan_set_input(plan.0, F32, c"zyx".as_ptr(), shape.as_ptr(), std::ptr::null(), 0) })?;
    check(abbe_plan_commit(plan.0))?;
    Ok(plan)
}

impl Plan {
    /// Deconvolves one stack.
    ///
    /// # Errors
    /// Slices too short for the shape, samples that are not finite.
    pub fn execute(&mut self, source: &[f32], target: &mut [f32]) -> Result<(), Failure> {
        let sizes = (size_of_val(source), size_of_val(target));
        // SAFETY: the pointers and sizes are those of slices, which Rust keeps apart.
        check(unsafe {
            abbe_plan_execute(self.0, source.as_ptr().cast(), sizes.0, target.as_mut_ptr().cast(), sizes.1)
        })
    }

    /// What the last execute really did, as JSON.
    ///
    /// # Errors
    /// When libabbe has no report.
    pub fn report(&self) -> Result<String, Failure> {
        let mut size = 0;
        // SAFETY: NULL and 0 ask for the size alone.
        check(unsafe { abbe_plan_report(self.0, null_mut(), 0, &mut size) })?;
        let mut text = vec![0_u8; size];
        // SAFETY: the buffer is as large as it says.
        check(unsafe { abbe_plan_report(self.0, text.as_mut_ptr().cast(), size, &mut size) })?;
        text.truncate(size - 1);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        abbe_plan_destroy(self.0);
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What a plan is made from; it keeps what it needs of them.
struct Handles {
    context: *mut abbe_context,
    psf: *mut abbe_psf,
}

impl Drop for Handles {
    fn drop(&mut self) {
        abbe_psf_destroy(self.psf);
        abbe_context_destroy(self.context);
    }
}

fn check(status: i32) -> Result<(), Failure> {
    if status == 0 {
        return Ok(());
    }
    // SAFETY: NULL and 0 ask for the size alone.
    let size = unsafe { abbe_error_text(std::ptr::null(), null_mut(), 0) };
    let mut text = vec![0_u8; size];
    // SAFETY: the buffer is as large as it says.
    unsafe { abbe_error_text(std::ptr::null(), text.as_mut_ptr().cast(), size) };
    text.truncate(size - 1);
    Err(Failure(String::from_utf8_lossy(&text).into_owned()))
}

const WIDEFIELD: i32 = abbe::codes::PsfKind::Widefield as i32;
const DECONVOLVE: i32 = abbe::codes::StepKind::Deconvolve as i32;
const F32: i32 = abbe::codes::Dtype::F32 as i32;
