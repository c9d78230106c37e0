package abbe.imagej;

import ij.ImagePlus;
import ij.gui.Overlay;
import ij.process.ByteProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.ShortProcessor;
import java.awt.Rectangle;

/** The part of an image that a command works on: the bounds of its selection, with a margin to read from, or all of it. */
final class Region {
  private static final int MARGIN_PX = 64;

  private final Rectangle all;
  private final Rectangle inner;
  /** With the margin. */
  private final Rectangle read;

  Region(ImagePlus image) {
    all = new Rectangle(image.getWidth(), image.getHeight());
    boolean area = image.getRoi() != null && image.getRoi().isArea();
    Rectangle chosen = area ? image.getRoi().getBounds().intersection(all) : all;
    inner = chosen.isEmpty() ? all : chosen;
    Rectangle wide = new Rectangle(inner);
    wide.grow(MARGIN_PX, MARGIN_PX);
    read = wide.intersection(all);
  }

  /** Of the selection. */
  int left() {
    return inner.x;
  }

  /** Of the selection. */
  int top() {
    return inner.y;
  }

  /** Of what is read. */
  int width() {
    return read.width;
  }

  /** Of what is read. */
  int height() {
    return read.height;
  }

  /** Where the selection lies in results of what is read, which are so wide and high. */
  Rectangle scaled(int width, int height) {
    double x = (double) width / read.width;
    double y = (double) height / read.height;
    return new Rectangle((int) Math.round((inner.x - read.x) * x), (int) Math.round((inner.y - read.y) * y),
        (int) Math.round(inner.width * x), (int) Math.round(inner.height * y));
  }

  /** The samples of a plane that are read; the plane's own where that is all of it. */
  Object source(ImageProcessor plane) {
    return read.equals(all) ? plane.getPixels() : cropped(plane, read);
  }

  /** What belongs to the selection of a plane of results. */
  ImageProcessor result(Object samples, int width, int height) {
    ImageProcessor plane = samples instanceof byte[] ? new ByteProcessor(width, height, (byte[]) samples, null)
        : samples instanceof short[] ? new ShortProcessor(width, height, (short[]) samples, null)
        : new FloatProcessor(width, height, (float[]) samples, null);
    if (inner.equals(read)) {
      return plane;
    }
    plane.setRoi(scaled(width, height));
    return plane.crop();
  }

  /** An overlay as it lies on the result. */
  Overlay overlay(Overlay of) {
    return of == null ? null : inner.equals(all) ? of.duplicate() : of.crop(inner);
  }

  private static Object cropped(ImageProcessor plane, Rectangle part) {
    Rectangle before = plane.getRoi();
    plane.setRoi(part);
    Object samples = plane.crop().getPixels();
    plane.setRoi(before);
    return samples;
  }
}
