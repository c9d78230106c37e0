package abbe;

/**
 * Sample type of an image. Arrays: {@code byte[]} for U8, {@code short[]} or {@code char[]} for U16, {@code short[]} of
 * its bits for F16, {@code float[]} for F32.
 */
public enum Dtype {
  // <generated>
  /** Unsigned 8-bit whole number, uint8_t. */
  U8(1, 1),
  /** Unsigned 16-bit whole number in the machine's byte order, uint16_t. */
  U16(2, 2),
  /** 16-bit floating point, IEEE 754 binary16. */
  F16(3, 2),
  /** 32-bit floating point, float. */
  F32(4, 4);
  // </generated>

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
