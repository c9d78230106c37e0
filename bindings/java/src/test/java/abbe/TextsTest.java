package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Texts of libabbe name Java's calls, not those of C. */
class TextsTest {
  private static final Pattern NAMED = Pattern.compile("abbe_(?:context|psf|model|plan|assess)_[a-z_]+\\(\\)|ABBE_(?:PSF|STEP)_[A-Z_]+");

  /** What stands in the sources of libabbe outside of comments, but for its interface, whose code calls itself. */
  private static Set<String> named() throws Exception {
    Path sources = Paths.get("..", "..", "src");
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".rs")).collect(Collectors.toList())) {
        for (String line : Files.readAllLines(file)) {
          Matcher name = NAMED.matcher(line.split("//", 2)[0]);
          while (name.find()) {
            found.add(name.group());
          }
        }
      }
    }
    return found;
  }

  @Test
  void everyCallThatTextsNameIsThere() throws Exception {
    Set<String> named = named();
    assertTrue(named.size() > 10, named.toString());
    for (String name : named) {
      String text = Texts.inJava(name);
      assertFalse(text.toLowerCase(java.util.Locale.ROOT).contains("abbe_"), text);
      if (text.endsWith("()")) {
        String[] parts = text.substring(0, text.length() - 2).split("\\.");
        Class<?> owner = Class.forName("abbe." + parts[0]);
        assertTrue(Arrays.stream(owner.getMethods()).anyMatch(method -> method.getName().equals(parts[1])), text);
      }
    }
  }

  @Test
  void failuresAndReportsNameThem() throws Exception {
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      assertEquals("plan has no input; call Plan.input() first",
          Samples.failure(plan::outputShape, Status.STATE, "").getMessage());
      plan.input(Dtype.F32, "yx", 40, 50);
      Samples.failure(plan::commit, Status.STATE, "call Plan.add() first");
      plan.add(Step.DECONVOLVE);
      Samples.failure(plan::commit, Status.STATE, "call Plan.set() first");
      try (Psf psf = Samples.gaussian(context)) {
        Samples.failure(psf::report, Status.STATE, "call Psf.sample() first");
        Samples.failure(() -> psf.samples(new float[25], 5, 5), Status.STATE, "(Psf.Kind.MEASURED)");
      }
    }
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      // Far below what bytes hold.
      plan.input(Dtype.U8, "yx", 40, 50).add(Step.BACKGROUND)
          .set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT).set(Parameters.BACKGROUND_VALUE, -1000)
          .output(Dtype.U8).commit().execute(new byte[2000], new byte[2000]);
      assertTrue(plan.report().contains("(Plan.output())"), plan.report());
      assertFalse(plan.report().contains("abbe_"), plan.report());
    }
  }
}
