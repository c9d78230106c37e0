package abbe;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleConsumer;

/** How a plan executes: one image after another, from buffers as they are or from arrays by way of native memory. */
final class Execution {
  /** What is done while no other image of the plan is. */
  interface Work {
    void run() throws AbbeException;
  }

  private final Stage stage = new Stage();
  private final ReentrantLock executing = new ReentrantLock();
  private volatile ProgressListener listener;
  private volatile Dtype inputDtype;
  private volatile Dtype outputDtype;
  private volatile boolean packed = true;

  /** What a source is from now on. */
  void reads(Dtype dtype, boolean tightly) {
    inputDtype = dtype;
    packed = tightly;
  }

  /** What a target is from now on. */
  void writes(Dtype dtype, boolean tightly) {
    outputDtype = dtype;
    packed = packed && tightly;
  }

  /** Whom progress is told; null: nobody. */
  void tells(ProgressListener listener) {
    this.listener = listener;
  }

  /** Tells the plan's listener. */
  DoubleConsumer progress(Plan plan) {
    return fraction -> {
      ProgressListener told = listener;
      if (told != null) {
        told.progressed(plan, fraction);
      }
    };
  }

  /** Whether this thread is in an execute: a progress listener is. */
  boolean isRunByThisThread() {
    return executing.isHeldByCurrentThread();
  }

  /** Runs when no other thread executes. */
  void locked(Work work) throws AbbeException {
    try {
      executing.lockInterruptibly();
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
      throw Watcher.interruption();
    }
    try {
      work.run();
    } finally {
      executing.unlock();
    }
  }

  /** One image in direct buffers. */
  void run(Plan plan, ByteBuffer source, ByteBuffer target) throws AbbeException {
    checkDirect("source", source, inputDtype, false);
    checkDirect("target", target, targetDtype(), true);
    locked(() -> run(plan, source, source.position(), source.remaining(), target, target.position(), target.remaining()));
  }

  /** One packed image in arrays or buffers that make it one after the other. */
  void run(Plan plan, Object[] source, Object[] target) throws AbbeException {
    locked(() -> runStaged(plan, source, target));
  }

  private void run(Plan plan, ByteBuffer source, long sourceAt, long sourceBytes, ByteBuffer target, long targetAt,
      long targetBytes) throws AbbeException {
    Watcher watcher = new Watcher(progress(plan));
    watcher.check(Native.planExecute(watcher, plan.handle(), source, sourceAt, sourceBytes, target, targetAt, targetBytes));
  }

  private void runStaged(Plan plan, Object[] source, Object[] target) throws AbbeException {
    if (!packed) {
      throw new AbbeException(Status.STATE,
          "the plan's layout has strides or an offset; arrays and planes must be tightly packed; use direct buffers");
    }
    long inputBytes = plan.get(Parameters.PLAN_INPUT_BYTES);
    long outputBytes = plan.get(Parameters.PLAN_OUTPUT_BYTES);
    Stage.check("source", source, inputDtype, inputBytes, false);
    Stage.check("target", target, targetDtype(), outputBytes, true);
    boolean inPlace = inputBytes == outputBytes && inputDtype == targetDtype();
    long targetAt = inPlace ? 0 : (inputBytes + 63) / 64 * 64;
    long address = stage.acquire(targetAt + outputBytes);
    try {
      Stage.copyIn(source, address);
      run(plan, null, address, inputBytes, null, address + targetAt, outputBytes);
      Stage.copyOut(address + targetAt, target);
    } finally {
      stage.release();
    }
  }

  /** The target's sample type: as stated, or the source's. */
  private Dtype targetDtype() {
    return outputDtype == null ? inputDtype : outputDtype;
  }

  private static void checkDirect(String name, ByteBuffer buffer, Dtype dtype, boolean written) throws AbbeException {
    if (buffer == null || !buffer.isDirect()) {
      throw AbbeException.argument(name + " is " + (buffer == null ? "null" : "a heap buffer")
          + "; it must be a direct buffer (ByteBuffer.allocateDirect); hand over arrays for a copy");
    }
    if (dtype != null) {
      Stage.checkBuffer(name, buffer, dtype, written);
    }
  }

  /** Gives the native memory back, once nobody uses it. */
  void close() {
    stage.close();
  }
}
