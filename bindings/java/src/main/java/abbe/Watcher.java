package abbe;

import java.nio.ByteBuffer;
import java.util.function.DoubleConsumer;

/**
 * Hears of one call of libabbe, on the thread that made it, and keeps what listeners throw until the call is back: nothing
 * may be thrown through C.
 */
class Watcher {
  private final DoubleConsumer listener;
  private Throwable thrown;
  private boolean interrupted;

  Watcher(DoubleConsumer listener) {
    this.listener = listener;
  }

  /** Called by the JNI library; false stops. Throws nothing. */
  @SuppressWarnings("unused")
  final boolean progressed(double fraction) {
    return guarded(() -> listener.accept(fraction));
  }

  /** Called by the JNI library for blocks; without a buffer where they are too large for one. Throws nothing. */
  @SuppressWarnings("unused")
  boolean block(boolean written, long image, long z, long y, long x, long depth, long rows, long columns, long bytes,
      ByteBuffer samples) {
    return false;
  }

  /** What a listener threw, if it did. */
  final Throwable thrown() {
    return thrown;
  }

  /** Throws what stopped the call: what a listener threw as it is where it needs no declaration. */
  final void check(int status) throws AbbeException {
    if (thrown instanceof RuntimeException) {
      throw (RuntimeException) thrown;
    }
    if (thrown instanceof Error) {
      throw (Error) thrown;
    }
    if (thrown instanceof AbbeException) {
      throw (AbbeException) thrown;
    }
    if (thrown != null) {
      throw new AbbeException(Status.CANCELLED, "a listener threw " + thrown, thrown);
    }
    if (interrupted && status == Status.CANCELLED.number()) {
      throw interruption();
    }
    AbbeException.check(status);
  }

  static AbbeException interruption() {
    return new AbbeException(Status.CANCELLED, "the thread was interrupted; its interrupt flag is still set");
  }

  /** Something of the host's. */
  interface Call {
    void run() throws Exception;
  }

  final boolean guarded(Call call) {
    if (Thread.currentThread().isInterrupted()) {
      interrupted = true;
      return false;
    }
    try {
      call.run();
      return true;
    } catch (Throwable cause) {
      thrown = cause;
      return false;
    }
  }
}
