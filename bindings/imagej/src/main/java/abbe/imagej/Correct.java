package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.Dtype;
import abbe.ParameterInfo;
import abbe.Parameters;
import abbe.Plan;
import abbe.SensorMap;
import ij.IJ;
import ij.ImagePlus;
import ij.measure.Calibration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Plugins &gt; Abbe &gt; Correct Background... and its like: one step on the current image. Its argument names the {@link Correction}. */
public final class Correct implements Command {
  private static final String NO_MAP = "none";
  /** Of resample: the image's calibration says them. */
  private static final List<String> CALIBRATED = Arrays.asList("resample.pixel_nm", "resample.step_nm");

  private final Correction correction;
  private final ParameterForm form = new ParameterForm();
  private final Map<String, ImagePlus> maps = new LinkedHashMap<>();
  private boolean isotropic;

  /** Made by ImageJ, which gives the correction to {@link #run}. */
  public Correct() {
    this(null);
  }

  /** {@code correction}: what is done, where nobody gives it to {@link #run}. */
  Correct(Correction correction) {
    this.correction = correction;
  }

  @Override
  public void run(String argument) {
    Failures.told(correction == null ? new Correct(Correction.valueOf(argument.toUpperCase(Locale.ROOT)))::work : this::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    ResultFields result = new ResultFields(image);
    Fields fields = new Fields(correction.title);
    boolean asksIsotropic = correction == Correction.RESAMPLE && image.getNSlices() > 1;
    add(fields, result, image);
    if (asksIsotropic) {
      fields.check("Isotropic", false);
    }
    if (correction.previews()) {
      fields.check("Preview", false);
    }
    fields.help(form.help("<p>Escape stops.</p>"));
    fields.finish();
    if (!answered(fields, result, image)) {
      return;
    }
    form.read(fields);
    for (Map.Entry<String, ImagePlus> map : maps.entrySet()) {
      map.setValue(chosen(map.getKey(), fields.nextChoice(), image));
    }
    result.read(fields);
    isotropic = asksIsotropic && fields.nextCheck();
    if (correction.previews()) {
      fields.nextCheck();
    }
    form.remember();
    Volumes volumes = new Volumes(image, result, correction.reads(form), correction.margin());
    volumes.showWhole(!correction.keepsIntensities());
    volumes.scale(inPlane(), inDepth(image));
    try (Context context = Log.context()) {
      Volumes.show(volumes.run(context, plan -> steps(plan, volumes.region(), result.dtype(), image), suffix()), image);
    }
  }

  /** Shows the dialog, and in the image what it asks for where that can be; false when it is cancelled. */
  private boolean answered(Fields fields, ResultFields result, ImagePlus image) {
    if (!correction.previews()) {
      return fields.shown();
    }
    Preview preview = new Preview(image, (plan, context) -> steps(plan, null, result.dtype(), image), correction.keepsIntensities());
    fields.listen(() -> {
      form.read(fields);
      result.read(fields);
    }, preview);
    boolean answered = fields.shown();
    preview.close();
    return answered;
  }

  private void add(Fields fields, ResultFields result, ImagePlus image) throws AbbeException {
    for (ParameterInfo parameter : ParameterForm.parameters(correction.step.object(), CALIBRATED)) {
      form.add(fields, parameter, "", true);
    }
    for (String name : correction.stated) {
      form.add(fields, Abbe.parameter(name), "", true);
    }
    for (String label : correction.maps().keySet()) {
      String[] titles = Optics.openImages(image).stream().map(ImagePlus::getTitle).toArray(String[]::new);
      String[] choices = Arrays.copyOf(new String[] {NO_MAP}, titles.length + 1);
      System.arraycopy(titles, 0, choices, 1, titles.length);
      fields.choice(label, choices, NO_MAP);
      maps.put(label, null);
    }
    if (correction == Correction.OUTPUT) {
      result.addTypes(fields);
    } else {
      result.add(fields, correction != Correction.HOT_PIXELS);
    }
    if (correction.asksSlices()) {
      result.addSlices(fields, false);
    }
  }

  /** The open image of a title; null for none. */
  private static ImagePlus chosen(String label, String title, ImagePlus image) {
    for (ImagePlus open : title.equals(NO_MAP) ? Arrays.<ImagePlus>asList() : Optics.openImages(image)) {
      if (open.getTitle().equals(title)) {
        if (open.getStackSize() != 1 || open.getWidth() != image.getWidth() || open.getHeight() != image.getHeight()) {
          throw new IllegalArgumentException(label + " is \"" + title + "\", " + open.getWidth() + " x " + open.getHeight() + " x "
              + open.getStackSize() + "; it must be one plane of " + image.getWidth() + " x " + image.getHeight()
              + "; frames are averaged by Image > Stacks > Z Project.");
        }
        return open;
      }
    }
    return null;
  }

  private String suffix() {
    switch (correction) {
      case BIN:
        return "-binned";
      case RESAMPLE:
        return "-resampled";
      case REASSIGN:
        return "-reassigned";
      case ESRRF:
        return "-esrrf";
      case OUTPUT:
        return "-fitted";
      default:
        return "-corrected";
    }
  }

  /** Pixels of the result for one of the image, along x and along y. */
  private double inPlane() throws AbbeException {
    switch (correction) {
      case BIN:
        return 1 / number("bin.px");
      case RESAMPLE:
        return number("resample.factor_px");
      case REASSIGN:
        return number("reassign.magnification");
      case ESRRF:
        return number("esrrf.magnification");
      default:
        return 1;
    }
  }

  /** Slices of the result for one of the image. */
  private double inDepth(ImagePlus image) throws AbbeException {
    if (correction == Correction.BIN) {
      double planes = Math.min(number("bin.planes"), image.getNSlices());
      return 1 / (planes == 0 ? image.getNSlices() : planes);
    }
    if (correction != Correction.RESAMPLE) {
      return 1;
    }
    return isotropic ? step(image) / pixel(image) * inPlane() : number("resample.factor_planes");
  }

  private double number(String name) throws AbbeException {
    return ParameterForm.number(Abbe.parameter(name), form.value(name));
  }

  private static double pixel(ImagePlus image) {
    Calibration calibration = image.getCalibration();
    return length("pixels", Optics.square(calibration) ? calibration.pixelWidth : Double.NaN, calibration.getXUnit());
  }

  private static double step(ImagePlus image) {
    return length("slices", image.getCalibration().pixelDepth, image.getCalibration().getZUnit());
  }

  private static double length(String of, double length, String unit) {
    double nanometres = Optics.nanometres(length, unit);
    if (!(nanometres > 0)) {
      throw new IllegalArgumentException("The image says no distance of " + of + " in a unit of length, square ones; set it first"
          + " (Image > Properties).");
    }
    return nanometres;
  }

  private void steps(Plan plan, Region region, Dtype output, ImagePlus image) throws AbbeException {
    form.apply(plan, "plan");
    plan.add(correction.step);
    form.apply(plan, correction.step.object());
    if (correction == Correction.OUTPUT && form.value("output.highest").isEmpty() && output == Dtype.U8) {
      plan.set(Parameters.OUTPUT_HIGHEST, 255);
    }
    if (isotropic) {
      plan.set(Parameters.RESAMPLE_PIXEL_NM, pixel(image)).set(Parameters.RESAMPLE_STEP_NM, step(image));
    }
    for (Map.Entry<String, SensorMap> map : correction.maps().entrySet()) {
      ImagePlus open = maps.get(map.getKey());
      if (open != null) {
        float[] samples = (float[]) region.floats(open.getProcessor());
        plan.sensorMap(map.getValue(), samples, region.height(), region.width());
      }
    }
  }
}
