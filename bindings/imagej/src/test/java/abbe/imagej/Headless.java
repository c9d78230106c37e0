package abbe.imagej;

import ij.ImageJ;
import net.imagej.patcher.LegacyInjector;

/** Runs ImageJ without a display in the way of {@code fiji --headless}: menus and dialogs patched away by ij1-patcher. */
final class Headless {
  private Headless() {}

  /** The arguments are ImageJ's. */
  public static void main(String[] arguments) {
    LegacyInjector.preinit(); // before any class of ImageJ is loaded
    Started.main(arguments);
  }

  private static final class Started {
    static void main(String[] arguments) {
      ImageJ.main(arguments);
    }
  }
}
