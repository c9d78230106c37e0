package abbe;

/** What a step of a plan does. */
public enum Step {
  /** Subtracts a background, given or estimated: parameters {@code background.*}. */
  BACKGROUND(1, "background"),
  /** Deconvolves with a point spread function: parameters {@code deconvolve.*}. */
  DECONVOLVE(2, "deconvolve"),
  /** Denoises without a network: parameters {@code denoise.*}. */
  DENOISE(3, "denoise"),
  /** Runs a network: parameters {@code model.*}. */
  MODEL(4, "model");

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
