package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Psf;
import ij.ImagePlus;
import ij.ImageStack;
import ij.WindowManager;
import ij.measure.Calibration;
import ij.process.ImageProcessor;
import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The point spread function that a dialog describes: a model with its optics, or the samples in an open image. */
final class Optics {
  /** Shown in every dialog; the rest is under "more". */
  static final List<String> MAIN =
      Arrays.asList("psf.numerical_aperture", "psf.immersion_index", "psf.pixel_nm", "psf.step_nm");
  static final String WAVELENGTH = "psf.wavelength_nm";
  private static final String EXCITATION = "psf.excitation_nm";

  private static final String KIND = "abbe.psf.kind";

  private final ImagePlus image;
  private final ParameterForm form;
  private final ParameterForm more;
  private final Information information;
  private List<ImagePlus> images = new ArrayList<>();
  private String kind;
  private String wavelengths;
  private ImagePlus samples;

  /** {@code form} and {@code more} are the fields shown always and those on demand. */
  Optics(ImagePlus image, ParameterForm form, ParameterForm more) {
    this.image = image;
    this.form = form;
    this.more = more;
    this.information = new Information(image);
  }

  /** Adds the fields; {@code measured}: an open image may be the point spread function. */
  void add(Fields fields, boolean measured) throws AbbeException {
    List<String> kinds = modelNames();
    images = measured ? openImages(image) : new ArrayList<>();
    for (ImagePlus open : images) {
      kinds.add(open.getTitle());
    }
    String last = Fields.last(KIND, name(Psf.Kind.WIDEFIELD));
    String[] choices = kinds.toArray(new String[0]);
    fields.choice("Psf", choices, kinds.contains(last) ? last : name(Psf.Kind.WIDEFIELD));
    ParameterInfo wavelength = Abbe.parameter(WAVELENGTH);
    String said = information.wavelengths();
    fields.text("Wavelength_nm", said.isEmpty() ? Fields.last("abbe." + WAVELENGTH, "") : said, 10,
        ParameterForm.text(wavelength.minimum()) + " to " + ParameterForm.text(wavelength.maximum()) + " nm"
            + (image != null && image.getNChannels() > 1 ? ", or one for each channel: 460,525" : ""));
    for (String name : MAIN) {
      String calibrated = calibrated(name);
      form.add(fields, Abbe.parameter(name), calibrated, calibrated.isEmpty());
    }
  }

  /** Adds pixel size and step alone. */
  void addSampling(Fields fields) throws AbbeException {
    for (String name : MAIN.subList(2, 4)) {
      String calibrated = calibrated(name);
      form.add(fields, Abbe.parameter(name), calibrated, calibrated.isEmpty());
    }
  }

  /** Reads what {@link #add} added, but for the form's fields. */
  void read(Fields fields) {
    kind = fields.nextChoice();
    samples = null;
    if (!modelNames().contains(kind)) {
      for (ImagePlus open : images) {
        samples = open.getTitle().equals(kind) ? open : samples;
      }
    }
    wavelengths = fields.nextText();
  }

  void remember() {
    Fields.remember(KIND, kind);
    Fields.remember("abbe." + WAVELENGTH, wavelengths);
  }

  /** Gives the plan's step, a deconvolution, the point spread function of all channels of the image, or of each where they differ. */
  void give(Plan plan, Context context) throws AbbeException {
    Set<String> different = new HashSet<>();
    for (int channel = 0; channel < image.getNChannels(); channel++) {
      different.add(each(WAVELENGTH, wavelengths, channel) + each(EXCITATION, more.value(EXCITATION), channel) + said(channel));
    }
    for (int channel = 0; channel < (different.size() == 1 ? 1 : image.getNChannels()); channel++) {
      try (Psf psf = psf(context, channel)) { // the plan keeps it alive
        if (different.size() == 1) {
          plan.set(psf);
        } else {
          plan.set(channel, psf);
        }
      }
    }
  }

  /** The point spread function of a channel, 0 for the first; the caller closes it. */
  Psf psf(Context context, int channel) throws AbbeException {
    Psf psf = new Psf(context, samples == null ? model(kind) : Psf.Kind.MEASURED);
    try {
      ParameterForm.set(psf, Abbe.parameter(WAVELENGTH), each(WAVELENGTH, wavelengths, channel));
      form.apply(psf, "psf");
      more.apply(psf, "psf", (name, value) -> name.equals(EXCITATION) ? each(name, value, channel) : value);
      for (Map.Entry<String, String> said : said(channel).entrySet()) {
        ParameterForm.set(psf, Abbe.parameter(said.getKey()), said.getValue());
      }
      if (samples == null) {
        refuseOblong(form.value("psf.pixel_nm"));
      } else {
        psf.samples(values(samples), shape(samples));
      }
      return psf;
    } catch (AbbeException | RuntimeException failure) {
      psf.close();
      throw failure;
    }
  }

