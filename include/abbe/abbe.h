/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * libabbe: deconvolution, denoising and super-resolution of microscope images.
 * Generated from src/ffi/ by `cargo xtask header`; do not edit.
 *
 * How the library is used
 *   context -> psf and/or model -> plan: steps, input -> commit once -> execute per image
 *
 * Rules that hold for every function
 *   Status    Everything that can fail returns an abbe_status; outputs are written only on ABBE_OK. abbe_error_text() says why a
 *             call failed.
 *   Handles   Are keys, not addresses. NULL, stale or foreign handles give ABBE_ERROR_HANDLE, never a crash.
 *             An object keeps alive what it was made from, so handles may be destroyed in any order.
 *   Pointers  Point to as many values as the description says, aligned for their type; pixels may lie anywhere. NULL
 *             is refused unless the description allows it. Pixels stay the caller's, and nothing is allocated on one
 *             side and freed on the other.
 *   Threads   Any function may be called from any thread. Calls on one plan run one after another, except
 *             abbe_plan_cancel(), abbe_plan_get_*() of facts of a committed plan and of settings, abbe_plan_report() and
 *             the setters of live parameters, which never wait, and abbe_plan_try_execute(), which fails instead.
 *   Text      Is UTF-8, file paths included, on every platform.
 *   Values    Pixel values are taken as they are and never rescaled silently. Results in whole numbers are rounded
 *             to the nearest, ties to even; values that do not fit are clipped and counted in the report.
 *   Floats    How the host rounds, what it traps and what it flushes to zero changes no result. All of that is as before
 *             when a call returns, with the exceptions that had occurred and no others.
 *   Callbacks The host's own functions are called with the host's floating-point environment, and must return. Leaving
 *             one by a C++ exception, longjmp() or pthread_exit() is undefined: it may end the process, and what the
 *             call was about stays locked. Catch inside, take a note, and answer ABBE_CANCEL or an error.
 *   Growth    Within one ABBE_VERSION_MAJOR functions and constants are only added. There are no structs. Functions
 *             named abbe_x_*, and those said to be, are experimental and may change or go.
 */

#ifndef ABBE_ABBE_H
#define ABBE_ABBE_H

#include <stddef.h>
#include <stdint.h>

#define ABBE_VERSION_MAJOR 0
#define ABBE_VERSION_MINOR 1
#define ABBE_VERSION_PATCH 0
#define ABBE_VERSION_NUMBER (ABBE_VERSION_MAJOR * 1000000 + ABBE_VERSION_MINOR * 1000 + ABBE_VERSION_PATCH)

#if defined(ABBE_STATIC)
#  define ABBE_API
#elif defined(_WIN32)
#  define ABBE_API __declspec(dllimport)
#else
#  define ABBE_API __attribute__((visibility("default")))
#endif
#if defined(__GNUC__) || defined(__clang__)
#  define ABBE_NODISCARD __attribute__((warn_unused_result))
#else
#  define ABBE_NODISCARD
#endif

/** The result of a call. Values are never reused. */
typedef enum {
    /** The call succeeded. */
    ABBE_OK = 0,
    /** An argument is outside its documented range. */
    ABBE_ERROR_ARGUMENT = -1,
    /** A handle is NULL, of the wrong kind, or destroyed. */
    ABBE_ERROR_HANDLE = -2,
    /** The call does not fit the object's state, e.g. execute before commit. */
    ABBE_ERROR_STATE = -3,
    /** This build or version cannot do that. */
    ABBE_ERROR_UNSUPPORTED = -4,
    /** There is not enough memory, or the plan's memory cap is too low. */
    ABBE_ERROR_MEMORY = -5,
    /** A file could not be read. */
    ABBE_ERROR_IO = -6,
    /** The network is malformed, or does not fit the image or the task. */
    ABBE_ERROR_MODEL = -7,
    /** The device that was asked for is missing or failed. */
    ABBE_ERROR_DEVICE = -8,
    /** The call was stopped by a cancel function or a callback. */
    ABBE_ERROR_CANCELLED = -9,
    /** libabbe has a bug; please report the error text. */
    ABBE_ERROR_INTERNAL = -10,
    /** The object is at work for another call, and this call does not wait. */
    ABBE_ERROR_BUSY = -11
} abbe_status_code;

/** What a callback returns. */
typedef enum {
    /** Go on. */
    ABBE_CONTINUE = 0,
    /** Stop as soon as possible. */
    ABBE_CANCEL = 1
} abbe_answer_code;

/** Severity of a log line. */
typedef enum {
    /** A call failed. */
    ABBE_LEVEL_ERROR = 0,
    /** A call succeeded, but not as asked, or with a doubtful result. */
    ABBE_LEVEL_WARNING = 1,
    /** What was built and where it runs. */
    ABBE_LEVEL_INFO = 2,
    /** Details that help to find a fault. */
    ABBE_LEVEL_DEBUG = 3
} abbe_level_code;

/** Sample type of an image. */
typedef enum {
    /** Unsigned 8-bit whole number, uint8_t. */
    ABBE_DTYPE_U8 = 1,
    /** Unsigned 16-bit whole number in the machine's byte order, uint16_t. */
    ABBE_DTYPE_U16 = 2,
    /** 16-bit floating point, IEEE 754 binary16. */
    ABBE_DTYPE_F16 = 3,
    /** 32-bit floating point, float. */
    ABBE_DTYPE_F32 = 4
} abbe_dtype_code;

/** What a step of a plan does. */
typedef enum {
    /** Subtracts a background, stated or estimated: parameters background.*. */
    ABBE_STEP_BACKGROUND = 1,
    /** Deconvolves with a point spread function: parameters deconvolve.*. */
    ABBE_STEP_DECONVOLVE = 2,
    /** Denoises without a network: parameters denoise.*. */
    ABBE_STEP_DENOISE = 3,
    /** Runs a network: parameters model.*. */
    ABBE_STEP_MODEL = 4,
    /** Fits intensities to the target, so that none is cut: parameters output.*. */
    ABBE_STEP_OUTPUT = 5,
    /** Everyday filters, Gaussian, median and others: parameters filter.*. */
    ABBE_STEP_FILTER = 6,
    /** Replaces samples that stand out alone, as no light makes them: parameters hot_pixels.*. */
    ABBE_STEP_HOT_PIXELS = 7,
    /** Puts neighbouring samples, or all planes, into one: parameters bin.*. */
    ABBE_STEP_BIN = 8,
    /** Takes the camera's offset and gain, numbers or maps, out of the samples: parameters camera.*. */
    ABBE_STEP_CAMERA = 9,
    /** Takes uneven light and sensitivity out, by a flat frame or by what a series shares: parameters flat_field.*. */
    ABBE_STEP_FLAT_FIELD = 10,
    /** Takes bleaching out of a series: parameters bleach.*. */
    ABBE_STEP_BLEACH = 11,
    /** Deblurs by pixel reassignment, which moves light and keeps its sum: parameters reassign.*. */
    ABBE_STEP_REASSIGN = 20,
    /** Super-resolution by radial gradient convergence (eSRRF), of single images or series: parameters esrrf.*. */
    ABBE_STEP_ESRRF = 21,
    /** Brings images onto another grid of samples, isotropic or by stated factors: parameters resample.*. */
    ABBE_STEP_RESAMPLE = 22
} abbe_step_code;

/** What a map of a sensor's pixels holds. */
typedef enum {
    /** Intensity without light: the mean of dark frames. */
    ABBE_SENSOR_MAP_OFFSET = 1,
    /** Intensity per photon, 0 where a pixel is dead. */
    ABBE_SENSOR_MAP_GAIN = 2,
    /** Variance without light, in intensities squared: that of dark frames. */
    ABBE_SENSOR_MAP_VARIANCE = 3,
    /** Intensity in even light: the mean of flat frames. */
    ABBE_SENSOR_MAP_FLAT = 4
} abbe_sensor_map_code;

/** A number that compares an image with a reference. */
typedef enum {
    /** Peak signal-to-noise ratio in dB. */
    ABBE_METRIC_PSNR = 1,
    /** The same, both less their means and the image multiplied by what makes it greatest. */
    ABBE_METRIC_SCALE_INVARIANT_PSNR = 2,
    /** Structural similarity, Gaussian window of 11 x 11 samples, sigma 1.5, as Wang et al. 2004. */
    ABBE_METRIC_SSIM = 3,
    /** Structural similarity, 7 x 7 samples of equal weight, as scikit-image by default. */
    ABBE_METRIC_SSIM_UNIFORM = 4,
    /** MicroSSIM: structural similarity after backgrounds are taken away, with the scale that makes it greatest. */
    ABBE_METRIC_MICRO_SSIM = 5,
    /** Root mean squared error over the root mean square of the reference. */
    ABBE_METRIC_NRMSE = 6,
    /** Pearson's correlation, which SQUIRREL calls RSP. */
    ABBE_METRIC_RSP = 7,
    /** Distance in pixels at which the Fourier ring or shell correlation falls below 1/7. */
    ABBE_METRIC_FRC_RESOLUTION = 8
} abbe_metric_code;

/** What an image is to an assessment. */
typedef enum {
    /** The image as the camera gave it. */
    ABBE_IMAGE_RAW = 1,
    /** What was made of the raw image. */
    ABBE_IMAGE_RESULT = 2,
    /** The truth, or an image that is taken for it. */
    ABBE_IMAGE_REFERENCE = 3
} abbe_image_code;

/** A map of an assessment, of the result's extents. */
typedef enum {
    /** Distance of the raw image from what the result, blurred, explains, in the raw image's units. */
    ABBE_MAP_ERROR = 1,
    /** The same with its sign, in standard deviations of the noise. */
    ABBE_MAP_RESIDUAL = 2,
    /** How much the patches around a sample contradict the raw image; above 1 is suspicious. */
    ABBE_MAP_SUSPICION = 3,
    /** Standard deviation of the result by the noise of the raw image; only of runs with a plan. */
    ABBE_MAP_SPREAD = 4
} abbe_map_code;

/** What became of a frame that was offered to a stream. */
typedef enum {
    /** It waits for its turn. */
    ABBE_SUBMITTED_ACCEPTED = 0,
    /** It does, and the oldest that waited was dropped for it. */
    ABBE_SUBMITTED_REPLACED = 1,
    /** It was not taken; its memory is the host's as before. */
    ABBE_SUBMITTED_FULL = 2
} abbe_submitted_code;

/** Place of a number among those that a stream gives with a result; times are in ns since abbe_stream_start(), by a
 *  clock that only goes forward. */
typedef enum {
    /** Number of the frame among those that were taken, from 0. */
    ABBE_RESULT_SEQUENCE = 0,
    /** The host's number of the frame. */
    ABBE_RESULT_NUMBER = 1,
    /** When the frame was submitted. */
    ABBE_RESULT_SUBMITTED_NS = 2,
    /** When its turn came. */
    ABBE_RESULT_STARTED_NS = 3,
    /** When the result was ready. */
    ABBE_RESULT_DONE_NS = 4,
    /** The plan that made it, from 0 for the first. */
    ABBE_RESULT_LEVEL = 5,
    /** A sum of abbe_result_flag_code. */
    ABBE_RESULT_FLAGS = 6
} abbe_result_code;

/** What is to be said of a result of a stream; several are added. */
typedef enum {
    /** It was ready after the deadline. */
    ABBE_RESULT_FLAG_LATE = 1,
    /** Samples did not fit the target's type. */
    ABBE_RESULT_FLAG_CLIPPED = 2,
    /** Numbers of the host were left out before its frame. */
    ABBE_RESULT_FLAG_GAP = 4,
    /** Another plan made it than the result before. */
    ABBE_RESULT_FLAG_OTHER_LEVEL = 8
} abbe_result_flag_code;

/** Place of a number among those that abbe_stream_counts() gives; the first is always the sum of the six that
 *  follow. */
typedef enum {
    /** Frames that were taken. */
    ABBE_COUNT_SUBMITTED = 0,
    /** Results that have reached the host. */
    ABBE_COUNT_DELIVERED = 1,
    /** Frames and results that newer ones took the place of. */
    ABBE_COUNT_DROPPED_OVERFLOW = 2,
    /** Frames that were older than the deadline when their turn came. */
    ABBE_COUNT_DROPPED_DEADLINE = 3,
    /** Frames that the host has cancelled. */
    ABBE_COUNT_DROPPED_BY_HOST = 4,
    /** Frames whose execute failed; the text of the first is in the log. */
    ABBE_COUNT_FAILED = 5,
    /** Frames that wait or are in work, and results that wait to be taken. */
    ABBE_COUNT_PENDING = 6,
    /** Frames that were not taken, since no place was free. */
    ABBE_COUNT_REFUSED = 7,
    /** Numbers of the host that were left out. */
    ABBE_COUNT_MISSING = 8
} abbe_count_code;

/** Kind of a point spread function. */
typedef enum {
    /** A Gaussian; its widths are set, or follow from the optics. */
    ABBE_PSF_GAUSSIAN = 1,
    /** Widefield, scalar, after Gibson and Lanni: coverslip, immersion, sample index and depth. */
    ABBE_PSF_WIDEFIELD = 2,
    /** Laser scanning confocal: focused excitation times emission through a pinhole. */
    ABBE_PSF_CONFOCAL = 3,
    /** Samples given by abbe_psf_set_samples(). */
    ABBE_PSF_MEASURED = 4,
    /** Widefield, scalar and paraxial, without layers, after Born and Wolf. */
    ABBE_PSF_BORN_WOLF = 5,
    /** Widefield, vectorial, three layers, unpolarised emission. */
    ABBE_PSF_VECTORIAL = 6,
    /** Two-photon excitation: the squared intensity of focused light. */
    ABBE_PSF_TWO_PHOTON = 7,
    /** Spinning disk confocal: an array of pinholes with crosstalk between them. */
    ABBE_PSF_SPINNING_DISK = 8,
    /** Light sheet: widefield emission times a Gaussian sheet. */
    ABBE_PSF_LIGHT_SHEET = 9,
    /** Straight, even motion within the plane during the exposure. */
    ABBE_PSF_MOTION = 10
} abbe_psf_code;

/** Parameters and facts: kind, range, unit, default and meaning. abbe_param_describe() gives the same at run time.
 *  Parameters marked experimental may change while the major version stays. */
