package abbe;

/** Every parameter and fact of libabbe. Written by {@code cargo xtask header}; do not edit. */
public final class Parameters {
  /**
   * Number of CPU threads of the context, including the calling one; 0 takes as many as the machine has. Results have
   * the same bits for any number, unless plan.memory_cap_bytes cuts an image into tiles, whose size may depend on it.
   * From 0 to 1024, 0 when not set.
   */
  public static final Parameter.OfInteger CONTEXT_THREADS =
      new Parameter.OfInteger(1000, "context.threads");

  /**
   * Path of the ONNX Runtime library or of its folder. When not set, the environment variable ABBE_ONNXRUNTIME names
   * it, else it is looked for beside libabbe.
   */
  public static final Parameter.OfText CONTEXT_ONNXRUNTIME =
      new Parameter.OfText(1001, "context.onnxruntime");

  /** Device that networks run on. "auto" when not set. */
  public static final Parameter.OfChoice<ContextDevice> CONTEXT_DEVICE =
      new Parameter.OfChoice<>(1002, "context.device", ContextDevice.class);

  /** Index of the GPU, or of the device of context.provider, from 0. From 0 to 255, 0 when not set. */
  public static final Parameter.OfInteger CONTEXT_DEVICE_INDEX =
      new Parameter.OfInteger(1003, "context.device_index");

  /**
   * 1: run on the CPU when the device is not available, and warn of it in the log and the report; 0: fail. On (1)
   * when not set.
   */
  public static final Parameter.OfSwitch CONTEXT_FALLBACK =
      new Parameter.OfSwitch(1004, "context.fallback");

  /**
   * Folder where TensorRT keeps the engines it built; without one nothing is written and each commit builds anew.
   */
  public static final Parameter.OfText CONTEXT_ENGINE_CACHE =
      new Parameter.OfText(1005, "context.engine_cache");

  /**
   * 1: networks give the same bits for the same image on the same GPU, at some cost in time. Off (0) when not set.
   */
  public static final Parameter.OfSwitch CONTEXT_DETERMINISTIC =
      new Parameter.OfSwitch(1006, "context.deterministic");

  /**
   * 1: load a build of ONNX Runtime even though it carries telemetry that is not switched off. Off (0) when not set.
   */
  public static final Parameter.OfSwitch CONTEXT_ONNXRUNTIME_TELEMETRY =
      new Parameter.OfSwitch(1007, "context.onnxruntime_telemetry");

  /**
   * Name of the execution provider that networks run on, e.g. OpenVINOExecutionProvider, one of those that
   * abbe_context_devices() lists; context.device_index says which of its devices. When not set, context.device
   * chooses.
   */
  public static final Parameter.OfText CONTEXT_PROVIDER =
      new Parameter.OfText(1008, "context.provider");

  /**
   * Options of that provider: key=value, with semicolons between them, e.g. device=cpu;threads=4. The provider's own
   * documentation says which there are.
   */
  public static final Parameter.OfText CONTEXT_PROVIDER_OPTIONS =
      new Parameter.OfText(1009, "context.provider_options");

  /** Numerical aperture of the objective; must be below the immersion index. From 0.01 to 1.7. */
  public static final Parameter.OfNumber PSF_NUMERICAL_APERTURE =
      new Parameter.OfNumber(2000, "psf.numerical_aperture");

  /** Emission wavelength in vacuum. From 200 to 2000 nm. */
  public static final Parameter.OfNumber PSF_WAVELENGTH_NM =
      new Parameter.OfNumber(2001, "psf.wavelength_nm");

  /** Distance between neighbouring pixels along x and y, in the sample. From 1 to 100000 nm. */
  public static final Parameter.OfNumber PSF_PIXEL_NM =
      new Parameter.OfNumber(2002, "psf.pixel_nm");

  /** Travel of the focus drive between neighbouring planes; needed for stacks only. From 1 to 100000 nm. */
  public static final Parameter.OfNumber PSF_STEP_NM =
      new Parameter.OfNumber(2003, "psf.step_nm");

  /** Refractive index of the immersion medium. From 1 to 2, 1.515 when not set. */
  public static final Parameter.OfNumber PSF_IMMERSION_INDEX =
      new Parameter.OfNumber(2004, "psf.immersion_index");

  /**
   * Share of the light that an automatic extent holds, unless the largest extent is reached first. From 0.5 to
   * 0.999999, 0.99 when not set.
   */
  public static final Parameter.OfNumber PSF_ENERGY =
      new Parameter.OfNumber(2005, "psf.energy");

  /** Whether a sample is the value at the middle of the pixel or the mean over its area. "auto" when not set. */
  public static final Parameter.OfChoice<PsfPixel> PSF_PIXEL =
      new Parameter.OfChoice<>(2006, "psf.pixel", PsfPixel.class);

  /** What lies in the middle plane of the kernel. "best_focus" when not set. */
  public static final Parameter.OfChoice<PsfCentre> PSF_CENTRE =
      new Parameter.OfChoice<>(2007, "psf.centre", PsfCentre.class);

  /** Lateral standard deviation of a Gaussian; follows from the optics when not set. From 1 to 1000000 nm. */
  public static final Parameter.OfNumber PSF_SIGMA_NM =
      new Parameter.OfNumber(2008, "psf.sigma_nm");

  /** Axial standard deviation of a Gaussian; follows from the optics when not set. From 1 to 1000000 nm. */
  public static final Parameter.OfNumber PSF_SIGMA_AXIAL_NM =
      new Parameter.OfNumber(2009, "psf.sigma_axial_nm");

  /** Distance between neighbouring pixels of the measured samples; the image's when not set. From 1 to 100000 nm. */
  public static final Parameter.OfNumber PSF_SAMPLES_PIXEL_NM =
      new Parameter.OfNumber(2010, "psf.samples_pixel_nm");

  /** Distance between neighbouring planes of the measured samples; the image's when not set. From 1 to 100000 nm. */
  public static final Parameter.OfNumber PSF_SAMPLES_STEP_NM =
      new Parameter.OfNumber(2011, "psf.samples_step_nm");

  /**
   * Background that is taken from measured samples; estimated at their border when not set. From -1000000000 to
   * 1000000000 intensity.
   */
  public static final Parameter.OfNumber PSF_BACKGROUND =
      new Parameter.OfNumber(2012, "psf.background");

  /** Length of the motion during the exposure. From 0 to 10000 px. */
  public static final Parameter.OfNumber PSF_MOTION_LENGTH_PX =
      new Parameter.OfNumber(2013, "psf.motion_length_px");

  /** Direction of motion, from +x (columns) towards +y (rows). From -360 to 360 degrees, 0 when not set. */
  public static final Parameter.OfNumber PSF_MOTION_ANGLE_DEG =
      new Parameter.OfNumber(2014, "psf.motion_angle_deg");

  /** Refractive index of the sample; the immersion index when not set. From 1 to 2. */
  public static final Parameter.OfNumber PSF_SAMPLE_INDEX =
      new Parameter.OfNumber(2015, "psf.sample_index");

  /** Depth of the source below the coverslip, in the sample. From 0 to 100000000 nm, 0 when not set. */
  public static final Parameter.OfNumber PSF_DEPTH_NM =
      new Parameter.OfNumber(2016, "psf.depth_nm");

  /** Thickness of the coverslip. From 0 to 2000000 nm, 170000 when not set. */
  public static final Parameter.OfNumber PSF_COVERSLIP_NM =
      new Parameter.OfNumber(2017, "psf.coverslip_nm");

  /** Thickness of the coverslip that the objective is made for. From 0 to 2000000 nm, 170000 when not set. */
  public static final Parameter.OfNumber PSF_DESIGN_COVERSLIP_NM =
      new Parameter.OfNumber(2018, "psf.design_coverslip_nm");

  /** Refractive index of the coverslip. From 1 to 2.5, 1.515 when not set. */
  public static final Parameter.OfNumber PSF_COVERSLIP_INDEX =
      new Parameter.OfNumber(2019, "psf.coverslip_index");

  /**
   * Refractive index of the coverslip that the objective is made for; the coverslip's when not set. From 1 to 2.5.
   */
  public static final Parameter.OfNumber PSF_DESIGN_COVERSLIP_INDEX =
      new Parameter.OfNumber(2020, "psf.design_coverslip_index");

  /**
   * Refractive index of the immersion medium that the objective is made for; the immersion index when not set. From 1
   * to 2.
   */
  public static final Parameter.OfNumber PSF_DESIGN_IMMERSION_INDEX =
      new Parameter.OfNumber(2021, "psf.design_immersion_index");

  /**
   * Thickness of the immersion layer that the objective is made for. From 1000 to 100000000 nm, 150000 when not set.
   */
  public static final Parameter.OfNumber PSF_WORKING_DISTANCE_NM =
      new Parameter.OfNumber(2022, "psf.working_distance_nm");

  /**
   * Treatment of light beyond the critical angle, where the sample index is below the numerical aperture.
   * "evanescent" when not set.
   */
  public static final Parameter.OfChoice<PsfBeyondCritical> PSF_BEYOND_CRITICAL =
      new Parameter.OfChoice<>(2023, "psf.beyond_critical", PsfBeyondCritical.class);

