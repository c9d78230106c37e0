package abbe;

/** A failure of libabbe: its status, and its text of the form "thing is this; it must be that". */
public final class AbbeException extends Exception {
  private static final long serialVersionUID = 1;

  /** What kind of failure it is. */
  private final Status status;

  AbbeException(Status status, String text) {
    super(text);
    this.status = status;
  }

  AbbeException(Status status, String text, Throwable cause) {
    super(text, cause);
    this.status = status;
  }

  /**
   * The kind of failure.
   *
   * @return never {@link Status#OK}
   */
  public Status status() {
    return status;
  }

  static void check(int status) throws AbbeException {
    if (status != 0) {
      throw new AbbeException(Status.of(status), Texts.inJava(Native.lastText()));
    }
  }

  static AbbeException argument(String text) {
    return new AbbeException(Status.ARGUMENT, text);
  }
}