typedef enum {
    /** i64, 0 to 1024, default 0. Number of CPU threads of the context, including the calling one; 0 takes as many
     *  as the machine has. Results have the same bits for any number, unless plan.memory_cap_bytes cuts an image
     *  into tiles, whose size may depend on it. */
    ABBE_CONTEXT_THREADS = 1000,
    /** text. Path of the ONNX Runtime library or of its folder. When not set, the environment variable
     *  ABBE_ONNXRUNTIME names it, else it is looked for beside libabbe. */
    ABBE_CONTEXT_ONNXRUNTIME = 1001,
    /** i64, an abbe_device_code, default ABBE_DEVICE_AUTO. Device that networks run on. */
    ABBE_CONTEXT_DEVICE = 1002,
    /** i64, 0 to 255, default 0. Index of the GPU, or of the device of context.provider, from 0. */
    ABBE_CONTEXT_DEVICE_INDEX = 1003,
    /** i64, 0 to 1, default 1. 1: run on the CPU when the device is not available, and warn of it in the log and
     *  the report; 0: fail. */
    ABBE_CONTEXT_FALLBACK = 1004,
    /** text. Folder where TensorRT keeps the engines it built; without one nothing is written and each commit
     *  builds anew. */
    ABBE_CONTEXT_ENGINE_CACHE = 1005,
    /** i64, 0 to 1, default 0. 1: networks give the same bits for the same image on the same GPU, at some cost in
     *  time. */
    ABBE_CONTEXT_DETERMINISTIC = 1006,
    /** i64, 0 to 1, default 0. 1: load a build of ONNX Runtime even though it carries telemetry that is not
     *  switched off. */
    ABBE_CONTEXT_ONNXRUNTIME_TELEMETRY = 1007,
    /** text. Name of the execution provider that networks run on, e.g. OpenVINOExecutionProvider, one of those that
     *  abbe_context_devices() lists; context.device_index says which of its devices. When not set, context.device
     *  chooses. */
    ABBE_CONTEXT_PROVIDER = 1008,
    /** text. Options of that provider: key=value, with semicolons between them, e.g. device=cpu;threads=4. The
     *  provider's own documentation says which there are. */
    ABBE_CONTEXT_PROVIDER_OPTIONS = 1009,
    /** f64, 0.01 to 1.7. Numerical aperture of the objective; must be below the immersion index. */
    ABBE_PSF_NUMERICAL_APERTURE = 2000,
    /** f64, 200 to 2000 nm. Emission wavelength in vacuum. */
    ABBE_PSF_WAVELENGTH_NM = 2001,
    /** f64, 1 to 100000 nm. Distance between neighbouring pixels along x and y, in the sample. */
    ABBE_PSF_PIXEL_NM = 2002,
    /** f64, 1 to 100000 nm. Travel of the focus drive between neighbouring planes; needed for stacks only. */
    ABBE_PSF_STEP_NM = 2003,
    /** f64, 1 to 2, default 1.515. Refractive index of the immersion medium. */
    ABBE_PSF_IMMERSION_INDEX = 2004,
    /** f64, 0.5 to 0.999999, default 0.99. Share of the light that an automatic extent holds, unless the largest
     *  extent is reached first. */
    ABBE_PSF_ENERGY = 2005,
    /** i64, an abbe_pixel_code, default ABBE_PIXEL_AUTO. Whether a sample is the value at the middle of the pixel
     *  or the mean over its area. */
    ABBE_PSF_PIXEL = 2006,
    /** i64, an abbe_centre_code, default ABBE_CENTRE_BEST_FOCUS. What lies in the middle plane of the kernel. */
    ABBE_PSF_CENTRE = 2007,
    /** f64, 1 to 1000000 nm. Lateral standard deviation of a Gaussian; follows from the optics when not set. */
    ABBE_PSF_SIGMA_NM = 2008,
    /** f64, 1 to 1000000 nm. Axial standard deviation of a Gaussian; follows from the optics when not set. */
    ABBE_PSF_SIGMA_AXIAL_NM = 2009,
    /** f64, 1 to 100000 nm. Distance between neighbouring pixels of the measured samples; the image's when not set. */
    ABBE_PSF_SAMPLES_PIXEL_NM = 2010,
    /** f64, 1 to 100000 nm. Distance between neighbouring planes of the measured samples; the image's when not set. */
    ABBE_PSF_SAMPLES_STEP_NM = 2011,
    /** f64, -1000000000 to 1000000000 intensity. Background that is taken from measured samples; estimated at their
     *  border when not set. */
    ABBE_PSF_BACKGROUND = 2012,
    /** f64, 0 to 10000 px. Length of the motion during the exposure. */
    ABBE_PSF_MOTION_LENGTH_PX = 2013,
    /** f64, -360 to 360 degrees, default 0. Direction of motion, from +x (columns) towards +y (rows). */
    ABBE_PSF_MOTION_ANGLE_DEG = 2014,
    /** f64, 1 to 2. Refractive index of the sample; the immersion index when not set. */
    ABBE_PSF_SAMPLE_INDEX = 2015,
    /** f64, 0 to 100000000 nm, default 0. Depth of the source below the coverslip, in the sample. */
    ABBE_PSF_DEPTH_NM = 2016,
    /** f64, 0 to 2000000 nm, default 170000. Thickness of the coverslip. */
    ABBE_PSF_COVERSLIP_NM = 2017,
    /** f64, 0 to 2000000 nm, default 170000. Thickness of the coverslip that the objective is made for. */
    ABBE_PSF_DESIGN_COVERSLIP_NM = 2018,
    /** f64, 1 to 2.5, default 1.515. Refractive index of the coverslip. */
    ABBE_PSF_COVERSLIP_INDEX = 2019,
    /** f64, 1 to 2.5. Refractive index of the coverslip that the objective is made for; the coverslip's when not
     *  set. */
    ABBE_PSF_DESIGN_COVERSLIP_INDEX = 2020,
    /** f64, 1 to 2. Refractive index of the immersion medium that the objective is made for; the immersion index
     *  when not set. */
    ABBE_PSF_DESIGN_IMMERSION_INDEX = 2021,
    /** f64, 1000 to 100000000 nm, default 150000. Thickness of the immersion layer that the objective is made for. */
    ABBE_PSF_WORKING_DISTANCE_NM = 2022,
    /** i64, an abbe_beyond_critical_code, default ABBE_BEYOND_CRITICAL_EVANESCENT. Treatment of light beyond the
     *  critical angle, where the sample index is below the numerical aperture. */
    ABBE_PSF_BEYOND_CRITICAL = 2023,
    /** f64, 200 to 2000 nm. Excitation wavelength in vacuum; for confocal, two-photon and spinning disk. */
    ABBE_PSF_EXCITATION_NM = 2024,
    /** f64, 0.05 to 20 Airy units, default 1. Diameter of the pinhole in units of the first dark ring's, 1.22
     *  emission wavelengths over NA. */
    ABBE_PSF_PINHOLE_AIRY = 2025,
    /** f64, 1 to 1000 diameters, default 5. Distance between neighbouring pinholes of a spinning disk in pinhole
     *  diameters. */
    ABBE_PSF_PINHOLE_SPACING = 2026,
    /** f64, 50 to 1000000 nm. Full width at half maximum of the light sheet. */
    ABBE_PSF_SHEET_THICKNESS_NM = 2027,
    /** i64, an abbe_wave_code, default ABBE_WAVE_VECTORIAL. Theory behind the confocal, two-photon, spinning disk
     *  and light sheet models. */
    ABBE_PSF_WAVE = 2028,
    /** i64, an abbe_policy_code, default ABBE_POLICY_REPAIR. Treatment of samples with faults, and of parameters
     *  that are hardly meant; the report lists them. */
    ABBE_PSF_POLICY = 2029,
    /** f64, 0 to 10000 nm, default 0. Diameter of the beads behind measured samples, whose size is removed; 0
     *  removes nothing. */
    ABBE_PSF_BEAD_NM = 2030,
    /** i64, an abbe_samples_hold_code, default ABBE_SAMPLES_HOLD_PSF. Content of the measured samples. */
    ABBE_PSF_SAMPLES_HOLD = 2031,
    /** text. Aberration of an optical model: numbering, then number and nm (root mean square) of each Zernike term,
     *  like noll 7:35 11:-20 or ansi 8:35. */
    ABBE_PSF_ZERNIKE = 2032,
    /** f64, -100000 to 100000 nm, default 0. Focus of the middle plane of an optical model relative to psf.centre,
     *  positive where it is deeper. */
    ABBE_PSF_DEFOCUS_NM = 2033,
    /** f64, -2000 to 2000 nm, default 0. Primary spherical aberration of an optical model (Noll 11): root mean
     *  square of the wavefront, positive where the optical path is longer. */
    ABBE_PSF_SPHERICAL_NM = 2034,
    /** f64, 0 to 1000 nm, default 0. Standard deviation of a lateral Gaussian by which an optical model is blurred
     *  in addition: vibration, drift, a camera's crosstalk. */
    ABBE_PSF_BLUR_NM = 2035,
    /** text. What abbe_psf_fit() finds beside the place of the point, and abbe_psf_estimate(), like
     *  numerical_aperture spherical_nm: names of parameters without psf.; docs/psf.md has those of each kind, and
     *  what is found when not set. */
    ABBE_PSF_FIT = 2036,
    /** f64 fact, nm. Focus of the middle plane of the samples last fitted relative to psf.centre, positive where it
     *  is deeper. */
    ABBE_PSF_FIT_DEFOCUS_NM = 2100,
    /** f64 fact, px. Place of the point in the samples last fitted: pixels along y from the middle one, index
     *  extent / 2. */
    ABBE_PSF_FIT_SHIFT_Y_PX = 2101,
    /** f64 fact, px. Place of the point in the samples last fitted: pixels along x from the middle one, index
     *  extent / 2. */
    ABBE_PSF_FIT_SHIFT_X_PX = 2102,
    /** f64 fact. Mean squared difference between the samples last fitted and the model, over the variance of as
     *  many photons: about 1 where samples are photons and the model fits, the camera's gain where they are not. */
    ABBE_PSF_FIT_CHI_SQUARE = 2103,
    /** i64, 0 to 2^63 - 1 bytes, default 0. Most memory that the plan may hold; 0: no cap. Deconvolutions and
     *  networks run in smaller tiles to fit; for a plan that cannot fit, the commit fails and says what it needs. */
    ABBE_PLAN_MEMORY_CAP_BYTES = 3000,
    /** i64, 0 to 2, default 0. 1: abbe_plan_execute_blocks() may be called, for which the plan also holds a block
     *  of samples. 2: it only looks at images: it finds noise, background and iterations, which the report has as
     *  calibration, and writes nothing. */
    ABBE_PLAN_BLOCKS = 3001,
    /** f64, 0.000000001 to 1000000000 intensity per photon. Gain of the camera, for steps that know the noise:
     *  image units per photon, or per averaged photon. Found from each image when not set, as are the other numbers
     *  of the camera, and not used after a step that changes the noise. */
    ABBE_PLAN_CAMERA_GAIN = 3010,
    /** f64, -1000000000 to 1000000000 intensity. Intensity that the camera gives without light. */
    ABBE_PLAN_CAMERA_OFFSET = 3011,
    /** f64, 0 to 1000000000 intensity. Standard deviation that the camera gives without light. */
    ABBE_PLAN_CAMERA_READ_NOISE = 3012,
    /** f64, 0 to 0.7. Correlation of the noise of neighbours along y and x, as interpolation and some detectors
     *  leave it. */
    ABBE_PLAN_CAMERA_CORRELATION = 3013,
    /** i64, an abbe_not_a_number_code, default ABBE_NOT_A_NUMBER_REFUSE. Meaning of NaN in floating-point samples. */
    ABBE_PLAN_NOT_A_NUMBER = 3014,
    /** i64, an abbe_not_measured_code, default ABBE_NOT_MEASURED_RESTORED. What becomes of samples that a mask or
     *  NaN says were not measured. */
    ABBE_PLAN_NOT_MEASURED = 3015,
    /** i64, an abbe_background_code, default ABBE_BACKGROUND_AUTOMATIC. Source of the background that is
     *  subtracted. */
    ABBE_BACKGROUND_MODE = 3100,
    /** f64, -1000000000 to 1000000000 intensity, default 0. Background that is subtracted unless the mode is
     *  estimated, in the image's units: camera offset and haze. Live. */
    ABBE_BACKGROUND_VALUE = 3101,
    /** f64, 0 to 100 %, default 5. Share of the samples of an image that are below its background with percentile.
     *  Live. */
    ABBE_BACKGROUND_PERCENT = 3102,
    /** f64, 1 to 500 px, default 50. Radius of the ball or the disc that passes below the samples: larger than
     *  whatever is no background. Of a ball it is one in intensities too. */
    ABBE_BACKGROUND_RADIUS_PX = 3103,
    /** i64, 1 to 10000, default 30. Largest number of iterations; when not set, the automatic algorithm takes that
     *  of its preset. Live. */
    ABBE_DECONVOLVE_ITERATIONS = 3200,
    /** i64, an abbe_algorithm_code, default ABBE_ALGORITHM_AUTOMATIC. Algorithm of the deconvolution. */
    ABBE_DECONVOLVE_ALGORITHM = 3201,
    /** i64, an abbe_preset_code, default ABBE_PRESET_AUTOMATIC. Effort of the automatic algorithm. */
    ABBE_DECONVOLVE_PRESET = 3202,
    /** i64, an abbe_padding_code, default ABBE_PADDING_AUTOMATIC. Margin of the field around the image from which
     *  light may come in. */
    ABBE_DECONVOLVE_PADDING = 3203,
    /** i64, an abbe_stop_code, default ABBE_STOP_AUTOMATIC. What ends the iterations before deconvolve.iterations
     *  is reached. */
    ABBE_DECONVOLVE_STOP = 3204,
    /** f64, 0 to 1, default 0.001. Iterations end when one changes the estimate by less than this share of it, as
     *  sums of absolute values. Live. */
    ABBE_DECONVOLVE_STOP_CHANGE = 3205,
    /** f64, 0.000000000001 to 1000000. Noise power over signal power for the Wiener, Tikhonov and regularised
     *  inverse filters; estimated from the image when not set. Live. */
    ABBE_DECONVOLVE_NOISE_TO_SIGNAL = 3206,
    /** f64, 0.000000001 to 1000000000 intensity per photon. Gain of the camera, for stops that know the noise,
     *  whatever plan.camera_gain is; that, or as estimated from the image, when not set. Live. */
    ABBE_DECONVOLVE_PHOTON_GAIN = 3207,
    /** f64, -1000000000 to 1000000000 intensity. Level of the image without light, which the result leaves out; the
     *  automatic algorithm takes the camera's offset as its noise tells when not set, others take
     *  plan.camera_offset, else 0. Live. */
    ABBE_DECONVOLVE_BACKGROUND = 3208,
    /** f64, 0.001 to 1000. Back projectors are divided by the modulus of the transfer function plus this: smaller
     *  values are faster and noisier. Only the automatic and the tempered algorithm do so when not set. Live. */
    ABBE_DECONVOLVE_TEMPERING = 3209,
    /** f64, 0.1 to 100. Misfit, the reduced chi-square of the residuals, at which discrepancy ends the iterations:
     *  1 is as much as the noise explains. Live. */
    ABBE_DECONVOLVE_STOP_MISFIT = 3210,
    /** i64, 0 to 1, default 0. 1: start from the result of the image before, for time series of things that move
     *  little. An image whose mean above the background is more than twice or less than half of the one before
     *  starts afresh. After an execute that gave no result (cancelled, or an image that was refused) the next one
     *  starts afresh. */
    ABBE_DECONVOLVE_WARM_START = 3211,
    /** f64, 0 to 0.1. Weight of total variation in the algorithm of that name: larger is smoother between edges. As
     *  the noise of the image asks for, place by place, when not set. Live. */
    ABBE_DECONVOLVE_TOTAL_VARIATION = 3212,
    /** i64, an abbe_storage_code, default ABBE_STORAGE_SINGLE. How the estimate and the transfer function are kept
     *  between passes; half needs one volume less of memory. */
    ABBE_DECONVOLVE_STORAGE = 3213,
    /** f64, 0 to 1, default 0.9. The share of what the denoiser takes away that the algorithm hybrid leaves out,
     *  and the automatic mode where it denoises; 0 denoises nothing, which makes hybrid richardson_lucy. */
    ABBE_DECONVOLVE_DENOISING = 3217,
    /** i64, an abbe_course_code, default ABBE_COURSE_SERIES. How far the iterations of images go of which a plan
     *  has several, channels or time points. */
    ABBE_DECONVOLVE_COURSE = 3218,
    /** i64, an abbe_contrast_code, default ABBE_CONTRAST_AUTOMATIC. What the samples are, for algorithms that
     *  iterate; the report says what was found. */
    ABBE_DECONVOLVE_CONTRAST = 3219,
    /** i64, 0 to 256, default 1. Slabs along z that are restored with the point spread function of their own depth
     *  and blended, for samples of another index than the immersion's; psf.depth_nm is that of the first plane. 1:
     *  one for the whole stack; 0: as many as the point spread function's change with depth asks for. */
    ABBE_DECONVOLVE_DEPTH_SLABS = 3230,
    /** f64, 0 to 100 standard deviations of the noise, default 1. Strength of the smoothing; 0 leaves the image as
     *  it is. Live. */
    ABBE_DENOISE_STRENGTH = 3400,
    /** f64, 0 to 1000000000 intensity per photon. Gain of the camera; estimated from each image when not set. Live. */
    ABBE_DENOISE_GAIN = 3401,
    /** f64, -1000000000 to 1000000000 intensity. Intensity without light; estimated from each image when not set.
     *  Live. */
    ABBE_DENOISE_OFFSET = 3402,
    /** f64, 0 to 1000000000 intensity. Standard deviation without light; estimated from each image when not set.
     *  Live. */
    ABBE_DENOISE_READ_NOISE = 3403,
    /** i64, an abbe_denoise_method_code, default ABBE_DENOISE_METHOD_PATCHES. How the noise is smoothed away. */
    ABBE_DENOISE_METHOD = 3404,
    /** text. Axes of a plain ONNX network's image, slowest first, letters of btczyx, e.g. bcyx; else they are
     *  guessed. */
    ABBE_MODEL_AXES = 3500,
    /** i64, an abbe_normalisation_code, default ABBE_NORMALISATION_PACKAGE. How intensities become network values.
     *  A package that normalises by statistics of its own keeps to them, unless this is none. */
    ABBE_MODEL_NORMALISATION = 3501,
    /** f64, 0 to 100 %, default 1. Percentile of the image that becomes model.range_low. */
    ABBE_MODEL_LOW_PERCENTILE = 3502,
    /** f64, 0 to 100 %, default 99.8. Percentile of the image that becomes model.range_high. */
    ABBE_MODEL_HIGH_PERCENTILE = 3503,
    /** f64, -1000000000 to 1000000000 intensity, default 0. Where the normalisation is fixed: the intensity that is
     *  0 to the network, e.g. the camera's offset. */
    ABBE_MODEL_OFFSET = 3504,
    /** f64, 0.000000001 to 1000000000 intensity, default 1. Where the normalisation is fixed: intensities that are
     *  1 to the network, e.g. 65535 for 16-bit images. */
    ABBE_MODEL_GAIN = 3505,
    /** f64, -1000000000 to 1000000000, default 0. Network value of the low percentile. */
    ABBE_MODEL_RANGE_LOW = 3506,
    /** f64, -1000000000 to 1000000000, default 1. Network value of the high percentile, e.g. 255 for networks of
     *  8-bit images. */
    ABBE_MODEL_RANGE_HIGH = 3507,
    /** i64, an abbe_intensities_code, default ABBE_INTENSITIES_AUTO. Units of the result. */
    ABBE_MODEL_INTENSITIES = 3508,
    /** i64, an abbe_extent_code, default ABBE_EXTENT_FULL. Size of the result. */
    ABBE_MODEL_EXTENT = 3509,
    /** i64, -1 to 15, default 0. Index of the output that is the result, from 0; -1 takes all, one after the other
     *  along the channels. */
    ABBE_MODEL_OUTPUT = 3510,
    /** f64, -1000000000 to 1000000000, default 0. Value of the network's other inputs, e.g. a noise level, in the
     *  network's units. */
    ABBE_MODEL_VALUE = 3511,
    /** i64, an abbe_channels_code, default ABBE_CHANNELS_EXACT. Channels of the image for a network of several
     *  channels. */
    ABBE_MODEL_CHANNELS = 3512,
    /** i64, -1 to 65535 px, default -1. Context around a tile; -1 takes the network's receptive field, which is
     *  exact. */
    ABBE_MODEL_HALO_PX = 3513,
    /** i64, 0 to 1048576 px, default 0. Longest side of a tile; 0 takes the largest that the memory cap allows. */
    ABBE_MODEL_TILE_PX = 3514,
    /** i64, an abbe_seam_check_code, default ABBE_SEAM_CHECK_AUTO. Whether the result of tiles is compared with
     *  that of the image as a whole, or with an estimate of it where that does not fit, to state how far they are
     *  apart. */
    ABBE_MODEL_SEAM_CHECK = 3515,
    /** i64, an abbe_statistics_code, default ABBE_STATISTICS_IMAGE. Images whose percentiles, means and deviations
     *  normalise. With first and series the brightness of a series stays comparable and does not flicker. For series
     *  an execute reads all time points once more before (twice for percentiles) and runs the steps before the
     *  network again. Each channel has its own statistics. */
    ABBE_MODEL_STATISTICS = 3516,
    /** f64, 0 to 0.1, default 0. Above 0, a probe on images of texture finds the least context around a tile that
     *  changes the result by no more than this share of its range, before the first commit (some runs on the CPU);
     *  tiles are then not exact, and the report has their seam certificate. 0 takes the receptive field, as does
     *  model.halo_px where it is set. */
    ABBE_MODEL_HALO_TOLERANCE = 3517,
    /** i64, 0 to 4096 px, default 0. Multiple that the extents of the network's image must be of, along all its
     *  axes; 0 finds it in the network. */
    ABBE_MODEL_MULTIPLE_PX = 3518,
    /** i64, an abbe_output_kind_code, default ABBE_OUTPUT_KIND_AUTO. What the result holds, and so in which units
     *  it comes. */
    ABBE_MODEL_OUTPUT_KIND = 3519,
    /** text. Names of the network's inputs that the image's channels go to, in order, with commas between them;
     *  each takes as many channels as it reads. When not set, the first input that is an image takes all, and the
     *  others are filled with model.value. */
    ABBE_MODEL_INPUTS = 3521,
    /** text. What a recurrent network remembers, as input=output with commas between several: names of its inputs
     *  that are zeros at the first time point of a series, and then what the output gave for the point before. A
     *  series is what an execute reads; the image must go through in one tile. */
    ABBE_MODEL_STATES = 3522,
    /** i64, 0 to 1024 time points, default 0. Time points that the network reads together, where its time axis
     *  leaves that open or its channels are time points; 0 takes what the network states. A series is gone through
     *  point by point, each in the middle of those that are read. At its ends these are reflected where the network
     *  gives one time point for all that it reads, and the nearest inside the series where it gives as many. */
    ABBE_MODEL_FRAMES = 3520,
    /** i64, an abbe_output_code, default ABBE_OUTPUT_FIT. Gain and offset that fit intensities to the target. With
     *  fit a plan of several images (time points, channels) runs the steps before on all of them once more, to see
     *  the highest sample. */
    ABBE_OUTPUT_MODE = 3600,
    /** f64, 0.000000000001 to 1000000000000, default 1. Factor of every sample; with fit the largest. Live. */
    ABBE_OUTPUT_GAIN = 3601,
    /** f64, -1000000000 to 1000000000, default 0. Number that a sample of 0 becomes; with range that of output.low.
     *  Live. */
    ABBE_OUTPUT_OFFSET = 3602,
    /** f64, -1000000000 to 1000000000, default 65535. Number that no sample may pass with fit, and that output.high
     *  becomes with range: 255 for a target of 8 bits. Live. */
    ABBE_OUTPUT_HIGHEST = 3603,
    /** f64, -1000000000 to 1000000000 intensity, default 0. Intensity that becomes output.offset with range. Live. */
    ABBE_OUTPUT_LOW = 3604,
    /** f64, -1000000000 to 1000000000 intensity. Intensity that becomes output.highest with range. Live. */
    ABBE_OUTPUT_HIGH = 3605,
    /** i64, an abbe_filter_code, default ABBE_FILTER_GAUSSIAN. What the filter does. */
    ABBE_FILTER_KIND = 3700,
    /** f64, 0 to 1000 px, default 1. Standard deviation of a Gaussian along y and x; 0 leaves these alone. */
    ABBE_FILTER_SIGMA_PX = 3701,
    /** f64, 0 to 1000 planes, default 0. Standard deviation of a Gaussian along z; 0 filters each plane by itself. */
    ABBE_FILTER_SIGMA_PLANES = 3702,
    /** f64, 1.01 to 100, default 1.6. How many times as wide the second Gaussian of a difference is as the first. */
    ABBE_FILTER_RATIO = 3703,
    /** f64, 0 to 100, default 1. How much of what a Gaussian takes away unsharp masking adds. The weight w of
     *  ImageJ's is an amount of w / (1 - w). */
    ABBE_FILTER_AMOUNT = 3704,
    /** f64, 0 to 500 px, default 2. Radius of the disc of a median or a top-hat: samples up to that far from the
     *  middle along y and x, 1 at least. */
    ABBE_FILTER_RADIUS_PX = 3705,
    /** f64, 0 to 100 planes, default 0. Radius of the same along z, which makes it an ellipsoid; below 1 each plane
     *  is filtered by itself. */
    ABBE_FILTER_RADIUS_PLANES = 3706,
    /** i64, 0 to 65535 px, default 0. Side of the tiles of clahe along y and x, 8 at least; 0 takes an eighth of
     *  the image along each. */
    ABBE_FILTER_TILE_PX = 3707,
    /** i64, 1 to 65535 planes, default 1. Extent of the tiles of clahe along z; 1 equalises each plane by itself. */
    ABBE_FILTER_TILE_PLANES = 3708,
    /** f64, 0 to 1, default 0.01. Most of a tile's samples that one of the 256 bins of its histogram may have with
     *  clahe, as a share: the lower, the less contrast and noise; 0: no limit. */
    ABBE_FILTER_CLIP_LIMIT = 3709,
    /** f64, 0 to 100000 px, default 3. Length of the shortest waves that band_pass keeps, with half of their power;
     *  0: no end. */
    ABBE_FILTER_SHORTEST_PX = 3710,
    /** f64, 0 to 100000 px, default 40. Length of the longest waves that band_pass keeps, with half of their power;
     *  0: no end, and the mean stays. */
    ABBE_FILTER_LONGEST_PX = 3711,
    /** i64, an abbe_filter_along_code, default ABBE_FILTER_ALONG_X. Axis that the stripes run along which stripes
     *  takes away. */
    ABBE_FILTER_ALONG = 3712,
    /** f64, 2 to 100000 px, default 16. Across stripes: waves that are longer are no stripes. */
    ABBE_FILTER_WIDTH_PX = 3713,
    /** f64, 2 to 100000 px, default 200. Along stripes: waves that are shorter are no stripes. */
    ABBE_FILTER_LENGTH_PX = 3714,
    /** f64, 1 to 4 px, default 1.3. Full width at half maximum of the sharpest point that light makes in the image;
     *  what is sharper, beyond all noise, is none. The wider, the weaker hot pixels are found. */
    ABBE_HOT_PIXELS_FWHM_PX = 3800,
    /** i64, 0 to 100000, default 100. Most hot pixels of each image whose places the report has; all are counted
     *  and replaced. */
    ABBE_HOT_PIXELS_LISTED = 3801,
    /** i64, an abbe_bin_code, default ABBE_BIN_MEAN. What becomes of samples that are put into one. */
    ABBE_BIN_KIND = 3900,
    /** i64, 1 to 1024 px, default 2. Samples along y and along x that are put into one; what is left over at the
     *  end of an axis is left out. */
    ABBE_BIN_PX = 3901,
    /** i64, 0 to 65535 planes, default 1. Planes that are put into one; 0 takes all of them, a projection. */
    ABBE_BIN_PLANES = 3902,
    /** i64, an abbe_camera_result_code, default ABBE_CAMERA_RESULT_PHOTONS. Units of the result. */
    ABBE_CAMERA_RESULT = 3930,
    /** i64, an abbe_flat_field_code, default ABBE_FLAT_FIELD_MAP. Source of the field that samples are divided by.
     *  The dark frame, a map or plan.camera_offset, is taken off first. */
    ABBE_FLAT_FIELD_MODE = 3940,
    /** i64, 0 to 8, default 6. Degree of the polynomial in y and x that a field of mode series is. */
    ABBE_FLAT_FIELD_DEGREE = 3941,
    /** i64, an abbe_bleach_code, default ABBE_BLEACH_RATIO. How time points get the brightness of the first. An
     *  execute reads all of them once more before, and runs the steps before this one again. */
    ABBE_BLEACH_MODE = 3950,
    /** f64, -1000000000 to 1000000000 intensity. Level without light, which does not bleach and stays;
     *  plan.camera_offset as it is at the step, else 0, when not set. */
    ABBE_BLEACH_BACKGROUND = 3951,
    /** i64, 1 to 8, default 2. How many pixels of the result a pixel is along y and along x. */
    ABBE_REASSIGN_MAGNIFICATION = 4200,
    /** f64, 1 to 50 px, default 3. Full width at half maximum of a point in the image. */
    ABBE_REASSIGN_FWHM_PX = 4201,
    /** f64, 0 to 1, default 0.5. How much of the way to the middle of a point its light moves: at 0.5 points are
     *  half as wide. */
    ABBE_REASSIGN_GAIN = 4202,
    /** f64, 1 to 500 px, default 12. What is wider than a disc of that radius is background and stays in its place. */
    ABBE_REASSIGN_RADIUS_PX = 4203,
    /** i64, 1 to 8, default 2. How many pixels of the result a pixel is along y and along x. */
    ABBE_ESRRF_MAGNIFICATION = 4300,
    /** f64, 0.5 to 20 px, default 3. Full width at half maximum of the Gaussian by which slopes around a pixel
     *  count, up to 2 of its standard deviations and 1 pixel: about that of a point in the image. */
    ABBE_ESRRF_FWHM_PX = 4301,
    /** f64, 0 to 10, default 1. The power of the convergence: the larger, the narrower and the less even. */
    ABBE_ESRRF_SENSITIVITY = 4302,
    /** i64, 1 to 1024 time points, default 1. Time points around each that make its result; at the ends of a series
     *  the first and the last so many. */
    ABBE_ESRRF_FRAMES = 4303,
    /** i64, an abbe_esrrf_over_code, default ABBE_ESRRF_OVER_MEAN. What is made of them. */
    ABBE_ESRRF_OVER = 4304,
    /** f64, 0.01 to 64, default 1. Samples of the result for one of the image along y and along x. */
    ABBE_RESAMPLE_FACTOR_PX = 4400,
    /** f64, 0.01 to 64, default 1. Planes of the result for one of the image. */
    ABBE_RESAMPLE_FACTOR_PLANES = 4401,
    /** f64, 1 to 100000 nm. Distance between neighbouring pixels of the image: with resample.step_nm planes come as
     *  far apart as pixels of the result are. */
    ABBE_RESAMPLE_PIXEL_NM = 4402,
    /** f64, 1 to 100000 nm. Distance between neighbouring planes of the image. */
    ABBE_RESAMPLE_STEP_NM = 4403,
    /** i64, an abbe_resample_code, default ABBE_RESAMPLE_CUBIC. What runs between samples. */
    ABBE_RESAMPLE_BETWEEN = 4404,
    /** i64 fact, bytes. Least src_bytes for abbe_plan_execute(). */
    ABBE_PLAN_INPUT_BYTES = 4000,
    /** i64 fact, bytes. Least dst_bytes for abbe_plan_execute(). */
    ABBE_PLAN_OUTPUT_BYTES = 4001,
    /** i64 fact, bytes. Memory that the plan holds between executes; known before commit. */
    ABBE_PLAN_WORKSPACE_BYTES = 4002,
    /** f64 fact. How much of the execute or commit now running is done, 0 to 1; afterwards, how far the last
     *  execute came. */
    ABBE_PLAN_PROGRESS = 4003,
    /** i64 fact, samples. Samples of the last execute that did not fit the target's type: below or above what it
     *  holds, or NaN; 0 before the first. */
    ABBE_PLAN_CLIPPED = 4004,
    /** f64 fact. Factor that the step output took in the last execute, 1 without one: intensities of the result are
     *  (sample - plan.output_offset) / plan.output_gain. */
    ABBE_PLAN_OUTPUT_GAIN = 4005,
    /** f64 fact. Number that the step output added in the last execute, 0 without one. */
    ABBE_PLAN_OUTPUT_OFFSET = 4006,
    /** f64, 0.000000001 to 1000000000 intensity per photon. Intensity per photon of the raw image; that of the plan
     *  given, else found in it when not set. */
    ABBE_ASSESS_GAIN = 6000,
    /** f64, -1000000000 to 1000000000 intensity. Intensity of the raw image without light; that of the plan given,
     *  else found in it when not set. */
    ABBE_ASSESS_OFFSET = 6001,
    /** f64, 0 to 1000000000 intensity. Standard deviation of the raw image's samples without light; that of the
     *  plan given, else found in it when not set. */
    ABBE_ASSESS_READ_NOISE = 6002,
    /** f64, 0 to 0.7. Correlation of the noise of neighbours along y and x, as interpolation and some detectors
     *  leave it; that of the plan given, else found in the raw image when not set. */
    ABBE_ASSESS_CORRELATION = 6012,
    /** i64, an abbe_not_a_number_code, default ABBE_NOT_A_NUMBER_REFUSE. Meaning of NaN in the images; to be set
     *  before they are given. */
    ABBE_ASSESS_NOT_A_NUMBER = 6011,
    /** i64, 0 to 1, default 0. 1 brings the result to the grid of the raw image and the reference to that of the
     *  result, where their extents differ, up to eightfold, or they are displaced by up to 2 samples; 0 takes images
     *  of equal extents as they lie. What was found is said in either case. */
    ABBE_ASSESS_ALIGN = 6013,
    /** f64, 1 to 100000 nm. Distance between neighbouring pixels along x and y; that of the point spread function
     *  when not set. Without either, resolutions are in pixels only. */
    ABBE_ASSESS_PIXEL_NM = 6003,
    /** f64, 1 to 100000 nm. Distance between neighbouring planes; that of the point spread function when not set.
     *  Without either, planes are a pixel apart. */
    ABBE_ASSESS_STEP_NM = 6004,
    /** i64, 1 to 100, default 5. How often the photons of the raw image are split for its resolution; the deviation
     *  over the draws is given. */
    ABBE_ASSESS_DRAWS = 6005,
    /** i64, 1 to 100, default 1. How often the photons are split and the plan is run on both halves; the map of the
     *  spread needs several. */
    ABBE_ASSESS_SPLITS = 6006,
    /** f64, 0 to 1000000 s, default 0. Time after which no further part is begun; the report's left_out names
     *  those. 0: none. */
    ABBE_ASSESS_DEADLINE_S = 6007,
    /** i64, 0 to 2^63 - 1 bytes, default 0. Most memory that a run may take beside the images given and what a plan
     *  holds; 0: as much as there is. */
    ABBE_ASSESS_MEMORY_CAP_BYTES = 6008,
    /** i64 fact, bytes. Memory that the last run took beside the images given and what a plan holds, all parts
     *  added. */
    ABBE_ASSESS_WORKSPACE_BYTES = 6009,
    /** f64 fact. Share of the run that is done, 0 to 1. */
    ABBE_ASSESS_PROGRESS = 6010,
    /** i64, an abbe_stream_mode_code, default ABBE_STREAM_MODE_LATEST. What becomes of a frame that finds no place.
     *  Experimental. */
    ABBE_STREAM_MODE = 7000,
    /** i64, 1 to 65536 frames, default 2. Frames that can wait for their turn. Experimental. */
    ABBE_STREAM_FRAMES = 7001,
    /** i64, 1 to 65536 images, default 2. Results that can wait for abbe_stream_take(). Of no effect where they go
     *  to a function. Experimental. */
    ABBE_STREAM_RESULTS = 7002,
    /** i64, 0 to 65536 frames, default 0. Frames that abbe_stream_slot() has memory for: those that wait, one in
     *  work, and those that the camera writes. Experimental. */
    ABBE_STREAM_SLOTS = 7003,
    /** f64, 0 to 1000000 ms, default 0. Time from submitting a frame to its result. The plan is chosen by it where
     *  there are several, and frames that are older when their turn comes are dropped in the mode latest; 0: none.
     *  Experimental. */
    ABBE_STREAM_DEADLINE_MS = 7004,
    /** i64, -1 to 63, default -1. The plan that all frames run with, from 0 for the first; -1 chooses for each by
     *  the deadline, and takes the last without one. Experimental. */
    ABBE_STREAM_LEVEL = 7005,
    /** i64, an abbe_learn_method_code, default ABBE_LEARN_METHOD_AUTOMATIC. How a network learns from an image
     *  without a clean one. */
    ABBE_LEARN_METHOD = 8000,
    /** i64, 0 to 100000, default 256. Most steps of learning, each on 128 x 128 pixels or what there is of them; 0
     *  leaves the network as it was. */
    ABBE_LEARN_STEPS = 8001,
    /** f64, 0 to 1000000 s, default 0. Wall time after which learning ends with the best network until then; 0 for
     *  none. With one, results depend on the speed of the machine. */
    ABBE_LEARN_DEADLINE_S = 8002,
    /** i64, 0 to 2^63 - 1, default 0. Where random numbers begin: the same seed, image and parameters give the same
     *  network. */
    ABBE_LEARN_SEED = 8003,
    /** f64, 0.000000001 to 1000000000 intensity per photon. Intensity per photon; found from the image when not
     *  set. */
    ABBE_LEARN_GAIN = 8004,
    /** f64, -1000000000 to 1000000000 intensity. Intensity without light; found from the image when not set. */
    ABBE_LEARN_OFFSET = 8005,
    /** f64, 0 to 1000000000 intensity. Standard deviation without light; found from the image when not set. */
    ABBE_LEARN_READ_NOISE = 8006
} abbe_param_code;

