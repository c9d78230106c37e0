package abbe;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds, unpacks and loads libabbe and its JNI library. */
final class NativeLibraries {
  private static final String PROPERTY = "abbe.library.path";
  private static final String UNPACK = "abbe.unpack.path";
  private static boolean loaded;

  private NativeLibraries() {}

  static synchronized void load() throws AbbeException {
    if (loaded) {
      return;
    }
    String folder = System.getProperty(PROPERTY);
    Path found;
    if (folder == null) {
      found = unpacked();
    } else {
      found = given(folder);
      try {
        loadJni(found.resolve(name("abbe_jni")));
      } catch (UnsatisfiedLinkError cause) {
        throw unloadable(found.resolve(name("abbe_jni")), cause);
      }
    }
    AbbeException.check(Native.load(Native.text("path", found.resolve(name("abbe")).toString())));
    checkVersion();
    loaded = true;
  }

  private static Path given(String folder) throws AbbeException {
    Path path;
    try {
      path = Paths.get(folder).toAbsolutePath();
    } catch (InvalidPathException cause) {
      throw new AbbeException(Status.IO, "the system property " + PROPERTY + " is " + folder + ", which is no path here: "
          + cause.getReason() + "; let it name a folder by characters that this Java's encoding has", cause);
    }
    for (String library : new String[] {name("abbe_jni"), name("abbe")}) {
      if (!Files.isRegularFile(path.resolve(library))) {
        throw new AbbeException(Status.IO, "the native library " + library + " is missing; it was looked for at "
            + path.resolve(library) + ", since the system property " + PROPERTY + " is " + folder
            + "; let it name the folder that holds both " + name("abbe_jni") + " and " + name("abbe")
            + ", or leave it unset to use those of the jar");
      }
      try {
        String fault = LibraryFile.fault(path.resolve(library));
        if (fault != null) {
          throw new AbbeException(Status.IO, "the native library " + path.resolve(library) + " " + fault);
        }
      } catch (IOException cause) {
        throw unloadable(path.resolve(library), cause);
      }
    }
    return path;
  }

  /**
   * Unpacks and loads the libraries of the jar in the first folder where that works: folders for temporary files are often
   * mounted so that nothing in them can be executed.
   */
  private static Path unpacked() throws AbbeException {
    byte[] jni = resource(name("abbe_jni"));
    byte[] abbe = resource(name("abbe"));
    StringBuilder tried = new StringBuilder();
    Throwable last = null;
    for (String root : roots()) {
      try {
        Path folder = versionedFolder(Paths.get(root).toAbsolutePath(), jni, abbe);
        unpack(jni, folder.resolve(name("abbe_jni")));
        unpack(abbe, folder.resolve(name("abbe")));
        loadJni(folder.resolve(name("abbe_jni")));
        return folder;
      } catch (IOException | InvalidPathException | LinkageError cause) {
        tried.append(tried.length() == 0 ? "" : ", ").append(root).append(" (").append(cause.getMessage()).append(')');
        last = cause;
      }
    }
    throw new AbbeException(Status.IO, "the native libraries could not be unpacked and loaded below " + tried
        + "; let the system property " + UNPACK + " name a folder that can be written and whose files can be executed, or "
        + PROPERTY + " one that holds them", last);
  }

