package abbe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.DoubleConsumer;

/**
 * A network: one from a file, which runs through ONNX Runtime, whose library the parameter
 * {@link Parameters#CONTEXT_ONNXRUNTIME} names; or the denoiser that is built in and what was learnt from it, which
 * steps {@link Step#DENOISE} run without. Its parameters {@code learn.*} say how {@link #learn} learns from it; what it
 * computes never changes.
 */
public final class Model extends Configurable<Model> {
  /**
   * Loads a network from a file: .onnx, a BioImage.IO package (zip or folder), or .czann. Runs nothing.
   *
   * @param context threads, device and log
   * @param path file or folder
   * @throws AbbeException {@link Status#IO} when it cannot be read, {@link Status#MODEL} when it is malformed
   */
  public Model(Context context, Path path) throws AbbeException {
    super("model", load(context, path), Native::modelDestroy);
  }

  /**
   * Loads a network from memory, e.g. from a jar. Runs nothing.
   *
   * @param context threads, device and log
   * @param bytes an .onnx file, or a zipped package; copied
   * @throws AbbeException {@link Status#MODEL} when it is malformed
   */
  public Model(Context context, byte[] bytes) throws AbbeException {
    super("model", load(context, bytes), Native::modelDestroy);
  }

  /**
   * A network that is built in: no file, no ONNX Runtime.
   *
   * @param context threads and log
   * @param name "denoise": the denoiser of raw fluorescence images
   * @return the network
   * @throws AbbeException {@link Status#ARGUMENT} when there is none of that name
   */
  public static Model builtin(Context context, String name) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.modelBuiltin(context, context.handle(), Native.text("name", name), created));
    return new Model(created[0]);
  }

  private Model(long handle) {
    super("model", handle, Native::modelDestroy);
  }

  private static long load(Context context, Path path) throws AbbeException {
    long[] created = new long[1];
    byte[] text = Native.text("path", path == null ? null : path.toString());
    AbbeException.check(Native.modelLoad(context, context.handle(), text, created));
    return created[0];
  }

  private static long load(Context context, byte[] bytes) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.modelLoadMemory(context, context.handle(), bytes, created));
    return created[0];
  }

  /**
   * Learns a network for an image from this one, by the noisy image alone.
   *
   * @param image the noisy image as the camera gave it, last axis fastest, in any unit
   * @param shape extents in samples: y, x or z, y, x; planes of a stack are learnt from together
   * @return the new network
   * @throws AbbeException as {@link #learn(DoubleConsumer, float[], long...)}
   */
  public Model learn(float[] image, long... shape) throws AbbeException {
    return learn(fraction -> {}, image, shape);
  }

  /**
   * As {@link #learn(float[], long...)}, and tells how far it is. The result is the best network by samples that were held
   * out, or the same as this one where none is better; {@code learning} in {@link #describe()} says which, and why.
   *
   * @param progress told the share that is done, 0 to 1, on this thread; it may call {@link #cancel()}. What it throws stops
   *     learning, which throws the same
   * @param image as there
   * @param shape as there
   * @return the new network; after {@link #cancel()}, or when the thread is interrupted, whose interrupt flag stays set, the
   *     best until then
   * @throws AbbeException {@link Status#ARGUMENT} for NaN and infinity, {@link Status#UNSUPPORTED} for a network of other
   *     layers than the built-in one's, {@link Status#STATE} when another call learns from this one,
   *     {@link Status#CANCELLED} when it was stopped before there was any step
   */
  public Model learn(DoubleConsumer progress, float[] image, long... shape) throws AbbeException {
    if (progress == null) {
      throw AbbeException.argument("progress is null; leave it out for none");
    }
    Watcher watcher = new Watcher(progress);
    long[] created = new long[1];
    int status = Native.modelLearn(this, handle(), watcher, image, shape, created);
    try {
      watcher.check(status);
    } catch (Throwable stopped) {
      // A network until then is nobody's.
      Native.modelDestroy(created[0]);
      throw stopped;
    }
    return new Model(created[0]);
  }

  /**
   * Asks {@link #learn} of this network to stop with the best one until then; returns at once, on any thread. Without one,
   * or closed, nothing happens.
   */
  public void cancel() {
    try {
      Native.modelCancel(this, handle());
    } catch (AbbeException closed) {
      // Nothing runs that could be stopped by this handle.
      return;
    }
  }

  /**
   * Writes a network that is built in or was learnt as a BioImage.IO package, which this class, Fiji and others read. The
   * file gets there whole or not at all; one that is there is replaced.
   *
   * @param path the file, which should end in ".zip"
   * @throws AbbeException {@link Status#STATE} for a network from a file, {@link Status#IO} when it cannot be written
   */
  public void save(Path path) throws AbbeException {
    byte[] text = Native.text("path", path == null ? null : path.toString());
    AbbeException.check(Native.modelSave(this, handle(), text));
  }

  /**
   * What the model says of itself.
   *
   * @return a JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators; and, for one that
   *     was learnt, {@code learning}: from what, how, and how it does on samples that were held out
   * @throws AbbeException when the model is closed
   */
  public String describe() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.modelDescribe(this, handle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  /**
   * Runs the test that a package brings, on the context's device, and compares.
   *
   * @return a JSON object: passed, and for every output the largest difference and how many samples differ
   * @throws AbbeException {@link Status#STATE} when the package has no test, {@link Status#DEVICE} when ONNX Runtime or
   *     the device is missing
   */
  public String selftest() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.modelSelftest(this, handle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  @Override
  Model self() {
    return this;
  }

  @Override
  int setInteger(int id, long value) throws AbbeException {
    return Native.modelSetInteger(this, handle(), id, value);
  }

  @Override
  int setNumber(int id, double value) throws AbbeException {
    return Native.modelSetNumber(this, handle(), id, value);
  }

  @Override
  int setText(int id, byte[] value) throws AbbeException {
    throw AbbeException.argument("a model has no parameters that are texts; set numbers and choices learn.*");
  }

  @Override
  int forget(int id) throws AbbeException {
    return Native.modelUnset(this, handle(), id);
  }
}
