package abbe.imagej;

import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Parameters;
import abbe.Step;
import ij.CompositeImage;
import ij.ImagePlus;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.process.LUT;
import java.awt.Color;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a user sees of results: previews, colours, ranges, what came with the image, doubts in the Log. */
@ExtendWith(BatchMode.class)
class DisplayTest {
  private static final String DECONVOLVE = Macros.OPTICS + "iterations=3 background=none ";

  @Test
  void thePreviewShowsTheSelectionAndGoesAway() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 96, 96, 1, 1, 1);
    Overlay own = new Overlay(new Roi(1, 2, 3, 4));
    image.setOverlay(own);
    image.setRoi(new Roi(40, 30, 20, 10));
    Preview preview = new Preview(image, (plan, context) ->
        plan.add(Step.BACKGROUND).set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT)
            .set(Parameters.BACKGROUND_VALUE, 100), false);
    preview.update(true);
    for (int wait = 0; wait < 600 && image.getOverlay() == own; wait++) {
      Thread.sleep(50);
    }
    Overlay shown = image.getOverlay();
    assertEquals(2, shown.size());
    assertEquals(new java.awt.Rectangle(40, 30, 20, 10), shown.get(1).getBounds());
    preview.update(false);
    assertEquals(own, image.getOverlay());
    preview.update(true);
    preview.close();
    assertEquals(own, image.getOverlay());
  }

  /** In the channel's colour, and between what results are shown between: brighter results are no white blob. */
  @Test
  void thePreviewOfAChannelHasItsColour() throws Exception {
    ImagePlus image = new CompositeImage(Microscope.hyperstack("two.tif", 16, 64, 64, 2, 1, 1), CompositeImage.COMPOSITE);
    ((CompositeImage) image).setChannelLut(LUT.createLutFromColor(Color.GREEN), 2);
    image.setC(2);
    image.setDisplayRange(0, 50);
    Preview preview = new Preview(image, (plan, context) -> plan.add(Step.OUTPUT).set(Parameters.OUTPUT_MODE, Parameters.OutputMode.STATED)
        .set(Parameters.OUTPUT_GAIN, 10), false);
    preview.update(true);
    for (int wait = 0; wait < 600 && image.getOverlay() == null; wait++) {
      Thread.sleep(50);
    }
    ij.process.ColorProcessor drawn = (ij.process.ColorProcessor) ((ij.gui.ImageRoi) image.getOverlay().get(0)).getProcessor().convertToRGB();
    preview.close();
    int white = 0;
    for (int at = 0; at < 64 * 64; at++) {
      assertEquals(0, drawn.get(at) & 0xff00ff, "red or blue");
      white += (drawn.get(at) >> 8 & 0xff) == 255 ? 1 : 0;
    }
    assertTrue(white < 64, white + " samples are as bright as can be");
  }

  @Test
  void whatBelongsToTheImageIsKept() {
    ImagePlus image = new CompositeImage(Microscope.hyperstack("two.tif", 16, 32, 24, 2, 1, 1), CompositeImage.COLOR);
    ((CompositeImage) image).setChannelLut(LUT.createLutFromColor(Color.CYAN), 2);
    image.setC(2);
    image.setDisplayRange(90, 777);
    image.setOverlay(new Overlay(new Roi(3, 4, 5, 6)));
    image.setProperty("Info", "objective = 63x");
    ImagePlus result = run(new Deconvolve(), image, DECONVOLVE + "result=as_the_image");
    assertEquals("two-deconvolved.tif", result.getTitle());
    assertEquals(0.065, result.getCalibration().pixelWidth);
    assertEquals("micron", result.getCalibration().getUnit());
    assertTrue(result.isComposite());
    LUT lut = ((CompositeImage) result).getChannelLut(2);
    assertEquals(Color.CYAN.getRGB(), lut.getRGB(255));
    assertEquals(90, lut.min);
    assertEquals(777, lut.max);
    assertEquals(1, result.getOverlay().size());
    assertEquals(2, result.getC());
    String info = (String) result.getProperty("Info");
    assertTrue(info.startsWith("objective = 63x\n") && info.contains("\"steps\""), info);
  }

  /** Between 0.175 and 99.825 % of the samples of each channel. */
  @Test
  void resultsOf32BitsAreShownWhole() {
    ImagePlus image = new CompositeImage(Microscope.hyperstack("two.tif", 16, 64, 64, 2, 3, 1), CompositeImage.COMPOSITE);
    image.getStack().getProcessor(2).multiply(20);
    ImagePlus result = run(new Deconvolve(), image, DECONVOLVE);
    for (int channel = 1; channel <= 2; channel++) {
      float[] samples = new float[3 * 64 * 64];
      for (int z = 0; z < 3; z++) {
        Object plane = result.getStack().getPixels(result.getStackIndex(channel, z + 1, 1));
        System.arraycopy(plane, 0, samples, z * 64 * 64, 64 * 64);
      }
      Arrays.sort(samples);
      LUT lut = ((CompositeImage) result).getChannelLut(channel);
      assertEquals(samples[21], lut.min);
      assertEquals(samples[samples.length - 22], lut.max);
    }
    ImagePlus plane = Microscope.hyperstack("cells.tif", 16, 64, 64, 1, 1, 1);
    plane.setDisplayRange(5, 6);
    ImagePlus shown = run(new Deconvolve(), plane, DECONVOLVE);
    assertTrue(shown.getDisplayRangeMax() > 0.5 * shown.getStatistics().max, "to " + shown.getDisplayRangeMax());
  }

  @Test
  void doubtsAreLoggedOnce() throws Exception {
    ImagePlus image = Microscope.hyperstack("two.tif", 16, 32, 32, 2, 1, 1);
    assertEquals(1, undersampled(image, DECONVOLVE));
    assertEquals(2, undersampled(image, DECONVOLVE.replace("525", "[460, 525]")), "one for each channel");
  }

  private static long undersampled(ImagePlus image, String options) throws Exception {
    java.io.PrintStream before = System.out;
    java.io.ByteArrayOutputStream said = new java.io.ByteArrayOutputStream();
    System.setOut(new java.io.PrintStream(said, true, "UTF-8"));
    try {
      assertNotNull(run(new Deconvolve(), image, options + "pixel_nm=400"));
    } finally {
      System.setOut(before);
    }
    String[] lines = said.toString("UTF-8").split("Abbe: ");
    return Arrays.stream(lines).filter(line -> line.contains("Nyquist")).count();
  }
}
