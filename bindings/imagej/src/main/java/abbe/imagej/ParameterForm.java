package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Configurable;
import abbe.ParameterInfo;
import ij.util.Tools;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * Fields of a dialog for parameters of libabbe: named, ranged and explained by the library itself. Values that a user
 * entered last time come back; macros see each field under the parameter's name.
 */
final class ParameterForm {
  /** What is known of the camera, for every step that asks what is light and what noise. */
  static final List<String> CAMERA =
      Collections.unmodifiableList(Arrays.asList("plan.camera_offset", "plan.camera_gain", "plan.camera_read_noise"));

  private static final String NOT_SET = "";
  /**
   * Not the same when set to their defaults: the automatic algorithm then takes the number of iterations and not its own, and a
   * result has the highest number of its type.
   */
  private static final Collection<String> FOUND = Arrays.asList("deconvolve.iterations", "output.highest");

  private final List<ParameterInfo> shown = new ArrayList<>();
  private final Map<ParameterInfo, String> values = new LinkedHashMap<>();

  /** The settable parameters of an object, e.g. "psf", but for those in {@code without}. */
  static List<ParameterInfo> parameters(String object, Collection<String> without) throws AbbeException {
    List<ParameterInfo> found = new ArrayList<>();
    for (ParameterInfo parameter : Abbe.parameters()) {
      boolean fact = parameter.kind() == ParameterInfo.Kind.INTEGER_FACT
          || parameter.kind() == ParameterInfo.Kind.NUMBER_FACT;
      if (parameter.object().equals(object) && !fact && !without.contains(parameter.name())) {
        found.add(parameter);
      }
    }
    return found;
  }

  /** Adds a field that shows what was entered last, or else {@code value}, or else the default. */
  void add(Fields fields, ParameterInfo parameter, String value, boolean remember) {
    String shownValue = value.isEmpty() ? defaultValue(parameter) : value;
    if (remember) {
      shownValue = Fields.last(preference(parameter), shownValue);
    }
    String label = label(parameter);
    switch (parameter.kind()) {
      case CHOICE:
        String[] names = parameter.choices().keySet().toArray(new String[0]);
        fields.choice(label, names, parameter.choices().containsKey(shownValue) ? shownValue : names[0]);
        break;
      case TEXT:
        fields.text(label, shownValue, 24, "");
        break;
      default:
        fields.text(label, shownValue, 10, range(parameter));
    }
    shown.add(parameter);
  }

  /** Reads the fields in the order in which they were added. */
  void read(Fields fields) {
    values.clear();
    for (ParameterInfo parameter : shown) {
      boolean choice = parameter.kind() == ParameterInfo.Kind.CHOICE;
      values.put(parameter, choice ? fields.nextChoice() : fields.nextText());
    }
  }

  /** Keeps what was entered for the next time. */
  void remember() {
    values.forEach((parameter, value) -> Fields.remember(preference(parameter), value));
  }

  /** What was entered for a parameter; empty for nothing. */
  String value(String name) {
    for (Map.Entry<ParameterInfo, String> entry : values.entrySet()) {
      if (entry.getKey().name().equals(name)) {
        return entry.getValue();
      }
    }
    return NOT_SET;
  }

  /** Sets what was entered on an object of libabbe, for the parameters that belong to {@code object}. */
  void apply(Configurable<?> target, String object) throws AbbeException {
    apply(target, object, (name, value) -> value);
  }

  /** The same with what {@code of} makes of a parameter's name and what was entered. */
  void apply(Configurable<?> target, String object, BinaryOperator<String> of) throws AbbeException {
    for (Map.Entry<ParameterInfo, String> entry : values.entrySet()) {
      if (entry.getKey().object().equals(object)) {
        set(target, entry.getKey(), of.apply(entry.getKey().name(), entry.getValue()));
      }
    }
  }

  static void set(Configurable<?> target, ParameterInfo parameter, String value) throws AbbeException {
    if (value.isEmpty() || value.equals(defaultValue(parameter))) {
      return;
    }
    if (parameter.kind() == ParameterInfo.Kind.TEXT) {
      target.set(parameter, value);
    } else if (parameter.kind() == ParameterInfo.Kind.CHOICE) {
      target.set(parameter, parameter.choices().get(value));
    } else {
      target.set(parameter, number(parameter, value));
    }
  }

  static double number(ParameterInfo parameter, String value) {
    double number = Tools.parseDouble(value, Double.NaN);
    if (Double.isNaN(number)) {
      throw new IllegalArgumentException(
          parameter.name() + " is \"" + value + "\"; it must be a number with a decimal point, " + range(parameter));
    }
    return number;
  }

  /** A whole number that is not a parameter of libabbe. */
  static int whole(String name, String value, int minimum, int maximum) {
    double number = Tools.parseDouble(value, Double.NaN);
    if (!(number >= minimum && number <= maximum) || number != Math.rint(number)) {
      throw new IllegalArgumentException(
          name + " is \"" + value + "\"; it must be a whole number, " + minimum + " to " + maximum);
    }
    return (int) number;
  }

  /** What the parameters shown mean, as a page for the dialog's Help button. */
  String help(String introduction) {
    StringBuilder page = new StringBuilder("<html><body style='width:460px'>").append(introduction);
    page.append("<table cellpadding='3'>");
    for (ParameterInfo parameter : shown) {
      page.append("<tr><td valign='top'><b>").append(label(parameter).replace('_', ' ')).append("</b></td><td>");
      page.append(escaped(parameter.summary()));
      if (parameter.kind() != ParameterInfo.Kind.CHOICE && parameter.kind() != ParameterInfo.Kind.TEXT) {
        page.append(" <i>").append(escaped(range(parameter))).append(".</i>");
      }
      page.append("</td></tr>");
    }
    return page.append("</table></body></html>").toString();
  }

  /** What a dialog calls a parameter; in lower case it is the key of macros. */
  static String label(ParameterInfo parameter) {
    String name = parameter.name().substring(parameter.object().length() + 1);
    // Several objects have a background, and a macro knows fields by their labels alone.
    boolean several = name.equals("background") || parameter.object().equals("background");
    String label = several ? parameter.object() + "_" + name : name;
    if (label.equals("result")) {
      label = "unit"; // Result is a field of every dialog, and ImageJ's recorder refuses keys that end with another
    }
    return Character.toUpperCase(label.charAt(0)) + label.substring(1);
  }

  private static String range(ParameterInfo parameter) {
    String unit = parameter.unit().isEmpty() ? "" : " " + parameter.unit();
    return text(parameter.minimum()) + " to " + text(parameter.maximum()) + unit
        + (FOUND.contains(parameter.name()) ? ", empty: automatic" : Double.isNaN(parameter.defaultValue()) ? ", no default" : "");
  }

  static String defaultValue(ParameterInfo parameter) {
    if (parameter.kind() == ParameterInfo.Kind.CHOICE) {
      for (Map.Entry<String, Long> choice : parameter.choices().entrySet()) {
        if (choice.getValue() == parameter.defaultValue()) {
          return choice.getKey();
        }
      }
    }
    return Double.isNaN(parameter.defaultValue()) || FOUND.contains(parameter.name()) ? NOT_SET : text(parameter.defaultValue());
  }

  static String text(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return Math.abs(value) >= 1e9 ? String.format(Locale.ROOT, "%.3g", value) : Float.toString((float) value);
  }

  private static String preference(ParameterInfo parameter) {
    return "abbe." + parameter.name();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