  /** What the image's Info says of confocal optics, where no field does: by parameters. */
  private Map<String, String> said(int channel) {
    boolean scanned = Arrays.asList("confocal", "spinning_disk", "two_photon").contains(kind);
    Map<String, String> said = new LinkedHashMap<>();
    for (String name : scanned ? new String[] {EXCITATION, "psf.pinhole_airy"} : new String[0]) {
      if (more.value(name).isEmpty() && (kind.equals("confocal") || !name.equals("psf.pinhole_airy"))) {
        said.put(name, information.value(name, channel));
      }
    }
    return said;
  }

  /** A wavelength of all channels, or each channel's own. */
  private String each(String name, String values, int channel) {
    String[] each = values.split("\\s*[,;]\\s*|\\s+");
    int channels = image == null ? 1 : image.getNChannels();
    if (each.length != 1 && each.length != channels) {
      throw new IllegalArgumentException(name + " is \"" + values + "\", " + each.length + " values; the image has "
          + channels + (channels == 1 ? " channel" : " channels") + "; give one for each, or one for all, with decimal points.");
    }
    return each[each.length == 1 ? 0 : channel];
  }

  /** Refuses pixels whose size one number cannot say, where nobody gives one. */
  private void refuseOblong(String pixel) {
    if (image != null && pixel.isEmpty() && !square(image.getCalibration())) {
      Calibration calibration = image.getCalibration();
      throw new IllegalArgumentException("pixel_nm is not set, and the image's pixels are " + calibration.pixelWidth + " x "
          + calibration.pixelHeight + " " + calibration.getUnit() + "; they must be square: resample the image"
          + " (Image > Scale), or give pixel_nm.");
    }
  }

  /** Whether pixels are as wide as high, but for a hundredth. */
  static boolean square(Calibration calibration) {
    return Math.abs(calibration.pixelWidth / calibration.pixelHeight - 1) < 0.01;
  }

  /** A length of a calibration in nm; NaN where it has no unit of length. */
  static double nanometres(double length, String unit) {
    switch (unit == null ? "" : unit.trim().toLowerCase(Locale.ROOT)) {
      case "nm":
      case "nanometer":
      case "nanometre":
        return length;
      case "µm":
      case "μm":
      case "um":
      case "micron":
      case "microns":
      case "micrometer":
      case "micrometre":
        return length * 1e3;
      case "mm":
      case "millimeter":
      case "millimetre":
        return length * 1e6;
      case "cm":
        return length * 1e7;
      case "m":
      case "meter":
      case "metre":
        return length * 1e9;
      case "inch":
      case "inches":
        return length * 25.4e6;
      case "pm":
        return length * 1e-3;
      case "å":
      case "angstrom":
        return length * 0.1;
      default:
        return Double.NaN;
    }
  }

  private String calibrated(String name) {
    if (image == null || !name.endsWith("_nm")) {
      return information.value(name);
    }
    Calibration calibration = image.getCalibration();
    double nanometres = Double.NaN;
    if (name.equals("psf.pixel_nm") && square(calibration)) { // one number cannot say what others are
      nanometres = nanometres(calibration.pixelWidth, calibration.getXUnit());
    } else if (name.equals("psf.step_nm") && image.getNSlices() > 1) {
      nanometres = nanometres(calibration.pixelDepth, calibration.getZUnit());
    }
    return Double.isNaN(nanometres) ? "" : ParameterForm.text(nanometres);
  }

  /** Open images, but for one and for displayed colours. */
  static List<ImagePlus> openImages(ImagePlus image) {
    List<ImagePlus> found = new ArrayList<>();
    int[] ids = WindowManager.getIDList();
    for (int id : ids == null ? new int[0] : ids) {
      ImagePlus open = WindowManager.getImage(id);
      if (open != null && open != image && open.getType() != ImagePlus.COLOR_RGB) {
        found.add(open);
      }
    }
    return found;
  }

  /** Extents of a volume: z, y, x, or y, x of a single plane. */
  static long[] shape(ImagePlus image) {
    return image.getNSlices() > 1 ? new long[] {image.getNSlices(), image.getHeight(), image.getWidth()}
        : new long[] {image.getHeight(), image.getWidth()};
  }

  /** The volume of the channel and frame in view, x fastest. */
  static float[] values(ImagePlus image) {
    return values(image, new Rectangle(image.getWidth(), image.getHeight()));
  }

  /** What of it lies in an area of its planes. */
  static float[] values(ImagePlus image, Rectangle area) {
    ImageStack stack = image.getStack();
    float[] values = new float[Volumes.samples(area.width, area.height, image.getNSlices())];
    for (int z = 0; z < image.getNSlices(); z++) {
      ImageProcessor plane = stack.getProcessor(image.getStackIndex(image.getC(), z + 1, image.getT()));
      for (int y = 0; y < area.height; y++) {
        for (int x = 0; x < area.width; x++) {
          values[(z * area.height + y) * area.width + x] = plane.getf(area.x + x, area.y + y);
        }
      }
    }
    return values;
  }

  private static List<String> modelNames() {
    List<String> names = new ArrayList<>();
    for (Psf.Kind model : Psf.Kind.values()) {
      if (model != Psf.Kind.MEASURED) {
        names.add(name(model));
      }
    }
    return names;
  }

  private static String name(Psf.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static Psf.Kind model(String name) {
    return Psf.Kind.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
