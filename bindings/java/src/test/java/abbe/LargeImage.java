package abbe;

import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * An image of 2.2 GB in planes through a plan, more than any buffer of Java holds: {@code bindings/java/test.sh --large},
 * which needs 5 GB of memory.
 */
final class LargeImage {
  private static final int SIDE = 8192;
  private static final int CHANNELS = 33;
  private static final int DARK = 3;

  private LargeImage() {}

  public static void main(String[] arguments) throws Exception {
    byte[][] planes = new byte[CHANNELS][SIDE * SIDE];
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int index = 0; index < SIDE * SIDE; index++) {
        planes[channel][index] = sample(channel, index);
      }
    }
    long begun = System.nanoTime();
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      plan.add(Step.BACKGROUND).set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT)
          .set(Parameters.BACKGROUND_VALUE, DARK);
      plan.input(Dtype.U8, "cyx", CHANNELS, SIDE, SIDE).commit();
      long bytes = plan.get(Parameters.PLAN_INPUT_BYTES);
      check(bytes == (long) CHANNELS * SIDE * SIDE && bytes > Integer.MAX_VALUE, "bytes " + bytes);
      plan.executePlanes(planes, planes);
      System.out.printf("%d bytes in %.1f s, workspace %d bytes%n", bytes, (System.nanoTime() - begun) / 1e9,
          plan.get(Parameters.PLAN_WORKSPACE_BYTES));
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int index = 0; index < SIDE * SIDE; index++) {
        check(planes[channel][index] == sample(channel, index) - DARK, "plane " + channel + ", sample " + index);
      }
    }
    for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        System.out.println(line);
      }
    }
  }

  private static byte sample(int channel, int index) {
    return (byte) (DARK + (channel * 31 + index * 7 + (index >> 13)) % 100);
  }

  private static void check(boolean right, String what) {
    if (!right) {
      throw new IllegalStateException(what);
    }
  }
}
