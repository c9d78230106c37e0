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

/** Runs plans over the volumes of a hyperstack, one for each channel and frame, and makes an image of the results. */
final class Volumes {
  /** Prepares the plan of a channel, which has an input already. */
  interface Steps {
    void addTo(Plan plan, int channel) throws AbbeException;
  }

  private final ImagePlus image;
  private final Region region;
  private final boolean planes;
  private final Dtype output;
  private final long memory;
  private String report = "";

  /**
   * {@code planes}: each slice is an image of its own. {@code output}: the result's samples. {@code memory}: the most bytes
   * that libabbe may hold.
   */
  Volumes(ImagePlus image, boolean planes, Dtype output, long memory) {
    this.image = image;
    this.region = new Region(image);
    this.planes = planes;
    this.output = output;
    this.memory = memory;
  }

  /** Shows a result beside its image, at the same channel, slice and frame. */
  static void show(ImagePlus result, ImagePlus image) {
    if (result != null) {
      result.show();
      // Not before, since only a window that is there has sliders to set.
      if (result.isHyperStack() || result.isComposite()) {
        result.setPosition(image.getC(), image.getZ(), image.getT());
      } else {
        result.setSlice(image.getCurrentSlice());
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
      throw new IllegalArgumentException("The stack holds " + samples + " samples; a point spread function is taken from"
          + " at most 2147483639: crop it, or select the beads.");
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
    int channels = image.getNChannels();
    int depth = planes ? 1 : image.getNSlices();
    int volumes = image.getStackSize() / depth;
    Object[] results = new Object[image.getStackSize()];
    long[] shape = null;
    int done = 0;
    try (Escape escape = new Escape()) {
      for (int channel = 0; channel < channels; channel++) {
        try (Plan plan = new Plan(context)) {
          escape.stops(plan::cancel);
          describe(plan, depth);
          steps.addTo(plan, channel);
          plan.output(output);
          plan.set(Parameters.PLAN_MEMORY_CAP_BYTES, memory);
          IJ.showStatus("Abbe: preparing" + of(channel, channels));
          shape = plan.outputShape();
          plan.commit();
          for (int frame = 0; frame < image.getNFrames(); frame++) {
            for (int slice = 0; slice < image.getNSlices() && !escape.pressed(); slice += depth) {
              plan.onProgress(progress(done, volumes, of(channel, channels)));
              execute(plan, channel, slice, frame, depth, shape, results);
              done++;
            }
          }
          report = report.isEmpty() || channels == 1 ? plan.report() : report + "\n" + plan.report();
        } catch (AbbeException failure) {
          if (!escape.pressed() || failure.status() != Status.CANCELLED) {
            throw failure;
          }
        } finally {
          escape.stops(null);
        }
        if (escape.pressed()) {
          IJ.showStatus("Abbe: stopped");
          return null;
        }
      }
    } finally {
      IJ.showProgress(1.0);
    }
    IJ.showStatus("");
    return result(results, shape, suffix);
  }

  private static String of(int channel, int channels) {
    return channels == 1 ? "" : " channel " + (channel + 1) + " of " + channels;
  }

  private void describe(Plan plan, int depth) throws AbbeException {
    if (depth > 1) {
      plan.input(dtype(image), "zyx", depth, region.height(), region.width());
    } else {
      plan.input(dtype(image), "yx", region.height(), region.width());
    }
  }

  private void execute(Plan plan, int channel, int slice, int frame, int depth, long[] shape, Object[] results)
      throws AbbeException {
    Object[] source = new Object[depth];
    Object[] target = new Object[depth];
    int samples = (int) (shape[shape.length - 1] * shape[shape.length - 2]);
    for (int z = 0; z < depth; z++) {
      int index = image.getStackIndex(channel + 1, slice + z + 1, frame + 1);
      source[z] = region.source(image.getStack().getProcessor(index));
      target[z] = plane(samples);
      results[index - 1] = target[z];
    }
    plan.executePlanes(source, target);
  }

  private Object plane(int samples) {
    switch (output) {
      case U8:
        return new byte[samples];
      case U16:
        return new short[samples];
      default:
        return new float[samples];
    }
  }

  private static ProgressListener progress(int done, int volumes, String of) {
    return (plan, fraction) -> {
      double share = (done + Math.min(fraction, 0.999)) / volumes;
      IJ.showProgress(share);
      IJ.showStatus("Abbe:" + of + " " + Math.round(100 * share) + " %");
    };
  }

  private ImagePlus result(Object[] results, long[] shape, String suffix) {
    int width = (int) shape[shape.length - 1];
    int height = (int) shape[shape.length - 2];
    Rectangle part = region.scaled(width, height);
    ImageStack stack = new ImageStack(part.width, part.height);
    for (int index = 0; index < results.length; index++) {
      stack.addSlice(image.getStack().getSliceLabel(index + 1), region.result(results[index], width, height));
    }
    ImagePlus made = new ImagePlus(title(suffix), stack);
    Calibration calibration = image.getCalibration().copy();
    if (made.getBitDepth() != image.getBitDepth()) {
      calibration.disableDensityCalibration();
    }
    calibration.xOrigin = (calibration.xOrigin - region.left()) * width / region.width();
    calibration.yOrigin = (calibration.yOrigin - region.top()) * height / region.height();
    calibration.pixelWidth *= (double) region.width() / width;
    calibration.pixelHeight *= (double) region.height() / height;
    made.setCalibration(calibration);
    made.setDimensions(image.getNChannels(), image.getNSlices(), image.getNFrames());
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
    if (output == Dtype.F32) {
      DisplayRange.fit(shown, image.getT());
    }
    shown.setOverlay(region.overlay(image.getOverlay()));
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
