package abbe;

/** Takes the log lines of a {@link Context}. */
@FunctionalInterface
public interface LogListener {
  /** Severity of a line. */
  enum Level {
    // <generated>
    /** A call failed. */
    ERROR(0),
    /** A call succeeded, but not as asked, or with a doubtful result. */
    WARNING(1),
    /** What was built and where it runs. */
    INFO(2),
    /** Details that help to find a fault. */
    DEBUG(3);
    // </generated>

    final int number;

    Level(int number) {
      this.number = number;
    }
  }

  /**
   * Takes a line.
   *
   * @param level its severity
   * @param text the line, without a line end
   */
  void log(Level level, String text);
}