  /** Excitation wavelength in vacuum; for confocal, two-photon and spinning disk. From 200 to 2000 nm. */
  public static final Parameter.OfNumber PSF_EXCITATION_NM =
      new Parameter.OfNumber(2024, "psf.excitation_nm");

  /**
   * Diameter of the pinhole in units of the first dark ring's, 1.22 emission wavelengths over NA. From 0.05 to 20
   * Airy units, 1 when not set.
   */
  public static final Parameter.OfNumber PSF_PINHOLE_AIRY =
      new Parameter.OfNumber(2025, "psf.pinhole_airy");

  /**
   * Distance between neighbouring pinholes of a spinning disk in pinhole diameters. From 1 to 1000 diameters, 5 when
   * not set.
   */
  public static final Parameter.OfNumber PSF_PINHOLE_SPACING =
      new Parameter.OfNumber(2026, "psf.pinhole_spacing");

  /** Full width at half maximum of the light sheet. From 50 to 1000000 nm. */
  public static final Parameter.OfNumber PSF_SHEET_THICKNESS_NM =
      new Parameter.OfNumber(2027, "psf.sheet_thickness_nm");

  /** Theory behind the confocal, two-photon, spinning disk and light sheet models. "vectorial" when not set. */
  public static final Parameter.OfChoice<PsfWave> PSF_WAVE =
      new Parameter.OfChoice<>(2028, "psf.wave", PsfWave.class);

  /**
   * Treatment of samples with faults, and of parameters that are hardly meant; the report lists them. "repair" when
   * not set.
   */
  public static final Parameter.OfChoice<PsfPolicy> PSF_POLICY =
      new Parameter.OfChoice<>(2029, "psf.policy", PsfPolicy.class);

  /**
   * Diameter of the beads behind measured samples, whose size is removed; 0 removes nothing. From 0 to 10000 nm, 0
   * when not set.
   */
  public static final Parameter.OfNumber PSF_BEAD_NM =
      new Parameter.OfNumber(2030, "psf.bead_nm");

  /** Content of the measured samples. "psf" when not set. */
  public static final Parameter.OfChoice<PsfSamplesHold> PSF_SAMPLES_HOLD =
      new Parameter.OfChoice<>(2031, "psf.samples_hold", PsfSamplesHold.class);

  /**
   * Aberration of an optical model: numbering, then number and nm (root mean square) of each Zernike term, like noll
   * 7:35 11:-20 or ansi 8:35.
   */
  public static final Parameter.OfText PSF_ZERNIKE =
      new Parameter.OfText(2032, "psf.zernike");

  /**
   * Focus of the middle plane of an optical model relative to psf.centre, positive where it is deeper. From -100000
   * to 100000 nm, 0 when not set.
   */
  public static final Parameter.OfNumber PSF_DEFOCUS_NM =
      new Parameter.OfNumber(2033, "psf.defocus_nm");

  /**
   * Primary spherical aberration of an optical model (Noll 11): root mean square of the wavefront, positive where the
   * optical path is longer. From -2000 to 2000 nm, 0 when not set.
   */
  public static final Parameter.OfNumber PSF_SPHERICAL_NM =
      new Parameter.OfNumber(2034, "psf.spherical_nm");

  /**
   * Standard deviation of a lateral Gaussian by which an optical model is blurred in addition: vibration, drift, a
   * camera's crosstalk. From 0 to 1000 nm, 0 when not set.
   */
  public static final Parameter.OfNumber PSF_BLUR_NM =
      new Parameter.OfNumber(2035, "psf.blur_nm");

  /**
   * What abbe_psf_fit() finds beside the place of the point, and abbe_psf_estimate(), like numerical_aperture
   * spherical_nm: names of parameters without psf.; docs/psf.md has those of each kind, and what is found when not
   * set.
   */
  public static final Parameter.OfText PSF_FIT =
      new Parameter.OfText(2036, "psf.fit");

  /**
   * Focus of the middle plane of the samples last fitted relative to psf.centre, positive where it is deeper. In nm.
   */
  public static final Parameter.NumberFact PSF_FIT_DEFOCUS_NM =
      new Parameter.NumberFact(2100, "psf.fit_defocus_nm");

  /** Place of the point in the samples last fitted: pixels along y from the middle one, index extent / 2. In px. */
  public static final Parameter.NumberFact PSF_FIT_SHIFT_Y_PX =
      new Parameter.NumberFact(2101, "psf.fit_shift_y_px");

  /** Place of the point in the samples last fitted: pixels along x from the middle one, index extent / 2. In px. */
  public static final Parameter.NumberFact PSF_FIT_SHIFT_X_PX =
      new Parameter.NumberFact(2102, "psf.fit_shift_x_px");

  /**
   * Mean squared difference between the samples last fitted and the model, over the variance of as many photons:
   * about 1 where samples are photons and the model fits, the camera's gain where they are not.
   */
  public static final Parameter.NumberFact PSF_FIT_CHI_SQUARE =
      new Parameter.NumberFact(2103, "psf.fit_chi_square");

  /**
   * Most memory that the plan may hold; 0: no cap. Deconvolutions and networks run in smaller tiles to fit; for a
   * plan that cannot fit, the commit fails and says what it needs. From 0 to 9223372036854775807 bytes, 0 when not
   * set.
   */
  public static final Parameter.OfInteger PLAN_MEMORY_CAP_BYTES =
      new Parameter.OfInteger(3000, "plan.memory_cap_bytes");

  /**
   * 1: abbe_plan_execute_blocks() may be called, for which the plan also holds a block of samples. 2: it only looks
   * at images: it finds noise, background and iterations, which the report has as calibration, and writes nothing.
   * From 0 to 2, 0 when not set.
   */
  public static final Parameter.OfInteger PLAN_BLOCKS =
      new Parameter.OfInteger(3001, "plan.blocks");

  /**
   * Gain of the camera, for steps that know the noise: image units per photon, or per averaged photon. Found from
   * each image when not set, as are the other numbers of the camera, and not used after a step that changes the
   * noise. From 0.000000001 to 1000000000 intensity per photon.
   */
  public static final Parameter.OfNumber PLAN_CAMERA_GAIN =
      new Parameter.OfNumber(3010, "plan.camera_gain");

  /** Intensity that the camera gives without light. From -1000000000 to 1000000000 intensity. */
  public static final Parameter.OfNumber PLAN_CAMERA_OFFSET =
      new Parameter.OfNumber(3011, "plan.camera_offset");

  /** Standard deviation that the camera gives without light. From 0 to 1000000000 intensity. */
  public static final Parameter.OfNumber PLAN_CAMERA_READ_NOISE =
      new Parameter.OfNumber(3012, "plan.camera_read_noise");

  /**
   * Correlation of the noise of neighbours along y and x, as interpolation and some detectors leave it. From 0 to
   * 0.7.
   */
  public static final Parameter.OfNumber PLAN_CAMERA_CORRELATION =
      new Parameter.OfNumber(3013, "plan.camera_correlation");

  /** Meaning of NaN in floating-point samples. "refuse" when not set. */
  public static final Parameter.OfChoice<PlanNotANumber> PLAN_NOT_A_NUMBER =
      new Parameter.OfChoice<>(3014, "plan.not_a_number", PlanNotANumber.class);

  /** What becomes of samples that a mask or NaN says were not measured. "restored" when not set. */
  public static final Parameter.OfChoice<PlanNotMeasured> PLAN_NOT_MEASURED =
      new Parameter.OfChoice<>(3015, "plan.not_measured", PlanNotMeasured.class);

  /** Source of the background that is subtracted. "automatic" when not set. */
  public static final Parameter.OfChoice<BackgroundMode> BACKGROUND_MODE =
      new Parameter.OfChoice<>(3100, "background.mode", BackgroundMode.class);

  /**
   * Background that is subtracted unless the mode is estimated, in the image's units: camera offset and haze. From
   * -1000000000 to 1000000000 intensity, 0 when not set.
   */
  public static final Parameter.OfNumber BACKGROUND_VALUE =
      new Parameter.OfNumber(3101, "background.value");

  /**
   * Share of the samples of an image that are below its background with percentile. From 0 to 100 %, 5 when not set.
   */
  public static final Parameter.OfNumber BACKGROUND_PERCENT =
      new Parameter.OfNumber(3102, "background.percent");

  /**
   * Radius of the ball or the disc that passes below the samples: larger than whatever is no background. Of a ball it
   * is one in intensities too. From 1 to 500 px, 50 when not set.
   */
  public static final Parameter.OfNumber BACKGROUND_RADIUS_PX =
      new Parameter.OfNumber(3103, "background.radius_px");

  /**
   * Largest number of iterations; when not set, the automatic algorithm takes that of its preset. From 1 to 10000, 30
   * when not set.
   */
  public static final Parameter.OfInteger DECONVOLVE_ITERATIONS =
      new Parameter.OfInteger(3200, "deconvolve.iterations");

