package abbe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PlanTest {
  @Test
  void lightThatStaysInPlaceComesBackUnchanged() throws Exception {
    float[] image = Samples.image(40 * 50);
    float[] result = new float[image.length];
    try (Context context = new Context(); Psf psf = Samples.point(context); Plan plan = new Plan(context)) {
      Samples.deconvolution(plan.input(Dtype.F32, "yx", 40, 50), psf, 5).commit().execute(image, result);
      for (int index = 0; index < image.length; index++) {
        assertEquals(image[index], result[index], 0.01 * image[index]);
      }
      assertTrue(plan.report().startsWith("{"), plan.report());
      try (Plan again = Plan.loadJson(context, plan.report())) {
        // Samples of a measured point spread function are not in the text.
        assertEquals(plan.saveJson(), again.set(psf).saveJson());
        assertTrue(plan.report().contains(plan.saveJson()), plan.saveJson());
      }
    }
  }

  @Test
  void eachChannelHasItsPointSpreadFunction() throws Exception {
    int plane = 40 * 50;
    float[] image = Samples.image(2 * plane);
    float[] result = new float[image.length];
    try (Context context = new Context(); Psf narrow = Samples.point(context); Psf wide = Samples.gaussian(context);
        Plan plan = new Plan(context); Plan alone = new Plan(context)) {
      Samples.deconvolution(plan.input(Dtype.F32, "cyx", 2, 40, 50), narrow, 5).set(1, wide).commit().execute(image, result);
      float[] expected = new float[plane];
      Samples.deconvolution(alone.input(Dtype.F32, "yx", 40, 50), wide, 5).commit()
          .execute(Arrays.copyOfRange(image, plane, 2 * plane), expected);
      assertArrayEquals(expected, Arrays.copyOfRange(result, plane, 2 * plane));
      assertEquals(image[7], result[7], 0.01 * image[7]);
      Samples.failure(() -> plan.set(-1, wide), Status.ARGUMENT, "channel is -1");
      plan.set(2, wide);
      Samples.failure(plan::commit, Status.ARGUMENT, "channel is 2 in Plan.set()");
      plan.set(2, null).set(1, null).commit().execute(image, result);
      assertEquals(image[plane + 7], result[plane + 7], 0.01 * image[plane + 7]);
    }
  }

  @Test
  void samplesThatWereNotMeasuredAreRestored() throws Exception {
    float[] image = Samples.image(40 * 50);
    float[] spoilt = image.clone();
    byte[] mask = new byte[image.length];
    Arrays.fill(mask, (byte) 1);
    for (int at = 7; at < image.length; at += 31) {
      spoilt[at] = 1e5f;
      mask[at] = 0;
    }
    float[] expected = new float[image.length];
    float[] result = new float[image.length];
    try (Context context = new Context(); Psf psf = Samples.point(context); Plan plan = new Plan(context)) {
      Samples.failure(() -> plan.mask(mask), Status.STATE, "call Plan.input() first");
      Samples.deconvolution(plan.input(Dtype.F32, "yx", 40, 50), psf, 5).mask(mask).commit().execute(image, expected);
      plan.execute(spoilt, result);
      assertArrayEquals(expected, result);
      Samples.failure(() -> plan.mask(new byte[3]), Status.ARGUMENT, "mask has 3 bytes");
      plan.mask(null).commit().execute(spoilt, result);
      assertTrue(result[7] > 5e4);
    }
  }

  @Test
  void buffersArraysAndPlanesGiveTheSameBits() throws Exception {
    int depth = 6;
    int plane = 30 * 40;
    float[] image = Samples.image(depth * plane);
    try (Context context = new Context(); Plan plan = Samples.plan(context, Dtype.F32, 3, depth, 30, 40)) {
      ByteBuffer target = Samples.direct(4 * image.length);
      plan.execute(Samples.direct(image), target);
      float[] expected = Samples.floats(target);
      assertNotEquals(image[0], expected[0]);

      float[] fromArray = new float[image.length];
      plan.execute(image, fromArray);
      assertArrayEquals(expected, fromArray);

      Object[] sources = new Object[depth];
      Object[] targets = new Object[depth];
      for (int z = 0; z < depth; z++) {
        sources[z] = Arrays.copyOfRange(image, z * plane, (z + 1) * plane);
        targets[z] = z % 2 == 0 ? new float[plane] : Samples.direct(4 * plane);
      }
      plan.executePlanes(sources, targets);
      for (int z = 0; z < depth; z++) {
        float[] found = z % 2 == 0 ? (float[]) targets[z] : Samples.floats((ByteBuffer) targets[z]);
        assertArrayEquals(Arrays.copyOfRange(expected, z * plane, (z + 1) * plane), found);
      }
    }
  }

  /** libabbe takes equal addresses as in place and refuses overlaps: it sees the buffers' own memory, no copy of it. */
  @Test
  void directBuffersAreUsedWhereTheyLie() throws Exception {
    float[] image = Samples.image(32 * 32);
    int bytes = 4 * image.length;
    try (Context context = new Context(); Plan plan = Samples.plan(context, Dtype.F32, 3, 32, 32)) {
      ByteBuffer apart = Samples.direct(bytes);
      plan.execute(Samples.direct(image), apart);

      ByteBuffer inPlace = Samples.direct(image);
      plan.execute(inPlace, inPlace);
      assertArrayEquals(Samples.floats(apart), Samples.floats(inPlace));

      ByteBuffer both = Samples.direct(2 * bytes);
      ByteBuffer source = (ByteBuffer) both.duplicate().order(both.order()).limit(bytes);
      ByteBuffer target = both.duplicate().order(both.order());
      target.position(bytes - 4).limit(2 * bytes - 4);
      Samples.failure(() -> plan.execute(source, target), Status.ARGUMENT, "overlapping");
    }
  }

  /** One copy of the frame would be 8 MiB, in the Java heap or in the resident set at its highest. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void anExecuteOnDirectBuffersTakesNoMemory() throws Exception {
    int extent = 2048;
    ByteBuffer source = Samples.direct(2 * extent * extent);
    ByteBuffer target = Samples.direct(2 * extent * extent);
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      plan.add(Step.BACKGROUND).set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT)
          .set(Parameters.BACKGROUND_VALUE, 0);
      plan.input(Dtype.U16, "yx", extent, extent).commit();
      source.putShort(2 * 77, (short) 1234);
      plan.execute(source, target);
      long heap = usedHeap();
      long resident = mostResident();
      plan.execute(source, target);
      assertTrue(mostResident() - resident < source.capacity() / 8, "resident " + (mostResident() - resident));
      assertTrue(usedHeap() - heap < source.capacity() / 8, "heap " + (usedHeap() - heap));
      assertEquals(1234, target.getShort(2 * 77));
    }
  }

  private static long usedHeap() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long mostResident() throws Exception {
    for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IllegalStateException("/proc/self/status has no VmHWM");
  }

  @Test
  void positionAndLimitAreRespectedAndKept() throws Exception {
    float[] image = Samples.image(32 * 32);
    int bytes = 4 * image.length;
    try (Context context = new Context(); Plan plan = Samples.plan(context, Dtype.F32, 3, 32, 32)) {
      ByteBuffer expected = Samples.direct(bytes);
      plan.execute(Samples.direct(image), expected);

      ByteBuffer buffer = Samples.direct(2 * bytes + 12);
      buffer.position(4);
      buffer.slice().order(buffer.order()).asFloatBuffer().put(image);
      buffer.limit(4 + bytes);
      ByteBuffer target = buffer.duplicate().order(buffer.order());
      target.limit(2 * bytes + 12).position(bytes + 8);
      plan.execute(buffer, target);
      assertArrayEquals(Samples.floats(expected), Arrays.copyOf(Samples.floats(target), image.length));
      assertEquals(4, buffer.position());
      assertEquals(bytes + 8, target.position());
      buffer.clear();
      assertEquals(0, buffer.getFloat(0), "what lies before the target stays");
    }
  }

  @Test
  void sixteenBitResultsAreRoundedFloats() throws Exception {
    float[] image = Samples.image(24 * 24);
    short[] shorts = new short[image.length];
    char[] chars = new char[image.length];
    for (int index = 0; index < image.length; index++) {
      shorts[index] = (short) image[index];
      chars[index] = (char) image[index];
    }
    try (Context context = new Context();
        Plan floats = Samples.plan(context, Dtype.F32, 3, 24, 24);
        Plan plan = Samples.plan(context, Dtype.U16, 3, 24, 24)) {
      float[] expected = new float[image.length];
      floats.execute(image, expected);
      short[] result = new short[image.length];
      plan.execute(shorts, result);
      for (int index = 0; index < image.length; index++) {
        assertEquals(Math.rint(expected[index]), result[index] & 0xffff);
      }
      char[] fromChars = new char[image.length];
      plan.execute(chars, fromChars);
      assertEquals(result[5], (short) fromChars[5]);
      float[] mixed = new float[image.length];
      plan.output(Dtype.F32).commit().execute(shorts, mixed);
      assertArrayEquals(expected, mixed);
    }
  }

  @Test
  void shapesAndFactsAreKnownBeforeCommit() throws Exception {
    try (Context context = new Context(); Psf psf = Samples.gaussian(context); Plan plan = new Plan(context)) {
      plan.input(Dtype.U16, "tzyx", 2, 4, 16, 20).add(Step.DECONVOLVE).set(psf);
      assertArrayEquals(new long[] {2, 4, 16, 20}, plan.outputShape());
      assertEquals(2 * 2 * 4 * 16 * 20, plan.get(Parameters.PLAN_INPUT_BYTES));
      assertTrue(plan.get(Parameters.PLAN_WORKSPACE_BYTES) > 0);
      psf.close();
      short[] image = new short[2 * 4 * 16 * 20];
      Arrays.fill(image, (short) 9);
      plan.commit().execute(image, new short[image.length]);
    }
  }

  @Test
  void stridedImagesTakeBuffersOnly() throws Exception {
    try (Context context = new Context(); Psf psf = Samples.gaussian(context); Plan plan = new Plan(context)) {
      int pitch = 40;
      plan.input(Dtype.U8, "yx", new long[] {16, 20}, new long[] {-pitch, 1}, 15 * pitch).add(Step.DECONVOLVE).set(psf);
      plan.output(Dtype.U8, new long[] {-pitch, 1}, 15 * pitch).commit();
      ByteBuffer image = ByteBuffer.allocateDirect(16 * pitch);
      for (int index = 0; index < image.capacity(); index++) {
        image.put(index, (byte) (index % pitch < 20 ? 50 : 99));
      }
      plan.execute(image, image);
      assertEquals(99, image.get(20), "what lies between the rows stays");
      Samples.failure(() -> plan.execute(new byte[16 * pitch], new byte[16 * pitch]), Status.STATE, "tightly packed");
    }
  }

  @Test
  void kernelsSumToOne() throws Exception {
    try (Context context = new Context(); Psf psf = Samples.gaussian(context)) {
      long[] extent = psf.extent(3);
      assertEquals(3, extent.length);
      double sum = 0;
      for (float value : psf.sample(extent)) {
        sum += value;
      }
      assertEquals(1, sum, 1e-5);
      assertTrue(psf.report().startsWith("{"));
    }
  }
}
