package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Psf;
import abbe.Status;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.WindowManager;
import ij.measure.Calibration;
import ij.plugin.PlugIn;
import ij.util.Tools;
import java.util.Arrays;

/** Plugins &gt; Abbe &gt; Make PSF...: the kernel of a model as a 32-bit image, its sum 1, its centre in the middle. */
public final class MakePsf implements PlugIn {
  @Override
  public void run(String argument) {
    Failures.told(this::make);
  }

  private void make() throws AbbeException {
    ImagePlus image = WindowManager.getCurrentImage();
    ParameterForm form = new ParameterForm();
    MoreParameters more = new MoreParameters("psf");
    Optics optics = new Optics(image, form, more.form());
    Fields fields = new Fields("Make PSF");
    optics.add(fields, false);
    fields.text("Width", "0", 10, "px, 0: as needed");
    fields.text("Height", "0", 10, "px, 0: as needed");
    fields.text("Slices", image == null || image.getNSlices() > 1 ? "0" : "1", 10, "0: as needed, 1: in focus");
    more.addTo(fields);
    fields.help(form.help("The kernel of a model of the microscope."));
    if (!fields.shown()) {
      return;
    }
    optics.read(fields);
    form.read(fields);
    long width = ParameterForm.whole("Width", fields.nextText(), 0, Integer.MAX_VALUE);
    long height = ParameterForm.whole("Height", fields.nextText(), 0, Integer.MAX_VALUE);
    long slices = ParameterForm.whole("Slices", fields.nextText(), 0, Integer.MAX_VALUE);
    if (!more.read(fields)) {
      return;
    }
    optics.remember();
    form.remember();
    try (Context context = Log.context(); Psf psf = optics.psf(context, 0)) {
      ImagePlus kernel = kernel("PSF", psf, () -> shape(psf, slices, height, width));
      if (kernel == null) {
        return;
      }
      calibrate(kernel, form);
      kernel.show();
      kernel.setSlice(kernel.getNSlices() / 2 + 1);
    }
  }

  private static long[] shape(Psf psf, long slices, long height, long width) throws AbbeException {
    int dimensions = slices == 1 ? 2 : 3;
    boolean complete = width > 0 && height > 0 && slices > 0;
    long[] shape = complete ? new long[dimensions] : psf.extent(dimensions);
    if (width > 0) {
      shape[dimensions - 1] = width;
    }
    if (height > 0) {
      shape[dimensions - 2] = height;
    }
    if (dimensions == 3 && slices > 0) {
      shape[0] = slices;
    }
    return shape;
  }

  /** Gives a kernel the distances that a dialog says; none where it says none. */
  static void calibrate(ImagePlus kernel, ParameterForm form) {
    if (form.value("psf.pixel_nm").isEmpty()) {
      return;
    }
    Calibration calibration = kernel.getCalibration();
    calibration.setUnit("nm");
    calibration.pixelWidth = length(form.value("psf.pixel_nm"));
    calibration.pixelHeight = calibration.pixelWidth;
    calibration.pixelDepth = length(form.value("psf.step_nm"));
  }

  private static double length(String entered) {
    double length = Tools.parseDouble(entered, 1);
    return length > 0 ? length : 1;
  }

  /** The extents of a kernel, which may take long to find. */
  interface Shape {
    long[] get() throws AbbeException;
  }

  /**
   * The kernel of a point spread function as an image, with what libabbe says of it in the image's info; null when the user
   * stopped it.
   */
  static ImagePlus kernel(String title, Psf psf, Shape extents) throws AbbeException {
    long[] shape;
    float[] samples;
    try (Escape escape = new Escape()) {
      escape.stops(psf::cancel);
      try {
        shape = extents.get();
        samples = psf.sample(shape);
      } catch (AbbeException failure) {
        if (!escape.pressed() || failure.status() != Status.CANCELLED) {
          throw failure;
        }
        IJ.showStatus("Abbe: stopped");
        return null;
      }
    }
    int width = (int) shape[shape.length - 1];
    int height = (int) shape[shape.length - 2];
    ImageStack stack = new ImageStack(width, height);
    for (int at = 0; at < samples.length; at += width * height) {
      stack.addSlice(null, Arrays.copyOfRange(samples, at, at + width * height));
    }
    ImagePlus image = new ImagePlus(title, stack);
    image.setSlice(stack.getSize() / 2 + 1);
    image.setProperty("Info", "abbe: " + psf.report());
    image.resetDisplayRange();
    return image;
  }
}
