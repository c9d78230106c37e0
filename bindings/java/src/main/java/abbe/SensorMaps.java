package abbe;

import java.nio.ByteBuffer;

/** Numbers of each pixel of a sensor, measured from frames without light and in even light. */
public final class SensorMaps {
  /** Intensity without light, packed (y, x). */
  public final float[] offset;

  /** Variance without light, in intensities squared. */
  public final float[] variance;

  /** Intensity per photon, 0 where a pixel is dead or there were no frames in light. */
  public final float[] gain;

  private SensorMaps(int pixels) {
    offset = new float[pixels];
    variance = new float[pixels];
    gain = new float[pixels];
  }

  /**
   * Measures maps, for {@link Plan#sensorMap}.
   *
   * @param context threads
   * @param dtype sample type of all frames
   * @param rows pixels along y
   * @param columns pixels along x
   * @param frames packed (frame, y, x), first those without light, then those of one level of light after the other; a direct
   *     buffer in the machine's byte order
   * @param darkFrames frames without light, 2 or more; hundreds for a useful variance
   * @param levels levels of light, 0 for none
   * @param flatFrames frames of each level, 2 or more
   * @return the maps
   * @throws AbbeException {@link Status#ARGUMENT} for less than two frames, a buffer that is too small or not direct, or no pixel
   *     that sees light
   */
  public static SensorMaps measure(Context context, Dtype dtype, int rows, int columns, ByteBuffer frames, long darkFrames,
      long levels, long flatFrames) throws AbbeException {
    SensorMaps maps = new SensorMaps(Math.max(rows, 0) * Math.max(columns, 0));
    int count = levels == 0 ? 2 : 3;
    float[] samples = new float[count * maps.offset.length];
    long[] shape = {count, rows, columns};
    AbbeException.check(Native.sensorMeasure(context, context.handle(), dtype.number, frames, darkFrames, levels, flatFrames,
        shape, samples));
    float[][] targets = {maps.offset, maps.variance, maps.gain};
    for (int at = 0; at < count; at++) {
      System.arraycopy(samples, at * maps.offset.length, targets[at], 0, maps.offset.length);
    }
    return maps;
  }
}
