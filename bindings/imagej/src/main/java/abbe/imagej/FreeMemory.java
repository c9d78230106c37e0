package abbe.imagej;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Paths;

/** How much memory libabbe may take beside ImageJ's own. */
final class FreeMemory {
  private FreeMemory() {}

  /** The bytes that a field says in MB; three quarters of what is free where it is empty. */
  static long cap(String megabytes) {
    if (megabytes.isEmpty()) {
      return Math.max(bytes() / 4 * 3, 256L << 20);
    }
    return (long) ParameterForm.whole("Memory_mb", megabytes, 1, Integer.MAX_VALUE) << 20;
  }

  private static long bytes() {
    try {
      for (String line : Files.readAllLines(Paths.get("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException noLinux) {
      // The other systems tell Java.
    }
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    // What is free is no one number on macOS, which fills memory with files.
    return windows ? system.getFreePhysicalMemorySize() : system.getTotalPhysicalMemorySize() / 2;
  }
}
