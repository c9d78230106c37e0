package abbe;

/** What a call of libabbe came to. */
public enum Status {
  /** Done. */
  OK(0),
  /** An argument is outside its documented range. */
  ARGUMENT(-1),
  /** An object is closed, or of the wrong kind. */
  HANDLE(-2),
  /** The call does not fit the object's state, e.g. execute before commit. */
  STATE(-3),
  /** This build or version cannot do that. */
  UNSUPPORTED(-4),
  /** Not enough memory, or the plan's memory cap is too low. */
  MEMORY(-5),
  /** A file could not be read. */
  IO(-6),
  /** The model is malformed, or does not fit the image or task. */
  MODEL(-7),
  /** The device asked for is missing or failed. */
  DEVICE(-8),
  /** Stopped by {@link Plan#cancel()} or an interrupt. */
  CANCELLED(-9),
  /** A bug in libabbe or its binding; please report the text. */
  INTERNAL(-10);

  private final int number;

  Status(int number) {
    this.number = number;
  }

  /**
   * The number in the C interface.
   *
   * @return 0 or a negative number
   */
  public int number() {
    return number;
  }

  static Status of(int number) {
    for (Status status : values()) {
      if (status.number == number) {
        return status;
      }
    }
    return INTERNAL;
  }
}
