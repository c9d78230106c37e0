// SPDX-License-Identifier: MIT OR Apache-2.0

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.GZIPInputStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXParseException;

/**
 * Installs from an update site as Fiji's updater does, which no registry that this project uses has: Update URL FOLDER. Reads the index,
 * which must be valid by its own document type, gets the newest version of each file, and checks its size and its checksum.
 */
public final class Update {
  public static void main(String[] arguments) throws Exception {
    Path folder = Paths.get(arguments[1]);
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setValidating(true);
    DocumentBuilder parser = factory.newDocumentBuilder();
    parser.setErrorHandler(new Strict());
    byte[] index = read(new GZIPInputStream(new URL(arguments[0] + "db.xml.gz").openStream()));
    NodeList plugins = parser.parse(new ByteArrayInputStream(index)).getElementsByTagName("plugin");
    for (int i = 0; i < plugins.getLength(); i++) {
      Element plugin = (Element) plugins.item(i);
      Element version = (Element) plugin.getElementsByTagName("version").item(0);
      String name = plugin.getAttribute("filename");
      byte[] bytes = read(new URL(arguments[0] + name + "-" + version.getAttribute("timestamp")).openStream());
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
      same(name + ": bytes", Long.parseLong(version.getAttribute("filesize")), (long) bytes.length);
      same(name + ": checksum", version.getAttribute("checksum"), checksum(file));
      System.out.println(name + " installed, older ones: " + plugin.getElementsByTagName("previous-version").getLength());
    }
  }

  /** As the updater computes it: lines of properties that start with # are left out, and all of the manifest's. */
  private static String checksum(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-1");
    try (JarFile jar = new JarFile(file.toFile())) {
      java.util.List<JarEntry> entries = Collections.list(jar.entries());
      entries.sort((one, other) -> one.getName().compareTo(other.getName()));
      for (JarEntry entry : entries) {
        digest.update(entry.getName().getBytes(StandardCharsets.US_ASCII));
        boolean comment = entry.getName().endsWith(".properties");
        boolean skipped = false;
        boolean start = true;
        for (byte one : read(jar.getInputStream(entry))) {
          skipped = comment && (start ? one == '#' : skipped);
          start = one == '\n';
          if (!skipped && !entry.getName().equals("META-INF/MANIFEST.MF")) digest.update(one);
        }
      }
    }
    StringBuilder text = new StringBuilder();
    for (byte one : digest.digest()) text.append(String.format("%02x", one));
    return text.toString();
  }

  private static void same(String what, Object wanted, Object found) {
    if (!wanted.equals(found)) throw new IllegalStateException(what + " is " + found + "; the index says " + wanted);
  }

  private static byte[] read(InputStream in) throws IOException {
    try (InputStream open = in) {
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
      byte[] part = new byte[65536];
      for (int n = open.read(part); n >= 0; n = open.read(part)) out.write(part, 0, n);
      return out.toByteArray();
    }
  }

  /** A document that is not valid is an error. */
  private static final class Strict implements ErrorHandler {
    @Override
    public void warning(SAXParseException said) throws SAXParseException {
      throw said;
    }

    @Override
    public void error(SAXParseException said) throws SAXParseException {
      throw said;
    }

    @Override
    public void fatalError(SAXParseException said) throws SAXParseException {
      throw said;
    }
  }
}
