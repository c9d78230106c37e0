package abbe;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts of libabbe with Java's own calls and values for those of C. */
final class Texts {
  private static final Pattern CALL = Pattern.compile("\\babbe_(context|psf|model|plan|assess)_([a-z_]+)\\(\\)");
  /** Where the names are others; functions of C are mostly methods of the same name, setters without "set". */
  private static final Map<String, String> OTHERS = new HashMap<>();

  static {
    OTHERS.put("plan_add_step", "Plan.add()");
    OTHERS.put("plan_set_psf", "Plan.set()");
    OTHERS.put("plan_set_channel_psf", "Plan.set()");
    OTHERS.put("plan_set_model", "Plan.set()");
  }

  private Texts() {}

  static String inJava(String text) {
    Matcher found = CALL.matcher(text);
    StringBuffer named = new StringBuffer();
    while (found.find()) {
      found.appendReplacement(named, call(found.group(1), found.group(2)));
    }
    return found.appendTail(named).toString().replace("ABBE_PSF_MEASURED", "Psf.Kind.MEASURED")
        .replace("ABBE_STEP_MODEL", "Step.MODEL");
  }

  private static String call(String object, String function) {
    String other = OTHERS.get(object + "_" + function);
    if (other != null) {
      return other;
    }
    StringBuilder name = new StringBuilder(object.substring(0, 1).toUpperCase(Locale.ROOT)).append(object.substring(1)).append('.');
    boolean first = true;
    for (String word : (function.startsWith("set_") ? function.substring(4) : function).split("_")) {
      name.append(first ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
      first = false;
    }
    return name.append("()").toString();
  }
}
