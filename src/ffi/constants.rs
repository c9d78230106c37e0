//! Types and constants of the header. The enums exist to print constants: arguments and results are plain `int32_t`,
//! so a number that no enum has is an error and never undefined behaviour.
#![allow(dead_code)]

use std::ffi::{c_char, c_void};

/// What a call came to. Values are never reused.
#[repr(C)]
pub enum abbe_status_code {
    /// Done.
    ABBE_OK = 0,
    /// An argument is outside its documented range.
    ABBE_ERROR_ARGUMENT = -1,
    /// A handle is NULL, of the wrong kind, or destroyed.
    ABBE_ERROR_HANDLE = -2,
    /// The call does not fit the object's state, e.g. execute before commit.
    ABBE_ERROR_STATE = -3,
    /// This build or version cannot do that.
    ABBE_ERROR_UNSUPPORTED = -4,
    /// Not enough memory, or the plan's memory cap is too low.
    ABBE_ERROR_MEMORY = -5,
    /// A file could not be read.
    ABBE_ERROR_IO = -6,
    /// The model is malformed, or does not fit the image or task.
    ABBE_ERROR_MODEL = -7,
    /// The device asked for is missing or failed.
    ABBE_ERROR_DEVICE = -8,
    /// Stopped by abbe_plan_cancel() or the progress callback.
    ABBE_ERROR_CANCELLED = -9,
    /// A bug in libabbe; please report the error text.
    ABBE_ERROR_INTERNAL = -10,
}

/// Holds an abbe_status_code.
pub type abbe_status = i32;

/// Sample type of an image.
#[repr(C)]
pub enum abbe_dtype_code {
    /// uint8_t
    ABBE_DTYPE_U8 = 1,
    /// uint16_t, in the machine's byte order
    ABBE_DTYPE_U16 = 2,
    /// IEEE 754 binary16
    ABBE_DTYPE_F16 = 3,
    /// float
    ABBE_DTYPE_F32 = 4,
}

/// Holds an abbe_dtype_code.
pub type abbe_dtype = i32;

/// Holds an abbe_param_code.
pub type abbe_param = i32;

/// What a step of a plan does.
#[repr(C)]
pub enum abbe_step_code {
    /// Subtracts a background, given or estimated: parameters ABBE_BACKGROUND_*.
    ABBE_STEP_BACKGROUND = 1,
    /// Deconvolves with a point spread function: parameters ABBE_DECONVOLVE_*.
    ABBE_STEP_DECONVOLVE = 2,
    /// Denoises without a network: parameters ABBE_DENOISE_*.
    ABBE_STEP_DENOISE = 3,
    /// Runs a network: parameters ABBE_MODEL_*.
    ABBE_STEP_MODEL = 4,
}

/// Holds an abbe_step_code.
pub type abbe_step = i32;

/// Shape of a point spread function.
#[repr(C)]
pub enum abbe_psf_code {
    /// A Gaussian, its widths given or taken from the optics.
    ABBE_PSF_GAUSSIAN = 1,
    /// Widefield, scalar, after Gibson and Lanni: coverslip, immersion, sample index and depth.
    ABBE_PSF_WIDEFIELD = 2,
    /// Confocal: excitation times emission, the latter blurred by the pinhole.
    ABBE_PSF_CONFOCAL = 3,
    /// Measured: samples given by abbe_psf_set_samples().
    ABBE_PSF_MEASURED = 4,
    /// Widefield, scalar and paraxial, without aberrations, after Born and Wolf.
    ABBE_PSF_BORN_WOLF = 5,
    /// Widefield, vectorial, three layers, unpolarised emission.
    ABBE_PSF_VECTORIAL = 6,
    /// Two-photon excitation.
    ABBE_PSF_TWO_PHOTON = 7,
    /// Spinning disk: confocal with an array of pinholes.
    ABBE_PSF_SPINNING_DISK = 8,
    /// Light sheet: widefield emission times a Gaussian sheet.
    ABBE_PSF_LIGHT_SHEET = 9,
    /// Motion along a line in the plane.
    ABBE_PSF_MOTION = 10,
}

/// Answer of a progress callback.
#[repr(C)]
pub enum abbe_answer_code {
    /// Go on.
    ABBE_CONTINUE = 0,
    /// Stop as soon as possible.
    ABBE_CANCEL = 1,
}

/// How grave a log line is.
#[repr(C)]
pub enum abbe_level_code {
    /// A call failed.
    ABBE_LEVEL_ERROR = 0,
    /// It worked, but not as asked, or with a result to be doubted.
    ABBE_LEVEL_WARNING = 1,
    /// What was built and where it runs.
    ABBE_LEVEL_INFO = 2,
    /// Details for whoever looks for a fault.
    ABBE_LEVEL_DEBUG = 3,
}

/// Threads, devices and logging shared by the objects made from it.
pub struct abbe_context(());

/// A point spread function.
pub struct abbe_psf(());

/// A loaded network; immutable.
pub struct abbe_model(());

/// Work prepared for one image layout: an ordered chain of steps.
pub struct abbe_plan(());

/// Called on the thread that called abbe_plan_execute() or abbe_psf_estimate(), with the share that is done, 0 to 1.
/// Returns ABBE_CONTINUE or ABBE_CANCEL. It may call abbe_plan_cancel() and abbe_plan_get_*(), nothing else on this plan.
pub type abbe_progress_fn = Option<unsafe extern "C" fn(user: *mut c_void, fraction: f64) -> i32>;

/// Called on any thread, perhaps several at once; calls on libabbe's objects give ABBE_ERROR_STATE there. `level` is an abbe_level_code. `message` is
/// UTF-8 and valid during the call only.
pub type abbe_log_fn = Option<unsafe extern "C" fn(user: *mut c_void, level: i32, message: *const c_char)>;

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
