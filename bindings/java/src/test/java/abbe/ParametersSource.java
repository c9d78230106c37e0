package abbe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes {@code Parameters.java} from what the library says of its parameters. */
final class ParametersSource {
  static final Path FILE = Paths.get("src/main/java/abbe/Parameters.java");

  private ParametersSource() {}

  public static void main(String[] arguments) throws Exception {
    Files.write(FILE, text(Abbe.parameters()).getBytes(StandardCharsets.UTF_8));
  }

  static String text(List<ParameterInfo> parameters) {
    StringBuilder text = new StringBuilder();
    text.append("package abbe;\n\n");
    text.append("/** Every parameter and fact of libabbe. Generated from the library's own table; do not edit. */\n");
    text.append("public final class Parameters {\n");
    for (ParameterInfo parameter : parameters) {
      document(text, "  ", documentation(parameter));
      String type = type(parameter);
      text.append("  public static final Parameter.").append(type).append(' ').append(constant(parameter.name()));
      String last = parameter.kind() == ParameterInfo.Kind.CHOICE ? ", " + enumeration(parameter) + ".class" : "";
      String made = type.startsWith("OfChoice") ? "OfChoice<>" : type;
      text.append(" =\n      new Parameter.").append(made).append('(').append(parameter.id()).append(", \"");
      text.append(parameter.name()).append('"').append(last).append(");\n\n");
    }
    text.append("  private Parameters() {}\n");
    for (ParameterInfo parameter : parameters) {
      if (parameter.kind() == ParameterInfo.Kind.CHOICE) {
        appendEnumeration(text, parameter);
      }
    }
    return text.append("}\n").toString();
  }

  private static void appendEnumeration(StringBuilder text, ParameterInfo parameter) {
    String name = enumeration(parameter);
    text.append("\n  /** Values of {@link #").append(constant(parameter.name())).append("}. */\n");
    text.append("  public enum ").append(name).append(" implements Choice {\n");
    int left = parameter.choices().size();
    for (Map.Entry<String, Long> choice : parameter.choices().entrySet()) {
      text.append("    /** \"").append(escaped(choice.getKey())).append("\". */\n    ");
      text.append(constant(choice.getKey())).append('(').append(choice.getValue()).append(')');
      text.append(--left > 0 ? ",\n" : ";\n");
    }
    text.append("\n    private final long value;\n\n    ").append(name).append("(long value) {\n");
    text.append("      this.value = value;\n    }\n\n    @Override\n    public long value() {\n");
    text.append("      return value;\n    }\n  }\n");
  }

  private static String documentation(ParameterInfo parameter) {
    StringBuilder text = new StringBuilder(escaped(parameter.summary()));
    String unit = parameter.unit().isEmpty() ? "" : " " + escaped(parameter.unit());
    switch (parameter.kind()) {
      case INTEGER:
      case NUMBER:
        text.append(" From ").append(number(parameter, parameter.minimum())).append(" to ");
        text.append(number(parameter, parameter.maximum())).append(unit);
        if (!Double.isNaN(parameter.defaultValue())) {
          text.append(", ").append(number(parameter, parameter.defaultValue())).append(" when not set");
        }
        text.append('.');
        break;
      case CHOICE:
        for (Map.Entry<String, Long> choice : parameter.choices().entrySet()) {
          if (choice.getValue() == parameter.defaultValue()) {
            text.append(" \"").append(escaped(choice.getKey())).append("\" when not set.");
          }
        }
        break;
      default:
        text.append(unit.isEmpty() ? "" : " In" + unit + ".");
    }
    return text.append(parameter.isExperimental() ? " Experimental: it may change." : "").toString();
  }

  private static void document(StringBuilder text, String indent, String documentation) {
    StringBuilder line = new StringBuilder(indent + "/**");
    if (indent.length() + documentation.length() + 8 <= 118) {
      text.append(line).append(' ').append(documentation).append(" */\n");
      return;
    }
    text.append(line).append('\n');
    line.setLength(0);
    for (String word : documentation.split(" ")) {
      if (line.length() + word.length() > 110) {
        text.append(indent).append(" *").append(line).append('\n');
        line.setLength(0);
      }
      line.append(' ').append(word);
    }
    text.append(indent).append(" *").append(line).append('\n').append(indent).append(" */\n");
  }

  private static String number(ParameterInfo parameter, double value) {
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
  }

  private static String type(ParameterInfo parameter) {
    switch (parameter.kind()) {
      case INTEGER:
        return "OfInteger";
      case NUMBER:
        return "OfNumber";
      case CHOICE:
        return "OfChoice<" + enumeration(parameter) + ">";
      case TEXT:
        return "OfText";
      case INTEGER_FACT:
        return "IntegerFact";
      default:
        return "NumberFact";
    }
  }

  private static String enumeration(ParameterInfo parameter) {
    StringBuilder name = new StringBuilder();
    for (String part : parameter.name().split("[._]")) {
      name.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
    }
    return name.toString();
  }

  private static String constant(String name) {
    String constant = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    return Character.isDigit(constant.charAt(0)) ? "_" + constant : constant;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;");
  }
}
