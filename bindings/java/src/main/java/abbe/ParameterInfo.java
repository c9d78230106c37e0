package abbe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.json.JSONException;
import org.json.JSONObject;

/** What the loaded library says of a parameter or fact, for property pages and dialogs. */
public final class ParameterInfo {
  /** Kind of a value. */
  public enum Kind {
    /** A whole number. */
    INTEGER,
    /** A real number. */
    NUMBER,
    /** One of {@link ParameterInfo#choices()}. */
    CHOICE,
    /** UTF-8 text. */
    TEXT,
    /** A whole number that can only be read. */
    INTEGER_FACT,
    /** A real number that can only be read. */
    NUMBER_FACT
  }

  private final int id;
  private final String name;
  private final String object;
  private final String unit;
  private final String summary;
  private final boolean experimental;
  private final Kind kind;
  private final double minimum;
  private final double maximum;
  private final double defaultValue;
  private final Map<String, Long> choices;

  ParameterInfo(String json) throws AbbeException {
    try {
      JSONObject row = new JSONObject(json);
      id = row.getInt("id");
      name = row.getString("name");
      object = row.getString("object");
      unit = row.getString("unit");
      summary = row.getString("summary");
      experimental = row.getBoolean("experimental");
      kind = Kind.valueOf(row.getString("kind").toUpperCase(java.util.Locale.ROOT).replace(' ', '_'));
      choices = Collections.unmodifiableMap(choices(row.optJSONObject("values")));
      defaultValue = row.optDouble("default", Double.NaN);
      double least = row.optDouble("minimum", Double.NaN);
      double most = row.optDouble("maximum", Double.NaN);
      if (kind == Kind.CHOICE && !choices.isEmpty()) {
        least = Collections.min(choices.values());
        most = Collections.max(choices.values());
      }
      minimum = least;
      maximum = most;
    } catch (JSONException | IllegalArgumentException cause) {
      throw new AbbeException(Status.UNSUPPORTED, "a parameter is described as " + json
          + "; this version of the binding cannot read that: " + cause.getMessage(), cause);
    }
  }

  private static Map<String, Long> choices(JSONObject values) {
    Map<Long, String> sorted = new TreeMap<>();
    if (values != null) {
      for (String choice : values.keySet()) {
        sorted.put(values.getLong(choice), choice);
      }
    }
    Map<String, Long> choices = new LinkedHashMap<>();
    sorted.forEach((value, choice) -> choices.put(choice, value));
    return choices;
  }

  /**
   * The number in the C interface.
   *
   * @return a positive number
   */
  public int id() {
    return id;
  }

  /**
   * The full name.
   *
   * @return e.g. "psf.wavelength_nm"
   */
  public String name() {
    return name;
  }

  /**
   * What it belongs to.
   *
   * @return "context", "psf", "plan", or the {@link Step#object()} of a step
   */
  public String object() {
    return object;
  }

  /**
   * The unit of its values.
   *
   * @return e.g. "nm"; empty for none
   */
  public String unit() {
    return unit;
  }

  /**
   * What it means.
   *
   * @return a sentence or two
   */
  public String summary() {
    return summary;
  }

  /**
   * Whether it may change or go within a major version.
   *
   * @return true if so
   */
  public boolean isExperimental() {
    return experimental;
  }

  /**
   * The kind of its values.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * The least value.
   *
   * @return in {@link #unit()}; NaN for texts and facts
   */
  public double minimum() {
    return minimum;
  }

  /**
   * The greatest value.
   *
   * @return in {@link #unit()}; NaN for texts and facts
   */
  public double maximum() {
    return maximum;
  }

  /**
   * The value when it is not set.
   *
   * @return in {@link #unit()}; NaN where it has none
   */
  public double defaultValue() {
    return defaultValue;
  }

  /**
   * The named values of a choice.
   *
   * @return names and values in the order of the values; empty for other kinds
   */
  public Map<String, Long> choices() {
    return choices;
  }

  @Override
  public String toString() {
    return name;
  }
}
