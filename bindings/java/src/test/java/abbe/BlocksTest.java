package abbe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Images that are read and written in blocks. */
class BlocksTest {
  private static final int[] EXTENTS = {2, 300, 280};
  private static final int SAMPLES = EXTENTS[0] * EXTENTS[1] * EXTENTS[2];

  private final float[] source = Samples.image(2 * SAMPLES);
  private final float[] target = new float[2 * SAMPLES];
  private final int[] written = new int[2 * SAMPLES];
  private int reads;

  private final BlockReader reader = (block, samples) -> {
    reads++;
    rows(block, samples.asFloatBuffer(), true);
  };

  private final BlockWriter writer = (block, samples) -> {
    assertTrue(samples.isDirect() && samples.isReadOnly());
    rows(block, samples.asFloatBuffer(), false);
  };

  /** Copies the rows of a block between the images and a buffer. */
  private void rows(Block block, FloatBuffer buffer, boolean in) {
    long[] start = block.start();
    long[] shape = block.shape();
    assertEquals(shape[0] * shape[1] * shape[2], buffer.remaining());
    for (long z = start[0]; z < start[0] + shape[0]; z++) {
      for (long y = start[1]; y < start[1] + shape[1]; y++) {
        int row = (int) (((block.image() * EXTENTS[0] + z) * EXTENTS[1] + y) * EXTENTS[2] + start[2]);
        if (in) {
          buffer.put(source, row, (int) shape[2]);
        } else {
          buffer.get(target, row, (int) shape[2]);
          for (int x = 0; x < shape[2]; x++) {
            written[row + x]++;
          }
        }
      }
    }
  }

  private Plan plan(Context context) throws AbbeException {
    Plan plan = new Plan(context).set(Parameters.PLAN_BLOCKS, 1).input(Dtype.F32, "tzyx", 2, EXTENTS[0], EXTENTS[1], EXTENTS[2]);
    try (Psf psf = Samples.gaussian(context)) {
      return Samples.deconvolution(plan, psf, 4);
    }
  }

  @Test
  void blocksGiveTheResultOfTheWholeImage() throws Exception {
    float[] whole = new float[2 * SAMPLES];
    try (Context context = new Context(); Plan plan = plan(context).commit()) {
      plan.execute(source, whole);
      plan.executeBlocks(reader, writer);
      assertArrayEquals(whole, target);

      long cap = 3L * SAMPLES; // three quarters of the bytes of one volume
      Arrays.fill(target, 0);
      Arrays.fill(written, 0);
      reads = 0;
      plan.set(Parameters.PLAN_MEMORY_CAP_BYTES, cap).commit();
      assertTrue(plan.get(Parameters.PLAN_WORKSPACE_BYTES) <= cap);
      double[] last = {0};
      plan.onProgress((told, fraction) -> last[0] = fraction);
      plan.executeBlocks(reader, writer);
      assertTrue(reads > 4 && last[0] > 0.9, reads + " reads, progress " + last[0]);
      double peak = 0;
      double apart = 0;
      for (int index = 0; index < target.length; index++) {
        assertEquals(1, written[index]);
        peak = Math.max(peak, whole[index]);
        apart = Math.max(apart, Math.abs(target[index] - whole[index]));
      }
      assertTrue(apart < 2e-3 * peak, apart + " of " + peak);
    }
  }

  @Test
  void whatTheFunctionsThrowComesBack() throws Exception {
    try (Context context = new Context(); Plan plan = plan(context).commit()) {
      IOException disk = new IOException("no disk");
      assertSame(disk, assertThrows(IOException.class, () -> plan.executeBlocks((block, samples) -> {
        throw disk;
      }, writer)));
      IllegalStateException bug = new IllegalStateException("a bug");
      assertSame(bug, assertThrows(IllegalStateException.class, () -> plan.executeBlocks(reader, (block, samples) -> {
        throw bug;
      })));
      Samples.failure(() -> plan.executeBlocks((block, samples) -> plan.cancel(), writer), Status.CANCELLED, "");
      assertThrows(IOException.class, () -> plan.executeBlocks((block, samples) -> {
        Samples.failure(plan::commit, Status.STATE, "executing");
        throw disk;
      }, writer));
      Thread.currentThread().interrupt();
      Samples.failure(() -> plan.executeBlocks(reader, writer), Status.CANCELLED, "interrupted");
      assertTrue(Thread.interrupted());
      plan.executeBlocks(reader, writer); // none of it broke the plan
    }
  }

  @Test
  void plansThatAreNotMadeForBlocksSaySo() throws Exception {
    try (Context context = new Context(); Plan plan = plan(context).commit()) {
      Samples.failure(() -> plan.executeBlocks(null, writer), Status.ARGUMENT, "reader is null");
      Samples.failure(() -> plan.executeBlocks(reader, null), Status.ARGUMENT, "writer is null");
      plan.set(Parameters.PLAN_BLOCKS, 0).commit();
      Samples.failure(() -> plan.executeBlocks(reader, writer), Status.STATE, "plan.blocks");
      plan.close();
      Samples.failure(() -> plan.executeBlocks(reader, writer), Status.HANDLE, "closed");
    }
    assertEquals(0, reads);
  }
}
