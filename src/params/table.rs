//! The rows. Numbers: 1000 context, 2000 psf, 3000 plan, 3100 background, 3200 deconvolve, 3400 denoise, 3500 model (a
//! step), 3600 output, 3700 filter, 3800 hot_pixels, 3900 bin, 3930 camera, 3940 flat_field, 3950 bleach, 4000 facts of a plan,
//! 4200 reassign, 4300 esrrf, 4400 resample, 6000 assess, 7000 stream, 8000 learn.

use super::choices::*;
use super::{Id, Kind, Parameter};
use crate::codes::Code;

macro_rules! parameters {
    ($($constant:ident = $id:literal, $name:literal, $kind:expr, $summary:literal
        $(, since $since:literal)? $(, [$($flag:ident),+])?;)+) => {
        $(#[doc = $summary] pub const $constant: Id = $id;)+

        /// Every parameter and fact, in the order of their numbers.
        pub static TABLE: &[Parameter] = &[$(Parameter {
            id: $id,
            constant: stringify!($constant),
            name: $name,
            kind: $kind,
            summary: $summary,
            since: [$($since,)? "0.1"][0],
            experimental: false $($(|| matches!(stringify!($flag).as_bytes(), b"experimental"))+)?,
            live: false $($(|| matches!(stringify!($flag).as_bytes(), b"live"))+)?,
        }),+];
    };
}

const fn integer(minimum: i64, maximum: i64, default: i64, unit: &'static str) -> Kind {
    Kind::Integer { minimum, maximum, default: Some(default), unit }
}

const fn number(minimum: f64, maximum: f64, default: f64, unit: &'static str) -> Kind {
    Kind::Number { minimum, maximum, default: Some(default), unit }
}

/// A number without a default.
const fn free(minimum: f64, maximum: f64, unit: &'static str) -> Kind {
    Kind::Number { minimum, maximum, default: None, unit }
}

/// One of an enum's values, and which it is when not set.
macro_rules! choice {
    ($Type:ident::$default:ident) => {
        Kind::Choice { of: $Type::ENUMERATION, default: $Type::$default as i32 }
    };
}

parameters! {
    CONTEXT_THREADS = 1000, "context.threads", integer(0, 1024, 0, ""),
        "Number of CPU threads of the context, including the calling one; 0 takes as many as the machine has. Results have the same bits for any number, unless plan.memory_cap_bytes cuts an image into tiles, whose size may depend on it.";
    CONTEXT_ONNXRUNTIME = 1001, "context.onnxruntime", Kind::Text,
        "Path of the ONNX Runtime library or of its folder. When not set, the environment variable ABBE_ONNXRUNTIME names it, else it is looked for beside libabbe.";
    CONTEXT_DEVICE = 1002, "context.device",
        choice!(Device::Auto),
        "Device that networks run on.";
    CONTEXT_DEVICE_INDEX = 1003, "context.device_index", integer(0, 255, 0, ""),
        "Index of the GPU, or of the device of context.provider, from 0.";
    CONTEXT_FALLBACK = 1004, "context.fallback", integer(0, 1, 1, ""),
        "1: run on the CPU when the device is not available, and warn of it in the log and the report; 0: fail.";
    CONTEXT_ENGINE_CACHE = 1005, "context.engine_cache", Kind::Text,
        "Folder where TensorRT keeps the engines it built; without one nothing is written and each commit builds anew.";
    CONTEXT_DETERMINISTIC = 1006, "context.deterministic", integer(0, 1, 0, ""),
        "1: networks give the same bits for the same image on the same GPU, at some cost in time.";
    CONTEXT_ONNXRUNTIME_TELEMETRY = 1007, "context.onnxruntime_telemetry", integer(0, 1, 0, ""),
        "1: load a build of ONNX Runtime even though it carries telemetry that is not switched off.";
    CONTEXT_PROVIDER = 1008, "context.provider", Kind::Text,
        "Name of the execution provider that networks run on, e.g. OpenVINOExecutionProvider, one of those that abbe_context_devices() lists; context.device_index says which of its devices. When not set, context.device chooses.";
    CONTEXT_PROVIDER_OPTIONS = 1009, "context.provider_options", Kind::Text,
        "Options of that provider: key=value, with semicolons between them, e.g. device=cpu;threads=4. The provider's own documentation says which there are.";

    PSF_NUMERICAL_APERTURE = 2000, "psf.numerical_aperture", free(0.01, 1.7, ""),
        "Numerical aperture of the objective; must be below the immersion index.";
    PSF_WAVELENGTH_NM = 2001, "psf.wavelength_nm", free(200.0, 2000.0, "nm"),
        "Emission wavelength in vacuum.";
    PSF_PIXEL_NM = 2002, "psf.pixel_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring pixels along x and y, in the sample.";
    PSF_STEP_NM = 2003, "psf.step_nm", free(1.0, 100_000.0, "nm"),
        "Travel of the focus drive between neighbouring planes; needed for stacks only.";
    PSF_IMMERSION_INDEX = 2004, "psf.immersion_index", number(1.0, 2.0, 1.515, ""),
        "Refractive index of the immersion medium.";
    PSF_ENERGY = 2005, "psf.energy", number(0.5, 0.999_999, 0.99, ""),
        "Share of the light that an automatic extent holds, unless the largest extent is reached first.";
    PSF_PIXEL = 2006, "psf.pixel", choice!(Pixel::Auto),
        "Whether a sample is the value at the middle of the pixel or the mean over its area.";
    PSF_CENTRE = 2007, "psf.centre", choice!(Centre::BestFocus),
        "What lies in the middle plane of the kernel.";
    PSF_SIGMA_NM = 2008, "psf.sigma_nm", free(1.0, 1e6, "nm"),
        "Lateral standard deviation of a Gaussian; follows from the optics when not set.";
    PSF_SIGMA_AXIAL_NM = 2009, "psf.sigma_axial_nm", free(1.0, 1e6, "nm"),
        "Axial standard deviation of a Gaussian; follows from the optics when not set.";
    PSF_SAMPLES_PIXEL_NM = 2010, "psf.samples_pixel_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring pixels of the measured samples; the image's when not set.";
    PSF_SAMPLES_STEP_NM = 2011, "psf.samples_step_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring planes of the measured samples; the image's when not set.";
    PSF_BACKGROUND = 2012, "psf.background", free(-1e9, 1e9, "intensity"),
        "Background that is taken from measured samples; estimated at their border when not set.";
    PSF_MOTION_LENGTH_PX = 2013, "psf.motion_length_px", free(0.0, 10_000.0, "px"),
        "Length of the motion during the exposure.";
    PSF_MOTION_ANGLE_DEG = 2014, "psf.motion_angle_deg", number(-360.0, 360.0, 0.0, "degrees"),
        "Direction of motion, from +x (columns) towards +y (rows).";
    PSF_SAMPLE_INDEX = 2015, "psf.sample_index", free(1.0, 2.0, ""),
        "Refractive index of the sample; the immersion index when not set.";
    PSF_DEPTH_NM = 2016, "psf.depth_nm", number(0.0, 1e8, 0.0, "nm"),
        "Depth of the source below the coverslip, in the sample.";
    PSF_COVERSLIP_NM = 2017, "psf.coverslip_nm", number(0.0, 2e6, 170_000.0, "nm"),
        "Thickness of the coverslip.";
    PSF_DESIGN_COVERSLIP_NM = 2018, "psf.design_coverslip_nm", number(0.0, 2e6, 170_000.0, "nm"),
        "Thickness of the coverslip that the objective is made for.";
    PSF_COVERSLIP_INDEX = 2019, "psf.coverslip_index", number(1.0, 2.5, 1.515, ""),
        "Refractive index of the coverslip.";
    PSF_DESIGN_COVERSLIP_INDEX = 2020, "psf.design_coverslip_index", free(1.0, 2.5, ""),
        "Refractive index of the coverslip that the objective is made for; the coverslip's when not set.";
    PSF_DESIGN_IMMERSION_INDEX = 2021, "psf.design_immersion_index", free(1.0, 2.0, ""),
        "Refractive index of the immersion medium that the objective is made for; the immersion index when not set.";
    PSF_WORKING_DISTANCE_NM = 2022, "psf.working_distance_nm", number(1e3, 1e8, 150_000.0, "nm"),
        "Thickness of the immersion layer that the objective is made for.";
    PSF_BEYOND_CRITICAL = 2023, "psf.beyond_critical", choice!(BeyondCritical::Evanescent),
        "Treatment of light beyond the critical angle, where the sample index is below the numerical aperture.";
    PSF_EXCITATION_NM = 2024, "psf.excitation_nm", free(200.0, 2000.0, "nm"),
        "Excitation wavelength in vacuum; for confocal, two-photon and spinning disk.";
    PSF_PINHOLE_AIRY = 2025, "psf.pinhole_airy", number(0.05, 20.0, 1.0, "Airy units"),
        "Diameter of the pinhole in units of the first dark ring's, 1.22 emission wavelengths over NA.";
    PSF_PINHOLE_SPACING = 2026, "psf.pinhole_spacing", number(1.0, 1000.0, 5.0, "diameters"),
        "Distance between neighbouring pinholes of a spinning disk in pinhole diameters.";
    PSF_SHEET_THICKNESS_NM = 2027, "psf.sheet_thickness_nm", free(50.0, 1e6, "nm"),
        "Full width at half maximum of the light sheet.";
    PSF_WAVE = 2028, "psf.wave", choice!(Wave::Vectorial),
        "Theory behind the confocal, two-photon, spinning disk and light sheet models.";
    PSF_POLICY = 2029, "psf.policy", choice!(Policy::Repair),
        "Treatment of samples with faults, and of parameters that are hardly meant; the report lists them.";
    PSF_BEAD_NM = 2030, "psf.bead_nm", number(0.0, 10_000.0, 0.0, "nm"),
        "Diameter of the beads behind measured samples, whose size is removed; 0 removes nothing.";
    PSF_SAMPLES_HOLD = 2031, "psf.samples_hold", choice!(SamplesHold::Psf),
        "Content of the measured samples.";
    PSF_ZERNIKE = 2032, "psf.zernike", Kind::Text,
        "Aberration of an optical model: numbering, then number and nm (root mean square) of each Zernike term, like noll 7:35 11:-20 or ansi 8:35.";
    PSF_DEFOCUS_NM = 2033, "psf.defocus_nm", number(-1e5, 1e5, 0.0, "nm"),
        "Focus of the middle plane of an optical model relative to psf.centre, positive where it is deeper.";
    PSF_SPHERICAL_NM = 2034, "psf.spherical_nm", number(-2000.0, 2000.0, 0.0, "nm"),
        "Primary spherical aberration of an optical model (Noll 11): root mean square of the wavefront, positive where the optical path is longer.";
    PSF_BLUR_NM = 2035, "psf.blur_nm", number(0.0, 1000.0, 0.0, "nm"),
        "Standard deviation of a lateral Gaussian by which an optical model is blurred in addition: vibration, drift, a camera's crosstalk.";
    PSF_FIT = 2036, "psf.fit", Kind::Text,
        "What abbe_psf_fit() finds beside the place of the point, and abbe_psf_estimate(), like numerical_aperture spherical_nm: names of parameters without psf.; docs/psf.md has those of each kind, and what is found when not set.";

    PSF_FIT_DEFOCUS_NM = 2100, "psf.fit_defocus_nm", Kind::NumberFact { unit: "nm" },
        "Focus of the middle plane of the samples last fitted relative to psf.centre, positive where it is deeper.";
    PSF_FIT_SHIFT_Y_PX = 2101, "psf.fit_shift_y_px", Kind::NumberFact { unit: "px" },
        "Place of the point in the samples last fitted: pixels along y from the middle one, index extent / 2.";
    PSF_FIT_SHIFT_X_PX = 2102, "psf.fit_shift_x_px", Kind::NumberFact { unit: "px" },
        "Place of the point in the samples last fitted: pixels along x from the middle one, index extent / 2.";
    PSF_FIT_CHI_SQUARE = 2103, "psf.fit_chi_square", Kind::NumberFact { unit: "" },
        "Mean squared difference between the samples last fitted and the model, over the variance of as many photons: about 1 where samples are photons and the model fits, the camera's gain where they are not.";

    PLAN_MEMORY_CAP_BYTES = 3000, "plan.memory_cap_bytes", integer(0, i64::MAX, 0, "bytes"),
        "Most memory that the plan may hold; 0: no cap. Deconvolutions and networks run in smaller tiles to fit; for a plan that cannot fit, the commit fails and says what it needs.";

    PLAN_BLOCKS = 3001, "plan.blocks", integer(0, 2, 0, ""),
        "1: abbe_plan_execute_blocks() may be called, for which the plan also holds a block of samples. 2: it only looks at images: it finds noise, background and iterations, which the report has as calibration, and writes nothing.";

    PLAN_CAMERA_GAIN = 3010, "plan.camera_gain", free(1e-9, 1e9, "intensity per photon"),
        "Gain of the camera, for steps that know the noise: image units per photon, or per averaged photon. Found from each image when not set, as are the other numbers of the camera, and not used after a step that changes the noise.";
    PLAN_CAMERA_OFFSET = 3011, "plan.camera_offset", free(-1e9, 1e9, "intensity"),
        "Intensity that the camera gives without light.";
    PLAN_CAMERA_READ_NOISE = 3012, "plan.camera_read_noise", free(0.0, 1e9, "intensity"),
        "Standard deviation that the camera gives without light.";
    PLAN_CAMERA_CORRELATION = 3013, "plan.camera_correlation", free(0.0, 0.7, ""),
        "Correlation of the noise of neighbours along y and x, as interpolation and some detectors leave it.";

    PLAN_NOT_A_NUMBER = 3014, "plan.not_a_number", choice!(NotANumber::Refuse),
        "Meaning of NaN in floating-point samples.";
    PLAN_NOT_MEASURED = 3015, "plan.not_measured", choice!(NotMeasured::Restored),
        "What becomes of samples that a mask or NaN says were not measured.";

    BACKGROUND_MODE = 3100, "background.mode", choice!(BackgroundMode::Automatic),
        "Source of the background that is subtracted.";
    BACKGROUND_VALUE = 3101, "background.value", number(-1e9, 1e9, 0.0, "intensity"),
        "Background that is subtracted unless the mode is estimated, in the image's units: camera offset and haze.", [live];
    BACKGROUND_PERCENT = 3102, "background.percent", number(0.0, 100.0, 5.0, "%"),
        "Share of the samples of an image that are below its background with percentile.", [live];
    BACKGROUND_RADIUS_PX = 3103, "background.radius_px", number(1.0, 500.0, 50.0, "px"),
        "Radius of the ball or the disc that passes below the samples: larger than whatever is no background. Of a ball it is one in intensities too.";

    DECONVOLVE_ITERATIONS = 3200, "deconvolve.iterations", integer(1, 10_000, 30, ""),
        "Largest number of iterations; when not set, the automatic algorithm takes that of its preset.", [live];
    DECONVOLVE_ALGORITHM = 3201, "deconvolve.algorithm", choice!(Algorithm::Automatic),
        "Algorithm of the deconvolution.";
    DECONVOLVE_PRESET = 3202, "deconvolve.preset", choice!(Preset::Automatic),
        "Effort of the automatic algorithm.";
    DECONVOLVE_PADDING = 3203, "deconvolve.padding", choice!(Padding::Automatic),
        "Margin of the field around the image from which light may come in.";
    DECONVOLVE_STOP = 3204, "deconvolve.stop", choice!(Stop::Automatic),
        "What ends the iterations before deconvolve.iterations is reached.";
    DECONVOLVE_STOP_CHANGE = 3205, "deconvolve.stop_change", number(0.0, 1.0, 1e-3, ""),
        "Iterations end when one changes the estimate by less than this share of it, as sums of absolute values.", [live];
    DECONVOLVE_NOISE_TO_SIGNAL = 3206, "deconvolve.noise_to_signal", free(1e-12, 1e6, ""),
        "Noise power over signal power for the Wiener, Tikhonov and regularised inverse filters; estimated from the image \
         when not set.", [live];
    DECONVOLVE_PHOTON_GAIN = 3207, "deconvolve.photon_gain", free(1e-9, 1e9, "intensity per photon"),
        "Gain of the camera, for stops that know the noise, whatever plan.camera_gain is; that, or as estimated from the image, \
         when not set.", [live];
    DECONVOLVE_BACKGROUND = 3208, "deconvolve.background", free(-1e9, 1e9, "intensity"),
        "Level of the image without light, which the result leaves out; the automatic algorithm takes the camera's \
         offset as its noise tells when not set, others take plan.camera_offset, else 0.", [live];
    DECONVOLVE_TEMPERING = 3209, "deconvolve.tempering", free(1e-3, 1e3, ""),
        "Back projectors are divided by the modulus of the transfer function plus this: smaller values are faster and \
         noisier. Only the automatic and the tempered algorithm do so when not set.", [live];
    DECONVOLVE_STOP_MISFIT = 3210, "deconvolve.stop_misfit", free(0.1, 100.0, ""),
        "Misfit, the reduced chi-square of the residuals, at which discrepancy ends the iterations: 1 is as much as the noise explains.", [live];
    DECONVOLVE_WARM_START = 3211, "deconvolve.warm_start", integer(0, 1, 0, ""),
        "1: start from the result of the image before, for time series of things that move little. An image whose mean above the background is more than twice or less than half of the one before starts afresh. After an execute that gave no result (cancelled, or an image that was refused) the next one starts afresh.";
    DECONVOLVE_TOTAL_VARIATION = 3212, "deconvolve.total_variation", free(0.0, 0.1, ""),
        "Weight of total variation in the algorithm of that name: larger is smoother between edges. As the noise of the image \
         asks for, place by place, when not set.", [live];
    DECONVOLVE_STORAGE = 3213, "deconvolve.storage", choice!(Storage::Single),
        "How the estimate and the transfer function are kept between passes; half needs one volume less of memory.";
    DECONVOLVE_DENOISING = 3217, "deconvolve.denoising", number(0.0, 1.0, 0.9, ""),
        "The share of what the denoiser takes away that the algorithm hybrid leaves out, and the automatic mode where it denoises; 0 denoises nothing, which makes hybrid richardson_lucy.";
    DECONVOLVE_COURSE = 3218, "deconvolve.course", choice!(Course::Series),
        "How far the iterations of images go of which a plan has several, channels or time points.";
    DECONVOLVE_CONTRAST = 3219, "deconvolve.contrast", choice!(Contrast::Automatic),
        "What the samples are, for algorithms that iterate; the report says what was found.";
    DECONVOLVE_DEPTH_SLABS = 3230, "deconvolve.depth_slabs", integer(0, 256, 1, ""),
        "Slabs along z that are restored with the point spread function of their own depth and blended, for samples of another \
         index than the immersion's; psf.depth_nm is that of the first plane. 1: one for the whole stack; 0: as many as \
         the point spread function's change with depth asks for.";

    DENOISE_STRENGTH = 3400, "denoise.strength", number(0.0, 100.0, 1.0, "standard deviations of the noise"),
        "Strength of the smoothing; 0 leaves the image as it is.", [live];
    DENOISE_GAIN = 3401, "denoise.gain", free(0.0, 1e9, "intensity per photon"),
        "Gain of the camera; estimated from each image when not set.", [live];
    DENOISE_OFFSET = 3402, "denoise.offset", free(-1e9, 1e9, "intensity"),
        "Intensity without light; estimated from each image when not set.", [live];
    DENOISE_READ_NOISE = 3403, "denoise.read_noise", free(0.0, 1e9, "intensity"),
        "Standard deviation without light; estimated from each image when not set.", [live];
    DENOISE_METHOD = 3404, "denoise.method", choice!(Denoising::Patches),
        "How the noise is smoothed away.";
    MODEL_AXES = 3500, "model.axes", Kind::Text,
        "Axes of a plain ONNX network's image, slowest first, letters of btczyx, e.g. bcyx; else they are guessed.";
    MODEL_NORMALISATION = 3501, "model.normalisation",
        choice!(Normalisation::Package),
        "How intensities become network values. A package that normalises by statistics of its own keeps to them, unless this is none.";
    MODEL_LOW_PERCENTILE = 3502, "model.low_percentile", number(0.0, 100.0, 1.0, "%"),
        "Percentile of the image that becomes model.range_low.";
    MODEL_HIGH_PERCENTILE = 3503, "model.high_percentile", number(0.0, 100.0, 99.8, "%"),
        "Percentile of the image that becomes model.range_high.";
    MODEL_OFFSET = 3504, "model.offset", number(-1e9, 1e9, 0.0, "intensity"),
        "Where the normalisation is fixed: the intensity that is 0 to the network, e.g. the camera's offset.";
    MODEL_GAIN = 3505, "model.gain", number(1e-9, 1e9, 1.0, "intensity"),
        "Where the normalisation is fixed: intensities that are 1 to the network, e.g. 65535 for 16-bit images.";
    MODEL_RANGE_LOW = 3506, "model.range_low", number(-1e9, 1e9, 0.0, ""),
        "Network value of the low percentile.";
    MODEL_RANGE_HIGH = 3507, "model.range_high", number(-1e9, 1e9, 1.0, ""),
        "Network value of the high percentile, e.g. 255 for networks of 8-bit images.";
    MODEL_INTENSITIES = 3508, "model.intensities", choice!(Intensities::Auto),
        "Units of the result.";
    MODEL_EXTENT = 3509, "model.extent", choice!(Extent::Full),
        "Size of the result.";
    MODEL_OUTPUT = 3510, "model.output", integer(-1, 15, 0, ""),
        "Index of the output that is the result, from 0; -1 takes all, one after the other along the channels.";
    MODEL_VALUE = 3511, "model.value", number(-1e9, 1e9, 0.0, ""),
        "Value of the network's other inputs, e.g. a noise level, in the network's units.";
    MODEL_CHANNELS = 3512, "model.channels", choice!(Channels::Exact),
        "Channels of the image for a network of several channels.";
    MODEL_HALO_PX = 3513, "model.halo_px", integer(-1, 65_535, -1, "px"),
        "Context around a tile; -1 takes the network's receptive field, which is exact.";
    MODEL_TILE_PX = 3514, "model.tile_px", integer(0, 1_048_576, 0, "px"),
        "Longest side of a tile; 0 takes the largest that the memory cap allows.";
    MODEL_SEAM_CHECK = 3515, "model.seam_check", choice!(SeamCheck::Auto),
        "Whether the result of tiles is compared with that of the image as a whole, or with an estimate of it where that does not fit, to state how far they are apart.";
    MODEL_STATISTICS = 3516, "model.statistics", choice!(Statistics::Image),
        "Images whose percentiles, means and deviations normalise. With first and series the brightness of a series stays comparable and does not flicker. For series an execute reads all time points once more before (twice for percentiles) and runs the steps before the network again. Each channel has its own statistics.";
    MODEL_HALO_TOLERANCE = 3517, "model.halo_tolerance", number(0.0, 0.1, 0.0, ""),
        "Above 0, a probe on images of texture finds the least context around a tile that changes the result by no more than this share of its range, before the first commit (some runs on the CPU); tiles are then not exact, and the report has their seam certificate. 0 takes the receptive field, as does model.halo_px where it is set.";
    MODEL_MULTIPLE_PX = 3518, "model.multiple_px", integer(0, 4096, 0, "px"),
        "Multiple that the extents of the network's image must be of, along all its axes; 0 finds it in the network.";
    MODEL_OUTPUT_KIND = 3519, "model.output_kind", choice!(OutputKinds::Auto),
        "What the result holds, and so in which units it comes.";
    MODEL_INPUTS = 3521, "model.inputs", Kind::Text,
        "Names of the network's inputs that the image's channels go to, in order, with commas between them; each takes as many channels as it reads. When not set, the first input that is an image takes all, and the others are filled with model.value.";
    MODEL_STATES = 3522, "model.states", Kind::Text,
        "What a recurrent network remembers, as input=output with commas between several: names of its inputs that are zeros at the first time point of a series, and then what the output gave for the point before. A series is what an execute reads; the image must go through in one tile.";
    MODEL_FRAMES = 3520, "model.frames", integer(0, 1024, 0, "time points"),
        "Time points that the network reads together, where its time axis leaves that open or its channels are time points; 0 takes what the network states. A series is gone through point by point, each in the middle of those that are read. At its ends these are reflected where the network gives one time point for all that it reads, and the nearest inside the series where it gives as many.";

    OUTPUT_MODE = 3600, "output.mode", choice!(OutputMode::Fit),
        "Gain and offset that fit intensities to the target. With fit a plan of several images (time points, channels) runs the steps before on all of them once more, to see the highest sample.";
    OUTPUT_GAIN = 3601, "output.gain", number(1e-12, 1e12, 1.0, ""),
        "Factor of every sample; with fit the largest.", [live];
    OUTPUT_OFFSET = 3602, "output.offset", number(-1e9, 1e9, 0.0, ""),
        "Number that a sample of 0 becomes; with range that of output.low.", [live];
    OUTPUT_HIGHEST = 3603, "output.highest", number(-1e9, 1e9, 65_535.0, ""),
        "Number that no sample may pass with fit, and that output.high becomes with range: 255 for a target of 8 bits.", [live];
    OUTPUT_LOW = 3604, "output.low", number(-1e9, 1e9, 0.0, "intensity"),
        "Intensity that becomes output.offset with range.", [live];
    OUTPUT_HIGH = 3605, "output.high", free(-1e9, 1e9, "intensity"),
        "Intensity that becomes output.highest with range.", [live];

    FILTER_KIND = 3700, "filter.kind", choice!(FilterKind::Gaussian),
        "What the filter does.";
    FILTER_SIGMA_PX = 3701, "filter.sigma_px", number(0.0, 1000.0, 1.0, "px"),
        "Standard deviation of a Gaussian along y and x; 0 leaves these alone.";
    FILTER_SIGMA_PLANES = 3702, "filter.sigma_planes", number(0.0, 1000.0, 0.0, "planes"),
        "Standard deviation of a Gaussian along z; 0 filters each plane by itself.";
    FILTER_RATIO = 3703, "filter.ratio", number(1.01, 100.0, 1.6, ""),
        "How many times as wide the second Gaussian of a difference is as the first.";
    FILTER_AMOUNT = 3704, "filter.amount", number(0.0, 100.0, 1.0, ""),
        "How much of what a Gaussian takes away unsharp masking adds. The weight w of ImageJ's is an amount of w / (1 - w).";
    FILTER_RADIUS_PX = 3705, "filter.radius_px", number(0.0, 500.0, 2.0, "px"),
        "Radius of the disc of a median or a top-hat: samples up to that far from the middle along y and x, 1 at least.";
    FILTER_RADIUS_PLANES = 3706, "filter.radius_planes", number(0.0, 100.0, 0.0, "planes"),
        "Radius of the same along z, which makes it an ellipsoid; below 1 each plane is filtered by itself.";
    FILTER_TILE_PX = 3707, "filter.tile_px", integer(0, 65_535, 0, "px"),
        "Side of the tiles of clahe along y and x, 8 at least; 0 takes an eighth of the image along each.";
    FILTER_TILE_PLANES = 3708, "filter.tile_planes", integer(1, 65_535, 1, "planes"),
        "Extent of the tiles of clahe along z; 1 equalises each plane by itself.";
    FILTER_CLIP_LIMIT = 3709, "filter.clip_limit", number(0.0, 1.0, 0.01, ""),
        "Most of a tile's samples that one of the 256 bins of its histogram may have with clahe, as a share: the lower, the less contrast and noise; 0: no limit.";
    FILTER_SHORTEST_PX = 3710, "filter.shortest_px", number(0.0, 100_000.0, 3.0, "px"),
        "Length of the shortest waves that band_pass keeps, with half of their power; 0: no end.";
    FILTER_LONGEST_PX = 3711, "filter.longest_px", number(0.0, 100_000.0, 40.0, "px"),
        "Length of the longest waves that band_pass keeps, with half of their power; 0: no end, and the mean stays.";
    FILTER_ALONG = 3712, "filter.along", choice!(FilterAlong::X),
        "Axis that the stripes run along which stripes takes away.";
    FILTER_WIDTH_PX = 3713, "filter.width_px", number(2.0, 100_000.0, 16.0, "px"),
        "Across stripes: waves that are longer are no stripes.";
    FILTER_LENGTH_PX = 3714, "filter.length_px", number(2.0, 100_000.0, 200.0, "px"),
        "Along stripes: waves that are shorter are no stripes.";

    HOT_PIXELS_FWHM_PX = 3800, "hot_pixels.fwhm_px", number(1.0, 4.0, 1.3, "px"),
        "Full width at half maximum of the sharpest point that light makes in the image; what is sharper, beyond all noise, is none. The wider, the weaker hot pixels are found.";
    HOT_PIXELS_LISTED = 3801, "hot_pixels.listed", integer(0, 100_000, 100, ""),
        "Most hot pixels of each image whose places the report has; all are counted and replaced.";

    BIN_KIND = 3900, "bin.kind", choice!(BinKind::Mean),
        "What becomes of samples that are put into one.";
    BIN_PX = 3901, "bin.px", integer(1, 1024, 2, "px"),
        "Samples along y and along x that are put into one; what is left over at the end of an axis is left out.";
    BIN_PLANES = 3902, "bin.planes", integer(0, 65_535, 1, "planes"),
        "Planes that are put into one; 0 takes all of them, a projection.";

    CAMERA_RESULT = 3930, "camera.result", choice!(CameraResult::Photons),
        "Units of the result.";

    FLAT_FIELD_MODE = 3940, "flat_field.mode", choice!(FlatField::Map),
        "Source of the field that samples are divided by. The dark frame, a map or plan.camera_offset, is taken off first.";
    FLAT_FIELD_DEGREE = 3941, "flat_field.degree", integer(0, 8, 6, ""),
        "Degree of the polynomial in y and x that a field of mode series is.";

    BLEACH_MODE = 3950, "bleach.mode", choice!(Bleach::Ratio),
        "How time points get the brightness of the first. An execute reads all of them once more before, and runs the steps before this one again.";
    BLEACH_BACKGROUND = 3951, "bleach.background", free(-1e9, 1e9, "intensity"),
        "Level without light, which does not bleach and stays; plan.camera_offset as it is at the step, else 0, when not set.";

    REASSIGN_MAGNIFICATION = 4200, "reassign.magnification", integer(1, 8, 2, ""),
        "How many pixels of the result a pixel is along y and along x.";
    REASSIGN_FWHM_PX = 4201, "reassign.fwhm_px", number(1.0, 50.0, 3.0, "px"),
        "Full width at half maximum of a point in the image.";
    REASSIGN_GAIN = 4202, "reassign.gain", number(0.0, 1.0, 0.5, ""),
        "How much of the way to the middle of a point its light moves: at 0.5 points are half as wide.";
    REASSIGN_RADIUS_PX = 4203, "reassign.radius_px", number(1.0, 500.0, 12.0, "px"),
        "What is wider than a disc of that radius is background and stays in its place.";

    ESRRF_MAGNIFICATION = 4300, "esrrf.magnification", integer(1, 8, 2, ""),
        "How many pixels of the result a pixel is along y and along x.";
    ESRRF_FWHM_PX = 4301, "esrrf.fwhm_px", number(0.5, 20.0, 3.0, "px"),
        "Full width at half maximum of the Gaussian by which slopes around a pixel count, up to 2 of its standard deviations and 1 pixel: about that of a point in the image.";
    ESRRF_SENSITIVITY = 4302, "esrrf.sensitivity", number(0.0, 10.0, 1.0, ""),
        "The power of the convergence: the larger, the narrower and the less even.";
    ESRRF_FRAMES = 4303, "esrrf.frames", integer(1, 1024, 1, "time points"),
        "Time points around each that make its result; at the ends of a series the first and the last so many.";
    ESRRF_OVER = 4304, "esrrf.over", choice!(EsrrfOver::Mean),
        "What is made of them.";

    RESAMPLE_FACTOR_PX = 4400, "resample.factor_px", number(0.01, 64.0, 1.0, ""),
        "Samples of the result for one of the image along y and along x.";
    RESAMPLE_FACTOR_PLANES = 4401, "resample.factor_planes", number(0.01, 64.0, 1.0, ""),
        "Planes of the result for one of the image.";
    RESAMPLE_PIXEL_NM = 4402, "resample.pixel_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring pixels of the image: with resample.step_nm planes come as far apart as pixels of the result are.";
    RESAMPLE_STEP_NM = 4403, "resample.step_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring planes of the image.";
    RESAMPLE_BETWEEN = 4404, "resample.between", choice!(ResampleBetween::Cubic),
        "What runs between samples.";

    PLAN_INPUT_BYTES = 4000, "plan.input_bytes", Kind::IntegerFact { unit: "bytes" },
        "Least src_bytes for abbe_plan_execute().";
    PLAN_OUTPUT_BYTES = 4001, "plan.output_bytes", Kind::IntegerFact { unit: "bytes" },
        "Least dst_bytes for abbe_plan_execute().";
    PLAN_WORKSPACE_BYTES = 4002, "plan.workspace_bytes", Kind::IntegerFact { unit: "bytes" },
        "Memory that the plan holds between executes; known before commit.";
    PLAN_PROGRESS = 4003, "plan.progress", Kind::NumberFact { unit: "" },
        "How much of the execute or commit now running is done, 0 to 1; afterwards, how far the last execute came.";
    PLAN_CLIPPED = 4004, "plan.clipped", Kind::IntegerFact { unit: "samples" },
        "Samples of the last execute that did not fit the target's type: below or above what it holds, or NaN; 0 before the first.";
    PLAN_OUTPUT_GAIN = 4005, "plan.output_gain", Kind::NumberFact { unit: "" },
        "Factor that the step output took in the last execute, 1 without one: intensities of the result are (sample - plan.output_offset) / plan.output_gain.";
    PLAN_OUTPUT_OFFSET = 4006, "plan.output_offset", Kind::NumberFact { unit: "" },
        "Number that the step output added in the last execute, 0 without one.";
    ASSESS_GAIN = 6000, "assess.gain", free(1e-9, 1e9, "intensity per photon"),
        "Intensity per photon of the raw image; that of the plan given, else found in it when not set.";
    ASSESS_OFFSET = 6001, "assess.offset", free(-1e9, 1e9, "intensity"),
        "Intensity of the raw image without light; that of the plan given, else found in it when not set.";
    ASSESS_READ_NOISE = 6002, "assess.read_noise", free(0.0, 1e9, "intensity"),
        "Standard deviation of the raw image's samples without light; that of the plan given, else found in it when not set.";
    ASSESS_CORRELATION = 6012, "assess.correlation", free(0.0, 0.7, ""),
        "Correlation of the noise of neighbours along y and x, as interpolation and some detectors leave it; that of the plan given, else found in the raw image when not set.";
    ASSESS_NOT_A_NUMBER = 6011, "assess.not_a_number", choice!(NotANumber::Refuse),
        "Meaning of NaN in the images; to be set before they are given.";
    ASSESS_ALIGN = 6013, "assess.align", integer(0, 1, 0, ""),
        "1 brings the result to the grid of the raw image and the reference to that of the result, where their extents differ, up to eightfold, or they are displaced by up to 2 samples; 0 takes images of equal extents as they lie. What was found is said in either case.";
    ASSESS_PIXEL_NM = 6003, "assess.pixel_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring pixels along x and y; that of the point spread function when not set. Without either, resolutions are in pixels only.";
    ASSESS_STEP_NM = 6004, "assess.step_nm", free(1.0, 100_000.0, "nm"),
        "Distance between neighbouring planes; that of the point spread function when not set. Without either, planes are a pixel apart.";
    ASSESS_DRAWS = 6005, "assess.draws", integer(1, 100, 5, ""),
        "How often the photons of the raw image are split for its resolution; the deviation over the draws is given.";
    ASSESS_SPLITS = 6006, "assess.splits", integer(1, 100, 1, ""),
        "How often the photons are split and the plan is run on both halves; the map of the spread needs several.";
    ASSESS_DEADLINE_S = 6007, "assess.deadline_s", number(0.0, 1e6, 0.0, "s"),
        "Time after which no further part is begun; the report's left_out names those. 0: none.";
    ASSESS_MEMORY_CAP_BYTES = 6008, "assess.memory_cap_bytes", integer(0, i64::MAX, 0, "bytes"),
        "Most memory that a run may take beside the images given and what a plan holds; 0: as much as there is.";
    ASSESS_WORKSPACE_BYTES = 6009, "assess.workspace_bytes", Kind::IntegerFact { unit: "bytes" },
        "Memory that the last run took beside the images given and what a plan holds, all parts added.";
    ASSESS_PROGRESS = 6010, "assess.progress", Kind::NumberFact { unit: "" },
        "Share of the run that is done, 0 to 1.";

    STREAM_MODE = 7000, "stream.mode", choice!(StreamMode::Latest),
        "What becomes of a frame that finds no place.", [experimental];
    STREAM_FRAMES = 7001, "stream.frames", integer(1, 65_536, 2, "frames"),
        "Frames that can wait for their turn.", [experimental];
    STREAM_RESULTS = 7002, "stream.results", integer(1, 65_536, 2, "images"),
        "Results that can wait for abbe_stream_take(). Of no effect where they go to a function.", [experimental];
    STREAM_SLOTS = 7003, "stream.slots", integer(0, 65_536, 0, "frames"),
        "Frames that abbe_stream_slot() has memory for: those that wait, one in work, and those that the camera writes.", [experimental];
    STREAM_DEADLINE_MS = 7004, "stream.deadline_ms", number(0.0, 1e6, 0.0, "ms"),
        "Time from submitting a frame to its result. The plan is chosen by it where there are several, and frames that are older when their turn comes are dropped in the mode latest; 0: none.", [experimental];
    STREAM_LEVEL = 7005, "stream.level", integer(-1, 63, -1, ""),
        "The plan that all frames run with, from 0 for the first; -1 chooses for each by the deadline, and takes the last without one.", [experimental];

    LEARN_METHOD = 8000, "learn.method", choice!(Learning::Automatic),
        "How a network learns from an image without a clean one.";
    LEARN_STEPS = 8001, "learn.steps", integer(0, 100_000, 256, ""),
        "Most steps of learning, each on 128 x 128 pixels or what there is of them; 0 leaves the network as it was.";
    LEARN_DEADLINE_S = 8002, "learn.deadline_s", number(0.0, 1e6, 0.0, "s"),
        "Wall time after which learning ends with the best network until then; 0 for none. With one, results depend on the speed of the machine.";
    LEARN_SEED = 8003, "learn.seed", integer(0, i64::MAX, 0, ""),
        "Where random numbers begin: the same seed, image and parameters give the same network.";
    LEARN_GAIN = 8004, "learn.gain", free(1e-9, 1e9, "intensity per photon"),
        "Intensity per photon; found from the image when not set.";
    LEARN_OFFSET = 8005, "learn.offset", free(-1e9, 1e9, "intensity"),
        "Intensity without light; found from the image when not set.";
    LEARN_READ_NOISE = 8006, "learn.read_noise", free(0.0, 1e9, "intensity"),
        "Standard deviation without light; found from the image when not set.";
}
