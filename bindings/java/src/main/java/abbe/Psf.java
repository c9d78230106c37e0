package abbe;

import java.nio.charset.StandardCharsets;

/** A point spread function: its kind and its optics, parameters {@code psf.*}. */
public final class Psf extends Configurable<Psf> {
  /** Shape of a point spread function. */
  public enum Kind {
    /** A Gaussian, its widths given or taken from the optics. */
    GAUSSIAN(1),
    /** Widefield, scalar, after Gibson and Lanni: coverslip, immersion, sample index and depth. */
    WIDEFIELD(2),
    /** Confocal: excitation times emission, the latter blurred by the pinhole. */
    CONFOCAL(3),
    /** Measured: samples given by {@link Psf#samples}. */
    MEASURED(4),
    /** Widefield, scalar and paraxial, without aberrations, after Born and Wolf. */
    BORN_WOLF(5),
    /** Widefield, vectorial, three layers, unpolarised emission. */
    VECTORIAL(6),
    /** Two-photon excitation. */
    TWO_PHOTON(7),
    /** Spinning disk: confocal with an array of pinholes. */
    SPINNING_DISK(8),
    /** Light sheet: widefield emission times a Gaussian sheet. */
    LIGHT_SHEET(9),
    /** Motion along a line in the plane. */
    MOTION(10);

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
}
