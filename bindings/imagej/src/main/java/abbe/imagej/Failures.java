package abbe.imagej;

import abbe.AbbeException;
import ij.IJ;

/** Runs a command and tells the user what went wrong; a macro stops there. */
final class Failures {
  /** A command's work. */
  interface Work {
    void run() throws AbbeException;
  }

  private Failures() {}

  static void told(Work work) {
    IJ.resetEscape(); // pressed before, for something else
    try {
      work.run();
    } catch (AbbeException | IllegalArgumentException failure) {
      IJ.showProgress(1.0);
      IJ.error("Abbe", wrapped(Words.inImageJ(failure.getMessage())));
    } catch (OutOfMemoryError failure) {
      IJ.showProgress(1.0);
      IJ.error("Abbe", "The image and its result do not fit into ImageJ's memory; raise it (Edit > Options > Memory).");
    }
  }

  private static String wrapped(String text) {
    StringBuilder lines = new StringBuilder();
    int length = 0;
    for (String word : String.valueOf(text).split(" ")) {
      if (length > 0 && length + word.length() > 80) {
        lines.append('\n');
        length = 0;
      } else if (length > 0) {
        lines.append(' ');
      }
      lines.append(word);
      length += word.length() + 1;
    }
    return lines.toString();
  }
}
