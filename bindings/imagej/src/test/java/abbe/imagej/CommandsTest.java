package abbe.imagej;

import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Context;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.Psf;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import ij.WindowManager;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.macro.Interpreter;
import ij.process.FloatProcessor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The commands as a macro runs them, without a display. */
@ExtendWith(BatchMode.class)
class CommandsTest {
  private static final String OPTICS = Macros.OPTICS;
  private static final String DECONVOLVE = OPTICS + "iterations=3 background=none ";

  @Test
  void deconvolvesWhatThePlanOfTheSameSettingsGives() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 48, 40, 1, 1, 1);
    ImagePlus result = run(new Deconvolve(), image, DECONVOLVE);
    assertNotNull(result);
    float[] expected = new float[48 * 40];
    try (Context context = new Context(); Psf psf = new Psf(context, Psf.Kind.WIDEFIELD); Plan plan = new Plan(context)) {
      psf.set(Parameters.PSF_WAVELENGTH_NM, 525).set(Parameters.PSF_NUMERICAL_APERTURE, 1.2)
          .set(Parameters.PSF_IMMERSION_INDEX, 1.33).set(Parameters.PSF_PIXEL_NM, 65);
      plan.input(Dtype.U16, "yx", 40, 48).add(Step.DECONVOLVE).set(psf).set(Parameters.DECONVOLVE_ITERATIONS, 3);
      plan.set(Parameters.DECONVOLVE_BACKGROUND, 0.0); // background=none
      plan.output(Dtype.F32).commit().execute(image.getProcessor().getPixels(), expected);
    }
    assertArrayEquals(expected, (float[]) result.getProcessor().getPixels());
  }

  @Test
  void hyperstacksKeepTheirPlaces() {
    ImagePlus image = Microscope.hyperstack("series.tif", 8, 32, 24, 2, 3, 2);
    String options = OPTICS.replace("525", "[460, 525]") + "iterations=2 background=none result=as_the_image";
    ImagePlus result = run(new Deconvolve(), image, options);
    assertNotNull(result);
    assertEquals(8, result.getBitDepth());
    assertArrayEquals(image.getDimensions(), result.getDimensions());
    // Each volume by itself: the same volume alone gives the same planes.
    ij.ImageStack stack = new ij.ImageStack(32, 24);
    for (int z = 1; z <= 3; z++) {
      stack.addSlice(image.getStack().getProcessor(image.getStackIndex(2, z, 2)));
    }
    ImagePlus alone = new ImagePlus("alone", stack);
    alone.setDimensions(1, 3, 1);
    alone.setCalibration(image.getCalibration());
    ImagePlus single = run(new Deconvolve(), alone, DECONVOLVE.replace("=3", "=2") + "result=as_the_image");
    for (int z = 1; z <= 3; z++) {
      assertArrayEquals((byte[]) single.getStack().getPixels(z),
          (byte[]) result.getStack().getPixels(result.getStackIndex(2, z, 2)));
    }
    assertEquals("plane 5", result.getStack().getSliceLabel(6));
  }

  /** In three dimensions, with the optics that the stack was seen through. */
  @Test
  void comesNearerToTheTruth() throws Exception {
    Simulation scene = new Simulation(12, 64, 64, 1).cells();
    ImagePlus image = scene.seen("cells.tif");
    ImagePlus truth = scene.truth();
    ImagePlus result = run(new Deconvolve(), image, Simulation.OPTICS + "background=constant background_value=20");
    double before = correlation(truth, image);
    double after = correlation(truth, result);
    assertTrue(after > before + 0.2, "correlation with the truth " + before + " became " + after);
  }

  /** Maps as channels, and all side by side with the correlation; a dot that was added is suspicious, and only it. */
  @Test
  void aResultIsHeldAgainstItsRawImage() throws Exception {
    Simulation scene = new Simulation(1, 96, 96, 3).cells();
    ImagePlus raw = scene.seen("cells.tif");
    ImagePlus result = run(new Denoise(), raw, "method=total_variation");
    result.setTitle("result.tif");
    Interpreter.addBatchModeImage(raw);
    ImagePlus picture = run(new AssessResult(), result, "raw_image=cells.tif");
    assertEquals("result-trust", picture.getTitle());
    assertEquals(5 * 288 + 4 * 4, picture.getWidth());
    assertEquals(288, picture.getHeight());
    org.json.JSONObject report = new org.json.JSONObject(picture.getInfoProperty().substring("abbe: ".length()));
    double honest = report.getJSONObject("suspicion").getDouble("greatest");
    ImagePlus maps = WindowManager.getImage("result-trust-maps");
    assertArrayEquals(new int[] {96, 96, 4, 1, 1}, maps.getDimensions());
    assertArrayEquals((float[]) result.getProcessor().getPixels(), (float[]) maps.getStack().getPixels(2));
    assertEquals(honest, new FloatProcessor(96, 96, (float[]) maps.getStack().getPixels(4)).getStatistics().max, 1e-5);
    assertEquals("suspicion", maps.getStack().getSliceLabel(4));

    // The curve that is drawn is the report's: on its column, white is where the correlation is.
    org.json.JSONArray curve = report.getJSONObject("frc_raw").getJSONObject("curve").getJSONArray("correlations");
    int y = (int) Math.round(287 * (1 - Math.max(0, curve.getDouble(curve.length() - 1))));
    assertEquals(0xffffff, picture.getProcessor().getPixel(picture.getWidth() - 1, y) & 0xffffff);

    ImagePlus lie = result.duplicate();
    lie.setTitle("lie.tif");
    for (int index = 0; index < 49; index++) {
      lie.getProcessor().setf(20 + index % 7, 30 + index / 7, (float) result.getStatistics().max);
    }
    ImagePlus told = run(new AssessResult(), lie, "raw_image=cells.tif");
    double greatest = new org.json.JSONObject(told.getInfoProperty().substring("abbe: ".length()))
        .getJSONObject("suspicion").getDouble("greatest");
    assertTrue(honest < 1 && greatest > 1.2, "suspicion " + honest + " became " + greatest);
    Interpreter.removeBatchModeImage(raw);
    Interpreter.removeBatchModeImage(maps);
  }

  private static double correlation(ImagePlus one, ImagePlus other) {
    double count = 0;
    double[] sums = new double[5];
    for (int z = 1; z <= one.getStackSize(); z++) {
      for (int index = 0; index < one.getWidth() * one.getHeight(); index++) {
        double x = one.getStack().getProcessor(z).getf(index);
        double y = other.getStack().getProcessor(z).getf(index);
        double[] terms = {x, y, x * x, y * y, x * y};
        for (int term = 0; term < terms.length; term++) {
          sums[term] += terms[term];
        }
        count++;
      }
    }
    double covariance = sums[4] - sums[0] * sums[1] / count;
    return covariance
        / Math.sqrt((sums[2] - sums[0] * sums[0] / count) * (sums[3] - sums[1] * sums[1] / count));
  }

  @Test
  void aMacroDoesNotDependOnWhatWasEnteredBefore() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 32, 32, 1, 1, 1);
    ImagePlus before = run(new Deconvolve(), image, OPTICS);
    ij.Prefs.set("abbe.deconvolve.iterations", "3");
    ij.Prefs.set("abbe.deconvolve.algorithm", "landweber");
    try {
      ImagePlus after = run(new Deconvolve(), image, OPTICS);
      assertArrayEquals((float[]) before.getProcessor().getPixels(), (float[]) after.getProcessor().getPixels());
      assertEquals("3", ij.Prefs.get("abbe.deconvolve.iterations", ""), "nor does it change what was entered");
    } finally {
      ij.Prefs.set("abbe.deconvolve.iterations", null);
      ij.Prefs.set("abbe.deconvolve.algorithm", null);
    }
  }

  @Test
  void escapeStopsAndMakesNoImage() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 256, 256, 1, 1, 1);
    Thread presses = new Thread(() -> {
      while (!Thread.currentThread().isInterrupted()) {
        IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
        Thread.yield();
      }
    });
    presses.start();
    try {
      assertNull(run(new Deconvolve(), image, OPTICS + "algorithm=richardson_lucy iterations=10000 more_parameters stop=iterations"));
    } finally {
      presses.interrupt();
      presses.join();
      IJ.resetEscape();
    }
  }

  @Test
  void eightSixteenAndThirtyTwoBitsGiveTheSame() {
    ImagePlus[] results = new ImagePlus[3];
    int[] bits = {8, 16, 32};
    for (int type = 0; type < 3; type++) {
      ImagePlus image = new ImagePlus("cells.tif", new ij.process.ByteProcessor(32, 32));
      for (int index = 0; index < 32 * 32; index++) {
        image.getProcessor().setf(index, 40 + index * 7919 % 97);
      }
      if (bits[type] > 8) {
        image.setProcessor(bits[type] == 16 ? image.getProcessor().convertToShort(false) : image.getProcessor().convertToFloat());
      }
      results[type] = run(new Deconvolve(), image, DECONVOLVE + "pixel_nm=65");
      assertEquals(32, results[type].getBitDepth());
    }
    for (int type = 1; type < 3; type++) {
      assertArrayEquals((float[]) results[0].getProcessor().getPixels(), (float[]) results[type].getProcessor().getPixels());
    }
  }

  @Test
  void sliceBySliceIsEachSliceAlone() {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 32, 24, 1, 3, 1);
    ImagePlus result = run(new Deconvolve(), image, DECONVOLVE + "slice_by_slice");
    for (int z = 1; z <= 3; z++) {
      ImagePlus slice = new ImagePlus("slice", image.getStack().getProcessor(z));
      slice.setCalibration(image.getCalibration());
      ImagePlus alone = run(new Deconvolve(), slice, DECONVOLVE);
      assertArrayEquals((float[]) alone.getProcessor().getPixels(), (float[]) result.getStack().getPixels(z));
    }
  }

  @Test
  void denoisesWithoutANetwork() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 64, 64, 1, 1, 1);
    ImagePlus result = run(new Denoise(), image, "method=total_variation strength=2");
    assertNotNull(result);
    double before = 0;
    double after = 0;
    for (int y = 0; y < 64; y++) {
      for (int x = 1; x < 64; x++) {
        before += Math.abs(image.getProcessor().getf(x, y) - image.getProcessor().getf(x - 1, y));
        after += Math.abs(result.getProcessor().getf(x, y) - result.getProcessor().getf(x - 1, y));
      }
    }
    assertTrue(after < 0.98 * before, "total variation " + before + " became " + after);
  }

  @Test
  void denoisesWithTheNetworkThatIsBuiltIn() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 64, 64, 1, 1, 1);
    ImagePlus result = run(new Denoise(), image, "method=network");
    float[] expected = new float[64 * 64];
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      plan.input(Dtype.U16, "yx", 64, 64).add(Step.DENOISE).set(Parameters.DENOISE_METHOD, Parameters.DenoiseMethod.NETWORK);
      plan.output(Dtype.F32).commit().execute(image.getProcessor().getPixels(), expected);
    }
    assertArrayEquals(expected, (float[]) result.getProcessor().getPixels());
  }

  /** Where a variable of the core names ONNX Runtime's library. */
  @Test
  void runsNetworksFromFiles() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 64, 64, 1, 1, 1);
    String options = "model=../../models/abbe-denoise.zip ";
    assertNull(run(new RunModel(), image, options + "onnx_runtime=/nowhere/libonnxruntime.so"));
    if (System.getenv("ABBE_ONNXRUNTIME") == null) {
      System.out.println("SKIPPED: networks from files in ImageJ; ABBE_ONNXRUNTIME is not set");
      return;
    }
    assertNotNull(run(new RunModel(), image, options));
  }

  @Test
  void imagesThatAreNoMeasurementAreRefused() {
    ImagePlus rgb = IJ.createImage("rgb", "RGB black", 8, 8, 1);
    assertTrue(Volumes.refusal(rgb).contains("RGB"));
    assertNull(run(new Deconvolve(), rgb, DECONVOLVE));
    assertTrue(Volumes.refusal(IJ.createImage("index", "8-bit color-mode", 8, 8, 1)) == null);
  }

  @Test
  void mistakesMakeNoImage() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 24, 24, 1, 1, 1);
    assertNull(run(new Deconvolve(), image, DECONVOLVE.replace("1.2", "1.6")), "aperture beyond the immersion index");
    assertNull(run(new Deconvolve(), image, DECONVOLVE.replace("widefield", "magic")));
    assertNull(run(new Deconvolve(), image, DECONVOLVE.replace("525", "green")));
    assertNull(run(new Deconvolve(), image, DECONVOLVE.replace("=3", "=2.5")));
    image.getCalibration().pixelHeight = 0.13;
    assertRefuses("must be square", image, DECONVOLVE);
    assertNotNull(run(new Deconvolve(), image, DECONVOLVE + "pixel_nm=65"));
  }

  private static void assertRefuses(String text, ImagePlus image, String options) {
    Exception refused = assertThrows(IllegalArgumentException.class, () -> Folder.run(new Deconvolve(), image, options));
    assertTrue(refused.getMessage().contains(text), refused.getMessage());
  }

  @Test
  void keysThatNobodyAsksForAreRefused() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 24, 24, 1, 1, 1);
    assertRefuses("iteratons is no key of this command; did you mean iterations?", image, DECONVOLVE.replace("iterations", "iteratons"));
    assertRefuses("speed is no key of this command; it has ", image, DECONVOLVE + "speed=5");
    assertRefuses("iterations is given twice", image, DECONVOLVE + "iterations=4");
    assertRefuses("iterations is given without a value", image, DECONVOLVE.replace("iterations=3", "iterations"));
    assertRefuses("more_parameters is given a value", image, DECONVOLVE + "more_parameters=true");
    assertNull(run(new PsfFromBeads(), image, "box_widht=21"));
  }

  /** ImageJ's own reader finds {@code background=} in {@code psf_background=}. */
  @Test
  void noKeyIsFoundInsideAnother() throws Exception {
    MacroOptions options = new MacroOptions("psf_background=5 background=none title=[a [b] c] size=&no more ");
    assertEquals("none", options.value("background", ""));
    assertEquals("5", options.value("psf_background", ""));
    assertEquals("a [b] c", options.value("title", ""));
    assertEquals("&no", options.value("size", ""));
    assertEquals("kept", options.value("ground", "kept"));
    assertTrue(options.word("more"));
    assertThrows(IllegalArgumentException.class, () -> new MacroOptions("title=[a"));
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 24, 24, 1, 1, 1);
    ImagePlus kernel = run(new MakePsf(), image, OPTICS + "width=15 height=15 slices=1");
    kernel.setTitle("the [measured] PSF");
    Interpreter.addBatchModeImage(kernel);
    ImagePlus result = Folder.run(new Deconvolve(), image,
        "psf=[the [measured] PSF] psf_background=0.0001 background=none iterations=2");
    Interpreter.removeBatchModeImage(kernel);
    assertNotNull(result);
  }

  @Test
  void wavelengthsAreAsManyAsChannels() {
    ImagePlus one = Microscope.hyperstack("cells.tif", 16, 24, 24, 1, 1, 1);
    assertRefuses("\"460,5\", 2 values; the image has 1 channel;", one, DECONVOLVE.replace("525", "460,5"));
    ImagePlus two = Microscope.hyperstack("two.tif", 16, 24, 24, 2, 1, 1);
    assertRefuses("3 values; the image has 2 channels", two, DECONVOLVE.replace("525", "[460, 525, 610]"));
    assertNotNull(run(new Deconvolve(), two, DECONVOLVE));
    assertRefuses("must be a number with a decimal point", one, DECONVOLVE.replace("1.2", "1,2"));
  }

  @Test
  void aSelectionAloneIsWorkedOn() {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 240, 230, 1, 2, 1);
    String options = OPTICS + "iterations=3 algorithm=richardson_lucy stop=iterations background=none slice_by_slice";
    ImagePlus whole = run(new Deconvolve(), image, options);
    image.setRoi(new ij.gui.OvalRoi(100, 90, 30, 20));
    image.setOverlay(new Overlay(new Roi(105, 95, 5, 6)));
    ImagePlus part = run(new Deconvolve(), image, options);
    assertArrayEquals(new int[] {30, 20, 1, 2, 1}, part.getDimensions());
    double most = whole.getStatistics().max;
    for (int z = 1; z <= 2; z++) {
      for (int index = 0; index < 600; index++) {
        double expected = whole.getStack().getProcessor(z).getf(100 + index % 30, 90 + index / 30);
        assertEquals(expected, part.getStack().getProcessor(z).getf(index), 1e-3 * most);
      }
    }
    assertEquals(new java.awt.Rectangle(5, 5, 5, 6), part.getOverlay().get(0).getBounds());
    assertEquals(-100, part.getCalibration().xOrigin);
    image.setRoi(new ij.gui.Line(1, 1, 20, 20));
    assertEquals(240, run(new Deconvolve(), image, options).getWidth(), "a line selects no area");
  }

  @Test
  void memoryIsHeldBelowTheField() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 800, 800, 1, 1, 1);
    String options = OPTICS + "iterations=2 algorithm=richardson_lucy stop=iterations background=none ";
    long[] bytes = new long[2];
    ImagePlus[] results = new ImagePlus[2];
    for (int at = 0; at < 2; at++) {
      results[at] = run(new Deconvolve(), image, options + (at == 0 ? "" : "memory_mb=8"));
      bytes[at] = new org.json.JSONObject(results[at].getInfoProperty().substring("abbe: ".length())).getLong("workspace_bytes");
    }
    assertTrue(bytes[0] > 8 << 20 && bytes[1] <= 8 << 20, Arrays.toString(bytes));
    double most = results[0].getStatistics().max;
    for (int index = 0; index < 800 * 800; index++) {
      assertEquals(results[0].getProcessor().getf(index), results[1].getProcessor().getf(index), 1e-3 * most);
    }
    assertRefuses("Memory_mb is \"0\"", image, options + "memory_mb=0");
  }

  @Test
  void aFolderIsWorkedThrough(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) throws Exception {
    java.nio.file.Path input = java.nio.file.Files.createDirectory(folder.resolve("raw"));
    java.nio.file.Path output = java.nio.file.Files.createDirectory(folder.resolve("restored"));
    for (String name : new String[] {"a", "b", "c"}) {
      ImagePlus image = Microscope.hyperstack(name + ".tif", 16, 40, 32, 1, 1, 1);
      image.getProcessor().add(name.charAt(0) - 'a');
      IJ.saveAsTiff(image, input.resolve(name + ".tif").toString());
    }
    java.nio.file.Files.write(input.resolve("notes.txt"), new byte[] {1, 2});
    java.nio.file.Files.write(output.resolve("c.tif"), new byte[] {1, 2});
    String options = "input=" + input + " output=" + output + " command=Deconvolve options=[" + DECONVOLVE + "]";
    run(new Folder(), null, options);
    for (String name : new String[] {"a", "b"}) {
      ImagePlus result = IJ.openImage(output.resolve(name + ".tif").toString());
      ImagePlus expected = run(new Deconvolve(), IJ.openImage(input.resolve(name + ".tif").toString()), DECONVOLVE);
      assertArrayEquals((float[]) expected.getProcessor().getPixels(), (float[]) result.getProcessor().getPixels());
      assertTrue(result.getInfoProperty().contains("\"steps\""));
    }
    assertEquals(2, java.nio.file.Files.size(output.resolve("c.tif")), "what is there stays");
    assertEquals(3, output.toFile().list().length);
  }

  /** A background is the library's parameter of that name: none is 0, and what is found is another choice. */
  @Test
  void backgroundsAreTheParameter() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 32, 32, 1, 1, 1);
    String options = OPTICS + "iterations=3 ";
    for (int level : new int[] {0, 20}) {
      String background = level == 0 ? "background=none " : "background=constant background_value=" + level + " ";
      float[] plain = (float[]) run(new Deconvolve(), image, options + background).getProcessor().getPixels();
      float[] more = (float[]) run(new Deconvolve(), image, options + background + "more_parameters").getProcessor().getPixels();
      assertArrayEquals(plain, more);
      float[] expected = new float[plain.length];
      try (Context context = new Context(); Psf psf = new Psf(context, Psf.Kind.WIDEFIELD); Plan plan = new Plan(context)) {
        double pixel = image.getCalibration().pixelWidth * 1000;
        psf.set(Parameters.PSF_WAVELENGTH_NM, 525).set(Parameters.PSF_NUMERICAL_APERTURE, 1.2)
            .set(Parameters.PSF_IMMERSION_INDEX, 1.33).set(Parameters.PSF_PIXEL_NM, pixel);
        plan.add(Step.DECONVOLVE).set(psf).set(Parameters.DECONVOLVE_ITERATIONS, 3).set(Parameters.DECONVOLVE_BACKGROUND, level);
        plan.input(Volumes.dtype(image), "yx", image.getHeight(), image.getWidth()).output(Dtype.F32).commit();
        plan.execute(image.getProcessor().getPixels(), expected);
      }
      assertArrayEquals(expected, plain, 0.01f);
    }
    float[] none = (float[]) run(new Deconvolve(), image, options + "background=none").getProcessor().getPixels();
    float[] found = (float[]) run(new Deconvolve(), image, options + "background=automatic").getProcessor().getPixels();
    assertFalse(Arrays.equals(none, found));
  }
}