  /** Algorithm of the deconvolution. "automatic" when not set. */
  public static final Parameter.OfChoice<DeconvolveAlgorithm> DECONVOLVE_ALGORITHM =
      new Parameter.OfChoice<>(3201, "deconvolve.algorithm", DeconvolveAlgorithm.class);

  /** Effort of the automatic algorithm. "automatic" when not set. */
  public static final Parameter.OfChoice<DeconvolvePreset> DECONVOLVE_PRESET =
      new Parameter.OfChoice<>(3202, "deconvolve.preset", DeconvolvePreset.class);

  /** Margin of the field around the image from which light may come in. "automatic" when not set. */
  public static final Parameter.OfChoice<DeconvolvePadding> DECONVOLVE_PADDING =
      new Parameter.OfChoice<>(3203, "deconvolve.padding", DeconvolvePadding.class);

  /** What ends the iterations before deconvolve.iterations is reached. "automatic" when not set. */
  public static final Parameter.OfChoice<DeconvolveStop> DECONVOLVE_STOP =
      new Parameter.OfChoice<>(3204, "deconvolve.stop", DeconvolveStop.class);

  /**
   * Iterations end when one changes the estimate by less than this share of it, as sums of absolute values. From 0 to
   * 1, 0.001 when not set.
   */
  public static final Parameter.OfNumber DECONVOLVE_STOP_CHANGE =
      new Parameter.OfNumber(3205, "deconvolve.stop_change");

  /**
   * Noise power over signal power for the Wiener, Tikhonov and regularised inverse filters; estimated from the image
   * when not set. From 0.000000000001 to 1000000.
   */
  public static final Parameter.OfNumber DECONVOLVE_NOISE_TO_SIGNAL =
      new Parameter.OfNumber(3206, "deconvolve.noise_to_signal");

  /**
   * Gain of the camera, for stops that know the noise, whatever plan.camera_gain is; that, or as estimated from the
   * image, when not set. From 0.000000001 to 1000000000 intensity per photon.
   */
  public static final Parameter.OfNumber DECONVOLVE_PHOTON_GAIN =
      new Parameter.OfNumber(3207, "deconvolve.photon_gain");

  /**
   * Level of the image without light, which the result leaves out; the automatic algorithm takes the camera's offset
   * as its noise tells when not set, others take plan.camera_offset, else 0. From -1000000000 to 1000000000
   * intensity.
   */
  public static final Parameter.OfNumber DECONVOLVE_BACKGROUND =
      new Parameter.OfNumber(3208, "deconvolve.background");

  /**
   * Back projectors are divided by the modulus of the transfer function plus this: smaller values are faster and
   * noisier. Only the automatic and the tempered algorithm do so when not set. From 0.001 to 1000.
   */
  public static final Parameter.OfNumber DECONVOLVE_TEMPERING =
      new Parameter.OfNumber(3209, "deconvolve.tempering");

  /**
   * Misfit, the reduced chi-square of the residuals, at which discrepancy ends the iterations: 1 is as much as the
   * noise explains. From 0.1 to 100.
   */
  public static final Parameter.OfNumber DECONVOLVE_STOP_MISFIT =
      new Parameter.OfNumber(3210, "deconvolve.stop_misfit");

  /**
   * 1: start from the result of the image before, for time series of things that move little. An image whose mean
   * above the background is more than twice or less than half of the one before starts afresh. After an execute that
   * gave no result (cancelled, or an image that was refused) the next one starts afresh. Off (0) when not set.
   */
  public static final Parameter.OfSwitch DECONVOLVE_WARM_START =
      new Parameter.OfSwitch(3211, "deconvolve.warm_start");

  /**
   * Weight of total variation in the algorithm of that name: larger is smoother between edges. As the noise of the
   * image asks for, place by place, when not set. From 0 to 0.1.
   */
  public static final Parameter.OfNumber DECONVOLVE_TOTAL_VARIATION =
      new Parameter.OfNumber(3212, "deconvolve.total_variation");

  /**
   * How the estimate and the transfer function are kept between passes; half needs one volume less of memory.
   * "single" when not set.
   */
  public static final Parameter.OfChoice<DeconvolveStorage> DECONVOLVE_STORAGE =
      new Parameter.OfChoice<>(3213, "deconvolve.storage", DeconvolveStorage.class);

  /**
   * The share of what the denoiser takes away that the algorithm hybrid leaves out, and the automatic mode where it
   * denoises; 0 denoises nothing, which makes hybrid richardson_lucy. From 0 to 1, 0.9 when not set.
   */
  public static final Parameter.OfNumber DECONVOLVE_DENOISING =
      new Parameter.OfNumber(3217, "deconvolve.denoising");

  /**
   * How far the iterations of images go of which a plan has several, channels or time points. "series" when not set.
   */
  public static final Parameter.OfChoice<DeconvolveCourse> DECONVOLVE_COURSE =
      new Parameter.OfChoice<>(3218, "deconvolve.course", DeconvolveCourse.class);

  /** What the samples are, for algorithms that iterate; the report says what was found. "automatic" when not set. */
  public static final Parameter.OfChoice<DeconvolveContrast> DECONVOLVE_CONTRAST =
      new Parameter.OfChoice<>(3219, "deconvolve.contrast", DeconvolveContrast.class);

  /**
   * Slabs along z that are restored with the point spread function of their own depth and blended, for samples of
   * another index than the immersion's; psf.depth_nm is that of the first plane. 1: one for the whole stack; 0: as
   * many as the point spread function's change with depth asks for. From 0 to 256, 1 when not set.
   */
  public static final Parameter.OfInteger DECONVOLVE_DEPTH_SLABS =
      new Parameter.OfInteger(3230, "deconvolve.depth_slabs");

  /**
   * Strength of the smoothing; 0 leaves the image as it is. From 0 to 100 standard deviations of the noise, 1 when
   * not set.
   */
  public static final Parameter.OfNumber DENOISE_STRENGTH =
      new Parameter.OfNumber(3400, "denoise.strength");

  /** Gain of the camera; estimated from each image when not set. From 0 to 1000000000 intensity per photon. */
  public static final Parameter.OfNumber DENOISE_GAIN =
      new Parameter.OfNumber(3401, "denoise.gain");

  /** Intensity without light; estimated from each image when not set. From -1000000000 to 1000000000 intensity. */
  public static final Parameter.OfNumber DENOISE_OFFSET =
      new Parameter.OfNumber(3402, "denoise.offset");

  /** Standard deviation without light; estimated from each image when not set. From 0 to 1000000000 intensity. */
  public static final Parameter.OfNumber DENOISE_READ_NOISE =
      new Parameter.OfNumber(3403, "denoise.read_noise");

  /** How the noise is smoothed away. "patches" when not set. */
  public static final Parameter.OfChoice<DenoiseMethod> DENOISE_METHOD =
      new Parameter.OfChoice<>(3404, "denoise.method", DenoiseMethod.class);

  /** Axes of a plain ONNX network's image, slowest first, letters of btczyx, e.g. bcyx; else they are guessed. */
  public static final Parameter.OfText MODEL_AXES =
      new Parameter.OfText(3500, "model.axes");

  /**
   * How intensities become network values. A package that normalises by statistics of its own keeps to them, unless
   * this is none. "package" when not set.
   */
  public static final Parameter.OfChoice<ModelNormalisation> MODEL_NORMALISATION =
      new Parameter.OfChoice<>(3501, "model.normalisation", ModelNormalisation.class);

  /** Percentile of the image that becomes model.range_low. From 0 to 100 %, 1 when not set. */
  public static final Parameter.OfNumber MODEL_LOW_PERCENTILE =
      new Parameter.OfNumber(3502, "model.low_percentile");

  /** Percentile of the image that becomes model.range_high. From 0 to 100 %, 99.8 when not set. */
  public static final Parameter.OfNumber MODEL_HIGH_PERCENTILE =
      new Parameter.OfNumber(3503, "model.high_percentile");

  /**
   * Where the normalisation is fixed: the intensity that is 0 to the network, e.g. the camera's offset. From
   * -1000000000 to 1000000000 intensity, 0 when not set.
   */
  public static final Parameter.OfNumber MODEL_OFFSET =
      new Parameter.OfNumber(3504, "model.offset");

  /**
   * Where the normalisation is fixed: intensities that are 1 to the network, e.g. 65535 for 16-bit images. From
   * 0.000000001 to 1000000000 intensity, 1 when not set.
   */
  public static final Parameter.OfNumber MODEL_GAIN =
      new Parameter.OfNumber(3505, "model.gain");

  /** Network value of the low percentile. From -1000000000 to 1000000000, 0 when not set. */
  public static final Parameter.OfNumber MODEL_RANGE_LOW =
      new Parameter.OfNumber(3506, "model.range_low");

  /**
   * Network value of the high percentile, e.g. 255 for networks of 8-bit images. From -1000000000 to 1000000000, 1
   * when not set.
   */
  public static final Parameter.OfNumber MODEL_RANGE_HIGH =
      new Parameter.OfNumber(3507, "model.range_high");

