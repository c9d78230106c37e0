package abbe.imagej;

import abbe.Dtype;
import ij.ImagePlus;
import ij.ImageStack;
import java.awt.Rectangle;

/** The planes of a hyperstack in the order in which a plan reads them (t, c, z), and those that it makes of them. */
final class Planes {
  private final ImagePlus image;
  private final Region region;
  private final Dtype output;
  private final int width;
  private final int height;
  /** Slices of a result for the slices that are read together. */
  private final int made;
  private final int slices;
  private final Object[] results;

  /** {@code shape}: extents of the plan's result. {@code depth}: slices of the image that are read together. */
  Planes(ImagePlus image, Region region, Dtype output, long[] shape, int depth) {
    this.image = image;
    this.region = region;
    this.output = output;
    width = Math.toIntExact(shape[shape.length - 1]);
    height = Math.toIntExact(shape[shape.length - 2]);
    made = depth > 1 ? Math.toIntExact(shape[shape.length - 3]) : 1;
    slices = image.getNSlices() / depth * made;
    results = new Object[image.getNChannels() * slices * image.getNFrames()];
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Of the whole result. */
  int slices() {
    return slices;
  }

  /** What is read of so many planes (t, c, z) from the first on. */
  Object[] sources(int[] first, int[] count) {
    Object[] planes = new Object[count[0] * count[1] * count[2]];
    for (int at = 0; at < planes.length; at++) {
      int frame = first[0] + at / (count[1] * count[2]);
      int channel = first[1] + at / count[2] % count[1];
      int slice = first[2] + at % count[2];
      planes[at] = region.source(image.getStack().getProcessor(image.getStackIndex(channel + 1, slice + 1, frame + 1)));
    }
    return planes;
  }

  /** New planes for what becomes of those, kept at their places in the result. */
  Object[] targets(int[] first, int[] count) {
    Object[] planes = new Object[count[0] * count[1] * made];
    for (int at = 0; at < planes.length; at++) {
      int frame = first[0] + at / (count[1] * made);
      int channel = first[1] + at / made % count[1];
      int slice = first[2] / count[2] * made + at % made;
      planes[at] = plane();
      results[(frame * slices + slice) * image.getNChannels() + channel] = planes[at];
    }
    return planes;
  }

  private Object plane() {
    int samples = Math.multiplyExact(width, height);
    switch (output) {
      case U8:
        return new byte[samples];
      case U16:
        return new short[samples];
      default:
        return new float[samples];
    }
  }

  /** The part of all results that a selection asks for, with the labels of the image's slices where there are as many. */
  ImageStack stack(Rectangle part) {
    ImageStack stack = new ImageStack(part.width, part.height);
    for (int index = 0; index < results.length; index++) {
      String label = results.length == image.getStackSize() ? image.getStack().getSliceLabel(index + 1) : null;
      stack.addSlice(label, region.result(results[index], width, height, part));
    }
    return stack;
  }
}
