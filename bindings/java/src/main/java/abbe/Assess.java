package abbe;

import java.nio.charset.StandardCharsets;
import java.util.function.DoubleConsumer;

/** How far a result can be believed: a raw image, what was made of it, and what is known of both; parameters {@code assess.*}. */
public final class Assess extends Configurable<Assess> {
  /**
   * Makes an assessment; give it its images next.
   *
   * @param context threads and log
   * @throws AbbeException when there is no memory for it
   */
  public Assess(Context context) throws AbbeException {
    super("assessment", create(context), Native::assessDestroy);
  }

  private static long create(Context context) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.assessCreate(context, context.handle(), created));
    return created[0];
  }

  /**
   * Gives an image. Copied.
   *
   * @param image what it is
   * @param samples last axis fastest
   * @param shape extents in samples: y, x or z, y, x
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a wrong size, or samples that are not finite
   */
  public Assess image(AssessImage image, float[] samples, long... shape) throws AbbeException {
    AbbeException.check(Native.assessSetImage(this, handle(), image.number, samples, shape));
    return this;
  }

  /**
   * Gives the point spread function whose blur the result is without.
   *
   * @param psf null takes it away
   * @return this
   * @throws AbbeException when it is closed
   */
  public Assess psf(Psf psf) throws AbbeException {
    AbbeException.check(Native.assessSetPsf(this, handle(), psf, psf == null ? 0 : psf.handle()));
    return this;
  }

  /**
   * Gives the plan that made the result, which is run again on halves of the light.
   *
   * @param plan committed, for one image of the raw image's extents; null takes it away
   * @return this
   * @throws AbbeException when it is closed
   */
  public Assess plan(Plan plan) throws AbbeException {
    AbbeException.check(Native.assessSetPlan(this, handle(), plan, plan == null ? 0 : plan.handle()));
    return this;
  }

  /**
   * States which samples of the raw image were measured: the others count in no number, and maps are NaN there.
   *
   * @param mask a value for each sample (z, y, x), x fastest: 0 where it was not measured. Null: all were measured
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for 0 everywhere
   */
  public Assess mask(byte[] mask) throws AbbeException {
    AbbeException.check(Native.assessSetMask(this, handle(), mask));
    return this;
  }

  /**
   * Works out numbers and maps.
   *
   * @param progress told the share that is done, 0 to 1, on this thread; what it throws stops the run, which throws the same
   * @return this
   * @throws AbbeException {@link Status#STATE} without a raw image or a result or while another run is under way,
   *     {@link Status#ARGUMENT} for images of other extents, {@link Status#CANCELLED} after {@link #cancel()} or when the
   *     thread is interrupted
   */
  public Assess run(DoubleConsumer progress) throws AbbeException {
    if (progress == null) {
      throw AbbeException.argument("progress is null; give a function, as fraction -> {}");
    }
    Watcher watcher = new Watcher(progress);
    watcher.check(Native.assessRun(this, handle(), watcher));
    return this;
  }

  /** Asks the run to stop; returns at once, on any thread. Without one, or closed, nothing happens. */
  public void cancel() {
    try {
      Native.assessCancel(this, handle());
    } catch (AbbeException closed) {
      // Nothing runs that could be stopped by this handle.
      return;
    }
  }

  /**
   * A fact of the last run.
   *
   * @param fact e.g. {@link Parameters#ASSESS_WORKSPACE_BYTES}
   * @return the fact, in its unit
   * @throws AbbeException {@link Status#ARGUMENT} for a fact of another object
   */
  public long get(Parameter.IntegerFact fact) throws AbbeException {
    long[] value = new long[1];
    AbbeException.check(Native.assessInteger(this, handle(), fact.id(), value));
    return value[0];
  }

  /**
   * A fact of the run.
   *
   * @param fact e.g. {@link Parameters#ASSESS_PROGRESS}
   * @return the fact, in its unit
   * @throws AbbeException {@link Status#ARGUMENT} for a fact of another object
   */
  public double get(Parameter.NumberFact fact) throws AbbeException {
    double[] value = new double[1];
    AbbeException.check(Native.assessNumber(this, handle(), fact.id(), value));
    return value[0];
  }

  /**
   * A map of the last run.
   *
   * @param map which
   * @param shape the extents of the result: y, x or z, y, x
   * @return the values, last axis fastest
   * @throws AbbeException {@link Status#STATE} when there was no run or it made no such map, {@link Status#ARGUMENT} for other
   *     extents
   */
  public float[] map(AssessMap map, long... shape) throws AbbeException {
    long product = 1;
    for (long extent : shape) {
      if (extent < 1 || product > Integer.MAX_VALUE / extent) {
        throw AbbeException.argument("shape is " + java.util.Arrays.toString(shape)
            + "; extents must be 1 or more and their product must fit into an array");
      }
      product *= extent;
    }
    float[] samples = new float[(int) product];
    AbbeException.check(Native.assessMap(this, handle(), map.number, samples, shape));
    return samples;
  }

  /**
   * What the last run found.
   *
   * @return a JSON object; docs/trust.md explains its keys
   * @throws AbbeException {@link Status#STATE} when there was none
   */
  public String report() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.assessReport(this, handle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  @Override
  Assess self() {
    return this;
  }

  @Override
  int setInteger(int id, long value) throws AbbeException {
    return Native.assessSetInteger(this, handle(), id, value);
  }

  @Override
  int setNumber(int id, double value) throws AbbeException {
    return Native.assessSetNumber(this, handle(), id, value);
  }

  @Override
  int setText(int id, byte[] value) throws AbbeException {
    throw AbbeException.argument("an assessment has no parameter that is a text");
  }

  @Override
  int forget(int id) throws AbbeException {
    return Native.assessUnset(this, handle(), id);
  }
}
