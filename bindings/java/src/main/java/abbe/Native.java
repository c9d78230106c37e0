package abbe;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The methods of the JNI library. Each returns a number of {@link Status} and puts its result into the array handed
 * over; none throws. {@code owner} arguments keep an object reachable while its handle is in use.
 */
final class Native {
  private Native() {}

  static byte[] text(String name, String value) throws AbbeException {
    if (value == null) {
      throw AbbeException.argument(name + " is null; it must be a text");
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  static String lastText() {
    byte[][] text = new byte[1][];
    return errorText(text) == 0 ? new String(text[0], StandardCharsets.UTF_8) : "no memory for the text of the failure";
  }

  static native int load(byte[] path);

  static native int errorText(byte[][] text);

  static native int version(int[] number, byte[][] text);

  static native int parameterCount(int[] count);

  static native int parameterAt(int index, int[] id);

  static native int parameterFind(byte[] name, int[] id);

  static native int parameterDescribe(int id, byte[][] json);

  static native int contextCreate(long[] created);

  static native int contextSetInteger(Object owner, long context, int id, long value);

  static native int contextSetNumber(Object owner, long context, int id, double value);

  static native int contextSetText(Object owner, long context, int id, byte[] value);

  static native int contextUnset(Object owner, long context, int id);

  static native int contextSetLog(Object owner, long context, Object listener, int level);

  static native int contextRegisterProvider(Object owner, long context, byte[] name, byte[] path);

  static native int contextDevices(Object owner, long context, byte[][] json);

  static native int contextDestroy(long context);

  static native int psfCreate(Object owner, long context, int kind, long[] created);

  static native int psfSetInteger(Object owner, long psf, int id, long value);

  static native int psfSetNumber(Object owner, long psf, int id, double value);

  static native int psfSetText(Object owner, long psf, int id, byte[] value);

  static native int psfUnset(Object owner, long psf, int id);

  static native int psfSetSamples(Object owner, long psf, float[] samples, long[] shape);

  static native int psfFit(Object owner, long psf, Object measuredOwner, long measured);

  static native int psfEstimate(Object owner, long psf, Watcher watcher, float[] samples, long[] shape);

  static native int psfCancel(Object owner, long psf);

  static native int psfInteger(Object owner, long psf, int id, long[] value);

  static native int psfNumber(Object owner, long psf, int id, double[] value);

  static native int psfExtent(Object owner, long psf, long[] shape);

  static native int psfSample(Object owner, long psf, float[] samples, long[] shape);

  static native int psfReport(Object owner, long psf, byte[][] json);

  static native int psfDestroy(long psf);

  static native int metricMeasure(Object owner, long context, int metric, float[] samples, float[] reference, long[] shape,
      double range, double[] value);

  static native int sensorMeasure(Object owner, long context, int dtype, ByteBuffer frames, long darkFrames, long levels,
      long flatFrames, long[] shape, float[] samples);

  static native int modelLoad(Object owner, long context, byte[] path, long[] created);

  static native int modelLoadMemory(Object owner, long context, byte[] bytes, long[] created);

  static native int modelBuiltin(Object owner, long context, byte[] name, long[] created);

  static native int modelSetInteger(Object owner, long model, int id, long value);

  static native int modelSetNumber(Object owner, long model, int id, double value);

  static native int modelUnset(Object owner, long model, int id);

  static native int modelLearn(Object owner, long model, Watcher watcher, float[] samples, long[] shape, long[] created);

  static native int modelCancel(Object owner, long model);

  static native int modelSave(Object owner, long model, byte[] path);

  static native int modelDescribe(Object owner, long model, byte[][] json);

  static native int modelSelftest(Object owner, long model, byte[][] json);

  static native int modelDestroy(long model);

  static native int planCreate(Object owner, long context, long[] created);

  static native int planLoadJson(Object owner, long context, byte[] json, long[] created);

  static native int planSaveJson(Object owner, long plan, byte[][] json);

  static native int planAddStep(Object owner, long plan, int step);

  static native int planSelectStep(Object owner, long plan, int index);

  static native int planSetPsf(Object owner, long plan, Object psfOwner, long psf);

  static native int planSetChannelPsf(Object owner, long plan, int channel, Object psfOwner, long psf);

  static native int planSetModel(Object owner, long plan, Object modelOwner, long model);

  static native int planSetModelInput(Object owner, long plan, byte[] name, float[] samples, long[] shape);

  static native int planSetInteger(Object owner, long plan, int id, long value);

  static native int planSetNumber(Object owner, long plan, int id, double value);

  static native int planSetText(Object owner, long plan, int id, byte[] value);

  static native int planUnset(Object owner, long plan, int id);

  static native int planSetInput(
      Object owner, long plan, int dtype, byte[] axes, long[] shape, long[] strides, long offset);

  static native int planSetMask(Object owner, long plan, byte[] mask);

  static native int planSetSensorMap(Object owner, long plan, int map, float[] samples, long[] shape);

  static native int planSetOutput(Object owner, long plan, int dtype, long[] strides, long offset);

  static native int planOutputShape(Object owner, long plan, long[] shape, int[] count);

  static native int planCommit(Object owner, long plan);

  /** Without a buffer, "at" is an address. */
  static native int planExecute(Watcher watcher, long plan, ByteBuffer source, long sourceAt, long sourceBytes,
      ByteBuffer target, long targetAt, long targetBytes);

  static native int planExecuteBlocks(BlockWatcher watcher, long plan);

  static native int planEstimatedPsf(Object owner, long plan, Object psfOwner, long psf);

  static native int planCancel(Object owner, long plan);

  static native int planInteger(Object owner, long plan, int id, long[] value);

  static native int planNumber(Object owner, long plan, int id, double[] value);

  static native int planReport(Object owner, long plan, byte[][] json);

  static native int planDestroy(long plan);

  static native int assessCreate(Object owner, long context, long[] created);

  static native int assessSetInteger(Object owner, long assess, int id, long value);

  static native int assessSetNumber(Object owner, long assess, int id, double value);

  static native int assessUnset(Object owner, long assess, int id);

  static native int assessSetImage(Object owner, long assess, int image, float[] samples, long[] shape);

  static native int assessSetPsf(Object owner, long assess, Object psfOwner, long psf);

  static native int assessSetPlan(Object owner, long assess, Object planOwner, long plan);

  static native int assessSetMask(Object owner, long assess, byte[] mask);

  static native int assessRun(Object owner, long assess, Watcher watcher);

  static native int assessCancel(Object owner, long assess);

  static native int assessInteger(Object owner, long assess, int id, long[] value);

  static native int assessNumber(Object owner, long assess, int id, double[] value);

  static native int assessMap(Object owner, long assess, int map, float[] samples, long[] shape);

  static native int assessReport(Object owner, long assess, byte[][] json);

  static native int assessDestroy(long assess);

  static native int memoryCreate(long bytes, long[] address);

  static native int memoryDestroy(long address, long bytes);

  static native ByteBuffer memoryView(long address, int bytes);
}
