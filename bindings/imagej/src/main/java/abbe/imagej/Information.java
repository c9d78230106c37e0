package abbe.imagej;

import ij.ImagePlus;
import ij.util.Tools;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the lines of an image's Info say of the optics, as Bio-Formats leaves them:
 * {@code Information|Image|Channel|EmissionWavelength #2 = 525}. Where lines contradict each other nothing is taken.
 */
final class Information {
  private static final Pattern LINE = Pattern.compile("\\s*(.*?)(?:\\s*#\\s*(\\d+))?\\s*[=:]\\s*(.*?)\\s*");
  private static final Map<String, List<String>> NAMES = new HashMap<>();
  private static final Map<String, Double> MEDIA = new HashMap<>();
  private static final double SHORTEST_NM = 200;
  private static final double LONGEST_NM = 2000;
  /** Wavelengths without a unit: nm from here on, else micrometres, else metres. */
  private static final double LEAST_NM = 100;
  private static final double LEAST_UM = 0.1;

  static {
    NAMES.put("psf.numerical_aperture", Arrays.asList("numericalaperture", "lensna", "objectivena", "dobjectivena", "na"));
    NAMES.put("psf.immersion_index",
        Arrays.asList("immersionindex", "refractiveindex", "refractionindex", "immersionrefractiveindex"));
    NAMES.put("immersion", Arrays.asList("immersion", "immersionmedium", "medium"));
    NAMES.put(Optics.WAVELENGTH, Arrays.asList("wavelength", "emission", "emissionwavelength", "emwavelength"));
    NAMES.put("psf.excitation_nm", Arrays.asList("excitation", "excitationwavelength", "exwavelength"));
    NAMES.put("psf.pinhole_airy", Arrays.asList("pinholeairy", "pinholesizeairy"));
    for (String dry : new String[] {"air", "dry"}) {
      MEDIA.put(dry, 1.0);
    }
    for (String water : new String[] {"water", "waterdipping", "dipping"}) {
      MEDIA.put(water, 1.333);
    }
    MEDIA.put("silicone", 1.405);
    MEDIA.put("siliconeoil", 1.405);
    MEDIA.put("glycerol", 1.47);
    MEDIA.put("glycerin", 1.47);
    MEDIA.put("oil", 1.515);
  }

  /** By parameters, and "immersion": what each channel has, 0 for what is not numbered. */
  private final Map<String, TreeMap<Integer, String>> found = new HashMap<>();
  private final Set<String> contradicted = new HashSet<>();
  private final int channels;

  Information(ImagePlus image) {
    channels = image == null ? 1 : image.getNChannels();
    Object info = image == null ? null : image.getProperty("Info");
    for (String line : String.valueOf(info == null ? "" : info).split("\n")) {
      Matcher parts = LINE.matcher(line);
      if (parts.matches() && !parts.group(3).isEmpty()) {
        take(letters(parts.group(1).replaceAll(".*[|/\\\\]", "")), parts.group(2), parts.group(3));
      }
    }
  }

  private void take(String key, String number, String value) {
    for (Map.Entry<String, List<String>> known : NAMES.entrySet()) {
      String name = known.getKey();
      String unit = "";
      for (String one : name.endsWith("_nm") ? new String[] {"nm", "um", "µm"} : new String[0]) {
        if (key.endsWith(one) && known.getValue().contains(key.substring(0, key.length() - one.length()))) {
          unit = one;
        }
      }
      if (!known.getValue().contains(key.substring(0, key.length() - unit.length()))) {
        continue;
      }
      String taken = name.equals("immersion") ? letters(value) : number(name, value, unit);
      if (!taken.isEmpty()) {
        boolean each = name.endsWith("_nm") || name.equals("psf.pinhole_airy");
        int at = each && number != null ? Integer.parseInt(number) : each ? 1 : 0;
        String before = found.computeIfAbsent(name, any -> new TreeMap<>()).putIfAbsent(at, taken);
        if (before != null && !before.equals(taken) && !each) {
          contradicted.add(name);
        }
      }
    }
  }

  /** A number above 0 in the parameter's unit; empty for what is none. */
  private static String number(String name, String value, String unit) {
    Matcher parts = Pattern.compile("([-+0-9.eE]+)\\s*(\\S*)").matcher(value);
    double number = parts.matches() ? Tools.parseDouble(parts.group(1), Double.NaN) : Double.NaN;
    if (!(number > 0) || Double.isInfinite(number)) {
      return "";
    }
    if (name.endsWith("_nm")) {
      String stated = parts.group(2).isEmpty() ? unit : parts.group(2);
      String likely = number >= LEAST_NM ? "nm" : number >= LEAST_UM ? "um" : "m";
      number = Optics.nanometres(number, stated.isEmpty() ? likely : stated);
      if (!(number >= SHORTEST_NM && number <= LONGEST_NM)) {
        return "";
      }
    }
    return ParameterForm.text(number);
  }

  /** What is said of a parameter of a channel, 0 for the first; empty for nothing. */
  String value(String name, int channel) {
    return found.getOrDefault(name, new TreeMap<>()).getOrDefault(channel + 1, "");
  }

  /** What is said of a parameter of all channels; empty for nothing. */
  String value(String name) {
    if (name.equals("psf.immersion_index") && !found.containsKey(name)) {
      Double index = contradicted.contains("immersion") ? null
          : MEDIA.get(found.getOrDefault("immersion", new TreeMap<>()).getOrDefault(0, ""));
      return index == null ? "" : ParameterForm.text(index);
    }
    TreeMap<Integer, String> values = found.get(name);
    return values == null || contradicted.contains(name) ? "" : values.firstEntry().getValue();
  }

  /** The wavelengths of all channels, parted by commas; empty where one lacks. */
  String wavelengths() {
    TreeMap<Integer, String> values = found.getOrDefault(Optics.WAVELENGTH, new TreeMap<>());
    List<String> each = new ArrayList<>();
    for (int channel = 1; channel <= channels; channel++) {
      String value = values.get(channel);
      if (value == null) {
        return "";
      }
      each.add(value);
    }
    return String.join(",", each);
  }

  private static String letters(String text) {
    return text.replace('\u03bc', 'µ').toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9µ]", "");
  }
}