/** Device that networks run on. Values of context.device. */
typedef enum {
    /** CUDA where ONNX Runtime and the machine have it, else the CPU. */
    ABBE_DEVICE_AUTO = 0,
    /** The CPU. */
    ABBE_DEVICE_CPU = 1,
    /** An NVIDIA GPU through CUDA. */
    ABBE_DEVICE_CUDA = 2,
    /** An NVIDIA GPU through TensorRT. */
    ABBE_DEVICE_TENSORRT = 3
} abbe_device_code;

/** What a sample of a point spread function is. Values of psf.pixel. */
typedef enum {
    /** The mean over the area where a camera sees the light directly (widefield models, spinning disk, light
     *  sheet), the point elsewhere. */
    ABBE_PIXEL_AUTO = 0,
    /** The value at the middle of the pixel. */
    ABBE_PIXEL_POINT = 1,
    /** The mean over the area of the pixel. */
    ABBE_PIXEL_AREA = 2
} abbe_pixel_code;

/** What lies in the middle plane of a point spread function. Values of psf.centre. */
typedef enum {
    /** The design focus at the coverslip; measured samples stay where they are. */
    ABBE_CENTRE_NONE = 0,
    /** The paraxial focus of the source; measured samples stay where they are. */
    ABBE_CENTRE_NOMINAL = 1,
    /** The highest intensity on the axis; of measured samples the peak. */
    ABBE_CENTRE_BEST_FOCUS = 2,
    /** The centroid of the intensity on the axis; of measured samples that of the point. */
    ABBE_CENTRE_CENTROID = 3
} abbe_centre_code;

