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
