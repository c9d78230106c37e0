package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.LogListener;
import ij.IJ;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/** Shows what libabbe doubts in ImageJ's Log window. */
final class Log {
  private Log() {}

  /** A context whose warnings are shown, each once. */
  static Context context() throws AbbeException {
    Set<String> told = Collections.synchronizedSet(new HashSet<>());
    return new Context().log((level, text) -> {
      String said = Words.inImageJ(text);
      if (level == LogListener.Level.WARNING && told.add(said)) {
        IJ.log("Abbe: " + said);
      }
    }, LogListener.Level.WARNING);
  }
}