/** Treatment of light beyond the critical angle of the sample. Values of psf.beyond_critical. */
typedef enum {
    /** The aperture is cut off at the critical angle. */
    ABBE_BEYOND_CRITICAL_TRUNCATED = 0,
    /** Waves that decay with depth are kept. */
    ABBE_BEYOND_CRITICAL_EVANESCENT = 1
} abbe_beyond_critical_code;

/** Theory of a point spread function. Values of psf.wave. */
typedef enum {
    /** Scalar waves. */
    ABBE_WAVE_SCALAR = 0,
    /** Vectorial waves, unpolarised emission. */
    ABBE_WAVE_VECTORIAL = 1
} abbe_wave_code;

/** Treatment of measured samples with faults. Values of psf.policy. */
typedef enum {
    /** Any fault is an error that names it. */
    ABBE_POLICY_REFUSE = 0,
    /** Faults are repaired where that is possible. */
    ABBE_POLICY_REPAIR = 1,
    /** Samples are used as they are, but for negative ones, which become 0. */
    ABBE_POLICY_WARN = 2
} abbe_policy_code;

/** Content of measured samples. Values of psf.samples_hold. */
typedef enum {
    /** One point spread function. */
    ABBE_SAMPLES_HOLD_PSF = 0,
    /** An image of one or more beads, which are found, centred and averaged. */
    ABBE_SAMPLES_HOLD_BEADS = 1
} abbe_samples_hold_code;

/** Meaning of NaN in the samples of an image. Values of plan.not_a_number and assess.not_a_number. */
typedef enum {
    /** A fault: the execute fails and says where the first is. */
    ABBE_NOT_A_NUMBER_REFUSE = 0,
    /** A sample that was not measured, as where abbe_plan_set_mask() says so. */
    ABBE_NOT_A_NUMBER_NOT_MEASURED = 1
} abbe_not_a_number_code;

/** What becomes of samples that were not measured. Values of plan.not_measured. */
typedef enum {
    /** They get what the steps find there: the estimate of a deconvolution, else a value between their neighbours. */
    ABBE_NOT_MEASURED_RESTORED = 0,
    /** They stay as they are in the source. */
    ABBE_NOT_MEASURED_UNTOUCHED = 1
} abbe_not_measured_code;

/** What becomes of a frame of a stream that finds no place. Values of stream.mode. */
typedef enum {
    /** It is refused, and no frame is lost that was taken. */
    ABBE_STREAM_MODE_LOSSLESS = 0,
    /** The oldest that waits is dropped for it, as is one that is older than the deadline when its turn comes. */
    ABBE_STREAM_MODE_LATEST = 1
} abbe_stream_mode_code;

/** What the step filter does. Values of filter.kind. */
typedef enum {
    /** Blurs by a Gaussian of filter.sigma_px and filter.sigma_planes; sums of intensities stay. */
    ABBE_FILTER_GAUSSIAN = 0,
    /** Takes the median of the samples up to filter.radius_px and filter.radius_planes from each; not quantitative. */
    ABBE_FILTER_MEDIAN = 1,
    /** Takes a Gaussian filter.ratio times as wide from the one of kind gaussian: spots and edges of that size
     *  stand out of 0; not quantitative. */
    ABBE_FILTER_DIFFERENCE_OF_GAUSSIANS = 2,
    /** Unsharp masking: adds filter.amount times what a Gaussian takes away; not quantitative. */
    ABBE_FILTER_UNSHARP = 3,
    /** White top-hat: takes away whatever is wider than filter.radius_px and filter.radius_planes; not
     *  quantitative. */
    ABBE_FILTER_TOP_HAT = 4,
    /** Contrast-limited adaptive histogram equalisation in tiles of filter.tile_px and filter.tile_planes, within
     *  the range of the image; not quantitative. */
    ABBE_FILTER_CLAHE = 5,
    /** Keeps waves from filter.shortest_px to filter.longest_px, plane by plane, in Fourier space; not
     *  quantitative. */
    ABBE_FILTER_BAND_PASS = 6,
    /** Takes stripes away that run along filter.along, plane by plane, in Fourier space; sums of intensities stay;
     *  not quantitative. */
    ABBE_FILTER_STRIPES = 7
} abbe_filter_code;

/** Axis that stripes run along. Values of filter.along. */
typedef enum {
    /** Along x, each in rows. */
    ABBE_FILTER_ALONG_X = 0,
    /** Along y, each in columns. */
    ABBE_FILTER_ALONG_Y = 1
} abbe_filter_along_code;

/** What the step esrrf makes of several time points. Values of esrrf.over. */
typedef enum {
    /** Their mean. */
    ABBE_ESRRF_OVER_MEAN = 0,
    /** Their variance: things that blink stand out. */
    ABBE_ESRRF_OVER_VARIANCE = 1,
    /** The covariance of each with the next, which leaves noise out. */
    ABBE_ESRRF_OVER_COVARIANCE = 2
} abbe_esrrf_over_code;

/** What runs between samples in the step resample. Values of resample.between. */
typedef enum {
    /** A cubic spline, which keeps more detail, and may pass what lies around it. */
    ABBE_RESAMPLE_CUBIC = 0,
    /** A straight line. */
    ABBE_RESAMPLE_LINEAR = 1
} abbe_resample_code;

/** What the step bin makes of neighbouring samples. Values of bin.kind. */
typedef enum {
    /** Their mean. */
    ABBE_BIN_MEAN = 0,
    /** Their sum, as a camera with larger pixels sees it. */
    ABBE_BIN_SUM = 1,
    /** The highest; not quantitative. */
    ABBE_BIN_MAX = 2
} abbe_bin_code;

/** Units of what the step camera gives. Values of camera.result. */
typedef enum {
    /** Photons: 0 without light. */
    ABBE_CAMERA_RESULT_PHOTONS = 0,
    /** Intensities of a camera whose pixels all have the mean gain and offset of the maps. */
    ABBE_CAMERA_RESULT_INTENSITY = 1
} abbe_camera_result_code;

/** Source of the field that the step flat_field takes out. Values of flat_field.mode. */
typedef enum {
    /** The map ABBE_SENSOR_MAP_FLAT, less the dark frame. */
    ABBE_FLAT_FIELD_MAP = 0,
    /** All frames of an execute, planes and time points, 8 or more for each channel: what is smooth and the same in
     *  all of them. */
    ABBE_FLAT_FIELD_SERIES = 1
} abbe_flat_field_code;

/** How the step bleach brings time points to the brightness of the first. Values of bleach.mode. */
typedef enum {
    /** Each is multiplied such that its mean is that of the first. */
    ABBE_BLEACH_RATIO = 0,
    /** By the ratio of an exponential, with or without a level, that is fitted to all means: what the specimen does
     *  stays. */
    ABBE_BLEACH_EXPONENTIAL = 1,
    /** Each sample gets the intensity of its rank in the first; not quantitative. */
    ABBE_BLEACH_HISTOGRAM = 2
} abbe_bleach_code;

/** How the step denoise smooths. Values of denoise.method. */
typedef enum {
    /** By Bayesian estimates from similar patches, plane by plane; for noise that neighbours share, too. */
    ABBE_DENOISE_METHOD_PATCHES = 0,
    /** By total variation, in volumes as a whole; for noise that is independent from sample to sample. */
    ABBE_DENOISE_METHOD_TOTAL_VARIATION = 1,
    /** By a small network that is built in, plane by plane, as raw images come; trained on simulated fluorescence
     *  micrographs. */
    ABBE_DENOISE_METHOD_NETWORK = 2,
    /** By undecimated wavelets that keep what stands out of the noise, plane by plane; the fastest, for noise that
     *  neighbours share, too. */
    ABBE_DENOISE_METHOD_WAVELETS = 3
} abbe_denoise_method_code;

/** How a network learns from one noisy image. Values of learn.method. */
typedef enum {
    /** photon_splitting; blind_spots where neighbours share noise along one axis. */
    ABBE_LEARN_METHOD_AUTOMATIC = 0,
    /** The photons of every sample are shared out, and the network predicts one part from the other, by the camera
     *  that is stated or found in the image. */
    ABBE_LEARN_METHOD_PHOTON_SPLITTING = 1,
    /** The network predicts samples that were taken out of the image, with their neighbours along an axis along
     *  which noise is shared. */
    ABBE_LEARN_METHOD_BLIND_SPOTS = 2
} abbe_learn_method_code;

/** Gain and offset of the step output. Values of output.mode. */
typedef enum {
    /** output.gain, or as much of it as the highest sample of all images of an execute leaves below output.highest;
     *  plus output.offset. */
    ABBE_OUTPUT_FIT = 0,
    /** output.gain, plus output.offset. */
    ABBE_OUTPUT_STATED = 1,
    /** Such that output.low becomes output.offset, and output.high output.highest. */
    ABBE_OUTPUT_RANGE = 2
} abbe_output_code;

/** Source of the background that is subtracted. Values of background.mode. */
typedef enum {
    /** The number background.value. */
    ABBE_BACKGROUND_CONSTANT = 0,
    /** The level of the darkest places of each image. */
    ABBE_BACKGROUND_ESTIMATED = 1,
    /** The number background.value where one is given, else estimated. */
    ABBE_BACKGROUND_AUTOMATIC = 2,
    /** The level that background.percent of the samples of each image are below. */
    ABBE_BACKGROUND_PERCENTILE = 3,
    /** Where a ball of background.radius_px that rolls along below the samples touches them, each plane by itself
     *  (Sternberg 1983). */
    ABBE_BACKGROUND_ROLLING_BALL = 4,
    /** The opening by a disc of background.radius_px, each plane by itself: whatever is wider than it. */
    ABBE_BACKGROUND_TOP_HAT = 5
} abbe_background_code;

/** Algorithm of a deconvolution. Values of deconvolve.algorithm. */
typedef enum {
    /** Follows deconvolve.preset and the noise of the image. */
    ABBE_ALGORITHM_AUTOMATIC = 0,
    /** Richardson-Lucy; for results to be compared with other programs. */
    ABBE_ALGORITHM_RICHARDSON_LUCY = 1,
    /** Richardson-Lucy with the heavy ball's momentum: the same estimate in a third of the iterations. */
    ABBE_ALGORITHM_HEAVY_BALL = 2,
    /** Richardson-Lucy with a momentum that follows from the image; holds one volume more. */
    ABBE_ALGORITHM_BIGGS_ANDREWS = 3,
    /** Richardson-Lucy with an unmatched back projector, bounded by deconvolve.tempering; the fastest way to a good
     *  estimate. */
    ABBE_ALGORITHM_TEMPERED = 4,
    /** Richardson-Lucy with the Wiener-Butterworth back projector; results after two to four iterations. */
    ABBE_ALGORITHM_WIENER_BUTTERWORTH = 5,
    /** Richardson-Lucy with total variation; for noisy images of things with sharp edges. */
    ABBE_ALGORITHM_TOTAL_VARIATION = 6,
    /** Projected Landweber: least squares, for noise that is the same everywhere. */
    ABBE_ALGORITHM_LANDWEBER = 7,
    /** Image space reconstruction algorithm: least squares, for noise that is the same everywhere. */
    ABBE_ALGORITHM_ISRA = 8,
    /** Gold-Meinel ratios; for bright images nearly without noise and kernels that are centred. */
    ABBE_ALGORITHM_GOLD_MEINEL = 9,
    /** Wiener filter, in one step. */
    ABBE_ALGORITHM_WIENER = 10,
    /** Tikhonov filter, in one step. */
    ABBE_ALGORITHM_TIKHONOV = 11,
    /** Least squares with the least curvature, in one step. */
    ABBE_ALGORITHM_REGULARISED_INVERSE = 12,
    /** Also finds how much wider or narrower the point spread function is than the one given. */
    ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY = 13,
    /** Denoises the image first, with the network given to the step or else as the denoise step does, and ends by
     *  photons held out of the raw image; the plain result where they prefer it. */
    ABBE_ALGORITHM_HYBRID = 14
} abbe_algorithm_code;

/** Effort of the automatic algorithm. Values of deconvolve.preset. */
typedef enum {
    /** The same as quality. */
    ABBE_PRESET_AUTOMATIC = 0,
    /** A quick look: few iterations, half the padding. */
    ABBE_PRESET_FAST = 1,
    /** A good result in little time. */
    ABBE_PRESET_BALANCED = 2,
    /** The best result. */
    ABBE_PRESET_QUALITY = 3
} abbe_preset_code;

/** Margin around the image from which light may come in. Values of deconvolve.padding. */
typedef enum {
    /** Full, but half for the preset fast. */
    ABBE_PADDING_AUTOMATIC = 0,
    /** The whole point spread function. */
    ABBE_PADDING_FULL = 1,
    /** Half of it: less memory and time, a little worse at the border. */
    ABBE_PADDING_HALF = 2,
    /** No margin: opposite borders of the image are neighbours. */
    ABBE_PADDING_NONE = 3
} abbe_padding_code;

/** What ends the iterations before deconvolve.iterations. Values of deconvolve.stop. */
typedef enum {
    /** Discrepancy for the automatic algorithm, held_out for blind_richardson_lucy, change for the others. */
    ABBE_STOP_AUTOMATIC = 0,
    /** Nothing. */
    ABBE_STOP_ITERATIONS = 1,
    /** An iteration changes the estimate by less than deconvolve.stop_change. */
    ABBE_STOP_CHANGE = 2,
    /** Residuals are as small as the noise: their reduced chi-square is below deconvolve.stop_misfit. */
    ABBE_STOP_DISCREPANCY = 3,
    /** One photon in eight, held out, becomes less likely: from then on noise would be learned. As many iterations
     *  are then done of all photons. */
    ABBE_STOP_HELD_OUT = 4
} abbe_stop_code;

