package abbe.imagej;

import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Context;
import abbe.Dtype;
import abbe.Model;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Roi;
import ij.process.FloatProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Networks that learn from the image in view, and are saved, as macros do it. */
@ExtendWith(BatchMode.class)
class LearnTest {
  private static final int SIDE = 72;
  private static final String FEW = "steps=2 seed=3 gain=1 offset=0 read_noise=0 ";

  /** Two frames of lines two pixels wide, which the network that is built in takes for noise, of photons. */
  private static ImagePlus stripes() {
    Random random = new Random(5);
    ImageStack stack = new ImageStack(SIDE, SIDE);
    for (int frame = 0; frame < 2; frame++) {
      float[] plane = new float[SIDE * SIDE];
      for (int at = 0; at < plane.length; at++) {
        plane[at] = (float) Math.max(0, light(at) + Math.sqrt(light(at)) * random.nextGaussian());
      }
      stack.addSlice(new FloatProcessor(SIDE, SIDE, plane));
    }
    ImagePlus image = new ImagePlus("stripes.tif", stack);
    image.setDimensions(1, 1, 2);
    return image;
  }

  private static double light(int at) {
    return at % SIDE / 2 % 2 == 0 ? 20 : 100;
  }

  /** Root mean square of what a plane misses of the light. */
  private static double far(ImagePlus image) {
    float[] plane = (float[]) image.getStack().getPixels(2);
    double sum = 0;
    for (int at = 0; at < plane.length; at++) {
      sum += (plane[at] - light(at)) * (plane[at] - light(at));
    }
    return Math.sqrt(sum / plane.length);
  }

  /** The frame in view is learnt from, and all are denoised. */
  @Test
  void macrosLearnSaveAndDenoise(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("learnt.zip");
    ImagePlus image = stripes();
    image.setSlice(2);
    ImagePlus result = run(new LearnToDenoise(), image, FEW.replace("steps=2", "steps=32") + "save_as=[" + file + "]");
    assertEquals("stripes-denoised.tif", result.getTitle());
    assertArrayEquals(image.getDimensions(), result.getDimensions());
    String info = (String) result.getProperty("Info");
    assertTrue(info.contains("abbe learning: {") && info.contains("\"learn.seed\":3"), info);
    try (Context context = new Context(); Model start = Model.builtin(context, "denoise")) {
      start.set(Parameters.LEARN_STEPS, 32).set(Parameters.LEARN_SEED, 3).set(Parameters.LEARN_GAIN, 1)
          .set(Parameters.LEARN_OFFSET, 0).set(Parameters.LEARN_READ_NOISE, 0);
      float[] second = (float[]) image.getStack().getPixels(2);
      try (Model learnt = start.learn(second, SIDE, SIDE)) {
        for (int frame = 1; frame <= 2; frame++) {
          float[] expected = denoised(context, learnt, (float[]) image.getStack().getPixels(frame));
          assertArrayEquals(expected, (float[]) result.getStack().getPixels(frame));
        }
      }
    }
    // What was saved denoises the same in Denoise..., within the rounding of a file.
    ImagePlus again = run(new Denoise(), image, "method=network model=[" + file + "]");
    assertArrayEquals((float[]) result.getStack().getPixels(2), (float[]) again.getStack().getPixels(2), 1e-3f);
    ImagePlus builtIn = run(new Denoise(), image, "method=network");
    assertTrue(far(result) < 0.7 * far(builtIn), far(result) + " of " + far(builtIn));
  }

  private static float[] denoised(Context context, Model model, float[] image) throws Exception {
    float[] result = new float[image.length];
    try (Plan plan = new Plan(context)) {
      plan.input(Dtype.F32, "yx", SIDE, SIDE).add(Step.DENOISE)
          .set(Parameters.DENOISE_METHOD, Parameters.DenoiseMethod.NETWORK).set(model).commit();
      plan.execute(image, result);
    }
    return result;
  }

  /** Each image of a folder has a network of its own. */
  @Test
  void aFolderIsLearntFromImageByImage(@TempDir Path folder) throws Exception {
    Path raw = Files.createDirectory(folder.resolve("raw"));
    Path done = Files.createDirectory(folder.resolve("done"));
    ImagePlus image = stripes();
    IJ.saveAsTiff(image, raw.resolve("stripes.tif").toString());
    run(new Folder(), null, "input=[" + raw + "] output=[" + done + "] command=Learn_to_Denoise options=[" + FEW + "]");
    ImagePlus result = IJ.openImage(done.resolve("stripes.tif").toString());
    ImagePlus expected = run(new LearnToDenoise(), image, FEW);
    for (int frame = 1; frame <= 2; frame++) {
      assertArrayEquals((float[]) expected.getStack().getPixels(frame), (float[]) result.getStack().getPixels(frame));
    }
  }

  /** A selection is what is learnt from, and what is denoised. */
  @Test
  void theSelectionIsLearntFrom() throws Exception {
    ImagePlus image = stripes();
    image.setRoi(new Roi(2, 4, 66, 64));
    ImagePlus result = run(new LearnToDenoise(), image, FEW);
    assertEquals(66, result.getWidth());
    assertEquals(64, result.getHeight());
    assertTrue(((String) result.getProperty("Info")).contains("\"shape\":[1,64,66]"), (String) result.getProperty("Info"));
  }

  /** Escape ends learning with the best until then, and the image is denoised by that; before any step it stops. */
  @Test
  void escapeTakesTheBestUntilThen() throws Exception {
    ImagePlus image = stripes();
    ImagePlus result = null;
    for (int wait = 2000; result == null && wait < 100_000; wait *= 2) {
      int pressedAfter = wait;
      Thread user = new Thread(() -> {
        try {
          Thread.sleep(pressedAfter);
          IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
        } catch (InterruptedException ended) {
          return;
        }
      });
      user.start();
      result = run(new LearnToDenoise(), image, FEW.replace("steps=2", "steps=100000"));
      user.join();
    }
    IJ.resetEscape();
    assertNotNull(result);
    assertTrue(((String) result.getProperty("Info")).contains("\"ended\":\"cancelled\""), (String) result.getProperty("Info"));
  }

  @Test
  void whatCannotBeSavedIsToldBeforeTheWork(@TempDir Path folder) throws Exception {
    ImagePlus image = stripes();
    Path there = Files.write(folder.resolve("there.zip"), new byte[] {1});
    Path nowhere = folder.resolve("none/learnt.zip");
    for (Path path : new Path[] {there, folder.resolve("learnt.onnx"), nowhere}) {
      assertRefuses("Save_as is \"" + path, new LearnToDenoise(), image, "save_as=[" + path + "]");
    }
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(there));
    assertRefuses("step is no key of this command; did you mean steps?", new LearnToDenoise(), image, "step=3");
    assertRefuses("learn.steps", new LearnToDenoise(), image, "steps=-1");
    assertRefuses("method is \"noise2void\"", new LearnToDenoise(), image, "method=noise2void");
    assertRefuses("Method is patches; choose network", new Denoise(), image, "model=[" + there + "] method=patches");
    assertRefuses("there.zip", new Denoise(), image, "model=[" + there + "] method=network");
  }

  private static void assertRefuses(String text, Command command, ImagePlus image, String options) {
    Exception refused = assertThrows(Exception.class, () -> Folder.run(command, image, options));
    assertTrue(refused.getMessage().contains(text), refused.getMessage());
  }
}
