package abbe;

/** A named value of a parameter that is a choice; the enumerations in {@link Parameters} are such. */
public interface Choice {
  /**
   * The number in the C interface.
   *
   * @return one of the parameter's {@link ParameterInfo#choices()}
   */
  long value();
}
