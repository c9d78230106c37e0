package abbe.imagej;

import ij.ImagePlus;
import ij.ImageStack;
import ij.process.ByteProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.ShortProcessor;
import java.util.Random;

/** Synthetic images of the tests: blurred spots and lines over a background, with noise. */
final class Microscope {
  /** Of {@link #beads}, in pixels. */
  static final double BEAD_SIGMA = 2;

  private Microscope() {}

  /** One plane of spots of a Gaussian of {@code sigma} pixels. */
  static FloatProcessor plane(int width, int height, double sigma, long seed) {
    Random random = new Random(seed);
    FloatProcessor plane = new FloatProcessor(width, height);
    for (int spot = 0; spot < width * height / 150; spot++) {
      plane.setf(random.nextInt(width), random.nextInt(height), 20_000f * (0.3f + random.nextFloat()));
    }
    for (int x = 0; x < width; x++) {
      plane.setf(x, Math.min(height - 1, (int) (height / 2 + height / 5.0 * Math.sin(x / 15.0))), 6_000);
    }
    plane.blurGaussian(sigma);
    for (int index = 0; index < width * height; index++) {
      double light = plane.getf(index) + 100;
      plane.setf(index, (float) Math.max(0, Math.rint(light + Math.sqrt(light) * random.nextGaussian())));
    }
    return plane;
  }

  /** A hyperstack of such planes, calibrated to 65 nm pixels and 200 nm steps. */
  static ImagePlus hyperstack(String title, int bits, int width, int height, int channels, int slices, int frames) {
    ImageStack stack = new ImageStack(width, height);
    for (int index = 0; index < channels * slices * frames; index++) {
      stack.addSlice("plane " + index, typed(plane(width, height, 2, index), bits));
    }
    ImagePlus image = new ImagePlus(title, stack);
    image.setDimensions(channels, slices, frames);
    image.setOpenAsHyperStack(channels * slices * frames > 1);
    image.getCalibration().setUnit("micron");
    image.getCalibration().pixelWidth = 0.065;
    image.getCalibration().pixelHeight = 0.065;
    image.getCalibration().pixelDepth = 0.2;
    return image;
  }

  /** Beads as Gaussians at fractional places over a background of 50, 200 x 100 pixels. */
  static ImagePlus beads() {
    FloatProcessor plane = new FloatProcessor(200, 100);
    double[][] centres = {{30.3, 30.6}, {80.7, 60.2}, {140.5, 40.5}, {170.1, 75.9}, {5, 50}};
    for (int y = 0; y < 100; y++) {
      for (int x = 0; x < 200; x++) {
        double value = 50;
        for (double[] centre : centres) {
          double squared = (x - centre[0]) * (x - centre[0]) + (y - centre[1]) * (y - centre[1]);
          value += 1000 * Math.exp(-squared / (2 * BEAD_SIGMA * BEAD_SIGMA));
        }
        plane.setf(x, y, (float) value);
      }
    }
    return new ImagePlus("beads", plane);
  }

  private static ImageProcessor typed(FloatProcessor plane, int bits) {
    if (bits == 32) {
      return plane;
    }
    ImageProcessor typed = bits == 8 ? new ByteProcessor(plane.getWidth(), plane.getHeight())
        : new ShortProcessor(plane.getWidth(), plane.getHeight());
    for (int index = 0; index < plane.getPixelCount(); index++) {
      typed.setf(index, bits == 8 ? Math.min(255, plane.getf(index) / 8) : plane.getf(index));
    }
    return typed;
  }
}
