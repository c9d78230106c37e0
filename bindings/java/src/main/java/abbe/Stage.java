package abbe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Native memory of any size for images that Java holds as arrays or plane by plane: each sample is copied in once and
 * out once. The memory goes with the last user after {@link #close()}.
 */
final class Stage {
  private static final int VIEW_BYTES = 1 << 30;

  private long address;
  private long bytes;
  private int users;
  private boolean closed;

  /** Makes room for {@code needed} bytes; pair it with {@link #release()}. */
  synchronized long acquire(long needed) throws AbbeException {
    if (bytes < needed && users == 0) {
      free();
      long[] created = new long[1];
      AbbeException.check(Native.memoryCreate(needed, created));
      address = created[0];
      bytes = needed;
    }
    users++;
    return address;
  }

  synchronized void release() {
    users--;
    if (closed && users == 0) {
      free();
    }
  }

  synchronized void close() {
    closed = true;
    if (users == 0) {
      free();
    }
  }

  private void free() {
    if (bytes > 0) {
      Native.memoryDestroy(address, bytes);
      address = 0;
      bytes = 0;
    }
  }

  /** Copies planes that lie one after the other at {@code at}; between acquire and release only. */
  static void copyIn(Object[] planes, long at) throws AbbeException {
    for (Object plane : planes) {
      at = copy(plane, at, true);
    }
  }

  /** The way back. */
  static void copyOut(long at, Object[] planes) throws AbbeException {
    for (Object plane : planes) {
      at = copy(plane, at, false);
    }
  }

  private static long copy(Object plane, long at, boolean in) throws AbbeException {
    int samples = samples(plane);
    int size = sampleBytes(plane);
    int most = VIEW_BYTES / size;
    for (int first = 0; first < samples; first += most) {
      int count = Math.min(most, samples - first);
      ByteBuffer view = Native.memoryView(at, count * size);
      if (view == null) {
        throw new AbbeException(Status.MEMORY, "the Java heap is full; it must have room for a buffer object");
      }
      copy(plane, first, count, view.order(ByteOrder.nativeOrder()), in);
      at += (long) count * size;
    }
    return at;
  }

  private static void copy(Object plane, int first, int count, ByteBuffer view, boolean in) {
    if (plane instanceof byte[]) {
      if (in) {
        view.put((byte[]) plane, first, count);
      } else {
        view.get((byte[]) plane, first, count);
      }
    } else if (plane instanceof short[]) {
      ShortBuffer shorts = view.asShortBuffer();
      if (in) {
        shorts.put((short[]) plane, first, count);
      } else {
        shorts.get((short[]) plane, first, count);
      }
    } else if (plane instanceof char[]) {
      CharBuffer chars = view.asCharBuffer();
      if (in) {
        chars.put((char[]) plane, first, count);
      } else {
        chars.get((char[]) plane, first, count);
      }
    } else if (plane instanceof float[]) {
      FloatBuffer floats = view.asFloatBuffer();
      if (in) {
        floats.put((float[]) plane, first, count);
      } else {
        floats.get((float[]) plane, first, count);
      }
    } else {
      ByteBuffer part = ((ByteBuffer) plane).duplicate();
      part.position(part.position() + first).limit(part.position() + count);
      if (in) {
        view.put(part);
      } else {
        part.put(view);
      }
    }
  }

  /** Checks that the planes hold samples of {@code dtype}, {@code bytes} in all. */
  static void check(String name, Object[] planes, Dtype dtype, long bytes, boolean written) throws AbbeException {
    long found = 0;
    for (int index = 0; index < planes.length; index++) {
      Object plane = planes[index];
      String which = planes.length == 1 ? name : name + "[" + index + "]";
      if (!fits(plane, dtype)) {
        throw AbbeException.argument(which + " is " + describe(plane) + "; it must be " + arrays(dtype)
            + " or a ByteBuffer, since the plan's samples are " + dtype);
      }
      if (plane instanceof ByteBuffer) {
        checkBuffer(which, (ByteBuffer) plane, dtype, written);
      }
      found += (long) samples(plane) * sampleBytes(plane);
    }
    if (found != bytes) {
      throw AbbeException.argument(name + " holds " + found + " bytes; this plan needs " + bytes);
    }
  }

  /** Checks order and access of a buffer whose samples are {@code dtype}. */
  static void checkBuffer(String name, ByteBuffer buffer, Dtype dtype, boolean written) throws AbbeException {
    if (written && buffer.isReadOnly()) {
      throw AbbeException.argument(name + " is read-only; the result must be written to it");
    }
    if (dtype.bytes() > 1 && buffer.order() != ByteOrder.nativeOrder()) {
      throw AbbeException.argument(name + " is in " + buffer.order() + " order; it must be in the machine's; call"
          + " order(ByteOrder.nativeOrder()) on the buffer before it is filled");
    }
  }

  private static boolean fits(Object plane, Dtype dtype) {
    if (plane instanceof ByteBuffer) {
      return true;
    }
    switch (dtype) {
      case U8:
        return plane instanceof byte[];
      case U16:
        return plane instanceof short[] || plane instanceof char[];
      case F16:
        return plane instanceof short[];
      default:
        return plane instanceof float[];
    }
  }

  private static String arrays(Dtype dtype) {
    switch (dtype) {
      case U8:
        return "a byte[]";
      case U16:
        return "a short[], a char[]";
      case F16:
        return "a short[]";
      default:
        return "a float[]";
    }
  }

  private static String describe(Object plane) {
    return plane == null ? "null" : "a " + plane.getClass().getSimpleName();
  }

  private static int samples(Object plane) {
    return plane instanceof ByteBuffer ? ((ByteBuffer) plane).remaining() : java.lang.reflect.Array.getLength(plane);
  }

  private static int sampleBytes(Object plane) {
    if (plane instanceof float[]) {
      return 4;
    }
    return plane instanceof byte[] || plane instanceof ByteBuffer ? 1 : 2;
  }
}