/** What the samples of an image are. Values of deconvolve.contrast. */
typedef enum {
    /** Signed where more samples lie below 0 than noise around some light explains, absorption where most of a
     *  plane is bright, else emission. */
    ABBE_CONTRAST_AUTOMATIC = 0,
    /** Light of the specimen; samples below 0 count as 0. */
    ABBE_CONTRAST_EMISSION = 1,
    /** Light that the specimen lets through: the darkest places are part of it, and the automatic mode takes no
     *  pedestal. */
    ABBE_CONTRAST_ABSORPTION = 2,
    /** Values around 0 with noise that is the same everywhere, as after subtraction or of reconstructed images. */
    ABBE_CONTRAST_SIGNED = 3
} abbe_contrast_code;

/** How far the iterations of the images of one plan go. Values of deconvolve.course. */
typedef enum {
    /** The time points of a channel as far as its first one with light, so that series do not flicker. */
    ABBE_COURSE_SERIES = 0,
    /** Each as far as its own noise allows. */
    ABBE_COURSE_IMAGE = 1,
    /** All channels and time points as far as the first image with light, so that their ratios can be compared. */
    ABBE_COURSE_FIRST = 2
} abbe_course_code;

/** How the estimate and the transfer function are kept between passes. Values of deconvolve.storage. */
typedef enum {
    /** As 32-bit floating point. */
    ABBE_STORAGE_SINGLE = 0,
    /** In 16 bits each: less memory, results change by one to five thousandths in 30 iterations. */
    ABBE_STORAGE_HALF = 1
} abbe_storage_code;

/** How intensities become network values. Values of model.normalisation. */
typedef enum {
    /** As the package says; for a plain network as they are. */
    ABBE_NORMALISATION_PACKAGE = 0,
    /** As they are, without the package's own steps. */
    ABBE_NORMALISATION_NONE = 1,
    /** model.low_percentile to model.high_percentile onto model.range_low to model.range_high. */
    ABBE_NORMALISATION_PERCENTILE = 2,
    /** To mean 0 and standard deviation 1. */
    ABBE_NORMALISATION_MEAN_STD = 3,
    /** (intensity - model.offset) / model.gain. */
    ABBE_NORMALISATION_FIXED = 4
} abbe_normalisation_code;

/** Units of a network's result. Values of model.intensities. */
typedef enum {
    /** Those of the image for images and uncertainties (model.output_kind), unless the package ends in a scale of
     *  its own; else the network's. */
    ABBE_INTENSITIES_AUTO = 0,
    /** Those of the image, but for labels. */
    ABBE_INTENSITIES_INPUT = 1,
    /** Those of the network. */
    ABBE_INTENSITIES_NETWORK = 2
} abbe_intensities_code;

/** What a network's result holds. Values of model.output_kind. */
typedef enum {
    /** As the package says, or what the network's last operator and the names of its outputs show; else an image. */
    ABBE_OUTPUT_KIND_AUTO = 0,
    /** Intensities, in the units that model.intensities chooses. */
    ABBE_OUTPUT_KIND_IMAGE = 1,
    /** Widths of intensities, in the same units without an offset. */
    ABBE_OUTPUT_KIND_UNCERTAINTY = 2,
    /** Numbers from 0 to 1, in the network's units. */
    ABBE_OUTPUT_KIND_PROBABILITY = 3,
    /** Numbers of classes or objects, as they are; tiles are not blended. */
    ABBE_OUTPUT_KIND_LABELS = 4,
    /** Anything else, in the network's units. */
    ABBE_OUTPUT_KIND_OTHER = 5
} abbe_output_kind_code;

/** Size of a network's result. Values of model.extent. */
typedef enum {
    /** The network's scale times the image, which is continued by reflection where the network shrinks it. */
    ABBE_EXTENT_FULL = 0,
    /** What the network gives for the image as it is. */
    ABBE_EXTENT_NETWORK = 1
} abbe_extent_code;

/** Channels of the image for a network of several channels. Values of model.channels. */
typedef enum {
    /** The image must have as many channels as the network reads. */
    ABBE_CHANNELS_EXACT = 0,
    /** Each channel of the image is given to all channels of the network; the results are averaged. */
    ABBE_CHANNELS_REPEAT = 1
} abbe_channels_code;

/** Whether the result of tiles is compared with that of the image as a whole, or with an estimate of it where that
 *  does not fit, to state how far they are apart. Values of model.seam_check. */
typedef enum {
    /** Where tiles cannot be exact. */
    ABBE_SEAM_CHECK_AUTO = 0,
    /** Never. */
    ABBE_SEAM_CHECK_NEVER = 1,
    /** Always. */
    ABBE_SEAM_CHECK_ALWAYS = 2
} abbe_seam_check_code;

/** Images whose percentiles, means and deviations normalise. Values of model.statistics. */
typedef enum {
    /** Each image's own. */
    ABBE_STATISTICS_IMAGE = 0,
    /** Those of the first image after a commit that gave a result, for all that follow. */
    ABBE_STATISTICS_FIRST = 1,
    /** All time points of an execute together; the input must have an axis t. */
    ABBE_STATISTICS_SERIES = 2
} abbe_statistics_code;



/**
 * How far images can be believed: a raw image, what was made of it, and what is known of both.
 */
typedef struct abbe_assess abbe_assess;

/**
 * Threads, devices and logging shared by the objects made from it.
 */
typedef struct abbe_context abbe_context;

/**
 * A loaded network; immutable.
 */
typedef struct abbe_model abbe_model;

/**
 * Work prepared for one image layout: an ordered chain of steps.
 */
typedef struct abbe_plan abbe_plan;

/**
 * A point spread function.
 */
typedef struct abbe_psf abbe_psf;

/**
 * Frames of a camera on their way through plans.
 */
typedef struct abbe_stream abbe_stream;

/**
 * Holds an abbe_status_code.
 */
typedef int32_t abbe_status;

/**
 * Holds an abbe_param_code.
 */
typedef int32_t abbe_param;

/**
 * Called on any thread, perhaps several at once; calls on libabbe's objects give ABBE_ERROR_STATE there. `level` is an abbe_level_code. `message` is
 * UTF-8 and valid during the call only.
 */
typedef void (*abbe_log_fn)(void *user, int32_t level, const char *message);

/**
 * Called on the thread that called abbe_plan_execute() or abbe_psf_estimate(), with the share that is done, 0 to 1.
 * Returns ABBE_CONTINUE or ABBE_CANCEL. It may call abbe_plan_cancel() and abbe_plan_get_*(), nothing else on this plan.
 * A call on another plan that is at work gives ABBE_ERROR_STATE, since two could wait for each other for ever.
 */
typedef int32_t (*abbe_progress_fn)(void *user, double fraction);

/**
 * Holds an abbe_step_code.
 */
typedef int32_t abbe_step;

/**
 * Holds an abbe_dtype_code.
 */
typedef int32_t abbe_dtype;

/**
 * Holds an abbe_sensor_map_code.
 */
typedef int32_t abbe_sensor_map;

/**
 * Reads a block of an image for abbe_plan_execute_blocks(), on the thread that called it. `image` is channel +
 * channels * time point; `start` and `shape` have three values, along z, y and x, also where the image lacks axes.
 * `samples` is to be filled with the block's samples of the input's type, tightly packed, x fastest; it has `bytes`
 * bytes. Returns ABBE_CONTINUE, ABBE_CANCEL, or any other number where reading fails. It may call abbe_plan_cancel()
 * and abbe_plan_get_*(), nothing else on this plan.
 */
typedef int32_t (*abbe_read_fn)(void *user,
                                int64_t image,
                                const int64_t *start,
                                const int64_t *shape,
                                void *samples,
                                size_t bytes);

/**
 * Writes a block of a result for abbe_plan_execute_blocks(): as abbe_read_fn, with samples of the output's type that
 * are to be taken.
 */
typedef int32_t (*abbe_write_fn)(void *user,
                                 int64_t image,
                                 const int64_t *start,
                                 const int64_t *shape,
                                 const void *samples,
                                 size_t bytes);

/**
 * Holds an abbe_metric_code.
 */
typedef int32_t abbe_metric;

/**
 * Called on a stream's thread with a result: `image` has `bytes` bytes in the layout of the plan's output, valid during the
 * call; `facts` has `count` values in the order of abbe_result_code.
 */
typedef void (*abbe_deliver_fn)(void *user, const void *image, size_t bytes, const int64_t *facts, int32_t count);

/**
 * Called when a stream does not need a frame any more that was submitted at address `frame`.
 */
typedef void (*abbe_release_fn)(void *user, const void *frame);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Gives the version of the loaded library as ABBE_VERSION_NUMBER has it: major * 1000000 + minor * 1000 + patch.
 *
 * @return The number; compare it with the ABBE_VERSION_NUMBER that your program was compiled with.
 * @since 0.1
 */
ABBE_API uint32_t abbe_version(void);

/**
 * Gives the version of the loaded library as text, e.g. "0.1.0".
 *
 * @return Text that lives as long as the library.
 * @since 0.1
 */
ABBE_API const char *abbe_version_text(void);

/**
 * Gives a short English sentence for a status.
 *
 * @param status  Any number.
 * @return Text that lives as long as the library, also for numbers that are not a status. abbe_error_text() says
 *         what went wrong in a certain call.
 * @since 0.1
 */
ABBE_API const char *abbe_status_text(abbe_status status);

/**
 * Copies the text of the last failure.
 *
 * The text says what the thing is, what it may be, and often what to do. It is kept per thread and per context; a
 * later success does not clear it.
 *
 * @param      context   Whose last failure, on any thread; NULL for the last one on the calling thread. Failures that
 *                       belong to no context are kept for the thread only: ABBE_ERROR_HANDLE and abbe_param_*().
 * @param[out] text      Receives at most `capacity - 1` bytes, cut between characters, and a NUL. May be NULL when
 *                       `capacity` is 0.
 * @param      capacity  Size of `text` in bytes.
 * @return The bytes the whole text needs, its NUL included; 1 when there was no failure.
 * @since 0.1
 */
ABBE_API size_t abbe_error_text(const abbe_context *context, char *text, size_t capacity);

/**
 * Gives the number of parameters and facts that this version knows.
 *
 * @return The count; pass 0 to count - 1 to abbe_param_at().
 * @since 0.1
 */
ABBE_API int32_t abbe_param_count(void);

/**
 * Gives the parameter at a place of the table.
 *
 * @param      index  0 to abbe_param_count() - 1.
 * @param[out] param  Receives its number.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_param_at(int32_t index, abbe_param *param);

/**
 * Finds a parameter by its name.
 *
 * @param      name   E.g. "psf.wavelength_nm".
 * @param[out] param  Receives its number.
 * @retval ABBE_ERROR_ARGUMENT  This version knows no such name.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_param_find(const char *name, abbe_param *param);

/**
 * Gives the range and the default of a parameter that is a number or a choice.
 *
 * @param      param    A parameter.
 * @param[out] minimum  Receives the least value; may be NULL.
 * @param[out] maximum  Receives the greatest value; may be NULL.
 * @param[out] default_value  Receives the value it has when not set, NaN where it has none; may be NULL.
 * @retval ABBE_ERROR_ARGUMENT  Unknown, or a text or a fact, which have no range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_param_range(abbe_param param, double *minimum, double *maximum, double *default_value);

/**
 * Describes a parameter as one JSON object: id, name, constant, object, kind, minimum, maximum, default, unit, values
 * and value_summaries (of a choice), summary, since, experimental.
 *
 * The kind is "integer" or "choice" (i64), "number" (f64), "text", "integer fact" or "number fact" (read only).
 *
 * @param      param     A parameter.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_param_describe(abbe_param param, char *json, size_t capacity, size_t *needed);

/**
 * Makes a context.
 *
 * @param[out] context  Receives the handle.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_create(abbe_context **context);

/**
 * Sets a whole number or a choice of a context, or a real number to a whole value.
 *
 * Plans committed before keep what they were committed with.
 *
 * @param context  The context.
 * @param param    One of ABBE_CONTEXT_*.
 * @param value    In the parameter's range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_set_i64(abbe_context *context, abbe_param param, int64_t value);

/**
 * Sets a real number of a context.
 *
 * @param context  The context.
 * @param param    One of ABBE_CONTEXT_*.
 * @param value    In the parameter's range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_set_f64(abbe_context *context, abbe_param param, double value);

/**
 * Sets a text of a context.
 *
 * @param context  The context.
 * @param param    One of ABBE_CONTEXT_*.
 * @param value    UTF-8. Copied.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_set_text(abbe_context *context, abbe_param param, const char *value);

/**
 * Forgets what was set: the parameter has its default again, or is worked out where it has none.
 *
 * @param context  The context.
 * @param param    One of ABBE_CONTEXT_*.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_unset(abbe_context *context, abbe_param param);

/**
 * Sends the log of a context and its objects to a function.
 *
 * @param context  The context.
 * @param log      Called with each line, on any thread; NULL ends the log. When this call returns, the function set
 *                 before is not called any more. The call waits until that function has returned, so hold no lock
 *                 that it needs.
 * @param user     Handed to `log`.
 * @param level    ABBE_LEVEL_ERROR to ABBE_LEVEL_DEBUG: lines of this level and of more severe ones.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_set_log(abbe_context *context, abbe_log_fn log, void *user, int32_t level);

/**
 * Loads an execution provider of ONNX Runtime that is a library of its own (a plug-in), for devices that ONNX Runtime
 * does not know by itself: OpenVINO, WebGPU, TensorRT-RTX and others.
 *
 * It is there for all contexts of the process, until the process ends. `context.provider` then chooses one by the name
 * that abbe_context_devices() lists. Needs ONNX Runtime, which is loaded now if it is not yet.
 *
 * @param context  The context; its `context.onnxruntime` says where ONNX Runtime is.
 * @param name     A name of your own for the library, of at most 100 bytes; one that ends in ".virtual" asks the provider
 *                 for devices that are not on this machine too. The same name and path again do nothing.
 * @param path     The library.
 * @retval ABBE_ERROR_DEVICE  ONNX Runtime is missing; the library is missing, damaged, no execution provider, for another
 *                            machine or another version of ONNX Runtime; or it finds no device.
 * @retval ABBE_ERROR_STATE   Another library has that name.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_register_provider(abbe_context *context,
                                                                   const char *name,
                                                                   const char *path);

/**
 * Lists the devices that networks can run on, as one JSON object: "onnxruntime", its version; "library", its path, or null
 * where it is the host's; "built_in", names of the providers in it; "devices", for each "provider" (for `context.provider`),
 * "index" (for `context.device_index`), "kind" (cpu, gpu or npu), "vendor", "provider_vendor", "id", and what the
 * provider tells: "metadata", "hardware", "options". Needs ONNX Runtime, which is loaded now if it is not yet.
 *
 * @param      context   The context.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_DEVICE  ONNX Runtime is missing.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_devices(abbe_context *context,
                                                         char *json,
                                                         size_t capacity,
                                                         size_t *needed);

/**
 * Runs networks in the ONNX Runtime that the host has loaded itself, so that the process never has two.
 *
 * It holds for all contexts of the process, until the process ends, and must come before anything needs ONNX Runtime. The
 * library must stay loaded. Its environment, log level and allocators stay the host's; networks have threads of their
 * own, as many as `context.threads` says. `context.onnxruntime` must not be set.
 *
 * @param context   The context.
 * @param api_base  What `OrtGetApiBase()` of the host's ONNX Runtime gives, 1.24 or newer.
 * @retval ABBE_ERROR_STATE   The process runs another ONNX Runtime already, or `context.onnxruntime` names one.
 * @retval ABBE_ERROR_DEVICE  It is too old.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_context_adopt_onnxruntime(abbe_context *context,
                                                                   const void *api_base);

/**
 * Destroys a context; objects made from it live on.
 *
 * @param context  The context; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_context_destroy(abbe_context *context);

/**
 * Makes a point spread function; its optics are set with abbe_psf_set_f64() and the other setters.
 *
 * @param      context  The context.
 * @param      kind     An abbe_psf_code.
 * @param[out] psf      Receives the handle.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_create(abbe_context *context, int32_t kind, abbe_psf **psf);

/**
 * Sets a whole number or a choice of a point spread function, or a real number to a whole value.
 *
 * @param psf    The point spread function.
 * @param param  One of ABBE_PSF_*.
 * @param value  In the parameter's range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_set_i64(abbe_psf *psf, abbe_param param, int64_t value);

/**
 * Sets a real number of a point spread function, e.g. ABBE_PSF_WAVELENGTH_NM to 525.
 *
 * @param psf    The point spread function.
 * @param param  One of ABBE_PSF_*.
 * @param value  In the parameter's range and unit.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_set_f64(abbe_psf *psf, abbe_param param, double value);

/**
 * Sets a text of a point spread function. What it says is checked when the kernel is computed.
 *
 * @param psf    The point spread function.
 * @param param  One of ABBE_PSF_*.
 * @param value  UTF-8. Copied.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_set_text(abbe_psf *psf, abbe_param param, const char *value);

/**
 * Forgets what was set: the parameter has its default again, or is worked out where it has none.
 *
 * @param psf    The point spread function.
 * @param param  One of ABBE_PSF_*.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_unset(abbe_psf *psf, abbe_param param);

/**
 * Gives the samples of a measured point spread function, or a motion kernel. Copied.
 *
 * What they hold is examined when the kernel is computed, by abbe_psf_sample() or abbe_plan_commit(), and treated as
 * ABBE_PSF_POLICY says.
 *
 * @param psf      Made with ABBE_PSF_MEASURED.
 * @param samples  Tightly packed, last axis fastest, in any unit.
 * @param ndim     2 for y, x; 3 for z, y, x.
 * @param shape    Extents in samples, `ndim` of them.
 * @retval ABBE_ERROR_STATE  Another kind of point spread function.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_set_samples(abbe_psf *psf, const float *samples, int32_t ndim, const int64_t *shape);

/**
 * Gives the extent that holds the light of a point spread function: psf.energy of it, odd along every axis.
 *
 * @param      psf    The point spread function.
 * @param      ndim   2 for y, x: the plane in focus; 3 for z, y, x.
 * @param[out] shape  Receives `ndim` extents in samples.
 * @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_extent(const abbe_psf *psf, int32_t ndim, int64_t *shape);

/**
 * Computes the kernel: its sum is 1, its centre at index extent / 2 of every axis.
 *
 * @param      psf      The point spread function.
 * @param[out] samples  Receives the values, tightly packed, last axis fastest.
 * @param      ndim     2 for y, x: the plane in focus; 3 for z, y, x.
 * @param      shape    Extents in samples, `ndim` of them.
 * @retval ABBE_ERROR_STATE     A parameter that it needs is not set.
 * @retval ABBE_ERROR_ARGUMENT  Parameters that contradict each other.
 * @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_sample(const abbe_psf *psf, float *samples, int32_t ndim, const int64_t *shape);

/**
 * Fits a model to measured samples, beads or one point, on the samples' own voxels and with their background.
 *
 * The parameters of the model are the start; ABBE_PSF_FIT names those to be found, and they are set to what was found.
 * The place of the point in the samples does not belong to the model; read it with abbe_psf_get_f64() as
 * ABBE_PSF_FIT_DEFOCUS_NM, ABBE_PSF_FIT_SHIFT_Y_PX and ABBE_PSF_FIT_SHIFT_X_PX. abbe_psf_report() has it all with
 * standard errors as "fit". Distances between samples, ABBE_PSF_SAMPLES_HOLD and
 * ABBE_PSF_BEAD_NM are those of `measured`; without distances of their own the samples have the model's.
 *
 * @param psf       The model: Gaussian or optical.
 * @param measured  Made with ABBE_PSF_MEASURED, its samples given.
 * @retval ABBE_ERROR_ARGUMENT  A kind that cannot be fitted, or samples without a point; nothing changes then.
 * @retval ABBE_ERROR_STATE     A parameter that it needs, or the samples, are not set.
 * @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it; nothing is changed.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_fit(abbe_psf *psf, const abbe_psf *measured);

/**
 * Finds parameters of an optical model from an image of an unknown specimen, on the voxels of the model.
 *
 * ABBE_PSF_FIT names up to three of them: of a stack numerical_aperture, spherical_nm (when not set), sample_index,
 * depth_nm; of a plane defocus_nm. The model's parameters are the start, and become what was found;
 * abbe_psf_report() has it with standard errors as "estimate". A parameter that the image does not determine stays as it is,
 * with the finding estimate_undetermined. It runs several dozen short deconvolutions of the part of the image with
 * the most structure, which take up to a minute. docs/psf.md says where it fails.
 *
 * @param psf       The model.
 * @param samples   The image, tightly packed, last axis fastest, linear in the light, noise not removed.
 * @param ndim      2 for y, x; 3 for z, y, x.
 * @param shape     Extents in samples, `ndim` of them.
 * @param progress  Called on this thread, several times per iteration, with the share that is done; it may use `psf` but
 *                  for another estimate. NULL for none.
 * @param user      Handed to `progress`.
 * @retval ABBE_ERROR_ARGUMENT   A kind without such parameters, or an image without structure; nothing is changed.
 * @retval ABBE_ERROR_STATE      A parameter that it needs is not set, or another estimate of `psf` runs.
 * @retval ABBE_ERROR_CANCELLED  `progress` or abbe_psf_cancel() asked for it; nothing is changed.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_estimate(abbe_psf *psf,
                                                      const float *samples,
                                                      int32_t ndim,
                                                      const int64_t *shape,
                                                      abbe_progress_fn progress,
                                                      void *user);

/**
 * Asks all calls on a point spread function that run on other threads to stop: abbe_psf_sample(), abbe_psf_extent(),
 * abbe_psf_fit() and abbe_psf_estimate(), which then return ABBE_ERROR_CANCELLED. Returns at once.
 *
 * @param psf  The point spread function; NULL and destroyed ones are ignored. What a plan computes of it in a commit is
 *             stopped by abbe_plan_cancel().
 * @since 0.1
 */
