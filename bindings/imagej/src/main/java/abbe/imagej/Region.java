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
  static final int MARGIN_PX = 64;
  /** A margin as wide as any image. */
  static final int ALL_PX = 1 << 24;

  /** Of a product that is whole but for it. */
  private static final double ROUNDING = 1e-9;

  private final Rectangle all;
  private final Rectangle inner;
  /** With the margin. */
  private final Rectangle read;

  /** {@code margin}: pixels around a selection that are read too. */
  Region(ImagePlus image, int margin) {
    all = new Rectangle(image.getWidth(), image.getHeight());
    boolean area = image.getRoi() != null && image.getRoi().isArea();
    Rectangle chosen = area ? image.getRoi().getBounds().intersection(all) : all;
    inner = chosen.isEmpty() ? all : chosen;
    Rectangle wide = new Rectangle(inner);
    wide.grow(margin, margin);
    read = wide.intersection(all);
  }

  /** What is read. */
  Rectangle bounds() {
    return new Rectangle(read);
  }

  /** Of what is read. */
  int left() {
    return read.x;
  }

  /** Of what is read. */
  int top() {
    return read.y;
  }

  /** Of what is read. */
  int width() {
    return read.width;
  }

  /** Of what is read. */
  int height() {
    return read.height;
  }

  /** Where the selection lies in results of what is read, which are so large, with so many pixels for one of the image. */
  Rectangle scaled(int width, int height, double scale) {
    if (inner.equals(read)) {
      return new Rectangle(width, height);
    }
    int x = (int) Math.round((inner.x - read.x) * scale);
    int y = (int) Math.round((inner.y - read.y) * scale);
    int wide = (int) (inner.width * scale + ROUNDING);
    int high = (int) (inner.height * scale + ROUNDING);
    return new Rectangle(x, y, Math.min(wide, width - x), Math.min(high, height - y));
  }

  /** The samples of a plane that are read; the plane's own where that is all of it. */
  Object source(ImageProcessor plane) {
    return read.equals(all) ? plane.getPixels() : cropped(plane, read);
  }

  /** The same as 32-bit floating point. */
  Object floats(ImageProcessor plane) {
    return source(plane.convertToFloatProcessor());
  }

  /** What belongs to the selection of a plane of results: {@code part} of it. */
  ImageProcessor result(Object samples, int width, int height, Rectangle part) {
    ImageProcessor plane = samples instanceof byte[] ? new ByteProcessor(width, height, (byte[]) samples, null)
        : samples instanceof short[] ? new ShortProcessor(width, height, (short[]) samples, null)
        : new FloatProcessor(width, height, (float[]) samples, null);
    if (part.width == width && part.height == height) {
      return plane;
    }
    plane.setRoi(part);
    return plane.crop();
  }

  /** An overlay as it lies on the result, which has so many pixels for one of the image. */
  Overlay overlay(Overlay of, double scale) {
    if (of == null) {
      return null;
    }
    Overlay lies = inner.equals(all) ? of.duplicate() : of.crop(inner);
    return scale == 1 ? lies : lies.scale(scale, scale);
  }

  private static Object cropped(ImageProcessor plane, Rectangle part) {
    Rectangle before = plane.getRoi();
    plane.setRoi(part);
    Object samples = plane.crop().getPixels();
    plane.setRoi(before);
    return samples;
  }
}
