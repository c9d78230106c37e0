package abbe;

/** A number that compares an image with a reference. */
public enum Metric {
  // <generated>
  /** Peak signal-to-noise ratio in dB. */
  PSNR(1),
  /** The same, both less their means and the image multiplied by what makes it greatest. */
  SCALE_INVARIANT_PSNR(2),
  /** Structural similarity, Gaussian window of 11 x 11 samples, sigma 1.5, as Wang et al. 2004. */
  SSIM(3),
  /** Structural similarity, 7 x 7 samples of equal weight, as scikit-image by default. */
  SSIM_UNIFORM(4),
  /** MicroSSIM: structural similarity after backgrounds are taken away, with the scale that makes it greatest. */
  MICRO_SSIM(5),
  /** Root mean squared error over the root mean square of the reference. */
  NRMSE(6),
  /** Pearson's correlation, which SQUIRREL calls RSP. */
  RSP(7),
  /** Distance in pixels at which the Fourier ring or shell correlation falls below 1/7. */
  FRC_RESOLUTION(8);
  // </generated>

  private final int number;

  Metric(int number) {
    this.number = number;
  }

  /**
   * Compares an image with a reference that is true, or taken for true.
   *
   * @param context threads and log
   * @param samples the image, last axis fastest
   * @param reference as many samples
   * @param range of intensities that PSNR and SSIM are relative to; 0 takes the reference's greatest less its least sample
   * @param shape extents in samples: y, x or z, y, x
   * @return the number; infinity for the PSNR of equal images
   * @throws AbbeException {@link Status#ARGUMENT} for images too small for the number, constant where it is not defined then,
   *     or not finite
   */
  public double measure(Context context, float[] samples, float[] reference, double range, long... shape)
      throws AbbeException {
    double[] value = new double[1];
    AbbeException.check(
        Native.metricMeasure(context, context.handle(), number, samples, reference, shape, range, value));
    return value[0];
  }
}
