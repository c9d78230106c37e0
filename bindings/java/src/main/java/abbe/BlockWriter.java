package abbe;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes blocks of an image for {@link Plan#executeBlocks}. */
@FunctionalInterface
public interface BlockWriter {
  /**
   * Takes {@code samples}, on the thread that called executeBlocks. What it throws stops that call, which throws the same.
   *
   * @param block which part of which image
   * @param samples its samples, tightly packed, x fastest: libabbe's own memory, direct, in the machine's byte order, read-only.
   *     It must not be used after this call: the memory is no longer there then
   * @throws IOException where a file fails
   */
  void write(Block block, ByteBuffer samples) throws IOException;
}
