package abbe;

/** What a step of a plan does. */
public enum Step {
  // <generated>
  /** Subtracts a background, stated or estimated: parameters background.*. */
  BACKGROUND(1, "background"),
  /** Deconvolves with a point spread function: parameters deconvolve.*. */
  DECONVOLVE(2, "deconvolve"),
  /** Denoises without a network: parameters denoise.*. */
  DENOISE(3, "denoise"),
  /** Runs a network: parameters model.*. */
  MODEL(4, "model"),
  /** Fits intensities to the target, so that none is cut: parameters output.*. */
  OUTPUT(5, "output"),
  /** Everyday filters, Gaussian, median and others: parameters filter.*. */
  FILTER(6, "filter"),
  /** Replaces samples that stand out alone, as no light makes them: parameters hot_pixels.*. */
  HOT_PIXELS(7, "hot_pixels"),
  /** Puts neighbouring samples, or all planes, into one: parameters bin.*. */
  BIN(8, "bin"),
  /** Takes the camera's offset and gain, numbers or maps, out of the samples: parameters camera.*. */
  CAMERA(9, "camera"),
  /** Takes uneven light and sensitivity out, by a flat frame or by what a series shares: parameters flat_field.*. */
  FLAT_FIELD(10, "flat_field"),
  /** Takes bleaching out of a series: parameters bleach.*. */
  BLEACH(11, "bleach"),
  /** Deblurs by pixel reassignment, which moves light and keeps its sum: parameters reassign.*. */
  REASSIGN(20, "reassign"),
  /** Super-resolution by radial gradient convergence (eSRRF), of single images or series: parameters esrrf.*. */
  ESRRF(21, "esrrf"),
  /** Brings images onto another grid of samples, isotropic or by stated factors: parameters resample.*. */
  RESAMPLE(22, "resample");
  // </generated>

  final int number;
  private final String object;

  Step(int number, String object) {
    this.number = number;
    this.object = object;
  }

  /**
   * The first part of the names of its parameters.
   *
   * @return e.g. "deconvolve", see {@link ParameterInfo#object()}
   */
  public String object() {
    return object;
  }
}