  /** Units of the result. "auto" when not set. */
  public static final Parameter.OfChoice<ModelIntensities> MODEL_INTENSITIES =
      new Parameter.OfChoice<>(3508, "model.intensities", ModelIntensities.class);

  /** Size of the result. "full" when not set. */
  public static final Parameter.OfChoice<ModelExtent> MODEL_EXTENT =
      new Parameter.OfChoice<>(3509, "model.extent", ModelExtent.class);

  /**
   * Index of the output that is the result, from 0; -1 takes all, one after the other along the channels. From -1 to
   * 15, 0 when not set.
   */
  public static final Parameter.OfInteger MODEL_OUTPUT =
      new Parameter.OfInteger(3510, "model.output");

  /**
   * Value of the network's other inputs, e.g. a noise level, in the network's units. From -1000000000 to 1000000000,
   * 0 when not set.
   */
  public static final Parameter.OfNumber MODEL_VALUE =
      new Parameter.OfNumber(3511, "model.value");

  /** Channels of the image for a network of several channels. "exact" when not set. */
  public static final Parameter.OfChoice<ModelChannels> MODEL_CHANNELS =
      new Parameter.OfChoice<>(3512, "model.channels", ModelChannels.class);

  /**
   * Context around a tile; -1 takes the network's receptive field, which is exact. From -1 to 65535 px, -1 when not
   * set.
   */
  public static final Parameter.OfInteger MODEL_HALO_PX =
      new Parameter.OfInteger(3513, "model.halo_px");

  /**
   * Longest side of a tile; 0 takes the largest that the memory cap allows. From 0 to 1048576 px, 0 when not set.
   */
  public static final Parameter.OfInteger MODEL_TILE_PX =
      new Parameter.OfInteger(3514, "model.tile_px");

  /**
   * Whether the result of tiles is compared with that of the image as a whole, or with an estimate of it where that
   * does not fit, to state how far they are apart. "auto" when not set.
   */
  public static final Parameter.OfChoice<ModelSeamCheck> MODEL_SEAM_CHECK =
      new Parameter.OfChoice<>(3515, "model.seam_check", ModelSeamCheck.class);

  /**
   * Images whose percentiles, means and deviations normalise. With first and series the brightness of a series stays
   * comparable and does not flicker. For series an execute reads all time points once more before (twice for
   * percentiles) and runs the steps before the network again. Each channel has its own statistics. "image" when not
   * set.
   */
  public static final Parameter.OfChoice<ModelStatistics> MODEL_STATISTICS =
      new Parameter.OfChoice<>(3516, "model.statistics", ModelStatistics.class);

  /**
   * Above 0, a probe on images of texture finds the least context around a tile that changes the result by no more
   * than this share of its range, before the first commit (some runs on the CPU); tiles are then not exact, and the
   * report has their seam certificate. 0 takes the receptive field, as does model.halo_px where it is set. From 0 to
   * 0.1, 0 when not set.
   */
  public static final Parameter.OfNumber MODEL_HALO_TOLERANCE =
      new Parameter.OfNumber(3517, "model.halo_tolerance");

  /**
   * Multiple that the extents of the network's image must be of, along all its axes; 0 finds it in the network. From
   * 0 to 4096 px, 0 when not set.
   */
  public static final Parameter.OfInteger MODEL_MULTIPLE_PX =
      new Parameter.OfInteger(3518, "model.multiple_px");

  /** What the result holds, and so in which units it comes. "auto" when not set. */
  public static final Parameter.OfChoice<ModelOutputKind> MODEL_OUTPUT_KIND =
      new Parameter.OfChoice<>(3519, "model.output_kind", ModelOutputKind.class);

  /**
   * Names of the network's inputs that the image's channels go to, in order, with commas between them; each takes as
   * many channels as it reads. When not set, the first input that is an image takes all, and the others are filled
   * with model.value.
   */
  public static final Parameter.OfText MODEL_INPUTS =
      new Parameter.OfText(3521, "model.inputs");

  /**
   * What a recurrent network remembers, as input=output with commas between several: names of its inputs that are
   * zeros at the first time point of a series, and then what the output gave for the point before. A series is what
   * an execute reads; the image must go through in one tile.
   */
  public static final Parameter.OfText MODEL_STATES =
      new Parameter.OfText(3522, "model.states");

  /**
   * Time points that the network reads together, where its time axis leaves that open or its channels are time
   * points; 0 takes what the network states. A series is gone through point by point, each in the middle of those
   * that are read. At its ends these are reflected where the network gives one time point for all that it reads, and
   * the nearest inside the series where it gives as many. From 0 to 1024 time points, 0 when not set.
   */
  public static final Parameter.OfInteger MODEL_FRAMES =
      new Parameter.OfInteger(3520, "model.frames");

  /**
   * Gain and offset that fit intensities to the target. With fit a plan of several images (time points, channels)
   * runs the steps before on all of them once more, to see the highest sample. "fit" when not set.
   */
  public static final Parameter.OfChoice<OutputMode> OUTPUT_MODE =
      new Parameter.OfChoice<>(3600, "output.mode", OutputMode.class);

  /** Factor of every sample; with fit the largest. From 0.000000000001 to 1000000000000, 1 when not set. */
  public static final Parameter.OfNumber OUTPUT_GAIN =
      new Parameter.OfNumber(3601, "output.gain");

  /**
   * Number that a sample of 0 becomes; with range that of output.low. From -1000000000 to 1000000000, 0 when not set.
   */
  public static final Parameter.OfNumber OUTPUT_OFFSET =
      new Parameter.OfNumber(3602, "output.offset");

  /**
   * Number that no sample may pass with fit, and that output.high becomes with range: 255 for a target of 8 bits.
   * From -1000000000 to 1000000000, 65535 when not set.
   */
  public static final Parameter.OfNumber OUTPUT_HIGHEST =
      new Parameter.OfNumber(3603, "output.highest");

  /** Intensity that becomes output.offset with range. From -1000000000 to 1000000000 intensity, 0 when not set. */
  public static final Parameter.OfNumber OUTPUT_LOW =
      new Parameter.OfNumber(3604, "output.low");

  /** Intensity that becomes output.highest with range. From -1000000000 to 1000000000 intensity. */
  public static final Parameter.OfNumber OUTPUT_HIGH =
      new Parameter.OfNumber(3605, "output.high");

  /** What the filter does. "gaussian" when not set. */
  public static final Parameter.OfChoice<FilterKind> FILTER_KIND =
      new Parameter.OfChoice<>(3700, "filter.kind", FilterKind.class);

  /** Standard deviation of a Gaussian along y and x; 0 leaves these alone. From 0 to 1000 px, 1 when not set. */
  public static final Parameter.OfNumber FILTER_SIGMA_PX =
      new Parameter.OfNumber(3701, "filter.sigma_px");

  /**
   * Standard deviation of a Gaussian along z; 0 filters each plane by itself. From 0 to 1000 planes, 0 when not set.
   */
  public static final Parameter.OfNumber FILTER_SIGMA_PLANES =
      new Parameter.OfNumber(3702, "filter.sigma_planes");

  /**
   * How many times as wide the second Gaussian of a difference is as the first. From 1.01 to 100, 1.6 when not set.
   */
  public static final Parameter.OfNumber FILTER_RATIO =
      new Parameter.OfNumber(3703, "filter.ratio");

  /**
   * How much of what a Gaussian takes away unsharp masking adds. The weight w of ImageJ's is an amount of w / (1 -
   * w). From 0 to 100, 1 when not set.
   */
  public static final Parameter.OfNumber FILTER_AMOUNT =
      new Parameter.OfNumber(3704, "filter.amount");

  /**
   * Radius of the disc of a median or a top-hat: samples up to that far from the middle along y and x, 1 at least.
   * From 0 to 500 px, 2 when not set.
   */
  public static final Parameter.OfNumber FILTER_RADIUS_PX =
      new Parameter.OfNumber(3705, "filter.radius_px");

  /**
   * Radius of the same along z, which makes it an ellipsoid; below 1 each plane is filtered by itself. From 0 to 100
   * planes, 0 when not set.
   */
  public static final Parameter.OfNumber FILTER_RADIUS_PLANES =
      new Parameter.OfNumber(3706, "filter.radius_planes");

  /**
   * Side of the tiles of clahe along y and x, 8 at least; 0 takes an eighth of the image along each. From 0 to 65535
   * px, 0 when not set.
   */
  public static final Parameter.OfInteger FILTER_TILE_PX =
      new Parameter.OfInteger(3707, "filter.tile_px");

  /**
   * Extent of the tiles of clahe along z; 1 equalises each plane by itself. From 1 to 65535 planes, 1 when not set.
   */
  public static final Parameter.OfInteger FILTER_TILE_PLANES =
      new Parameter.OfInteger(3708, "filter.tile_planes");

  /**
   * Most of a tile's samples that one of the 256 bins of its histogram may have with clahe, as a share: the lower,
   * the less contrast and noise; 0: no limit. From 0 to 1, 0.01 when not set.
   */
  public static final Parameter.OfNumber FILTER_CLIP_LIMIT =
      new Parameter.OfNumber(3709, "filter.clip_limit");

