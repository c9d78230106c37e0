package abbe;

import java.util.Arrays;

/** A part of a plane or volume that {@link Plan#executeBlocks} reads or writes. */
public final class Block {
  private final long image;
  private final long[] start;
  private final long[] shape;

  Block(long image, long[] start, long[] shape) {
    this.image = image;
    this.start = start;
    this.shape = shape;
  }

  /**
   * Which plane or volume.
   *
   * @return channel + channels * time point
   */
  public long image() {
    return image;
  }

  /**
   * Where the block begins.
   *
   * @return samples along z, y and x; 0 along axes that the image lacks
   */
  public long[] start() {
    return start.clone();
  }

  /**
   * How large the block is.
   *
   * @return extents in samples along z, y and x; 1 along axes that the image lacks
   */
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public String toString() {
    return "image " + image + ", z, y, x from " + Arrays.toString(start) + ", extents " + Arrays.toString(shape);
  }
}
