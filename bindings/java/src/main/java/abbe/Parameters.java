package abbe;

/** Every parameter and fact of libabbe. Generated from the library's own table; do not edit. */
public final class Parameters {
  /**
   * CPU threads of the context, the calling one included; 0 takes as many as the machine has. From 0 to 1024, 0
   * when not set.
   */
  public static final Parameter.OfInteger CONTEXT_THREADS =
      new Parameter.OfInteger(1000, "context.threads");

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
   * Share of the light that an automatic extent holds, unless a cap is reached first. From 0.5 to 0.999999, 0.99
   * when not set.
   */
  public static final Parameter.OfNumber PSF_ENERGY =
      new Parameter.OfNumber(2005, "psf.energy");

  /**
   * Whether a sample is the value at the pixel's middle or the mean over its area; auto takes the area where a
   * camera sees the light directly (widefield models), and the point elsewhere. "auto" when not set.
   */
  public static final Parameter.OfChoice<PsfPixel> PSF_PIXEL =
      new Parameter.OfChoice<>(2006, "psf.pixel", PsfPixel.class);

  /**
   * What lies in the middle plane: the design focus at the coverslip (none), the paraxial focus of the source, its
   * best focus, or its centroid. Measured samples are left in place by the first two and centred by the others.
   * "best_focus" when not set.
   */
  public static final Parameter.OfChoice<PsfCenter> PSF_CENTER =
      new Parameter.OfChoice<>(2007, "psf.center", PsfCenter.class);

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

  /** Length of the streak that motion draws. From 0 to 10000 px. */
  public static final Parameter.OfNumber PSF_MOTION_LENGTH_PX =
      new Parameter.OfNumber(2013, "psf.motion_length_px");

  /** Direction of motion, from +x (columns) towards +y (rows). From -360 to 360 degrees, 0 when not set. */
  public static final Parameter.OfNumber PSF_MOTION_ANGLE_DEG =
      new Parameter.OfNumber(2014, "psf.motion_angle_deg");

  /** Refractive index of the sample; the immersion index when not set. From 1 to 2. */
  public static final Parameter.OfNumber PSF_SAMPLE_INDEX =
      new Parameter.OfNumber(2015, "psf.sample_index");

  /** Depth of the source below the coverslip, in the sample. From 0 to 1000000 nm, 0 when not set. */
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
   * Refractive index of the immersion medium that the objective is made for; the immersion index when not set.
   * From 1 to 2.
   */
  public static final Parameter.OfNumber PSF_DESIGN_IMMERSION_INDEX =
      new Parameter.OfNumber(2021, "psf.design_immersion_index");

  /**
   * Thickness of the immersion layer that the objective is made for. From 1000 to 100000000 nm, 150000 when not
   * set.
   */
  public static final Parameter.OfNumber PSF_WORKING_DISTANCE_NM =
      new Parameter.OfNumber(2022, "psf.working_distance_nm");

  /**
   * What becomes of the aperture beyond the critical angle where the sample index is below the numerical aperture:
   * cut off, or kept as waves that decay with depth. "evanescent" when not set.
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
   * Distance between neighbouring pinholes of a spinning disk in pinhole diameters. From 1 to 1000 diameters, 5
   * when not set.
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
   * Most memory that the plan may hold; 0 is no cap. Tiles get smaller to fit. From 0 to 9.223372036854776E18
   * bytes, 0 when not set.
   */
  public static final Parameter.OfInteger PLAN_MEMORY_CAP_BYTES =
      new Parameter.OfInteger(3000, "plan.memory_cap_bytes");

  /** Whether the background is the number given or estimated from each image. "estimated" when not set. */
  public static final Parameter.OfChoice<BackgroundMode> BACKGROUND_MODE =
      new Parameter.OfChoice<>(3100, "background.mode", BackgroundMode.class);

  /**
   * What is subtracted where the mode is constant, in the image's units: camera offset and haze. From -1000000000
   * to 1000000000 intensity, 0 when not set.
   */
  public static final Parameter.OfNumber BACKGROUND_VALUE =
      new Parameter.OfNumber(3101, "background.value");

  /** Iterations at most. From 1 to 10000, 30 when not set. */
  public static final Parameter.OfInteger DECONVOLVE_ITERATIONS =
      new Parameter.OfInteger(3200, "deconvolve.iterations");

  /** Least src_bytes for abbe_plan_execute(). In bytes. */
  public static final Parameter.IntegerFact PLAN_INPUT_BYTES =
      new Parameter.IntegerFact(4000, "plan.input_bytes");

  /** Least dst_bytes for abbe_plan_execute(). In bytes. */
  public static final Parameter.IntegerFact PLAN_OUTPUT_BYTES =
      new Parameter.IntegerFact(4001, "plan.output_bytes");

  /** Memory that the plan holds between executes; known before commit. In bytes. */
  public static final Parameter.IntegerFact PLAN_WORKSPACE_BYTES =
      new Parameter.IntegerFact(4002, "plan.workspace_bytes");

  /** How much of the execute now running is done, 0 to 1. */
  public static final Parameter.NumberFact PLAN_PROGRESS =
      new Parameter.NumberFact(4003, "plan.progress");

  private Parameters() {}

  /** Values of {@link #PSF_PIXEL}. */
  public enum PsfPixel implements Choice {
    /** "auto". */
    AUTO(0),
    /** "point". */
    POINT(1),
    /** "area". */
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

  /** Values of {@link #PSF_CENTER}. */
  public enum PsfCenter implements Choice {
    /** "none". */
    NONE(0),
    /** "nominal". */
    NOMINAL(1),
    /** "best_focus". */
    BEST_FOCUS(2),
    /** "centroid". */
    CENTROID(3);

    private final long value;

    PsfCenter(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }

  /** Values of {@link #PSF_BEYOND_CRITICAL}. */
  public enum PsfBeyondCritical implements Choice {
    /** "truncated". */
    TRUNCATED(0),
    /** "evanescent". */
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

  /** Values of {@link #PSF_WAVE}. */
  public enum PsfWave implements Choice {
    /** "scalar". */
    SCALAR(0),
    /** "vectorial". */
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

  /** Values of {@link #BACKGROUND_MODE}. */
  public enum BackgroundMode implements Choice {
    /** "constant". */
    CONSTANT(0),
    /** "estimated". */
    ESTIMATED(1);

    private final long value;

    BackgroundMode(long value) {
      this.value = value;
    }

    @Override
    public long value() {
      return value;
    }
  }
}