  /**
   * Length of the shortest waves that band_pass keeps, with half of their power; 0: no end. From 0 to 100000 px, 3
   * when not set.
   */
  public static final Parameter.OfNumber FILTER_SHORTEST_PX =
      new Parameter.OfNumber(3710, "filter.shortest_px");

  /**
   * Length of the longest waves that band_pass keeps, with half of their power; 0: no end, and the mean stays. From 0
   * to 100000 px, 40 when not set.
   */
  public static final Parameter.OfNumber FILTER_LONGEST_PX =
      new Parameter.OfNumber(3711, "filter.longest_px");

  /** Axis that the stripes run along which stripes takes away. "x" when not set. */
  public static final Parameter.OfChoice<FilterAlong> FILTER_ALONG =
      new Parameter.OfChoice<>(3712, "filter.along", FilterAlong.class);

  /** Across stripes: waves that are longer are no stripes. From 2 to 100000 px, 16 when not set. */
  public static final Parameter.OfNumber FILTER_WIDTH_PX =
      new Parameter.OfNumber(3713, "filter.width_px");

  /** Along stripes: waves that are shorter are no stripes. From 2 to 100000 px, 200 when not set. */
  public static final Parameter.OfNumber FILTER_LENGTH_PX =
      new Parameter.OfNumber(3714, "filter.length_px");

  /**
   * Full width at half maximum of the sharpest point that light makes in the image; what is sharper, beyond all
   * noise, is none. The wider, the weaker hot pixels are found. From 1 to 4 px, 1.3 when not set.
   */
  public static final Parameter.OfNumber HOT_PIXELS_FWHM_PX =
      new Parameter.OfNumber(3800, "hot_pixels.fwhm_px");

  /**
   * Most hot pixels of each image whose places the report has; all are counted and replaced. From 0 to 100000, 100
   * when not set.
   */
  public static final Parameter.OfInteger HOT_PIXELS_LISTED =
      new Parameter.OfInteger(3801, "hot_pixels.listed");

  /** What becomes of samples that are put into one. "mean" when not set. */
  public static final Parameter.OfChoice<BinKind> BIN_KIND =
      new Parameter.OfChoice<>(3900, "bin.kind", BinKind.class);

  /**
   * Samples along y and along x that are put into one; what is left over at the end of an axis is left out. From 1 to
   * 1024 px, 2 when not set.
   */
  public static final Parameter.OfInteger BIN_PX =
      new Parameter.OfInteger(3901, "bin.px");

  /** Planes that are put into one; 0 takes all of them, a projection. From 0 to 65535 planes, 1 when not set. */
  public static final Parameter.OfInteger BIN_PLANES =
      new Parameter.OfInteger(3902, "bin.planes");

  /** Units of the result. "photons" when not set. */
  public static final Parameter.OfChoice<CameraResult> CAMERA_RESULT =
      new Parameter.OfChoice<>(3930, "camera.result", CameraResult.class);

  /**
   * Source of the field that samples are divided by. The dark frame, a map or plan.camera_offset, is taken off first.
   * "map" when not set.
   */
  public static final Parameter.OfChoice<FlatFieldMode> FLAT_FIELD_MODE =
      new Parameter.OfChoice<>(3940, "flat_field.mode", FlatFieldMode.class);

  /** Degree of the polynomial in y and x that a field of mode series is. From 0 to 8, 6 when not set. */
  public static final Parameter.OfInteger FLAT_FIELD_DEGREE =
      new Parameter.OfInteger(3941, "flat_field.degree");

  /**
   * How time points get the brightness of the first. An execute reads all of them once more before, and runs the
   * steps before this one again. "ratio" when not set.
   */
  public static final Parameter.OfChoice<BleachMode> BLEACH_MODE =
      new Parameter.OfChoice<>(3950, "bleach.mode", BleachMode.class);

  /**
   * Level without light, which does not bleach and stays; plan.camera_offset as it is at the step, else 0, when not
   * set. From -1000000000 to 1000000000 intensity.
   */
  public static final Parameter.OfNumber BLEACH_BACKGROUND =
      new Parameter.OfNumber(3951, "bleach.background");

  /** How many pixels of the result a pixel is along y and along x. From 1 to 8, 2 when not set. */
  public static final Parameter.OfInteger REASSIGN_MAGNIFICATION =
      new Parameter.OfInteger(4200, "reassign.magnification");

  /** Full width at half maximum of a point in the image. From 1 to 50 px, 3 when not set. */
  public static final Parameter.OfNumber REASSIGN_FWHM_PX =
      new Parameter.OfNumber(4201, "reassign.fwhm_px");

  /**
   * How much of the way to the middle of a point its light moves: at 0.5 points are half as wide. From 0 to 1, 0.5
   * when not set.
   */
  public static final Parameter.OfNumber REASSIGN_GAIN =
      new Parameter.OfNumber(4202, "reassign.gain");

  /**
   * What is wider than a disc of that radius is background and stays in its place. From 1 to 500 px, 12 when not set.
   */
  public static final Parameter.OfNumber REASSIGN_RADIUS_PX =
      new Parameter.OfNumber(4203, "reassign.radius_px");

  /** How many pixels of the result a pixel is along y and along x. From 1 to 8, 2 when not set. */
  public static final Parameter.OfInteger ESRRF_MAGNIFICATION =
      new Parameter.OfInteger(4300, "esrrf.magnification");

  /**
   * Full width at half maximum of the Gaussian by which slopes around a pixel count, up to 2 of its standard
   * deviations and 1 pixel: about that of a point in the image. From 0.5 to 20 px, 3 when not set.
   */
  public static final Parameter.OfNumber ESRRF_FWHM_PX =
      new Parameter.OfNumber(4301, "esrrf.fwhm_px");

  /** The power of the convergence: the larger, the narrower and the less even. From 0 to 10, 1 when not set. */
  public static final Parameter.OfNumber ESRRF_SENSITIVITY =
      new Parameter.OfNumber(4302, "esrrf.sensitivity");

  /**
   * Time points around each that make its result; at the ends of a series the first and the last so many. From 1 to
   * 1024 time points, 1 when not set.
   */
  public static final Parameter.OfInteger ESRRF_FRAMES =
      new Parameter.OfInteger(4303, "esrrf.frames");

  /** What is made of them. "mean" when not set. */
  public static final Parameter.OfChoice<EsrrfOver> ESRRF_OVER =
      new Parameter.OfChoice<>(4304, "esrrf.over", EsrrfOver.class);

  /** Samples of the result for one of the image along y and along x. From 0.01 to 64, 1 when not set. */
  public static final Parameter.OfNumber RESAMPLE_FACTOR_PX =
      new Parameter.OfNumber(4400, "resample.factor_px");

  /** Planes of the result for one of the image. From 0.01 to 64, 1 when not set. */
  public static final Parameter.OfNumber RESAMPLE_FACTOR_PLANES =
      new Parameter.OfNumber(4401, "resample.factor_planes");

  /**
   * Distance between neighbouring pixels of the image: with resample.step_nm planes come as far apart as pixels of
   * the result are. From 1 to 100000 nm.
   */
  public static final Parameter.OfNumber RESAMPLE_PIXEL_NM =
      new Parameter.OfNumber(4402, "resample.pixel_nm");

  /** Distance between neighbouring planes of the image. From 1 to 100000 nm. */
  public static final Parameter.OfNumber RESAMPLE_STEP_NM =
      new Parameter.OfNumber(4403, "resample.step_nm");

  /** What runs between samples. "cubic" when not set. */
  public static final Parameter.OfChoice<ResampleBetween> RESAMPLE_BETWEEN =
      new Parameter.OfChoice<>(4404, "resample.between", ResampleBetween.class);

  /** Least src_bytes for abbe_plan_execute(). In bytes. */
  public static final Parameter.IntegerFact PLAN_INPUT_BYTES =
      new Parameter.IntegerFact(4000, "plan.input_bytes");

  /** Least dst_bytes for abbe_plan_execute(). In bytes. */
  public static final Parameter.IntegerFact PLAN_OUTPUT_BYTES =
      new Parameter.IntegerFact(4001, "plan.output_bytes");

  /** Memory that the plan holds between executes; known before commit. In bytes. */
  public static final Parameter.IntegerFact PLAN_WORKSPACE_BYTES =
      new Parameter.IntegerFact(4002, "plan.workspace_bytes");

  /** How much of the execute or commit now running is done, 0 to 1; afterwards, how far the last execute came. */
  public static final Parameter.NumberFact PLAN_PROGRESS =
      new Parameter.NumberFact(4003, "plan.progress");

  /**
   * Samples of the last execute that did not fit the target's type: below or above what it holds, or NaN; 0 before
   * the first. In samples.
   */
  public static final Parameter.IntegerFact PLAN_CLIPPED =
      new Parameter.IntegerFact(4004, "plan.clipped");

