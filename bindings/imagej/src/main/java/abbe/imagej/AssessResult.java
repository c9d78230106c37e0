package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Assess;
import abbe.AssessImage;
import abbe.AssessMap;
import abbe.Context;
import abbe.Psf;
import abbe.Status;
import ij.IJ;
import ij.ImagePlus;
import ij.measure.Calibration;
import ij.plugin.PlugIn;
import java.awt.GraphicsEnvironment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Plugins &gt; Abbe &gt; Assess Result...: how far the current image, made of another that is open, can be believed, as numbers,
 * maps and a picture.
 */
public final class AssessResult implements PlugIn {
  private static final String NONE = "none";
  private static final List<String> CAMERA = Arrays.asList("assess.gain", "assess.offset", "assess.read_noise");

  private final ParameterForm form = new ParameterForm();

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  private void work() throws AbbeException {
    ImagePlus result = IJ.getImage();
    List<ImagePlus> others = Optics.openImages(result);
    List<String> raws = new ArrayList<>();
    List<String> kernels = new ArrayList<>(Arrays.asList(NONE));
    for (ImagePlus other : others) {
      boolean fits = other.getWidth() == result.getWidth() && other.getHeight() == result.getHeight()
          && other.getNSlices() == result.getNSlices();
      (fits ? raws : kernels).add(other.getTitle());
    }
    if (raws.isEmpty()) {
      throw new IllegalArgumentException("No other open image has the extents of " + result.getTitle()
          + "; open the raw image that it was made of.");
    }
    Fields fields = new Fields("Assess Result");
    fields.choice("Raw_image", raws.toArray(new String[0]), raws.get(0));
    fields.choice("Psf", kernels.toArray(new String[0]), NONE);
    for (String name : CAMERA) {
      form.add(fields, Abbe.parameter(name), "", true);
    }
    fields.help(form.help("<p>The current image is the result, the raw image the one that it was made of. A result without"
        + " the blur of a microscope takes the point spread function that was taken away, as an open image (Make PSF...);"
        + " denoised ones take none. Camera values that are left empty are found in the raw image. What the numbers"
        + " mean is in docs/trust.md of abbe.</p>"));
    fields.finish();
    if (!fields.shown()) {
      return;
    }
    ImagePlus raw = named(others, fields.nextChoice());
    ImagePlus kernel = named(others, fields.nextChoice());
    form.read(fields);
    form.remember();
    for (ImagePlus image : new ImagePlus[] {raw, result}) {
      if (Volumes.refusal(image) != null) {
        throw new IllegalArgumentException(Volumes.refusal(image));
      }
    }
    assess(raw, result, kernel);
  }

  private static ImagePlus named(List<ImagePlus> images, String title) {
    for (ImagePlus image : images) {
      if (image.getTitle().equals(title)) {
        return image;
      }
    }
    return null;
  }

  private void assess(ImagePlus raw, ImagePlus result, ImagePlus kernel) throws AbbeException {
    long[] shape = Optics.shape(raw);
    float[][] panels = {Optics.values(raw), Optics.values(result), null, null};
    String report;
    Escape escape = new Escape();
    try (Context context = Log.context(); Assess assess = new Assess(context);
        Psf psf = kernel == null ? null : new Psf(context, Psf.Kind.MEASURED); Escape watches = escape) {
      watches.stops(assess::cancel);
      assess.image(AssessImage.RAW, panels[0], shape).image(AssessImage.RESULT, panels[1], shape);
      if (psf != null) {
        assess.psf(psf.samples(Optics.values(kernel), Optics.shape(kernel)));
      }
      form.apply(assess, "assess");
      calibrate(assess, raw.getCalibration());
      assess.run(IJ::showProgress);
      panels[2] = assess.map(AssessMap.ERROR, shape);
      panels[3] = assess.map(AssessMap.SUSPICION, shape);
      report = assess.report();
    } catch (AbbeException failure) {
      if (escape.pressed() && failure.status() == Status.CANCELLED) {
        IJ.showStatus("Abbe: stopped");
        return;
      }
      throw failure;
    } finally {
      IJ.showProgress(1.0);
    }
    TrustPicture picture = new TrustPicture(result, panels, report);
    picture.maps().show();
    if (!GraphicsEnvironment.isHeadless()) {
      picture.plot().show(); // fonts need a display
    }
    picture.picture().show();
  }

  /** Lengths are told in nm where the image is calibrated. */
  private static void calibrate(Assess assess, Calibration calibration) throws AbbeException {
    double pixel = Optics.nanometres(calibration.pixelWidth, calibration.getXUnit());
    double step = Optics.nanometres(calibration.pixelDepth, calibration.getZUnit());
    if (pixel >= 1 && pixel <= 1e5) {
      assess.set(Abbe.parameter("assess.pixel_nm"), pixel);
      if (step >= 1 && step <= 1e5) {
        assess.set(Abbe.parameter("assess.step_nm"), step);
      }
    }
  }
}
