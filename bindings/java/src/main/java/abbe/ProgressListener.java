package abbe;

/** Is told how far an execute is, and may stop it. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Takes progress, on the thread that called execute, several times an iteration or tile.
   *
   * <p>It may call {@link Plan#cancel()} and the plan's {@code get} methods, nothing else on this plan. What it throws
   * stops the execute, which throws the same.
   *
   * @param plan the plan that executes
   * @param fraction the share that is done, 0 to 1
   */
  void progressed(Plan plan, double fraction);
}
