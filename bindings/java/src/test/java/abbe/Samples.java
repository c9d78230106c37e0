package abbe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Images and plans of the tests. */
final class Samples {
  private Samples() {}

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static float[] image(int samples) {
    Random random = new Random(7);
    float[] image = new float[samples];
    for (int index = 0; index < samples; index++) {
      image[index] = 100 + random.nextInt(400);
    }
    return image;
  }

  static ByteBuffer direct(float[] samples) {
    ByteBuffer buffer = direct(4 * samples.length);
    buffer.asFloatBuffer().put(samples);
    return buffer;
  }

  static float[] floats(ByteBuffer buffer) {
    float[] samples = new float[buffer.remaining() / 4];
    buffer.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().get(samples);
    return samples;
  }

  static Psf gaussian(Context context) throws AbbeException {
    return new Psf(context, Psf.Kind.GAUSSIAN).set(Parameters.PSF_PIXEL_NM, 100).set(Parameters.PSF_STEP_NM, 300)
        .set(Parameters.PSF_SIGMA_NM, 130).set(Parameters.PSF_SIGMA_AXIAL_NM, 350);
  }

  /** Light that stays where it is: deconvolution with it changes nothing. */
  static Psf point(Context context) throws AbbeException {
    float[] kernel = new float[25];
    kernel[12] = 1;
    return new Psf(context, Psf.Kind.MEASURED).samples(kernel, 5, 5).set(Parameters.PSF_PIXEL_NM, 100)
        .set(Parameters.PSF_BACKGROUND, 0);
  }

  /** A committed deconvolution of that many iterations. */
  static Plan plan(Context context, Dtype dtype, int iterations, long... shape) throws AbbeException {
    Plan plan = new Plan(context).input(dtype, shape.length == 3 ? "zyx" : "yx", shape);
    try (Psf psf = gaussian(context)) {
      return deconvolution(plan, psf, iterations).commit();
    }
  }

  static Plan deconvolution(Plan plan, Psf psf, int iterations) throws AbbeException {
    return plan.add(Step.DECONVOLVE).set(psf).set(Parameters.DECONVOLVE_ITERATIONS, iterations)
        .set(Parameters.DECONVOLVE_ALGORITHM, Parameters.DeconvolveAlgorithm.RICHARDSON_LUCY)
        .set(Parameters.DECONVOLVE_STOP, Parameters.DeconvolveStop.ITERATIONS);
  }

  /** One that runs long enough to be stopped. */
  static Plan longPlan(Context context) throws AbbeException {
    return plan(context, Dtype.F32, 10_000, 256, 256);
  }

  static AbbeException failure(org.junit.jupiter.api.function.Executable call, Status status, String part) {
    AbbeException failure = org.junit.jupiter.api.Assertions.assertThrows(AbbeException.class, call);
    org.junit.jupiter.api.Assertions.assertEquals(status, failure.status(), failure.getMessage());
    org.junit.jupiter.api.Assertions.assertTrue(failure.getMessage().contains(part), failure.getMessage());
    return failure;
  }
}
