package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BadInputTest {
  private static final int BYTES = 4 * 32 * 32;
  private static Context context;
  private static Plan plan;

  @BeforeAll
  static void open() throws Exception {
    context = new Context();
    plan = Samples.plan(context, Dtype.F32, 2, 32, 32);
  }

  @AfterAll
  static void close() {
    plan.close();
    context.close();
  }

  @Test
  void heapBuffers() {
    ByteBuffer heap = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
    Samples.failure(() -> plan.execute(heap, Samples.direct(BYTES)), Status.ARGUMENT, "source is a heap buffer");
    Samples.failure(() -> plan.execute(Samples.direct(BYTES), heap), Status.ARGUMENT, "target is a heap buffer");
  }

  @Test
  void readOnlyTargets() throws Exception {
    ByteBuffer target = Samples.direct(BYTES).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    Samples.failure(() -> plan.execute(Samples.direct(BYTES), target), Status.ARGUMENT, "target is read-only");
    plan.execute(target, Samples.direct(BYTES)); // as a source it is fine
  }

  @Test
  void swappedByteOrder() {
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer swapped = ByteBuffer.allocateDirect(BYTES).order(other);
    Samples.failure(() -> plan.execute(swapped, Samples.direct(BYTES)), Status.ARGUMENT, "nativeOrder()");
    Samples.failure(() -> plan.execute(Samples.direct(BYTES), swapped), Status.ARGUMENT, "nativeOrder()");
  }

  @Test
  void buffersOneByteShort() {
    Samples.failure(() -> plan.execute(Samples.direct(BYTES - 1), Samples.direct(BYTES)), Status.ARGUMENT, "src holds 4095");
    Samples.failure(() -> plan.execute(Samples.direct(BYTES), Samples.direct(BYTES - 1)), Status.ARGUMENT, "dst holds 4095");
  }

  @Test
  void wrongArrays() {
    float[] right = new float[32 * 32];
    Samples.failure(() -> plan.execute(new short[32 * 32], right), Status.ARGUMENT, "source is a short[]");
    Samples.failure(() -> plan.execute(new double[32 * 32], right), Status.ARGUMENT, "source is a double[]");
    Samples.failure(() -> plan.execute("text", right), Status.ARGUMENT, "source is a String");
    Samples.failure(() -> plan.execute((Object) null, right), Status.ARGUMENT, "source is null");
    Samples.failure(() -> plan.execute((ByteBuffer) null, null), Status.ARGUMENT, "source is null");
    Samples.failure(() -> plan.execute(new float[1023], right), Status.ARGUMENT, "source holds 4092 bytes");
    Samples.failure(() -> plan.execute(right, new float[1025]), Status.ARGUMENT, "target holds 4100 bytes");
    Samples.failure(() -> plan.executePlanes(new Object[] {right, null}, new Object[] {right}), Status.ARGUMENT,
        "source[1] is null");
  }

  @Test
  void notANumber() {
    float[] image = Samples.image(32 * 32);
    image[77] = Float.NaN;
    float[] result = new float[image.length];
    Samples.failure(() -> plan.execute(image, result), Status.ARGUMENT, "");
    assertEquals(0, result[0], "a target is written on success only");
  }

  @Test
  void impossibleLayouts() throws Exception {
    try (Plan other = new Plan(context)) {
      Samples.failure(() -> other.input(Dtype.U8, "yx", 5), Status.ARGUMENT, "shape has 1 values");
      Samples.failure(() -> other.input(Dtype.U8, "yx", 5, 0), Status.ARGUMENT, "0");
      Samples.failure(() -> other.input(Dtype.U8, "yy", 5, 5), Status.ARGUMENT, "y");
      Samples.failure(() -> other.input(Dtype.U8, null, 5, 5), Status.ARGUMENT, "axes is null");
      Samples.failure(() -> other.input(Dtype.U8, "yx", (long[]) null), Status.ARGUMENT, "null");
      Samples.failure(() -> other.input(Dtype.U8, "yx", Long.MAX_VALUE, 5), Status.ARGUMENT, "");
      Samples.failure(() -> other.output(Dtype.U8), Status.STATE, "");
      Samples.failure(other::commit, Status.STATE, "");
      Samples.failure(() -> other.execute(Samples.direct(4), Samples.direct(4)), Status.STATE, "");
      Samples.failure(() -> other.select(3), Status.STATE, "no step");
      other.add(Step.BACKGROUND);
      Samples.failure(() -> other.select(3), Status.ARGUMENT, "3");
    }
  }

  @Test
  void kernelsOfTheWrongSize() throws Exception {
    try (Psf psf = new Psf(context, Psf.Kind.MEASURED)) {
      Samples.failure(() -> psf.samples(new float[24], 5, 5), Status.ARGUMENT, "24 values");
      Samples.failure(() -> psf.samples(null, 5, 5), Status.ARGUMENT, "null");
      Samples.failure(() -> psf.extent(4), Status.ARGUMENT, "4");
      Samples.failure(() -> psf.sample(1L << 40, 1L << 40), Status.ARGUMENT, "extents");
      Samples.failure(psf::report, Status.STATE, "");
    }
  }

  @Test
  void closedObjects() throws Exception {
    Context closedContext = new Context();
    Plan closedPlan = new Plan(closedContext);
    Psf closedPsf = new Psf(closedContext, Psf.Kind.GAUSSIAN);
    closedContext.close();
    closedContext.close();
    closedPlan.input(Dtype.U8, "yx", 4, 4); // children live on
    closedPlan.close();
    closedPsf.close();
    assertTrue(closedPlan.isClosed());
    Samples.failure(() -> new Plan(closedContext), Status.HANDLE, "context is closed");
    Samples.failure(() -> closedContext.set(Parameters.CONTEXT_THREADS, 1), Status.HANDLE, "context is closed");
    Samples.failure(closedPlan::commit, Status.HANDLE, "plan is closed");
    Samples.failure(() -> closedPlan.execute(Samples.direct(16), Samples.direct(16)), Status.HANDLE, "plan is closed");
    Samples.failure(() -> closedPlan.get(Parameters.PLAN_PROGRESS), Status.HANDLE, "plan is closed");
    Samples.failure(() -> closedPsf.sample(3, 3), Status.HANDLE, "point spread function is closed");
    Samples.failure(() -> plan.select(0).set(closedPsf), Status.HANDLE, "point spread function is closed");
    closedPlan.cancel(); // nothing to stop
  }
}