ABBE_API void abbe_psf_cancel(abbe_psf *psf);

/**
 * Gives a whole number or a choice of a point spread function: what was set, or its default.
 *
 * @param      psf    The point spread function.
 * @param      param  One of ABBE_PSF_*.
 * @param[out] value  Receives it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_get_i64(const abbe_psf *psf, abbe_param param, int64_t *value);

/**
 * Gives a real number of a point spread function: what was set or found, its default, or a fact of the last fit.
 *
 * @param      psf    The point spread function.
 * @param      param  One of ABBE_PSF_*.
 * @param[out] value  Receives it, in the parameter's unit.
 * @retval ABBE_ERROR_STATE  It is not set and has no default, or is a fact of a fit and there was none.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_get_f64(const abbe_psf *psf, abbe_param param, double *value);

/**
 * Describes the kernel last computed, by abbe_psf_sample(), as one JSON object: "shape" and "centre", "energy_missed"
 * (share of the light outside the edges), "nyquist_pixel_nm" and "nyquist_step_nm" (largest distances of samples that the
 * optics allow), "strehl" (highest sample over a point's in focus without aberrations), "diagnosis" (numbers about
 * measured samples) and "findings" (what is wrong, and what was repaired: "severity", "code", "text"); after
 * abbe_psf_fit() and abbe_psf_estimate() also what was found, as "fit" and "estimate". docs/psf.md explains every key.
 *
 * Later versions add keys; they take none away within one ABBE_VERSION_MAJOR.
 *
 * @param      psf       The point spread function.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_STATE  No kernel was computed since the last change, and nothing was fitted or estimated. Those
 *                           that a plan uses are in its report.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_psf_report(const abbe_psf *psf,
                                                    char *json,
                                                    size_t capacity,
                                                    size_t *needed);

/**
 * Destroys a point spread function; plans that use it keep it alive.
 *
 * @param psf  The point spread function; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_psf_destroy(abbe_psf *psf);

/**
 * Loads a network: an .onnx file, a BioImage.IO package (zip or folder), or a .czann. Runs nothing and needs no ONNX
 * Runtime yet.
 *
 * @param      context  The context.
 * @param      path     File or folder.
 * @param[out] model    Receives the handle.
 * @retval ABBE_ERROR_IO     It cannot be read.
 * @retval ABBE_ERROR_MODEL  It is malformed, beyond the limits against hostile files, fails its checksum, or asks for
 *                           a download.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_load(abbe_context *context, const char *path, abbe_model **model);

/**
 * Loads a network from memory, e.g. from a host's own archive. The bytes are copied.
 *
 * @param      context  The context.
 * @param      bytes    An .onnx file, or a zipped package.
 * @param      size     Their number.
 * @param[out] model    Receives the handle.
 * @retval ABBE_ERROR_MODEL  As for abbe_model_load().
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_load_memory(abbe_context *context, const void *bytes, size_t size, abbe_model **model);

/**
 * Gives a network that is built in: no file, no ONNX Runtime. A denoise step with ABBE_DENOISE_METHOD_NETWORK runs it and what was
 * learnt from it on libabbe's own engine; a model step runs them by ONNX Runtime, as any other network.
 *
 * @param      context  The context.
 * @param      name     "denoise": the denoiser of raw fluorescence images.
 * @param[out] model    Receives the handle.
 * @retval ABBE_ERROR_ARGUMENT  There is no network of that name.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_builtin(abbe_context *context,
                                                       const char *name,
                                                       abbe_model **model);

/**
 * Sets a whole number of how networks are learnt from this one, or a real number to a whole value.
 *
 * @param model  The network.
 * @param param  One of ABBE_LEARN_*.
 * @param value  The value.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_set_i64(abbe_model *model, abbe_param param, int64_t value);

/**
 * Sets a real number of how networks are learnt from this one.
 *
 * @param model  The network.
 * @param param  One of ABBE_LEARN_*.
 * @param value  The value.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_set_f64(abbe_model *model, abbe_param param, double value);

/**
 * Gives a parameter of learning its default again.
 *
 * @param model  The network.
 * @param param  One of ABBE_LEARN_*.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_unset(abbe_model *model, abbe_param param);

/**
 * Learns a network for an image from this one, by the image alone: no clean image is needed. docs/learning.md says how, and what it
 * is good for.
 *
 * The result is the best network by samples that were held out; where none is better than this one by more than chance, or there is
 * nothing to learn (no noise, or less than 64 samples along an axis), it is the same as this one. `learning` in
 * abbe_model_describe() says which, and why. The same image, parameters and seed give the same network on any number of threads,
 * unless a deadline or a cancel ends it.
 *
 * @param      model     The network: a built-in one, or one that was learnt from that, saved and loaded or not.
 * @param      samples   The noisy image, tightly packed, last axis fastest, in any unit. Planes of a stack are learnt from together.
 * @param      ndim      2 for y, x; 3 for z, y, x.
 * @param      shape     Extents in samples, `ndim` of them.
 * @param      progress  Called on this thread with the share that is done; it may use `model` but to learn. NULL for none. Where it
 *                       answers ABBE_CANCEL, learning ends with the best network until then.
 * @param      user      Handed to `progress`.
 * @param[out] learnt    Receives the handle of the new network.
 * @retval ABBE_ERROR_UNSUPPORTED  A network of other layers than the built-in one's.
 * @retval ABBE_ERROR_ARGUMENT     NaN, infinity or samples beyond 1e15.
 * @retval ABBE_ERROR_STATE        Another call learns from `model`.
 * @retval ABBE_ERROR_CANCELLED    `progress` or abbe_model_cancel() asked for it before there was any step.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_learn(abbe_model *model,
                                                     const float *samples,
                                                     int32_t ndim,
                                                     const int64_t *shape,
                                                     abbe_progress_fn progress,
                                                     void *user,
                                                     abbe_model **learnt);

/**
 * Asks whoever learns from this network to stop with the best one until then. Returns at once, on any thread.
 *
 * @param model  The network; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_model_cancel(abbe_model *model);

/**
 * Saves a network that is built in or was learnt as a BioImage.IO 0.5 package: a zip with the weights as ONNX, a test, and how it was
 * learnt. Fiji, bioimageio.core and abbe_model_load() read it. The file gets there whole or not at all; one that is there is replaced.
 *
 * @param model  The network.
 * @param path   The file, which should end in ".zip".
 * @retval ABBE_ERROR_STATE        The network was loaded from a file: copy that.
 * @retval ABBE_ERROR_IO           The file cannot be written.
 * @retval ABBE_ERROR_UNSUPPORTED  A build without networks.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_save(const abbe_model *model,
                                                    const char *path);

/**
 * Describes a network as one JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators;
 * for one that was learnt `learning` says from what, how, and how it does on samples that were held out.
 *
 * @param      model     The network.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_describe(const abbe_model *model,
                                                        char *json,
                                                        size_t capacity,
                                                        size_t *needed);

/**
 * Runs the test that a package brings, on the context's device, and compares: needs ONNX Runtime.
 *
 * @param      model     The network.
 * @param[out] json      Receives one JSON object: passed, and for every output the largest difference and how many
 *                       samples differ by more than 1e-3 + 1e-3 |expected|; NULL with `capacity` 0 to ask for the size,
 *                       which runs the test as well.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_STATE   The package has no test.
 * @retval ABBE_ERROR_DEVICE  ONNX Runtime or the device is missing.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_model_selftest(const abbe_model *model, char *json, size_t capacity, size_t *needed);

/**
 * Destroys a network; plans that use it keep it alive.
 *
 * @param model  The network; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_model_destroy(abbe_model *model);

/**
 * Makes a plan without steps.
 *
 * @param      context  The context.
 * @param[out] plan     Receives the handle.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_create(abbe_context *context, abbe_plan **plan);

/**
 * Appends a step and selects it: setters and getters of step parameters apply to it.
 *
 * @param plan  The plan.
 * @param step  An abbe_step_code.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_add_step(abbe_plan *plan, abbe_step step);

/**
 * Selects the step that setters and getters of step parameters apply to.
 *
 * @param plan   The plan.
 * @param index  0 for the step added first.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_select_step(abbe_plan *plan, int32_t index);

/**
 * Sets the point spread function of the selected step, a deconvolution.
 *
 * What is set on `psf` later takes effect at the plan's next commit. An image of one plane is deconvolved with the
 * plane in focus of a point spread function that has several.
 *
 * @param plan  The plan.
 * @param psf   The point spread function.
 * @retval ABBE_ERROR_STATE  The selected step takes none.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_psf(abbe_plan *plan, const abbe_psf *psf);

/**
 * Sets the point spread function of one channel of the images of the selected step, a deconvolution, where channels differ:
 * each colour of a fluorescence image is blurred in its own way.
 *
 * A channel without one takes that of abbe_plan_set_psf(), which need not be called where every channel has its own. As there,
 * what is set on `psf` later takes effect at the plan's next commit. The plan holds a workspace for each point spread function.
 *
 * @param plan     The plan; it needs another commit afterwards.
 * @param channel  0 for the first along the axis c, 0 too where there is none. Whether the images have such a channel is
 *                 checked by abbe_plan_commit(), which knows them.
 * @param psf      The point spread function. NULL: the channel has none of its own.
 * @retval ABBE_ERROR_STATE     The selected step takes none.
 * @retval ABBE_ERROR_ARGUMENT  `channel` is negative.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_channel_psf(abbe_plan *plan,
                                                              int32_t channel,
                                                              const abbe_psf *psf);

/**
 * Sets the network of the selected step: the one that a model step runs, or that a deconvolution denoises with first.
 *
 * @param plan   The plan; it needs another commit afterwards.
 * @param model  The network.
 * @retval ABBE_ERROR_STATE  The selected step takes none.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_model(abbe_plan *plan, const abbe_model *model);

/**
 * Gives an input of the selected step's network the samples that it reads in every run: a point spread function, a table, a
 * time step, of extents of its own. The image goes to the other inputs.
 *
 * They are what the network reads: nothing of a package, and no normalisation, is done to them. The next
 * abbe_plan_set_model() forgets them. The plan holds a copy of the network's file with them.
 *
 * @param plan     The plan, whose selected step has a network; it needs another commit afterwards.
 * @param name     Name of the input, as abbe_model_describe() has it.
 * @param samples  Tightly packed, last axis fastest; rounded to the input's type. Copied.
 * @param ndim     Number of axes, all that the input has: 4 for 1 x 1 x 32 x 32, 0 for a single number.
 * @param shape    Extents in samples, 1 or more, `ndim` of them; of no effect where that is 0.
 * @retval ABBE_ERROR_STATE     The selected step takes no network, or has none yet.
 * @retval ABBE_ERROR_ARGUMENT  No input of that name, or the only image, other extents than the input states, or samples
 *                              that its type does not hold.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_model_input(abbe_plan *plan,
                                                              const char *name,
                                                              const float *samples,
                                                              int32_t ndim,
                                                              const int64_t *shape);

/**
 * Sets a whole number or a choice of a plan (ABBE_PLAN_*) or of its selected step, or a real number to a whole value.
 *
 * A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
 * executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
 *
 * @param plan   The plan; it needs another commit afterwards unless the parameter is live.
 * @param param  A parameter of the plan or of the kind of the selected step.
 * @param value  In the parameter's range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_i64(abbe_plan *plan, abbe_param param, int64_t value);

/**
 * Sets a real number of a plan (ABBE_PLAN_*) or of its selected step.
 *
 * A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
 * executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
 *
 * @param plan   The plan; it needs another commit afterwards unless the parameter is live.
 * @param param  A parameter of the plan or of the kind of the selected step.
 * @param value  In the parameter's range and unit.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_f64(abbe_plan *plan, abbe_param param, double value);

/**
 * Sets a text of a plan (ABBE_PLAN_*) or of its selected step.
 *
 * @param plan   The plan; it needs another commit afterwards.
 * @param param  A parameter of the plan or of the kind of the selected step.
 * @param value  UTF-8. Copied.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_text(abbe_plan *plan, abbe_param param, const char *value);

/**
 * Forgets what was set: the parameter has its default again, or is worked out where it has none.
 *
 * A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
 * executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
 *
 * @param plan   The plan; it needs another commit afterwards unless the parameter is live.
 * @param param  A parameter of the plan or of the kind of the selected step.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_unset(abbe_plan *plan, abbe_param param);

/**
 * States how the source image lies in memory.
 *
 * @param plan          The plan; it needs another commit afterwards.
 * @param dtype         Sample type, an abbe_dtype_code.
 * @param axes          One letter per axis, slowest first: t, c, z, y, x, each at most once, y and x always: "yx",
 *                      "zyx", "cyx", "yxc", "tczyx". Channels and time points are independent images. Copied.
 *                      Most images end in "yx" or "yxc".
 * @param shape         Extents in samples, one per axis, 1 or more. Copied.
 * @param byte_strides  Bytes from one sample to the next, one per axis; may be negative. NULL: tightly packed. Copied.
 * @param byte_offset   Bytes from `src` to the sample at index 0,...,0. For a bottom-up image (rows - 1) * pitch, with
 *                      a row stride of -pitch.
 * @retval ABBE_ERROR_ARGUMENT  A letter repeats or is unknown, an extent is below 1, a stride leaves the buffer below
 *                              `src`, or the layout spans 2^63 bytes or more, here or as 32-bit floating point.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_input(abbe_plan *plan,
                                                        abbe_dtype dtype,
                                                        const char *axes,
                                                        const int64_t *shape,
                                                        const int64_t *byte_strides,
                                                        int64_t byte_offset);

/**
 * States which samples of the images to come were not measured: saturated, dead, outside a deskewed or stitched field.
 *
 * Deconvolutions need not explain such samples, and no step takes its background, statistics or noise from them; filters,
 * denoising and networks find them filled in from their neighbours. Results have values there, which a deconvolution
 * restores from what lies around; with plan.not_measured they stay as they are in the source. NaN can say the same of
 * single images: plan.not_a_number.
 *
 * @param plan        The plan, with an input; it needs another commit afterwards. The mask is forgotten when an input of
 *                    other extents along z, y or x is set.
 * @param mask        A byte for each sample (z, y, x) of an image, tightly packed, x fastest: 0 where it was not measured,
 *                    any other value where it was. It holds for all channels and time points. NULL: all samples were
 *                    measured. Copied.
 * @param mask_bytes  The number of bytes: z times y times x; of no effect with NULL.
 * @retval ABBE_ERROR_STATE     abbe_plan_set_input() was not called.
 * @retval ABBE_ERROR_ARGUMENT  Another number of bytes, or 0 everywhere.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_mask(abbe_plan *plan,
                                                       const void *mask,
                                                       size_t mask_bytes);

/**
 * Gives the selected step, a camera step, a map of the sensor's pixels.
 *
 * Every plane of every image, channel and time point is a frame of that sensor. The map must have the rows and columns of the
 * image at the step, which is checked by abbe_plan_commit(): the part of the sensor that was read, binned as the image is.
 * abbe_sensor_measure() makes maps. What an earlier call gave of the same kind is replaced.
 *
 * @param plan     The plan; it needs another commit afterwards.
 * @param sensor_map  An abbe_sensor_map_code.
 * @param samples  A number for each pixel, tightly packed, x fastest. NULL takes the map back. Copied.
 * @param ndim     2; of no effect with NULL.
 * @param shape    Rows and columns in pixels, 1 or more; of no effect with NULL.
 * @retval ABBE_ERROR_STATE     The selected step takes none.
 * @retval ABBE_ERROR_ARGUMENT  Values that no pixel has: not finite, offsets beyond 1e9, gains that are not 0 or 1e-9 to 1e9, variances
 *                              below 0 or above 1e18, gains that are all 0.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_sensor_map(abbe_plan *plan,
                                                             abbe_sensor_map sensor_map,
                                                             const float *samples,
                                                             int32_t ndim,
                                                             const int64_t *shape);

/**
 * States what the images of the selected step, a deconvolution, are: noise, background and how far iterations go are not looked
 * for then. Parts of an image that is larger than memory are restored like the whole by what one run found of the whole, which
 * ABBE_PLAN_BLOCKS = 2 does without restoring it.
 *
 * @param plan          The plan; it needs another commit afterwards.
 * @param calibrations  A JSON array of what abbe_plan_report() has of images as `calibration`, one for each image of an execute:
 *                      channel by channel of a time point, time point by time point. NULL takes it back. Copied.
 * @retval ABBE_ERROR_STATE     The selected step is no deconvolution.
 * @retval ABBE_ERROR_ARGUMENT  It is no such text. How many there must be shows at a commit, as do parameters that they do not go
 *                              with: hybrid, blind_richardson_lucy, warm starts and depth slabs.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_calibrations(abbe_plan *plan,
                                                               const char *calibrations);

/**
 * States how the target image lies in memory; without it, it has the source's sample type and is tightly packed.
 *
 * What is said here is checked by abbe_plan_commit(), which knows the extents of the target. The sample type holds for
 * every later abbe_plan_set_input() too; strides and offset must be stated again after one with other axes or extents.
 *
 * @param plan          The plan; it needs another commit afterwards.
 * @param dtype         Sample type, an abbe_dtype_code.
 * @param byte_strides  Bytes from one sample to the next, one for each axis of abbe_plan_output_shape(); may be
 *                      negative, but no two samples may overlap. NULL: tightly packed. Copied.
 * @param byte_offset   Bytes from `dst` to the sample at index 0,...,0.
 * @retval ABBE_ERROR_STATE  abbe_plan_set_input() was not called.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_output(abbe_plan *plan,
                                                         abbe_dtype dtype,
                                                         const int64_t *byte_strides,
                                                         int64_t byte_offset);

/**
 * Gives the extents of the target image; its axes are the source's. Known before commit.
 *
 * @param      plan      The plan.
 * @param[out] shape     Receives the extents; NULL with `capacity` 0 to ask for their number.
 * @param      capacity  Values that `shape` has room for.
 * @param[out] ndim      Receives the number of extents; may be NULL when `shape` is not.
 * @retval ABBE_ERROR_STATE  abbe_plan_set_input() was not called, or a step lacks something.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_output_shape(const abbe_plan *plan, int64_t *shape, int32_t capacity, int32_t *ndim);

/**
 * Sets a function that receives the progress and may cancel.
 *
 * @param plan      The plan; it stays committed.
 * @param progress  Called on the thread that calls abbe_plan_execute(), several times per iteration or tile; NULL for
 *                  none. It must return (see Callbacks above). A commit calls nothing: ask for ABBE_PLAN_PROGRESS.
 * @param user      Handed to `progress`.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_set_progress(abbe_plan *plan, abbe_progress_fn progress, void *user);

/**
 * Checks everything, computes the point spread functions, builds transforms and sessions and allocates all memory.
 * May take seconds, and a few minutes where a GPU's engine is built: ABBE_PLAN_PROGRESS and abbe_plan_cancel() work
 * from other threads meanwhile. The log has a warning where a point spread function is suspicious.
 *
 * @param plan  The plan; not committed after a failure.
 * @retval ABBE_ERROR_STATE   No input, no step, or a step lacks something, e.g. a point spread function.
 * @retval ABBE_ERROR_UNSUPPORTED  ABBE_PLAN_BLOCKS is 1, and a step needs whole images.
 * @retval ABBE_ERROR_MEMORY  Not enough memory, or a cap too low: the text says the least that works.
 * @retval ABBE_ERROR_CANCELLED  abbe_plan_cancel() asked for it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_commit(abbe_plan *plan);

/**
 * Runs the steps on one image. libabbe allocates nothing here; a step that runs a network makes a few small objects, and ONNX
 * Runtime takes what it needs for a tile.
 *
 * After a failure, being cancelled included, `dst` is as before, but for images of a series, and tiles of an image, that
 * were done before it; the report's "images" says how many images were. In place too, each of them is then wholly the
 * source or wholly the result. Nothing cancels an execute that has written its last tile: it returns ABBE_OK.
 * Samples that did not fit the type of `dst` are counted: ABBE_PLAN_CLIPPED. What is suspicious (samples clipped, an
 * image without light, residuals that are not noise, a parameter that is set and has no effect) is a text of the report's
 * "warnings" and a warning in the log, which has each kind once per commit.
 *
 * @param      plan       A committed plan.
 * @param      src        First byte of the source buffer; any alignment. Not written.
 * @param      src_bytes  Size of that buffer, at least ABBE_PLAN_INPUT_BYTES.
 * @param[out] dst        First byte of the target buffer. Either `src` itself, with equal layouts, or disjoint from it;
 *                        where ABBE_PLAN_MEMORY_CAP_BYTES brings tiles, only the latter.
 * @param      dst_bytes  Size of that buffer, at least ABBE_PLAN_OUTPUT_BYTES.
 * @retval ABBE_ERROR_ARGUMENT   A buffer is NULL or too small, they overlap, or the image holds NaN or infinity, or
 *                               numbers so large that the result would.
 * @retval ABBE_ERROR_STATE      Not committed since the last change.
 * @retval ABBE_ERROR_CANCELLED  The progress function or abbe_plan_cancel() asked for it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_execute(abbe_plan *plan,
                                                      const void *src,
                                                      size_t src_bytes,
                                                      void *dst,
                                                      size_t dst_bytes);

/**
 * As abbe_plan_execute(), but that it waits for no other call on the plan.
 *
 * @param      plan       A committed plan.
 * @param      src        As there.
 * @param      src_bytes  As there.
 * @param[out] dst        As there.
 * @param      dst_bytes  As there.
 * @retval ABBE_ERROR_BUSY  Another call is at work on the plan; nothing was done.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_try_execute(abbe_plan *plan,
                                                          const void *src,
                                                          size_t src_bytes,
                                                          void *dst,
                                                          size_t dst_bytes);

/**
 * Asks the execute or commit that runs on a plan to stop, or the call that works out its facts before commit; returns at
 * once, on any thread. They return ABBE_ERROR_CANCELLED within about 0.2 s of work, and after a transform of the field where
 * that takes longer, or ABBE_OK where all was done.
 *
 * @param plan  The plan. Nothing happens when neither runs; calls that wait for their turn on the plan are not
 *              stopped.
 * @since 0.1
 */
