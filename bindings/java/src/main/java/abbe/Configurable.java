package abbe;

/**
 * An object with parameters. A value of the wrong kind or out of range throws, and nothing is changed then.
 *
 * @param <T> the object itself
 */
public abstract class Configurable<T> extends NativeObject {
  Configurable(String kind, long handle, java.util.function.LongConsumer destroy) {
    super(kind, handle, destroy);
  }

  /**
   * Sets a whole number.
   *
   * @param parameter which
   * @param value in its range
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object or a value out of range
   */
  public T set(Parameter.OfInteger parameter, long value) throws AbbeException {
    AbbeException.check(setInteger(parameter.id(), value));
    return self();
  }

  /**
   * Turns something on or off.
   *
   * @param parameter which
   * @param value whether it is on
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object
   */
  public T set(Parameter.OfSwitch parameter, boolean value) throws AbbeException {
    AbbeException.check(setInteger(parameter.id(), value ? 1 : 0));
    return self();
  }

  /**
   * Sets a real number.
   *
   * @param parameter which
   * @param value in its range and unit
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object or a value out of range
   */
  public T set(Parameter.OfNumber parameter, double value) throws AbbeException {
    AbbeException.check(setNumber(parameter.id(), value));
    return self();
  }

  /**
   * Sets a text.
   *
   * @param parameter which
   * @param value any text without a NUL
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object
   */
  public T set(Parameter.OfText parameter, String value) throws AbbeException {
    AbbeException.check(setText(parameter.id(), Native.text(parameter.name(), value)));
    return self();
  }

  /**
   * Sets a choice.
   *
   * @param <E> the enumeration of its values
   * @param parameter which
   * @param value one of them
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object
   */
  public <E extends Enum<E> & Choice> T set(Parameter.OfChoice<E> parameter, E value) throws AbbeException {
    AbbeException.check(setInteger(parameter.id(), value.value()));
    return self();
  }

  /**
   * Forgets what was set: the parameter has its default again, or is worked out where it has none.
   *
   * @param parameter which
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object or a fact
   */
  public T unset(Parameter parameter) throws AbbeException {
    AbbeException.check(forget(parameter.id()));
    return self();
  }

  /**
   * Forgets what was set for a parameter that was found at run time.
   *
   * @param parameter as {@link Abbe#parameters()} gives it
   * @return this
   * @throws AbbeException as {@link #unset(Parameter)}
   */
  public T unset(ParameterInfo parameter) throws AbbeException {
    AbbeException.check(forget(parameter.id()));
    return self();
  }

  /**
   * Sets a whole number, a real number or a choice that was found at run time, as dialogs do.
   *
   * @param parameter as {@link Abbe#parameters()} gives it
   * @param value in its range and unit; a whole number for whole numbers and choices
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object, a text, a fact or a value out of
   *     range
   */
  public T set(ParameterInfo parameter, double value) throws AbbeException {
    switch (parameter.kind()) {
      case INTEGER:
      case CHOICE:
        if (value != Math.rint(value)) {
          throw AbbeException.argument(parameter.name() + " is " + value + "; it must be a whole number");
        }
        AbbeException.check(setInteger(parameter.id(), (long) value));
        return self();
      default:
        AbbeException.check(setNumber(parameter.id(), value));
        return self();
    }
  }

  /**
   * Sets a text that was found at run time.
   *
   * @param parameter as {@link Abbe#parameters()} gives it
   * @param value any text without a NUL
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object or another kind
   */
  public T set(ParameterInfo parameter, String value) throws AbbeException {
    AbbeException.check(setText(parameter.id(), Native.text(parameter.name(), value)));
    return self();
  }

  abstract T self();

  abstract int setInteger(int id, long value) throws AbbeException;

  abstract int setNumber(int id, double value) throws AbbeException;

  abstract int setText(int id, byte[] value) throws AbbeException;

  abstract int forget(int id) throws AbbeException;
}
