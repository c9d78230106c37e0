package abbe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** A file that ought to be a shared library of Linux: its loader ends the process at one that is cut off. */
final class LibraryFile {
  private static final int HEADER = 64;
  private static final int SEGMENT = 56;

  private LibraryFile() {}

  /** What speaks against loading it; null where nothing does, or the system is another, whose loader says it itself. */
  static String fault(Path path) throws IOException {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return null;
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer head = read(file, 0, HEADER);
      // ELF, 64 bits, the lowest byte first.
      if (head.limit() < HEADER || head.getInt(0) != 0x464c457f || head.getShort(4) != 0x0102) {
        return "is no library of Linux, 64 bits";
      }
      long segments = head.getLong(32);
      int length = head.getShort(54) & 0xffff;
      int count = head.getShort(56) & 0xffff;
      long sections = head.getLong(40) + (long) (head.getShort(58) & 0xffff) * (head.getShort(60) & 0xffff);
      long end = Math.max(sections, segments + (long) length * count);
      ByteBuffer table = read(file, segments, length * count);
      for (int at = 0; at + SEGMENT <= table.limit(); at += Math.max(length, SEGMENT)) {
        end = Math.max(end, table.getLong(at + 8) + table.getLong(at + 32));
      }
      return file.size() < end ? "is cut off: it has " + file.size() + " of " + end + " bytes; install it again" : null;
    }
  }

  private static ByteBuffer read(FileChannel file, long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    int got = 0;
    while (got >= 0 && bytes.hasRemaining()) {
      got = from < 0 ? -1 : file.read(bytes, from + bytes.position());
    }
    bytes.flip();
    return bytes;
  }
}
