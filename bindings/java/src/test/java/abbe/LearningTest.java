package abbe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningTest {
  private static final int SIDE = 96;

  @Test
  void networksLearnAreSavedAndDenoise(@TempDir Path folder) throws Exception {
    float[] image = stripes();
    try (Context context = new Context(); Model start = Model.builtin(context, "denoise")) {
      start.set(Parameters.LEARN_STEPS, 32).set(Parameters.LEARN_SEED, 3).set(Parameters.LEARN_GAIN, 1)
          .set(Parameters.LEARN_OFFSET, 0).set(Parameters.LEARN_READ_NOISE, 0);
      List<Double> told = new ArrayList<>();
      try (Model learnt = start.learn(told::add, image, SIDE, SIDE); Model again = start.learn(image, SIDE, SIDE)) {
        assertTrue(learnt.describe().contains("\"learning\":{"), learnt.describe());
        assertTrue(learnt.describe().contains("\"learn.seed\":3"), learnt.describe());
        assertEquals(1.0, told.get(told.size() - 1));
        float[] restored = denoised(context, learnt, image);
        assertArrayEquals(restored, denoised(context, again, image));
        Path file = folder.resolve("learnt.zip");
        learnt.save(file);
        try (Model loaded = new Model(context, file)) {
          assertArrayEquals(restored, denoised(context, loaded, image), 1e-3f);
          Samples.failure(() -> loaded.save(folder.resolve("copy.zip")), Status.STATE, "");
        }
        float[] before = denoised(context, start, image);
        assertTrue(far(restored) < 0.7 * far(before), far(restored) + " of " + far(before));
        Path nowhere = folder.resolve("none/learnt.zip");
        Samples.failure(() -> learnt.save(nowhere), Status.IO, "none");
        assertTrue(Files.notExists(nowhere));
      }
    }
  }

  @Test
  void learningStopsWithTheBestUntilThen() throws Exception {
    float[] image = stripes();
    try (Context context = new Context(); Model start = Model.builtin(context, "denoise")) {
      start.set(Parameters.LEARN_STEPS, 100_000);
      try (Model learnt = start.learn(fraction -> {
        if (fraction > 1e-4) {
          start.cancel();
        }
      }, image, SIDE, SIDE)) {
        assertTrue(learnt.describe().contains("\"cancelled\""), learnt.describe());
      }
      IllegalStateException enough = new IllegalStateException("enough");
      assertSame(enough, assertThrows(IllegalStateException.class, () -> start.learn(fraction -> {
        throw enough;
      }, image, SIDE, SIDE)));
      try (Model learnt = start.learn(fraction -> {
        if (fraction > 1e-4) {
          Thread.currentThread().interrupt();
        }
      }, image, SIDE, SIDE)) {
        assertTrue(learnt.describe().contains("\"cancelled\""), learnt.describe());
        assertTrue(Thread.interrupted());
      }
      try (Model learnt = start.learn(fraction -> {
        Samples.failure(() -> start.learn(image, SIDE, SIDE), Status.STATE, "");
        start.cancel();
      }, image, SIDE, SIDE)) {
        assertTrue(learnt.describe().startsWith("{"), learnt.describe());
      } catch (AbbeException beforeAnyStep) {
        assertEquals(Status.CANCELLED, beforeAnyStep.status());
      }
    }
  }

  @Test
  void whatCannotBeLearntFromIsRefused() throws Exception {
    try (Context context = new Context(); Model start = Model.builtin(context, "denoise")) {
      float[] image = stripes();
      Samples.failure(() -> Model.builtin(context, "denoisse"), Status.ARGUMENT, "denoisse");
      Samples.failure(() -> Model.builtin(context, null), Status.ARGUMENT, "name is null");
      Samples.failure(() -> start.set(Parameters.LEARN_STEPS, -1), Status.ARGUMENT, "learn.steps");
      Samples.failure(() -> start.set(Parameters.PSF_FIT, "defocus_nm"), Status.ARGUMENT, "text");
      Samples.failure(() -> start.learn(image, SIDE, SIDE + 1), Status.ARGUMENT, "9216");
      Samples.failure(() -> start.learn(null, image, SIDE, SIDE), Status.ARGUMENT, "progress is null");
      Samples.failure(() -> start.save(null), Status.ARGUMENT, "path is null");
      image[5] = Float.NaN;
      Samples.failure(() -> start.learn(image, SIDE, SIDE), Status.ARGUMENT, "");
      start.set(Parameters.LEARN_METHOD, Parameters.LearnMethod.BLIND_SPOTS).unset(Parameters.LEARN_METHOD);
      start.close();
      Samples.failure(() -> start.learn(image, SIDE, SIDE), Status.HANDLE, "model is closed");
      start.cancel();
    }
  }

  private static float[] denoised(Context context, Model model, float[] image) throws AbbeException {
    float[] result = new float[image.length];
    try (Plan plan = new Plan(context)) {
      plan.input(Dtype.F32, "yx", SIDE, SIDE).add(Step.DENOISE)
          .set(Parameters.DENOISE_METHOD, Parameters.DenoiseMethod.NETWORK).set(model).commit();
      plan.execute(image, result);
    }
    assertNotEquals(image[0], result[0]);
    return result;
  }

  /** Lines two samples wide, which the network that is built in takes for noise, of photons. */
  private static float[] stripes() {
    Random random = new Random(5);
    float[] image = new float[SIDE * SIDE];
    for (int index = 0; index < image.length; index++) {
      double light = light(index);
      image[index] = (float) (light + Math.sqrt(light) * random.nextGaussian());
    }
    return image;
  }

  private static double light(int index) {
    return index % SIDE / 2 % 2 == 0 ? 20 : 100;
  }

  /** Root mean square of what an image misses of the light. */
  private static double far(float[] image) {
    double sum = 0;
    for (int index = 0; index < image.length; index++) {
      sum += (image[index] - light(index)) * (image[index] - light(index));
    }
    return Math.sqrt(sum / image.length);
  }
}
