package abbe;

/** What a map of a sensor's pixels holds. */
public enum SensorMap {
  // <generated>
  /** Intensity without light: the mean of dark frames. */
  OFFSET(1),
  /** Intensity per photon, 0 where a pixel is dead. */
  GAIN(2),
  /** Variance without light, in intensities squared: that of dark frames. */
  VARIANCE(3),
  /** Intensity in even light: the mean of flat frames. */
  FLAT(4);
  // </generated>

  final int number;

  SensorMap(int number) {
    this.number = number;
  }
}
