package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The programs of docs/java.md, compiled and run as they stand there. */
class DocumentationTest {
  @Test
  void theFirstProgramOfThePageRuns() throws Exception {
    String said = run("Example", 1);
    assertTrue(said.startsWith("{"), said);
  }

  /** Runs where the core's variable names ONNX Runtime's library. */
  @Test
  void theDenoiserOfThePageRuns() throws Exception {
    String runtime = System.getenv("ABBE_ONNXRUNTIME");
    Assumptions.assumeTrue(runtime != null, "SKIPPED: ABBE_ONNXRUNTIME is not set");
    Path folder = Files.createTempDirectory("abbe-example-");
    byte[] frame = new byte[2 * 512 * 512];
    new java.util.Random(3).nextBytes(frame);
    Files.write(folder.resolve("in.raw"), frame);
    Path out = folder.resolve("out.raw");
    run("Denoise", 2, "../../models/abbe-denoise.zip", runtime, folder.resolve("in.raw").toString(), out.toString());
    byte[] result = Files.readAllBytes(out);
    assertEquals(frame.length, result.length);
    assertFalse(Arrays.equals(frame, result));
  }

  private String run(String name, int at, String... arguments) throws Exception {
    String page = new String(Files.readAllBytes(Paths.get("../../docs/java.md")), StandardCharsets.UTF_8);
    String program = page.split("```java\n")[at].split("```")[0];
    Path folder = Files.createTempDirectory("abbe-example-");
    Path source = folder.resolve(name + ".java");
    Files.write(source, program.getBytes(StandardCharsets.UTF_8));
    String classes = Paths.get(Abbe.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status = ToolProvider.getSystemJavaCompiler().run(null, said, said, "-cp", classes, "-Werror", "-Xlint:all",
        "-d", folder.toString(), source.toString());
    assertEquals(0, status, said.toString());

    PrintStream out = System.out;
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(said, true));
      loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } finally {
      System.setOut(out);
    }
    return said.toString();
  }
}
