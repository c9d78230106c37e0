package abbe.imagej;

import ij.IJ;

/** Stops work when the user presses Escape, whatever the work is at: a commit does not report its progress. */
final class Escape implements AutoCloseable {
  private static final int POLL_MS = 50;

  private final Thread watcher;
  private volatile Runnable cancel;
  private volatile boolean pressed;

  /** Watches until it is closed; what was pressed since the command began counts ({@link Failures#told}). */
  Escape() {
    watcher = new Thread(this::watch, "abbe-escape");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** What stops the work that is under way from now on; the caller asks {@link #pressed} before it begins more. */
  void stops(Runnable cancel) {
    this.cancel = cancel;
  }

  boolean pressed() {
    return pressed;
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(POLL_MS);
        pressed |= IJ.escapePressed();
        Runnable now = cancel;
        if (pressed && now != null) {
          now.run(); // again and again: the work may only be about to begin
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    cancel = null;
    watcher.interrupt();
    try {
      watcher.join(); // what it cancels may be closed now
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
    }
  }
}
