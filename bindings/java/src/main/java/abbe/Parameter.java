package abbe;

/**
 * Names a parameter or fact of libabbe together with the type of its value; the known ones are in {@link Parameters}.
 * Range, unit and meaning: {@link #describe()}.
 */
public abstract class Parameter {
  private final int id;
  private final String name;

  private Parameter(int id, String name) {
    this.id = id;
    this.name = name;
  }

  /**
   * The number in the C interface.
   *
   * @return a positive number that is never reused
   */
  public int id() {
    return id;
  }

  /**
   * The name in configuration files and error texts.
   *
   * @return {@code <object>.<parameter>}, e.g. "psf.wavelength_nm"
   */
  public String name() {
    return name;
  }

  /**
   * Asks the loaded library about this parameter.
   *
   * @return range, unit, default and meaning
   * @throws AbbeException when that library does not know it
   */
  public ParameterInfo describe() throws AbbeException {
    return Abbe.parameter(name);
  }

  @Override
  public String toString() {
    return name;
  }

  /** A whole number. */
  public static final class OfInteger extends Parameter {
    OfInteger(int id, String name) {
      super(id, name);
    }
  }

  /** Something that is on or off. */
  public static final class OfSwitch extends Parameter {
    OfSwitch(int id, String name) {
      super(id, name);
    }
  }

  /** A real number. */
  public static final class OfNumber extends Parameter {
    OfNumber(int id, String name) {
      super(id, name);
    }
  }

  /** A text. */
  public static final class OfText extends Parameter {
    OfText(int id, String name) {
      super(id, name);
    }
  }

  /**
   * One of several named values.
   *
   * @param <E> their enumeration
   */
  public static final class OfChoice<E extends Enum<E> & Choice> extends Parameter {
    private final Class<E> values;

    OfChoice(int id, String name, Class<E> values) {
      super(id, name);
      this.values = values;
    }

    E[] values() {
      return values.getEnumConstants();
    }

    E of(long value) throws AbbeException {
      for (E choice : values.getEnumConstants()) {
        if (choice.value() == value) {
          return choice;
        }
      }
      throw new AbbeException(Status.UNSUPPORTED, name() + " is " + value + "; this version of the binding knows no such choice");
    }
  }

  /** A whole number that can only be read. */
  public static final class IntegerFact extends Parameter {
    IntegerFact(int id, String name) {
      super(id, name);
    }
  }

  /** A real number that can only be read. */
  public static final class NumberFact extends Parameter {
    NumberFact(int id, String name) {
      super(id, name);
    }
  }
}