  /** Where libraries may be unpacked, in this order. As texts: a user's name may have characters that make no path here. */
  private static List<String> roots() {
    String stated = System.getProperty(UNPACK);
    if (stated != null) {
      return Collections.singletonList(stated + File.separator + "abbe");
    }
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    List<String> roots = new ArrayList<>();
    roots.add(System.getProperty("java.io.tmpdir") + File.separator + "abbe-" + user);
    String home = System.getProperty("user.home", "");
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String cache = System.getenv(system.startsWith("windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
    if (cache != null && !cache.isEmpty()) {
      roots.add(cache + File.separator + "abbe");
    } else if (!home.isEmpty()) {
      roots.add(home + File.separator + (system.startsWith("mac") ? "Library/Caches" : ".cache") + File.separator + "abbe");
    }
    return roots;
  }

  private static byte[] resource(String library) throws AbbeException {
    String place = "/natives/" + platform() + "/" + library;
    try (InputStream stream = NativeLibraries.class.getResourceAsStream(place)) {
      if (stream == null) {
        throw new AbbeException(Status.UNSUPPORTED, "the native library " + library
            + " is missing; it was looked for in the jar of abbe at " + place + " (this platform is " + platform()
            + "), and the system property " + PROPERTY + " is not set; let it name the folder that holds both "
            + name("abbe_jni") + " and " + name("abbe"));
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 16];
      for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
        bytes.write(block, 0, count);
      }
      return bytes.toByteArray();
    } catch (IOException cause) {
      throw new AbbeException(Status.IO, "the native library at " + place + " in the jar of abbe could not be read: "
          + cause, cause);
    }
  }

  /** A folder of this user alone below a root, named after the content, so that versions never meet. */
  private static Path versionedFolder(Path root, byte[]... contents) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    if (root.getParent() != null) {
      Files.createDirectories(root.getParent());
    }
    try {
      if (posix) {
        Set<PosixFilePermission> own = PosixFilePermissions.fromString("rwx------");
        Files.createDirectory(root, PosixFilePermissions.asFileAttribute(own));
      } else {
        Files.createDirectory(root);
      }
    } catch (FileAlreadyExistsException exists) {
      if (posix && !isOwn(root)) {
        // Somebody else could swap what lies there.
        root = Files.createTempDirectory(root.getParent(), "abbe-");
        root.toFile().deleteOnExit();
      }
    }
    return Files.createDirectories(root.resolve(BuildVersion.TEXT + "-" + digest(contents)));
  }

  private static boolean isOwn(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || !PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)).equals("rwx------")) {
      return false;
    }
    Path probe = part(folder);
    try {
      Files.createFile(probe);
      return Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(probe));
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  private static String digest(byte[]... contents) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] content : contents) {
        digest.update(content);
      }
      StringBuilder text = new StringBuilder();
      for (byte value : Arrays.copyOf(digest.digest(), 8)) {
        text.append(String.format(Locale.ROOT, "%02x", value & 0xff));
      }
      return text.toString();
    } catch (NoSuchAlgorithmException cause) {
      throw new IllegalStateException("every Java platform has SHA-256", cause);
    }
  }

  private static void unpack(byte[] content, Path target) throws IOException {
    if (Files.isRegularFile(target) && Arrays.equals(Files.readAllBytes(target), content)) {
      return;
    }
    Path part = part(target.getParent());
    try {
      Files.write(part, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      // Another virtual machine may be doing the same: whoever comes last puts the same bytes there.
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** A file that nobody else has. Java's own names for a moment cannot be had where java.io.tmpdir is no path. */
  private static Path part(Path folder) {
    return folder.resolve("part-" + Long.toHexString(System.nanoTime() ^ (long) System.identityHashCode(new Object()) << 32));
  }

  /** Java binds a library file to one class loader; a second one gets a copy of its own. */
  private static void loadJni(Path library) {
    try {
      System.load(library.toString());
    } catch (UnsatisfiedLinkError first) {
      if (!String.valueOf(first.getMessage()).contains("already loaded in another classloader")) {
        throw first;
      }
      try {
        Path folder = Files.createTempDirectory("abbe-");
        Path copy = folder.resolve(library.getFileName());
        folder.toFile().deleteOnExit();
        copy.toFile().deleteOnExit();
        Files.copy(library, copy);
        System.load(copy.toString());
      } catch (IOException cause) {
        first.addSuppressed(cause);
        throw first;
      }
    }
  }

  private static AbbeException unloadable(Path library, Throwable cause) {
    return new AbbeException(Status.IO, "the native library " + library + " does not load: " + cause.getMessage(), cause);
  }

  private static void checkVersion() throws AbbeException {
    byte[][] text = new byte[1][];
    int[] number = new int[1];
    AbbeException.check(Native.version(number, text));
    String[] ours = BuildVersion.TEXT.split("[.-]");
    int series = Integer.parseInt(ours[0]) * 1000 + Integer.parseInt(ours[1]);
    if (number[0] / 1000 != series) {
      throw new AbbeException(Status.UNSUPPORTED, "libabbe is version " + new String(text[0], StandardCharsets.UTF_8)
          + "; this binding is version " + BuildVersion.TEXT + " and needs one of the same series");
    }
  }

  private static String name(String library) {
    return System.mapLibraryName(library);
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String os = system.startsWith("windows") ? "windows" : system.startsWith("mac") ? "macos" : system;
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String cpu = arch.equals("amd64") || arch.equals("x86_64") ? "x86_64" : arch.equals("arm64") ? "aarch64" : arch;
    return (os + "-" + cpu).replace(File.separatorChar, '_').replace(' ', '_');
  }
}