ABBE_API void abbe_plan_cancel(abbe_plan *plan);

/**
 * Gives a whole number of a plan: a fact (ABBE_PLAN_WORKSPACE_BYTES), or a setting of the plan or its selected step.
 *
 * Facts of a committed plan are given at once, also while it executes; before commit they are worked out first, with the
 * point spread functions, which may take seconds.
 * Settings are given at once too.
 *
 * @param      plan   The plan.
 * @param      param  The fact or setting.
 * @param[out] value  Receives it.
 * @retval ABBE_ERROR_CANCELLED  A fact was asked for before commit, and abbe_plan_cancel() was called.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_get_i64(const abbe_plan *plan,
                                                      abbe_param param,
                                                      int64_t *value);

/**
 * Gives a real number of a plan: a fact (ABBE_PLAN_PROGRESS), or a setting of the plan or its selected step.
 *
 * Facts are given at once, also while the plan executes.
 *
 * @param      plan   The plan.
 * @param      param  The fact or setting.
 * @param[out] value  Receives it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_get_f64(const abbe_plan *plan, abbe_param param, double *value);

/**
 * Gives a measured point spread function the samples of the one that the selected step, a deconvolution whose algorithm is
 * ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY, found in the last image.
 *
 * Its extents are those of the one that the step was given, or less where the image is small. ABBE_PSF_BACKGROUND and
 * ABBE_PSF_CENTRE are set so that samples are used as they are. abbe_psf_extent() and abbe_psf_sample() read it; other plans
 * may use it.
 *
 * @param plan  The plan, executed since its last change.
 * @param psf   Made with ABBE_PSF_MEASURED; the samples that it held are replaced.
 * @retval ABBE_ERROR_STATE  The step found none, or `psf` is of another kind.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_estimated_psf(const abbe_plan *plan,
                                                            abbe_psf *psf);

/**
 * Describes what the last execute that came to its end did, as one JSON object to be stored with the image; the next may be
 * under way. Its keys:
 *   abbe             version of the library
 *   device, threads  where it ran; networks say more in their step
 *   workspace_bytes  memory held by the plan
 *   input, output    dtype, axes and shape of each
 *   finished         whether the last execute ended well; false before the first
 *   seconds, images  its time, and the images (channels times time points) that were written
 *   flux_in, flux_out                      sums of all samples read, and of all results before they were converted to the type of
 *                                          `dst`: after a step of ABBE_STEP_OUTPUT, in the intensities that it gives
 *   clipped_low, clipped_high, not_finite  samples that did not fit the type of `dst`, and how
 *   warnings         what is suspicious, as texts
 *   plan             what was set, as abbe_plan_save_json() gives it
 *   steps            one object per step: step (its name), seconds, psf (as abbe_psf_report() has it) and images, one
 *                    object per image: what was estimated, iterations and why they ended, tiles, devices, ... (docs/deconvolution.md)
 * Later versions add keys; they take none away within one ABBE_VERSION_MAJOR.
 *
 * @param      plan      The plan.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_STATE  The plan was not committed since the last change, or is being committed.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_report(const abbe_plan *plan,
                                                     char *json,
                                                     size_t capacity,
                                                     size_t *needed);

/**
 * Destroys a plan. An execute that runs on it finishes first, on its own thread.
 *
 * @param plan  The plan; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_plan_destroy(abbe_plan *plan);

/**
 * Measures maps of a sensor's pixels, for abbe_plan_set_sensor_map(), from frames without light and in even light.
 *
 * Offset and variance are the mean and the variance of each pixel in the dark. The gain is how fast its variance rises with its
 * mean over levels of light (Huang et al. 2013, doi 10.1038/nmeth.2488); one level is enough where the light is far above the
 * read noise. Of n frames a variance is known to a share of the square root of 2 / n: take hundreds. A pixel whose mean or
 * variance does not rise is dead and gets a gain of 0.
 *
 * @param      context       The context, for its threads.
 * @param      dtype         Sample type of the frames, an abbe_dtype_code.
 * @param      frames        Frames (frame, y, x), tightly packed, x fastest: first those without light, then those of one level of
 *                           light after the other.
 * @param      frames_bytes  Size of that buffer.
 * @param      dark_frames   Frames without light, 2 or more.
 * @param      flat_levels   Levels of light; 0 for none.
 * @param      flat_frames   Frames of each level, 2 or more; of no effect without levels.
 * @param      ndim          3.
 * @param      shape         Extents of the maps: 3, or 2 where `flat_levels` is 0; rows; columns.
 * @param[out] samples       Receives the maps, one after the other: offset, variance in intensities squared, gain in intensities per
 *                           photon.
 * @retval ABBE_ERROR_ARGUMENT  Less than two frames, a buffer that is NULL or too small, samples that are not finite or beyond ±1e9, or no
 *                              pixel that sees light.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_sensor_measure(const abbe_context *context,
                                                        abbe_dtype dtype,
                                                        const void *frames,
                                                        size_t frames_bytes,
                                                        int64_t dark_frames,
                                                        int64_t flat_levels,
                                                        int64_t flat_frames,
                                                        int32_t ndim,
                                                        const int64_t *shape,
                                                        float *samples);

/**
 * Gives what a plan does as one JSON object, from which abbe_plan_load_json() makes another: its steps with their settings,
 * and the point spread functions with theirs, as they are now; only what was set. The report of an execute has the same
 * object as "plan".
 *
 * Not in it: how images lie in memory, and what is kept in files of its own, a mask, samples of a measured point spread
 * function, networks and what their inputs were given, of which it has the sha256, and the path that a network was loaded from.
 *
 * @param      plan      The plan, committed or not.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_STATE  Another call on the plan is under way.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_save_json(const abbe_plan *plan,
                                                        char *json,
                                                        size_t capacity,
                                                        size_t *needed);

/**
 * Makes a plan that does what another one did. It has no layout of images yet: abbe_plan_set_input() is next.
 *
 * What the text cannot hold must be given again: a measured point spread function, a network, a mask. The log has a warning
 * for each; a deconvolution or a model step that lacks what it needs is refused at commit. A commit warns of what was given
 * and is not what the plan was saved with.
 *
 * @param      context  The context.
 * @param      json     What abbe_plan_save_json() gave, or a whole report of abbe_plan_report().
 * @param[out] plan     Receives the handle.
 * @retval ABBE_ERROR_ARGUMENT     It is neither, or has a name or a value that this version does not know.
 * @retval ABBE_ERROR_UNSUPPORTED  A later version wrote it, in a format that this one does not know.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_load_json(abbe_context *context,
                                                        const char *json,
                                                        abbe_plan **plan);

/**
 * Runs the steps on images that the host reads and writes in blocks, so that they may be larger than memory.
 *
 * For plans of one deconvolve step, with or without a background step before it, that are committed with
 * ABBE_PLAN_BLOCKS = 1: they hold the block that is worked on besides, which others read where it is. What the plan holds keeps to
 * ABBE_PLAN_MEMORY_CAP_BYTES; without a cap, and where the cap allows it, a block is a whole image. Under a cap an image
 * is worked on in tiles that overlap: `read` is asked for every sample once to look at it, and again for each tile
 * that needs it; `write` gets every sample of the result once, in blocks that do not overlap. Only one block is in use at a
 * time. Types, axes and shapes are those of abbe_plan_set_input() and abbe_plan_set_output(); strides
 * and offsets are not used.
 *
 * With ABBE_PLAN_BLOCKS = 2 nothing is written: the report says what was found of the images, for
 * abbe_plan_set_calibrations().
 *
 * After a failure blocks that were written stay written, and the plan can be executed again.
 *
 * @param plan   A committed plan.
 * @param read   Gives the blocks of the source.
 * @param write  Takes the blocks of the target.
 * @param user   Handed to both.
 * @retval ABBE_ERROR_ARGUMENT     A function is NULL, or a block holds NaN or infinity.
 * @retval ABBE_ERROR_STATE        Not committed since the last change, or ABBE_PLAN_BLOCKS is 0.
 * @retval ABBE_ERROR_IO           A function failed: the text says which, with what number, and at which block.
 * @retval ABBE_ERROR_CANCELLED    A function returned ABBE_CANCEL, or it was cancelled otherwise.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_plan_execute_blocks(abbe_plan *plan,
                                                             abbe_read_fn read,
                                                             abbe_write_fn write,
                                                             void *user);

/**
 * Compares an image with a reference that is true, or taken for true: PSNR, SSIM and others. docs/trust.md has the formulas.
 *
 * @param      context    The context.
 * @param      metric     An abbe_metric_code.
 * @param      samples    The image, tightly packed, last axis fastest.
 * @param      reference  The reference, of the same extents.
 * @param      ndim       2 for y, x; 3 for z, y, x.
 * @param      shape      Extents in samples, `ndim` of them.
 * @param      range      Range of intensities that PSNR and SSIM are relative to, 1e-60 to 1e60; 0: the reference's greatest
 *                        sample less its least.
 * @param[out] value      Receives the number; infinity for the PSNR of equal images.
 * @retval ABBE_ERROR_ARGUMENT  Images too small for the metric, or constant where it is not defined then; NaN, infinity or
 *                              samples beyond 1e15.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_metric_measure(const abbe_context *context,
                                                        abbe_metric metric,
                                                        const float *samples,
                                                        const float *reference,
                                                        int32_t ndim,
                                                        const int64_t *shape,
                                                        double range,
                                                        double *value);

/**
 * Makes an assessment: numbers and maps that say how far a result can be believed. Experimental: what the report holds may change.
 *
 * @param      context  The context.
 * @param[out] assess   Receives the handle.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_create(abbe_context *context,
                                                       abbe_assess **assess);

/**
 * Sets a whole number of an assessment, or a real number to a whole value.
 *
 * @param assess  The assessment.
 * @param param   One of ABBE_ASSESS_*.
 * @param value   In the parameter's range.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_i64(abbe_assess *assess, abbe_param param, int64_t value);

/**
 * Sets a real number of an assessment.
 *
 * @param assess  The assessment.
 * @param param   One of ABBE_ASSESS_*.
 * @param value   In the parameter's range and unit.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_f64(abbe_assess *assess, abbe_param param, double value);

/**
 * Forgets what was set: the parameter has its default again, or is worked out where it has none.
 *
 * @param assess  The assessment.
 * @param param   One of ABBE_ASSESS_*.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_unset(abbe_assess *assess, abbe_param param);

/**
 * Gives an image: the raw one, of 16 samples or more along y and x, what was made of it, or a reference; all of the same extents
 * unless ABBE_ASSESS_ALIGN is 1. Copied.
 *
 * @param assess   The assessment.
 * @param image    An abbe_image_code; what was given as that before is replaced.
 * @param samples  Tightly packed, last axis fastest.
 * @param ndim     2 for y, x; 3 for z, y, x.
 * @param shape    Extents in samples, `ndim` of them.
 * @retval ABBE_ERROR_ARGUMENT  NaN, infinity or samples beyond 1e15, where neither a mask that was given before nor
 *                              assess.not_a_number excuses them; a mask that was given before is of another size then.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_image(abbe_assess *assess,
                                                          int32_t image,
                                                          const float *samples,
                                                          int32_t ndim,
                                                          const int64_t *shape);

/**
 * States which samples of the raw image were not measured: saturated, dead, outside a deskewed or stitched field. They count in
 * no number, and maps are NaN there. What abbe_plan_set_mask() said holds where a plan is given and no mask.
 *
 * NaN can say the same of single samples of any image: assess.not_a_number.
 *
 * @param assess      The assessment.
 * @param mask        A byte for each sample (z, y, x) of the raw image, tightly packed, x fastest: 0 where it was not measured,
 *                    any other value where it was. Raw image and reference are not looked at there, whatever they are; the
 *                    result is, for the light that it gives to what is around, unless it is not finite, beyond 1e15, or the raw
 *                    image's own sample. NULL: all samples were measured. Copied.
 * @param mask_bytes  The number of bytes: z times y times x; of no effect with NULL.
 * @retval ABBE_ERROR_ARGUMENT  0 everywhere; another number of bytes is told by abbe_assess_run(), or by abbe_assess_set_image()
 *                              where samples are not finite.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_mask(abbe_assess *assess,
                                                         const void *mask,
                                                         size_t mask_bytes);

/**
 * Gives the point spread function whose blur the result is without.
 *
 * @param assess  The assessment.
 * @param psf     The point spread function; NULL takes it away: the width of a Gaussian is found then, 0 of results that are as
 *                blurred as the raw image.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_psf(abbe_assess *assess,
                                                        const abbe_psf *psf);

/**
 * Gives the plan that made the result, which is run again on halves of the light.
 *
 * @param assess  The assessment.
 * @param plan    The plan, committed when abbe_assess_run() is called, from one image of the raw image's extents to one of the
 *                result's; NULL takes it away.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_set_plan(abbe_assess *assess,
                                                         const abbe_plan *plan);

/**
 * Works out numbers and maps: a few seconds for a million samples, and the plan's own time twice per split.
 *
 * @param assess    The assessment.
 * @param progress  Called on this thread with the share that is done; it may use `assess` but for another run. NULL for none.
 * @param user      Handed to `progress`.
 * @retval ABBE_ERROR_STATE      No raw image or no result; a plan that is not committed, or does not take one image of the raw
 *                               image's extents to one of the result's; another run is under way.
 * @retval ABBE_ERROR_ARGUMENT   A raw image of less than 16 samples along y or x; a result or reference of other extents, or with
 *                               ABBE_ASSESS_ALIGN of more than eight times as many or as few samples along an axis; a mask of
 *                               another size; nothing that was measured.
 * @retval ABBE_ERROR_MEMORY     Not enough memory, or ABBE_ASSESS_MEMORY_CAP_BYTES is too low; the text has the least that is
 *                               enough. Both this and a plan that does not fit are told before anything is worked out.
 * @retval ABBE_ERROR_CANCELLED  `progress` or abbe_assess_cancel() asked for it; what was found before stays.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_run(abbe_assess *assess,
                                                    abbe_progress_fn progress,
                                                    void *user);

/**
 * Asks the run to stop, which then returns ABBE_ERROR_CANCELLED. Returns at once, on any thread.
 *
 * @param assess  The assessment; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_assess_cancel(abbe_assess *assess);

/**
 * Gives a whole number of an assessment: what was set, its default, or a fact of the last run.
 *
 * @param      assess  The assessment.
 * @param      param   One of ABBE_ASSESS_*.
 * @param[out] value   Receives it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_get_i64(const abbe_assess *assess, abbe_param param, int64_t *value);

/**
 * Gives a real number of an assessment: what was set, its default, or a fact of the run.
 *
 * @param      assess  The assessment.
 * @param      param   One of ABBE_ASSESS_*.
 * @param[out] value   Receives it, in the parameter's unit.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_get_f64(const abbe_assess *assess, abbe_param param, double *value);

/**
 * Copies a map of the last run.
 *
 * @param      assess   The assessment.
 * @param      map      An abbe_map_code.
 * @param[out] samples  Receives the values, tightly packed, last axis fastest.
 * @param      ndim     2 for y, x; 3 for z, y, x.
 * @param      shape    The extents of the result, `ndim` of them.
 * @retval ABBE_ERROR_STATE  There was no run, or it made no such map: ABBE_MAP_SPREAD needs a plan, and photons that can be split.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_map(const abbe_assess *assess,
                                                    int32_t map,
                                                    float *samples,
                                                    int32_t ndim,
                                                    const int64_t *shape);

/**
 * Describes what the last run found, as one JSON object: "noise", "grid", "intensities", "seams", "squirrel", "forward", "shift_px",
 * "suspicion", "frc_raw", of planes "decorrelation_raw" and "decorrelation_result", with a point spread function "support", with a
 * plan "halves", with a reference "reference"; "left_out" names what the deadline left no time for. Parts that cannot be told have "valid"
 * false and a "reason" instead of numbers. docs/trust.md explains every
 * key. Experimental: keys may change.
 *
 * @param      assess    The assessment.
 * @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
 * @param      capacity  Size of `json` in bytes.
 * @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
 * @retval ABBE_ERROR_STATE  There was no run.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_assess_report(const abbe_assess *assess,
                                                       char *json,
                                                       size_t capacity,
                                                       size_t *needed);

/**
 * Destroys an assessment. A run finishes first, on its own thread.
 *
 * @param assess  The assessment; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_assess_destroy(abbe_assess *assess);

/**
 * Makes a stream of frames through a plan. Experimental: it may change while ABBE_VERSION_MAJOR stays.
 *
 * create -> set, add plans -> start -> submit* -> destroy. Between abbe_stream_start() and abbe_stream_destroy() a thread of
 * libabbe's executes the plan on frame after frame. The plan may be used otherwise meanwhile: calls on it take turns, and
 * live parameters are set for the frames to come; a change that needs a commit makes frames fail until there was one.
 *
 * @param      plan    The plan; to be committed before the start.
 * @param[out] stream  Receives the handle.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_create(abbe_plan *plan,
                                                       abbe_stream **stream);

/**
 * Adds a plan that gives better results than those before it and takes longer. Experimental.
 *
 * With ABBE_STREAM_DEADLINE_MS each frame runs with the best plan that is predicted to be in time: a slower one is left at
 * once where it would be late, and tried again after some frames with time to spare. ABBE_STREAM_LEVEL keeps to one of them,
 * for results that are the same bits whatever the machine is at. Without either, all run with the last one.
 *
 * @param stream  The stream, not started.
 * @param plan    A plan of the same layouts; to be committed before the start.
 * @retval ABBE_ERROR_STATE     The stream has started.
 * @retval ABBE_ERROR_ARGUMENT  It has 64 plans.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_add_plan(abbe_stream *stream,
                                                         abbe_plan *plan);

/**
 * Sets a whole number or a choice of a stream, or a real number to a whole value. Experimental.
 *
 * @param stream  The stream, not started.
 * @param param   One of ABBE_STREAM_*.
 * @param value   In the parameter's range.
 * @retval ABBE_ERROR_STATE  The stream has started.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_set_i64(abbe_stream *stream, abbe_param param, int64_t value);

/**
 * Sets a real number of a stream. Experimental.
 *
 * @param stream  The stream, not started.
 * @param param   One of ABBE_STREAM_*.
 * @param value   In the parameter's range and unit.
 * @retval ABBE_ERROR_STATE  The stream has started.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_set_f64(abbe_stream *stream, abbe_param param, double value);

/**
 * Gives a whole number or a choice of a stream. Experimental.
 *
 * @param      stream  The stream.
 * @param      param   One of ABBE_STREAM_*.
 * @param[out] value   Receives it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_get_i64(const abbe_stream *stream, abbe_param param, int64_t *value);

/**
 * Gives a real number of a stream. Experimental.
 *
 * @param      stream  The stream.
 * @param      param   One of ABBE_STREAM_*.
 * @param[out] value   Receives it.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_get_f64(const abbe_stream *stream, abbe_param param, double *value);

/**
 * Has results given to a function; without one they wait for abbe_stream_take(). Experimental.
 *
 * @param stream  The stream, not started.
 * @param result  Called with each result on the stream's thread; NULL for none. While it runs, no other frame does: it must
 *                return. It may submit, set live parameters, ask for counts and cancel; abbe_stream_destroy() and
 *                abbe_stream_wait(), of any stream, do nothing there and are refused.
 * @param user    Handed to `result`.
 * @retval ABBE_ERROR_STATE  The stream has started.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_set_result(abbe_stream *stream,
                                                           abbe_deliver_fn result,
                                                           void *user);

/**
 * Allocates all memory and starts the thread. Experimental.
 *
 * @param stream  The stream.
 * @retval ABBE_ERROR_STATE     A plan is not committed, or the stream has started before.
 * @retval ABBE_ERROR_ARGUMENT  The plans have different layouts, or ABBE_STREAM_LEVEL is no plan's.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_start(abbe_stream *stream);

/**
 * Gives the address of memory for a frame that the camera can write into, one of ABBE_STREAM_SLOTS. Experimental.
 *
 * It is aligned to 64 bytes, and the host's until it is submitted; then it is libabbe's until the frame has run or was
 * dropped. Waits for nothing and allocates nothing.
 *
 * @param      stream  The stream, started.
 * @param[out] slot    Receives the address as a number, of ABBE_PLAN_INPUT_BYTES bytes; 0 where none is free.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_slot(abbe_stream *stream, int64_t *slot);

/**
 * Offers a frame. Waits for nothing and allocates nothing; any thread may call it. Experimental.
 *
 * @param      stream     The stream, started.
 * @param      src        First byte of the frame in the layout of the plan's input: memory of the host's own, or a slot from
 *                        abbe_stream_slot(). Where it is taken it must stay as it is until it is released.
 * @param      src_bytes  ABBE_PLAN_INPUT_BYTES.
 * @param      number     The host's number of the frame, the camera's counter. One that is more than 1 above the one before
 *                        says that frames are missing, which is counted; one that is not above it begins anew.
 * @param      release    Called once when a frame that was taken is not needed any more: after it has run, or when it is
 *                        dropped; NULL for none. On the stream's thread, or one that submits, cancels or destroys. Not called
 *                        for slots.
 * @param      user       Handed to `release`.
 * @param[out] answer     Receives an abbe_submitted_code: ABBE_SUBMITTED_FULL says that the frame was not taken, and is the
 *                        host's as before. May be NULL.
 * @retval ABBE_ERROR_ARGUMENT  A frame of another size, or NULL.
 * @retval ABBE_ERROR_STATE     Not started, or being destroyed.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_submit(abbe_stream *stream,
                                                       const void *src,
                                                       size_t src_bytes,
                                                       int64_t number,
                                                       abbe_release_fn release,
                                                       void *user,
                                                       int32_t *answer);

/**
 * Gives the oldest result that was not taken. Waits for nothing and allocates nothing. Experimental.
 *
 * @param      stream     The stream, started without a result function.
 * @param[out] dst        First byte of the target buffer, in the layout of the plan's output.
 * @param      dst_bytes  Size of that buffer, at least ABBE_PLAN_OUTPUT_BYTES.
 * @param[out] facts      Receives what is known of it, in the order of abbe_result_code; may be NULL where `capacity` is 0.
 * @param      capacity   Values that `facts` has room for; later versions may have more.
 * @param[out] taken      Receives 1, or 0 where no result waits.
 * @retval ABBE_ERROR_STATE     Not started, or results go to a function.
 * @retval ABBE_ERROR_ARGUMENT  `dst` is NULL or too small; the result waits as before.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_take(abbe_stream *stream,
                                                     void *dst,
                                                     size_t dst_bytes,
                                                     int64_t *facts,
                                                     int32_t capacity,
                                                     int32_t *taken);

/**
 * Gives what has become of all frames, as of one instant. Experimental.
 *
 * Of abbe_count_code, ABBE_COUNT_SUBMITTED is always the sum of those from ABBE_COUNT_DELIVERED to ABBE_COUNT_PENDING.
 *
 * @param      stream    The stream, started.
 * @param[out] counts    Receives the counts in the order of abbe_count_code.
 * @param      capacity  Values that `counts` has room for; later versions may have more.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_counts(const abbe_stream *stream, int64_t *counts, int32_t capacity);

/**
 * Waits until no frame waits for its turn or is in work, and the result function has returned. Experimental.
 *
 * @param stream      The stream, started.
 * @param timeout_ms  The most to wait, in ms; 0 only asks.
 * @retval ABBE_ERROR_BUSY   The time is over: there still are frames, or results that nobody takes hold them up.
 * @retval ABBE_ERROR_STATE  Not started; or called by a function that a stream calls.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_wait(abbe_stream *stream, int64_t timeout_ms);

/**
 * Drops the frames that wait and gives up the one in work; results that were not taken stay, and frames to come are taken as
 * before. Returns at once, on any thread. Experimental.
 *
 * @param stream  The stream, started.
 * @since 0.1
 */
ABBE_NODISCARD ABBE_API abbe_status abbe_stream_cancel(abbe_stream *stream);

/**
 * Destroys a stream: gives up the frame in work, releases all frames, and returns when its thread has ended. Experimental.
 *
 * Called by a function that a stream calls, this one or another, it does nothing but to log an error: of two whose functions wait
 * for each other's end, neither would come to one.
 * Called by a log function it does nothing.
 * Slots are gone afterwards, those that the host holds too.
 *
 * @param stream  The stream; NULL and destroyed ones are ignored.
 * @since 0.1
 */
ABBE_API void abbe_stream_destroy(abbe_stream *stream);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ABBE_ABBE_H */
