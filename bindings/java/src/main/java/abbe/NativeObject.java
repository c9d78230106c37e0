package abbe;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongConsumer;

/** An object of libabbe: its handle, closed by hand or, as a safety net, once the object is garbage. */
abstract class NativeObject implements AutoCloseable {
  private final String kind;
  private final Net net;

  /** {@code destroy} must not refer to this object. */
  NativeObject(String kind, long handle, LongConsumer destroy) {
    this.kind = kind;
    this.net = new Net(this, handle, destroy);
  }

  final long handle() throws AbbeException {
    long handle = net.handle();
    if (handle == 0) {
      throw new AbbeException(Status.HANDLE, "the " + kind + " is closed; it must be used before close()");
    }
    return handle;
  }

  /**
   * Whether {@link #close()} was called.
   *
   * @return true if so
   */
  public final boolean isClosed() {
    return net.handle() == 0;
  }

  /** Frees what the object holds; closing it again does nothing. Calls that run on other threads finish first. */
  @Override
  public void close() {
    net.close();
  }

  /** Outlives its object and closes it when nobody else did. */
  private static final class Net extends PhantomReference<NativeObject> {
    private static final ReferenceQueue<NativeObject> GARBAGE = new ReferenceQueue<>();
    private static final Set<Net> OPEN = Collections.synchronizedSet(new HashSet<>());
    private static final long IDLE_MS = 2000;
    private static Thread sweeper;

    private final LongConsumer destroy;
    private long handle;

    Net(NativeObject object, long handle, LongConsumer destroy) {
      super(object, GARBAGE);
      this.handle = handle;
      this.destroy = destroy;
      OPEN.add(this);
      sweep();
    }

    synchronized long handle() {
      return handle;
    }

    void close() {
      long closed;
      synchronized (this) {
        closed = handle;
        handle = 0;
      }
      if (closed != 0) {
        OPEN.remove(this);
        clear();
        destroy.accept(closed);
      }
    }

    /** The thread ends when nothing is open, so that it keeps no class loader alive. */
    private static void sweep() {
      synchronized (OPEN) {
        if (sweeper == null) {
          sweeper = new Thread(Net::sweepUntilNothingIsOpen, "abbe-sweeper");
          sweeper.setDaemon(true);
          sweeper.setContextClassLoader(null);
          sweeper.start();
        }
      }
    }

    private static void sweepUntilNothingIsOpen() {
      while (true) {
        try {
          Net found = (Net) GARBAGE.remove(IDLE_MS);
          if (found != null) {
            found.close();
            continue;
          }
        } catch (InterruptedException ignored) {
          continue; // nobody has a reason to interrupt it
        }
        synchronized (OPEN) {
          if (OPEN.isEmpty()) {
            sweeper = null;
            return;
          }
        }
      }
    }
  }
}
