package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Parameters;
import abbe.Psf;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.PointRoi;
import ij.gui.Roi;
import ij.plugin.PlugIn;
import ij.plugin.filter.MaximumFinder;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import java.awt.Point;
import java.awt.Polygon;
import java.util.ArrayList;
import java.util.List;

/**
 * Plugins &gt; Abbe &gt; PSF from Beads...: cuts out the beads of the current channel and frame, lets libabbe take their
 * background away and centre each, and averages them into a measured point spread function, its sum 1.
 */
public final class PsfFromBeads implements PlugIn {
  private static final double HAIR = 1e-6;

  @Override
  public void run(String argument) {
    Failures.told(this::average);
  }

  private void average() throws AbbeException {
    ImagePlus image = IJ.getImage();
    String refusal = Volumes.refusal(image);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    int depth = image.getNSlices();
    Fields fields = new Fields("PSF from Beads");
    fields.message("Beads are the points of a multi-point selection; without one, they are found.");
    fields.text("Box_width", "25", 10, "px, odd");
    fields.text("Box_slices", String.valueOf(Math.max(1, depth - 1 + depth % 2)), 10, "odd, 1 to " + depth);
    fields.text("Prominence", "0", 10, "intensity, 0: half the brightest");
    fields.help("<html><body style='width:420px'>A bead must lie wholly inside its box, alone, and not be saturated."
        + " Those that are not are passed over; the log says which. Beads should be smaller than a third of the"
        + " resolution.</body></html>");
    if (!fields.shown()) {
      return;
    }
    int width = odd("Box_width", fields.nextText(), Math.min(image.getWidth(), image.getHeight()));
    int slices = odd("Box_slices", fields.nextText(), depth);
    int prominence = ParameterForm.whole("Prominence", fields.nextText(), 0, Integer.MAX_VALUE);
    float[][] planes = planes(image);
    List<Point> beads = alone(beads(image, planes, prominence), width);
    try (Context context = new Context()) {
      long[] shape = depth > 1 ? new long[] {slices, width, width} : new long[] {width, width};
      float[] sum = new float[slices * width * width];
      int used = 0;
      for (Point bead : beads) {
        float[] box = box(image, planes, bead, width, slices);
        if (box != null) {
          add(sum, centred(context, box, shape));
          used++;
        }
      }
      if (used == 0) {
        throw new IllegalArgumentException("No bead can be used; select some by hand (multi-point tool), or make the box"
            + " smaller. " + beads.size() + " were found that are alone in a box.");
      }
      show(context, image, sum, shape, used);
    }
  }

  private static void show(Context context, ImagePlus image, float[] sum, long[] shape, int used) throws AbbeException {
    try (Psf psf = new Psf(context, Psf.Kind.MEASURED)) {
      psf.samples(sum, shape).set(Parameters.PSF_BACKGROUND, 0).set(Parameters.PSF_CENTER, Parameters.PsfCenter.NONE);
      ImagePlus kernel = MakePsf.kernel("PSF of " + used + " beads", psf, shape);
      kernel.setCalibration(image.getCalibration().copy());
      kernel.getCalibration().disableDensityCalibration();
      kernel.show();
    }
  }

  /** libabbe moves measured samples by whole steps, unless it resamples them anyway: so it is asked to, by a hair. */
  private static float[] centred(Context context, float[] box, long[] shape) throws AbbeException {
    try (Psf psf = new Psf(context, Psf.Kind.MEASURED)) {
      psf.set(Parameters.PSF_PIXEL_NM, 100).set(Parameters.PSF_SAMPLES_PIXEL_NM, 100 * (1 + HAIR));
      psf.set(Parameters.PSF_STEP_NM, 100).set(Parameters.PSF_SAMPLES_STEP_NM, 100 * (1 + HAIR));
      return psf.samples(box, shape).set(Parameters.PSF_CENTER, Parameters.PsfCenter.CENTROID).sample(shape);
    }
  }

