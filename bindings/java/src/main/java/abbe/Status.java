package abbe;

/** What a call of libabbe came to. */
public enum Status {
  // <generated>
  /** The call succeeded. */
  OK(0),
  /** An argument is outside its documented range. */
  ARGUMENT(-1),
  /** A handle is NULL, of the wrong kind, or destroyed. */
  HANDLE(-2),
  /** The call does not fit the object's state, e.g. execute before commit. */
  STATE(-3),
  /** This build or version cannot do that. */
  UNSUPPORTED(-4),
  /** There is not enough memory, or the plan's memory cap is too low. */
  MEMORY(-5),
  /** A file could not be read. */
  IO(-6),
  /** The network is malformed, or does not fit the image or the task. */
  MODEL(-7),
  /** The device that was asked for is missing or failed. */
  DEVICE(-8),
  /** The call was stopped by a cancel function or a callback. */
  CANCELLED(-9),
  /** libabbe has a bug; please report the error text. */
  INTERNAL(-10),
  /** The object is at work for another call, and this call does not wait. */
  BUSY(-11);
  // </generated>

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
