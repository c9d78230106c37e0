package abbe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is found of optics: from beads, from images, and by blind deconvolution. */
class PsfTest {
  private static final int SIDE = 64;

  private static Psf widefield(Context context) throws AbbeException {
    return new Psf(context, Psf.Kind.WIDEFIELD).set(Parameters.PSF_NUMERICAL_APERTURE, 1.2)
        .set(Parameters.PSF_WAVELENGTH_NM, 525).set(Parameters.PSF_IMMERSION_INDEX, 1.33)
        .set(Parameters.PSF_PIXEL_NM, 100).set(Parameters.PSF_STEP_NM, 250);
  }

  /** Points of 10000 photons with their noise, over 20. */
  private static float[] points(Psf psf) throws AbbeException {
    int wide = 2 * SIDE - 1;
    float[] kernel = psf.sample(wide, wide);
    float[] image = new float[SIDE * SIDE];
    java.util.Arrays.fill(image, 20);
    Random random = new Random(5);
    for (int point = 0; point < 40; point++) {
      int top = random.nextInt(SIDE);
      int left = random.nextInt(SIDE);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          image[y * SIDE + x] += 10_000 * kernel[(y - top + SIDE - 1) * wide + x - left + SIDE - 1];
        }
      }
    }
    for (int index = 0; index < image.length; index++) {
      image[index] = (float) Math.rint(image[index] + Math.sqrt(image[index]) * random.nextGaussian());
    }
    return image;
  }

  @Test
  void defocusIsEstimatedFromAPlane() throws Exception {
    try (Context context = new Context(); Psf psf = widefield(context)) {
      float[] image = points(psf.set(Parameters.PSF_DEFOCUS_NM, 600));
      psf.set(Parameters.PSF_DEFOCUS_NM, 450);
      double[] last = {0};
      psf.estimate(fraction -> {
        assertTrue(last[0] <= fraction && fraction <= 1);
        last[0] = fraction;
      }, image, SIDE, SIDE);
      assertTrue(last[0] > 0.5, "progress " + last[0]);
      // The sign is not told where the model is symmetric.
      assertEquals(600, Math.abs(psf.get(Parameters.PSF_DEFOCUS_NM)), 40);
      assertTrue(psf.report().contains("\"estimate\":{"), psf.report());
    }
  }

  @Test
  void estimatesStop() throws Exception {
    try (Context context = new Context(); Psf psf = widefield(context).set(Parameters.PSF_DEFOCUS_NM, 250)) {
      float[] image = points(psf);
      IllegalStateException enough = new IllegalStateException("enough");
      AtomicInteger calls = new AtomicInteger();
      assertSame(enough, assertThrows(IllegalStateException.class, () -> psf.estimate(fraction -> {
        if (calls.incrementAndGet() == 5) {
          throw enough;
        }
      }, image, SIDE, SIDE)));
      assertEquals(5, calls.get());
      Samples.failure(() -> psf.estimate(fraction -> psf.cancel(), image, SIDE, SIDE), Status.CANCELLED, "");
      Samples.failure(() -> psf.estimate(image, 3, 3), Status.ARGUMENT, "4096");
      Samples.failure(() -> psf.estimate(fraction -> {
        Samples.failure(() -> psf.estimate(image, SIDE, SIDE), Status.STATE, "");
        psf.cancel();
      }, image, SIDE, SIDE), Status.CANCELLED, "");
      CountDownLatch running = new CountDownLatch(1);
      Thread caller = Thread.currentThread();
      Thread other = new Thread(() -> {
        try {
          running.await();
          caller.interrupt();
        } catch (InterruptedException cause) {
          throw new IllegalStateException(cause);
        }
      });
      other.start();
      Samples.failure(() -> psf.estimate(fraction -> running.countDown(), image, SIDE, SIDE), Status.CANCELLED,
          "interrupted");
      assertTrue(Thread.interrupted());
      other.join();
      assertEquals(250, psf.get(Parameters.PSF_DEFOCUS_NM), "nothing is changed");
      Samples.failure(() -> psf.estimate(null, image, SIDE, SIDE), Status.ARGUMENT, "progress is null");
      Samples.failure(() -> psf.estimate((float[]) null, SIDE, SIDE), Status.ARGUMENT, "null");
      psf.cancel(); // nothing to stop
      psf.close();
      psf.cancel();
      Samples.failure(() -> psf.estimate(image, SIDE, SIDE), Status.HANDLE, "closed");
    }
  }

  @Test
  void aGaussianIsFittedToItself() throws Exception {
    try (Context context = new Context();
        Psf truth = Samples.gaussian(context);
        Psf measured = new Psf(context, Psf.Kind.MEASURED).set(Parameters.PSF_PIXEL_NM, 100)
            .set(Parameters.PSF_STEP_NM, 300);
        Psf fitted = Samples.gaussian(context).set(Parameters.PSF_SIGMA_NM, 160)
            .set(Parameters.PSF_FIT, "sigma_nm sigma_axial_nm")) {
      Samples.failure(() -> fitted.fit(measured), Status.STATE, "");
      long[] extent = {9, 21, 21};
      float[] samples = truth.sample(extent);
      for (int index = 0; index < samples.length; index++) {
        samples[index] *= 1e5f;
      }
      fitted.fit(measured.samples(samples, extent));
      assertEquals(130, fitted.get(Parameters.PSF_SIGMA_NM), 2);
      assertEquals(350, fitted.get(Parameters.PSF_SIGMA_AXIAL_NM), 5);
      assertEquals(0, fitted.get(Parameters.PSF_FIT_SHIFT_X_PX), 0.01);
      Samples.failure(() -> truth.get(Parameters.PSF_FIT_SHIFT_X_PX), Status.STATE, "");
    }
  }

  @Test
  void theKernelOfABlindDeconvolutionIsGivenToOthers() throws Exception {
    try (Context context = new Context();
        Psf psf = widefield(context);
        Psf found = new Psf(context, Psf.Kind.MEASURED);
        Plan plan = new Plan(context).input(Dtype.F32, "yx", SIDE, SIDE)) {
      float[] image = points(psf);
      plan.add(Step.DECONVOLVE).set(psf).set(Parameters.DECONVOLVE_ITERATIONS, 5)
          .set(Parameters.DECONVOLVE_ALGORITHM, Parameters.DeconvolveAlgorithm.BLIND_RICHARDSON_LUCY).commit();
      Samples.failure(() -> plan.estimated(found), Status.STATE, "");
      plan.execute(image, new float[image.length]);
      plan.estimated(found);
      long[] extent = found.extent(2);
      double sum = 0;
      for (float value : found.sample(extent)) {
        sum += value;
      }
      assertEquals(1, sum, 1e-5);
      assertArrayEquals(new long[] {extent[0] % 2, extent[1] % 2}, new long[] {1, 1});
      Samples.failure(() -> plan.estimated(psf), Status.STATE, "");
    }
  }
}