  /**
   * Factor that the step output took in the last execute, 1 without one: intensities of the result are (sample -
   * plan.output_offset) / plan.output_gain.
   */
  public static final Parameter.NumberFact PLAN_OUTPUT_GAIN =
      new Parameter.NumberFact(4005, "plan.output_gain");

  /** Number that the step output added in the last execute, 0 without one. */
  public static final Parameter.NumberFact PLAN_OUTPUT_OFFSET =
      new Parameter.NumberFact(4006, "plan.output_offset");

  /**
   * Intensity per photon of the raw image; that of the plan given, else found in it when not set. From 0.000000001 to
   * 1000000000 intensity per photon.
   */
  public static final Parameter.OfNumber ASSESS_GAIN =
      new Parameter.OfNumber(6000, "assess.gain");

  /**
   * Intensity of the raw image without light; that of the plan given, else found in it when not set. From -1000000000
   * to 1000000000 intensity.
   */
  public static final Parameter.OfNumber ASSESS_OFFSET =
      new Parameter.OfNumber(6001, "assess.offset");

  /**
   * Standard deviation of the raw image's samples without light; that of the plan given, else found in it when not
   * set. From 0 to 1000000000 intensity.
   */
  public static final Parameter.OfNumber ASSESS_READ_NOISE =
      new Parameter.OfNumber(6002, "assess.read_noise");

  /**
   * Correlation of the noise of neighbours along y and x, as interpolation and some detectors leave it; that of the
   * plan given, else found in the raw image when not set. From 0 to 0.7.
   */
  public static final Parameter.OfNumber ASSESS_CORRELATION =
      new Parameter.OfNumber(6012, "assess.correlation");

  /** Meaning of NaN in the images; to be set before they are given. "refuse" when not set. */
  public static final Parameter.OfChoice<AssessNotANumber> ASSESS_NOT_A_NUMBER =
      new Parameter.OfChoice<>(6011, "assess.not_a_number", AssessNotANumber.class);

  /**
   * 1 brings the result to the grid of the raw image and the reference to that of the result, where their extents
   * differ, up to eightfold, or they are displaced by up to 2 samples; 0 takes images of equal extents as they lie.
   * What was found is said in either case. Off (0) when not set.
   */
  public static final Parameter.OfSwitch ASSESS_ALIGN =
      new Parameter.OfSwitch(6013, "assess.align");

  /**
   * Distance between neighbouring pixels along x and y; that of the point spread function when not set. Without
   * either, resolutions are in pixels only. From 1 to 100000 nm.
   */
  public static final Parameter.OfNumber ASSESS_PIXEL_NM =
      new Parameter.OfNumber(6003, "assess.pixel_nm");

  /**
   * Distance between neighbouring planes; that of the point spread function when not set. Without either, planes are
   * a pixel apart. From 1 to 100000 nm.
   */
  public static final Parameter.OfNumber ASSESS_STEP_NM =
      new Parameter.OfNumber(6004, "assess.step_nm");

  /**
   * How often the photons of the raw image are split for its resolution; the deviation over the draws is given. From
   * 1 to 100, 5 when not set.
   */
  public static final Parameter.OfInteger ASSESS_DRAWS =
      new Parameter.OfInteger(6005, "assess.draws");

  /**
   * How often the photons are split and the plan is run on both halves; the map of the spread needs several. From 1
   * to 100, 1 when not set.
   */
  public static final Parameter.OfInteger ASSESS_SPLITS =
      new Parameter.OfInteger(6006, "assess.splits");

  /**
   * Time after which no further part is begun; the report's left_out names those. 0: none. From 0 to 1000000 s, 0
   * when not set.
   */
  public static final Parameter.OfNumber ASSESS_DEADLINE_S =
      new Parameter.OfNumber(6007, "assess.deadline_s");

  /**
   * Most memory that a run may take beside the images given and what a plan holds; 0: as much as there is. From 0 to
   * 9223372036854775807 bytes, 0 when not set.
   */
  public static final Parameter.OfInteger ASSESS_MEMORY_CAP_BYTES =
      new Parameter.OfInteger(6008, "assess.memory_cap_bytes");

  /** Memory that the last run took beside the images given and what a plan holds, all parts added. In bytes. */
  public static final Parameter.IntegerFact ASSESS_WORKSPACE_BYTES =
      new Parameter.IntegerFact(6009, "assess.workspace_bytes");

  /** Share of the run that is done, 0 to 1. */
  public static final Parameter.NumberFact ASSESS_PROGRESS =
      new Parameter.NumberFact(6010, "assess.progress");

  /** What becomes of a frame that finds no place. "latest" when not set. Experimental: it may change. */
  public static final Parameter.OfChoice<StreamMode> STREAM_MODE =
      new Parameter.OfChoice<>(7000, "stream.mode", StreamMode.class);

  /** Frames that can wait for their turn. From 1 to 65536 frames, 2 when not set. Experimental: it may change. */
  public static final Parameter.OfInteger STREAM_FRAMES =
      new Parameter.OfInteger(7001, "stream.frames");

  /**
   * Results that can wait for abbe_stream_take(). Of no effect where they go to a function. From 1 to 65536 images, 2
   * when not set. Experimental: it may change.
   */
  public static final Parameter.OfInteger STREAM_RESULTS =
      new Parameter.OfInteger(7002, "stream.results");

  /**
   * Frames that abbe_stream_slot() has memory for: those that wait, one in work, and those that the camera writes.
   * From 0 to 65536 frames, 0 when not set. Experimental: it may change.
   */
  public static final Parameter.OfInteger STREAM_SLOTS =
      new Parameter.OfInteger(7003, "stream.slots");

  /**
   * Time from submitting a frame to its result. The plan is chosen by it where there are several, and frames that are
   * older when their turn comes are dropped in the mode latest; 0: none. From 0 to 1000000 ms, 0 when not set.
   * Experimental: it may change.
   */
  public static final Parameter.OfNumber STREAM_DEADLINE_MS =
      new Parameter.OfNumber(7004, "stream.deadline_ms");

  /**
   * The plan that all frames run with, from 0 for the first; -1 chooses for each by the deadline, and takes the last
   * without one. From -1 to 63, -1 when not set. Experimental: it may change.
   */
  public static final Parameter.OfInteger STREAM_LEVEL =
      new Parameter.OfInteger(7005, "stream.level");

  /** How a network learns from an image without a clean one. "automatic" when not set. */
  public static final Parameter.OfChoice<LearnMethod> LEARN_METHOD =
      new Parameter.OfChoice<>(8000, "learn.method", LearnMethod.class);

  /**
   * Most steps of learning, each on 128 x 128 pixels or what there is of them; 0 leaves the network as it was. From 0
   * to 100000, 256 when not set.
   */
  public static final Parameter.OfInteger LEARN_STEPS =
      new Parameter.OfInteger(8001, "learn.steps");

  /**
   * Wall time after which learning ends with the best network until then; 0 for none. With one, results depend on the
   * speed of the machine. From 0 to 1000000 s, 0 when not set.
   */
  public static final Parameter.OfNumber LEARN_DEADLINE_S =
      new Parameter.OfNumber(8002, "learn.deadline_s");

  /**
   * Where random numbers begin: the same seed, image and parameters give the same network. From 0 to
   * 9223372036854775807, 0 when not set.
   */
  public static final Parameter.OfInteger LEARN_SEED =
      new Parameter.OfInteger(8003, "learn.seed");

  /**
   * Intensity per photon; found from the image when not set. From 0.000000001 to 1000000000 intensity per photon.
   */
  public static final Parameter.OfNumber LEARN_GAIN =
      new Parameter.OfNumber(8004, "learn.gain");

  /** Intensity without light; found from the image when not set. From -1000000000 to 1000000000 intensity. */
  public static final Parameter.OfNumber LEARN_OFFSET =
      new Parameter.OfNumber(8005, "learn.offset");

  /** Standard deviation without light; found from the image when not set. From 0 to 1000000000 intensity. */
  public static final Parameter.OfNumber LEARN_READ_NOISE =
      new Parameter.OfNumber(8006, "learn.read_noise");

  private Parameters() {}

  /** Device that networks run on. Values of {@link #CONTEXT_DEVICE}. */
  public enum ContextDevice implements Choice {
    /** CUDA where ONNX Runtime and the machine have it, else the CPU. */
    AUTO(0),
    /** The CPU. */
    CPU(1),
    /** An NVIDIA GPU through CUDA. */
    CUDA(2),
    /** An NVIDIA GPU through TensorRT. */
    TENSORRT(3);

    private final long value;

