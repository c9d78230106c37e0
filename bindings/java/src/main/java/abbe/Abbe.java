package abbe;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The library itself: loading, version, parameters. */
public final class Abbe {
  private Abbe() {}

  /**
   * Loads the native libraries if that has not been done; making any object does so as well.
   *
   * <p>They are looked for in the folder that the system property {@code abbe.library.path} names; without it, they
   * are taken from this jar and unpacked below {@code java.io.tmpdir} into a folder of this user and this version.
   *
   * @throws AbbeException {@link Status#IO} or {@link Status#UNSUPPORTED} when there is none for this platform or it
   *     does not load; the text lists where it was looked for
   */
  public static void load() throws AbbeException {
    NativeLibraries.load();
  }

  /**
   * The version of libabbe.
   *
   * @return e.g. "0.1.0"
   * @throws AbbeException when it does not load
   */
  public static String version() throws AbbeException {
    load();
    byte[][] text = new byte[1][];
    AbbeException.check(Native.version(new int[1], text));
    return new String(text[0], StandardCharsets.UTF_8);
  }

  /**
   * Every parameter and fact that the loaded library knows.
   *
   * @return in the order of their numbers
   * @throws AbbeException when it does not load
   */
  public static List<ParameterInfo> parameters() throws AbbeException {
    load();
    int[] result = new int[1];
    AbbeException.check(Native.parameterCount(result));
    int count = result[0];
    List<ParameterInfo> parameters = new ArrayList<>(count);
    for (int index = 0; index < count; index++) {
      AbbeException.check(Native.parameterAt(index, result));
      parameters.add(describe(result[0]));
    }
    return Collections.unmodifiableList(parameters);
  }

  /**
   * A parameter or fact by its name.
   *
   * @param name e.g. "psf.wavelength_nm"
   * @return what the loaded library says of it
   * @throws AbbeException {@link Status#ARGUMENT} when it knows no such name
   */
  public static ParameterInfo parameter(String name) throws AbbeException {
    load();
    int[] result = new int[1];
    AbbeException.check(Native.parameterFind(Native.text("name", name), result));
    return describe(result[0]);
  }

  private static ParameterInfo describe(int id) throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.parameterDescribe(id, json));
    return new ParameterInfo(new String(json[0], StandardCharsets.UTF_8));
  }
}
