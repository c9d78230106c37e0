package abbe;

/**
 * An object whose parameters can be read too. A plan gives those of its own and of the chosen step.
 *
 * @param <T> the object itself
 */
public abstract class Inspectable<T> extends Configurable<T> {
  Inspectable(String kind, long handle, java.util.function.LongConsumer destroy) {
    super(kind, handle, destroy);
  }

  /**
   * A whole number.
   *
   * @param parameter which
   * @return as set, or its default
   * @throws AbbeException {@link Status#ARGUMENT} for a parameter of another object, {@link Status#STATE} when it is not
   *     set and has no default
   */
  public long get(Parameter.OfInteger parameter) throws AbbeException {
    return integer(parameter.id());
  }

  /**
   * Whether something is on.
   *
   * @param parameter which
   * @return as set, or its default
   * @throws AbbeException as {@link #get(Parameter.OfInteger)}
   */
  public boolean get(Parameter.OfSwitch parameter) throws AbbeException {
    return integer(parameter.id()) != 0;
  }

  /**
   * A real number.
   *
   * @param parameter which
   * @return as set or found, or its default, in its unit
   * @throws AbbeException as {@link #get(Parameter.OfInteger)}
   */
  public double get(Parameter.OfNumber parameter) throws AbbeException {
    return number(parameter.id());
  }

  /**
   * A choice.
   *
   * @param <E> the enumeration of its values
   * @param parameter which
   * @return as set, or its default
   * @throws AbbeException as {@link #get(Parameter.OfInteger)}
   */
  public <E extends Enum<E> & Choice> E get(Parameter.OfChoice<E> parameter) throws AbbeException {
    return parameter.of(integer(parameter.id()));
  }

  /**
   * A fact: of a point spread function, of its last fit or estimate; of a committed plan, at once and also while it
   * executes.
   *
   * @param fact e.g. {@link Parameters#PLAN_PROGRESS} or {@link Parameters#PSF_FIT_DEFOCUS_NM}
   * @return the fact, in its unit
   * @throws AbbeException {@link Status#STATE} when there is none yet
   */
  public double get(Parameter.NumberFact fact) throws AbbeException {
    return number(fact.id());
  }

  abstract long integer(int id) throws AbbeException;

  abstract double number(int id) throws AbbeException;
}
