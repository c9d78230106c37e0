package abbe;

/** Sample type of an image. */
public enum Dtype {
  /** Unsigned 8-bit; {@code byte[]}. */
  U8(1, 1),
  /** Unsigned 16-bit in the machine's byte order; {@code short[]}, {@code char[]}. */
  U16(2, 2),
  /** IEEE 754 binary16; {@code short[]} of its bits. */
  F16(3, 2),
  /** 32-bit float; {@code float[]}. */
  F32(4, 4);

  final int number;
  private final int bytes;

  Dtype(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  /**
   * The size of a sample.
   *
   * @return bytes, 1 to 4
   */
  public int bytes() {
    return bytes;
  }
}
