package abbe.imagej;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import abbe.Parameters;
import abbe.Plan;
import abbe.Psf;
import abbe.Step;
import ij.ImagePlus;
import ij.gui.ImageRoi;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.process.ImageProcessor;
import java.awt.Rectangle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a dialog shows in its image while it is open. */
@ExtendWith(BatchMode.class)
class PreviewTest {
  private static final Rectangle AREA = new Rectangle(10, 8, 20, 24);

  private static ImagePlus image() {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 48, 40, 1, 3, 1);
    image.setSlice(2);
    image.setRoi(new Roi(AREA));
    image.setDisplayRange(0, 1000);
    return image;
  }

  private static void gaussian(Plan plan, double sigma) throws abbe.AbbeException {
    plan.add(Step.FILTER).set(Parameters.FILTER_KIND, Parameters.FilterKind.GAUSSIAN).set(Parameters.FILTER_SIGMA_PX, sigma);
  }

  /** Waits for a picture, which a thread of the preview's makes, that is not {@code before}. */
  private static ImageRoi picture(ImagePlus image, Roi before) throws InterruptedException {
    for (int wait = 0; wait < 3000; wait++) {
      Overlay overlay = image.getOverlay();
      Roi last = overlay == null ? null : overlay.get(overlay.size() - 1);
      if (last instanceof ImageRoi && last != before) {
        return (ImageRoi) last;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("no preview");
  }

  /** The plane in view as the command makes it, between the grey values that were asked for; the image stays as it is. */
  @Test
  void theSelectionOfThePlaneIsShown() throws Exception {
    ImagePlus image = image();
    Overlay mine = new Overlay(new Roi(1, 1, 3, 3));
    image.setOverlay(mine);
    short[] before = ((short[]) image.getProcessor().getPixels()).clone();
    Preview preview = new Preview(image, (plan, context) -> gaussian(plan, 2), true);
    preview.update(true);
    ImageRoi shown = picture(image, null);
    assertEquals(AREA, shown.getBounds());
    assertEquals(2, image.getOverlay().size());
    ImagePlus expected = Macros.run(new Correct(Correction.FILTER), image, "kind=gaussian sigma_px=2 slice_by_slice");
    ImageProcessor plane = expected.getStack().getProcessor(2);
    plane.setMinAndMax(0, 1000);
    byte[] greys = (byte[]) plane.convertToByteProcessor().getPixels();
    byte[] seen = (byte[]) new ImagePlus("", shown.getProcessor()).getProcessor().convertToByteProcessor().getPixels();
    assertArrayEquals(greys, seen);
    preview.update(false);
    assertSame(mine, image.getOverlay());
    preview.close();
    assertSame(mine, image.getOverlay());
    assertArrayEquals(before, (short[]) image.getProcessor().getPixels());
  }

  /** A changed field is shown, what fails shows nothing new, and none of it ends the preview. */
  @Test
  void changesAreShown() throws Exception {
    ImagePlus image = image();
    double[] sigma = {1};
    Preview preview = new Preview(image, (plan, context) -> gaussian(plan, sigma[0]), false);
    preview.update(true);
    ImageRoi first = picture(image, null);
    sigma[0] = -5;
    preview.update(true);
    sigma[0] = 6;
    preview.update(true);
    ImageRoi second = picture(image, first);
    assertNotEquals(first.getProcessor().getStatistics().stdDev, second.getProcessor().getStatistics().stdDev);
    preview.close();
    assertEquals(null, image.getOverlay());
  }

  /** Closing does not wait for hours of work. */
  @Test
  void whatRunsIsStopped() throws Exception {
    ImagePlus image = image();
    Preview preview = new Preview(image, (plan, context) -> {
      plan.add(Step.DECONVOLVE).set(Parameters.DECONVOLVE_ITERATIONS, 100_000)
          .set(Parameters.DECONVOLVE_ALGORITHM, Parameters.DeconvolveAlgorithm.RICHARDSON_LUCY)
          .set(Parameters.DECONVOLVE_STOP, Parameters.DeconvolveStop.ITERATIONS);
      try (Psf psf = new Psf(context, Psf.Kind.GAUSSIAN)) {
        plan.set(psf.set(Parameters.PSF_PIXEL_NM, 100).set(Parameters.PSF_SIGMA_NM, 150));
      }
    }, false);
    preview.update(true);
    Thread.sleep(300);
    preview.update(true); // stops what runs, and begins again
    preview.close();
    assertEquals(null, image.getOverlay());
  }
}
