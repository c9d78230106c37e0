package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LifetimeTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void tenThousandCyclesDoNotGrow() throws Exception {
    float[] image = Samples.image(16 * 16);
    float[] result = new float[image.length];
    ByteBuffer buffer = Samples.direct(image);
    try (Context context = new Context().set(Parameters.CONTEXT_THREADS, 1)) {
      for (int cycle = 0; cycle < 2_000; cycle++) {
        cycle(context, image, result, buffer);
      }
      List<Long> growth = new ArrayList<>();
      for (int quarter = 0; quarter < 4; quarter++) {
        long before = residentBytes();
        for (int cycle = 0; cycle < 2_500; cycle++) {
          cycle(context, image, result, buffer);
        }
        growth.add(residentBytes() - before);
      }
      // What every cycle leaves behind shows in every quarter; the collector's and the allocator's own steps do not.
      // 40 bytes a cycle: less than one object of any kind.
      assertTrue(java.util.Collections.min(growth) < 40 * 2_500, growth.toString());
    }
  }

  private static void cycle(Context context, float[] image, float[] result, ByteBuffer buffer) throws AbbeException {
    try (Plan plan = Samples.plan(context, Dtype.F32, 1, 16, 16)) {
      plan.execute(image, result);
      plan.execute(buffer, buffer);
      buffer.asFloatBuffer().put(image);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void forgottenObjectsAreFreed() throws Exception {
    try (Context context = new Context().set(Parameters.CONTEXT_THREADS, 1)) {
      long before = residentBytes();
      for (int index = 0; index < 60; index++) {
        Samples.plan(context, Dtype.F32, 1, 1024, 1024); // more than 20 MB each, never closed
        if (index % 10 == 9) {
          System.gc();
          Thread.sleep(100);
        }
      }
      long grown = residentBytes() - before;
      assertTrue(grown < 700L << 20, grown + " bytes more than before");
    }
  }

  /** In a second class loader there is a second binding, with a library file of its own. */
  @Test
  void twoClassLoaders() throws Exception {
    Abbe.load();
    List<URL> places = new ArrayList<>();
    for (String place : System.getProperty("java.class.path").split(File.pathSeparator)) {
      places.add(Paths.get(place).toUri().toURL());
    }
    ClassLoader platform = ClassLoader.getSystemClassLoader().getParent();
    try (URLClassLoader loader = new URLClassLoader(places.toArray(new URL[0]), platform)) {
      Class<?> other = loader.loadClass("abbe.Abbe");
      assertNotSame(Abbe.class, other);
      assertEquals(Abbe.version(), other.getMethod("version").invoke(null));
      // Plans run in both, in turn.
      Child.main(new String[] {"end"});
      loader.loadClass(Child.class.getName()).getMethod("main", String[].class).invoke(null, (Object) new String[] {"end"});
      Child.main(new String[] {"end"});
    }
  }

  @Test
  void aMachineThatExitsWhileAPlanRunsExits() throws Exception {
    Child child = Child.run("exit-while-running");
    assertEquals(7, child.code, child.text);
    assertTrue(child.text.contains("running"), child.text);
  }

  @Test
  void aMachineWhoseMainEndsDoesNotHangOnTheSweeperOrTheLog() throws Exception {
    Child child = Child.run("end");
    assertEquals(0, child.code, child.text);
  }

  @Test
  void missingLibrariesTellWhereTheyWereLookedFor() throws Exception {
    Path empty = Files.createTempDirectory("abbe-empty-");
    Child child = Child.run("load", "-Dabbe.library.path=" + empty);
    assertEquals(3, child.code, child.text);
    assertTrue(child.text.contains("IO") && child.text.contains(empty.resolve(System.mapLibraryName("abbe_jni")).toString())
        && child.text.contains("abbe.library.path"), child.text);
    Files.write(empty.resolve(System.mapLibraryName("abbe_jni")), new byte[] {1, 2, 3});
    Files.write(empty.resolve(System.mapLibraryName("abbe")), new byte[] {1, 2, 3});
    child = Child.run("load", "-Dabbe.library.path=" + empty);
    assertTrue(child.code == 3 && child.text.contains("is no library"), child.text);
  }

  @Test
  void librariesThatAreCutOffDoNotEndTheMachine() throws Exception {
    Path whole = Paths.get(System.getProperty("abbe.library.path"));
    Path folder = Files.createTempDirectory("abbe-cut-");
    for (String cut : new String[] {"abbe_jni", "abbe"}) {
      for (String library : new String[] {"abbe_jni", "abbe"}) {
        byte[] bytes = Files.readAllBytes(whole.resolve(System.mapLibraryName(library)));
        int length = cut.equals(library) ? bytes.length / 2 : bytes.length;
        Files.write(folder.resolve(System.mapLibraryName(library)), java.util.Arrays.copyOf(bytes, length));
      }
      Child child = Child.run("load", "-Dabbe.library.path=" + folder);
      assertTrue(child.code == 3 && child.text.contains(System.mapLibraryName(cut) + " is cut off"), child.text);
    }
  }

  @Test
  void otherPlatformsAreNamed() throws Exception {
    Child child = Child.run("load", "-Dos.arch=sparc");
    assertEquals(3, child.code, child.text);
    assertTrue(child.text.contains("UNSUPPORTED") && child.text.contains("-sparc/"), child.text);
  }

  @Test
  void librariesOfTheJarAreUnpackedOnceIntoAVersionedFolder() throws Exception {
    Path folder = Files.createTempDirectory("abbe-unpack-");
    for (int run = 0; run < 2; run++) {
      Child child = Child.run("load", "-Djava.io.tmpdir=" + folder);
      assertEquals(0, child.code, child.text);
    }
    List<Path> files = new ArrayList<>();
    try (java.util.stream.Stream<Path> walk = Files.walk(folder)) {
      walk.filter(Files::isRegularFile).forEach(files::add);
    }
    assertEquals(2, files.size(), files.toString());
    assertTrue(files.get(0).toString().contains(BuildVersion.TEXT), files.toString());
  }

  @Test
  void aFolderWhereNothingCanBeExecutedIsPassedOver() throws Exception {
    Path temporary = Files.createTempDirectory("abbe-noexec-");
    Path home = Files.createTempDirectory("abbe-home-");
    // In a mount namespace of its own, where the system lets users have one.
    List<String> mounted = java.util.Arrays.asList("unshare", "-rm", "sh", "-c",
        "mount -t tmpfs -o noexec,size=400m tmpfs \"$0\" && unset XDG_CACHE_HOME && exec \"$@\"", temporary.toString());
    List<String> probe = new ArrayList<>(mounted);
    probe.add("true");
    boolean can;
    try {
      can = new ProcessBuilder(probe).start().waitFor() == 0;
    } catch (java.io.IOException missing) {
      can = false;
    }
    if (!can) {
      System.out.println("SKIPPED: this system mounts nothing for users; folders without execution are not tried");
      return;
    }
    String[] options = {"-Djava.io.tmpdir=" + temporary, "-Duser.home=" + home};
    Child child = Child.run(mounted, "load", options);
    assertEquals(0, child.code, child.text);
    assertTrue(Files.isDirectory(home.resolve(".cache/abbe")), child.text);
    child = Child.run(mounted, "load", "-Djava.io.tmpdir=" + temporary, "-Dabbe.unpack.path=" + temporary);
    assertTrue(child.code == 3 && child.text.contains(temporary.resolve("abbe").toString())
        && child.text.contains("abbe.unpack.path"), child.text);
    child = Child.run("load", "-Djava.io.tmpdir=/no/such/folder", "-Dabbe.unpack.path=" + home);
    assertEquals(0, child.code, child.text);
    assertTrue(Files.isDirectory(home.resolve("abbe")), child.text);
  }

  @Test
  void foldersWithNamesOfTheirUsersAreTakenOrPassedOver() throws Exception {
    Path folder = Files.createTempDirectory("abbe-names-");
    Path home = Files.createDirectory(folder.resolve("home"));
    // Where the system says that characters are UTF-8, and where it says that there are none but ASCII's.
    for (String locale : new String[] {"C.UTF-8", "C"}) {
      List<String> prefix = java.util.Arrays.asList("env", "-u", "XDG_CACHE_HOME", "LC_ALL=" + locale);
      // In files, as bytes: this machine's own locale may lack the characters.
      String temporary = option(folder, "java.io.tmpdir");
      Child child = Child.run(prefix, "load", temporary, "-Duser.home=" + home);
      assertEquals(0, child.code, child.text);
      boolean passedOver = Files.isDirectory(home.resolve(".cache/abbe"));
      assertEquals(locale.equals("C"), passedOver, child.text);
      child = Child.run(prefix, "load", option(folder, "abbe.unpack.path"));
      assertEquals(passedOver ? 3 : 0, child.code, child.text);
      assertTrue(!passedOver || child.text.contains("abbe.unpack.path name a folder"), child.text);
      child = Child.run(prefix, "load", option(folder, "abbe.library.path"));
      assertTrue(child.code == 3 && child.text.contains("the system property abbe.library.path"), child.text);
    }
  }

  @Test
  void foldersThatCannotBeWrittenArePassedOver() throws Exception {
    Path home = Files.createTempDirectory("abbe-home-");
    List<String> prefix = java.util.Arrays.asList("env", "-u", "XDG_CACHE_HOME");
    // Nobody makes folders in /proc, not even root.
    Child child = Child.run(prefix, "load", "-Djava.io.tmpdir=/proc", "-Duser.home=" + home);
    assertEquals(0, child.code, child.text);
    assertTrue(Files.isDirectory(home.resolve(".cache/abbe")), child.text);
    child = Child.run(prefix, "load", "-Djava.io.tmpdir=/proc", "-Duser.home=/proc");
    assertTrue(child.code == 3 && child.text.contains("/proc/abbe-") && child.text.contains("/proc/.cache/abbe")
        && child.text.contains("abbe.unpack.path"), child.text);
  }

  /** A file of options with this property: a folder whose name has an umlaut, a Chinese character and a space. */
  private static String option(Path folder, String property) throws Exception {
    Path file = Files.createTempFile(folder, "options-", ".txt");
    Files.write(file, ("\"-D" + property + "=" + folder + "/M\u00fcller \u6c34\"\n").getBytes(StandardCharsets.UTF_8));
    return "@" + file;
  }

  /** Counted page by page: what statm has may lag behind. */
  private static long residentBytes() throws Exception {
    System.gc();
    for (String line : Files.readAllLines(Paths.get("/proc/self/smaps_rollup"))) {
      if (line.startsWith("Rss:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("/proc/self/smaps_rollup has no Rss");
  }

  /** What child machines do. */
  public static final class Child {
    final int code;
    final String text;

    private Child(int code, String text) {
      this.code = code;
      this.text = text;
    }

    static Child run(String what, String... options) throws Exception {
      return run(new ArrayList<>(), what, options);
    }

    static Child run(List<String> before, String what, String... options) throws Exception {
      List<String> command = new ArrayList<>(before);
      command.add(Paths.get(System.getProperty("java.home"), "bin", "java").toString());
      boolean bare = options.length > 0;
      if (!bare && System.getProperty("abbe.library.path") != null) {
        command.add("-Dabbe.library.path=" + System.getProperty("abbe.library.path"));
      }
      command.addAll(java.util.Arrays.asList(options));
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(Child.class.getName());
      command.add(what);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      StringBuilder text = new StringBuilder();
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          text.append(line).append('\n');
        }
      }
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the child hangs: " + text);
      return new Child(process.exitValue(), text.toString());
    }

    public static void main(String[] arguments) throws Exception {
      switch (arguments[0]) {
        case "load":
          try {
            Abbe.load();
          } catch (AbbeException failure) {
            System.out.println(failure.status() + ": " + failure.getMessage());
            System.exit(3);
          }
          break;
        case "exit-while-running":
          Context context = new Context();
          Plan plan = Samples.longPlan(context);
          plan.onProgress((told, fraction) -> {
            if (fraction > 0) {
              System.out.println("running");
              new Thread(() -> System.exit(7)).start();
              plan.onProgress(null);
            }
          });
          plan.execute(Samples.image(256 * 256), new float[256 * 256]);
          break;
        default:
          Context left = new Context();
          left.log((level, text) -> { }, LogListener.Level.DEBUG);
          Samples.plan(left, Dtype.F32, 2, 64, 64).execute(Samples.image(64 * 64), new float[64 * 64]);
      }
    }
  }
}
