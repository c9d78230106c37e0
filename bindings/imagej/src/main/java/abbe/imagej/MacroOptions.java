package abbe.imagej;

import ij.macro.Interpreter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a macro tells a command: {@code key=value}, {@code key=[a value of several words]} and single words. ImageJ's own
 * reader finds a key inside another that ends with it, and passes over keys that nobody asks for.
 */
final class MacroOptions {
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Set<String> words = new TreeSet<>();
  private final Set<String> known = new TreeSet<>();

  MacroOptions(String text) {
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
        continue;
      }
      int end = at;
      while (end < text.length() && text.charAt(end) != '=' && !Character.isWhitespace(text.charAt(end))) {
        end++;
      }
      String key = text.substring(at, end).toLowerCase(Locale.ROOT);
      if (end == text.length() || text.charAt(end) != '=') {
        words.add(key);
        at = end;
        continue;
      }
      at = end + 1;
      end = valueEnd(text, at);
      boolean bracketed = at < end && text.charAt(at) == '[';
      String value = bracketed ? text.substring(at + 1, end - 1) : text.substring(at, end);
      if (values.put(key, value) != null) {
        throw new IllegalArgumentException(key + " is given twice; give it once.");
      }
      at = end;
    }
  }

  /** Brackets may hold brackets, as titles of images do. */
  private static int valueEnd(String text, int begin) {
    boolean bracketed = begin < text.length() && text.charAt(begin) == '[';
    int depth = 0;
    for (int at = begin; at < text.length(); at++) {
      char letter = text.charAt(at);
      depth += bracketed && letter == '[' ? 1 : bracketed && letter == ']' ? -1 : 0;
      if (bracketed ? depth == 0 : Character.isWhitespace(letter)) {
        return bracketed ? at + 1 : at;
      }
    }
    if (bracketed) {
      throw new IllegalArgumentException("A value lacks its closing bracket: " + text.substring(begin));
    }
    return text.length();
  }

  /** Notes a key as one that the command has. */
  void know(String key) {
    known.add(key);
  }

  /** Whether the macro gives the key, as a word or with a value. */
  boolean has(String key) {
    return words.contains(key) || values.containsKey(key);
  }

  boolean word(String key) {
    if (values.containsKey(key)) {
      throw new IllegalArgumentException(key + " is given a value; it is a word alone, or left out.");
    }
    return words.contains(key);
  }

  String value(String key, String defaultValue) {
    if (words.contains(key)) {
      throw new IllegalArgumentException(key + " is given without a value; write " + key + "=...");
    }
    String value = values.getOrDefault(key, defaultValue);
    Interpreter interpreter = value.startsWith("&") ? Interpreter.getInstance() : null;
    String variable = interpreter == null ? null : interpreter.getVariableAsString(value.substring(1));
    return variable == null ? value : variable;
  }

  /** Refuses keys that the command does not have: they would be without effect, unheard. */
  void finish() {
    Set<String> given = new TreeSet<>(values.keySet());
    given.addAll(words);
    given.removeAll(known);
    for (String key : given) {
      String near = null;
      for (String other : known) {
        near = near == null || distance(key, other) < distance(key, near) ? other : near;
      }
      boolean meant = near != null && distance(key, near) <= Math.max(1, key.length() / 4);
      throw new IllegalArgumentException(key + " is no key of this command; "
          + (meant ? "did you mean " + near + "?" : "it has " + String.join(", ", known) + "."));
    }
  }

  /** Letters to change, add or take away (V. I. Levenshtein 1966). */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int at = 0; at < row.length; at++) {
      row[at] = at;
    }
    for (int line = 1; line <= one.length(); line++) {
      int diagonal = row[0];
      row[0] = line;
      for (int at = 1; at < row.length; at++) {
        int same = diagonal + (one.charAt(line - 1) == other.charAt(at - 1) ? 0 : 1);
        diagonal = row[at];
        row[at] = Math.min(same, Math.min(row[at], row[at - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
