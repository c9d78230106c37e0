package abbe.imagej;

import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Context;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.CompositeImage;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.macro.Interpreter;
import ij.process.FloatProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Commands that change the grid of samples, or read an image as a whole, as macros run them. */
@ExtendWith(BatchMode.class)
class StepsTest {
  /** What a plan is given besides its images. */
  interface Settings {
    void of(Plan plan) throws Exception;
  }

  private static float[] planned(ImagePlus image, String axes, long[] shape, int samples, Settings settings) throws Exception {
    float[] expected = new float[samples];
    Object[] planes = new Object[image.getStackSize()];
    for (int at = 0; at < planes.length; at++) {
      planes[at] = image.getStack().getPixels(at + 1);
    }
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      plan.input(Volumes.dtype(image), axes, shape);
      settings.of(plan);
      plan.output(Dtype.F32).commit().executePlanes(planes, new Object[] {expected});
    }
    return expected;
  }

  private static float[] all(ImagePlus image) {
    int plane = image.getWidth() * image.getHeight();
    float[] all = new float[plane * image.getStackSize()];
    for (int at = 0; at < image.getStackSize(); at++) {
      System.arraycopy(image.getStack().getPixels(at + 1), 0, all, at * plane, plane);
    }
    return all;
  }

  /** What is left over at an end is left out, and does not make pixels wider. */
  @Test
  void binsMakePixelsLarger() throws Exception {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 41, 30, 1, 7, 1);
    image.getCalibration().xOrigin = 8;
    image.setSlice(6);
    ImagePlus result = run(new Correct(Correction.BIN), image, "kind=sum px=2 planes=3");
    assertArrayEquals(new int[] {20, 15, 1, 2, 1}, result.getDimensions());
    assertEquals("stack-binned.tif", result.getTitle());
    assertEquals(0.13, result.getCalibration().pixelWidth, 1e-12);
    assertEquals(0.13, result.getCalibration().pixelHeight, 1e-12);
    assertEquals(0.6, result.getCalibration().pixelDepth, 1e-12);
    assertEquals(4, result.getCalibration().xOrigin);
    float[] expected = planned(image, "zyx", new long[] {7, 30, 41}, 2 * 15 * 20, plan -> plan.add(Step.BIN)
        .set(Parameters.BIN_KIND, Parameters.BinKind.SUM).set(Parameters.BIN_PX, 2).set(Parameters.BIN_PLANES, 3));
    assertArrayEquals(expected, all(result));
    ImagePlus projected = run(new Correct(Correction.BIN), image, "kind=max px=1 planes=0 result=as_the_image");
    assertArrayEquals(new int[] {41, 30, 1, 1, 1}, projected.getDimensions());
    assertEquals(16, projected.getBitDepth());
    assertEquals(1.4, projected.getCalibration().pixelDepth, 1e-12);
  }

  /** A selection is cut before, so that its first pixel begins the first bin. */
  @Test
  void selectionsAreBinnedAlone() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 60, 50, 2, 1, 2);
    image.setRoi(new Roi(7, 9, 20, 16));
    ImagePlus part = run(new Correct(Correction.BIN), image, "px=4");
    assertArrayEquals(new int[] {5, 4, 2, 1, 2}, part.getDimensions());
    for (int index = 1; index <= 4; index++) {
      double sum = 0;
      for (int at = 0; at < 16; at++) {
        sum += image.getStack().getProcessor(index).getf(7 + 4 + at % 4, 9 + at / 4);
      }
      assertEquals(sum / 16, part.getStack().getProcessor(index).getf(1, 0), 1e-3);
    }
    assertEquals(-7.0 / 4, part.getCalibration().xOrigin);
  }

  @Test
  void finerPixelsLieWhereTheImageHasThem() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 150, 140, 1, 1, 1);
    image.setOverlay(new Overlay(new Roi(70, 60, 10, 12)));
    for (Correction step : new Correction[] {Correction.REASSIGN, Correction.ESRRF}) {
      ImagePlus whole = run(new Correct(step), image, "magnification=3 fwhm_px=4");
      assertArrayEquals(new int[] {450, 420, 1, 1, 1}, whole.getDimensions());
      assertEquals(0.065 / 3, whole.getCalibration().pixelWidth, 1e-12);
      assertEquals(new java.awt.Rectangle(210, 180, 30, 36), whole.getOverlay().get(0).getBounds());
      float[] expected = planned(image, "yx", new long[] {140, 150}, 450 * 420, plan -> {
        plan.add(step.step);
        if (step == Correction.REASSIGN) {
          plan.set(Parameters.REASSIGN_MAGNIFICATION, 3).set(Parameters.REASSIGN_FWHM_PX, 4);
        } else {
          plan.set(Parameters.ESRRF_MAGNIFICATION, 3).set(Parameters.ESRRF_FWHM_PX, 4);
        }
      });
      assertArrayEquals(expected, all(whole));
      image.setRoi(new Roi(70, 66, 12, 9));
      ImagePlus part = run(new Correct(step), image, "magnification=3 fwhm_px=4");
      image.deleteRoi();
      assertArrayEquals(new int[] {36, 27, 1, 1, 1}, part.getDimensions());
      assertEquals(-70 * 3, part.getCalibration().xOrigin);
      double most = whole.getStatistics().max;
      for (int at = 0; at < 36 * 27; at++) {
        assertEquals(whole.getProcessor().getf(210 + at % 36, 198 + at / 36), part.getProcessor().getf(at), 1e-3 * most);
      }
    }
  }

  /** Pixel and step are the calibration's: 65 nm and 200 nm. */
  @Test
  void resamplesToEvenVoxels() throws Exception {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 40, 30, 1, 6, 1);
    ImagePlus result = run(new Correct(Correction.RESAMPLE), image, "factor_px=1.5 isotropic");
    int planes = (int) (6 * 200 * 1.5 / 65 + 1e-9);
    assertArrayEquals(new int[] {60, 45, 1, planes, 1}, result.getDimensions());
    assertEquals(0.065 / 1.5, result.getCalibration().pixelWidth, 1e-12);
    assertEquals(0.065 / 1.5, result.getCalibration().pixelDepth, 1e-12);
    float[] expected = planned(image, "zyx", new long[] {6, 30, 40}, planes * 45 * 60, plan -> plan.add(Step.RESAMPLE)
        .set(Parameters.RESAMPLE_FACTOR_PX, 1.5).set(Parameters.RESAMPLE_PIXEL_NM, 65).set(Parameters.RESAMPLE_STEP_NM, 200));
    float[] given = all(result);
    for (int at = 0; at < given.length; at++) {
      assertEquals(expected[at], given[at], 0.01);
    }
    image.getCalibration().setUnit("pixel");
    Exception refused = assertThrows(IllegalArgumentException.class,
        () -> Folder.run(new Correct(Correction.RESAMPLE), image, "isotropic"));
    assertTrue(refused.getMessage().contains("Image > Properties"), refused.getMessage());
    ImagePlus factors = run(new Correct(Correction.RESAMPLE), image, "factor_px=0.5 factor_planes=2");
    assertArrayEquals(new int[] {20, 15, 1, 12, 1}, factors.getDimensions());
  }

  /** Maps of offset and gain are open images: (sample - offset) / gain photons. */
  @Test
  void camerasHaveMapsOfTheirPixels() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 100, 90, 2, 1, 1);
    ImagePlus offset = map("offset", 100, 90, 90, 3);
    ImagePlus gain = map("gain", 100, 90, 2, 0.1);
    image.setRoi(new Roi(80, 70, 15, 12));
    ImagePlus result = run(new Correct(Correction.CAMERA), image, "offset_map=offset gain_map=gain");
    for (int channel = 1; channel <= 2; channel++) {
      for (int at = 0; at < 15 * 12; at++) {
        int x = 80 + at % 15;
        int y = 70 + at / 15;
        double photons = (image.getStack().getProcessor(channel).getf(x, y) - offset.getProcessor().getf(x, y)) / gain.getProcessor().getf(x, y);
        assertEquals(photons, result.getStack().getProcessor(channel).getf(at), 1e-4 * Math.abs(photons) + 1e-3);
      }
    }
    Exception refused = assertThrows(Exception.class, () -> Folder.run(new Correct(Correction.CAMERA), image, "gain_map=gain"));
    assertTrue(Words.inImageJ(refused.getMessage()).contains("set Camera_offset, or choose an open image as map"), refused.getMessage());
    ImagePlus small = map("small", 50, 90, 1, 0);
    Exception other = assertThrows(Exception.class,
        () -> Folder.run(new Correct(Correction.CAMERA), image, "offset_map=small gain_map=gain"));
    assertTrue(other.getMessage().contains("Offset_map is \"small\", 50 x 90 x 1"), other.getMessage());
    for (ImagePlus map : new ImagePlus[] {offset, gain, small}) {
      Interpreter.removeBatchModeImage(map);
    }
  }

  /** The mean of a field is 1 over the whole image, also where a selection alone is worked on. */
  @Test
  void fieldsAreDividedBy() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 100, 90, 1, 1, 2);
    ImagePlus flat = map("flat", 100, 90, 400, 2);
    ImagePlus whole = run(new Correct(Correction.FLAT_FIELD), image, "flat_frame=flat camera_offset=100");
    double mean = flat.getStatistics().mean - 100;
    for (int at = 0; at < 9000; at++) {
      double expected = (image.getStack().getProcessor(2).getf(at) - 100) * mean / (flat.getProcessor().getf(at) - 100);
      assertEquals(expected, whole.getStack().getProcessor(2).getf(at), 1e-3 * Math.abs(expected) + 1e-2);
    }
    image.setRoi(new Roi(10, 60, 20, 8));
    ImagePlus part = run(new Correct(Correction.FLAT_FIELD), image, "flat_frame=flat camera_offset=100");
    assertEquals(whole.getStack().getProcessor(2).getf(15, 63), part.getStack().getProcessor(2).getf(5, 3));
    Exception refused = assertThrows(Exception.class, () -> Folder.run(new Correct(Correction.FLAT_FIELD), image, ""));
    assertEquals("the flat_field step has no map of even light; choose an open image as Flat_frame, or set Mode to series",
        Words.inImageJ(refused.getMessage()));
    Interpreter.removeBatchModeImage(flat);
  }

  /** Every channel has its own loss, and the brightness of its first frame afterwards. */
  @Test
  void bleachingIsTakenOutOfAllFrames() {
    ImageStack stack = new ImageStack(30, 20);
    for (int frame = 0; frame < 5; frame++) {
      for (int channel = 0; channel < 2; channel++) {
        FloatProcessor plane = Microscope.plane(30, 20, 2, channel);
        plane.multiply(Math.exp(-frame * (channel + 1) / 10.0));
        stack.addSlice(plane);
      }
    }
    ImagePlus image = new ImagePlus("series.tif", stack);
    image.setDimensions(2, 1, 5);
    ImagePlus result = run(new Correct(Correction.BLEACH), image, "mode=ratio bleach_background=0");
    assertArrayEquals(image.getDimensions(), result.getDimensions());
    for (int frame = 2; frame <= 5; frame++) {
      for (int channel = 1; channel <= 2; channel++) {
        double first = result.getStack().getProcessor(result.getStackIndex(channel, 1, 1)).getStatistics().mean;
        double now = result.getStack().getProcessor(result.getStackIndex(channel, 1, frame)).getStatistics().mean;
        assertEquals(first, now, 1e-4 * first);
      }
    }
    assertNull(run(new Correct(Correction.BLEACH), Microscope.hyperstack("one.tif", 16, 8, 8, 1, 1, 1), ""));
  }

  /** One gain for all frames and channels, by the highest sample of all, up to what the type holds. */
  @Test
  void intensitiesAreFittedToTheType() {
    ImagePlus image = new CompositeImage(Microscope.hyperstack("two.tif", 16, 40, 30, 2, 3, 2), CompositeImage.COLOR);
    double highest = 0;
    for (int index = 1; index <= 12; index++) {
      highest = Math.max(highest, image.getStack().getProcessor(index).getStatistics().max);
    }
    ImagePlus result = run(new Correct(Correction.OUTPUT), image, "");
    assertEquals(8, result.getBitDepth());
    assertArrayEquals(image.getDimensions(), result.getDimensions());
    for (int index = 1; index <= 12; index++) {
      for (int at = 0; at < 1200; at++) {
        double expected = image.getStack().getProcessor(index).getf(at) * 255 / highest;
        assertEquals(expected, result.getStack().getProcessor(index).getf(at), 0.51);
      }
    }
    ImagePlus range = run(new Correct(Correction.OUTPUT), image, "mode=range low=100 high=1100 result=16-bit");
    assertEquals(16, range.getBitDepth());
    double expected = Math.min(65535, Math.max(0, (image.getStack().getProcessor(1).getf(55) - 100) * 65.535));
    assertEquals(expected, range.getStack().getProcessor(1).getf(55), 0.6);
    assertTrue(result.getInfoProperty().contains("\"output\""), result.getInfoProperty());
  }

  /** Three frames make each. */
  @Test
  void fluctuationsAreThoseOfFrames() throws Exception {
    ImagePlus image = Microscope.hyperstack("series.tif", 16, 24, 20, 1, 1, 4);
    ImagePlus result = run(new Correct(Correction.ESRRF), image, "magnification=2 frames=3 over=variance");
    assertArrayEquals(new int[] {48, 40, 1, 1, 4}, result.getDimensions());
    float[] expected = planned(image, "tyx", new long[] {4, 20, 24}, 4 * 48 * 40, plan -> plan.add(Step.ESRRF)
        .set(Parameters.ESRRF_FRAMES, 3).set(Parameters.ESRRF_OVER, Parameters.EsrrfOver.VARIANCE));
    assertArrayEquals(expected, all(result));
    assertNotNull(result.getInfoProperty());
  }

  private static ImagePlus map(String title, int width, int height, double mean, double spread) {
    FloatProcessor plane = new FloatProcessor(width, height);
    for (int at = 0; at < width * height; at++) {
      plane.setf(at, (float) (mean + spread * (at * 7919 % 31 - 15) / 15));
    }
    ImagePlus map = new ImagePlus(title, plane);
    Interpreter.addBatchModeImage(map);
    return map;
  }
}
