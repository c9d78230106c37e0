package abbe.imagej;

import ij.CompositeImage;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Plot;
import ij.plugin.ContrastEnhancer;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.LUT;
import java.awt.Color;
import java.util.Arrays;
import org.json.JSONArray;
import org.json.JSONObject;

/** What an assessment found, as images: raw image, result, errors, suspicion, and the Fourier ring correlation. */
final class TrustPicture {
  private static final String[] PANELS = {"raw image", "result", "error", "suspicion"};
  private static final int GAP = 4;
  /** Small images are magnified to this. */
  private static final int LEAST = 256;

  private final ImagePlus result;
  private final float[][] panels;
  private final String report;
  private final double[] frequencies;
  private final double[] correlations;

  /** {@code panels}: raw image, result, errors and suspicion, each of the result's extents; x fastest, then y, then z. */
  TrustPicture(ImagePlus result, float[][] panels, String report) {
    this.result = result;
    this.panels = panels;
    this.report = report;
    JSONObject curve = new JSONObject(report).getJSONObject("frc_raw").optJSONObject("curve");
    // There is none where photons cannot be split.
    frequencies = curve == null ? new double[0] : numbers(curve.getJSONArray("frequencies_per_px"));
    correlations = curve == null ? new double[0] : numbers(curve.getJSONArray("correlations"));
  }

  /** The four as channels of one 32-bit hyperstack, with the report in its info. */
  ImagePlus maps() {
    int slices = result.getNSlices();
    ImageStack stack = new ImageStack(result.getWidth(), result.getHeight());
    for (int z = 0; z < slices; z++) {
      for (int panel = 0; panel < PANELS.length; panel++) {
        stack.addSlice(PANELS[panel], plane(panel, z));
      }
    }
    ImagePlus made = new ImagePlus(title("-trust-maps"), stack);
    made.setDimensions(PANELS.length, slices, 1);
    made.setCalibration(result.getCalibration());
    made.setProperty("Info", "abbe: " + report);
    CompositeImage composite = new CompositeImage(made, CompositeImage.GRAYSCALE);
    for (int panel = 0; panel < PANELS.length; panel++) {
      composite.setPosition(panel + 1, result.getZ(), 1);
      ImageProcessor shown = ranged(panel, result.getZ() - 1);
      composite.setChannelLut(LUT.createLutFromColor(Color.WHITE), panel + 1);
      composite.setDisplayRange(shown.getMin(), shown.getMax());
    }
    composite.setPosition(1, result.getZ(), 1);
    return composite;
  }

  /** The plane in view of the four side by side, and the correlation of halves of the raw image over the frequency. */
  ImagePlus picture() {
    int zoom = (LEAST + result.getWidth() - 1) / result.getWidth();
    int width = zoom * result.getWidth();
    int height = zoom * result.getHeight();
    ColorProcessor all = new ColorProcessor((PANELS.length + 1) * (width + GAP) - GAP, height);
    all.setColor(Color.WHITE);
    all.fill();
    for (int panel = 0; panel < PANELS.length; panel++) {
      ImageProcessor bytes = ranged(panel, result.getZ() - 1).convertToByte(true);
      bytes.setInterpolationMethod(ImageProcessor.NONE);
      all.insert(bytes.resize(width, height).convertToRGB(), panel * (width + GAP), 0);
    }
    all.insert(curve(width, height).convertToRGB(), PANELS.length * (width + GAP), 0);
    ImagePlus made = new ImagePlus(title("-trust"), all);
    made.setProperty("Info", "abbe: " + report);
    return made;
  }

  /** The correlation as a plot, whose numbers can be listed. */
  Plot plot() {
    Plot plot = new Plot(title("-trust-frc"), "cycles per pixel", "Fourier ring correlation");
    if (frequencies.length > 0) {
      plot.add("line", frequencies, correlations);
    }
    plot.setColor(Color.GRAY);
    plot.add("line", new double[] {0, 0.5}, new double[] {1.0 / 7, 1.0 / 7});
    plot.setLimits(0, 0.5, -0.1, 1.05);
    return plot;
  }

  /** 0 to 1 upwards over 0 to 1/2 cycles per pixel, with the threshold 1/7: without any text, which needs fonts. */
  private ByteProcessor curve(int width, int height) {
    ByteProcessor panel = new ByteProcessor(width, height);
    panel.setColor(128);
    int seventh = (int) Math.round((height - 1) * 6 / 7.0);
    panel.drawLine(0, seventh, width - 1, seventh);
    panel.setColor(255);
    for (int ring = 0; ring < frequencies.length; ring++) {
      int x = (int) Math.round((width - 1) * 2 * frequencies[ring]);
      int y = (int) Math.round((height - 1) * (1 - Math.max(0, Math.min(1, correlations[ring]))));
      if (ring == 0) {
        panel.moveTo(x, y);
      } else {
        panel.lineTo(x, y);
      }
    }
    return panel;
  }

  /** A plane with the range that it is shown in: suspicion from 0 to 2, the others all but the outermost samples. */
  private FloatProcessor ranged(int panel, int z) {
    FloatProcessor plane = new FloatProcessor(result.getWidth(), result.getHeight(), plane(panel, z));
    if (panel == PANELS.length - 1) {
      plane.setMinAndMax(0, 2);
    } else {
      new ContrastEnhancer().stretchHistogram(plane, 0.2);
    }
    return plane;
  }

  private float[] plane(int panel, int z) {
    int samples = result.getWidth() * result.getHeight();
    return Arrays.copyOfRange(panels[panel], z * samples, (z + 1) * samples);
  }

  private String title(String suffix) {
    String title = result.getTitle();
    int point = title.lastIndexOf('.');
    return point > 0 ? title.substring(0, point) + suffix : title + suffix;
  }

  private static double[] numbers(JSONArray given) {
    double[] numbers = new double[given.length()];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] = given.isNull(index) ? Double.NaN : given.getDouble(index);
    }
    return numbers;
  }
}
