package abbe.imagej;

import abbe.AbbeException;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.ProgressListener;
import abbe.Status;
import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.measure.Calibration;
import java.awt.Rectangle;

/** Runs a plan over the volumes of a hyperstack, those together that a step reads together, and makes an image of the results. */
final class Volumes {
  /** Adds the steps of a plan, which has an input already. */
  interface Steps {
    void addTo(Plan plan) throws AbbeException;
  }

  private final ImagePlus image;
  private final ResultFields settings;
  private final Reads reads;
  private final Region region;
  private final Dtype output;
  private boolean showsWhole;
  private double inPlane;
  private double inDepth;
  private String report = "";

  /** {@code margin}: pixels around a selection that are read too. */
  Volumes(ImagePlus image, ResultFields settings, Reads reads, int margin) {
    this.image = image;
    this.settings = settings;
    this.reads = reads;
    this.region = new Region(image, margin);
    this.output = settings.dtype();
  }

  /** Whether results are shown between their lowest and highest samples, of whatever type they are, and not as the image. */
  void showWhole(boolean whole) {
    showsWhole = whole;
  }

  /**
   * Says how many samples results have for one of the image along x and y, and along z; those left over at an end do not tell.
   * Else it is the ratio of the extents.
   */
  void scale(double inPlane, double inDepth) {
    this.inPlane = inPlane;
    this.inDepth = inDepth;
  }

  /** What is read and worked on of each plane. */
  Region region() {
    return region;
  }

  /** Shows a result beside its image, at the same channel, slice and frame. */
  static void show(ImagePlus result, ImagePlus image) {
    if (result != null) {
      result.show();
      // Not before, since only a window that is there has sliders to set.
      if (result.isHyperStack() || result.isComposite()) {
        int slice = (int) ((image.getZ() - 0.5) * result.getNSlices() / image.getNSlices()) + 1;
        result.setPosition(image.getC(), slice, image.getT());
      } else {
        result.setSlice((int) ((image.getCurrentSlice() - 0.5) * result.getStackSize() / image.getStackSize()) + 1);
      }
    }
  }

  /** Why an image cannot be processed; null if it can. */
  static String refusal(ImagePlus image) {
    switch (image.getType()) {
      case ImagePlus.COLOR_RGB:
        return "The image is RGB; split it first (Image > Color > Split Channels, or Make Composite), since its channels"
            + " are displayed colours and not measured intensities.";
      case ImagePlus.COLOR_256:
        return "The image has 8-bit colour indices; convert it first (Image > Type > 8-bit).";
      default:
        return image.getCalibration().isSigned16Bit()
            ? "The image is signed 16-bit; convert it first (Image > Type > 32-bit)." : null;
    }
  }

  /** The samples of a stack that goes into one array. */
  static int samples(int width, int height, int slices) {
    long samples = (long) width * height * slices;
    if (samples > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("The stack holds " + samples + " samples; at most 2147483639 are taken at once: crop it,"
          + " or select a part.");
    }
    return (int) samples;
  }

  /** The sample type of an image. */
  static Dtype dtype(ImagePlus image) {
    switch (image.getBitDepth()) {
      case 8:
        return Dtype.U8;
      case 16:
        return Dtype.U16;
      default:
        return Dtype.F32;
    }
  }