  private static List<Point> beads(ImagePlus image, float[][] planes, double prominence) {
    Roi roi = image.getRoi();
    Polygon points;
    if (roi instanceof PointRoi) {
      points = roi.getPolygon();
    } else {
      ImageProcessor brightest = brightest(planes, image.getWidth(), image.getHeight());
      double least = prominence > 0 ? prominence : (brightest.getMax() - brightest.getMin()) / 2;
      points = new MaximumFinder().getMaxima(brightest, least, true);
    }
    List<Point> beads = new ArrayList<>();
    for (int index = 0; index < points.npoints; index++) {
      beads.add(new Point(points.xpoints[index], points.ypoints[index]));
    }
    return beads;
  }

  /** Those whose box no other bead's centre lies in. */
  private static List<Point> alone(List<Point> beads, int width) {
    List<Point> alone = new ArrayList<>();
    for (Point bead : beads) {
      boolean near = false;
      for (Point other : beads) {
        near |= other != bead && Math.max(Math.abs(other.x - bead.x), Math.abs(other.y - bead.y)) <= width / 2;
      }
      if (near) {
        IJ.log("abbe: the bead at " + bead.x + ", " + bead.y + " is passed over: another is in its box");
      } else {
        alone.add(bead);
      }
    }
    return alone;
  }

  /** The samples around a bead; null when they leave the image or are saturated. */
  private static float[] box(ImagePlus image, float[][] planes, Point bead, int width, int slices) {
    int focus = focus(planes, bead, image.getWidth());
    int left = bead.x - width / 2;
    int top = bead.y - width / 2;
    int first = planes.length == slices ? 0 : focus - slices / 2;
    boolean inside = left >= 0 && top >= 0 && left + width <= image.getWidth() && top + width <= image.getHeight()
        && first >= 0 && first + slices <= planes.length;
    float saturated = image.getBitDepth() == 8 ? 255 : image.getBitDepth() == 16 ? 65535 : Float.POSITIVE_INFINITY;
    if (!inside) {
      IJ.log("abbe: the bead at " + bead.x + ", " + bead.y + " is passed over: its box leaves the image");
      return null;
    }
    float[] box = new float[slices * width * width];
    for (int z = 0; z < slices; z++) {
      for (int y = 0; y < width; y++) {
        int from = (top + y) * image.getWidth() + left;
        System.arraycopy(planes[first + z], from, box, (z * width + y) * width, width);
      }
    }
    for (float value : box) {
      if (value >= saturated) {
        IJ.log("abbe: the bead at " + bead.x + ", " + bead.y + " is passed over: it is saturated");
        return null;
      }
    }
    return box;
  }

  private static int focus(float[][] planes, Point bead, int stride) {
    int focus = 0;
    for (int z = 1; z < planes.length; z++) {
      if (planes[z][bead.y * stride + bead.x] > planes[focus][bead.y * stride + bead.x]) {
        focus = z;
      }
    }
    return focus;
  }

  private static ImageProcessor brightest(float[][] planes, int width, int height) {
    float[] brightest = planes[0].clone();
    for (float[] plane : planes) {
      for (int index = 0; index < plane.length; index++) {
        brightest[index] = Math.max(brightest[index], plane[index]);
      }
    }
    FloatProcessor processor = new FloatProcessor(width, height, brightest);
    processor.resetMinAndMax();
    return processor;
  }

  private static float[][] planes(ImagePlus image) {
    ImageStack stack = image.getStack();
    float[][] planes = new float[image.getNSlices()][];
    for (int z = 0; z < planes.length; z++) {
      ImageProcessor plane = stack.getProcessor(image.getStackIndex(image.getC(), z + 1, image.getT()));
      planes[z] = (float[]) plane.convertToFloatProcessor().getPixels();
    }
    return planes;
  }

  private static void add(float[] sum, float[] values) {
    for (int index = 0; index < sum.length; index++) {
      sum[index] += values[index];
    }
  }

  private static int odd(String name, String value, int most) {
    int whole = ParameterForm.whole(name, value, 1, most);
    if (whole % 2 == 0) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be odd, 1 to " + most + ".");
    }
    return whole;
  }
}
