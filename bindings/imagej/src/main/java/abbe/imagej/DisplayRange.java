package abbe.imagej;

import ij.CompositeImage;
import ij.ImagePlus;
import ij.process.ImageProcessor;
import ij.process.LUT;
import java.util.Arrays;

/** The grey values between which an image is shown. */
final class DisplayRange {
  /** Share of samples shown black or white, as Enhance Contrast has it. */
  private static final double SATURATED = 0.0035;
  private static final int MOST_SAMPLES = 1 << 20;

  private DisplayRange() {}

  /** Fits it to the samples of each channel in a frame, 1 for the first: results have other heights than their images. */
  static void fit(ImagePlus image, int frame) {
    if (!image.isComposite()) {
      double[] range = range(image, 1, frame);
      image.setDisplayRange(range[0], range[1]);
      return;
    }
    CompositeImage composite = (CompositeImage) image;
    LUT[] luts = composite.getLuts();
    for (int channel = 1; channel <= luts.length; channel++) {
      double[] range = range(image, channel, frame);
      luts[channel - 1].min = range[0];
      luts[channel - 1].max = range[1];
    }
    composite.setLuts(luts);
  }

  /** Fits it to the samples of a plane. */
  static void fit(ImageProcessor plane) {
    double[] range = range(new ImagePlus("", plane), 1, 1);
    plane.setMinAndMax(range[0], range[1]);
  }

  private static double[] range(ImagePlus image, int channel, int frame) {
    int plane = image.getWidth() * image.getHeight();
    int step = (int) Math.max(1, (long) plane * image.getNSlices() / MOST_SAMPLES);
    float[] samples = new float[(plane - 1) / step + 1];
    float[] all = new float[samples.length * image.getNSlices()];
    for (int z = 0; z < image.getNSlices(); z++) {
      ImageProcessor slice = image.getStack().getProcessor(image.getStackIndex(channel, z + 1, frame));
      for (int at = 0; at < samples.length; at++) {
        all[z * samples.length + at] = slice.getf(at * step);
      }
    }
    Arrays.sort(all);
    int cut = (int) (SATURATED / 2 * all.length);
    boolean flat = all[cut] == all[all.length - 1 - cut];
    return flat ? new double[] {all[0], all[all.length - 1]} : new double[] {all[cut], all[all.length - 1 - cut]};
  }
}
