package abbe.imagej;

import ij.ImagePlus;
import ij.Macro;
import ij.WindowManager;
import ij.plugin.PlugIn;

/** Commands as a macro runs them, without a display. */
final class Macros {
  static final String OPTICS = "psf=widefield wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33 ";

  private Macros() {}

  /** Runs a command on an image; the image that it makes, or null. Failures come back as exceptions. */
  static ImagePlus run(PlugIn command, ImagePlus image, String options) {
    Thread thread = Thread.currentThread();
    String name = thread.getName();
    WindowManager.setTempCurrentImage(image);
    thread.setName("Run$_" + name); // where ImageJ looks for options of a macro
    Macro.setOptions(options);
    try {
      command.run("");
    } finally {
      Macro.setOptions(null);
      thread.setName(name);
    }
    ImagePlus current = WindowManager.getTempCurrentImage();
    return current == image ? null : current;
  }
}
