package abbe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.DoubleConsumer;

/** Hears of an execute in blocks, and hands them on. */
final class BlockWatcher extends Watcher {
  private final BlockReader reader;
  private final BlockWriter writer;

  BlockWatcher(DoubleConsumer listener, BlockReader reader, BlockWriter writer) {
    super(listener);
    this.reader = reader;
    this.writer = writer;
  }

  @Override
  boolean block(boolean written, long image, long z, long y, long x, long depth, long rows, long columns, long bytes,
      ByteBuffer samples) {
    return guarded(() -> {
      Block block = new Block(image, new long[] {z, y, x}, new long[] {depth, rows, columns});
      if (samples == null) {
        throw new AbbeException(Status.MEMORY, "a block (" + block + ") has " + bytes + " bytes; a buffer of Java holds at"
            + " most " + Integer.MAX_VALUE + "; set plan.memory_cap_bytes lower");
      }
      if (written) {
        writer.write(block, samples.asReadOnlyBuffer().order(ByteOrder.nativeOrder()));
      } else {
        reader.read(block, samples.order(ByteOrder.nativeOrder()));
      }
    });
  }
}
