package abbe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A loaded network; immutable. It runs through ONNX Runtime, whose library the parameter
 * {@link Parameters#CONTEXT_ONNXRUNTIME} names.
 */
public final class Model extends NativeObject {
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
   * What the model says of itself.
   *
   * @return a JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators
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
}
