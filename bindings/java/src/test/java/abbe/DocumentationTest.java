package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The program of docs/java.md, compiled and run as it stands there. */
class DocumentationTest {
  @Test
  void theProgramOfThePageRuns() throws Exception {
    String page = new String(Files.readAllBytes(Paths.get("../../docs/java.md")), StandardCharsets.UTF_8);
    String program = page.split("```java\n")[1].split("```")[0];
    Path folder = Files.createTempDirectory("abbe-example-");
    Path source = folder.resolve("Example.java");
    Files.write(source, program.getBytes(StandardCharsets.UTF_8));
    String classes = Paths.get(Abbe.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status = ToolProvider.getSystemJavaCompiler().run(null, said, said, "-cp", classes, "-Werror", "-Xlint:all",
        "-d", folder.toString(), source.toString());
    assertEquals(0, status, said.toString());

    PrintStream out = System.out;
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(said, true));
      loader.loadClass("Example").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(out);
    }
    assertTrue(said.toString().startsWith("{"), said.toString());
  }
}
