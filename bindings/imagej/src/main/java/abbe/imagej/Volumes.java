package abbe.imagej;

import abbe.AbbeException;
import abbe.Dtype;
import abbe.Plan;
import abbe.ProgressListener;
import abbe.Status;
import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.measure.Calibration;

/** Runs plans over the volumes of a hyperstack, one for each channel and frame, and makes an image of the results. */
final class Volumes {
  /** Prepares the plan of a channel, which has an input already. */
  interface Steps {
    void addTo(Plan plan, int channel) throws AbbeException;
  }

  private final ImagePlus image;
  private final boolean planes;
  private final Dtype output;
  private String report = "";
  private boolean stopped;

  /** {@code planes}: each slice is an image of its own. {@code output}: the result's samples. */
  Volumes(ImagePlus image, boolean planes, Dtype output) {
    this.image = image;
    this.planes = planes;
    this.output = output;
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
    IJ.resetEscape();
    int done = 0;
    for (int channel = 0; channel < channels; channel++) {
      try (Plan plan = new Plan(context)) {
        describe(plan, depth);
        steps.addTo(plan, channel);
        plan.output(output);
        shape = plan.outputShape();
        IJ.showStatus("Abbe: preparing");
        plan.commit();
        for (int frame = 0; frame < image.getNFrames(); frame++) {
          for (int slice = 0; slice < image.getNSlices(); slice += depth) {
            plan.onProgress(progress(done, volumes));
            if (!execute(plan, channel, slice, frame, depth, shape, results)) {
              IJ.showProgress(1.0);
              IJ.showStatus("Abbe: stopped");
              return null;
            }
            done++;
          }
        }
        report = report.isEmpty() || channels == 1 ? plan.report() : report + "\n" + plan.report();
      }
    }
    IJ.showProgress(1.0);
    return result(results, shape, suffix);
  }

  private void describe(Plan plan, int depth) throws AbbeException {
    if (depth > 1) {
      plan.input(dtype(image), "zyx", depth, image.getHeight(), image.getWidth());
    } else {
      plan.input(dtype(image), "yx", image.getHeight(), image.getWidth());
    }
  }

  private boolean execute(Plan plan, int channel, int slice, int frame, int depth, long[] shape, Object[] results)
      throws AbbeException {
    Object[] source = new Object[depth];
    Object[] target = new Object[depth];
    int samples = (int) (shape[shape.length - 1] * shape[shape.length - 2]);
    for (int z = 0; z < depth; z++) {
      int index = image.getStackIndex(channel + 1, slice + z + 1, frame + 1);
      source[z] = image.getStack().getPixels(index);
      target[z] = plane(samples);
      results[index - 1] = target[z];
    }
    try {
      plan.executePlanes(source, target);
      return true;
    } catch (AbbeException failure) {
      if (stopped && failure.status() == Status.CANCELLED) {
        return false;
      }
      throw failure;
    }
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

  private ProgressListener progress(int done, int volumes) {
    return (plan, fraction) -> {
      IJ.showProgress((done + Math.min(fraction, 0.999)) / volumes);
      if (IJ.escapePressed()) {
        stopped = true;
        plan.cancel();
      }
    };
  }

  private ImagePlus result(Object[] results, long[] shape, String suffix) {
    int width = (int) shape[shape.length - 1];
    int height = (int) shape[shape.length - 2];
    ImageStack stack = new ImageStack(width, height);
    for (int index = 0; index < results.length; index++) {
      stack.addSlice(image.getStack().getSliceLabel(index + 1), results[index]);
    }
    ImagePlus made = new ImagePlus(title(suffix), stack);
    Calibration calibration = image.getCalibration().copy();
    if (made.getBitDepth() != image.getBitDepth()) {
      calibration.disableDensityCalibration();
    }
    calibration.pixelWidth *= (double) image.getWidth() / width;
    calibration.pixelHeight *= (double) image.getHeight() / height;
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
    shown.setOverlay(image.getOverlay() == null ? null : image.getOverlay().duplicate());
    shown.setPosition(image.getC(), image.getZ(), image.getT());
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