  /** Processes everything; null when the user stopped it. */
  ImagePlus run(abbe.Context context, Steps steps, String suffix) throws AbbeException {
    int channels = reads == Reads.VOLUMES ? 1 : image.getNChannels();
    int frames = reads == Reads.SERIES ? image.getNFrames() : 1;
    int depth = settings.planes() ? 1 : image.getNSlices();
    int parts = image.getStackSize() / (channels * frames * depth);
    ImagePlus result = null;
    try (Escape escape = new Escape(); Plan plan = new Plan(context)) {
      escape.stops(plan::cancel);
      IJ.showStatus("Abbe: preparing");
      describe(plan, frames, channels, depth);
      steps.addTo(plan);
      plan.output(output);
      plan.set(Parameters.PLAN_MEMORY_CAP_BYTES, settings.memory());
      long[] shape = plan.outputShape();
      plan.commit();
      Planes planes = new Planes(image, region, output, shape, depth);
      int done = 0;
      for (int channel = 0; channel < image.getNChannels(); channel += channels) {
        for (int frame = 0; frame < image.getNFrames(); frame += frames) {
          for (int slice = 0; slice < image.getNSlices() && !escape.pressed(); slice += depth) {
            plan.onProgress(progress(done++, parts));
            int[] first = {frame, channel, slice};
            int[] count = {frames, channels, depth};
            plan.executePlanes(planes.sources(first, count), planes.targets(first, count));
          }
        }
        report = report.isEmpty() ? plan.report() : report + "\n" + plan.report();
      }
      result = escape.pressed() ? null : result(planes, suffix);
    } catch (AbbeException failure) {
      if (failure.status() != Status.CANCELLED) {
        throw failure;
      }
    } finally {
      IJ.showProgress(1.0);
    }
    IJ.showStatus(result == null ? "Abbe: stopped" : "");
    return result;
  }

  private void describe(Plan plan, int frames, int channels, int depth) throws AbbeException {
    StringBuilder axes = new StringBuilder();
    long[] shape = new long[5];
    int count = 0;
    int[] extents = {frames, channels, depth};
    for (int axis = 0; axis < extents.length; axis++) {
      if (extents[axis] > 1) {
        axes.append("tcz".charAt(axis));
        shape[count++] = extents[axis];
      }
    }
    shape[count++] = region.height();
    shape[count++] = region.width();
    plan.input(dtype(image), axes.append("yx").toString(), java.util.Arrays.copyOf(shape, count));
  }

  private static ProgressListener progress(int done, int parts) {
    return (plan, fraction) -> {
      double share = (done + Math.min(fraction, 0.999)) / parts;
      IJ.showProgress(share);
      IJ.showStatus("Abbe: " + Math.round(100 * share) + " %");
    };
  }

  private ImagePlus result(Planes planes, String suffix) {
    double across = inPlane > 0 ? inPlane : (double) planes.width() / region.width();
    double down = inDepth > 0 ? inDepth : (double) planes.slices() / image.getNSlices();
    Rectangle part = region.scaled(planes.width(), planes.height(), across);
    ImagePlus made = new ImagePlus(title(suffix), planes.stack(part));
    Calibration calibration = image.getCalibration().copy();
    if (made.getBitDepth() != image.getBitDepth() || showsWhole) {
      calibration.disableDensityCalibration();
    }
    calibration.xOrigin = (calibration.xOrigin - region.left()) * across - part.x;
    calibration.yOrigin = (calibration.yOrigin - region.top()) * across - part.y;
    calibration.zOrigin *= down;
    calibration.pixelWidth /= across;
    calibration.pixelHeight /= across;
    calibration.pixelDepth /= down;
    made.setCalibration(calibration);
    made.setDimensions(image.getNChannels(), planes.slices(), image.getNFrames());
    ImagePlus shown = made;
    if (image.isComposite()) {
      CompositeImage composite = new CompositeImage(made, ((CompositeImage) image).getMode());
      composite.copyLuts(image);
      shown = composite;
    } else {
      made.getProcessor().setLut(image.getProcessor().getLut());
      made.setOpenAsHyperStack(image.isHyperStack());
      made.setDisplayRange(image.getDisplayRangeMin(), image.getDisplayRangeMax());
    }
    if (output == Dtype.F32 || showsWhole) {
      DisplayRange.fit(shown, image.getT());
    }
    if (planes.slices() == image.getNSlices()) { // its parts belong to slices
      shown.setOverlay(region.overlay(image.getOverlay(), across));
    }
    Object info = image.getProperty("Info");
    shown.setProperty("Info", (info == null ? "" : info + "\n") + "abbe: " + report);
    return shown;
  }

  private String title(String suffix) {
    String title = image.getTitle();
    int point = title.lastIndexOf('.');
    return point > 0 ? title.substring(0, point) + suffix + title.substring(point) : title + suffix;
  }
}
