package abbe;

import java.nio.charset.StandardCharsets;
import java.util.function.DoubleConsumer;

/** A point spread function: its kind and its optics, parameters {@code psf.*}. */
public final class Psf extends Inspectable<Psf> {
  /** Shape of a point spread function. */
  public enum Kind {
    // <generated>
    /** A Gaussian; its widths are set, or follow from the optics. */
    GAUSSIAN(1),
    /** Widefield, scalar, after Gibson and Lanni: coverslip, immersion, sample index and depth. */
    WIDEFIELD(2),
    /** Laser scanning confocal: focused excitation times emission through a pinhole. */
    CONFOCAL(3),
    /** Samples given by abbe_psf_set_samples(). */
    MEASURED(4),
    /** Widefield, scalar and paraxial, without layers, after Born and Wolf. */
    BORN_WOLF(5),
    /** Widefield, vectorial, three layers, unpolarised emission. */
    VECTORIAL(6),
    /** Two-photon excitation: the squared intensity of focused light. */
    TWO_PHOTON(7),
    /** Spinning disk confocal: an array of pinholes with crosstalk between them. */
    SPINNING_DISK(8),
    /** Light sheet: widefield emission times a Gaussian sheet. */
    LIGHT_SHEET(9),
    /** Straight, even motion within the plane during the exposure. */
    MOTION(10);
    // </generated>

    final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /**
   * Makes a point spread function; set its optics next.
   *
   * @param context threads and log
   * @param kind its shape
   * @throws AbbeException {@link Status#UNSUPPORTED} when the loaded library lacks the kind
   */
  public Psf(Context context, Kind kind) throws AbbeException {
    super("point spread function", create(context, kind), Native::psfDestroy);
  }

  private static long create(Context context, Kind kind) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.psfCreate(context, context.handle(), kind.number, created));
    return created[0];
  }

  /**
   * Gives the samples of a {@link Kind#MEASURED} point spread function, or a motion kernel. Copied.
   *
   * @param samples as many as the extents' product, last axis fastest, in any unit
   * @param shape extents in samples: y, x or z, y, x
   * @return this
   * @throws AbbeException {@link Status#STATE} for another kind, {@link Status#ARGUMENT} for a wrong size
   */
  public Psf samples(float[] samples, long... shape) throws AbbeException {
    AbbeException.check(Native.psfSetSamples(this, handle(), samples, shape));
    return this;
  }

  /**
   * Fits this model to measured samples, beads or one point: {@link Parameters#PSF_FIT} names the parameters that are
   * found, from what they are set to.
   *
   * @param measured of {@link Kind#MEASURED}, its samples given
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a kind that cannot be fitted or samples without a point,
   *     {@link Status#STATE} when something is not set; nothing is changed then
   */
  public Psf fit(Psf measured) throws AbbeException {
    AbbeException.check(Native.psfFit(this, handle(), measured, measured.handle()));
    return this;
  }

  /**
   * Finds parameters of this optical model from an image of an unknown specimen; up to a minute.
   * {@link Parameters#PSF_FIT} names up to three, from what they are set to.
   *
   * @param image linear in the light, noise not removed, last axis fastest, on the voxels of the model
   * @param shape extents in samples: y, x or z, y, x
   * @return this
   * @throws AbbeException as {@link #estimate(DoubleConsumer, float[], long...)}
   */
  public Psf estimate(float[] image, long... shape) throws AbbeException {
    return estimate(fraction -> {}, image, shape);
  }

  /**
   * As {@link #estimate(float[], long...)}, and tells how far it is.
   *
   * @param progress told the share that is done, 0 to 1, on this thread, several times an iteration; what it throws
   *     stops the estimate, which throws the same
   * @param image as there
   * @param shape as there
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a kind without such parameters or an image without structure,
   *     {@link Status#STATE} when something is not set or another estimate of this object runs, {@link Status#CANCELLED}
   *     after {@link #cancel()} or when the thread is interrupted; nothing is changed then
   */
  public Psf estimate(DoubleConsumer progress, float[] image, long... shape) throws AbbeException {
    if (progress == null) {
      throw AbbeException.argument("progress is null; leave it out for none");
    }
    Watcher watcher = new Watcher(progress);
    watcher.check(Native.psfEstimate(this, handle(), watcher, image, shape));
    return this;
  }

  /** Asks the estimate that runs to stop; returns at once, on any thread. Without one, or closed, nothing happens. */
  public void cancel() {
    try {
      Native.psfCancel(this, handle());
    } catch (AbbeException closed) {
      // Nothing runs that could be stopped by this handle.
      return;
    }
  }

  /**
   * The extent that holds the light: {@code psf.energy} of it, odd along every axis.
   *
   * @param dimensions 2 for y, x (the plane in focus); 3 for z, y, x
   * @return extents in samples, as many as dimensions
   * @throws AbbeException {@link Status#STATE} when a parameter that it needs is not set
   */
  public long[] extent(int dimensions) throws AbbeException {
    long[] shape = new long[Math.max(dimensions, 0)];
    AbbeException.check(Native.psfExtent(this, handle(), shape));
    return shape;
  }

  /**
   * Computes the kernel: its sum is 1, its centre at index extent / 2 of every axis.
   *
   * @param shape extents in samples: y, x (the plane in focus) or z, y, x
   * @return the values, last axis fastest
   * @throws AbbeException {@link Status#STATE} when a parameter that it needs is not set, {@link Status#ARGUMENT} when
   *     parameters contradict each other
   */
  public float[] sample(long... shape) throws AbbeException {
    long product = 1;
    for (long extent : shape) {
      if (extent < 1 || product > Integer.MAX_VALUE / extent) {
        throw AbbeException.argument("shape is " + java.util.Arrays.toString(shape)
            + "; extents must be 1 or more and their product must fit into an array");
      }
      product *= extent;
    }
    float[] samples = new float[(int) product];
    AbbeException.check(Native.psfSample(this, handle(), samples, shape));
    return samples;
  }

  /**
   * Describes the kernel last computed by {@link #sample}.
   *
   * @return a JSON object: extent, share of the light outside it, sampling against Nyquist, findings
   * @throws AbbeException {@link Status#STATE} when none was computed since the last change
   */
  public String report() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.psfReport(this, handle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  @Override
  long integer(int id) throws AbbeException {
    long[] value = new long[1];
    AbbeException.check(Native.psfInteger(this, handle(), id, value));
    return value[0];
  }

  @Override
  double number(int id) throws AbbeException {
    double[] value = new double[1];
    AbbeException.check(Native.psfNumber(this, handle(), id, value));
    return value[0];
  }

  @Override
  Psf self() {
    return this;
  }

  @Override
  int setInteger(int id, long value) throws AbbeException {
    return Native.psfSetInteger(this, handle(), id, value);
  }

  @Override
  int setNumber(int id, double value) throws AbbeException {
    return Native.psfSetNumber(this, handle(), id, value);
  }

  @Override
  int setText(int id, byte[] value) throws AbbeException {
    return Native.psfSetText(this, handle(), id, value);
  }

  @Override
  int forget(int id) throws AbbeException {
    return Native.psfUnset(this, handle(), id);
  }
}
