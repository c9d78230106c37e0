package abbe.imagej;

import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Context;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.ImagePlus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Backgrounds, hot pixels and filters as macros run them. */
@ExtendWith(BatchMode.class)
class CorrectTest {
  @Test
  void filtersAreThoseOfThePlan() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 48, 40, 1, 1, 1);
    ImagePlus result = run(new Correct(Correction.FILTER), image, "kind=gaussian sigma_px=2");
    assertNotNull(result);
    float[] expected = new float[48 * 40];
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      plan.input(Dtype.U16, "yx", 40, 48).add(Step.FILTER).set(Parameters.FILTER_SIGMA_PX, 2);
      plan.output(Dtype.F32).commit().execute(image.getProcessor().getPixels(), expected);
    }
    assertArrayEquals(expected, (float[]) result.getProcessor().getPixels());
    assertEquals("cells-corrected.tif", result.getTitle());
  }

  @Test
  void hotPixelsGoAndStayOfTheirType() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 48, 40, 2, 3, 1);
    int index = image.getStackIndex(2, 2, 1);
    image.getStack().getProcessor(index).set(20, 20, 60000);
    ImagePlus result = run(new Correct(Correction.HOT_PIXELS), image, "slice_by_slice");
    assertNotNull(result);
    assertEquals(16, result.getBitDepth());
    assertArrayEquals(image.getDimensions(), result.getDimensions());
    assertTrue(result.getStack().getProcessor(index).get(20, 20) < 30000);
  }

  @Test
  void backgroundsAreSubtracted() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 32, 48, 40, 1, 1, 1);
    ImagePlus result = run(new Correct(Correction.BACKGROUND), image, "background_mode=constant background_value=50");
    for (int at = 0; at < 48 * 40; at++) {
      assertEquals(Math.max(0, image.getProcessor().getf(at) - 50), Math.max(0, result.getProcessor().getf(at)), 1e-3);
    }
  }
}
