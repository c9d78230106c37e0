package abbe;

/** Takes the log lines of a {@link Context}. */
@FunctionalInterface
public interface LogListener {
  /** How grave a line is. */
  enum Level {
    /** A call failed. */
    ERROR,
    /** It worked, but not as asked, or with a result to be doubted. */
    WARNING,
    /** What was built and where it runs. */
    INFO,
    /** Details for whoever looks for a fault. */
    DEBUG
  }

  /**
   * Takes a line.
   *
   * @param level how grave it is
   * @param text the line, without a line end
   */
  void log(Level level, String text);
}
