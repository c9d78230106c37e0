package abbe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Threads and logging shared by the objects made from it. They live on when it is closed. */
public final class Context extends Configurable<Context> {
  /**
   * Makes a context; loads the native libraries if need be.
   *
   * @throws AbbeException when they do not load
   */
  public Context() throws AbbeException {
    super("context", create(), Native::contextDestroy);
  }

  private static long create() throws AbbeException {
    Abbe.load();
    long[] created = new long[1];
    AbbeException.check(Native.contextCreate(created));
    return created[0];
  }

  /**
   * Sends the log of this context and its objects to a listener, until the context is closed.
   *
   * @param listener called on any thread, perhaps several at once; it must not use abbe. What it throws goes to its
   *     thread's uncaught exception handler. Null ends the log.
   * @param level lines of this level and graver ones
   * @return this
   * @throws AbbeException when the context is closed
   */
  public Context log(LogListener listener, LogListener.Level level) throws AbbeException {
    Object target = listener == null ? null : new LogTarget(listener);
    AbbeException.check(Native.contextSetLog(this, handle(), target, level.number));
    return this;
  }

  /**
   * Loads an execution provider of ONNX Runtime that is a library of its own, for all contexts of the process. The
   * parameter {@code context.provider} then chooses it.
   *
   * @param name a name of your own for the library; one that ends in {@code .virtual} asks it for devices that are not on
   *     this machine too
   * @param path the library
   * @return this
   * @throws AbbeException {@link Status#DEVICE} when ONNX Runtime is missing, or the library is none for it or finds no
   *     device
   */
  public Context registerProvider(String name, Path path) throws AbbeException {
    byte[] place = Native.text("path", path == null ? null : path.toString());
    AbbeException.check(Native.contextRegisterProvider(this, handle(), Native.text("name", name), place));
    return this;
  }

  /**
   * The devices that networks can run on.
   *
   * @return a JSON object: ONNX Runtime's version, and for each of the devices its provider, index and kind
   * @throws AbbeException {@link Status#DEVICE} when ONNX Runtime is missing
   */
  public String devices() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.contextDevices(this, handle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  @Override
  Context self() {
    return this;
  }

  @Override
  int setInteger(int id, long value) throws AbbeException {
    return Native.contextSetInteger(this, handle(), id, value);
  }

  @Override
  int setNumber(int id, double value) throws AbbeException {
    return Native.contextSetNumber(this, handle(), id, value);
  }

  @Override
  int setText(int id, byte[] value) throws AbbeException {
    return Native.contextSetText(this, handle(), id, value);
  }

  @Override
  int forget(int id) throws AbbeException {
    return Native.contextUnset(this, handle(), id);
  }

  private static final class LogTarget {
    private final LogListener listener;

    LogTarget(LogListener listener) {
      this.listener = listener;
    }

    /** Called by the JNI library. */
    @SuppressWarnings("unused")
    void log(int level, byte[] text) {
      try {
        listener.log(LogListener.Level.values()[level], Texts.inJava(new String(text, StandardCharsets.UTF_8)));
      } catch (Throwable thrown) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
      }
    }
  }
}