    ContextDevice(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What a sample of a point spread function is. Values of {@link #PSF_PIXEL}. */
  public enum PsfPixel implements Choice {
    /**
     * The mean over the area where a camera sees the light directly (widefield models, spinning disk, light sheet),
     * the point elsewhere.
     */
    AUTO(0),
    /** The value at the middle of the pixel. */
    POINT(1),
    /** The mean over the area of the pixel. */
    AREA(2);

    private final long value;

    PsfPixel(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What lies in the middle plane of a point spread function. Values of {@link #PSF_CENTRE}. */
  public enum PsfCentre implements Choice {
    /** The design focus at the coverslip; measured samples stay where they are. */
    NONE(0),
    /** The paraxial focus of the source; measured samples stay where they are. */
    NOMINAL(1),
    /** The highest intensity on the axis; of measured samples the peak. */
    BEST_FOCUS(2),
    /** The centroid of the intensity on the axis; of measured samples that of the point. */
    CENTROID(3);

    private final long value;

    PsfCentre(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Treatment of light beyond the critical angle of the sample. Values of {@link #PSF_BEYOND_CRITICAL}. */
  public enum PsfBeyondCritical implements Choice {
    /** The aperture is cut off at the critical angle. */
    TRUNCATED(0),
    /** Waves that decay with depth are kept. */
    EVANESCENT(1);

    private final long value;

    PsfBeyondCritical(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Theory of a point spread function. Values of {@link #PSF_WAVE}. */
  public enum PsfWave implements Choice {
    /** Scalar waves. */
    SCALAR(0),
    /** Vectorial waves, unpolarised emission. */
    VECTORIAL(1);

    private final long value;

    PsfWave(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Treatment of measured samples with faults. Values of {@link #PSF_POLICY}. */
  public enum PsfPolicy implements Choice {
    /** Any fault is an error that names it. */
    REFUSE(0),
    /** Faults are repaired where that is possible. */
    REPAIR(1),
    /** Samples are used as they are, but for negative ones, which become 0. */
    WARN(2);

    private final long value;

    PsfPolicy(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Content of measured samples. Values of {@link #PSF_SAMPLES_HOLD}. */
  public enum PsfSamplesHold implements Choice {
    /** One point spread function. */
    PSF(0),
    /** An image of one or more beads, which are found, centred and averaged. */
    BEADS(1);

    private final long value;

    PsfSamplesHold(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Meaning of NaN in the samples of an image. Values of {@link #PLAN_NOT_A_NUMBER}. */
  public enum PlanNotANumber implements Choice {
    /** A fault: the execute fails and says where the first is. */
    REFUSE(0),
    /** A sample that was not measured, as where abbe_plan_set_mask() says so. */
    NOT_MEASURED(1);

    private final long value;

    PlanNotANumber(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What becomes of samples that were not measured. Values of {@link #PLAN_NOT_MEASURED}. */
  public enum PlanNotMeasured implements Choice {
    /**
     * They get what the steps find there: the estimate of a deconvolution, else a value between their neighbours.
     */
    RESTORED(0),
    /** They stay as they are in the source. */
    UNTOUCHED(1);

    private final long value;

    PlanNotMeasured(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Source of the background that is subtracted. Values of {@link #BACKGROUND_MODE}. */
  public enum BackgroundMode implements Choice {
    /** The number background.value. */
    CONSTANT(0),
    /** The level of the darkest places of each image. */
    ESTIMATED(1),
    /** The number background.value where one is given, else estimated. */
    AUTOMATIC(2),
    /** The level that background.percent of the samples of each image are below. */
    PERCENTILE(3),
    /**
     * Where a ball of background.radius_px that rolls along below the samples touches them, each plane by itself
     * (Sternberg 1983).
     */
    ROLLING_BALL(4),
    /** The opening by a disc of background.radius_px, each plane by itself: whatever is wider than it. */
    TOP_HAT(5);

    private final long value;

    BackgroundMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Algorithm of a deconvolution. Values of {@link #DECONVOLVE_ALGORITHM}. */
  public enum DeconvolveAlgorithm implements Choice {
    /** Follows deconvolve.preset and the noise of the image. */
    AUTOMATIC(0),
    /** Richardson-Lucy; for results to be compared with other programs. */
    RICHARDSON_LUCY(1),
    /** Richardson-Lucy with the heavy ball's momentum: the same estimate in a third of the iterations. */
    HEAVY_BALL(2),
    /** Richardson-Lucy with a momentum that follows from the image; holds one volume more. */
    BIGGS_ANDREWS(3),
    /**
     * Richardson-Lucy with an unmatched back projector, bounded by deconvolve.tempering; the fastest way to a good
     * estimate.
     */
    TEMPERED(4),
    /** Richardson-Lucy with the Wiener-Butterworth back projector; results after two to four iterations. */
    WIENER_BUTTERWORTH(5),
    /** Richardson-Lucy with total variation; for noisy images of things with sharp edges. */
    TOTAL_VARIATION(6),
    /** Projected Landweber: least squares, for noise that is the same everywhere. */
    LANDWEBER(7),
    /** Image space reconstruction algorithm: least squares, for noise that is the same everywhere. */
    ISRA(8),
    /** Gold-Meinel ratios; for bright images nearly without noise and kernels that are centred. */
    GOLD_MEINEL(9),
    /** Wiener filter, in one step. */
    WIENER(10),
    /** Tikhonov filter, in one step. */
    TIKHONOV(11),
    /** Least squares with the least curvature, in one step. */
    REGULARISED_INVERSE(12),
    /** Also finds how much wider or narrower the point spread function is than the one given. */
    BLIND_RICHARDSON_LUCY(13),
    /**
     * Denoises the image first, with the network given to the step or else as the denoise step does, and ends by
     * photons held out of the raw image; the plain result where they prefer it.
     */
    HYBRID(14);

    private final long value;

    DeconvolveAlgorithm(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Effort of the automatic algorithm. Values of {@link #DECONVOLVE_PRESET}. */
  public enum DeconvolvePreset implements Choice {
    /** The same as quality. */
    AUTOMATIC(0),
    /** A quick look: few iterations, half the padding. */
    FAST(1),
    /** A good result in little time. */
    BALANCED(2),
    /** The best result. */
    QUALITY(3);

    private final long value;

    DeconvolvePreset(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Margin around the image from which light may come in. Values of {@link #DECONVOLVE_PADDING}. */
  public enum DeconvolvePadding implements Choice {
    /** Full, but half for the preset fast. */
    AUTOMATIC(0),
    /** The whole point spread function. */
    FULL(1),
    /** Half of it: less memory and time, a little worse at the border. */
    HALF(2),
    /** No margin: opposite borders of the image are neighbours. */
    NONE(3);

    private final long value;

    DeconvolvePadding(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What ends the iterations before deconvolve.iterations. Values of {@link #DECONVOLVE_STOP}. */
  public enum DeconvolveStop implements Choice {
    /** Discrepancy for the automatic algorithm, held_out for blind_richardson_lucy, change for the others. */
    AUTOMATIC(0),
    /** Nothing. */
    ITERATIONS(1),
    /** An iteration changes the estimate by less than deconvolve.stop_change. */
    CHANGE(2),
    /** Residuals are as small as the noise: their reduced chi-square is below deconvolve.stop_misfit. */
    DISCREPANCY(3),
    /**
     * One photon in eight, held out, becomes less likely: from then on noise would be learned. As many iterations are
     * then done of all photons.
     */
    HELD_OUT(4);

    private final long value;

    DeconvolveStop(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How the estimate and the transfer function are kept between passes. Values of {@link #DECONVOLVE_STORAGE}. */
  public enum DeconvolveStorage implements Choice {
    /** As 32-bit floating point. */
    SINGLE(0),
    /** In 16 bits each: less memory, results change by one to five thousandths in 30 iterations. */
    HALF(1);

    private final long value;

    DeconvolveStorage(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How far the iterations of the images of one plan go. Values of {@link #DECONVOLVE_COURSE}. */
  public enum DeconvolveCourse implements Choice {
    /** The time points of a channel as far as its first one with light, so that series do not flicker. */
    SERIES(0),
    /** Each as far as its own noise allows. */
    IMAGE(1),
    /** All channels and time points as far as the first image with light, so that their ratios can be compared. */
    FIRST(2);

    private final long value;

    DeconvolveCourse(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What the samples of an image are. Values of {@link #DECONVOLVE_CONTRAST}. */
  public enum DeconvolveContrast implements Choice {
    /**
     * Signed where more samples lie below 0 than noise around some light explains, absorption where most of a plane
     * is bright, else emission.
     */
    AUTOMATIC(0),
    /** Light of the specimen; samples below 0 count as 0. */
    EMISSION(1),
    /**
     * Light that the specimen lets through: the darkest places are part of it, and the automatic mode takes no
     * pedestal.
     */
    ABSORPTION(2),
    /** Values around 0 with noise that is the same everywhere, as after subtraction or of reconstructed images. */
    SIGNED(3);

    private final long value;

    DeconvolveContrast(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How the step denoise smooths. Values of {@link #DENOISE_METHOD}. */
  public enum DenoiseMethod implements Choice {
    /** By Bayesian estimates from similar patches, plane by plane; for noise that neighbours share, too. */
    PATCHES(0),
    /** By total variation, in volumes as a whole; for noise that is independent from sample to sample. */
    TOTAL_VARIATION(1),
    /**
     * By a small network that is built in, plane by plane, as raw images come; trained on simulated fluorescence
     * micrographs.
     */
    NETWORK(2),
    /**
     * By undecimated wavelets that keep what stands out of the noise, plane by plane; the fastest, for noise that
     * neighbours share, too.
     */
    WAVELETS(3);

    private final long value;

    DenoiseMethod(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How intensities become network values. Values of {@link #MODEL_NORMALISATION}. */
  public enum ModelNormalisation implements Choice {
    /** As the package says; for a plain network as they are. */
    PACKAGE(0),
    /** As they are, without the package's own steps. */
    NONE(1),
    /** model.low_percentile to model.high_percentile onto model.range_low to model.range_high. */
    PERCENTILE(2),
    /** To mean 0 and standard deviation 1. */
    MEAN_STD(3),
    /** (intensity - model.offset) / model.gain. */
    FIXED(4);

    private final long value;

    ModelNormalisation(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Units of a network's result. Values of {@link #MODEL_INTENSITIES}. */
  public enum ModelIntensities implements Choice {
    /**
     * Those of the image for images and uncertainties (model.output_kind), unless the package ends in a scale of its
     * own; else the network's.
     */
    AUTO(0),
    /** Those of the image, but for labels. */
    INPUT(1),
    /** Those of the network. */
    NETWORK(2);

    private final long value;

    ModelIntensities(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Size of a network's result. Values of {@link #MODEL_EXTENT}. */
  public enum ModelExtent implements Choice {
    /** The network's scale times the image, which is continued by reflection where the network shrinks it. */
    FULL(0),
    /** What the network gives for the image as it is. */
    NETWORK(1);

    private final long value;

    ModelExtent(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Channels of the image for a network of several channels. Values of {@link #MODEL_CHANNELS}. */
  public enum ModelChannels implements Choice {
    /** The image must have as many channels as the network reads. */
    EXACT(0),
    /** Each channel of the image is given to all channels of the network; the results are averaged. */
    REPEAT(1);

    private final long value;

    ModelChannels(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Whether the result of tiles is compared with that of the image as a whole, or with an estimate of it where that does not fit, to state how far they are apart. Values of {@link #MODEL_SEAM_CHECK}. */
  public enum ModelSeamCheck implements Choice {
    /** Where tiles cannot be exact. */
    AUTO(0),
    /** Never. */
    NEVER(1),
    /** Always. */
    ALWAYS(2);

    private final long value;

    ModelSeamCheck(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Images whose percentiles, means and deviations normalise. Values of {@link #MODEL_STATISTICS}. */
  public enum ModelStatistics implements Choice {
    /** Each image's own. */
    IMAGE(0),
    /** Those of the first image after a commit that gave a result, for all that follow. */
    FIRST(1),
    /** All time points of an execute together; the input must have an axis t. */
    SERIES(2);

    private final long value;

    ModelStatistics(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What a network's result holds. Values of {@link #MODEL_OUTPUT_KIND}. */
  public enum ModelOutputKind implements Choice {
    /** As the package says, or what the network's last operator and the names of its outputs show; else an image. */
    AUTO(0),
    /** Intensities, in the units that model.intensities chooses. */
    IMAGE(1),
    /** Widths of intensities, in the same units without an offset. */
    UNCERTAINTY(2),
    /** Numbers from 0 to 1, in the network's units. */
    PROBABILITY(3),
    /** Numbers of classes or objects, as they are; tiles are not blended. */
    LABELS(4),
    /** Anything else, in the network's units. */
    OTHER(5);

    private final long value;

    ModelOutputKind(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Gain and offset of the step output. Values of {@link #OUTPUT_MODE}. */
  public enum OutputMode implements Choice {
    /**
     * output.gain, or as much of it as the highest sample of all images of an execute leaves below output.highest;
     * plus output.offset.
     */
    FIT(0),
    /** output.gain, plus output.offset. */
    STATED(1),
    /** Such that output.low becomes output.offset, and output.high output.highest. */
    RANGE(2);

    private final long value;

    OutputMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What the step filter does. Values of {@link #FILTER_KIND}. */
  public enum FilterKind implements Choice {
    /** Blurs by a Gaussian of filter.sigma_px and filter.sigma_planes; sums of intensities stay. */
    GAUSSIAN(0),
    /**
     * Takes the median of the samples up to filter.radius_px and filter.radius_planes from each; not quantitative.
     */
    MEDIAN(1),
    /**
     * Takes a Gaussian filter.ratio times as wide from the one of kind gaussian: spots and edges of that size stand
     * out of 0; not quantitative.
     */
    DIFFERENCE_OF_GAUSSIANS(2),
    /** Unsharp masking: adds filter.amount times what a Gaussian takes away; not quantitative. */
    UNSHARP(3),
    /**
     * White top-hat: takes away whatever is wider than filter.radius_px and filter.radius_planes; not quantitative.
     */
    TOP_HAT(4),
    /**
     * Contrast-limited adaptive histogram equalisation in tiles of filter.tile_px and filter.tile_planes, within the
     * range of the image; not quantitative.
     */
    CLAHE(5),
    /**
     * Keeps waves from filter.shortest_px to filter.longest_px, plane by plane, in Fourier space; not quantitative.
     */
    BAND_PASS(6),
    /**
     * Takes stripes away that run along filter.along, plane by plane, in Fourier space; sums of intensities stay; not
     * quantitative.
     */
    STRIPES(7);

    private final long value;

    FilterKind(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Axis that stripes run along. Values of {@link #FILTER_ALONG}. */
  public enum FilterAlong implements Choice {
    /** Along x, each in rows. */
    X(0),
    /** Along y, each in columns. */
    Y(1);

    private final long value;

    FilterAlong(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What the step bin makes of neighbouring samples. Values of {@link #BIN_KIND}. */
  public enum BinKind implements Choice {
    /** Their mean. */
    MEAN(0),
    /** Their sum, as a camera with larger pixels sees it. */
    SUM(1),
    /** The highest; not quantitative. */
    MAX(2);

    private final long value;

    BinKind(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Units of what the step camera gives. Values of {@link #CAMERA_RESULT}. */
  public enum CameraResult implements Choice {
    /** Photons: 0 without light. */
    PHOTONS(0),
    /** Intensities of a camera whose pixels all have the mean gain and offset of the maps. */
    INTENSITY(1);

    private final long value;

    CameraResult(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Source of the field that the step flat_field takes out. Values of {@link #FLAT_FIELD_MODE}. */
  public enum FlatFieldMode implements Choice {
    /** The map ABBE_SENSOR_MAP_FLAT, less the dark frame. */
    MAP(0),
    /**
     * All frames of an execute, planes and time points, 8 or more for each channel: what is smooth and the same in
     * all of them.
     */
    SERIES(1);

    private final long value;

    FlatFieldMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How the step bleach brings time points to the brightness of the first. Values of {@link #BLEACH_MODE}. */
  public enum BleachMode implements Choice {
    /** Each is multiplied such that its mean is that of the first. */
    RATIO(0),
    /**
     * By the ratio of an exponential, with or without a level, that is fitted to all means: what the specimen does
     * stays.
     */
    EXPONENTIAL(1),
    /** Each sample gets the intensity of its rank in the first; not quantitative. */
    HISTOGRAM(2);

    private final long value;

    BleachMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What the step esrrf makes of several time points. Values of {@link #ESRRF_OVER}. */
  public enum EsrrfOver implements Choice {
    /** Their mean. */
    MEAN(0),
    /** Their variance: things that blink stand out. */
    VARIANCE(1),
    /** The covariance of each with the next, which leaves noise out. */
    COVARIANCE(2);

    private final long value;

    EsrrfOver(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What runs between samples in the step resample. Values of {@link #RESAMPLE_BETWEEN}. */
  public enum ResampleBetween implements Choice {
    /** A cubic spline, which keeps more detail, and may pass what lies around it. */
    CUBIC(0),
    /** A straight line. */
    LINEAR(1);

    private final long value;

    ResampleBetween(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Meaning of NaN in the samples of an image. Values of {@link #ASSESS_NOT_A_NUMBER}. */
  public enum AssessNotANumber implements Choice {
    /** A fault: the execute fails and says where the first is. */
    REFUSE(0),
    /** A sample that was not measured, as where abbe_plan_set_mask() says so. */
    NOT_MEASURED(1);

    private final long value;

    AssessNotANumber(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** What becomes of a frame of a stream that finds no place. Values of {@link #STREAM_MODE}. */
  public enum StreamMode implements Choice {
    /** It is refused, and no frame is lost that was taken. */
    LOSSLESS(0),
    /** The oldest that waits is dropped for it, as is one that is older than the deadline when its turn comes. */
    LATEST(1);

    private final long value;

    StreamMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** How a network learns from one noisy image. Values of {@link #LEARN_METHOD}. */
  public enum LearnMethod implements Choice {
    /** photon_splitting; blind_spots where neighbours share noise along one axis. */
    AUTOMATIC(0),
    /**
     * The photons of every sample are shared out, and the network predicts one part from the other, by the camera
     * that is stated or found in the image.
     */
    PHOTON_SPLITTING(1),
    /**
     * The network predicts samples that were taken out of the image, with their neighbours along an axis along which
     * noise is shared.
     */
    BLIND_SPOTS(2);

    private final long value;

    LearnMethod(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }
}
