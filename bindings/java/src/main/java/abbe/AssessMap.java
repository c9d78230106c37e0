package abbe;

/** A map of an assessment, of the result's extents. */
public enum AssessMap {
  // <generated>
  /** Distance of the raw image from what the result, blurred, explains, in the raw image's units. */
  ERROR(1),
  /** The same with its sign, in standard deviations of the noise. */
  RESIDUAL(2),
  /** How much the patches around a sample contradict the raw image; above 1 is suspicious. */
  SUSPICION(3),
  /** Standard deviation of the result by the noise of the raw image; only of runs with a plan. */
  SPREAD(4);
  // </generated>

  final int number;

  AssessMap(int number) {
    this.number = number;
  }
}
